"""Z3: integers, inequalities, finite domains. Uniqueness by asking for a second answer.

The encoding is exact: a term of Z3 has the value that `evaluate` gives, and where the language has
no value the encoding has none. What Z3 finds satisfiable is put back into the relations; what it
finds unsatisfiable is a proof; anything else is "unsupported".
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import z3

from zoped.symbolic.language.evaluate import EvaluationError, evaluate
from zoped.symbolic.language.expression import (
    SERIES,
    Apply,
    Expression,
    Number,
    Symbol,
    substitute,
)
from zoped.symbolic.problem import Domain, SymbolicProblem
from zoped.symbolic.solving.linear import linear_form
from zoped.symbolic.solving.proofs.nearby import best_nearby
from zoped.symbolic.solving.scaling import scales_up

MAX_POWER = 12
MAX_EXPANDED = 400
MAX_COUNT = 2_000
MAX_SORTED = 12
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
    """Builds Z3 terms. `defined` collects what must hold for the terms to have a value, `meaning`
    what the fresh variables stand for; both under the conditions that lead to the term."""

    def __init__(self, symbols: Mapping[str, Any], known: Mapping[str, Fraction]) -> None:
        self.symbols = symbols
        self.known = known
        self.defined: list[Any] = []
        self.meaning: list[Any] = []
        self.path: list[Any] = []

    def require(self, condition: Any) -> None:
        self.defined.append(z3.Implies(z3.And(self.path), condition) if self.path else condition)

    def term(self, e: Expression) -> Any:
        if isinstance(e, Symbol) and e.name in self.symbols:
            return self.symbols[e.name]
        if isinstance(e, Number | Symbol) or e.symbols <= self.known.keys():
            try:
                value = evaluate(e, self.known)
            except EvaluationError as error:
                raise Untranslatable(str(error)) from None
            truth = isinstance(e, Apply) and e.is_condition
            return z3.BoolVal(value == 1) if truth else _number(value)
        if not isinstance(e, Apply):
            raise Untranslatable(f"{e} is irrational")
        if e.operator in SERIES:
            return self._series(e)
        if e.operator in ("if", "and", "or"):
            return self._by_condition(e)
        a = [_quantity(self.term(child)) for child in e.arguments]
        if e.operator in _RELATIONS:
            return _RELATIONS[e.operator](a[0], a[1])
        return self._apply(e, a)

    def _by_condition(self, e: Apply) -> Any:
        first = self.truth(e.arguments[0])
        others = []
        for place, part in enumerate(e.arguments[1:]):
            # `and` and the first branch go on where the condition holds, the others where not.
            goes_on = first if e.operator == "and" or (e.operator == "if" and place == 0) else None
            self.path.append(goes_on if goes_on is not None else z3.Not(first))
            others.append(_quantity(self.term(part)) if e.operator == "if" else self.truth(part))
            self.path.pop()
        if e.operator == "if":
            return z3.If(first, others[0], others[1])
        return z3.And(first, others[0]) if e.operator == "and" else z3.Or(first, others[0])

    def truth(self, e: Expression) -> Any:
        term = self.term(e)
        return term if z3.is_bool(term) else term != 0

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
            case "not":
                return z3.Not(a[0] != 0)
            case "/":
                divisor = _real(a[1])
                self.require(divisor != 0)
                return _real(a[0]) / divisor
            case "//" | "%":
                return self._divide(e, a)
            case "**":
                return self._power(e, a)
            case "abs":
                return z3.If(a[0] >= 0, a[0], -a[0])
            case "mean":
                return _real(sum(a[1:], a[0])) / len(a)
            case "different":
                return z3.Distinct([_real(term) for term in a])
            case "median":
                ordered, middle = _sorted(a), len(a) // 2
                if len(a) % 2:
                    return ordered[middle]
                return (_real(ordered[middle - 1]) + _real(ordered[middle])) / 2
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
                root, inside = z3.FreshReal("root"), _real(a[0])
                self.require(inside >= 0)
                self.meaning += [root >= 0, z3.Implies(inside >= 0, root * root == inside)]
                return root
        raise Untranslatable(f"{e.operator} of an unknown")

    def _divide(self, e: Apply, a: list[Any]) -> Any:
        left, right = a
        self.require(right != 0)
        if left.is_int() and right.is_int():
            # Z3's remainder is never negative; ours has the divisor's sign, as Python's has.
            quotient = z3.If(right > 0, left / right, (-left) / (-right))
            return quotient if e.operator == "//" else left - right * quotient
        quotient = z3.ToInt(_real(left) / _real(right))
        if e.operator == "//":
            return quotient
        return _real(left) - _real(right) * z3.ToReal(quotient)

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
        self.require(a[0] != 0)
        return 1 / _real(result)

    def _series(self, e: Apply) -> Any:
        term, index, first, last = e.arguments
        try:
            low, high = evaluate(first, self.known), evaluate(last, self.known)
        except EvaluationError:
            raise Untranslatable("a sum with unknown bounds") from None
        if high - low + 1 > MAX_EXPANDED or low.denominator != 1 or high.denominator != 1:
            raise Untranslatable(f"a sum over {high - low + 1} terms")
        total: Any = z3.IntVal(int(e.operator == "product"))
        for k in range(low.numerator, high.numerator + 1):
            value = _quantity(self.term(substitute(term, {str(index): Number(Fraction(k))})))
            if e.operator == "count":
                value = z3.If(value != 0, 1, 0)
            total = total * value if e.operator == "product" else total + value
        return total


def _sorted(terms: list[Any]) -> list[Any]:
    """The terms in order, by exchanging neighbours."""
    if len(terms) > MAX_SORTED:
        raise Untranslatable(f"the median of {len(terms)} unknowns")
    ordered = list(terms)
    for end in range(len(ordered) - 1, 0, -1):
        for i in range(end):
            a, b = ordered[i], ordered[i + 1]
            ordered[i], ordered[i + 1] = z3.If(a <= b, a, b), z3.If(a <= b, b, a)
    return ordered


def _quantity(term: Any) -> Any:
    """A truth value as 1 or 0."""
    return z3.If(term, z3.IntVal(1), z3.IntVal(0)) if z3.is_bool(term) else term


def _number(value: Fraction) -> Any:
    return (
        z3.IntVal(value.numerator)
        if value.denominator == 1
        else z3.Q(value.numerator, value.denominator)
    )


def _real(term: Any) -> Any:
    return z3.ToReal(term) if term.is_int() else term


class _Encoded:
    """A problem in Z3: `solver` has the relations, `target_defined` where the target has a value."""

    def __init__(self, problem: SymbolicProblem) -> None:
        self.problem = problem
        self.known = {v.name: v.value for v in problem.variables if v.value is not None}
        self.unknowns: dict[str, Any] = {
            v.name: z3.Int(v.name) if v.domain.is_integer else z3.Real(v.name)
            for v in problem.unknowns
        }
        self.solver = z3.Solver()
        for v in problem.unknowns:
            if v.domain in (Domain.POSITIVE_INTEGER, Domain.POSITIVE_REAL):
                self.solver.add(self.unknowns[v.name] > 0)
            elif v.domain is Domain.NONNEGATIVE_INTEGER:
                self.solver.add(self.unknowns[v.name] >= 0)
        translator = _Translator(self.unknowns, self.known)
        for relation in problem.relations:
            self.solver.add(translator.truth(relation))
        self.solver.add(*translator.defined, *translator.meaning)
        of_target = _Translator(self.unknowns, self.known)
        self.target = _quantity(of_target.term(problem.target))
        self.target_meaning = of_target.meaning
        self.target_defined = z3.And(of_target.defined) if of_target.defined else None

    def is_solution(self, model: Any) -> bool:
        """Whether the model, put back into the relations, is one, in all domains."""
        point = dict(self.known)
        for name, unknown in self.unknowns.items():
            value = model.eval(unknown, model_completion=True)
            if not (z3.is_int_value(value) or z3.is_rational_value(value)):
                return self._is_irrational_solution(model)
            point[name] = Fraction(str(value.as_fraction() if not value.is_int() else value))
        try:
            return all(
                self.problem.variable(name).domain.contains(point[name]) for name in self.unknowns
            ) and all(evaluate(relation, point) == 1 for relation in self.problem.relations)
        except EvaluationError:
            return self._is_irrational_solution(model)

    def _is_irrational_solution(self, model: Any) -> bool:
        if any(v.domain is Domain.RATIONAL for v in self.problem.unknowns):
            return False
        return all(
            z3.is_true(model.eval(assertion, model_completion=True))
            for assertion in self.solver.assertions()
        )


def build(problem: SymbolicProblem) -> tuple[Any, Any, dict[str, Any]]:
    """(solver with all constraints, target term, unknowns by name); raises Untranslatable."""
    encoded = _Encoded(problem)
    encoded.solver.add(*encoded.target_meaning)
    if encoded.target_defined is not None:
        encoded.solver.add(encoded.target_defined)
    return encoded.solver, encoded.target, encoded.unknowns


@contextmanager
def _cpu_limit(seconds: float) -> Iterator[threading.Event]:
    """Interrupt Z3 when this process has spent so much CPU time: the machine's load is no matter."""
    done, interrupted = threading.Event(), threading.Event()
    end = time.process_time() + seconds

    def watch() -> None:
        while not done.wait(0.02):
            if time.process_time() > end:
                interrupted.set()
                z3.main_ctx().interrupt()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield interrupted
    finally:
        done.set()
        watcher.join()
        if interrupted.is_set():
            _take_in_the_interrupt()


