"""The contact centre, as a scripted one needs it: policies, agents and chats, by the REST part.

:func:`open_contact_centre` gives a :class:`ContactCentre` for the length of a block.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import httpx
import msgspec
from cobrowse_spec.terms import InteractionKind, Party
from cobrowse_spec.wire import rest

#: Seconds that a server has to answer a call.
REST_TIMEOUT_S: Final = 10.0


class ContactCentre:
    """What a contact centre asks of a server.  Its methods raise ``httpx.HTTPError``."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def about(self) -> rest.About:
        """What the server says of itself; raises ``msgspec.DecodeError`` too."""
        answer = await self._client.get(rest.ABOUT)
        answer.raise_for_status()
        return msgspec.json.decode(answer.content, type=rest.About)

    async def put_policy(self, name: str, text: str) -> None:
        """Give the server a policy, as TOML, in place of one of the same name."""
        answer = await self._client.put(f"{rest.POLICIES}/{name}", content=text)
        answer.raise_for_status()

    async def make_agent(self, name: str) -> rest.AgentMade:
        """A new agent with this display name."""
        answer = await self._client.post(rest.AGENTS, content=msgspec.json.encode(rest.NewAgent(name)))
        answer.raise_for_status()
        return msgspec.json.decode(answer.content, type=rest.AgentMade)

    async def remove_agent(self, agent: str) -> None:
        """Take an agent away, by ID."""
        (await self._client.delete(f"{rest.AGENTS}/{agent}")).raise_for_status()

    async def open_interaction(self, kind: InteractionKind, agent: str, policy: str) -> rest.InteractionMade:
        """A chat or call of a customer with this agent, under the policy of this name."""
        body = msgspec.json.encode(rest.NewInteraction(kind, agent, policy))
        answer = await self._client.post(rest.INTERACTIONS, content=body)
        answer.raise_for_status()
        return msgspec.json.decode(answer.content, type=rest.InteractionMade)

    async def say(self, interaction: str, author: Party, text: str) -> None:
        """Post a message in a chat, as whom."""
        body = msgspec.json.encode(rest.NewMessage(author, text))
        (
            await self._client.post(f"{rest.INTERACTIONS}/{interaction}/messages", content=body)
        ).raise_for_status()

    async def end_interaction(self, interaction: str) -> None:
        """The chat or call is over, and its session with it (STOP-4)."""
        (await self._client.post(f"{rest.INTERACTIONS}/{interaction}/end")).raise_for_status()


@asynccontextmanager
async def open_contact_centre(url: str, controller_key: str) -> AsyncIterator[ContactCentre]:
    """The contact centre of the server at this base URL."""
    headers = {"Authorization": f"Bearer {controller_key}"}
    async with httpx.AsyncClient(
        base_url=url, headers=headers, timeout=REST_TIMEOUT_S, trust_env=False
    ) as client:
        yield ContactCentre(client)
