"""What a teacher must be able to do for a run, and whether the small ones can."""

from __future__ import annotations

from collections.abc import Sequence

from zoped.programs.seeds import Seed
from zoped.programs.teachers.errors import TeacherError

EMBEDDED = "embedded"
READER = "embedded-reader"  # the same model with what it has learnt; `embedded-reader:FILE` names other learning
NONE = "none"  # no language model: operators are drawn at random
_OTHER = "name another teacher, such as openai/gpt-5-mini"
_ONE_THAT_READS = f"{_OTHER}, or {READER}, which needs no network"


def is_embedded(model: str) -> bool:
    """Whether the teacher runs in this process."""
    return model == EMBEDDED or is_reader(model)


def is_reader(model: str) -> bool:
    """Whether it is the embedded model that reads and writes problems."""
    return model.partition(":")[0] == READER


def require_able(
    model: str, seeds: Sequence[Seed], *, mutation: str = "operators", verbalization: str = "rules"
) -> None:
    """Raise TeacherError where the teacher `model` cannot do what these seeds and settings ask for.

    Only the embedded teachers and `none` have limits that are known beforehand: a model of 135
    million parameters chooses from a list, but writes neither symbols nor word problems; as the
    reader it has learnt to write symbols, to rewrite and to tell them, and no longer chooses.
    """
    if is_reader(model) and mutation not in ("weights", "rewrite"):
        raise TeacherError(
            f"mutation: {mutation}: {READER} reads, rewrites and tells problems, it does not choose; "
            f"write rewrite, or weights, by which operators and strategies are drawn, or {_OTHER}"
        )
    if model not in (EMBEDDED, NONE):
        return
    who = (
        "the embedded teacher is too small" if model == EMBEDDED else "without a teacher nothing is"
    )
    if mutation not in ("operators", "weights"):  # by weights they draw operators alone
        able = "to rewrite problems" if model == EMBEDDED else "rewritten"
        raise TeacherError(
            f"mutation: {mutation}: {who} {able}; write operators or weights, or {_ONE_THAT_READS}"
        )
    if verbalization != "rules":
        able = "to write problems" if model == EMBEDDED else "put into words by a teacher"
        raise TeacherError(
            f"verbalization: {verbalization}: {who} {able}; write rules, or {_OTHER}"
        )
    bare = [seed.id for seed in seeds if seed.symbols is None]
    if bare and (model == EMBEDDED or len(bare) == len(seeds)):
        many = "none" if len(bare) == len(seeds) else f"{len(seeds) - len(bare):,}"
        have = f"{many} of the {len(seeds):,} seeds have their"
        if len(seeds) == 1:
            have = "the one seed has no"
        able = "to write symbols" if model == EMBEDDED else "formalized"
        raise TeacherError(
            f"seeds: {have} symbolic form (without it: {', '.join(bare[:3])}"
            f"{', ...' if bare[3:] else ''}), and {who} {able}; "
            f"give each seed its `symbols` (docs/seeds.md), or {_ONE_THAT_READS}"
        )
