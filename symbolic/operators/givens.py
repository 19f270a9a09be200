"""Operators that change what is given: reveal, hide, split, compare, distract."""

from __future__ import annotations

from fractions import Fraction
from random import Random

from zoped.symbolic.language.expression import Apply, Symbol
from zoped.symbolic.operators.base import Limits, MutationRefused, Operator, register_operator
from zoped.symbolic.operators.editing import (
    asks_one_variable,
    definition,
    fresh_name,
    needed,
    phrase,
    rebuilt,
    solved_values,
    target_variable,
)
from zoped.symbolic.problem import Constraint, Domain, SymbolicProblem, Variable

_DISTRACTORS = (
    ("Zoe [has] # stickers", "stickers Zoe has", "sticker"),
    ("There [are] # trees in the park", "trees in the park", "tree"),
    ("Max [is] # years old", "years of Max's age", "year"),
    ("Ivy [reads] # books", "books Ivy reads", "book"),
    ("The shop [has] # windows", "windows of the shop", "window"),
)


@register_operator
class RevealStep(Operator):
    name = "reveal_step"
    description = "Tell an intermediate result in the text, so that fewer steps are needed."

    def applicable(self, problem: SymbolicProblem) -> bool:
        return asks_one_variable(problem) and len(problem.unknowns) > 1

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        asked = target_variable(problem)
        hidden = [v for v in problem.unknowns if v.name != asked.name]
        chosen = rng.choice(hidden)
        value = solved_values(problem)[chosen.name]
        told = rebuilt(
            problem,
            variables=[v.replaced(value=value) if v is chosen else v for v in problem.variables],
            constraints=[c for c in problem.constraints if not _defines(problem, c, chosen.name)],
        )
        return needed(told, problem.target)


def _defines(problem: SymbolicProblem, constraint: Constraint, name: str) -> bool:
    found = definition(problem, name)
    return found is not None and problem.constraints[found[0]] is constraint


@register_operator
class SwapUnknown(Operator):
    name = "swap_unknown"
    description = "Tell the answer and ask for one of the numbers that were given: work backwards."

    def applicable(self, problem: SymbolicProblem) -> bool:
        return asks_one_variable(problem) and bool(problem.givens)

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        asked = target_variable(problem)
        values = solved_values(problem)
        stated = {
            v.name
            for v in problem.givens
            if any(f"{{{v.name}}}" in (c.statement or "") for c in problem.constraints)
        }
        choices = [
            v
            for v in problem.givens
            if not v.distractor and v.name not in stated and (v.clause or v.meaning)
        ]
        if not choices:
            raise MutationRefused("not_applicable", "no given can become the question")
        chosen = rng.choice(choices)
        return rebuilt(
            problem,
            variables=[
                v.replaced(value=None)
                if v is chosen
                else v.replaced(value=values[asked.name])
                if v is asked
                else v
                for v in problem.variables
            ],
            target=Symbol(chosen.name),
        )


@register_operator
class AddDistractor(Operator):
    name = "add_distractor"
    description = "Add a number that has nothing to do with the answer."
    arguments = {"value": Limits(2, 30, "the number")}

    def applicable(self, problem: SymbolicProblem) -> bool:
        return sum(v.distractor for v in problem.variables) < 2

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        used = {v.clause for v in problem.variables}
        words = " ".join(v.clause or v.meaning for v in problem.variables)
        free = [
            d for d in _DISTRACTORS if d[0] not in used and d[0].split()[0] not in words.split()
        ]
        if not free:
            raise MutationRefused("not_applicable", "no distractor is left that fits the text")
        clause, meaning, unit = rng.choice(free)
        extra = Variable(
            name=fresh_name(problem, "extra"),
            meaning=meaning,
            unit=unit,
            domain=Domain.POSITIVE_INTEGER,
            value=Fraction(arguments["value"]),
            clause=clause,
            distractor=True,
        )
        at = rng.randint(1, len(problem.variables))
        return rebuilt(problem, variables=[*problem.variables[:at], extra, *problem.variables[at:]])


@register_operator
class RemoveDistractor(Operator):
    name = "remove_distractor"
    description = "Remove the numbers that have nothing to do with the answer."

    def applicable(self, problem: SymbolicProblem) -> bool:
        return any(v.distractor for v in problem.variables)

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        return rebuilt(problem, variables=[v for v in problem.variables if not v.distractor])


def _plain_givens(problem: SymbolicProblem) -> list[Variable]:
    """Whole positive givens that a clause of their own states."""
    return [
        v
        for v in problem.givens
        if v.clause
        and not v.distractor
        and v.value is not None
        and v.value >= 3
        and v.value.denominator == 1
        and not any(f"{{{v.name}}}" in (c.statement or "") for c in problem.constraints)
    ]


