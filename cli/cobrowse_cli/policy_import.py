"""From DOM-restriction XML, as Genesys Co-browse has it, to a policy: for ``cobrowse policy import``.

What is read::

    <domRestrictions>
      <restrictionsSet>
        <uriTemplate type="regexp" pattern="…"/>
        <dataMasking> <element selector="…"/> </dataMasking>      becomes mask
        <domElements> <element selector="…"/> </domElements>      becomes disable; domControl as well
      </restrictionsSet>
    </domRestrictions>

A selector may stand in an attribute of the element (`selector`, `cssSelector`, `jQuerySelector`, also in
the plural) or in a child of that name.  Nothing is guessed towards showing more: a set whose addresses
cannot be said by a pattern holds on every page, and what could not be carried over is reported.

XML is read without entities, DTDs and network; a document that has a DTD is refused before it is read.

Order: what comes of it, the policy as text, reading XML, sets, selectors, addresses.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from cobrowse_simulator.restrictions import read_selector
from cobrowse_spec.patterns import shortened
from cobrowse_spec.policy import PolicyError, origin_of
from lxml import etree
from typing_extensions import override

#: The largest document that is read, as for policies over REST.
MAX_BYTES: Final = 1024 * 1024


class ImportRefused(ValueError):
    """A document that is not read: no XML, not this kind, or one that brings entities along."""


class Remark(NamedTuple):
    """Something to look at by hand.  ``left_out``: the policy does not say it; else it says more than the XML."""

    line: int
    left_out: bool
    what: str


class ImportedRule(NamedTuple):
    """A restrictions set as a page rule."""

    line: int
    path: str
    mask: tuple[str, ...]
    disable: tuple[str, ...]


class Imported(NamedTuple):
    """What came of a document."""

    rules: tuple[ImportedRule, ...]
    #: Origins that the sets' addresses name: candidates for the site list.
    origins: tuple[str, ...]
    remarks: tuple[Remark, ...]

    @property
    def complete(self) -> bool:
        """Whether the policy says everything that the document said."""
        return not any(remark.left_out for remark in self.remarks)


def read_restrictions(document: bytes) -> Imported:
    """Read a DOM-restriction document; raises :class:`ImportRefused`."""
    root = _parse(document)
    if _name(root) != "domRestrictions":
        raise ImportRefused(f"line {root.sourceline}: the root is <{_name(root)}>, and not <domRestrictions>")
    remarks: list[Remark] = []
    rules: list[ImportedRule] = []
    origins: dict[str, None] = {}
    for child in _children(root):
        if _name(child) == "restrictionsSet":
            rules += _set(child, remarks, origins)
        else:
            remarks.append(_unknown(child))
    return Imported(tuple(rules), tuple(sorted(origins)), tuple(sorted(remarks)))


# The policy as text


def as_toml(imported: Imported, name: str) -> str:
    """The policy, with what has to be looked at by hand beside it.  ``name`` is the document's."""
    lines = [
        f"# Made from {_comment(name)} by `cobrowse policy import`. Passwords are secret without a rule, and no",
        "# submit button is allowed to agents. `cobrowse policy check` shows what is doubtful.",
        "#",
        "# Rules are about paths: what the addresses said of sites, queries and fragments is not here.",
        "",
        "# The company's site is not in DOM restrictions. List its origins: until then nothing can be shown.",
    ]
    if imported.origins:
        lines.append(f"# Named in the addresses: {_comment(', '.join(imported.origins))}")
    lines.append("site = []")
    for remark in imported.remarks:
        if remark.left_out:
            lines += ["", f"# LEFT OUT (line {remark.line}): {_comment(remark.what)}"]
    for rule in imported.rules:
        lines += ["", f"# <restrictionsSet>, line {rule.line}", "[[pages]]", f"path = {_string(rule.path)}"]
        lines += _list("mask", rule.mask) + _list("disable", rule.disable)
    return "\n".join(lines) + "\n"


def _list(key: str, selectors: tuple[str, ...]) -> list[str]:
    if len(selectors) < 2:
        return [f"{key} = [{_string(one)}]" for one in selectors]
    return [f"{key} = [", *(f"    {_string(one)}," for one in selectors), "]"]


