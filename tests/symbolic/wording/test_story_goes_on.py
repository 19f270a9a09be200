"""A step is told as a go-on of the story only where the story ends with the asked quantity."""

import re

import pytest

from zoped.programs import builtin_seeds
from zoped.symbolic import (
    MutationRefused,
    check_problem,
    missing_givens,
    mutate,
    operators,
    realize,
)
from zoped.symbolic.operators.story import all_stories
from zoped.symbolic.operators.story_tables import steps, stories
from zoped.symbolic.problem import SLOT
from zoped.symbolic.wording.wordings import first_wording

SEEDS = {seed.id: seed.symbols for seed in builtin_seeds()}
# Where only what an operator says is looked at.
PLAIN = {seed_id: first_wording(problem) for seed_id, problem in SEEDS.items()}
IN_THE_STORY = re.compile(r"\bThen\b|\bthese\b|after that|\bLater\b")


def stories_of(operator, seed_id, tries=12, seeds=PLAIN):
    for seed in range(tries):
        try:
            child = mutate(seeds[seed_id], operator, seed=seed)
        except MutationRefused:
            continue
        yield child, realize(child, seed)


@pytest.mark.parametrize("name", steps())
def test_every_step_can_be_told_in_at_least_six_ways(name):
    told = {(s.says, s.given, s.result, s.means) for s in all_stories(stories(name))}
    assert len(told) >= 6


@pytest.mark.parametrize("seed_id", ["pens-given", "weekly-savings", "pens-buy-lose"])
def test_what_somebody_has_in_the_end_can_grow(seed_id):
    texts = [text for _, text in stories_of("add_step", seed_id)]
    assert len({text.split(". ")[-2] for text in texts}) >= 3
    for text in texts:
        assert re.search(r"more \w+|\w+ back \d+", text) and "result" not in text


@pytest.mark.parametrize(
    "seed_id",
    # what was there at first, what was given, by how many one has more, how far somebody went
    ["marbles-before", "stickers-gift", "shells-difference", "walk-distance"],
)
@pytest.mark.parametrize("operator", ["add_step", "share_step", "boxes_step", "leftover_step"])
def test_any_other_quantity_is_named_instead(seed_id, operator):
    for _, text in stories_of(operator, seed_id):
        assert not IN_THE_STORY.search(text), text


@pytest.mark.parametrize("operator", ["add_step", "double_step", "percent_step", "square_step"])
@pytest.mark.parametrize("seed_id", ["draw-red", "percent-of-beads", "fraction-pizza"])
def test_no_story_goes_on_from_a_probability_or_a_share(operator, seed_id):
    with pytest.raises(MutationRefused):
        mutate(SEEDS[seed_id], operator, seed=0)


def test_every_story_is_told_in_full():
    """Each step on each seed: the givens are stated, one question, no hole of a template left."""
    steps = [name for name, operator in operators().items() if "_step" in name or "ask_" in name]
    told = 0
    for name in steps:
        for seed_id in SEEDS:
            for child, text in stories_of(name, seed_id, tries=2, seeds=SEEDS):
                assert missing_givens(child, text) == [], text
                assert text.count("?") == 1 and not re.search(r"[{}#\[\]]|  ", text), text
                assert not re.search(r"\b(\w+) \1\b(?! had)", text), text
                told += 1
    assert told > 1_000


def test_sentences_of_later_steps_come_in_their_order():
    for seed in range(20):
        try:
            child = mutate(SEEDS["committee"], "divisor_step", seed=seed)
            child = mutate(child, "double_step", seed=seed)
        except MutationRefused:
            continue
        text = realize(child, 0)
        first = re.search(r"\bLet ([a-z]) be the number of ways", text)
        if first:
            used = [m.start() for m in re.finditer(rf"\b{first[1]}\b(?! be)", text)]
            assert all(at > first.start() for at in used), text


def test_whole_numbers_asked_for_stay_whole_when_the_givens_become_fractions():
    asked = mutate(SEEDS["walk-distance"], "ask_minimum", seed=0)
    with pytest.raises(MutationRefused):
        mutate(asked, "to_decimals", seed=0)
    parted = mutate(SEEDS["change-back"], "to_decimals", seed=0)
    assert all(v.domain != "rational" for v in parted.variables)


def test_two_kinds_of_containers_never_meet():
    """A box that holds 4 pens, and then boxes of another size, would contradict each other."""
    for operator in ("boxes_step", "leftover_step", "share_step", "ask_maximum", "ask_minimum"):
        for _, text in stories_of(operator, "boxes-of-pens", tries=20):
            # The story's own sentences speak of boxes twice.
            assert len(re.findall(r"\bbox(?:es)?\b", text)) == 2, text


def test_a_number_is_not_told_where_others_say_it():
    """The mean of three numbers that are all there is no news, and wrong for other numbers."""
    with pytest.raises(MutationRefused):
        mutate(SEEDS["variance"], "reveal_step", seed=0)
    assert check_problem(mutate(SEEDS["nuts-more-total"], "reveal_step", seed=0)).reason is None


def test_a_number_that_a_name_speaks_of_is_not_lost():
    """ "the number of three-digit multiples of {d}" cannot be told once d is gone, nor asked for."""
    for operator in ("reveal_step", "swap_unknown"):
        for problem, text in stories_of(operator, "three-digit-multiples", seeds=SEEDS):
            known = {v.name for v in problem.givens}
            assert all(known.issuperset(SLOT.findall(v.meaning)) for v in problem.variables)
            assert "{" not in text
