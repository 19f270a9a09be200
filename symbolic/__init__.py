"""Symbolic maths problems: exact, verified, and mutable. Knows nothing of language models."""

from zoped.symbolic.check import Check, check_problem
from zoped.symbolic.export import to_smtlib, to_sympy
from zoped.symbolic.expression import (
    EvaluationError,
    Expression,
    ExpressionError,
    evaluate,
    parse_expression,
)
from zoped.symbolic.problem import Constraint, Domain, Lineage, SymbolicProblem, Variable
from zoped.symbolic.realize import realize
from zoped.symbolic.solve import Solution, solve
from zoped.symbolic.steps import Step

__all__ = [
    "Check",
    "Constraint",
    "Domain",
    "EvaluationError",
    "Expression",
    "ExpressionError",
    "Lineage",
    "Solution",
    "Step",
    "SymbolicProblem",
    "Variable",
    "check_problem",
    "evaluate",
    "parse_expression",
    "realize",
    "solve",
    "to_smtlib",
    "to_sympy",
]
