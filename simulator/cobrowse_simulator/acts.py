"""What an act would do to a page, worked out before anything is touched.

:func:`plan` answers with a :class:`Plan`: which elements the act sets off and which effects follow, the
page's own scripts included.  Because nothing has happened yet, a plan that is refused leaves page,
fields, focus, scroll and history exactly as they were (SUBMIT-2).

Scripts are tiny and recognised by their text: ``this.form.submit()``, ``requestSubmit()``,
``location='…'`` and ``reveal('id')`` in event handlers and ``javascript:`` links, and what fills an element from a
template or empties it (``replaceChildren``).

Order: effects, plan, pressing, keys, filling in, scripts.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin

from cobrowse_spec import actions as do
from lxml.html import HtmlElement

from .page import (
    BLOCK_IMPLICIT_SUBMISSION,
    Page,
    is_button,
    is_field,
    is_inert,
    is_link,
    is_read_only,
    is_submit_button,
    is_text_field,
    kind,
    option_value,
    path_up,
    words,
)


@dataclass(frozen=True)
class SetText:
    """A field's text changes."""

    element: HtmlElement
    value: str


@dataclass(frozen=True)
class SetOption:
    """Another option of a select is chosen."""

    element: HtmlElement
    value: str


@dataclass(frozen=True)
class SetChecked:
    """A check box or radio button goes on or off."""

    element: HtmlElement
    on: bool


@dataclass(frozen=True)
class Focus:
    """An element gets the focus."""

    element: HtmlElement


@dataclass(frozen=True)
class ScrollTo:
    """The page scrolls."""

    x: int
    y: int


@dataclass(frozen=True)
class Reveal:
    """A script shows text that was not there."""

    element: HtmlElement
    text: str


@dataclass(frozen=True)
class Fill:
    """A script puts what is in a template into an element, in place of what is there; without one it empties it."""

    element: HtmlElement
    template: HtmlElement | None
    #: What is in the element before.
    gone: tuple[HtmlElement, ...]


@dataclass(frozen=True)
class SubmitForm:
    """A form is submitted, by a button or by none."""

    form: HtmlElement
    submitter: HtmlElement | None = None


@dataclass(frozen=True)
class Visit:
    """Another address is opened."""

    url: str


@dataclass(frozen=True)
class MoveInHistory:
    """One page back (-1) or forward (+1), which leads to ``url``."""

    by: int
    url: str


@dataclass(frozen=True)
class Reload:
    """The same page is loaded again."""

    resubmits: bool


Effect = (
    SetText
    | SetOption
    | SetChecked
    | Focus
    | ScrollTo
    | Reveal
    | Fill
    | SubmitForm
    | Visit
    | MoveInHistory
    | Reload
)


@dataclass(frozen=True)
class Plan:
    """What an act would do."""

    #: Every element that the act sets off: its target, what that stands for, a form's default button.
    activated: tuple[HtmlElement, ...] = ()
    effects: tuple[Effect, ...] = ()

    @property
    def changes(self) -> tuple[HtmlElement, ...]:
        """The fields that would change."""
        kinds = (SetText, SetOption, SetChecked)
        return tuple(effect.element for effect in self.effects if isinstance(effect, kinds))

    @property
    def submits(self) -> bool:
        """Whether a form would be submitted."""
        return any(isinstance(effect, SubmitForm) for effect in self.effects)


def plan(page: Page, act: do.Act, element: HtmlElement | None, *, scripts: bool = True) -> Plan:
    """What the act would do on this page; ``scripts=False`` leaves the page's own scripts out.

    ``element`` is the one that the act names.  Acts that the browser does, not the page (address,
    history, refresh), have no effects here.
    """
    planner = _Planner(page, scripts)
    if isinstance(act, do.Scroll):
        if (act.x, act.y) != page.scroll:
            planner.effects.append(ScrollTo(max(act.x, 0), max(act.y, 0)))
    elif element is not None:
        match act:
            case do.Press():
                planner.press(element)
            case do.PressKey():
                planner.press_key(element, act.key)
            case do.Type():
                planner.type(element, act.value)
            case do.Choose():
                planner.choose(element, act.value)
            case do.Submit():
                planner.submit(element)
            case _:
                pass
    return Plan(tuple(dict.fromkeys(planner.activated)), tuple(dict.fromkeys(planner.effects)))


def submitting_acts(page: Page, element: HtmlElement) -> tuple[str, ...]:
    """The means by which an act on an element submits by itself; scripts cannot be foreseen."""
    acts = (do.Press(), do.PressKey(key="Enter"), do.PressKey(key="Space"))
    return tuple(act.means for act in acts if plan(page, act, element, scripts=False).submits)


