"""How many structures there are among the problems of a training file."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from zoped.programs import GeneratedProblem, Seed
from zoped.symbolic import fingerprint


def structures_of(
    used: Collection[str], seeds: Iterable[Seed], made: Iterable[GeneratedProblem]
) -> set[str]:
    """The fingerprints of those seeds and problems whose ids were `used`: a seed, what was made of it with
    other numbers and what is replayed share one. What has no symbols has none."""
    symbols = [(seed.id, seed.symbols) for seed in seeds]
    symbols += [(problem.id, problem.symbols) for problem in made]
    return {fingerprint(s) for id_, s in symbols if id_ in used and s is not None}
