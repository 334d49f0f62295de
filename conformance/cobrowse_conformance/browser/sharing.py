"""Sharing: one session for many stories, where they begin alike and leave it as they found it.

Most stories begin with a session in Pointer Mode or in Write Mode.  To start, join, ask and approve for
each of them anew would take most of the time of a run; so a pair of browsers keeps the session of a story
that passed, and the next story that begins alike goes on in it: on a page that is loaded anew, with a
record of its own at the site, and only if both screens show what its beginning says.

Order: how a story begins, whether it leaves a session to others, a kept session.
"""

from typing import Final, NamedTuple

from cobrowse_spec import actions as do
from cobrowse_spec import stories
from cobrowse_spec.observations import AnyObservation
from cobrowse_spec.rulebook import Example
from cobrowse_spec.stories import AGENT, CUSTOMER, Perform, Step
from cobrowse_spec.terms import Party

#: What a beginning is made of, in this order.
BEGINNING: Final = (do.Start, do.Join, do.Request, do.Approve)

#: Chapters whose subject is the beginning itself.
_OF_BEGINNINGS: Final = ("START", "JOIN", "RESUME", "SECURE-1", "SECURE-3")

#: What needs a window, a link or a clock of its own.
_OWN: Final = (
    stories.CutLink,
    stories.BeAt,
    stories.LetPass,
    stories.AtOnce,
    do.GoBack,
    do.GoForward,
    do.Deny,
    do.Resume,
)


class Beginning(NamedTuple):
    """How a story begins: under which policy, in what kind of interaction, and how far it has come."""

    policy: str
    kind: str
    #: How many of :data:`BEGINNING` have been done.
    steps: int


def beginning(example: Example) -> Beginning | None:
    """How a story begins, if it can begin in a session that is there already."""
    if example.rule.startswith(_OF_BEGINNINGS) or any(_is_own(step) for step in example.steps):
        return None
    policy, kind, done = "standard", "", 0
    for step in given_steps(example):
        match step:
            case stories.UsePolicy():
                policy = step.name
            case stories.Meet(customer=stories.CUSTOMER, agent=stories.AGENT):
                kind = str(step.kind)
            case Perform() if done < len(BEGINNING) and isinstance(step.action, BEGINNING[done]):
                done += 1
            case stories.HaveOpen() | stories.HaveRoom() | stories.Plant():
                continue
            case _:
                break
    return Beginning(policy, kind, done) if done > 1 and kind and not policy.startswith("short") else None


def given_steps(example: Example) -> list[Step]:
    """The steps before the first "When" or "Then"."""
    steps: list[Step] = []
    for line in example.lines:
        if line.keyword in ("When", "Then"):
            break
        steps += line.steps
    return steps


def _is_own(step: Step) -> bool:
    deed = step.action if isinstance(step, Perform) else step
    timed = isinstance(step, stories.Expect) and bool(step.timer)
    return (
        isinstance(deed, _OWN) or timed or (isinstance(step, Perform) and step.role not in (CUSTOMER, AGENT))
    )


class Kept(NamedTuple):
    """A session that a story has left to the next."""

    policy: str
    kind: str
    #: What the interaction's hooks gave.
    values: dict[str, str]
    session_id: str
    #: What was seen of each step of the beginning.
    seen: dict[type[do.Action], tuple[tuple[Party, AnyObservation], ...]]

    def serves(self, begins: Beginning | None) -> bool:
        """Whether a story that begins so can go on in it."""
        return begins is not None and (begins.policy, begins.kind) == (self.policy, self.kind)
