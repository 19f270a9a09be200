"""The programs a teacher runs: formalize, mutate, verbalize, generate; seeds and teachers."""

from zoped.programs.acceptance import GeneratedProblem, Reason, Rejection
from zoped.programs.formalize import Formalize
from zoped.programs.generate import GenerateProblem
from zoped.programs.mutate import Mutate
from zoped.programs.random_operators import RandomOperators
from zoped.programs.seeds import Seed, SeedError, SeedFault, builtin_seeds, check_seeds, load_seeds
from zoped.programs.teachers.errors import MissingExtraError, TeacherError
from zoped.programs.verbalize import Verbalize

__all__ = [
    "Formalize",
    "GenerateProblem",
    "GeneratedProblem",
    "MissingExtraError",
    "Mutate",
    "RandomOperators",
    "Reason",
    "Rejection",
    "Seed",
    "SeedError",
    "SeedFault",
    "TeacherError",
    "Verbalize",
    "builtin_seeds",
    "check_seeds",
    "load_seeds",
]
