"""The pages and scripts that browsers load: the customer's script, the workspace, and the view on an origin of its own.

An ASGI application for each of the two origins (SECURE-5): what a mirrored page might do, it does where
there is nothing to take.  Nothing here is secret, and nothing is chosen by whoever asks.

Order: where the parts are served and who may show them, the headers, the application.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from cobrowse_spec.policy import origin_of
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope

from .bundle import NOT_BUILT, Asset, Representation, fill_in
from .rest import error_body

#: The customer's script and the workspace, as addresses of the server.
SCRIPT: Final = "/cobrowse.js"
WORKSPACE: Final = "/workspace"
#: The page that shows the mirror, as an address of the view's origin.
VIEW: Final = "/view"

#: The meta elements by which the two pages learn of each other.
_VIEW_META: Final = "cobrowse-view"
_WORKSPACE_META: Final = "cobrowse-workspace"

#: What no page of this server ever needs of a browser.
_NO_PERMISSIONS: Final = ", ".join(
    f"{feature}=()"
    for feature in (
        "camera",
        "display-capture",
        "geolocation",
        "hid",
        "microphone",
        "payment",
        "serial",
        "usb",
    )
)


class Origins(NamedTuple):
    """Where the two halves of the agent's side are served, and who may show them in a frame."""

    #: Every origin that the workspace is served at: the server's own, and what a proxy makes of it.
    workspace: tuple[str, ...]
    #: The view's origin, as browsers reach it.
    view: str
    #: Origins of other pages that may show the workspace in a frame.
    frame_ancestors: tuple[str, ...] = ()


def origins_of(workspace: Iterable[str], view: str, frame_ancestors: Iterable[str] = ()) -> Origins:
    """The same, each written as browsers compare it; all of them are http(s) URLs."""
    return Origins(
        tuple(sorted({_origin(url) for url in workspace})),
        _origin(view),
        tuple(sorted({_origin(url) for url in frame_ancestors})),
    )


class Page(NamedTuple):
    """One address: what is served there and the headers that it alone has."""

    asset: Asset
    headers: tuple[tuple[str, str], ...] = ()


def server_pages(bundle: Mapping[str, Asset], origins: Origins) -> dict[str, Page]:
    """What the server's own origin serves, by path."""
    pages = _by_path(bundle, of_view=False)
    if WORKSPACE in pages:
        page = fill_in(pages[WORKSPACE].asset, {_VIEW_META: [origins.view + VIEW]})
        pages[WORKSPACE] = Page(page, _workspace_headers(origins))
    if SCRIPT in pages:  # sites that isolate themselves (COEP) may load it too
        pages[SCRIPT] = Page(pages[SCRIPT].asset, (("Cross-Origin-Resource-Policy", "cross-origin"),))
    return pages


def view_pages(bundle: Mapping[str, Asset], origins: Origins) -> dict[str, Page]:
    """What the view's origin serves, by path."""
    pages = _by_path(bundle, of_view=True)
    if VIEW in pages:
        page = fill_in(pages[VIEW].asset, {_WORKSPACE_META: origins.workspace})
        pages[VIEW] = Page(page, _view_headers(origins))
    return pages


def _by_path(bundle: Mapping[str, Asset], *, of_view: bool) -> dict[str, Page]:
    """Files by their addresses; a page's address has no `.html`."""
    return {
        "/" + name.removesuffix(".html"): Page(found)
        for name, found in bundle.items()
        if name.startswith("view.") is of_view
    }


# Headers


def _workspace_headers(origins: Origins) -> tuple[tuple[str, str], ...]:
    ancestors = " ".join(origins.frame_ancestors) or "'none'"
    directives = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        f"frame-src {origins.view}",
        f"frame-ancestors {ancestors}",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return (*_page_headers(directives), ("Cross-Origin-Opener-Policy", "same-origin"))


