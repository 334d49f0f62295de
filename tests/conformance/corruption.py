"""Corruptions: a good trace with one thing wrong in it, and why some of them are still legal.

Each event is dropped, swapped with its neighbour and doubled, and each of its fields flipped, one at a
time.  What no invariant flags, and no check of the record (:mod:`cobrowse_spec.integrity`), must be
explained: by :func:`explain`, in words, by what the corruption is; without words it is a hole in the rules.

Order: what a corruption is, making them, what they still mean.
"""

import enum
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, Final, NamedTuple

from cobrowse_spec import observations as see
from cobrowse_spec.trace import Event, Trace
from msgspec.structs import fields, replace


class Corruption(NamedTuple):
    """One thing wrong in a trace."""

    #: What was done, to which kind of event and field: "drop saw ended", "flip did join.session_id".
    name: str
    #: The place of the event in the good trace, from 0.
    place: int
    trace: Trace


# Making them


def corruptions(trace: Trace) -> Iterator[Corruption]:
    """Every corruption of a trace, always in the same order."""
    events = trace.events
    for i, event in enumerate(events):
        yield _made(trace, f"drop {kind_of(event)}", i, events[:i] + events[i + 1 :])
        yield _made(trace, f"double {kind_of(event)}", i, events[: i + 1] + events[i:])
        if i + 1 < len(events):
            after = events[i + 1]
            link = "one link" if after.who == event.who else "two links"
            ways = f"{_way(event)}-{_way(after)}"
            yield _made(trace, f"swap {link} {ways}", i, (*events[:i], after, event, *events[i + 2 :]))
        for name, flipped in _flips(event):
            yield _made(trace, f"flip {kind_of(event)}.{name}", i, (*events[:i], flipped, *events[i + 1 :]))


def kind_of(event: Event) -> str:
    """What an event is, e.g. "saw ended"."""
    what: Any = event.did if event.did is not None else event.saw
    return f"{_way(event)} {what.__struct_config__.tag}"


def _way(event: Event) -> str:
    return "did" if event.did is not None else "saw"


def _made(trace: Trace, name: str, index: int, events: tuple[Event, ...]) -> Corruption:
    """Numbered anew, at times that do not run backwards: whoever wrote it did not give itself away so."""
    at, found = 0.0, []
    for number, event in enumerate(events, 1):
        at = max(at, event.at)
        found.append(replace(event, seq=number, at=at))
    return Corruption(name, index, replace(trace, events=tuple(found)))


def _flips(event: Event) -> Iterator[tuple[str, Event]]:
    """The event with another value in one field, for each field that can have one."""
    what: Any = event.did if event.did is not None else event.saw
    for field in fields(what):
        other = flipped(getattr(what, field.name))
        if other is not None:
            changed = replace(what, **{field.name: other})
            yield field.name, replace(event, **{_way(event): changed})
    for name in ("n", "re"):
        if getattr(event, name):
            yield name, replace(event, **{name: getattr(event, name) + 1})


def flipped(value: Any) -> Any:
    """Another value of the same kind; None where there is none to be had."""
    match value:
        case bool():
            return not value
        case enum.Enum():
            others: list[Any] = list(type(value))
            return others[(others.index(value) + 1) % len(others)]
        case int():
            return value + 1
        case float():
            return value + 1000.0
        case str():
            return f"{value}x"
        case tuple():
            return value[:-1] or None if value else None
        case _:
            return None


# What they still mean


