"""What is wrong, or doubtful, in a policy file: for ``cobrowse policy check``.

Errors make the policy unusable (MASK-11).  Warnings are about what administrators hardly can mean: what
never takes effect, what can be walked around, what the pages given do not bear out.

Order: findings, checking, the site, page rules, denied addresses, timers, the pages given.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple
from urllib.parse import urldefrag, urljoin

from cobrowse_simulator.page import Page, is_link, is_submit_button
from cobrowse_simulator.restrictions import Chosen, CompiledPolicy, read_selector
from cobrowse_spec.patterns import covers, narrower, raw_path
from cobrowse_spec.policy import (
    Policy,
    PolicyError,
    is_denied,
    is_on_site,
    line_in_page,
    line_of_denied,
    line_of_page,
    line_of_site,
    line_of_timer,
    parse_policy,
    restricted_at,
    selectors_of,
)
from lxml.html import HtmlElement

from .policy_origins import doubts


class Finding(NamedTuple):
    """Something wrong with a policy file.  ``line`` is 0 where none can be named."""

    line: int
    severity: Literal["error", "warning"]
    what: str
    #: What to do about it.
    do: str


class Checked(NamedTuple):
    """What came of checking: findings by line, and the rules for which no page was given."""

    findings: list[Finding]
    untried: int = 0

    @property
    def errors(self) -> int:
        """How many findings make the policy unusable."""
        return sum(one.severity == "error" for one in self.findings)


_MEND: Final = "mend it: until then the last good policy stays, and a server does not start with this one"


def check(text: str, pages: Sequence[Page] = ()) -> Checked:
    """All that is wrong with a policy; the pages are some of the site's, with their addresses."""
    try:
        policy = parse_policy(text)
    except PolicyError as error:
        return Checked([Finding(error.line, "error", error.what, _MEND)])
    errors = list(_unreadable(policy, text))
    if errors:
        return Checked(errors)
    warnings = [*_site(policy, text), *_rules(policy, text), *_denied(policy, text), *_timers(policy, text)]
    if not pages:
        return Checked(sorted(warnings))
    warnings += _on_pages(CompiledPolicy(policy), text, pages)
    tried = {number for page in pages for number in restricted_at(policy, page.url)}
    return Checked(sorted(warnings), len(policy.pages) - len(tried))


def _warning(line: int, what: str, do: str) -> Finding:
    return Finding(line, "warning", what, do)


def _unreadable(policy: Policy, text: str) -> Iterator[Finding]:
    """Selectors that only a CSS library can tell to be none."""
    for chosen in _all(policy):
        try:
            read_selector(chosen.selector)
        except PolicyError as error:
            yield Finding(_line(text, chosen), "error", error.what, _MEND)


def _all(policy: Policy) -> list[Chosen]:
    return [Chosen(at, *one) for at, rule in enumerate(policy.pages) for one in selectors_of(rule)]


def _line(text: str, chosen: Chosen) -> int:
    return line_in_page(text, chosen.rule, chosen.key, chosen.selector)


# The site


def _site(policy: Policy, text: str) -> Iterator[Finding]:
    for doubt in doubts(policy.site):
        yield _warning(line_of_site(text, doubt.entry), doubt.what, doubt.do)


# Page rules

#: What is at least as strict as a key, itself included.
_AS_STRICT: Final = {
    "block": ("block",),
    "secret": ("secret", "block"),
    "mask": ("mask", "secret", "block"),
    "disable": ("disable", "block"),
    "allow_submit": ("allow_submit",),
}

_HIDING: Final = ("block", "secret", "mask")
_WHOLE_PAGE: Final = frozenset({"*", "body", "html", ":root", "html > body", "html body"})
_SPARES_PASSWORDS: Final = re.compile(r":not\([^)]*password", re.IGNORECASE)
_STATE: Final = re.compile(
    r":(checked|disabled|enabled|empty|valid|invalid|placeholder-shown|read-only|default)\b"
)


