"""``cobrowse conform``: judge an implementation by the rulebook."""

import difflib
import secrets
import shlex
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec
import trio
from cobrowse_conformance.generate.capsule import Capsule, write_capsule
from cobrowse_conformance.generate.playing import Generation
from cobrowse_conformance.known_failures import KnownFailures, judged_by, read_known_failures
from cobrowse_conformance.outage import CommandedFragile, Commands
from cobrowse_conformance.reports.terminal import Progress, print_run
from cobrowse_conformance.results import Generated, Run, StoryResult
from cobrowse_conformance.ruling import merged
from cobrowse_conformance.runner import Selection, chosen_rules, run
from cobrowse_conformance.targets import TargetDown
from cobrowse_conformance.venues import WireVenue
from cobrowse_conformance.verdicts import Exit
from cobrowse_spec.rulebook import FeatureError, Rule, read_feature, rulebook
from cobrowse_spec.toml_text import TomlError
from msgspec.structs import replace
from rich.console import Console

from .collector import tune_gc
from .products import NoBrowsers, browser_option, judge_in_browsers, reference_profile
from .reporting import Writers, report_options
from .targets import open_target

#: The largest seed that is drawn where none is given.
_SEEDS = 1_000_000

#: How often `--verify` plays each story where it is not told.
_VERIFY = 10


@click.command()
@click.argument("target", required=False)
@click.option(
    "--target",
    "profile_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The profile of a product that is judged in real browsers (docs/your-product.md).",
)
@click.option(
    "--level",
    type=click.Choice(["wire", "browser", "both"]),
    help="Where to look: at the protocol, at real browsers, or at both. Else at what TARGET and --target name; "
    "at the protocol where neither is given.",
)
@click.option("--rule", "rule_ids", multiple=True, metavar="ID", help="Only this rule. Repeatable.")
@click.option("--tags", multiple=True, metavar="TAG", help="Only examples with this tag. Repeatable.")
@click.option("--seed", type=int, help="What the suite's own choices are drawn from; else one is drawn.")
@click.option(
    "--features",
    "features",
    type=click.Path(exists=True, path_type=Path),
    metavar="PATH",
    help="Play the stories of this feature file, or of all in this folder, in place of the rulebook's.",
)
@click.option(
    "--generate",
    "count",
    type=click.IntRange(0, 1_000_000),
    default=0,
    metavar="N",
    help="Play N generated stories besides those that are chosen; the same seed gives the same.",
)
@click.option(
    "--capsules",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("cobrowse-capsules"),
    show_default=True,
    metavar="FOLDER",
    help="Where failures of generated stories are kept, for `cobrowse replay`.",
)
@click.option("--list", "only_list", is_flag=True, help="List the examples that would be played, and stop.")
@click.option(
    "--verify",
    "repeats",
    type=click.IntRange(2, 1000),
    is_flag=False,
    flag_value=_VERIFY,
    metavar="[N]",
    help=f"Play each story N times ({_VERIFY} where no number is given), and call it flaky if its verdicts differ.",
)
@click.option(
    "--pairs",
    type=click.IntRange(1, 32),
    metavar="N",
    help="So many pairs of browsers play side by side; else as many as a small machine bears.",
)
@browser_option
@click.option(
    "--known-failures",
    "known_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Failures that are known, as TOML: `[[failure]]` with rule, why, link, and if need be level and until. "
    "They are shown and decide nothing; one that fails no longer is an error.",
)
@report_options
@click.option(
    "--crash",
    "crash_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="How to kill TARGET and to start it again, as TOML: `kill` and `start`, each a program and its "
    "arguments; `keeps`, patterns of the files that it keeps. Without it nothing is known of RESUME-4.",
)
@click.option(
    "--controller-key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File that holds the target's controller key. Else $COBROWSE_CONTROLLER_KEY.",
)
def conform(
    *,
    target: str | None,
    profile_file: Path | None,
    level: str | None,
    rule_ids: tuple[str, ...],
    tags: tuple[str, ...],
    seed: int | None,
    features: Path | None,
    count: int,
    capsules: Path,
    only_list: bool,
    repeats: int | None,
    pairs: int | None,
    browser: str,
    known_file: Path | None,
    writers: Writers,
    crash_file: Path | None,
    controller_key_file: Path | None,
) -> int:
    """Judge TARGET, the base URL of a server that speaks cobrowse.v1, by the rulebook.

    With --target, judge a product of any kind in real browsers. Without either the reference server is started and
    judged, and its scripted customer with it.

    Exit codes: 0 conformant, 1 not conformant, 2 incomplete, 3 the suite's own fault, 4 wrong usage (or a list of
    known failures that is not true any more), 5 flaky.
    """
    levels = _levels(level, target, profile_file)
    selection = Selection(levels[0], _known_rules(rule_ids), _known_tags(tags), _own_rules(features))
    if only_list:
        for one in levels:
            _list(selection._replace(level=one))
        return 0
    known = _known(known_file)
    seed = secrets.randbelow(_SEEDS) if seed is None else seed
    console = Console()
    found: Run | BaseException
    kept: list[Capsule] = []
    try:
        tune_gc()
        mortal = _mortal(crash_file)
        runs = []
        if "wire" in levels:
            runs.append(
                trio.run(
                    _judge,
                    target,
                    controller_key_file,
                    mortal,
                    selection,
                    seed,
                    count,
                    repeats or 1,
                    kept,
                    console,
                )
            )
        if "browser" in levels:
            in_browsers = selection._replace(level="browser")
            runs.append(
                judge_in_browsers(
                    profile_file, in_browsers, _command(seed), seed, repeats or 1, console, pairs, browser
                )
            )
        found = merged(runs) if len(runs) > 1 else runs[0]
    except* TargetDown as errors:
        found = _first(errors)
    except* click.UsageError as errors:
        raise _first(errors) from None
    except* NoBrowsers as errors:
        found = _first(errors)
    if isinstance(found, NoBrowsers):
        click.echo(str(found), err=True)
        return Exit.HARNESS_ERROR
    if not isinstance(found, Run):
        click.echo(f"There is nothing to judge: {found}", err=True)
        return Exit.INCOMPLETE
    if known is not None:
        found = judged_by(found, known, datetime.now(UTC).date())
    for file, write in writers:
        write(found, file)
    print_run(console, found)
    for file in (*(file for file, _ in writers), *_keep(kept, capsules)):
        console.print(f"Written: {file}", highlight=False)
    return found.exit_code


