"""Policies: what the defaults are, which errors name which line, what belongs to the site, which is stricter."""

import re
import tomllib
from pathlib import Path

import cobrowse_spec
import pytest
from cobrowse_spec.policy import (
    Origin,
    PageRule,
    Policy,
    PolicyError,
    Timers,
    allowed_at,
    is_denied,
    is_on_site,
    origin_of,
    parse_policy,
    restricted_at,
    tighten,
    tightens,
)
from hypothesis import given, settings
from hypothesis import strategies as st

#: The same examples in every run, however busy the machine.
fair = settings(derandomize=True, deadline=None)

SITE = Policy(
    site=("https://bank.example", "https://*.shop.example", "http://localhost:8080", "https://[2001:db8::1]")
)


# Reading


def test_the_default_policy_denies() -> None:
    """No site, so no page can be shown; one session to an agent; no session without a chat or call."""
    assert Policy() == parse_policy("")
    assert Policy((), True, 1, False, False, False, Timers(), ()) == Policy()
    assert not is_on_site(Policy(), "https://bank.example/")


def test_the_default_timers_are_those_of_the_rules() -> None:
    """What the rules promise where administrators say nothing."""
    assert (
        Timers(
            pending_s=1200,
            request_s=30,
            approval_s=300,
            cool_down_s=10,
            off_site_s=300,
            customer_link_s=120,
            agent_link_s=60,
            inactivity_s=600,
            warning_s=60,
        )
        == parse_policy("").timers
    )


def test_a_policy_is_read_whole() -> None:
    """Every key, in TOML's usual forms."""
    text = """
# The bank's policy.
site = [
    "https://bank.example",
    "https://*.bank.example:8443",
]
write_mode = false
sessions_per_agent = 3
standalone = true
curtain = true
[timers]
request_s = 5
inactivity_s = 0
[[pages]]
mask = ["#pin", ".iban"]
[[pages]]
path = "/apply/*"
disable = ["a.logout"]
allow_submit = ["#calculate"]
"""
    pages = (
        PageRule("*", ("#pin", ".iban")),
        PageRule("/apply/*", disable=("a.logout",), allow_submit=("#calculate",)),
    )
    site = ("https://bank.example", "https://*.bank.example:8443")

    assert Policy(
        site, False, 3, standalone=True, curtain=True, timers=Timers(request_s=5, inactivity_s=0), pages=pages
    ) == parse_policy(text)


