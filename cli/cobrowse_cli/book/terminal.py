"""The rulebook in the terminal: all rules in a line each, or one rule in full."""

from cobrowse_spec.book import Book, Entry, GuardNote, Story
from rich.console import Console
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
    _print(console, rule.sentence)
    sources = "; ".join(code if code == words else f"{code} ({words})" for code, words in entry.sources)
    capability = rule.capability and f"Capability: {rule.capability}"
    for text in (rule.more, f"Source: {sources}", rule.decision and f"Decision: {rule.decision}", capability):
        if text:
            _print(console, text, top=1)
    for story in entry.stories:
        _print_story(console, story)
    _print_checks(console, entry)
    _print_guards(console, entry.guards)
    if entry.failures:
        _print(console, "Known failures of other systems", top=1, style="bold")
        for failure in entry.failures:
            _print(console, f"{failure.what} ({', '.join(failure.where)})", mark="- ")


def _print_story(console: Console, story: Story) -> None:
    example = story.example
    side = "refused" if story.refused else "allowed"
    _print(console, f"{example.id} ({side})  {example.place}", top=1, style="dim")
    _print(console, example.as_gherkin().rstrip())
    for other, lines in story.variants:
        words = "; ".join(f"{line.keyword} {line.text}" for line in lines)
        _print(console, f"{other.id}: the same with: {words}", left=4, style="dim")
    for note in story.notes:
        _print(console, note, left=4, style="dim")


def _print_checks(console: Console, entry: Entry) -> None:
    _print(console, "Invariant", top=1, style="bold")
    for check in entry.checks:
        _print(console, f"{check.sentence} ({check.file}: {check.function})", mark="- ")
        for words in check.violated_when:
            _print(console, f"violated when {words}", left=6)
    if entry.no_check:
        _print(console, entry.no_check)


def _print_guards(console: Console, guards: tuple[GuardNote, ...]) -> None:
    if not guards:
        return
    _print(console, "In the machine", top=1, style="bold")
    for guard in guards:
        head = f"{guard.condition}, else" if guard.condition else "refused:"
        _print(console, f"{head} {guard.reason}", mark="- ")
        for place in guard.places:
            _print(console, f"{place.what} ({place.where})", left=6)


def _print(
    console: Console, words: str, *, left: int = 2, top: int = 0, style: str = "", mark: str = ""
) -> None:
    """A paragraph that keeps its margin, with a mark before its first line."""
    room = max(20, console.width - left - len(mark) - 2)
    lines = Text(words, style=style).wrap(console, room)
    console.print("\n" * top, end="")
    for number, line in enumerate(lines):
        line.rstrip()
        console.print(Text(" " * left + (mark if number == 0 else " " * len(mark))) + line)
