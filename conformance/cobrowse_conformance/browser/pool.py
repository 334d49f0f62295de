"""Pairs of browsers: one for the customer and one for the agent, in one thread, used for one story after the other.

Order: a pair, opening it.
"""

import functools
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final, TypeVar

import trio
from cobrowse_simulator.browsers.browser import Browser
from cobrowse_simulator.browsers.chromium import Chromium
from cobrowse_spec.terms import Party

from ..targets import TargetDown
from .agent import ROOM, AgentSide
from .brands import CHROMIUM, Brand
from .capture import BrowserCapture, capturing
from .customer import WINDOW, CustomerSide
from .downloads import Downloads
from .hands import wait_for
from .line import Line, open_line
from .sharing import Kept
from .table import Table
from .traffic import Traffic
from .venue import BrowserVenue

#: The windows that the browsers begin with; stories make them as large as they need.
_WINDOWS: Final = {Party.CUSTOMER: (1400, 900), Party.AGENT: (1800, 1200)}

_T = TypeVar("_T")


class ControlMissing(TargetDown):
    """Something does not show that nothing can be judged without."""


class Pair:
    """Two browsers, and the agent who is signed in at one of them."""

    def __init__(
        self,
        venue: BrowserVenue,
        brand: Brand,
        browsers: dict[Party, Browser],
        captures: dict[Party, BrowserCapture],
        lines: dict[Party, Line],
        downloads: Downloads,
        limiter: trio.CapacityLimiter,
    ) -> None:
        self.brand = brand
        self.browsers = browsers
        #: What goes over the network of each; empty where nobody can read it.
        self.captures = captures
        #: Each browser's way to the network, which can be cut.
        self.lines = lines
        #: What the agent signed in with.
        self.values: dict[str, str] = {}
        #: A session that the last story has left to the next.
        self.kept: Kept | None = None
        #: Whether the agent's window has its usual size.
        self.usual_room = False
        self._limiter = limiter
        self._is_signed_in = False
        profile, patience_s = venue.profile, venue.profile.bounds.patience_s
        addresses = venue.site.addresses
        self.customer = CustomerSide(
            browsers[Party.CUSTOMER], profile.customer, addresses=addresses, patience_s=patience_s
        )
        self.agent = AgentSide(
            browsers[Party.AGENT], profile.agent, here=addresses.here, patience_s=patience_s
        )
        self.traffic = Traffic(captures, venue.site.addresses)
        self._downloads = downloads

    @property
    def version(self) -> str:
        """The make and version of its browsers."""
        return self.browsers[Party.CUSTOMER].version

    async def work(self, work: Callable[[], _T]) -> _T:
        """Do something with the browsers, in their thread."""
        return await trio.to_thread.run_sync(work, limiter=self._limiter)

    async def ready(self, venue: BrowserVenue) -> None:
        """The agent is signed in; raises :class:`ControlMissing`, or :class:`.TargetDown` where nothing answers."""
        if not self._is_signed_in:
            self.values = await venue.make_agent()
            missing = await self.work(functools.partial(self.agent.sign_in, self.values))
            if missing:
                raise ControlMissing(f"the agent cannot sign in: {missing}")
            self._is_signed_in = True
            self.usual_room = False
        if not self.usual_room:
            await self.work(functools.partial(self.agent.room, *ROOM))
            self.usual_room = True
        await self.work(functools.partial(self.customer.size, *WINDOW))

    def begin_story(self) -> None:
        """Nothing that has gone over the network, or been saved, before counts any more."""
        self.traffic.forget()
        self._downloads.anew()

    async def first_look(self, venue: BrowserVenue) -> str:
        """What is missing that nothing can be judged without, in words; empty: nothing is.

        Raises :class:`.TargetDown` where nothing answers.
        """
        try:
            await self.ready(venue)
        except ControlMissing as missing_control:
            return str(missing_control)
        values = await venue.meet(self.values, "call", "standard")
        table = self.table(venue)
        missing = await self.work(functools.partial(self._look_at_page, table, values))
        # No page of the site is one step back in the first story's history.
        await self.work(functools.partial(table.customer.open, "about:blank"))
        await venue.end(values)
        return missing

    def _look_at_page(self, table: Table, values: dict[str, str]) -> str:
        """Open a page of the test site as a customer of whom the product is told, and look for what begins a session."""
        table.customer.open(table.story.enter("/apply"))
        table.customer.connect(values)
        start = table.customer.profile.start_button
        if not wait_for(lambda: table.customer.hands.offers(start), table.patience_s):
            return f"customer.start_button ({start.words}) does not show on a page of the test site"
        field = table.agent.profile.session_id_field
        if not wait_for(lambda: table.agent.hands.offers(field), table.patience_s):
            return f"agent.session_id_field ({field.words}) does not show in the workspace"
        return ""

    async def renew(self) -> None:
        """Both browsers forget everything."""
        self._is_signed_in = False
        self.kept = None
        await self.work(self._renew)

    def _renew(self) -> None:
        self.forget()
        for browser in self.browsers.values():
            browser.fresh()

    def forget(self) -> None:
        """The windows are about to be closed."""
        self.customer.forget()
        self.agent.reader.forget()

    def table(self, venue: BrowserVenue) -> Table:
        """Both parties, for one story."""
        bounds = venue.profile.bounds
        return Table(
            self.customer,
            self.agent,
            venue.site,
            self.traffic,
            self._downloads,
            patience_s=bounds.patience_s,
            settle_s=bounds.settle_s,
        )


@contextmanager
def _browsers(
    name: str, brand: Brand, lines: dict[Party, Line], is_own: Callable[[str], bool]
) -> Iterator[tuple[dict[Party, Browser], dict[Party, BrowserCapture], Downloads]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cobrowse-conformance-")))
        browsers, captures = {}, {}
        for party, size in _WINDOWS.items():
            opened = brand.open(f"{party} {name}", folder / str(party), size, lines[party])
            browsers[party] = browser = stack.enter_context(opened)
            if isinstance(browser, Chromium):
                watching = capturing(browser, is_own, reads_answers=party is Party.AGENT)
                captures[party] = stack.enter_context(watching)
        yield browsers, captures, Downloads(browsers[Party.CUSTOMER], folder / "downloads")


@asynccontextmanager
async def open_pairs(venue: BrowserVenue, count: int, brand: Brand = CHROMIUM) -> AsyncIterator[list[Pair]]:
    """So many pairs for the length of a block; raises ``NoBrowser``."""
    async with AsyncExitStack() as stack:
        names = (str(number + 1) for number in range(count))
        yield [await stack.enter_async_context(open_pair(venue, name, brand)) for name in names]


@asynccontextmanager
async def open_pair(venue: BrowserVenue, name: str, brand: Brand = CHROMIUM) -> AsyncIterator[Pair]:
    """Two browsers for the length of a block; raises ``NoBrowser``."""
    limiter = trio.CapacityLimiter(1)
    async with AsyncExitStack() as stack:
        lines = {party: await stack.enter_async_context(open_line()) for party in _WINDOWS}
        opening = _browsers(name, brand, lines, venue.site.addresses.holds)
        browsers, captures, downloads = await trio.to_thread.run_sync(opening.__enter__, limiter=limiter)
        pair = Pair(venue, brand, browsers, captures, lines, downloads, limiter)
        try:
            yield pair
        finally:
            with trio.CancelScope(shield=True):
                await pair.work(pair.forget)
                await trio.to_thread.run_sync(opening.__exit__, None, None, None, limiter=limiter)
