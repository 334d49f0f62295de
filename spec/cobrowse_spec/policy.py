"""What administrators decide: site, Write Mode, masks, disabled elements, submits, timers.

A policy is read from TOML (:func:`parse_policy`).  What cannot be read is refused with the line at
fault, never half applied (MASK-11).  Where two policies meet, the stricter holds (:func:`tighten`).
Written for administrators: POLICY.md.

Order: the data, reading it, lines, the site's origins, what holds where, tightening.
"""

import difflib
import functools
import re
import tomllib
from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import replace

from .patterns import allows, covers, narrower, restricts, shortened
from .selectors import fault

#: The tokens of an `autocomplete` attribute that make a field a secret, whatever the policy says (MASK-3, MASK-9).
SECRET_AUTOCOMPLETE: Final = frozenset(
    {"current-password", "new-password", "one-time-code"}
    | {"cc-number", "cc-csc", "cc-exp", "cc-exp-month", "cc-exp-year"}
)


class Timers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The timing profile, in seconds.  All of it is declared, so that it can be checked."""

    pending_s: float = 1200.0
    request_s: float = 30.0
    #: How long an approval lasts that is limited to a time (WRITE-15).
    approval_s: float = 300.0
    cool_down_s: float = 10.0
    off_site_s: float = 300.0
    customer_link_s: float = 120.0
    agent_link_s: float = 60.0
    #: How long an announced reload of the customer's page may take before the link counts as lost.
    reload_s: float = 10.0
    #: 0 turns it off.
    inactivity_s: float = 600.0
    #: How long before the end of a session its parties are warned.
    warning_s: float = 60.0


class PageRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What holds on the pages whose path matches ``path`` (`*` stands for anything).

    All rules that match hold together, and the most restrictive wins (MASK-10): nothing that one rule
    hides is shown by another.
    """

    path: str = "*"
    #: CSS selectors of what agents neither read nor change: an asterisk a character (MASK-4).
    mask: tuple[str, ...] = ()
    #: The same, but four asterisks, however long it is (MASK-9). Passwords always are secret.
    secret: tuple[str, ...] = ()
    #: CSS selectors of what is replaced, with all that is in it, by a placeholder of the same size (MASK-4,
    #: MASK-12). `html` is the whole page.
    block: tuple[str, ...] = ()
    #: CSS selectors of what is inert for agents (NAVIGATE-4).
    disable: tuple[str, ...] = ()
    #: CSS selectors of submit buttons that agents may use (SUBMIT-4).
    allow_submit: tuple[str, ...] = ()


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole policy.  The defaults deny."""

    #: Exact origins (`https://bank.example`, with a port where it is not the scheme's own) and
    #: wildcards for subdomains (`https://*.bank.example`) (SITE-5).
    site: tuple[str, ...] = ()
    #: Whether agents may ask for Write Mode (WRITE-5).
    write_mode: bool = True
    #: How many sessions an agent may have at a time (JOIN-5).
    sessions_per_agent: int = 1
    #: Capability: sessions without a chat or call (START-8).
    standalone: bool = False
    #: Capability: an approval may be limited to a form, a field or a time (WRITE-15).
    scoped_grants: bool = False
    #: Capability: customers may draw a curtain before their page (PAUSE-1).
    curtain: bool = False
    timers: Timers = Timers()
    pages: tuple[PageRule, ...] = ()
    #: Paths that agents may not lead to (`*` stands for anything), whatever link or address names them
    #: (NAVIGATE-5).
    deny_urls: tuple[str, ...] = ()


#: What the customer's client needs of a policy, and all of it that it is given.
FOR_CUSTOMERS: Final = ("site", "write_mode", "scoped_grants", "curtain", "pages", "deny_urls")


def for_customer(policy: Policy) -> dict[str, object]:
    """The part of a policy that the customer's client is given, ready to be encoded."""
    return {name: getattr(policy, name) for name in FOR_CUSTOMERS}


#: The optional capabilities, by the keys that switch them on.
CAPABILITIES: Final = ("standalone", "scoped_grants", "curtain")


