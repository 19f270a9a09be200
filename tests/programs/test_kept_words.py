"""What a rewrite keeps of its original's words, and what siblings share of a teacher's."""

from __future__ import annotations

from fractions import Fraction

from zoped.programs.formalizing.kept_words import in_the_words_of
from zoped.programs.formalizing.own_words import in_own_words
from zoped.programs.formalizing.shared_words import SharedWords, with_other_numbers
from zoped.signatures import WrittenProblem
from zoped.symbolic import realize

TEXT = "Nadia planted 14 tulips in the front yard and 9 tulips behind the house. How many tulips did she plant?"
LINES = """front N = 14 tulip: tulips in the front yard
back N = 9 tulip: tulips behind the house
total N = ? tulip: tulips Nadia planted
total == front + back
find total"""
LONGER = LINES.replace("find total", "") + "double == 2*total\nfind double"


def written(lines: str):
    return WrittenProblem.model_validate(lines).to_problem()


def test_a_rewrite_that_goes_on_is_told_in_the_seeds_own_sentences():
    original = in_own_words(written(LINES), TEXT)
    longer = written(
        LONGER.replace("total ==", "double N = ? tulip: tulips Omar planted\ntotal ==")
    )
    told = realize(in_the_words_of(original, longer), 0)
    assert told.startswith(
        "Nadia planted 14 tulips in the front yard and 9 tulips behind the house. "
    )
    assert not realize(longer, 0).startswith("Nadia")


def test_sentences_whose_numbers_are_no_longer_given_are_not_kept():
    original = in_own_words(written(LINES), TEXT)
    backwards = written(
        LINES.replace("front N = 14", "front N = ?")
        .replace("total N = ?", "total N = 23")
        .replace("find total", "find front")
    )
    kept = in_the_words_of(original, backwards)
    assert all(c.statement is None for c in kept.constraints)
    assert not kept.questions


def test_the_question_is_kept_where_it_is_the_same():
    original = in_own_words(written(LINES), TEXT)
    assert in_the_words_of(original, written(LINES)).questions == original.questions
    assert realize(in_the_words_of(original, written(LINES)), 0) == TEXT


def with_values(front: int, back: int):
    problem = written(LINES)
    values = {"front": front, "back": back}
    return problem.replaced(
        variables=tuple(
            v.replaced(value=Fraction(values[v.name])) if v.name in values else v
            for v in problem.variables
        )
    )


def test_words_are_shared_with_other_numbers():
    again = with_other_numbers(TEXT, written(LINES), with_values(30, 41))
    assert again == TEXT.replace("14", "30").replace("9", "41")


def test_words_are_not_shared_where_they_might_not_fit():
    other = with_values(30, 41)
    for text in (
        TEXT.replace("14", "fourteen"),  # a number in words
        TEXT.replace("14 tulips", "14 tulips, 5 more than behind it,"),  # what was worked out
        TEXT.replace("9 tulips", "14 tulips"),  # twice the same
    ):
        assert with_other_numbers(text, written(LINES), other) is None
    assert with_other_numbers(TEXT, written(LINES), with_values(1, 41)) is None  # 1 tulips
    assert with_other_numbers(TEXT, written(LINES), written(LINES.replace("+", "-"))) is None


def juice(glass: str, price: str, extra: str = "spoon N+ = 12: spoons in the drawer", first=False):
    lines = [
        f"glass Q = {glass} liter: juice in a glass",
        f"price R+ = {price} dollar: price of a liter",
        "cost R+ = ? dollar: price of the juice in a glass",
        "cost == glass*price",
        "find cost",
    ]
    lines.insert(0 if first else 2, extra)
    return written("\n".join(lines))


JUICE = "There are 12 spoons in the drawer. A liter costs 4.50 dollars, a glass holds 1/2 liter. What is that?"


def test_fractions_and_decimals_take_the_place_of_such():
    told = juice("1/2", "9/2")
    assert with_other_numbers(JUICE, told, juice("3/4", "26/5")) == JUICE.replace(
        "1/2", "3/4"
    ).replace("4.50", "5.20")
    assert with_other_numbers(JUICE, told, juice("1/5", "3")) == JUICE.replace(
        "1/2", "1/5"
    ).replace("4.50", "3.00")
    for glass, price in (
        ("3/2", "5"),  # 3/2 liter
        ("2", "5"),
        ("1", "5"),
        ("1/4", "1"),  # 1.00 dollars
        ("1/4", "1/2"),  # 0.50 dollars
        ("1/4", "10/3"),  # not in cents
        ("1/4", "201/40"),
    ):
        assert with_other_numbers(JUICE, told, juice(glass, price)) is None
    whole = JUICE.replace("4.50", "4")
    assert with_other_numbers(whole, juice("1/2", "4"), juice("1/2", "9/2")) is None
    mixed = JUICE.replace("4.50", "4 1/2").replace("1/2 liter", "2 liters")
    assert with_other_numbers(mixed, juice("2", "9/2"), juice("3", "11/2")) is None


def test_the_order_and_the_names_of_things_may_differ_and_those_of_the_words_count():
    told = juice("1/2", "9/2")
    other = juice("3/4", "26/5", "spoon N+ = 12: spoons on the table", first=True)
    shared = SharedWords(1)
    assert not list(shared.fitting(other))
    shared.add(JUICE, told)
    [(same, text)] = shared.fitting(other)
    assert [v.meaning for v in same.variables] == [v.meaning for v in told.variables]
    assert {v.name: v.value for v in same.givens} == {v.name: v.value for v in other.givens}
    assert text == JUICE.replace("1/2", "3/4").replace("4.50", "5.20")
    for changed in ("spoon N+ = 12 gram: spoons", "spoon Q = 12: spoons", "fork N+ = 12: forks"):
        assert not list(shared.fitting(juice("3/4", "26/5", changed)))


def test_texts_take_turns_once_there_are_enough():
    shared, again = SharedWords(2), JUICE.replace("There are", "Somebody counts")
    shared.add(JUICE, juice("1/2", "9/2"))
    assert not list(shared.fitting(juice("3/4", "26/5")))
    shared.add(again, juice("1/2", "9/2"))
    first = [next(shared.fitting(juice("3/4", "26/5")))[1][:5] for _ in range(4)]
    assert first == ["There", "Someb", "There", "Someb"]


def test_the_question_is_not_kept_where_it_asks_for_something_else():
    """ "The first number is 14. ... The result is the sum of both. How many tulips did she plant?" """
    original = in_own_words(written(LINES), TEXT)
    abstract = written(
        LINES.replace(" tulip: tulips in the front yard", ": the first number")
        .replace(" tulip: tulips behind the house", ": the second number")
        .replace(" tulip: tulips Nadia planted", ": the result")
    )
    told = realize(in_the_words_of(original, abstract), 0)
    assert "tulips" not in told and told.endswith("What is the result?")
