"""Problems and expressions as SymPy objects and as SMT-LIB text, built node by node."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy

from zoped.symbolic.language.evaluate import evaluate
from zoped.symbolic.language.expression import (
    CONNECTIVES,
    SERIES,
    Apply,
    Expression,
    Number,
    Symbol,
)
from zoped.symbolic.problem import Domain, SymbolicProblem


class Gcd(sympy.Function):  # type: ignore[misc]  # SymPy has no types
    """The greatest common divisor of whole numbers; `sympy.gcd` would be that of polynomials."""

    @classmethod
    def eval(cls, *numbers: Any) -> Any:
        return sympy.igcd(*numbers) if all(n.is_Integer for n in numbers) else None


class Lcm(sympy.Function):  # type: ignore[misc]  # SymPy has no types
    """The least common multiple of whole numbers."""

    @classmethod
    def eval(cls, *numbers: Any) -> Any:
        return sympy.ilcm(*numbers) if all(n.is_Integer for n in numbers) else None


MAX_COUNTED = 1_000


def _of_numbers(name: str) -> Any:
    """A SymPy function that has a value at rational numbers alone: ours."""

    def eval(cls: Any, *numbers: Any) -> Any:  # SymPy's name for it
        if not all(n.is_Rational for n in numbers):
            return None
        tree = Apply(name, tuple(Number(Fraction(int(n.p), int(n.q))) for n in numbers))
        value = evaluate(tree, {})
        return sympy.Rational(value.numerator, value.denominator)

    return type(name, (sympy.Function,), {"eval": classmethod(eval)})


_BINARY: dict[str, Any] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
    "//": lambda a, b: sympy.floor(a / b),
    "%": sympy.Mod,
    "==": sympy.Eq,
    "!=": sympy.Ne,
    "<": sympy.Lt,
    "<=": sympy.Le,
    ">": sympy.Gt,
    ">=": sympy.Ge,
}
_FUNCTIONS: dict[str, Any] = {
    "sqrt": sympy.sqrt,
    "abs": sympy.Abs,
    "floor": sympy.floor,
    "ceiling": sympy.ceiling,
    "gcd": Gcd,
    "lcm": Lcm,
    "factorial": sympy.factorial,
    "binomial": sympy.binomial,
    "min": sympy.Min,
    "max": sympy.Max,
    "log": sympy.log,
    "exp": sympy.exp,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tan": sympy.tan,
    "mean": lambda *a: sum(a) / len(a),
    "and": sympy.And,
    "or": sympy.Or,
    "not": sympy.Not,
    "if": lambda condition, value, other: sympy.Piecewise((value, condition), (other, True)),
} | {
    name: _of_numbers(name)
    for name in ("numerator", "denominator", "digit_sum", "median", "is_prime", "different")
}


def sympy_symbol(name: str, domain: Domain) -> sympy.Symbol:
    """A SymPy symbol with the domain's assumptions."""
    return sympy.Symbol(
        name,
        real=True,
        integer=True if domain.is_integer else None,
        rational=True if domain is Domain.RATIONAL else None,
        positive=True if domain in (Domain.POSITIVE_INTEGER, Domain.POSITIVE_REAL) else None,
        nonnegative=True if domain is Domain.NONNEGATIVE_INTEGER else None,
    )


def expression_to_sympy(expression: Expression, symbols: Mapping[str, Any]) -> Any:
    """The SymPy object for `expression`, with its variables taken from `symbols`."""
    if isinstance(expression, Number):
        return sympy.Rational(expression.value.numerator, expression.value.denominator)
    if isinstance(expression, Symbol):
        return symbols[expression.name]
    if not isinstance(expression, Apply):
        return sympy.pi
    op = expression.operator
    if op in SERIES:
        return _series(expression, symbols)
    arguments = [expression_to_sympy(child, symbols) for child in expression.arguments]
    if op == "neg":
        return -arguments[0]
    if op in CONNECTIVES:
        arguments = [_truth(argument) for argument in arguments]
    if op == "if":
        arguments[0] = _truth(arguments[0])
    return (_BINARY.get(op) or _FUNCTIONS[op])(*arguments)


def _series(expression: Apply, symbols: Mapping[str, Any]) -> Any:
    """A sum or product that is empty where its bounds are the wrong way round.

    There SymPy's own is that of the terms in between, taken away (Karr's convention).
    """
    term, index, first, last = expression.arguments
    k = sympy.Dummy(str(index), integer=True)  # no unknown has its name
    body = expression_to_sympy(term, {**symbols, str(index): k})
    low, high = expression_to_sympy(first, symbols), expression_to_sympy(last, symbols)
    is_count, is_product = expression.operator == "count", expression.operator == "product"
    if is_count:
        body = sympy.Piecewise((1, _truth(body)), (0, True))
        if low.is_Integer and high.is_Integer and high - low < MAX_COUNTED:
            # SymPy leaves longer sums of cases as they are
            return sympy.Add(*(body.subs(k, n) for n in range(int(low), int(high) + 1)))
    series = (sympy.Product if is_product else sympy.Sum)(body, (k, low, high)).doit()
    return sympy.Piecewise((series, sympy.Ge(high - low, -1)), (int(is_product), True))


def _truth(term: Any) -> Any:
    """A condition as SymPy takes it; is_prime(n) is 1 or 0 otherwise."""
    return term if isinstance(term, sympy.logic.boolalg.Boolean) else sympy.Ne(term, 0)


def to_sympy(problem: SymbolicProblem) -> tuple[list[Any], Any, dict[str, Any]]:
    """(relations, target, symbols): givens replaced by their values, unknowns as symbols."""
    symbols: dict[str, Any] = {}
    for v in problem.variables:
        if v.value is None:
            symbols[v.name] = sympy_symbol(v.name, v.domain)
        else:
            symbols[v.name] = sympy.Rational(v.value.numerator, v.value.denominator)
    relations = [expression_to_sympy(relation, symbols) for relation in problem.relations]
    return relations, expression_to_sympy(problem.target, symbols), symbols


def to_smtlib(problem: SymbolicProblem) -> str:
    """SMT-LIB 2 text that any solver reads; raises ValueError for what SMT-LIB cannot say."""
    from zoped.symbolic.solving.z3_backend import build

    solver, _, _ = build(problem)
    return str(solver.to_smt2())
