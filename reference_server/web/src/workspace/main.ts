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