def _string(text: str) -> str:
    """A TOML basic string: JSON's, with the one control character that JSON lets stand."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    """Text for one line of a comment, whatever is in it."""
    return "".join(char if char.isprintable() else " " for char in text)


# Reading XML


class _DoctypeWatch(etree.TreeBuilder):
    """Stops reading at a DOCTYPE, before any entity that it declares can be used, and remembers it."""

    found = False

    @override
    def doctype(self, name: str | None, pubid: str | None, system: str | None) -> None:
        self.found = True
        raise ImportRefused(_DOCTYPE)  # lxml may turn it into an error of its own


_DOCTYPE: Final = "it has a DOCTYPE: entities and DTDs are not read, from here or elsewhere"


def _parse(document: bytes) -> etree._Element:
    if len(document) > MAX_BYTES:
        raise ImportRefused(f"it has more than {MAX_BYTES} bytes")
    watch = _DoctypeWatch()
    try:
        etree.fromstring(
            document, etree.XMLParser(target=watch, resolve_entities=False, no_network=True, load_dtd=False)
        )
        reader = etree.XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
        )
        root: etree._Element = etree.fromstring(document, reader)
    except etree.XMLSyntaxError as error:
        why = _DOCTYPE if watch.found else f"it is no well-formed XML: {error.msg}"
        raise ImportRefused(why) from None
    return root


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname


def _children(element: etree._Element) -> Iterator[etree._Element]:
    return (child for child in element if isinstance(child.tag, str))


def _line(element: etree._Element) -> int:
    return element.sourceline or 0


def _unknown(element: etree._Element) -> Remark:
    parent = element.getparent()
    where = "" if parent is None else f" in <{_name(parent)}>"
    return Remark(_line(element), True, f"<{_name(element)}>{where} is not known")


# Sets

_MASKING: Final = frozenset({"dataMasking"})
_DISABLING: Final = frozenset({"domElements", "domElement", "domControl", "domControls"})


def _set(element: etree._Element, remarks: list[Remark], origins: dict[str, None]) -> Iterator[ImportedRule]:
    paths: list[str] = []
    mask: dict[str, None] = {}
    disable: dict[str, None] = {}
    for child in _children(element):
        if _name(child) == "uriTemplate":
            paths.append(_path(child, remarks, origins))
        elif _name(child) in _MASKING | _DISABLING:
            into = mask if _name(child) in _MASKING else disable
            into.update(dict.fromkeys(_selectors(child, remarks)))
        else:
            remarks.append(_unknown(child))
    if not paths:
        remarks.append(
            Remark(_line(element), False, "a set without <uriTemplate>: it holds on every page here")
        )
    if mask or disable:
        for path in dict.fromkeys(paths or ["*"]):
            yield ImportedRule(_line(element), path, tuple(mask), tuple(disable))


# Selectors

_SELECTOR_NAMES: Final = frozenset(
    {"selector", "selectors", "cssselector", "cssselectors", "jqueryselector", "jqueryselectors"}
)
_WITHOUT_MEANING: Final = frozenset({"id", "name", "description", "comment"})


def _selectors(container: etree._Element, remarks: list[Remark]) -> Iterator[str]:
    """The selectors of a container that can be read; the others are remarked upon."""
    for element in _children(container):
        if _name(element).lower() in _SELECTOR_NAMES:
            found = [_text(element)]
        elif _name(element) == "element":
            found = list(_selectors_of(element, remarks))
        else:
            remarks.append(_unknown(element))
            continue
        for selector in found or [""]:
            try:
                read_selector(selector)
            except PolicyError as error:
                remarks.append(Remark(_line(element), True, f"in <{_name(container)}>: {error.what}"))
            else:
                yield selector


def _selectors_of(element: etree._Element, remarks: list[Remark]) -> Iterator[str]:
    for name, value in element.attrib.items():
        local = etree.QName(str(name)).localname.lower()
        if local in _SELECTOR_NAMES:
            yield " ".join(str(value).split())
        elif local not in _WITHOUT_MEANING:
            remarks.append(Remark(_line(element), True, f"attribute {local!r} of <element> is not known"))
    for child in _children(element):
        if _name(child).lower() in _SELECTOR_NAMES:
            yield _text(child)
        else:
            remarks.append(_unknown(child))
    if text := " ".join((element.text or "").split()):
        yield text


def _text(element: etree._Element) -> str:
    return " ".join("".join(str(part) for part in element.itertext()).split())


# Addresses

_HOST_PART: Final = re.compile(
    r"\^?(?P<scheme>https?\??|\(http\|https\)|\.\*):(?:\\?/){2}(?P<host>(?:[^/\\]|\\[^/])*)"
)
#: Pieces of a regular expression and what they are in a pattern; ``*`` may stand for more than they do.
_PIECES: Final = (
    (re.compile(r"\.[*+]\??|\[\^[^\]]*\][*+]\??|\\[dwDWS][*+]?|\[(?:[\w-]|\\\w)+\][*+]?|\.(?![*+?{])"), "*"),
    (re.compile(r"\\([^\w\s])(?![*+?{])"), None),
    (re.compile(r"([\w/~%@!,;:=&'\" -])(?![*+?{])"), None),
)


def _path(template: etree._Element, remarks: list[Remark], origins: dict[str, None]) -> str:
    """The pattern for a set's addresses.

    Never one that fits fewer paths: at worst, every page.  What an expression says of queries and fragments
    is passed over, and one that begins with / (or .*/) is read as being about paths.
    """
    line = _line(template)
    regexp = str(template.get("pattern") or template.get("template") or _text(template)).strip()
    kind = str(template.get("type") or "regexp").lower()
    if kind not in ("regexp", "regex") or not regexp:
        what = f"<uriTemplate type={kind!r}> is not read: its set holds on every page here"
        remarks.append(Remark(line, True, what))
        return "*"
    rest, origin = _without_origin(regexp)
    if origin:
        origins[origin] = None
    if rest is not None and rest != regexp:
        remarks.append(
            Remark(line, False, f"{regexp!r} names a site: its set holds at that path on every origin here")
        )
    path = None if rest is None else _as_pattern(rest, whole=rest != regexp)
    if path is None:
        remarks.append(Remark(line, True, f"{regexp!r} is no `*` pattern: its set holds on every page here"))
        return "*"
    return path


def _without_origin(regexp: str) -> tuple[str | None, str]:
    """The part of an expression that is about paths (None: there is none by itself), and the origin if it is plain."""
    found = _HOST_PART.match(regexp)
    if found is None:
        bare = regexp.removeprefix("^").removeprefix(".*").removeprefix("\\")
        about_paths = bare.startswith("/") and not bare.startswith(("//", "/\\/"))
        return (regexp if about_paths or set(regexp) <= set("^.*$") else None), ""
    host = found["host"].replace("\\", "")
    plain = found["scheme"] in ("http", "https") and re.fullmatch(r"[a-z0-9.:-]+", host) is not None
    origin = f"{found['scheme']}://{host}" if plain else ""
    greedy = re.search(r"\.[*+]|\[\^|[()|]|\\[WSD]", found["host"])
    rest = regexp[found.end() :]
    if greedy is not None and rest:
        return None, ""  # such a host may run on into the path
    return (rest or ".*"), origin if origin_of(origin) is not None and urlsplit(origin).path == "" else ""


def _as_pattern(regexp: str, *, whole: bool) -> str | None:
    """The `*` pattern that fits at least the same paths; None where there is none.

    ``whole`` says that it begins where a path begins; else it is looked for anywhere in it.
    """
    anchored = whole or regexp.startswith("^/") or regexp.startswith("^\\/")
    left, made = regexp.removeprefix("^"), [] if anchored else ["*"]
    while left and left != "$":
        if left.startswith("\\?"):
            return shortened("".join(made)) or None  # a query: patterns are about paths, with any query
        piece = _piece(left)
        if piece is None:
            return None
        length, text = piece
        made.append(text)
        left = left[length:]
    pattern = shortened("".join(made) + ("" if left == "$" else "*"))
    return pattern if pattern.startswith(("/", "*")) else None


def _piece(regexp: str) -> tuple[int, str] | None:
    """The length of the first piece of an expression, and what it is in a pattern; None where it is nothing."""
    for kind, text in _PIECES:
        if (found := kind.match(regexp)) is not None:
            literal = found[1] if text is None else text
            return None if literal in "#?" else (len(found[0]), literal)
    return None


def summary(remarks: Iterable[Remark], name: str) -> Iterator[str]:
    """The remarks as lines: file, line, what became of it."""
    for remark in remarks:
        yield f"{name}:{remark.line}: {'left out' if remark.left_out else 'changed'}: {remark.what}"
