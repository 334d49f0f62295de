"""The made-up company: a site and a contact centre as any, at a real server."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trio
from cobrowse_server.config import Settings
from cobrowse_server.serve import Serving, serve
from cobrowse_simulator.company import bank as bank_module
from cobrowse_simulator.company.bank import MAX_ROWS, PAGES
from cobrowse_simulator.company.chats import Chats
from cobrowse_simulator.company.serving import Company, open_company, policy_for, reserve
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.policy import parse_policy
from cobrowse_spec.terms import Party
from cobrowse_spec.wire.messages import FromParty, decode_to_party, encode
from trio_websocket import open_websocket_url

KEY = "the-key-of-the-controller"
#: How long anything may take on loopback before the test fails, in seconds.
WITHIN_S = 10


@pytest.fixture
async def serving() -> AsyncIterator[Serving]:
    """A server."""
    async with trio.open_nursery() as nursery:

        async def run(task_status: trio.TaskStatus[Serving]) -> None:
            await serve(Settings(port=0, controller_key=KEY), started=task_status.started)

        serving: Serving = await nursery.start(run)
        yield serving
        serving.stop()


@pytest.fixture
async def company(serving: Serving) -> AsyncIterator[Company]:
    """The company at that server."""
    with reserve() as reserved:
        async with open_company(reserved, serving.url, KEY) as company:
            yield company


def at(url: str) -> httpx.AsyncClient:
    """A browser with a page of this origin open."""
    return httpx.AsyncClient(base_url=url, headers={"Origin": url}, timeout=WITHIN_S, trust_env=False)


async def said(http: httpx.AsyncClient, path: str, count: int) -> list[Any]:
    """The first so many events of a stream."""
    found: list[Any] = []
    with trio.fail_after(WITHIN_S), trio.CancelScope() as enough:
        async with http.stream("GET", path) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    found.append(json.loads(line.removeprefix("data: ")))
                if len(found) == count:
                    enough.cancel()  # and go on, so that every generator on the way is closed
    return found


async def open_chat(http: httpx.AsyncClient, kind: str = "chat") -> dict[str, str]:
    """What the bank's page gets for a new chat."""
    answer = await http.post("/chat", json={"kind": kind})
    assert 201 == answer.status_code
    opened: dict[str, str] = answer.json()
    return opened


async def test_every_page_is_there_and_loads_nothing_from_elsewhere(company: Company) -> None:
    """But the co-browse server's one script (SECURE-5 begins at home)."""
    async with at(company.addresses.bank) as http:
        pages = {
            path: await http.get(path)
            for path in (*PAGES, "/planner/budget", "/statement", "/insights/frame")
        }
        loaded = {
            address
            for page in pages.values()
            for address in re.findall(
                r'<(?:script|link|img|iframe|video|input)[^>]*(?:src|href)="([^"]+)"', page.text
            )
        }
        assets = {
            address: (await http.get(address)).status_code for address in loaded if address.startswith("/")
        }

    assert {200} == {page.status_code for page in pages.values()}
    assert {200} == set(assets.values())
    assert {"/cobrowse.js"} == {httpx.URL(address).path for address in loaded if not address.startswith("/")}


async def test_the_policy_is_one_that_the_server_takes(company: Company, serving: Serving) -> None:
    """For the bank's real address, and without anything that the policy check warns of."""
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(base_url=serving.url, headers=headers) as http:
        kept = (await http.get("/v1/policies/northwind")).text

    assert policy_for(company.addresses.bank) == kept
    assert (company.addresses.bank,) == parse_policy(kept).site


async def test_a_customer_s_chat_is_one_of_the_server(company: Company, serving: Serving) -> None:
    """Its token starts a session, whose ID the company's system posts in the chat (START-3)."""
    async with at(company.addresses.bank) as http:
        opened = await open_chat(http)
        websocket = serving.url.replace("http", "ws") + "/v1/customer"
        headers = [(b"Origin", company.addresses.bank.encode())]
        async with open_websocket_url(websocket, subprotocols=["cobrowse.v1"], extra_headers=headers) as link:
            await link.send_message(encode(FromParty(1, do.Start(opened["customer_token"]))))
            started = [decode_to_party(str(await link.get_message())).see for _ in range(2)][1]
            assert isinstance(started, see.Started)
            chat = f"/chat/{opened['interaction']}"
            told = await http.post(f"{chat}/started", json={"session_id": started.session_id})
        await http.post(f"{chat}/messages", json={"text": "I am stuck."})
        lines = await said(http, f"{chat}/events", 3)

    assert (204, "Ada") == (told.status_code, opened["agent"])
    assert ["agent", "system", "customer"] == [line["author"] for line in lines]
    assert [f"{{start:{started.session_id}}}", "I am stuck."] == [line["text"] for line in lines[1:]]


