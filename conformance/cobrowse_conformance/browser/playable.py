"""Playable: which stories two people before browsers can play, and which they cannot, with the reason.

Browser sides send no message of their own making: what only a forged message could do has no control in
any product, and is judged over the wire.

Order: what nobody can do with mouse and keyboard, what needs a control, whom there is no browser for, a story.
"""

from collections.abc import Iterator
from typing import Final, TypeGuard

from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec import stories
from cobrowse_spec.rulebook import Example
from cobrowse_spec.stories import AGENT, CONTACT_CENTRE, CUSTOMER, Expect, Perform, Role, Step
from cobrowse_spec.terms import Party

from .profile import Agent, Customer, Meaning, Profile, Saying, meaning

#: Steps that only a scripted party can play.
_FORGED: Final = {
    stories.SendText: "a browser sends no message of the suite's making",
    stories.SendTooMuch: "a browser sends no message of the suite's making",
    stories.SendBadBytes: "a browser sends no message of the suite's making",
    stories.SendNonsense: "a browser sends no message of the suite's making",
    stories.StallLink: "a browser's link cannot be stalled",
    stories.ComeBackAs: "a browser has no token but its own",
    stories.Crash: "crashes are played over the wire",
    stories.Guess: "guessing is played over the wire",
    stories.StartMany: "crowds are played over the wire",
    stories.ExpectReceipt: "receipts are read over the wire",
    stories.ExpectIntactReceipt: "receipts are read over the wire",
    stories.ExpectNotInReceipt: "receipts are read over the wire",
    stories.ConnectOnly: "the second agent has no browser",
}

#: Actions for which no product has a control, by party.
_NO_CONTROL: Final = {
    do.Mirror: "content leaves by the product's own doing only",
    do.Transfer: "there is no control to hand a session on",
    do.Say: "messages are posted over the wire",
    do.StopSession: "sessions are stopped over the wire",
    do.PutPolicy: "policies change over the wire",
    do.Announce: "a page announces nothing but by reloading",
}

#: The control that a party needs to do something, where a product may do without it.
_CONTROLS: Final = {
    (Party.CUSTOMER, do.Approve): "approve",
    (Party.CUSTOMER, do.Deny): "deny",
    (Party.CUSTOMER, do.ReturnToPointer): "to_pointer",
    (Party.CUSTOMER, do.DrawCurtain): "draw_curtain",
    (Party.CUSTOMER, do.OpenCurtain): "open_curtain",
    (Party.AGENT, do.Request): "pencil_icon",
    (Party.AGENT, do.Withdraw): "withdraw",
    (Party.AGENT, do.ReturnToPointer): "pointer_icon",
    (Party.AGENT, do.OpenUrl): "url_bar",
    (Party.AGENT, do.GoBack): "back",
    (Party.AGENT, do.GoForward): "forward",
    (Party.AGENT, do.Refresh): "refresh",
}

#: The control at which a party sees something.
_SIGHTS: Final = {
    (Party.CUSTOMER, see.Circle): "red_circle",
    (Party.AGENT, see.Circle): "red_circle",
    (Party.CUSTOMER, see.PointerAt): "agent_pointer",
    (Party.AGENT, see.PointerAt): "customer_pointer",
    (Party.CUSTOMER, see.MaskExplained): "mask_hint",
    (Party.AGENT, see.IconShown): "pencil_icon",
    (Party.AGENT, see.ScrollBarsShown): "scroller",
}

#: What shows on no screen: what only a message can tell.
UNSEEN: Final = (see.Acted, see.Restored, see.ElementsShown)

#: Who has a browser, or a hook.
_PLAYERS: Final = (CUSTOMER, AGENT, CONTACT_CENTRE)


def unplayable(example: Example, profile: Profile, unread: str = "") -> str:
    """Why a story cannot be played in browsers at this product; empty: it can.

    ``unread`` says why nobody can read what goes over these browsers' network; else it is empty.
    """
    if unread and any(map(_reads_network, _all_steps(example))):
        return unread
    return next(_obstacles(example, profile), "")