def _take_in_the_interrupt() -> None:
    """An interrupt that came when Z3 had just ended would stop the next problem instead."""
    for _ in range(10):
        solver = z3.Solver()
        try:
            solver.add(z3.Int("i") * z3.Int("i") == 4)
            if solver.check() == z3.sat:
                return
        except z3.Z3Exception:
            continue


def solve_with_z3(problem: SymbolicProblem, time_limit: float) -> Reply:
    """One answer, proved unique by asking for another; counts and optima where they are finite.

    `time_limit` is in seconds of CPU time.
    """
    try:
        encoded = _Encoded(problem)
    except Untranslatable as error:
        return _reply("unsupported", detail=str(error))
    decide = {"value": _value, "count": _count}.get(problem.query, _optimum)
    with _cpu_limit(time_limit) as interrupted:
        try:
            reply = decide(encoded)
        except z3.Z3Exception as error:  # interrupted within a model
            reply = _reply("unsupported", detail=f"Z3 could not decide: {error}")
    if reply["status"] == "unsupported" and interrupted.is_set():
        return _reply("timeout", detail="Z3 ran out of time")
    return reply


def _value(encoded: _Encoded) -> Reply:
    solver, target = encoded.solver, encoded.target
    first = solver.check()
    if first == z3.unsat:
        return _reply("none", detail="no value fits all constraints")
    if first == z3.unknown:
        return _reply("unsupported", detail="Z3 could not decide")
    if not encoded.is_solution(solver.model()):
        return _reply("unsupported", detail="the solution that Z3 found could not be confirmed")
    if encoded.target_defined is not None:
        solver.push()
        solver.add(z3.Not(encoded.target_defined))
        outside = solver.check()
        confirmed = outside == z3.sat and encoded.is_solution(solver.model())
        solver.pop()
        if confirmed:
            return _reply("invalid", detail="the target is undefined")
        if outside != z3.unsat:
            return _reply("unsupported", detail="the target may be undefined")
    solver.add(*encoded.target_meaning)
    if solver.check() != z3.sat:
        return _reply("unsupported", detail="Z3 could not decide")
    value = solver.model().eval(target, model_completion=True)
    solver.add(target != value)
    second = solver.check()
    if second == z3.sat and encoded.is_solution(solver.model()):
        return _reply("many", detail=f"{encoded.problem.target} can differ")
    if second != z3.unsat:
        return _reply("unsupported", detail="uniqueness could not be decided")
    return _exact(value)


