"""The notation's lines at their shortest, as the embedded reader reads and writes them.

    oranges N = 87
    groups N = 3
    answer Q = ?
    answer == oranges/groups
    find answer

Quantities are called by what is counted; what is worked out on the way is put in. What the notation has
beyond that (units, meanings) is read off the text by `fields_told`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import takewhile
from typing import Any

from zoped.foundation.words import word_set
from zoped.programs.formalizing.told import (
    ASKED,
    ASKED_FOR,
    ENDS,
    Told,
    last_question,
    names_of,
    quoting,
    stem_of,
    told_quantities,
)
from zoped.signatures.notation import DOMAINS
from zoped.symbolic import Domain, SymbolicProblem
from zoped.symbolic.language.expression import Apply, Expression, Symbol, substitute
from zoped.symbolic.solving.linear import solve_linear
from zoped.symbolic.wording.inflection import BE, MODALS, PAST_FORMS, is_plural, plural, singular

LONGEST_RELATION, LONGEST_QUESTION = 90, 200  # characters
_HOW_MANY = re.compile(
    r"\bhow many (?:more |fewer |less |other )?(?:of (?:the|his|her|their|these) )?(?:[$€£]?\d[\d.,]* )?([a-z-]+(?: [a-z-]+){0,3})",
    re.IGNORECASE,
)
_ASKING = (
    BE | MODALS | word_set("do does did has have had of")
)  # what is counted stands before them
_NO_NOUNS = word_set("extra more fewer other total")
_HOW_MUCH = re.compile(r"\bhow much\b", re.IGNORECASE)
_HOW_OLD = re.compile(r"\bhow old\b", re.IGNORECASE)
_NAME = re.compile(r"[A-Za-z]\w*")


@dataclass(frozen=True)
class ShortGiven:
    """A quantity that is told: its name and its value as it is written."""

    name: str
    value: str


def short_lines(
    problem: SymbolicProblem,
    givens: Sequence[ShortGiven] | None = None,
    names: Mapping[str, str] | None = None,
) -> str | None:
    """The problem in the shortest lines; None where it has bounds and the like, which no text tells, or
    relations too long for them.

    `givens` are what is told, in the order of the text, and `names` what each given is called there; by
    their units, in the order of the variables, if not given.
    """
    if givens is None or names is None:
        names = _named_by_units(problem)
        givens = [ShortGiven(names[v.name], str(v.value)) for v in problem.givens]
    put_in = _steps_put_in(problem)
    if put_in is None:
        return None
    relations, target = put_in
    used = {symbol for part in (*relations, target) for symbol in part.symbols}
    unknown = [v.name for v in problem.variables if v.value is None and v.name in used]
    new: dict[str, Expression] = {name: Symbol(short) for name, short in names.items()}
    declared: list[str] = []
    if isinstance(target, Symbol) and target.name not in names:
        new[target.name] = Symbol(ASKED)
    elif problem.query == "value":
        relations.append(Apply("==", (Symbol(ASKED), target)))
        target = Symbol(ASKED)
        declared.append(f"{ASKED} Q = ?")
    taken = {given.name for given in givens} | {ASKED}
    for name in unknown:
        if name not in new:
            new[name] = Symbol(f"{name}_" if name in taken else name)
    own = [f"{new[name]} {_sign(problem, name)} = ?" for name in unknown]
    query = "" if problem.query == "value" else f"the {problem.query} of "
    return joined(
        givens,
        own + declared,
        [str(substitute(relation, new)) for relation in relations],
        f"{query}{substitute(target, new)}",
    )


def joined(
    givens: Iterable[ShortGiven], unknown: Iterable[str], relations: Iterable[str], asked: str
) -> str:
    """The lines in their order."""
    told = [f"{g.name} {'N' if g.value.isdigit() else 'Q'} = {g.value}" for g in givens]
    return "\n".join([*told, *unknown, *relations, f"find {asked}"])


def names_in(quantities: Sequence[Told], used: Collection[int]) -> dict[int, str]:
    """Names of the quantities that are used, and of those that stand in digits: who reads the text sees
    these too. By their places."""
    places = [i for i, told in enumerate(quantities) if i in used or told.written]
    return dict(zip(places, names_of([quantities[i] for i in places]), strict=True))


def givens_in(
    quantities: Sequence[Told], names: Mapping[int, str], used: Mapping[int, Fraction]
) -> list[ShortGiven]:
    """What the text tells, in its order; `used` are the values of what is needed, by place."""
    givens = []
    for place, told in enumerate(quantities):
        if place in used:
            value = used[place]
            plain = bool(told.written) and value == told.values[0] and "/" not in told.written
            givens.append(ShortGiven(names[place], told.written if plain else str(value)))
        elif told.written:
            givens.append(ShortGiven(names[place], told.written))
    return givens


def fields_told(fields: dict[str, Any], text: str) -> dict[str, Any]:
    """The fields of a WrittenProblem with the units and meanings that the text has for its numbers."""
    left = told_quantities(text)
    variables = []
    for variable in fields["variables"]:
        if "." in variable["value"] or "/" in variable["value"]:
            # The model writes N for most of what is counted or measured; the value knows better.
            variable = variable | {"domain": Domain.RATIONAL.value}
        told = _pick(left, variable)
        if told is not None:
            left.remove(told)
            noun = told.noun
            variable = variable | {"unit": singular(noun)[:40], "meaning": told.phrase or noun}
            if noun == "percent" and Fraction(variable["value"]) != told.values[0]:
                variable = variable | {"unit": "", "meaning": "share"}  # 0.3 is not 0.3 percent
            elif noun == "times":
                variable = variable | {"unit": "", "meaning": "factor"}
        elif variable["name"] == ASKED:
            variable = variable | _asked(text, fields["variables"])
        variables.append(variable)
    return fields | {"variables": variables}


def with_forgotten(fields: dict[str, Any], source: dict[str, Any]) -> dict[str, Any]:
    """The fields of a rewrite with the quantities that its relations have and only the source defines, which
    the reader often forgets to copy."""
    defined = {variable["name"] for variable in fields["variables"]}
    used = set(_NAME.findall(" ".join([*fields["constraints"], fields["target"]])))
    forgotten = [v for v in source["variables"] if v["name"] in used - defined]
    return fields | {"variables": [*forgotten, *fields["variables"]]}


def _asked(text: str, variables: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Unit and meaning of what the text asks for; its question goes with it, so that other sentences can
    speak of it, but for one that says a given number in words: it would say it beside other numbers too."""
    question = last_question(text)
    counted = _HOW_MANY.search(question)
    words = counted[1].lower().split() if counted else []
    # "how many did he pick", "how many of them": nothing says what is counted.
    words = list(takewhile(lambda word: word not in _ASKING, words))
    words = [word for word in words if word not in ENDS | _NO_NOUNS]
    # "how many visited the park", "how many more flew away"
    is_verb = words[:1] and (words[0].endswith("ed") or words[0] in PAST_FORMS)
    noun = next(filter(is_plural, words), "" if is_verb or not words else words[0])
    before = words[words.index(noun) - 1] if noun in words[1:] else ""
    noun = f"{before} {noun}" if before in ("square", "cubic") else noun
    if not counted and _HOW_MUCH.search(question) and re.search(r"\$|\bdollars?\b", text):
        noun = "dollars"
    if _HOW_OLD.search(question):
        noun = "years"
    said = {str(value) for each in told_quantities(question) for value in each.values}
    given = {variable["value"] for variable in variables}
    is_free = re.search(r"\d", question) is None and said.isdisjoint(given)
    told = is_free and 0 < len(question) <= LONGEST_QUESTION
    meaning = f"{noun or 'number'}{ASKED_FOR}"
    return {"unit": singular(noun), "meaning": quoting(meaning, question) if told else meaning}


