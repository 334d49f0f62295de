"""Everything that an agent's browser holds of a page: what shows, and what does not but is there to be read.

Documents with closed shadow roots and frames, the text that is drawn (what style sheets generate, too), what fields hold,
style sheets as they are now, addresses and titles, and what is stored.  It is read through the DevTools protocol, in worlds
of our own, so also where a frame runs no scripts.

Order: what is seen, looking, the script.
"""

import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from .devtools import DevTools, DevToolsError, Session

#: How many encodings deep a canary is looked for: in an attribute that is an address that holds packed data, say.
DEPTH: Final = 2

#: The name of the world in which the script runs, that no page can see.
_WORLD: Final = "suite"


class Seen(NamedTuple):
    """Something that the browser holds, and where."""

    #: "document", "drawn", "properties and storage" or "clipboard".
    where: str
    data: bytes


def look(devtools: DevTools) -> tuple[Seen, ...]:
    """Everything that the browser's pages hold now.  What goes away while it is looked at is left out."""
    seen: list[Seen] = []
    for session in devtools.sessions("page", "iframe"):
        try:
            seen += _look(devtools, session)
        except DevToolsError:
            if session in devtools.sessions():
                raise
    return tuple(seen)


def _look(devtools: DevTools, session: Session) -> Iterator[Seen]:
    document = devtools.ask("DOM.getDocument", {"depth": -1, "pierce": True}, session.id)
    yield Seen("document", _text(document["root"]))
    styles = {"computedStyles": ["content"], "includePaintOrder": False}
    drawn = devtools.ask("DOMSnapshot.captureSnapshot", styles, session.id)
    yield Seen("drawn", "\n".join(drawn["strings"]).encode())
    for frame in _frames(devtools.ask("Page.getFrameTree", {}, session.id)["frameTree"]):
        held = _inside(devtools, session, frame)
        if held is not None:
            yield Seen("properties and storage", held)
    clipboard = _evaluated(devtools, session, _CLIPBOARD, {})
    if clipboard:
        yield Seen("clipboard", clipboard)


def _frames(tree: Any) -> Iterator[str]:
    yield tree["frame"]["id"]
    for child in tree.get("childFrames", ()):
        yield from _frames(child)


def _inside(devtools: DevTools, session: Session, frame: str) -> bytes | None:
    """What a frame's window holds; None where it went away, or belongs to another process, which is asked by itself."""
    try:
        world = devtools.ask("Page.createIsolatedWorld", {"frameId": frame, "worldName": _WORLD}, session.id)
    except DevToolsError:
        return None
    return _evaluated(devtools, session, _HELD, {"contextId": world["executionContextId"]})


def _evaluated(devtools: DevTools, session: Session, script: str, where: dict[str, Any]) -> bytes | None:
    given = {"expression": script, "awaitPromise": True, "returnByValue": True, "userGesture": True, **where}
    try:
        answer = devtools.ask("Runtime.evaluate", given, session.id)
    except DevToolsError:
        return None
    value = answer["result"].get("value")
    return None if value is None else _text(value)


def _text(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


# The script


_HELD: Final = """(async () => {
  const held = [location.href, document.title, document.referrer, window.name, document.cookie, String(getSelection())];
  const rules = (sheet) => {
    try { return [...sheet.cssRules].map((rule) => rule.cssText).join(" "); } catch { return ""; }
  };
  const walk = (root) => {
    for (const sheet of [...(root.styleSheets ?? []), ...(root.adoptedStyleSheets ?? [])]) held.push(rules(sheet));
    for (const one of root.querySelectorAll("*")) {
      for (const name of ["value", "defaultValue", "title", "text", "label", "src", "currentSrc", "href", "validationMessage"])
        if (typeof one[name] === "string" && one[name]) held.push(one[name]);
      for (const name of ["::before", "::after", "::marker", "::placeholder"]) {
        const { content } = getComputedStyle(one, name);
        if (content && content !== "none" && content !== "normal") held.push(content);
      }
      if (one.files?.length) held.push(...[...one.files].map((file) => file.name));
      if (one.content instanceof DocumentFragment) walk(one.content);
      if (one.shadowRoot) walk(one.shadowRoot);
    }
  };
  walk(document);
  try { held.push(JSON.stringify(history.state)); } catch {}
  for (const name of ["localStorage", "sessionStorage"]) try { held.push(JSON.stringify(window[name])); } catch {}
  try {
    for (const { name } of await indexedDB.databases()) {
      const base = await new Promise((done, fail) => {
        const opening = indexedDB.open(name);
        opening.onsuccess = () => done(opening.result);
        opening.onerror = opening.onblocked = fail;
      });
      for (const store of base.objectStoreNames) {
        const asked = base.transaction(store).objectStore(store).getAll();
        held.push(JSON.stringify(await new Promise((done, fail) => { asked.onsuccess = () => done(asked.result); asked.onerror = fail; })));
      }
      base.close();
    }
  } catch {}
  return held.filter(Boolean);
})()"""

#: What the clipboard holds, where the page has the focus and may read it.
_CLIPBOARD: Final = """(async () => {
  try {
    const { state } = await navigator.permissions.query({ name: "clipboard-read" });
    return state === "granted" && document.hasFocus() ? await navigator.clipboard.readText() : null;
  } catch { return null; }
})()"""
