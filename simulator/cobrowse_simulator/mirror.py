"""The mirror: a customer's page as rrweb events, and the agent's view that is built from them.

The events are rrweb's own (format 2.x), so that any rrweb replayer can show a scripted customer.  Only
what is on an allow-list of elements and attributes goes in, masked where the policy masks: scripts,
comments, event handlers, hidden and file inputs' values and outside addresses never do.  What is blocked,
and what cannot be mirrored safely, is an empty placeholder of its size (MASK-4, MASK-12).

The version of a field (WRITE-14) is not in the events: it is counted from them.  A field is at version 1
in a full snapshot, and each Input event for it is one more; both ends count alike.

Order: the events as data, making them (:func:`snapshot`, :func:`changed`), reading them (:class:`Tree`,
:class:`MirrorView`).
"""

import functools
from collections.abc import Iterable, Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

import msgspec
from cobrowse_spec.terms import Reason
from cobrowse_spec.wire.messages import WireError
from lxml.html import HtmlElement

from .acts import Fill, Focus, Reveal, ScrollTo, SetChecked, SetOption, SetText
from .page import Page, Viewport, is_field, kind, option_value
from .restrictions import Restrictions

Attribute = str | int | float | bool | None


# The events as data.  Field names are rrweb's, in camelCase on the wire.


class DocumentNode(msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag=0, dict=True):
    """The document itself."""

    id: int
    child_nodes: tuple["Node", ...] = ()

    @functools.cached_property
    def tree(self) -> "Tree":
        """What an agent sees in it, for all who see it; not to be changed."""
        return Tree(self)


class DocumentTypeNode(msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag=1):
    """The document type: for `<!DOCTYPE html>` the name is `html`, the others are empty."""

    id: int
    name: str = "html"
    public_id: str = ""
    system_id: str = ""


class ElementNode(msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag=2):
    """An element; the state of a field is in its attributes (value, checked, selected)."""

    id: int
    tag_name: str
    attributes: dict[str, Attribute]
    child_nodes: tuple["Node", ...] = ()


class TextNode(msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag=3):
    """Text between tags."""

    id: int
    text_content: str


class CommentNode(msgspec.Struct, frozen=True, rename="camel", tag_field="type", tag=5):
    """A comment.  Never sent from here."""

    id: int
    text_content: str = ""


Node = DocumentNode | DocumentTypeNode | ElementNode | TextNode | CommentNode


class Offset(msgspec.Struct, frozen=True):
    """Where the page is scrolled to, in CSS pixels."""

    left: float = 0
    top: float = 0


class MetaData(msgspec.Struct, frozen=True):
    """The page's address (without query and fragment) and the size of the window."""

    href: str
    width: int
    height: int


class SnapshotData(msgspec.Struct, frozen=True, rename="camel"):
    """A whole page."""

    node: DocumentNode
    initial_offset: Offset = Offset()


class TextChange(msgspec.Struct, frozen=True):
    """A text node says something else."""

    id: int
    value: str | None


class AttributeChange(msgspec.Struct, frozen=True):
    """Attributes changed; None takes one away; rrweb's style differences are passed over."""

    id: int
    attributes: dict[str, Attribute | dict[str, object]]


class Removal(msgspec.Struct, frozen=True, rename="camel"):
    """A node is gone."""

    parent_id: int
    id: int


class Addition(msgspec.Struct, frozen=True, rename="camel"):
    """A node is new, before ``next_id`` or, where that is None, at the end."""

    parent_id: int
    next_id: int | None
    node: Node


class Mutation(msgspec.Struct, frozen=True, tag_field="source", tag=0):
    """The document changed."""

    texts: tuple[TextChange, ...] = ()
    attributes: tuple[AttributeChange, ...] = ()
    removes: tuple[Removal, ...] = ()
    adds: tuple[Addition, ...] = ()


