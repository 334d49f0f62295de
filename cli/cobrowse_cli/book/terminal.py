"""The rulebook in the terminal: all rules in a line each, or one rule in full."""

from cobrowse_spec.book import Book, Entry, GuardNote, Story
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

_LEVELS = {"MUST": "bold", "SHOULD": "", "MAY": "dim"}


def print_list(console: Console, book: Book) -> None:
    """All rules by chapter: ID, level, where it is seen, and the sentence.

    On a terminal each takes one line, however narrow; into a file or a pipe it goes in full.
    """
    for part in book.parts:
        console.print(Text(f"{part.name}: {part.title}", style="bold underline"))
        for entry in part.entries:
            _print_line(console, entry)
        console.print()


def _print_line(console: Console, entry: Entry) -> None:
    rule = entry.rule
    line = Text.assemble(
        (f"{rule.id:<12}", "bold"),
        (f"{rule.level:<8}", _LEVELS[rule.level]),
        (f"{' '.join(rule.seen):<14}", "dim"),
        rule.sentence,
    )
    if console.is_terminal:
        console.print(line, no_wrap=True, overflow="ellipsis")
    else:
        console.print(line, soft_wrap=True)


def print_rule(console: Console, entry: Entry) -> None:
    """One rule with all its parts."""
    rule = entry.rule
    console.print(Text(f"{rule.id}  {rule.level}  seen at: {', '.join(rule.seen)}", style="bold"))
    console.print(Padding(Text(rule.sentence), (0, 2)))
    sources = "; ".join(
        words if code == words else f"{code} ({words})" for code, words in entry.sources if words
    )
    capability = rule.capability and f"Capability: {rule.capability}"
    for text in (rule.more, f"Source: {sources}", rule.decision and f"Decision: {rule.decision}", capability):
        if text:
            console.print(Padding(Text(text), (1, 2, 0, 2)))
    for story in entry.stories:
        _print_story(console, story)
    if entry.no_examples:
        console.print(Padding(Text(entry.no_examples), (1, 2, 0, 2)))
    _print_checks(console, entry)
    _print_guards(console, entry.guards)
    if entry.failures:
        _head(console, "Known failures of other systems")
        for failure in entry.failures:
            _item(console, f"{failure.what} ({', '.join(failure.where)})")


def _print_story(console: Console, story: Story) -> None:
    example = story.example
    side = "refused" if story.refused else "allowed"
    console.print(Padding(Text(f"{example.id} ({side})  {example.place}", style="dim"), (1, 2, 0, 2)))
    console.print(Padding(Text(example.as_gherkin().rstrip()), (0, 2)))
    for other, lines in story.variants:
        words = "; ".join(f"{line.keyword} {line.text}" for line in lines)
        console.print(Padding(Text(f"{other.id}: the same with: {words}", style="dim"), (0, 2, 0, 4)))
    for note in story.notes:
        console.print(Padding(Text(note, style="dim"), (0, 2, 0, 4)))


def _print_checks(console: Console, entry: Entry) -> None:
    _head(console, "Invariant")
    for check in entry.checks:
        _item(console, f"{check.sentence} ({check.file}: {check.function})")
        for words in check.violated_when:
            console.print(Padding(Text(f"violated when {words}"), (0, 2, 0, 6)))
    if entry.no_check:
        console.print(Padding(Text(entry.no_check), (0, 2)))


def _print_guards(console: Console, guards: tuple[GuardNote, ...]) -> None:
    if not guards:
        return
    _head(console, "In the machine")
    for guard in guards:
        _item(
            console,
            f"{guard.condition}, else {guard.reason}" if guard.condition else f"refused, {guard.reason}",
        )
        for place in guard.places:
            console.print(Padding(Text(f"{place.what} ({place.where})"), (0, 2, 0, 6)))


def _head(console: Console, words: str) -> None:
    console.print(Padding(Text(words, style="bold"), (1, 2, 0, 2)))


def _item(console: Console, words: str) -> None:
    console.print(Padding(Text(f"- {words}"), (0, 2)))
