"""The hostile page: a scripted customer whose mirrors are made to harm whoever looks at them, before the real workspace.

What a customer's client sends comes from a page, and a page can be anybody's.  So the agent's end must hold by itself,
whatever is in a frame of content: scripts, handlers, addresses that run or load, forms, frames, mirrors that are
malformed or too large.  Each way calls home by a name of its own: what runs calls a function that the suite has put into
every page of the agent's browser, what loads asks one of the test site's third parties (SECURE-5).  After each that could
break the view comes a sound page, which must show (POINTER-1); and after all of them the agent must get out (STOP-1).

That what runs and what loads would be noticed, two controls show: one in the agent's own page, one in the customer's.

Order: what is watched, mirrors that run and load, broken mirrors, the visit, what follows.
"""

import functools
import itertools
import json
import secrets
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import trio
from cobrowse_simulator.browser import Browser as ScriptedBrowser
from cobrowse_simulator.browsers.browser import Point
from cobrowse_simulator.customer import Customer
from cobrowse_simulator.links import LinkClosed, LinkRefused, LinkUnreachable, open_websocket_link
from cobrowse_simulator.sites import bank_site
from cobrowse_spec import actions as do
from cobrowse_spec.actions import Element
from cobrowse_spec.stories import CUSTOMER
from cobrowse_spec.terms import Mode, Party
from cobrowse_spec.trace import Recorder
from cobrowse_spec.wire.frames import CONTENT, encode_frame
from cobrowse_spec.wire.messages import PATHS

from ..targets import TargetDown
from ..verdicts import Verdict
from .capture import BrowserCapture
from .customer import NotOffered
from .hands import wait_for
from .hostile_agent import MOST_NAMED, Found
from .mirrors import BODY, Made, change, element, meta, mutation, snapshot, text
from .profile import filled
from .table import OVER

if TYPE_CHECKING:  # the oracles ask this module
    from .oracles import Sitting

#: The function by which what runs in the agent's browser is noticed, in every page and frame of it.
_CALL: Final = "suiteHasRun"
#: The rules that are judged.
RULES: Final = ("SECURE-5", "POINTER-1", "STOP-1")
#: How long a sound page may take to show behind a mirror that is as large as any may be, in seconds.
GIANT_S: Final = 30.0
#: Nodes of the largest page, levels of the deepest, and bytes of the longest text.
_NODES, _LEVELS, _BYTES = 60_000, 4_000, 5 << 20


# What is watched


class Trap:
    """What runs, and whom it asks: by names, so that each way can be told from the others."""

    def __init__(self, third_party: str) -> None:
        self._token = secrets.token_hex(4)
        self._third_party = third_party

    def runs(self, way: str) -> str:
        """JavaScript that tells that this has run."""
        return f"{_CALL}({json.dumps(way).replace(chr(34), chr(39))})"

    def asks(self, way: str) -> str:
        """An address of a third party that tells that this was loaded."""
        return f"{self._third_party}/hostile-{self._token}/{way.replace(' ', '-')}"

    def asked(self, paths: Sequence[str]) -> list[str]:
        """The ways among what third parties were asked for."""
        own = f"/hostile-{self._token}/"
        ways = (path.removeprefix(own).partition("?")[0] for path in paths if path.startswith(own))
        return list(dict.fromkeys(way.replace("-", " ") for way in ways))


# Mirrors that run and load

_SVG: Final = {"isSVG": True}


def _numbered(nodes: Sequence[Made]) -> list[Made]:
    """The nodes with references of their own, whatever they had."""
    numbers = itertools.count(20)

    def number(node: Made) -> Made:
        return {
            **node,
            "id": next(numbers),
            **_children(node, [number(one) for one in node.get("childNodes", [])]),
        }

    return [number(node) for node in nodes]


def _children(node: Made, children: list[Made]) -> Made:
    return {"childNodes": children} if "childNodes" in node else {}


def _e(tag: str, *children: Made, **attributes: Any) -> Made:
    return element(0, tag, children, **attributes)


def _t(says: str) -> Made:
    return text(0, says)