def capabilities(policy: Policy) -> tuple[str, ...]:
    """The optional capabilities that sessions under a policy have; each is absent unless it is switched on."""
    return tuple(name for name in CAPABILITIES if getattr(policy, name))


class PolicyError(ValueError):
    """A policy that cannot be used, with the line at fault (0 where no line can be named)."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.line = line
        #: What is wrong, without the line.
        self.what = message


def parse_policy(text: str) -> Policy:
    """Read a policy from TOML; raises :class:`PolicyError` with the line at fault (MASK-11)."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        raise PolicyError(str(error), int(found[1]) if found else len(text.splitlines())) from None
    _refuse_unknown_keys(data, Policy, text)
    try:
        policy = msgspec.convert(data, Policy)
    except msgspec.ValidationError as error:
        raise PolicyError(str(error), _line_of_path(text, str(error))) from None
    _refuse_bad_values(policy, text)
    return policy


#: Keys that somebody may try in order to show what another rule, or this program, hides.
_UNMASKING: Final = frozenset(
    {"allow", "allowlist", "allow_list", "except", "exceptions", "exclude", "ignore", "reveal", "show"}
    | {"unblock", "unmask", "unsecret", "visible", "whitelist"}
)


def _refuse_unknown_keys(data: dict[str, Any], kind: type[msgspec.Struct], text: str, after: int = 0) -> None:
    known = {field.name: field.type for field in msgspec.structs.fields(kind)}
    for key, value in data.items():
        if key not in known:
            raise PolicyError(f"unknown key {key!r}; {_hint(key, known)}", _line_of_key(text, key, after))
        if kind is Policy and key == "timers" and isinstance(value, dict):
            _refuse_unknown_keys(value, Timers, text, _line_of_key(text, "timers") - 1)
        if kind is Policy and key == "pages" and isinstance(value, list):
            for number, page in enumerate(value):
                if isinstance(page, dict):
                    _refuse_unknown_keys(page, PageRule, text, line_of_page(text, number) - 1)


