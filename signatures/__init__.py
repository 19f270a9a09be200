"""DSPy signatures, one a step. The docstring is the prompt that the optimizer starts from."""

from zoped.signatures.choose_mutation import ChooseMutation, ChooseMutationByText, MutationChoice
from zoped.signatures.formalize_problem import FormalizeProblem
from zoped.signatures.notation import as_lines, from_lines
from zoped.signatures.rewrite_problem import RewriteProblem
from zoped.signatures.rewrite_text import RewriteText
from zoped.signatures.solve_problem import SolveProblem
from zoped.signatures.verbalize_problem import VerbalizeProblem
from zoped.signatures.written_problem import WrittenProblem, WrittenVariable

__all__ = [
    "ChooseMutation",
    "ChooseMutationByText",
    "FormalizeProblem",
    "MutationChoice",
    "RewriteProblem",
    "RewriteText",
    "SolveProblem",
    "VerbalizeProblem",
    "WrittenProblem",
    "WrittenVariable",
    "as_lines",
    "from_lines",
]
