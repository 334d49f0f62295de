"""A web page as a scripted customer has it open: a real document, with the state of its fields.

The document is what lxml parsed; what a person changes (values, checks, focus, scroll) is kept beside
it, as a browser keeps it.  Nothing here does I/O or decides what is allowed: :mod:`.acts` says what an
act would do, :mod:`.restrictions` what the policy says of an element, :mod:`.gates` what may happen.

Order: what elements are, a parsed document, the page, finding elements by name.
"""

import functools
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import lxml.html
from cobrowse_spec.terms import Party
from lxml.html import HtmlElement

#: Input types that take text.
TEXT_KINDS: Final = frozenset(
    {"text", "search", "url", "tel", "email", "password", "number", "date", "month", "week", "time"}
    | {"datetime-local", "color", "range"}
)

#: Input types that, as a second field, keep Enter from submitting a form without a submit button.
BLOCK_IMPLICIT_SUBMISSION: Final = TEXT_KINDS - {"color", "range"}

_OTHER_KINDS: Final = frozenset({"hidden", "checkbox", "radio", "file", "submit", "image", "reset", "button"})


class Viewport(NamedTuple):
    """The inner size of the customer's window, in CSS pixels."""

    width: int = 1280
    height: int = 720


# What elements are


def kind(element: HtmlElement) -> str:
    """An input's type as browsers understand it; for any other element, its tag."""
    if element.tag != "input":
        return str(element.tag)
    given = (element.get("type") or "text").strip().lower()
    return given if given in TEXT_KINDS or given in _OTHER_KINDS else "text"


def is_text_field(element: HtmlElement) -> bool:
    """Whether text can be typed into it."""
    return kind(element) in TEXT_KINDS or element.tag == "textarea"


def is_field(element: HtmlElement) -> bool:
    """Whether it holds something that a person fills in."""
    return is_text_field(element) or kind(element) in ("checkbox", "radio", "select")


def is_submit_button(element: HtmlElement) -> bool:
    """Submit and image buttons, and a button whose type is missing or unknown (SUBMIT-1)."""
    if element.tag == "button":
        return (element.get("type") or "submit").strip().lower() not in ("button", "reset")
    return kind(element) in ("submit", "image")


def is_button(element: HtmlElement) -> bool:
    """Any kind of button."""
    return element.tag == "button" or kind(element) in ("submit", "image", "reset", "button")


def is_link(element: HtmlElement) -> bool:
    """Whether following it leads somewhere."""
    return element.tag in ("a", "area") and element.get("href") is not None


def is_inert(element: HtmlElement) -> bool:
    """Whether the page itself disabled the control, for everybody."""
    can_be = is_field(element) or is_button(element) or element.tag == "option"
    if can_be and element.get("disabled") is not None:
        return True
    return any(parent.get("disabled") is not None for parent in element.iterancestors("fieldset"))


def is_read_only(element: HtmlElement) -> bool:
    """Whether the page itself lets nobody change the field."""
    return is_inert(element) or element.get("readonly") is not None


def path_up(element: HtmlElement) -> list[HtmlElement]:
    """The element and all that it stands in, as an event bubbles."""
    return [element, *element.iterancestors()]


def words(element: HtmlElement) -> str:
    """The element's text with single spaces."""
    return " ".join(str(element.text_content()).split())


class Size(NamedTuple):
    """The size of an element, in CSS pixels."""

    width: int
    height: int


#: The number of a page's first element in the mirror; 1 is the document itself.
_FIRST_REF: Final = 2
#: The number of the first element that comes after the page has been loaded, far above those of all texts before it.
_FIRST_LATER_REF: Final = 1_000_000

#: The size of what does not say how large it is: about that of a field.
_NOMINAL: Final = Size(200, 20)


