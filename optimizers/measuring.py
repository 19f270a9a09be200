"""What a search measures with: the meter, the notes on the student, and the budget that both keep."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import dspy

from zoped.evals import BoundedMeter, Measurement, Meter, measure_decisions
from zoped.evals.measurement import Generator, made_by
from zoped.optimizers.budget import Budget, BudgetTooSmall
from zoped.optimizers.objective import try_objective
from zoped.optimizers.raced_search import OutOfBudget, Score
from zoped.optimizers.settings import SearchSettings
from zoped.programs import GenerateProblem, Reason, Seed
from zoped.programs.teachers.calls import BudgetSpent, Spent, TeacherCalls

ENOUGH_TO_HOLD_BACK = 12  # seeds; of fewer, none is held back
HELD_BACK_SHARE = 3  # one in so many


class Measuring:
    """Measures programs within a budget.

    Args:
        program: The program that is tuned; its prices are those of its copies. ValueError for anything
            but a GenerateProblem.
        meter: Measures the student. ValueError where `max_rollouts` limits a meter that does not
            say how many rollouts a problem can take, and where the objective fails for so few rollouts
            as the meter's `min_rollouts`, if it has such.
        notes: By seed id, what the teacher reads about the student.
        settings: The limits, and how many problems of a decision are measured.
        teacher: Who is asked, on whose budget: a `TeacherCalls`; the LM of DSPy's context if not given, or
            where it is a program, as DSPy's teachers are. TypeError for anything else.
    """

    def __init__(
        self,
        program: GenerateProblem,
        meter: Meter,
        notes: Mapping[str, str],
        settings: SearchSettings,
        teacher: Any = None,
    ) -> None:
        if not isinstance(program, GenerateProblem):
            raise ValueError(
                f"this optimizer tunes a GenerateProblem, not a {type(program).__name__}"
            )
        self.program = program
        self.meter = meter
        self.notes = notes
        self.settings = settings
        self._budget = settings.budget()
        no_model = isinstance(teacher, dspy.Module | list)  # DSPy's teachers are programs
        self._all_calls = TeacherCalls.of(None if no_model else teacher)
        self.calls = self._all_calls.within(max_calls=settings.max_teacher_calls)
        if settings.max_rollouts is not None and not isinstance(meter, BoundedMeter):
            raise ValueError(
                f"max_rollouts is {settings.max_rollouts}, but the meter does not say how many "
                "rollouts a problem can take; give it `max_rollouts`"
            )
        if (least := getattr(meter, "min_rollouts", None)) is not None:
            try_objective(settings.raised, least, meter.band)

    def resume(self, calls: int, rollouts: int, seconds: float) -> None:
        """Count what an earlier process spent of the same budget."""
        spent = Spent(calls)
        self.calls = self._all_calls.within(max_calls=self.settings.max_teacher_calls, spent=spent)
        self.budget.spent_rollouts, self.budget.spent_seconds = rollouts, seconds

    @property
    def budget(self) -> Budget:
        """The limits and all that was spent: every call that was asked on `calls` is among it."""
        self._budget.spent_calls = self.calls.spent.calls
        return self._budget

    def measure(self, program: GenerateProblem, seeds: Sequence[Seed], stream: int) -> Measurement:
        """A decision of the program on each seed, with all that they made.

        Raises OutOfBudget where the teacher's budget ended on the way, which it can where requests
        had to be made again.
        """
        options = {"seen": set(), "variants": self.variants}
        return self.measure_each([(program, seed) for seed in seeds], stream, options)

    def measure_each(
        self,
        pairs: Sequence[tuple[GenerateProblem, Seed]],
        stream: int,
        options: Mapping[str, Any],
    ) -> Measurement:
        """The decisions of programs that ask the teacher, each on its seed, as many at once as its
        `concurrency` says; raises as `measure`."""
        options = {**options, "teacher": self.calls}
        try:
            measured = measure_decisions(
                pairs, self.meter, stream=stream, notes=self.notes, options=options
            )
        except BudgetSpent as spent:
            raise OutOfBudget from spent
        self.budget.spent_rollouts += measured.rollouts
        if any(rejection.reason is Reason.BUDGET_SPENT for rejection in measured.rejections):
            raise OutOfBudget
        return measured

    def make(
        self, program: GenerateProblem, seeds: Sequence[Seed], stream: int
    ) -> list[dspy.Prediction]:
        """What the program makes of each seed, without asking the student; raises as `measure`."""
        options = {"seen": set(), "teacher": self.calls}
        pairs = [(program, seed) for seed in seeds]
        try:
            return made_by(pairs, stream=stream, notes=self.notes, options=options)
        except BudgetSpent as spent:
            raise OutOfBudget from spent

    def measure_without_teacher(
        self, pairs: Sequence[tuple[Generator, Seed]], stream: int
    ) -> Measurement:
        """The decisions of generators that ask no teacher, each on its seed."""
        measured = measure_decisions(pairs, self.meter, stream=stream, notes=self.notes)
        self.budget.spent_rollouts += measured.rollouts
        return measured

    def reflecting(self, lm: dspy.LM, kept: int) -> TeacherCalls:
        """Calls of a model that reflects: they count here, and leave `kept` decisions' worth."""
        dearest = self._most_calls(symbols=False)
        left = self.calls.left.calls
        return self.calls.within(
            lm=lm, max_calls=None if left is None else max(0, left - kept * dearest)
        )

    def affords(self, seeds: Sequence[Seed], *, reflections: int = 0) -> bool:
        """Whether a decision on each of the seeds, and so many calls besides, are within the budget, at
        worst."""
        return self.budget.affords(
            sum(map(self.most_calls, seeds)) + reflections,
            len(seeds) * self.most_rollouts(self.variants),
        )

    def most_calls(self, seed: Seed) -> int:
        """The calls of the teacher that a decision on the seed can take."""
        return self._most_calls(symbols=seed.symbols is not None)

    def _most_calls(self, *, symbols: bool) -> int:
        return self.program.most_calls(
            symbols=symbols, variants=self.variants, adapter=self.calls.adapter
        )

    def most_rollouts(self, problems: int) -> int:
        """The rollouts that so many problems can take; 0 where nothing limits them."""
        if self.settings.max_rollouts is None or not isinstance(self.meter, BoundedMeter):
            return 0
        return problems * self.meter.max_rollouts

    def require(self, seeds: Sequence[Seed], *, asked: int, measured: int) -> None:
        """Raises BudgetTooSmall, before anything is spent, for limits that do not pay for `asked`
        decisions of the teacher, and for the problems of `measured` decisions."""
        settings, dearest = self.settings, max(map(self.most_calls, seeds))
        if not dearest and settings.max_rollouts is None and settings.max_minutes is None:
            raise BudgetTooSmall(
                "nothing here asks the teacher, so that max_teacher_calls limits nothing; give "
                "max_rollouts or max_minutes"
            )
        if settings.max_teacher_calls is not None and settings.max_teacher_calls < asked * dearest:
            raise BudgetTooSmall(
                f"max_teacher_calls is {settings.max_teacher_calls}; the least that can find "
                f"anything here is {asked * dearest}, at up to {dearest} for a decision"
            )
        each = self.most_rollouts(self.variants)
        if settings.max_rollouts is not None and settings.max_rollouts < measured * each:
            raise BudgetTooSmall(
                f"max_rollouts is {settings.max_rollouts}; the least that can find anything here "
                f"is {measured * each}, at up to {each} for the {self.variants} problems of a "
                "decision; fewer variants need less, and so does a meter of fewer rollouts a problem"
            )

    def identity(self, train: Sequence[Seed], fresh: Sequence[Seed]) -> dict[str, Any]:
        """By name, what a kept state must have been made with to be resumed."""
        program, meter = self.program, self.meter
        # More calls or minutes let the same search go on; they change nothing that was done.
        limits = ("max_teacher_calls", "max_minutes")
        prompts = program.deepcopy()
        for predictor in prompts.predictors():
            predictor.lm = None  # one in this process may not be saved; its name stands below
        return {
            **{name: v for name, v in self.settings.shown().items() if name not in limits},
            "student": meter.student.version,
            "band": list(meter.band),
            "rollouts of a problem": meter.max_rollouts
            if isinstance(meter, BoundedMeter)
            else None,
            "trainset": [[seed.model_dump(mode="json"), self.notes.get(seed.id)] for seed in train],
            "seeds to settle on": [seed.model_dump(mode="json") for seed in fresh],
            "prompts": prompts.dump_state(),
            "models": [p.lm.model if p.lm else None for p in program.predictors()],
            "menu": list(program.mutate.menu),
            "mutation": program.mutation,
            "strategies": [s.model_dump() for s in program.mutate.strategies.values()],
            "verbalization": program.verbalization,
            "variants of the program": program.variants,
            "random seed of the program": program.random_seed,
            "limits of the solver": [program.time_limit, program.memory_limit_mb],
        }

    @property
    def variants(self) -> int:
        """Problems of a decision that are measured, at most."""
        return min(self.program.variants, self.settings.variants)