def _hint(key: str, known: Iterable[str]) -> str:
    if key.lower() in _UNMASKING:
        return "masks have no exceptions, and passwords none at all: the most restrictive rule wins (MASK-10)"
    near = difflib.get_close_matches(key, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"


def _refuse_bad_values(policy: Policy, text: str) -> None:
    _refuse_bad_timers(policy.timers, text)
    if policy.sessions_per_agent < 1:
        raise PolicyError("sessions_per_agent is 1 or more", _line_of_key(text, "sessions_per_agent"))
    for origin in policy.site:
        try:
            Origin.parse(origin)
        except ValueError as error:
            raise PolicyError(str(error), line_of_site(text, origin)) from None
    for pattern in policy.deny_urls:
        if wrong := _fault_of_pattern(pattern):
            raise PolicyError(wrong, line_of_denied(text, pattern))
    for number, page in enumerate(policy.pages):
        if wrong := _fault_of_pattern(page.path):
            raise PolicyError(wrong, line_in_page(text, number, "path", page.path))
        for key, selector in selectors_of(page):
            if wrong := fault(selector):
                line = line_in_page(text, number, key, selector)
                raise PolicyError(f"{selector!r} is no selector: it {wrong}", line)


def _refuse_bad_timers(timers: Timers, text: str) -> None:
    for field in msgspec.structs.fields(Timers):
        if not 0 <= getattr(timers, field.name) < 30 * 24 * 3600:
            raise PolicyError(
                f"{field.name} is from 0 to 30 days, in seconds", _line_of_key(text, field.name)
            )
    if 0 < timers.inactivity_s <= timers.warning_s:
        line = _line_of_key(text, "warning_s") or _line_of_key(text, "inactivity_s")
        raise PolicyError(
            f"warning_s ({timers.warning_s:g}) is less than inactivity_s ({timers.inactivity_s:g}): "
            "the warning comes that long before the end",
            line,
        )


def _fault_of_pattern(pattern: str) -> str:
    """Why this is no pattern of paths; empty where it is one.  One that matches nothing would mask nothing."""
    if not pattern.startswith(("/", "*")):
        return f"{pattern!r} matches no page: a path begins with / or *, and names no site"
    if "?" in pattern or "#" in pattern:
        return f"{pattern!r} matches no page: a path has no query and no fragment"
    if any(ord(char) < 0x20 or ord(char) == 0x7F for char in pattern):
        return "a path has no control characters"
    return ""


def selectors_of(rule: PageRule) -> Iterator[tuple[str, str]]:
    """Every selector of a page rule, with the key that it stands under."""
    for key in SELECTOR_KEYS:
        for selector in getattr(rule, key):
            yield key, selector


#: The keys of a page rule that hold selectors, the strictest first.
SELECTOR_KEYS: Final = ("block", "secret", "mask", "disable", "allow_submit")


# Lines


def _line_of_path(text: str, error: str) -> int:
    """The line of the value that a validation error names, as in ``$.pages[1].mask``; 0: it names none."""
    key = re.search(r"\$\S*?\.(\w+)[^.]*$", error)
    page = re.search(r"\$\.pages\[(\d+)\]\.", error)
    if key is None:
        return 0
    if page is not None:
        return _line_of_key(text, key[1], line_of_page(text, int(page[1])) - 1)
    timer = "$.timers." in error
    return _line_of_key(text, key[1], _line_of_key(text, "timers") - 1 if timer else 0)


def line_of_page(text: str, number: int) -> int:
    """The line on which the page rule of this number (from 0) begins."""
    tables = [at for at, line in enumerate(text.splitlines(), 1) if re.match(r"\s*\[\[\s*pages\b", line)]
    return tables[number] if number < len(tables) else _line_of_key(text, "pages")


def line_in_page(text: str, number: int, key: str, value: str) -> int:
    """The line on which a value stands under a key of a page rule; that of the key where it is written otherwise."""
    begin = line_of_page(text, number)
    at = _line_of_key(text, key, begin - 1) or begin
    end = line_of_page(text, number + 1)
    found = _line_of_value(text, value, at - 1)
    return found if found and (end <= begin or found < end) else at


def line_of_site(text: str, entry: str) -> int:
    """The line of an entry of the site list; that of the list, or 0, where it cannot be told."""
    return _line_of_value(text, entry, _line_of_key(text, "site") - 1) or _line_of_key(text, "site")


def line_of_denied(text: str, pattern: str) -> int:
    """The line of a pattern of ``deny_urls``."""
    begin = _line_of_key(text, "deny_urls")
    return _line_of_value(text, pattern, begin - 1) or begin


def line_of_timer(text: str, name: str) -> int:
    """The line of a timer; 0 where its default holds."""
    return _line_of_key(text, name)


def _line_of_key(text: str, key: str, after: int = 0) -> int:
    """The first line after another on which this is a key or a table; 0 where there is none."""
    return _first_line(text, rf"""(?<![\w-])["']?{re.escape(key)}["']?\s*[=.\]]""", after)


def _line_of_value(text: str, value: str, after: int = 0) -> int:
    """The first line after another on which this stands in quotes; 0 where there is none."""
    return _first_line(text, rf"""["']{re.escape(value)}["']""", after)


def _first_line(text: str, pattern: str, after: int) -> int:
    found = re.compile(pattern)
    for number, line in enumerate(text.splitlines(), 1):
        if number > after and not line.lstrip().startswith("#") and found.search(line):
            return number
    return 0


# The site's origins

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?|\[[0-9a-f:.]+\]"
)
#: What is no visible ASCII character.
_NOT_PLAIN: Final = re.compile(r"[^\x21-\x7e]")


