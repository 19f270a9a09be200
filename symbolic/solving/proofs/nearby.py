"""Where an optimum probably lies: a search in floats. A guess, which another backend must prove."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

from zoped.symbolic.language.evaluate import EvaluationError, exact_value
from zoped.symbolic.problem import Domain, SymbolicProblem

MAX_UNKNOWNS = 3
_ROUNDS = 400
_DIGITS = 10**9


def best_nearby(problem: SymbolicProblem) -> float | None:
    """The best value of the target that steps on a logarithmic scale find, from 1 for all unknowns.

    For positive real unknowns without relations between them; None for another problem.
    """
    names = [v.name for v in problem.unknowns]
    if not 1 <= len(names) <= MAX_UNKNOWNS or problem.relations:
        return None
    if any(v.domain is not Domain.POSITIVE_REAL for v in problem.unknowns):
        return None
    known = {v.name: v.value for v in problem.givens if v.value is not None}
    sign = 1 if problem.query == "minimum" else -1

    def at(point: tuple[Fraction, ...]) -> Fraction | None:
        try:
            value = exact_value(problem.target, known | dict(zip(names, point, strict=True)))
        except EvaluationError:
            return None
        return sign * Fraction(value)

    point = (Fraction(1),) * len(names)
    best = at(point)
    factor = 2.0
    for _ in range(_ROUNDS):
        if best is None or factor < 1 + 1e-7:
            break
        steps = product((1 / factor, 1.0, factor), repeat=len(names))
        tried = [
            tuple(
                Fraction(round(x * Fraction(f) * _DIGITS), _DIGITS)
                for x, f in zip(point, step, strict=True)
            )
            for step in steps
        ]
        values = [(value, other) for other in tried if (value := at(other)) is not None]
        better, where = min(values)
        if better < best:
            best, point = better, where
        else:
            factor = 1 + (factor - 1) / 2
    return None if best is None else float(sign * best)
