"""Numbers that belong to a story and have nothing to do with its answer."""

from __future__ import annotations

import re
from functools import lru_cache
from random import Random

from zoped.symbolic.operators.base import MutationRefused
from zoped.symbolic.operators.quantity import quantity_of, spoken_text, tellings, vocabulary
from zoped.symbolic.problem import SymbolicProblem, Variable
from zoped.symbolic.wording.inflection import PRONOUNS

# Where one of the words occurs, the clause belongs to the story. {who}: a person of the story;
# {other}: somebody new.
BY_WORD: tuple[tuple[str, str, str], ...] = (
    (r"\bfarm", "The farm [has] # tractors", "tractor"),
    (r"\bfarm", "The farm [has] # gates", "gate"),
    (r"\b(?:school|class)\b", "The school [has] # rooms", "room"),
    (r"\b(?:school|class)\b", "The school [is] # years old", "year"),
    (r"\bclub", "The club [meets] # times a month", "time"),
    (r"\b(?:theatre|cinema)", "The theatre [has] # rows of seats", "row of seats"),
    (r"\A(?!.*\bcars?\b)(?s:.*)\btrains?\b", "Each train [has] # carriages", "carriage"),
    (r"\bbus(?:es)?\b", "Each bus [has] # seats", "seat"),
    (
        r"\b(?:[Aa]|[Tt]he|[Hh]is|[Hh]er) (?:[a-z]+ )?car\b(?! [a-z]*[yr]\b)",
        "The car [is] # years old",
        "year",
    ),
    (r"\bladder", "The ladder [has] # rungs", "rung"),
    (r"\bgarden", "There [are] # trees near the garden", "tree"),
    (r"\bfield", "There [are] # trees around the field", "tree"),
    (r"\bmap\b", "The map [is] # years old", "year"),
    (r"\bbank\b", "The bank [has] # counters", "counter"),
    (r"\btower\b", "The tower [has] # windows", "window"),
    (r"\bshops?\b|\bbuys?\b|\bsells?\b", "The shop [has] # shelves", "shelf"),
    (r"\bshops?\b|\bbuys?\b", "The shop [is] open on # days a month", "day"),
    (r"\bbirds?\b.*\btree\b", "The tree [is] # years old", "year"),
    (r"\b(?:pizza|cake|flour|bakes?)\b", "The kitchen [has] # chairs", "chair"),
    (r"\b(?:marbles|beads|buttons|stickers)\b.*\bbags?\b", "The bag [is] # cm high", "cm"),
    (r"\bballs\b.*\bbag\b|\bbag\b.*\bballs\b", "The bag [is] # cm high", "cm"),
    (
        r"\b(?:rectangle|triangle|circle|hexagon|pentagon|octagon|rhombus|trapezoid|cone|cube)\b",
        "{other} [draws] this figure with a pencil that costs # cents",
        "cent",
    ),
    (
        r"\b(?:[Aa]|[Tt]he|[Hh]is|[Hh]er) (?:[a-z]+ )?book\b|\breads?\b.*\bpages\b|\bpages\b.*\breads?\b",
        "The book [costs] # dollars",
        "dollar",
    ),
    (
        r"\A(?!.*\b[Nn]umber plate)(?s:.*)\bplates?\b|\bbasket\b",
        "The table [has] # drawers",
        "drawer",
    ),
    (r"\bpaints?\b", "The wall [is] # metres long", "metre"),
    (r"\bphone\b|\bplans?\b", "The phone [costs] # dollars", "dollar"),
)
BY_PERSON: tuple[tuple[str, str], ...] = (
    ("{who} [is] # years old", "year"),
    ("{who} [has] # cousins", "cousin"),
    ("{who} [lives] # km from school", "km"),
    ("{who} [has] # chairs at home", "chair"),
    ("{who} [has] # friends at school", "friend"),
)
_GOES_ON = re.compile(r"(?:Its|It|His|Her|He|She|They|Their|Another|The (?:next|second|other)) ")
_THEN = re.compile(r"(?:After|Then|Later|Now|Of these|Among)\b")
_PERSON = re.compile(r"\b([A-Z][a-z]+)\b (?:and [A-Z][a-z]+ )?\[")


def distractor(problem: SymbolicProblem, rng: Random) -> tuple[str, str, int]:
    """Clause and unit of a number that belongs to the story, and where it may be told."""
    text = spoken_text(problem)
    words = vocabulary(problem, quantity_of(problem, problem.variables[-1]), rng)
    found: list[tuple[str, str, int]] = []
    for pattern, clause, unit in belonging(tellings(problem)):
        first = next(
            (i for i, v in enumerate(problem.variables) if re.search(pattern, v.clause or "")),
            0 if re.search(pattern, problem.story) else len(problem.variables) - 1,
        )
        found.append((clause.format_map(words), unit, first + 1))
    for i, variable in enumerate(problem.variables):
        people = people_of(variable.clause or "")
        if people and variable.is_given:
            found += [(c.format_map({"who": people[0]}), unit, i + 1) for c, unit in BY_PERSON]
            break
    fitting = [one for one in found if not _said(one[0], one[1], text)]
    if not fitting:
        raise MutationRefused("not_applicable", "no distractor belongs to this story")
    clause, unit, first = rng.choice(fitting)
    end = max(first, len(problem.variables) - 1)
    places = [
        i
        for i in range(first, end + 1)
        if not any(map(_needs_the_last, problem.variables[i : i + 1]))
    ]
    return clause, unit, rng.choice(places or [len(problem.variables)])


def _needs_the_last(variable: Variable) -> bool:
    """Whether the variable's sentence needs the one before it: "Its width is 3 cm", "After that"."""
    said = (variable.clause or "", *variable.other_clauses)
    return goes_on(variable) or any(map(_THEN.match, said))


def _said(clause: str, unit: str, text: str) -> bool:
    """Whether the text has a number of this kind already, which the new one could be taken for."""
    thing = re.search(r"# ([a-z]+)", clause)
    nouns = {unit, thing[1] if thing else unit} - {""}
    return any(re.search(rf"\b{noun}s?\b", text) for noun in nouns)


@lru_cache(maxsize=2048)
def belonging(tellings: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    """The rows of `BY_WORD` whose word all the tellings have."""
    return tuple(row for row in BY_WORD if all(re.search(row[0], text) for text in tellings))


def people_of(clause: str) -> list[str]:
    """The people who are the subject of the clause: a capital alone makes nobody a person."""
    return [name for name in _PERSON.findall(clause) if name in PRONOUNS]


def goes_on(variable: Variable) -> bool:
    """Whether the variable is told of what was spoken of last: "Its width is 3 cm"."""
    return any(map(_GOES_ON.match, (variable.clause or "", *variable.other_clauses)))
