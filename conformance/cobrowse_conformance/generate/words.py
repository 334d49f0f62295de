"""The lines that generated stories are made of: the letters of the machine's alphabet, in sentences.

There is no second alphabet here.  Each letter of :mod:`cobrowse_spec.alphabet` is turned into the sentence
that the rulebook has for it, with what it names abstractly (an element, a request) put into the terms of
the site that stories are told on.  What has no sentence, or none that could be told over a wire, says why.

Order: the names, from a letter to its moves, all moves.
"""

import functools
from collections.abc import Iterator
from typing import Any, Final

from cobrowse_spec import actions as do
from cobrowse_spec import alphabet
from cobrowse_spec.alphabet import BEGINNINGS, LETTERS, Letter
from cobrowse_spec.sentences import TIMERS
from cobrowse_spec.session import start_message
from cobrowse_spec.stories import EARLIER_REQUEST, ROLES, SESSION_ID, CutLink
from cobrowse_spec.telling import describe
from cobrowse_spec.terms import Party, Timer
from cobrowse_spec.trace import Event
from msgspec.structs import replace

from .story import Move

#: What stands on the bank's pages for each kind of element that the alphabet knows.
NAMES: Final = {
    alphabet.PLAIN.ref: "city",
    alphabet.MASKED.ref: "ssn",
    alphabet.DISABLED.ref: "terms-link",
    alphabet.SUBMITTING.ref: "send",
    alphabet.ALLOWED.ref: "subscribe",
    alphabet.LATE.ref: "employer",
    alphabet.ABSENT.ref: "nothing of that name",
}

#: And for each form that these elements are in.
_FORMS: Final = {one.form: "application" for page in alphabet.PAGES for one in page.elements if one.form}

#: What the customer clicks so that an element comes, and so that it goes.
_COMING: Final = "second-income"
_GOING: Final = "no-second-income"

#: The address that administrators deny, under the suite's policy that denies one.
_DENIED: Final = f"{alphabet.SITE}/profile"
_ADDRESSES: Final = {f"{alphabet.SITE}/admin/keys": _DENIED}

#: What is typed and chosen.
_VALUE: Final = "Graz"

#: A session in which "the newest request" and "the one before" have names of their own.
_PROBE: Final = replace(
    BEGINNINGS["standard"],
    requests=7,
    request="r7",
    n=60,
    epoch=50,
    flow_since=40,
    write_since=45,
    page=alphabet.FORM,
)
_NEWEST, _BEFORE = "r7", "r6"

#: How each timer is called in sentences.
_TIMER_NAMES: Final = {field.removesuffix("_s"): name for name, field in TIMERS.items()}

#: Letters that no story tells, by the kind of action, and why.
UNTOLD: Final[dict[type[do.Action], str]] = {
    do.Fence: "each line of a story is followed by fences",
    do.Report: "the customer's client reports what became of an act by itself",
    do.Stir: "moving a pointer stirs",
    do.Forbid: "a policy that changes under a session concerns every session of the target",
    do.ShutDown: "it would end the target for all stories",
}
_ELSEWHERE: Final = "the clients fill in page and chat themselves, so a foreign one cannot be named"
_NO_SENTENCE: Final = "the rulebook has no sentence for it"
_NOT_THEIRS: Final = "the page that elements come and go on is the customer's"
_NO_LINK: Final = "this party has no link that could break"
_NO_FRAMES: Final = "contact centres send no frames at all: an example of SECURE-4 has that"


def moves_of(letter: Letter) -> tuple[Move, ...] | str:
    """The moves that tell a letter; or why no story can."""
    action = letter.deed(_PROBE).action
    match action:
        case do.Expire(timer=timer):
            return _of_timer(timer)
        case do.LoseLink(party=party):
            if party not in (Party.CUSTOMER, Party.AGENT):
                return _NO_LINK
            return (Move(CutLink.sentence.replace("{party}", party)),)
        case do.ShowPage():
            action = do.OpenUrl(url=action.url)
        case do.ShowElements() if letter.role.party is not Party.CUSTOMER:
            return _NOT_THEIRS
        case do.ShowElements():
            action = do.Press(_COMING if action.elements else _GOING)
        case do.MovePointer() | do.Mirror() if letter.role.party is Party.CONTROLLER:
            return _NO_FRAMES
    if letter.words in ("on another page", "in another chat"):
        return _ELSEWHERE
    if type(action) in UNTOLD or not (action.sentence or action.short):
        return UNTOLD.get(type(action), _NO_SENTENCE)
    late = "late, " if letter.words in ("of an earlier epoch", "from before content flowed") else ""
    return (Move(late + _sentence(letter, action)),)


def _sentence(letter: Letter, action: Any) -> str:
    told = replace(action, **_in_terms_of_the_site(action))
    return describe(Event(0, 0.0, letter.role.party, letter.role.who, told))


def _in_terms_of_the_site(action: do.Action) -> dict[str, object]:
    """The fields that a story names differently, with the names."""
    match action:
        case do.Approve(request=request) | do.Deny(request=request) | do.Withdraw(request=request):
            named = {"request": {_NEWEST: "", _BEFORE: EARLIER_REQUEST}.get(request, request)}
            return named | _scope_of(action)
        case do.Request():
            return _scope_of(action)
        case do.Type() | do.Choose():
            return {"element": NAMES[action.element], "value": _VALUE}
        case do.Press() | do.PressKey() | do.Submit():
            return {"element": NAMES.get(action.element, action.element)}
        case do.OpenUrl():
            return {"url": _ADDRESSES.get(action.url, action.url)}
        case do.Join():
            return {"session_id": ""}
        case do.Say():
            known = start_message(alphabet.SESSION_ID)
            return {"text": action.text.replace(known, start_message(SESSION_ID))}
        case _:
            return {}


def _scope_of(action: Any) -> dict[str, object]:
    """What an approval is limited to, by its name on the site (WRITE-15)."""
    scope = getattr(action, "scope", "")
    return {"scope": NAMES.get(scope, _FORMS.get(scope, scope))} if scope else {}


def _of_timer(timer: Timer) -> tuple[Move, ...]:
    name = _TIMER_NAMES[timer]
    return (Move(f"half of the {name} time passes"), Move(timer=name))


#: Time that passes and that nobody is told of: letters have none for it, the machine asks for it.
_COOLING_DOWN: Final = (Move("half of the cool-down time passes"), Move("the cool-down time passes"))


@functools.cache
def all_moves() -> tuple[Move, ...]:
    """Every move, in the alphabet's order, each once."""
    return tuple(dict.fromkeys((*_told(), *_COOLING_DOWN)))


def _told() -> Iterator[Move]:
    for letter in LETTERS:
        moves = moves_of(letter)
        if not isinstance(moves, str):
            yield from moves


#: Everybody whose sight a story can tell.
WATCHERS: Final = tuple(who for who in ROLES if ROLES[who].party is not Party.SYSTEM)
