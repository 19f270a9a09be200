"""GenerateProblem: one decision of the teacher on one seed gives several verified problems."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import dspy
from dspy.utils.callback import BaseCallback

from zoped.programs.acceptance import Acceptance, IsContaminated
from zoped.programs.formalize import Formalize
from zoped.programs.formalizing.kept import KeptFormalizations
from zoped.programs.formalizing.shared_words import SharedWords
from zoped.programs.formalizing.tries import Tries
from zoped.programs.generation_step import GenerationStep
from zoped.programs.menu import MUTATIONS
from zoped.programs.mutate import Mutate
from zoped.programs.outcome import Outcome, require_seed
from zoped.programs.predictors.one_path import run_now
from zoped.programs.predictors.saved_state import load_into, require_saved_program
from zoped.programs.predictors.signature_class import Given, inputs_taken_by
from zoped.programs.seeds import Seed
from zoped.programs.strategies import Strategy
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.metered import own_lms
from zoped.programs.verbalize import Verbalize
from zoped.symbolic import SymbolicProblem

STEPS = ("formalize", "mutate", "rewrite", "verbalize")
VERBALIZATIONS = ("rules", "teacher")


class GenerateProblem(dspy.Module):  # type: ignore[misc]  # DSPy has no types
    """Formalize (where the seed has no symbols), decide, vary, put into words, judge.

    It keeps nothing of what it made: what comes of a call is a function of `random_seed`, the call's
    arguments, and the teacher. So it can be called from many threads, and awaited.

    Args:
        signatures: By step ("formalize", "mutate", "rewrite", "verbalize"), what stands in the
            place of Zoped's signature: a signature class, a module such as
            `dspy.ChainOfThought(ChooseMutation)`, or a dotted path to a class of either.
        constants: Values of inputs that signatures of yours have of their own, by name.
        mutation: The teacher picks "operators", writes a "rewrite" by a strategy that is drawn, or
            "both": one of the two, drawn at random each time. With "weights" all is drawn, by the
            weights of `mutate.weights`: an operator, which asks nobody, or a strategy.
        verbalization: English by "rules", or by the "teacher", whose text must pass a round trip.
        operators: Names or dotted paths to choose from; all registered ones if not given.
        strategies: Those of rewrites: ids, YAML files or dotted paths (docs/strategies.md); all of
            Zoped's if not given. Without any, a rewrite is told none.
        variants: Problems tried per decision.
        wordings: Of these, how many the teacher words; the others take their words, with other numbers,
            where they can.
        random_seed: Of everything that is drawn.
        tries: How often a seed without symbols is formalized again where that was not right, and how
            often a rewrite is tried again, told why the one before was not accepted.
        kept: Where formalizations are kept, so that none is asked for twice; by default they are not.
        is_contaminated: Whether a text is too near to one of an evaluation set; a text says how.
        time_limit: Seconds for a solver process; 0 leaves out what needs one.
        memory_limit_mb: Of a solver process.
        callbacks: DSPy's.
    """

    def __init__(
        self,
        *,
        signatures: Mapping[str, Given] | None = None,
        constants: Mapping[str, Any] | None = None,
        mutation: str = "operators",
        verbalization: str = "rules",
        operators: Iterable[str] | None = None,
        strategies: Iterable[str | Strategy] | None = None,
        variants: int = 8,
        wordings: int = 2,
        random_seed: int = 0,
        tries: Tries | None = None,
        kept: KeptFormalizations | None = None,
        is_contaminated: IsContaminated | None = None,
        time_limit: float = 2.0,
        memory_limit_mb: int = 512,
        callbacks: list[BaseCallback] | None = None,
    ) -> None:
        super().__init__(callbacks=callbacks)
        own = dict(signatures or {})
        _require("signatures", own, STEPS)
        _require("mutation", [mutation], MUTATIONS)
        _require("verbalization", [verbalization], VERBALIZATIONS)
        for name, count in (("variants", variants), ("wordings", wordings)):
            if count < 1:
                raise ValueError(f"{name} is {count}; give at least 1")
        self.formalize = Formalize(own.get("formalize"), constants=constants)
        self.mutate = Mutate(
            choose=own.get("mutate"),
            rewrite=own.get("rewrite"),
            operators=operators,
            strategies=strategies,
            constants=constants,
        )
        self.verbalize = Verbalize(own.get("verbalize"), constants=constants)
        asked = (
            self.formalize.predict,
            self.mutate.choose,
            self.mutate.rewrite,
            self.verbalize.predict,
        )
        taken = set[str]().union(*map(inputs_taken_by, asked))
        _require("constants", constants or (), tuple(sorted(taken)))
        self.mutate.tuned.mutation = mutation
        self.verbalization = verbalization
        self.variants = variants
        self.wordings = wordings
        self.random_seed = random_seed
        self.tries = tries or Tries()
        self.kept = kept
        self.is_contaminated = is_contaminated
        self.time_limit = time_limit
        self.memory_limit_mb = memory_limit_mb

    @property
    def mutation(self) -> str:
        """What the teacher decides on. It is saved and loaded with the menu."""
        return self.mutate.tuned.mutation

    @mutation.setter
    def mutation(self, mutation: str) -> None:
        _require("mutation", [mutation], MUTATIONS)
        self.mutate.tuned.mutation = mutation

    def forward(
        self,
        seed: Seed,
        stream: int = 0,
        student_note: str = "",
        *,
        teacher: TeacherCalls | None = None,
        seen: set[str] | None = None,
        variants: int | None = None,
        made: Sequence[str] = (),
    ) -> dspy.Prediction:
        """Prediction(accepted, rejected, teacher_calls, costs, move, symbols).

        `costs` is what was spent, by "accepted" and the reasons of the rejections; `symbols` the seed's
        symbolic form, given or formalized, None where there is none.
        `move` is an option's name, "rewrite" or a strategy's, or "" when nothing was decided. Raises
        TeacherError after several calls in a row that the teacher did not answer, and BudgetSpent
        where the budget does not pay for the first call; where it ends later, what was made until
        then comes, with a rejection that says so.

        Args:
            seed: What to grow from.
            stream: Numbers the decisions on one seed: each has random streams of its own.
            student_note: What the teacher reads of the student (evals.student_note).
            teacher: Who is asked, on which budget; the LM of DSPy's context if not given.
            made: What was made of the seed before, in words or symbols: a rewrite is told not to
                repeat it.
            seen: Instance keys that must not be made again; those of accepted problems are added.
            variants: Problems tried, at most; the program's own number if not given.
        """
        step = self._step(seed, stream, teacher, seen, variants, made, waits=False)
        return run_now(step.generated(student_note))

    async def aforward(
        self,
        seed: Seed,
        stream: int = 0,
        student_note: str = "",
        *,
        teacher: TeacherCalls | None = None,
        seen: set[str] | None = None,
        variants: int | None = None,
        made: Sequence[str] = (),
    ) -> dspy.Prediction:
        """`forward`, awaited; problems are solved in threads meanwhile."""
        step = self._step(seed, stream, teacher, seen, variants, made, waits=True)
        return await step.generated(student_note)

    async def asymbols(self, seed: Seed, *, teacher: TeacherCalls | None = None) -> SymbolicProblem:
        """The seed's symbols: its own, or as the teacher formalizes its text, in that text's words where
        rules write the English.

        Raises NotAccepted where no try was right, TeacherError and BudgetSpent as `forward` does.
        """
        return await self._step(seed, 0, teacher, None, None, (), waits=True).formalized()

    def _step(
        self,
        seed: Seed,
        stream: int,
        teacher: TeacherCalls | None,
        seen: set[str] | None,
        variants: int | None,
        made: Sequence[str],
        *,
        waits: bool,
    ) -> GenerationStep:
        return GenerationStep(
            outcome=Outcome(require_seed(seed)),
            key=f"{self.random_seed}:{seed.id}:{stream}",
            formalize=self.formalize,
            mutate=self.mutate,
            verbalize=self.verbalize if self.verbalization == "teacher" else None,
            # A part of the budget, to know what this call spends.
            teacher=TeacherCalls.of(teacher).within(),
            acceptance=Acceptance(
                seen=seen,
                is_contaminated=self.is_contaminated,
                time_limit=self.time_limit,
                memory_limit_mb=self.memory_limit_mb,
            ),
            variants=min(self.variants, variants or self.variants),
            told=SharedWords(self.wordings),
            waits=waits,
            tries=self.tries,
            kept=self.kept,
            made=made,
        )

    def most_calls(
        self,
        *,
        symbols: bool = False,
        variants: int | None = None,
        adapter: dspy.Adapter | None = None,
        retries: int = 0,
    ) -> int:
        """The most requests that one decision can make of the teacher, where none is made again for its reply.

        A reply that was cut off is asked for twice more, with up to 7 times max_tokens in all, an empty one once
        more. A module that replaces a predictor is assumed to call each of its own predictors once. A server that
        refuses JSON schemas costs two more, once.

        Args:
            symbols: Whether the seed has its symbolic form.
            variants: Problems tried, at most; the program's own number if not given.
            adapter: What the teacher is asked with, that of DSPy's context if not given;
                ChatAdapter asks again where it cannot read a reply, TwoStepAdapter another model.
            retries: Of a request that fails; a teacher of `load_teacher` makes up to 3.
        """
        n = min(self.variants, variants or self.variants)
        formalize = len(self.formalize.predictors())
        choose, rewrite = (_asked(getattr(self.mutate, a, None)) for a in ("choose", "rewrite"))
        rewrite *= 1 + self.tries.rewrite
        drawn = rewrite if self.mutate.strategies else 0
        by_mode = {"operators": choose, "rewrite": rewrite, "weights": drawn}
        calls = by_mode.get(self.mutation, max(choose, rewrite))
        calls += 0 if symbols else formalize * self.tries.most
        if self.verbalization == "teacher":
            calls += n * (len(self.verbalize.predictors()) + formalize)
        adapter = adapter or dspy.settings.adapter or dspy.ChatAdapter()
        again = isinstance(adapter, dspy.ChatAdapter) and not isinstance(adapter, dspy.JSONAdapter)
        tries = 2 if again and adapter.use_json_adapter_fallback else 1
        tries += 2 * len(own_lms(adapter))  # each by a ChatAdapter
        return calls * tries * (1 + retries)

    def load_state(self, state: Mapping[str, Any], *, allow_unsafe_lm_state: bool = False) -> None:
        """Prompts, demonstrations and menu as `dump_state` gave them; what the state has not stays
        as it is. Raises StateError for the state of another program."""
        load_into(self, state, allow_unsafe_lm_state=allow_unsafe_lm_state)

    def load(
        self, path: Path | str, allow_pickle: bool = False, allow_unsafe_lm_state: bool = False
    ) -> None:
        """What `save` wrote. Raises StateError for another file."""
        if Path(path).suffix == ".json":
            require_saved_program(Path(path))
        super().load(path, allow_pickle, allow_unsafe_lm_state)


def _asked(module: dspy.Module | None) -> int:
    """How many predictors there are in a module."""
    return 0 if module is None else len(module.predictors())


def _require(name: str, given: Any, allowed: tuple[str, ...]) -> None:
    wrong = [value for value in given if value not in allowed]
    if wrong:
        raise ValueError(f"{name}: no {wrong[0]!r}; there are {', '.join(allowed)}")