def _view_headers(origins: Origins) -> tuple[tuple[str, str], ...]:
    ancestors = " ".join((*origins.workspace, *origins.frame_ancestors))
    directives = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'unsafe-inline'",
        "img-src data: blob:",
        "font-src data:",
        f"frame-ancestors {ancestors}",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return _page_headers(directives)


def _page_headers(directives: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return (
        ("Content-Security-Policy", "; ".join(directives)),
        ("Permissions-Policy", _NO_PERMISSIONS),
        ("Origin-Agent-Cluster", "?1"),
    )


#: What everything is served with.  Always asked again, and sent again only if it has changed.
_HEADERS: Final = (
    ("Cache-Control", "no-cache"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("Vary", "Accept-Encoding"),
)


def _origin(url: str) -> str:
    found = origin_of(url)
    assert found is not None, "the settings were checked"
    return found.text


# The application


class Pages:
    """The ASGI application of one origin's pages."""

    def __init__(self, pages: Mapping[str, Page], *, built: bool) -> None:
        self._pages = pages
        self._built = built

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Serve one request; turn a WebSocket away; live as long as the server."""
        if scope["type"] == "http":
            await self._answer(scope, send)
        elif scope["type"] == "lifespan":
            await _live(receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1000, "reason": ""})

    async def _answer(self, scope: HTTPScope, send: ASGISendCallable) -> None:
        page = self._pages.get(scope["path"])
        if scope["method"] not in ("GET", "HEAD"):
            body, also = (
                error_body("method_not_allowed", "Pages are read: GET or HEAD."),
                [("Allow", "GET, HEAD")],
            )
            await _send(scope, send, 405, body, [("Content-Type", "application/json"), *also])
        elif page is None:
            status, reason, message = (
                (404, "unknown", "There is no page at this address.")
                if self._built
                else (503, "not_built", NOT_BUILT)
            )
            await _send(
                scope, send, status, error_body(reason, message), [("Content-Type", "application/json")]
            )
        else:
            await _send_page(scope, send, page)


async def _send_page(scope: HTTPScope, send: ASGISendCallable, page: Page) -> None:
    headers = [*page.headers]
    chosen = page.asset.plain
    if _accepts_gzip(_header(scope, b"accept-encoding")) and page.asset.gzipped is not None:
        chosen = page.asset.gzipped
        headers.append(("Content-Encoding", "gzip"))
    headers.append(("ETag", chosen.etag))
    if _is_known(_header(scope, b"if-none-match"), chosen):
        await _send(scope, send, 304, b"", headers)
        return
    await _send(scope, send, 200, chosen.body, [*headers, ("Content-Type", page.asset.media_type)])


async def _send(
    scope: HTTPScope, send: ASGISendCallable, status: int, body: bytes, headers: list[tuple[str, str]]
) -> None:
    if status != 304:
        headers = [*headers, ("Content-Length", str(len(body)))]
    encoded = [(name.lower().encode(), value.encode()) for name, value in (*_HEADERS, *headers)]
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    sent = b"" if scope["method"] == "HEAD" else body
    await send({"type": "http.response.body", "body": sent, "more_body": False})


async def _live(receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    await receive()  # lifespan.startup
    await send({"type": "lifespan.startup.complete"})
    await receive()  # lifespan.shutdown
    await send({"type": "lifespan.shutdown.complete"})


def _header(scope: HTTPScope, name: bytes) -> str:
    """All values of a header, as one list."""
    return ", ".join(value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name)


def _accepts_gzip(accepted: str) -> bool:
    """Whether a client takes gzip; one that gives it a weight of 0 does not."""
    for part in accepted.lower().replace(" ", "").split(","):
        coding, _, weight = part.partition(";q=")
        if coding == "gzip":
            return not weight or bool(weight.strip("0."))
    return False


def _is_known(known: str, chosen: Representation) -> bool:
    """Whether the client has this already."""
    tags = {tag.strip().removeprefix("W/") for tag in known.split(",")}
    return "*" in tags or chosen.etag in tags
