"""The scenes of the demo: what happens, which rule it shows, and by what one can tell.

Order: a scene, the scenes in their order, and what they stand on.
"""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.observations import AnyObservation
from cobrowse_spec.terms import Answer, EndReason, Mode, Reason

from .pace import BEAT_S
from .stage import SITE_ORIGIN, DemoFailed, Stage


class Scene(NamedTuple):
    """One moment of a session."""

    rule: str
    title: str
    #: What the reader has just seen, and why.
    says: str
    play: Callable[[Stage], Awaitable[None]]
    #: Whether the scene has shown what it says.
    holds: Callable[[Stage], bool]


async def perform(scene: Scene, stage: Stage) -> None:
    """Play a scene; raises :class:`DemoFailed` where it does not show what it says."""
    await scene.play(stage)
    await stage.settle()
    if not scene.holds(stage):
        raise DemoFailed(f"{scene.rule} ({scene.title}) did not show: this server breaks the rule, or the demo")


def _last(stage: Stage, who: str, kind: type[AnyObservation]) -> AnyObservation | None:
    """What a party saw last of a kind."""
    seen = (event.saw for event in reversed(stage.events) if event.who == who)
    return next((one for one in seen if isinstance(one, kind)), None)


# Starting


async def _start(stage: Stage) -> None:
    await stage.does(stage.customer, do.Start())


def _has_joined_by_chat(stage: Stage) -> bool:
    joined = _last(stage, "agent", see.Joined)
    return isinstance(joined, see.Joined) and joined.by_chat and len(stage.customer.state.session_id) == 9


async def _customer_types_name(stage: Stage) -> None:
    await stage.types(stage.customer, "name", stage.choices.customer)


def _agent_sees_name(stage: Stage) -> bool:
    return stage.agent.mirror.shows("name") == stage.choices.customer
