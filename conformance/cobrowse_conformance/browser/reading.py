"""Reading: what shows of the controls of a profile, in one look at a page, its frames and its shadow roots.

All controls that are in the same document or shadow root are read by one script.  Closed shadow roots
and frames are found as no page can (:mod:`.direct`).  A frame of another site has a process of its own in
some browsers; ours is told to have none (:data:`.brands.FLAGS`), so that one connection reads all.

Order: what is read of an element, the script, the reader.
"""

import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

import msgspec
from cobrowse_simulator.browsers.browser import Browser, Point
from selenium.common.exceptions import WebDriverException

from .direct import Root, direct, is_passing
from .profile import Locator


class Found(msgspec.Struct, frozen=True):
    """One element, as it shows; places in CSS pixels of the document that it is in."""

    #: Tells elements apart, those of one document from those of another too.
    number: int
    #: How often what is in it has changed; counted of lines only.
    version: int
    #: All text in it, white space drawn together, as far as it shows.
    text: str
    #: What a field holds.
    value: str
    left: float
    top: float
    width: float
    height: float
    #: Whether it takes room and is visible, and whether it can be used.
    shown: bool
    enabled: bool
    #: Whether a click in its middle would meet it: nothing lies over it.
    met: bool
    #: Whether what is in it does not fit, to the right or down.
    scrolls: bool

    @property
    def middle(self) -> Point:
        """The middle of its box."""
        return Point(self.left + self.width / 2, self.top + self.height / 2)

    @property
    def usable(self) -> bool:
        """Whether it shows and can be pressed or typed into."""
        return self.shown and self.enabled and self.met


class Frame(NamedTuple):
    """Where the inside of a nest of frames begins in the window, and how large it is."""

    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0


#: Finds elements as locators say, from a document or shadow root on (``this``).
FIND: Final = """
const squeeze = (text) => (text ?? "").replace(/\\s+/g, " ").trim();
const implicit = { button: "button,input[type=button],input[type=submit],input[type=reset],summary",
  link: "a[href]", textbox: "input:not([type]),input[type=text],input[type=search],input[type=email],textarea",
  checkbox: "input[type=checkbox]", radio: "input[type=radio]", combobox: "select", dialog: "dialog",
  heading: "h1,h2,h3,h4,h5,h6", img: "img", status: "output" };
const nameOf = (one) => squeeze(one.getAttribute("aria-label")
  || (one.getAttribute("aria-labelledby") ?? "").split(/\\s+/).filter(Boolean)
       .map((id) => one.getRootNode().getElementById?.(id)?.textContent ?? "").join(" ")
  || [...(one.labels ?? [])].map((label) => label.textContent).join(" ")
  || (one.matches("input[type=button],input[type=submit]") ? one.value : "")
  || one.textContent || one.title || one.placeholder);
const within = function* (root) {
  yield root;
  for (const one of root.querySelectorAll("*")) if (one.shadowRoot) yield* within(one.shadowRoot);
};
const inRoot = (root, how) => {
  if (how.css) return [...root.querySelectorAll(how.css)];
  if (how.part) return [...root.querySelectorAll("*")].filter((one) => one.id === how.part || one.part.contains(how.part));
  if (how.text) return [...root.querySelectorAll("*")].filter((one) =>
    squeeze(one.textContent) === how.text && ![...one.children].some((child) => squeeze(child.textContent) === how.text));
  if (how.role) return [...root.querySelectorAll(`[role="${how.role}"],${implicit[how.role] ?? "[role=none-such]"}`)]
    .filter((one) => !how.name || nameOf(one) === how.name);
  return (root.host ? [...root.children] : [root]).flatMap((from) => {
    const found = document.evaluate(how.xpath, from, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
    return Array.from({ length: found.snapshotLength }, (_, at) => found.snapshotItem(at));
  });
};
const find = (root, how) => {
  for (const one of within(root)) {
    try {
      const found = inRoot(one, how).filter((element) => element?.nodeType === 1);
      if (found.length > 0) return found;
    } catch {
      return []; // a selector or an expression that is none
    }
  }
  return [];
};
"""

