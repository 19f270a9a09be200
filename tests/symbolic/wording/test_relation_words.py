"""Formulas in words can be read in one way only."""

import pytest

from zoped.symbolic import parse_expression
from zoped.symbolic.wording.relation_words import relation_words

NAMES = {
    "s": "the number of sides",
    "a": "the angle sum",
    "b": "the price of a pen",
    "c": "the number of pens",
    "p": "the cost",
}


def said(relation: str) -> str:
    return relation_words(parse_expression(relation), lambda name: NAMES.get(name, name))


@pytest.mark.parametrize(
    ("relation", "words"),
    [
        (
            "a == 180*(s - 2)",
            "the angle sum is 180 times the number that is 2 less than the number of sides",
        ),
        ("p == b*c", "the cost is the product of the price of a pen and the number of pens"),
        ("p == b - c", "the cost is the price of a pen minus the number of pens"),
        (
            "p == (a + b)/c",
            (
                "the cost is the quotient when the sum of both the angle sum and the price of a pen "
                "is divided by the number of pens"
            ),
        ),
        (
            "p == ceiling(a/5)",
            (
                "the cost is the smallest whole number that is at least the quotient when the angle "
                "sum is divided by 5"
            ),
        ),
    ],
)
def test_brackets_are_put_into_words(relation, words):
    assert said(relation) == words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("p == 180*(s - 2)", "p == 180*s - 2"),
        ("p == a*(b - c)", "p == a*b - c"),
        ("p == (a + b)*c", "p == a + b*c"),
        ("p == a - (b - c)", "p == (a - b) - c"),
        ("p == a/(b*c)", "p == (a/b)*c"),
        ("p == (a + b)/c", "p == a + b/c"),
        ("p == gcd(a + b, c)", "p == gcd(a, b + c)"),
        ("p == 2*(a + b)", "p == 2*a + b"),
        ("p == (a - b)**2", "p == a - b**2"),
        ("p == ceiling(a/5)", "p == ceiling(a)/5"),
        ("p == a % (b - c)", "p == a % b - c"),
    ],
)
def test_other_brackets_are_other_words(one, other):
    assert said(one) != said(other)
