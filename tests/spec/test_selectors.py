"""Selectors and path patterns, without a CSS library: what is one, what it covers."""

import re

import pytest
from cobrowse_spec.patterns import allows, covers, matches, narrower, plain_path, restricts, shortened
from cobrowse_spec.selectors import OF_THE_MOMENT, ONLY_JQUERY, fault
from hypothesis import given, settings
from hypothesis import strategies as st

#: The same examples in every run, however busy the machine.
fair = settings(derandomize=True, deadline=None)


@pytest.mark.parametrize(
    "selector",
    [
        "#ssn",
        ".a.b",
        "*",
        "html",
        "form > p, ul + li ~ li  a",
        "input[type=password]",
        "input[ name ~= 'a, b' ]",
        '[data-x="]"]',
        "[a|='b' i]",
        "a:not(.x):nth-child(2n + 1)",
        "a:not(.x > b, c)",
        "p:has(> b)",
        "p:is(.a, .b):where(c)",
        ":root",
        "a:lang(de)",
        "#\\31 2",
        ".bänk",
        "my-element",
        " #ssn ",
    ],
)
def test_what_browsers_read_is_a_selector(selector: str) -> None:
    """The permitted twin of what follows."""
    assert fault(selector) == ""


@pytest.mark.parametrize(
    "selector, words",
    [
        ("", "ends too early"),
        ("  ", "ends too early"),
        ("#ssn[", "'['"),
        ("#ssn]", "']'"),
        ("##", "'#'"),
        ("#12", "'#'"),
        ("a,", "ends too early"),
        (",a", "','"),
        ("a > > b", "'>'"),
        ("> a", "'>'"),
        ("a >", "ends too early"),
        ("a b)", "')'"),
        ("a:not(b", "no ')'"),
        ("a:not()", "')'"),
        ("a:not", "without its brackets"),
        ("a:nth-child()", "nothing in"),
        ("a{}", "'{'"),
        ("a; b", "';'"),
        ("!#pin", "'!'"),
        ("$", "'$'"),
        ("svg|a", "'|'"),
        ("p::before", "pseudo-element"),
        ("[a!=b]", "only jQuery"),
        ("a:not(:visible)", "only jQuery"),
        ("p:has(input:focus)", "comes and goes"),
        ("input[name=a", "'['"),
        ("'a'", '"\'"'),
    ],
)
def test_what_is_no_selector_is_said_to_be_none(selector: str, words: str) -> None:
    """With the place, or the reason, in words."""
    assert words in fault(selector)


@pytest.mark.parametrize("name", sorted(ONLY_JQUERY | OF_THE_MOMENT))
def test_what_only_jquery_knows_or_comes_and_goes_is_refused(name: str) -> None:
    """Whether with brackets or without, in whatever case."""
    assert fault(f"a:{name}") != ""
    assert fault(f"a:{name.upper()}(1)") != ""


@fair
@given(st.text(alphabet="a#.[]()='\":,> +~*|\\-1!{}\n", max_size=20))
def test_no_text_makes_the_reader_stumble(text: str) -> None:
    """Any text gets an answer, and soon."""
    assert isinstance(fault(text), str)


# Path patterns


@pytest.mark.parametrize(
    "url, forbidden, allowed",
    [
        ("https://bank.example/apply", True, True),
        ("https://bank.example/apply?x#y", True, True),
        ("https://bank.example/%61pply", True, False),
        ("https://bank.example//apply", True, False),
        ("https://bank.example/x/../apply", True, False),
        ("https://bank.example/apply/", True, False),
        ("https://bank.example/apply/x", False, False),
        ("https://bank.example/", False, False),
    ],
)
def test_a_path_that_can_be_read_in_two_ways_is_forbidden_and_not_allowed(
    url: str, *, forbidden: bool, allowed: bool
) -> None:
    """What a rule forbids holds however the path is written; what it allows only where it is plain."""
    assert (forbidden, allowed) == (restricts("/apply", url), allows("/apply", url))


def test_what_is_only_written_like_an_allowed_path_is_not_allowed() -> None:
    """A browser opens /apply there, and so does the server; what the other rule forbids holds all the same."""
    url = "https://bank.example/help/../apply"

    assert (True, False) == (restricts("/help/*", url), allows("/help/*", url))


def test_a_folder_keeps_its_slash() -> None:
    """So that a pattern for what is in it holds for the folder itself."""
    assert restricts("/admin/*", "https://bank.example/admin/")
    assert [plain_path(path) for path in ("", "/", "/a/", "/a/b/..", "/a/.")] == [
        "/",
        "/",
        "/a/",
        "/a/",
        "/a/",
    ]


PATTERNS = st.text(alphabet="/ab*", max_size=6)
PATHS = st.text(alphabet="/abc", max_size=7)


def as_regexp(pattern: str) -> str:
    """The pattern, said in other words than the code's."""
    return "".join("[^\0]*" if char == "*" else re.escape(char) for char in pattern)


@fair
@given(PATTERNS, PATHS)
def test_a_star_stands_for_anything_and_all_else_for_itself(pattern: str, path: str) -> None:
    """And a pattern is the same when it is shortened."""
    expected = re.fullmatch(as_regexp(pattern), path) is not None

    assert [expected, expected] == [matches(pattern, path), matches(shortened(pattern), path)]


@settings(derandomize=True, deadline=None, max_examples=300)
@given(PATTERNS, PATTERNS, st.lists(PATHS, min_size=5, max_size=10))
def test_what_covers_a_pattern_matches_all_that_it_matches(wide: str, narrow: str, paths: list[str]) -> None:
    """And where it does not, there is a path to show it: the narrow pattern's own, with a strange letter."""
    if covers(wide, narrow):
        assert all(matches(wide, path) for path in paths if matches(narrow, path))
    else:
        witness = narrow.replace("*", "c")
        assert matches(narrow, witness)
        assert not matches(wide, witness)


@fair
@given(PATTERNS, PATTERNS, PATHS)
def test_the_narrower_of_two_patterns_is_within_both(one: str, other: str, path: str) -> None:
    """In either order; none is named where they merely overlap."""
    found = narrower(one, other)

    assert found == narrower(other, one)
    if found is not None:
        assert (matches(one, path) and matches(other, path)) == matches(found, path)
