"""Arms compared over seeds: intervals that hold what they promise, claims answered from them."""

import math
from dataclasses import replace
from random import Random

import pytest
from scipy import stats

from tests.train.lab.numbers import run
from zoped.train.lab.claims import Claim
from zoped.train.lab.comparison import difference, mean_interval, rollouts_needed
from zoped.train.lab.figure import draw
from zoped.train.lab.report import answers, render
from zoped.train.lab.results import dump_numbers, load_numbers
from zoped.train.lab.settings import LabSettings

LAB = {"base": {}, "arms": {"plain": {}, "clever": {}}, "seeds": [0, 1, 2, 3], "folder": "out"}


def by_arm(gap: float, *, noise: float = 0.0, seeds: int = 8) -> dict:
    """Every seed starts elsewhere; `clever` gains `gap` more than `plain`."""
    rng = Random(3)
    found: dict = {"plain": [], "clever": []}
    for seed in range(seeds):
        start = rng.uniform(0.2, 0.4)
        for arm, gain in (("plain", 0.05), ("clever", 0.05 + gap)):
            end = start + gain + rng.gauss(0, noise)
            found[arm].append(run(arm, seed, [start, start + gain / 2, end]))
    return found


def test_differences_are_paired_by_seed():
    first = {0: 0.2, 1: 0.5, 2: 0.9, 7: None, 8: 0.1}
    second = {2: 0.7, 1: 0.4, 0: 0.1, 7: 0.3}
    found = difference(first, second)
    assert found.pairs == 3 and found.mean == pytest.approx(0.4 / 3)
    expected = stats.ttest_rel([0.2, 0.5, 0.9], [0.1, 0.4, 0.7]).confidence_interval()
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert found.bootstrap_low == pytest.approx(0.1) and found.bootstrap_high == pytest.approx(0.2)
    assert difference({0: 0.2}, {0: 0.1, 1: 0.3}) is None


def test_an_interval_holds_the_truth_as_often_as_it_says():
    rng = Random(1)
    held = 0
    for _ in range(1_000):
        _, low, high = mean_interval([rng.gauss(0.3, 0.1) for _ in range(5)])
        held += low <= 0.3 <= high
    assert 930 <= held <= 970


def test_rollouts_are_interpolated_between_rounds():
    plain = [run("plain", seed, [0.2, 0.3, 0.4]) for seed in (0, 1)]
    clever = [run("clever", seed, [0.2, 0.6, 0.6]) for seed in (0, 1)]
    needed = rollouts_needed(clever, plain)
    assert (needed.share, needed.low, needed.high) == pytest.approx((0.25, 0.25, 0.25))
    back = rollouts_needed(plain, clever)
    assert math.isinf(back.share) and "never" in back.told()
    assert rollouts_needed(plain, plain).share == 1.0


@pytest.mark.parametrize(
    ("claim", "gap", "verdict"),
    [
        ("clever > plain in gain", 0.05, "confirmed"),
        ("clever > plain in gain", -0.05, "refuted"),
        ("clever < plain in gain", -0.05, "confirmed"),
        ("clever > plain in gain", 0.0, "not shown"),
        ("clever > plain in accuracy at above", 0.05, "confirmed"),
        ("clever > plain in structures", 0.05, "not shown"),
        ("clever is within 2 points of plain in gain", 0.0, "confirmed"),
        ("clever is within 2 points of plain in gain", 0.02, "not shown"),
        ("clever is within 2 points of plain in gain", -0.02, "not shown"),
        ("clever is within 1.5 points of plain in gain", -0.05, "refuted"),
        ("clever is within 1.5 points of plain in accuracy", 0.05, "refuted"),
        ("clever reaches plain with at most 0.9 of its rollouts", 0.1, "confirmed"),
        ("clever reaches plain with at most 0.5 of its rollouts", -0.03, "refuted"),
    ],
)
def test_claims_are_answered_from_the_intervals(claim, gap, verdict):
    found = Claim.parse(claim).answer("lab", by_arm(gap, noise=0.01))
    assert found.verdict == verdict, found.evidence
    assert "8 seeds" in found.evidence


def test_one_seed_shows_nothing():
    found = Claim.parse("clever > plain in gain").answer("lab", by_arm(0.3, seeds=1))
    assert (found.verdict, found.evidence) == (
        "not shown",
        "fewer than two seeds have both arms",
    )