@dataclass
class _Planner:
    """Collects what one act sets off, in order."""

    page: Page
    scripts: bool
    activated: list[HtmlElement] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)

    # Pressing

    def press(self, element: HtmlElement) -> None:
        """A click: handlers from the element outwards, then what the nearest control does by itself."""
        path = path_up(element)
        control = next((one for one in path if _acts_on_click(one)), None)
        self.activated.append(element)
        if control is not None:
            self.activated.append(control)
            if is_inert(control):
                return
        self._run(path, "onclick")
        if control is not None:
            self._activate(control, element)

    def _activate(self, control: HtmlElement, target: HtmlElement) -> None:
        if control.tag == "label":
            labelled = self.page.labelled(control)
            if labelled is not None and labelled is not target and labelled not in self.activated:
                self.press(labelled)
        elif is_submit_button(control):
            self._focus(control)
            self._submit(self.page.form_of(control), control)
        elif kind(control) == "reset" or (control.tag == "button" and control.get("type") == "reset"):
            self._reset(self.page.form_of(control))
        elif kind(control) == "checkbox":
            self._focus(control)
            self._check(control, not self.page.checked(control))
        elif kind(control) == "radio":
            self._focus(control)
            self._check(control, True)
        elif is_link(control):
            self._follow(control)
        elif control.tag != "summary":
            self._focus(control)

    def _follow(self, link: HtmlElement) -> None:
        # As browsers do: white space around an address and line breaks in it do not count.
        href = re.sub(r"[\t\r\n]", "", link.get("href") or "").strip(_CONTROLS)
        scheme, colon, rest = href.partition(":")
        if colon and scheme.lower() == "javascript":
            self._run_script(rest, link)
        elif not href.startswith("#"):
            self.effects.append(Visit(urljoin(self.page.url, href)))

    def _focus(self, element: HtmlElement) -> None:
        if self.page.focus is not element:
            self.effects.append(Focus(element))

    def _reset(self, form: HtmlElement | None) -> None:
        for control in [] if form is None else self.page.controls_of(form):
            value, checked = self.page.default_value(control)
            if kind(control) in ("checkbox", "radio"):
                if checked != self.page.checked(control):
                    self.effects.append(SetChecked(control, checked))
            elif is_field(control) and value != self.page.value(control):
                change = SetOption if control.tag == "select" else SetText
                self.effects.append(change(control, value))

    # Keys

    def press_key(self, element: HtmlElement, key: str) -> None:
        """A key on a focused element."""
        self.activated.append(element)
        if is_inert(element):
            return
        self._focus(element)
        self._run(path_up(element), "onkeydown")
        if key == "Enter":
            self._enter(element)
        elif key in (" ", "Space"):
            if is_text_field(element):
                self.type(element, self.page.value(element) + " ")
            elif is_button(element) or kind(element) in ("checkbox", "radio") or element.tag == "summary":
                self.press(element)
        elif is_text_field(element):
            held = self.page.value(element)
            if len(key) == 1:
                self.type(element, held + key)
            elif key == "Backspace" and held:
                self.type(element, held[:-1])
        elif element.tag == "select" and key in ("ArrowDown", "ArrowUp"):
            self._next_option(element, 1 if key == "ArrowDown" else -1)

    def _enter(self, element: HtmlElement) -> None:
        if element.tag == "textarea":
            self.type(element, self.page.value(element) + "\n")
        elif is_button(element) or is_link(element) or element.tag == "summary":
            self.press(element)
        elif element.tag == "input":
            self._submit_implicitly(self.page.form_of(element))

    def _submit_implicitly(self, form: HtmlElement | None) -> None:
        """HTML's implicit submission: by the form's first submit button, be it hidden, or by none."""
        if form is None:
            return
        controls = self.page.controls_of(form)
        button = next((one for one in controls if is_submit_button(one)), None)
        if button is not None:
            self.activated.append(button)
            if not is_inert(button):
                self._run(path_up(button), "onclick")
                self._submit(form, button)
        elif sum(kind(one) in BLOCK_IMPLICIT_SUBMISSION for one in controls) <= 1:
            self._submit(form, None)

    def _next_option(self, select: HtmlElement, step: int) -> None:
        values = [option_value(option) for option in select.iter("option") if not is_inert(option)]
        if self.page.value(select) in values:
            at = values.index(self.page.value(select)) + step
            if 0 <= at < len(values):
                self.choose(select, values[at])

    # Filling in

    def type(self, element: HtmlElement, value: str) -> None:
        """Set a field's text."""
        self.activated.append(element)
        if not is_text_field(element) or is_read_only(element):
            return
        self._focus(element)
        if value != self.page.value(element):
            self.effects.append(SetText(element, value))
            self._changed(element)

    def choose(self, element: HtmlElement, value: str) -> None:
        """Choose an option by value or text, a radio button by value, or a state, "on" or "off"."""
        self.activated.append(element)
        if kind(element) == "radio":
            group = [one for one in self.page.radio_group(element) if self.page.value(one) == value]
            element = group[0] if group else element
            self.activated.append(element)
            if not is_inert(element) and (group or value == "on"):
                self._focus(element)
                self._check(element, True)
        elif is_inert(element):
            return
        elif kind(element) == "checkbox" and value in ("on", "off"):
            self._focus(element)
            self._check(element, value == "on")
        elif element.tag == "select":
            for option in element.iter("option"):
                if value in (option_value(option), words(option)) and not is_inert(option):
                    self._focus(element)
                    self._choose_option(element, option_value(option))
                    return

    def _choose_option(self, select: HtmlElement, value: str) -> None:
        if value != self.page.value(select):
            self.effects.append(SetOption(select, value))
            self._changed(select)

    def _check(self, box: HtmlElement, on: bool) -> None:
        if self.page.checked(box) == on:
            return
        if kind(box) == "radio":
            others = (one for one in self.page.radio_group(box) if self.page.checked(one))
            self.effects += [SetChecked(one, False) for one in others]
        self.effects.append(SetChecked(box, on))
        self._changed(box)

    def _changed(self, element: HtmlElement) -> None:
        self._run(path_up(element), "oninput")
        self._run(path_up(element), "onchange")

    # Submitting

    def submit(self, element: HtmlElement) -> None:
        """Submit the form of an element, by no particular means."""
        self.activated.append(element)
        self._submit(self.page.form_of(element), element if is_submit_button(element) else None)

    def _submit(self, form: HtmlElement | None, submitter: HtmlElement | None) -> None:
        already = any(isinstance(effect, SubmitForm) and effect.form is form for effect in self.effects)
        if form is not None and not already:
            self.effects.append(SubmitForm(form, submitter))

    # Scripts

    def _run(self, path: Iterable[HtmlElement], handler: str) -> None:
        for element in path:
            script = element.get(handler)
            if script is not None:
                self._run_script(script, element)

    def _run_script(self, script: str, this: HtmlElement) -> None:
        if not self.scripts:
            return
        for found in _STATEMENT.finditer(script):
            if found["reveal"] is not None:
                self._reveal(found["reveal"])
            elif found["place"] is not None:
                self._fill(found["place"], found["template"])
            elif found["url"] is not None:
                self.effects.append(Visit(urljoin(self.page.url, found["url"])))
            else:
                named = found["form"] or found["id"]
                owner = this if named is None else self.page.by_id(named)
                self._submit(None if owner is None else self.page.form_of(owner), None)

    def _reveal(self, name: str) -> None:
        element = self.page.by_id(name)
        if element is not None:
            text = element.get("data-reveal") or ""
            if text != (element.text or ""):
                self.effects.append(Reveal(element, text))

    def _fill(self, place: str, template: str | None) -> None:
        element, source = self.page.by_id(place), self.page.by_id(template) if template else None
        if element is not None and (source is not None or len(element)):
            self.effects.append(Fill(element, source, tuple(element)))


def _acts_on_click(element: HtmlElement) -> bool:
    return is_field(element) or is_button(element) or is_link(element) or element.tag in ("label", "summary")


_CONTROLS: Final = "".join(map(chr, range(0x21)))

_STATEMENT: Final = re.compile(
    r"""(?:
        \breveal\(\s*['"](?P<reveal>[^'"]*)['"]\s*\)
      | document\.getElementById\(\s*['"](?P<place>[\w-]+)['"]\s*\)\.replaceChildren\(\s*
        (?:document\.getElementById\(\s*['"](?P<template>[\w-]+)['"]\s*\)\.content\.cloneNode\(\s*true\s*\)\s*)?\)
      | \blocation(?:\.href)?\s*=(?!=)\s*['"](?P<url>[^'"]*)['"]
      | \b(?:
            document\.forms(?:\.|\[\s*['"])(?P<form>[\w-]+)(?:['"]\s*\])?
          | document\.(?:getElementById\(|querySelector\(\s*(?=['"]\#))\s*['"]\#?(?P<id>[\w-]+)['"]\s*\)
          | this(?:\.form)?(?:\.closest\(\s*['"]form['"]\s*\))?
        )\.(?:submit|requestSubmit)\(
    )""",
    re.VERBOSE,
)
