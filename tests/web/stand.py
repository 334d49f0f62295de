"""A stand for the view: a page that frames it as the workspace does, and canaries that tell of every request.

The stand serves the built view without any Content-Security-Policy, so that what holds here the view holds by itself,
and on another origin a page that hands the port over and keeps what comes back.

Order: sites that remember what they were asked for, the stand, what is published of a mirror.
"""

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any, Final

from cobrowse_conformance.browser.mirrors import meta, snapshot
from cobrowse_simulator.browsers.browser import Point
from cobrowse_simulator.browsers.chromium import Chromium
from selenium.webdriver.common.by import By
from typing_extensions import override

#: The page that frames the view, as the workspace does.
_FRAMING: Final = """<!doctype html><title>stand</title>
<style>html, body {{ margin: 0; height: 100% }} iframe {{ width: 100%; height: 100%; border: 0; display: block }}</style>
<script>
window.said = [];
window.tell = (message) => window.port.postMessage(message);
window.show = (json) => window.tell({{ type: "content", payload: new TextEncoder().encode(json).buffer }});
window.hand = () => {{
  const {{ port1, port2 }} = new MessageChannel();
  port1.onmessage = (event) => window.said.push(event.data);
  document.querySelector("iframe").contentWindow.postMessage("cobrowse-view", "*", [port2]);
  return port1;
}};
</script>
<iframe id="view" src="{view}" sandbox="allow-scripts allow-same-origin" onload="window.port = window.hand()"></iframe>
"""


class Site:
    """A site of one machine that remembers what it was asked for."""

    def __init__(self, pages: Mapping[str, tuple[str, bytes]]) -> None:
        self.pages = dict(pages)
        #: Paths that were asked for, in order.
        self.asked: list[str] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                kind, body = site.pages.get(self.path.split("?")[0], ("text/plain", b""))
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_HEAD = do_GET  # noqa: N815 -- the names that http.server looks for

            @override
            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def serving(self) -> Iterator["Site"]:
        """Serve for the length of a block."""
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            thread.join()
            self._server.server_close()