async def test_ending_a_chat_at_the_desk_ends_it_for_the_customer(company: Company, serving: Serving) -> None:
    """And for the server, where nothing can be started from it any more (STOP-4)."""
    async with at(company.addresses.bank) as http, at(company.addresses.office) as office:
        opened = await open_chat(http)
        name = opened["interaction"]
        listed = await said(office, "/chats/events", 1)
        await office.post(f"/chats/{name}/messages", json={"text": "Good day."})
        ended = await office.post(f"/chats/{name}/end")
        lines = said_of(company.chats, name)
        late = await http.post(f"/chat/{name}/messages", json={"text": "Hello?"})
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {KEY}"}) as centre:
        shown = (await centre.get(f"{serving.url}/v1/interactions/{name}")).json()

    assert shown["open"] is False
    assert [{"interaction": name, "kind": "chat", "agent": "Ada"}] == listed[0]
    assert (204, 404) == (ended.status_code, late.status_code)
    assert [Party.AGENT, Party.AGENT, None] == lines


def said_of(chats: Chats, name: str) -> list[Party | None]:
    """Who has said what there is of a chat, the end with nobody."""
    return [getattr(line, "author", None) for line in chats._chats[name].said]


async def test_a_browser_that_comes_back_gets_what_it_missed(company: Company) -> None:
    """And not what it has had."""
    async with at(company.addresses.bank) as http:
        chat = f"/chat/{(await open_chat(http))['interaction']}"
        await http.post(f"{chat}/messages", json={"text": "One"})
        http.headers["Last-Event-ID"] = "1"
        missed = await said(http, f"{chat}/events", 1)

    assert [{"author": "customer", "text": "One"}] == missed


@pytest.mark.parametrize("origin", ["https://evil.example", "null", ""])
async def test_other_sites_cannot_use_the_chat(company: Company, origin: str) -> None:
    """Nor the office: only pages of their own can."""
    for url, path, content in (
        (company.addresses.bank, "/chat", {"kind": "chat"}),
        (company.addresses.office, "/agents", {"name": "Eve"}),
    ):
        async with at(url) as http:
            http.headers["Origin"] = origin
            assert 403 == (await http.post(path, json=content)).status_code


async def test_the_office_is_not_served_under_another_name(company: Company) -> None:
    """A name that somebody makes point to this machine does not lead into it."""
    async with at(company.addresses.office) as http:
        assert 403 == (await http.get("/", headers={"Host": "evil.example:80"})).status_code
        assert company.agent.credential in (await http.get("/")).text


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"kind": "fax"}', b'{"kind": "chat", "x": 1}'])
async def test_what_is_no_request_is_refused(company: Company, content: bytes) -> None:
    """With 400, and the company goes on."""
    async with at(company.addresses.bank) as http:
        assert 400 == (await http.post("/chat", content=content)).status_code
        assert 404 == (await http.post("/chat/none/messages", json={"text": "x"})).status_code
        await open_chat(http)


async def test_the_bank_keeps_what_is_submitted(company: Company) -> None:
    """Each form once, with its fields, for whoever must know what really happened."""
    async with at(company.addresses.bank) as http, at(company.addresses.office) as office:
        await http.post("/submit/newsletter", data={"email": "kim@example.com"}, follow_redirects=True)
        await http.get("/submit/branch?q=Chur")
        answered = await http.post("/apply", data={"name": "Kim"}, files={"passport": b"x"})
        kept = (await office.get("/submitted")).json()

    assert 200 == answered.status_code
    assert ["newsletter", "branch", "apply"] == [one["form"] for one in kept]
    assert [["name", "Kim"]] == kept[2]["fields"]


async def test_the_next_agent_takes_what_comes_in(company: Company) -> None:
    """With a credential of her own."""
    async with at(company.addresses.bank) as http, at(company.addresses.office) as office:
        made = (await office.post("/agents", json={"name": "Ben"})).json()
        opened = await open_chat(http)

    assert ("Ben", "Ben") == (made["name"], opened["agent"])
    assert company.agent.credential != made["credential"]


async def test_a_long_statement_is_a_large_page(company: Company) -> None:
    """A thousand rows with their small print are more than 5 MB; and there is a longest."""
    async with at(company.addresses.bank) as http:
        large = await http.get("/statement?rows=1000&print=60")
        longest = await http.get(f"/statement?rows={10 * MAX_ROWS}")
        none = await http.get("/statement?rows=-1&print=x")

    assert len(large.content) > 5_000_000
    assert MAX_ROWS == longest.text.count('<tr class="entry')
    assert 0 == none.text.count('<tr class="entry')


async def test_the_other_site_leads_back_to_the_bank_only(company: Company) -> None:
    """Whatever its link is asked for."""
    async with httpx.AsyncClient(base_url=company.addresses.elsewhere) as http:
        back = await http.get("/back?to=/rates")
        elsewhere = await http.get("/back?to=//evil.example/")

    assert company.addresses.bank + "/rates" == back.headers["Location"]
    assert company.addresses.bank + "/" == elsewhere.headers["Location"]


def test_the_pages_are_files_of_the_package() -> None:
    """So that the wheel carries them."""
    folder = Path(bank_module.__file__).parent
    assert {f"{name}.html" for name in PAGES.values()} <= {
        path.name for path in (folder / "templates/bank").iterdir()
    }
