"""Problems by operators drawn at random, several in a row: no teacher, hundreds a second."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from random import Random

from zoped.programs.acceptance import GeneratedProblem, Reason
from zoped.programs.generate import GenerateProblem
from zoped.programs.generation_step import GenerationStep
from zoped.programs.seeds import Seed
from zoped.symbolic import SymbolicProblem, instance_key, operators


def random_walk(
    program: GenerateProblem, seeds: Sequence[Seed], index: int, *, longest: int
) -> GenerationStep:
    """One to `longest` operators, one after the other, on a seed; only the last problem is checked.

    The seed's numbers are drawn anew first: otherwise walks by the same operators would meet. Where
    the problem is accepted, it comes in `program.variants` versions with numbers of their own. The
    seed and the operators are drawn by `program.seed` and `index`. The step holds the problems that
    were accepted, or why there is none. A seed without symbols is rejected.
    """
    rng = Random(f"{program.seed}:walk:{index}")
    seed = rng.choice(seeds)
    step = GenerationStep(program, seed, index)
    problem = step.symbols()
    if problem is None:
        return step
    problem = step.apply_quietly(problem, "change_numbers", f"{step.key}:numbers") or problem
    names: list[str] = []
    for place in range(rng.randint(1, longest)):
        step.mutation = _drawn(problem, program.mutate.menu, rng)
        if not step.mutation:
            break
        changed = step.apply(problem, f"{step.key}:{place}")
        if changed is None:
            break  # what was made until here may still be a problem
        problem = changed
        names.append(step.mutation)
    if names:
        step.mutation, step.depth = " + ".join(names), len(names)
        step.add(step.key, problem, instance_key(problem))
        for variant in range(1, program.variants if step.accepted else 1):
            key = f"{step.key}:variant {variant}"
            changed = step.apply_quietly(problem, "change_numbers", key)
            if changed is not None:
                changed = changed.replaced(lineage=problem.lineage)
                step.add(key, changed, instance_key(changed))
    return step


def _drawn(problem: SymbolicProblem, menu: Sequence[str], rng: Random) -> str:
    """One of the operators that may apply, each as likely as the other; "" where none does."""
    known = operators()
    left = list(menu)
    while left:
        name = left.pop(rng.randrange(len(left)))
        if known[name].applicable(problem):
            return name
    return ""


def walks(
    program: GenerateProblem, seeds: Sequence[Seed], first: int, count: int, *, longest: int
) -> tuple[list[GeneratedProblem], Counter[str]]:
    """The problems of `count` walks from index `first` on, and the rejections' reasons, counted."""
    accepted: list[GeneratedProblem] = []
    reasons: Counter[str] = Counter()
    for index in range(first, first + count):
        step = random_walk(program, seeds, index, longest=longest)
        accepted += step.accepted
        # An operator that was refused on the way to a problem has cost none.
        lost = [r for r in step.rejected if r.reason is not Reason.REFUSED]
        reasons.update(str(r.reason) for r in (lost if step.accepted else step.rejected[-1:]))
    return accepted, reasons
