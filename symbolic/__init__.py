"""Symbolic maths problems: exact, verified, and mutable. Knows nothing of language models."""

from zoped.symbolic.check import Check, check_problem
from zoped.symbolic.fingerprint import fingerprint, instance_key
from zoped.symbolic.fitted import with_fitting_numbers
from zoped.symbolic.language.evaluate import EvaluationError, evaluate
from zoped.symbolic.language.expression import Expression
from zoped.symbolic.language.parse import ExpressionError, parse_expression
from zoped.symbolic.operators import (
    Limits,
    MutationRefused,
    Operator,
    OperatorError,
    applicable,
    mutate,
    operators,
    register_operator,
)
from zoped.symbolic.problem import Constraint, Domain, Lineage, SymbolicProblem, Variable
from zoped.symbolic.solving.export import to_smtlib, to_sympy
from zoped.symbolic.solving.solve import Solution, solve
from zoped.symbolic.solving.worked_steps import Step
from zoped.symbolic.wording.realize import realize
from zoped.symbolic.wording.text_checks import called_alike, missing_givens, states_answer

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
    "OperatorError",
    "Solution",
    "Step",
    "SymbolicProblem",
    "Variable",
    "applicable",
    "called_alike",
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
    "with_fitting_numbers",
]
