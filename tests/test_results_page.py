"""docs/results.md tells what the lab measured: its tables, verdicts and numbers are the stored runs'."""

import json
import re
from statistics import fmean, stdev

import pytest

from tests.test_packaging import ROOT
from zoped.cli.lab_config import load_lab
from zoped.train.lab.comparison import difference, mean_interval, rollouts_needed
from zoped.train.lab.report import answers, render
from zoped.train.lab.results import RunNumbers, load_numbers, metric

LAB = ROOT / "benchmarks" / "results" / "lab"
MAIN, MIDDLE = LAB / "main", LAB / "interpolated"
WISE_FT = "2109.0"  # of the number of the paper
PAGE = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
PROSE = " ".join(" ".join(re.findall(r"^[^|].*", PAGE, re.MULTILINE)).split())
RUNS, OF_MIDDLE = (load_numbers(folder / "results.jsonl") for folder in (MAIN, MIDDLE))
SETTINGS, SETTINGS_OF_MIDDLE = (
    load_lab(ROOT / "configs" / "lab" / f"{folder.name}.yaml").settings for folder in (MAIN, MIDDLE)
)


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("|")]


def of(arm: str, runs: list[RunNumbers] = RUNS) -> dict[int, RunNumbers]:
    return {run.seed: run for run in runs if run.arm == arm and run.finished}


def values(
    arm: str, name: str = "gain", level: str | None = None, runs: list[RunNumbers] = RUNS
) -> dict[int, float]:
    return {seed: metric(run, name, level) for seed, run in of(arm, runs).items()}


def mean(arm: str, name: str, runs: list[RunNumbers] = RUNS) -> float:
    return fmean(getattr(run, name) for run in of(arm, runs).values())


def points(value: float) -> str:
    return f"{100 * value:+.1f}"


def interval(low: float, high: float) -> str:
    return f"{points(low)} to {points(high)}"


def paired(first: str, second: str, level: str | None = None, runs: list[RunNumbers] = RUNS) -> str:
    return told_of(values(first, level=level, runs=runs), values(second, level=level, runs=runs))


def told_of(first: dict[int, float], second: dict[int, float]) -> str:
    found = difference(first, second)
    return f"{points(found.mean)} points, 95 % {interval(found.low, found.high)}"


def gained(arm: str) -> str:
    _, low, high = mean_interval(list(values(arm).values()))
    return f"`{arm}` ({interval(low, high)})"


def halfway(arm: str, runs: list[RunNumbers] = RUNS) -> float:
    return fmean(run.points[1].accuracy - run.points[0].accuracy for run in of(arm, runs).values())


def smollm2(arm: str) -> float:
    """The gain of its run with seed 0, from what was printed."""
    printed = (LAB / "smollm2.txt").read_text(encoding="utf-8")
    found = re.search(rf"smollm2, {arm}, seed 0: ([\d.]+)% to ([\d.]+)%", printed)
    return (float(found[2]) - float(found[1])) / 100


def by_the_middle(arm: str, level: str) -> str:
    """What it changes of an arm, over the seeds that both labs have."""
    before = values(arm, level=level)
    after = values(arm, level=level, runs=OF_MIDDLE)
    return f"({told_of({seed: after[seed] for seed in before}, before)})"


