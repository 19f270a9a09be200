"""A hint has the value of what was written, or there is none."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoped.programs.seeds.exact_number import exact_number
from zoped.symbolic import evaluate, parse_expression

READ = {
    "3 1/2": "7/2",
    "2\\frac{1}{2}": "5/2",
    "\\frac{3}{4}": "3/4",
    "$\\dfrac34$": "3/4",
    "-\\frac{1}{2}": "-1/2",
    "6/4": "3/2",
    "1.2*10^3": "1200",
    "6.02 \\times 10^{23}": "602" + "0" * 21,
    "1e5": "100000",
    "1e-7": "1/10000000",
    "10^6": "1000000",
    "2^3": "8",
    "−3": "-3",
    "７": "7",
    "٣": "3",
    "9π": "9*pi",
    "2\\sqrt{3}": "2*sqrt(3)",
    "$1,200": "1200",
    "$-5": "-5",
    "\\$5": "5",
    "7 apples": "7",
    "-3 degrees": "-3",
    "x = 7": "7",
    "7.": "7",
    "\\boxed{\\frac{1}{2}}": "1/2",
    "7\\,\\text{cm}": "7",
    "\\text{7}": "7",
    ".5": "0.5",
}
# No number, several, or more than one reading.
NOT_READ = [
    *("7\\text{ million}", "3\\text{ or }4", "\\boxed{1} or \\boxed{2}"),
    *("50%", "3,5", "1.234,5", "1,23", "3:30", "12:30", "(1, 2]", "\\{1,2\\}", "1/0", "7 1/0"),
    *("9" * 400, "1e400", "10^999", "2 dozen", "1.5 million", "12 and a half", "about 7", "7 or 8"),
    *(
        "5km",
        "2x",
        "-2^2",
        "1 200",
        "1_000",
        "0x10",
        "3 4",
        "5 + 2",
        "½",
        "2½",
        "",
        "seven",
        "5 % off",
    ),
]


@pytest.mark.parametrize(("written", "exact"), READ.items())
def test_one_reading_is_read(written: str, exact: str) -> None:
    assert exact_number(written) == exact
    parse_expression(exact)


@pytest.mark.parametrize("written", NOT_READ)
def test_what_has_no_one_reading_is_not_read(written: str) -> None:
    assert exact_number(written) is None


@given(st.fractions(min_value=0, max_value=10**6, max_denominator=999))
def test_every_way_to_write_a_fraction_keeps_its_value(value: Fraction) -> None:
    whole, part = divmod(value.numerator, value.denominator)
    below = value.denominator
    ways = [f"{value.numerator}/{below}", f"\\frac{{{value.numerator}}}{{{below}}}"]
    ways += [f"{whole} {part}/{below}", f"{whole}\\tfrac{{{part}}}{{{below}}}"]
    for way in ways:
        assert evaluate(parse_expression(exact_number(way) or ""), {}) == value
