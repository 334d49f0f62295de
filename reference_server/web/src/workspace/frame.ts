// The view's frame, from the workspace's side: hands a port over, and checks what comes back.

import type { Content, FromView, ToView } from "../view/messages";
import { fromView, HANDOVER } from "../view/messages";

export class ViewFrame {
  #port: MessagePort | undefined;

  /** Put the view's frame there; `told` gets what the view says, well-formed. */
  constructor(place: HTMLElement, address: string, told: (message: FromView) => void) {
    const { origin } = new URL(address);
    const frame = place.ownerDocument.createElement("iframe");
    frame.id = "view";
    frame.title = "The customer's page";
    frame.referrerPolicy = "no-referrer";
    // It runs its own script on an origin of its own, and can neither navigate this page nor open another.
    frame.setAttribute("sandbox", "allow-scripts allow-same-origin");
    frame.addEventListener("load", () => {
      this.#port?.close();
      const { port1, port2 } = new MessageChannel();
      this.#port = port1;
      port1.onmessage = (event: MessageEvent<unknown>) => {
        const message = fromView(event.data);
        if (message !== undefined) told(message);
      };
      frame.contentWindow?.postMessage(HANDOVER, origin, [port2]);
    });
    frame.src = address;
    place.append(frame);
  }

  tell(message: ToView | Content): void {
    if (message.type === "content") this.#port?.postMessage(message, [message.payload]);
    else this.#port?.postMessage(message);
  }
}