class Document:
    """What lxml made of a page's HTML, and the number of each of its nodes in the mirror."""

    def __init__(self, html: str) -> None:
        self.root: HtmlElement = lxml.html.document_fromstring(
            html, parser=lxml.html.HTMLParser(huge_tree=False)
        )
        #: What is in each template: no part of the page before a script puts it there.
        self.templates = {template: _taken_out(template) for template in self.root.iter("template")}
        #: As loaded: every element in the order of the document; and after them the comments and the like, which are
        #: never mirrored, but the text behind them is.
        self.elements = tuple(node for node in self.root.iter() if isinstance(node.tag, str))
        self.nodes = (*self.elements, *(node for node in self.root.iter() if not isinstance(node.tag, str)))
        self.refs: dict[HtmlElement, int] = {
            node: number for number, node in enumerate(self.nodes, _FIRST_REF)
        }
        self.by_ref: dict[str, HtmlElement] = {str(self.refs[element]): element for element in self.elements}
        self.first_text_ref = _FIRST_REF + len(self.nodes)
        #: What has been looked for by name in a document that never changes.
        self.found: dict[str, HtmlElement | None] = {}


@functools.lru_cache(maxsize=128)
def _served(html: str) -> Document:
    """The document that all pages with this source share, as long as no script changes it."""
    return Document(html)


