"""The text checks read numbers as people write them, and no numbers that are not there."""

import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoped.symbolic import SymbolicProblem, Variable, missing_givens, states_answer
from zoped.symbolic.wording.text_checks import numbers_in

F = Fraction


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("one-fifth of the cake", F(1, 5)),
        ("one fifth of the cake", F(1, 5)),
        ("a fifth of the cake", F(1, 5)),
        ("two-fifths", F(2, 5)),
        ("three fourths of them", F(3, 4)),
        ("three-quarters of an hour", F(3, 4)),
        ("seven eighths", F(7, 8)),
        ("nine tenths", F(9, 10)),
        ("a hundredth of a second", F(1, 100)),
        ("thrice as many", 3),
        ("twice", 2),
        ("quadruple", 4),
        ("two dozen eggs", 24),
        ("a dozen eggs", 12),
        ("three dozen", 36),
        ("half a dozen eggs", 6),
        ("2 dozen", 24),
        ("2 million people", 2_000_000),
        ("2.5 million people", 2_500_000),
        ("a million", 1_000_000),
        ("half a million", 500_000),
        ("three thousand four hundred", 3_400),
        ("one and a half", F(3, 2)),
        ("five and a half million", F(5_500_000)),
        ("sixfold", F(6)),
        ("a score of nought", F(0)),
        ("two and three quarters", F(11, 4)),
        ("1 and a half hours", F(3, 2)),
        ("½ cup", F(1, 2)),
        ("2½ cups", F(5, 2)),
        ("2 ½ cups", F(5, 2)),
        ("¾", F(3, 4)),
        ("negative 60", -60),
        ("minus five degrees", -5),
        ("-7", -7),
        ("−7", -7),
        ("3 degrees below zero", -3),
        ("twelve metres below sea level", -12),
        ("one hundred and five", 105),
        ("one hundred five", 105),
        ("a hundred", 100),
        ("nineteen hundred", 1_900),
        ("two thousand and twenty-six", 2_026),
        ("twenty-one", 21),
        ("twenty one", 21),
        ("the third day", 3),
        ("the 20th term", 20),
        ("the twentieth term", 20),
        ("20,000", 20_000),
        ("1,234,567.5", F(2469135, 2)),
        ("2 1/2", F(5, 2)),
        ("3/4", F(3, 4)),
        ("25%", F(1, 4)),
        ("25 percent", F(1, 4)),
        ("25 per cent", F(1, 4)),
        ("twenty percent", F(1, 5)),
        ("$1,200", 1_200),
        ("a pair of shoes", 2),
        ("5km", 5),
        ("3*x", 3),
    ],
)
def test_it_is_read(text, value):
    assert numbers_in(text)[F(value)] >= 1, dict(numbers_in(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("two million people", 2),  # it says 2,000,000
        ("2 million people", 2),
        ("one hundred and five", 100),
        ("one hundred and five", 5),
        ("twenty-five", 20),
        ("twenty-five", 5),
        ("one and a half", 1),
        ("2½ cups", 2),
        ("20,000", 20),
        ("the variable x2", 2),
        ("someone often tends to listen", 10),
        ("a pair", 1),
        ("five and six", 11),
        ("one, two", 3),
        ("three, fourths", F(3, 4)),
        ("five degrees", -5),
        ("12 days later", 24),
        ("two dozen", 2 * 12 + 1),
        ("a thirsty fifteen-year-old", 5),
        ("forty", 4),
        ("six pens and a fifth pen", F(6, 5)),
    ],
)
def test_it_is_not_there(text, value):
    assert numbers_in(text)[F(value)] == 0, dict(numbers_in(text))


ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]  # fmt: skip
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def in_words(n: int) -> str:
    """British English: with "and"."""
    if n < 20:
        return ONES[n]
    if n < 100:
        return TENS[n // 10 - 2] + (f"-{ONES[n % 10]}" if n % 10 else "")
    if n < 1000:
        rest = f" and {in_words(n % 100)}" if n % 100 else ""
        return f"{ONES[n // 100]} hundred{rest}"
    joint = " and " if 0 < n % 1000 < 100 else " "
    rest = f"{joint}{in_words(n % 1000)}" if n % 1000 else ""
    return f"{in_words(n // 1000)} thousand{rest}"


@given(st.integers(0, 999_999))
def test_every_whole_number_in_words_is_read_and_nothing_else(n):
    assert dict(numbers_in(f"There are {in_words(n)} of them.")) == {F(n): 1}


@given(st.integers(1, 9_999), st.integers(1, 9_999))
def test_two_numbers_stay_two(a, b):
    found = numbers_in(f"Ann has {in_words(a)} pens. Ben has {b} pens.")
    assert found[F(a)] >= 1 and found[F(b)] >= 1 and sum(found.values()) == 2


def eggs(**values) -> SymbolicProblem:
    givens = tuple(Variable(name=name, value=value, unit="egg") for name, value in values.items())
    return SymbolicProblem(
        variables=(*givens, Variable(name="t", unit="egg")),
        constraints=(f"t == {' + '.join(values)}",),
        target="t",
    )


@pytest.mark.parametrize(
    ("values", "text", "missing"),
    [
        ({"a": 24, "b": 5}, "Two dozen eggs and five eggs.", []),
        ({"a": 24, "b": 5}, "A dozen eggs and five eggs.", ["a"]),
        ({"a": "1/5", "b": "3/2"}, "A fifth of one, and one and a half.", []),
        ({"a": 2_000_000, "b": 105}, "2 million and one hundred and five.", []),
        ({"a": 100, "b": 5}, "One hundred and five.", ["a", "b"]),
        ({"a": -60, "b": -3}, "Negative 60, and 3 degrees below zero.", []),
        ({"a": -60, "b": 3}, "60 and 3.", ["a"]),
        ({"a": 3, "b": 3}, "Thrice.", ["b"]),
    ],
)
def test_givens_in_words_are_found_and_missed(values, text, missing):
    assert missing_givens(eggs(**values), text) == missing


@pytest.mark.parametrize(
    ("text", "is_stated"),
    [
        ("There are 20 and 5. So there are twenty-five eggs.", True),
        ("There are 20 and 5, 25 in all.", True),
        ("There are 20 and 5 of them, for twenty-five people.", False),
        ("There are twenty and five of them.", False),
    ],
)
def test_the_answer_in_words_counts_before_its_unit(text, is_stated):
    assert states_answer(text, "25", eggs(a=20, b=5)) is is_stated


@pytest.mark.parametrize("piece", [" ", "\n", "5 ", "degrees ", "1,", "½", "million ", "below "])
@pytest.mark.parametrize("start", ["", "5", "5 degrees", "5 degrees celsius"])
def test_the_longest_text_takes_no_time(start, piece):
    text = (start + piece * 8_000)[:8_000]
    began = time.thread_time()
    numbers_in(text)
    assert time.thread_time() - began < 1


@pytest.mark.parametrize("number", ["{}", "{}th", "1/{}", "{}/3", "0.{}", "{}.5", "{}%", "-{}"])
def test_a_number_too_long_for_any_problem_is_none(number):
    text = f"Ann has 5 pens and {number.format('7' * 5_000)} hens."
    assert numbers_in(text) == {5: 1}
