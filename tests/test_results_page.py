"""docs/results.md tells what the lab measured: its tables, verdicts and numbers are the stored runs'."""

import json
import re
from collections.abc import Iterable
from statistics import fmean, stdev

import pytest

from tests.test_packaging import ROOT
from zoped.cli.config import load_config
from zoped.cli.lab_config import load_lab
from zoped.evals.held_out import COUNT, elementary_seeds, held_out_set
from zoped.symbolic import fingerprint
from zoped.train.lab.comparison import Needed, difference, mean_interval, rollouts_needed
from zoped.train.lab.report import answers, render
from zoped.train.lab.results import RunNumbers, load_numbers, metric
from zoped.train.lab.settings import merged

LAB = ROOT / "benchmarks" / "results" / "lab"
UNEVEN, MIDDLE = "uneven", "interpolated"
GAINS = ("gain", "greedy_gain")
LABS = (UNEVEN, MIDDLE, "language_model", "main")  # in the order of the page
TEN, TEN_UNEVEN = "ten_rounds", "ten_rounds_uneven"  # of one seed: no tables
WISE_FT = "2109.0"  # of the number of the paper
PAGE = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
PROSE = " ".join(" ".join(re.findall(r"^[^|].*", PAGE, re.MULTILINE)).split())
RUNS = {name: load_numbers(LAB / name / "results.jsonl") for name in (*LABS, TEN, TEN_UNEVEN)}
SETTINGS = {name: load_lab(ROOT / "configs" / "lab" / f"{name}.yaml").settings for name in LABS}


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("|")]


def of(arm: str, lab: str = "main") -> dict[int, RunNumbers]:
    return {run.seed: run for run in RUNS[lab] if run.arm == arm and run.finished}


def values(
    arm: str, name: str = "gain", level: str | None = None, lab: str = "main"
) -> dict[int, float]:
    return {seed: metric(run, name, level) for seed, run in of(arm, lab).items()}


def mean(arm: str, name: str, lab: str = "main") -> float:
    return fmean(getattr(run, name) for run in of(arm, lab).values())


def points(value: float) -> str:
    return f"{100 * value:+.1f}"


def interval(low: float, high: float) -> str:
    return f"{points(low)} to {points(high)}"


def paired(first: str, second: str, level: str | None = None, lab: str = "main") -> str:
    return told_of(values(first, level=level, lab=lab), values(second, level=level, lab=lab))


def told_of(first: dict[int, float], second: dict[int, float]) -> str:
    found = difference(first, second)
    return f"{points(found.mean)} points, 95 % {interval(found.low, found.high)}"


def gained(arm: str) -> str:
    _, low, high = mean_interval(list(values(arm).values()))
    return f"`{arm}` ({interval(low, high)})"


def halfway(arm: str, lab: str = "main") -> float:
    return fmean(run.points[1].accuracy - run.points[0].accuracy for run in of(arm, lab).values())


def smollm2(arm: str) -> float:
    """The gain of its run with seed 0, from what was printed."""
    printed = (LAB / "smollm2.txt").read_text(encoding="utf-8")
    found = re.search(rf"smollm2, {arm}, seed 0: ([\d.]+)% to ([\d.]+)%", printed)
    return (float(found[2]) - float(found[1])) / 100


def by_the_middle(arm: str, level: str) -> str:
    """What it changes of an arm, over the seeds that both labs have."""
    before = values(arm, level=level)
    after = values(arm, level=level, lab=MIDDLE)
    return f"({told_of({seed: after[seed] for seed in before}, before)})"


def of_operators(answers: str, arm: str = "") -> str:
    """From what `benchmarks.lab_made` printed of sampled or likeliest answers to all problems: at the start, or what an
    arm gained."""
    text = (LAB / "made_uneven.txt").read_text(encoding="utf-8")
    block = text.split(f"{answers} answers\n")[1].split("  easy, ")[0]
    if not arm:
        return re.search(r"at the start ([\d.]+)%", block)[1]
    return re.search(rf"^    {arm} +\d seeds +(\S+) \(", block, re.MULTILINE)[1]


def of_easy_ones(arm: str) -> str:
    """What it gained of what the first student nearly always solves, by sampled answers."""
    text = (LAB / "made_uneven.txt").read_text(encoding="utf-8")
    block = text.split("  easy, ")[1].split("  in the band, ")[0]
    return re.search(rf"^    {arm} +\d seeds +(\S+) \(", block, re.MULTILINE)[1]


def like_the_seeds() -> int:
    """How many of the lab's held-out problems have the structure of a seed."""
    structures = {fingerprint(seed.symbols) for seed in elementary_seeds()}
    return sum(fingerprint(problem.symbols) in structures for problem in held_out_set("lab", COUNT))


