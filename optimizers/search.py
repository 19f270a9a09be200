"""One search of `PassRateTeleprompter`: explore, propose, race, settle; and its state on disk."""

from __future__ import annotations

import hashlib
import json
import logging
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import dspy

from zoped.evals import Decision, Measurement, PassRate, Score, measure_decisions, measure_program
from zoped.foundation.files import write_whole
from zoped.optimizers.budget import Budget
from zoped.optimizers.candidate import Candidate
from zoped.optimizers.objective import decision_scores
from zoped.optimizers.proposals import (
    chains,
    demonstration_candidates,
    ranked_options,
    reflected_candidates,
)
from zoped.programs import GenerateProblem, Seed
from zoped.programs.menu import Option
from zoped.programs.student_note import level

if TYPE_CHECKING:
    from zoped.optimizers.teleprompter import PassRateTeleprompter

logger = logging.getLogger(__name__)
EXPLORE_INDEX = -1  # random streams of the steps: no two share one
EXPLORE_VARIANTS = 2
EXPLORE_LAPS = 8
RACE_INDEX = -1_000
SETTLE_INDEX = -2_000


@dataclass
class Entry:
    """A candidate with everything that was measured of it."""

    candidate: Candidate
    scores: list[float] = field(default_factory=list)
    batches: int = 0
    in_band: int = 0
    generated: int = 0
    fresh: dict[str, Any] | None = None  # the same, measured again on fresh seeds

    def add(self, measured: Measurement, scores: Sequence[float]) -> None:
        self.batches += 1
        rates = measured.pass_rates
        self.scores += scores
        self.in_band += sum(measured.band.contains(r.rate) for r in rates)
        self.generated += len(rates)

    @property
    def score(self) -> Score:
        return Score.of(self.scores)


@dataclass(frozen=True)
class Progress:
    """How far a search is: what it is doing, what it has spent, and the best so far."""

    step: str  # exploring, racing, settling
    teacher_calls: int
    rollouts: int
    seconds: float
    best: Score | None = None
    origin: str = ""


