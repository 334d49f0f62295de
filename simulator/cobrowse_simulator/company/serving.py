"""All of the company on free ports of this machine, for the length of a block.

Its addresses are known before anything is served (:func:`reserve`), because the co-browse server is told of
them when it starts, and the company needs to know the server.
"""

import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from functools import partial
from importlib.resources import files
from typing import Final

import msgspec
import trio
from hypercorn.config import Config
from hypercorn.trio import serve as hypercorn_serve
from quart_trio import QuartTrio

from ..contact_centre import open_contact_centre
from .bank import Submissions, Surroundings, create_bank
from .chats import Chats, OnDuty
from .elsewhere import create_elsewhere
from .office import Places, create_office
from .web import Finishing

#: The only address that the company is served at.
HOST: Final = "127.0.0.1"
#: The name of its policy at the server, and of its first agent.
POLICY_NAME: Final = "northwind"
AGENT: Final = "Ada"
#: The site that the policy's file names, in place of which the bank's real address is put.
_EXAMPLE: Final = "https://northwind.example"
#: How long open event streams are waited for when the company closes, in seconds.
_GRACE_S: Final = 0.1


class Addresses(msgspec.Struct, frozen=True):
    """Where the company is served."""

    bank: str
    elsewhere: str
    office: str


class Reserved:
    """Ports that are the company's, so far without an application."""

    def __init__(self, sockets: dict[str, socket.socket]) -> None:
        self.sockets = sockets
        self.addresses = Addresses(**{name: _url(one) for name, one in sockets.items()})


class Company(msgspec.Struct, frozen=True):
    """The company while it is open."""

    addresses: Addresses
    submissions: Submissions
    chats: Chats
    agent: OnDuty


@contextmanager
def reserve() -> Iterator[Reserved]:
    """Free ports for the company, from now on its own."""
    with ExitStack() as stack:
        sockets = {
            name: stack.enter_context(socket.create_server((HOST, 0))) for name in Addresses.__struct_fields__
        }
        yield Reserved(sockets)


@asynccontextmanager
async def open_company(reserved: Reserved, server: str, controller_key: str) -> AsyncIterator[Company]:
    """The company at a co-browse server (its base URL), served on its ports; its policy is put in force there.

    Raises ``httpx.HTTPError`` where the server is not to be had.
    """
    addresses = reserved.addresses
    around = Surroundings(server, addresses.elsewhere, addresses.office)
    places = Places(addresses.bank, f"{server}/workspace", addresses.elsewhere)
    submissions = Submissions()
    async with open_contact_centre(server, controller_key) as centre:
        await centre.put_policy(POLICY_NAME, policy_for(addresses.bank))
        chats = Chats(centre, POLICY_NAME)
        agent = await chats.put_on_duty(AGENT)
        applications = {
            "bank": create_bank(chats, submissions, around),
            "elsewhere": create_elsewhere(addresses.bank, addresses.office),
            "office": create_office(chats, submissions, places, around),
        }
        async with trio.open_nursery() as nursery:
            stop = trio.Event()
            for name, application in applications.items():
                await nursery.start(_serve, application, reserved.sockets[name], stop)
            try:
                yield Company(addresses, submissions, chats, agent)
            finally:
                stop.set()


def policy_for(bank: str) -> str:
    """The company's policy, in TOML, for its site at this origin."""
    text = (files(__package__) / "policy.toml").read_text(encoding="utf-8")
    return text.replace(_EXAMPLE, bank)


async def _serve(
    application: QuartTrio,
    listening: socket.socket,
    stop: trio.Event,
    task_status: trio.TaskStatus[list[str]] = trio.TASK_STATUS_IGNORED,
) -> None:
    config = Config()
    config.bind = [f"fd://{listening.detach()}"]
    config.accesslog = None
    config.errorlog = logging.getLogger("cobrowse.company")
    config.include_server_header = False
    config.graceful_timeout = _GRACE_S
    config.shutdown_timeout = _GRACE_S
    served = partial(hypercorn_serve, shutdown_trigger=stop.wait, mode="asgi", task_status=task_status)
    await served(Finishing(application), config)


def _url(listening: socket.socket) -> str:
    return f"http://{HOST}:{listening.getsockname()[1]}"