def told_of_the_uneven() -> list[str]:
    """What the page says with a number in it of the student with many faults."""

    def gains(arm: str, name: str) -> dict[int, float]:
        return values(arm, name, lab=UNEVEN)

    def gained(arm: str) -> str:
        sampled, likeliest = (
            points(fmean(gains(arm, name).values())) for name in ("gain", "greedy_gain")
        )
        spent = f"{mean(arm, 'rollouts', UNEVEN):,.0f}"
        return (
            f"{sampled} points by sampled and {likeliest} points by likeliest answers, with {spent}"
        )

    def claimed(arm: str, other: str, name: str) -> str:
        """The claim, and in it the verdict that another test looks for."""
        found = told_of(gains(arm, name), gains(other, name))
        return f"`{arm} > {other} in {name}`: **{verdicts[f'{arm} > {other} in {name}']}**, {found}"

    def needed(arm: str) -> Needed:
        return rollouts_needed(
            list(of(arm, UNEVEN).values()), list(of("random_filtered", UNEVEN).values())
        )

    verdicts = {a.claim: a.verdict for a in answers(SETTINGS[UNEVEN], RUNS[UNEVEN])}
    ours, theirs, full, half = "adaptive_seeds", "random_filtered", "adaptive_full", "adaptive"
    alone, beside, larger = "seeds", "random_seeds", "random_seeds_large"
    gains_of = [difference(gains(ours, name), gains(theirs, name)) for name in GAINS]
    assert all(gains(ours, "gain")[seed] > gain for seed, gain in gains(theirs, "gain").items())
    minutes = {
        arm: f"{mean(arm, 'cpu_seconds', UNEVEN) / 60:.1f}" for arm in (ours, theirs, half, alone)
    }
    expected, found = (
        {arm: f"{100 * mean(arm, name, UNEVEN):.0f} %" for arm in (ours, theirs)}
        for name in ("gradient_expected", "gradient_measured")
    )
    at_seeds = f"{100 * mean(alone, 'gradient_measured', UNEVEN):.0f} % of the groups of `seeds`"
    looks = mean(ours, "measuring", UNEVEN) / mean(ours, "problems", UNEVEN)
    structures, problems = (
        {arm: f"{mean(arm, name, UNEVEN):,.0f}" for arm in (ours, theirs)}
        for name in ("structures", "problems")
    )
    made = {which: of_operators(which) for which in ("sampled", "likeliest")}
    return [
        *map(gained, (ours, theirs, alone, beside, larger, full, half)),
        *map(gained, ("random_lean", "random_large", "adaptive_near")),
        f"Of the 600 held-out problems {like_the_seeds()} have the structure of a seed",
        f"the first student solves {made['sampled']} % by sampled and {made['likeliest']} % by likeliest answers",
        *(
            f"`{arm}` {of_operators('sampled', arm)} and {of_operators('likeliest', arm)} points"
            for arm in (ours, alone, beside)
        ),
        f"`{alone}` changes by {of_easy_ones(alone)} points",
        at_seeds,
        *(f"{points(d.mean)} points more (95 % {interval(d.low, d.high)})" for d in gains_of),
        f"ends with {needed(ours).share:.2f} of the other's rollouts",
        *(
            f"{needed(arm).share:.2f} of them (95 % {needed(arm).low:.2f} to {needed(arm).high:.2f})"
            for arm in (ours, full)
        ),
        f"it takes {needed(half).share:.2f} of them",
        *(
            claimed(arm, other, name)
            for arm, other in (
                *((ours, other) for other in (theirs, alone, beside, larger, full)),
                *((full, theirs), (full, "random_lean"), (full, "random_large"), (full, alone)),
                *((half, theirs), ("adaptive_near", full), ("adaptive_near", alone)),
            )
            for name in GAINS
        ),
        *(claimed(ours, other, "gain") for other in ("no_near", "no_coverage", "seeds_dynamic")),
        *(
            told_of(those(gains(ours, name), seeds), those(gains(beside, name), seeds))
            for name, seeds in (("gain", range(8)), ("gain", range(8, 16)))
        ),
        f"on {problems[ours]} different problems of {structures[ours]} structures",
        f"on {problems[theirs]} different problems of {structures[theirs]} structures",
        f"{minutes[ours]} minutes of a processor, `{theirs}` {minutes[theirs]}, `{alone}` {minutes[alone]}",
        f"`adaptive` takes {minutes[half]}.",
        f"`{ours}` {expected[ours]} were expected to carry a gradient and {found[ours]} did",
        f"at {looks:.1f} rollouts of measuring",
        f"`{theirs}` {expected[theirs]} and {found[theirs]}:",
    ]


