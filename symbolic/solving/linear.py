"""The fast path: exact linear algebra over the rationals, with propagation.

Known values are put in, the relations that are then linear are solved by Gaussian elimination,
the values found are put in, and so on. Every step is exact. The path answers when it fixes every
variable and never guesses: what it cannot decide is left to the other backends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal

from zoped.symbolic.language.evaluate import (
    MAX_BITS,
    EvaluationError,
    Exact,
    UndefinedError,
    exact_value,
    is_large,
    narrowed,
    quotient,
)
from zoped.symbolic.language.expression import Apply, Expression, Number, Symbol
from zoped.symbolic.problem import Domain, SymbolicProblem

LinearForm = tuple[dict[str, Exact], Exact]
"""Coefficients by variable, and the constant."""


@dataclass(frozen=True)
class Derivation:
    """One value found: from `relations`, when the variables found before were known."""

    name: str
    value: Fraction
    relations: tuple[Expression, ...]


@dataclass(frozen=True)
class LinearResult:
    """What the fast path found.

    `status` is "unique" when every unknown has one value and all relations hold, "none" when
    the relations contradict each other or a domain, "open" when it cannot tell. `known` has the
    givens and what was found, `found` the names of these with the relations that gave them.
    """

    status: Literal["unique", "none", "open"]
    known: Mapping[str, Exact]
    found: Sequence[tuple[str, tuple[Expression, ...]]]
    detail: str = ""

    @cached_property
    def values(self) -> Mapping[str, Fraction]:
        """`known` with Fractions throughout, so that `/` is exact."""
        return {name: Fraction(value) for name, value in self.known.items()}

    @cached_property
    def derivations(self) -> tuple[Derivation, ...]:
        """What was found, in order."""
        return tuple(Derivation(name, self.values[name], rows) for name, rows in self.found)


def linear_form(expression: Expression, known: Mapping[str, Exact]) -> LinearForm | None:
    """The expression as a linear form in the variables not in `known`, or None.

    Raises EvaluationError when a part without unknowns is undefined or irrational.
    """
    if isinstance(expression, Number):
        return {}, expression.exact
    if isinstance(expression, Symbol):
        value = known.get(expression.name)
        return ({expression.name: 1}, 0) if value is None else ({}, value)
    if not isinstance(expression, Apply):
        return None
    if expression.symbols <= known.keys():
        return {}, exact_value(expression, known)
    op, arguments = expression.operator, expression.arguments
    if op == "neg":
        form = linear_form(arguments[0], known)
        return None if form is None else _scaled(form, -1)
    if op not in ("+", "-", "*", "/"):
        return None
    left, right = linear_form(arguments[0], known), linear_form(arguments[1], known)
    if left is None or right is None:
        return None
    if op == "+":
        return _combined(left, right, 1)
    if op == "-":
        return _combined(left, right, -1)
    if op == "*":
        if not left[0]:
            return _scaled(right, left[1])
        return None if right[0] else _scaled(left, right[1])
    if right[0]:
        return None
    if right[1] == 0:
        raise UndefinedError("division by zero")
    return _scaled(left, quotient(1, right[1]))


def relation_form(relation: Apply, known: Mapping[str, Exact]) -> LinearForm | None:
    """Left side minus right side as a linear form; None where it is none."""
    left = linear_form(relation.arguments[0], known)
    right = None if left is None else linear_form(relation.arguments[1], known)
    if left is None or right is None:
        return None
    form = _combined(left, right, -1)
    _check_size([*form[0].values(), form[1]])
    return form


def _check_size(values: Sequence[Exact]) -> None:
    """Raise EvaluationError for a number that passes the limit of what is computed."""
    if any(map(is_large, values)):
        raise EvaluationError(f"a number is larger than {MAX_BITS} bits")


def _scaled(form: LinearForm, factor: Exact) -> LinearForm:
    if factor == 0:
        return {}, 0
    return {name: value * factor for name, value in form[0].items()}, form[1] * factor


def _combined(left: LinearForm, right: LinearForm, sign: int) -> LinearForm:
    coefficients = dict(left[0])
    for name, value in right[0].items():
        total = coefficients.get(name, 0) + sign * value
        if total:
            coefficients[name] = total
        else:
            coefficients.pop(name, None)
    return coefficients, left[1] + sign * right[1]


def solve_linear(
    problem: SymbolicProblem, assumed: Mapping[str, Exact] | None = None
) -> LinearResult:
    """Propagate and eliminate until nothing more can be found, with `assumed` values put in."""
    known = {v.name: narrowed(v.value) for v in problem.variables if v.value is not None}
    if assumed:
        known |= {name: narrowed(value) for name, value in assumed.items()}
    found: list[tuple[str, tuple[Expression, ...]]] = []
    domains = {v.name: v.domain for v in problem.variables}
    try:
        detail = _propagated(problem.relations, known, found, domains)
    except UndefinedError as error:
        # The values are forced, and with them a relation has no truth value.
        return LinearResult("none", known, found, str(error))
    except EvaluationError as error:
        return LinearResult("open", known, found, str(error))
    if detail is not None:
        return LinearResult("none", known, found, detail)
    whole = True
    for variable in problem.variables:
        value = known.get(variable.name)
        if value is None:
            whole = False
        elif not variable.domain.contains(value):
            detail = f"{variable.name} = {value} is not in {variable.domain}"
            return LinearResult("none", known, found, detail)
    return LinearResult("unique" if whole else "open", known, found)


def _propagated(
    pending: Sequence[Expression],
    known: dict[str, Exact],
    found: list[tuple[str, tuple[Expression, ...]]],
    domains: Mapping[str, Domain],
) -> str | None:
    """Add to `known` and `found` all that follows; a text when the relations contradict each other
    or a domain."""
    progress = True
    while pending and progress:
        progress = False
        rows: list[tuple[LinearForm, Expression]] = []
        rest: list[Expression] = []
        for relation in pending:
            missing = [name for name in relation.symbols if name not in known]
            if not missing:
                if not exact_value(relation, known):
                    return str(relation)
                continue
            if not (isinstance(relation, Apply) and relation.operator == "=="):
                rest.append(relation)
                continue
            # One unknown: its value at once, so that later relations can use it.
            value = _defined(relation, missing[0], known) if len(missing) == 1 else None
            if value is None:
                form = relation_form(relation, known)
                if form is None:
                    rest.append(relation)
                    continue
                coefficients, constant = form
                if not coefficients:
                    if constant:
                        return str(relation)
                    continue
                if len(coefficients) > 1:
                    rest.append(relation)
                    rows.append(((coefficients, constant), relation))
                    continue
                [(missing[0], coefficient)] = coefficients.items()
                value = quotient(-constant, coefficient)
                _check_size([value])
            known[missing[0]] = value
            found.append((missing[0], (relation,)))
            if not domains[missing[0]].contains(value):
                return f"{missing[0]} = {value} is not in {domains[missing[0]]}"
            progress = True
        pending = rest
        if not progress and rows:
            values = eliminate(rows)
            if values is None:
                return "they contradict"
            relations = tuple(relation for _, relation in rows)
            for name, value in values.items():
                known[name] = value
                found.append((name, relations))
                progress = True
    return None


def _defined(relation: Apply, name: str, known: Mapping[str, Exact]) -> Exact | None:
    """The most frequent case, told apart first: the one unknown equals something known."""
    left, right = relation.arguments
    if isinstance(left, Symbol) and left.name == name and name not in right.symbols:
        return exact_value(right, known)
    if isinstance(right, Symbol) and right.name == name and name not in left.symbols:
        return exact_value(left, known)
    return None


def eliminate(rows: Sequence[tuple[LinearForm, Expression]]) -> dict[str, Exact] | None:
    """The unknowns that the rows fix; None when the rows contradict each other.

    Raises EvaluationError where a number on the way is too large.
    """
    names = sorted({name for form, _ in rows for name in form[0]})
    matrix = [[form[0].get(name, 0) for name in names] + [-form[1]] for form, _ in rows]
    pivots: list[int] = []
    for column in range(len(names)):
        top = len(pivots)
        pivot = next((i for i in range(top, len(matrix)) if matrix[i][column]), None)
        if pivot is None:
            continue
        matrix[top], matrix[pivot] = matrix[pivot], matrix[top]
        divisor = matrix[top][column]
        matrix[top] = [quotient(value, divisor) for value in matrix[top]]
        for i, row in enumerate(matrix):
            factor = row[column]
            if i != top and factor:
                matrix[i] = [a - factor * b for a, b in zip(row, matrix[top], strict=True)]
                _check_size(matrix[i])
        pivots.append(column)
    if any(row[-1] for row in matrix[len(pivots) :]):
        return None
    return {
        names[column]: row[-1]
        for column, row in zip(pivots, matrix, strict=False)
        if sum(1 for value in row[:-1] if value) == 1
    }
