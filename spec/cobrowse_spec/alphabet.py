"""The reduced alphabet: few deeds and beginnings that together make every difference that the rules know.

For :mod:`.explore`.  A letter is relative to the session that it meets ("the newest request", "of an
earlier epoch"), so that it means the same in all sessions that differ only in numbers.

Order: letters, the pages they act on, the deeds of each party, the beginnings, the whole alphabet.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple, get_args

from . import actions as do
from .actions import AnyAction, Deed, Element
from .policy import Policy, Timers
from .session import Session, start_message
from .stories import AGENT, CONTACT_CENTRE, CUSTOMER, DISPLAY_NAMES, SECOND_AGENT, SYSTEM, Role
from .terms import Party, Reason, Timer


class Letter(NamedTuple):
    """Something that somebody can do in any session."""

    role: Role
    make: Callable[[Session], AnyAction]
    #: What its sentence does not say: "of an earlier epoch".
    words: str = ""
    #: The same deed in every session, where that is so: made once.
    always: Deed | None = None

    def deed(self, session: Session) -> Deed:
        """The deed that it is in this session."""
        return self.always or _deed(self.role, self.make(session))


def _deed(role: Role, action: AnyAction) -> Deed:
    if isinstance(action, do.Say):  # the agent of the chat is whom it could bring in
        return Deed(role.party, action, AGENT.who, DISPLAY_NAMES[AGENT.who])
    if role.party is not Party.AGENT:
        return Deed(role.party, action)
    return Deed(role.party, action, role.who, DISPLAY_NAMES[role.who])


def _fixed(role: Role, *actions: AnyAction, words: str = "") -> Iterator[Letter]:
    for action in actions:
        yield Letter(role, lambda session, action=action: action, words, _deed(role, action))  # type: ignore[misc] # mypy cannot infer a lambda's default


def _relative(role: Role, words: str, *makes: Callable[[Session], AnyAction]) -> Iterator[Letter]:
    for make in makes:
        yield Letter(role, make, words)


# Pages

SESSION_ID: Final = "123456789"
SITE: Final = "https://bank.example"
CHAT: Final = "i1"

PLAIN: Final = Element("plain", form="form")
MASKED: Final = Element("masked", masked=True, form="form")
DISABLED: Final = Element("disabled", disabled=True)
SUBMITTING: Final = Element("submitting", submits=("press", "Enter"))
ALLOWED: Final = Element("allowed", submits=("press", "Enter"), allowed=True)
#: An element that comes later, and goes.
LATE: Final = Element("late", form="form")
#: An element that no page has.
ABSENT: Final = Element("absent")

FORM: Final = do.ShowPage("p1", f"{SITE}/apply", (PLAIN, MASKED, DISABLED, SUBMITTING, ALLOWED))
OTHER_PAGE: Final = do.ShowPage("p2", f"{SITE}/rates", (PLAIN,))
OFF_SITE_PAGE: Final = do.ShowPage("p3", f"{SITE}.evil.test/")
PAGES: Final = (FORM, OTHER_PAGE, OFF_SITE_PAGE)
#: Of one page only, so that on the other they are stale.
COMING: Final = do.ShowElements(FORM.page, (LATE,))
GOING: Final = do.ShowElements(FORM.page, gone=(LATE.ref,))

#: Acts on an element, by every means.
_ON_ELEMENTS: Final = (do.Press, do.Type, do.Choose, do.PressKey, do.Submit)


# What each party can do


def _epoch(session: Session) -> int:
    return session.epoch


def _earlier(session: Session) -> int:
    return max(0, session.epoch - 1)


def _page(session: Session) -> str:
    return session.page.page if session.page is not None else FORM.page


def _fence(session: Session) -> do.Fence:
    """No fence comes twice in a session."""
    return do.Fence(f"probe {session.n}")


def _newest(session: Session) -> str:
    return f"r{session.requests}"


def _before(session: Session) -> str:
    return f"r{session.requests - 1}"


def _by_customer() -> Iterator[Letter]:
    yield from _fixed(
        CUSTOMER,
        do.Start(),
        do.Cancel(),
        do.ReturnToPointer(),
        do.Announce(),
        do.LeaveSite(),
        do.ReturnToSite(),
        do.DrawCurtain(),
        do.OpenCurtain(),
        do.Resume(),
        do.Exit(),
        *PAGES,
        COMING,
        GOING,
        do.Press(SUBMITTING.ref),
        do.Type(MASKED.ref),
        do.OpenUrl(url=OFF_SITE_PAGE.url),
    )
    for words, request in (("the newest", _newest), ("the one before", _before), ("a foreign one", _foreign)):
        yield from _relative(
            CUSTOMER,
            words,
            lambda session, request=request: do.Approve(request(session)),  # type: ignore[misc] # as above
            lambda session, request=request: do.Deny(request(session)),  # type: ignore[misc] # as above
        )
    yield from _relative(
        CUSTOMER,
        "the newest, with a limit",
        lambda session: do.Approve(_newest(session), "form"),
        lambda session: do.Approve(_newest(session), ABSENT.ref),
        lambda session: do.Approve(_newest(session), timed=True),
    )
    yield from _relative(
        CUSTOMER,
        "",
        _fence,
        lambda session: do.Report(session.n),
        lambda session: do.Report(session.n, "SUBMIT-1", Reason.SUBMIT_BLOCKED),
        lambda session: do.MovePointer(1, 2, session.epoch),
        lambda session: do.Mirror("d1", 3, session.epoch),
    )
    yield from _relative(
        CUSTOMER,
        "from before content flowed",
        lambda session: do.MovePointer(1, 2, session.flow_since - 1),
        lambda session: do.Mirror("d2", 3, session.flow_since - 1),
    )


def _foreign(session: Session) -> str:
    return "r999999999"


def _by_agent() -> Iterator[Letter]:
    yield from _fixed(
        AGENT,
        do.Join(SESSION_ID),
        do.Request(),
        do.ReturnToPointer(),
        do.Click(3, 4),
        do.Transfer(SECOND_AGENT.who),
        do.Resume(),
        do.Exit(),
    )
    yield from _relative(
        AGENT,
        "",
        lambda session: do.Request(PLAIN.ref, _page(session)),
        lambda session: do.Request(PLAIN.ref, "p0"),
    )
    for words, request in (("the newest", _newest), ("the one before", _before), ("a foreign one", _foreign)):
        yield from _relative(
            AGENT,
            words,
            lambda session, request=request: do.Withdraw(request(session)),  # type: ignore[misc] # as above
        )
    yield from _relative(AGENT, "", _fence, lambda session: do.MovePointer(5, 6, session.epoch))
    yield from _relative(
        AGENT, "from before content flowed", lambda session: do.MovePointer(5, 6, session.flow_since - 1)
    )
    yield from _acts()


def _acts() -> Iterator[Letter]:
    for kind in _ON_ELEMENTS:
        for element in (PLAIN, MASKED, DISABLED, SUBMITTING, ALLOWED, ABSENT):
            yield from _relative(AGENT, "", _act(kind, element=element.ref))
    yield from _relative(AGENT, "", _act(do.Type, element=LATE.ref))
    yield from _relative(AGENT, "of an earlier epoch", _act(do.Type, _earlier, element=PLAIN.ref))
    yield from _relative(
        AGENT,
        "on another page",
        lambda session: do.Type(PLAIN.ref, page="p0", epoch=session.epoch),
    )
    for url in (f"{SITE}/rates", f"{SITE}/admin/keys", OFF_SITE_PAGE.url, "javascript:alert(1)"):
        yield from _relative(AGENT, "", _act(do.OpenUrl, url=url))
    yield from _relative(
        AGENT, "", *(_act(kind) for kind in (do.Scroll, do.GoBack, do.GoForward, do.Refresh))
    )


def _act(
    kind: type[do.AnyAct], epoch: Callable[[Session], int] = _epoch, **fields: Any
) -> Callable[[Session], AnyAction]:
    return lambda session: kind(page=_page(session), epoch=epoch(session), **fields)


def _by_second_agent() -> Iterator[Letter]:
    yield from _fixed(
        SECOND_AGENT,
        do.Join(SESSION_ID),
        do.Request(),
        do.ReturnToPointer(),
        do.Click(7, 8),
        do.Transfer(SECOND_AGENT.who),
        do.Resume(),
        do.Exit(),
    )
    yield from _relative(
        SECOND_AGENT,
        "",
        _fence,
        lambda session: do.Withdraw(session.request),
        lambda session: do.MovePointer(7, 8, session.epoch),
        _act(do.Type, element=PLAIN.ref),
    )


def _by_contact_centre() -> Iterator[Letter]:
    message = start_message(SESSION_ID)
    yield from _fixed(
        CONTACT_CENTRE,
        do.Say(message, Party.SYSTEM, CHAT),
        do.Say(message, Party.AGENT, CHAT),
        do.Say(f"{message} please", Party.SYSTEM, CHAT),
        do.StopSession(CHAT),
        do.EndInteraction(CHAT),
    )
    yield from _fixed(CONTACT_CENTRE, do.Say(message, Party.SYSTEM, "i2"), words="in another chat")


def _by_nobody() -> Iterator[Letter]:
    yield from _fixed(
        SYSTEM,
        *(do.Expire(timer) for timer in Timer),
        *(do.LoseLink(party) for party in Party),
        do.Stir(),
        do.Forbid(),
        do.ShutDown(),
    )
    yield from _relative(SYSTEM, "", _policy_in_force)


def _policy_in_force(session: Session) -> do.FollowPolicy:
    """One beginning's policy is replaced by a stricter one; those of the others are put in force as they are."""
    return do.FollowPolicy(_STRICTER if session.policy_name == _REPLACED else session.policy)


