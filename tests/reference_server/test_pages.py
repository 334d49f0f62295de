"""What browsers load: by address, with its headers, and nothing besides."""

import gzip
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from cobrowse_server import serve as serving
from cobrowse_server.bundle import NOT_BUILT, Asset, fill_in, read_bundle
from cobrowse_server.config import Settings
from cobrowse_server.pages import Pages, origins_of, server_pages, view_pages

from tests.reference_server.conftest import KEY
from tests.reference_server.test_serve import started

SERVER = "http://127.0.0.1:8080"
VIEW = "http://127.0.0.1:8081"
DESK = "https://desk.example"
LONG = "let a = 1;\n" * 500

FILES = {
    "cobrowse.js": LONG,
    "workspace.html": '<!doctype html><meta name="cobrowse-view" content=""><title>Workspace</title>',
    "workspace.js": "go();",
    "view.html": '<!doctype html><meta name="cobrowse-workspace" content=""><title>View</title>',
    "view.js": "show();",
}


@pytest.fixture
def bundle(tmp_path: Path) -> Mapping[str, Asset]:
    """A web client that somebody built; beside its folder lies what must never be served."""
    folder = tmp_path / "static"
    (folder / "deeper").mkdir(parents=True)
    for name, text in {**FILES, "notes.md": "not for browsers", "deeper/x.js": "hidden()"}.items():
        (folder / name).write_text(text, encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    return read_bundle(folder)


@pytest.fixture
async def server(bundle: Mapping[str, Asset]) -> AsyncIterator[httpx.AsyncClient]:
    """The server's own origin."""
    origins = origins_of([SERVER], VIEW, ["http://127.0.0.1:9000"])
    async with client(Pages(server_pages(bundle, origins), built=True), SERVER) as http:
        yield http


@pytest.fixture
async def view(bundle: Mapping[str, Asset]) -> AsyncIterator[httpx.AsyncClient]:
    """The view's origin."""
    origins = origins_of([SERVER, DESK], VIEW)
    async with client(Pages(view_pages(bundle, origins), built=True), VIEW) as http:
        yield http


def client(pages: Pages, url: str) -> httpx.AsyncClient:
    """Whoever asks these pages."""
    # Its type has the messages as plain mappings, ours as hypercorn has them: the same at run time.
    return httpx.AsyncClient(transport=httpx.ASGITransport(pages), base_url=url)  # type: ignore[arg-type]


def directives(response: httpx.Response) -> dict[str, str]:
    """A page's Content-Security-Policy."""
    pairs = (one.strip().partition(" ") for one in response.headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _, value in pairs}


async def test_the_script_is_served_as_it_was_built(server: httpx.AsyncClient) -> None:
    """To any site, compressed where the browser takes that, and asked for again each time."""
    response = await server.get("/cobrowse.js")

    assert (200, LONG) == (response.status_code, response.text)
    assert "gzip" == response.headers["Content-Encoding"]
    assert "text/javascript; charset=utf-8" == response.headers["Content-Type"]
    assert "no-cache" == response.headers["Cache-Control"]
    assert "cross-origin" == response.headers["Cross-Origin-Resource-Policy"]
    assert "Access-Control-Allow-Origin" not in response.headers


async def test_a_client_that_refuses_gzip_gets_none(server: httpx.AsyncClient) -> None:
    """Named with a weight of 0, or not at all."""
    for accepted in ("identity", "gzip;q=0", "br, gzip; q=0.0"):
        response = await server.get("/cobrowse.js", headers={"Accept-Encoding": accepted})
        assert "Content-Encoding" not in response.headers
        assert LONG == response.text


async def test_what_a_browser_has_already_is_not_sent_again(server: httpx.AsyncClient) -> None:
    """By its ETag, which differs from one representation to the other."""
    first = await server.get("/cobrowse.js")
    plain = await server.get("/cobrowse.js", headers={"Accept-Encoding": "identity"})
    again = await server.get("/cobrowse.js", headers={"If-None-Match": f'"old", W/{first.headers["ETag"]}'})
    other = await server.get("/cobrowse.js", headers={"If-None-Match": plain.headers["ETag"]})

    assert (304, b"") == (again.status_code, again.content)
    assert first.headers["ETag"] == again.headers["ETag"]
    assert first.headers["ETag"] != plain.headers["ETag"]
    assert 200 == other.status_code


async def test_a_head_request_says_the_same_without_a_body(bundle: Mapping[str, Asset]) -> None:
    """Length and all; asked of the application itself, for clients pass over a body that must not be there."""
    pages = Pages(server_pages(bundle, origins_of([SERVER], VIEW)), built=True)
    told: dict[str, list[dict[str, Any]]] = {"GET": [], "HEAD": []}
    for method, messages in told.items():
        scope: Any = {"type": "http", "method": method, "path": "/cobrowse.js", "headers": []}

        async def send(message: Any, messages: list[dict[str, Any]] = messages) -> None:
            messages.append(message)

        await pages(scope, _nothing_more, send)

    assert told["GET"][0] == told["HEAD"][0]
    assert [LONG.encode(), b""] == [told[method][1]["body"] for method in ("GET", "HEAD")]


async def _nothing_more() -> Any:
    raise AssertionError("nothing is read of a request that has no body")


async def test_pages_cannot_be_written(server: httpx.AsyncClient) -> None:
    """Whatever is sent, the answer says what is allowed."""
    response = await server.post("/workspace", content=b"x")

    assert (405, "GET, HEAD") == (response.status_code, response.headers["Allow"])


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/",
            "/static/",
            "/view",
            "/view.js",
            "/notes.md",
            "/deeper/x.js",
            "/workspace.html",
            "/workspace/",
        ),
        *("/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "//workspace", "/workspace%00.js"),
    ],
)
async def test_nothing_else_is_served(server: httpx.AsyncClient, path: str) -> None:
    """No address leads out of the folder, or to what belongs to the other origin."""
    transport = server._transport
    request = httpx.Request("GET", httpx.URL(SERVER).copy_with(raw_path=path.encode()))
    response = await transport.handle_async_request(request)

    assert 404 == response.status_code