def those(values: dict[int, float], seeds: Iterable[int]) -> dict[int, float]:
    return {seed: values[seed] for seed in seeds}


def told_of_the_comparison() -> list[str]:
    """What the page says with a number in it of the students in the middle."""
    half, theirs, larger = (
        values(arm, lab=MIDDLE) for arm in ("adaptive_half", "random_filtered", "adaptive")
    )
    gaps = {seed: half[seed] - theirs[seed] for seed in half}
    seen, unseen = ([gaps[s] for s in gaps if (s < 8) is side] for side in (True, False))
    found = difference(half, theirs)
    spent, measuring, seconds, expected, measured = (
        [mean(arm, name, MIDDLE) for arm in ("adaptive_half", "random_filtered", "adaptive")]
        for name in (
            *("rollouts", "measuring", "cpu_seconds"),
            *("gradient_expected", "gradient_measured"),
        )
    )
    share = rollouts_needed(
        list(of("adaptive_half", MIDDLE).values()),
        list(of("random_filtered", MIDDLE).values()),
    )
    shown = 100 * 2.8 * stdev(gaps.values()) / len(gaps) ** 0.5  # 5 %, two-sided, power 80 %
    return [
        f"gains {points(fmean(theirs.values()))} points with {spent[1]:,.0f} of its answers, over sixteen",
        f"adapted to {points(fmean(half.values()))} points with {spent[0]:,.0f};",
        f"difference, {points(found.mean)} points, lies between {points(found.low)} and {points(found.high)}.",
        f"with {spent[0]:,.0f} rollouts instead of {spent[1]:,.0f}, at {measuring[0]:,.0f} instead of {measuring[1]:,.0f} for measuring",
        f"**confirmed**, {told_of(half, theirs)}.",
        f"difference was {points(fmean(seen))} points; the eight that nobody had seen say {points(fmean(unseen))}.",
        f"it takes {share.share:.2f} of them",
        f"**not shown**, {told_of(larger, theirs)};",
        f"**not shown**, {paired('half_hard', 'adaptive_half', lab=MIDDLE)}, and",
        f"takes {seconds[0] / 60:.1f} minutes of a processor",
        f"`adaptive` took {seconds[2] / 60:.1f} minutes and `random_filtered` {seconds[1] / 60:.1f}.",
        f"standard deviation of {100 * stdev(theirs.values()):.1f} points, paired",
        f"`adaptive_half` by {100 * stdev(gaps.values()):.1f}. Sixteen seeds show a difference of {shown:.1f} points",
        f"level {by_the_middle('random_filtered', 'at_level')}",
        f"above it {by_the_middle('adaptive', 'above')}",
        f"{100 * measured[1]:.0f} % instead of {100 * expected[1]:.0f} % for `random_filtered`",
        f"{100 * measured[0]:.0f} % instead of {100 * expected[0]:.0f} % for `adaptive_half`",
    ]


def told_of_what_is_learnt() -> list[str]:
    """From what `benchmarks.lab_transfer` and `lab_gradients` printed."""
    text = (LAB / "transfer.txt").read_text(encoding="utf-8")
    found = re.findall(r"^  (\w.*?) +(\d+) problems +([\d.]+)% to +([\d.]+)%", text, re.MULTILINE)
    known, held_out = {name: rest for name, *rest in found[:4]}, found[-1]
    (band, hard, all_) = (known[name] for name in ("in the band", "hard", "all"))
    text = (LAB / "gradients.txt").read_text(encoding="utf-8")
    rows = re.findall(r"^ +1 +(\d) (\w+) +\d+ +(\d+)%", text, re.MULTILINE)
    share = {(int(quarter), kind): found for quarter, kind, found in rows}
    return [
        f"{band[1]} % to {band[2]} %, of what",
        f"{hard[1]} % to {hard[2]} %, and that is {hard[0]} of the 600 problems. In all {all_[1]} % to {all_[2]} %.",
        f"operators, {held_out[2]} % to {held_out[3]} %.",
        f"not easy {share[1, 'others']} % carry a gradient in the first quarter of the first round and {share[4, 'others']} %",
        f"the easy ones {share[1, 'easy']} % and {share[4, 'easy']} %",
    ]


