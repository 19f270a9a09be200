"""Mutate: the teacher chooses an operator, or writes a whole new symbolic problem."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import dspy
from dspy.utils.callback import BaseCallback

from zoped.programs.formalizing.kept_words import in_the_words_of
from zoped.programs.known_operators import known_operators
from zoped.programs.menu import Option, TunedMenu
from zoped.programs.moves import MoveWeights
from zoped.programs.predictors.demonstrations import demonstrations
from zoped.programs.predictors.narrowing import CHOICE, narrowed_adapter
from zoped.programs.predictors.one_path import Call, acalled, called, run_now
from zoped.programs.predictors.signature_class import Given, inputs_of, output_of, predictor
from zoped.programs.seeds import Seed, builtin_seeds
from zoped.programs.strategies import REWRITE, Strategy, WrittenStrategies, known_strategies
from zoped.programs.student_note import level
from zoped.programs.teachers.errors import CallFailed
from zoped.signatures import (
    ChooseMutation,
    MutationChoice,
    RewriteProblem,
    WrittenProblem,
    as_lines,
)
from zoped.symbolic import SymbolicProblem, realize


@dataclass(frozen=True)
class Order:
    """What a rewrite is told beside the problem: a strategy, another problem for those strategies
    that need one, what was made of this problem before, and what was wrong with an earlier try."""

    strategy: Strategy | None = None
    second: str = ""
    made: tuple[str, ...] = ()
    mistake: str = ""


UNORDERED = Order()


class Mutate(dspy.Module):  # type: ignore[misc]  # DSPy has no types
    """One decision about one problem.

    `choose` is the predictor of operators, `rewrite` that of whole problems; any module may stand
    in their place. Both run under the instructions and demonstrations that an optimizer gave them;
    of the demonstrations of `choose` only those are shown in which the student does alike (too easy,
    too hard, in between), where there are any. `tuned` is what there is to choose from, `weights` how
    often each move is drawn where chance decides: the strategy of a rewrite, or any move; `written` are
    strategies that tuning found.

    Args:
        choose: In the place of ChooseMutation: a signature class, a module, or a dotted path.
        rewrite: The same in the place of RewriteProblem.
        operators: Names or dotted paths to choose from; all registered ones if not given.
        strategies: Those that a rewrite is told one of: ids, YAML files or dotted paths; all of
            Zoped's if not given.
        seconds: Problems that are handed to strategies which need another one; Zoped's own seeds if
            not given.
        constants: Values of inputs that the signatures have of their own.
        callbacks: DSPy's.
    """

    def __init__(
        self,
        *,
        choose: Given = None,
        rewrite: Given = None,
        operators: Iterable[str] | None = None,
        strategies: Iterable[str | Strategy] | None = None,
        seconds: Sequence[Seed] | None = None,
        constants: Mapping[str, Any] | None = None,
        callbacks: list[BaseCallback] | None = None,
    ) -> None:
        super().__init__(callbacks=callbacks)
        self.constants = dict(constants or {})
        self.tuned = TunedMenu(known_operators(operators))
        self.given = known_strategies(strategies)
        self.written = WrittenStrategies()
        self.weights = MoveWeights()
        self.seconds = None if seconds is None else tuple(seconds)
        self.choose = predictor(choose, ChooseMutation, self.constants)
        self.rewrite = predictor(rewrite, RewriteProblem, self.constants)
        if rewrite is None:
            self.rewrite.demos = demonstrations("rewrite")

    @property
    def strategies(self) -> dict[str, Strategy]:
        """Those that a rewrite may be told, by id: those given, and those that tuning wrote."""
        return {**self.written.by_id, **self.given}

    @property
    def menu(self) -> tuple[str, ...]:
        """The operators to choose from before any tuning."""
        return self.tuned.operators

    def inputs(self, given: Seed | SymbolicProblem, student_note: str = "") -> dict[str, Any]:
        """The input fields of `choose` for a seed or a problem, as in its demonstrations.

        Raises ValueError for a seed without symbols.
        """
        problem, text = _problem_and_text(given)
        fields = {
            "operators": "\n".join(o.line() for o in self.tuned.options_for(problem, student_note)),
            "problem": text,
            "symbols": as_lines(problem),
            "student": student_note,
        }
        return inputs_of(self.choose, fields, self.constants)

    def forward(
        self,
        given: Seed | SymbolicProblem,
        student_note: str = "",
        mutation: str = "operators",
        order: Order = UNORDERED,
    ) -> dspy.Prediction:
        """Prediction(operator, arguments), or Prediction(symbols) where `mutation` is "rewrite".

        `operator` is an option's name: an operator's, or of several in a row. `order` is what a
        rewrite is told beside the problem.
        """
        return run_now(self._decided(called, given, student_note, mutation, order))

    async def aforward(
        self,
        given: Seed | SymbolicProblem,
        student_note: str = "",
        mutation: str = "operators",
        order: Order = UNORDERED,
    ) -> dspy.Prediction:
        """`forward`, awaited."""
        return await self._decided(acalled, given, student_note, mutation, order)

    def fitting(self, problem: SymbolicProblem, student_note: str = "") -> tuple[Option, ...]:
        """What there is to choose from for this problem; empty where nothing applies."""
        options = self.tuned.options_for(problem, student_note)
        return tuple(option for option in options if option.applies(problem))

    def drawn(
        self, problem: SymbolicProblem, student_note: str, rng: Random, *, operators: bool
    ) -> Option | Strategy | None:
        """A move by the weights for such a student: a strategy, or one of the `operators` that fit as
        well. None where there is none with any weight."""
        moves: dict[str, Option | Strategy] = {s.move: s for s in self.strategies.values()}
        if operators:
            moves |= {option.name: option for option in self.fitting(problem, student_note)}
        move = self.weights.draw(rng, level(student_note), moves)
        return None if move is None else moves[move]

    def another(
        self, problem: SymbolicProblem, student_note: str, rng: Random, tried: Collection[str]
    ) -> Option | None:
        """One of the operators that fit, by the weights, beside those that were `tried`."""
        left = {o.name: o for o in self.fitting(problem, student_note) if o.name not in tried}
        move = self.weights.draw(rng, level(student_note), left)
        return None if move is None else left[move]

    def order(self, strategy: Strategy | None, rng: Random, made: Sequence[str] = ()) -> Order:
        """What a rewrite by the strategy is told; the second problem is drawn."""
        second = ""
        if strategy is not None and strategy.second:
            others = builtin_seeds() if self.seconds is None else self.seconds
            usable = [f"{s.text}\n{as_lines(s.symbols)}" for s in others if s.symbols is not None]
            if not usable:
                raise ValueError(
                    f"{strategy.id} needs another problem; `seconds` has none with symbols"
                )
            second = rng.choice(usable)
        return Order(strategy, second, tuple(made))

    async def _decided(
        self,
        call: Call,
        given: Seed | SymbolicProblem,
        student_note: str,
        mutation: str,
        order: Order,
    ) -> dspy.Prediction:
        if mutation == "rewrite":
            return await self._rewritten(call, given, student_note, order)
        problem, _ = _problem_and_text(given)
        options = self.tuned.options_for(problem, student_note)
        with dspy.context(adapter=narrowed_adapter(options, problem, student_note)):
            reply = await call(self.choose, **self.inputs(given, student_note))
        choice = output_of(reply, CHOICE, MutationChoice, "mutate.choose", self.choose)
        chosen = next((option for option in options if option.name == choice.operator), None)
        if chosen is None:
            raise CallFailed(f"{choice.operator!r} is not on the menu", malformed=True)
        arguments = chosen.arguments(choice.number)
        return dspy.Prediction(operator=chosen.name, arguments=arguments)

    async def _rewritten(
        self, call: Call, given: Seed | SymbolicProblem, student_note: str, order: Order
    ) -> dspy.Prediction:
        problem, text = _problem_and_text(given)
        fields = {
            "problem": text,
            "symbols": as_lines(problem),
            "strategy": order.strategy.text if order.strategy else "",
            "second": order.second,
            "student": student_note,
            "made": "\n\n".join(order.made),
            "mistake": order.mistake,
        }
        reply = await call(self.rewrite, **inputs_of(self.rewrite, fields, self.constants))
        written = output_of(reply, "rewritten", WrittenProblem, "mutate.rewrite", self.rewrite)
        move = order.strategy.move if order.strategy else REWRITE
        lineage = problem.lineage.model_copy(update={"move": move})
        rewritten = in_the_words_of(problem, written.to_problem(topic=problem.topic))
        return dspy.Prediction(symbols=rewritten.model_copy(update={"lineage": lineage}))


def _problem_and_text(given: Seed | SymbolicProblem) -> tuple[SymbolicProblem, str]:
    if isinstance(given, SymbolicProblem):
        return given, realize(given, 0)
    if given.symbols is None:
        raise ValueError(f"seed {given.id} has no symbolic form; formalize it first")
    return given.symbols, given.text