def _reads_network(step: Step) -> bool:
    """Whether what a party exchanges must be read."""
    return isinstance(step, stories.ExpectBytes) or (
        isinstance(step, Expect) and step.kind is see.StrangerAsked
    )


def unmapped(example: Example, profile: Profile) -> str:
    """The first control that a story needs and that the profile does not map, e.g. "agent.back"; empty: it maps all."""
    for step in _all_steps(example):
        if not isinstance(step, Perform | Expect):
            continue
        party = step.role.party
        if isinstance(step, Perform):
            name = _CONTROLS.get((party, type(step.action)), "")
        else:
            name = _SIGHTS.get((party, step.kind), "")
        table = profile.customer if party is Party.CUSTOMER else profile.agent
        if name and getattr(table, name) is None:
            return f"{party}.{name}"
        if is_told(step) and not _can_say(table, str(step.fields["reason"])):
            return f"{party}.notice with words for '{Saying.REFUSED}: {step.fields['reason']}'"
    return ""


def is_told(step: Step) -> TypeGuard[Expect]:
    """Whether a party must be told why it is refused: that nothing comes of it is not enough."""
    return isinstance(step, Expect) and bool(step.fields.get("told"))


def _can_say(table: Customer | Agent, reason: str) -> bool:
    """Whether the profile knows by which words a product tells this reason, and where."""
    words = map(meaning, table.words.values())
    return table.notice is not None and Meaning(Saying.REFUSED, reason) in words


def _obstacles(example: Example, profile: Profile) -> Iterator[str]:
    policy = "standard"
    steps = list(_all_steps(example))
    for step in steps:
        if type(step) in _FORGED:
            yield _FORGED[type(step)]
        if isinstance(step, stories.BeAt) and not step.origin.startswith("https://"):
            yield "no page can be served there"
        if isinstance(step, stories.LetPass) and step.part < 1:
            yield "two browsers are too slow for half of a short time"
        if isinstance(step, stories.UsePolicy):
            policy = step.name
        for role in _roles(step):
            if role not in _PLAYERS:
                yield f"the {role.who} has no browser"
        if isinstance(step, Perform):
            yield from _of_deed(step, steps)
        if isinstance(step, Expect):
            yield from _of_sight(step)
            if (
                step.role == CUSTOMER
                and step.kind is see.Ended
                and not step.absent
                and _has_left(steps, step)
            ):
                yield "the product shows nothing to a customer who is on another site"
    expected = [step.kind for step in steps if isinstance(step, Expect)]
    if expected and all(issubclass(kind, UNSEEN) for kind in expected):
        yield "what it expects shows on no screen"
    cut = any(isinstance(step, stories.CutLink) for step in steps)
    if cut and example.needs == "curtain" and see.Suspended in expected:
        yield "a screen shows one reason of a suspension at a time"
    if profile.hooks.policy is None and policy not in profile.product.policies:
        yield f"the policy {policy!r} cannot be put in force"
    if any(isinstance(step, stories.Meet) for step in steps) and profile.hooks.meet is None:
        if any(isinstance(step, stories.Meet) and step.kind == "chat" for step in steps):
            yield "the profile does not say how a chat is opened"


