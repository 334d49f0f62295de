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
        raise DemoFailed(
            f"{scene.rule} ({scene.title}) did not show: this server breaks the rule, or the demo"
        )


def _last(stage: Stage, who: str, kind: type[AnyObservation]) -> AnyObservation | None:
    """What a party saw last of a kind."""
    seen = (event.saw for event in reversed(stage.events) if event.who == who)
    return next((one for one in seen if isinstance(one, kind)), None)


def _refused(stage: Stage, reason: Reason) -> bool:
    refused = _last(stage, "agent", see.Refused)
    return isinstance(refused, see.Refused) and refused.reason == reason


def _answered(stage: Stage, answer: Answer) -> bool:
    answered = _last(stage, "agent", see.Answered)
    return isinstance(answered, see.Answered) and answered.answer is answer


def _both_in(stage: Stage, mode: Mode) -> bool:
    return stage.customer.state.mode is mode and stage.agent.state.mode is mode


def _both_show(stage: Stage, field: str, value: str) -> bool:
    element = stage.customer.page.find(field)
    held = "" if element is None else stage.customer.page.value(element)
    return held == value and stage.agent.mirror.shows(field) == value


# Pointer Mode


async def _start(stage: Stage) -> None:
    await stage.does(stage.customer, do.Start())


def _joined_by_chat(stage: Stage) -> bool:
    joined = _last(stage, "agent", see.Joined)
    return isinstance(joined, see.Joined) and joined.by_chat and not stage.agent.mirror.blank


async def _customer_types(stage: Stage) -> None:
    await stage.types(stage.customer, "name", stage.choices.customer)


async def _move_pointers(stage: Stage) -> None:
    x, y = stage.choices.customer_at
    for step in (-40, -20, 0):
        await stage.does(stage.customer, do.MovePointer(x + step, y))
        await stage.pace.rest(BEAT_S)
    await stage.does(stage.agent, do.MovePointer(*stage.choices.agent_at))


def _pointers_seen(stage: Stage) -> bool:
    choices = stage.choices
    return _last(stage, "agent", see.PointerAt) == see.PointerAt(*choices.customer_at) and _last(
        stage, "customer", see.PointerAt
    ) == see.PointerAt(*choices.agent_at)


async def _click(stage: Stage) -> None:
    await stage.does(stage.agent, do.Click(*stage.choices.agent_at))


def _circles_seen(stage: Stage) -> bool:
    circle = see.Circle(*stage.choices.agent_at)
    return _last(stage, "agent", see.Circle) == circle == _last(stage, "customer", see.Circle)


async def _type_too_early(stage: Stage) -> None:
    await stage.does(stage.agent, do.Type("city", value=stage.choices.city))


# Write Mode


async def _request(stage: Stage) -> None:
    await stage.does(stage.agent, do.Request())


def _customer_is_asked(stage: Stage) -> bool:
    return stage.customer.state.asked and _both_in(stage, Mode.POINTER)


async def _deny(stage: Stage) -> None:
    await stage.does(stage.customer, do.Deny())


async def _ask_again(stage: Stage) -> None:
    await stage.does(stage.agent, do.Request())
    await stage.pace.rest(BEAT_S)
    await stage.does(stage.customer, do.Approve())


async def _both_type(stage: Stage) -> None:
    await stage.types(stage.agent, "city", stage.choices.city)
    await stage.types(stage.customer, "income", stage.choices.income)


def _both_typed(stage: Stage) -> bool:
    choices = stage.choices
    return _both_show(stage, "city", choices.city) and _both_show(stage, "income", choices.income)


async def _agent_submits(stage: Stage) -> None:
    await stage.does(stage.agent, do.Press("send"))


def _submit_blocked(stage: Stage) -> bool:
    return _refused(stage, Reason.SUBMIT_BLOCKED) and not stage.customer.browser.submitted


async def _customer_submits(stage: Stage) -> None:
    await stage.does(stage.customer, do.Press("send"))


def _submitted(stage: Stage) -> bool:
    return len(stage.customer.browser.submitted) == 1 and stage.agent.mirror.url.endswith("/thanks")


# Leaving, secrets, the end


async def _leave(stage: Stage) -> None:
    await stage.does(stage.customer, do.LeaveSite())


def _suspended(stage: Stage) -> bool:
    return stage.agent.state.suspended and stage.agent.mirror.blank