def _exact(value: Any) -> Reply:
    if z3.is_int_value(value) or z3.is_rational_value(value):
        return _reply("unique", str(value.as_fraction() if not value.is_int() else value))
    return _reply("unsupported", detail=f"{value} is irrational")


def _count(encoded: _Encoded) -> Reply:
    if any(not unknown.is_int() for unknown in encoded.unknowns.values()):
        return _reply("unsupported", detail="counting needs integer unknowns")
    solver, unknowns = encoded.solver, encoded.unknowns
    if unknowns and scales_up(encoded.problem):
        return _count_of_multiples(encoded)
    found = 0
    while (outcome := solver.check()) == z3.sat:
        found += 1
        model = solver.model()
        if not encoded.is_solution(model):
            return _reply("unsupported", detail="a solution could not be confirmed")
        if found == 1 and _is_endless(encoded):
            return _reply("many", detail="there are infinitely many solutions")
        if found > MAX_COUNT:
            return _reply("unsupported", detail=f"more than {MAX_COUNT} solutions")
        solver.add(z3.Or([u != model.eval(u, model_completion=True) for u in unknowns.values()]))
    if outcome == z3.unknown:
        return _reply("unsupported", detail="the count could not be decided")
    return _reply("unique", str(found))


def _count_of_multiples(encoded: _Encoded) -> Reply:
    """Where one solution besides 0 leads to infinitely many."""
    solver = encoded.solver
    solver.push()
    solver.add(z3.Or([u != 0 for u in encoded.unknowns.values()]))
    outcome = solver.check()
    confirmed = outcome == z3.sat and encoded.is_solution(solver.model())
    solver.pop()
    if confirmed:
        return _reply("many", detail="there are infinitely many solutions")
    if outcome != z3.unsat:
        return _reply("unsupported", detail="the count could not be decided")
    return _reply("unique", str(int(solver.check() == z3.sat)))