#: What a corruption still means, by its name; the first that fits counts.
REASONS: Final[tuple[tuple[str, str], ...]] = (
    (
        "swap two links *",
        "nothing orders the events of two links but what was caused: the recorder may meet either first",
    ),
    (
        "swap one link did-did",
        "a party may do two things in either order, where neither bears a number or waits for the other",
    ),
    (
        "swap one link did-saw",
        "what a party does and what reaches it cross on its link: it may have seen this before it did that",
    ),
    ("swap one link saw-did", "the same the other way round: it may have done that before it saw this"),
    (
        "swap one link saw-saw",
        "both belong to one place of the session or to none, and within a place the order is the server's own",
    ),
    (
        "drop saw fence_passed",
        "a fence is the suite's instrument: without it less is settled, and nothing wrong",
    ),
    ("* saw fence_passed.n", "of two fences in a row the first may be counted with the second"),
    (
        "* did mirror*",
        "frames have no numbers: a client may send one again, or none; of what arrives the digest is compared",
    ),
    (
        "* did move_pointer*",
        "the same of pointers: where the other sees it is compared with all places it was at",
    ),
    (
        "* saw pointer_at*",
        "whoever is shown again where a pointer is sees it where it was; one more may be lost",
    ),
    ("* saw content.size", "the digest says what arrived; its size is for the reader of a report"),
    ("* did resize*", "what size a customer's window has is the customer's own affair"),
    (
        "* saw window_shows*",
        "what a party sees on its screen is in the trace where somebody looked, and as it looked",
    ),
    (
        "* saw field_shows*",
        "what a party sees on its screen is in the trace where somebody looked, and as it looked",
    ),
    (
        "* saw page_changed*",
        "what changes on the customer's page only its own end knows: the stories ask for it",
    ),
    (
        "* did press*",
        "an act names an element as the party knows it, and what the page makes of it only its own end knows",
    ),
    (
        "* did type*",
        "an act names an element as the party knows it, and what the page makes of it only its own end knows",
    ),
    (
        "* did choose*",
        "an act names an element as the party knows it, and what the page makes of it only its own end knows",
    ),
    (
        "* did open_url*",
        "an act names an address as typed, and what the browser makes of it only its own end knows",
    ),
    ("* did go_back*", "an act that changed nothing, whatever it named"),
    ("* did report*", "whether a customer's client reports truly can be told at its own end only"),
    (
        "* saw act_applied*",
        "the customer's client reports it, and the server passes on what it reports: see its own end",
    ),
    (
        "* did sign_in*",
        "whoever has a new link signs in anew; a credential is in no trace, so nothing is compared",
    ),
    ("* did start*", "whoever has a new link may start there; the interaction's token is in no trace"),
    ("* did resume*", "a token is in no trace, so nothing is compared"),
    ("* did join.session_id", "what was typed and refused may be any wrong ID"),
    ("* did open_link*", "from where a link is opened that is turned away is the opener's own affair"),
    ("* saw turned_away*", "whoever is turned away may try again, and any status that is no opening will do"),
    ("* saw welcome*", "a greeting: that the credential was good is shown by what follows"),
    (
        "* did open_interaction*",
        "which chat or call the contact centre opens, and for whom, is its own decision",
    ),
    (
        "* did end_interaction*",
        "which chat or call it ends is its own decision; its session is known by its end",
    ),
    (
        "* saw interaction_*",
        "the contact centre's own chat or call: names and tokens are the target's to choose",
    ),
    (
        "* did put_policy*",
        "which policy the contact centre puts, and whether it can be read, is its own doing",
    ),
    ("* saw policy_in_force*", "what the contact centre is told of its own policy the stories ask for"),
    (
        "flip saw policy_changed.*",
        "what the policy now says is not in a trace; what may be done under it is judged",
    ),
    (
        "drop saw policy_changed",
        "who is not told of a policy is still held to it: the stories ask that both are",
    ),
    (
        "* did stop_session*",
        "which session the contact centre stops is its own decision; the session is known by its end",
    ),
    (
        "drop saw page_shown",
        "a break, a suspension or the end came before anything proved that it had to be there",
    ),
    (
        "drop saw content",
        "a break, a suspension or the end came before anything proved that it had to be there",
    ),
    ("flip saw ended.re", "an end answers the contact centre by any of its messages about that chat or call"),
    ("flip saw answered.request", "who was away may be told what became of a request that it never heard of"),
    ("* did go_forward*", "an act that changed nothing, whatever it named"),
    (
        "drop saw answered",
        "a link broke: what was on its way over it is lost, and told anew only if the server knew",
    ),
    ("* saw policy_refused*", "which line is at fault the stories know, who have the policy"),
    (
        "* did say*",
        "what is posted in a chat is the poster's own; what counts of it is judged by who is brought in",
    ),
    ("* saw said*", "a chat may say a thing to several, or twice; what counts is who is brought in by it"),
    ("* did request.*", "an agent may ask for anything: what it is told it has asked for is judged"),
    (
        "* did approve.*",
        "a customer may say yes to less where that is supported: what both are told is judged",
    ),
    ("* did withdraw.*", "an agent may name a request that is not there"),
    (
        "* did fetch_receipt*",
        "the receipt is fetched by REST, once or several times, in no order with messages",
    ),
    ("* saw receipt_shown*", "the receipt is fetched by REST, once or several times; what it says is judged"),
    ("* did lose_link*", "what the network does is nobody's fault"),
    ("* did crash*", "when a server is killed is the killer's doing"),
    ("* did restart*", "when it is started again is the starter's doing"),
    (
        "* did show_page*",
        "which page the customer has open is the customer's own affair, where none was shown to the agent",
    ),
    (
        "* did show_elements*",
        "which elements the customer's page has is its own affair, where none was shown to the agent",
    ),
    (
        "drop saw elements_shown",
        "a break, a suspension or the end came before anything proved that it had to be there",
    ),
    (
        "drop saw restored",
        "whoever comes back over a link that breaks again may never hear where the session stands",
    ),
    (
        "drop saw joined",
        "a link broke: what was on its way over it is lost, and told anew only if the server knew",
    ),
    (
        "drop saw suspended",
        "a link broke: what was on its way over it is lost, and told anew only if the server knew",
    ),
    (
        "drop saw refused",
        "an act that was passed over and changed nothing: the stories ask for the refusal, by rule and reason",
    ),
    ("double saw refused", "a text that is no message of the trace can have been sent twice"),
    ("flip saw refused.message", "the words of a refusal are the target's own"),
    ("flip saw refused.*", "the stories ask for each refusal by its rule, its reason and its time"),
    ("flip saw asked.agent", "the agent is told of its own name"),
    (
        "flip saw in_mode.*",
        "a limit that is shown where none was asked for binds the agent, not the server: stories ask for it",
    ),
    (
        "flip saw joined.scoped_grants",
        "whether approvals may be limited is the policy's, which a trace does not hold",
    ),
    ("flip saw joined.write_mode", "the customer has no pencil: only the agent's workspace goes by it"),
    ("flip saw joined.by_chat", "the customer is told the same of either way in"),
    ("flip saw joined.agent", "the name is told to one party only"),
    (
        "flip saw restored.*",
        "where a session stands is judged by what flows afterwards; the stories ask for what is shown",
    ),
    ("flip saw started.n", "the first place of a session may have any number"),
    ("flip saw joined.n", "one party's link was not there, so nothing is compared"),
    ("flip saw *.n", "the place is not followed by another on this link: it may be later than it was"),
)


def explain(good: Trace, corruption: Corruption) -> str:
    """Why this corruption is legal, or no affair of a trace; empty where nobody can say."""
    event = good.events[corruption.place]
    later = good.events[corruption.place + 1 :]
    if corruption.name.startswith("drop saw") and not any(
        other.who == event.who and other.saw is not None and not isinstance(other.saw, see.FencePassed)
        for other in later
        if other.n > event.n or not event.n
    ):
        return LAST
    return next((words for names, words in REASONS if fnmatchcase(corruption.name, names)), "")


#: The reason of what is dropped at the end of a link.
LAST: Final = (
    "nothing of a later place follows on this link: it may still have been on its way when the trace ended"
)
