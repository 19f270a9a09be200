"""The symbolic problem: typed variables, constraints and a target with exactly one answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    model_validator,
)

from zoped.foundation.models import Model
from zoped.symbolic.language.expression import CONNECTIVES, Apply, Expression, Number
from zoped.symbolic.language.parse import MAX_DIGITS, ExpressionError, check_name, parse_expression
from zoped.symbolic.language.reading import (
    new_names,
    read_formula,
    read_number,
    renamed,
    renamed_slots,
)

MAX_VARIABLES = 30
MAX_CONSTRAINTS = 40
MAX_PHRASE = 300  # characters of a meaning, clause or statement
# One [verb] and one #, in either order.
_CLAUSE = re.compile(r"[^#\[\]]*(?:\[[^#\[\]]*\][^#\[\]]*#|#[^#\[\]]*\[[^#\[\]]*\])[^#\[\]]*\Z")
SLOT = re.compile(r"\{([A-Za-z][A-Za-z0-9_]*)\}")  # in a sentence: the value of a given
_RATIONAL = re.compile(rf"-?[0-9]{{1,{MAX_DIGITS}}}(/0*[1-9][0-9]{{0,{MAX_DIGITS - 1}}})?\Z")


_WITH_UNIT = re.compile(r"-?[\d.,/]+ ?[A-Za-z]+[A-Za-z ]*\Z")


class Domain(StrEnum):
    """Where a variable's value lies."""

    POSITIVE_INTEGER = "positive_integer"
    NONNEGATIVE_INTEGER = "nonnegative_integer"
    INTEGER = "integer"
    RATIONAL = "rational"
    POSITIVE_REAL = "positive_real"
    REAL = "real"

    @property
    def is_integer(self) -> bool:
        return self in _WHOLE

    def contains(self, value: int | Fraction) -> bool:
        """Whether the exact rational `value` lies in the domain."""
        if self in _WHOLE and value.denominator != 1:
            return False
        if self in _POSITIVE:
            return value.numerator > 0
        return self is not Domain.NONNEGATIVE_INTEGER or value.numerator >= 0


_WHOLE = frozenset({Domain.POSITIVE_INTEGER, Domain.NONNEGATIVE_INTEGER, Domain.INTEGER})
_POSITIVE = frozenset({Domain.POSITIVE_INTEGER, Domain.POSITIVE_REAL})

Query = Literal["value", "count", "minimum", "maximum"]
TOPICS = (
    "arithmetic",
    "ratio",
    "rate",
    "percent",
    "fraction",
    "average",
    "money",
    "age",
    "work",
    "mixture",
    "system",
    "linear",
    "quadratic",
    "geometry",
    "number theory",
    "counting",
    "probability",
    "sequence",
    "optimisation",
    "physics",
    "statistics",
)


def parse_number(value: Any) -> Fraction:
    """An exact rational from an int, a Fraction or a literal such as "7", "-3/4", "0.25"."""
    if isinstance(value, Fraction):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError(f"{value!r} is not a number")
    # repr(0.1) is "0.1": a JSON decimal keeps the digits that were written.
    text = str(value) if isinstance(value, int | str) else repr(value)
    if _RATIONAL.match(text):
        return Fraction(text)
    try:
        node = parse_expression(text)
    except ExpressionError as error:
        plain = read_number(text)
        if plain == text:
            if _WITH_UNIT.match(text):
                raise ValueError(f"{value!r}: write the number alone, without a unit") from None
            raise
        try:
            node = parse_expression(plain)
        except ExpressionError:
            raise error from None
    if not isinstance(node, Number):
        raise ValueError(
            f"{value!r} is not a number; write an integer, a decimal or p/q. What is irrational is "
            "an unknown with a relation: x == sqrt(2)"
        )
    return node.value


Phrase = Annotated[str, Field(min_length=1, max_length=MAX_PHRASE)]


def _expression(value: Any) -> Expression:
    """As written, else as `read_formula` reads it: `x^2 = 20,000`."""
    if isinstance(value, Expression):
        return value
    try:
        if isinstance(value, str) and "%" in value:
            read_formula(value)  # refuses what may be a percentage or a remainder
        return parse_expression(value)
    except ExpressionError:
        if not isinstance(value, str):
            raise
        plain = read_formula(value)
        if plain == value:
            raise
    return parse_expression(plain)


ExactNumber = Annotated[
    Fraction, BeforeValidator(parse_number), PlainSerializer(str, return_type=str)
]
ExpressionField = Annotated[
    Expression, BeforeValidator(_expression), PlainSerializer(str, return_type=str)
]
RelationField = Annotated[
    Expression,
    BeforeValidator(lambda value: _relation(value)),
    PlainSerializer(str, return_type=str),
]


class _Frozen(Model):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    def replaced(self, **changes: Any) -> Self:
        """A copy with some fields changed. They are trusted: nothing is validated again.

        What `model_copy` does, several times as fast; operators make many copies.
        """
        copy = type(self).__new__(type(self))
        fields_set = self.__pydantic_fields_set__ | changes.keys()
        for name, value in (
            ("__dict__", self.__dict__ | changes),
            ("__pydantic_fields_set__", fields_set),
            ("__pydantic_extra__", None),
            ("__pydantic_private__", None),
        ):
            object.__setattr__(copy, name, value)
        return copy