class Search:
    """One `compile`: the state, the steps that change it, and how it is kept."""

    def __init__(
        self,
        settings: PassRateTeleprompter,
        program: GenerateProblem,
        trainset: list[dspy.Example],
        valset: list[dspy.Example] | None,
        on_progress: Callable[[int], None] | None,
        on_step: Callable[[Progress], None] | None = None,
    ) -> None:
        self.settings = settings
        self.program = program
        self.train, self.notes = seeds_and_notes(trainset, "trainset")
        self.fresh = self.train
        if valset:
            self.fresh, notes = seeds_and_notes(valset, "valset")
            self.notes |= notes
        self.on_progress = on_progress or (lambda calls: None)
        self.on_step = on_step or (lambda progress: None)
        self.entries: list[Entry] = []
        self.budget = Budget(
            settings.max_teacher_calls, settings.max_rollouts, settings.max_minutes
        )
        self.step = 0
        self.failures = 0  # of the teacher, in a row, whichever candidate asked
        # The entries that are settled once the race is over, and how many of them are: ranked again
        # after a kill, with what the first one's fresh seeds said, they might be others.
        self.finalists: list[int] | None = None
        self.settled = 0
        self.findings: dict[str, Any] = {}
        self._load()

    def run(self) -> GenerateProblem:
        if not self.entries:
            self._propose(self._explore())
        if self.finalists is None:
            self._race()
            best = [entry for entry in self._ranked() if entry.scores][:2]
            self.finalists = [self.entries.index(entry) for entry in best]
            self._save()
        self._settle()
        return self._result()

    # The steps

    def _explore(self) -> Measurement:
        """What could work, before the teacher is asked: options on seeds, measured in halvings.

        For each level of the student (too easy, too hard, in between) all operators of the menu,
        with small, middle and large numbers, get the same few seeds; the better half, and chains
        with them, get more, and so on (successive halving, Jamieson
        and Talwalkar 2016), so that most of the rollouts tell the good ones apart.
        """
        with_symbols = [seed for seed in self.train if seed.problem is not None]
        if not with_symbols:
            # The teacher has to write the symbols first: its own decisions are the exploration.
            seeds = self._rng("explore").sample(
                self.train, min(len(self.train), self.settings.batch_size)
            )
            return self._measure(self.program, seeds, EXPLORE_INDEX)
        by_level: dict[str, list[Seed]] = defaultdict(list)
        for seed in with_symbols:
            by_level[level(self.notes.get(seed.id, ""))].append(seed)
        decisions: list[Decision] = []
        for name, seeds in sorted(by_level.items()):
            tries = self.settings.exploration_tries * len(seeds) // len(with_symbols)
            decisions += self._halvings(name, seeds, tries)
        return Measurement(
            tuple(decisions), self.settings.meter.band, 0, self.budget.spent_rollouts
        )

    def _halvings(self, name: str, seeds: Sequence[Seed], tries: int) -> list[Decision]:
        menu = self.program.mutate.menu
        left = [option for operator in menu for option in Option(operator).thirds()]
        phases = 1 + max(1, len(left).bit_length() - 1)
        decisions: list[Decision] = []
        for phase in range(phases):
            if decisions and not self.budget.affords(0):
                break
            each = max(1, tries // (phases * len(left)))
            order = self._rng(f"explore-{name}-{phase}").sample(list(seeds), len(seeds))
            decisions += self._try_options(name, left, order, each, phase)
            if not decisions:
                break  # no operator of the menu applies to any of the seeds
            scores = self._each_alone(decisions)
            ranked = ranked_options(list(zip(decisions, scores, strict=True)))
            left = [option for option in ranked if option in left][: (len(left) + 1) // 2]
            if phase == 0:
                left += chains(left, decisions)
        return decisions

    def _try_options(
        self, name: str, options: Sequence[Option], order: Sequence[Seed], each: int, phase: int
    ) -> list[Decision]:
        """Each option `each` times: on the seeds in `order`, the same for all as far as they
        apply, and on the same seeds again, with other numbers, when there are too few."""
        laps: dict[int, list[tuple[GenerateProblem, Seed]]] = defaultdict(list)
        for option in options:
            trial = self.program.deepcopy()
            trial.mutation = "random"
            trial.variants = min(EXPLORE_VARIANTS, trial.variants)
            trial.mutate.menu = (option.operator,)
            trial.mutate.tuned.by_level = {name: (option,)}
            fit = [s for s in order if s.problem and option.applies(s.problem)]
            for turn in range(min(each, EXPLORE_LAPS * len(fit))):
                laps[turn // len(fit)].append((trial, fit[turn % len(fit)]))
        decisions: list[Decision] = []
        for lap, pairs in laps.items():
            measured = measure_decisions(
                pairs,
                self.settings.meter,
                index=EXPLORE_INDEX - phase - 100 * lap,
                notes=self.notes,
            )
            self.budget.spend(teacher_calls=0, rollouts=measured.rollouts)
            self._save()  # a search that is killed here explores again, out of what was measured
            self._tell("exploring")
            decisions += measured.decisions
        return decisions

    def _propose(self, explored: Measurement) -> None:
        scores = self._each_alone(explored.decisions)
        self.findings = _findings(explored, scores)
        rng = self._rng("propose")
        own = Candidate("the program as it was")
        propose = self.settings.proposer or partial(
            demonstration_candidates,
            count=self.settings.candidates,
            demos=self.settings.demos,
            skip_below=self.settings.skip_below,
        )
        candidates = propose(self.program, explored.decisions, scores, notes=self.notes, rng=rng)
        if self.settings.reflection_lm is not None:
            candidates += reflected_candidates(
                self.program,
                explored,
                scores,
                self.settings.reflection_lm,
                rng,
                tell=self.settings.feedback,
            )
        self.entries = [Entry(candidate) for candidate in (own, *candidates)]
        self._save()

    def _race(self) -> None:
        """Batch after batch on the same seeds for all, until one is left or the budget is spent."""
        reserve = 2 * min(self.settings.batch_size, len(self.fresh))
        while True:
            alive = self._alive()
            batch = self._batch(self.step)
            behind = [entry for entry in alive if entry.batches <= self.step]
            if not behind:
                self.step += 1
                if len(alive) == 1 or not self._affords(
                    alive, len(self._batch(self.step)), reserve
                ):
                    return
                continue
            if not self.budget.affords(len(batch) + reserve) and self.entries[0].scores:
                return
            if not self.budget.affords(len(batch)):
                return
            entry = behind[0]
            measured = self._measure(
                entry.candidate.applied_to(self.program), batch, RACE_INDEX - self.step
            )
            self.on_progress(measured.teacher_calls)
            scores = self._scores(measured)
            entry.add(measured, scores)
            self._tell("racing")
            self._save()
            if scores:
                logger.info("%s: %.3f ± %.3f", entry.candidate.origin, *_pair(entry.score))

    def _settle(self) -> None:
        """The finalists once more, on seeds that chose nothing."""
        for entry in [self.entries[place] for place in (self.finalists or [])[self.settled :]]:
            self.settled += 1
            rng = self._rng("settle")
            seeds = rng.sample(self.fresh, min(self.settings.batch_size, len(self.fresh)))
            if not self.budget.affords(len(seeds)):
                continue
            measured = self._measure(entry.candidate.applied_to(self.program), seeds, SETTLE_INDEX)
            self.on_progress(measured.teacher_calls)
            scores = self._scores(measured)
            if not scores:
                continue  # all of these seeds are passed over
            self._tell("settling")
            score = Score.of(scores)
            entry.fresh = {
                "score": score.mean,
                "standard_error": score.standard_error,
                "band_share": measured.band_share,
            }
            self._save()

    def _result(self) -> GenerateProblem:
        ranked = self._ranked()
        best = ranked[0]
        result = best.candidate.applied_to(self.program)
        result.candidate_programs = [
            {
                "score": entry.score.mean,
                "standard_error": entry.score.standard_error,
                "program": entry.candidate.applied_to(self.program),
                "origin": entry.candidate.origin,
            }
            for entry in ranked
            if entry.scores
        ]
        first = self.entries[0]
        result.tuning = {
            "origin": best.candidate.origin,
            "before": _pair(first.score) if first.scores else None,
            "after": _pair(best.score) if best.scores else None,
            "fresh": best.fresh,
            "band_share_before": _share(first),
            "band_share_after": _share(best),
            "teacher_calls": self.budget.spent_calls,
            "rollouts": self.budget.spent_rollouts,
            "findings": self.findings,
        }
        return result

    def _tell(self, step: str) -> None:
        ranked = [entry for entry in self._ranked() if entry.scores]
        self.on_step(
            Progress(
                step,
                self.budget.spent_calls,
                self.budget.spent_rollouts,
                self.budget.seconds,
                best=ranked[0].score if ranked else None,
                origin=ranked[0].candidate.origin if ranked else "",
            )
        )

    # Ranking

    def _alive(self) -> list[Entry]:
        """The candidates that may still be the best, by bounds of one standard error."""
        measured = [entry for entry in self.entries if entry.scores]
        if not measured:
            return self.entries
        floor = max(entry.score.bounds()[0] for entry in measured)
        return [e for e in self.entries if not e.scores or e.score.bounds()[1] >= floor]

    def _ranked(self) -> list[Entry]:
        """Best lower bound first, pooled with the fresh measurement; the program as it was wins
        a tie, so that nothing is changed for nothing."""

        def worth(entry: Entry) -> float:
            if not entry.scores:
                return -1.0
            if entry.fresh is None:
                return entry.score.bounds(0.5)[0]
            n, m = len(entry.scores), self.settings.batch_size
            return float((n * entry.score.mean + m * entry.fresh["score"]) / (n + m))

        return sorted(self.entries, key=worth, reverse=True)

    def _affords(self, alive: list[Entry], size: int, reserve: int) -> bool:
        return self.budget.affords(size * len(alive) + reserve)

    # Measuring

    def _measure(self, program: GenerateProblem, seeds: list[Seed], index: int) -> Measurement:
        program.failures = self.failures
        measured = measure_program(
            program,
            seeds,
            self.settings.meter,
            index=index,
            notes=self.notes,
            variants=self.settings.variants,
        )
        self.failures = program.failures
        self.budget.spend(teacher_calls=measured.teacher_calls, rollouts=measured.rollouts)
        return measured

    def _scores(self, measured: Measurement) -> list[float]:
        """A score for each decision; a seed that is passed over costs nothing and counts nothing."""
        made = [decision for decision in measured.decisions if not decision.passed_over]
        return decision_scores(made, self.settings.objective, measured.band)

    def _each_alone(self, decisions: Sequence[Decision]) -> list[float]:
        """Scores in which repeats of one structure do not count less: what looks best is tried
        most often, and would look worse the more it is tried."""
        objective, band = self.settings.objective, self.settings.meter.band
        return [decision_scores([decision], objective, band)[0] for decision in decisions]

    def _batch(self, step: int) -> list[Seed]:
        """The seeds of the race's batch `step`: every seed once before any comes again."""
        size = min(self.settings.batch_size, len(self.train))
        order: list[Seed] = []
        lap = 0
        while len(order) < size * (step + 1):
            part = list(self.train)
            random.Random(f"{self.settings.seed}-lap-{lap}").shuffle(part)
            order += part
            lap += 1
        batch = order[size * step : size * (step + 1)]
        return list({seed.id: seed for seed in batch}.values())

    def _rng(self, step: str) -> random.Random:
        return random.Random(f"{self.settings.seed}-{step}")

    # The state

    @property
    def _state_file(self) -> Path | None:
        return None if self.settings.log_dir is None else self.settings.log_dir / "search.json"

    @cached_property
    def _identity(self) -> str:
        """What a kept state must have been made with to be gone on with."""
        parts = {
            "settings": {**self.settings.get_params(), "max_teacher_calls": 0, "max_minutes": 0},
            "seeds": [seed.id for seed in self.train],
            "program": self.program.dump_state(),
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()

    @property
    def _remembered(self) -> dict[str, PassRate]:
        """What the meter does not measure again, nor count: a killed search must not either."""
        return getattr(self.settings.meter, "cache", {})

    def _save(self) -> None:
        path = self._state_file
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "identity": self._identity,
            "step": self.step,
            "finalists": self.finalists,
            "settled": self.settled,
            "measured": {
                key: (rate.passes, rate.rollouts) for key, rate in self._remembered.items()
            },
            "findings": self.findings,
            "spent": [self.budget.spent_calls, self.budget.spent_rollouts, self.budget.seconds],
            "entries": [
                {**vars(entry), "candidate": entry.candidate.as_json()} for entry in self.entries
            ],
        }
        write_whole(path, json.dumps(state, default=str))

    def _load(self) -> None:
        path = self._state_file
        if path is None or not path.exists():
            return
        state = json.loads(path.read_text(encoding="utf-8"))
        if state["identity"] != self._identity:
            raise ValueError(
                f"{path} is the state of another search (other settings, seeds, student or "
                "program); give another log_dir"
            )
        self.step = state["step"]
        self.finalists, self.settled = state["finalists"], state["settled"]
        self._remembered.update({key: PassRate(*rate) for key, rate in state["measured"].items()})
        self.findings = state["findings"]
        calls, rollouts, seconds = state["spent"]
        self.budget.spend(teacher_calls=calls, rollouts=rollouts)
        self.budget.spent_seconds = seconds
        self.entries = [
            Entry(**{**entry, "candidate": Candidate(**entry["candidate"])})
            for entry in state["entries"]
        ]
        self.on_progress(calls)


def seeds_and_notes(
    examples: Sequence[dspy.Example], name: str
) -> tuple[list[Seed], dict[str, str]]:
    if not examples:
        raise ValueError(f"the {name} is empty; give examples such as dspy.Example(seed=...)")
    wrong = [e for e in examples if not isinstance(e.get("seed"), Seed)]
    if wrong:
        raise ValueError(f"an example of the {name} has no `seed` of type Seed: {wrong[0]!r}"[:300])
    notes = {e.seed.id: e.student_note for e in examples if e.get("student_note")}
    return [e.seed for e in examples], notes


def _findings(explored: Measurement, scores: Sequence[float]) -> dict[str, Any]:
    """By operator: the mean score and in how many decisions; and what was rejected, by reason."""
    by_operator: dict[str, list[float]] = defaultdict(list)
    for decision, score in zip(explored.decisions, scores, strict=True):
        by_operator[decision.mutation].append(score)
    reasons = Counter(str(rejection.reason) for rejection in explored.rejections)
    return {
        "operators": {name: [fmean(s), len(s)] for name, s in sorted(by_operator.items())},
        "rejections": dict(reasons.most_common()),
        "never_solved": sum(rate.passes == 0 for rate in explored.pass_rates),
        "always_solved": sum(rate.passes == rate.rollouts for rate in explored.pass_rates),
        "measured": len(explored.pass_rates),
    }


def _pair(score: Score) -> tuple[float, float]:
    return score.mean, score.standard_error


def _share(entry: Entry) -> float | None:
    return entry.in_band / entry.generated if entry.generated else None
