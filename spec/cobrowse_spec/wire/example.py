"""A whole session on the wire, made by the machine: the worked example of the protocol's guide.

What the machine decides comes from :func:`..session.step`.  The few lines that come from outside a
session (signing in, the chat or call, tokens, the policy) are written here as a server sends them; a
test plays the whole example to the reference server and compares line by line.

A line is ``{"link": party, "sends": …}`` or ``{"link": party, "gets": …}`` with a control message, or
the same with a frame as hexadecimal digits, or a ``note``.
"""

from collections.abc import Iterator
from typing import Any, Final, cast

import msgspec

from .. import actions as do
from .. import observations as see
from ..actions import Deed, LinkAction
from ..observations import LinkObservation, Observation
from ..policy import PageRule, Policy, for_customer
from ..session import Session, is_told_again, step
from ..terms import InteractionKind, Party, Reason
from .frames import CONTENT, POINTER, encode_frame, encode_point
from .messages import FromParty, ToParty

#: One line of the example.
Line = dict[str, Any]

POLICY: Final = Policy(
    site=("https://bank.example",),
    pages=(PageRule(path="/apply", mask=("#ssn",), allow_submit=("#calculate",)),),
)
SESSION_ID: Final = "314159265"
AGENT: Final = "agent-1"
NAME: Final = "Ada"
INTERACTION: Final = "interaction-1"
CUSTOMER_TOKEN: Final = "customer-token"
CREDENTIALS: Final = {Party.AGENT: "agent-credential", Party.CONTROLLER: "controller-key"}
SERVER: Final = "cobrowse-kit reference server"

_ELEMENTS: Final = (
    do.Element("7"),
    do.Element("9", masked=True),
    do.Element("12", submits=("press",)),
    do.Element("15", submits=("press",), allowed=True),
)


class _Scene:
    """The session as it goes on, and the lines so far."""

    def __init__(self) -> None:
        self.session = Session(SESSION_ID, POLICY, INTERACTION)
        self.lines: list[Line] = []
        self._numbers = dict.fromkeys(Party, 0)
        self._notices = dict.fromkeys(Party, 0)
        self._opened_by = 0

    def note(self, words: str) -> None:
        self.lines.append({"note": words})

    def sends(self, party: Party, action: LinkAction) -> int:
        """A party sends a message; its number."""
        self._numbers[party] += 1
        message = FromParty(self._numbers[party], action)
        self.lines.append({"link": party, "sends": message})
        return message.id

    def gets(
        self, party: Party, seen: Observation, *, n: int = 0, epoch: int = 0, re: int = 0, notice: int = 0
    ) -> None:
        message = ToParty(cast("LinkObservation", seen), n, epoch, re, notice)
        self.lines.append({"link": party, "gets": message})

    def _notice(self, party: Party, seen: Observation) -> int:
        """The number of a notice, which only what would be told again has (RESUME-2)."""
        if party is Party.CONTROLLER or not is_told_again(seen):
            return 0
        self._notices[party] += 1
        return self._notices[party]

    def frame(self, party: Party, kind: int, payload: bytes, *, by_hand: bool = True) -> None:
        """A party sends a frame, which the server passes on as it is."""
        other = Party.AGENT if party is Party.CUSTOMER else Party.CUSTOMER
        digits = encode_frame(kind, self.session.epoch, payload, by_hand=by_hand).hex()
        self.lines.append({"link": party, "sends_frame": digits})
        self.lines.append({"link": other, "gets_frame": digits})
        if by_hand:  # which is activity, and that has its place in the order (STOP-7)
            self.session = step(self.session, Deed(Party.SYSTEM, do.Stir()), self._now()).session

    def _now(self) -> float:
        return float(len(self.lines))

    def sign_in(self, party: Party, name: str) -> None:
        number = self.sends(party, do.SignIn(CREDENTIALS[party]))
        self.gets(party, see.Welcome(name, SERVER), re=number)

    def open_call(self) -> None:
        opening = do.OpenInteraction(InteractionKind.CALL, AGENT)
        self._opened_by = self.sends(Party.CONTROLLER, opening)
        opened = see.InteractionOpened(INTERACTION, CUSTOMER_TOKEN)
        self.gets(Party.CONTROLLER, opened, re=self._opened_by)

    def does(self, party: Party, action: LinkAction) -> None:
        """A party does something in the session, and everybody is told what the machine says."""
        number = self.sends(party, action)
        who, name = (AGENT, NAME) if party is Party.AGENT else ("", "")
        outcome = step(self.session, Deed(party, action, who, name), self._now())
        self.session = outcome.session
        if outcome.refusal is not None:
            self.gets(party, outcome.refusal.as_seen(), epoch=self.session.epoch, re=number)
        for notice in outcome.notices:
            self._tell(notice.to, notice.see, number if notice.to is party else 0)

    def _tell(self, party: Party, seen: Observation, re: int) -> None:
        numbers = {"n": self.session.n, "epoch": self.session.epoch, "re": re}
        if party is Party.CONTROLLER:
            numbers["re"] = self._opened_by
        if party is Party.CUSTOMER and isinstance(seen, see.Started):
            given = msgspec.Raw(msgspec.json.encode(for_customer(POLICY)))
            self.gets(party, see.PolicyGiven(given), **numbers)
        self.gets(party, seen, **numbers, notice=self._notice(party, seen))
        if isinstance(seen, see.Started) or (isinstance(seen, see.Joined) and party is Party.AGENT):
            self.gets(party, see.TokenIssued(f"{party}-session-token"), **numbers)