@pytest.mark.parametrize(
    "text, line, words",
    [
        ("write_mode = true\nsite = [\n", 2, "end of document"),
        ("write_mode = true\nwrite_mode = false\n", 2, "overwrite"),
        ("\n\nsite == 1\n", 3, "Invalid value"),
        ("standalone = false\nwrite_mod = true\n", 2, "did you mean 'write_mode'?"),
        ("[timer]\n", 1, "did you mean 'timers'?"),
        ("[timers]\npending_s = 1\nrequest = 3\n", 3, "did you mean 'request_s'?"),
        ("[[pages]]\nmask = []\nmasks = []\n", 3, "did you mean 'mask'?"),
        (
            "zzz = 1\n",
            1,
            "known are curtain, deny_urls, pages, scoped_grants, sessions_per_agent, site, standalone",
        ),
        ("# write_mode is on\nwrite_mode = 'yes'\n", 2, "Expected `bool`, got `str`"),
        ("site = 'https://bank.example'\n", 1, "Expected `array`, got `str`"),
        ("standalone = true\nsite = [3]\n", 2, "Expected `str`, got `int`"),
        ("[timers]\n\nrequest_s = 'long'\n", 3, "Expected `float`, got `str`"),
        ("[timers]\nrequest_s = -1\n", 2, "from 0 to 30 days"),
        ("[timers]\nrequest_s = inf\n", 2, "from 0 to 30 days"),
        ("[timers]\nrequest_s = nan\n", 2, "from 0 to 30 days"),
        ("[timers]\npending_s = 1\noff_site_s = 2592000\n", 3, "from 0 to 30 days"),
        ("\nsessions_per_agent = 0\n", 2, "1 or more"),
        ("site = [\n'https://bank.example',\n'bank.example',\n]\n", 3, "'bank.example' is no origin"),
        ("timers = 3\n", 1, "Expected `object`, got `int`"),
        ("\npages = 'all'\n", 2, "Expected `array`, got `str`"),
        ("\npages = ['all']\n", 2, "Expected `object`, got `str`"),
        ("site = []\n[[pages]]\nsite = []\n", 3, "unknown key 'site'"),
        ("[[pages]]\nmask = []\n[[pages]]\nmask = 'x'\n", 4, "Expected `array`, got `str`"),
        ("write_mode = true\n[timers]\nwrite_mode = 3\n", 3, "unknown key 'write_mode'"),
    ],
)
def test_a_policy_that_cannot_be_used_names_the_line_at_fault(text: str, line: int, words: str) -> None:
    """And says what is wrong there; nothing of it is applied (MASK-11)."""
    with pytest.raises(PolicyError) as caught:
        parse_policy(text)

    assert line == caught.value.line
    assert str(caught.value).startswith(f"line {line}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "bank.example",
        "//bank.example",
        "ftp://bank.example",
        "javascript://bank.example",
        "https://",
        "https://*",
        "https://*.",
        "https://*.*.example",
        "https://bank.*",
        "https://user@bank.example",
        "https://bank.example/app",
        "https://bank.example?x",
        "https://bank.example#x",
        "https://bank.example:port",
        "https://bank.example:99999",
        "https://bänk.example",
        "https://bank.example.",
        "https://bank example",
        "https://bank.example\\",
    ],
)
def test_a_site_list_takes_origins_only(entry: str) -> None:
    """What is not plainly an origin is refused, not repaired (SITE-5)."""
    with pytest.raises(ValueError, match="is no origin"):
        Origin.parse(entry)


# The site


@pytest.mark.parametrize(
    "url",
    [
        "https://bank.example",
        "https://bank.example/",
        "https://bank.example/apply?next=https://evil.test/#top",
        "https://bank.example:443/",
        "HTTPS://BANK.Example/",
        "https://bank.example/@evil.test",
        "https://bank.example?@evil.test",
        "https://a.shop.example/",
        "https://a.b.shop.example/",
        "http://localhost:8080/",
        "https://[2001:db8::1]/",
    ],
)
def test_pages_of_the_site_are_on_it(url: str) -> None:
    """The permitted twin of what follows."""
    assert is_on_site(SITE, url)


@pytest.mark.parametrize(
    "url",
    [
        # Suffix, prefix, substring
        "https://bank.example.evil.test/",
        "https://notbank.example/",
        "https://evil-bank.example/",
        "https://bank.example-evil.test/",
        "https://evil.test/bank.example",
        "https://evil.test/?u=https://bank.example/",
        "https://evil.test/#https://bank.example/",
        "https://bank.exampl/",
        # User information
        "https://bank.example@evil.test/",
        "https://bank.example:443@evil.test/",
        "https://user@bank.example/",
        "https://@bank.example/",
        # Another port or scheme
        "https://bank.example:8443/",
        "https://bank.example:80/",
        "http://bank.example/",
        "http://bank.example:443/",
        "ws://bank.example/",
        "http://localhost/",
        "http://localhost:80800/",
        # A trailing dot, dots
        "https://bank.example./",
        "https://.bank.example/",
        "https://bank..example/",
        # Homographs and what browsers repair
        "https://bаnk.example/",  # noqa: RUF001 # the a is Cyrillic
        "https://ｂank.example/",  # noqa: RUF001 # the b is of full width
        "https://bank。example/",
        "https://xn--bnk-7cd.example/",
        "https://bank%2eexample/",
        "https://bank.example%2eevil.test/",
        "https://bank.example\\@evil.test/",
        "https:\\\\bank.example/",
        "https://bank.example/\\evil.test",
        "https://bank.example\t/",
        "ht\ntps://bank.example/",
        " https://bank.example/",
        "https:bank.example",
        "https:///bank.example/",
        "//bank.example/",
        "/apply",
        "",
        # Wildcards stand for subdomains only
        "https://sub.bank.example/",
        "https://shop.example/",
        "https://evilshop.example/",
        "https://a.shop.example.evil.test/",
        "https://a.shop.example:8443/",
        "https://*.shop.example/",
        # Other schemes
        "javascript:alert(1)//https://bank.example/",
        "data:text/html,https://bank.example/",
        "blob:https://bank.example/1",
        "file://bank.example/",
        "view-source:https://bank.example/",
        "about:blank",
    ],
)
def test_look_alikes_are_off_the_site(url: str) -> None:
    """SITE-5, each means of deceit by itself."""
    assert not is_on_site(SITE, url)


_LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,6}[a-z0-9])?", fullmatch=True)
_NEAR = st.sampled_from(
    ["bank", "example", "shop", "localhost", "evil", "bank.example", "shop.example", "test"]
)
_HOSTS = st.lists(_LABELS | _NEAR, min_size=1, max_size=4).map(".".join)
_PATHS = st.sampled_from(["", "/", "/bank.example", "/?https://bank.example", "#@bank.example"])


def listed(scheme: str, host: str, port: int) -> bool:
    """What SITE-5 says of this test's site, in other words than the code's."""
    if scheme == "http":
        return (host, port) == ("localhost", 8080)
    return port == 443 and (host == "bank.example" or (host.endswith(".shop.example")))


@fair
@given(st.sampled_from(["http", "https"]), _HOSTS, st.none() | st.sampled_from([80, 443, 8080, 8443]), _PATHS)
def test_what_is_on_the_list_is_on_the_site_and_nothing_else(
    scheme: str, host: str, port: int | None, path: str
) -> None:
    """Any scheme, host and port that can be put together, near misses above all."""
    url = f"{scheme}://{host}" + ("" if port is None else f":{port}") + path
    effective = port or (443 if scheme == "https" else 80)

    assert listed(scheme, host, effective) == is_on_site(SITE, url)


@fair
@given(
    st.text(alphabet="abkn.example:/\\@?#%[]*\t https0138аｂ。", max_size=30)  # noqa: RUF001 # look-alikes on purpose
    | st.text(max_size=30)
)
def test_no_garbage_is_ever_on_the_site(text: str) -> None:
    """Whatever is on the site has, letter by letter, an origin that is listed."""
    for url in (text, f"https://{text}", f"https://bank.example{text}", f"https://{text}bank.example"):
        if is_on_site(SITE, url):
            origin = origin_of(url)
            assert origin is not None
            authority = url.partition("://")[2].replace("?", "/").replace("#", "/").partition("/")[0]
            assert authority.lower().removesuffix(":443").removesuffix(":") in (
                "bank.example",
                "[2001:db8::1]",
                "localhost:8080",
            ) or authority.lower().removesuffix(":443").endswith(".shop.example")


# What a policy cannot say


@pytest.mark.parametrize(
    "text, line, words",
    [
        ("[[pages]]\nmask = ['#ok', '#ssn[']\n", 2, "'#ssn[' is no selector"),
        ("[[pages]]\nmask = ['#a']\n[[pages]]\nblock = [\n  '#a',\n  'p:visible',\n]\n", 6, "only jQuery"),
        ("[[pages]]\nsecret = ['']\n", 2, "ends too early"),
        ("[[pages]]\ndisable = ['a:hover']\n", 2, "comes and goes"),
        ("[[pages]]\nmask = ['#a']\n[[pages]]\nallow_submit = ['#a', '#b!']\n", 4, "'!'"),
        ("[[pages]]\nunmask = ['#pin']\n", 2, "no exceptions, and passwords none at all"),
        ("\n[[pages]]\npath = 'apply'\n", 3, "begins with / or *"),
        ("[[pages]]\npath = 'https://bank.example/apply'\n", 2, "begins with / or *"),
        ("[[pages]]\npath = '/apply?x=1'\n", 2, "no query"),
        ("[[pages]]\npath = '/apply#top'\n", 2, "no fragment"),
        ('[[pages]]\npath = "/a\\tb"\n', 2, "control characters"),
        ("deny_urls = [\n'/ok',\n'admin',\n]\n", 3, "begins with / or *"),
        ("[timers]\ninactivity_s = 60\n", 2, "warning_s (60) is less than inactivity_s (60)"),
        ("[timers]\ninactivity_s = 60\nwarning_s = 90\n", 3, "warning_s (90)"),
        ("site = ['https://bank.example.']\n", 1, "ends in a dot"),
        ("site = ['https://bänk.example']\n", 1, "xn-- form"),
    ],
)
def test_what_would_mask_nothing_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    """A slip of the pen must not show what it was meant to hide (MASK-11)."""
    with pytest.raises(PolicyError) as caught:
        parse_policy(text)

    assert line == caught.value.line
    assert words in caught.value.what


