"""Exports say the same as the problem: to SymPy, and to SMT-LIB that Z3 reads and solves."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
import sympy
import z3

from zoped.programs import builtin_seeds
from zoped.symbolic import SymbolicProblem, evaluate, solve, to_smtlib, to_sympy
from zoped.symbolic.solving.linear import solve_linear

BREADTH = [
    SymbolicProblem.model_validate(json.loads(line)["problem"])
    for line in (Path(__file__).parent / "data" / "breadth.jsonl").read_text().splitlines()
]
SEEDS = [seed.symbols for seed in builtin_seeds() if seed.symbols is not None]
PROBLEMS = [*SEEDS, *BREADTH]


@pytest.mark.slow
def test_sympy_agrees_with_our_values():
    compared = 0
    for problem in PROBLEMS:
        result = solve_linear(problem)
        if result.status != "unique":
            continue
        relations, target, symbols = to_sympy(problem)
        point = {
            symbols[v.name]: sympy.Rational(str(result.values[v.name])) for v in problem.unknowns
        }
        for relation in relations:
            assert bool(relation.subs(point)), (problem, relation)
        ours = evaluate(problem.target, result.values)
        assert target.subs(point) == sympy.Rational(str(ours))
        compared += 1
    assert compared > 100


def smtlib_or_none(problem):
    try:
        return to_smtlib(problem)
    except ValueError:
        return None


def test_z3_reads_what_smtlib_can_say():
    """Reading raises for a text that is not SMT-LIB."""
    texts = [smtlib_or_none(problem) for problem in PROBLEMS]
    said = [text for text in texts if text is not None]
    assert len(said) >= 0.85 * len(PROBLEMS)
    for text in said:
        z3.parse_smt2_string(text)


def test_the_smtlib_text_has_the_same_answer():
    compared = 0
    for problem in SEEDS:
        text = smtlib_or_none(problem)
        solution = solve(problem)
        if text is None or problem.query != "value" or solution.value is None:
            continue
        solver = z3.Solver()
        solver.set("timeout", 5_000)
        solver.from_string(text)
        if solver.check() != z3.sat:
            continue
        model = solver.model()
        values = {str(d): model[d] for d in model.decls()}
        name = str(problem.target)
        if name in values and isinstance(values[name], z3.IntNumRef | z3.RatNumRef):
            assert Fraction(values[name].as_string()) == solution.value
            compared += 1
    assert compared > 50


def test_what_smtlib_cannot_say_is_named():
    problem = SymbolicProblem.model_validate(
        {"variables": [{"name": "x"}], "constraints": ["x == sin(x) + 1"], "target": "x"}
    )
    with pytest.raises(ValueError, match="sin"):
        to_smtlib(problem)


@pytest.mark.parametrize("first", ["1", "0", "m", "2*m"])
@pytest.mark.parametrize(
    "series", ["sum(k + m, k, {}, n)", "product(k + 9, k, {}, n)", "count(k < m, k, {}, n)"]
)
def test_an_empty_sum_is_empty_for_sympy_too(series, first):
    """SymPy's own sum from 1 to -3 is minus that of -2, -1 and 0."""
    problem = SymbolicProblem.model_validate(
        {
            "variables": [{"name": name, "domain": "integer"} for name in "mn"],
            "target": series.format(first),
        }
    )
    _, target, symbols = to_sympy(problem)
    for m in (-2, 1, 3):
        for n in (-6, -4, -1, 0, 1, 5):
            ours = evaluate(problem.target, {"m": Fraction(m), "n": Fraction(n)})
            at = target.subs({symbols["m"]: m, symbols["n"]: n}).doit()
            assert at == sympy.Rational(str(ours)), (m, n)
