"""What was done at the site: forms that arrived, windows that opened, pages that were asked for.

The site's word, not the product's.  Of what a form held only the names of its fields are kept, and of their values
no more than which of the suite's own canaries were among them.

Order: what is kept, the record, a story's part of it.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final, NamedTuple, TypeVar
from urllib.parse import quote

from cobrowse_spec.terms import Prompt

#: How long what is waited for may take on a loaded machine, in seconds.
WITHIN_S: Final = 40.0
#: How much is kept of a kind; the oldest goes first.
MOST: Final = 10_000


class Submitted(NamedTuple):
    """A form, or what a script sends in place of one, that has arrived at the company's site."""

    #: The path of the page that it came from; empty where the browser did not say.
    page: str
    #: The form's ID; empty where it has none, or where there was no form.
    form: str
    #: Method and path of the request that brought it.
    request: str
    #: The names of its fields, in order.
    fields: tuple[str, ...]
    #: The suite's canaries among their values.
    canaries: tuple[str, ...]
    #: Seconds since 1970.
    at: float
    story: str = ""


class Effect(NamedTuple):
    """Something that a page made the browser open beside it (NAVIGATE-8), by the page's own account."""

    prompt: Prompt
    #: What it was opened by: an element's ID, or the name of a function.
    by: str
    page: str
    at: float
    story: str = ""


class Opened(NamedTuple):
    """A page that was asked for: host, path with query, and how."""

    host: str
    path: str
    method: str
    at: float
    story: str = ""


_T = TypeVar("_T", Submitted, Effect, Opened)


class Record:
    """Everything that was done at the site; the server's threads write it, anybody reads it."""

    def __init__(self) -> None:
        self._arrived = threading.Condition()
        self._submitted: list[Submitted] = []
        self._effects: list[Effect] = []
        self._opened: list[Opened] = []
        self._canaries: frozenset[str] = frozenset()
        #: The stories whose forms are answered with no page: whoever submits stays where it is.
        self._staying: set[str] = set()
        #: Called with each form that arrives, in the server's thread.
        self.tell: Callable[[Submitted], None] = lambda submitted: None

    def watch(self, canaries: Iterable[str]) -> None:
        """Look for these among the values of forms that arrive from now on."""
        with self._arrived:
            self._canaries |= frozenset(canaries)

    def stay(self, story: str) -> None:
        """From now on a form of this story leads nowhere."""
        with self._arrived:
            self._staying.add(story)

    def stays(self, story: str) -> bool:
        """Whether a form of this story leads nowhere."""
        with self._arrived:
            return story in self._staying

    def submit(
        self, page: str, form: str, request: str, fields: Sequence[tuple[str, str]], story: str
    ) -> None:
        """A form has arrived."""
        with self._arrived:
            known = tuple(one for one in sorted(self._canaries) if any(one in value for _, value in fields))
            names = tuple(name for name, _ in fields)
            submitted = Submitted(page, form, request, names, known, time.time(), story)
            self._keep(self._submitted, submitted)
        self.tell(submitted)

    def effect(self, prompt: Prompt, by: str, page: str, story: str) -> None:
        """A page has opened something beside itself."""
        with self._arrived:
            self._keep(self._effects, Effect(prompt, by, page, time.time(), story))

    def open(self, host: str, path: str, method: str, story: str) -> None:
        """A page, or something for a page, was asked for."""
        with self._arrived:
            self._keep(self._opened, Opened(host, path, method, time.time(), story))

    def _keep(self, kept: list[_T], one: _T) -> None:
        kept.append(one)
        del kept[:-MOST]
        self._arrived.notify_all()

    def submitted(self, story: str | None = None) -> tuple[Submitted, ...]:
        """The forms that have arrived; of one story, or of all."""
        with self._arrived:
            return tuple(one for one in self._submitted if story is None or one.story == story)

    def effects(self, story: str | None = None) -> tuple[Effect, ...]:
        """What pages have opened beside themselves."""
        with self._arrived:
            return tuple(one for one in self._effects if story is None or one.story == story)

    def opened(self, story: str | None = None) -> tuple[Opened, ...]:
        """What was asked for, on every host."""
        with self._arrived:
            return tuple(one for one in self._opened if story is None or one.story == story)

    def until(self, holds: Callable[[], bool], within_s: float = WITHIN_S) -> bool:
        """Wait until something that is read from the record holds; False where the time is over before."""
        with self._arrived:
            return self._arrived.wait_for(holds, within_s)


class Story:
    """What was done at the site in one story: in the browsers that entered by its address."""

    def __init__(self, record: Record, origin: str) -> None:
        self._record = record
        self._origin = origin
        #: What tells this story's requests from those of others: kept in a cookie that no script can read.
        self.token = secrets.token_hex(8)

    def enter(self, path: str) -> str:
        """The address by which a browser enters the story; it is led on to a page of the site."""
        page, mark, fragment = path.partition("#")
        return f"{self._origin}/site/story/{self.token}?to={quote(page)}{mark}{fragment}"

    def stay(self) -> None:
        """From now on forms are answered with no page, so that whoever submits one stays on the page that it is on."""
        self._record.stay(self.token)

    def submitted(self) -> tuple[Submitted, ...]:
        """The forms that have arrived, oldest first."""
        return self._record.submitted(self.token)

    def effects(self) -> tuple[Effect, ...]:
        """What the story's pages have opened beside themselves."""
        return self._record.effects(self.token)

    def opened(self) -> tuple[Opened, ...]:
        """What was asked for on the company's site."""
        return self._record.opened(self.token)

    def brings(self, form: str, times: int, within_s: float = WITHIN_S) -> bool:
        """Whether a form of this ID arrives so many times, in time."""

        def is_there() -> bool:
            return sum(one.form == form for one in self.submitted()) >= times

        return self._record.until(is_there, within_s)

    def has(self, submitted: int, within_s: float = WITHIN_S) -> bool:
        """Whether so many forms arrive in time."""
        return self._record.until(lambda: len(self.submitted()) >= submitted, within_s)
