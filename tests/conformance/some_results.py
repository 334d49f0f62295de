"""Results of stories and runs, made by hand: for tests of what follows from them."""

from typing import Any

from cobrowse_conformance.results import Run, StoryResult
from cobrowse_conformance.verdicts import Exit, Verdict
from cobrowse_spec.rules import Judgement, Violation
from cobrowse_spec.rules import Status as Judged
from cobrowse_spec.trace import Header
from msgspec.structs import replace

_HEADER = Header(suite_version="1", target="a bank", story="", seed=1)


def story(example: str, verdict: Verdict = Verdict.PASS, **changes: Any) -> StoryResult:
    """What came of a story at the server's end, on the wire."""
    result = StoryResult(
        example=example,
        rule=example.rpartition(".")[0],
        name="of the test",
        place="write.feature:1",
        end="server",
        verdict=verdict,
        because="" if verdict is Verdict.PASS else f"it said {verdict}",
        line="Then it is so",
        gherkin="Example: of the test\n  Then it is so\n",
        events=(1,),
        judgements={},
        header=_HEADER,
        trace=(),
        took_s=0.1,
    )
    return replace(result, **changes)


def held(rule: str) -> dict[str, Judgement]:
    """What an invariant says of a trace that exercised its rule."""
    return {rule: Judgement(rule, Judged.HELD, (3,), ())}


def broken(rule: str) -> dict[str, Judgement]:
    """What an invariant says of a trace that broke its rule."""
    return {rule: Judgement(rule, Judged.VIOLATED, (3,), (Violation(rule, "it was broken", (4,)),))}


def a_run(*stories: StoryResult, levels: tuple[str, ...] = ("wire",), **changes: Any) -> Run:
    """A run of these stories, in which nothing is judged yet."""
    made = Run(
        spec_version="1.0",
        suite_version="1",
        target="a bank",
        url="http://127.0.0.1:1",
        server="bank relay",
        server_version="4",
        capabilities=(),
        timers={},
        levels=levels,
        seed=1,
        began="2026-11-23T03:00:26+00:00",
        took_s=1.0,
        command="cobrowse conform",
        exit_code=Exit.INCOMPLETE,
        rules=(),
        stories=stories,
        counts={},
    )
    return replace(made, **changes)
