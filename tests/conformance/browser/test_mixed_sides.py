"""Mixed sides: the relay in the server's place, what a hostile agent and a hostile page try, and what follows.

That every way is tried in real browsers, and that each guard is missed when it is gone, `cobrowse conform` and
`cobrowse faults --level browser` show.
"""

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
import trio
import trio.testing
from cobrowse_conformance.browser import hostile_agent, hostile_page
from cobrowse_conformance.browser.hostile_agent import CarelessRelay, Outcome, Through, Way
from cobrowse_conformance.browser.hostile_page import Trap, Visit
from cobrowse_conformance.browser.line import HOST, Line, open_line
from cobrowse_conformance.browser.oracles import NO_WIRE, Chosen, ask
from cobrowse_conformance.browser.profile import parse_profile
from cobrowse_conformance.browser.site.addresses import Addresses
from cobrowse_conformance.browser.stand_in import Begun, StandIn, hindrance, standing_in
from cobrowse_conformance.browser.venue import BrowserVenue
from cobrowse_conformance.verdicts import Verdict
from cobrowse_simulator.agent import BareAgent
from cobrowse_simulator.links import WebSocketLink, memory_links
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.policy import Policy
from cobrowse_spec.rulebook import rulebook
from cobrowse_spec.terms import Answer, Mode, Party, Reason
from cobrowse_spec.trace import Header, Recorder
from cobrowse_spec.wire.frames import CONTENT, POINTER, encode_frame
from cobrowse_spec.wire.messages import FromParty, ToParty, decode_to_party, encode
from trio_websocket import wrap_client_stream

from .test_line import through

SITE = "https://bank.example"


# Standing in


@asynccontextmanager
async def answering(says: bytes) -> AsyncIterator[int]:
    """A server that answers every request so; its port."""

    async def answer(stream: trio.SocketStream) -> None:
        async with stream:
            await stream.receive_some()
            await stream.send_all(says)

    (listener,) = await trio.open_tcp_listeners(0, host=HOST)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, answer, [listener])
        yield listener.socket.getsockname()[1]
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def customer_of(line: Line, port: int) -> AsyncIterator[WebSocketLink]:
    """The customer's link as the product's script opens it, over this line."""
    stream, _ = await through(line, HOST, port)
    async with trio.open_nursery() as nursery:
        connection = await wrap_client_stream(
            nursery, stream, f"{HOST}:{port}", "/v1/customer", subprotocols=["cobrowse.v1"]
        )
        yield WebSocketLink(connection, stream)
        nursery.cancel_scope.cancel()
    await trio.aclose_forcefully(stream)


async def start(link: WebSocketLink) -> list[see.Observation]:
    """Start a session on a link: what the customer is told."""
    await link.send(encode(FromParty(1, do.Start("a token"))))
    return [(await heard(link)).see for _ in range(2)]


async def heard(link: WebSocketLink) -> ToParty:
    """The next message on a link."""
    with trio.fail_after(10):
        data = await link.receive()
    assert isinstance(data, str)
    return decode_to_party(data)


async def test_the_customers_link_goes_to_the_relay_and_all_else_to_the_product() -> None:
    """Files come from where the product has them; the link alone is another's."""
    relay = CarelessRelay()
    relay.begin_under(Policy(site=(SITE,)))
    async with open_line() as line, answering(b"HTTP/1.1 200 OK\r\n\r\na script") as port:
        with standing_in(line, f"http://localhost:{port}", relay) as stand_in:
            stream, _ = await through(line, HOST, port)
            await stream.send_all(b"GET /cobrowse.js HTTP/1.1\r\nHost: localhost\r\n\r\n")
            file = await stream.receive_some()
            await stream.aclose()
            async with customer_of(line, port) as link:
                given, started = await start(link)
        stream, _ = await through(line, HOST, port)
        await stream.send_all(b"GET /v1/customer HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")
        afterwards = await stream.receive_some()
        await stream.aclose()

    assert b"a script" in file
    assert (see.PolicyGiven, see.Started) == (type(given), type(started))
    assert [] == stand_in.faults
    assert b"a script" in afterwards