def example() -> list[Line]:
    """The lines of the example."""
    scene = _Scene()
    _open(scene)
    _point(scene)
    _write(scene)
    _leave(scene)
    return scene.lines


def _open(scene: _Scene) -> None:
    scene.note("The contact centre signs in and opens a call; the agent's workspace signs in.")
    scene.sign_in(Party.CONTROLLER, "controller")
    scene.open_call()
    scene.sign_in(Party.AGENT, NAME)
    scene.note("The customer starts a session, and reads its ID to the agent, who enters it.")
    scene.does(Party.CUSTOMER, do.Start(CUSTOMER_TOKEN))
    scene.does(Party.AGENT, do.Join("314 159 265"))


def _point(scene: _Scene) -> None:
    scene.note("The customer's client shows its page: what can be acted on, then the content as a frame.")
    _show(scene, "p1")
    scene.note("In Pointer Mode the agent points and circles, and can do nothing else.")
    scene.frame(Party.AGENT, POINTER, encode_point(320, 200))
    scene.does(Party.AGENT, do.Click(320, 200))
    scene.does(Party.AGENT, do.Type("7", page="p1", epoch=scene.session.epoch, value="Graz"))


def _write(scene: _Scene) -> None:
    scene.note("The agent asks for Write Mode; the customer says yes.")
    scene.does(Party.AGENT, do.Request())
    scene.does(Party.CUSTOMER, do.Approve("r1"))
    epoch = scene.session.epoch
    scene.note("An act: the server passes it on, the customer's end checks it once more and reports.")
    scene.does(Party.AGENT, do.Type("7", page="p1", epoch=epoch, value="Graz"))
    scene.does(Party.CUSTOMER, do.Report(scene.session.n))
    scene.note("Acts that the server refuses by what was published of their elements.")
    scene.does(Party.AGENT, do.Type("9", page="p1", epoch=epoch, value="123"))
    scene.does(Party.AGENT, do.Press("12", page="p1", epoch=epoch))
    scene.note("An act that only the customer's end can judge: there is no page to go back to.")
    scene.does(Party.AGENT, do.GoBack(page="p1", epoch=epoch))
    no_history = do.Report(scene.session.n, "NAVIGATE-6", Reason.NO_HISTORY)
    scene.does(Party.CUSTOMER, no_history)


def _leave(scene: _Scene) -> None:
    epoch = scene.session.epoch
    scene.note("The customer goes to another site: nothing flows until it is back, then Pointer Mode.")
    scene.does(Party.CUSTOMER, do.LeaveSite())
    scene.does(Party.AGENT, do.Scroll(page="p1", epoch=epoch, y=400))
    scene.does(Party.CUSTOMER, do.ReturnToSite())
    _show(scene, "p2")
    scene.note("A fence: all before it has been delivered on both links.")
    scene.does(Party.AGENT, do.Fence("f1"))
    scene.note("The customer exits. The contact centre learns of it too.")
    scene.does(Party.CUSTOMER, do.Exit())


def _show(scene: _Scene, page: str) -> None:
    scene.does(Party.CUSTOMER, do.ShowPage(page, "https://bank.example/apply", _ELEMENTS))
    scene.frame(Party.CUSTOMER, CONTENT, b"[]", by_hand=False)


def as_json_lines(lines: list[Line]) -> Iterator[str]:
    """The lines as text."""
    return (msgspec.json.encode(line).decode() for line in lines)
