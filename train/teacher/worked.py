"""Stories with worked steps, for a lab student that reads more than the rules' English."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from zoped.evals.held_out import COUNT, LEVELS, elementary, held_out_set, plainly_worked
from zoped.programs.formalizing.own_words import in_own_words
from zoped.programs.teachers.reader.telling import told_as_taught
from zoped.students.lab import STEPS_OPERATORS, Example, answer_text, maybe_with_slip
from zoped.symbolic import MutationRefused, SymbolicProblem, instance_key, mutate, realize, solve
from zoped.symbolic.language.evaluate import evaluate
from zoped.symbolic.language.parse import parse_expression
from zoped.symbolic.wording.inflection import plural
from zoped.train.teacher.lines import lines_of_equation
from zoped.train.teacher.realized import carry_out, problem_told
from zoped.train.teacher.stories import stories

MOST_STEPS = 2
LARGE, LARGEST = 10, 60  # numbers above the first come seldom, above the second never
LARGE_SHARE = 0.25
A_STEP_MORE = 0.15  # of the stories go on with a step by an operator
# Of those that a story can be told with, what small numbers solve step by step.
STRATEGIES = ("area_from_length", "average_target", "recursion", "repeated_growth")
LARGEST_OF_STRATEGY, MOST_STEPS_OF_STRATEGY = 150, 5


def told_problems(rng: Random) -> Iterator[tuple[str, SymbolicProblem]]:
    """Endless stories of whole numbers that `+ - * /` solve in a few steps, and what they say."""
    for story in stories(rng):
        lines = lines_of_equation(story.text, story.formula)
        problem = None if lines is None else problem_told(story.text, lines)
        if problem is None or not _fits(problem, rng):
            continue
        # "9 dozen" is 9 and 12: lines may take the one for the other.
        if solve(problem).value != evaluate(parse_expression(story.formula), {}):
            continue
        if rng.random() < A_STEP_MORE:
            yield from _with_a_step(story.text, problem, rng)
        else:
            yield story.text, problem


def rewritten_problems(
    rng: Random, *, other_words: float = 0.5
) -> Iterator[tuple[str, SymbolicProblem]]:
    """Endless stories that one of `STRATEGIES` was carried out on, and what they say. A share, `other_words`,
    is told as no rewrite is."""
    for text, problem in told_problems(rng):
        own = in_own_words(problem, text)
        name, is_other = rng.choice(STRATEGIES), rng.random() < other_words
        changed = None if own == problem else carry_out(own, name, rng)
        if changed is None or not _short(changed) or not _counted_in_the_text(own, text):
            continue
        told = told_as_taught(own, changed, name, other_words=is_other)
        if told != changed:
            yield realize(told, rng.getrandbits(31)), told


def worked_stories(seed: int, slips: float, strategies: float = 0.0) -> Iterator[Example]:
    """What a lab student reads and should write; none is a held-out problem. A share of them, `strategies`,
    are those of `rewritten_problems`."""
    rng = Random(f"worked-{seed}")
    excluded = {each.instance_key for name in LEVELS for each in held_out_set(name, COUNT)}
    rewritten = rewritten_problems(Random(f"rewritten-{seed}"))
    told = told_problems(rng)
    while True:
        text, problem = next(rewritten if strategies and rng.random() < strategies else told)
        answer = answer_text(problem)
        if answer is not None and instance_key(problem) not in excluded:
            yield Example(text, maybe_with_slip(answer, slips, rng))


def _fits(problem: SymbolicProblem, rng: Random) -> bool:
    largest = max((given.value or 0 for given in problem.givens), default=0)
    if largest > LARGEST or (largest > LARGE and rng.random() > LARGE_SHARE):
        return False
    return elementary(problem, most_steps=MOST_STEPS)


def _counted_in_the_text(problem: SymbolicProblem, text: str) -> bool:
    """Whether the text speaks of what its answer is counted in, and of nothing that was "asked for"."""
    unit = next((v.unit for v in problem.variables if v.name == str(problem.target)), "")
    return bool(unit) and plural(unit) in text.lower() and "asked for" not in text


def _short(problem: SymbolicProblem) -> bool:
    steps = solve(problem).steps
    return 0 < len(steps) <= MOST_STEPS_OF_STRATEGY and plainly_worked(steps, LARGEST_OF_STRATEGY)


def _with_a_step(
    text: str, problem: SymbolicProblem, rng: Random
) -> Iterator[tuple[str, SymbolicProblem]]:
    own = in_own_words(problem, text)
    if own == problem:
        return
    try:
        longer = mutate(own, rng.choice(STEPS_OPERATORS), seed=rng.getrandbits(31))
    except MutationRefused:
        return
    if elementary(longer, most_steps=MOST_STEPS + 1):
        yield realize(longer, rng.getrandbits(31)), longer