async def test_what_is_no_protocol_is_told_and_closes_the_link() -> None:
    """A flaw of the product's, not of the suite."""
    relay = CarelessRelay()
    async with open_line() as line, answering(b"") as port:
        with standing_in(line, f"http://{HOST}:{port}", relay) as stand_in:
            async with customer_of(line, port) as link:
                await link.send("nonsense")
                with trio.fail_after(10), pytest.raises(Exception, match="the link is closed"):
                    await link.receive()

    assert 1 == len(stand_in.faults)


async def test_what_is_told_at_once_goes_out_in_one_piece() -> None:
    """Nothing that the browser does can come between an act and the end of Write Mode right behind it (WRITE-12)."""
    ours, theirs = trio.testing.memory_stream_pair()
    stand_in = StandIn(urlsplit("http://localhost"), CarelessRelay())
    stream = stand_in.stream = Begun(b"read before", ours)  # type: ignore[arg-type] # any stream will do
    async with stand_in.at_once():
        await stream.send_all(b"an act, ")
        await stream.send_all(b"the end")
        with trio.move_on_after(0) as early:
            await theirs.receive_some(1)

    assert early.cancelled_caught
    assert b"an act, the end" == await theirs.receive_some(100)
    assert [b"read ", b"before"] == [await stream.receive_some(5), await stream.receive_some(100)]


def test_over_tls_nobody_can_stand_in() -> None:
    """Then mixed sides are not applicable, and it is told why."""
    assert "over TLS" in hindrance("https://example.com")
    assert "http://" in hindrance("localhost:8000")
    assert "" == hindrance("http://localhost:8000")


# The careless relay


async def told(*deeds: do.LinkAction, by_another: bool = False) -> list[see.Observation]:
    """What a customer in Pointer Mode is told because of what a bare agent sends, marks left out."""
    relay = CarelessRelay()
    relay.begin_under(Policy(site=(SITE,)))
    recorder = Recorder(Header(), trio.current_time)
    ours, theirs = memory_links()
    seen: list[see.Observation] = []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(relay.serve, Party.CUSTOMER, theirs)
        agents = []
        for name in ("Ada", "Mallory"):
            end, its = memory_links()
            nursery.start_soon(relay.serve, Party.AGENT, its)
            agent = BareAgent(end, recorder, "agent")
            nursery.start_soon(agent.run)
            await agent.perform(do.SignIn(name))
            agents.append(agent)
        await ours.send(encode(FromParty(1, do.Start())))
        await relay.until(lambda: relay.session.n > 0, 10)
        for agent in agents:
            agent.told(session_id=relay.session.session_id)
        await agents[0].perform(do.Join())
        await agents[0].perform(do.Fence("before"))
        await relay.until(lambda: "before" in relay.fences, 10)
        who = agents[by_another]
        for deed in deeds:
            await who.perform(deed)
        await who.perform(do.Fence("after"))
        await relay.until(lambda: "after" in relay.fences, 10)
        await agents[0].perform(do.Exit())
        with trio.fail_after(10):
            while not seen or not isinstance(seen[-1], see.Ended):
                data = await ours.receive()
                assert isinstance(data, str)
                seen.append(decode_to_party(data).see)
        nursery.cancel_scope.cancel()
    marks = [number for number, one in enumerate(seen) if one == see.FencePassed("before")]
    return [one for one in seen[marks[0] + 1 : -1] if not isinstance(one, see.FencePassed)]


async def test_the_relay_hands_over_acts_that_a_server_refuses() -> None:
    """In Pointer Mode, on any page, with any reference."""
    act = do.Press("12", page="p0", epoch=7)

    assert [act] == [one.do for one in await told(act) if isinstance(one, see.Acted)]


async def test_the_relay_hands_over_answers_and_agents_that_a_server_refuses() -> None:
    """Answers to other requests, and another agent, who would be in Write Mode at once."""
    answers = await told(do.Withdraw("r9"), do.Deny("r9"), do.Approve("r9"))

    assert [
        see.Answered("r9", answer) for answer in (Answer.WITHDRAWN, Answer.DENIED, Answer.APPROVED)
    ] == answers
    assert [see.Joined("Mallory", Mode.WRITE)] == await told(do.Join(), by_another=True)


