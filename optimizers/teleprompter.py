"""PassRateTeleprompter: tune a generator's prompts with the student's measured pass rate.

How it searches, and why (the numbers are in docs/optimizers.md):

1. Explore. Every operator is tried on a few seeds, without the teacher, the better half on more,
   and so on: which changes put problems where this student learns? That costs rollouts only.
2. Propose. Candidates are menus of what landed in the band, by the student's level, and
   demonstrations bootstrapped from it, in sets that differ in the changes they show, with
   instructions that say what was found. Levels out of the student's reach are skipped. A
   reflection model, if there is one, writes further instructions from what happened.
3. Race. All candidates are measured on the same seeds with the same random streams; those whose
   upper bound lies below the leader's lower bound drop out, and the others are measured on more.
4. Settle. The best few are measured again on seeds that chose nothing; that number, with its
   standard error, is the one reported, since the best of noisy means flatters itself.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import dspy
from dspy.teleprompt import Teleprompter

from zoped.evals import Meter
from zoped.optimizers.budget import Budget
from zoped.optimizers.objective import Objective, disagreement
from zoped.optimizers.proposals import Feedback, Proposer, feedback
from zoped.optimizers.search import Progress, Search
from zoped.programs import GenerateProblem


class PassRateTeleprompter(Teleprompter):  # type: ignore[misc]  # DSPy has no types
    """Tunes a `GenerateProblem` so that what it generates lands in the meter's band.

    `meter` measures the student: a `PassRateMeter`, or a `Meter` of your own. Limits:
    `max_teacher_calls`, `max_rollouts`, `max_minutes` (at least one).

    `batch_size` seeds are measured at a time; `demos` per candidate; `candidates` in the race; about
    `exploration_tries` tries of operators, without the teacher, before it (each at least once for each level
    of the student). At most `variants` problems of a decision are measured: those of one decision
    are alike. Seeds of a level (too hard, hard, right, easy) on which nothing scores `skip_below` times
    as much as on the best level are passed over by the tuned program: it makes nothing of them, and
    asks no teacher; 0 passes over none. `reflection_lm`, if given, writes further instructions from
    what `feedback` tells of decisions. `proposer` replaces the making of candidates
    (optimizers/proposals.py has its contract). With a `log_dir` the search goes on after a kill
    where it stopped, with the same result as an uninterrupted one.

    `compile` needs a trainset of `dspy.Example(seed=Seed).with_inputs("seed")`; an example may
    carry a `student_note`. It returns a new program with `.candidate_programs` (best first, each
    `{"score", "standard_error", "program"}`) and `.tuning` (what was measured and spent).
    """

    def __init__(
        self,
        meter: Meter,
        *,
        objective: Objective = disagreement,
        max_teacher_calls: int | None = 80,
        max_rollouts: int | None = None,
        max_minutes: float | None = None,
        batch_size: int = 8,
        candidates: int = 6,
        demos: int = 3,
        exploration_tries: int = 96,
        variants: int = 8,
        skip_below: float = 0.5,
        reflection_lm: dspy.LM | None = None,
        proposer: Proposer | None = None,
        feedback: Feedback = feedback,
        seed: int = 0,
        log_dir: Path | str | None = None,
    ) -> None:
        super().__init__()
        for name, value in (
            ("batch_size", batch_size),
            ("candidates", candidates),
            ("demos", demos),
            ("exploration_tries", exploration_tries),
            ("variants", variants),
        ):
            if value < 1:
                raise ValueError(f"{name} is {value}; give at least 1")
        if not 0 <= skip_below <= 1:
            raise ValueError(f"skip_below is {skip_below}; give 0 to 1")
        Budget(max_teacher_calls, max_rollouts, max_minutes)  # refuses bad limits now
        self.meter = meter
        self.objective = objective
        self.max_teacher_calls = max_teacher_calls
        self.max_rollouts = max_rollouts
        self.max_minutes = max_minutes
        self.batch_size = batch_size
        self.candidates = candidates
        self.demos = demos
        self.exploration_tries = exploration_tries
        self.variants = variants
        self.skip_below = skip_below
        self.reflection_lm = reflection_lm
        self.proposer = proposer
        self.feedback = feedback
        self.seed = seed
        self.log_dir = None if log_dir is None else Path(log_dir)

    def get_params(self) -> dict[str, Any]:
        """The settings, for trackers; a new dictionary each time."""
        names = [
            "max_teacher_calls",
            "max_rollouts",
            "max_minutes",
            "batch_size",
            "candidates",
            "demos",
            "exploration_tries",
            "variants",
            "skip_below",
            "seed",
        ]
        own = {name: getattr(self, name) for name in names}
        return own | {
            "objective": getattr(self.objective, "__name__", str(self.objective)),
            "student": self.meter.student.version,
            "band": list(self.meter.band),
        }

    def compile(
        self,
        student: GenerateProblem,
        *,
        trainset: list[dspy.Example],
        teacher: Any = None,
        valset: list[dspy.Example] | None = None,
        on_progress: Callable[[int], None] | None = None,
        on_step: Callable[[Progress], None] | None = None,
    ) -> GenerateProblem:
        """The tuned copy of `student` (DSPy's word for the program; it is not changed).

        `valset` holds the seeds of the last, honest measurement; without it they are drawn from
        `trainset`. `teacher` is DSPy's and not used: the teacher is the LM of the context.
        `on_progress(calls)` is told of every teacher call spent, `on_step` after every measurement
        of how far the search is, with the best so far. Raises ValueError for a program
        or trainset that cannot be tuned.
        """
        search = Search(self, _checked(student), trainset, valset, on_progress, on_step)
        return search.run()


def _checked(program: GenerateProblem) -> GenerateProblem:
    if not isinstance(program, GenerateProblem):
        raise ValueError(
            f"PassRateTeleprompter tunes a GenerateProblem, not a {type(program).__name__}"
        )
    if program.mutation == "random":
        raise ValueError(
            'mutation="random" asks no teacher, so there are no prompts to tune; '
            'use mutation="operators"'
        )
    return program