def told_of_the_middle() -> list[str]:
    """What the page says with a number in it of the student that forgets less."""
    arms = ("adaptive", "random_filtered")
    ours, theirs = (values(arm, runs=OF_MIDDLE) for arm in arms)
    gaps = [ours[seed] - theirs[seed] for seed in ours]
    rollouts, seconds = (
        [mean(arm, name, OF_MIDDLE) for arm in arms] for name in ("rollouts", "cpu_seconds")
    )
    gained = [points(halfway(arm, OF_MIDDLE)) for arm in arms]
    spent = [fmean(r.points[1].rollouts for r in of(arm, OF_MIDDLE).values()) for arm in arms]
    half = {name: mean("adaptive_half", name, OF_MIDDLE) for name in ("rollouts", "measuring")}
    share = rollouts_needed(
        list(of("adaptive_half", OF_MIDDLE).values()),
        list(of("random_filtered", OF_MIDDLE).values()),
    )
    measuring = mean("random_filtered", "measuring", OF_MIDDLE)
    return [
        f"**not shown**, {paired('adaptive_half', 'random_filtered', runs=OF_MIDDLE)};",
        f"with {half['rollouts']:,.0f} rollouts instead of {rollouts[1]:,.0f}, at {half['measuring']:,.0f} instead of {measuring:,.0f} for measuring",
        f"accuracy with {share.share:.2f} of its rollouts, but",
        f"**not shown**, {paired(*arms, runs=OF_MIDDLE)}.",
        f"takes {rollouts[0]:,.0f} rollouts instead of {rollouts[1]:,.0f}",
        f"{seconds[0] / 60:.1f} minutes of a processor instead of {seconds[1] / 60:.1f}",
        f"standard deviation of {100 * stdev(theirs.values()):.1f} points, paired",
        f"differences by {100 * stdev(gaps):.1f}.",
        f"student's level {by_the_middle('random_filtered', 'at_level')}",
        f"worse above it {by_the_middle('adaptive', 'above')}",
        f"gained {gained[0]} points with {spent[0]:,.0f} rollouts",
        f"`random_filtered` {gained[1]} with {spent[1]:,.0f}",
    ]


def told() -> list[str]:
    """What the page says with a number in it of the first lab."""
    ours, theirs = values("adaptive"), values("random_filtered")
    gaps = {seed: ours[seed] - theirs[seed] for seed in ours}
    tried, fresh = ([gaps[s] for s in gaps if (s < 4) is side] for side in (True, False))
    unfiltered = sorted(values("random").values())
    itself, share = (
        rollouts_needed(list(of(arm).values()), list(of("random_filtered").values()))
        for arm in ("random_filtered", "adaptive")
    )
    arms = ("random_filtered", "adaptive", "random_wide")
    measuring, rollouts, seconds = (
        [mean(arm, name) for arm in ("adaptive", "random_filtered")]
        for name in ("measuring", "rollouts", "cpu_seconds")
    )
    second = [points(fmean(values(arm).values()) - halfway(arm)) for arm in arms]
    expected, found = mean("adaptive", "gradient_expected"), mean("adaptive", "gradient_measured")
    return [
        f"it gains {points(fmean(theirs.values()))} points",
        f"adapted to, {points(fmean(ours.values()))} points",
        f"The difference, {points(fmean(gaps.values()))} points",
        f"the difference was {points(fmean(gaps[s] for s in range(6)))} and",
        f"({points(gaps[6])} and {points(gaps[7])})",
        f"**not shown**, {paired('adaptive', 'random_filtered')}",
        f"the difference is {points(fmean(tried))}; on",
        f"looked at, {points(fmean(fresh))}.",
        f"**not shown**, {paired('adaptive', 'random_wide')}",
        f"between {interval(unfiltered[0], unfiltered[-1]).replace(' to ', ' and ')} points",
        f"It takes {share.share:.2f} of them",
        f"with {itself.share:.2f} of its rollouts",
        *(gained(arm) for arm in arms),
        f"measures {measuring[0]:,.0f} answers instead of {measuring[1]:,.0f}",
        f"it takes {rollouts[0]:,.0f} rollouts instead of {rollouts[1]:,.0f}",
        f"{seconds[0] / 60:.1f} minutes instead of {seconds[1] / 60:.1f}",
        f"{100 * expected:.0f} % of groups were to carry a gradient, {100 * found:.0f} % did",
        f"the {100 * mean('random_filtered', 'gradient_measured'):.0f} % of `random_filtered`",
        f"({', '.join(points(halfway(arm)) for arm in arms)} points in the order",
        f"change by {second[0]}, {second[1]} and {second[2]}, none",
        f"({paired('random_wide', 'random_filtered', 'at_level')})",
        f"go from {interval(min(gaps.values()), max(gaps.values()))} points",
        f"standard deviation of {100 * stdev(gaps.values()):.1f}.",
        f"true difference were {points(fmean(gaps.values()))},",
        f"gained {points(smollm2('adaptive'))} points",
        f"`random_filtered` {points(smollm2('random_filtered'))}:",
    ]