def told_of_being_surer() -> list[str]:
    """From what `benchmarks.lab_distinct` and `lab_greedy` printed."""
    text = (LAB / "distinct.txt").read_text(encoding="utf-8")
    gain = dict.fromkeys((4, 40, 400), ())
    for number, found in re.findall(r"^ +(\d+) +(\S+) +\S+$", text, re.MULTILINE):
        gain[int(number)] += (found,)
    text = (LAB / "greedy.txt").read_text(encoding="utf-8")
    found = re.findall(r"^\w+: ([\d.]+)% to ([\d.]+)% \((\S+)\)", text, re.MULTILINE)
    (_, _, sampled), (before, after, likeliest) = found[:2]
    of_run = re.findall(
        r"^sampled ([\d.]+)%  likeliest ([\d.]+)%", text.split("\n\n")[1], re.MULTILINE
    )
    (first_sampled, first), (last_sampled, last) = of_run[0], of_run[-1]
    (few, some, many) = (f"{' and '.join(gains)} {{}}with {n}" for n, gains in gain.items())
    return [
        f"{few.format('points ')}, {some.format('')}, {many.format('')} (two",
        f"students is right in {after} % of the held-out problems, where the first student's is in {before} %: {likeliest} points, of {sampled} by sampled",
        f"{first} % before, {last} % after both rounds, where sampled answers say {first_sampled} % and {last_sampled} %",
    ]


def told_of_ten_rounds() -> list[str]:
    (theirs,), (half,) = (of(arm, TEN).values() for arm in ("random_filtered", "adaptive_half"))
    [best] = [p.accuracy for p in theirs.points if p.round == 2]
    assert best == max(p.accuracy for p in theirs.points)
    ours = [p.accuracy for p in half.points]
    assert ours == sorted(ours)
    [many_faults] = of("adaptive_full", TEN_UNEVEN).values()
    rising = [(p.round, p.accuracy, p.greedy) for p in many_faults.points]
    assert rising == sorted(rising) and sorted(g for _, _, g in rising) == [g for _, _, g in rising]
    shown = [f"{100 * a:.1f} %" for _, a, _ in rising[:2]] + [f"{100 * rising[-1][1]:.1f} %"]
    likeliest = [f"{100 * rising[place][2]:.1f} %" for place in (0, -1)]
    text = (LAB / "pass_at_uneven.txt").read_text(encoding="utf-8")
    wide, mid = (re.findall(rf"pass@{k} ([\d.]+)%(?: \((\S+) to (\S+)\))?", text) for k in (32, 8))
    text = (LAB / "pass_at.txt").read_text(encoding="utf-8")
    many, some = (re.findall(rf"pass@{k} ([\d.]+)%", text) for k in (32, 8))
    return [
        f"best after two rounds, {100 * best:.1f} %",
        f"ends at {100 * theirs.points[-1].accuracy:.1f} % after {theirs.rollouts:,} rollouts",
        f"to the end, to {100 * ours[-1]:.1f} % with {half.rollouts:,}. The first student has {100 * ours[0]:.1f} %.",
        f"{shown[0]} at the start, {shown[1]} after two rounds and {shown[2]} after ten, with {many_faults.rollouts:,}",
        f"by likeliest answers {likeliest[0]} and {likeliest[1]}",
        f"Pass@8 goes from {mid[0][0]} % to {mid[1][0]} % ({mid[1][1]} to {mid[1][2]} points), pass@32 from {wide[0][0]} % to {wide[1][0]} % ({wide[1][1]} to {wide[1][2]})",
        f"falls from {many[0]} % to {many[1]} and {many[2]} %, pass@8 from {some[0]} % to {some[1]} and {some[2]} %",
    ]


