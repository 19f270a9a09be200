"""What numbers keep when others are drawn: nobody gives away more than there is by then, in the order of
telling, and what nothing needs stays as large, beside what is counted alike, as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import accumulate

from zoped.symbolic.language.evaluate import Exact
from zoped.symbolic.language.expression import Apply, Expression, Symbol, children
from zoped.symbolic.problem import SymbolicProblem, Variable

Holds = Callable[[Mapping[str, Exact]], bool]


def kept_in_order(problem: SymbolicProblem) -> Holds:
    """Whether values of the givens keep what the problem's own values have of this."""
    own = {v.name: v.value for v in problem.givens if v.value is not None}
    rules = [rule for rule in (*_rows(problem), *_beside(problem)) if rule(own)]
    return lambda values: all(rule(values) for rule in rules)


def _rows(problem: SymbolicProblem) -> Iterator[Holds]:
    """For each row of givens that are added and subtracted: it does not come out below 0, nor falls there as
    it is told."""
    order = {v.name: i for i, v in enumerate(problem.variables) if v.is_given and v.unit}
    for relation in problem.relations:
        for whole in _sums(relation):
            terms = sorted(_terms(whole, 1), key=lambda term: order.get(term[0], -1))
            if all(name in order for name, _ in terms):
                yield _not_below_nothing(tuple(terms))
                yield _never_below_nothing(tuple(terms))


def _sums(expression: Expression) -> Iterator[Expression]:
    """The sums and differences in it that are no part of another one."""
    if isinstance(expression, Apply) and expression.operator in ("+", "-"):
        yield expression
        return
    for part in children(expression):
        yield from _sums(part)


def _not_below_nothing(terms: tuple[tuple[str, int], ...]) -> Holds:
    return lambda values: sum(sign * values[name] for name, sign in terms) >= 0


def _never_below_nothing(terms: tuple[tuple[str, int], ...]) -> Holds:
    return lambda values: min(accumulate(sign * values[name] for name, sign in terms)) >= 0


def _terms(expression: Expression, sign: int) -> Iterator[tuple[str, int]]:
    """The names of a sum with their signs; "" for what is no name."""
    if isinstance(expression, Apply) and expression.operator in ("+", "-"):
        left, right = expression.arguments
        yield from _terms(left, sign)
        yield from _terms(right, sign if expression.operator == "+" else -sign)
    else:
        yield (expression.name if isinstance(expression, Symbol) else ""), sign


def _beside(problem: SymbolicProblem) -> Iterator[Holds]:
    """For each distractor: it is no smaller, or no larger, than what is counted alike, and than all of it."""
    for idle in problem.givens:
        alike = [
            v for v in problem.givens if idle.distractor and v is not idle and v.unit == idle.unit
        ]
        for some in (*([v] for v in alike), alike):
            if some and idle.unit:
                yield _no_smaller(idle, some)
                yield _no_larger(idle, some)


def _no_smaller(idle: Variable, others: list[Variable]) -> Holds:
    return lambda values: values[idle.name] >= sum(values[v.name] for v in others)


def _no_larger(idle: Variable, others: list[Variable]) -> Holds:
    return lambda values: values[idle.name] <= sum(values[v.name] for v in others)
