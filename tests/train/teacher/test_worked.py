"""Stories with worked steps: right, and none of what is held out."""

import re
from itertools import islice
from random import Random

from zoped.evals import answers_match, extract_answer
from zoped.evals.held_out import held_out_set
from zoped.symbolic import fingerprint, instance_key, solve
from zoped.train.teacher.worked import (
    LARGEST,
    LARGEST_OF_STRATEGY,
    rewritten_problems,
    told_problems,
    worked_stories,
)


def test_stories_state_what_their_problem_says():
    more_steps = 0
    for _, problem in islice(told_problems(Random(5)), 150):
        solution = solve(problem)
        assert solution.status == "unique" and 1 <= len(solution.steps) <= 4
        assert all(given.value <= LARGEST for given in problem.givens)
        more_steps += len(problem.constraints) > 1
    assert 5 < more_steps < 60, "some have an operator's step behind the story"


def test_what_is_learnt_is_worked_and_not_held_out():
    kept = {problem.text for problem in held_out_set("stories", 600)}
    examples = list(islice(worked_stories(0, slips=0.0), 100))
    assert not {example.text for example in examples} & kept
    for example in examples:
        result = example.answer.split(" \\boxed")[0].rstrip(".").rpartition("= ")[2]
        assert answers_match(result, extract_answer(example.answer))
    slipping = islice(worked_stories(0, slips=1.0), 100)
    assert sum(a != b for a, b in zip(examples, slipping, strict=True)) > 30


def test_the_held_out_stories_are_right_and_of_three_levels():
    problems = held_out_set("stories", 600)
    assert len({p.text for p in problems}) == len({p.instance_key for p in problems}) == 600
    assert [p.grade for p in problems[:6]] == [0, 1, 2, 0, 1, 2]
    for problem in problems:
        solution = solve(problem.symbols)
        assert solution.answer == problem.answer
        assert problem.instance_key == instance_key(problem.symbols)
        assert (problem.grade == 0) == (len(solution.steps) == 1)


def test_a_strategy_is_told_behind_its_story_and_worked_in_small_steps():
    fingerprints = set()
    for text, problem in islice(rewritten_problems(Random(2)), 20):
        solution = solve(problem)
        assert solution.status == "unique" and 2 <= len(solution.steps) <= 5
        assert all(0 <= step.value <= LARGEST_OF_STRATEGY for step in solution.steps)
        assert "asked for" not in text
        numbers = {int(given.value) for given in problem.givens}
        assert numbers - {2} <= {int(number) for number in re.findall(r"\d+", text)}
        fingerprints.add(fingerprint(problem))
    assert len(fingerprints) > 8


def test_a_share_of_what_is_learnt_comes_of_strategies():
    kept = {problem.text for problem in held_out_set("rewritten", 600)}
    texts = [example.text for example in islice(worked_stories(0, 0.0, strategies=0.5), 60)]
    assert not kept & {*texts}
    told = [
        text
        for text in texts
        if re.search("rectangle|average of|doubled|twice|as large|times as many", text)
    ]
    assert 16 < len(told) < 50


def test_the_held_out_rewrites_are_the_stories_and_others_by_strategies():
    problems = held_out_set("rewritten", 600)
    assert len({p.text for p in problems}) == len({p.instance_key for p in problems}) == 600
    assert [p.grade for p in problems[:6]] == [0, 1, 2, 0, 1, 2]
    stories = {problem.text for problem in held_out_set("stories", 600)}
    for problem in problems:
        assert solve(problem.symbols).answer == problem.answer
        assert (problem.text in stories) == (problem.grade < 2)