def tuning_seeds(
    trainset: Sequence[dspy.Example], valset: Sequence[dspy.Example] | None, random_seed: int
) -> tuple[list[Seed], list[Seed], str, dict[str, str]]:
    """The seeds to search on, those to settle on, what the latter are, and the student notes of all.

    Without a valset the seeds to settle on are `held_back`. Raises as `seeds_and_notes`.
    """
    train, notes = seeds_and_notes(trainset, "trainset")
    if not valset:
        return *held_back(train, random_seed), notes
    fresh, more = seeds_and_notes(valset, "valset")
    return train, fresh, "valset", notes | more


def seeds_and_notes(
    examples: Sequence[dspy.Example], name: str
) -> tuple[list[Seed], dict[str, str]]:
    """The seeds of a trainset or valset, and by their ids the student notes of those with one.

    Raises ValueError for an empty set, and for an example that has no seed.
    """
    if not examples:
        raise ValueError(f"the {name} is empty; give examples such as dspy.Example(seed=...)")
    wrong = [e for e in examples if not isinstance(e.get("seed"), Seed)]
    if wrong:
        raise ValueError(f"an example of the {name} has no `seed` of type Seed: {wrong[0]!r}"[:300])
    notes = {e.seed.id: e.student_note for e in examples if e.get("student_note")}
    return [e.seed for e in examples], notes