class MouseInteraction(msgspec.Struct, frozen=True, tag_field="source", tag=2):
    """A click, a focus: ``type`` is rrweb's number for it."""

    type: int
    id: int


class ScrollChange(msgspec.Struct, frozen=True, tag_field="source", tag=3):
    """The document, or an element, is scrolled."""

    id: int
    x: float
    y: float


class ViewportResize(msgspec.Struct, frozen=True, tag_field="source", tag=4):
    """The customer's window has another size."""

    width: int
    height: int


class Input(msgspec.Struct, frozen=True, rename="camel", tag_field="source", tag=5):
    """A field holds something else."""

    id: int
    text: str
    is_checked: bool


class MetaEvent(msgspec.Struct, frozen=True, tag_field="type", tag=4):
    """Comes before a snapshot.  ``timestamp`` is in milliseconds, as in every event."""

    data: MetaData
    timestamp: int


class FullSnapshotEvent(msgspec.Struct, frozen=True, tag_field="type", tag=2):
    """The page from scratch."""

    data: SnapshotData
    timestamp: int


class IncrementalEvent(msgspec.Struct, frozen=True, tag_field="type", tag=3):
    """What changed since."""

    data: Mutation | MouseInteraction | ScrollChange | ViewportResize | Input
    timestamp: int


MirrorEvent = MetaEvent | FullSnapshotEvent | IncrementalEvent


class _EncodedData(msgspec.Struct, frozen=True, rename="camel"):
    """As :class:`SnapshotData`, with the nodes in JSON."""

    node: msgspec.Raw
    initial_offset: Offset = Offset()


class EncodedSnapshotEvent(msgspec.Struct, frozen=True, tag_field="type", tag=2):
    """As :class:`FullSnapshotEvent`, with the nodes in JSON: the same page is encoded and decoded once for all."""

    data: _EncodedData
    timestamp: int


#: What a payload is made of.
ToSend = MirrorEvent | EncodedSnapshotEvent

_FOCUS: Final = 5
_DOCUMENT: Final = 1

#: The largest document that is remembered as what it was decoded to, in bytes of JSON.
_REMEMBERED_BYTES: Final = 128 << 10

_events: Final = msgspec.json.Decoder(tuple[msgspec.Raw, ...])
_event: Final = msgspec.json.Decoder(MetaEvent | EncodedSnapshotEvent | IncrementalEvent)
_known_events: Final = msgspec.json.Decoder(tuple[MetaEvent | EncodedSnapshotEvent | IncrementalEvent, ...])
_document: Final = msgspec.json.Decoder(DocumentNode)


def encode_events(events: Sequence[ToSend]) -> bytes:
    """The payload of one content frame."""
    return msgspec.json.encode(events)


def decode_events(payload: bytes) -> tuple[MirrorEvent, ...]:
    """The events in a payload; raises :class:`WireError` where it is no array of events.

    rrweb has kinds of events that a scripted agent has no use for; those are passed over.
    """
    try:
        return tuple(event for read in _read(payload) for event in _whole(read))
    except msgspec.DecodeError:
        raise WireError(Reason.MALFORMED, "content is a JSON array of rrweb events") from None


def _read(payload: bytes) -> Iterable[MetaEvent | EncodedSnapshotEvent | IncrementalEvent]:
    """The known events of a payload: all at once where there are no others."""
    try:
        return _known_events.decode(payload)
    except msgspec.ValidationError:
        return [event for raw in _events.decode(payload) for event in _known(raw)]


def _known(raw: msgspec.Raw) -> Iterator[MetaEvent | EncodedSnapshotEvent | IncrementalEvent]:
    try:
        yield _event.decode(raw)
    except msgspec.ValidationError:
        return