class Variable(_Frozen):
    """A quantity of the problem.

    `meaning` is a noun phrase ("pens Ann has at first"), `unit` a singular noun ("pen", "dollar",
    "km/h") or "". `value` is set for a given, None for an unknown. `clause` is a sentence in the
    realization markup, "Ann [has] # pens at first": the verb in brackets, third person present,
    `#` where the quantity stands; `other_clauses` say the same in other words. A `distractor` is a
    given that the answer does not depend on.
    """

    name: Annotated[str, BeforeValidator(lambda name: check_name(str(name)))]
    meaning: str = Field(default="", max_length=MAX_PHRASE)
    unit: str = Field(default="", max_length=40)
    domain: Domain = Domain.RATIONAL
    value: ExactNumber | None = None
    clause: str | None = Field(default=None, max_length=MAX_PHRASE)
    distractor: bool = False
    other_clauses: tuple[Phrase, ...] = ()

    @property
    def is_given(self) -> bool:
        return self.value is not None

    def replaced(self, **changes: Any) -> Self:
        """As for every part; the other wordings go with the clause that they are wordings of."""
        if "clause" in changes:
            changes.setdefault("other_clauses", ())
        return super().replaced(**changes)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.value is not None and not self.domain.contains(self.value):
            raise ValueError(f"{self.name} = {self.value} is not in its domain {self.domain}")
        if self.distractor and self.value is None:
            raise ValueError(f"{self.name} is a distractor, so it needs a value")
        if self.clause is None and self.other_clauses:
            raise ValueError(f"{self.name} has other clauses, so it needs a clause")
        for clause in (self.clause, *self.other_clauses):
            if clause is not None and not _CLAUSE.match(clause):
                raise ValueError(
                    f"the clause of {self.name} needs one [verb] and one #, "
                    'as in "Ann [has] # pens at first"'
                )
        return self


def _relation(value: Any) -> Expression:
    """The expression; another condition than a comparison, such as is_prime(n), equals 1."""
    tree = _expression(value)
    if isinstance(tree, Apply) and tree.is_condition and not tree.is_relation:
        if tree.operator != "and":
            return Apply("==", (tree, Number(Fraction(1))))
    return tree


def _one_at_a_time(items: Any) -> Any:
    """Constraints with `a < b < c` and `... and ...` taken apart; faults are left to `Constraint`."""
    if not isinstance(items, list | tuple):
        return items
    single: list[Any] = []
    for item in items:
        relation = item.get("relation") if isinstance(item, dict) else item
        if not isinstance(relation, str | Expression):
            single.append(item)
            continue
        try:
            parts: list[Any] = list(_conjuncts(_expression(relation)))
        except ExpressionError:
            single.append(item)
            continue
        if isinstance(item, dict):
            # What the sentence says it says of all of them.
            rest = {} if item.get("statement") is None else {"statement": ""}
            parts = [
                {**(rest if place else item), "relation": part} for place, part in enumerate(parts)
            ]
        single += parts
    return single


def _conjuncts(tree: Expression) -> Iterator[Expression]:
    if isinstance(tree, Apply) and tree.operator == "and":
        for part in tree.arguments:
            yield from _conjuncts(part)
    else:
        yield tree


class Constraint(_Frozen):
    """A relation that holds, and how the text says it.

    `statement` None: English is made from the relation; "": the story implies it; otherwise the
    sentence as written, where {x} stands for the value of the given x. `other_statements` say the
    same in other words, with the same slots.
    In JSON a constraint may be written as its relation alone.
    """

    relation: RelationField
    statement: str | None = Field(default=None, max_length=MAX_PHRASE)
    other_statements: tuple[Phrase, ...] = ()

    def replaced(self, **changes: Any) -> Self:
        """As for every part; the other wordings go with the statement."""
        if "statement" in changes:
            changes.setdefault("other_statements", ())
        return super().replaced(**changes)

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        return {"relation": data} if isinstance(data, str | Expression) else data

    @model_validator(mode="after")
    def _check(self) -> Self:
        if isinstance(self.relation, Apply) and self.relation.operator == "and":
            raise ValueError(f"{self.relation} is several relations; write one at a time")
        if not (isinstance(self.relation, Apply) and self.relation.is_relation):
            raise ValueError(f"{self.relation} is not a relation; write it with ==, < or the like")
        if self.other_statements and not self.statement:
            raise ValueError(f"{self.relation} has other statements, so it needs a statement")
        _check_slots((self.statement or "", *self.other_statements))
        return self


def _check_slots(wordings: Sequence[str]) -> frozenset[str]:
    """The slots of the wordings; raises ValueError where they are not the same in each."""
    slots = [frozenset(SLOT.findall(wording)) for wording in wordings]
    for wording, own in zip(wordings, slots, strict=True):
        if own != slots[0]:
            raise ValueError(f"{wording!r} needs the same slots as {wordings[0]!r}")
    return slots[0] if slots else frozenset()


