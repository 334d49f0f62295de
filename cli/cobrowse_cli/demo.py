"""``cobrowse demo``: watch one co-browse session, step by step."""

import click
from cobrowse_spec.rulebook import rulebook
from rich.console import Console


@click.command()
@click.option("--seed", type=int, default=1, show_default=True, help="What names and places are drawn from.")
def demo(*, seed: int) -> None:
    """Watch one co-browse session, step by step."""
    console = Console(highlight=False)
    for rule in rulebook().values():
        console.print(f"{rule.id}: {rule.sentence}", markup=False)
