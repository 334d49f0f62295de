"""A scripted customer and an agent in front of a real browser, at a real server: what the workspace's tests share.

The customer lives in the test's own trio loop, the browser's driver in threads; what one does is waited for where the
other sees it.

Order: the server, the desk, opening it.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import trio
from cobrowse_simulator.browser import Browser as ScriptedBrowser
from cobrowse_simulator.browsers.browser import Point
from cobrowse_simulator.browsers.parties import AgentInBrowser
from cobrowse_simulator.client import Facts
from cobrowse_simulator.contact_centre import ContactCentre, open_contact_centre
from cobrowse_simulator.customer import Customer, RecordingCustomer
from cobrowse_simulator.links import open_websocket_link
from cobrowse_simulator.sites import bank_site
from cobrowse_spec import actions as do
from cobrowse_spec.observations import AnyObservation
from cobrowse_spec.terms import InteractionKind, Party
from cobrowse_spec.trace import Event, Header, Recorder
from cobrowse_spec.wire.frames import CONTENT, encode_frame
from cobrowse_spec.wire.messages import PATHS

SITE: Final = "https://bank.example"
POLICY: Final = f"""
site = ["{SITE}"]

[timers]
cool_down_s = 600.0

[[pages]]
path = "*"
mask = ["#ssn"]
disable = ["#terms-link"]
allow_submit = ["#subscribe"]
"""
#: How long whatever is waited for may take on a loaded machine, in seconds.
WITHIN_S: Final = 40

T = TypeVar("T")


class Desk:
    """Both parties of one chat or call."""

    def __init__(
        self,
        agent: AgentInBrowser,
        customer: Customer,
        recorder: Recorder,
        centre: ContactCentre,
        *,
        interaction: str,
        credential: str,
    ) -> None:
        self.agent = agent
        self.customer = customer
        self.recorder = recorder
        self.centre = centre
        self.interaction = interaction
        self.credential = credential
        self._news = trio.Event()
        recorder.listen(self._ring)

    # What is waited for

    async def by_hand(self, act: Callable[..., T], *arguments: Any) -> T:
        """The agent, or whoever looks over its shoulder, does something with the browser."""
        return await trio.to_thread.run_sync(act, *arguments)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Come back when this holds of the scripted customer; it is looked at whenever that does or sees something."""
        with trio.fail_after(WITHIN_S):
            while not holds():
                await self._news.wait()

    async def customer_sees(self, kind: type[AnyObservation]) -> AnyObservation:
        """The newest observation of a kind that the customer has made, waited for."""

        def seen() -> list[AnyObservation]:
            events = (event.saw for event in self.recorder.events if event.who == "customer")
            return [one for one in events if isinstance(one, kind)]

        await self.until(lambda: seen() != [])
        return seen()[-1]

    async def sees(self, selector: str, text: str) -> None:
        """The agent's workspace shows this text."""
        await self.by_hand(self.agent.sees, selector, text)

    async def sees_page(self, text: str) -> None:
        """The agent sees this on the customer's page."""
        await self.by_hand(self.agent.sees_text, text)

    async def shown(self, *selectors: str) -> list[bool]:
        """Which controls of the workspace show now."""
        return [await self.by_hand(self.agent.is_shown, one) for one in selectors]

    @property
    def facts(self) -> Facts:
        """What the customer's client knows of the session."""
        return self.customer.state

    def shows(self, field: str) -> str:
        """What a field of the customer's page shows."""
        found = self.customer.page.find(field)
        assert found is not None
        return self.customer.page.shows(found)

    def _ring(self, event: Event) -> None:
        self._news.set()
        self._news = trio.Event()

    # What they do

    async def start(self) -> str:
        """The customer starts a session; its ID."""
        await self.customer.perform(do.Start())
        await self.until(lambda: self.facts.session_id != "")
        return self.facts.session_id

    async def join(self, page: str = "Apply for a loan") -> None:
        """The customer starts, and the agent joins by the ID; back when the agent sees the page."""
        await self.by_hand(self.agent.join, await self.start())
        await self.sees("#state", "Pointer Mode")
        await self.sees_page(page)

    async def write(self) -> None:
        """And asks for Write Mode, which the customer approves."""
        await self.join()
        await self.by_hand(self.agent.ask)
        await self.customer.perform(do.Approve())
        await self.sees("#state", "Write Mode")

    async def send_content(self, payload: bytes) -> None:
        """The customer's client sends this as content, whatever it is."""
        await self.customer.send_raw(encode_frame(CONTENT, self.customer.epoch, payload))

    async def click(self, name: str) -> None:
        """The agent clicks an element of the mirrored page, by its ID or name."""
        await self.by_hand(self._click, name)

    def _click(self, name: str) -> None:
        with self.agent.mirror():
            left, top, width, height = self.agent.browser.script(
                "const box = document.querySelector(arguments[0]).getBoundingClientRect();"
                "return [box.left, box.top, box.width, box.height]",
                f"#{name}, [name='{name}']",
            )
        at = self.agent.place(Point(round(left + width / 2), round(top + height / 2)))
        self.agent.browser.mouse(at)

    async def keys(self, *keys: str) -> None:
        """The agent presses keys."""
        await self.by_hand(self.agent.browser.keys, *keys)


@asynccontextmanager
async def open_desk(
    agent: AgentInBrowser,
    key: str,
    *,
    kind: InteractionKind = InteractionKind.CALL,
    policy: str = POLICY,
    name: str = "Ada",
    recording: bool = False,
) -> AsyncIterator[Desk]:
    """An agent signed in at the workspace, and a customer on the bank's page for a loan, who has a chat or call."""
    recorder = Recorder(Header(target=agent.server, story="workspace"), trio.current_time)
    websocket = agent.server.replace("http", "ws", 1) + PATHS[Party.CUSTOMER]
    async with open_contact_centre(agent.server, key) as centre:
        await centre.put_policy("bank", policy)
        made = await centre.make_agent(name)
        opened = await centre.open_interaction(kind, made.agent, "bank")
        async with open_websocket_link(websocket, origin=SITE) as link, trio.open_nursery() as nursery:
            kind_of_customer = RecordingCustomer if recording else Customer
            customer = kind_of_customer(
                link, recorder, "customer", browser=ScriptedBrowser(bank_site(SITE), f"{SITE}/apply")
            )
            customer.told(interaction=opened.customer_token)
            nursery.start_soon(customer.run)
            desk = Desk(
                agent,
                customer,
                recorder,
                centre,
                interaction=opened.interaction,
                credential=made.credential,
            )
            await desk.by_hand(agent.sign_in, made.credential)
            yield desk
            nursery.cancel_scope.cancel()