class Origin(msgspec.Struct, frozen=True):
    """Scheme, host and port, as browsers compare them; ``wildcard`` stands for any subdomain."""

    scheme: str
    host: str
    port: int
    wildcard: bool = False

    @classmethod
    def parse(cls, text: str) -> "Origin":
        """Read an origin of a site list; raises ValueError that says what is wrong with it."""
        scheme, mark, rest = text.partition("://")
        if not mark:
            raise ValueError(f"{text!r} is no origin: write scheme://host, e.g. https://bank.example")
        wildcard = rest.startswith("*.")
        origin = origin_of(f"{scheme}://{rest.removeprefix('*.')}")
        if origin is None or urlsplit(text).path not in ("", "/") or "?" in text or "#" in text:
            raise ValueError(f"{text!r} is no origin: {_why_no_origin(rest)}")
        return cls(origin.scheme, origin.host, origin.port, wildcard)

    @property
    def text(self) -> str:
        """As a site list has it, written the one way in which all equal entries are alike."""
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{'*.' if self.wildcard else ''}{self.host}{port}"

    def covers(self, other: "Origin") -> bool:
        """Whether a page of the other origin belongs to this entry of the site list (SITE-5)."""
        if (self.scheme, self.port) != (other.scheme, other.port):
            return False
        return other.host.endswith("." + self.host) if self.wildcard else other.host == self.host

    def holds(self, other: "Origin") -> bool:
        """Whether every page that the other entry of a site list covers belongs to this one as well."""
        if other.wildcard and not self.wildcard:
            return False
        return self == other or self.covers(other)


def _why_no_origin(rest: str) -> str:
    host = rest.partition("/")[0]
    if not host.isascii():
        return "a name with other letters than a to z is written in its xn-- form"
    if host.rpartition(":")[0].endswith(".") or host.endswith("."):
        return "its host ends in a dot, and browsers take that for another site"
    return "scheme http or https, a host, no path or user"


@functools.lru_cache(maxsize=256)
def origin_of(url: str) -> Origin | None:
    """The origin of an http(s) URL; None for anything that is not plainly one.

    Fails closed where browsers repair (backslashes, control characters, user names, percent signs or
    non-ASCII letters in the host): such an address is never taken for the site's own (SITE-5).
    """
    if _NOT_PLAIN.search(url.partition("?")[0].partition("#")[0]) or "\\" in url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    host = (parts.hostname or "").lower()
    if ":" in host:
        host = f"[{host}]"
    if scheme not in _DEFAULT_PORTS or "@" in parts.netloc or not _HOST.fullmatch(host):
        return None
    return Origin(scheme, host, _DEFAULT_PORTS[scheme] if port is None else port)


# What holds where


def is_on_site(policy: Policy, url: str) -> bool:
    """Whether the URL is a page of the company's site (SITE-5)."""
    origin = origin_of(url)
    return origin is not None and any(entry.covers(origin) for entry in _entries(policy.site))


@functools.lru_cache(maxsize=64)
def _entries(site: tuple[str, ...]) -> tuple[Origin, ...]:
    """The entries of a policy's site list; few policies are asked about many addresses."""
    return tuple(Origin.parse(entry) for entry in site)


def is_denied(policy: Policy, url: str) -> bool:
    """Whether administrators deny agents this address of the site (NAVIGATE-5).

    Compared is the path as it is written and as servers read it: unescaped, without empty and dot segments,
    query or fragment.
    """
    return any(restricts(pattern, url) for pattern in policy.deny_urls)


def restricted_at(policy: Policy, url: str) -> list[int]:
    """The numbers of the page rules whose restrictions hold at this address (all but ``allow_submit``)."""
    return [number for number, rule in enumerate(policy.pages) if restricts(rule.path, url)]


def allowed_at(policy: Policy, url: str) -> list[int]:
    """The numbers of the page rules whose ``allow_submit`` holds at this address.

    Fewer than those that restrict it, where its path can be read in two ways: what is not plain stays blocked.
    """
    return [number for number, rule in enumerate(policy.pages) if allows(rule.path, url)]


# Tightening


