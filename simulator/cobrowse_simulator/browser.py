"""The scripted customer's browser: a page, its history, and what acts do to them.

Pure bookkeeping, without I/O: :meth:`Browser.plan` says what an act would do, :meth:`Browser.carry_out`
does it and tells what has changed.  Pages of other sites are blank: what is on them is nobody's business.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final, NamedTuple
from urllib.parse import urlencode, urljoin, urlsplit

from cobrowse_spec import actions as do
from cobrowse_spec.terms import Party
from lxml.html import HtmlElement

from .acts import (
    Effect,
    Fill,
    Focus,
    MoveInHistory,
    Plan,
    Reload,
    Reveal,
    ScrollTo,
    SetChecked,
    SetOption,
    SetText,
    SubmitForm,
    Visit,
    plan,
)
from .mirror import Mirrored
from .page import Page, Viewport, is_field, kind
from .sites import Site

_BLANK: Final = "<!doctype html><title></title><body></body>"

#: Where a customer is who has left the site for a place that the story does not name.
ELSEWHERE: Final = "about:blank"


class Change(NamedTuple):
    """Something that an act has changed: ``what`` as in PageChanged, and the element's name or the path."""

    what: str
    name: str
    effect: Effect


class Submission(NamedTuple):
    """A form that was submitted, by whose act."""

    form: str
    by: Party


