"""Venues: where a story takes place, that is, what the links of its parties lead to.

A venue opens links and makes agents; everything else about a story is the same everywhere.  Here is
the wire (:class:`WireVenue`): a target that speaks ``cobrowse.v1``.  :mod:`.relay` is the other one.
"""

import functools
from collections.abc import AsyncIterator, Collection
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib.resources import files
from typing import Final, NamedTuple, Protocol
from urllib.parse import quote

import httpx
import msgspec
import trio
from cobrowse_simulator.links import (
    Link,
    LinkClosed,
    LinkRefused,
    LinkUnreachable,
)
from cobrowse_simulator.pump import Open, pumping
from cobrowse_spec.actions import SignIn
from cobrowse_spec.observations import Welcome
from cobrowse_spec.policy import CAPABILITIES, Policy, Timers, parse_policy
from cobrowse_spec.terms import Party
from cobrowse_spec.wire import rest
from cobrowse_spec.wire.messages import PATHS, FromParty, WireError, decode_to_party, encode
from msgspec.structs import replace

from .targets import Target, TargetDown

#: The suite's own policies: the names that stories use, and their files.
POLICIES: Final = {
    "standard": "standard.toml",
    "view only": "view_only.toml",
    "subscribing allowed": "subscribing_allowed.toml",
    "addresses denied": "addresses_denied.toml",
    "secrets masked": "secrets_masked.toml",
    "short pending": "short_pending.toml",
    "short waits": "short_waits.toml",
    "short inactivity": "short_inactivity.toml",
    "short reload": "short_reload.toml",
    "capabilities": "capabilities.toml",
    "standalone": "standalone.toml",
    "stricter": "stricter.toml",
    "short capabilities": "short_capabilities.toml",
    "short outage": "short_outage.toml",
}

#: A policy that no target can read, and its text: what is at fault stands in its third line (MASK-11).
UNREADABLE: Final = "unreadable"
_UNREADABLE_TEXT: Final = 'site = ["https://bank.example"]\nwrite_mode = true\nmask = ["#city"]\n'

#: The origin of the site that stories are told on.
SITE_ORIGIN: Final = "https://bank.example"

#: Seconds that a target has to answer a REST call, and to accept a link.
REST_TIMEOUT_S: Final = 5.0
#: Seconds that an idle REST connection is kept: less than servers do, so that none closes in our face.
KEPT_OPEN_S: Final = 2.0
CONNECT_TIMEOUT_S: Final = 5.0

#: Seconds that it has to answer a first message.
ANSWER_TIMEOUT_S: Final = 5.0


class Declared(NamedTuple):
    """What a target declares: the suite judges it by this."""

    server: str
    version: str
    capabilities: tuple[str, ...]
    throttle: rest.ThrottleLimits
    #: The timing profile under each of the suite's policies.
    timers: dict[str, Timers]


class Venue(Protocol):
    """What a story needs of the place where it is played."""

    declared: Declared
    #: Which end is judged here: "server" or "customer".
    end: str
    controller_key: str

    def open_link(
        self, party: Party, place: int, origin: str = SITE_ORIGIN
    ) -> AbstractAsyncContextManager[Link]:
        """A new link for a party; ``place`` tells the parties of all stories apart.

        ``origin`` is that of the page from which a customer opens it.
        """

    async def make_agent(self, name: str) -> rest.AgentMade:
        """A new agent with this display name."""

    async def receipt(self, interaction: str) -> str:
        """The receipt of an interaction's latest session; empty where there is none (RECORD-1)."""

    def policy_name(self, policy: str) -> str:
        """What the target calls one of the suite's policies."""

    async def put_policy(self, name: str, text: str) -> int | None:
        """Put a policy in force; the line at fault (0: none was named) where it was refused (MASK-11)."""


#: The fields of the stories' pages that are secret under every policy, since they are passwords (MASK-3).
ALWAYS_SECRET: Final = ("pin",)


def policy_text(policy: str) -> str:
    """The TOML of one of the suite's policies, or of the one that cannot be read."""
    if policy == UNREADABLE:
        return _UNREADABLE_TEXT
    return (files(__package__) / "policies" / POLICIES[policy]).read_text(encoding="utf-8")


@functools.cache
def policy(name: str) -> Policy:
    """One of the suite's policies."""
    return parse_policy(policy_text(name))


def fields_in(policy: Policy, *keys: str) -> tuple[str, ...]:
    """The names of the fields that a policy hides; the suite's own policies select by nothing else than `#name`."""
    selectors = (one for page in policy.pages for key in keys for one in getattr(page, key))
    return tuple(selector.removeprefix("#") for selector in selectors)