@register_operator
class SplitGiven(Operator):
    name = "split_given"
    description = "Tell one number as the sum of two others, which adds a step at the beginning."

    def applicable(self, problem: SymbolicProblem) -> bool:
        return bool(_plain_givens(problem))

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        chosen = rng.choice(_plain_givens(problem))
        value = int(chosen.value or 0)
        first = rng.randint(1, value - 1)
        a, b = fresh_name(problem, "one"), fresh_name(problem, "two")
        parts = [
            Variable(
                name=name,
                meaning=meaning,
                unit=chosen.unit,
                domain=Domain.POSITIVE_INTEGER,
                value=Fraction(part),
            )
            for name, part, meaning in (
                (a, first, "first part"),
                (b, value - first, "second part"),
            )
        ]
        hidden = chosen.replaced(value=None)
        return rebuilt(
            problem,
            variables=[
                w for v in problem.variables for w in ([*parts, hidden] if v is chosen else [v])
            ],
            constraints=[
                *problem.constraints,
                Constraint(
                    relation=Apply("==", (Symbol(chosen.name), Apply("+", (Symbol(a), Symbol(b))))),
                    statement=f"{_start(phrase(chosen))} is {{{a}}} plus {{{b}}}.",
                ),
            ],
        )


@register_operator
class CompareGivens(Operator):
    name = "compare_givens"
    description = "Tell one number only by how much larger or smaller it is than another one."

    def applicable(self, problem: SymbolicProblem) -> bool:
        return len(_plain_givens(problem)) > 1

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        base, chosen = rng.sample(_plain_givens(problem), 2)
        gap = (chosen.value or Fraction(0)) - (base.value or Fraction(0))
        if gap == 0:
            raise MutationRefused("no_numbers", "the two numbers are equal")
        name = fresh_name(problem, "gap")
        difference = Variable(
            name=name,
            meaning="difference",
            unit=chosen.unit,
            domain=Domain.POSITIVE_INTEGER,
            value=abs(gap),
        )
        hidden = chosen.replaced(value=None)
        sign, word = ("+", "more") if gap > 0 else ("-", "less")
        relation = Apply(
            "==", (Symbol(chosen.name), Apply(sign, (Symbol(base.name), Symbol(name))))
        )
        statement = f"{_start(phrase(chosen))} is {{{name}}} {word} than {phrase(base)}."
        return rebuilt(
            problem,
            variables=[
                w for v in problem.variables for w in ([difference, hidden] if v is chosen else [v])
            ],
            constraints=[*problem.constraints, Constraint(relation=relation, statement=statement)],
        )


@register_operator
class AskTotal(Operator):
    name = "ask_total"
    description = "Ask for the answer together with another quantity of the same kind."

    def applicable(self, problem: SymbolicProblem) -> bool:
        return asks_one_variable(problem) and bool(_same_kind(problem))

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        return _with_other(problem, rng, "+", "total", "sum")


@register_operator
class AskDifference(Operator):
    name = "ask_difference"
    description = "Ask how far the answer is from another quantity of the same kind."

    def applicable(self, problem: SymbolicProblem) -> bool:
        return asks_one_variable(problem) and bool(_same_kind(problem))

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        return _with_other(problem, rng, "-", "difference", "difference")


def _same_kind(problem: SymbolicProblem) -> list[Variable]:
    asked = target_variable(problem)
    return [v for v in problem.variables if v is not asked and v.unit and v.unit == asked.unit]


def _with_other(
    problem: SymbolicProblem, rng: Random, sign: str, base: str, word: str
) -> SymbolicProblem:
    asked = target_variable(problem)
    other = rng.choice(_same_kind(problem))
    values = solved_values(problem)
    first, second = asked, other
    if sign == "-" and values[other.name] > values[asked.name]:
        first, second = other, asked
    if sign == "-" and values[first.name] == values[second.name]:
        raise MutationRefused("no_numbers", "the two quantities are equal")
    result = Variable(
        name=fresh_name(problem, base),
        meaning=f"{word} of {phrase(first)} and {phrase(second)}",
        domain=asked.domain,
    )
    own = [v.replaced(distractor=False) if v is other else v for v in problem.variables]
    return rebuilt(
        problem,
        variables=[*own, result],
        constraints=[
            *problem.constraints,
            Constraint(
                relation=Apply(
                    "==",
                    (
                        Symbol(result.name),
                        Apply(sign, (Symbol(first.name), Symbol(second.name))),
                    ),
                ),
                statement="",
            ),
        ],
        target=Symbol(result.name),
    )


def _start(words: str) -> str:
    return words[:1].upper() + words[1:]
