"""Load profiles: read strictly, with everything that they name."""

import random
import tempfile
from pathlib import Path

import pytest
from cobrowse_simulator.load.profile import (
    Plan,
    ProfileError,
    arrival_times,
    read_objective,
    read_profile,
)
from hypothesis import given
from hypothesis import strategies as st

JOURNEY = '[[journeys]]\nname = "Pointer only: pointing things out"\n'


def write(folder: Path, text: str, *, journey: str = JOURNEY) -> Path:
    """A profile's file."""
    path = folder / "profile.toml"
    path.write_text(text + "\n" + journey, encoding="utf-8")
    return path


def plan(folder: Path, text: str) -> Plan:
    """A profile that can be read."""
    return read_profile(write(folder, text))


def test_a_profile_brings_its_journeys_policy_and_objectives(tmp_path: Path) -> None:
    """Names become what they stand for."""
    read = plan(tmp_path, 'name = "x"\nthresholds = ["join p95 < 1 s"]')

    assert ["Pointer only: pointing things out"] == [journey.name for journey, _ in read.mix]
    assert read.policy.site == ("https://bank.example",)
    assert ("join", "p95", "<", 1000.0) == read.objectives[0][1:]


@pytest.mark.parametrize(
    "text, says",
    [
        ("duration = 3", "line 1: unknown key 'duration'; did you mean 'duration_s'?"),
        ("duration_s = 0", "line 1: duration_s: Expected `float` > 0.0"),
        ("[arrivals]\nmodel = 'poison'", "line 2: arrivals.model: Invalid enum value 'poison'"),
        ("[arrivals]\nmodel = 'stages'", "line 2: stages need their list"),
        ("[arrivals]\nmodel = 'replay'", "line 2: replay needs its file"),
        ("page_kb = [50, 10]", "line 1: page_kb goes from the smallest"),
        ("thresholds = ['joi p95 < 3 ms']", "line 1: unknown metric 'joi'; did you mean 'join'?"),
        ("[network.agent]\nlatency_ms = 1\njitter_ms = 2", "line 3: jitter_ms is at most latency_ms"),
        ("policy = 'none.toml'", "cannot read the policy"),
        ("journey_files = ['none.feature']", "line 1: cannot read the journeys"),
        ("[arrivals]\nmodel = 'replay'\nfile = 'none.txt'", "cannot read the arrivals"),
    ],
)
def test_a_profile_that_cannot_be_run_says_why_and_where(tmp_path: Path, text: str, says: str) -> None:
    """The file, the line, and what to do."""
    with pytest.raises(ProfileError) as error:
        plan(tmp_path, text)

    assert str(tmp_path) in str(error.value)
    assert says in str(error.value)


def test_an_unknown_journey_is_an_error_that_names_the_nearest(tmp_path: Path) -> None:
    """With the line of its name."""
    path = write(tmp_path, "", journey='[[journeys]]\nname = "Pointer only: pointing thing out"')

    with pytest.raises(
        ProfileError, match=r"line 3: there is no journey .* did you mean 'Pointer only: pointing things out'"
    ):
        read_profile(path)


def test_a_policy_that_gives_an_agent_too_few_sessions_is_an_error(tmp_path: Path) -> None:
    """The server would refuse what the profile asks for (JOIN-5)."""
    (tmp_path / "policy.toml").write_text('site = ["https://bank.example"]', encoding="utf-8")

    with pytest.raises(ProfileError, match="line 3: the policy allows an agent 1 sessions"):
        plan(tmp_path, "policy = 'policy.toml'\n[agents]\nsessions_each = 2")


def test_the_simulators_own_policy_gives_agents_what_the_profile_asks_for(tmp_path: Path) -> None:
    """Nothing has to be said twice."""
    assert plan(tmp_path, "[agents]\nsessions_each = 3").policy.sessions_per_agent == 3


@pytest.mark.parametrize(
    "text, value",
    [
        ("act_to_effect p99 < 200ms", 200.0),
        ("join max <= 1.5 s", 1500.0),
        ("must_violations = 0", 0.0),
        ("error_rate < 1 %", 0.01),
        ("error_rate == 0.5", 0.5),
    ],
)
def test_an_objective_is_read_from_its_words(text: str, value: float) -> None:
    """Times in milliseconds, shares from 0 to 1."""
    assert value == read_objective(text).value