@pytest.mark.parametrize("folder", [MAIN, MIDDLE])
def test_every_line_of_the_results_is_a_run(folder):
    for line in (folder / "results.jsonl").read_text(encoding="utf-8").splitlines():
        assert {"student", "arm", "seed", "points"} <= json.loads(line).keys()


def test_the_tables_are_those_of_the_lab_and_of_its_runs():
    stored = [rows((lab / "results.md").read_text(encoding="utf-8")) for lab in (MAIN, MIDDLE)]
    assert stored[0] == rows(render(SETTINGS, RUNS, title="main"))
    assert stored[1] == rows(render(SETTINGS_OF_MIDDLE, OF_MIDDLE, title="interpolated"))
    assert rows(PAGE) == [*stored[0], *stored[1]]


def test_every_claim_has_its_verdict():
    told_in_tables = [*answers(SETTINGS, RUNS), *answers(SETTINGS_OF_MIDDLE, OF_MIDDLE)]
    for answer in told_in_tables:
        assert f"`{answer.claim}`: **{answer.verdict}**" in PROSE, answer.claim


def test_the_text_says_what_was_measured_and_no_other_number():
    phrases = told() + told_of_the_middle()
    assert [phrase for phrase in phrases if phrase not in PROSE] == []
    numbers = r"[+-]\d+\.\d|\b0\.\d\d\b|\b\d+ %|\b\d+,\d{3}\b|\b\d+\.\d\b"
    known = {"95 %", "0.2", "0.95", "0.5", "0.6", WISE_FT, *re.findall(numbers, " ".join(phrases))}
    assert set(re.findall(numbers, PROSE)) <= known


def test_the_readme_says_the_same():
    ours, theirs = (100 * fmean(values(a).values()) for a in ("adaptive", "random_filtered"))
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    assert f"gained {ours:.1f} points with it and {theirs:.1f} without, over eight" in readme
    ours, theirs = (
        100 * fmean(values(a, runs=OF_MIDDLE).values()) for a in ("adaptive", "random_filtered")
    )
    assert f"{ours:.1f} with it and {theirs:.1f} without, over sixteen" in readme


def test_what_is_said_of_the_rest_holds():
    ours, theirs = of("adaptive"), of("random_filtered")
    assert all(ours[seed].rollouts < theirs[seed].rollouts for seed in theirs)
    needed = rollouts_needed(list(ours.values()), list(theirs.values()))
    assert needed.told().endswith("to never, 8 seeds")  # in more than one of forty resamplings
    for arm in ("random_filtered", "adaptive", "random_wide"):
        of_level = {n: fmean(values(arm, level=n).values()) for n in ("at_level", "above")}
        assert of_level["above"] > of_level["at_level"]
        _, low, high = mean_interval(
            [run.points[-1].accuracy - run.points[1].accuracy for run in of(arm).values()]
        )
        assert low < 0 < high  # what the second half of the steps brings may be chance
    middle, without = of("adaptive", OF_MIDDLE), of("random_filtered", OF_MIDDLE)
    assert all(middle[seed].rollouts < without[seed].rollouts for seed in without)
    paired_gain = difference(values("adaptive"), values("random_filtered"))
    assert round(100 * paired_gain.low, 1) == -1.0  # a loss of one point at most
    assert difference(values("random_wide", "rollouts"), values("adaptive", "rollouts")).low > 0