def _of_deed(step: Perform, steps: list[Step]) -> Iterator[str]:
    action = step.action
    if type(action) in _NO_CONTROL and not _is_reload(step, steps):
        yield _NO_CONTROL[type(action)]
    if step.late:
        yield "a browser stamps its messages by itself"
    if isinstance(action, do.Request | do.Approve) and action.scope:
        yield "limits to a part of a page are judged over the wire"
    if isinstance(action, do.Approve) and action.timed:
        yield "limits to a time are judged over the wire"
    if step.role == CUSTOMER and isinstance(action, do.ReturnToSite) and not _has_left(steps, step):
        yield "a customer who is on the site cannot come back to it"
    if step.role == CUSTOMER and isinstance(action, do.LeaveSite) and _has_left(steps, step):
        yield "a customer who is off the site cannot leave it"
    if step.role == CUSTOMER and _has_left(steps, step) and isinstance(action, _ON_OWN_PAGES):
        yield "the product shows nothing to a customer who is on another site"
    if isinstance(action, do.OpenUrl) and step.role == CUSTOMER and action.url.startswith("http://"):
        yield "no page can be served there"
    if step.role == CUSTOMER and isinstance(action, do.Act | do.DrawCurtain) and _is_asked(steps, step):
        yield "a question may keep the customer from everything else until it is answered"
    if isinstance(action, do.OpenUrl) and step.role == CUSTOMER and ".branches." in action.url:
        yield "what one origin of a site can hand to another in a browser is not ruled"
    if isinstance(action, do.Approve | do.Deny) and action.request and _is_asked(steps, step):
        yield "an answer on a screen is one to the question that shows"
    if step.meanwhile and step.role == AGENT and _has_typed(steps, step):
        yield "what the customer has typed shows before a hand can type at the other end"
    if isinstance(action, do.Resume) and stories.CutLink(step.role) not in steps:
        yield "nobody comes back who has not been away"
    if step.role == CUSTOMER and isinstance(action, do.LeaveSite | do.ReturnToSite) and _is_refused(steps):
        yield "nobody can be kept from leaving a site"


def _is_reload(step: Perform, steps: list[Step]) -> bool:
    """Whether the customer's page is announced to reload, goes and comes back at once: what a reload is before a browser."""
    if step.role != CUSTOMER or not isinstance(step.action, do.Announce):
        return False
    match steps[steps.index(step) + 1 :]:
        case [stories.CutLink(role=stories.CUSTOMER), Perform(role=stories.CUSTOMER, action=do.Resume()), *_]:
            return True
        case _:
            return False


#: What a customer does with the product's controls.
_ON_OWN_PAGES: Final = (do.Exit, do.DrawCurtain, do.OpenCurtain, do.Approve, do.Deny, do.ReturnToPointer)


def _is_refused(steps: list[Step]) -> bool:
    """Whether the customer is refused something."""
    return any(isinstance(s, Expect) and s.role == CUSTOMER and s.kind is see.Refused for s in steps)


def _has_typed(steps: list[Step], until: Perform) -> bool:
    """Whether the customer typed into the same field just before."""
    before = steps[steps.index(until) - 1]
    if not isinstance(before, Perform) or not isinstance(before.action, do.Type):
        return False
    return isinstance(until.action, do.Type) and before.action.element == until.action.element


def _is_asked(steps: list[Step], until: Step) -> bool:
    """Whether a request may be pending when a step comes."""
    asked = False
    for step in steps[: steps.index(until)]:
        if isinstance(step, Perform):
            asked = isinstance(step.action, do.Request) or (asked and not isinstance(step.action, _ANSWERS))
    return asked


#: What a request is over with.
_ANSWERS: Final = (do.Approve, do.Deny, do.Withdraw)


def _has_left(steps: list[Step], until: Step) -> bool:
    """Whether the customer is off the site when a step comes."""
    left = False
    for step in steps:
        if step is until:
            break
        if isinstance(step, Perform) and step.role == CUSTOMER:
            if isinstance(step.action, do.LeaveSite):
                left = True
            elif isinstance(step.action, do.ReturnToSite):
                left = False
    return left


def _of_sight(step: Expect) -> Iterator[str]:
    if step.kind is see.ReceiptShown:
        yield "receipts are read over the wire"
    if "scope" in step.fields or step.fields.get("timed"):
        yield "limits of an approval are judged over the wire"


def _all_steps(example: Example) -> Iterator[Step]:
    for step in example.steps:
        if isinstance(step, stories.AtOnce):
            yield step.step
        elif isinstance(step, stories.ExpectEither):
            yield from (step.first, step.second)
        else:
            yield step


def _roles(step: Step) -> Iterator[Role]:
    for name in step.__struct_fields__:
        value = getattr(step, name)
        if isinstance(value, Role):
            yield value