@pytest.mark.parametrize(
    "text",
    ["join < 3", "join p95 < 3", "join p101 < 3 ms", "failed p9 = 1", "failed = 1 ms", "what", "joyn p9<1ms"],
)
def test_what_is_no_objective_is_an_error(text: str) -> None:
    """A percentile that is missing, a unit that does not fit, a metric that is not known."""
    with pytest.raises(ValueError, match=r"join|number|objective|metric|percentile"):
        read_objective(text)


# Arrivals


def times(read: Plan, seed: int = 1) -> list[float]:
    """When sessions arrive."""
    return list(arrival_times(read, random.Random(seed)))  # noqa: S311 -- to be repeated


def test_constant_arrivals_keep_their_distance(tmp_path: Path) -> None:
    """Two a second for three seconds."""
    read = plan(tmp_path, "duration_s = 3\n[arrivals]\nmodel = 'constant'\nrate_per_s = 2")

    assert times(read) == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5]


def test_replayed_arrivals_are_those_of_the_file(tmp_path: Path) -> None:
    """As far as the profile lasts."""
    (tmp_path / "at.txt").write_text("0.5\n\n1\n7\n", encoding="utf-8")
    read = plan(tmp_path, "duration_s = 3\n[arrivals]\nmodel = 'replay'\nfile = 'at.txt'")

    assert times(read) == [0.5, 1.0]


@pytest.mark.parametrize("content", ["1\n0.5", "x", "-1", "inf", "nan", ""])
def test_moments_that_are_none_are_an_error(tmp_path: Path, content: str) -> None:
    """Out of order, no number, before the beginning, or none at all."""
    (tmp_path / "at.txt").write_text(content, encoding="utf-8")

    with pytest.raises(ProfileError, match=r"at\.txt"):
        plan(tmp_path, "[arrivals]\nmodel = 'replay'\nfile = 'at.txt'")


def test_poisson_arrivals_come_at_their_rate(tmp_path: Path) -> None:
    """1,000 expected; the seed makes it the same number every time."""
    read = plan(tmp_path, "duration_s = 100\n[arrivals]\nrate_per_s = 10")

    assert times(read) == times(read)
    assert times(read) != times(read, seed=2)
    assert 900 < len(times(read)) < 1100


def test_stages_go_up_and_down_in_straight_lines(tmp_path: Path) -> None:
    """From nothing to twenty a second and back: most arrive in the middle."""
    stages = "[{duration_s = 50, rate_per_s = 20}, {duration_s = 50, rate_per_s = 0}]"
    read = plan(tmp_path, f"duration_s = 100\n[arrivals]\nmodel = 'stages'\nstages = {stages}")
    by_quarter = [
        sum(1 for at in times(read) if quarter * 25 <= at < (quarter + 1) * 25) for quarter in range(4)
    ]

    assert 900 < sum(by_quarter) < 1100
    assert by_quarter[0] < by_quarter[1] / 2
    assert by_quarter[3] < by_quarter[2] / 2


@given(st.floats(0, 50), st.floats(0.1, 20), st.sampled_from(["poisson", "constant"]), st.integers())
def test_arrivals_are_in_order_and_within_the_profile(
    rate: float, duration_s: float, model: str, seed: int
) -> None:
    """Whatever the rate."""
    with tempfile.TemporaryDirectory() as folder:
        text = f"duration_s = {duration_s}\n[arrivals]\nmodel = '{model}'\nrate_per_s = {rate}"
        found = times(plan(Path(folder), text), seed)

    assert sorted(found) == found
    assert all(0 <= at < duration_s for at in found)


@pytest.mark.parametrize(
    "path",
    sorted((Path(__file__).parents[3] / "simulator" / "profiles").glob("*.toml")),
    ids=lambda one: one.stem,
)
def test_the_profiles_that_come_with_the_project_can_be_read(path: Path) -> None:
    """Each has sessions that arrive, and says what must hold of them."""
    read = read_profile(path)

    assert times(read)
    assert read.objectives