#: Reads elements, and keeps in the document or shadow root (``this``) how to read the same ones again under a key; those of
#: a list that are lines in one element are read line by line.
_READ: Final = f"""
function (key, controls) {{
  {FIND}
  const kept = this.cobrowseReading ??= {{ numbers: new WeakMap(), next: Math.floor(performance.timeOrigin % 1e9) * 1e4,
    versions: new WeakMap(), again: new Map() }};
  const number = (one) => {{
    if (!kept.numbers.has(one)) kept.numbers.set(one, kept.next++);
    return kept.numbers.get(one);
  }};
  const version = (one) => {{
    if (!kept.versions.has(one)) {{
      kept.versions.set(one, 0);
      new MutationObserver(() => kept.versions.set(one, kept.versions.get(one) + 1))
        .observe(one, {{ childList: true, characterData: true, subtree: true }});
    }}
    return kept.versions.get(one);
  }};
  const read = (one, isLine) => {{
    const box = one.getBoundingClientRect();
    const shown = one.getClientRects().length > 0 && box.width > 0 && box.height > 0
      && one.checkVisibility({{ visibilityProperty: true }});
    const top = one.getRootNode().elementFromPoint?.(box.left + box.width / 2, box.top + box.height / 2) ?? null;
    const met = top === null || one === top || one.contains(top) || top.contains(one) && !top.matches("dialog");
    return {{ met, number: number(one), version: isLine === true ? version(one) : 0, text: shown ? squeeze(one.innerText ?? one.textContent) : "",
      value: String(one.value ?? ""), left: box.left, top: box.top, width: box.width, height: box.height, shown,
      enabled: !one.disabled && one.getAttribute("aria-disabled") !== "true",
      scrolls: one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight }};
  }};
  const lines = (one) => one.children.length > 0 ? [...one.children] : [one];
  const all = () => Object.fromEntries(Object.entries(controls).map(([name, how]) => {{
    const elements = find(this, how);
    return [name, how.lines ? elements.flatMap(lines).map((one) => read(one, true)) : elements.map((one) => read(one))];
  }}));
  let stamp = "", last = "";
  const again = (known) => {{
    const found = JSON.stringify(all());
    if (found !== last) [stamp, last] = [`${{performance.timeOrigin}} ${{kept.next++}}`, found];
    return {{ stamp, found: stamp === known ? "" : found }};
  }};
  kept.again.set(key, again);
  return again("");
}}
"""

#: The same once more, in a few bytes: nothing is said of what reads as it did when it got this stamp, and there is no
#: stamp where the document is another one.
_READ_AGAIN: Final = (
    'function (key, stamp) { return this.cobrowseReading?.again.get(key)?.(stamp) ?? { stamp: "" }; }'
)

#: The box of a frame's inside, and the frame's own size.
_BOX: Final = """
const frame = document.querySelector(arguments[0]);
if (frame === null) return null;
const box = frame.getBoundingClientRect();
return [box.left + frame.clientLeft, box.top + frame.clientTop, frame.clientWidth, frame.clientHeight];
"""

#: What is returned in place of anything by what is no longer part of a page.
_GONE: Final = "cobrowse: gone"

#: Around a function: whether its document or shadow root is still part of a page.
_ALIVE: Final = f"""
function (...given) {{
  const page = this.host ? this.host.isConnected && this.host.ownerDocument : this;
  return page && page.defaultView ? (%s).apply(this, given) : {_GONE!r};
}}
"""


class _Place(NamedTuple):
    """Where a script runs: in a nest of frames, or in the shadow root of a host."""

    frames: tuple[str, ...] = ()
    host: str = ""


class _Question(NamedTuple):
    """Controls that are read together, since they are in one place."""

    #: Tells questions apart.
    number: int
    place: _Place
    wanted: dict[str, Locator]
    lines: frozenset[str]

    def how(self) -> dict[str, dict[str, Any]]:
        """How each is found, for the script."""
        ways = ("css", "xpath", "text", "role", "name", "part")
        return {
            name: {way: getattr(one, way) for way in ways} | {"lines": name in self.lines}
            for name, one in self.wanted.items()
        }


