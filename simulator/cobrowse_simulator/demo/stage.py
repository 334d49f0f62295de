"""The stage: a customer at the bank and an agent, each on a WebSocket of its own, in one chat.

Order: what the seed decides, the stage, opening it.
"""

import itertools
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import msgspec
import trio
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.actions import Action
from cobrowse_spec.terms import InteractionKind, Party
from cobrowse_spec.trace import Event, Header, Recorder
from cobrowse_spec.wire.messages import PATHS

from ..agent import BareAgent
from ..browser import Browser
from ..client import Client
from ..contact_centre import open_contact_centre
from ..customer import Customer
from ..links import open_websocket_link
from ..sites import bank_site
from .pace import LETTER_S, Pace

#: The bank's site, the demo's policy for it, and where the customer is when it begins.
SITE_ORIGIN: Final = "https://bank.example"
POLICY_NAME: Final = "demo"
#: No cool-down, so that the agent can ask again right after a denial (WRITE-9).
POLICY: Final = f"""\
site = ["{SITE_ORIGIN}"]

[timers]
cool_down_s = 0.0

[[pages]]
path = "*"
mask = ["#ssn"]
"""

#: Seconds that the server has to let a fence pass.
PATIENCE_S: Final = 5.0


class Choices(msgspec.Struct, frozen=True):
    """What differs from demo to demo."""

    agent: str
    customer: str
    city: str
    income: str
    #: Where the pointers go, in CSS pixels of the customer's window.
    customer_at: tuple[int, int]
    agent_at: tuple[int, int]


def choose(seed: int) -> Choices:
    """The choices of a seed: the same seed, the same choices."""
    chance = random.Random(seed)
    return Choices(
        agent=chance.choice(("Ada", "Ben", "Chidi", "Dora", "Emre", "Fumiko")),
        customer=chance.choice(("Kim Meier", "Noor Haddad", "Luca Rossi", "Ana Silva", "Tove Lind")),
        city=chance.choice(("Graz", "Basel", "Lugano", "Chur", "Aarau", "Thun")),
        income=str(chance.randrange(40, 180) * 1000),
        customer_at=(chance.randrange(100, 1180), chance.randrange(100, 620)),
        agent_at=(chance.randrange(100, 1180), chance.randrange(100, 620)),
    )


class DemoFailed(Exception):
    """The server did not do what the demo shows: says what was expected."""


class Stage:
    """Both parties, and what they did and saw so far."""

    def __init__(
        self, customer: Customer, agent: BareAgent, recorder: Recorder, choices: Choices, pace: Pace
    ) -> None:
        self.customer = customer
        #: Bare, so that what it may not do goes out and is refused by the server, for all to see.
        self.agent = agent
        self.recorder = recorder
        self.choices = choices
        self.pace = pace
        self._fences = itertools.count(1)
        self._news = trio.Event()
        recorder.listen(self._ring)

    @property
    def events(self) -> list[Event]:
        """Everything so far, in order."""
        return self.recorder.events

    async def does(self, client: Client, action: Action) -> None:
        """A party does something, and everything that it causes arrives."""
        await client.perform(action)
        await self.settle()

    async def types(self, client: Client, field: str, value: str) -> None:
        """A party types into a field; letter by letter where somebody watches."""
        for end in range(1, len(value) + 1) if self.pace.slow else (len(value),):
            await self.does(client, do.Type(field, value=value[:end]))
            await self.pace.rest(LETTER_S)

    async def settle(self) -> None:
        """Come back when everything that has been caused so far has arrived at both ends.

        Twice round: one party's end may react to what it sees, and the other to that.
        """
        with trio.move_on_after(PATIENCE_S):
            for client in (self.agent, self.customer) * 2:
                await self._fence(client)
            return
        raise DemoFailed(f"the server did not let a fence pass within {PATIENCE_S:g} s")

    async def _fence(self, client: Client) -> None:
        fence = f"demo-{next(self._fences)}"
        both = all(one.state.joined and not one.state.ended for one in (self.customer, self.agent))
        waiting = {self.customer.who, self.agent.who} if both else {client.who}
        since = len(self.events)
        await client.perform(do.Fence(fence))
        while waiting - {event.who for event in self.events[since:] if event.saw == see.FencePassed(fence)}:
            await self._news.wait()

    def _ring(self, event: Event) -> None:
        self._news.set()
        self._news = trio.Event()


@asynccontextmanager
async def open_stage(url: str, controller_key: str, choices: Choices, pace: Pace) -> AsyncIterator[Stage]:
    """A chat at the server of this base URL, with the agent signed in and the customer on the bank's page.

    Raises what the links and ``httpx`` raise, and :class:`DemoFailed`.
    """
    websocket_url = url.replace("http", "ws", 1).rstrip("/")
    recorder = Recorder(Header(target=url, story="demo"), trio.current_time)
    async with open_contact_centre(url, controller_key) as centre:
        await centre.put_policy(POLICY_NAME, POLICY)
        made = await centre.make_agent(choices.agent)
        chat = await centre.open_interaction(InteractionKind.CHAT, made.agent, POLICY_NAME)
    async with (
        open_websocket_link(websocket_url + PATHS[Party.CUSTOMER], origin=SITE_ORIGIN) as customer_link,
        open_websocket_link(websocket_url + PATHS[Party.AGENT]) as agent_link,
        trio.open_nursery() as nursery,
    ):
        browser = Browser(bank_site(SITE_ORIGIN), f"{SITE_ORIGIN}/apply")
        customer = Customer(customer_link, recorder, "customer", browser=browser)
        customer.told(interaction=chat.customer_token)
        agent = BareAgent(agent_link, recorder, "agent")
        nursery.start_soon(customer.run)
        nursery.start_soon(agent.run)
        stage = Stage(customer, agent, recorder, choices, pace)
        await agent.perform(do.SignIn(made.credential))
        await stage.settle()
        yield stage
        nursery.cancel_scope.cancel()