class Browser:
    """One window with one page at a time."""

    def __init__(self, site: Site, url: str = "", viewport: Viewport = Viewport()) -> None:  # noqa: B008 -- immutable
        self.site = site
        self.viewport = viewport
        self.submitted: list[Submission] = []
        self.page = self._load(url or site.home)
        self._history = [self.page]
        self._at = 0

    @property
    def history(self) -> tuple[str, ...]:
        """The addresses that back and forward go through."""
        return tuple(page.url for page in self._history)

    @property
    def place(self) -> int:
        """Which address of the history is open, from 0."""
        return self._at

    def plan(self, act: do.Act, element: HtmlElement | None) -> Plan:
        """What an act would do; nothing is touched."""
        match act:
            case do.OpenUrl():
                return Plan(effects=(Visit(urljoin(self.page.url, act.url.strip())),))
            case do.GoBack() | do.GoForward():
                step = -1 if isinstance(act, do.GoBack) else 1
                at = self._at + step
                there = 0 <= at < len(self._history)
                return Plan(effects=(MoveInHistory(step, self._history[at].url),) if there else ())
            case do.Refresh():
                return Plan(effects=(Reload(self.page.post),))
            case _:
                return plan(self.page, act, element)

    def target_of(self, effect: Effect) -> str | None:
        """The address that an effect leads to; None where it leads nowhere."""
        match effect:
            case Visit() | MoveInHistory():
                return effect.url
            case SubmitForm():
                return self._action_of(effect)
            case Reload():
                return self.page.url
            case _:
                return None

    def carry_out(self, planned: Plan, by: Party) -> tuple[Change, ...]:
        """Do what was planned.  What comes after a page has changed concerns a page that is gone."""
        changes: list[Change] = []
        for effect in self._on_own_document(planned.effects):
            changes += self._do(effect, by)
            if changes and changes[-1].what == "page":
                break
        return tuple(changes)

    def _on_own_document(self, effects: tuple[Effect, ...]) -> tuple[Effect, ...]:
        """The same effects, on a document that nobody shares if one of them changes it."""
        if not (self.page.is_shared and any(isinstance(effect, Reveal | Fill) for effect in effects)):
            return effects
        moved = self.page.own()
        return tuple(_moved(effect, moved) for effect in effects)

    def resize(self, viewport: Viewport) -> None:
        """The customer makes the window another size."""
        self.viewport = viewport

    def leave(self) -> None:
        """Go to another site, whichever."""
        self._open(_blank(ELSEWHERE))

    def come_back(self) -> None:
        """Go back to the last page of the site that was open."""
        ours = (at for at in range(self._at, -1, -1) if self.site.serves(self._history[at].url))
        self._at = next(ours, self._at)
        self.page = self._history[self._at]

    def _do(self, effect: Effect, by: Party) -> Iterable[Change]:
        page = self.page
        match effect:
            case SetText() | SetOption():
                page.set_value(effect.element, effect.value, by)
                what = "field" if isinstance(effect, SetText) else "choice"
                return (Change(what, page.name_of(effect.element), effect),)
            case SetChecked():
                page.set_checked(effect.element, effect.on, by)
                return (Change("choice", page.name_of(effect.element), effect),)
            case Focus():
                page.focus = effect.element
                return (Change("focus", page.name_of(effect.element), effect),)
            case ScrollTo():
                page.scroll = (effect.x, effect.y)
                return (Change("scroll", "", effect),)
            case Reveal():
                page.reveal(effect.element, effect.text)
                return (Change("content", page.name_of(effect.element), effect),)
            case Fill():
                page.fill(effect.element, effect.template)
                return (Change("content", page.name_of(effect.element), effect),)
            case SubmitForm():
                return self._submit(effect, by)
            case Visit():
                self._open(self._load(effect.url))
            case MoveInHistory():
                self._at += effect.by
                self.page = self._history[self._at]
            case Reload():
                self.page = self._history[self._at] = self._load(page.url, post=page.post)
                if effect.resubmits:
                    self.submitted.append(Submission("", by))
        return (Change("page", self._shown_path(), effect),)

    def _submit(self, effect: SubmitForm, by: Party) -> tuple[Change, ...]:
        name = self.page.name_of(effect.form)
        self.submitted.append(Submission(name, by))
        self._open(self._load(self._action_of(effect), post=_method(effect.form) == "post"))
        return Change("submit", name, effect), Change("page", self._shown_path(), effect)

    def _action_of(self, effect: SubmitForm) -> str:
        action = effect.form.get("action") or self.page.url
        if effect.submitter is not None:
            action = effect.submitter.get("formaction") or action
        url = urljoin(self.page.url, action)
        if _method(effect.form) == "post":
            return url
        return urlsplit(url)._replace(query=urlencode(self._entries(effect)), fragment="").geturl()

    def _entries(self, effect: SubmitForm) -> list[tuple[str, str]]:
        page = self.page
        entries = []
        for control in page.controls_of(effect.form):
            off = kind(control) in ("checkbox", "radio") and not page.checked(control)
            if control.get("name") and (control is effect.submitter or is_field(control)) and not off:
                entries.append((control.get("name") or "", page.value(control)))
        return entries

    def _open(self, page: Page) -> None:
        self._history[self._at + 1 :] = [page]
        self._at += 1
        self.page = page

    def _load(self, url: str, *, post: bool = False) -> Page:
        if not self.site.serves(url):
            return _blank(url)
        html = self.site.answer(url) if post else self.site.page(url)
        return Page(url, html, post=post, is_shared=True)

    def _shown_path(self) -> str:
        """The page's path; nothing of a page that is not the site's (SITE-3)."""
        return self.page.path if self.site.serves(self.page.url) else ""


def mirrored(changes: Iterable[Change]) -> list[Mirrored]:
    """The effects among changes that a mirror is told of by increments."""
    return [change.effect for change in changes if isinstance(change.effect, Mirrored)]


def _moved(effect: Effect, moved: Callable[[HtmlElement], HtmlElement]) -> Effect:
    """The same effect on other elements."""
    match effect:
        case SetText() | SetOption() | SetChecked() | Focus() | Reveal():
            return replace(effect, element=moved(effect.element))
        case Fill():
            template = None if effect.template is None else moved(effect.template)
            return Fill(moved(effect.element), template, tuple(map(moved, effect.gone)))
        case SubmitForm():
            submitter = None if effect.submitter is None else moved(effect.submitter)
            return SubmitForm(moved(effect.form), submitter)
        case ScrollTo() | Visit() | MoveInHistory() | Reload():
            return effect


def _blank(url: str) -> Page:
    return Page(url, _BLANK, is_shared=True)


def _method(form: HtmlElement) -> str:
    return (form.get("method") or "get").strip().lower()
