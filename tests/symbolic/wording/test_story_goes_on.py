"""A step is told as a go-on of the story only where the story ends with the asked quantity."""

import pytest

from zoped.programs import builtin_seeds
from zoped.symbolic import MutationRefused, mutate, realize

SEEDS = {seed.id: seed.problem for seed in builtin_seeds()}
IN_THE_STORY = ("Then", "these", "after that")


@pytest.mark.parametrize("seed_id", ["pens-given", "weekly-savings", "pens-buy-lose"])
def test_what_somebody_has_in_the_end_can_grow(seed_id):
    child = mutate(SEEDS[seed_id], "add_step", seed=0)
    assert "Then" in realize(child, 0) and "after that" in realize(child, 0)


@pytest.mark.parametrize(
    "seed_id",
    # what was there at first, what was given, what is needed, by how many one has more
    ["marbles-before", "stickers-gift", "savings-goal", "shells-difference", "walk-distance"],
)
@pytest.mark.parametrize("operator", ["add_step", "share_step", "boxes_step", "leftover_step"])
def test_any_other_quantity_is_named_instead(seed_id, operator):
    try:
        child = mutate(SEEDS[seed_id], operator, seed=0)
    except MutationRefused:
        return  # refused: that is right, too
    text = realize(child, 0)
    assert not [word for word in IN_THE_STORY if word in text], text


def test_a_second_result_is_told_apart_from_the_first():
    child = mutate(mutate(SEEDS["ribbons"], "double_step", seed=0), "double_step", seed=0)
    text = realize(child, 0)
    assert "second result is twice the result" in text
    assert "second result" in text.split(". ")[-1]


def test_sentences_of_later_steps_come_in_their_order():
    child = mutate(mutate(SEEDS["age-later"], "square_step", seed=0), "percent_step", seed=0)
    text = realize(child, 0)
    assert text.index("The side of a square") < text.index("A part is")


def test_whole_numbers_asked_for_stay_whole_when_the_givens_become_fractions():
    asked = mutate(SEEDS["walk-distance"], "ask_minimum", seed=0)
    with pytest.raises(MutationRefused):
        mutate(asked, "to_decimals", seed=0)
    parted = mutate(SEEDS["change-back"], "to_decimals", seed=0)
    assert all(v.domain != "rational" for v in parted.variables)


def test_a_result_that_is_divided_keeps_its_name():
    doubled = mutate(SEEDS["ribbons"], "double_step", seed=0)
    text = realize(mutate(doubled, "boxes_step", seed=0), 0)
    assert "The result is divided by" in text and text.endswith("the rounded quotient?")