@pytest.mark.parametrize(
    "text", ["clever is better", "clever > plain in beauty", "clever > plain in rollouts at above"]
)
def test_a_claim_that_cannot_be_read_is_told_what_can(text):
    with pytest.raises(ValueError, match="A > B in METRIC"):
        Claim.parse(text)


def test_numbers_come_back_as_they_were_written(tmp_path):
    runs = [run("plain", 0, [0.2, 0.3]), run("clever", 0, [0.2, 0.4], gradient_expected=0.7)]
    (tmp_path / "results.jsonl").write_text(dump_numbers(runs))
    assert load_numbers(tmp_path / "results.jsonl") == runs


def test_a_reference_that_fell_again_is_told_to_have_been_there_before():
    settings = LabSettings.model_validate(LAB)
    runs = [run("plain", seed, [0.2, 0.6, 0.4]) for seed in (0, 1)]
    runs += [run("clever", seed, [0.2, 0.3, 0.4]) for seed in (0, 1)]
    compared = render(settings, runs, title="A lab").split("### Compared")[1].splitlines()
    cells = [[cell.strip() for cell in row.split("|")[1:]] for row in compared if "|" in row]
    assert [(row[0], row[5]) for row in cells[2:]] == [("plain", "0.25"), ("clever", "1.00")]


def by_likeliest(arm: str, seed: int, start: float, end: float):
    measured = run(arm, seed, [0.2, 0.3])
    pairs = zip(measured.points, (start, end), strict=True)
    return replace(measured, points=tuple(replace(p, greedy=greedy) for p, greedy in pairs))


def test_arms_are_compared_by_their_likeliest_answers_too():
    """They gain alike by sampled answers, and one of them has learnt something."""
    claims = ["clever > plain in greedy_gain", "clever > plain in gain"]
    settings = LabSettings.model_validate(LAB | {"claims": claims})
    runs = [by_likeliest("plain", s, 0.3, 0.3 + s / 100) for s in range(4)]
    runs += [by_likeliest("clever", s, 0.3, 0.4 + s / 100 + s % 2 / 100) for s in range(4)]
    assert [a.verdict for a in answers(settings, runs)] == ["confirmed", "not shown"]
    told = render(settings, [*runs, run("clever", 9, [0.2, 0.3])], title="A lab")
    rows = told.split("### By the likeliest answers")[1].splitlines()
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in rows if "| 4 " in row]
    assert [row[:5] for row in cells] == [
        ["plain", "4", "30.0%", "31.5%", "+1.5"],
        ["clever", "4", "30.0%", "42.0%", "+12.0"],
    ]
    assert [row[6] for row in cells] == ["-", "+10.5"]
    assert "likeliest" not in render(settings, [run("plain", 0, [0.2, 0.3])], title="A lab")


def test_an_arm_that_was_measured_on_other_levels_has_no_number_there():
    points = tuple(
        replace(point, levels={"other": 0.5}) for point in run("plain", 0, [0.2, 0.3]).points
    )
    runs = [run("clever", 0, [0.2, 0.4]), replace(run("plain", 0, [0.2]), points=points)]
    text = render(LabSettings.model_validate(LAB), runs, title="A lab")
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in text.splitlines()]
    assert ["plain", "50.0% to 50.0%", "-"] in cells and ["clever", "-", "10.0% to 20.0%"] in cells


def test_the_report_has_what_is_there(tmp_path):
    settings = LabSettings.model_validate(LAB | {"claims": ["clever > plain in gain"]})
    runs = [one for found in by_arm(0.05, noise=0.01, seeds=4).values() for one in found]
    unfinished = run("clever", 9, [0.2, 0.9], finished=False)
    text = render(settings, [*runs, unfinished], title="A lab")
    assert "| clever | 4" in text.replace("  ", " ")
    assert "**confirmed**" in text
    assert [a.verdict for a in answers(settings, runs)] == ["confirmed"]
    assert draw(settings, runs, tmp_path / "figure.png")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")
    rows = {row.split()[1]: row.split("|")[1:-1] for row in text.splitlines() if "| 3 " in row}
    gains = [run.points[-1].accuracy - run.points[0].accuracy for run in runs if run.seed == 3]
    assert [cell.strip() for cell in rows["3"][1:]] == [f"{100 * gain:+.1f}" for gain in gains]
    empty = render(settings, [], title="A lab")
    assert "No run is over" in empty and "not shown" in empty
    assert not draw(settings, [], tmp_path / "none.png") and not (tmp_path / "none.png").exists()
