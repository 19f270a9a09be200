"""Seeds: word problems with known answers, and the data files that they are read from."""

from zoped.programs.seeds.seed_file import (
    Seed,
    SeedError,
    SeedFault,
    answers,
    builtin_seeds,
    check_seeds,
    is_constant,
    load_seeds,
    named_seeds,
    read_answer,
    same_number,
)
from zoped.programs.seeds.word_problems import MAX_TEXT

__all__ = [
    "MAX_TEXT",
    "Seed",
    "SeedError",
    "SeedFault",
    "answers",
    "builtin_seeds",
    "check_seeds",
    "is_constant",
    "load_seeds",
    "named_seeds",
    "read_answer",
    "same_number",
]