_HOMOGENEOUS = {"==": "==", "<": "<=", "<=": "<=", ">": ">=", ">=": ">="}


def _is_endless(encoded: _Encoded) -> bool:
    """Whether a direction leads from each solution of a linear problem to further ones for ever."""
    problem = encoded.problem
    step = {name: z3.Real(name) for name in encoded.unknowns}
    solver = z3.Solver()
    for relation in problem.relations:
        if not isinstance(relation, Apply) or relation.operator not in _HOMOGENEOUS:
            return False
        try:
            form = linear_form(Apply("-", relation.arguments), encoded.known)
        except EvaluationError:
            return False
        if form is None:
            return False
        change = z3.Sum([_number(Fraction(c)) * step[n] for n, c in form[0].items()])
        operator = _HOMOGENEOUS[relation.operator]
        solver.add(
            change == 0 if operator == "==" else change <= 0 if operator == "<=" else change >= 0
        )
    solver.add(*(step[v.name] >= 0 for v in problem.unknowns if v.domain is not Domain.INTEGER))
    solver.add(z3.Or([s != 0 for s in step.values()]))
    return bool(solver.check() == z3.sat)


def _optimum(encoded: _Encoded) -> Reply:
    solver, target, query = encoded.solver, encoded.target, encoded.problem.query
    solver.add(*encoded.target_meaning)
    if encoded.target_defined is not None:
        solver.add(encoded.target_defined)
    optimizer = z3.Optimize()
    optimizer.add(*solver.assertions())
    handle = optimizer.minimize(target) if query == "minimum" else optimizer.maximize(target)
    outcome = optimizer.check()
    if outcome == z3.unsat and encoded.target_defined is None:
        return _reply("none", detail="no value fits all constraints")
    if outcome == z3.unsat:
        return _reply(
            "unsupported", detail="there is nothing that fits, or the target is undefined"
        )
    if outcome == z3.unknown:
        return _guessed(encoded)
    bound = optimizer.lower(handle) if query == "minimum" else optimizer.upper(handle)
    if not (z3.is_int_value(bound) or z3.is_rational_value(bound)):
        if _is_linear(encoded):  # there Z3 finds what is unbounded, or near and never reached
            return _reply("many", detail=f"there is no {query}")
        return _reply("unsupported", detail=f"no {query} was found")
    # For products Z3 may stop at a bound that is not the optimum, or not reached.
    if not _is_best(encoded, bound):
        return _reply("unsupported", detail="the optimum could not be proved")
    return _exact(bound)


def _is_best(encoded: _Encoded, bound: Any) -> bool:
    """Whether it is proved that the target reaches the bound and never passes it."""
    solver, target = encoded.solver, encoded.target
    solver.push()
    solver.add(target == bound)
    reached = solver.check() == z3.sat and encoded.is_solution(solver.model())
    solver.pop()
    if not reached:
        return False
    solver.push()
    solver.add(target < bound if encoded.problem.query == "minimum" else target > bound)
    passed = solver.check()
    solver.pop()
    return bool(passed == z3.unsat)


def _guessed(encoded: _Encoded) -> Reply:
    """A simple value near what floats find, if it is proved to be the optimum."""
    near = best_nearby(encoded.problem)
    for size in (1, 2, 12, 100):
        if near is None:
            break
        value = Fraction(near).limit_denominator(size)
        if abs(value - Fraction(near)) < Fraction(1, 10**6) and _is_best(encoded, _number(value)):
            return _exact(z3.simplify(_number(value)))
    return _reply("unsupported", detail="the optimum could not be decided")


def _is_linear(encoded: _Encoded) -> bool:
    problem = encoded.problem
    sides = [problem.target]
    for relation in problem.relations:
        if not isinstance(relation, Apply) or relation.operator == "!=":
            return False
        sides += relation.arguments
    try:
        return all(linear_form(side, encoded.known) is not None for side in sides)
    except EvaluationError:
        return False


def _reply(status: str, answer: str | None = None, detail: str = "") -> Reply:
    return {"status": status, "answer": answer, "backend": "z3", "detail": detail}
