"""The suite's own site: its addresses, what it serves, and its record of what was submitted."""

import re
import socket
import threading
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import httpx
import pytest
from cobrowse_conformance.browser.site.addresses import Addresses
from cobrowse_conformance.browser.site.pages import Marks
from cobrowse_conformance.browser.site.record import WITHIN_S, Submitted
from cobrowse_conformance.browser.site.server import TestSite, fields_of, open_site, serving
from cobrowse_conformance.browser.site.ways import WAYS
from cobrowse_conformance.venues import POLICIES, policy_text
from cobrowse_spec.policy import is_on_site, parse_policy
from cobrowse_spec.rulebook import rulebook
from cobrowse_spec.terms import PageChange, Place, Prompt

ADDRESSES = Addresses(8001, 8002)
SNIPPET = "<script>window.product = 1</script>"


@pytest.fixture(scope="module")
def site() -> Iterator[TestSite]:
    """The site with a snippet, for the tests of this file."""
    with serving(SNIPPET) as site:
        yield site


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    """What asks the site in these tests."""
    with httpx.Client(trust_env=False, verify=False) as http:  # noqa: S501 -- nothing here is encrypted
        yield http


class Asking:
    """A browser, as far as a server sees one."""

    def __init__(self, http: httpx.Client, site: TestSite) -> None:
        self._http = http
        self.site = site
        self._base = f"http://127.0.0.1:{site.addresses.port}"
        self._own = site.url.removeprefix("http://")

    def gets(self, path: str, host: str = "", method: str = "GET") -> httpx.Response:
        """The answer to a question, put to a host of the site's."""
        return self._http.request(method, self._base + path, headers={"Host": host or self._own})

    def posts(self, path: str, *, story: str = "", **body: Any) -> httpx.Response:
        """The answer to a form, sent from `/apply`."""
        headers = {"Host": self._own, "Referer": f"{self.site.url}/apply?a=b"}
        headers |= {"Cookie": f"site-story={story}"} if story else {}
        return self._http.post(self._base + path, headers=headers, **body)


@pytest.fixture(name="asking")
def make_asking(http: httpx.Client, site: TestSite) -> Asking:
    """Who asks the site."""
    return Asking(http, site)


# Addresses