def test_no_warning_is_asked_for_where_inactivity_is_off() -> None:
    """Then it has no end to come before."""
    assert parse_policy("[timers]\ninactivity_s = 0\nwarning_s = 90\n").timers.warning_s == 90


@pytest.mark.parametrize(
    "path, denied",
    [
        ("/admin/", True),
        ("/admin/x", True),
        ("/%61dmin/x", True),
        ("/x/../admin/y", True),
        ("/admins", False),
    ],
)
def test_a_denied_folder_is_denied_with_all_that_is_in_it(path: str, *, denied: bool) -> None:
    """However the address is written (NAVIGATE-5)."""
    assert denied == is_denied(Policy(deny_urls=("/admin/*",)), f"https://bank.example{path}?q")


# Tightening

_SELECTORS = st.lists(st.sampled_from(["#a", "#b", ".c"]), max_size=2, unique=True).map(tuple)
_PAGES = st.lists(
    st.builds(
        PageRule,
        path=st.sampled_from(["*", "**", "/a", "/a*", "/a/*", "*/b"]),
        mask=_SELECTORS,
        secret=_SELECTORS,
        block=_SELECTORS,
        disable=_SELECTORS,
        allow_submit=_SELECTORS,
    ),
    max_size=3,
).map(tuple)
_SECONDS = st.integers(1, 100).map(float)
_TIMERS = st.builds(
    Timers,
    pending_s=_SECONDS,
    request_s=_SECONDS,
    cool_down_s=_SECONDS,
    off_site_s=_SECONDS,
    customer_link_s=_SECONDS,
    agent_link_s=_SECONDS,
    inactivity_s=st.sampled_from([0.0, 20.0, 50.0]),
    warning_s=st.sampled_from([5.0, 10.0]),
)
_ENTRIES = [
    "https://bank.example",
    "https://BANK.example:443/",
    "https://*.bank.example",
    "https://a.bank.example",
    "https://*.a.bank.example",
    "http://bank.example",
    "https://bank.example:8443",
]
_POLICIES = st.builds(
    Policy,
    site=st.lists(st.sampled_from(_ENTRIES), max_size=4).map(tuple),
    write_mode=st.booleans(),
    sessions_per_agent=st.integers(1, 3),
    standalone=st.booleans(),
    scoped_grants=st.booleans(),
    curtain=st.booleans(),
    timers=_TIMERS,
    pages=_PAGES,
    deny_urls=st.lists(st.sampled_from(["*", "/a", "/a*", "/b"]), max_size=2).map(tuple),
)
_URLS = [
    *(
        f"{origin}/a"
        for origin in ("https://bank.example", "https://a.bank.example", "https://b.a.bank.example")
    ),
    *("https://bank.example" + path for path in ("/", "/b", "/a/", "/a/b", "/ab", "/%61", "//a")),
    "http://bank.example/a",
    "https://bank.example:8443/a",
]


def hidden(policy: Policy, key: str, url: str) -> set[str]:
    """The selectors under a key that hold at an address, in other words than the tightening's."""
    numbers = allowed_at(policy, url) if key == "allow_submit" else restricted_at(policy, url)
    return {selector for number in numbers for selector in getattr(policy.pages[number], key)}


