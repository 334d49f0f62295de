"""The REST part, without a network."""

import json
from typing import Any

import httpx
import jsonschema
import pytest
from cobrowse_server.app import MAX_BODY_BYTES, create_app
from cobrowse_server.openapi import OPERATIONS
from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.terms import Party
from cobrowse_spec.wire import rest

from tests.reference_server.conftest import KEY, POLICY, Room, Rooms

AUTHORISED = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture
def http(room: Room) -> httpx.AsyncClient:
    """A client of the room's REST part."""
    app = create_app(room.desk, rest.ThrottleLimits())
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type] # Quart types ASGI more narrowly
    return httpx.AsyncClient(transport=transport, base_url="http://server.test")


async def call(
    http: httpx.AsyncClient, verb: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    """The status, and the JSON (or None) that comes back."""
    data = body if isinstance(body, str | bytes) or body is None else json.dumps(body)
    response = await http.request(
        verb, path, content=data, headers=AUTHORISED if headers is None else headers
    )
    return response.status_code, response.json() if response.content else None


async def test_a_contact_centre_can_run_a_chat_over_rest(room: Room, http: httpx.AsyncClient) -> None:
    """From the agent's credential to the end of the interaction, and the record of it."""
    status, made = await call(http, "POST", rest.AGENTS, {"name": "Blake"})
    assert status == 201
    agent = await room.agent(made["credential"])
    status, opened = await call(http, "POST", rest.INTERACTIONS, {"kind": "chat", "agent": made["agent"]})
    assert status == 201
    one = f"{rest.INTERACTIONS}/{opened['interaction']}"
    assert (await call(http, "GET", one))[1] == {
        "interaction": opened["interaction"],
        "kind": "chat",
        "open": True,
        "session": "",
        "end_reason": None,
    }
    customer, _ = await room.customer(opened["customer_token"])
    await customer.sees(see.Joined)
    assert (await call(http, "GET", one))[1]["session"] == "pointer"
    assert await call(http, "POST", f"{one}/messages", {"author": "customer", "text": "hello"}) == (204, None)
    for kind in (see.Said, see.Joined, see.TokenIssued):
        await agent.sees(kind)
    assert await agent.sees(see.Said) == see.Said(opened["interaction"], Party.CUSTOMER, "hello")
    assert await call(http, "POST", f"{one}/end") == (204, None)
    assert (await call(http, "GET", one))[1] == {
        "interaction": opened["interaction"],
        "kind": "chat",
        "open": False,
        "session": "ended",
        "end_reason": "interaction_ended",
    }


async def test_a_session_can_be_stopped_over_rest(room: Room, http: httpx.AsyncClient) -> None:
    """Once; the interaction stays open."""
    interaction, token = room.interaction()
    one = f"{rest.INTERACTIONS}/{interaction.interaction}"
    assert (await call(http, "POST", f"{one}/stop"))[0] == 404
    customer, _ = await room.customer(token)
    assert (await call(http, "POST", f"{one}/stop"))[0] == 204
    assert (await customer.sees(see.Ended)).reason == "controller_stop"

    assert (await call(http, "POST", f"{one}/stop"))[0] == 404
    assert (await call(http, "GET", one))[1]["open"] is True


async def test_a_removed_agent_cannot_sign_in(room: Room, http: httpx.AsyncClient) -> None:
    """Nor be removed twice."""
    path = f"{rest.AGENTS}/{room.alex.agent}"
    assert (await call(http, "DELETE", path))[0] == 204
    seat = room.sit(Party.AGENT)
    await seat.do(do.SignIn(room.credential))

    assert await seat.refused() == ("SECURE-1", "not_authenticated")
    assert (await call(http, "DELETE", path))[0] == 404


async def test_anyone_may_ask_what_the_server_is_and_whether_it_is_well(
    rooms: Rooms, http: httpx.AsyncClient
) -> None:
    """It declares what it is judged by."""
    status, about = await call(http, "GET", rest.ABOUT, headers={})

    assert status == 200
    assert about["protocol"] == "cobrowse.v1"
    assert about["capabilities"] == ["standalone", "scoped_grants", "curtain"]
    assert about["timers"]["customer_link_s"] == 40
    assert about["throttle"]["per_agent"] == 5
    assert await call(http, "GET", rest.HEALTH, headers={}) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": KEY},
        {"Authorization": "Bearer "},
    ],
)
@pytest.mark.parametrize("operation", [one for one in OPERATIONS if not one.public], ids=lambda one: one.name)
async def test_everything_else_asks_for_the_controllers_key(
    http: httpx.AsyncClient, operation: Any, headers: dict[str, str]
) -> None:
    """Before the body is looked at (SECURE-1)."""
    status, body = await call(http, operation.verb.upper(), operation.path, "not JSON", headers)

    assert (status, body["reason"]) == (401, "not_authenticated")