async def test_a_request_that_a_server_refuses_asks_the_customer_again() -> None:
    """So that there is a question while the agent's hand reaches the page, in Write Mode (WR-09)."""
    assert [see.Asked("r-again", "Ada")] == await told(do.Request(), by_another=True)


async def test_the_relay_hears_what_is_shown_of_a_page_while_nobody_has_joined() -> None:
    """Pages, elements, content and pointers, though no server would pass them on (START-5); and nothing else."""
    relay = CarelessRelay()
    relay.begin_under(Policy(site=(SITE,)))
    ours, theirs = memory_links()
    sent: list[do.LinkAction] = [
        do.Start(),
        do.Report(1, "POINTER-2", Reason.POINTER_MODE),
        do.ShowPage("p1", SITE),
        do.ShowElements("p1", gone=("7",)),
        do.Cancel(),
    ]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(relay.serve, Party.CUSTOMER, theirs)
        for kind in (CONTENT, POINTER):
            await ours.send(encode_frame(kind, 0, b""))
        for number, action in enumerate(sent, 1):
            await ours.send(encode(FromParty(number, action)))
        await relay.until(lambda: len(relay.said) == len(sent), 10)
        nursery.cancel_scope.cancel()

    assert [
        "content of its page",
        "a place of its pointer",
        "the address of its page",
        "elements of its page",
    ] == relay.shown


# What is tried


def test_look_alikes_of_the_site_are_tried_in_every_shape() -> None:
    """By a longer name, another port or scheme, a user's name, and the beginning of the name: each on this machine."""
    addresses = Addresses(8001, 8002)
    ways = [one for one in hostile_agent.in_write_mode(addresses.here) if one.rule == "SITE-5"]
    opened = [deed.url for way in ways for deed in way.deeds if isinstance(deed, do.OpenUrl)]

    assert {
        "http://notbank.localhost:8001/",
        "http://evilbranches.bank.localhost:8001/",
        "http://bank.localhost.partner.localhost:8001/",
        "http://bank.localhost:8001@partner.localhost:8001/",
        "http://bank.localhost:8002/",
        "https://bank.localhost:8001/",
    } <= set(opened)
    assert opened == [addresses.told(url) for url in opened]  # none of the company's own


def test_going_back_comes_before_any_way_that_could_make_a_history() -> None:
    """Else there would be a page to go to (NAVIGATE-6)."""
    first, second, *others = hostile_agent.in_write_mode(lambda url: url)

    assert [(do.GoBack(),), (do.GoForward(),)] == [first.deeds, second.deeds]
    assert "NAVIGATE-6" not in {way.rule for way in others}


def test_every_way_has_a_name_and_a_rule_that_is_judged() -> None:
    """And names tell ways of one rule apart, so that a reason says which got through."""
    ways = [
        hostile_agent.WAITING,
        *hostile_agent.in_pointer_mode(SITE),
        *hostile_agent.while_asked(),
        *hostile_agent.asked_while_writing(),
        *hostile_agent.in_write_mode(lambda url: url),
        *hostile_agent.of_another_page("p1", {"name": "1", "second-income": "2", "term": "3"}),
        hostile_agent.UNDER_WAY,
        hostile_agent.BEHIND,
        *hostile_agent.behind_the_curtain(SITE),
    ]
    names = Counter((way.rule, way.what) for way in ways)

    assert {way.rule for way in ways} < set(hostile_agent.RULES)
    assert [] == [name for name, count in names.items() if count > 1]
    assert {*hostile_agent.RULES, *hostile_page.RULES} < rulebook().keys()


