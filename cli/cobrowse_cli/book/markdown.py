"""``RULEBOOK.md``: the rulebook as GitHub shows Markdown, with the state diagram in Mermaid.

Order: the whole, how a session goes, a chapter, a rule, the lists at the end.
"""

import re
from collections.abc import Iterator

from cobrowse_spec.book import Book, Entry, Part, Story, book
from cobrowse_spec.session import ACTIVE, State
from cobrowse_spec.wording import state_title

from .arrows import ACTIVE_BOX, arrows, place_title

_INTRODUCTION = """\
<!-- Made by `make generate` from spec/cobrowse_spec. Change that, not this. -->

# The rulebook of co-browsing

In a co-browse session a support agent sees, and with the customer's approval uses, the web page that the customer has open.
These are its rules. Anyone can read them, and a machine can run them: the examples are played against real systems, an
invariant judges what was seen, and the machine's guards name the rules that they keep.

**How to read a rule.** First the sentence that says who must do what. *MUST* binds every system, *SHOULD* every good one, and *MAY*
those that offer the capability that the rule speaks of. *Seen* says where the rule can be checked: over the wire, or in a browser.
Then come the source or, where it is silent, the decision and its reason; stories that are allowed and stories that are refused;
what the invariant watches for; what the machine refuses, with which reason; and what has gone wrong in other systems, in public.

The same as one page with a search box: `cobrowse rules --html rulebook.html`. In the terminal: `cobrowse rules WRITE-7`.
"""


def markdown(rulebook: Book | None = None) -> str:
    """The whole rulebook as Markdown."""
    whole = rulebook or book()
    lines = [_INTRODUCTION, *_contents(whole), *_session(whole)]
    for part in whole.parts:
        lines += _part(part, whole)
    return "\n".join([*lines, *_lists(whole)]).rstrip() + "\n"


_LISTS = ("Timers", "Reasons for refusal", "Sources", "Glossary")


def _contents(whole: Book) -> Iterator[str]:
    yield "## Contents\n"
    yield "- [How a session goes](#how-a-session-goes)"
    for part in whole.parts:
        numbers = " ".join(
            f"[{entry.rule.id.rpartition('-')[2]}](#{entry.rule.id.lower()})" for entry in part.entries
        )
        yield f"- [**{part.name}**](#{_slug(_heading(part))}) {part.title}: {numbers}"
    for name in _LISTS:
        yield f"- [{name}](#{_slug(name)})"
    yield ""


def _heading(part: Part) -> str:
    return f"{part.name}: {part.title}"


