"""GenerateProblem: one decision of the teacher on one seed gives several verified problems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import dspy
from dspy.utils.callback import BaseCallback

from zoped.programs.formalize import Formalize
from zoped.programs.generation_step import GenerationStep
from zoped.programs.mutate import Mutate
from zoped.programs.seeds import Seed
from zoped.programs.verbalize import Verbalize

STEPS = ("formalize", "mutate", "rewrite", "verbalize")
MUTATIONS = ("operators", "rewrite", "both", "random")
VERBALIZATIONS = ("rules", "teacher")


class GenerateProblem(dspy.Module):  # type: ignore[misc]  # DSPy has no types
    """Formalize (where the seed has no symbols), Mutate, solve, put into words, check.

    `signatures` replaces the signature of a step ("formalize", "mutate", "rewrite", "verbalize")
    by a class or its dotted path. `mutation`: the teacher picks "operators", writes a "rewrite",
    "both" by turns drawn at random, or operators are drawn at "random" and no teacher is asked.
    `operators` names those to choose from, all if not given. `verbalization`: "rules" or the
    "teacher", whose text must then pass a round trip.

    `seen` is the caller's set of instance keys that must not be made again; the keys of accepted
    problems are added to it. A deep copy of the program has a set of its own.
    What comes is a function of the run's `seed`, the seed, `index`, `seen` and the teacher.
    """

    def __init__(
        self,
        *,
        signatures: Mapping[str, type | str] | None = None,
        mutation: str = "operators",
        verbalization: str = "rules",
        operators: Iterable[str] | None = None,
        variants: int = 8,
        seed: int = 0,
        seen: set[str] | None = None,
        is_contaminated: Callable[[str], bool] | None = None,
        time_limit: float = 2.0,
        memory_limit_mb: int = 512,
    ) -> None:
        super().__init__()
        own = dict(signatures or {})
        _require("signatures", own, STEPS)
        _require("mutation", [mutation], MUTATIONS)
        _require("verbalization", [verbalization], VERBALIZATIONS)
        if variants < 1:
            raise ValueError(f"variants is {variants}; give at least 1")
        self.formalize = Formalize(own.get("formalize"))
        self.mutate = Mutate(
            choose=own.get("mutate"), rewrite=own.get("rewrite"), operators=operators
        )
        self.verbalize = Verbalize(own.get("verbalize"))
        self.mutation = mutation
        self.verbalization = verbalization
        self.variants = variants
        self.seed = seed
        self.seen = set() if seen is None else seen
        self.is_contaminated = is_contaminated
        self.limits = {"time_limit": time_limit, "memory_limit_mb": memory_limit_mb}
        self.failures = 0  # of the teacher, in a row

    def forward(self, seed: Seed, index: int = 0, student_note: str = "") -> dspy.Prediction:
        """Prediction(accepted, rejected, teacher_calls, mutation, problem).

        `problem` is the seed's symbolic form, given or formalized, None where there is none.
        `mutation` is the operator's name, "rewrite", or "" when nothing was decided. Raises
        TeacherError after several calls in a row that the teacher did not answer.
        """
        step = GenerationStep(self, seed, index)
        calls = _CallCounter()
        with dspy.context(callbacks=[*dspy.settings.callbacks, calls]):
            problem = step.symbols()
            if problem is not None:
                step.extend(problem, student_note)
        return dspy.Prediction(
            accepted=step.accepted,
            rejected=step.rejected,
            teacher_calls=calls.count,
            mutation=step.mutation,
            problem=problem,
        )


class _CallCounter(BaseCallback):  # type: ignore[misc]  # DSPy has no types
    """Counts what is really asked of the teacher, an adapter's second try as well."""

    def __init__(self) -> None:
        self.count = 0

    def on_lm_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        self.count += 1


def _require(name: str, given: Any, allowed: tuple[str, ...]) -> None:
    wrong = [value for value in given if value not in allowed]
    if wrong:
        raise ValueError(f"{name}: no {wrong[0]!r}; there are {', '.join(allowed)}")