async def test_the_workspace_knows_its_view_and_frames_nothing_else(server: httpx.AsyncClient) -> None:
    """And is framed by nobody but whom the settings name (SECURE-5)."""
    response = await server.get("/workspace")
    policy = directives(response)

    assert f'<meta name="cobrowse-view" content="{VIEW}/view">' in response.text
    assert "'none'" == policy["default-src"]
    assert ("'self'", "'self'") == (policy["script-src"], policy["connect-src"])
    assert VIEW == policy["frame-src"]
    assert "http://127.0.0.1:9000" == policy["frame-ancestors"]
    assert "no-referrer" == response.headers["Referrer-Policy"]


async def test_a_workspace_is_framed_by_nobody_by_default(bundle: Mapping[str, Asset]) -> None:
    """Deny is the default."""
    pages = server_pages(bundle, origins_of([SERVER], VIEW))

    headers = dict(pages["/workspace"].headers)
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


async def test_the_view_is_framed_by_workspaces_only(view: httpx.AsyncClient) -> None:
    """Loads nothing from anywhere, runs no script but its own, and knows whom it may talk to (SECURE-5)."""
    response = await view.get("/view")
    policy = directives(response)

    assert f'<meta name="cobrowse-workspace" content="{SERVER} {DESK}">' in response.text
    assert f"{SERVER} {DESK}" == policy["frame-ancestors"]
    assert ("'none'", "'self'") == (policy["default-src"], policy["script-src"])
    assert ("data: blob:", "data:") == (policy["img-src"], policy["font-src"])
    assert 200 == (await view.get("/view.js")).status_code


async def test_the_view_s_origin_serves_nothing_of_the_server(view: httpx.AsyncClient) -> None:
    """No script for customers, no workspace, no REST."""
    for path in ("/", "/cobrowse.js", "/workspace", "/v1/health"):
        assert 404 == (await view.get(path)).status_code


def test_an_origin_cannot_add_to_a_policy() -> None:
    """What the settings name is written as an origin, without whatever came after it."""
    origins = origins_of([SERVER], VIEW + "/x", ["https://a.example/;x"])

    assert (VIEW, ("https://a.example",)) == (origins.view, origins.frame_ancestors)


async def test_a_server_without_a_web_client_says_what_to_do() -> None:
    """It serves all the same: the protocol needs no page."""
    async with client(Pages({}, built=False), SERVER) as http:
        response = await http.get("/cobrowse.js")

    assert (503, NOT_BUILT) == (response.status_code, response.json()["message"])
    assert "make web" in NOT_BUILT


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    """As in a checkout that nobody has built."""
    assert {} == read_bundle(tmp_path / "static")


def test_a_page_is_told_what_it_asks_for_and_nothing_else() -> None:
    """A page without the element is as it was."""
    page = Asset("text/html", b'<meta name="a" content=""><meta name="b" content="">')

    assert (
        b'<meta name="a" content="x y"><meta name="b" content="">'
        == fill_in(page, {"a": ["x", "y"], "c": ["z"]}).plain.body
    )


async def test_both_origins_are_served_on_ports_of_their_own(
    bundle: Mapping[str, Asset], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside REST, which answers as before; and both stop with the server."""
    monkeypatch.setattr(serving, "read_bundle", lambda: bundle)
    async with started(Settings(port=0, controller_key=KEY)) as running, httpx.AsyncClient() as http:
        url, view_url = running.serving.url, running.serving.view_url
        workspace = await http.get(f"{url}/workspace")
        shown = await http.get(f"{view_url}/view")
        statuses = [
            (await http.get(f"{url}{path}")).status_code
            for path in ("/v1/health", "/v1/policies/default", "/nothing")
        ]
        length = len(gzip.compress(LONG.encode(), mtime=0))
        head = await http.head(f"{url}/cobrowse.js")

    assert url != view_url
    assert view_url == directives(workspace)["frame-src"]
    assert {url, url.replace("127.0.0.1", "localhost")} == set(directives(shown)["frame-ancestors"].split())
    assert [200, 401, 404] == statuses
    assert (200, str(length)) == (head.status_code, head.headers["Content-Length"])


def test_the_bundle_reader_passes_over_what_is_no_part_of_a_page(bundle: Mapping[str, Asset]) -> None:
    """Only known kinds of files, and none in folders."""
    assert sorted(FILES) == sorted(bundle)