def that_runs(trap: Trap) -> list[Made]:
    """Nodes that would run something, each by a way of its own (RP-01 … RP-10, RP-21)."""
    run = trap.runs
    broken = "data:image/png;base64,AAAA"
    return _numbered(
        [
            _e("a", _t("a link"), href=f"javascript:{run('a link')}", onclick=run("the handler of a link")),
            _e("form", _e("button", _t("a button")), action=f"javascript:{run('a form')}"),
            _e("script", _t(run("a script"))),
            _e("sCrIpT", _t(run("a script in mixed case"))),
            _e("script", src=f"data:text/javascript,{run('a script from an address of data')}"),
            _e("script", _t(run("a module")), type="module"),
            {
                **_e(
                    "svg",
                    {**_e("script", _t(run("a script in a drawing"))), **_SVG},
                    onload=run("a drawing that loads"),
                ),
                **_SVG,
            },
            _e("img", src=broken, onerror=run("a picture that fails")),
            _e("img", src="x", OnError=run("a picture that fails in mixed case")),
            _e("video", _e("source", onerror=run("a source that fails"))),
            _e("body", onload=run("a body that loads"), onpageshow=run("a page that shows")),
            _e(
                "details",
                _e("summary", _t("more")),
                _t("open"),
                open="",
                ontoggle=run("something that opens"),
            ),
            _e("input", autofocus="", onfocus=run("a field with the focus")),
            _e("style", _t("@keyframes k { to { color: red } } .moves { animation: k 1ms }")),
            _e("p", _t("moves"), class_="moves", onanimationend=run("an animation")),
            _e("style", _t("p { color: black }"), onload=run("a style sheet that loads")),
            _e("iframe", srcdoc=f"<script>{run('a frame of its own text')}</script>"),
            _e("iframe", src=f"javascript:{run('a frame of an address that runs')}"),
            _e("iframe", src=f"data:text/html,<script>{run('a frame of data')}</script>"),
            _e("object", data=f"data:text/html,<script>{run('an object')}</script>"),
            _e("embed", src=f"data:text/html,<script>{run('an embedded page')}</script>"),
            _e("meta", http_equiv="refresh", content=f"0;url=javascript:{run('a refresh')}"),
            _e("marquee", _t("runs"), onstart=run("a text that moves")),
            {**_e("x-hostile", _t("custom"), onclick=run("an element of its own")), "isCustom": True},
            _e("template", _t("<script>"), shadowrootmode="open"),
            _e("noscript", _t(f"<img src=x onerror={run('what is for others')}>")),
            _e("math", _e("mtext", _e("style", _t(f"<img src=x onerror={run('a foreign style')}>")))),
            _e("textarea", _t(f"</textarea><script>{run('a text area')}</script>")),
            _e("title", _t(f"</title><script>{run('a title')}</script>")),
        ]
    )


def that_loads(trap: Trap) -> list[Made]:
    """Nodes that would ask a third party for something, each by a way of its own (RP-12 … RP-14)."""
    ask = trap.asks
    svg = [
        {**_e("image", href=ask("a picture in a drawing"), width="9", height="9"), **_SVG},
        {**_e("use", href=f"{ask('a part of another drawing')}#x"), **_SVG},
        {**_e("feImage", href=ask("a filter")), **_SVG},
    ]
    return _numbered(
        [
            _e("img", src=ask("a picture")),
            _e("a", _t("a link"), href=ask("a link"), ping=ask("a ping"), target="_top"),
            _e("form", _e("button", _t("a button")), action=ask("a form"), method="get"),
            _e("img", srcset=f"{ask('a set of pictures')} 1x"),
            _e("img", rr_dataURL=ask("a picture in place of data")),
            _e("picture", _e("source", srcset=ask("a source of pictures")), _e("img")),
            _e("video", src=ask("a film"), poster=ask("a poster"), preload="auto"),
            _e("audio", src=ask("a sound"), preload="auto"),
            _e("video", _e("track", src=ask("a track"), default="", kind="captions")),
            _e("object", data=ask("an object")),
            _e("embed", src=ask("an embedded page")),
            _e("iframe", src=ask("a frame")),
            _e("iframe", srcdoc=f"<img src='{ask('a frame of its own text')}'>"),
            _e("input", type="image", src=ask("a button with a picture")),
            _e("div", _t("x"), style=f"background: url({ask('a style')})"),
            _e("div", _t("x"), style=f"background: u\\72l({ask('an escaped style')})"),
            _e("table", background=ask("the background of a table")),
            _e("link", rel="stylesheet", href=ask("a style sheet")),
            _e("link", rel="preload", as_="image", href=ask("something to load before")),
            _e("link", rel="prefetch", href=ask("something to load later")),
            _e("link", rel="icon", href=ask("an icon")),
            _e("style", _t(f"@import url({ask('an import')}); b {{ background: url({ask('a rule')}) }}")),
            _e("style", _t(f"i {{ background: image-set('{ask('a set in a rule')}' 1x) }}")),
            _e("style", _cssText=f"u {{ content: url({ask('a sheet by its text')}) }}"),
            _e(
                "style",
                _t(f"@font-face {{ font-family: f; src: url({ask('a font')}) }} s {{ font-family: f }}"),
            ),
            _e("input", value="4111", class_="card"),
            _e("style", _t(f".card[value^='4'] {{ background: url({ask('a value that is read')}) }}")),
            *(_e(tag, _t(tag)) for tag in "bius"),
            {**_e("svg", *svg), **_SVG},
            _e("script", src=ask("a script")),
            _e("base", href=ask("a base")),
            _e("meta", http_equiv="refresh", content=f"0;url={ask('a refresh')}"),
            _e("x-card", _t("card"), src=ask("an element of its own")),
        ]
    )


