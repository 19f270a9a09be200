"""One `compile` of PassRateTeleprompter: its opening, the race, the result, and how it is kept."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import dspy

from zoped.evals import Meter, PassRate, RememberingMeter
from zoped.optimizers.candidate import Candidate
from zoped.optimizers.kept_state import KeptState, dumped, loaded
from zoped.optimizers.measuring import Measuring, settled_on, tuning_seeds
from zoped.optimizers.opening import Opening, asks_to_explore
from zoped.optimizers.proposing.by_acceptance import Words
from zoped.optimizers.raced_search import FINALISTS, SETTLE_STREAM, Entry, RacedSearch, Score
from zoped.optimizers.settings import TeleprompterSettings
from zoped.programs import GenerateProblem, Seed

logger = logging.getLogger(__name__)
RACE_STREAM = -1_000  # random streams of the batches, from here downwards
SETTLING_STREAM = -2_000
# The least that finds anything: two candidates on a seed each, and the finalists on another.
LEAST_DECISIONS = 2 * FINALISTS
LEAST_MEASURED = 2 * LEAST_DECISIONS


@dataclass(frozen=True)
class SearchProgress:
    """How far a search is: what it is doing, what it has spent, and the best so far."""

    doing: str  # exploring, wording, reflecting, racing, settling
    teacher_calls: int
    rollouts: int
    seconds: float
    best: Score | None = None
    origin: str = ""


@dataclass
class Tally:
    """What one candidate made: problems that were measured, and those of them in the band."""

    problems: int = 0
    in_band: int = 0

    @property
    def share(self) -> float | None:
        return self.in_band / self.problems if self.problems else None


def least_teacher_calls(
    program: GenerateProblem,
    seeds: Sequence[Seed],
    *,
    variants: int,
    adapter: dspy.Adapter | None = None,
    formalized: bool = False,
) -> int:
    """The least `max_teacher_calls` with which a search on the seeds can find anything.

    Args:
        program: The program to tune.
        seeds: Those of the trainset and of the valset.
        variants: Problems of a decision that are measured.
        adapter: What the teacher is asked with, that of DSPy's context if not given.
        formalized: Whether all seeds will have their symbols by then.
    """
    dearest = max(
        program.most_calls(symbols=known, variants=variants, adapter=adapter)
        for known in {formalized or seed.symbols is not None for seed in seeds}
    )
    symbols = formalized or any(seed.symbols for seed in seeds)
    return (LEAST_DECISIONS + asks_to_explore(program, symbols=symbols)) * dearest


def least_rollouts(variants: int, rollouts: int) -> int:
    """The least `max_rollouts` with which a search can find anything, at `rollouts` for each of the `variants`
    of a decision. Exploring may spend as many as everything after it."""
    return LEAST_MEASURED * variants * rollouts


def require_paid_for(measuring: Measuring, train: Sequence[Seed], fresh: Sequence[Seed]) -> None:
    """Raises BudgetTooSmall for limits with which a search on these seeds can find nothing."""
    symbols = any(seed.symbols for seed in train)
    measuring.require(
        [*train, *fresh],
        asked=LEAST_DECISIONS + asks_to_explore(measuring.program, symbols=symbols),
        measured=LEAST_MEASURED,
    )


class Search:
    """The state of one `compile`, the steps that change it, and how it is kept.

    Args:
        settings: What the teleprompter was told.
        meter: Measures the student.
        program: The program to tune; it is not changed.
        trainset: Examples with seeds.
        valset: Examples to settle on; without one, a third of the trainset is held back.
        on_step: Called after every measurement.
        teacher: As in `Measuring`.
    """

    def __init__(
        self,
        settings: TeleprompterSettings,
        meter: Meter,
        program: GenerateProblem,
        trainset: Sequence[dspy.Example],
        valset: Sequence[dspy.Example] | None,
        on_step: Callable[[SearchProgress], None] | None = None,
        teacher: Any = None,
    ) -> None:
        self.settings = settings
        self.program = program
        self.train, self.fresh, self.fresh_are, notes = tuning_seeds(
            trainset, valset, settings.random_seed
        )
        self.measuring = Measuring(program, meter, notes, settings, teacher)
        self.on_step = on_step or (lambda progress: None)
        self.candidates: list[Candidate] = []
        self.tallies: list[tuple[Tally, Tally]] = []  # of each candidate, racing and settling
        self.race: RacedSearch[int, Seed] | None = None
        self.findings: dict[str, Any] = {}
        self.opening = Opening(
            self.measuring, settings, self.train, LEAST_DECISIONS, self._report, self._save
        )
        self.words = Words(
            self.measuring,
            settings,
            self.train,
            self.fresh,
            kept=LEAST_DECISIONS,
            on_change=self._save,
        )
        self._kept = KeptState(settings.folder, self.measuring.identity(self.train, self.fresh))
        self._load()

    def run(self) -> GenerateProblem:
        require_paid_for(self.measuring, self.train, self.fresh)
        if self.race is None:
            explored = self.opening.explore()
            if self.words.steps:
                self.words.tune()
                self._report("wording")
            candidates, self.findings = self.opening.propose(explored, self.words)
            self.race = self._begin_race(candidates)
            self._save()
        return self._result(self.race.run())

    # The evaluator of the race

    def evaluate(self, candidate: int, seeds: Sequence[Seed], stream: int) -> list[float | None]:
        """One score a seed: None where the program skips it, which costs and counts nothing."""
        settling = stream == SETTLE_STREAM
        measured = self.measuring.measure(
            self.candidates[candidate].applied_to(self.program),
            seeds,
            SETTLING_STREAM if settling else RACE_STREAM - stream,
        )
        tally = self.tallies[candidate][settling]
        tally.problems += len(measured.pass_rates)
        tally.in_band += sum(measured.band.contains(r.rate) for r in measured.pass_rates)
        made = [decision for decision in measured.decisions if not decision.skipped]
        scores = iter(self.settings.scores(made, measured.band))
        return [None if d.skipped else next(scores) for d in measured.decisions]

    def affords(self, seeds: Sequence[Seed]) -> bool:
        return self.measuring.affords(seeds)

    # The race

    def _begin_race(self, candidates: list[Candidate]) -> RacedSearch[int, Seed]:
        self.candidates = candidates
        self.tallies = [(Tally(), Tally()) for _ in candidates]
        return RacedSearch(
            self,
            range(len(candidates)),
            self.train,
            settle_on=self.fresh,
            batch_size=self.settings.batch_size,
            random_seed=self.settings.random_seed,
            on_change=self._raced_a_batch,
        )

    def _raced_a_batch(self) -> None:
        self._save()
        settling = any(after.problems for _, after in self.tallies)
        self._report("settling" if settling else "racing")

    def _report(self, doing: str) -> None:
        budget = self.measuring.budget
        ranked = [e for e in self.race.ranked() if e.scores] if self.race else []
        best = ranked[0].score if ranked else None
        origin = self.candidates[ranked[0].candidate].origin if ranked else ""
        if best is not None:
            logger.info("%s: %s leads, %.3f ± %.3f", doing, origin, best.mean, best.standard_error)
        self.on_step(
            SearchProgress(
                doing, budget.spent_calls, budget.spent_rollouts, budget.seconds, best, origin
            )
        )

    # The result

    def _result(self, ranked: Sequence[Entry[int]]) -> GenerateProblem:
        best, words = ranked[0], self.words.better
        result = self._tuned(best)
        origin = self.candidates[best.candidate].origin
        if best.candidate == 0 and words is not None:
            # They are better whatever the student does: of that the race says nothing.
            result, origin = words.applied_to(result), f"{origin}, {words.origin}"
        result.candidate_programs = [
            {
                "score": entry.score.mean,
                "standard_error": entry.score.standard_error,
                "program": self._tuned(entry),
                "origin": self.candidates[entry.candidate].origin,
            }
            for entry in ranked
            if entry.scores
        ]
        [own] = [entry for entry in ranked if entry.candidate == 0]
        result.tuning = {
            "origin": origin,
            "before": _pair(own),
            "after": _pair(best),
            "fresh": self._fresh(best, ranked),
            "band_share_before": self.tallies[0][0].share,
            "band_share_after": self.tallies[best.candidate][0].share,
            "teacher_calls": self.measuring.budget.spent_calls,
            "rollouts": self.measuring.budget.spent_rollouts,
            "findings": self.findings,
        }
        return result

    def _tuned(self, entry: Entry[int]) -> GenerateProblem:
        program = self.candidates[entry.candidate].applied_to(self.program)
        program._compiled = True
        return program

    def _fresh(self, best: Entry[int], ranked: Sequence[Entry[int]]) -> dict[str, Any] | None:
        if not best.settled:
            return None
        return settled_on(
            self.fresh_are,
            Score.of(best.settled),
            self.tallies[best.candidate][1].share or 0.0,
            chosen_by=sum(bool(entry.settled) for entry in ranked) > 1,
        )

    # The state

    def _save(self) -> None:
        meter, budget = self.measuring.meter, self.measuring.budget
        known = meter.remembered() if isinstance(meter, RememberingMeter) else {}
        asked = self.opening.asked if self.race is None else None  # the race has no use for them
        words = self.words.state()
        undecided = ["candidates", "proposer", *([] if words else ["demos", "feedback"])]
        self._kept.save(
            {
                "measured": {key: (rate.passes, rate.rollouts) for key, rate in known.items()},
                "spent": [budget.spent_calls, budget.spent_rollouts, budget.seconds],
                "tried": self.opening.tried,
                "asked": None if asked is None else list(map(dumped, asked)),
                "findings": self.findings,
                "candidates": [asdict(candidate) for candidate in self.candidates],
                "tallies": [[asdict(tally) for tally in pair] for pair in self.tallies],
                "words": words,
                "race": self.race.state() if self.race else None,
            },
            undecided=() if self.race else undecided,
        )

    def _load(self) -> None:
        state = self._kept.load()
        if state is not None:
            with self._kept.as_saved():
                self._restore(state)

    def _restore(self, state: dict[str, Any]) -> None:
        meter = self.measuring.meter
        if isinstance(meter, RememberingMeter):
            meter.remember({key: PassRate(*rate) for key, rate in state["measured"].items()})
        self.measuring.resume(*state["spent"])
        self.opening.tried, self.findings = state["tried"], state["findings"]
        if state.get("asked") is not None:
            self.opening.asked = list(map(loaded, state["asked"]))
        self.words.restore(state["words"])
        if state["race"] is not None:
            candidates = [Candidate(**candidate) for candidate in state["candidates"]]
            self.race = self._begin_race(candidates)
            self.race.restore(state["race"])
            self.tallies = [(Tally(**a), Tally(**b)) for a, b in state["tallies"]]


def _pair(entry: Entry[int]) -> tuple[float, float] | None:
    """The mean score of the race with its standard error; None for what was not measured."""
    return (entry.score.mean, entry.score.standard_error) if entry.scores else None
