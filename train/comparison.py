"""Runs side by side: what was asked of them, what came of it, and whether the difference is real.

Runs that differ in their random seed alone are one arm. Two intervals are told of a difference: over
seeds, which says whether one arm is better than another, and over the held-out questions, which says
whether these very students differ, on the same questions.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

from zoped.train.compared_run import ComparedRun, ComparisonError, minutes, read_compared
from zoped.train.lab.comparison import Difference, difference, mean_interval
from zoped.train.lab.results import metric
from zoped.train.paired_questions import OnQuestions, on_questions
from zoped.train.scores import HELD_OUT

Interval = tuple[float, float | None, float | None]  # mean, low, high; no bounds for one value


@dataclass(frozen=True)
class Arm:
    name: str
    runs: tuple[ComparedRun, ...]

    def mean(self, value: Callable[[ComparedRun], float | None]) -> Interval | None:
        """Over its runs, with Student's 95 % interval; None where no run has the value."""
        known = [found for run in self.runs if (found := value(run)) is not None]
        if not known:
            return None
        mean, low, high = mean_interval(known)
        return (mean, low, high) if math.isfinite(low) else (mean, None, None)

    def by_seed(self, name: str) -> dict[int, float | None]:
        return {run.seed: metric(run.numbers, name) for run in self.runs}


@dataclass(frozen=True)
class Against:
    """An arm against the reference: over the seeds that both have, and on the questions of each
    test set that both answered. None where that cannot be told."""

    arm: str
    reference: str
    gain: Difference | None
    greedy_gain: Difference | None
    on: Mapping[str, OnQuestions]

    @property
    def gains(self) -> dict[str, Difference]:
        """Those that can be told, by name."""
        both = {"gain": self.gain, "greedy gain": self.greedy_gain}
        return {name: found for name, found in both.items() if found is not None}


# What is told of an arm: its mean over the runs. Shares, then counts, then costs.
RESULTS: dict[str, Callable[[ComparedRun], float | None]] = {
    "start": lambda run: run.numbers.points[0].accuracy,
    "accuracy": lambda run: run.numbers.points[-1].accuracy,
    "gain": lambda run: metric(run.numbers, "gain"),
    "greedy_accuracy": lambda run: metric(run.numbers, "greedy_accuracy"),
    "greedy_gain": lambda run: metric(run.numbers, "greedy_gain"),
    "learnable_share": lambda run: run.numbers.gradient_expected,
    "gradient_share": lambda run: run.numbers.gradient_measured,
    "problems": lambda run: run.numbers.problems,
    "structures": lambda run: run.numbers.structures,
}
COSTS: dict[str, Callable[[ComparedRun], float | None]] = {
    "rollouts": lambda run: run.numbers.rollouts,
    "measuring": lambda run: run.numbers.measuring,
    "tuning": lambda run: run.numbers.tuning,
    "training": lambda run: run.numbers.training,
    "evaluation": lambda run: run.numbers.evaluation,
    "teacher_calls": lambda run: run.record.numbers.get("teacher_calls"),
    "tokens": lambda run: run.record.numbers.get("tokens"),
    "dollars": lambda run: run.record.numbers.get("dollars"),
    "minutes": minutes,
}


@dataclass(frozen=True)
class Comparison:
    arms: tuple[Arm, ...]

    @property
    def runs(self) -> list[ComparedRun]:
        return [run for arm in self.arms for run in arm.runs]

    @property
    def settings(self) -> dict[str, list[Any]]:
        """Those that differ between arms, by name, with each arm's value."""
        sides = [arm.runs[0].asked for arm in self.arms]
        names = dict.fromkeys(name for side in sides for name in side)
        values = {name: [side.get(name) for side in sides] for name in names}
        return {name: found for name, found in values.items() if any(v != found[0] for v in found)}

    @cached_property
    def against(self) -> list[Against]:
        """Every arm against the first."""
        return [_against(arm, self.arms[0]) for arm in self.arms[1:]]

    @property
    def benchmarks(self) -> list[str]:
        return list(dict.fromkeys(name for run in self.runs for name in run.benchmarks))

    @property
    def texts(self) -> dict[str, dict[str, list[str]]]:
        """For each part of the program, its different texts, each with the runs that have it."""
        parts = dict.fromkeys(part for run in self.runs for part in run.texts)
        found: dict[str, dict[str, list[str]]] = {part: {} for part in parts}
        for run in self.runs:
            for part in parts:
                found[part].setdefault(run.texts.get(part, ""), []).append(run.name)
        return found

    @property
    def weights(self) -> dict[tuple[str, str], list[float | None]]:
        """By level and move, each run's weight; None where it has learnt none."""
        pairs = dict.fromkeys(
            (level, move)
            for run in self.runs
            for level, moves in run.weights.items()
            for move in moves
        )
        return {
            (level, move): [run.weights.get(level, {}).get(move) for run in self.runs]
            for level, move in sorted(pairs)
        }

    def as_json(self) -> dict[str, Any]:
        """Everything, as JSON has it: shares from 0 to 1, `null` for what is not known."""
        arms = [arm.name for arm in self.arms]
        return {
            "arms": [_arm_as_json(arm, self.benchmarks) for arm in self.arms],
            "settings": {
                name: dict(zip(arms, values, strict=True)) for name, values in self.settings.items()
            },
            "against": [asdict(each) for each in self.against],
            "prompts": {
                part: [{"text": text, "runs": runs} for text, runs in texts.items()]
                for part, texts in self.texts.items()
            },
            "weights": [
                {"level": level, "move": move}
                | {"runs": dict(zip([r.name for r in self.runs], values, strict=True))}
                for (level, move), values in self.weights.items()
            ],
        }


