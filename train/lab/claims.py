"""Claims: sentences about arms, each answered from intervals: confirmed, refuted or not shown."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Self

from zoped.train.lab.comparison import Difference, difference, rollouts_needed
from zoped.train.lab.results import BY_ANSWERS, LAB_METRICS, RunNumbers, metric

Verdict = Literal["confirmed", "refuted", "not shown"]
NAME = r"[\w.-]+"
COMPARED = re.compile(rf"({NAME}) ([<>]) ({NAME}) in (\w+)(?: at (\w+))?")
ALIKE = re.compile(
    rf"({NAME}) is within (\d+(?:\.\d+)?) points? of ({NAME}) in ({'|'.join(BY_ANSWERS)})"
)
REACHED = re.compile(rf"({NAME}) reaches ({NAME}) with at most (0?\.\d+|1(?:\.0)?) of its rollouts")
HOW = (
    "write `A > B in METRIC`, `A < B in METRIC`, `A is within 1 point of B in gain` or "
    "`A reaches B with at most 0.5 of its rollouts`; "
    f"metrics are {', '.join(LAB_METRICS)}, and `gain at LEVEL`"
)


@dataclass(frozen=True)
class Answer:
    claim: str
    student: str
    verdict: Verdict
    evidence: str


@dataclass(frozen=True)
class Claim:
    """`more`: whether the first arm is to have more than the second. `within`: how far it may be from
    it, up or down, in shares. A `share` is that of the second arm's rollouts with which the first is
    to reach its accuracy."""

    text: str
    arms: tuple[str, str]
    metric: str = ""
    level: str | None = None
    more: bool = True
    within: float | None = None
    share: float | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError for a sentence of no such form."""
        words = " ".join(text.split())
        if match := COMPARED.fullmatch(words):
            first, sign, second, name, level = match.groups()
            if name not in LAB_METRICS or (level and name not in ("gain", "accuracy")):
                raise ValueError(f"claims: {text!r} is no claim about a metric; {HOW}")
            return cls(text, (first, second), name, level, sign == ">")
        if match := ALIKE.fullmatch(words):
            first, points, second, name = match.groups()
            return cls(text, (first, second), name, within=float(points) / 100)
        if match := REACHED.fullmatch(words):
            return cls(text, (match[1], match[2]), share=float(match[3]))
        raise ValueError(f"claims: {text!r} cannot be read; {HOW}")

    def answer(self, student: str, runs: Mapping[str, Sequence[RunNumbers]]) -> Answer:
        """From one student's finished runs, by arm."""
        verdict, evidence = self._reached(runs) if self.share else self._compared(runs)
        return Answer(self.text, student, verdict, evidence)

    def _compared(self, runs: Mapping[str, Sequence[RunNumbers]]) -> tuple[Verdict, str]:
        values = [
            {run.seed: metric(run, self.metric, self.level) for run in runs.get(arm, ())}
            for arm in self.arms
        ]
        found = difference(*values)
        if found is None:
            return "not shown", "fewer than two seeds have both arms"
        return self._verdict(found), found.told(percent=self.metric in BY_ANSWERS)

    def _verdict(self, found: Difference) -> Verdict:
        if self.within is not None:
            # That both ends lie inside is stricter than two one-sided tests at 5 % (Schuirmann 1987).
            if max(-found.low, found.high) < self.within:
                return "confirmed"
            return "refuted" if max(found.low, -found.high) > self.within else "not shown"
        low, high = (found.low, found.high) if self.more else (-found.high, -found.low)
        return "confirmed" if low > 0 else "refuted" if high < 0 else "not shown"

    def _reached(self, runs: Mapping[str, Sequence[RunNumbers]]) -> tuple[Verdict, str]:
        assert self.share is not None
        needed = rollouts_needed(*(runs.get(arm, ()) for arm in self.arms))
        if needed is None:
            return "not shown", "fewer than two seeds have both arms"
        verdict: Verdict = "not shown"
        if needed.high <= self.share:
            verdict = "confirmed"
        elif needed.low > self.share:
            verdict = "refuted"
        return verdict, needed.told()