@pytest.mark.parametrize(
    "told, here",
    [
        ("https://bank.example/rates", "http://bank.localhost:8001/rates"),
        ("https://bank.example:443/rates", "http://bank.localhost:8001/rates"),
        ("https://BANK.example/rates", "http://BANK.localhost:8001/rates"),
        ("https://shop.branches.bank.example/", "http://shop.branches.bank.localhost:8001/"),
        ("https://bank.example.evil.test/", "http://bank.localhost.evil.localhost:8001/"),
        ("https://bank.example@evil.test/", "http://bank.localhost:8001@evil.localhost:8001/"),
        ("https://bank.example:8443/", "http://bank.localhost:8002/"),
        ("http://bank.example/", "https://bank.localhost:8001/"),
        ("https://BANK.EXAMPLE.:443/", "http://BANK.LOCALHOST.:8001/"),
        (
            "https://evil.test/?https://bank.example/",
            "http://evil.localhost:8001/?http://bank.localhost:8001/",
        ),
        ("blob:https://bank.example/0000", "blob:http://bank.localhost:8001/0000"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("/rates?a#b", "http://bank.localhost:8001/rates?a#b"),
    ],
)
def test_an_address_of_the_stories_keeps_its_shape_here(told: str, here: str) -> None:
    """What deceives in a story deceives here in the same way."""
    assert here == ADDRESSES.here(told)


@pytest.mark.parametrize("policy", POLICIES)
def test_a_policy_holds_here_for_the_same_addresses(policy: str) -> None:
    """Every address that a feature names is on the site here if and only if it is in the story."""
    told, here = parse_policy(policy_text(policy)), parse_policy(ADDRESSES.policy(policy_text(policy)))
    features = "\n".join(
        file.read_text("utf-8")
        for file in (files("cobrowse_spec") / "features").iterdir()
        if file.name.endswith(".feature")
    )
    named = set(re.findall(r"https?://[^\s\"'|<>}]+", features))

    assert len(named) > 20
    assert {url: is_on_site(told, url) for url in named} == {
        url: is_on_site(here, ADDRESSES.here(url)) for url in named
    }


def test_what_the_agent_sees_is_told_as_in_the_stories() -> None:
    """Only of the company's own site; where else a browser is stays as it is."""
    assert "https://bank.example/thanks" == ADDRESSES.told("http://bank.localhost:8001/thanks")
    other = "http://bank.localhost:8002/thanks"
    assert other == ADDRESSES.told(other)


# What is served


def test_every_element_that_a_feature_names_is_on_a_page(asking: Asking) -> None:
    """What a story acts on or looks at is found by its name on one of the site's pages."""
    paths = ("/", "/apply", "/rates", "/profile", "/terms", "/thanks", "/tools", "/media", "/hostile")
    text = "".join(asking.gets(path).text for path in paths)
    named: set[str] = set()
    for rule in rulebook().values():
        for example in rule.examples:
            for step in example.steps:
                action = getattr(step, "action", None)
                fields = getattr(step, "fields", {})
                named |= {
                    getattr(action, "element", ""),
                    getattr(step, "element", ""),
                    str(fields.get("element", "")),
                }
    named -= {"", "html", "no such element"}

    assert len(named) > 30
    assert set() == {name for name in named if f'id="{name}"' not in text}


@pytest.mark.parametrize("path", ["/apply", "/controls", "/ways", "/nowhere"])
def test_the_snippet_is_on_every_page_of_the_companys_own(asking: Asking, site: TestSite, path: str) -> None:
    """Once, after the suite's own script, and before the page's content."""
    text = asking.gets(path).text

    assert 1 == text.count(SNIPPET)
    assert text.index("/site/site.js") < text.index(SNIPPET) < text.index("<body")


@pytest.mark.parametrize(
    "host",
    [
        "partner.localhost",
        "bank.localhost.",
        "bank.localhost.evil.localhost",
        "branches.bank.localhost",
        "notbank.localhost",
    ],
)
def test_the_snippet_is_on_no_other_site(asking: Asking, site: TestSite, host: str) -> None:
    """A look-alike is another company's site, as in the stories."""
    text = asking.gets("/apply", f"{host}:{site.addresses.port}").text

    assert "/site/site.js" in text
    assert SNIPPET not in text


def test_a_page_may_be_kept_unless_its_address_says_otherwise(asking: Asking) -> None:
    """Both kinds are served: what browsers keep, and what they do not."""
    assert "private, max-age=600" == asking.gets("/rates").headers["Cache-Control"]
    assert "no-store" == asking.gets("/rates?no-store").headers["Cache-Control"]


def test_a_product_without_selectors_finds_its_own_marks(http: httpx.Client) -> None:
    """The attributes that it asked for stand beside the suite's own."""
    with serving(marks=Marks('class="no-view" data-hide', "data-inert")) as marked:
        asking = Asking(http, marked)
        apply, controls = asking.gets("/apply").text, asking.gets("/controls").text

    assert 'id="ssn" class="no-view" data-hide' in apply
    assert 'id="terms-link" data-inert' in apply
    assert 'class="private no-view" data-hide' in controls


def test_the_pages_script_knows_every_place_and_every_change() -> None:
    """A place that masks must cover and that cannot be planted would never be checked."""
    script = (files("cobrowse_conformance.browser.site") / "assets/site.js").read_text("utf-8")

    assert [] == [
        one.value
        for one in (*Place, *PageChange)
        if f'"{one.value}"' not in script and f" {one.value}:" not in script
    ]


def test_ways_to_submit_have_names_of_their_own() -> None:
    """Each stands on a page of its own."""
    assert len(WAYS) == len({way.name for way in WAYS}) >= 60


# What is recorded


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"site-form": "f", "name": "Ada", "ssn": "zqcanary"}},
        {"data": {"site-form": "f", "name": "Ada", "ssn": "zqcanary"}, "files": {}},
        {"files": {"site-form": (None, "f"), "name": (None, "Ada"), "ssn": (None, "zqcanary")}},
    ],
)
def test_a_form_is_recorded_by_its_names_and_its_canaries(
    asking: Asking, site: TestSite, body: dict[str, object]
) -> None:
    """What people typed is nowhere in the record."""
    site.record.watch(["zqcanary", "another"])
    story = site.story()
    answer = asking.posts("/thanks", story=story.token, **body)

    assert "Thank you" in answer.text
    [submitted] = story.submitted()
    assert ("/apply", "f", "POST /thanks", ("name", "ssn"), ("zqcanary",)) == submitted[:5]
    assert "Ada" not in repr(submitted)


def test_a_form_that_is_an_address_is_recorded(asking: Asking, site: TestSite) -> None:
    """As a search is."""
    before = len(site.submitted())
    asking.gets("/rates?query=x&site-form=search")

    assert [("search", "GET /rates", ("query",))] == [one[1:4] for one in site.submitted()[before:]]


def test_what_only_asks_submits_nothing(asking: Asking, site: TestSite) -> None:
    """A page is asked for, a fence passes, an answer's head is looked at."""
    before = site.submitted()
    asking.gets("/apply")
    asking.gets("/site/fence")
    asking.gets("/submitted", method="HEAD")

    assert before == site.submitted()


