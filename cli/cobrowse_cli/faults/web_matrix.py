"""Faults of the web client before the suite's browser level: each is built, served, and judged in real browsers.

What :func:`.matrix.run_matrix` needs to play them; what a row is and which outcomes there are is said there.

Order: the faults, playing one task, playing all.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import trio
from cobrowse_conformance.browser.playing import PAIRS
from cobrowse_conformance.browser.profile import Profile
from cobrowse_conformance.browser.running import Enough, run_in_browsers
from cobrowse_conformance.results import Run, StoryResult
from cobrowse_conformance.runner import Selection
from cobrowse_conformance.targets import TargetDown
from cobrowse_conformance.verdicts import Verdict
from msgspec.structs import replace

from .matrix import Finding, Play, Stage, Task, read
from .tools import Fault, Kind, Patch
from .web_build import BARE, CannotBuild, build_web_client
from .web_cast import WEB_CAST, WebFault

#: Seconds that a run in browsers may take.
RUN_TIMEOUT_S: Final = 900.0

#: The module of the command line in a profile's command, which a broken client's takes the place of.
_OWN_MODULE: Final = "cobrowse_cli"


def _not_here(patch: Patch) -> None:
    raise NotImplementedError("a fault of the web client is built, not patched in")


def web_faults() -> tuple[Fault, ...]:
    """All of :data:`.web_cast.WEB_CAST`, as rows of a matrix."""
    return tuple(
        Fault(
            one.rule,
            one.name,
            _not_here,
            end="product",
            kind=Kind.WEB,
            derived_as=f"web {one.rule}: {one.name}",
            places=(one.file, *(edit.file for edit in one.also)),
        )
        for one in WEB_CAST
    )


#: The fault that every suite must catch: texts leave as they are.
CONTROL: Final = next(fault for fault in web_faults() if fault.words == "texts")


def browsers(profile: Profile, jobs: int, rules: Sequence[str]) -> Play:
    """Plays tasks with so many pairs of browsers at a time.

    ``rules`` are those of all faults: the whole suite is here what is said of them.
    """
    known = {fault.name: wrong for fault, wrong in zip(web_faults(), WEB_CAST, strict=True)}

    def play_all(tasks: Sequence[Task]) -> Iterator[tuple[Task, Finding]]:
        with ThreadPoolExecutor(jobs) as pool:
            playing = {
                pool.submit(_judge, [known[n] for n in task.faults], task, profile, rules): task
                for task in tasks
            }
            for done in as_completed(playing):
                yield playing[done], done.result()

    return play_all


def _judge(faults: Sequence[WebFault], task: Task, profile: Profile, rules: Sequence[str]) -> Finding:
    """The own rule's stories first; only where they do not kill those of all rules.  What fails first decides."""
    began = time.monotonic()
    rule = faults[0].rule if faults else ""
    finding = Finding(Verdict.INCONCLUSIVE, invalid="nothing was played")
    with TemporaryDirectory(prefix="cobrowse-faults-") as folder:
        try:
            broken = _broken(profile, faults[0], Path(folder)) if faults else profile
            for stage in task.stages:
                asked = (rule,) if stage is Stage.OWN else tuple(rules)
                found = trio.run(_run, broken, asked, task.seed, _fails if faults else _never)
                finding = read(found, rule)
                if finding.verdict is Verdict.FAIL or finding.invalid:
                    break
        except (CannotBuild, TargetDown, TimeoutError) as error:
            finding = Finding(Verdict.INCONCLUSIVE, invalid=str(error))
    return replace(finding, took_s=time.monotonic() - began)


def _fails(result: StoryResult) -> bool:
    return result.verdict is Verdict.FAIL


def _never(result: StoryResult) -> bool:
    return False


def _broken(profile: Profile, fault: WebFault, folder: Path) -> Profile:
    """The profile of the same product with the broken web client."""
    build_web_client(fault, folder / "static")
    command = list(profile.product.command)
    at = command.index(_OWN_MODULE)
    bare = [BARE] if fault.bare else []
    command[at : at + 1] = ["cobrowse_cli.faults.broken_client", *bare, str(folder / "static"), "--"]
    return replace(profile, product=replace(profile.product, command=tuple(command)))


async def _run(profile: Profile, rules: tuple[str, ...], seed: int, enough: Enough) -> Run:
    pairs = PAIRS if enough is _never else 1
    with trio.move_on_after(RUN_TIMEOUT_S):
        return await run_in_browsers(
            profile, Selection(rules=rules), seed=seed, command="", pairs=pairs, enough=enough
        )
    raise TimeoutError(f"not over within {RUN_TIMEOUT_S:g} s")