def told_of_tuning() -> list[str]:
    arms = ("tuned", "untuned")
    tuned, untuned = (values(arm, lab="language_model") for arm in arms)
    spent = [mean(arm, "rollouts", "language_model") for arm in arms]
    calls = [mean(arm, "teacher_calls", "language_model") for arm in arms]
    minutes = [mean(arm, "cpu_seconds", "language_model") / 60 for arm in arms]
    _, low, high = mean_interval(list(tuned.values()))
    shuffled = points(fmean(values("shuffled", lab="language_model").values()))
    text = (LAB.parent / "embedded_learnable.txt").read_text(encoding="utf-8")
    numbers = " +".join([r"(\d+)"] * 7)
    rewritten, by_operators = (
        re.search(rf"^{way} +{numbers}", text, re.MULTILINE).groups()
        for way in ("rewriting", "operators")
    )
    return [
        f"`tuned` gains {points(fmean(tuned.values()))} points (95 % {interval(low, high)})",
        f"{told_of(tuned, untuned)}.",
        f"the student gains {shuffled} points",
        f"takes {spent[0]:,.0f} rollouts instead of {spent[1]:,.0f}, {calls[0]:.0f} calls of the reader instead of {calls[1]:.0f}",
        f"{minutes[0]:.1f} minutes of a processor instead of {minutes[1]:.1f}",
        f"Of {rewritten[2]} problems that it rewrote {rewritten[4]} were solved at least once in sixteen answers and {rewritten[5]}",
        f"of {by_operators[2]} by operators {by_operators[4]} and {by_operators[5]}",
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


@pytest.mark.parametrize("lab", LABS)
def test_every_line_of_the_results_is_a_run(lab):
    for line in (LAB / lab / "results.jsonl").read_text(encoding="utf-8").splitlines():
        assert {"student", "arm", "seed", "points"} <= json.loads(line).keys()


def test_the_tables_are_those_of_the_labs_and_of_their_runs():
    stored = {lab: rows((LAB / lab / "results.md").read_text(encoding="utf-8")) for lab in LABS}
    assert stored == {lab: rows(render(SETTINGS[lab], RUNS[lab], title=lab)) for lab in LABS}
    assert rows(PAGE) == [row for lab in LABS for row in stored[lab]]


@pytest.mark.parametrize("lab", LABS)
def test_every_claim_has_its_verdict(lab):
    for answer in answers(SETTINGS[lab], RUNS[lab]):
        assert f"`{answer.claim}`: **{answer.verdict}**" in PROSE, answer.claim


def test_the_text_says_what_was_measured_and_no_other_number():
    phrases = (
        told()
        + told_of_the_uneven()
        + told_of_the_comparison()
        + told_of_what_is_learnt()
        + told_of_ten_rounds()
        + told_of_tuning()
        + told_of_being_surer()
    )
    assert [phrase for phrase in phrases if phrase not in PROSE] == []
    numbers = r"[+-]\d+\.\d|\b0\.\d\d\b|\b\d+ %|\b\d+,\d{3}\b|\b\d+\.\d\b"
    known = {
        "95 %",
        "0.2",
        "0.8",
        "0.95",
        "0.5",
        "0.6",
        WISE_FT,
        *re.findall(numbers, " ".join(phrases)),
    }
    assert set(re.findall(numbers, PROSE)) <= known


def test_the_quickstart_is_the_arm_that_teaches_most():
    [arm] = [
        run.settings
        for run in load_lab(ROOT / "configs" / "lab" / f"{UNEVEN}.yaml").runs
        if (run.arm, run.seed) == ("adaptive_seeds", 0)
    ]
    quickstart = load_config(ROOT / "configs" / "quickstart.yaml")
    # Of a teacher's decisions, of which there are none.
    decisions = {"generate": {"decisions": quickstart.generate.decisions}}
    assert merged(arm.model_dump(), decisions) == quickstart.model_dump()


def test_the_readme_says_the_same():
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    quick = (LAB.parent / "quickstart_seeds.txt").read_text(encoding="utf-8")
    sampled, likeliest, *_ = re.findall(r"^\w+ answers: (\S+) points", quick, re.MULTILINE)
    assert f"(this configuration) | {sampled} {likeliest} |" in readme
    rivals = {
        "random_seeds": "its seeds, and what operators at random make, filtered by pass rate",
        "seeds": "its seeds alone, again and again",
        "random_filtered": "| what operators at random make, filtered by pass rate",
    }
    for arm, said in rivals.items():
        gains = [points(fmean(values(arm, name, lab=UNEVEN).values())) for name in GAINS]
        assert f"{said} | {gains[0]} {gains[1]} |" in readme
    ours, theirs = (values(arm, lab=UNEVEN) for arm in ("adaptive_seeds", "random_seeds"))
    low, found, high = (
        f"{100 * getattr(difference(ours, theirs), name):.1f}" for name in ("low", "mean", "high")
    )
    assert (
        f"adds {found} points to what chance gives it beside the seeds (95 % {low} to {high},"
        in readme
    )
    half = mean("adaptive_half", "rollouts", MIDDLE) / mean("random_filtered", "rollouts", MIDDLE)
    assert 0.5 < half < 0.55 and "for half of the answers" in readme
    gain, rest = told_of_tuning()[0][14:].split(" points ")
    assert f"sampled answers gain {gain} points {rest[:-1]}, with" in readme


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
    middle, without = of("adaptive", MIDDLE), of("random_filtered", MIDDLE)
    assert all(middle[seed].rollouts < without[seed].rollouts for seed in without)
    paired_gain = difference(values("adaptive"), values("random_filtered"))
    assert round(100 * paired_gain.low, 1) == -1.0  # a loss of one point at most
    assert difference(values("random_wide", "rollouts"), values("adaptive", "rollouts")).low > 0
