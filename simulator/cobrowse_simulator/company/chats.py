"""The company's chats: who said what, and what the co-browse server is told of it.

The company keeps its own record of each chat, as a contact centre does; the server is told by REST.  Nothing
here is written anywhere: it lives as long as the process.
"""

import itertools
from collections.abc import AsyncGenerator
from typing import Final

import msgspec
import trio
from cobrowse_spec.terms import InteractionKind, Party

from ..contact_centre import ContactCentre

#: The longest message that is taken, in characters.
MAX_MESSAGE: Final = 2000
#: How many chats and calls the company keeps; it opens no more.
MAX_CHATS: Final = 1000


class Line(msgspec.Struct, frozen=True):
    """One message of a chat."""

    author: Party
    text: str


class Ended(msgspec.Struct, frozen=True):
    """The chat is over."""

    ended: bool = True


class Opened(msgspec.Struct, frozen=True):
    """What the customer's page is told of a new chat or call."""

    interaction: str
    customer_token: str
    agent: str


class OnDuty(msgspec.Struct, frozen=True):
    """The agent who takes what comes in, with the credential for the workspace."""

    agent: str
    name: str
    credential: str


class Chat:
    """One chat or call."""

    def __init__(self, interaction: str, kind: InteractionKind, agent: OnDuty) -> None:
        self.interaction = interaction
        self.kind = kind
        self.agent = agent
        self.said: list[Line | Ended] = []
        self._news = trio.Event()

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return bool(self.said) and isinstance(self.said[-1], Ended)

    def add(self, what: Line | Ended) -> None:
        """Something more is said; whoever follows gets it."""
        self.said.append(what)
        self._news.set()
        self._news = trio.Event()

    async def follow(self, after: int = 0) -> AsyncGenerator[tuple[int, Line | Ended], None]:
        """What is said from the first line on, or after so many, each with its number (from 1), until the end."""
        while True:
            while after < len(self.said):
                after += 1
                yield after, self.said[after - 1]
            if self.is_over:
                return
            await self._news.wait()


class NoSuchChat(LookupError):
    """There is no open chat of this ID."""


class TooMany(Exception):
    """The company takes no more chats."""


class Chats:
    """The company's chats and calls, and the agent who takes them."""

    def __init__(self, centre: ContactCentre, policy: str) -> None:
        self._centre = centre
        self._policy = policy
        self._chats: dict[str, Chat] = {}
        self._on_duty: OnDuty | None = None
        self._news = trio.Event()

    @property
    def on_duty(self) -> OnDuty:
        """Who takes what comes in."""
        assert self._on_duty is not None, "put somebody on duty before the first chat"
        return self._on_duty

    async def put_on_duty(self, name: str) -> OnDuty:
        """A new agent, who takes whatever comes in from now on."""
        made = await self._centre.make_agent(name)
        self._on_duty = OnDuty(made.agent, name, made.credential)
        return self._on_duty

    async def open(self, kind: InteractionKind) -> Opened:
        """A customer gets in touch; the agent greets.  Raises :class:`TooMany`."""
        if len(self._chats) >= MAX_CHATS:
            raise TooMany
        agent = self.on_duty
        made = await self._centre.open_interaction(kind, agent.agent, self._policy)
        chat = Chat(made.interaction, kind, agent)
        self._chats[made.interaction] = chat
        if kind is InteractionKind.CHAT:
            await self._say(chat, Line(Party.AGENT, greeting(agent.name)))
        self._ring()
        return Opened(made.interaction, made.customer_token, agent.name)

    def chat(self, interaction: str) -> Chat:
        """The open chat of this ID; raises :class:`NoSuchChat`."""
        chat = self._chats.get(interaction)
        if chat is None or chat.is_over:
            raise NoSuchChat
        return chat

    async def say(self, interaction: str, author: Party, text: str) -> None:
        """Somebody says something; raises :class:`NoSuchChat`."""
        await self._say(self.chat(interaction), Line(author, text))

    async def end(self, interaction: str) -> None:
        """The chat or call is over, and its session with it (STOP-4); raises :class:`NoSuchChat`."""
        chat = self.chat(interaction)
        await self._centre.end_interaction(interaction)
        if not chat.is_over:
            chat.add(Ended())
        self._ring()

    async def follow(self) -> AsyncGenerator[tuple[int, list[Chat]], None]:
        """The open chats and calls, oldest first: as they are, and whenever one comes or goes; numbered from 1."""
        for number in itertools.count(1):
            news = self._news
            yield number, [chat for chat in self._chats.values() if not chat.is_over]
            await news.wait()

    async def _say(self, chat: Chat, line: Line) -> None:
        await self._centre.say(chat.interaction, line.author, line.text)
        chat.add(line)

    def _ring(self) -> None:
        self._news.set()
        self._news = trio.Event()


def greeting(name: str) -> str:
    """How an agent opens a chat."""
    return (
        f"Hello, this is {name} from Northwind Bank. How can I help? If you like, start co-browsing: "
        "then I see this page too, and nothing that the bank has masked."
    )