def _rules(policy: Policy, text: str) -> Iterator[Finding]:
    for number, rule in enumerate(policy.pages):
        own = [Chosen(number, *one) for one in selectors_of(rule)]
        line = line_of_page(text, number)
        if not own:
            yield _warning(line, "this page rule says nothing", "give it selectors, or take it away")
        if re.search(r"//|/\.\.?(/|$)|\\", rule.path):
            where = line_in_page(text, number, "path", rule.path)
            do = "write the path as the browser's address bar shows it"
            yield _warning(where, f"{rule.path!r} matches no page: browsers tidy such paths up", do)
        needless = {one: other for one in own if (other := _shadow(policy, one)) is not None}
        if own and len(needless) == len(own):
            lines = sorted({_line(text, other) for other in needless.values()})
            others = ", ".join(map(str, lines))
            yield _warning(
                line, f"this page rule changes nothing: line {others} says all of it", "take it away"
            )
        else:
            for one, other in needless.items():
                what = f"{one.key} {one.selector!r} changes nothing: line {_line(text, other)} says as much or more"
                yield _warning(_line(text, one), what, "take it away")
        for one in own:
            yield from _selector(policy, text, one)


def _shadow(policy: Policy, one: Chosen) -> Chosen | None:
    """What makes a selector needless: one that is as strict wherever this one holds, and of two equals the first."""
    path = policy.pages[one.rule].path
    for other in _all(policy):
        if other == one or other.selector != one.selector or other.key not in _AS_STRICT[one.key]:
            continue
        wide = policy.pages[other.rule].path
        equal = other.key == one.key and covers(path, wide)
        if covers(wide, path) and (not equal or other.rule < one.rule):
            return other
    return None


def _selector(policy: Policy, text: str, one: Chosen) -> Iterator[Finding]:
    line, plain = _line(text, one), " ".join(one.selector.split())
    if one.key in _HIDING and _SPARES_PASSWORDS.search(plain):
        do = "leave the :not() out: there is no way to show a password, by any rule (MASK-3)"
        yield _warning(line, f"{plain!r} tries to spare passwords, which stay secret whatever it says", do)
    if one.key in ("mask", "secret") and plain in _WHOLE_PAGE:
        do = 'write block = ["html"]: then nothing of the page is sent but its size (MASK-4)'
        yield _warning(line, f"{one.key} {plain!r} still sends the page's structure", do)
    if one.key == "block" and plain in _WHOLE_PAGE - {"html", ":root", "*"}:
        do = 'write block = ["html"]: then the page\'s title stays at home as well'
        yield _warning(line, f"block {plain!r} still sends the page's head", do)
    if one.key in _HIDING and (state := _STATE.search(plain)):
        do = "name the element by something that stays: its id, name or class (MASK-6)"
        yield _warning(line, f"{plain!r} hides an element only while it is {state[1]}", do)
    if one.key == "allow_submit":
        yield from _never_allowed(policy, text, one)


def _never_allowed(policy: Policy, text: str, one: Chosen) -> Iterator[Finding]:
    path = policy.pages[one.rule].path
    for other in _all(policy):
        same = other.selector == one.selector and other.key in ("disable", "block")
        if same and (shared := narrower(path, policy.pages[other.rule].path)) is not None:
            what = f"allow_submit {one.selector!r} has no effect on {shared}: line {_line(text, other)} is stricter"
            yield _warning(_line(text, one), what, f"take one of the two away: {other.key} wins (MASK-10)")


# Denied addresses


def _denied(policy: Policy, text: str) -> Iterator[Finding]:
    for pattern in policy.deny_urls:
        line = line_of_denied(text, pattern)
        if pattern.strip("*") in ("", "/"):
            what = f"{pattern!r} denies agents every page"
            yield _warning(line, what, "if agents are not to lead anywhere, write write_mode = false")
        if "%" in pattern:
            what = f"{pattern!r} may match nothing: addresses are compared with their % signs resolved"
            yield _warning(line, what, "write the character itself")
        wider = (other for other in policy.deny_urls if other != pattern and covers(other, pattern))
        if (other := next(wider, None)) is not None:
            yield _warning(line, f"{pattern!r} changes nothing: {other!r} denies it too", "take it away")


# Timers

