"""What the labs found, out of benchmarks/results/lab, in the words in which the pages of the documentation tell it."""

import re
from collections.abc import Iterable
from functools import cache, cached_property
from statistics import fmean

from tests.test_packaging import ROOT
from zoped.cli.lab_config import load_lab
from zoped.train.lab.claims import Answer, Claim
from zoped.train.lab.comparison import Needed, difference, mean_interval, rollouts_needed
from zoped.train.lab.report import answers
from zoped.train.lab.results import RunNumbers, load_numbers, metric
from zoped.train.lab.settings import LabSettings

RESULTS = ROOT / "benchmarks" / "results"
LABS = RESULTS / "lab"
GAINS = ("gain", "greedy_gain")  # by sampled and by likeliest answers
NOTHING = "fewer than two seeds have both arms"


def points(value: float) -> str:
    return f"{100 * value:+.1f}"


def percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f} %"


def told(first: dict[int, float], second: dict[int, float]) -> str:
    """A mean of paired differences with its interval."""
    found = difference(first, second)
    return f"{points(found.mean)} points (95 % {points(found.low)} to {points(found.high)})"


def those(values: dict[int, float], seeds: Iterable[int]) -> dict[int, float]:
    return {seed: values[seed] for seed in seeds}


def printed(name: str) -> str:
    """What a benchmark printed."""
    return (RESULTS / f"{name}.txt").read_text(encoding="utf-8")


class Lab:
    """The runs of a lab that are over. `stored` is the folder of its results, under benchmarks/results/lab."""

    def __init__(self, name: str, stored: str = "") -> None:
        self.name = name
        self.folder = LABS / (stored or name)
        self.runs = [run for run in load_numbers(self.folder / "results.jsonl") if run.finished]

    @cached_property
    def settings(self) -> LabSettings:
        return load_lab(ROOT / "configs" / "lab" / f"{self.name}.yaml").settings

    @cached_property
    def answers(self) -> dict[str, Answer]:
        return {answer.claim: answer for answer in answers(self.settings, self.runs)}

    def of(self, arm: str) -> dict[int, RunNumbers]:
        return {run.seed: run for run in self.runs if run.arm == arm}

    def values(self, arm: str, name: str = "gain", level: str | None = None) -> dict[int, float]:
        return {seed: metric(run, name, level) for seed, run in self.of(arm).items()}

    def mean(self, arm: str, name: str) -> float:
        return fmean(getattr(run, name) for run in self.of(arm).values())

    def gain(self, arm: str, name: str = "gain") -> str:
        return f"{points(fmean(self.values(arm, name).values()))} points"

    def both_gains(self, arm: str) -> str:
        sampled, likeliest = (self.gain(arm, name) for name in GAINS)
        return f"{sampled} by sampled and {likeliest} by likeliest answers"

    def gained(self, arm: str, name: str = "gain") -> str:
        """As it stands in a table."""
        gains = list(self.values(arm, name).values())
        mean, low, high = mean_interval(gains)
        return (
            f"{points(mean)} ({points(low)} to {points(high)})"
            if len(gains) > 1
            else f"{points(mean)}"
        )

    def count(self, arm: str, name: str) -> str:
        return f"{self.mean(arm, name):,.0f}"

    def minutes(self, arm: str) -> str:
        """Of a processor."""
        return f"{self.mean(arm, 'cpu_seconds') / 60:.1f}"

    def against(self, first: str, second: str, name: str = "gain", level: str | None = None) -> str:
        return told(self.values(first, name, level), self.values(second, name, level))

    def halfway(self, arm: str) -> float:
        """The gain at the first evaluation after the start."""
        return fmean(
            run.points[1].accuracy - run.points[0].accuracy for run in self.of(arm).values()
        )

    def by_round(self, arm: str) -> list[tuple[float, float]]:
        """Accuracy by sampled and by likeliest answers at each evaluation, over random seeds."""
        return [
            (fmean(p.accuracy for p in at), fmean(p.greedy for p in at))
            for at in zip(*(run.points for run in self.of(arm).values()), strict=True)
        ]

    def needed(self, arm: str, other: str) -> Needed:
        return rollouts_needed(list(self.of(arm).values()), list(self.of(other).values()))

    def reaching(self, claim: str) -> str:
        """The share of the other's rollouts to its accuracy."""
        found = self.needed(*Claim.parse(claim).arms)
        return f"{found.share:.2f} ({found.low:.2f} to {found.high:.2f})"

    def verdict(self, claim: str) -> str:
        """As the text tells it."""
        return f"`{claim}`: **{self.answers[claim].verdict}**"

    @cached_property
    def compared(self) -> dict[tuple[str, str], dict[str, Answer]]:
        """Claims that one arm has more than another, of arms that were run: by the two, then by the metric."""
        found: dict[tuple[str, str], dict[str, Answer]] = {}
        for text, answer in self.answers.items():
            claim = Claim.parse(text)
            if not claim.share and claim.within is None and answer.evidence != NOTHING:
                found.setdefault(claim.arms, {})[claim.metric] = answer
        return found

    @cached_property
    def told_in_words(self) -> list[str]:
        """Claims that no table of pairs has."""
        in_tables = {a.claim for found in self.compared.values() for a in found.values()}
        return [claim for claim in self.answers if claim not in in_tables]

    def pairs(self, *metrics: str) -> list[list[str]]:
        """Rows of a table: two arms, how many random seeds have both, and their difference by each metric, in bold
        where the claim about it is confirmed."""
        return [
            [
                *(f"`{arm}`" for arm in arms),
                str(difference(*(self.values(arm) for arm in arms)).pairs),
                *(self.compared_by(arms, name) for name in metrics),
            ]
            for arms in self.compared
        ]

    def compared_by(self, arms: tuple[str, str], name: str) -> str:
        if (answer := self.compared[arms].get(name)) is None:
            return ""
        found = self.difference(arms, name)
        return {"confirmed": f"**{found}**", "not shown": found, "refuted": f"{found}, refuted"}[
            answer.verdict
        ]

    def difference(self, arms: tuple[str, str], name: str = "gain") -> str:
        """As it stands in a table."""
        found = difference(*(self.values(arm, name) for arm in arms))
        return f"{points(found.mean)} ({points(found.low)} to {points(found.high)})"

    def arms(self, *columns: str) -> list[list[str]]:
        """Rows of a table: an arm that was run, how many random seeds it has, its gains, and means of what it took."""
        return [self.row(arm, *columns) for arm in self.settings.arms if self.of(arm)]

    def row(self, arm: str, *columns: str) -> list[str]:
        cells = dict.fromkeys(GAINS, self.gained) | {
            "cpu_minutes": lambda arm, _: self.minutes(arm)
        }
        return [
            f"`{arm}`",
            str(len(self.of(arm))),
            *(cells.get(name, self.count)(arm, name) for name in columns),
        ]


@cache
def lab(name: str, stored: str = "") -> Lab:
    return Lab(name, stored)


def rows(page: str) -> list[list[str]]:
    """The cells of a page's tables, without their heads."""
    lines = page.splitlines()
    rules = [n for n, line in enumerate(lines) if re.fullmatch(r"\|[-| ]+\|", line)]
    heads = {n - 1 for n in rules} | set(rules)
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for n, line in enumerate(lines)
        if line.startswith("|") and n not in heads
    ]