def later(trap: Trap, nodes: Sequence[Made]) -> list[Made]:
    """Changes of that page, each of which would load or run something that the snapshot did not have."""
    ask, run = trap.asks, trap.runs
    first, paragraph = nodes[0]["id"], next(one["id"] for one in nodes if one["tagName"] == "div")
    sheet = next(one for one in nodes if one["tagName"] == "style" and one["childNodes"])
    added = [
        element(90_001, "img", src=ask("a picture that is added")),
        element(90_002, "img", src="x", onerror=run("a picture that is added")),
        element(90_003, "script", [text(90_004, run("a script that is added"))]),
    ]
    rule = f"p {{ background: url({ask('a rule that is added')}) }}"
    adopted = f"* {{ background: url({ask('a sheet that is adopted')}) }}"
    return [
        mutation(attributes=[{"id": first, "attributes": {"src": ask("an attribute that changes")}}]),
        mutation(
            attributes=[{"id": first, "attributes": {"onerror": run("a handler that comes"), "src": "y"}}]
        ),
        mutation(
            attributes=[
                {
                    "id": paragraph,
                    "attributes": {"style": {"background": f"url({ask('a style that changes')})"}},
                }
            ]
        ),
        mutation(
            texts=[
                {
                    "id": sheet["childNodes"][0]["id"],
                    "value": f"b {{ background: url({ask('a text that changes')}) }}",
                }
            ]
        ),
        mutation(adds=[{"parentId": BODY, "nextId": None, "node": one} for one in added]),
        change(8, id=sheet["id"], adds=[{"rule": rule, "index": 0}]),
        change(10, family="f", fontSource=f"url({ask('a font that comes')})", buffer=False),
        change(15, id=1, styleIds=[1], styles=[{"styleId": 1, "rules": [{"rule": adopted}]}]),
    ]


# Broken mirrors


class Broken(NamedTuple):
    """A payload that is no mirror, or none that can be shown."""

    #: What is wrong with it, in words that go after "a mirror".
    what: str
    payload: bytes
    #: How long the next page may take, in seconds; 0: as long as any.
    within_s: float = 0.0


