"""What the simulator's tests share: a session host in memory, made of nothing but the machine.

Order: the host, a whole session with both parties, fixtures.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field

import msgspec
import pytest
import trio
from cobrowse_simulator.agent import Agent, BareAgent
from cobrowse_simulator.browser import Browser
from cobrowse_simulator.customer import Customer, Gates, RecordingCustomer
from cobrowse_simulator.links import Link, LinkClosed, memory_links
from cobrowse_simulator.sites import bank_site
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import Deed
from cobrowse_spec.observations import AnyObservation
from cobrowse_spec.policy import PageRule, Policy
from cobrowse_spec.refusals import Refusal
from cobrowse_spec.session import Notice, Session, refuse_frame, step
from cobrowse_spec.terms import Mode, Party
from cobrowse_spec.trace import Event, Header, Recorder
from cobrowse_spec.wire.frames import CONTENT, decode_frame
from cobrowse_spec.wire.messages import ToParty, decode_from_party, encode

#: What the stories' bank decides.
POLICY = Policy(
    site=("https://bank.example",),
    standalone=True,
    scoped_grants=True,
    curtain=True,
    pages=(PageRule(mask=("#ssn",), disable=("#terms-link",), allow_submit=("#subscribe",)),),
)


@dataclass
class Host:
    """One session: every deed goes through the machine, notices and frames to where they belong.

    With ``lets_all_through`` it is a server that forgot its guards: acts and frames always pass.
    """

    policy: Policy
    links: dict[Party, Link]
    lets_all_through: bool = False
    session: Session = field(init=False)
    #: Every frame that the customer sent.
    frames: list[bytes] = field(default_factory=list)
    #: Every message that the customer sent.
    messages: list[do.LinkAction] = field(default_factory=list)
    #: Every act that the agent sent, as it came over the wire.
    acts: list[do.AnyAct] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.session = Session("123456789", self.policy)

    async def serve(self, party: Party) -> None:
        """Take what a party sends, until its link closes."""
        try:
            while True:
                data = await self.links[party].receive()
                if isinstance(data, bytes):
                    await self._frame(party, data)
                else:
                    message = decode_from_party(data)
                    await self.take(party, message.do, message.id)
        except LinkClosed:
            return

    async def take(self, party: Party, action: do.AnyAction, number: int = 0) -> None:
        """One deed, through the machine."""
        if party is Party.CUSTOMER and isinstance(action, do.LinkAction):
            self.messages.append(action)
        if party is Party.AGENT and isinstance(action, do.AnyAct):
            self.acts.append(action)
        who = "a1" if party is Party.AGENT else ""
        outcome = step(self.session, Deed(party, action, who, "Ada"), trio.current_time())
        if self.lets_all_through and isinstance(action, do.Act):
            await self.tell(Party.CUSTOMER, see.Acted(self.session.n + 1, action), number)
            return
        self.session = outcome.session
        if outcome.refusal is not None:
            await self.tell(party, outcome.refusal.as_seen(), number)
        if party is Party.CUSTOMER and isinstance(action, do.Start):
            await self.tell(party, see.PolicyGiven(msgspec.Raw(msgspec.json.encode(self.policy))))
        for notice in outcome.notices:
            await self._notify(notice, number if notice.to is party else 0)

    async def tell(self, party: Party, seen: AnyObservation, number: int = 0) -> None:
        """Send a party something to see."""
        message = ToParty(seen, self.session.n, self.session.epoch, number)  # type: ignore[arg-type] # frames never come here
        with suppress(LinkClosed):  # its link is lost; the machine hears of that by itself
            await self.links[party].send(encode(message))

    async def _notify(self, notice: Notice, number: int) -> None:
        if notice.to in self.links:
            await self.tell(notice.to, notice.see, number)  # type: ignore[arg-type] # the machine's notices are observations

    async def _frame(self, party: Party, data: bytes) -> None:
        frame = decode_frame(data)
        if party is Party.CUSTOMER:
            self.frames.append(data)
        refusal: Refusal | None = refuse_frame(
            self.session, party, content=frame.kind == CONTENT, epoch=frame.epoch
        )
        if refusal is None or self.lets_all_through:
            other = Party.AGENT if party is Party.CUSTOMER else Party.CUSTOMER
            await self.links[other].send(data)


@dataclass
class Story:
    """Both parties of one session, and the record of what they did and saw."""

    host: Host
    customer: Customer
    agent: Agent
    recorder: Recorder

    async def settle(self) -> None:
        """Wait until everything so far has taken effect at both ends: two fences, there and back."""
        for party in (self.agent, self.customer):
            name = f"f{len(self.recorder.events)}"
            await party.perform(do.Fence(name))
            await trio.testing.wait_all_tasks_blocked()
            assert any(event.saw == see.FencePassed(name) for event in self.recorder.events)

    async def reach_pointer_mode(self) -> None:
        """The customer starts, the agent joins."""
        await self.customer.perform(do.Start())
        await trio.testing.wait_all_tasks_blocked()
        self.agent.told(session_id=self.customer.state.session_id)
        await self.agent.perform(do.Join())
        await trio.testing.wait_all_tasks_blocked()

    async def reach_write_mode(self) -> None:
        """And the customer approves the agent's request."""
        await self.reach_pointer_mode()
        await self.agent.perform(do.Request())
        await trio.testing.wait_all_tasks_blocked()
        await self.customer.perform(do.Approve())
        await trio.testing.wait_all_tasks_blocked()
        assert self.customer.state.mode is Mode.WRITE

    def seen(self, who: str, kind: type) -> list[AnyObservation]:
        """What a party saw of one kind, in order."""
        saw = (event.saw for event in self.recorder.events if event.who == who)
        return [one for one in saw if one is not None and isinstance(one, kind)]

    @property
    def events(self) -> list[Event]:
        """Everything that was recorded."""
        return self.recorder.events


OpenStory = Callable[..., AbstractAsyncContextManager[Story]]


@pytest.fixture
def open_story() -> OpenStory:
    """A function that opens a session with both parties at the bank, for an ``async with`` block."""
    return _open_story


@asynccontextmanager
async def _open_story(
    *,
    gates: Gates | None = None,
    bare: bool = False,
    recording: bool = False,
    lets_all_through: bool = False,
    policy: Policy = POLICY,
    url: str = "https://bank.example/apply",
) -> AsyncIterator[Story]:
    customer_end, customer_link = memory_links()
    agent_end, agent_link = memory_links()
    host = Host(policy, {Party.CUSTOMER: customer_link, Party.AGENT: agent_link}, lets_all_through)
    recorder = Recorder(Header(), trio.current_time)
    browser = Browser(bank_site(), url)
    if recording:
        customer: Customer = RecordingCustomer(customer_end, recorder, "customer", browser=browser)
    else:
        customer = Customer(customer_end, recorder, "customer", browser=browser, gates=gates)
    agent = (BareAgent if bare else Agent)(agent_end, recorder, "agent")
    async with trio.open_nursery() as nursery:
        for task in (customer.run, agent.run):
            nursery.start_soon(task)
        for party in (Party.CUSTOMER, Party.AGENT):
            nursery.start_soon(host.serve, party)
        yield Story(host, customer, agent, recorder)
        nursery.cancel_scope.cancel()