def _whole(event: MetaEvent | EncodedSnapshotEvent | IncrementalEvent) -> Iterator[MirrorEvent]:
    """The event with its nodes, if it has any; nothing where they are none."""
    if not isinstance(event, EncodedSnapshotEvent):
        yield event
        return
    data = event.data
    read = _remembered if len(memoryview(data.node)) <= _REMEMBERED_BYTES else _document.decode
    try:
        yield FullSnapshotEvent(SnapshotData(read(bytes(data.node)), data.initial_offset), event.timestamp)
    except msgspec.ValidationError:
        return


@functools.lru_cache(maxsize=128)
def _remembered(encoded: bytes) -> DocumentNode:
    return _document.decode(encoded)


# Making them

#: What is not mirrored at all: it runs, loads, or shows nothing.
LEFT_OUT: Final = frozenset(
    {
        "script",
        "noscript",
        "template",
        "style",
        "link",
        "meta",
        "base",
        "param",
        "source",
        "track",
        "datalist",
    }
    | {"audio"}
)

#: What takes up room on the page and cannot be mirrored safely: a placeholder of the same size (MASK-12).
PLACEHOLDERS: Final = frozenset(
    {"object", "embed", "applet", "iframe", "frame", "frameset", "portal", "canvas", "video", "picture"}
    | {"svg", "math"}
)

#: What stands in a line of text; its placeholder does too.
_IN_LINE: Final = frozenset(
    {"a", "abbr", "b", "button", "canvas", "code", "em", "embed", "i", "iframe", "img", "input", "kbd"}
    | {"label", "mark", "math", "meter", "object", "output", "picture", "progress", "q", "s", "samp"}
    | {"select", "small", "span", "strong", "sub", "sup", "svg", "textarea", "time", "u", "var", "video"}
)

#: The attributes that may leave; all others (handlers, `style`, `src`, `data-*`, …) stay.
_KEPT: Final = frozenset(
    {"id", "name", "class", "type", "for", "form", "role", "lang", "dir", "hidden", "tabindex"}
    | {"rows", "cols", "size", "maxlength", "min", "max", "step", "colspan", "rowspan", "scope", "start"}
    | {"multiple", "disabled", "readonly", "required", "open", "selected", "width", "height"}
    | {"value", "placeholder", "title", "alt", "label", "href"}
)

#: Of these, the ones that may show what a masked element holds (MASK-5); `aria-*` as well.
_TELLING: Final = frozenset({"value", "placeholder", "title", "alt", "label"})

#: And the ones that would tell it by their state or their address: left out of a masked element.
_HIDDEN_BY_MASK: Final = frozenset({"href", "selected", "min", "max", "step", "size", "maxlength", "open"})


def snapshot(
    page: Page, veil: Restrictions, viewport: Viewport, now_ms: int, document: msgspec.Raw | None = None
) -> tuple[MetaEvent, EncodedSnapshotEvent]:
    """The whole page, masked, as a Meta event and a full snapshot; ``document``: what :func:`encoded_nodes` made of it."""
    left, top = (0, 0) if page.scroll == (0, 0) or veil.blocks(page.root) else page.scroll
    document = encoded_nodes(page, veil, viewport) if document is None else document
    return (
        MetaEvent(MetaData(page.address, *viewport), now_ms),
        EncodedSnapshotEvent(_EncodedData(document, Offset(left, top)), now_ms),
    )


def encoded_nodes(page: Page, veil: Restrictions, viewport: Viewport) -> msgspec.Raw:
    """The nodes of the whole page, masked, in JSON."""
    return msgspec.Raw(msgspec.json.encode(DocumentNode(_DOCUMENT, (_root(page, veil, viewport),))))


Mirrored = SetText | SetOption | SetChecked | Focus | ScrollTo | Reveal | Fill


def changed(
    page: Page, veil: Restrictions, effects: Iterable[Mirrored], now_ms: int
) -> tuple[MirrorEvent, ...]:
    """The events that tell of effects which the page has just had: one Input event for each field's change.

    Of what happens to blocked elements they tell nothing, not even that it happened.
    """
    seen = (effect for effect in effects if not veil.blocks(_of(page, effect)))
    return tuple(IncrementalEvent(_change(page, veil, effect), now_ms) for effect in seen)