async def _return(stage: Stage) -> None:
    await stage.does(stage.customer, do.ReturnToSite())


def _resumed(stage: Stage) -> bool:
    return not stage.agent.state.suspended and not stage.agent.mirror.blank and _both_in(stage, Mode.POINTER)


async def _open_profile(stage: Stage) -> None:
    await stage.does(stage.customer, do.OpenUrl(url=f"{SITE_ORIGIN}/profile"))


def _masked(stage: Stage) -> bool:
    held = stage.customer.page.find("ssn")
    shown = stage.agent.mirror.shows("ssn") or ""
    length = 0 if held is None else len(stage.customer.page.value(held))
    return shown == "*" * length != "" and stage.agent.mirror.shows("password") == "****"


async def _exit(stage: Stage) -> None:
    await stage.does(stage.customer, do.Exit())


def _ended(stage: Stage) -> bool:
    seen = [_last(stage, who, see.Ended) for who in ("customer", "agent")]
    return seen == [see.Ended(EndReason.CUSTOMER_EXIT)] * 2 and stage.agent.mirror.blank


#: The whole session.
SCENES: Final = (
    Scene(
        "START-3",
        "start by chat",
        "The customer starts a session in the middle of a chat: its ID shows on the screen, the chat gets the "
        "start message, and the agent's workspace joins by itself.",
        _start,
        _joined_by_chat,
    ),
    Scene(
        "POINTER-1",
        "the page is mirrored",
        "What the customer types shows at the agent's end as it is typed; the number and the PIN, which are "
        "masked, show as asterisks.",
        _customer_types,
        lambda stage: _both_show(stage, "name", stage.choices.customer),
    ),
    Scene("POINTER-3", "pointers", "Each sees the other's pointer move.", _move_pointers, _pointers_seen),
    Scene(
        "POINTER-4",
        "red circle",
        "The agent clicks, which uses nothing on the page: a red circle shows at that place on both screens.",
        _click,
        _circles_seen,
    ),
    Scene(
        "POINTER-2",
        "an act in Pointer Mode",
        "The agent tries to type without having asked: refused, and nothing on the page has changed.",
        _type_too_early,
        lambda stage: _refused(stage, Reason.POINTER_MODE) and _both_show(stage, "city", "Bern"),
    ),
    Scene(
        "WRITE-2",
        "request",
        "The agent clicks the pencil icon: the customer is asked, and until the answer nothing changes.",
        _request,
        _customer_is_asked,
    ),
    Scene(
        "WRITE-3",
        "denied",
        "The customer says no: the agent is told, and stays in Pointer Mode. (Usually a cool-down follows; this "
        "demo's policy has none.)",
        _deny,
        lambda stage: _answered(stage, Answer.DENIED) and _both_in(stage, Mode.POINTER),
    ),
    Scene(
        "WRITE-1",
        "approved",
        "The agent asks again and the customer says yes: nothing else could have begun Write Mode, and the "
        "pencil icon has become a pointer icon.",
        _ask_again,
        lambda stage: _answered(stage, Answer.APPROVED) and _both_in(stage, Mode.WRITE),
    ),
    Scene(
        "WRITE-4",
        "both type",
        "Now both fill in the form: the agent the city, the customer the income.",
        _both_type,
        _both_typed,
    ),
    Scene(
        "SUBMIT-1",
        "blocked submit",
        "The agent presses the submit button: refused, because only the customer submits, and the form is as it was.",
        _agent_submits,
        _submit_blocked,
    ),
    Scene(
        "SUBMIT-3",
        "the customer submits",
        "The customer presses the same button, and it works as if nobody watched.",
        _customer_submits,
        _submitted,
    ),
    Scene(
        "SITE-1",
        "off the site",
        "The customer goes to another site: the session is suspended and the agent's view is blank; where the "
        "customer is, the agent is not told.",
        _leave,
        _suspended,
    ),
    Scene(
        "SITE-2",
        "back on the site",
        "The customer comes back: the same session goes on by itself, in Pointer Mode.",
        _return,
        _resumed,
    ),
    Scene(
        "MASK-1",
        "masked fields",
        "The customer opens the profile: the agent sees asterisks in place of what is masked, for it has never left "
        "the customer's browser.",
        _open_profile,
        _masked,
    ),
    Scene(
        "STOP-2",
        "exit",
        "The customer exits: the agent is told, the view is gone, and nobody can join this session again.",
        _exit,
        _ended,
    ),
)