def tighten(old: Policy, new: Policy) -> Policy:
    """The stricter of both in every respect: what a live session follows when its policy is replaced (MASK-11).

    Stricter is what lets agents do or see less; so the customer may limit an approval, or draw a
    curtain, where either provides it.  Never looser than either; the same comes of it in whichever order the two are given, and however often.
    A submit stays allowed only where both allow it by the same selector: whether two selectors mean the same
    button cannot be known here.  ``warning_s`` goes with the shorter ``inactivity_s``.
    """
    return old if old == new else _strictest(old, new)


def tightens(old: Policy, new: Policy) -> bool:
    """Whether the new policy is stricter than the old one in any respect, so that live sessions must be told."""
    return old != new and _strictest(old, new) != _strictest(old, old)


def _strictest(old: Policy, new: Policy) -> Policy:
    return Policy(
        site=_common_site(old.site, new.site),
        write_mode=old.write_mode and new.write_mode,
        sessions_per_agent=min(old.sessions_per_agent, new.sessions_per_agent),
        standalone=old.standalone and new.standalone,
        scoped_grants=old.scoped_grants or new.scoped_grants,
        curtain=old.curtain or new.curtain,
        timers=_shorter(old.timers, new.timers),
        pages=_both(old.pages, new.pages),
        deny_urls=_widest({*old.deny_urls, *new.deny_urls}),
    )


def _common_site(old: tuple[str, ...], new: tuple[str, ...]) -> tuple[str, ...]:
    """The entries that stand for the pages that belong to both sites, each once and none within another."""
    ours, theirs = [Origin.parse(one) for one in old], [Origin.parse(one) for one in new]
    common = {one for one in ours if any(other.holds(one) for other in theirs)}
    common |= {one for one in theirs if any(other.holds(one) for other in ours)}
    widest = (one for one in common if not any(other != one and other.holds(one) for other in common))
    return tuple(sorted(one.text for one in widest))


def _shorter(old: Timers, new: Timers) -> Timers:
    """The shorter waits, the longer cool-down; inactivity that is off (0) is the longest of all."""

    def of(timers: Timers) -> tuple[bool, float, float]:
        return timers.inactivity_s == 0, timers.inactivity_s, -timers.warning_s

    inactivity = min(old, new, key=of)
    shorter = {name: min(getattr(old, name), getattr(new, name)) for name in Timers.__struct_fields__}
    return replace(
        Timers(**shorter),
        cool_down_s=max(old.cool_down_s, new.cool_down_s),
        inactivity_s=inactivity.inactivity_s,
        warning_s=inactivity.warning_s,
    )


def _both(old: tuple[PageRule, ...], new: tuple[PageRule, ...]) -> tuple[PageRule, ...]:
    """One rule for each path, in the order of the paths: all restrictions of both, what both allow."""
    hidden: dict[str, dict[str, set[str]]] = {}
    for key in SELECTOR_KEYS:
        where = _allowed_by_both(old, new) if key == "allow_submit" else _paths_by_selector(key, (*old, *new))
        for selector, paths in where.items():
            for path in _widest(paths):
                hidden.setdefault(path, {}).setdefault(key, set()).add(selector)
    return tuple(
        PageRule(path, **{key: tuple(sorted(found)) for key, found in hidden[path].items()})
        for path in sorted(hidden)
    )


def _allowed_by_both(old: tuple[PageRule, ...], new: tuple[PageRule, ...]) -> dict[str, set[str]]:
    ours, theirs = _paths_by_selector("allow_submit", old), _paths_by_selector("allow_submit", new)
    return {
        selector: {
            path
            for one in ours[selector]
            for other in theirs[selector]
            if (path := narrower(one, other)) is not None
        }
        for selector in ours.keys() & theirs.keys()
    }


def _paths_by_selector(key: str, rules: Iterable[PageRule]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for rule in rules:
        for selector in getattr(rule, key):
            found.setdefault(selector, set()).add(shortened(rule.path))
    return found


def _widest(patterns: Iterable[str]) -> tuple[str, ...]:
    """The same paths in as few patterns: without those that another of them covers."""
    short = {shortened(pattern) for pattern in patterns}
    return tuple(
        sorted(one for one in short if not any(other != one and covers(other, one) for other in short))
    )