class WireVenue:
    """A target of the open protocol."""

    end = "server"

    def __init__(
        self, target: Target, client: httpx.AsyncClient, open_websocket: Open, declared: Declared
    ) -> None:
        self.target = target
        self.declared = declared
        self.controller_key = target.controller_key
        self.client = client
        self.open_websocket = open_websocket

    def open_link(
        self, party: Party, place: int, origin: str = SITE_ORIGIN
    ) -> AbstractAsyncContextManager[Link]:
        """A WebSocket; on loopback each party has an address of its own, as it would have in life."""
        return self.open_websocket(
            self.target.websocket_url + PATHS[party],
            origin=origin if party is Party.CUSTOMER else None,
            source_address=_loopback_address(place) if self.target.is_local else None,
            connect_timeout_s=CONNECT_TIMEOUT_S,
        )

    async def make_agent(self, name: str) -> rest.AgentMade:
        """A new agent, by REST."""
        answer = await self.client.post(rest.AGENTS, content=msgspec.json.encode(rest.NewAgent(name)))
        answer.raise_for_status()
        return msgspec.json.decode(answer.content, type=rest.AgentMade)

    async def receipt(self, interaction: str) -> str:
        """By REST; raises :class:`LinkUnreachable` where nothing answers."""
        try:
            answer = await self.client.get(f"{rest.INTERACTIONS}/{quote(interaction, safe='')}/receipt")
        except httpx.HTTPError as error:
            raise LinkUnreachable(f"no answer to a request for a receipt: {type(error).__name__}") from None
        return answer.content.decode(errors="replace") if answer.status_code == httpx.codes.OK else ""

    async def put_policy(self, name: str, text: str) -> int | None:
        """By REST; raises :class:`LinkUnreachable` where the target does not answer as it must."""
        try:
            answer = await self.client.put(f"{rest.POLICIES}/{name}", content=text)
            if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
                return int(answer.json().get("line", 0))
            answer.raise_for_status()
        except (httpx.HTTPError, ValueError) as error:
            raise LinkUnreachable(f"no answer to a policy that was put: {type(error).__name__}") from None
        return None

    def policy_name(self, policy: str) -> str:
        """The suite's policies have a prefix, so that they replace none of the target's own."""
        return _remote_name(policy)


def _loopback_address(place: int) -> str:
    return f"127.0.{1 + place // 250 % 250}.{1 + place % 250}"


def _remote_name(policy: str) -> str:
    return "conformance-" + policy.replace(" ", "-")


@asynccontextmanager
async def open_wire_venue(target: Target) -> AsyncIterator[WireVenue]:
    """Ask a target what it declares, give it the suite's policies, and see that it answers.

    Raises :class:`TargetDown` that says what was tried and what to do.
    """
    headers = {"Authorization": f"Bearer {target.controller_key}"}
    limits = httpx.Limits(max_connections=4, keepalive_expiry=KEPT_OPEN_S)
    async with (
        httpx.AsyncClient(
            base_url=target.url, headers=headers, timeout=REST_TIMEOUT_S, limits=limits, trust_env=False
        ) as client,
        pumping(target.websocket_url) as open_websocket,
    ):
        try:
            venue = WireVenue(target, client, open_websocket, await _declared(client))
            await _see_that_it_answers(venue)
        except httpx.HTTPStatusError as error:
            hint = "; is the controller's key right?" if error.response.status_code in (401, 403) else ""
            raise TargetDown(f"{error.request.url} answered {error.response.status_code}{hint}") from None
        except httpx.TimeoutException:
            message = f"{target.url} does not answer within {REST_TIMEOUT_S:g} s"
            raise TargetDown(message) from None
        except httpx.HTTPError as error:
            raise TargetDown(f"cannot reach {target.url}: {error}; is it running there?") from None
        except (LinkRefused, LinkUnreachable, LinkClosed) as error:
            raise TargetDown(f"no link to {target.websocket_url}: {error}") from None
        except WireError as error:
            raise TargetDown(f"{target.websocket_url} does not speak cobrowse.v1: {error}") from None
        except msgspec.DecodeError as error:
            message = f"{target.url}{rest.ABOUT} is not what cobrowse.v1 says: {error}"
            raise TargetDown(message) from None
        yield venue


async def _see_that_it_answers(venue: WireVenue) -> None:
    """Signing in as the contact centre must be answered; raises :class:`TargetDown`."""
    signing_in = encode(FromParty(1, SignIn(venue.controller_key)))
    where = venue.target.websocket_url + PATHS[Party.CONTROLLER]
    async with venue.open_link(Party.CONTROLLER, 0) as link:
        await link.send(signing_in)
        with trio.move_on_after(ANSWER_TIMEOUT_S) as patience:
            answer = await link.receive()
        await link.abort()
    if patience.cancelled_caught:
        raise TargetDown(f"{where} takes messages and does not answer within {ANSWER_TIMEOUT_S:g} s")
    if isinstance(answer, bytes) or not isinstance(decode_to_party(answer).see, Welcome):
        raise TargetDown(f"{where} did not welcome the contact centre; is the controller's key right?")


def for_target(text: str, declared: Collection[str]) -> str:
    """A policy's TOML without the optional capabilities that a target does not have."""
    lacking = [f"{name} =" for name in CAPABILITIES if name not in declared]
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(tuple(lacking)))


def policy_at(name: str, declared: Declared) -> Policy:
    """One of the suite's policies as it holds at a target: with its timers, and what it has of capabilities."""
    lacking = {one: False for one in CAPABILITIES if one not in declared.capabilities}
    return replace(policy(name), timers=declared.timers[name], **lacking)


async def _declared(client: httpx.AsyncClient) -> Declared:
    answer = await client.get(rest.ABOUT)
    answer.raise_for_status()
    about = msgspec.json.decode(answer.content, type=rest.About)
    timers = {}
    for name in POLICIES:
        text = for_target(policy_text(name), about.capabilities)
        answer = await client.put(f"{rest.POLICIES}/{_remote_name(name)}", content=text)
        answer.raise_for_status()
        timers[name] = msgspec.json.decode(answer.content, type=rest.PolicyKept).timers
    return Declared(about.server, about.version, about.capabilities, about.throttle, timers)
