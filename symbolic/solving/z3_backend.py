"""Z3: integers, inequalities, finite domains. Uniqueness by asking for a second answer.

The encoding is exact: a term of Z3 has the value that `evaluate` gives, and where the language has
no value the encoding has none. What Z3 finds satisfiable is put back into the relations; what it
finds unsatisfiable is a proof; anything else is "unsupported".
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from typing import Any

import z3

from zoped.symbolic.language.evaluate import EvaluationError, evaluate
from zoped.symbolic.language.expression import Apply
from zoped.symbolic.problem import Domain, SymbolicProblem
from zoped.symbolic.solving.linear import linear_form
from zoped.symbolic.solving.proofs.nearby import best_nearby
from zoped.symbolic.solving.scaling import scales_up
from zoped.symbolic.solving.z3_terms import Translator, Untranslatable, number_term, quantity

MAX_COUNT = 2_000
Reply = dict[str, Any]


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
        translator = Translator(self.unknowns, self.known)
        for relation in problem.relations:
            self.solver.add(translator.truth(relation))
        self.solver.add(*translator.defined, *translator.meaning)
        of_target = Translator(self.unknowns, self.known)
        self.target = quantity(of_target.term(problem.target))
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


# Numbers that are looked for: from which share to how many times the one before, and how large
# everything worked out has to be at least. Near ones first.
_NEARBY = ((0.5, 2, 2), (0.1, 5, 1))
_ROOM = 10  # at least so much more than the one before


def fit_with_z3(
    problem: SymbolicProblem, sets: Sequence[Sequence[str]], time_limit: float
) -> Reply:
    """Other whole values for the givens of one of the sets, the first for which the relations have a
    solution in positive numbers: `values` by name in a reply of status "fits".

    The time is shared out over the sets.
    """
    for low, high, least in _NEARBY:
        for names in sets:
            opened = problem.replaced(
                variables=tuple(
                    v.replaced(value=None) if v.name in names else v for v in problem.variables
                )
            )
            try:
                encoded = _Encoded(opened)
            except Untranslatable as error:
                return _reply("unsupported", detail=str(error))
            for name, unknown in encoded.unknowns.items():
                encoded.solver.add(unknown >= least)
                if name in names:
                    before = float(problem.variable(name).value or 0)
                    encoded.solver.add(unknown >= max(2, int(low * before)))
                    encoded.solver.add(unknown <= int(high * before) + _ROOM)
            with _cpu_limit(time_limit / len(sets) / len(_NEARBY)):
                try:
                    found = encoded.solver.check() == z3.sat
                    model = encoded.solver.model() if found else None
                except z3.Z3Exception:
                    continue
            if model is not None and encoded.is_solution(model):
                values = {
                    n: str(model.eval(encoded.unknowns[n], model_completion=True)) for n in names
                }
                return _reply("fits") | {"values": values}
    return _reply("none", detail="no numbers fit")


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
        solver.add(*encoded.target_meaning, z3.Not(encoded.target_defined))
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
        change = z3.Sum([number_term(Fraction(c)) * step[n] for n, c in form[0].items()])
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
        if abs(value - Fraction(near)) < Fraction(1, 10**6) and _is_best(
            encoded, number_term(value)
        ):
            return _exact(z3.simplify(number_term(value)))
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
