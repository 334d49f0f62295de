"""Policies: what the defaults are, which errors name which line, and what belongs to the site."""

import pytest
from cobrowse_spec.policy import (
    Origin,
    PageRule,
    Policy,
    PolicyError,
    Timers,
    is_on_site,
    origin_of,
    parse_policy,
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
    assert Policy((), True, 1, False, Timers(), ()) == Policy()
    assert not is_on_site(Policy(), "https://bank.example/")


def test_the_default_timers_are_those_of_the_rules() -> None:
    """What the rules promise where administrators say nothing."""
    assert Timers(
        pending_s=1200,
        request_s=30,
        cool_down_s=10,
        off_site_s=300,
        customer_link_s=120,
        agent_link_s=60,
        inactivity_s=600,
        warning_s=60,
    ) == parse_policy("").timers


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

    assert Policy(site, False, 3, True, Timers(request_s=5, inactivity_s=0), pages) == parse_policy(text)


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
        ("zzz = 1\n", 1, "known are deny_urls, pages, sessions_per_agent, site, standalone, timers, write_mode"),
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