#: What can come over a link: all but what only time, the network or the server does.
_ON_LINKS: Final = (*get_args(do.LinkAction), do.MovePointer, do.Mirror)


def _by_the_wrong(letters: tuple[Letter, ...]) -> Iterator[Letter]:
    """One deed of each kind that a link carries, by every party with a link whose deed it is not."""
    example = Session(SESSION_ID, Policy())
    kinds = {type(letter.deed(example).action): letter for letter in reversed(letters)}
    for kind, letter in reversed(kinds.items()):
        for role in (CUSTOMER, AGENT, CONTACT_CENTRE):
            if role.party not in kind.performers and kind in _ON_LINKS:
                fixed = None if letter.always is None else _deed(role, letter.always.action)
                yield Letter(role, letter.make, "which is not theirs to do", fixed)


# Beginnings

_STANDARD: Final = Policy(site=(SITE,), deny_urls=("/admin/*",))

#: Where nobody is warned, there are fewer states; under the other policies inactivity is watched.
_CALM: Final = Timers(inactivity_s=0)

#: What becomes of the policy of this name, in the midst of a session (MASK-11).
_REPLACED: Final = "to be replaced"
_STRICTER: Final = Policy(site=(SITE,), write_mode=False, deny_urls=("/admin/*",))

#: A session of which nothing has happened yet, under each policy that makes a difference.
BEGINNINGS: Final[dict[str, Session]] = {
    "standard": Session(SESSION_ID, _STANDARD, CHAT),
    "view only": Session(SESSION_ID, Policy(site=(SITE,), write_mode=False), CHAT),
    "to be replaced": Session(SESSION_ID, Policy(site=(SITE,), timers=_CALM), CHAT, _REPLACED),
    "scoped grants": Session(SESSION_ID, Policy(site=(SITE,), scoped_grants=True, timers=_CALM), CHAT),
    "curtain": Session(SESSION_ID, Policy(site=(SITE,), curtain=True, timers=_CALM), CHAT),
    "curtain, view only": Session(SESSION_ID, Policy(site=(SITE,), curtain=True, write_mode=False), CHAT),
    "standalone": Session(SESSION_ID, Policy(site=(SITE,), standalone=True, timers=_CALM)),
    "standard, with no chat or call": Session(SESSION_ID, _STANDARD),
}

_THEIRS: Final = (*_by_customer(), *_by_agent(), *_by_second_agent(), *_by_contact_centre(), *_by_nobody())

#: Every letter: what each party can do, then what it cannot because it is another's.
LETTERS: Final[tuple[Letter, ...]] = (*_THEIRS, *_by_the_wrong(_THEIRS))
