import io
import re

from cobrowse_conformance.reports import print_check
from cobrowse_conformance.results import Run
from cobrowse_spec.rulebook import rulebook
from cobrowse_spec.rules import judge
from cobrowse_spec.trace import Header, Trace
from msgspec.structs import replace
from rich.console import Console


def _printed(trace: Trace, width: int = 80) -> str:
    file = io.StringIO()
    print_check(Console(file=file, width=width), trace, judge(trace))
    return file.getvalue()


def _broken(run: Run) -> Trace:
    """The trace of the story in which an act comes after Write Mode has ended."""
    story = next(story for story in run.stories if story.example == "WRITE-12.1")
    header = replace(story.header, declared={"request_s": 30.0}, site=("https://bank.example",))
    return Trace(header, story.trace)


def test_whether_a_trace_is_complete_is_said_first(run: Run) -> None:
    """Nothing that is missing can be judged."""
    whole = _broken(run)

    assert _printed(whole).startswith("complete: 26 events, and the footer\n")
    assert _printed(replace(whole, complete=False)).startswith(
        "truncated: 26 events and no footer that counts them."
    )
    assert "the trace is truncated" in " ".join(_printed(replace(whole, complete=False)).split()[-12:])


def test_the_header_is_told(run: Run) -> None:
    """What it is a trace of, and by what it is judged."""
    text = _printed(_broken(run))

    for fact in ("a bank", "WRITE-12.1", "rulebook 1.0, suite 0.1.0", "real, seed 7", "request 30 s"):
        assert fact in text


def test_every_rule_has_its_judgement(run: Run) -> None:
    """Violated first, with the proof; then held, with witnesses; then those not exercised, by name."""
    trace = _broken(run)
    judgements = judge(trace)

    text = _printed(trace)

    assert re.search(r"WRITE-12 +MUST +violated +#18, #20; #18, #21\n", text)
    assert re.search(r"JOIN-4 +MUST +held +#\d+", text)
    assert text.index(" violated ") < text.index(" held ") < text.index("not exercised: ")
    assert all(rule in text for rule in judgements)


def test_a_violation_is_told_with_sentence_reason_and_timeline(run: Run) -> None:
    """The events that prove it are marked."""
    text = _printed(_broken(run))

    assert rulebook()["WRITE-12"].sentence in " ".join(text.split())
    assert "because an act of the agent was passed on after Write Mode had ended" in text
    assert "Write Mode had ended (#18, #20)" in " ".join(text.split())
    assert "▶    200 │◀──────────●           │ the customer receives an act of the agent" in text


def test_further_violations_of_a_rule_get_a_line_each(run: Run) -> None:
    """One timeline a rule is enough to see what is wrong."""
    text = " ".join(_printed(_broken(run)).split())

    assert text.count(rulebook()["WRITE-12"].sentence) == 1
    assert "also because an act of the agent had an effect after Write Mode had ended (#18, #21)" in text


def test_the_last_line_counts(run: Run) -> None:
    """Violated, held, not exercised, all."""
    assert re.search(
        r"\n\d rules? (is|are) violated; \d+ held, \d+ not exercised \(\d+ in all\)\.\n$",
        _printed(_broken(run)),
    )


def test_an_empty_trace_exercises_nothing_and_does_not_pass() -> None:
    """The words say so."""
    assert "No rule is exercised; 0 held" in _printed(Trace(Header(), ()))


def test_no_line_of_it_is_wider_than_the_terminal(run: Run) -> None:
    """At 80 columns."""
    assert max(len(line) for line in _printed(_broken(run)).splitlines()) <= 80
