"""Operators on two quantities that can be compared: of the same kind, said in the same way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import ClassVar

from zoped.symbolic.language.expression import Apply, Symbol
from zoped.symbolic.operators.base import MutationRefused, Operator, register_operator
from zoped.symbolic.operators.editing import (
    asks_one_variable,
    definition,
    fresh_name,
    phrase,
    plain_givens,
    rebuilt,
    solved_values,
    target_variable,
)
from zoped.symbolic.operators.quantity import Kind, quantity_of
from zoped.symbolic.problem import Constraint, Domain, SymbolicProblem, Variable
from zoped.symbolic.wording.clauses import ClauseParts, clause_parts
from zoped.symbolic.wording.inflection import (
    base_form,
    capitalize,
    is_measure,
    lower_first,
    plural,
)

_COMPARATIVES = {
    "old": ("older", "younger"),
    "long": ("longer", "shorter"),
    "wide": ("wider", "narrower"),
    "high": ("higher", "lower"),
    "tall": ("taller", "shorter"),
    "deep": ("deeper", "shallower"),
    "thick": ("thicker", "thinner"),
}
_LENGTHS = frozenset(_COMPARATIVES) - {"old"}
# Sizes that a noun phrase names, so that "more than" makes sense, and "the sum of".
_SUMMABLE = frozenset({Kind.AGE, Kind.ANGLE, Kind.NUMBER, Kind.PRICE})
_SIZES = frozenset(
    {Kind.LENGTH, Kind.AGE, Kind.ANGLE, Kind.AREA, Kind.VOLUME, Kind.NUMBER, Kind.PRICE}
)
_ROLE = re.compile(r"\b(?:sum|total|difference|product|average|mean|factor|step|place|all|both)\b")
# "One of the two integers", "the greatest common divisor of two integers": no names to compare.
_UNNAMED = re.compile(r"\A(?:the )?one of\b|\bof (?:two|three|four)\b")
_VAGUE = re.compile(r"(?:They|Its?|Each|Both|Together|His|Her|Their|He|She)\b")
_ODD_OPENING = re.compile(r"(?:On|In|At|For|After|Before|With|From|Of|To) ")
_AWAY = re.compile(r"(?:from|away|off|above|below|behind|before|after)\b")
_RATE = re.compile(r"\b(?:each|every|per|more|less|than)\b")


@dataclass(frozen=True)
class Pair:
    """Two variables and how their clauses go together.

    `relation`: "subjects" where different people or things have the same, "times" where one has it
    at different times, "place" where different things are at one place, "sizes" where noun phrases
    name both.
    """

    first: Variable
    second: Variable
    relation: str

    @property
    def parts(self) -> tuple[ClauseParts, ClauseParts]:
        one = clause_parts(self.first.clause or "", self.first.unit)
        two = clause_parts(self.second.clause or "", self.second.unit)
        if one is None or two is None:
            raise ValueError("a pair by clauses needs two of them")
        return one, two


def pair_of(problem: SymbolicProblem, first: Variable, second: Variable) -> Pair | None:
    """How the two can be compared or added; None where they cannot."""
    relation = _by_clauses(first, second)
    if relation:
        return Pair(first, second, relation)
    if first.unit != second.unit:
        return None
    said = [phrase(v) for v in (first, second)]
    if any(
        words.startswith("the number of") or _ROLE.search(words) or _UNNAMED.search(words)
        for words in said
    ):
        return None
    kinds = {quantity_of(problem, v).kind for v in (first, second)}
    owners = {(v.clause or "").partition(" [")[0] for v in (first, second)}
    if kinds == {Kind.AGE} and len(owners) == 1:
        return None  # of one person at two times
    if len(kinds) == 1 and kinds <= _SIZES and said[0] != said[1]:
        if all(v.clause for v in (first, second)):
            return Pair(first, second, "sizes")
    return None


def _by_clauses(first: Variable, second: Variable) -> str:
    if not first.clause or not second.clause:
        return ""
    one, two = (clause_parts(v.clause or "", v.unit) for v in (first, second))
    if one is None or two is None or one.between or two.between:
        return ""
    if any(_RATE.search(f"{parts.group} {parts.rest}") for parts in (one, two)):
        return ""
    if one.verb != two.verb or not one.group or one.group.startswith("percent"):
        return ""
    if any(_ODD_OPENING.match(parts.subject) for parts in (one, two)):
        return ""
    is_size = one.verb in ("is", "are") and one.subject != "There"
    if is_size and one.rest.split(" ")[0] not in _COMPARATIVES:
        return ""
    if one.subject == two.subject == "There":
        same = one.rest == two.rest.replace(" the ", " a ") or one.rest == two.rest
        return "place" if one.group != two.group and same and one.rest else ""
    if one.group != two.group or first.unit != second.unit:
        return ""
    if one.subject != two.subject and one.rest == two.rest and one.opener == two.opener:
        return "" if any(_VAGUE.match(parts.subject) for parts in (one, two)) else "subjects"
    if one.subject == two.subject and one.opener != two.opener and one.rest == two.rest:
        return "times" if one.opener and two.opener else ""
    return ""


def _many(verb: str) -> str:
    return "are" if verb in ("is", "are") else base_form(verb)


def _head(subject: str) -> str:
    return subject.split(" that ")[0].split(" ")[-1]


def _joined(one: ClauseParts, two: ClauseParts) -> str:
    return f"{one.subject} and {lower_first(two.subject)}"


@register_operator
class CompareGivens(Operator):
    name = "compare_givens"
    description = "Tell one number only by how much larger or smaller it is than another one."

    def applicable(self, problem: SymbolicProblem) -> bool:
        return len(plain_givens(problem)) > 1

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        pairs = list(_given_pairs(problem))
        if not pairs:
            raise MutationRefused("not_applicable", "no two numbers can be compared")
        pair = rng.choice(pairs)
        base, chosen = pair.first, pair.second
        gap = (chosen.value or Fraction(0)) - (base.value or Fraction(0))
        name = fresh_name(problem, "gap")
        difference = Variable(
            name=name,
            meaning="difference",
            unit=chosen.unit if pair.relation != "place" else "",
            domain=Domain.POSITIVE_INTEGER,
            value=abs(gap),
        )
        sign = "+" if gap > 0 else "-"
        relation = Apply(
            "==", (Symbol(chosen.name), Apply(sign, (Symbol(base.name), Symbol(name))))
        )
        statement = _compared(pair, f"{{{name}}}", more=gap > 0)
        hidden = chosen.replaced(value=None)
        told = base.replaced(other_clauses=())  # the new sentence calls it as this clause does
        new = {base.name: [told], chosen.name: [difference, hidden]}
        return rebuilt(
            problem,
            variables=[w for v in problem.variables for w in new.get(v.name, [v])],
            constraints=[*problem.constraints, Constraint(relation=relation, statement=statement)],
        )


def _given_pairs(problem: SymbolicProblem) -> Iterator[Pair]:
    """The one that is told first is the base."""
    plain = plain_givens(problem)
    for i, first in enumerate(plain):
        for second in plain[i + 1 :]:
            pair = pair_of(problem, first, second)
            if (
                pair is not None
                and not -2 < (first.value or Fraction()) - (second.value or Fraction()) < 2
            ):
                yield pair


def _compared(pair: Pair, gap: str, *, more: bool) -> str:
    """ "Ben has 3 more pens than Ann." """
    if pair.relation == "sizes":
        word = "more" if more else "less"
        units = f" {plural(pair.second.unit)}" if pair.second.unit else ""
        return (
            f"{capitalize(phrase(pair.second))} is {gap}{units} {word} than {phrase(pair.first)}."
        )
    base, chosen = pair.parts
    than = "the first one" if base.subject.startswith("One ") else lower_first(base.subject)
    words = _more(chosen, "more" if more else "fewer", gap)
    if pair.relation == "place":
        many = "more" if more else "fewer"
        return f"There are {gap} {many} {chosen.group} than {base.group} {chosen.rest}."
    if pair.relation == "times":
        than = lower_first(base.opener.rstrip(","))
    adjective = chosen.rest.split(" ")[0]
    lead = f"{chosen.opener} {chosen.subject}".strip()
    if adjective in _COMPARATIVES:
        how = _COMPARATIVES[adjective][0 if more else 1]
        return f"{lead} {chosen.verb} {gap} {chosen.group} {how} than {than}."
    return " ".join(f"{lead} {chosen.verb} {words} than {than} {chosen.rest}".split()) + "."


def _more(parts: ClauseParts, word: str, gap: str) -> str:
    if is_measure(parts.group):
        return f"{gap} {parts.group} {'more' if word == 'more' else 'less'}"
    return f"{gap} {word} {parts.group}"


class _WithOther(Operator):
    """Asks about the answer and another quantity."""

    def applicable(self, problem: SymbolicProblem) -> bool:
        return asks_one_variable(problem)

    sizes: ClassVar[frozenset[Kind]] = _SIZES

    def _pair(self, problem: SymbolicProblem, rng: Random) -> Pair:
        asked = target_variable(problem)
        pairs = [
            pair
            for v in problem.variables
            if v is not asked
            for pair in (pair_of(problem, v, asked),)
            if pair is not None and not self._is_vague(problem, pair)
        ]
        if not pairs:
            raise MutationRefused("not_applicable", "nothing else can be put next to the answer")
        return rng.choice(pairs)

    def _is_vague(self, problem: SymbolicProblem, pair: Pair) -> bool:
        """Whether the text could not say which of several "one ribbon" speaks of, or why to add."""
        if pair.relation == "sizes":
            heads = {phrase(v).split(" of ")[0].split(" ")[-1] for v in (pair.first, pair.second)}
            return len(heads) > 1 or quantity_of(problem, pair.first).kind not in self.sizes
        if pair.relation == "subjects" and _AWAY.match(pair.parts[0].rest):
            return True  # metres away from somewhere add up to nothing
        clauses = (pair.first.clause or "", pair.second.clause or "")
        return any(clause.startswith(("One ", "Another ")) for clause in clauses)

    def _asked(
        self, problem: SymbolicProblem, pair: Pair, result: Variable, sign: str, first: Variable
    ) -> SymbolicProblem:
        second = pair.second if first is pair.first else pair.first
        other = pair.first
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


@register_operator
class AskTotal(_WithOther):
    name = "ask_total"
    description = "Ask for the answer together with another quantity of the same kind."
    sizes = _SUMMABLE

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        pair = self._pair(problem, rng)
        asked = pair.second
        made_of = definition(problem, asked.name)
        if pair.relation == "place" and made_of and pair.first.name in made_of[1].symbols:
            raise MutationRefused("not_applicable", "the one is a part of the other")
        values = solved_values(problem)
        total = values[pair.first.name] + values[asked.name]
        if any(v.value == total and v.unit == asked.unit for v in problem.givens) or (
            pair.relation == "place" and any(v.value == total for v in problem.givens)
        ):
            raise MutationRefused("not_applicable", "the text tells how many they are together")
        clause, meaning = None, ""
        if pair.relation == "subjects":
            one, two = pair.parts
            if _head(one.subject) != _head(two.subject) and one.rest.split(" ")[0] in _LENGTHS:
                raise MutationRefused("not_applicable", "a box and a stick are not put end to end")
            clause = f"{_joined(one, two)} [{_many(one.verb)}] # {one.group} {one.rest} together"
            clause = " ".join(clause.split())
            meaning = f"{one.group} {lower_first(_joined(one, two))} {_many(one.verb)} {one.rest} together"
            if one.rest.startswith("old"):
                meaning = f"total age of {lower_first(_joined(one, two))}"
        elif pair.relation == "place":
            one, two = pair.parts
            place = re.sub(r"\b(?:a|an)\b", "the", two.rest)
            meaning = f"number of {one.group} and {two.group} {place} together"
        else:
            meaning = f"sum of {phrase(pair.first)} and {phrase(pair.second)}"
        result = Variable(
            name=fresh_name(problem, "total"),
            meaning=" ".join(meaning.split()),
            unit=asked.unit if pair.relation != "place" else "",
            domain=asked.domain,
            clause=clause,
        )
        return self._asked(problem, pair, result, "+", pair.first)


@register_operator
class AskDifference(_WithOther):
    name = "ask_difference"
    description = "Ask how far the answer is from another quantity of the same kind."

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        pair = self._pair(problem, rng)
        values = solved_values(problem)
        larger, smaller = pair.second, pair.first
        if values[larger.name] < values[smaller.name]:
            larger, smaller = smaller, larger
        if values[larger.name] == values[smaller.name]:
            raise MutationRefused("no_numbers", "the two quantities are equal")
        clause = None
        meaning = f"difference between {phrase(larger)} and {phrase(smaller)}"
        if pair.relation == "subjects":
            clause = _difference_clause(Pair(larger, smaller, pair.relation))
        result = Variable(
            name=fresh_name(problem, "difference"),
            meaning=meaning,
            unit=larger.unit if pair.relation != "place" else "",
            domain=larger.domain,
            clause=clause,
        )
        return self._asked(problem, pair, result, "-", larger)


def _difference_clause(pair: Pair) -> str:
    """ "Ben [has] # more pens than Ann" for a larger first and a smaller second."""
    one, two = pair.parts
    adjective = one.rest.split(" ")[0]
    lead = f"{one.opener} {one.subject}".strip()
    than = lower_first(two.subject)
    if adjective in _COMPARATIVES:
        return f"{lead} [{one.verb}] # {one.group} {_COMPARATIVES[adjective][0]} than {than}"
    return " ".join(f"{lead} [{one.verb}] # more {one.group} than {than} {one.rest}".split())
