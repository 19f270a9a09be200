"""What a story's template takes for granted is so wherever it may be told."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from zoped.programs import builtin_seeds
from zoped.symbolic import MutationRefused, mutate, realize
from zoped.symbolic.operators.distractors import people_of
from zoped.symbolic.operators.quantity import Kind
from zoped.symbolic.operators.story_tables import steps, stories
from zoped.symbolic.wording.inflection import PRONOUNS, lower_first

SEEDS = {seed.id: seed.symbols for seed in builtin_seeds()}
WITH_A_PERSON = {Kind.HELD, Kind.PURSE, Kind.COST, Kind.AGE}
TOLD = [
    (step, kind, story)
    for step in steps()
    for kind, each in stories(step).items()
    for story in each
]


def words_of(*templates: str) -> set[str]:
    return {name for text in templates for _, name, _, _ in Formatter().parse(text) if name}


def test_only_what_somebody_has_or_pays_is_told_of_them():
    for step, kind, story in TOLD:
        if kind not in WITH_A_PERSON:
            assert "who" not in words_of(story.says, story.given, story.result), (step, story)
        if kind in (Kind.HELD, Kind.PURSE, Kind.AGE):
            assert "{who} pays" not in story.says or "whole sum" in story.says, (step, story)


def test_no_sentence_starts_with_the_letter_of_an_unknown():
    for step, _, story in TOLD:
        for sentence in story.says.split(". "):
            assert not sentence.startswith(("{x}", "{letter}")), (step, sentence)


@pytest.mark.parametrize(("seed_id", "operator"), [("percent-walk", "take_away_step")])
def test_one_of_them_is(seed_id, operator):
    made = [mutate(SEEDS[seed_id], operator, seed=i, amount=1) for i in range(12)]
    told = [realize(problem, i) for i, problem in enumerate(made)]
    assert any(" 1 is ill today" in text for text in told)


def test_what_remains_is_one():
    problem = SEEDS["three-remainders"]
    ones = tuple(v.replaced(value=1) if v.name in "rst" else v for v in problem.variables)
    for seed in range(12):
        assert not re.search(
            r"\b1 are\b|\bare 1\b", realize(problem.replaced(variables=ones), seed)
        )


def test_a_capital_makes_nobody_a_person():
    assert people_of("Members [pay] # dollars once") == []
    assert people_of("Machine [makes] # bulbs") == []
    assert people_of("Ann and Ben [have] # pens together") == ["Ann"]
    for seed_id, problem in SEEDS.items():
        for seed in range(3):
            try:
                made = mutate(problem, "add_distractor", seed=seed)
            except MutationRefused:
                continue
            (extra,) = (v for v in made.variables if v.distractor)
            who = re.match(
                r"(\w+) \[(?:is|has|lives)\] # (?:years|cousins|km|chairs|friends)", extra.clause
            )
            assert who is None or who[1] in PRONOUNS, (seed_id, extra.clause)


@pytest.mark.parametrize("name", ["James", "Chris", "Iris", "Carlos", "Jess"])
def test_a_name_in_s_stays_a_name(name):
    assert lower_first(f"{name} has 5 pens") == f"{name} has 5 pens"
    assert lower_first("Members pay 5 dollars") == "members pay 5 dollars"