class Reader:
    """Reads a browser's page.  Synchronous: call it in the thread that has the browser."""

    def __init__(self, browser: Browser) -> None:
        self._direct = direct(browser)
        #: What tells its questions from those of another reader of the same page.
        self._name = secrets.token_hex(4)
        #: Documents and shadow roots that have been found.
        self._roots: dict[_Place, Root] = {}
        #: What has been asked for, place by place, and the last answers, each with its stamp.
        self._questions: dict[tuple[object, ...], tuple[_Question, ...]] = {}
        self._answers: dict[int, tuple[str, dict[str, tuple[Found, ...]]]] = {}

    def forget(self) -> None:
        """The window is another one, or is about to be closed."""
        self._roots.clear()
        self._direct.close()

    def read(
        self, controls: Mapping[str, Locator], *, lines: Iterable[str] = ()
    ) -> dict[str, tuple[Found, ...]]:
        """What is there of each control; of those in ``lines``, every line."""
        found: dict[str, tuple[Found, ...]] = dict.fromkeys(controls, ())
        for question in self._questions_for(controls, frozenset(lines)):
            found |= self._asked(question)
        return found

    def _questions_for(self, controls: Mapping[str, Locator], lines: frozenset[str]) -> tuple[_Question, ...]:
        key = (tuple(controls.items()), lines)
        if key not in self._questions:
            places: dict[_Place, dict[str, Locator]] = {}
            for name, locator in controls.items():
                places.setdefault(_Place(locator.frames, locator.host), {})[name] = locator
            first = sum(map(len, self._questions.values()))
            self._questions[key] = tuple(
                _Question(number, place, wanted, lines)
                for number, (place, wanted) in enumerate(places.items(), first)
            )
        return self._questions[key]

    def _asked(self, question: _Question) -> dict[str, tuple[Found, ...]]:
        """The answer to a question; what has not changed since it was asked last is not read out again."""
        stamp, last = self._answers.get(question.number, ("", {}))
        key = f"{self._name} {question.number}"
        answer = self._call(question.place, _READ_AGAIN, key, stamp) if stamp else {"stamp": ""}
        if answer is not None and not answer["stamp"]:
            answer = self._call(question.place, _READ, key, question.how())
        if answer is None:
            return {}
        if answer["found"]:
            read = msgspec.json.decode(answer["found"], type=dict[str, tuple[Found, ...]])
            last = {
                name: tuple(_matched(one, question.wanted[name].pattern) for one in elements)
                for name, elements in read.items()
            }
            self._answers[question.number] = answer["stamp"], last
        return last

    def one(self, locator: Locator) -> Found | None:
        """The first element that a locator finds and that shows; else the first that it finds; else None."""
        found = self.read({"one": locator})["one"]
        usable = next((one for one in found if one.usable), None)
        return usable or next((one for one in found if one.shown), found[0] if found else None)

    def frame(self, frames: tuple[str, ...], *, outer: int = 0) -> Frame | None:
        """Where the inside of these frames is in the window, or in the first so many of them; None: one is not there."""
        place = Frame()
        for depth, selector in list(enumerate(frames))[outer:]:
            box = self.inside(frames[:depth], _BOX, selector)
            if box is None:
                return None
            left, top, width, height = box
            place = Frame(place.x + left, place.y + top, width, height)
        return place

    def inside(self, frames: tuple[str, ...], script: str, *arguments: Any) -> Any:
        """What a script returns in the innermost of these frames; None where one of them is not there."""
        return self._call(_Place(frames), f"function () {{ {script} }}", *arguments)

    def place_of(self, locator: Locator, found: Found) -> Point | None:
        """Where the middle of an element is in the window; None: its frame has gone."""
        frame = self.frame(locator.frames)
        return None if frame is None else Point(frame.x + found.middle.x, frame.y + found.middle.y)

    def _call(self, place: _Place, function: str, *arguments: Any) -> Any:
        """What a function returns there, with the document or shadow root as ``this``; None where there is none."""
        for fresh in (False, True):
            root = self._root(place, fresh=fresh)
            if root is None:
                continue
            try:
                value = self._direct.call(root, _ALIVE % function, *arguments)
            except WebDriverException as error:
                if not is_passing(error):
                    raise
                continue
            if value != _GONE:
                return value
        return None

    def _root(self, place: _Place, *, fresh: bool) -> Root | None:
        if fresh or place not in self._roots:
            self._roots.pop(place, None)
            try:
                found = self._found(place)
            except WebDriverException as error:
                if not is_passing(error):
                    raise
                found = None
            if found is None:
                return None
            self._roots[place] = found
        return self._roots[place]

    def _found(self, place: _Place) -> Root | None:
        found: Root | None = self._direct.document()
        for selector in place.frames:
            found = found and self._direct.inner(found, selector)
        if place.host:
            found = found and self._direct.shadow(found, place.host)
        return found


def _matched(found: Found, pattern: str) -> Found:
    """The element with no more of its text than what counts."""
    if not pattern:
        return found
    matched = re.search(pattern, found.text)
    return msgspec.structs.replace(found, text=matched[1] if matched else "")
