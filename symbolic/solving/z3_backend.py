"""Z3: integers, inequalities, finite domains. Uniqueness by asking for a second answer."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import z3

from zoped.symbolic.language.evaluate import EvaluationError, evaluate
from zoped.symbolic.language.expression import Apply, Expression, Number, Symbol, substitute
from zoped.symbolic.problem import Domain, SymbolicProblem

MAX_POWER = 12
MAX_EXPANDED = 400
MAX_COUNT = 2_000
_RELATIONS: dict[str, Any] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
Reply = dict[str, Any]


class Untranslatable(ValueError):
    """The expression has no term in Z3's decidable theories."""


class _Translator:
    """Builds Z3 terms; side conditions (roots, divisors) collect in `conditions`."""

    def __init__(self, symbols: Mapping[str, Any], known: Mapping[str, Fraction]) -> None:
        self.symbols = symbols
        self.known = known
        self.conditions: list[Any] = []

    def term(self, e: Expression) -> Any:
        if isinstance(e, Symbol) and e.name in self.symbols:
            return self.symbols[e.name]
        if isinstance(e, Number | Symbol) or e.symbols <= self.known.keys():
            try:
                value = evaluate(e, self.known)
            except EvaluationError as error:
                raise Untranslatable(str(error)) from None
            holds = isinstance(e, Apply) and e.is_relation  # between givens: true or false
            return z3.BoolVal(value == 1) if holds else _number(value)
        if not isinstance(e, Apply):
            raise Untranslatable(f"{e} is irrational")
        if e.operator in ("sum", "product"):
            return self._series(e)
        a = [self.term(child) for child in e.arguments]
        return self._apply(e, a)

    def _apply(self, e: Apply, a: list[Any]) -> Any:
        match e.operator:
            case "+":
                return a[0] + a[1]
            case "-":
                return a[0] - a[1]
            case "*":
                return a[0] * a[1]
            case "neg":
                return -a[0]
            case "/":
                divisor = _real(a[1])
                self.conditions.append(divisor != 0)
                return _real(a[0]) / divisor
            case "//" | "%":
                return self._divide(e, a)
            case "**":
                return self._power(e, a)
            case "abs":
                return z3.If(a[0] >= 0, a[0], -a[0])
            case "min" | "max":
                best = a[0]
                for other in a[1:]:
                    smaller = other < best if e.operator == "min" else other > best
                    best = z3.If(smaller, other, best)
                return best
            case "floor":
                return a[0] if a[0].is_int() else z3.ToInt(a[0])
            case "ceiling":
                return a[0] if a[0].is_int() else -z3.ToInt(-a[0])
            case "sqrt":
                root = z3.FreshReal("root")
                self.conditions += [root >= 0, root * root == _real(a[0])]
                return root
        if e.operator in _RELATIONS:
            return _RELATIONS[e.operator](a[0], a[1])
        raise Untranslatable(f"{e.operator} of an unknown")

    def _divide(self, e: Apply, a: list[Any]) -> Any:
        left, right = a
        if left.is_int() and right.is_int():
            # Z3 rounds towards the divisor's sign only for positive divisors as Python does.
            self.conditions.append(right > 0)
            return left / right if e.operator == "//" else left % right
        divisor = _real(right)
        self.conditions.append(divisor != 0)
        quotient = z3.ToInt(_real(left) / divisor)
        return quotient if e.operator == "//" else _real(left) - divisor * z3.ToReal(quotient)

    def _power(self, e: Apply, a: list[Any]) -> Any:
        try:
            exponent = evaluate(e.arguments[1], self.known)
        except EvaluationError:
            raise Untranslatable("an unknown exponent") from None
        if exponent.denominator != 1 or abs(exponent) > MAX_POWER:
            raise Untranslatable(f"the exponent {exponent}")
        result = z3.IntVal(1) if a[0].is_int() else z3.RealVal(1)
        for _ in range(abs(exponent.numerator)):
            result = result * a[0]
        if exponent >= 0:
            return result
        self.conditions.append(a[0] != 0)
        return 1 / _real(result)

    def _series(self, e: Apply) -> Any:
        term, index, first, last = e.arguments
        try:
            low, high = evaluate(first, self.known), evaluate(last, self.known)
        except EvaluationError:
            raise Untranslatable("a sum with unknown bounds") from None
        if high - low + 1 > MAX_EXPANDED or low.denominator != 1 or high.denominator != 1:
            raise Untranslatable(f"a sum over {high - low + 1} terms")
        total: Any = z3.IntVal(0 if e.operator == "sum" else 1)
        for k in range(low.numerator, high.numerator + 1):
            value = self.term(substitute(term, {str(index): Number(Fraction(k))}))
            total = total + value if e.operator == "sum" else total * value
        return total