async def test_an_unreadable_policy_is_refused_and_the_last_good_one_stays(
    room: Room, http: httpx.AsyncClient
) -> None:
    """With the line at fault (MASK-11)."""
    path = f"{rest.POLICIES}/default"
    for line, text in ((2, "site = []\nwrite_mod = true"), (1, "write_mode = 'yes'")):
        status, body = await call(http, "PUT", path, text)
        assert (status, body["reason"], body["line"]) == (422, "unreadable_policy", line)
    assert (await call(http, "PUT", path, b"\xff"))[0] == 422
    response = await http.get(path, headers=AUTHORISED)

    assert response.text == POLICY


async def test_a_policy_is_kept_as_it_was_put(http: httpx.AsyncClient) -> None:
    """And its timing profile is said back."""
    path = f"{rest.POLICIES}/short"
    assert (await call(http, "GET", path))[0] == 404
    status, kept = await call(http, "PUT", path, "[timers]\nrequest_s = 1\n")

    assert (status, kept["name"], kept["timers"]["request_s"]) == (200, "short", 1)
    response = await http.get(path, headers=AUTHORISED)
    assert response.text == "[timers]\nrequest_s = 1\n"


@pytest.mark.parametrize(
    "path, body, status",
    [
        (rest.AGENTS, "{", 400),
        (rest.AGENTS, b"\xff", 400),
        (rest.AGENTS, '{"name":' + "[" * 100_000, 422),
        (rest.AGENTS, {"nom": "x"}, 422),
        (rest.AGENTS, {"name": "x", "more": 1}, 422),
        (rest.AGENTS, {"name": 5}, 422),
        (rest.INTERACTIONS, {"kind": "fax"}, 422),
        (rest.INTERACTIONS, {"kind": "call", "agent": "nobody"}, 422),
        (rest.INTERACTIONS, {"kind": "call", "policy": "none"}, 422),
        (rest.AGENTS, "x" * (MAX_BODY_BYTES + 1), 413),
        (f"{rest.INTERACTIONS}/none/messages", {"author": "agent", "text": "x"}, 404),
        (f"{rest.INTERACTIONS}/none/end", None, 404),
        (f"{rest.INTERACTIONS}/none/stop", None, 404),
        ("/v1/nothing", None, 404),
        (rest.HEALTH, None, 405),
    ],
)
async def test_a_bad_request_is_told_what_is_wrong(
    http: httpx.AsyncClient, path: str, body: Any, status: int
) -> None:
    """As JSON, whatever it is."""
    got, error = await call(http, "POST", path, body)

    assert got == status
    assert error["reason"]
    assert error["message"]


async def test_errors_repeat_nothing_of_what_was_sent(http: httpx.AsyncClient) -> None:
    """It may have been a secret (SECURE-6)."""
    for body in ('{"kind": "do-not-repeat-me"}', '{"kind": do-not-repeat-me}'):
        _, error = await call(http, "POST", rest.INTERACTIONS, body)
        assert "do-not-repeat-me" not in json.dumps(error)


async def test_a_websockets_path_says_how_to_use_it(http: httpx.AsyncClient) -> None:
    """To whoever asks for it as for a page."""
    status, error = await call(http, "GET", "/v1/customer", headers={})

    assert (status, error["reason"]) == (426, "upgrade_required")


async def test_no_header_betrays_the_record_to_a_cache(room: Room, http: httpx.AsyncClient) -> None:
    """What holds secrets or states is never stored on the way."""
    response = await http.post(rest.AGENTS, content='{"name":"x"}', headers=AUTHORISED)

    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_the_openapi_document_describes_every_route_and_what_it_answers(
    room: Room, http: httpx.AsyncClient
) -> None:
    """Each operation is routed, and real answers fit their schemas."""
    document = (await call(http, "GET", "/openapi.json", headers={}))[1]
    app = create_app(room.desk, rest.ThrottleLimits())
    routed = {
        (str(rule.rule).replace("<", "{").replace(">", "}"), method.lower())
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if str(rule.rule) not in ("/openapi.json", "/v1/customer", "/v1/agent", "/v1/controller")
    }
    described = {(path, verb) for path, verbs in document["paths"].items() for verb in verbs}

    assert {one for one in routed if one[1] not in ("head", "options")} == described
    about = (await call(http, "GET", rest.ABOUT))[1]
    schema = {**document["components"]["schemas"]["About"], "components": document["components"]}
    jsonschema.validate(about, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**about, "timers": 5}, schema)
