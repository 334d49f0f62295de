"""`cobrowse demo`: the whole session, fast, and each of its moments in order."""

import io
import os
import re
import subprocess
import sys

import pytest
import trio
from click.testing import CliRunner
from cobrowse_cli.demo import demo
from cobrowse_simulator.demo.pace import READING_S, Pace
from cobrowse_simulator.demo.panes import Panes, panes
from cobrowse_simulator.demo.scenes import SCENES, Scene, perform
from cobrowse_simulator.demo.show import show_demo
from cobrowse_simulator.demo.stage import DemoFailed, Stage, choose, open_stage
from cobrowse_spec.rulebook import rulebook
from rich.console import Console

from tests.cli.conftest import OpenServer

#: For each scene, what must be seen in it: pane, and a line of it.
MOMENTS = {
    "START-3": [
        ("customer's screen", r"Session ID: \d{3} \d{3} \d{3}"),
        ("customer's screen", r"\w+ is co-browsing: Pointer Mode"),
        ("agent's workspace", r"chat: \{start:\d{9}\}"),
        ("agent's workspace", r"Joined by the chat"),
        ("agent's workspace", r"\[pencil icon\] Pointer Mode"),
    ],
    "POINTER-1": [
        ("customer's screen", r"  name: \w+ \w+"),
        ("agent's workspace", r"  name: \w+ \w+"),
    ],
    "POINTER-3": [
        ("customer's screen", r"\w+'s pointer at \d+, \d+"),
        ("agent's workspace", r"customer's pointer at \d+, \d+"),
    ],
    "POINTER-4": [
        ("customer's screen", r"\(O\) red circle at \d+, \d+"),
        ("agent's workspace", r"\(O\) red circle at \d+, \d+"),
    ],
    "POINTER-2": [("server", r" +POINTER-2 pointer_mode > agent")],
    "WRITE-2": [
        ("customer's screen", r"\w+ asks for Write Mode: \[Yes\] \[No\]"),
        ("agent's workspace", r"Waiting for the customer's answer"),
    ],
    "WRITE-3": [("agent's workspace", r"Your request is denied")],
    "WRITE-1": [
        ("customer's screen", r"\w+ is co-browsing: Write Mode"),
        ("agent's workspace", r"\[pointer icon\] Write Mode"),
    ],
    "WRITE-4": [
        ("customer's screen", r"  city: \w+"),
        ("customer's screen", r"  income: \d+"),
        ("agent's workspace", r"  city: \w+"),
        ("agent's workspace", r"  income: \d+"),
    ],
    "SUBMIT-1": [("agent's workspace", r"SUBMIT-1: Only the customer can submit\.")],
    "SUBMIT-3": [
        ("customer's screen", r"Thank you"),
        ("agent's workspace", r"bank\.example/thanks"),
    ],
    "SITE-1": [
        ("customer's screen", r"\(another site\)"),
        ("agent's workspace", r"The view is blank"),
        ("agent's workspace", r"Suspended: off_site"),
    ],
    "SITE-2": [("agent's workspace", r"\[pencil icon\] Pointer Mode")],
    "MASK-1": [
        ("customer's screen", r"  ssn: 756\.1234\.5678\.97"),
        ("agent's workspace", r"  ssn: \*{16}"),
        ("agent's workspace", r"  password: \*{4}"),
    ],
    "STOP-2": [
        ("agent's workspace", r"The view is blank"),
        ("agent's workspace", r"The session has ended: customer_exit"),
    ],
}


def _scenes(output: str) -> dict[str, list[tuple[str, str]]]:
    """What was shown in each scene: its rule, and the lines of the panes."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in output.splitlines():
        if heading := re.match(r" *\d+\. ([A-Z]+-\d+), ", line):
            found[heading[1]] = []
        elif found and (shown := re.match(r" +(.*?) \| (.*)", line)):
            found[list(found)[-1]].append((shown[1], shown[2]))
    return found


# The whole demo


def test_the_command_shows_every_moment_in_order() -> None:
    """A server of its own, no terminal, no waiting; each rule with what it looks like."""
    result = CliRunner().invoke(demo, ["--terminal", "--seed", "3"])

    assert (0, None) == (result.exit_code, result.exception)
    scenes = _scenes(result.stdout)
    assert list(MOMENTS) == list(scenes)
    for rule, moments in MOMENTS.items():
        for pane, pattern in moments:
            assert any(pane == at and re.fullmatch(pattern, text) for at, text in scenes[rule]), (
                rule,
                pattern,
            )
    assert "cobrowse conform" in result.stdout
    assert "cobrowse rules" in result.stdout


def test_nothing_that_is_masked_shows_at_the_agents_end() -> None:
    """On the customer's own screen it does: the number is there to be seen."""
    scenes = _scenes(CliRunner().invoke(demo, ["--terminal", "--seed", "3"]).stdout)
    lines = [line for shown in scenes.values() for line in shown]

    assert any("756.1234.5678.97" in text for pane, text in lines if pane == "customer's screen")
    others = [text for pane, text in lines if pane != "customer's screen"]
    secrets = ("756.1234", "5678.97", "correct horse", "271828")  # long enough for no session ID to hold them
    assert not [text for text in others if any(secret in text for secret in secrets)]


