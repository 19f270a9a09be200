"""Symbolic maths problems: exact, verified, and mutable. Knows nothing of language models."""

from zoped.symbolic.expression import (
    EvaluationError,
    Expression,
    ExpressionError,
    evaluate,
    parse_expression,
)
from zoped.symbolic.problem import Constraint, Domain, Lineage, SymbolicProblem, Variable
from zoped.symbolic.realize import realize

__all__ = [
    "Constraint",
    "Domain",
    "EvaluationError",
    "Expression",
    "ExpressionError",
    "Lineage",
    "SymbolicProblem",
    "Variable",
    "evaluate",
    "parse_expression",
    "realize",
]