def _of(page: Page, effect: Mirrored) -> HtmlElement:
    """The element that an effect happens to; the whole page scrolls."""
    return page.root if isinstance(effect, ScrollTo) else effect.element


def resized(viewport: Viewport, now_ms: int) -> tuple[MirrorEvent, ...]:
    """The event that tells of a window's new size."""
    return (IncrementalEvent(ViewportResize(*viewport), now_ms),)


def input_event(page: Page, veil: Restrictions, element: HtmlElement) -> Input:
    """What a field holds now, as an agent may see it."""
    if veil.masks(element):
        return Input(page.ref(element), _field_text(page, veil, element), False)
    return Input(page.ref(element), _field_text(page, veil, element), page.checked(element))


def _change(
    page: Page, veil: Restrictions, effect: Mirrored
) -> Mutation | MouseInteraction | ScrollChange | Input:
    match effect:
        case SetText() | SetOption() | SetChecked():
            return input_event(page, veil, effect.element)
        case Focus():
            return MouseInteraction(_FOCUS, page.ref(effect.element))
        case ScrollTo():
            return ScrollChange(_DOCUMENT, *page.scroll)
        case Reveal():
            return _revealed(page, veil, effect.element)
        case Fill():
            return _filled(page, veil, effect)


def _revealed(page: Page, veil: Restrictions, element: HtmlElement) -> Mutation:
    """The text at the start of an element is new: the node that was there, if any, is replaced."""
    parent, number = page.ref(element), page.text_ref(element, "text")
    first = next((one for one in _children(page, veil, element) if not _is_text(one, number)), None)
    text = _shown(veil, element, element.text or "")
    following = None if first is None else first.id
    return Mutation(
        removes=(Removal(parent, number),), adds=(Addition(parent, following, TextNode(number, text)),)
    )


def _filled(page: Page, veil: Restrictions, effect: Fill) -> Mutation:
    """Elements have taken the place of others."""
    parent = page.ref(effect.element)
    return Mutation(
        removes=tuple(Removal(parent, page.ref(gone)) for gone in effect.gone),
        adds=tuple(Addition(parent, None, node) for node in _children(page, veil, effect.element)),
    )


def _is_text(node: Node, number: int) -> bool:
    return isinstance(node, TextNode) and node.id == number


def _root(page: Page, veil: Restrictions, viewport: Viewport) -> ElementNode:
    """The document's element; of a page that is blocked as a whole, nothing but the size of the window."""
    if not veil.blocks(page.root):
        return _element(page, veil, page.root)
    return ElementNode(page.ref(page.root), "html", _size_of(*viewport))


def _element(page: Page, veil: Restrictions, element: HtmlElement) -> ElementNode:
    if element.tag in PLACEHOLDERS or veil.blocks(element):
        return _placeholder(page, element)
    children = () if element.tag == "textarea" else tuple(_children(page, veil, element))
    return ElementNode(page.ref(element), str(element.tag), _attributes(page, veil, element), children)


def _placeholder(page: Page, element: HtmlElement) -> ElementNode:
    """Something empty of the same size: neither what it was nor anything of it can be told from it."""
    size = _size_of(*page.size_of(element))
    if element.tag in _IN_LINE:
        return ElementNode(page.ref(element), "span", {**size, "style": "display:inline-block"})
    return ElementNode(page.ref(element), "div", size)


def _size_of(width: int, height: int) -> dict[str, Attribute]:
    """A size as rrweb's replayer reads it, and the class by which it draws a placeholder."""
    return {"class": "rr-block", "rr_width": f"{width}px", "rr_height": f"{height}px"}