class Lineage(_Frozen):
    """Where a problem comes from. `move` is the operator's name, or "rewrite"."""

    seed_id: str = ""
    parent_id: str = ""
    move: str = ""


def _with_names_of_the_language(data: Any) -> Any:
    """Variables called `sum`, `class` or `No. of pens` get a name that the language has, everywhere."""
    if not isinstance(data, dict) or not isinstance(data.get("variables"), list | tuple):
        return data
    variables = data["variables"]
    written = [v["name"] for v in variables if isinstance(v, dict) and "name" in v]
    names = new_names(name for name in written if isinstance(name, str) and name)
    if not names:
        return data

    def formula(value: Any) -> Any:
        return renamed(value, names) if isinstance(value, str) else value

    def sentences(value: Any) -> Any:
        if isinstance(value, str):
            return renamed_slots(value, names)
        return [sentences(one) for one in value] if isinstance(value, list | tuple) else value

    def constraint(value: Any) -> Any:
        if not isinstance(value, dict):
            return formula(value)
        return {k: formula(v) if k == "relation" else sentences(v) for k, v in value.items()}

    changed = dict(data)
    changed["variables"] = [
        v | {"name": names.get(v["name"], v["name"])} if isinstance(v, dict) and "name" in v else v
        for v in variables
    ]
    for field in ("constraints", "questions"):
        if isinstance(data.get(field), list | tuple):
            read = constraint if field == "constraints" else sentences
            changed[field] = [read(item) for item in data[field]]
    return changed | {"target": formula(data.get("target"))}


class SymbolicProblem(_Frozen):
    """Typed variables, constraints, and a target that has exactly one answer.

    Immutable. Serializes to JSON and back without loss (`model_dump_json`,
    `model_validate_json`); expressions and numbers are text in the expression language.
    `query` asks for the target's value, for how many solutions there are (`count`: the number of
    assignments to the unknowns within their domains), or for the target's least or greatest value.
    `story` is an opening sentence that states no given, `other_stories` the same in other words.
    `questions` are ways to ask for just this target and query; {x} stands for the value of the
    given x, as in a statement. Without them the question is made by rules.
    """

    variables: tuple[Variable, ...] = Field(min_length=1, max_length=MAX_VARIABLES)
    constraints: Annotated[tuple[Constraint, ...], BeforeValidator(_one_at_a_time)] = Field(
        default=(), max_length=MAX_CONSTRAINTS
    )
    target: ExpressionField
    query: Query = "value"
    topic: str = Field(default="arithmetic", max_length=40)
    story: str = Field(default="", max_length=MAX_PHRASE)
    lineage: Lineage = Lineage()
    other_stories: tuple[Phrase, ...] = ()
    questions: tuple[Phrase, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _read_names(cls, data: Any) -> Any:
        return _with_names_of_the_language(data)

    @model_validator(mode="after")
    def _check(self) -> Self:
        names = [variable.name for variable in self.variables]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"variables defined twice: {', '.join(sorted(twice))}")
        known = set(names)
        for expression in (*self.relations, self.target):
            unknown = expression.symbols - known
            if unknown:
                raise ValueError(
                    f"{expression} uses {', '.join(sorted(unknown))}, which is not defined; "
                    f"the variables are {', '.join(names)}"
                )
        target = self.target
        if isinstance(target, Apply) and (target.is_relation or target.operator in CONNECTIVES):
            raise ValueError(f"the target {self.target} is a relation; give an expression")
        if self.other_stories and not self.story:
            raise ValueError("the problem has other stories, so it needs a story")
        unknown = _check_slots(self.questions) - {variable.name for variable in self.givens}
        if unknown:
            raise ValueError(f"a question needs the value of {min(unknown)}, which is no given")
        bad = next((q for q in self.questions if q.count("?") != 1 or q[-1] != "?"), None)
        if bad is not None:
            raise ValueError(f"{bad!r} is not one question; end it with its only question mark")
        return self

    def replaced(self, **changes: Any) -> Self:
        """As for every part; the questions go with the target and query that they ask for."""
        if changes.keys() & {"target", "query"}:
            changes.setdefault("questions", ())
        if "story" in changes:
            changes.setdefault("other_stories", ())
        return super().replaced(**changes)

    @property
    def relations(self) -> tuple[Expression, ...]:
        return tuple(constraint.relation for constraint in self.constraints)

    @property
    def givens(self) -> tuple[Variable, ...]:
        return tuple(v for v in self.variables if v.value is not None)

    @property
    def unknowns(self) -> tuple[Variable, ...]:
        return tuple(v for v in self.variables if v.value is None)

    def variable(self, name: str) -> Variable:
        """The variable called `name`; raises KeyError."""
        for variable in self.variables:
            if variable.name == name:
                return variable
        raise KeyError(name)


__all__ = [
    "TOPICS",
    "Constraint",
    "Domain",
    "ExpressionError",
    "Lineage",
    "Query",
    "SymbolicProblem",
    "Variable",
    "parse_number",
]