class Page:
    """One open document, parsed when it is first looked into.

    Elements are lxml's own.  They stay the same objects as long as the page lives, but for a page that ``is_shared``
    with others of the same source: what is to change such a document moves to one of the page's own (:meth:`own`).
    """

    def __init__(self, url: str, html: str, *, post: bool = False, is_shared: bool = False) -> None:
        self.url = url
        #: The page as it was loaded.
        self.source = html
        #: Whether it is the answer to a POST: reloading it would submit again (NAVIGATE-6).
        self.post = post
        self.is_shared = is_shared
        self._document: Document | None = None
        self.scroll = (0, 0)
        #: How often the document itself was changed, not what its fields hold.
        self.edition = 0
        self.focus: HtmlElement | None = None
        #: Whether a script has put elements on it, or taken some away.
        self.is_filled = False
        self._later = itertools.count(_FIRST_LATER_REF)
        #: What fields hold that somebody has changed; the others hold what the document gives them.
        self._values: dict[HtmlElement, str] = {}
        self._checked: dict[HtmlElement, bool] = {}
        self._versions: dict[HtmlElement, int] = {}
        self._by_hand: dict[HtmlElement, int] = {}

    @property
    def document(self) -> Document:
        """What the page's HTML was parsed to."""
        if self._document is None:
            self._document = _served(self.source) if self.is_shared else Document(self.source)
        return self._document

    @property
    def root(self) -> HtmlElement:
        """The document's element."""
        return self.document.root

    def own(self) -> Callable[[HtmlElement], HtmlElement]:
        """Make the document the page's alone; returns which of its elements is which of the one that was shared."""
        shared = self.document
        if not self.is_shared:
            return lambda element: element
        self.is_shared = False
        self._document = own = Document(self.source)

        def moved(element: HtmlElement) -> HtmlElement:
            return own.nodes[shared.refs[element] - _FIRST_REF]

        self.focus = None if self.focus is None else moved(self.focus)
        self._values = {moved(element): value for element, value in self._values.items()}
        self._checked = {moved(element): on for element, on in self._checked.items()}
        self._versions = {moved(element): number for element, number in self._versions.items()}
        self._by_hand = {moved(element): number for element, number in self._by_hand.items()}
        return moved

    @property
    def path(self) -> str:
        """The path of the page's address."""
        return urlsplit(self.url).path or "/"

    @property
    def is_as_loaded(self) -> bool:
        """Whether nobody has changed anything on it."""
        return not (self.edition or self._values or self._checked or self.scroll != (0, 0))

    def reveal(self, element: HtmlElement, text: str) -> None:
        """A script of the page puts another text into an element of a document that is the page's own."""
        assert not self.is_shared
        element.text = text
        self.edition += 1

    @property
    def address(self) -> str:
        """The page's address without query and fragment: all of it that may leave (RECORD-2)."""
        return urlsplit(self.url)._replace(query="", fragment="").geturl()

    @property
    def title(self) -> str:
        """The document's title."""
        return next((words(title) for title in self.root.iter("title")), "")

    def elements(self) -> Iterator[HtmlElement]:
        """Every element in the order of the document, comments and the like left out."""
        if self.is_shared:
            return iter(self.document.elements)
        return (element for element in self.root.iter() if isinstance(element.tag, str))

    def size_of(self, element: HtmlElement) -> Size:
        """How large an element is.  A scripted page is not laid out: as large as it says, in pixels."""
        return Size(*(_stated(element, side, default) for side, default in _NOMINAL._asdict().items()))

    # References: the mirror's node numbers

    def ref(self, element: HtmlElement) -> int:
        """The element's number in the mirror, the same as long as the page lives."""
        return self.document.refs[element]

    def text_ref(self, element: HtmlElement, part: str) -> int:
        """The number of the text inside (``part`` "text") or behind ("tail") an element."""
        return self.document.first_text_ref + 2 * self.document.refs[element] + (part == "tail")

    def by_ref(self, ref: str) -> HtmlElement | None:
        """The element that a reference means on this page."""
        return self.document.by_ref.get(ref)

    # Elements that come and go

    def fill(self, place: HtmlElement, template: HtmlElement | None) -> None:
        """Put what is in a template into an empty element; without a template, empty it.

        Of the template only its elements: texts between them are left out.  The document has to be the page's own.
        """
        assert not self.is_shared
        self.is_filled = True
        self.edition += 1
        document = self.document
        for child in list(place):
            for gone in child.iter():
                document.by_ref.pop(str(document.refs[gone]), None)
                if self.focus is gone:
                    self.focus = None
            place.remove(child)
        html = "" if template is None else document.templates.get(template, "")
        for child in list(lxml.html.fragment_fromstring(html, create_parent=True)):
            child.tail = None
            place.append(child)
            for number, come in zip(self._later, child.iter(), strict=False):
                document.refs[come] = number
                document.by_ref[str(number)] = come

    # Fields

    def value(self, element: HtmlElement) -> str:
        """What a field holds: its text, or the value of what is chosen."""
        changed = self._values.get(element)
        return self._default_value(element) if changed is None else changed

    def checked(self, element: HtmlElement) -> bool:
        """Whether a check box or radio button is on."""
        changed = self._checked.get(element)
        return element.get("checked") is not None if changed is None else changed

    def set_value(self, element: HtmlElement, value: str, by: Party) -> None:
        """Change what a field holds."""
        self._values[element] = value
        self.touch(element, by)

    def set_checked(self, element: HtmlElement, on: bool, by: Party) -> None:
        """Turn a check box or radio button on or off."""
        self._checked[element] = on
        self.touch(element, by)

    def touch(self, element: HtmlElement, by: Party) -> None:
        """A new version of the field, which the mirror is told of with one Input event (WRITE-14)."""
        self._versions[element] = self.version(element) + 1
        if by is Party.CUSTOMER:
            self._by_hand[element] = self._versions[element]

    def version(self, element: HtmlElement) -> int:
        """1 at the snapshot, and one more with every Input event since."""
        return self._versions.get(element, 1)

    def version_by_customer(self, element: HtmlElement) -> int:
        """The version that the customer's last edit made; 0 where there was none since the snapshot."""
        return self._by_hand.get(element, 0)

    def forget_versions(self) -> None:
        """Count anew: a snapshot tells the mirror everything."""
        self._versions.clear()
        self._by_hand.clear()

    def default_value(self, element: HtmlElement) -> tuple[str, bool]:
        """What the document itself puts into a field, and whether it checks it."""
        return self._default_value(element), element.get("checked") is not None

    def _default_value(self, element: HtmlElement) -> str:
        if element.tag == "textarea":
            return str(element.text_content()).removeprefix("\n")
        if element.tag == "select":
            options = list(element.iter("option"))
            chosen = next((one for one in options if one.get("selected") is not None), None)
            chosen = chosen if chosen is not None else next(iter(options), None)
            return "" if chosen is None else option_value(chosen)
        if kind(element) in ("checkbox", "radio"):
            return element.get("value") or "on"
        return element.get("value") or ""

    # Forms and labels

    def form_of(self, element: HtmlElement) -> HtmlElement | None:
        """The form owner: by the `form` attribute where there is one, else the form that it stands in."""
        if element.tag == "form":
            return element
        named = element.get("form")
        if named is not None:
            owner = self.by_id(named)
            return owner if owner is not None and owner.tag == "form" else None
        return next(element.iterancestors("form"), None)

    def controls_of(self, form: HtmlElement) -> list[HtmlElement]:
        """The fields and buttons that belong to a form, in the order of the document."""
        return [
            one for one in self.elements() if (is_field(one) or is_button(one)) and self.form_of(one) is form
        ]

    def labelled(self, label: HtmlElement) -> HtmlElement | None:
        """The control that a label stands for."""
        named = label.get("for")
        if named is not None:
            control = self.by_id(named)
            return control if control is not None and (is_field(control) or is_button(control)) else None
        return next((one for one in label.iter() if is_field(one) or is_button(one)), None)

    def radio_group(self, radio: HtmlElement) -> list[HtmlElement]:
        """The radio buttons of which only one can be on."""
        name, form = radio.get("name"), self.form_of(radio)
        group = (one for one in self.elements() if kind(one) == "radio" and one.get("name") == name)
        return [one for one in group if self.form_of(one) is form] if name else [radio]

    # Finding elements by name

    def by_id(self, name: str) -> HtmlElement | None:
        """The first element with this ID."""
        return next((one for one in self.elements() if one.get("id") == name), None)

    def find(self, name: str) -> HtmlElement | None:
        """The element that a story names: by a control's name, an ID, a label, the text on a button or link."""
        if not name:
            return None
        if not self.is_shared:
            return self._look_for(name)
        found = self.document.found
        if name not in found:
            found[name] = self._look_for(name)
        return found[name]

    def _look_for(self, name: str) -> HtmlElement | None:
        controls = (one for one in self.elements() if is_field(one) or is_button(one))
        found = next((one for one in controls if one.get("name") == name), None)
        if found is None:
            found = self.by_id(name)
        if found is None:
            labels = (
                self.labelled(one) for one in self.elements() if one.tag == "label" and words(one) == name
            )
            found = next((one for one in labels if one is not None), None)
        if found is None:
            found = next((one for one in self.elements() if _says(one, name)), None)
        return found

    def name_of(self, element: HtmlElement) -> str:
        """What a story calls the element; nothing that is written on the page, which may be masked."""
        return element.get("name") or element.get("id") or str(element.tag)

    def shows(self, element: HtmlElement) -> str:
        """What a field shows: its text, "on" or "off", or the radio button of its group that is on."""
        if kind(element) == "checkbox":
            return "on" if self.checked(element) else "off"
        if kind(element) == "radio":
            group = self.radio_group(element)
            return next((self.value(one) for one in group if self.checked(one)), "")
        return self.value(element) if is_field(element) else words(element)


def _taken_out(template: HtmlElement) -> str:
    """The HTML in a template, which then is empty."""
    html = "".join(lxml.html.tostring(child, encoding="unicode") for child in template)
    for child in list(template):
        template.remove(child)
    return html


def _stated(element: HtmlElement, side: str, default: int) -> int:
    """A side in pixels by the element's `style`, else by its attribute, else the default."""
    styled = re.search(rf"(?:^|[;\s]){side}\s*:\s*(\d{{1,5}})(?:\.\d+)?px", element.get("style") or "")
    plain = re.match(r"\s*(\d{1,5})(?:\.\d+)?(?:px)?\s*$", element.get(side) or "")
    found = styled or plain
    return default if found is None else int(found[1])


def option_value(option: HtmlElement) -> str:
    """An option's value: its text, where it has none of its own."""
    value = option.get("value")
    return words(option) if value is None else value


def _says(element: HtmlElement, name: str) -> bool:
    if kind(element) in ("submit", "reset", "button") and element.tag == "input":
        return element.get("value") == name
    return (is_button(element) or is_link(element) or element.tag == "summary") and words(element) == name