def _children(page: Page, veil: Restrictions, element: HtmlElement) -> Iterator[Node]:
    if element.text:
        yield TextNode(page.text_ref(element, "text"), _shown(veil, element, element.text))
    for child in element:
        if isinstance(child.tag, str) and child.tag not in LEFT_OUT:
            yield _element(page, veil, child)
        if child.tail:
            yield TextNode(page.text_ref(child, "tail"), _shown(veil, element, child.tail))


def _shown(veil: Restrictions, element: HtmlElement, text: str) -> str:
    """What an agent may read of text that stands in an element; white space between secrets is no secret."""
    is_gap = not text.strip() and veil.keeps_secret(element)
    return "" if is_gap else veil.shows(element, text)


def _attributes(page: Page, veil: Restrictions, element: HtmlElement) -> dict[str, Attribute]:
    masked = veil.masks(element)
    kept: dict[str, Attribute] = {}
    for name, given in element.attrib.items():
        value = str(given)
        telling = name in _TELLING or name.startswith("aria-")
        if name not in _KEPT and not telling:
            continue
        if masked and name in _HIDDEN_BY_MASK:
            continue
        if name == "href":
            if (address := _harmless(value)) is not None:
                kept[name] = address
        else:
            kept[name] = veil.shows(element, value) if telling else value
    _state(page, veil, element, kept)
    return kept


def _state(page: Page, veil: Restrictions, element: HtmlElement, kept: dict[str, Attribute]) -> None:
    """Put what a field holds now in place of what the document gave it."""
    if kind(element) in ("hidden", "file"):
        kept.pop("value", None)
    elif element.tag == "option":
        select = next(element.iterancestors("select"), None)
        kept.pop("selected", None)
        if select is not None and not veil.masks(element) and page.value(select) == option_value(element):
            kept["selected"] = True
    elif is_field(element):
        kept["value"] = _field_text(page, veil, element)
        if kind(element) in ("checkbox", "radio") and page.checked(element) and not veil.masks(element):
            kept["checked"] = True


def _field_text(page: Page, veil: Restrictions, element: HtmlElement) -> str:
    """What a field shows; a select no more than the option that is chosen may."""
    text = page.value(element)
    if element.tag == "select":
        chosen = next((one for one in element.iter("option") if option_value(one) == text), None)
        text = text if chosen is None else veil.shows(chosen, text)
    return veil.shows(element, text)


def _harmless(href: str) -> str | None:
    """An address without query and fragment; None for what is no web address."""
    parts = urlsplit("".join(char for char in href if ord(char) > 0x20))
    if parts.scheme not in ("", "http", "https"):
        return None
    return parts._replace(query="", fragment="").geturl()


# Reading them


class MirrorNode:
    """A node of the agent's view."""

    def __init__(self, number: int, tag: str = "", text: str = "") -> None:
        self.number = number
        #: Empty for text.
        self.tag = tag
        self.text = text
        self.attributes: dict[str, Attribute] = {}
        #: The number of the node that it stands in: a node that knew its parent would wait for the garbage collector.
        self.above = 0
        self.children: list[MirrorNode] = []

    def walk(self) -> Iterator["MirrorNode"]:
        """The node and all below it, in the order of the document."""
        ahead = [self]
        while ahead:
            node = ahead.pop()
            yield node
            ahead += reversed(node.children)

    def says(self) -> str:
        """The text in it, with single spaces."""
        return " ".join("".join(node.text for node in self.walk()).split())

    def attribute(self, name: str) -> str:
        """An attribute as text; empty where it is missing."""
        value = self.attributes.get(name)
        return "" if value is None else str(value)

    @property
    def kind(self) -> str:
        """An input's type; for any other node, its tag."""
        return (self.attribute("type").lower() or "text") if self.tag == "input" else self.tag

    @property
    def is_control(self) -> bool:
        """Whether it is a field or a button."""
        return self.tag in ("input", "select", "textarea", "button")

    @property
    def is_called_by_value(self) -> bool:
        """Whether its name is what it holds."""
        return self.kind in ("submit", "reset", "button")