async def _judge(
    url: str | None,
    key_file: Path | None,
    mortal: CommandedFragile | None,
    selection: Selection,
    seed: int,
    count: int,
    repeats: int,
    kept: list[Capsule],
    console: Console,
) -> Run:
    """Judge the target; what generated stories find is added to ``kept``."""
    command = _command(seed)
    async with trio.open_nursery() as meanwhile:
        if url is None:  # read the rulebook while the server starts
            meanwhile.start_soon(trio.to_thread.run_sync, rulebook)
        async with open_target(url, key_file) as target:
            with Progress(console) as progress:

                async def generate(venue: WireVenue) -> tuple[Generated, Sequence[StoryResult]]:
                    found = await Generation(venue, target, seed).run(count, progress.told)
                    kept.extend(found.capsules)
                    return found.summary, found.results

                return await run(
                    target if mortal is None else replace(target, fragile=mortal),
                    selection,
                    seed=seed,
                    command=command,
                    told=progress.told,
                    afterwards=generate if count else None,
                    repeats=repeats,
                )


def _levels(level: str | None, target: str | None, profile: Path | None) -> tuple[str, ...]:
    """The levels that are looked at; a click error says what is missing."""
    if level is None:
        level = "both" if target and profile else "browser" if profile else "wire"
    if level != "wire" and target and profile is None:
        raise click.UsageError("a product is judged in browsers by its profile: give --target FILE")
    if level == "wire" and profile is not None:
        raise click.UsageError("a profile is for browsers: give --level browser or both, or leave it out")
    if level == "both" and profile is not None and target is None and profile != reference_profile():
        raise click.UsageError("to judge a product over the wire as well, give its base URL")
    return ("wire", "browser") if level == "both" else (level,)


