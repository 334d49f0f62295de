// The view's page, on an origin of its own: it takes one port from the window that it is framed in, checks what
// comes through it, and shows it.  It can reach nothing else.

import { HANDOVER, toView } from "./messages";
import { View } from "./view";

/** The origins that may hand a port over: those that the server serves the workspace at. */
function workspaces(): readonly string[] {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="cobrowse-workspace"]');
  return (meta?.content ?? "").split(" ").filter((origin) => origin !== "");
}

function begin(port: MessagePort): void {
  const root = document.getElementById("mirror");
  if (root === null) return;
  const view = new View(document, root, (message) => port.postMessage(message));
  port.onmessage = (event: MessageEvent<unknown>) => {
    const message = toView(event.data);
    if (message !== undefined) view.take(message);
  };
  port.postMessage({ type: "ready" });
}

function awaitPort(event: MessageEvent<unknown>): void {
  const port = event.ports[0];
  const isOurs = event.source === window.parent && window.parent !== window;
  if (!isOurs || port === undefined || event.data !== HANDOVER || !workspaces().includes(event.origin))
    return;
  window.removeEventListener("message", awaitPort);
  begin(port);
}

window.addEventListener("message", awaitPort);
