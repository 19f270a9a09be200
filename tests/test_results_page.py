"""docs/results.md and the pages of its details tell what the labs measured: their tables, verdicts and numbers are the
stored runs'."""

import json
import re
from collections import Counter
from statistics import fmean

import pytest

from tests.stored_labs import GAINS, points, printed, rows
from tests.test_packaging import ROOT
from tests.told_results import (
    FIRST,
    MIDDLE,
    TOLD,
    TUNING,
    UNEVEN,
    WEAK,
    over_ten_rounds,
    passes,
)
from zoped.cli.config import load_config
from zoped.cli.lab_config import load_lab
from zoped.train.lab.comparison import difference, mean_interval
from zoped.train.lab.report import render
from zoped.train.lab.settings import merged

WITH_TABLES = (UNEVEN, MIDDLE, FIRST, TUNING, WEAK)
MAIN_ARMS = (
    *("random_filtered", "adaptive_full", "seeds", "numbers", "random_seeds", "adaptive_seeds"),
)
TOOK = ("rollouts", "measuring", "problems", "structures")

CLAIMS_OF = {
    "results-uneven": (UNEVEN,),
    "results-slips": (MIDDLE, FIRST),
    "results-tuning": (TUNING,),
}
# What is a setting or the number of a random seed on each page, and no result.
SETTINGS = {
    "results": {"95 %", "48", "600"},
    "results-uneven": {
        *("95 %", "48", "600", "0.5"),
        *("16", "20", "24", "28", "32"),  # problems a step
        *("0", "3", "4", "7", "8", "15"),  # random seeds
    },
    "results-slips": {
        *("48", "600", "0.2", "0.8", "0.95"),
        *("4", "40", "400"),  # different problems
        *("0", "1", "3", "5", "6", "7"),  # random seeds
    },
    "results-tuning": set[str](),
}
NO_RESULT = re.compile(
    r"\]\([^)]*\)|`[^`]*[A-Za-z][^`]*`|\barXiv \d{4}\.\d{5}|\bcommit [0-9a-f]{7}\b|\(Yue et al\. 2025"
    r"|\b(?:torch|Python) \d\.\d+|\bSmolLM2-135M\b|\btried\.txt|pass@\d+|\bSmolLM2\b"
)
NUMBER = re.compile(r"[+-]?\d[\d,]*(?:\.\d+)?(?: %)?")


