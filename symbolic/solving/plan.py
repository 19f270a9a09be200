"""The way to a linear problem's values, found once and walked for many choices of its numbers.

`solve_linear` looks for the relation that gives the next unknown. Where only numbers change, that is
the same relation each time, so that a plan keeps the order and leaves the arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zoped.symbolic.language.evaluate import (
    EvaluationError,
    Exact,
    UndefinedError,
    exact_value,
    quotient,
)
from zoped.symbolic.language.expression import Apply, Expression, Symbol
from zoped.symbolic.problem import Domain, SymbolicProblem
from zoped.symbolic.solving.linear import (
    LinearResult,
    eliminate,
    relation_form,
    solve_linear,
)


class _OtherWayError(Exception):
    """With these numbers the unknown does not come out of the relation that usually gives it."""


@dataclass(frozen=True)
class Definition:
    """name == expression."""

    name: str
    expression: Expression

    def found(self, known: Mapping[str, Exact]) -> dict[str, Exact]:
        return {self.name: exact_value(self.expression, known)}


@dataclass(frozen=True)
class Equations:
    """Linear relations that give the names, when what comes before is known."""

    names: tuple[str, ...]
    relations: tuple[Apply, ...]

    def found(self, known: Mapping[str, Exact]) -> dict[str, Exact]:
        rows = []
        for relation in self.relations:
            form = relation_form(relation, known)
            if form is None:
                raise _OtherWayError
            rows.append((form, relation))
        if len(rows) == 1:
            (coefficients, constant), _ = rows[0]
            if coefficients.keys() != {self.names[0]}:
                raise _OtherWayError
            return {self.names[0]: quotient(-constant, coefficients[self.names[0]])}
        values = eliminate(rows)
        if values is None or values.keys() != set(self.names):
            raise _OtherWayError
        return values


@dataclass(frozen=True)
class Plan:
    """What `solve_linear` finds for a problem, for other values of what is known at first."""

    problem: SymbolicProblem
    steps: tuple[Definition | Equations, ...]
    checks: tuple[Expression, ...]
    domains: tuple[tuple[str, Domain], ...]

    def at(self, values: Mapping[str, Exact]) -> LinearResult:
        """All values, with `values` for all that was known when the plan was made; status "none"
        where they contradict a relation or a domain. Nothing is said of how they were found."""
        known = dict(values)
        try:
            for step in self.steps:
                known |= step.found(known)
            for relation in self.checks:
                if not exact_value(relation, known):
                    return LinearResult("none", known, (), str(relation))
        except UndefinedError as error:
            return LinearResult("none", known, (), str(error))
        except (EvaluationError, _OtherWayError):
            return solve_linear(self.problem, values)
        for name, domain in self.domains:
            if not domain.contains(known[name]):
                return LinearResult("none", known, (), f"{name} is not in {domain}")
        return LinearResult("unique", known, ())


def planned(problem: SymbolicProblem, assumed: Mapping[str, Exact] | None = None) -> Plan | None:
    """The way to the values of `problem`, with `assumed` ones put in; None where linear steps alone
    do not lead there."""
    result = solve_linear(problem, assumed)
    if result.status != "unique":
        return None
    steps: list[Definition | Equations] = []
    used: set[int] = set()
    names: dict[int, list[str]] = {}  # of one system of equations
    for name, relations in result.found:
        names.setdefault(id(relations), []).append(name)
    for name, relations in result.found:
        if names[id(relations)][0] != name:
            continue  # with the first of its system
        equations = tuple(r for r in relations if isinstance(r, Apply))
        defined = _definition(equations[0], name) if len(equations) == 1 else None
        steps.append(defined or Equations(tuple(names[id(relations)]), equations))
        used |= {id(equations[0])} if len(equations) == 1 else set()
    checks = tuple(r for r in problem.relations if id(r) not in used)
    domains = tuple((v.name, v.domain) for v in problem.variables)
    return Plan(problem, tuple(steps), checks, domains)


def _definition(relation: Apply, name: str) -> Definition | None:
    left, right = relation.arguments
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Symbol) and one.name == name and name not in other.symbols:
            return Definition(name, other)
    return None
