"""The held-out problems are fixed, graded, right, and apart from the training data."""

import re
from statistics import fmean

import pytest

from zoped.evals import accuracy, answers_match
from zoped.evals.held_out import (
    COUNT,
    LEVELS,
    elementary_seeds,
    held_out_keys,
    held_out_problems,
    held_out_set,
    normalized,
    overlap,
)
from zoped.programs import builtin_seeds
from zoped.symbolic import instance_key, realize, solve
from zoped.symbolic.wording.text_checks import missing_givens
from zoped.train import load_student


def test_they_are_distinct_graded_and_solved():
    problems = held_out_problems(90)
    assert len({p.instance_key for p in problems}) == 90
    assert len({normalized(p.text) for p in problems}) == 90
    assert [sum(p.grade == grade for p in problems) for grade in range(3)] == [30, 30, 30]
    for problem in problems:
        assert answers_match(solve(problem.symbols).answer, problem.answer)


def test_a_longer_set_starts_with_the_shorter_one():
    assert held_out_problems(60)[:30] == held_out_problems(30)


def test_overlap_finds_a_copy_by_symbols_or_by_text():
    problems = held_out_problems(30)
    assert overlap(problems, []) == set()
    assert overlap(problems, [problems[3]]) == {problems[3].instance_key}


@pytest.mark.slow
def test_the_keys_that_are_kept_are_those_of_all_held_out_problems():
    made = {problem.instance_key for name in LEVELS for problem in held_out_set(name, COUNT)}
    assert held_out_keys() == made


@pytest.mark.slow
def test_no_built_in_seed_is_a_held_out_problem():
    seeds = {instance_key(seed.symbols) for seed in builtin_seeds() if seed.symbols}
    assert not seeds & {p.instance_key for p in held_out_problems(600)}


def test_accuracy_counts_and_has_an_interval_that_respects_repeats(skilled_student):
    problems = held_out_problems(60)
    student = skilled_student({p.text: p.answer for p in problems}, skill=30)
    once = accuracy(student, problems, samples=1)
    often = accuracy(student, problems, samples=8)
    assert once.total == 60 and often.total == 480
    assert often.correct == round(sum(often.scores) * 8)
    width = [high - low for low, high in (once.interval, often.interval)]
    assert width[1] < width[0]
    assert width[1] > width[0] / 8**0.5, "eight answers to one question are not eight questions"


def test_the_frozen_problems_of_the_lab_are_right_and_of_three_levels():
    problems = held_out_set("lab", 600)
    assert len({normalized(p.text) for p in problems}) == 600
    assert [p.grade for p in problems[:6]] == [0, 1, 2, 0, 1, 2]
    for problem in problems:
        assert solve(problem.symbols).answer == problem.answer
        assert not missing_givens(problem.symbols, problem.text)
    assert held_out_set("lab", 30) == problems[:30]


def test_no_problem_of_the_lab_is_a_seed_with_other_numbers_in_the_same_words():
    told = {normalized(realize(seed.symbols, 0)) for seed in elementary_seeds()}
    texts = {normalized(p.text) for p in held_out_set("lab", 600)}
    forms = {re.sub(r"\d+", "#", text) for text in texts}
    assert forms.isdisjoint(re.sub(r"\d+", "#", text) for text in told)
    seeds = {instance_key(seed.symbols) for seed in elementary_seeds()}
    assert seeds.isdisjoint(p.instance_key for p in held_out_set("lab", 600))


@pytest.mark.slow
def test_the_lab_student_finds_the_levels_as_hard_as_they_are_called():
    problems = held_out_set("lab", 600)
    found = accuracy(load_student("lab"), problems, samples=2, seed=0)
    levels = [
        fmean(s for s, p in zip(found.scores, problems, strict=True) if p.grade == grade)
        for grade in range(3)
    ]
    assert 0.35 < levels[0] < 0.55 and 0.1 < levels[1] < 0.3 and levels[2] < 0.1