class Stand:
    """The view in a browser, told what to show as the workspace would tell it."""

    def __init__(self, browser: Chromium, framing: Site, evil: Site) -> None:
        self.browser = browser
        #: Whoever asks this site for anything has been led to it by a mirror.
        self.evil = evil
        self._framing = framing
        self._pages = 0

    def open(self) -> None:
        """Load it anew, with nothing on view."""
        self.browser.open(self._framing.origin + "/")
        self.browser.sees(lambda: any(one["type"] == "ready" for one in self.said()), "a view that is ready")
        self.evil.asked.clear()

    # What the workspace tells

    def tell(self, kind: str, **fields: Any) -> None:
        """A message of the workspace."""
        self.browser.driver.switch_to.default_content()
        self.browser.script("window.tell(arguments[0])", {"type": kind, **fields})

    def show(self, *events: Mapping[str, Any]) -> None:
        """Content, as a customer's client sends it."""
        self.browser.driver.switch_to.default_content()
        self.browser.script("window.show(arguments[0])", json.dumps(events))

    def page(self, *body: Mapping[str, Any], head: Sequence[Mapping[str, Any]] = (), **more: Any) -> None:
        """A page with this in its body, every element of it published; back when it is on view."""
        self._pages += 1
        self.tell(
            "page",
            page=f"p{self._pages}",
            url=more.get("url", "https://bank.example/"),
            elements=more.get("elements", published(*body)),
        )
        self.show(meta(*more.get("size", (900, 700))), snapshot(*body, head=head))
        self.browser.sees(
            lambda: {"type": "shown", "page": f"p{self._pages}"}.items() <= self.last("shown").items(),
            "the page",
        )

    def write(self) -> None:
        """Write Mode begins."""
        self.tell("mode", mode="write", scope="")

    # What the view says and shows

    def said(self, kind: str = "") -> list[dict[str, Any]]:
        """What the view has said so far."""
        self.browser.driver.switch_to.default_content()
        said: list[dict[str, Any]] = self.browser.script("return window.said")
        return [one for one in said if not kind or one["type"] == kind]

    def last(self, kind: str) -> dict[str, Any]:
        """The last message of a kind; empty while there is none."""
        return next(reversed(self.said(kind)), {})

    def acts(self) -> list[dict[str, Any]]:
        """The acts that the view has sent, without their numbers."""
        acts: list[dict[str, Any]] = [one["act"] for one in self.said("act")]
        return acts

    def settle(self) -> None:
        """Come back when the view has dealt with everything before: what is sent through its port stays in order.

        A mirror's event that is malformed comes back counted, so it is the fence.
        """
        before = len(self.said("malformed"))
        self.show({"type": "none"})
        self.browser.sees(lambda: len(self.said("malformed")) > before, "the fence")

    def inside(self, script: str, *arguments: Any) -> Any:
        """What a script in the mirror returns; the mirror itself runs none."""
        with self.browser.frame("#view", "#mirror iframe"):
            return self.browser.script(script, *arguments)

    def outside(self, script: str, *arguments: Any) -> Any:
        """What a script in the view's page returns."""
        with self.browser.frame("#view"):
            return self.browser.script(script, *arguments)

    def text(self) -> str:
        """All text on view; empty where there is none."""
        with self.browser.frame("#view"):
            found = self.browser.driver.find_elements(By.CSS_SELECTOR, "#mirror iframe")
            if not found or not found[0].is_displayed():
                return ""
        return str(self.inside("return document.body ? document.body.innerText : ''"))

    def sees(self, text: str) -> None:
        """Come back when this is on view."""
        self.browser.sees(lambda: text in self.text(), f"{text!r} in the view")

    # What the agent does

    def place(self, x: float, y: float) -> Point:
        """Where a place of the customer's viewport is in the browser's own."""
        left, top = self.outside(
            "const box = document.querySelector('#stage').getBoundingClientRect(); return [box.left, box.top]"
        )
        return Point(left + x, top + y)

    def middle(self, selector: str) -> Point:
        """Where the middle of a mirrored element is in the browser's viewport."""
        x, y = self.inside(
            "const box = document.querySelector(arguments[0]).getBoundingClientRect();"
            "return [box.left + box.width / 2, box.top + box.height / 2]",
            selector,
        )
        return self.place(x, y)

    def click(self, selector: str) -> None:
        """Click a mirrored element with the mouse; back when the view has said so."""
        before = len(self.said("click"))
        self.browser.mouse(self.middle(selector))
        self.browser.sees(lambda: len(self.said("click")) > before, f"a click on {selector}")

    def point(self, selector: str) -> None:
        """Move the mouse over a mirrored element; back when the view has said so."""
        before = len(self.said("pointer"))
        self.browser.mouse(self.middle(selector), press=False)
        self.browser.sees(lambda: len(self.said("pointer")) > before, f"a move to {selector}")


@contextmanager
def open_stand(browser: Chromium) -> Iterator[Stand]:
    """The stand, for the length of a block."""
    built = files("cobrowse_server") / "static"
    with Site({}).serving() as framing, Site({}).serving() as view, Site({}).serving() as evil:
        html = (
            (built / "view.html")
            .read_text()
            .replace(
                '<meta name="cobrowse-workspace" content="">',
                f'<meta name="cobrowse-workspace" content="{framing.origin}">',
            )
        )
        view.pages["/view.html"] = ("text/html", html.encode())
        view.pages["/view.js"] = ("text/javascript", (built / "view.js").read_bytes())
        framing.pages["/"] = ("text/html", _FRAMING.format(view=f"{view.origin}/view.html").encode())
        yield Stand(browser, framing, evil)


# What is published of a mirror


def published(*nodes: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All elements among these, as they would be published with nothing against them."""
    found = []
    for node in nodes:
        if node["type"] == 2:
            found.append(
                {
                    "ref": str(node["id"]),
                    "masked": False,
                    "disabled": False,
                    "submits": [],
                    "allowed": False,
                    "form": "",
                }
            )
            found += published(*node["childNodes"])
    return found