def _pick(left: Sequence[Told], variable: Mapping[str, Any]) -> Told | None:
    """The number of the text that the variable stands for: of its value, best of its name."""
    try:
        value = Fraction(str(variable["value"]).replace(",", ""))
    except ValueError:
        return None
    fitting = [told for told in left if value in told.values]
    stem = re.sub(r"\d+$", "", variable["name"])
    return next((t for t in fitting if stem_of(t.noun) == stem), fitting[0] if fitting else None)


def _named_by_units(problem: SymbolicProblem) -> dict[str, str]:
    quantities = [
        Told((), "", plural(v.unit) if v.unit.isalpha() else v.name, 0, 0) for v in problem.givens
    ]
    return {v.name: name for v, name in zip(problem.givens, names_of(quantities), strict=True)}


def _steps_put_in(problem: SymbolicProblem) -> tuple[list[Expression], Expression] | None:
    """The relations with what is worked out on the way put in, and the target."""
    relations = list(problem.relations)
    if problem.query == "value" and any(
        not isinstance(r, Apply) or r.operator != "==" for r in relations
    ):
        return None
    given = {v.name for v in problem.givens}
    target = problem.target
    place = 0
    while place < len(relations):
        # One put in before may stand in it by now: the relation as it is, not as the problem had it.
        step = _worked_out(relations[place])
        if step is None or step[0] in given or Symbol(step[0]) == target:
            place += 1
            continue
        name, expression = step
        rest = [*relations[:place], *relations[place + 1 :]]
        if not any(name in r.symbols for r in rest) and name not in target.symbols:
            return None
        replaced = {name: expression}
        relations = [substitute(relation, replaced) for relation in rest]
        target = substitute(target, replaced)
        if any(len(str(relation)) > LONGEST_RELATION for relation in (*relations, target)):
            return None
    return relations, target


def _worked_out(relation: Expression) -> tuple[str, Expression] | None:
    """What `name == expression` works out, and how; None where the relation is not of that form."""
    if not (isinstance(relation, Apply) and relation.operator == "=="):
        return None
    left, right = relation.arguments
    if not isinstance(left, Symbol) or left.name in right.symbols:
        return None
    return left.name, right


def _sign(problem: SymbolicProblem, name: str) -> str:
    """The domain where it decides; where one value solves the relations, any rational, since a text may
    end with half a cake."""
    linear = problem.query == "value" and solve_linear(problem).status == "unique"
    return DOMAINS[Domain.RATIONAL if linear else problem.variable(name).domain]