def test_it_runs_as_a_program_without_a_terminal() -> None:
    """Plain ASCII, so that it shows on any console."""
    command = [sys.executable, "-m", "cobrowse_cli", "demo", "--terminal", "--seed", "1"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, check=False)

    assert (0, "") == (done.returncode, done.stderr)
    assert "15. STOP-2" in done.stdout


async def test_on_a_terminal_three_panes_follow_the_session(open_server: OpenServer) -> None:
    """Side by side, drawn anew with every event, and the words above them."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=110, height=40, color_system=None)
    async with open_server() as server:
        pace = Pace(slow=False)
        await show_demo(console, server.url, server.controller_key, seed=3, pace=pace)
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", screen.getvalue())

    heads = r"customer's screen .* server .* agent's workspace"
    assert len(re.findall(heads, text)) > 2 * len(SCENES)
    assert re.search(r"Write Mode +│.*│ \[pointer icon\] Write Mode", text)
    places = [text.index(f"{number}. {scene.rule}, ") for number, scene in enumerate(SCENES, 1)]
    assert places == sorted(places)


async def test_one_seed_makes_one_demo(open_server: OpenServer) -> None:
    """But for the session's ID, which nothing can foresee."""
    shown = []
    async with open_server() as server:
        for seed in (5, 5, 6):
            screen = io.StringIO()
            console = Console(file=screen, width=200)
            await show_demo(console, server.url, server.controller_key, seed=seed, pace=Pace(slow=False))
            own = [line for line in screen.getvalue().splitlines() if " server | " not in line]
            shown.append(re.sub(r"\d{3} ?\d{3} ?\d{3}\b", "(ID)", "\n".join(own)))

    assert shown[0] == shown[1]
    assert shown[0] != shown[2]


# Scenes


def test_every_scene_names_a_rule_of_its_own() -> None:
    """In the rulebook, where its chapter is written already."""
    rules = [scene.rule for scene in SCENES]
    chapters = {rule.partition("-")[0] for rule in rulebook()}

    assert len(rules) == len(set(rules))
    assert [] == [rule for rule in rules if rule.partition("-")[0] in chapters and rule not in rulebook()]


@pytest.fixture
def without_effect() -> Scene:
    """The first scene, in which nothing is done."""

    async def nothing(stage: Stage) -> None:
        await trio.lowlevel.checkpoint()

    return SCENES[0]._replace(play=nothing)


async def test_a_scene_that_shows_nothing_breaks_the_demo_off(
    open_server: OpenServer, without_effect: Scene
) -> None:
    """A demo never says what has not happened."""
    async with open_server() as server:
        pace = Pace(slow=False)
        async with open_stage(server.url, server.controller_key, choose(1), pace) as stage:
            with pytest.raises(DemoFailed, match=r"START-3 \(start by chat\) did not show"):
                await perform(without_effect, stage)


async def test_no_scene_holds_before_it_is_played(open_server: OpenServer) -> None:
    """So each check looks for something that only its scene brings about."""
    async with open_server() as server:
        pace = Pace(slow=False)
        async with open_stage(server.url, server.controller_key, choose(1), pace) as stage:
            held = []
            for scene in SCENES:
                held += [scene.rule] if scene.holds(stage) else []
                await perform(scene, stage)

    assert [] == held


async def test_panes_are_made_before_there_is_a_session(open_server: OpenServer) -> None:
    """A button for the customer, nothing for the agent, nothing at the server."""
    async with open_server() as server:
        pace = Pace(slow=False)
        async with open_stage(server.url, server.controller_key, choose(1), pace) as stage:
            shown = panes(stage)

    assert "[Co-browsing]" in [line.text for line in shown.customer]
    assert Panes(shown.customer, [], shown.agent) == shown
    assert ["chat", "No session"] == [line.text for line in shown.agent]


# Pace


async def test_fast_means_no_time_at_all(autojump_clock: trio.testing.MockClock) -> None:
    """Whatever it is asked for."""
    await Pace(slow=False).rest(READING_S)

    assert trio.current_time() == 0.0


async def test_slow_means_the_declared_time(autojump_clock: trio.testing.MockClock) -> None:
    """No more and no less."""
    await Pace(slow=True).rest(READING_S)

    assert trio.current_time() == READING_S


async def test_enter_goes_on_at_once(autojump_clock: trio.testing.MockClock) -> None:
    """And each Enter only once; with a keyboard that is gone there is time to read all the same."""
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as keyboard:
        pace = Pace(slow=True, keyboard=keyboard)
        os.write(writing, b"\n")
        await pace.rest(READING_S)
        at_once = trio.current_time()
        await pace.rest(READING_S)
        after_one = trio.current_time()
        os.close(writing)
        await pace.rest(READING_S)
        await pace.rest(READING_S)

    assert (0.0, READING_S) == (at_once, after_one)
    assert trio.current_time() == 2 * READING_S
