"""Seeds: word problems with known answers, and the data files that they are read from."""

from zoped.programs.seeds.seed_file import (
    MAX_TEXT,
    Seed,
    SeedError,
    SeedFault,
    builtin_seeds,
    check_seeds,
    load_seeds,
    read_answer,
    same_number,
)

__all__ = [
    "MAX_TEXT",
    "Seed",
    "SeedError",
    "SeedFault",
    "builtin_seeds",
    "check_seeds",
    "load_seeds",
    "read_answer",
    "same_number",
]