def examples_of(seeds: Sequence[Seed], notes: Mapping[str, str]) -> list[dspy.Example]:
    """The seeds with their student notes as a trainset."""
    return [
        dspy.Example(seed=seed, student_note=notes[seed.id]).with_inputs("seed", "student_note")
        for seed in seeds
    ]


def held_back(seeds: Sequence[Seed], random_seed: int) -> tuple[list[Seed], list[Seed], str]:
    """The seeds to search on, those to settle on, and what the latter are.

    A third is held back. Of fewer than a dozen none is: settling then draws from the same seeds.
    """
    if len(seeds) < ENOUGH_TO_HOLD_BACK:
        return list(seeds), list(seeds), "the trainset again"
    rng = random.Random(f"{random_seed}-held-back")
    kept = set(rng.sample(range(len(seeds)), len(seeds) // HELD_BACK_SHARE))
    search = [seed for i, seed in enumerate(seeds) if i not in kept]
    return search, [seeds[i] for i in sorted(kept)], "held back from the trainset"


def settled_on(seeds: str, score: Score, band_share: float, *, chosen_by: bool) -> dict[str, Any]:
    """What settling measured of the best, as `.tuning["fresh"]`: on which `seeds`, and whether that also
    chose between two."""
    return {
        "score": score.mean,
        "standard_error": score.standard_error,
        "decisions": score.examples,
        "band_share": band_share,
        "seeds": seeds,
        "chosen_by": chosen_by,
    }
