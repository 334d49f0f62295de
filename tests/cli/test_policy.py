"""``cobrowse policy`` in an administrator's hands: check, explain, import."""

import re
from pathlib import Path

import cobrowse_simulator
import cobrowse_spec
import pytest
from cobrowse_cli.main import main
from cobrowse_cli.policy_check import check
from cobrowse_cli.policy_import import ImportRefused, as_toml, read_restrictions
from cobrowse_simulator.page import Page
from cobrowse_simulator.restrictions import CompiledPolicy
from cobrowse_spec.patterns import restricts
from cobrowse_spec.policy import parse_policy
from hypothesis import given, settings
from hypothesis import strategies as st

BANK = Path(cobrowse_simulator.__file__).parent / "sites" / "bank"
GUIDE = Path(cobrowse_spec.__file__).parents[1] / "POLICY.md"

CLEAN = """site = ["https://bank.example"]
deny_urls = ["/terms"]
[[pages]]
mask = ["#city"]
disable = ["#terms-link"]
allow_submit = ["#subscribe"]
"""


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, output and error output of `cobrowse policy`."""
    with pytest.raises(SystemExit) as ended:
        main(["policy", *map(str, arguments)])
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A policy file with nothing wrong in it."""
    path = tmp_path / "policy.toml"
    path.write_text(CLEAN, encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal in which a table's cells need no second line."""
    monkeypatch.setenv("COLUMNS", "220")


# Check


def test_a_policy_without_fault_is_clean(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0 even if warnings fail, on the page that it is for."""
    page = f"/apply={BANK / 'apply.html'}"

    assert (0, "no errors, no warnings\n", "") == run(capsys, "check", file, "--strict", "--page", page)


def test_an_error_names_file_line_and_what_to_do(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1: no server would take this policy."""
    file.write_text(CLEAN + "\n[[pages]]\nmasks = ['#a']\n", encoding="utf-8")
    code, out, _ = run(capsys, "check", file)

    assert 1 == code
    assert f"{file}:9: error: unknown key 'masks'; did you mean 'mask'?\n    mend it" in out
    assert "1 error, no warnings" in out


def test_every_selector_that_only_a_css_library_can_refuse_is_found(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each with its line, not the first alone."""
    file.write_text("[[pages]]\nmask = ['a:nope']\nblock = ['#a', 'p:nth-child(x)']\n", encoding="utf-8")
    code, out, _ = run(capsys, "check", file)

    assert 1 == code
    assert sorted(re.findall(r":(\d+): error: '([^']*)' cannot be read", out)) == [
        ("2", "a:nope"),
        ("3", "p:nth-child(x)"),
    ]


def test_warnings_fail_only_if_they_are_to(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """0 without `--strict`, 1 with it."""
    file.write_text("site = ['http://bank.example']\n", encoding="utf-8")

    assert [0, 1] == [run(capsys, "check", file, *more)[0] for more in ((), ("--strict",))]


@pytest.mark.parametrize("page", ["/apply", "=x.html", "/apply=nowhere.html"])
def test_wrong_usage_exits_with_4(file: Path, page: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A page that is not named as it must be; a file that is not there."""
    code, _, err = run(capsys, "check", file, "--page", page)

    assert (4, True) == (code, "write URL=FILE" in err)
    assert 4 == run(capsys, "check", file.with_name("none.toml"))[0]


def test_a_file_that_is_no_text_is_told(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not a traceback."""
    file.write_bytes(b"\xff\xfe")

    assert run(capsys, "check", file)[0] == 1


def found(text: str, *pages: Page) -> list[tuple[int, str]]:
    """Line and text of every warning but those on the site, for a site that gives none."""
    return [(one.line, one.what) for one in check('site = ["https://bank.example"]\n' + text, pages).findings]


@pytest.mark.parametrize(
    "text, line, words",
    [
        ("[[pages]]\npath = '/x'\n", 2, "says nothing"),
        (
            "[[pages]]\nmask = ['#a']\n[[pages]]\npath = '/x'\nmask = ['#a']\n",
            4,
            "changes nothing: line 3 says all",
        ),
        ("[[pages]]\nmask = ['#a']\n[[pages]]\nmask = ['#a']\n", 4, "changes nothing: line 3 says all"),
        (
            "[[pages]]\nblock = ['#a']\n[[pages]]\npath = '/x*'\nmask = ['#a', '#b']\n",
            6,
            "mask '#a' changes nothing: line 3",
        ),
        ("[[pages]]\nsecret = ['#a']\nmask = [\n'#b',\n'#a',\n]\n", 6, "mask '#a' changes nothing: line 3"),
        ("[[pages]]\npath = '/a/../b'\nmask = ['#a']\n", 3, "matches no page"),
        ("[[pages]]\nmask = ['html']\n", 3, "still sends the page's structure"),
        ("[[pages]]\nblock = ['body']\n", 3, "still sends the page's head"),
        ("[[pages]]\nmask = ['input:not([type=password])']\n", 3, "tries to spare passwords"),
        ("[[pages]]\nsecret = ['input:checked']\n", 3, "only while it is checked"),
        (
            "[[pages]]\ndisable = ['#a']\n[[pages]]\npath = '/x'\nallow_submit = ['#a']\n",
            6,
            "no effect on /x: line 3",
        ),
        ("deny_urls = ['*']\n", 2, "denies agents every page"),
        ("deny_urls = ['/a%20b']\n", 2, "% signs resolved"),
        ("deny_urls = [\n'/a*',\n'/a/b',\n]\n", 4, "'/a*' denies it too"),
        ("[timers]\nrequest_s = 2\n", 3, "no customer reads"),
        ("[timers]\ninactivity_s = 0\n", 3, "goes on until somebody exits"),
        ("[timers]\nrequest_s = 90\ninactivity_s = 80\n", 3, "never runs out"),
        ("[timers]\nwarning_s = 1\n", 3, "nobody can do anything"),
    ],
)
def test_what_hardly_can_be_meant_is_warned_of(text: str, line: int, words: str) -> None:
    """One warning each, with the line."""
    ((at, what),) = found(text)

    assert line == at
    assert words in what


@pytest.mark.parametrize(
    "text",
    [
        "[[pages]]\npath = '/x'\nmask = ['#a']\n[[pages]]\npath = '/y'\nmask = ['#a']\n",
        "[[pages]]\npath = '/x'\nblock = ['#a']\n[[pages]]\nmask = ['#a']\n",
        "[[pages]]\nmask = ['#a']\n[[pages]]\nblock = ['#a']\npath = '/x'\n",
        "[[pages]]\nblock = ['html']\npath = '/x'\n",
        "[[pages]]\nmask = ['input:not(.open)']\n",
        "[[pages]]\npath = '/x'\ndisable = ['#a']\n[[pages]]\npath = '/y'\nallow_submit = ['#a']\n",
        "[timers]\noff_site_s = 900\n",
        "deny_urls = ['/a/*', '/b']\n",
    ],
)
def test_what_is_well_meant_is_not_warned_of(text: str) -> None:
    """The permitted twins of what comes before."""
    assert [] == found(text)


@pytest.mark.parametrize(
    "site, words",
    [
        ("", "the site is empty"),
        ("'http://bank.example'", "not encrypted"),
        ("'https://10.0.0.1'", "is an IP address"),
        ("'https://[2001:db8::1]'", "is an IP address"),
        ("'https://0x7f.1'", "not written as browsers write it"),
        ("'https://*.example'", "every site below .example"),
        ("'https://*.co.uk'", "every site below .co.uk"),
        ("'https://xn--bnk-6cd.example'", "xn--bnk-6cd is b[U+0430]nk"),
        ("'https://bank.example', 'https://bank.example'", "listed twice"),
        ("'https://*.bank.example', 'https://a.bank.example'", "https://*.bank.example covers it"),
        ("'https://bank.example', 'https://bank.example:443'", "adds nothing"),
        ("'https://bank1.example', 'https://bankl.example'", "looks like"),
        ("'https://modern.example', 'https://modem.example'", "looks like"),
    ],
)
def test_a_doubtful_site_is_warned_of(site: str, words: str) -> None:
    """SITE-5: addresses that are not whose they seem to be."""
    (warning,) = check(f"\nsite = [{site}]\n").findings

    assert 2 == warning.line
    assert words in warning.what


def test_http_and_https_of_one_host_are_ambiguous() -> None:
    """Besides that one of them is not encrypted."""
    warnings = check("site = ['https://bank.example', 'http://bank.example']").findings

    assert any("with and without encryption" in one.what for one in warnings)


@pytest.mark.parametrize(
    "site",
    [
        "'https://bank.example', 'https://*.bank.example'",
        "'http://localhost:8080'",
        "'http://127.0.0.1:1'",
        "'https://bank.example', 'https://bank.example:8443'",
    ],
)
def test_a_plain_site_is_not_warned_of(site: str) -> None:
    """The domain and its subdomains; this machine, for trying things out; two ports."""
    assert [] == check(f"site = [{site}]").findings


def page(html: str, path: str = "/x") -> Page:
    """A page of the site."""
    return Page(f"https://bank.example{path}", html)


@pytest.mark.parametrize(
    "rule, html, words",
    [
        (
            "disable = ['#out']",
            "<a id=out href='/logout?x#y'>x</a>",
            "a link to /logout, which agents can still open",
        ),
        ("disable = ['nav']", "<nav><p><a href=y>x</a></nav>", "a link to /y, which agents can still open"),
        ("mask = ['#gone']", "<p>", "mask '#gone' matches nothing"),
        ("allow_submit = ['#b']", "<button id=b type=button>", "means <button>, which is no submit button"),
        ("allow_submit = ['form']", "<form><button>x</button><input type=image></form>", "has 2 in it"),
    ],
)
def test_what_the_pages_do_not_bear_out_is_warned_of(rule: str, html: str, words: str) -> None:
    """NAVIGATE-5 and slips of the pen, with the line of the selector."""
    ((line, what),) = found(f"[[pages]]\n{rule}\n", page(html))

    assert 3 == line
    assert words in what


@pytest.mark.parametrize(
    "rule, html",
    [
        ("disable = ['#out']", "<a id=out href='https://partner.example/'>x</a>"),
        ("disable = ['#out']", "<a id=out href='#top'>x</a>"),
        ("disable = ['#out']", "<a id=out href='/denied/x'>x</a>"),
        ("disable = ['#b']", "<button id=b>x</button>"),
        ("allow_submit = ['#b']", "<form><button id=b>x</button></form>"),
    ],
)
def test_what_the_pages_bear_out_is_not_warned_of(rule: str, html: str) -> None:
    """A link that leads off the site or nowhere, or is denied, cannot be walked around."""
    assert [] == found(f"deny_urls = ['/denied/*']\n[[pages]]\n{rule}\n", page(html))


def test_a_selector_needs_to_match_on_one_page_only() -> None:
    """And a rule for a path of which no page was given is counted, not judged."""
    text = (
        "site = ['https://bank.example']\n[[pages]]\nmask = ['#a']\n[[pages]]\npath = '/y'\nmask = ['#b']\n"
    )
    checked = check(text, [page("<p id=a>"), page("<p>", "/z")])

    assert ([], 1) == (checked.findings, checked.untried)


def test_a_page_that_is_not_on_the_site_is_warned_of() -> None:
    """It would never be shown."""
    (warning,) = check("site = ['https://bank.example']", [Page("https://evil.test/x", "<p>")]).findings

    assert "not on the site" in warning.what


def test_the_example_for_administrators_is_clean() -> None:
    """What the guide recommends, the check does not warn of."""
    (example,) = re.findall(r"```toml\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)

    assert [] == check(example).findings
    assert CompiledPolicy(parse_policy(example)).policy.pages


# Explain


@pytest.mark.parametrize(
    "rule, selector, expected",
    [
        ("", "#city", ["visible", "no rule says else"]),
        ("", "#send", ["cannot submit with it", "SUBMIT-1", "built in"]),
        ("", "#pin", ["secret: see ****", "password input, which no rule can show", "built in"]),
        ("mask = ['#city']", "#city", ["masked", "it matches mask '#city' on pages *", "policy.toml:3"]),
        (
            "\n\nmask = ['form']",
            "#city",
            ["masked", '<form id="application">, in which it stands,', "policy.toml:5"],
        ),
        ("secret = ['#city']\nmask = ['p']", "#city", ["secret", "also mask", "<p>, in which it stands,"]),
        ("block = ['html']", "#city", ["blocked", "<html>, in which it stands,"]),
        ("disable = ['nav']", "#rates-link", ["disabled", "<nav>, in which it stands,"]),
        ("allow_submit = ['#send']", "#send", ["allowed", "policy.toml:3"]),
        ("allow_submit = ['#send']\ndisable = ['#send']", "#send", ["disabled", "also allow_submit"]),
    ],
)
def test_explain_says_why(
    file: Path, rule: str, selector: str, expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """By which rule and line, which ancestor, or which built-in reason; never with the page's content."""
    file.write_text(f"site = ['https://bank.example']\n[[pages]]\n{rule}\n", encoding="utf-8")
    code, out, _ = run(
        capsys, "explain", file, "--page", BANK / "apply.html", "--url", "/apply", "--selector", selector
    )

    assert 0 == code
    assert [] == [words for words in expected if words not in out]
    assert "Bern" not in out
    assert "271828" not in out


@pytest.mark.parametrize(
    "html, selector, words",
    [
        ("<input type=hidden>", "input", "hidden input, whose value is never sent"),
        ("<input type=file>", "input", "file input, whose value is never sent"),
        ("<input autocomplete=cc-csc>", "input", "autocomplete attribute says"),
        ("<script></script>", "script", "not mirrored: see nothing of it"),
        ("<iframe></iframe>", "iframe", "blocked: see an empty box"),
    ],
)
def test_explain_knows_what_no_rule_can_change(
    file: Path, html: str, selector: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hidden and file inputs, what an autocomplete attribute says, what cannot be mirrored."""
    given_page = file.with_name("page.html")
    given_page.write_text(f"<body>{html}", encoding="utf-8")

    assert words in run(capsys, "explain", file, "--page", given_page, "--selector", selector)[1]


def test_explain_heeds_the_address(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rule for another path does not hold; a page of another site is said to be one."""
    file.write_text(
        "site = ['https://bank.example']\n[[pages]]\npath = '/apply'\nmask = ['p']\n", encoding="utf-8"
    )
    seen = [
        run(capsys, "explain", file, "--page", BANK / "apply.html", "--url", url, "--selector", "#intro")[1]
        for url in ("/apply", "/rates", "https://evil.test/apply")
    ]

    assert ["masked" in out for out in seen] == [True, False, True]
    assert ["not on the site" in out for out in seen] == [False, False, True]


def test_explain_says_what_it_cannot_explain(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No such element: 1. A selector that is none: 4. A policy with an error: 1, with the line."""
    arguments = ("explain", file, "--page", BANK / "apply.html", "--selector")
    codes = [run(capsys, *arguments, selector)[0] for selector in ("#none", "#none[")]
    file.write_text("\nwrite_mod = 1\n", encoding="utf-8")
    code, _, err = run(capsys, *arguments, "p")

    assert ([1, 4], 1) == (codes, code)
    assert f"{file}: line 2: unknown key" in err


# Import

WHOLE = r"""<?xml version="1.0" encoding="UTF-8"?>
<domRestrictions>
  <!-- everywhere -->
  <restrictionsSet>
    <uriTemplate type="regexp" pattern=".*"/>
    <dataMasking><element selector="#ssn"/><element cssSelectors=".iban, .bic"/></dataMasking>
    <domElements><element><jQuerySelector>a.logout</jQuerySelector></element></domElements>
  </restrictionsSet>
  <restrictionsSet>
    <uriTemplate type="regexp" pattern="/apply/[0-9]+/step\.html$"/>
    <dataMasking><element selector="[name=&quot;tax&quot;]"/></dataMasking>
  </restrictionsSet>
</domRestrictions>
"""


def test_dom_restrictions_become_a_policy(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0 and nothing on standard error: all of it was carried over, and it can be read."""
    document = file.with_suffix(".xml")
    document.write_text(WHOLE, encoding="utf-8")
    code, out, err = run(capsys, "import", document)
    everywhere, steps = parse_policy(out).pages

    assert (0, "") == (code, err)
    assert ("*", ("#ssn", ".iban, .bic"), ("a.logout",)) == (
        everywhere.path,
        everywhere.mask,
        everywhere.disable,
    )
    assert ("*/apply/*/step.html", ('[name="tax"]',), ()) == (steps.path, steps.mask, steps.disable)


def imported(body: str) -> tuple[list[str], list[str]]:
    """The paths of the rules, and what was left out, of one set."""
    found = read_restrictions(f"<domRestrictions>{body}</domRestrictions>".encode())
    parse_policy(as_toml(found, "x\n\x1b]0;y.xml"))
    return [rule.path for rule in found.rules], [one.what for one in found.remarks if one.left_out]


MASK = "<dataMasking><element selector='#a'/></dataMasking>"


@pytest.mark.parametrize(
    "body, words",
    [
        (
            f"<restrictionsSet><uriTemplate type='regexp' pattern='(a|b)'/>{MASK}</restrictionsSet>",
            "no `*` pattern",
        ),
        (f"<restrictionsSet><uriTemplate type='ant' pattern='/a'/>{MASK}</restrictionsSet>", "is not read"),
        (
            "<restrictionsSet><dataMasking><element selector='p:visible'/></dataMasking></restrictionsSet>",
            "only jQuery",
        ),
        (
            "<restrictionsSet><dataMasking><element selector='p['/></dataMasking></restrictionsSet>",
            "no selector",
        ),
        ("<restrictionsSet><dataMasking><element/></dataMasking></restrictionsSet>", "no selector"),
        (f"<restrictionsSet>{MASK}<images/></restrictionsSet>", "<images> in <restrictionsSet>"),
        ("<restrictionsSet><dataMasking><img/></dataMasking></restrictionsSet>", "<img> in <dataMasking>"),
        (
            "<restrictionsSet><dataMasking><element selector='a' mode='x'/></dataMasking></restrictionsSet>",
            "'mode'",
        ),
        ("<other/>", "<other> in <domRestrictions>"),
    ],
)
def test_what_cannot_be_carried_over_is_reported_and_nothing_is_shown_for_it(body: str, words: str) -> None:
    """A set whose addresses cannot be said holds on every page; the rest of the document is carried over."""
    paths, left_out = imported(body)

    assert [True] == [words in what for what in left_out]
    assert paths in (["*"], [])
    assert ("#a" in body) == (paths == ["*"]) or "mode" in body


def test_what_was_left_out_exits_with_2_and_stands_in_the_policy(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """On standard error with file and line, so that the policy on standard output can be piped."""
    document = file.with_suffix(".xml")
    document.write_text(WHOLE.replace("#ssn", "#ssn:visible"), encoding="utf-8")
    code, out, err = run(capsys, "import", document)

    assert 2 == code
    assert err.startswith(f"{document}:6: left out: in <dataMasking>: '#ssn:visible'")
    assert "# LEFT OUT (line 6)" in out
    assert "#ssn" not in "".join(selector for rule in parse_policy(out).pages for selector in rule.mask)


LAUGHS = "<!DOCTYPE d [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + at)} '{f'&{chr(97 + at)};' * 10}'>" for at in range(9)
)


@pytest.mark.parametrize(
    "document",
    [
        f"{LAUGHS}]><domRestrictions x='&j;'>&j;</domRestrictions>",
        "<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><domRestrictions>&x;</domRestrictions>",
        "<!DOCTYPE d SYSTEM 'http://127.0.0.1:1/x.dtd'><domRestrictions/>",
        "<!DOCTYPE d [<!ENTITY % p SYSTEM 'http://127.0.0.1:1/'> %p;]><domRestrictions/>",
        "<?xml version='1.0'?><!-- x --><!DOCTYPE d><domRestrictions/>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_that_brings_entities_along_is_refused(document: str, encoding: str) -> None:
    """Before any of them is used: a billion laughs, files, other machines."""
    with pytest.raises(ImportRefused, match="DOCTYPE"):
        read_restrictions(document.encode(encoding))


@pytest.mark.parametrize(
    "document",
    [b"", b"<a>", b"site = []", b"<policy/>", b"<domRestrictions>&x;</domRestrictions>"],
)
def test_something_else_is_refused(document: bytes) -> None:
    """In words; nothing is made of it."""
    with pytest.raises(ImportRefused):
        read_restrictions(document)


def test_a_document_that_is_too_large_is_not_even_looked_at() -> None:
    """The same limit as for policies over REST."""
    with pytest.raises(ImportRefused, match="more than 1048576 bytes"):
        read_restrictions(b"<domRestrictions>" + b" " * 1_100_000 + b"</domRestrictions>")


def test_a_refused_document_exits_with_1(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And writes no policy."""
    assert (1, "") == run(capsys, "import", file)[:2]


@pytest.mark.parametrize(
    "regexp, path",
    [
        (".*", "*"),
        ("^.*$", "*"),
        ("/apply", "*/apply*"),
        ("^/apply$", "/apply"),
        (r"\/apply\/.*", "*/apply/*"),
        (r"https?://www\.bank\.example/apply", "/apply*"),
        (r"https://bank\.example", "*"),
        (r"https://bank\.example/a\?b=1", "/a"),
        (r"https://bank\.example/a/\d+$", "/a/*"),
        ("https://.*/apply", "*"),
        (r"https?://[^/]+/apply", "*"),
        ("apply", "*"),
        (".*secure.*", "*"),
        ("/a?b", "*"),
        ("/a.b$", "*/a*b"),
        ("/(a|b)", "*"),
        ("/a{2}", "*"),
        ("/[", "*"),
    ],
)
def test_an_address_becomes_a_pattern_that_is_never_narrower(regexp: str, path: str) -> None:
    """What cannot be said with `*` holds everywhere."""
    assert [path] == imported(f"<restrictionsSet><uriTemplate pattern='{regexp}'/>{MASK}</restrictionsSet>")[
        0
    ]


_PIECES = st.sampled_from(
    [
        "a",
        "b",
        "/",
        "-",
        r"\.",
        ".",
        ".*",
        ".+",
        "[^/]*",
        "[ab]",
        "[a-b]+",
        r"\d",
        r"\w+",
        "a?",
        "b*",
        "(a|b)",
        "$",
        "^",
        r"\/",
    ]
)
_STARTS = st.sampled_from(["/", "^/", ".*/", r"\/", r"https://bank\.example/", r"^https?://bank\.example/"])


@settings(derandomize=True, deadline=None, max_examples=300)
@given(_STARTS, st.lists(_PIECES, max_size=5), st.lists(st.text(alphabet="ab/.-1", max_size=5), max_size=12))
def test_the_pattern_fits_every_path_that_the_expression_fits(
    start: str, pieces: list[str], paths: list[str]
) -> None:
    """For any expression of these pieces: a rule never gets lost on a page for which it was made."""
    regexp = start + "".join(pieces)
    (path,) = imported(f"<restrictionsSet><uriTemplate pattern='{regexp}'/>{MASK}</restrictionsSet>")[0]

    for end in paths:
        url = f"https://bank.example/{end}"
        of = url if "bank" in start else f"/{end}"
        if re.search(regexp, of):
            assert restricts(path, url)
