"""RacedInstructions: rewrites the instructions of any DSPy program under a noisy metric.

For programs that have nothing to do with mathematics. A reflecting model writes several instructions
from what happened; they are raced against the present one on paired examples, each with fresh
answers of the task's model, and the best two are settled on examples that chose nothing
(`RacedSearch`). The next generation starts from the winner. Nothing is decided by one lucky sample.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Sequence
from numbers import Real
from random import Random
from typing import Any

import dspy
from dspy.teleprompt import Teleprompter

from zoped.foundation.errors import counted
from zoped.optimizers.noisy.written_instructions import WriteInstructions
from zoped.optimizers.raced_search import RacedSearch, Score
from zoped.programs.teachers.calls import CallFailed, TeacherCalls

logger = logging.getLogger(__name__)
REFLECTED = 8  # examples that the reflecting model reads
REFLECTING = 1.0  # temperature, at least: its instructions shall differ
Metric = Callable[..., Any]


class RacedInstructions(Teleprompter):  # type: ignore[misc]  # DSPy has no types
    """Tunes instructions; `compile` has the contract of DSPy's teleprompters.

    Args:
        metric: As `dspy.GEPA` takes it: (example, prediction, trace, predictor's name, its trace) to a
            score from 0 to 1, or to dspy.Prediction(score, feedback). It may come out otherwise each
            time.
        max_metric_calls: Exactly the budget: no more is spent.
        reflection_lm: Writes instructions, at a temperature of 1 at least; its requests are `candidates`
            times `generations`, at most, and more where it has to be asked again. What it does not answer, or
            nobody can read, is an instruction less.
        candidates: Instructions of a generation.
        generations: Races, each from the last one's winner.
        batch_size: Examples measured at a time.
        num_threads: Of the evaluation; DSPy's own number if not given.
        random_seed: Of the order of the examples.

    Raises:
        ValueError: For a metric that does not take five arguments, and for limits that pay for no race.
    """

    def __init__(
        self,
        metric: Metric,
        *,
        max_metric_calls: int,
        reflection_lm: dspy.LM,
        candidates: int = 3,
        generations: int = 8,
        batch_size: int = 4,
        num_threads: int | None = None,
        random_seed: int = 0,
    ) -> None:
        super().__init__()
        # One example that is reflected on, and two candidates on another each, and on a third to settle.
        least = generations * max(4 * batch_size, 5)
        if min(candidates, generations, batch_size) < 1 or max_metric_calls < least:
            raise ValueError(
                f"max_metric_calls is {max_metric_calls}; {generations} generations in batches of "
                f"{batch_size} need at least {least}, and at least 1 candidate"
            )
        _require_arguments(metric)
        self.metric = metric
        self.max_metric_calls = max_metric_calls
        self.reflection_lm = reflection_lm
        self.candidates = candidates
        self.generations = generations
        self.batch_size = batch_size
        self.num_threads = num_threads
        self.random_seed = random_seed

    def compile(
        self,
        student: dspy.Module,
        *,
        trainset: list[dspy.Example],
        teacher: Any = None,
        valset: list[dspy.Example] | None = None,
    ) -> dspy.Module:
        """A copy of `student` with the instructions that won, and with `.tuning`: what was spent, and
        the mean score of the winner with its standard error, on the examples that it was settled on. A
        third of the trainset is held back to settle on where no valset is given.

        Raises:
            ValueError: For fewer than six examples, for a program that has no predictors or nobody to
                ask, and for a metric that gives no number.
            TeacherError: When the reflecting model does not answer several times in a row.
        """
        best = {name: p.signature.instructions for name, p in student.named_predictors()}
        if not best:
            raise ValueError(
                f"{type(student).__name__} has no predictors: there is nothing to tune"
            )
        if dspy.settings.lm is None and not all(p.lm for p in student.predictors()):
            raise ValueError("there is no LM to ask; compile in `with dspy.context(lm=...)`")
        train, fresh = list(trainset), list(valset or ())
        if len(train) + len(fresh) < 6:
            raise ValueError(f"{counted(len(train) + len(fresh), 'example')}; give at least six")
        if not train:
            raise ValueError("the trainset is empty; give examples to race on")
        if not fresh:
            Random(f"{self.random_seed}-held-back").shuffle(train)
            fresh, train = train[: len(train) // 3], train[len(train) // 3 :]
        tried = _Tried(self, student.deepcopy())
        score = None
        for generation in range(self.generations):
            budget = self.max_metric_calls * (generation + 1) // self.generations
            tried.generation, tried.budget = generation, budget
            examples = Random(f"{self.random_seed}-{generation}").sample(train, len(train))
            proposals = tried.proposed(
                best, examples[: min(REFLECTED, self.batch_size)], self.candidates
            )
            search = RacedSearch(
                tried,
                [best, *proposals],
                range(len(train)),
                settle_on=range(len(train), len(train) + len(fresh)),
                batch_size=self.batch_size,
                random_seed=self.random_seed + generation,
            )
            tried.examples = [*train, *fresh]
            winner = search.run()[0]
            best = winner.candidate
            # In the race the best of several noisy means flatters itself.
            known = winner.settled or winner.scores
            score = Score.of(known) if known else score
        program = tried.with_instructions(best)
        program._compiled = True
        program.tuning = {
            "metric_calls": tried.spent,
            "score": score.mean if score else None,
            "standard_error": score.standard_error if score else None,
            "instructions": best,
        }
        return program


def _require_arguments(metric: Metric) -> None:
    """What a metric raises is a score of 0: one that cannot be called at all would spend the whole budget."""
    try:
        signature = inspect.signature(metric)
    except ValueError:
        return  # one in C does not say
    try:
        signature.bind(*[None] * 5)
    except TypeError as error:
        raise ValueError(
            f"the metric cannot be called as dspy.GEPA calls it ({error}); write `def metric(gold, pred, trace=None, "
            "pred_name=None, pred_trace=None)`"
        ) from None


class _Tried:
    """The evaluator of the races: a candidate is its instructions by predictor, an example a place in
    `examples`."""

    def __init__(self, settings: RacedInstructions, program: dspy.Module) -> None:
        self.settings = settings
        self.program = program
        self.examples: list[dspy.Example] = []
        self.generation = 0
        self.budget = 0
        self.spent = 0
        self.reflecting = TeacherCalls(settings.reflection_lm).at_temperature(REFLECTING)

    def evaluate(
        self, candidate: dict[str, str], examples: Sequence[int], stream: int
    ) -> list[float]:
        return [score for score, _, _ in self._tried(candidate, self._of(examples), stream)]

    def affords(self, examples: Sequence[int]) -> bool:
        return self.spent + len(examples) <= self.budget

    def with_instructions(self, instructions: dict[str, str]) -> dspy.Module:
        program = self.program.deepcopy()
        for name, predictor in program.named_predictors():
            predictor.signature = predictor.signature.with_instructions(instructions[name])
        return program

    def proposed(
        self, best: dict[str, str], examples: Sequence[dspy.Example], count: int
    ) -> list[dict[str, str]]:
        """Other instructions, each of one predictor, from how the present ones did on the examples."""
        told = [
            {
                "Inputs": example.inputs().toDict(),
                "Generated Outputs": dict(made.items()) if made is not None else "none",
                "Feedback": feedback or f"a score of {score:g}",
            }
            for example, (score, made, feedback) in zip(
                examples, self._tried(best, examples, -2), strict=True
            )
        ]
        names = list(best)
        found: list[dict[str, str]] = []
        for i in range(count):
            name = names[i % len(names)]
            try:
                written = self.reflecting.ask(
                    WriteInstructions(),
                    key=f"{self.settings.random_seed}:{self.generation}:{i}",
                    step="reflection",
                    candidate=best,
                    outcomes={name: told},
                    components=[name],
                )
            except CallFailed as failure:
                logger.warning("the reflection model gave no instruction: %s", failure)
                continue
            candidate = {**best, **written.texts}
            if candidate != best and candidate not in found:
                found.append(candidate)
        return found

    def _of(self, places: Sequence[int]) -> list[dspy.Example]:
        return [self.examples[place] for place in places]

    def _tried(
        self, candidate: dict[str, str], examples: Sequence[dspy.Example], stream: int
    ) -> list[tuple[float, dspy.Prediction | None, str]]:
        """Score, prediction and feedback of each example, with fresh answers a stream."""
        told: dict[int, str] = {}
        wrong: list[Any] = []

        def metric(example: dspy.Example, made: dspy.Prediction, trace: Any = None) -> float:
            found = self.settings.metric(example, made, trace, None, None)
            told[id(made)] = str(getattr(found, "feedback", "") or "")
            score: Any = getattr(found, "score", found)
            if not isinstance(score, Real):
                wrong.append(found)
                return 0.0
            return float(score)

        program = self.with_instructions(candidate)
        number = 1 + 1_000 * self.generation + stream + 2
        for predictor in program.predictors():
            lm = predictor.lm or dspy.settings.lm
            predictor.lm = lm.copy(rollout_id=number)
        evaluate = dspy.Evaluate(
            devset=list(examples),
            metric=metric,
            num_threads=self.settings.num_threads,
            display_progress=False,
            failure_score=0.0,
            max_errors=len(examples) + 1,
        )
        self.spent += len(examples)
        results = evaluate(program).results
        if wrong:
            raise ValueError(
                f"the metric gave {wrong[0]!r:.80}; it must give a number, or dspy.Prediction(score=, feedback=)"
            )
        return [(float(score), made, told.get(id(made), "")) for _, made, score in results]
