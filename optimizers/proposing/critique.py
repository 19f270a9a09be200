"""CritiqueAndEdit: an instruction is criticised, edited by the criticism, and kept where it is no worse.

That is how TextGrad optimizes a prompt (Yuksekgonul et al. 2024, arXiv 2406.07496), and the paper that
Zoped follows its instruction: a criticism in words stands for the gradient, an edit for the step. Here
each step is measured on the same seeds before and after, and taken back where it scored less.
"""

from __future__ import annotations

import random
from statistics import fmean
from typing import Any

import dspy
from dspy.teleprompt import Teleprompter

from zoped.evals import Meter
from zoped.foundation.errors import counted
from zoped.optimizers.candidate import CHOOSING, REWRITING, Candidate, required_predictor
from zoped.optimizers.measuring import Measuring, seeds_and_notes
from zoped.optimizers.proposing.propose import AS_IT_WAS, OPERATORS
from zoped.optimizers.proposing.reflection import WORK, is_instruction, shown_to_reflection
from zoped.optimizers.raced_search import OutOfBudget, Score
from zoped.optimizers.settings import Configured, SearchSettings
from zoped.programs import GenerateProblem
from zoped.programs.teachers.calls import BudgetSpent, CallFailed, TeacherCalls

STREAM = -4_000  # of the random streams, from here downwards
LEAST_DECISIONS = 2  # a seed before a step and after it
REFLECTIONS = 2  # calls of a step: the criticism and the edit


class Criticise(dspy.Signature):  # type: ignore[misc]  # DSPy has no types
    """Criticise an instruction for a language model, by what came of it.

    Say what in it led to the bad outcomes, what it lacks, and what the good outcomes have that it
    should ask for. Be concrete. Do not write another instruction.
    """

    work: str = dspy.InputField(desc="what the model does, and what is wanted of it")
    instruction: str = dspy.InputField(desc="the present instruction")
    outcomes: str = dspy.InputField(desc="what came of it, the best first")
    criticism: str = dspy.OutputField(desc="a few sentences")


class Edit(dspy.Signature):  # type: ignore[misc]  # DSPy has no types
    """Edit an instruction so that it meets the criticism, and change nothing else."""

    instruction: str = dspy.InputField(desc="the present instruction")
    criticism: str = dspy.InputField(desc="what was found wrong with it")
    new_instruction: str = dspy.OutputField(desc="the whole new instruction, nothing else")


class CritiqueAndEdit(Configured[SearchSettings], Teleprompter):  # type: ignore[misc]  # DSPy has no types
    """Tunes the instruction of the predictor that rewrites, or that chooses; `compile` has the contract
    of `PassRateTeleprompter`.

    Args:
        meter: Measures the student: a `PassRateMeter`, or a `Meter` of your own.
        **options: The fields of `SearchSettings`. `reflection_lm` criticises and edits, the teacher
            itself if not given. It keeps no state: `log_dir` is refused.

    Raises:
        ValueError: For an option that there is not, or a value that is out of range.
    """

    settings_type = SearchSettings

    def __init__(self, meter: Meter, **options: Any) -> None:
        super().__init__(meter, **options)
        if self.settings.log_dir is not None:
            raise ValueError("CritiqueAndEdit keeps no state; leave log_dir out")

    def compile(
        self,
        student: GenerateProblem,
        *,
        trainset: list[dspy.Example],
        teacher: Any = None,
        valset: list[dspy.Example] | None = None,
    ) -> GenerateProblem:
        """The tuned copy of `student`; `.tuning` has the steps that were taken and what was spent. A valset
        is not used: a step is judged on seeds of the trainset."""
        seeds, notes = seeds_and_notes(trainset, "trainset")
        measuring = Measuring(student, self.meter, notes, self.settings, teacher)
        measuring.require(seeds, asked=LEAST_DECISIONS, measured=LEAST_DECISIONS)
        predictor = CHOOSING if student.mutation == OPERATORS else REWRITING
        required_predictor(student, predictor)  # before anything is spent
        critic = measuring.calls
        if self.settings.reflection_lm is not None:
            critic = measuring.calls.within(lm=self.settings.reflection_lm)
        best, taken, tried = Candidate(AS_IT_WAS), 0, 0
        scores: list[float] = []
        rng = random.Random(f"{self.settings.random_seed}-critique")
        while batch := self._afforded(measuring, rng.sample(seeds, len(seeds))):
            program = best.applied_to(student)
            try:
                before = measuring.measure(program, batch, STREAM - tried)
                found = self.settings.scores(before.decisions, before.band)
                told = shown_to_reflection(before.decisions, found, rng)
                text = _edited(critic, program, predictor, told, tried)
                tried += 1
                scores = scores or found
                if text is None:
                    continue
                step = Candidate(counted(taken + 1, "step"), instructions={predictor: text})
                after = measuring.measure(step.applied_to(student), batch, STREAM - tried + 1)
            except (OutOfBudget, BudgetSpent):
                break
            gained = self.settings.scores(after.decisions, after.band)
            if fmean(gained) >= fmean(found):
                best, taken, scores = step, taken + 1, gained
        result = best.applied_to(student)
        result._compiled = True
        result.tuning = {
            "origin": best.origin,
            "steps": taken,
            "tried": tried,
            "score": Score.of(scores).mean if scores else None,
            "teacher_calls": measuring.budget.spent_calls,
            "rollouts": measuring.budget.spent_rollouts,
        }
        return result

    def _afforded(self, measuring: Measuring, order: list[Any]) -> list[Any]:
        """As many seeds as a whole step is paid for; none where it is not."""
        batch = order[: self.settings.batch_size]
        while batch and not measuring.affords(batch * 2, reflections=REFLECTIONS):
            batch.pop()
        return batch


def _edited(
    calls: TeacherCalls, program: GenerateProblem, predictor: str, outcomes: str, turn: int
) -> str | None:
    """The instruction after one step; None where a reply cannot be used. Raises BudgetSpent."""
    instruction = required_predictor(program, predictor).signature.instructions
    try:
        criticism = calls.ask(
            dspy.Predict(Criticise),
            key=f"critique:{turn}",
            step="reflection",
            work=WORK[predictor],
            instruction=instruction,
            outcomes=outcomes,
        ).criticism
        text = calls.ask(
            dspy.Predict(Edit),
            key=f"edit:{turn}",
            step="reflection",
            instruction=instruction,
            criticism=criticism,
        ).new_instruction
    except CallFailed:
        return None
    return text if is_instruction(text) else None
