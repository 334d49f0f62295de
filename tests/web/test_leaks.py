"""No byte of what is masked leaves the customer's browser: a page full of canaries in real Chromium.

Each place of ``pages/canary.html`` has a canary of its own, another one for each run.  The mirror is driven
directly (``reference_server/web/test/page/driver.ts``); what it emits is posted to a server, and what that server
gets is searched for canaries in every encoding.  A page without canaries would prove nothing, so the
unmasked twin must arrive: a replay of it reads as the page does.

Order: canaries, the servers, the browser, what leaves, the twin, faults that the test must notice.
"""

import base64
import json
import re
import secrets
import subprocess
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cobrowse_cli.faults.web_cast import LEAKS, WebFault
from cobrowse_simulator.browsers.chromium import Chromium
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from typing_extensions import override

from tests.web.stand import Stand, open_stand

WEB = Path(__file__).parents[2] / "reference_server" / "web"
PAGES = Path(__file__).parent / "pages"

NODE_S = 120.0
SCRIPT_S = 60.0

Policy = dict[str, object]

#: A font whose every letter is three times as wide as it is high.
WIDE = base64.b64decode(
    "d09GMgABAAAAAAE0AAoAAAAAA0gAAADqAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAABmAAgXIKOEQBNgIkAwYLBgAEIAVXBysblwIgngU52WlK"
    "+s7rUoyQv+mUeP77qzz3/TeTbS1vTcpDm8gAtlgW0oiu5QEKjiYg4dYbmuM4PU6pScql5BDka+GkPj1ugQUSRy0AiCIL2w4A3wkO1+sBD3iU"
    "6w3bscahKLl9cqNx8JasNOMAHrqYvIwJQn8DONnCwGVEsm3Ro+BlWTCBov9dlkKBRmEXx4AGke6D1aPa+Wu++DQIwutPcXL7vzvGH/xeba+5"
    "ZyYHm/rCUCCMacHBmxkPNgAAyPAgQGkBBQCAdiMgGgFlRxvSe2LXQZvl2MUtnb++egc3qJjS3kpHZSlSvZMAAAA="
)

#: 5 MB of page, and what each of its paragraphs says.
LARGE = [f"<p>Paragraph {number} {'says much ' * 49}</p>" for number in range(10_000)]


# Canaries


class Canaries:
    """A canary for each place, made when the page is first served."""

    def __init__(self) -> None:
        self.by_place: dict[tuple[str, str], str] = {}

    def fill(self, template: str) -> str:
        """The page with a canary in each place."""
        return re.sub(r"\{\{(\w):([^}]+)\}\}", lambda found: self._of(found[1], found[2]), template)

    def _of(self, kind: str, place: str) -> str:
        return self.by_place.setdefault((kind, place), f"zq{len(self.by_place):04d}x{secrets.token_hex(6)}")

    def among(self, kinds: str) -> dict[str, str]:
        """The canaries of these kinds, by place."""
        return {place: canary for (kind, place), canary in self.by_place.items() if kind in kinds}


