"""The server's receipts: over REST, with each journal, sealed with a key and without (RECORD-1, RECORD-2)."""

from pathlib import Path

import httpx
import pytest
import trio
from cobrowse_server.app import create_app
from cobrowse_server.config import SettingsError, read_settings
from cobrowse_server.desk import Unknown
from cobrowse_server.host import ENDED_KEPT_S
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.receipt import Broken, Truncated, Verified, split, verify
from cobrowse_spec.wire import rest
from trio.testing import MockClock

from tests.reference_server.conftest import KEY, SITE, Crashes, Room, Rooms
from tests.reference_server.test_recovery import Servers, back

RECEIPT_KEY = "the server's receipt key"
CANARY = "canary-77c1"


@pytest.fixture
def servers(crashes: Crashes) -> Servers:
    """No server yet."""
    return Servers(crashes)


def http(room: Room) -> httpx.AsyncClient:
    """A client of the room's REST part."""
    app = create_app(room.desk, rest.ThrottleLimits())
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type] # Quart types ASGI more narrowly
    headers = {"Authorization": f"Bearer {KEY}"}
    return httpx.AsyncClient(transport=transport, base_url="http://server.test", headers=headers)


async def receipt(room: Room, interaction: str) -> httpx.Response:
    """What the server answers to a request for a receipt."""
    async with http(room) as client:
        return await client.get(f"{rest.INTERACTIONS}/{interaction}/receipt")


def says(text: str) -> list[str]:
    """What an intact receipt says, in words."""
    found = verify(split(text))
    assert not isinstance(found, Broken)
    return [entry.words for entry in found.receipt.entries]


async def test_there_is_no_receipt_before_there_is_a_session(room: Room) -> None:
    """404, as for an interaction that is unknown; and nothing without the key."""
    interaction, _ = room.interaction()
    answer = await receipt(room, interaction.interaction)

    assert (404, "unknown") == (answer.status_code, answer.json()["reason"])
    assert 404 == (await receipt(room, "none")).status_code
    async with http(room) as client:
        client.headers["Authorization"] = "Bearer wrong"
        assert 401 == (await client.get(f"{rest.INTERACTIONS}/none/receipt")).status_code


async def test_a_receipt_is_sealed_when_the_session_is_over(room: Room) -> None:
    """And only then; there is nothing in it that lets anybody in, and nothing that was typed."""
    interaction, token = room.interaction()
    customer, agent = await room.pair(token)
    page = do.ShowPage("p1", f"{SITE}/apply?{CANARY}#{CANARY}", (do.Element(CANARY),))
    await customer.do(page)
    await agent.do(do.Request())
    await agent.fence()
    live = await receipt(room, interaction.interaction)
    await customer.do(do.Exit())
    await customer.fence()
    over = await receipt(room, interaction.interaction)

    assert (200, rest.RECEIPT_TYPE) == (live.status_code, live.headers["Content-Type"])
    assert Truncated is type(verify(split(live.text)))
    assert Verified is type(verify(split(over.text)))
    assert over.text.startswith(live.text)
    assert [
        "the customer started the session",
        "the agent joined",
        "the agent requested Write Mode",
        "the request became void",
        f"the customer visited {SITE}/apply",
        "the session ended: customer_exit",
    ] == says(over.text)
    secrets = [token, customer.token, agent.token, room.credential, room.alex.agent, CANARY]
    assert [] == [secret for secret in secrets if secret in over.text]


async def test_the_receipt_is_that_of_the_latest_session(room: Room) -> None:
    """A session that is started anew begins a new one."""
    interaction, token = room.interaction()
    customer, _ = await room.customer(token)
    await customer.do(do.Cancel())
    await customer.fence()
    first = room.desk.receipt_of(interaction)
    second, _ = await room.customer(token)
    await second.fence()

    assert ["the session ended: cancelled"] == says(first)[1:]
    assert ["the customer started the session"] == says(room.desk.receipt_of(interaction))


async def test_the_servers_key_seals_its_receipts(rooms: Rooms) -> None:
    """Who has it can tell them from others."""
    room = rooms(receipt_key=RECEIPT_KEY)
    interaction, token = room.interaction()
    customer, _ = await room.customer(token)
    await customer.do(do.Cancel())
    await customer.fence()
    lines = split(room.desk.receipt_of(interaction))

    assert Verified is type(verify(lines, RECEIPT_KEY.encode()))
    assert Broken is type(verify(lines, b"another"))


async def test_a_receipt_is_kept_when_the_session_is_forgotten(
    rooms: Rooms, autojump_clock: MockClock
) -> None:
    """As long as its interaction is."""
    room = rooms()
    interaction, token = room.interaction()
    customer, _ = await room.customer(token)
    await customer.do(do.Cancel())
    await customer.fence()
    before = room.desk.receipt_of(interaction)
    await trio.sleep(ENDED_KEPT_S + 1)

    assert room.desk.host.session(interaction.session_key) is None
    assert before == room.desk.receipt_of(interaction)


async def test_a_receipt_goes_on_after_a_crash(servers: Servers) -> None:
    """The same lines as before, and then what came after."""
    room = await servers.start()
    interaction, token = room.interaction()
    await room.desk.settle()
    customer, agent = await room.pair(token)
    await customer.do(do.ShowPage("p1", f"{SITE}/apply?{CANARY}"))
    await agent.do(do.Request())
    await agent.fence()
    before = room.desk.receipt_of(interaction)
    room = await servers.start()
    again = room.desk.lobby.interaction(interaction.interaction)
    assert again is not None
    customer = await back(room, customer)
    await customer.sees(see.PolicyGiven)
    await customer.do(do.Exit())
    await customer.fence()
    after = room.desk.receipt_of(again)

    assert after.startswith(before)
    assert Verified is type(verify(split(after)))
    assert says(after)[-1] == "the session ended: customer_exit"


async def test_a_sealed_receipt_survives_a_crash(servers: Servers) -> None:
    """To the byte, with whatever key the next server has; where there was none there is none."""
    room = await servers.start(receipt_key=RECEIPT_KEY)
    interaction, token = room.interaction()
    other, _ = room.interaction()
    await room.desk.settle()
    customer, _ = await room.customer(token)
    await customer.do(do.Cancel())
    await customer.fence()
    await room.desk.settle()
    before = room.desk.receipt_of(interaction)
    room = await servers.start(receipt_key="the key of another day")
    again, none = (room.desk.lobby.interaction(one.interaction) for one in (interaction, other))
    assert again is not None
    assert none is not None

    assert before == room.desk.receipt_of(again)
    with pytest.raises(Unknown):
        room.desk.receipt_of(none)


def test_the_receipt_key_comes_from_its_file(tmp_path: Path) -> None:
    """Named in the settings file, relative to it; one that is too short is refused."""
    (tmp_path / "seal").write_text(f"{RECEIPT_KEY}\n")
    (tmp_path / "short").write_text("short\n")
    settings = tmp_path / "server.toml"
    settings.write_text('receipt_key_file = "seal"\n')

    assert RECEIPT_KEY == read_settings(settings).receipt_key
    settings.write_text('receipt_key_file = "short"\n')
    with pytest.raises(SettingsError, match="receipt key has 16"):
        read_settings(settings)
    settings.write_text('receipt_key_file = "none"\n')
    with pytest.raises(SettingsError, match=r"receipt key file .*none: No such file"):
        read_settings(settings)
