"""Symbolic maths problems: exact, verified, and mutable. Knows nothing of language models."""

from zoped.symbolic.check import Check, check_problem
from zoped.symbolic.evaluate import EvaluationError, evaluate
from zoped.symbolic.export import to_smtlib, to_sympy
from zoped.symbolic.expression import Expression
from zoped.symbolic.fingerprint import fingerprint, instance_key
from zoped.symbolic.operators import (
    Limits,
    MutationRefused,
    Operator,
    mutate,
    operators,
    register_operator,
)
from zoped.symbolic.parse import ExpressionError, parse_expression
from zoped.symbolic.problem import Constraint, Domain, Lineage, SymbolicProblem, Variable
from zoped.symbolic.realize import realize
from zoped.symbolic.solve import Solution, solve
from zoped.symbolic.steps import Step
from zoped.symbolic.text_checks import missing_givens, states_answer

__all__ = [
    "Check",
    "Constraint",
    "Domain",
    "EvaluationError",
    "Expression",
    "ExpressionError",
    "Limits",
    "Lineage",
    "MutationRefused",
    "Operator",
    "Solution",
    "Step",
    "SymbolicProblem",
    "Variable",
    "check_problem",
    "evaluate",
    "fingerprint",
    "instance_key",
    "missing_givens",
    "mutate",
    "operators",
    "parse_expression",
    "realize",
    "register_operator",
    "solve",
    "states_answer",
    "to_smtlib",
    "to_sympy",
]