def encodings(canary: str) -> set[str]:
    """A canary in lower case, as text and as it would look inside other encodings."""
    found = {canary, canary.encode().hex(), canary[::-1], re.sub(r"(.{4})", r"\1 ", canary).strip()}
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + canary.encode() + b"\0" * 3).decode()
        # The characters that depend on nothing around the canary.
        found.add(text[4 if shift else 0 : (len(canary) + shift) * 8 // 6])
    return {one.lower() for one in found}


def leaked(canaries: dict[str, str], data: str) -> set[str]:
    """The places whose canaries are in the data, in whatever encoding."""
    plain = (data + urllib.parse.unquote_plus(data)).lower()
    plain += json.dumps(re.sub(r"\\u([0-9a-f]{4})", lambda found: chr(int(found[1], 16)), plain))
    return {place for place, canary in canaries.items() if any(one in plain for one in encodings(canary))}


# The servers


class Site:
    """A server of pages and of the mirror's script; it keeps everything that is posted to it."""

    def __init__(self, driver: Path, replay: Path) -> None:
        self.canaries = Canaries()
        self.posted: list[tuple[str, str]] = []
        self._files = {"/driver.js": driver, "/replay.js": replay}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.origin = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.other = f"http://localhost:{self._server.server_address[1]}"

    def frames(self) -> list[Any]:
        """The events that have left, in order."""
        frames = [(path, body) for path, body in self.posted if path.startswith("/frames")]
        frames.sort(key=lambda frame: int(frame[0].partition("&n=")[2]))
        return [event for _, body in frames for event in json.loads(body)]

    def everything(self) -> str:
        """All that the script has sent, as it was sent."""
        return "\n".join(f"{path}\n{body}" for path, body in self.posted)

    @contextmanager
    def serving(self) -> Iterator["Site"]:
        """The server runs in a thread of its own until the end."""
        thread = threading.Thread(target=self._server.serve_forever)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def _content(self, path: str) -> tuple[str, str | bytes] | None:
        if path in self._files:
            return "text/javascript", self._files[path].read_text("utf-8")
        if path in ("/canary.html", "/canary.js"):
            text = (PAGES / path[1:]).read_text("utf-8").replace("{{other}}", self.other)
            return "text/html" if path.endswith("html") else "text/javascript", self.canaries.fill(text)
        if path in ("/blank.html", "/other.html"):
            return "text/html", "<!DOCTYPE html><title>blank</title><body>"
        if path == "/large.html":
            return "text/html", f"<!DOCTYPE html><title>large</title>{''.join(LARGE)}"
        if path == "/canary.css":
            return "text/css", self.canaries.fill(
                '.row { margin: 1px } .private q::after { content: "{{p:linked css}}" }'
            )
        if path == "/photo.svg":
            picture = '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><rect width="60" height="40"/></svg>'
            return "image/svg+xml", picture
        if path == "/wide.woff2":
            return "font/woff2", WIDE
        return None

    def _handler(site) -> type[BaseHTTPRequestHandler]:  # noqa: N805 -- the handler's own methods have the `self`
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content = site._content(urllib.parse.urlsplit(self.path).path)
                self._answer(404 if content is None else 200, *(content or ("text/plain", "")))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
                site.posted.append((self.path, body))
                self._answer(204, "text/plain", "")

            def _answer(self, status: int, kind: str, content: str | bytes) -> None:
                data = content.encode() if isinstance(content, str) else content
                self.send_response(status)
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            @override
            def log_message(self, format: str, *args: Any) -> None:
                """Silence: the log would hold canaries."""

        return Handler


def build(out: Path, *fault: str) -> Path:
    """The driver's bundle; with a fault: the file, the text in it, and what stands there instead."""
    subprocess.run(
        ["node", "tools/driver.mjs", str(out), *fault],  # noqa: S607 -- Node is wherever the developer has it
        cwd=WEB,
        check=True,
        timeout=NODE_S,
    )
    return out


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the bundles, made once."""
    folder = tmp_path_factory.mktemp("bundles")
    build(folder / "driver.js")
    command = ["node", "tools/driver.mjs", "--replay", str(folder / "replay.js")]
    subprocess.run(command, cwd=WEB, check=True, timeout=NODE_S)
    return folder


# The browser


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """One Chromium with a fresh profile."""
    options = ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for flag in (
        "headless=new",
        "no-sandbox",
        "disable-gpu",
        "disable-dev-shm-usage",
        "disable-background-networking",
        "disable-component-update",
        "disable-sync",
        "no-first-run",
        "window-size=1000,900",
        f"user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):
        options.add_argument(f"--{flag}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    driver = Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    driver.set_script_timeout(SCRIPT_S)
    try:
        yield driver
    finally:
        driver.quit()


class Customer:
    """A customer's page with the mirror in it."""

    def __init__(self, browser: Chrome, site: Site, policy: Policy) -> None:
        self.browser = browser
        self.site = site
        self._policy = policy

    def open(self, page: str) -> None:
        """Open the page, put the script into it, and mirror."""
        self.browser.get(self.site.origin + self.site.canaries.fill(page))
        self.run(
            """
            const script = Object.assign(document.createElement("script"), { src: "/driver.js" });
            const loaded = new Promise((resolve) => { script.onload = resolve; });
            document.head.append(script);
            await loaded;
            script.remove();
            window.driver = drive(arguments[0]);
            driver.start();
            await driver.settled();
            driver.publish();
            await driver.settled();
            """,
            self._policy,
        )

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script, which may wait, in the page."""
        result = self.browser.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            f"(async function () {{ {script} }}).apply(null, arguments)"
            ".then((value) => done({ value }), (error) => done({ error: String(error && error.stack) }));",
            *arguments,
        )
        assert "error" not in result, result["error"]
        return result.get("value")

    def asked_for(self) -> set[str]:
        """The addresses that the mirror's script has asked for, as the DevTools protocol saw it."""
        logged = self.browser.execute("getLog", {"type": "performance"})["value"]
        sent = [json.loads(entry["message"])["message"] for entry in logged]
        return {
            urllib.parse.urlsplit(one["params"]["request"]["url"]).path
            for one in sent
            if one["method"] == "Network.requestWillBeSent"
            and "/driver.js" in json.dumps(one["params"]["initiator"].get("stack", {}))
        }

    def mutate(self, name: str) -> None:
        """One of the page's mutations, and all that leaves because of it."""
        self.run("await mutations[arguments[0]](); await driver.settled();", name)

    def mutations(self) -> list[str]:
        """The names of all mutations that the page has."""
        return list(self.run("return Object.keys(mutations);"))

    def type_into(self, element: str, text: str) -> None:
        """Type with a real keyboard, and let all that follows leave."""
        self.browser.find_element("id", element).send_keys(text)
        self.run("await driver.settled();")

    def replayed(self) -> list[str]:
        """What a replay of all that has left reads, in another tab."""
        events = self.site.frames()
        own = self.browser.current_window_handle
        self.browser.switch_to.new_window("tab")
        try:
            self.browser.get(f"{self.site.origin}/blank.html")
            return list(
                self.run(
                    """
                    const script = Object.assign(document.createElement("script"), { src: "/replay.js" });
                    const loaded = new Promise((resolve) => { script.onload = resolve; });
                    document.head.append(script);
                    await loaded;
                    return await replay(arguments[0]);
                    """,
                    events,
                )
            )
        finally:
            self.browser.close()
            self.browser.switch_to.window(own)


def _policy(origin: str, **rules: list[str]) -> Policy:
    pages = [{"path": "*", **rules}] if rules else []
    return {"site": [origin], "write_mode": True, "pages": pages, "deny_urls": []}


EVERYTHING: dict[str, list[str]] = {"mask": ["html"]}
FIELDS: dict[str, list[str]] = {"mask": [".private"], "secret": [".secret"], "block": [".blocked"]}


@contextmanager
def customer(
    browser: Chrome,
    bundles: Path,
    rules: dict[str, list[str]],
    driver: str = "driver.js",
    page: str = "/canary.html?start={{n:first query}}",
) -> Iterator[Customer]:
    """A customer on a page that has just been opened, under these rules."""
    with Site(bundles / driver, bundles / "replay.js").serving() as site:
        one = Customer(browser, site, _policy(site.origin, **rules))
        one.open(page)
        yield one


# What leaves


TYPED = {
    "typed into a field": "zqtypedone77",
    "typed as a secret": "zqtypedtwo88",
    "typed into text": "zqtypedthree99",
}


@pytest.mark.parametrize("rules, kinds", [(EVERYTHING, "npo"), (FIELDS, "np")], ids=["everything", "fields"])
def test_no_canary_leaves(browser: Chrome, bundles: Path, rules: dict[str, list[str]], kinds: str) -> None:
    """Whatever is masked, or never mirrored, is in no byte that leaves, when the page loads and when it changes."""
    with customer(browser, bundles, rules) as one:
        canaries = one.site.canaries.among(kinds)

        assert set() == leaked(canaries, one.site.everything())
        assert len(one.site.frames()) > 1

        for name in one.mutations():
            one.mutate(name)

            assert set() == leaked(one.site.canaries.among(kinds), one.site.everything()), name
        assert one.run("return driver.again();") == 0
        # What is open shows a picture and a font of the site: those the script takes out of the cache.
        cached = {"/photo.svg", "/wide.woff2"} if "o" not in kinds else set()
        assert {"/frames", "/elements"} == one.asked_for() - cached


def test_what_is_typed_into_masked_fields_stays_masked_wherever_the_page_copies_it(
    browser: Chrome, bundles: Path
) -> None:
    """Texts, attributes, options, titles, addresses, styles and new nodes with a masked value never leave."""
    with customer(browser, bundles, FIELDS) as one:
        for field, text in zip(("typed", "typed-secret", "typed-editable"), TYPED.values(), strict=True):
            one.type_into(field, text)

            assert set() == leaked(TYPED, one.site.everything()), field
        assert "It is ************!" in one.site.everything()


def test_the_page_has_at_least_150_places_and_20_mutations(browser: Chrome, bundles: Path) -> None:
    """The canary page is as large as the project says that it is."""
    with customer(browser, bundles, FIELDS) as one:
        assert len(one.site.canaries.by_place) >= 150
        assert len(one.mutations()) >= 20


# The twin


def test_what_is_open_arrives(browser: Chrome, bundles: Path) -> None:
    """Under field rules all that is open leaves: else the channel was not looked at."""
    with customer(browser, bundles, FIELDS) as one:
        canaries = one.site.canaries.among("o")
        canaries.pop("m title", None)

        assert set(canaries) == leaked(canaries, one.site.everything())


def test_the_unmasked_twin_reads_as_the_page_does(browser: Chrome, bundles: Path) -> None:
    """Without rules a replay reads word for word what the customer reads, also after each mutation."""
    with customer(browser, bundles, {}) as one:
        assert one.run("return driver.reading();") == one.replayed()

        for name in one.mutations():
            one.mutate(name)
            assert one.run("return driver.reading();") == one.replayed(), name


def test_images_and_fonts_of_sheets_arrive_and_the_agents_browser_loads_nothing(
    browser: Chrome, bundles: Path, agents_browser: Chromium
) -> None:
    """The view shows the page without them first, then with them; those of what is masked never (MASK-5, RP-12)."""
    with customer(browser, bundles, FIELDS) as one, open_stand(agents_browser) as stand:
        stand.open()
        font = base64.b64encode(WIDE).decode()
        agents_browser.sees(lambda: font in one.site.everything(), "the font among what leaves")
        agents_browser.sees(lambda: "data:image/webp" in one.site.everything(), "the picture")
        events = one.site.frames()
        snapshots = [event for event in events if event["type"] == 2]
        agents_browser.traffic()
        stand.tell("page", page="p1", url=one.site.origin, elements=[])
        stand.show(*events)
        agents_browser.sees(lambda: _looks(stand)[:2] == ["data:image/webp;base64", True], "picture and font")
        asked = [data for data in agents_browser.sent() if not data.startswith(b"GET data:")]

        assert _looks(stand)[2:] == ["none", '"****", serif']
        assert 1 == len(snapshots)
        assert not re.search("data:(?:font|image/webp)", json.dumps(snapshots))
        assert [] == [*asked, *stand.evil.asked]


def _looks(stand: Stand) -> list[object]:
    """In the agent's view: the open picture, whether letters are wide, the masked element's picture and font."""
    looks: list[object] = stand.inside(
        """
        const of = (selector, name) => getComputedStyle(document.querySelector(selector))[name];
        const letters = document.createRange();
        letters.selectNodeContents(document.querySelector(".pictured"));
        return [
            of(".pictured", "backgroundImage").slice('url("'.length).split(",")[0],
            letters.getBoundingClientRect().width > 12 * 3 * 14 - 1,
            of(".hand", "backgroundImage"),
            of(".hand", "fontFamily"),
        ];
        """
    )
    return looks


#: Changes a page at random, from a seed: things are added, moved, removed, renamed, hidden and shown, also within shadow
#: roots and frames; now and then a frame of the screen passes.
AT_RANDOM = """
    let seed = arguments[0];
    const below = (most) => { seed = (seed * 48271) % 2147483647; return seed % most; };
    const nodes = [document.body];
    const alive = () => nodes[below(nodes.length)];
    let count = 0;
    const make = () => {
        const made = document.createElement(["div", "p", "span", "ul", "section"][below(5)]);
        made.append(`text ${count++}`);
        nodes.push(made);
        if (below(12) === 0) {
            const inner = document.createElement("b");
            inner.append(`shadow ${count++}`);
            const shadow = document.createElement("div");
            shadow.attachShadow({ mode: "open" }).append(inner, document.createElement("slot"));
            made.append(shadow);
            nodes.push(shadow, inner);
        }
        return made;
    };
    const changes = [
        () => alive().append(make()),
        () => alive().prepend(make()),
        () => { const [one, other] = [alive(), alive()]; if (one !== document.body && !one.contains(other)) other.append(one); },
        () => { const one = alive(); if (one !== document.body && below(5) === 0) one.remove(); },
        () => { const text = [...alive().childNodes].find((node) => node.nodeType === 3); if (text) text.data = `changed ${count++}`; },
        () => { const one = alive(); if (one !== document.body) one.hidden = below(4) === 0; },
        () => { const one = alive(); if (one !== document.body) one.before(make()); },
        () => alive().normalize(),
        () => { const one = alive(); one.append(...[...one.childNodes].reverse()); },
        () => { const one = alive(); if (one !== document.body) one.replaceWith(make(), one.cloneNode(true), one); },
        () => alive().append(document.createComment("c"), ` and ${count++}`),
        () => { const one = document.createElement("textarea"); one.value = `area ${count++}`; alive().append(one); },
    ];
    for (let step = 0; step < 150; step += 1) {
        for (let times = below(4); times >= 0; times -= 1) try { changes[below(changes.length)](); } catch {}
        if (below(3) === 0) await new Promise(requestAnimationFrame);
    }
    await driver.settled();
    return driver.reading();
"""


@pytest.mark.parametrize("seed", range(1, 9))
def test_whatever_happens_a_replay_reads_as_the_page_does(browser: Chrome, bundles: Path, seed: int) -> None:
    """After a thousand changes at random the agent has what the customer has, and nothing besides."""
    with customer(browser, bundles, {}, page="/blank.html") as one:
        read = one.run(AT_RANDOM, seed * 7919)

        assert read == one.replayed()


def test_a_page_of_5_mb_leaves_in_frames_that_fit(browser: Chrome, bundles: Path) -> None:
    """A page that is too large for one frame goes out in several, and all of it arrives."""
    with customer(browser, bundles, {}, page="/large.html") as one:
        frames = [body for path, body in one.site.posted if path.startswith("/frames")]

        assert len(frames) > 1
        assert max(map(len, frames)) < 8 << 20
        arrived = set(re.findall(r"Paragraph (\d+) says much", "".join(frames)))
        assert {str(number) for number in range(len(LARGE))} == arrived


def test_what_the_customer_types_is_by_hand_and_its_own(browser: Chrome, bundles: Path) -> None:
    """The customer's typing counts as its hand and its versions; what the page or the agent does counts as neither."""
    with customer(browser, bundles, FIELDS) as one:
        one.mutate("deep insertion")

        assert all("hand=0" in path for path, _ in one.site.posted if path.startswith("/frames"))

        one.type_into("open-field", "abc")
        versions = """
            const ref = driver.mirror.ref(document.getElementById("open-field"));
            return [driver.mirror.version(ref), driver.mirror.versionByCustomer(ref)];
        """

        assert any("hand=1" in path for path, _ in one.site.posted)
        assert [4, 4] == one.run(versions)

        one.run(
            """
            driver.mirror.byAgent(() => {
                const field = document.getElementById("open-field");
                field.value = "agent";
                field.dispatchEvent(new Event("input", { bubbles: true }));
            });
            await driver.settled();
            """
        )

        assert [5, 4] == one.run(versions)


# Faults that the test must notice

#: For each fault of the gate: a mutation (or none), and the place whose canary must have left after it.
SEEN_AT: dict[str, tuple[str, str]] = {
    "a field's value": ("", "text value"),
    "a textarea's value": ("textarea's text node", "m textarea node"),
    "a list's choice": ("", "chosen value"),
    "passwords": ("", "password value"),
    "autocomplete": ("", "card number"),
    "masks stick": ("class taken away, then text changed", "m title after the class"),
    "attributes that people read": ("", "text title"),
    "the attributes of what is masked": ("attributes of a private field", "m attributes"),
    "the list of attributes": ("", "data attribute"),
    "IDs and classes": ("", "id of data"),
    "texts": ("", "element text"),
    "comments": ("", "comment in body"),
    "what is not drawn": ("", "display none"),
    "what stands in something masked": ("", "element emphasis"),
    "shadow roots": ("text in a shadow root", "m text in shadow of a private host"),
    "slots": ("", "slotted into private slot"),
    "frames": ("text in frames", "m text in frame in private"),
    "placeholders": ("", "object fallback"),
    "text of style sheets": ("a sheet gets rules", "m inserted rule again"),
    "addresses in style sheets": ("", "css background query"),
    "the page's address": ("", "page query"),
    "links": ("", "link query"),
    "links of what is masked": ("", "href path"),
}


#: A condition of the gate that no rule of the book asks for: what the customer does not see is not sent either.
NOT_DRAWN = WebFault(
    "-",
    "what is not drawn",
    "page/redact.ts",
    "!isDrawn(element))\n      return { ...whole",
    "false)\n      return { ...whole",
)


@pytest.mark.parametrize("fault", [*LEAKS, NOT_DRAWN], ids=lambda fault: fault.name)
def test_without_a_condition_of_the_gate_a_canary_leaves(
    browser: Chrome, bundles: Path, fault: WebFault
) -> None:
    """The test sees each leak: with a fault in the gate, the canary of the place that it guards is found."""
    mutation, place = SEEN_AT[fault.name]
    build(bundles / "faulty.js", fault.file, fault.text, fault.instead)
    with customer(browser, bundles, FIELDS, "faulty.js") as one:
        if mutation:
            one.mutate(mutation)

        assert place in leaked(one.site.canaries.among("np"), one.site.everything())


def test_without_its_memory_of_values_a_copy_leaves(browser: Chrome, bundles: Path) -> None:
    """The test sees copies: with the memory of masked values gone, what is typed is found."""
    build(
        bundles / "faulty.js",
        "page/taint.ts",
        'if (text === "" ||',
        'if (true) return text;\n    if (text === "" ||',
    )
    with customer(browser, bundles, FIELDS, "faulty.js") as one:
        one.type_into("typed", TYPED["typed into a field"])

        assert {"typed into a field"} == leaked(TYPED, one.site.everything())