def _number(value: Fraction) -> Any:
    return (
        z3.IntVal(value.numerator)
        if value.denominator == 1
        else z3.Q(value.numerator, value.denominator)
    )


def _real(term: Any) -> Any:
    return z3.ToReal(term) if term.is_int() else term


def build(problem: SymbolicProblem) -> tuple[Any, Any, dict[str, Any]]:
    """(solver with all constraints, target term, unknowns by name); raises Untranslatable."""
    known = {v.name: v.value for v in problem.variables if v.value is not None}
    unknowns: dict[str, Any] = {
        v.name: z3.Int(v.name) if v.domain.is_integer else z3.Real(v.name) for v in problem.unknowns
    }
    translator = _Translator(unknowns, known)
    solver = z3.Solver()
    for v in problem.unknowns:
        if v.domain in (Domain.POSITIVE_INTEGER, Domain.POSITIVE_REAL):
            solver.add(unknowns[v.name] > 0)
        elif v.domain is Domain.NONNEGATIVE_INTEGER:
            solver.add(unknowns[v.name] >= 0)
    for relation in problem.relations:
        solver.add(translator.term(relation))
    target = translator.term(problem.target)
    solver.add(*translator.conditions)
    return solver, target, unknowns


def solve_with_z3(problem: SymbolicProblem, time_limit: float) -> Reply:
    """One answer, proved unique by asking for another; counts and optima where they are finite."""
    try:
        solver, target, unknowns = build(problem)
    except Untranslatable as error:
        return _reply("unsupported", detail=str(error))
    solver.set("timeout", int(time_limit * 1000))
    if problem.query == "count":
        return _count(solver, unknowns)
    if problem.query in ("minimum", "maximum"):
        return _optimum(solver, target, problem.query, time_limit)
    first = solver.check()
    if first == z3.unsat:
        return _reply("none")
    if first == z3.unknown:
        return _reply("timeout" if "timeout" in solver.reason_unknown() else "unsupported")
    value = solver.model().eval(target, model_completion=True)
    solver.add(target != value)
    second = solver.check()
    if second == z3.sat:
        return _reply("many")
    if second == z3.unknown:
        return _reply("unsupported", detail="uniqueness could not be decided")
    return _exact(value)


def _exact(value: Any) -> Reply:
    if z3.is_int_value(value) or z3.is_rational_value(value):
        return _reply("unique", str(value.as_fraction() if not value.is_int() else value))
    return _reply("unsupported", detail=f"{value} is irrational")


def _count(solver: Any, unknowns: Mapping[str, Any]) -> Reply:
    if any(not unknown.is_int() for unknown in unknowns.values()):
        return _reply("unsupported", detail="counting needs integer unknowns")
    found = 0
    while (outcome := solver.check()) == z3.sat:
        found += 1
        if found > MAX_COUNT:
            return _reply("unsupported", detail=f"more than {MAX_COUNT} solutions")
        model = solver.model()
        solver.add(z3.Or([u != model.eval(u, model_completion=True) for u in unknowns.values()]))
    if outcome == z3.unknown:
        return _reply("unsupported", detail="the count could not be decided")
    return _reply("unique", str(found))


def _optimum(solver: Any, target: Any, query: str, time_limit: float) -> Reply:
    optimizer = z3.Optimize()
    optimizer.set("timeout", int(time_limit * 1000))
    optimizer.add(*solver.assertions())
    handle = optimizer.minimize(target) if query == "minimum" else optimizer.maximize(target)
    outcome = optimizer.check()
    if outcome == z3.unsat:
        return _reply("none")
    if outcome == z3.unknown:
        return _reply("unsupported", detail="the optimum could not be decided")
    bound = optimizer.lower(handle) if query == "minimum" else optimizer.upper(handle)
    if not (z3.is_int_value(bound) or z3.is_rational_value(bound)):
        return _reply("many", detail=f"there is no {query}")
    # For products Z3 may stop at a bound that is not the optimum: ask for a better one.
    solver.add(target < bound if query == "minimum" else target > bound)
    if solver.check() != z3.unsat:
        return _reply("unsupported", detail="the optimum could not be proved")
    return _exact(bound)


def _reply(status: str, answer: str | None = None, detail: str = "") -> Reply:
    return {"status": status, "answer": answer, "backend": "z3", "detail": detail}
