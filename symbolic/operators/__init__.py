"""Mutation operators: small classes in a registry, each one idea."""

from zoped.symbolic.operators import givens, harder_steps, numbers, pairs, questions, steps
from zoped.symbolic.operators.base import (
    Limits,
    MutationRefused,
    Operator,
    OperatorError,
    applicable,
    mutate,
    operators,
    register_operator,
)

__all__ = [
    "Limits",
    "MutationRefused",
    "Operator",
    "OperatorError",
    "applicable",
    "givens",
    "harder_steps",
    "mutate",
    "numbers",
    "operators",
    "pairs",
    "questions",
    "register_operator",
    "steps",
]
