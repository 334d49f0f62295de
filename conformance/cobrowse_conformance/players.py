"""Players: what the stage asks of the parties of a story, wherever they are.

:class:`.cast.Cast` plays over the wire, :class:`.browser.cast.BrowserCast` in two browsers; the stage
knows no more of either than stands here, so the same stories are played at both levels.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Final, Protocol

from cobrowse_simulator.client import Client
from cobrowse_spec import observations as see
from cobrowse_spec.actions import AnyAction
from cobrowse_spec.observations import Observation
from cobrowse_spec.stories import Expect, Meet, Role, Step
from cobrowse_spec.terms import InteractionKind
from cobrowse_spec.trace import Event, Recorder

from .venues import Declared

#: What a party sees only when it looks: it is looked for when a story asks for it.
LOOKED_AT: Final = (
    see.FieldShows,
    see.WindowShows,
    see.IconShown,
    see.PromptShown,
    see.MaskExplained,
    see.PlaceholderShown,
    see.ScrollBarsShown,
    see.ScrolledTo,
    see.ScriptRan,
    see.StrangerAsked,
)


class NoAnswer(Exception):
    """The target let a declared bound pass without what had to come."""


class Watching(Protocol):
    """Waits for events of a trace."""

    async def until(self, holds: Callable[[], bool], within_s: float, what: str) -> None:
        """Return as soon as the condition holds; raises :class:`NoAnswer` after ``within_s``."""


class Players(Protocol):
    """The parties of one story."""

    recorder: Recorder
    #: The policy of chats and calls that begin from now on, and whether the story puts another one in force.
    policy: str
    changes_policy: bool
    #: How long what is expected may take, in seconds, when everything that caused it has settled.
    late_s: float

    @property
    def declared(self) -> Declared:
        """What the target declares."""

    @property
    def watch(self) -> Watching:
        """Waits for what the parties see."""

    @property
    def clients(self) -> Mapping[str, Client]:
        """Scripted clients by role; none where parties have no script."""

    def roles(self) -> list[Role]:
        """Everybody who plays."""

    # Before and between what they do

    async def meet(self, meet: Meet) -> None:
        """A chat or call begins."""

    async def open_interaction(self, customer: Role, kind: InteractionKind, agent: str = "") -> None:
        """A chat or call of this customer."""

    def open_page(self, role: Role, path: str) -> None:
        """Which page the customer has open when the story begins."""

    def be_at(self, role: Role, origin: str) -> None:
        """The origin from which a customer starts."""

    async def on_page(self, step: Step) -> None:
        """What only a browser can play: something about a page or a window."""

    async def connect_only(self, role: Role) -> None:
        """An agent comes without saying who it is."""

    # What they do

    async def client(self, role: Role) -> Client:
        """The scripted client of a role."""

    async def perform(self, role: Role, action: AnyAction, *, late: bool = False) -> int:
        """Let a role do something."""

    async def settle(self, performer: Role, watched: Collection[str], *, reacted_to: bool) -> None:
        """Come back when everything that has been caused so far has arrived where somebody watches."""

    async def settle_all(self, watched: Collection[str] = (), *, reacted_to: bool = False) -> None:
        """Come back when what anybody has caused, or time has, has arrived on every side."""

    async def cut(self, role: Role, *, quietly: bool = False) -> None:
        """Break a party's link."""

    def stall(self, role: Role) -> None:
        """Nothing reaches a party any more."""

    async def come_back(self, role: Role, token: str | None = None) -> int:
        """A party comes back with its own token, or with another's."""

    async def watch_link(self, client: Client) -> None:
        """Wait for a link to be closed from the other side."""

    async def lose_server(self) -> None:
        """The server is dead."""

    async def sign_in_again(self) -> None:
        """Whoever is in no session has a new link."""

    # What they see

    def sees(self, step: Expect) -> bool:
        """Whether what a step expects can be seen at this level at all; if not it is passed over."""

    def fits(self, event: Event, kind: type[Observation], expected: Mapping[str, object]) -> bool:
        """Whether this is what was expected to be seen, as far as it shows here."""

    async def look(
        self,
        role: Role,
        kind: type[Observation],
        expected: Mapping[str, object] | None,
        *,
        patient: bool,
    ) -> None:
        """Let a party look for one of :data:`LOOKED_AT`, until it is there or once.

        ``expected`` is None where it must not be there.
        """

    async def carries(self, role: Role, text: str, *, leaving: bool, expected: bool) -> bool | None:
        """Whether a text was among the bytes that left a party or reached it; None where none could be seen."""

    async def receipt(self) -> str:
        """The receipt of the newest interaction's session."""

    def ref(self, name: str) -> str:
        """What the customer's page calls a form or field that the story names."""

    def newest_session(self) -> str:
        """The alias of the newest session in the trace."""

    def newest_session_id(self) -> str:
        """The newest session ID that any customer of the story was given."""
