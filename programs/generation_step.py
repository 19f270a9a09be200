"""One call of GenerateProblem: where it has come to, and how it asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import dspy

from zoped.programs.acceptance import Acceptance, NotAccepted, Reason
from zoped.programs.formalize import Formalize
from zoped.programs.formalizing.kept import KeptFormalizations, formalization_key
from zoped.programs.formalizing.own_words import in_own_words
from zoped.programs.formalizing.shared_words import SharedWords
from zoped.programs.formalizing.tries import Tries, formalized, told_mistake
from zoped.programs.menu import Option
from zoped.programs.mutate import Mutate
from zoped.programs.outcome import Outcome, draft, with_lineage
from zoped.programs.predictors.asking import asked, now_or_later
from zoped.programs.strategies import REWRITE, Strategy
from zoped.programs.teachers.calls import BudgetSpent, Spent, TeacherCalls
from zoped.programs.teachers.costs import ACCEPTED
from zoped.programs.teachers.metering import Metering
from zoped.programs.teachers.reader.telling import told_by_rules
from zoped.programs.variants import Decision, Variant
from zoped.programs.verbalize import Verbalize
from zoped.symbolic import SymbolicProblem

OPERATORS_INSTEAD = 3  # tried where the one that was chosen or drawn is refused


@dataclass
class GenerationStep:
    """Formalize, decide, vary, put into words, judge: `generated` is the story.

    `key` seeds all that is drawn. The teacher words the first variants; later ones take these words, out of
    `told`, where their numbers fit in. `verbalize` is None where rules write the English. `waits` says
    whether the caller awaits the step: otherwise it never stops on the way (one_path.py).
    """

    outcome: Outcome
    key: str
    formalize: Formalize
    mutate: Mutate
    verbalize: Verbalize | None
    teacher: TeacherCalls
    acceptance: Acceptance
    variants: int
    waits: bool
    tries: Tries
    kept: KeptFormalizations | None
    made: Sequence[str] = ()
    told: SharedWords = field(default_factory=SharedWords)
    asked: int = 0
    costs: dict[str, Spent] = field(default_factory=dict)
    charged: Spent = field(default_factory=Spent)

    @property
    def seed_key(self) -> str:
        """What seeds the draws that are the same for every decision on the seed."""
        return self.key.rpartition(":")[0]

    async def generated(self, student_note: str) -> dspy.Prediction:
        outcome = self.outcome
        try:
            problem = outcome.symbols = await self.formalized()
            decision: Decision | None = await self.decided(problem, student_note)
            shared, self.charged = self.teacher.spent - self.charged, self.teacher.spent
            tried: set[str] = set()
            while decision is not None:
                tried.add(decision.move)
                refused = await self.varied(decision, problem)
                decision = self.instead(problem, student_note, tried) if refused else None
            self.charge(ACCEPTED if outcome.accepted else "", shared)
        except NotAccepted as why:
            outcome.reject(why)
        except BudgetSpent as why:
            if not self.teacher.spent.calls:
                raise
            outcome.reject(NotAccepted(Reason.BUDGET_SPENT, str(why)))
        self.charge("")
        return outcome.prediction(self.teacher.spent.calls, self.costs)

    async def varied(self, decision: Decision, problem: SymbolicProblem) -> bool:
        """Judge the variants of the decision; whether an operator refused all of them."""
        outcome, refused = self.outcome, decision.option is not None
        seen = self.acceptance.seen
        for variant in decision.variants(problem, self.key, self.variants, taken=seen):
            try:
                if isinstance(variant, NotAccepted):
                    raise variant
                answer = await now_or_later(
                    self.acceptance.new_answer,
                    variant.problem,
                    variant.identity,
                    outcome.seed,
                    waits=self.waits,
                )
                variant, text = await self.worded(variant, answer)
                self.acceptance.claim(variant.identity)
                outcome.accept(variant, text, answer)
                self.charge(ACCEPTED)
                refused = False
            except NotAccepted as why:
                outcome.reject(why)
                self.charge(why.reason)
                refused = refused and why.reason is Reason.REFUSED
        return refused

    def instead(
        self, problem: SymbolicProblem, student_note: str, tried: set[str]
    ) -> Decision | None:
        """An operator in the place of those that were refused, which asks nobody: what was paid for the
        seed and the choice is not lost."""
        if len(tried) > OPERATORS_INSTEAD:
            return None
        rng = Random(f"{self.key}:instead:{len(tried)}")
        option = self.mutate.another(problem, student_note, rng, tried)
        return None if option is None else self._by_operator(option, option.random_arguments(rng))

    def charge(self, outcome: str, spent: Spent | None = None) -> None:
        """Put down what was spent since the last time, or `spent`; for no outcome in particular to
        the last rejection, or else to what was accepted."""
        rejected = self.outcome.rejected
        name = str(outcome or (rejected[-1].reason if rejected else ACCEPTED))
        if spent is None:
            spent = self.teacher.spent - self.charged
            self.charged = self.teacher.spent
        if spent.calls:
            self.costs[name] = self.costs.get(name, Spent()) + spent

    async def formalized(self) -> SymbolicProblem:
        """The seed's symbols: its own, or the teacher's that give its answer."""
        seed = self.outcome.seed
        if seed.symbols is not None:
            return with_lineage(seed.symbols, seed)
        problem = await self._kept_or_anew()
        # Rules say what they are given words for: without a teacher these are the seed's own.
        if self.verbalize is None:
            problem = in_own_words(problem, seed.text)
            self.acceptance.names(problem)
        return with_lineage(problem, seed)

    async def _kept_or_anew(self) -> SymbolicProblem:
        seed = self.outcome.seed
        if self.kept is None:
            return await self._formalized_anew()
        lm, adapter = self.teacher.lm, self.teacher.adapter or dspy.settings.adapter
        key = formalization_key(
            self.formalize, lm, adapter, seed.text, seed.answers, self.tries.of_formalizing
        )
        room = 0 if lm is None else Metering.longest(lm, {}) or 0
        limits = self.acceptance.time_limit, self.acceptance.memory_limit_mb
        found = await self.kept.get_or_make(
            key, self._formalized_anew, waits=self.waits, room=room, limits=limits
        )
        return found.replaced(topic=seed.topic or found.topic)

    async def _formalized_anew(self) -> SymbolicProblem:
        seed = self.outcome.seed

        async def read(number: int, mistake: str, *, fresh: bool) -> SymbolicProblem:
            inputs = {"text": seed.text, "topic": seed.topic, "mistake": mistake}
            reply = await self.ask(
                "formalize", self.formalize, part=f"formalize:{number}", fresh=fresh, **inputs
            )
            return reply.symbols  # type: ignore[no-any-return]

        def judge(problem: SymbolicProblem) -> tuple[SymbolicProblem, str]:
            return self.acceptance.formalization(problem, seed.text, seed.answers)

        return (await formalized(read, judge, self.tries, waits=self.waits))[0]

    async def decided(self, problem: SymbolicProblem, student_note: str) -> Decision:
        """How the problem is changed: as the teacher chooses or writes, or as is drawn."""
        kind, rng = self.mutate.tuned.mutation, Random(f"{self.key}:decision")
        if kind == "both":
            kind = rng.choice(("operators", "rewrite"))
        if kind == "operators" and not self.mutate.fitting(problem, student_note):
            detail = "no operator of the menu applies to this problem"
            raise NotAccepted(Reason.REFUSED, detail)
        if self.mutate.tuned.skips(student_note):
            raise NotAccepted(Reason.LEVEL_SKIPPED, "nothing is made for such a student")
        if kind == "operators":
            given = self.outcome.seed.model_copy(update={"symbols": problem})
            reply = await self.ask("mutate", self.mutate, given=given, student_note=student_note)
            return self._by_operator(Option.of(reply.operator), reply.arguments)
        move = self.mutate.drawn(problem, student_note, rng, operators=kind == "weights")
        if isinstance(move, Option):
            return self._by_operator(move, move.random_arguments(rng))
        if move is None and (kind == "weights" or self.mutate.strategies):
            raise NotAccepted(Reason.REFUSED, "no move that fits has any weight for such a student")
        return await self._rewritten(problem, student_note, move, rng)

    def _by_operator(self, option: Option, arguments: Mapping[str, int]) -> Decision:
        decision = Decision(option, arguments)
        self.outcome.decide(decision)
        return decision

    async def _rewritten(
        self, problem: SymbolicProblem, student_note: str, strategy: Strategy | None, rng: Random
    ) -> Decision:
        self.outcome.move = REWRITE if strategy is None else strategy.move
        order = self.mutate.order(strategy, rng, self.made)
        for left in range(self.tries.rewrite, -1, -1):
            written = None
            try:
                reply = await self.ask(
                    "rewrite",
                    self.mutate,
                    given=self.outcome.seed.model_copy(update={"symbols": problem}),
                    student_note=student_note,
                    mutation="rewrite",
                    order=order,
                )
                written = reply.symbols
                # Only a problem that is well-posed is worth trying with other numbers.
                rewritten = await now_or_later(
                    self._accepted_rewrite, written, problem, strategy, waits=self.waits
                )
                return Decision(rewritten=rewritten)
            except NotAccepted as why:
                if not left or why.reason is Reason.TEACHER_ERROR:
                    raise
                self.charge(why.reason)
                order = replace(order, mistake=told_mistake(written, why))
        raise AssertionError("the last try returns or raises")

    def _accepted_rewrite(
        self, written: SymbolicProblem, problem: SymbolicProblem, strategy: Strategy | None
    ) -> SymbolicProblem:
        if strategy is not None:
            written = told_by_rules(problem, written, strategy.id)
        return self.acceptance.rewrite(written, problem, strategy)

    async def worded(self, variant: Variant, answer: str) -> tuple[Variant, str]:
        """The variant, and words for it that passed the checks of texts."""
        if self.verbalize is None:
            text = draft(variant)
            self.acceptance.names(variant.problem)
            self.acceptance.text(text, variant.problem, answer)
            return variant, text
        if (again := self._told_again(variant, answer)) is not None:
            return again
        told = await self.ask(
            "verbalize",
            self.verbalize,
            problem=variant.problem,
            # The teacher sees the symbols beside the draft: they name the same people and things.
            draft=draft(variant, rename=False),
            original=self.outcome.seed.text,
        )
        self.acceptance.text(told.text, variant.problem, answer)
        read = await self.ask("round trip", self.formalize, text=told.text)
        await now_or_later(self.acceptance.read_alone, read.symbols, answer, waits=self.waits)
        self.told.add(told.text, variant.problem)
        return variant, told.text

    def _told_again(self, variant: Variant, answer: str) -> tuple[Variant, str] | None:
        """The variant in words that the teacher wrote for another one; None where none fit."""
        for problem, text in self.told.fitting(variant.problem):
            with suppress(NotAccepted):
                self.acceptance.text(text, problem, answer)
                return replace(variant, problem=problem), text
        return None

    async def ask(
        self, step: str, module: dspy.Module, *, part: str = "", fresh: bool = False, **inputs: Any
    ) -> dspy.Prediction:
        """The module's reply; NotAccepted where the teacher gave none that can be used.

        `step` is where the cost is put down; `part` names the random stream of what does not depend on the step; `fresh` wants a sample
        that differs from what the teacher would say first.
        """
        self.asked += not part
        key = f"{self.seed_key}:{part}" if part else f"{self.key}:{self.asked}"
        return await asked(
            self.teacher, module, key=key, step=step, waits=self.waits, fresh=fresh, **inputs
        )