def _mortal(file: Path | None) -> CommandedFragile | None:
    """How a target is killed and started again; a click error says what is wrong with the file."""
    if file is None:
        return None
    try:
        return CommandedFragile(msgspec.toml.decode(file.read_bytes(), type=Commands))
    except (OSError, msgspec.DecodeError) as error:
        raise click.UsageError(
            f"{file} does not say how to kill a target and to start it again: {error}"
        ) from None


def _known(file: Path | None) -> KnownFailures | None:
    """The failures that are known; a click error says what is wrong with their file, and where."""
    if file is None:
        return None
    try:
        return read_known_failures(file)
    except (OSError, UnicodeDecodeError, TomlError) as error:
        raise click.UsageError(f"{file}: {error}") from None


def _keep(kept: Sequence[Capsule], folder: Path) -> list[Path]:
    """Write capsules, and each one's story as a feature beside it."""
    files = []
    for capsule in kept:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{capsule.rule}-seed-{capsule.seed}-story-{capsule.number}.json"
        write_capsule(capsule, file)
        feature = file.with_suffix(".feature")
        feature.write_text(capsule.feature, encoding="utf-8")
        files += [file, feature]
    return files


def _own_rules(path: Path | None) -> tuple[Rule, ...]:
    """The rules of features of somebody's own, each with all its stories."""
    if path is None:
        return ()
    files = sorted(path.rglob("*.feature")) if path.is_dir() else [path]
    found: dict[str, Rule] = {}
    try:
        for file in files:
            for rule in read_feature(file.read_text(encoding="utf-8"), file.name):
                if rule.id not in rulebook():
                    raise click.UsageError(f"{file}: the rulebook has no rule {rule.id}")
                before = found[rule.id].examples if rule.id in found else ()
                more = tuple(
                    replace(example, id=f"{rule.id}.{number}")
                    for number, example in enumerate(rule.examples, len(before) + 1)
                )
                found[rule.id] = replace(rulebook()[rule.id], examples=(*before, *more))
    except (FeatureError, OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"the features cannot be read: {error}") from None
    if not found:
        raise click.UsageError(f"there is no feature in {path}")
    return tuple(found.values())


def _command(seed: int) -> str:
    """The command that does the same again."""
    given = sys.argv[1:]
    command = shlex.join(["cobrowse", *given])
    return command if "--seed" in given else f"{command} --seed {seed}"


def _known_rules(rule_ids: tuple[str, ...]) -> tuple[str, ...]:
    known = rulebook()
    for rule in rule_ids:
        if rule.upper() not in known:
            near = difflib.get_close_matches(rule.upper(), known, n=1, cutoff=0.0)
            raise click.UsageError(f"there is no rule {rule!r}; did you mean {near[0]}?")
    return tuple(rule.upper() for rule in rule_ids)


def _known_tags(tags: tuple[str, ...]) -> tuple[str, ...]:
    wanted = tuple(tag if tag.startswith("@") else f"@{tag}" for tag in tags)
    known = {tag for rule in rulebook().values() for example in rule.examples for tag in example.tags}
    for tag in wanted:
        if tag not in known:
            near = difflib.get_close_matches(tag, known, n=1, cutoff=0.0)
            raise click.UsageError(f"no example has the tag {tag}; did you mean {near[0]}?")
    return wanted


def _list(selection: Selection) -> None:
    for rule in chosen_rules(selection):
        click.echo(f"{rule.id} {rule.level}: {rule.sentence}")
        for example in rule.examples:
            if not selection.tags or example.tags.intersection(selection.tags):
                click.echo(f"  {example.id:<12} {example.name}  ({example.place})")


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    error = errors.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
