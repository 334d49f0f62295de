"""``cobrowse rules``: read the rulebook in the terminal."""

import difflib

import click
from cobrowse_spec.rulebook import Rule, rulebook
from rich.console import Console
from rich.padding import Padding
from rich.text import Text


@click.command()
@click.argument("rule_id", required=False, metavar="[ID]")
def rules(*, rule_id: str | None) -> None:
    """Show all rules in a line each, or the rule ID in full, with its examples."""
    console = Console(highlight=False)
    book = rulebook()
    if rule_id is None:
        for rule in book.values():
            head = f"{rule.id:<12}{rule.level:<8}"
            console.print(Text(head, style="bold") + Text(rule.sentence))
        return
    if rule_id.upper() not in book:
        near = difflib.get_close_matches(rule_id.upper(), book, n=1, cutoff=0.0)
        raise click.UsageError(f"there is no rule {rule_id!r}; did you mean {near[0]}?")
    _show(console, book[rule_id.upper()])


def _show(console: Console, rule: Rule) -> None:
    console.print(Text(f"{rule.id}  {rule.level}  seen at: {', '.join(rule.seen)}", style="bold"))
    console.print(Padding(Text(rule.sentence), (0, 2)))
    for text in (rule.more, f"Source: {rule.source}", rule.decision and f"Decision: {rule.decision}"):
        if text:
            console.print(Padding(Text(text), (1, 2, 0, 2)))
    for example in rule.examples:
        side = "refused" if "@refused" in example.tags else "allowed"
        console.print(Padding(Text(f"{example.id} ({side})  {example.place}", style="dim"), (1, 2, 0, 2)))
        console.print(Padding(Text(example.as_gherkin().rstrip()), (0, 2)))