#: Less than this is no time for a person: (timer, seconds, what cannot be done in it).
_TOO_SHORT: Final = (
    ("request_s", 5.0, "no customer reads and answers a request"),
    ("customer_link_s", 5.0, "no page is reloaded on a slow line"),
    ("agent_link_s", 5.0, "no page is reloaded on a slow line"),
    ("pending_s", 30.0, "no customer tells an agent nine digits"),
    ("off_site_s", 5.0, "nobody comes back from a payment page"),
    ("approval_s", 5.0, "no agent fills in a field"),
)


def _timers(policy: Policy, text: str) -> Iterator[Finding]:
    timers = policy.timers
    for name, least_s, why in _TOO_SHORT:
        if getattr(timers, name) < least_s:
            what = f"{name} = {getattr(timers, name):g}: {why} in that time"
            yield _warning(line_of_timer(text, name), what, f"make it {least_s:g} or more")
    if timers.inactivity_s == 0:
        what = "inactivity_s = 0: a session that everybody has forgotten goes on until somebody exits"
        if policy.curtain:
            what += ", and nothing else bounds a drawn curtain (PAUSE-1)"
        yield _warning(
            line_of_timer(text, "inactivity_s"), what, "set it, unless something else ends sessions"
        )
        return
    if timers.request_s > timers.inactivity_s:
        what = f"request_s ({timers.request_s:g}) never runs out: inactivity_s ({timers.inactivity_s:g}) ends the session first"
        line = line_of_timer(text, "request_s") or line_of_timer(text, "inactivity_s")
        yield _warning(line, what, "make it shorter than inactivity_s")
    if timers.warning_s < 5:
        what = f"warning_s = {timers.warning_s:g}: nobody can do anything in that time"
        yield _warning(line_of_timer(text, "warning_s"), what, "make it 5 or more")


# The pages given


def _on_pages(policy: CompiledPolicy, text: str, pages: Sequence[Page]) -> Iterator[Finding]:
    for page in pages:
        if not is_on_site(policy.policy, page.url):
            do = "list its origin, or give the page's real address"
            yield _warning(line_of_site(text, ""), f"{page.url} is not on the site: none of it is shown", do)
    found: dict[Chosen, list[tuple[Page, HtmlElement]]] = {}
    for page in pages:
        for chosen in policy.at(page.url):
            found.setdefault(chosen, []).extend((page, one) for one in policy.select(chosen, page))
    for chosen, elements in found.items():
        if not elements:
            what = f"{chosen.key} {chosen.selector!r} matches nothing on the pages given"
            yield _warning(
                _line(text, chosen), what, "look for a slip of the pen, or for what the page calls it now"
            )
        elif chosen.key == "allow_submit":
            yield from _no_button(text, chosen, (one for _, one in elements))
        elif chosen.key == "disable":
            yield from _ways_around(policy.policy, text, chosen, elements)


def _no_button(text: str, chosen: Chosen, elements: Iterable[HtmlElement]) -> Iterator[Finding]:
    others = [one for one in elements if not is_submit_button(one)]
    if others:
        inside = sum(is_submit_button(one) for other in others for one in other.iter())
        what = f"allow_submit {chosen.selector!r} means <{others[0].tag!s}>, which is no submit button"
        what += f", but has {inside} in it, all of which it allows" if inside else ""
        yield _warning(_line(text, chosen), what, "name the one button that agents may press")


def _ways_around(
    policy: Policy, text: str, chosen: Chosen, elements: Iterable[tuple[Page, HtmlElement]]
) -> Iterator[Finding]:
    """NAVIGATE-5: a link that agents cannot press leads where they can go by typing the address."""
    targets: dict[str, None] = {}
    for page, root in elements:
        for link in filter(is_link, root.iter()):
            target = urldefrag(urljoin(page.url, link.get("href") or "")).url
            if target != page.url and is_on_site(policy, target) and not is_denied(policy, target):
                targets[raw_path(target)] = None
    for path in targets:
        what = (
            f"disable {chosen.selector!r} holds a link to {path}, which agents can still open by its address"
        )
        yield _warning(_line(text, chosen), what, f'deny it as well: deny_urls = ["{path}"] (NAVIGATE-5)')
