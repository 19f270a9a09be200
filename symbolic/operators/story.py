"""How a new step is told: templates with words of the quantity that the story goes on from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from random import Random
from string import Formatter

from zoped.symbolic.language.evaluate import Exact
from zoped.symbolic.language.expression import Expression
from zoped.symbolic.niceness import exact_values
from zoped.symbolic.operators.base import MutationRefused
from zoped.symbolic.operators.conditions import condition_told
from zoped.symbolic.operators.editing import fresh_name, with_stage
from zoped.symbolic.operators.quantity import (
    COUNTS,
    Kind,
    Quantity,
    asked_quantity,
    story_words,
    vocabulary,
)
from zoped.symbolic.problem import Domain, SymbolicProblem, Variable
from zoped.symbolic.wording.asked_for import SIZES
from zoped.symbolic.wording.clauses import read_clause
from zoped.symbolic.wording.inflection import capitalize, plural

_FIELDS = Formatter()


@dataclass(frozen=True)
class Story:
    """How a step is told. The templates' words are those of `quantity.vocabulary`, and {n}.

    `says`: what happens, {n} being the new number. `given`: instead, the new number's own clause.
    `result`: the clause of what is asked now; without one, `means` is its noun phrase. `unit`: of
    what is asked now. `given_unit`: of the new number.
    """

    says: str = ""
    given: str = ""
    result: str = ""
    means: str = ""
    unit: str = ""
    given_unit: str = ""

    @cached_property
    def fields(self) -> frozenset[str]:
        """The words that the templates need."""
        parts = (self.says, self.given, self.result, self.means, self.unit)
        return frozenset(name for part in parts for _, name, _, _ in _FIELDS.parse(part) if name)

    def asks_for(self, words: Mapping[str, str]) -> str:
        """The clause, or the noun phrase, of what is asked when the story is told with the words."""
        asked = (self.result or self.means).format_map(words)
        return _sentences(asked) if self.result else asked

    def told(self, words: Mapping[str, str]) -> Story:
        """The story with the words put in; sentences start with a capital."""
        filled = {
            name: getattr(self, name).format_map(words)
            for name in ("says", "given", "result", "means", "unit", "given_unit")
        }
        for name in ("says", "given", "result"):
            filled[name] = _sentences(filled[name])
        return Story(**filled)


def _sentences(text: str) -> str:
    """The text with a capital at the start of each sentence."""
    return ". ".join(capitalize(part) for part in text.split(". ")) if text else ""


Stories = Mapping[Kind, Sequence[Story]]
_GENERAL: Mapping[Kind, tuple[Kind, ...]] = {
    Kind.HELD: (Kind.THINGS, Kind.NUMBER),
    Kind.PLACE: (Kind.THINGS, Kind.NUMBER),
    Kind.CROWD: (Kind.PEOPLE, Kind.NUMBER),
    Kind.HERD: (Kind.ANIMALS, Kind.NUMBER),
    Kind.PEOPLE: (Kind.NUMBER,),
    Kind.ANIMALS: (Kind.NUMBER,),
    Kind.THINGS: (Kind.COUNT, Kind.NUMBER),
    Kind.COUNT: (Kind.NUMBER,),
    Kind.PURSE: (Kind.MONEY,),
    Kind.COST: (Kind.MONEY,),
    Kind.PRICE: (Kind.MONEY,),
    Kind.DISTANCE: (),
    Kind.VOLUME: (),
}
# "The rope [is] # metres long" has "the length of the rope" for a noun phrase.
_SIZE = re.compile(r"(The |Each |)([\w' ]+) \[is\] # [\w ]+ (long|wide|old)( after that)?\Z")
_SIZES = SIZES | {"old": "age"}
# The words that name the quantity, with the numbers that its noun phrase may hold.
_NAMING = frozenset({"named", "phrase", "simple", "those", "amount", "long", "sum"})
# What a story's template brings in by a word of its own: a second hall would be taken for the first.
_BROUGHT_IN = re.compile(
    r"\b(?:[Aa]n?|[Aa]nother|[Ss]ome) (?!whole|positive|number|time|day|week|year|month|more)([a-z]+)"
)
_WHOLE_ALONE = re.compile(r"\bcode of\b|'s house\b|\bwhole\b|\brows\b")
_ENOUGH = 3  # stories of a kind's own, before more general ones are looked at


def _fitting(
    stories: Stories, quantity: Quantity, words: Mapping[str, str], value: Exact
) -> list[Story]:
    has_numbers = "{" in quantity.variable.meaning  # that only its noun phrase states
    is_part = value.denominator != 1
    found: list[Story] = []
    for kind in (quantity.kind, *_GENERAL.get(quantity.kind, ())):
        found += [
            story
            for story in stories.get(kind, ())
            if all(words.get(name) for name in story.fields if name != "n")
            and (_NAMING & story.fields or not has_numbers)
            and not (is_part and _WHOLE_ALONE.search(story.says))
        ]
        if len(found) >= _ENOUGH:
            break
    return found


def chosen_story(
    problem: SymbolicProblem, stories: Stories, slot: str, rng: Random, **further: str
) -> tuple[Story, Quantity]:
    """A story that fits what the problem asks for, told; refused where none does.

    `slot` is the name of the new number; `further` are words besides the quantity's own.
    """
    quantity = asked_quantity(problem)
    words = vocabulary(problem, quantity, rng) | further
    words |= {"boxes": plural(words["box"]), "pieces": plural(words["piece"])}
    value = exact_values(problem).known.get(quantity.variable.name, 1)
    fitting = _fitting(stories, quantity, words, value)
    if not fitting:
        raise MutationRefused("no_story", f"no story goes on from {words['phrase']} in this way")
    words["n"] = f"{{{slot}}}"
    said = {v.clause for v in problem.variables} | {v.meaning for v in problem.variables}
    new = [story for story in fitting if story.asks_for(words) not in said]
    told = story_words(problem)
    other = [story for story in new if told.isdisjoint(_BROUGHT_IN.findall(story.says))]
    return rng.choice(other or new or fitting).told(words), quantity


def story_stage(
    problem: SymbolicProblem,
    stories: Stories,
    rng: Random,
    *,
    base: str,
    expression: Expression,
    new: tuple[str, int] | None = None,
    new_unit: str = "",
    domain: Domain | None = None,
    topic: str | None = None,
) -> SymbolicProblem:
    """Add `expression` as the last step and tell it by one of the stories.

    `new` is the name and value of the step's number, if it has one, `new_unit` its unit where the story
    has none for it.
    """
    problem = condition_told(problem)
    name, value = new or ("", 0)
    story, quantity = chosen_story(problem, stories, name, rng)
    givens = [_given(story, name, value, new_unit)] if new else []
    kept = quantity.variable.domain if quantity.kind in COUNTS else Domain.POSITIVE_REAL
    result = Variable(
        name=fresh_name(problem, base),
        meaning=story.means or _meaning(story.result, story.unit),
        unit=story.unit,
        domain=domain or kept,
        clause=story.result or None,
    )
    return with_stage(problem, result, expression, givens=givens, statement=story.says, topic=topic)


def _given(story: Story, name: str, value: int, unit: str) -> Variable:
    clause = story.given or None
    return Variable(
        name=name,
        meaning=_meaning(story.given, story.given_unit) if clause else "",
        unit=story.given_unit or unit,
        domain=Domain.POSITIVE_INTEGER,
        value=Fraction(value),
        clause=clause,
    )


def _meaning(clause: str, unit: str) -> str:
    """A noun phrase out of the clause: "pens Ann has after that"."""
    size = _SIZE.match(clause)
    if size:
        return f"{_SIZES[size[3]]} of {size[1].lower()}{size[2]}{size[4] or ''}"
    said = read_clause(clause, unit).phrase if clause else ""
    counted = (
        said if said.startswith("the number of them ") else said.removeprefix("the number of ")
    )
    return counted.removeprefix("the ")


def all_stories(stories: Stories) -> Iterator[Story]:
    for several in stories.values():
        yield from several