class Tree:
    """The nodes of a page as an agent sees them, and finding one among them."""

    def __init__(self, document: Node | None = None) -> None:
        self.nodes: dict[int, MirrorNode] = {}
        #: What was looked for and found, as long as it must be the same.
        self._found: dict[str, MirrorNode | None] = {}
        self.root = None if document is None else self._build(document)

    def _build(self, made: Node) -> MirrorNode:
        node = self.nodes[made.id] = MirrorNode(made.id)
        if isinstance(made, TextNode):
            node.text = made.text_content
        elif isinstance(made, ElementNode | DocumentNode):
            if isinstance(made, ElementNode):
                node.tag = made.tag_name
                node.attributes.update(made.attributes)
            else:
                node.tag = "#document"
            for below in made.child_nodes:
                child = self._build(below)
                child.above = made.id
                node.children.append(child)
        return node  # of types and comments nothing is shown

    # Changing

    def put(self, data: Input) -> None:
        """A field holds something else."""
        if (node := self.nodes.get(data.id)) is not None:
            if node.is_called_by_value:
                self._found.clear()
            node.attributes["value"] = data.text
            node.attributes["checked"] = data.is_checked

    def mutate(self, data: Mutation) -> None:
        """The document changed."""
        self._found.clear()
        for removal in data.removes:
            gone = self.nodes.pop(removal.id, None)
            parent = None if gone is None else self.nodes.get(gone.above)
            if gone is not None and parent is not None:
                parent.children.remove(gone)
                for node in gone.walk():
                    self.nodes.pop(node.number, None)
        for addition in data.adds:
            parent = self.nodes.get(addition.parent_id)
            if parent is not None:
                node = self._build(addition.node)
                node.above = parent.number
                following = self.nodes.get(addition.next_id or 0)
                at = (
                    parent.children.index(following) if following in parent.children else len(parent.children)
                )
                parent.children.insert(at, node)
        for text in data.texts:
            if (node_ := self.nodes.get(text.id)) is not None:
                node_.text = text.value or ""
        for change in data.attributes:
            if (node_ := self.nodes.get(change.id)) is not None:
                plain = {key: one for key, one in change.attributes.items() if not isinstance(one, dict)}
                node_.attributes.update(plain)

    # Finding, as a person would: by what is written

    def all(self) -> Iterator[MirrorNode]:
        """Every node in the order of the document."""
        return iter(()) if self.root is None else self.root.walk()

    def find(self, name: str) -> MirrorNode | None:
        """The element that a story names."""
        if name not in self._found:
            self._found[name] = self._look_for(name)
        return self._found[name]

    def _look_for(self, name: str) -> MirrorNode | None:
        nodes = list(self.all())
        controls = (node for node in nodes if node.is_control)
        found = next((node for node in controls if node.attribute("name") == name), None)
        if found is None:
            found = next((node for node in nodes if node.tag and node.attribute("id") == name), None)
        if found is None:
            found = _by_label(nodes, name)
        if found is None:
            found = next((node for node in nodes if _is_called(node, name)), None)
        return found


def _by_label(nodes: list[MirrorNode], name: str) -> MirrorNode | None:
    for label in nodes:
        if label.tag == "label" and label.says() == name:
            named = label.attribute("for")
            inside = (node for node in (nodes if named else label.walk()) if node.is_control)
            found = next((node for node in inside if not named or node.attribute("id") == named), None)
            if found is not None:
                return found
    return None


def _is_called(node: MirrorNode, name: str) -> bool:
    if node.tag == "input":
        return node.is_called_by_value and node.attribute("value") == name
    return node.tag in ("button", "a", "summary") and node.says() == name