def compare(folders: Sequence[Path]) -> Comparison:
    """Raises ComparisonError, SettingsError or StateError for what cannot be compared."""
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise ComparisonError("a run is named twice; name each once")
    if len(folders) < 2:
        raise ComparisonError("one run alone is not compared; name two or more")
    runs = [read_compared(folder) for folder in folders]
    for one, other in combinations(runs, 2):
        _require_same_questions(one, other)
    return Comparison(_arms(runs))


def _arm_as_json(arm: Arm, benchmarks: Sequence[str]) -> dict[str, Any]:
    told = RESULTS | {name: benchmark(name) for name in benchmarks} | COSTS
    means = {name: arm.mean(value) for name, value in told.items()}
    return {
        "name": arm.name,
        "runs": [
            {
                "run": run.name,
                "configuration": run.record.configuration,
                "seed": run.seed,
                "state": run.record.stands,
                "points": [asdict(point) for point in run.numbers.points],
            }
            for run in arm.runs
        ],
        **{
            name: None if mean is None else dict(zip(("mean", "low", "high"), mean, strict=True))
            for name, mean in means.items()
        },
    }


def benchmark(name: str) -> Callable[[ComparedRun], float | None]:
    """The accuracy on a test set; None where the run has none."""
    return lambda run: run.benchmarks[name].accuracy if name in run.benchmarks else None


def _require_same_questions(one: ComparedRun, other: ComparedRun) -> None:
    """That the held-out problems are the same, by what is kept of them, or by the settings."""
    mine, theirs = one.scores[HELD_OUT], other.scores[HELD_OUT]
    settings = [run.record.settings.evaluate for run in (one, other)]
    told = [
        f"{s.problems} of `{s.held_out}` in {r.name}"
        for s, r in zip(settings, (one, other), strict=True)
    ]
    same = (
        settings[0].held_out == settings[1].held_out
        and settings[0].problems == settings[1].problems
    )
    if mine.keys() != theirs.keys() if mine and theirs else not same:
        raise ComparisonError(
            f"the runs were evaluated on different held-out problems: {told[0]}, {told[1]}; only runs "
            "with the same ones can be compared (evaluate.held_out, evaluate.problems)"
        )


def _arms(runs: Sequence[ComparedRun]) -> tuple[Arm, ...]:
    """In the order given. The same settings and the same seed again are an arm of their own: another
    version of the code, say."""
    groups: list[list[ComparedRun]] = []
    for run in runs:
        for group in groups:
            if group[0].asked == run.asked and run.seed not in {r.seed for r in group}:
                group.append(run)
                break
        else:
            groups.append([run])
    names = _names(groups)
    return tuple(Arm(name, tuple(group)) for name, group in zip(names, groups, strict=True))


def _names(groups: Sequence[Sequence[ComparedRun]]) -> list[str]:
    """Of an arm with several runs, their folders' name without the seed, where that is one and no
    other arm's; all their names otherwise."""
    names = []
    for group in groups:
        stems = {_without_seed(run) if len(group) > 1 else run.record.name for run in group}
        names.append(stems.pop() if len(stems) == 1 else "")
    if all(names) and len(set(names)) == len(names):
        return names
    return ["+".join(run.name for run in group) for group in groups]


def _without_seed(run: ComparedRun) -> str:
    """`tuned` of tuned-seed-3, and of tuned/seed-3 (as `zoped lab` has it)."""
    name = run.record.name.removesuffix(str(run.seed)).rstrip("-_. ")
    return name.removesuffix("seed").rstrip("-_. ") or run.record.folder.resolve().parent.name


def _against(arm: Arm, reference: Arm) -> Against:
    names = [n for n in arm.runs[0].scores if n in reference.runs[0].scores]
    found = {name: _on_questions(arm, reference, name) for name in names}
    gain, greedy_gain = (
        difference(arm.by_seed(name), reference.by_seed(name)) for name in ("gain", "greedy_gain")
    )
    return Against(
        arm.name,
        reference.name,
        gain,
        greedy_gain,
        {name: on for name, on in found.items() if on is not None},
    )


def _on_questions(arm: Arm, reference: Arm, name: str) -> OnQuestions | None:
    """Each question's mean score over the seeds that both arms have, over all where they share none."""
    shared = {run.seed for run in arm.runs} & {run.seed for run in reference.runs}
    mine, theirs = (
        _mean_scores([run for run in side.runs if not shared or run.seed in shared], name)
        for side in (arm, reference)
    )
    return on_questions(mine, theirs)


def _mean_scores(runs: Iterable[ComparedRun], name: str) -> dict[str, float]:
    """By question, over the runs that have all of them."""
    sides = [run.scores.get(name, {}) for run in runs]
    if not sides or not all(sides):
        return {}
    return {
        id_: sum(side[id_] for side in sides) / len(sides)
        for id_ in sides[0]
        if all(id_ in side for side in sides)
    }
