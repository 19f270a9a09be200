"""Operators that change what is given: reveal, hide, split, distract."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from random import Random

from zoped.foundation.words import word_set
from zoped.symbolic.language.expression import Apply, Symbol
from zoped.symbolic.operators.backwards import (
    as_it_was_first,
    in_wordings_that_stand_alone,
    makes_a_question,
)
from zoped.symbolic.operators.base import Limits, MutationRefused, Operator, register_operator
from zoped.symbolic.operators.distractors import distractor, goes_on
from zoped.symbolic.operators.editing import (
    asks_one_variable,
    definition,
    fresh_name,
    needed,
    phrase,
    plain_givens,
    rebuilt,
    solved_values,
    target_variable,
)
from zoped.symbolic.operators.quantity import Kind, quantity_of, spoken_text
from zoped.symbolic.plausible import is_constant
from zoped.symbolic.problem import SLOT, Constraint, Domain, SymbolicProblem, Variable
from zoped.symbolic.wording.clauses import clause_parts, read_clause
from zoped.symbolic.wording.inflection import FOODS, THINGS, is_measure, singular
from zoped.symbolic.wording.introductions import SHAPES

_POINTS_BACK = re.compile(r"\b(?:these|those|this|such)\b")
_AFTER_ALL = re.compile(r"\b(?:then|new)\b")  # "Zoe [is] # years old then": after what?
# What a sentence says of the end of a story, and what it has from its beginning.
_IN_THE_END = re.compile(r",? (?:in the end|in all|altogether|now|left|then|after that)(?= |\Z)")
_TAKEN_UP = re.compile(r"\b(?:back|each of|sure|choices|again|still|rest|others?)\b")
_DEFINITE = re.compile(r"\b(?:[Tt]he|[Ee]ach) ([a-z]+)\b(?: of ((?:an?|the) [a-z]+))?")
_COUNTED = ("the number of ", "the least ", "the largest ")


@register_operator
class RevealStep(Operator):
    name = "reveal_step"
    description = "Tell an intermediate result in the text, so that fewer steps are needed."

    def applicable(self, problem: SymbolicProblem) -> bool:
        return asks_one_variable(problem) and len(problem.unknowns) > 1

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        asked = target_variable(problem)
        values = solved_values(problem)
        shorter = [
            told
            for v in problem.unknowns
            if v.name != asked.name
            for told in (_told_outright(problem, v, values[v.name]),)
            if told is not None
        ]
        if not shorter:
            raise MutationRefused("not_applicable", "no step can be told outright")
        return rng.choice(shorter)


def _told_outright(
    problem: SymbolicProblem, hidden: Variable, value: Fraction
) -> SymbolicProblem | None:
    """The problem with `value` for what it defined; None where that would only be said again.

    Something that it was made of has to be gone: the mean of three numbers is no news where all
    three are still there, and it would be wrong for other numbers.
    """
    found = definition(problem, hidden.name)
    if found is None or _POINTS_BACK.search(f"{hidden.meaning} {hidden.clause or ''}"):
        return None
    if not hidden.clause and phrase(hidden).startswith(_COUNTED):
        return None  # "The number of ways to line up is 48": that is told by no story
    index, right = found
    told = needed(
        rebuilt(
            problem,
            variables=[v.replaced(value=value) if v is hidden else v for v in problem.variables],
            constraints=[c for i, c in enumerate(problem.constraints) if i != index],
        ),
        problem.target,
    )
    left = {v.name for v in told.variables}
    if _opens_the_story(told, hidden.name):
        if not hidden.clause or not hidden.unit or _AFTER_ALL.search(hidden.clause):
            return None  # "The remainder is 2": nobody has heard of a division
        first = _IN_THE_END.sub("", hidden.clause)
        is_there = first.startswith("There") and is_measure(hidden.unit)
        if is_there or _presupposes(first, told):
            return None  # "There are 5 g", of what?
        told = told.replaced(
            variables=tuple(
                v.replaced(clause=first) if v.name == hidden.name else v for v in told.variables
            )
        )
    if len(told.variables) < len(problem.variables) and any(map(goes_on, told.givens)):
        return None  # "The next one is 4" may have lost what it comes after
    known = {v.name for v in told.givens}
    if any(not known.issuperset(SLOT.findall(v.meaning)) for v in told.variables):
        return None  # "the number of multiples of {d}" without its d
    gone = [c.statement or "" for c in problem.constraints if c not in told.constraints]
    if any(f"{{{v.name}}}" in statement for v in told.givens for statement in gone):
        return None  # its sentence would be gone
    return None if right.symbols <= left or hidden.name not in left else told


def _presupposes(clause: str, problem: SymbolicProblem) -> bool:
    """Whether the first sentence speaks of what should have been told before: "The pieces [are] # cm long" of
    pieces that nobody has cut, "Tom [gets] # dollars back"."""
    story = f"{problem.story} {clause.partition('[')[0]}".lower()
    for match in _DEFINITE.finditer(clause):
        of_what = match[2] or match[1]  # of the area of the triangle, a triangle may be new
        noun = of_what.split()[-1]
        if of_what.startswith(("a ", "an ")):
            continue
        if noun not in SHAPES and not re.search(rf"\b(?:an?|some|\d+) (?:[a-z]+ )?{noun}\b", story):
            return True
    return _TAKEN_UP.search(clause) is not None


def _opens_the_story(problem: SymbolicProblem, name: str) -> bool:
    """Whether nothing is given before the variable of that name."""
    first = next((v for v in problem.variables if v.is_given and not v.distractor), None)
    return first is not None and first.name == name


@register_operator
class SwapUnknown(Operator):
    name = "swap_unknown"
    description = "Tell the answer and ask for one of the numbers that were given: work backwards."

    def applicable(self, problem: SymbolicProblem) -> bool:
        return asks_one_variable(problem) and bool(problem.givens)

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        asked = target_variable(problem)
        if not asked.clause and is_measure(asked.unit) and phrase(asked).startswith("the number"):
            # "The number of metres to the wall is 30": nobody says it like that.
            raise MutationRefused("not_applicable", "no sentence tells the answer")
        values = solved_values(problem)
        stated = {
            v.name
            for v in problem.givens
            if any(
                f"{{{v.name}}}" in said
                for said in (
                    *(c.statement or "" for c in problem.constraints),
                    *(other.meaning for other in problem.variables),
                )
            )
        }
        choices = [
            v
            for v in problem.givens
            if not v.distractor
            and v.name not in stated
            and (v.clause or v.meaning)
            and not is_constant(problem, v)
            and makes_a_question(problem, v)
        ]
        if not choices:
            raise MutationRefused("not_applicable", "no given can become the question")
        chosen = rng.choice(choices)
        opened = as_it_was_first(problem, chosen)
        return in_wordings_that_stand_alone(
            rebuilt(
                problem,
                variables=[
                    opened.replaced(value=None)
                    if v is chosen
                    else v.replaced(value=values[asked.name])
                    if v is asked
                    else v
                    for v in problem.variables
                ],
                target=Symbol(chosen.name),
            )
        )


@register_operator
class AddDistractor(Operator):
    name = "add_distractor"
    description = "Add a number that has nothing to do with the answer."
    arguments = {"value": Limits(2, 30, "the number")}

    def applicable(self, problem: SymbolicProblem) -> bool:
        return sum(v.distractor for v in problem.variables) < 2

    def apply(self, problem: SymbolicProblem, rng: Random, **arguments: int) -> SymbolicProblem:
        clause, unit, at = distractor(problem, rng)
        extra = Variable(
            name=fresh_name(problem, "extra"),
            meaning=read_clause(clause, unit).phrase.removeprefix("the number of "),
            unit=unit,
            domain=Domain.POSITIVE_INTEGER,
            value=Fraction(arguments["value"]),
            clause=clause,
            distractor=True,
        )
        return rebuilt(problem, variables=[*problem.variables[:at], extra, *problem.variables[at:]])


@register_operator
class RemoveDistractor(Operator):
    name = "remove_distractor"
    description = "Remove the numbers that have nothing to do with the answer."

    def applicable(self, problem: SymbolicProblem) -> bool:
        return any(self._removable(problem))

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        gone = list(self._removable(problem))
        return rebuilt(problem, variables=[v for v in problem.variables if v not in gone])

    @staticmethod
    def _removable(problem: SymbolicProblem) -> Iterator[Variable]:
        """The distractors with a sentence of their own: others stand in one that tells more."""
        said = [*(c.statement or "" for c in problem.constraints), *problem.questions]
        said += [v.meaning for v in problem.variables]
        told = {name for sentence in said for name in SLOT.findall(sentence)}
        return (v for v in problem.variables if v.distractor and v.name not in told)


# Two kinds of what is counted, so that a number can be told in two parts.
_PARTS: dict[Kind, tuple[tuple[str, str], ...]] = {
    Kind.PEOPLE: (("younger", "older"), ("tall", "short")),
    Kind.ANIMALS: (("white", "black"), ("young", "old")),
}
_ON_A_SHELF = word_set("book toy tile lamp shirt hat card chair table cup vase poster")
_OBJECT_PARTS = (("red", "blue"), ("large", "small"), ("old", "new"), ("green", "yellow"))
_FOOD_PARTS = (("large", "small"), ("red", "green"))
_COLOURS = re.compile(r"\b(?:red|blue|green|yellow|white|black|brown|orange|colou?rs?)\b")
_HALVES = (
    ("in the morning", "in the evening"),
    ("before lunch", "after lunch"),
    ("on foot", "by bike"),
)
_BAKED = frozenset({"cake", "pizza", "pie", "loaf", "sandwich", "pancake"})
_MONEY_PARTS = (("in notes", "in coins"), ("in the morning", "in the afternoon"))


@register_operator
class SplitGiven(Operator):
    name = "split_given"
    description = "Tell one number as the sum of two others, which adds a step at the beginning."

    def applicable(self, problem: SymbolicProblem) -> bool:
        return any((v.value or 0) >= 4 for v in plain_givens(problem))

    def apply(self, problem: SymbolicProblem, rng: Random, **_: int) -> SymbolicProblem:
        a, b = fresh_name(problem, "one"), fresh_name(problem, "two")
        text = spoken_text(problem)
        told = [
            (v, statement)
            for v in plain_givens(problem)
            if (v.value or 0) >= 4
            for statement in _in_two(problem, v, a, b, text)
        ]
        if not told:
            raise MutationRefused("not_applicable", "no number can be told in two parts")
        chosen, statement = rng.choice(told)
        value = int(chosen.value or 0)
        first = rng.randint(2, value - 2)
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
                    statement=statement,
                ),
            ],
        )


def _in_two(problem: SymbolicProblem, given: Variable, a: str, b: str, text: str) -> list[str]:
    """ "Ann has {a} red and {b} blue pens at first.", and the like."""
    parts = clause_parts(given.clause or "", given.unit)
    if parts is None or not parts.group or parts.group.startswith(("more ", "times ")):
        return []
    forms = read_clause(given.clause or "", given.unit)
    kind, group = quantity_of(problem, given).kind, parts.group
    noun = singular(group)
    pairs: tuple[tuple[str, str], ...]

    def put(words: str) -> str:
        return forms.many.replace(f"# {group}", words, 1) + "."

    if kind in (Kind.DISTANCE, Kind.PURSE, Kind.MONEY) or noun == "page":
        pairs = _MONEY_PARTS if kind in (Kind.PURSE, Kind.MONEY) else _HALVES
        moves = noun == "page" or (kind is Kind.DISTANCE and parts.subject.isalpha())
        holds = parts.verb in ("has", "have", "gets", "gives", "saves", "pays", "earns")
        if not (moves or (holds and kind is not Kind.DISTANCE)) or (
            parts.rest and parts.rest.split()[0] not in ("each", "every", "at")
        ):
            return []
        pairs = tuple(p for p in pairs if noun != "page" or "foot" not in p[0])
        pairs = tuple(
            p for p in pairs if kind is Kind.DISTANCE or noun == "page" or "notes" in p[0]
        )
        return [
            put(f"{{{a}}} {group} {one} and {{{b}}} {group} {two}")
            for one, two in pairs
            if not parts.rest.startswith("each day") or "morning" in one or "lunch" in one
        ]
    if " " in group or noun in _BAKED:
        return []
    if noun in THINGS:
        pairs = _OBJECT_PARTS
    elif noun in FOODS:
        pairs = _FOOD_PARTS
    elif noun in _ON_A_SHELF:
        pairs = (("old", "new"), ("large", "small"))
    else:
        general = {
            Kind.CROWD: Kind.PEOPLE,
            Kind.HERD: Kind.ANIMALS,
        }
        pairs = _PARTS.get(general.get(kind, kind), ())
    return [
        put(f"{{{a}}} {one} and {{{b}}} {two} {group}")
        for one, two in pairs
        if not re.search(rf"\b(?:{one}|{two})\b", text)
        and not (_COLOURS.search(one) and _COLOURS.search(text))
    ]