def page(name: str) -> str:
    return (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")


def prose(name: str) -> str:
    """A page without its tables, on one line."""
    return " ".join(" ".join(re.findall(r"^[^|].*", page(name), re.MULTILINE)).split())


@pytest.mark.parametrize("found", WITH_TABLES, ids=lambda found: found.name)
def test_what_a_lab_wrote_is_of_its_runs(found):
    for line in (found.folder / "results.jsonl").read_text(encoding="utf-8").splitlines():
        assert {"student", "arm", "seed", "points"} <= json.loads(line).keys()
    stored = (found.folder / "results.md").read_text(encoding="utf-8")
    made = render(found.settings, found.runs, title=found.name)
    tables, wanted = (re.findall(r"^\|.*", text, re.MULTILINE) for text in (stored, made))
    assert tables == wanted


def test_the_first_page_has_the_main_arms_and_the_main_claims():
    found = rows(page("results"))
    arms, claims = found[: len(MAIN_ARMS)], found[len(MAIN_ARMS) :]
    assert [[row[0], *row[2:]] for row in arms] == [
        UNEVEN.row(arm, *GAINS, "rollouts") for arm in MAIN_ARMS
    ]
    in_words = " ".join([row[1] for row in arms] + [row[0] for row in claims])
    assert NUMBER.findall(in_words) == [UNEVEN.count("seeds", "problems")]
    reaching = "adaptive_seeds reaches random_filtered with at most 0.5 of its rollouts"
    within = "adaptive_half is within 1 point of random_filtered in gain"
    half = ("adaptive_half", "random_filtered")
    ours = "adaptive_seeds"

    def cells(*answers: str) -> list[str]:
        return [*answers, ""][:2]

    def verdict(found, claim: str, measured: str) -> str:
        said = found.answers[claim].verdict
        return f"{measured} {'**confirmed**' if said == 'confirmed' else said}"

    def compared(found, first: str, second: str, *metrics: str) -> list[str]:
        return cells(
            *(
                verdict(
                    found, f"{first} > {second} in {name}", found.difference((first, second), name)
                )
                for name in metrics
            )
        )

    assert [row[1:] for row in claims] == [
        compared(UNEVEN, ours, "random_filtered", *GAINS),
        compared(UNEVEN, ours, "seeds", *GAINS),
        compared(UNEVEN, ours, "numbers", *GAINS),
        cells(verdict(UNEVEN, reaching, UNEVEN.reaching(reaching))),
        compared(UNEVEN, ours, "random_seeds", *GAINS),
        compared(UNEVEN, ours, "random_seeds_large", *GAINS),
        compared(UNEVEN, ours, "random", *GAINS),
        compared(UNEVEN, "adaptive_full", "random_filtered", *GAINS),
        cells(verdict(MIDDLE, within, MIDDLE.difference(half))),
        compared(TUNING, "tuned", "untuned", "gain"),
        compared(TUNING, "tuned", "operators", "gain"),
    ]
    assert [re.findall(r"`(\w+)`", row[0]) for row in claims] == [
        [ours, "random_filtered"],
        [ours, "seeds"],
        [ours, "numbers"],
        [ours, "random_filtered"],
        [ours, "random_seeds"],
        [ours, "random_seeds_large"],
        [ours, "random"],
        ["adaptive_full", "random_filtered"],
        [*half],
        ["tuned", "untuned"],
        ["tuned", "operators"],
    ]


def test_the_tables_of_the_details_are_the_stored_runs():
    arms, pairs = UNEVEN.arms(*GAINS, *TOOK), UNEVEN.pairs(*GAINS)
    assert rows(page("results-uneven")) == arms + pairs + over_ten_rounds()
    assert rows(page("results-slips")) == [
        row for found in (MIDDLE, FIRST) for row in found.arms("gain", *TOOK) + found.pairs("gain")
    ]
    took = ("rollouts", "measuring", "tuning", "teacher_calls", "cpu_minutes")
    assert rows(page("results-tuning")) == TUNING.arms(*GAINS, *took) + TUNING.pairs("gain")


@pytest.mark.parametrize("name", CLAIMS_OF)
def test_every_claim_has_its_verdict(name):
    """In the tables of pairs, or in words."""
    wanted = Counter(f.verdict(claim) for f in CLAIMS_OF[name] for claim in f.told_in_words)
    said = Counter(re.findall(r"`[^`]+`: \*\*[^*]+\*\*", prose(name)))
    assert said == wanted


@pytest.mark.parametrize("name", TOLD)
def test_the_text_says_what_was_measured_and_no_other_number(name):
    text, phrases = prose(name), TOLD[name]()
    assert [phrase for phrase in phrases if phrase not in text] == []
    for phrase in sorted(phrases, key=len, reverse=True):
        text = text.replace(phrase, " ")
    text = NO_RESULT.sub(" ", text)
    left = [
        text[max(found.start() - 40, 0) : found.end() + 40]
        for found in NUMBER.finditer(text)
        if found[0].strip(",") not in SETTINGS[name]
    ]
    assert left == []


def test_what_is_said_of_the_arms_without_a_number_holds():
    ours, theirs = UNEVEN.values("adaptive_seeds"), UNEVEN.values("random_filtered")
    assert all(ours[seed] > gain for seed, gain in theirs.items())
    seeds = UNEVEN.of("seeds").values()
    assert fmean(r.points[-1].accuracy for r in seeds) < fmean(r.points[1].accuracy for r in seeds)
    for name in GAINS:  # "both confirmed"
        assert WEAK.answers[f"adaptive_seeds > random_filtered in {name}"].verdict == "confirmed"
    weak = WEAK.of("adaptive_seeds").values()  # "what it learns it keeps"
    assert fmean(r.points[-1].accuracy for r in weak) > fmean(r.points[1].accuracy for r in weak)
    for _, low, high in (passes("pass_at_uneven", 8)[1], passes("pass_at_uneven", 32)[1]):
        assert float(low) < 0 < float(high)
    refuted = [text for text, answer in UNEVEN.answers.items() if answer.verdict == "refuted"]
    assert refuted == ["adaptive_dynamic > adaptive_seeds in gain"]
    assert {answer.verdict for answer in FIRST.answers.values()} == {"not shown"}
    half = MIDDLE.mean("adaptive_half", "rollouts") / MIDDLE.mean("random_filtered", "rollouts")
    assert 0.5 < half < 0.55  # "about half"
    never = "adaptive reaches random_filtered with at most 0.5 of its rollouts"
    assert MIDDLE.answers[never].evidence.startswith("never of its rollouts")


def test_what_is_said_of_the_first_lab_without_a_number_holds():
    ours, theirs = FIRST.of("adaptive"), FIRST.of("random_filtered")
    assert all(ours[seed].rollouts < theirs[seed].rollouts for seed in theirs)
    needed = FIRST.needed("adaptive", "random_filtered")
    assert needed.told().endswith("to never, 8 seeds")  # in more than one of forty resamplings
    for arm in ("random_filtered", "adaptive", "random_wide"):
        of_level = {n: fmean(FIRST.values(arm, level=n).values()) for n in ("at_level", "above")}
        assert of_level["above"] > of_level["at_level"]
        assert mean_interval(list(FIRST.values(arm).values()))[1] > 0
        _, low, high = mean_interval(
            [run.points[-1].accuracy - run.points[1].accuracy for run in FIRST.of(arm).values()]
        )
        assert low < 0 < high  # what the second half of the steps brings may be chance
    paired_gain = difference(FIRST.values("adaptive"), FIRST.values("random_filtered"))
    assert round(100 * paired_gain.low, 1) == -1.0  # a loss of one point at most
    wide = FIRST.values("random_wide", "rollouts")
    assert difference(wide, FIRST.values("adaptive", "rollouts")).low > 0


def test_the_quickstart_is_the_arm_that_teaches_most():
    [arm] = [
        run.settings
        for run in load_lab(ROOT / "configs" / "lab" / "uneven.yaml").runs
        if (run.arm, run.seed) == ("adaptive_seeds", 0)
    ]
    quickstart = load_config(ROOT / "configs" / "quickstart.yaml")
    # Of a teacher's decisions, of which there are none.
    decisions = {"generate": {"decisions": quickstart.generate.decisions}}
    assert merged(arm.model_dump(), decisions) == quickstart.model_dump()


def test_the_readme_says_the_same():
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    quick = printed("quickstart_seeds")
    sampled, likeliest, *_ = re.findall(r"^\w+ answers: (\S+) points", quick, re.MULTILINE)
    assert f"(this configuration) | {sampled} {likeliest} |" in readme
    rivals = {
        "random_seeds": "its seeds, and what operators at random make, filtered by pass rate",
        "numbers": "its seeds with other numbers",
        "seeds": "its seeds alone, again and again",
        "random_filtered": "| what operators at random make, filtered by pass rate",
    }
    for arm, said in rivals.items():
        gains = [points(fmean(UNEVEN.values(arm, name).values())) for name in GAINS]
        assert f"{said} | {gains[0]} {gains[1]} |" in readme
    found = difference(*(UNEVEN.values(arm) for arm in ("adaptive_seeds", "random_seeds")))
    low, mean, high = (f"{100 * number:.1f}" for number in (found.low, found.mean, found.high))
    assert (
        f"adds {mean} points to what chance gives it beside the seeds (95 % {low} to {high},"
        in readme
    )
    assert "for half of the answers" in readme
    tuned = TUNING.values("tuned")
    _, low, high = mean_interval(list(tuned.values()))
    sampled = f"sampled answers gain {TUNING.gain('tuned')} (95 % {points(low)} to {points(high)})"
    assert f"over eight random seeds its {sampled}, its likeliest" in readme
    assert f"change by {TUNING.gain('tuned', 'greedy_gain')}" in readme
    alone, likeliest = (points(fmean(TUNING.values("operators", name).values())) for name in GAINS)
    assert f"they gain {alone} and change by {likeliest} points in about the same time" in readme
