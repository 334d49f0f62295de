"""What administrators decide: site, Write Mode, masks, disabled elements, submits, timers.

A policy is read from TOML (:func:`parse_policy`).  What cannot be read is refused with the line at
fault, never half applied (MASK-11).  Order: the data, reading it, the site's origins.
"""

import difflib
import re
import tomllib
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import msgspec


class Timers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The timing profile, in seconds.  All of it is declared, so that it can be checked."""

    pending_s: float = 1200.0
    request_s: float = 30.0
    cool_down_s: float = 10.0
    off_site_s: float = 300.0
    customer_link_s: float = 120.0
    agent_link_s: float = 60.0
    #: 0 turns it off.
    inactivity_s: float = 600.0
    #: How long before the end of a session its parties are warned.
    warning_s: float = 60.0


class PageRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What holds on the pages whose path matches ``path`` (`*` stands for anything)."""

    path: str = "*"
    #: CSS selectors of what agents neither read nor change (MASK-4).
    mask: tuple[str, ...] = ()
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
    timers: Timers = Timers()
    pages: tuple[PageRule, ...] = ()
    #: Paths that agents may not lead to (`*` stands for anything), whatever link or address names them
    #: (NAVIGATE-5).
    deny_urls: tuple[str, ...] = ()


class PolicyError(ValueError):
    """A policy that cannot be used, with the line at fault (0 where no line can be named)."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(f"line {line}: {message}" if line else message)
        self.line = line


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


def _refuse_unknown_keys(data: dict[str, Any], kind: type[msgspec.Struct], text: str, after: int = 0) -> None:
    known = {field.name: field.type for field in msgspec.structs.fields(kind)}
    for key, value in data.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known are {', '.join(sorted(known))}"
            raise PolicyError(f"unknown key {key!r}{hint}", _line_of_key(text, key, after))
        if kind is Policy and key == "timers" and isinstance(value, dict):
            _refuse_unknown_keys(value, Timers, text, _line_of_key(text, "timers") - 1)
        if kind is Policy and key == "pages" and isinstance(value, list):
            for number, page in enumerate(value):
                if isinstance(page, dict):
                    _refuse_unknown_keys(page, PageRule, text, _line_of_page(text, number) - 1)


def _refuse_bad_values(policy: Policy, text: str) -> None:
    for field in msgspec.structs.fields(Timers):
        if not 0 <= getattr(policy.timers, field.name) < 30 * 24 * 3600:
            raise PolicyError(
                f"{field.name} is from 0 to 30 days, in seconds", _line_of_key(text, field.name)
            )
    if policy.sessions_per_agent < 1:
        raise PolicyError("sessions_per_agent is 1 or more", _line_of_key(text, "sessions_per_agent"))
    for origin in policy.site:
        try:
            Origin.parse(origin)
        except ValueError as error:
            raise PolicyError(str(error), _line_of_value(text, origin)) from None


def _line_of_path(text: str, error: str) -> int:
    """The line of the value that a validation error names, as in ``$.pages[1].mask``; 0: it names none."""
    key = re.search(r"\$\S*?\.(\w+)[^.]*$", error)
    page = re.search(r"\$\.pages\[(\d+)\]\.", error)
    if key is None:
        return 0
    if page is not None:
        return _line_of_key(text, key[1], _line_of_page(text, int(page[1])) - 1)
    timer = "$.timers." in error
    return _line_of_key(text, key[1], _line_of_key(text, "timers") - 1 if timer else 0)


def _line_of_page(text: str, number: int) -> int:
    """The line on which the page rule of this number (from 0) begins."""
    tables = [at for at, line in enumerate(text.splitlines(), 1) if re.match(r"\s*\[\[\s*pages\b", line)]
    return tables[number] if number < len(tables) else _line_of_key(text, "pages")


def _line_of_key(text: str, key: str, after: int = 0) -> int:
    """The first line after another on which this is a key or a table; 0 where there is none."""
    return _first_line(text, rf"""(?<![\w-])["']?{re.escape(key)}["']?\s*[=.\]]""", after)


def _line_of_value(text: str, value: str) -> int:
    """The first line on which this stands in quotes; 0 where there is none."""
    return _first_line(text, rf"""["']{re.escape(value)}["']""", 0)


def _first_line(text: str, pattern: str, after: int) -> int:
    found = re.compile(pattern)
    for number, line in enumerate(text.splitlines(), 1):
        if number > after and not line.lstrip().startswith("#") and found.search(line):
            return number
    return 0


_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(
    r"(?:[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?|\[[0-9a-f:.]+\]"
)


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
            raise ValueError(f"{text!r} is no origin: scheme http or https, a host, no path or user")
        return cls(origin.scheme, origin.host, origin.port, wildcard)

    def covers(self, other: "Origin") -> bool:
        """Whether a page of the other origin belongs to this entry of the site list (SITE-5)."""
        if (self.scheme, self.port) != (other.scheme, other.port):
            return False
        return other.host.endswith("." + self.host) if self.wildcard else other.host == self.host


def origin_of(url: str) -> Origin | None:
    """The origin of an http(s) URL; None for anything that is not plainly one.

    Fails closed where browsers repair (backslashes, control characters, user names, percent signs or
    non-ASCII letters in the host): such an address is never taken for the site's own (SITE-5).
    """
    if any(ord(c) <= 0x20 or ord(c) >= 0x7F for c in url.partition("?")[0].partition("#")[0]) or "\\" in url:
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


def is_on_site(policy: Policy, url: str) -> bool:
    """Whether the URL is a page of the company's site (SITE-5)."""
    origin = origin_of(url)
    return origin is not None and any(Origin.parse(entry).covers(origin) for entry in policy.site)


def is_denied(policy: Policy, url: str) -> bool:
    """Whether administrators deny agents this address of the site (NAVIGATE-5).

    Compared is the path as servers read it: unescaped, without empty and dot segments, query or fragment.
    """
    path = _plain_path(url)
    return any(_stands_for(pattern).fullmatch(path) for pattern in policy.deny_urls)


def _plain_path(url: str) -> str:
    path = unquote(urlsplit(url).path).replace("\\", "/")
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            del kept[-1:]
        elif part not in ("", "."):
            kept.append(part)
    return "/" + "/".join(kept)


def _stands_for(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")), re.DOTALL)