def broken() -> Iterator[Broken]:
    """Mirrors that are malformed, one after the other."""
    sound = _bytes(meta(), snapshot(element(20, "p", [text(21, "never seen")])))
    yield Broken("that is cut off", sound[: len(sound) // 2])
    yield Broken("that is empty", b"")
    yield Broken("that is no text", b"\xff\xfe\x00\x01")
    yield Broken("that is no list", b'{"type": 2}')
    yield Broken("of nothing", b'[null, 1, true, "x", [], {}]')
    yield Broken("of brackets", b"[" * 100_000)
    for what, data in (
        ("without a page", {}),
        ("whose page is a number", {"node": 7}),
        ("whose page is an element", {"node": element(3, "html")}),
        (
            "whose nodes have no references",
            {"node": {"type": 0, "childNodes": [{"type": 2, "tagName": "p"}]}},
        ),
        ("whose references are texts", {"node": {"type": 0, "id": "1", "childNodes": []}}),
        ("whose children are none", {"node": {"type": 0, "id": 1, "childNodes": {"length": 3}}}),
        (
            "whose attributes are a list",
            {
                "node": {
                    "type": 0,
                    "id": 1,
                    "childNodes": [
                        {"type": 2, "id": 2, "tagName": "p", "attributes": ["x"], "childNodes": []}
                    ],
                }
            },
        ),
        (
            "with names that objects have",
            {
                "node": {
                    "type": 0,
                    "id": 1,
                    "childNodes": [
                        {
                            "type": 2,
                            "id": 2,
                            "tagName": "p",
                            "attributes": {"__proto__": {"x": 1}, "constructor": "y"},
                            "childNodes": [],
                        }
                    ],
                }
            },
        ),
    ):
        yield Broken(what, _bytes(meta(), {"type": 2, "data": data, "timestamp": 1}))
    twice = [element(20, "p", [text(20, "twice")]), element(20, "p")]
    yield Broken("with one reference for many nodes", _bytes(meta(), snapshot(*twice)))
    yield Broken("of a window of no size", _bytes(meta(-1, 0), meta(10**9, 10**9), snapshot()))
    yield Broken(
        "that changes nodes that it does not have",
        _bytes(
            meta(),
            snapshot(),
            mutation(
                removes=[{"id": 777, "parentId": 776}, {"id": BODY, "parentId": BODY}],
                texts=[{"id": 778, "value": "x"}],
                attributes=[{"id": 779, "attributes": {"class": "x"}}],
                adds=[{"parentId": 780, "nextId": 781, "node": element(782, "p")}],
            ),
            mutation(adds=[{"parentId": 900, "nextId": None, "node": element(900, "p")}]),
            change(3, id=783, x=1, y=1),
            change(5, id=784, text="x", isChecked=False),
            change(8, id=785, adds=[{"rule": "x"}]),
            change(13, id=786, index=[0]),
            change(14, ranges=[{"start": 787, "startOffset": 9, "end": 788, "endOffset": 9}]),
            change(15, id=789, styleIds=[1]),
            change(99),
            {"type": 99},
        ),
    )
    yield Broken(
        "that takes away all it has", _bytes(meta(), snapshot(), mutation(removes=[{"id": 3, "parentId": 1}]))
    )
    names = ("appendChild", "childNodes", "parentNode", "insertBefore", "documentElement", "body", "head")
    fields = [element(30 + at, "input", id=name, name=name) for at, name in enumerate(names)]
    yield Broken(
        "with names that documents have", _bytes(meta(), snapshot(element(20, "form", fields), *fields))
    )


def giant() -> Iterator[Broken]:
    """Mirrors that are larger than any page has a right to be."""
    deep: Made = text(19, "bottom")
    for ref in range(20, 20 + _LEVELS):
        deep = {"type": 2, "id": ref, "tagName": "div", "attributes": {}, "childNodes": [deep]}
    yield Broken(f"of {_LEVELS} levels", _nested(deep), GIANT_S)
    many = [element(20 + at, "i") for at in range(_NODES)]
    yield Broken(f"of {_NODES} nodes", _bytes(meta(), snapshot(*many)), GIANT_S)
    yield Broken(
        "of 5 MB of text", _bytes(meta(), snapshot(element(20, "p", [text(21, "x" * _BYTES)]))), GIANT_S
    )
    style = element(20, "style", [text(21, "a{b:url(" * (_BYTES // 16))])
    yield Broken("of an endless style sheet", _bytes(meta(), snapshot(style)), GIANT_S)


def _bytes(*events: Made) -> bytes:
    return json.dumps(events).encode()


def _nested(deep: Made) -> bytes:
    """The same for what is deeper than this language writes down by itself."""
    parts, ends = [], []
    node = deep
    while node["type"] == 2:
        parts.append(f'{{"type":2,"id":{node["id"]},"tagName":"div","attributes":{{}},"childNodes":[')
        ends.append("]}")
        node = node["childNodes"][0]
    inner = "".join(parts) + json.dumps(node) + "".join(ends)
    return _bytes(meta(), snapshot(text(18, "HERE"))).replace(
        json.dumps(text(18, "HERE")).encode(), inner.encode()
    )


# The visit


class Visit(NamedTuple):
    """What came of a visit."""

    #: The ways that ran something, those that asked somebody, and what else became of the agent's browser.
    ran: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()
    #: After which mirrors no sound page showed, and how many were tried.
    lost: tuple[str, ...] = ()
    tried: int = 0
    #: Why the agent did not get out; empty: it did.
    stuck: str = ""
    #: Why it could not go on, or shows nothing; empty: it could, and does.
    cut: str = ""

    def of(self, rule: str) -> Found:
        """What follows for a rule."""
        if rule == "SECURE-5":
            said = [
                *([f"it ran {_named(self.ran)}"] if self.ran else []),
                *([f"it asked a third party for {_named(self.asked)}"] if self.asked else []),
                *self.moved,
            ]
            if said:
                return Found(Verdict.FAIL, f"the agent's browser: {'; '.join(said)}")
        elif rule == "POINTER-1" and self.lost:
            return Found(Verdict.FAIL, f"the agent saw no sound page after a mirror {_named(self.lost)}")
        elif rule == "STOP-1" and self.stuck:
            return Found(Verdict.FAIL, f"after hostile mirrors {self.stuck}")
        if self.cut:
            return Found(Verdict.INCONCLUSIVE, self.cut)
        words = {
            "SECURE-5": "nothing that was mirrored ran or loaded anything",
            "POINTER-1": f"a sound page showed after each of {self.tried} hostile mirrors",
            "STOP-1": "the agent exited the session",
        }
        return Found(Verdict.PASS, words[rule])


def _named(what: Sequence[str]) -> str:
    words = ", ".join(what[:MOST_NAMED])
    return words if len(what) <= MOST_NAMED else f"{words}, and {len(what) - MOST_NAMED} more"


class _Cut(Exception):
    """The visit could not go on."""


class _Visitor:
    """A scripted customer in a session with the agent at the workspace."""

    def __init__(self, sitting: "Sitting", customer: Customer, trap: Trap) -> None:
        self._sitting = sitting
        self._pair = sitting.pair
        self._agent = sitting.pair.agent
        self._site = sitting.venue.site
        self._patience_s = sitting.venue.profile.bounds.patience_s
        self._settle_s = sitting.venue.profile.bounds.settle_s
        self._customer = customer
        self._trap = trap
        self._pages = itertools.count(1)
        self._home = ""
        self._news = trio.Event()
        customer.recorder.listen(lambda event: self._ring())
        self.found = Visit()

    def _ring(self) -> None:
        self._news.set()
        self._news = trio.Event()

    async def run(self) -> None:
        """The whole visit; what it has found so far is in ``found``."""
        try:
            await self._begin()
            await self._see_controls()
            await self._hostile()
            await self._write()
            await self._hostile()
            await self._broken()
        except _Cut as error:
            self.found = self.found._replace(cut=str(error))
        except LinkClosed:
            self.found = self.found._replace(cut="the product closed the link of the suite's own customer")
        await self._judge()

    # Steps

    async def _until(self, holds: Callable[[], bool], otherwise: str) -> None:
        with trio.move_on_after(self._patience_s):
            while not holds():
                await self._news.wait()
        if not holds():
            raise _Cut(f"{otherwise} within {self._patience_s:g} s")

    async def _by_agent(self, action: do.Action) -> None:
        try:
            await self._pair.work(
                functools.partial(self._agent.perform, action, self._sitting.table.customer)
            )
        except NotOffered as error:
            raise _Cut(str(error)) from None

    async def _agent_shows(self, holds: Callable[[], bool], otherwise: str) -> None:
        def is_there() -> bool:
            self._agent.see()
            return holds()

        if not await self._pair.work(functools.partial(wait_for, is_there, self._patience_s)):
            raise _Cut(otherwise)

    async def _begin(self) -> None:
        await self._customer.perform(do.Start())
        await self._until(lambda: self._customer.state.session_id != "", "the customer got no session ID")
        await self._by_agent(do.Join(self._customer.state.session_id))
        await self._agent_shows(lambda: self._agent.known.flows, "the agent did not come into the session")
        self._home = await self._pair.work(self._where)
        if not await self._is_sound():
            raise _Cut("the agent did not see a sound page")

    async def _write(self) -> None:
        """Write Mode, in which the workspace does more with what is on view."""
        await self._by_agent(do.Request())
        await self._until(lambda: self._customer.state.asked, "the customer was not asked")
        await self._customer.perform(do.Approve())
        await self._agent_shows(
            lambda: self._agent.known.mode is Mode.WRITE, "the agent did not come into Write Mode"
        )

    async def _see_controls(self) -> None:
        """What runs in the agent's page, and what a page asks a third party for, is noticed."""
        await self._pair.work(self._control)
        if self._trap.asked(self._paths()) != [_CONTROL]:
            raise _Cut("a third party that was asked was not noticed, so that none was shows nothing")

    def _control(self) -> None:
        capture = self._capture
        for session in capture.devtools.sessions("page", "iframe"):
            capture.devtools.ask("Runtime.addBinding", {"name": _CALL}, session.id)
            capture.devtools.ask("Runtime.evaluate", {"expression": self._trap.runs(_CONTROL)}, session.id)
        self._pair.customer.browser.script("new Image().src = arguments[0]", self._trap.asks(_CONTROL))
        self._site.record.until(lambda: _CONTROL in self._trap.asked(self._paths()), self._patience_s)

    @property
    def _capture(self) -> BrowserCapture:
        return self._pair.captures[Party.AGENT]

    def _paths(self) -> list[str]:
        return [one.path for one in self._site.opened()]

    def _where(self) -> str:
        return str(self._agent.browser.script("return location.href"))

    # Mirrors

    async def _show(self, payload: bytes, nodes: Sequence[Made] = ()) -> None:
        """Another page of the customer's, with this as its content."""
        elements = tuple(Element(str(one["id"])) for one in _all_of(nodes) if one["type"] == 2)
        page = do.ShowPage(f"hostile-{next(self._pages)}", f"{self._site.url}/apply", elements)
        await self._customer.perform(page)
        await self._send(payload)

    async def _send(self, payload: bytes) -> None:
        await self._customer.send_raw(encode_frame(CONTENT, self._customer.epoch, payload))

    async def _is_sound(self, within_s: float = 0.0) -> bool:
        """Whether a sound page that comes now shows, in time."""
        says = f"Sound page {next(self._pages)}"
        await self._show(_bytes(meta(), snapshot(element(20, "p", [text(21, says)]))))
        return await self._sees(says, within_s)

    async def _sees(self, says: str, within_s: float = 0.0) -> bool:
        def is_there() -> bool:
            view = self._agent.look_at_view()
            return view is not None and says in view.text

        return await self._pair.work(
            functools.partial(wait_for, is_there, max(within_s, self._patience_s), _LOOK_S)
        )

    async def _hostile(self) -> None:
        """All that runs and loads, and what the agent's own hand makes of it."""
        for made in (that_runs, that_loads):
            nodes = made(self._trap)
            mark = text(19, "Hostile page")
            await self._show(_bytes(meta(), snapshot(mark, *nodes)), nodes)
            if made is that_loads:
                for event in later(self._trap, nodes):
                    await self._send(_bytes(event))
            if await self._sees("Hostile page"):
                await self._pair.work(self._use)
            if not await self._is_sound():
                self.found = self.found._replace(lost=("that is hostile",), tried=self.found.tried + 1)
                raise _Cut("the agent's view did not go on")
            self.found = self.found._replace(tried=self.found.tried + 1)

    def _use(self) -> None:
        """Click every link and button that shows."""
        places = self._agent.reader.inside(self._agent.profile.view.frames, _PRESSABLE) or []
        for x, y in places:
            try:
                self._agent.hands.click(self._agent.place(Point(x, y)))
            except NotOffered:
                return

    async def _broken(self) -> None:
        """Mirrors that are none, each followed by a sound page."""
        for one in itertools.chain(broken(), giant()):
            await self._show(one.payload)
            seen = await self._is_sound(one.within_s)
            self.found = self.found._replace(tried=self.found.tried + 1)
            if not seen:
                self.found = self.found._replace(lost=(*self.found.lost, one.what))
                raise _Cut("the agent's view did not go on")

    # What came of it

    async def _judge(self) -> None:
        if self._home:
            stuck = await self._exit()
            self.found = self.found._replace(stuck=stuck)
        ran, asked, moved = await self._pair.work(self._look)
        if not self.found.cut and _CONTROL not in ran:
            self.found = self.found._replace(
                cut="what ran was not noticed, so that nothing did shows nothing"
            )
        self.found = self.found._replace(
            ran=tuple(one for one in ran if one != _CONTROL),
            asked=tuple(one for one in asked if one != _CONTROL),
            moved=tuple(moved),
        )

    async def _exit(self) -> str:
        """The agent exits; why that did not work, in words."""
        try:
            await self._by_agent(do.Exit())
            await self._agent_shows(
                lambda: self._agent.known.phase in OVER, "the agent's screen did not show the end"
            )
        except _Cut as error:
            return str(error)
        with trio.move_on_after(self._patience_s):
            while not self._customer.state.ended:
                await self._news.wait()
        return "" if self._customer.state.ended else "the customer was not told that the agent had exited"

    def _look(self) -> tuple[list[str], list[str], list[str]]:
        """What ran, what was asked for and what else became of the agent's browser.  In the thread of the pair."""
        wait_for(lambda: False, self._settle_s)
        self._capture.settle()
        ran = list(dict.fromkeys(said for name, said in self._capture.calls if name == _CALL))
        driver = self._agent.browser.driver
        moved = []
        if len(driver.window_handles) > 1:
            moved.append("another window opened")
        if self._home and self._where() != self._home:
            moved.append("it was led away from the workspace")
        return ran, self._trap.asked(self._paths()), moved


def _all_of(nodes: Sequence[Made]) -> Iterator[Made]:
    for node in nodes:
        yield node
        yield from _all_of(node.get("childNodes", []))


#: What the controls are called.
_CONTROL: Final = "the control"
#: How often a view is looked at that may have much to do, in seconds.
_LOOK_S: Final = 0.05
#: Where the view has something that can be pressed, in the part that shows first.
_PRESSABLE: Final = """
return [...document.querySelectorAll("a, button, summary")].map((one) => one.getBoundingClientRect())
  .filter((box) => box.width > 0 && box.height > 0 && box.bottom < innerHeight)
  .map((box) => [box.left + box.width / 2, box.top + box.height / 2]).slice(0, 6);
"""


# What follows


async def visit(sitting: "Sitting") -> dict[str, Found]:
    """A session of a hostile page with the agent's browser: what it shows of each of :data:`RULES`.

    Raises :class:`.TargetDown` where the product's own server lets no customer in.
    """
    venue, pair = sitting.venue, sitting.pair
    await pair.ready(venue)
    await pair.work(pair.begin_story)
    await pair.work(sitting.table.agent_comes)
    await pair.work(functools.partial(sitting.table.open, sitting.table.story.enter("/apply")))
    values = await venue.meet(pair.values, "call", "standard")
    trap = Trap(venue.site.here("https://third.example"))
    try:
        async with _customer(sitting, values) as customer:
            visitor = _Visitor(sitting, customer, trap)
            await visitor.run()
    except (LinkRefused, LinkUnreachable) as error:
        raise TargetDown(f"no link for a customer at {PATHS[Party.CUSTOMER]}: {error}") from None
    finally:
        with trio.CancelScope(shield=True):
            await venue.end(values)
    await pair.work(pair.agent.leave_ended)
    return {rule: visitor.found.of(rule) for rule in RULES}


@asynccontextmanager
async def _customer(sitting: "Sitting", values: dict[str, str]) -> AsyncIterator[Customer]:
    """A scripted customer at the product's own server, told of a chat or call, for the length of a block."""
    venue = sitting.venue
    site, wire = venue.site.url, venue.profile.wire
    interaction = "" if wire is None else filled(wire.interaction, venue.values | values)
    address = venue.wire.replace("http", "ws", 1).rstrip("/") + PATHS[Party.CUSTOMER]
    async with open_websocket_link(address, origin=site) as link, trio.open_nursery() as nursery:
        page = ScriptedBrowser(bank_site(site), f"{site}/apply")
        recorder = Recorder(sitting.recorder.header, trio.current_time)  # what it shows is told in words
        customer = Customer(link, recorder, CUSTOMER.who, browser=page)
        customer.told(interaction=interaction)
        nursery.start_soon(customer.run)
        yield customer
        nursery.cancel_scope.cancel()