class MirrorView:
    """The page as an agent sees it: made from the events alone."""

    def __init__(self) -> None:
        self.url = ""
        self.viewport = Viewport(0, 0)
        self.scroll: tuple[float, float] = (0, 0)
        #: The page as it was when it came, whose tree is shared with all who see the same.
        self._document: DocumentNode | None = None
        #: What fields have held since then; looked into only where somebody asks for it.
        self._later: list[Input] = []
        #: The page as it is, where more than that has changed.
        self._own: Tree | None = None
        #: How often each field has changed.
        self._inputs: dict[int, int] = {}

    @property
    def blank(self) -> bool:
        """Whether there is nothing to see."""
        return self._document is None

    def apply(self, events: Iterable[MirrorEvent]) -> None:
        """Follow the customer's page."""
        for event in events:
            match event:
                case MetaEvent():
                    self.url = event.data.href
                    self.viewport = Viewport(event.data.width, event.data.height)
                case FullSnapshotEvent():
                    self._inputs.clear()
                    self._later.clear()
                    self._document, self._own = event.data.node, None
                    self.scroll = (event.data.initial_offset.left, event.data.initial_offset.top)
                case IncrementalEvent():
                    self._change(event.data)

    def text(self) -> str:
        """Everything that can be read on the page, with single spaces."""
        root = self._tree().root
        return "" if root is None else root.says()

    def ref(self, name: str) -> str | None:
        """The reference of the element that a story names; None where the page shows none."""
        node = (self._shared() or self._tree()).find(name)
        return None if node is None else str(node.number)

    def shows(self, name: str) -> str | None:
        """What a field shows: its text, "on" or "off", or the radio button of its group that is on."""
        tree = self._tree()
        node = tree.find(name)
        if node is None:
            return None
        if node.kind == "checkbox":
            return "on" if node.attributes.get("checked") else "off"
        if node.kind == "radio":
            group = [one for one in tree.all() if one.kind == "radio" and one.attribute("name") == name]
            chosen = (one for one in group or [node] if one.attributes.get("checked"))
            return next((one.attribute("value") for one in chosen), "")
        return node.attribute("value") if node.tag in ("input", "select", "textarea") else node.says()

    def version(self, ref: str) -> int:
        """The version of a field that is on view: 1 in the snapshot, one more with each Input event."""
        return 1 + (self._inputs.get(int(ref), 0) if ref.isdecimal() else 0)

    def values(self) -> dict[str, str]:
        """What every text field and select shows, by reference."""
        fields = (node for node in self._tree().all() if node.tag in ("input", "select", "textarea"))
        return {str(node.number): node.attribute("value") for node in fields}

    # Following

    def _shared(self) -> Tree | None:
        """The tree of the page as it came, if elements are called by the same names still; else None."""
        if self._own is not None or self._document is None:
            return None
        tree = self._document.tree
        later = (tree.nodes.get(data.id) for data in self._later)
        return None if any(node is not None and node.is_called_by_value for node in later) else tree

    def _tree(self) -> Tree:
        """The tree of the page as it is; not to be changed."""
        if self._own is None and self._document is not None and not self._later:
            return self._document.tree
        return self._owned()

    def _owned(self) -> Tree:
        """The tree of the page as it is, which nobody else sees."""
        if self._own is None:
            self._own = Tree(self._document)
            for data in self._later:
                self._own.put(data)
            self._later.clear()
        return self._own

    def _change(self, data: Mutation | MouseInteraction | ScrollChange | ViewportResize | Input) -> None:
        match data:
            case Mutation():
                self._owned().mutate(data)
            case Input():
                self._inputs[data.id] = self._inputs.get(data.id, 0) + 1
                if self._own is None:
                    self._later.append(data)
                else:
                    self._own.put(data)
            case ScrollChange():
                if data.id == _DOCUMENT:
                    self.scroll = (data.x, data.y)
            case ViewportResize():
                self.viewport = Viewport(data.width, data.height)
            case MouseInteraction():
                pass  # where the focus is, a scripted agent does not show