@fair
@given(_POLICIES, _POLICIES)
def test_the_tightened_policy_is_never_looser_than_either(old: Policy, new: Policy) -> None:
    """At every address: what either hides, disables or denies stays so, and both allow what is allowed."""
    both = tighten(old, new)

    for url in _URLS:
        assert is_on_site(both, url) == (is_on_site(old, url) and is_on_site(new, url))
        assert is_denied(both, url) == (is_denied(old, url) or is_denied(new, url))
        for key in ("mask", "secret", "block", "disable"):
            assert hidden(both, key, url) == hidden(old, key, url) | hidden(new, key, url)
        assert hidden(both, "allow_submit", url) <= hidden(old, "allow_submit", url) & hidden(
            new, "allow_submit", url
        )
    assert both.write_mode == (old.write_mode and new.write_mode)
    assert both.standalone == (old.standalone and new.standalone)
    assert both.scoped_grants == (old.scoped_grants or new.scoped_grants)
    assert both.curtain == (old.curtain or new.curtain)
    assert both.sessions_per_agent == min(old.sessions_per_agent, new.sessions_per_agent)


@fair
@given(_POLICIES, _POLICIES)
def test_tightened_timers_are_the_shorter_ones_and_fit_together(old: Policy, new: Policy) -> None:
    """But for the cool-down, which protects the customer by being long; inactivity that is off never wins."""
    both, ours, theirs = (one.timers for one in (tighten(old, new), old, new))

    for name in Timers.__struct_fields__:
        values = [getattr(ours, name), getattr(theirs, name)]
        if name == "cool_down_s":
            assert getattr(both, name) == max(values)
        elif name == "inactivity_s":
            assert getattr(both, name) == min([one for one in values if one] or [0])
        elif name != "warning_s":
            assert getattr(both, name) == min(values)
    assert (both.inactivity_s, both.warning_s) in {
        (one.inactivity_s, one.warning_s) for one in (ours, theirs)
    }


@fair
@given(_POLICIES, _POLICIES)
def test_tightening_is_the_same_in_either_order_and_however_often(old: Policy, new: Policy) -> None:
    """So that a session's policy does not depend on which server node heard of the change first, or twice."""
    both = tighten(old, new)

    assert tighten(old, old) is old
    assert tighten(new, old) == both
    assert [both, both, both] == [tighten(both, one) for one in (both, old, new)]


@fair
@given(_POLICIES, _POLICIES)
def test_what_tightens_makes_a_difference_and_only_once(old: Policy, new: Policy) -> None:
    """A policy that is nowhere stricter changes nothing, and neither does the same one a second time."""
    both = tighten(old, new)

    assert not tightens(both, new)
    assert not tightens(old, old)
    assert tightens(old, new) == tightens(old, both)


def test_loosening_leaves_a_live_session_as_it_was() -> None:
    """MASK-11: only new sessions follow a policy that hides less."""
    strict = parse_policy("site = ['https://bank.example']\nwrite_mode = false\n[[pages]]\nmask = ['#ssn']\n")
    loose = parse_policy("site = ['https://bank.example']\n")

    assert strict == tighten(strict, loose)


def test_a_submit_stays_allowed_where_both_allow_it() -> None:
    """On the pages of the narrower rule; a selector that only one of them has is dropped."""
    old = Policy(pages=(PageRule("/apply*", allow_submit=("#send", "#save")),))
    new = Policy(pages=(PageRule("*", allow_submit=("#send",)), PageRule("/rates", allow_submit=("#save",))))

    assert tighten(old, new).pages == (PageRule("/apply*", allow_submit=("#send",)),)


# What administrators are told

GUIDE = Path(cobrowse_spec.__file__).parents[1] / "POLICY.md"


def test_the_example_for_administrators_is_a_policy_with_every_key_in_it() -> None:
    """Its timers are the defaults, so that reading it tells what holds where nothing is said."""
    (example,) = re.findall(r"```toml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    written, policy = tomllib.loads(example), parse_policy(example)

    assert set(Policy.__struct_fields__) == set(written)
    assert set(Timers.__struct_fields__) == set(written["timers"])
    assert set(PageRule.__struct_fields__) == {key for rule in written["pages"] for key in rule}
    assert (Timers(), 3) == (policy.timers, len(policy.pages))
