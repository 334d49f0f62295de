// What the leak test loads into a page in place of the customer's script: the mirror and what it needs, driven by
// `window.driver`.  Whatever is emitted is posted to the server that the script came from, as bytes.

import { PageElements } from "../../src/page/elements";
import { PageMirror } from "../../src/page/mirror";
import { readPolicy } from "../../src/page/policy";
import { PageVeil } from "../../src/page/veil";
import { reading } from "./reading";

const server = new URL((document.currentScript as HTMLScriptElement).src).origin;

function drive(given: unknown) {
  const policy = readPolicy(given);
  const veil = new PageVeil(policy, window);
  const mirror = new PageMirror(() => policy, veil, window);
  const elements = new PageElements(mirror, veil, window);
  const sent: Promise<unknown>[] = [];
  let again = 0;
  const post = (path: string, body: unknown) => {
    sent.push(fetch(server + path, { method: "POST", body: JSON.stringify(body), mode: "no-cors" }));
  };
  return {
    veil,
    mirror,
    elements,
    start: () =>
      mirror.start({
        // Numbered, because posts may overtake each other.
        emit: (events, byHand) => post(`/frames?hand=${Number(byHand)}&n=${sent.length}`, events),
        again: () => {
          again += 1;
        },
      }),
    publish: () => post("/elements", [veil.address(location.href), elements.all()]),
    again: () => again,
    reading: () => reading(document),
    /** Everything that has happened so far has left. */
    async settled() {
      for (let frames = 0; frames < 4; frames += 1) await new Promise(requestAnimationFrame);
      let count = -1;
      while (count !== sent.length || mirror.replica?.hasMarks === true) {
        count = sent.length;
        await new Promise(requestAnimationFrame);
        await Promise.all(sent);
      }
      return count;
    },
  };
}

declare global {
  interface Window {
    drive: typeof drive;
  }
}
window.drive = drive;
