"""What is doubtful about the origins of a site list, read as somebody would who wants to get in (SITE-5).

Each function looks at one thing and yields what is wrong and what to do about it.
"""

import ipaddress
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from cobrowse_spec.policy import Origin


class Doubt(NamedTuple):
    """Something about an entry of a site list: the entry, what is doubtful, what to do."""

    entry: str
    what: str
    do: str


#: Second labels under which anybody can have a name, where the last label is a country's.
_SHARED_SECOND_LABELS: Final = frozenset(
    {"ac", "co", "com", "edu", "gov", "ltd", "me", "ne", "net", "or", "org"}
)

#: What looks alike in an address bar, written one way.
_LOOK_ALIKES: Final = (("0", "o"), ("1", "l"), ("i", "l"), ("5", "s"), ("rn", "m"), ("vv", "w"), ("-", ""))


def doubts(site: tuple[str, ...]) -> Iterator[Doubt]:
    """Everything doubtful about a site list whose entries can be read."""
    entries = {text: Origin.parse(text) for text in site}
    if not entries:
        yield Doubt(
            "", "the site is empty: no page can be shown to an agent", 'list it: site = ["https://…"]'
        )
    for text, origin in entries.items():
        for look in _ALONE:
            yield from look(text, origin)
    yield from _twice(site)
    yield from _together(entries)


def is_loopback(origin: Origin) -> bool:
    """Whether it is this machine's own."""
    address = _address(origin)
    return origin.host == "localhost" or (address is not None and address.is_loopback)


# One entry


def _numbers(text: str, origin: Origin) -> Iterator[Doubt]:
    if _address(origin) is not None and not is_loopback(origin):
        do = "list the host's name: no certificate says whose machine a number is tomorrow"
        yield Doubt(text, f"{text} is an IP address", do)
    elif _address(origin) is None and origin.host.rpartition(".")[2].isdigit():
        do = "list the host's name: browsers rewrite such an address, so it never matches"
        yield Doubt(text, f"{text} is an IP address that is not written as browsers write it", do)


def _unencrypted(text: str, origin: Origin) -> Iterator[Doubt]:
    if origin.scheme == "http" and not is_loopback(origin):
        yield Doubt(
            text, f"{text} is not encrypted: whoever is on the way can change its pages", "list https only"
        )


def _too_wide(text: str, origin: Origin) -> Iterator[Doubt]:
    labels = origin.host.split(".")
    shared = len(labels) == 2 and len(labels[1]) == 2 and labels[0] in _SHARED_SECOND_LABELS
    if origin.wildcard and (len(labels) == 1 or shared):
        do = "list the company's own domain"
        yield Doubt(text, f"{text} stands for every site below .{origin.host}, whoever owns it", do)


def _foreign_letters(text: str, origin: Origin) -> Iterator[Doubt]:
    for label in origin.host.split("."):
        if label.startswith("xn--"):
            try:
                shown = label.removeprefix("xn--").encode().decode("punycode")
            except UnicodeError:
                yield Doubt(text, f"{text} has a label that is no name in any script", "correct it")
                continue
            names = "".join(char if char.isascii() else f"[U+{ord(char):04X}]" for char in shown)
            do = "make sure that this name is the company's, letter by letter"
            yield Doubt(text, f"{text} has letters that may look like others: {label} is {names}", do)


_ALONE: Final[tuple[Callable[[str, Origin], Iterator[Doubt]], ...]] = (
    _numbers,
    _unencrypted,
    _too_wide,
    _foreign_letters,
)


# Several entries


def _twice(site: tuple[str, ...]) -> Iterator[Doubt]:
    for text in dict.fromkeys(one for one in site if site.count(one) > 1):
        yield Doubt(text, f"{text} is listed twice", "take one away")


def _together(entries: dict[str, Origin]) -> Iterator[Doubt]:
    pairs = [(one, other) for one in entries for other in entries if one != other]
    for text, other in pairs:
        ours, theirs = entries[text], entries[other]
        if theirs.holds(ours) and (theirs != ours or other < text):
            yield Doubt(text, f"{text} adds nothing: {other} covers it", "take it away")
        if other > text:
            continue
        if (ours.host, ours.wildcard) == (theirs.host, theirs.wildcard) and ours.scheme != theirs.scheme:
            do = "list https only, or a customer can be led from one to the other unnoticed"
            yield Doubt(text, f"{text} and {other} are one host with and without encryption", do)
        if ours.host != theirs.host and _skeleton(ours.host) == _skeleton(theirs.host):
            do = "make sure that both are the company's, and that neither is a slip of the pen"
            yield Doubt(text, f"{text} looks like {other}", do)


def _skeleton(host: str) -> str:
    for written, seen in _LOOK_ALIKES:
        host = host.replace(written, seen)
    return host


def _address(origin: Origin) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(origin.host.strip("[]"))
    except ValueError:
        return None
