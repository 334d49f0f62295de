"""Outages: several stories share one crash, and nobody waits for ever for anybody."""

import sys
from pathlib import Path

import pytest
import trio
from cobrowse_cli.faults.matrix import reference_server
from cobrowse_conformance.outage import (
    TOGETHER_TIMEOUT_S,
    CommandedFragile,
    Commands,
    Outage,
    Turn,
)
from cobrowse_conformance.ruling import crashes
from cobrowse_conformance.runner import Selection, chosen_parts, run
from cobrowse_conformance.targets import Target, TargetDown
from cobrowse_conformance.venues import Declared
from cobrowse_conformance.verdicts import Verdict
from cobrowse_spec.rulebook import rulebook
from cobrowse_spec.wire import rest


class Doll:
    """Says when it was killed and started."""

    def __init__(self, *, dies: bool = True) -> None:
        self.target = Target("", "")
        self.heard: list[tuple[str, float]] = []
        self._dies = dies

    async def kill(self) -> None:
        """If it can be."""
        if not self._dies:
            raise TargetDown("it will not die")
        self.heard.append(("kill", trio.current_time()))

    async def start(self) -> None:
        """Always."""
        self.heard.append(("start", trio.current_time()))

    def keeps(self, text: str) -> bool:
        """Nothing."""
        return False


async def story(turn: Turn, before_s: float, within_s: float) -> None:
    """A story that takes so long to come to its crash, and in it."""
    await trio.sleep(before_s)
    await turn.go_down()
    await trio.sleep(within_s)
    await turn.come_up()
    turn.leave()


async def test_all_stories_share_one_crash(autojump_clock: trio.testing.MockClock) -> None:
    """The server is killed when the last of them is there, and starts when the last of them wants it."""
    doll = Doll()
    outage = Outage(doll)
    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        for before_s, within_s in ((1.0, 4.0), (3.0, 1.0)):
            nursery.start_soon(story, outage.turn(), before_s, within_s)
        nursery.start_soon(outage.conduct)

    assert [("kill", 3.0), ("start", 7.0)] == [(what, at - began) for what, at in doll.heard]


async def test_a_story_that_is_over_is_not_waited_for(autojump_clock: trio.testing.MockClock) -> None:
    """Whatever became of it."""
    doll = Doll()
    outage = Outage(doll)
    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        outage.turn().leave()
        nursery.start_soon(story, outage.turn(), 1.0, 1.0)
        nursery.start_soon(outage.conduct)

    assert [("kill", 1.0), ("start", 2.0)] == [(what, at - began) for what, at in doll.heard]


async def test_who_comes_too_late_is_not_waited_for_either(autojump_clock: trio.testing.MockClock) -> None:
    """The others go on without it, and it is told so."""
    doll = Doll()
    outage = Outage(doll)
    late = outage.turn()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(story, outage.turn(), 0.0, 0.0)
        nursery.start_soon(outage.conduct)
        await trio.sleep(TOGETHER_TIMEOUT_S + 1)
        with pytest.raises(TargetDown, match="too late"):
            await late.go_down()
        late.leave()

    assert ["kill", "start"] == [what for what, _ in doll.heard]


async def test_a_server_that_cannot_be_killed_is_said_to_be_so(
    autojump_clock: trio.testing.MockClock,
) -> None:
    """Nobody waits for it."""
    outage = Outage(Doll(dies=False))
    turn = outage.turn()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(outage.conduct)
        with pytest.raises(TargetDown, match="it will not die"):
            await turn.go_down()


async def test_any_target_can_be_killed_and_started_by_commands(tmp_path: Path) -> None:
    """Programs with their arguments; and what it keeps is searched where it says."""
    note = tmp_path / "note"
    write = (sys.executable, "-c", f"open({str(note)!r}, 'a').write('killed')")
    commands = Commands(kill=write, start=write, keeps=(str(tmp_path / "no*"),))
    async with CommandedFragile(commands).open(Target("http://127.0.0.1:1", "")) as fragile:
        assert fragile.keeps("killed") is None
        await fragile.kill()
        await fragile.start()
        assert (True, False) == (fragile.keeps("killedkilled"), fragile.keeps("canary-in-a-file"))
    assert "killedkilled" == note.read_text(encoding="utf-8")


async def test_a_command_that_fails_is_an_error_that_names_it() -> None:
    """And nothing of its output, which may hold anything."""
    commands = Commands(kill=("false",), start=("no-such-program",))
    async with CommandedFragile(commands).open(Target("", "")) as fragile:
        with pytest.raises(TargetDown, match="false failed: CalledProcessError"):
            await fragile.kill()
        with pytest.raises(TargetDown, match="no-such-program failed: FileNotFoundError"):
            await fragile.start()


DECLARED = Declared("", "", (), rest.ThrottleLimits(), {})


def test_stories_that_kill_the_server_are_played_where_that_can_be_done() -> None:
    """And nowhere else."""
    rules = [rulebook()["RESUME-4"]]
    mortal = Target("", "", fragile=CommandedFragile(Commands((), ())))

    assert [] == chosen_parts(rules, Selection(), Target("", ""), DECLARED)
    assert all(crashes(part.example) for part in chosen_parts(rules, Selection(), mortal, DECLARED))
    assert len(rules[0].examples) == len(chosen_parts(rules, Selection(), mortal, DECLARED))


async def test_a_target_that_cannot_be_killed_is_not_judged_by_what_survives() -> None:
    """Its verdict says what is missing, and is no pass."""
    async with reference_server() as server:
        target = Target(server.url, server.controller_key)
        found = await run(target, Selection(rules=("RESUME-4",)), seed=1, command="")

    assert [Verdict.INCONCLUSIVE] == [result.verdict for result in found.rules]
    assert "offers no way to kill it" in found.rules[0].because
