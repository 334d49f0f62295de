"""Showing the demo: live panes in a terminal, plain lines everywhere else.

Order: the whole demo, what a screen does, plain lines, live panes.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final, Protocol

from cobrowse_spec import actions as do
from cobrowse_spec import observations as see
from cobrowse_spec.trace import Event
from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from .pace import READING_S, Pace
from .panes import Line, Panes, panes, passing
from .scenes import SCENES, Scene, perform
from .stage import Stage, choose, open_stage

TITLES: Final = Panes("customer's screen", "server", "agent's workspace")

#: The height of the panes, borders included, where the terminal has room for it, and the lines that are
#: kept free for words above them.
HEIGHT: Final = 18
WORDS: Final = 5

_STYLES: Final = {"plain": "", "dim": "dim", "good": "green", "ask": "bold yellow", "bad": "bold red"}

#: What the reader may want to do next.
NEXT: Final = (
    (
        "cobrowse conform",
        "judge a server by these rules, and by all others",
    ),
    ("cobrowse rules", "read the rules; with an ID, that one with its examples"),
)


async def show_demo(console: Console, url: str, controller_key: str, *, seed: int, pace: Pace) -> None:
    """Play all scenes at the server of this base URL.

    Raises :class:`.stage.DemoFailed`, and whatever a server that goes away brings about, in exception groups.
    """
    screen: Screen = LiveScreen(console) if console.is_terminal else PlainScreen(console)
    async with open_stage(url, controller_key, choose(seed), pace) as stage:
        with screen.showing(stage):
            for number, scene in enumerate(SCENES, 1):
                await perform(scene, stage)
                screen.explain(number, scene)
                await pace.rest(READING_S)
    console.print()
    for command, does in NEXT:
        console.print(Text.assemble((f"{command:<18}", "bold"), does))


class Screen(Protocol):
    """Where the demo is shown."""

    def showing(self, stage: Stage) -> AbstractContextManager[None]:
        """Show the stage, as it changes, for the length of a block."""

    def explain(self, number: int, scene: Scene) -> None:
        """Say what has just been seen."""


def explanation(number: int, scene: Scene) -> Text:
    """A scene in words."""
    return Text.assemble((f"{number:2d}. {scene.rule}, {scene.title}: ", "bold"), scene.says)


class PlainScreen:
    """For logs and pipes: each scene in words, then what has appeared in each pane since the one before."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._stage: Stage | None = None
        self._shown: Panes[list[Line]] = Panes([], [], [])
        self._events = 0

    @contextmanager
    def showing(self, stage: Stage) -> Iterator[None]:
        """Nothing shows but what is explained."""
        self._stage = stage
        yield

    def explain(self, number: int, scene: Scene) -> None:
        """The scene and what it has changed."""
        self._console.print(explanation(number, scene), soft_wrap=True)
        if self._stage is None:
            return
        now = panes(self._stage)
        news = Panes(
            [line for line in now.customer if line not in self._shown.customer],
            list(passing(self._stage.events[self._events :])),
            [line for line in now.agent if line not in self._shown.agent],
        )
        for title, lines in zip(TITLES, news, strict=True):
            for line in lines:
                if line.text:
                    self._console.print(Text(f"    {title:>17} | {line.text}"), soft_wrap=True)
        self._shown, self._events = now, len(self._stage.events)


class LiveScreen:
    """For terminals: the three panes stay at the bottom and follow every event; the words go above them."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def showing(self, stage: Stage) -> Iterator[None]:
        """Show the panes, and draw them anew with every event."""
        height = max(8, min(HEIGHT, self._console.height - WORDS))
        with Live(drawn(panes(stage), height), console=self._console, auto_refresh=False) as live:

            def follow(event: Event) -> None:
                if isinstance(event.did, do.Fence) or isinstance(event.saw, see.FencePassed):
                    return  # the demo's own waiting: nothing on any screen
                live.update(drawn(panes(stage), height), refresh=True)

            stage.recorder.listen(follow)
            yield
            live.update(drawn(panes(stage), height), refresh=True)

    def explain(self, number: int, scene: Scene) -> None:
        """The scene in words, above the panes."""
        self._console.print(explanation(number, scene))


def drawn(shown: Panes[list[Line]], height: int) -> Table:
    """The panes side by side; of the server's lines the newest, each on one row."""
    grid = Table.grid(expand=True)
    for _ in shown:
        grid.add_column(ratio=1)
    server = _text(shown.server[2 - height :])
    server.no_wrap, server.overflow = True, "crop"
    texts = Panes(_text(shown.customer), server, _text(shown.agent))
    grid.add_row(
        *(
            Panel(text, title=title, height=height, padding=(0, 1))
            for title, text in zip(TITLES, texts, strict=True)
        )
    )
    return grid


def _text(lines: list[Line]) -> Text:
    return Text("\n").join(Text(line.text, style=_STYLES[line.tone]) for line in lines)