def test_each_way_of_a_hostile_page_calls_by_a_name_of_its_own() -> None:
    """What runs and what is asked for can be told apart; a path of somebody else's is none of them."""
    trap, other = Trap("http://third.localhost:1"), Trap("http://third.localhost:1")
    loads = json.dumps(
        [*hostile_page.that_loads(trap), *hostile_page.later(trap, hostile_page.that_loads(trap))]
    )
    asked = [part.split('"')[0] for part in loads.split("http://third.localhost:1")[1:]]
    ways = trap.asked([one.split("'")[0].split(")")[0].split(" ")[0].split("#")[0] for one in asked])

    assert 37 <= len(ways) == len(set(ways))
    assert "a picture" in ways
    assert [] == other.asked(
        ["/favicon.ico", trap.asks("a picture").removeprefix("http://third.localhost:1")]
    )
    assert "suiteHasRun('a script')" == trap.runs("a script")


def test_broken_mirrors_are_broken_and_giants_are_giant() -> None:
    """Each has a name; none is larger than a frame may be."""
    every = [*hostile_page.broken(), *hostile_page.giant()]

    assert len(every) == len({one.what for one in every})
    assert all(len(one.payload) < 8 << 20 for one in every)
    assert max(len(one.payload) for one in every) > 5 << 20


# What follows


def outcome(*through: Through, reached: bool = True, cut: str = "") -> Outcome:
    """An attack in which these got through."""
    return Outcome(through, Counter({"POINTER-2": 3, "MASK-7": 2}), reached, cut)


def test_what_got_through_fails_its_rule_by_name() -> None:
    """With what came of it, and whatever else went wrong; no other rule fails for it."""
    typing = Through(Way("POINTER-2", "typing in Pointer Mode", ()), "'name' has changed")
    found = outcome(typing, cut="after that things were not as before")

    assert Verdict.FAIL is found.of("POINTER-2").verdict
    assert (
        "the agent got through by typing in Pointer Mode ('name' has changed)"
        == found.of("POINTER-2").because
    )
    assert Verdict.INCONCLUSIVE is found.of("MASK-7").verdict


def test_an_agent_whose_hand_reaches_nothing_shows_nothing() -> None:
    """Nor does one who was cut short: neither is a pass."""
    assert Verdict.INCONCLUSIVE is outcome(reached=False).of("MASK-7").verdict
    assert Verdict.INCONCLUSIVE is outcome(cut="the link was lost").of("MASK-7").verdict
    assert (Verdict.PASS, "the agent tried 2 ways in vain") == outcome().of("MASK-7")


def test_what_a_hostile_page_did_fails_the_rule_of_what_it_did() -> None:
    """Each by name; what was not decided is no pass."""
    assert Verdict.PASS is Visit(tried=3).of("SECURE-5").verdict
    assert (
        "it ran a link; it asked a third party for a font"
        in Visit(("a link",), ("a font",)).of("SECURE-5").because
    )
    assert Verdict.FAIL is Visit(moved=("another window opened",)).of("SECURE-5").verdict
    assert Verdict.PASS is Visit(("a link",)).of("POINTER-1").verdict
    assert "after a mirror that is empty" in Visit(lost=("that is empty",)).of("POINTER-1").because
    assert Verdict.FAIL is Visit(stuck="it offers no exit").of("STOP-1").verdict
    assert Verdict.INCONCLUSIVE is Visit(cut="no session").of("STOP-1").verdict


async def test_without_the_open_protocol_it_is_told_why_there_are_no_mixed_sides() -> None:
    """Not applicable, and no browser is needed to say so."""
    profile = parse_profile(_BARE)
    venue = BrowserVenue(profile, None, {}, None)  # type: ignore[arg-type] # nothing of it is asked for
    found = await ask(Chosen("hostile page", ("SECURE-5",)), venue, None, suite_version="1", seed=1)  # type: ignore[arg-type] # same

    assert [("SECURE-5.hostile-page", Verdict.NOT_APPLICABLE, NO_WIRE)] == [
        (one.example, one.verdict, one.because) for one in found
    ]


_BARE = """
name = "a product"
snippet = ""
[product]
[customer]
start_button = { css = "#a" }
session_id = { css = "#b" }
state = { css = "#c" }
exit = { css = "#d" }
[agent]
sign_in = []
session_id_field = { css = "#e" }
join = { css = "#f" }
state = { css = "#g" }
exit = { css = "#h" }
view = { css = "html" }
"""
