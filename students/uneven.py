"""The uneven student: a lab student that misunderstands some kinds of problems.

The slips of the lab student are one fault, the same in everything that it solves, and whatever it is
trained on mends it: four problems do as well as four hundred (docs/results.md). This one has many
faults. A kind of problem is a seed, however it is worded, with the operator that changed its structure;
of half of the kinds it mostly reads solutions that end in the wrong operation, 8 - 3 for 8 + 3. What
mends one kind does not mend the next, so that it matters what it is trained on. Of stories, which have
no seed, a kind is a key word, such as "left" or "each", with the operations that solve the problem:
pupils too follow key words where they should follow what is told (Hegarty, Mayer and Monk, 1995,
doi:10.1037/0022-0663.87.1.18). Made by `zoped lab-student --uneven`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from random import Random

from zoped.evals.held_out import COUNT, elementary_seeds, held_out_problems, held_out_set
from zoped.programs.seeds import builtin_seeds
from zoped.students.lab import (
    Example,
    LabSettings,
    changed_problem,
    drawn_change,
    maybe_with_slip,
)
from zoped.symbolic import realize

MISUNDERSTOOD = 0.5  # of the kinds
WRONG_SHARES = (0.4, 0.95)  # of the solutions to problems of such a kind, from kind to kind
OF_STORIES = (0.5, 0.95)  # the same of stories
INSTEAD = {"+": "-", "-": "+", "*": "+", "/": "-"}
_KEY_WORDS = re.compile(
    r"\b(again|altogether|at first|before|begin|begun|both|each|every|fewer|first|in all|left|less|longer"
    r"|more|now|older|over|per|remain|remained|share|spend|start|still|than|then|together|total|week)\b"
)
_OPERATIONS = re.compile(r"(?<=\d )[-+*/](?= \d)")


def uneven_examples(settings: LabSettings) -> Iterator[Example]:
    """Endless training examples in all wordings of the seeds; none is a held-out problem of the lab's
    or of the built-in ones."""
    held_out = (*held_out_problems(), *held_out_set("lab", COUNT))
    excluded = {problem.instance_key for problem in held_out}
    symbols = {seed.id: seed.symbols for seed in builtin_seeds()}
    # Every second example starts from a seed of one step.
    names = [[seed.id for seed in elementary_seeds(most_steps)] for most_steps in (1, 2)]
    rng = Random(f"uneven-{settings.seed}")
    while True:
        name = rng.choice(rng.choice(names))
        problem = symbols[name]
        assert problem is not None  # elementary seeds have symbols
        structure, numbers = drawn_change(rng, settings)
        changed = changed_problem(problem, structure, numbers, rng, excluded)
        if changed is None:
            continue
        problem, answer = changed
        share = wrong_share(name, structure)
        if share and rng.random() < share:
            answer = with_wrong_operation(answer)
        else:
            answer = maybe_with_slip(answer, settings.slips, rng)
        yield Example(realize(problem, rng.getrandbits(31)), answer)


def uneven_stories(stories: Iterable[Example], seed: int) -> Iterator[Example]:
    """These right ones, some of them with another operation in the end."""
    rng = Random(f"uneven-stories-{seed}")
    for story in stories:
        if rng.random() < wrong_share(*kind_of(story), shares=OF_STORIES):
            yield Example(story.text, with_wrong_operation(story.answer))
        else:
            yield story


def kind_of(story: Example) -> tuple[str, str]:
    """Its last key word, "" where it has none, and the operations in their order: "*-"."""
    words = _KEY_WORDS.findall(story.text.lower())
    steps = story.answer.partition(" \\boxed")[0]
    return words[-1] if words else "", "".join(_OPERATIONS.findall(steps))


def wrong_share(*kind: str, shares: tuple[float, float] = WRONG_SHARES) -> float:
    """The share of wrong solutions to problems of a kind, such as a seed and an operator; 0 for what is
    understood."""
    if _unit("has", *kind) >= MISUNDERSTOOD:
        return 0.0
    low, high = shares
    return low + (high - low) * _unit("rate", *kind)


def with_wrong_operation(answer: str) -> str:
    """The solution with another operation in its last step, and what comes of that in the box."""
    steps = answer.partition(" \\boxed")[0].rstrip(".").split(". ")
    left, operation, right = steps[-1].split(" ")[:3]
    first, second = int(left), int(right)
    operation = INSTEAD[operation]
    if operation == "-" and second > first:
        first, second = second, first
    result = first + second if operation == "+" else first - second
    steps[-1] = f"{first} {operation} {second} = {result}"
    return f"{'. '.join(steps)}. \\boxed{{{result}}}"


def _unit(*key: str) -> float:
    """From 0 to 1, the same for the same key."""
    return int(hashlib.sha256("\0".join(key).encode()).hexdigest()[:12], 16) / 16**12
