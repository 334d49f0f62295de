// The workspace's page begins here.

import { Workspace } from "./workspace";

function tabStorage(): Storage | undefined {
  try {
    return window.sessionStorage;
  } catch {
    return undefined; // the browser keeps nothing for this page
  }
}

const view = document.querySelector<HTMLMetaElement>('meta[name="cobrowse-view"]')?.content ?? "";
const workspace = new Workspace(document, window.location.origin, view, tabStorage());
window.addEventListener("online", () => workspace.hurry());
// A page that the browser keeps for its history must not go on being this agent's workspace; shown again it comes back.
window.addEventListener("pagehide", () => workspace.giveUp());
