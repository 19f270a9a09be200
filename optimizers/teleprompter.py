"""PassRateTeleprompter: tune a generator's prompts with the student's measured pass rate.

How it searches, and why (the numbers are in docs/optimizers.md):

What it raises is learnable coverage per cost (optimizers/objective.py).

1. Explore. Every operator is tried on a few seeds, without the teacher, the better half on more,
   and so on: which changes put problems where this student learns? That costs rollouts only.
   Where strategies are told, the teacher carries out some of each.
2. Propose. Where moves are drawn, weights of them by the student's level (optimizers/weighing.py).
   Where the teacher chooses, candidates are menus of what landed in the band, by the student's level, and
   demonstrations bootstrapped from it, in sets that differ in the changes they show, with
   instructions that say what was found. Levels out of the student's reach are skipped. A
   reflection model, if there is one, writes further instructions from what happened.
3. Race. All candidates are measured on the same seeds with the same random streams; those whose
   upper bound lies below the leader's lower bound drop out, and the others are measured on more.
4. Settle. The best two are measured again, on seeds that were kept out of all this, since the best
   of noisy means flatters itself. That number is reported with its standard error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dspy
from dspy.teleprompt import Teleprompter

from zoped.optimizers.measuring import Measuring, tuning_seeds
from zoped.optimizers.search import Search, SearchProgress, require_paid_for
from zoped.optimizers.settings import Configured, TeleprompterSettings
from zoped.programs import GenerateProblem


class PassRateTeleprompter(Configured[TeleprompterSettings], Teleprompter):  # type: ignore[misc]  # DSPy has no types
    """Tunes a `GenerateProblem` so that it makes what this student learns from, at little cost.

    With a `log_dir` a killed search resumes, with the same result as an uninterrupted one; it
    refuses the state of a search with other settings, seeds, student or program.

    Args:
        meter: Measures the student: a `PassRateMeter`, or a `Meter` of your own.
        **options: The fields of `TeleprompterSettings`, which describes each: `objective`,
            `teacher_call_price`, `max_teacher_calls`, `max_rollouts`, `max_minutes`, `batch_size`, `candidates`,
            `demos`, `exploration_tries`, `variants`, `skip_below`, `reflection_lm`, `proposer`,
            `feedback`, `random_seed`, `log_dir`.

    Raises:
        ValueError: For an option that there is not, or a value that is out of range.
    """

    settings_type = TeleprompterSettings

    def require(
        self, student: GenerateProblem, *, trainset: list[dspy.Example], teacher: Any = None
    ) -> None:
        """See that `compile` can find something within the limits; the student's notes need not be known
        yet, and nobody is asked. Raises ValueError as `compile` does."""
        train, fresh, _, notes = tuning_seeds(trainset, None, self.settings.random_seed)
        require_paid_for(
            Measuring(student, self.meter, notes, self.settings, teacher), train, fresh
        )

    def compile(
        self,
        student: GenerateProblem,
        *,
        trainset: list[dspy.Example],
        teacher: Any = None,
        valset: list[dspy.Example] | None = None,
        on_step: Callable[[SearchProgress], None] | None = None,
    ) -> GenerateProblem:
        """The tuned copy of `student` (DSPy's word for the program; it is not changed).

        Args:
            student: The program to tune.
            trainset: `dspy.Example(seed=Seed).with_inputs("seed")`; an example may carry a
                `student_note`.
            teacher: A `TeacherCalls`, on whose budget the search is to ask; the LM of DSPy's context
                is asked otherwise, also beside a program, which DSPy's teachers are.
            valset: The seeds that the finalists are settled on. Without it a third of the trainset
                is held back for that; of fewer than twelve seeds none is, and they come again.
            on_step: Called after every measurement with how far the search is.

        Returns:
            A new program with `.candidate_programs` (best first, each `{"score",
            "standard_error", "program", "origin"}`) and `.tuning`: what was measured and spent.
            `.tuning["fresh"]` says on which seeds it was settled ("seeds"), and whether that also
            chose between two finalists ("chosen_by"): if so, it still flatters a little.

        Raises:
            ValueError: For a program or a trainset that cannot be tuned, for limits that are too
                small to find anything, and for the state of another search in `log_dir`.
            TeacherError: When the teacher does not answer several times in a row.
        """
        return Search(self.settings, self.meter, student, trainset, valset, on_step, teacher).run()