def _slug(heading: str) -> str:
    """What GitHub makes of a heading, to link to it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _linked(text: str, whole: Book) -> str:
    """The text, with the rules that it names as links."""

    def link(found: re.Match[str]) -> str:
        return f"[{found[0]}](#{found[0].lower()})" if found[0] in whole.entries else found[0]

    return re.sub(r"\b[A-Z]+-\d+\b", link, text)


# How a session goes


def _session(whole: Book) -> Iterator[str]:
    yield "## How a session goes\n"
    yield "Every session is in one of these states. The diagram is drawn from the machine itself, by trying every action in every state.\n"
    yield from _mermaid(whole)
    yield "| State | |"
    yield "|---|---|"
    for state in whole.states:
        yield f"| **{state.title}** | {_linked(state.meaning, whole)} |"
    yield ""
    yield "| From | What happens | To |"
    yield "|---|---|---|"
    for arrow in arrows(whole.transitions):
        yield f"| {place_title(arrow.source)} | {'; '.join(arrow.causes)} | {place_title(arrow.target)} |"
    yield "\nWhatever is not in this table either leaves the state as it is or is refused.\n"


#: Causes that still can be read on an arrow that Mermaid draws.
_READABLE = 4


def _mermaid(whole: Book) -> Iterator[str]:
    yield "```mermaid"
    yield "stateDiagram-v2"
    for state in State:
        if state not in ACTIVE:
            yield f'    state "{state_title(state)}" as {state}'
    yield f'    state "Active" as {ACTIVE_BOX} {{'
    for state in State:
        if state in ACTIVE:
            yield f'        state "{state_title(state)}" as {state}'
    yield "    }"
    yield f"    [*] --> {State.UNSTARTED}"
    for arrow in arrows(whole.transitions):
        causes = (
            arrow.causes if len(arrow.causes) <= _READABLE else (f"{len(arrow.causes)} ways, in the table",)
        )
        yield f"    {arrow.source} --> {arrow.target}: {'<br/>'.join(causes)}"
    yield f"    {State.ENDED} --> [*]"
    yield "```\n"


# A chapter


def _part(part: Part, whole: Book) -> Iterator[str]:
    yield f"## {_heading(part)}\n"
    for paragraph in part.introduction:
        yield paragraph + "\n"
    for entry in part.entries:
        yield from _rule(entry, whole)


# A rule


def _rule(entry: Entry, whole: Book) -> Iterator[str]:
    rule = entry.rule
    yield f"### {rule.id}\n"
    yield f"**{_linked(rule.sentence, whole)}**\n"
    if rule.more:
        yield _linked(rule.more, whole) + "\n"
    capability = f" · capability `{rule.capability}`" if rule.capability else ""
    yield f"{rule.level}{capability} · seen: {', '.join(rule.seen)} · source: {rule.source}\n"
    if rule.decision:
        yield f"> *Decision.* {_linked(rule.decision, whole)}\n"
    yield from _stories(entry)
    yield from _judged(entry)
    yield from _guarded(entry)
    if entry.failures:
        yield "*Known failures of other systems*\n"
        for failure in entry.failures:
            yield f"- {failure.what} ({', '.join(failure.where)})"
        yield ""


def _stories(entry: Entry) -> Iterator[str]:
    refused = sum(story.refused for story in entry.stories)
    yield f"<details><summary>Stories: {len(entry.stories) - refused} allowed, {refused} refused</summary>\n"
    for story in entry.stories:
        yield from _story(story)
    yield "</details>\n"


def _story(story: Story) -> Iterator[str]:
    yield f"{story.example.id}, **{'refused' if story.refused else 'allowed'}**\n"
    yield "```gherkin"
    yield story.example.as_gherkin().rstrip()
    yield "```\n"
    for other, lines in story.variants:
        words = "; ".join(f"{line.keyword} {line.text}" for line in lines)
        yield f"- {other.id}, the same with: {_escaped(words)}"
    if story.variants:
        yield ""
    for note in story.notes:
        yield f"*{note}*\n"


def _escaped(text: str) -> str:
    """Text that must not be taken for markup or for a link."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def _judged(entry: Entry) -> Iterator[str]:
    if entry.no_check:
        yield f"*{entry.no_check}*\n"
    for check in entry.checks:
        yield f"*Invariant* ([`{check.function}`](spec/cobrowse_spec/{check.file})). {check.sentence} It is violated when\n"
        for words in check.violated_when:
            yield f"- {words}"
        yield ""


def _guarded(entry: Entry) -> Iterator[str]:
    if not entry.guards:
        return
    yield "*In the machine*\n"
    for guard in entry.guards:
        head = (
            f"**{guard.condition}**, else `{guard.reason}`"
            if guard.condition
            else f"refused, `{guard.reason}`"
        )
        yield f"- {head}: {'; '.join(f'{place.what} ({place.where})' for place in guard.places)}"
    yield ""


# The lists at the end


def _lists(whole: Book) -> Iterator[str]:
    yield "## Timers\n"
    yield "How long each takes if administrators say nothing else.\n"
    yield "| Timer | Seconds |\n|---|---:|"
    for name, seconds in whole.timers:
        yield f"| {name} | {seconds:,.0f} |"
    yield "\n## Reasons for refusal\n"
    yield "A refusal changes nothing. It names its rule and one of these reasons, and says:\n"
    yield "| Reason | What the refused party is told |\n|---|---|"
    for reason, words in whole.reasons:
        yield f"| `{reason}` | {words} |"
    yield "\n## Sources\n"
    for code, words in whole.sources:
        yield f"- **{code}**: {words}"
    yield "\n## Glossary\n"
    for term, words in whole.glossary:
        yield f"- **{term}**: {_linked(words, whole)}"