def test_stories_do_not_see_each_other(asking: Asking, site: TestSite) -> None:
    """Each has its own record, told by a cookie that no script can read."""
    one, other = site.story(), site.story()
    entered = asking.gets(one.enter("/apply?a=b%20c#d").removeprefix(site.url))
    asking.posts("/thanks", story=one.token, data={"a": "b"})

    assert (303, "/apply?a=b%20c") == (entered.status_code, entered.headers["Location"])
    assert "HttpOnly" in entered.headers["Set-Cookie"]
    assert (1, 0) == (len(one.submitted()), len(other.submitted()))


@pytest.mark.parametrize("to", ["//evil.test/", "https://evil.test/", ""])
def test_who_enters_stays_on_the_site(asking: Asking, to: str) -> None:
    """The way in is no way out."""
    assert "/" == asking.gets(f"/site/story/abc?to={to}").headers["Location"]


def test_what_a_page_has_opened_is_recorded(asking: Asking, site: TestSite) -> None:
    """By the page's own account; what is no such account is refused."""
    story = site.story()
    told = b'{"prompt": "print dialog", "by": "print"}'

    assert 204 == asking.posts("/site/effect", story=story.token, content=told).status_code
    assert 400 == asking.posts("/site/effect", story=story.token, content=b'{"prompt": "a joke"}').status_code
    assert [(Prompt.PRINT, "print", "/apply")] == [effect[:3] for effect in story.effects()]


def test_a_body_that_is_too_large_is_refused(site: TestSite) -> None:
    """Without reading it."""
    headers = {"Content-Length": str(1 << 40), "Host": "bank.localhost"}
    with socket.create_connection(("127.0.0.1", site.addresses.port)) as connection:
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        connection.sendall(f"POST /thanks HTTP/1.1\r\n{lines}\r\n".encode())

        assert connection.recv(100).startswith(b"HTTP/1.1 413")


def test_it_closes_although_a_connection_stays_open() -> None:
    """Browsers keep connections that they do not use; nobody waits for them."""
    with serving() as site:
        idle = socket.create_connection(("127.0.0.1", site.addresses.port))
        idle.sendall(b"GET /site/fence HTTP/1.1\r\nHost: bank.localhost\r\n\r\n")
        assert idle.recv(100).startswith(b"HTTP/1.1 204")

    while idle.recv(1000):
        pass
    idle.close()


async def test_it_is_opened_from_async_code_too() -> None:
    """And its ports are free again afterwards."""
    async with open_site() as site:
        port = site.addresses.port
    with serving(port=port) as again:
        assert port == again.addresses.port


def test_the_fields_of_a_form_are_read_by_its_type() -> None:
    """What is no form has one field without a name."""
    assert [("a", "1"), ("b", "")] == fields_of(b"a=1&b=", "application/x-www-form-urlencoded;charset=UTF-8")
    assert [("", '{"a": 1}')] == fields_of(b'{"a": 1}', "application/json")
    assert [] == fields_of(b"", "text/plain")


def test_the_record_tells_of_each_form_as_it_comes(asking: Asking, site: TestSite) -> None:
    """So that a person sees it at once."""
    told: list[Submitted] = []
    site.record.tell = told.append
    asking.posts("/submitted", data={"a": "b"})

    assert [("POST /submitted", ("a",))] == [(one.request, one.fields) for one in told]


def test_a_question_about_a_path_is_held_back_and_going_there_leads_nowhere(site: TestSite) -> None:
    """The answer goes out when the block ends; what asks about another path does not wait."""
    own, base = site.url.removeprefix("http://"), f"http://127.0.0.1:{site.addresses.port}"
    answers: list[int] = []

    def ask() -> None:
        answers.append(httpx.head(f"{base}/rates", headers={"Host": own}, trust_env=False).status_code)

    with site.holding("/rates") as held:
        asking = threading.Thread(target=ask)
        asking.start()
        was_asked = held.is_asked(WITHIN_S)
        went = httpx.get(
            f"{base}/rates", headers={"Host": own, "Sec-Fetch-Mode": "navigate"}, trust_env=False
        )
        other = httpx.head(f"{base}/apply", headers={"Host": own}, trust_env=False)
        while_held = list(answers)
    asking.join(WITHIN_S)

    assert was_asked
    assert [204, 200] == [went.status_code, other.status_code]
    assert [] == while_held
    assert [200] == answers


def test_a_path_about_which_nobody_asks_is_not_asked(site: TestSite) -> None:
    """Nor does it wait any more afterwards."""
    with site.holding("/rates") as held:
        asked = held.is_asked(0.0)

    assert not asked
    assert {} == site._held
