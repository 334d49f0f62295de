// Plays what has left a page in rrweb's own player, and says what can be read there.

import type { eventWithTime } from "@rrweb/types";
import { Replayer } from "rrweb";
import { reading } from "./reading";

async function replay(events: eventWithTime[]): Promise<string[]> {
  for (const old of document.querySelectorAll(".replayer-wrapper")) old.remove();
  // All at once: when something happened is of no interest here.
  const begun = events[0]?.timestamp ?? 0;
  const player = new Replayer(
    events.map((event, at) => ({ ...event, timestamp: begun + at })),
    { root: document.body, showWarning: true, mouseTail: false, useVirtualDom: false },
  );
  player.pause(events.length);
  await new Promise((resolve) => setTimeout(resolve));
  await new Promise(requestAnimationFrame);
  return reading(player.iframe.contentDocument as Document);
}

declare global {
  interface Window {
    replay: typeof replay;
  }
}
window.replay = replay;
