"""Right or wrong, strictly; and no answer hangs or breaks the check."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoped.evals import answers_match, extract_answer

RIGHT = [
    ("7", "7"),
    ("7.0", "7"),
    ("+7", "7"),
    ("007", "7"),
    ("$7", "7"),
    ("\\$7", "7"),
    ("7 apples", "7"),
    ("7\\text{ apples}", "7"),
    ("12 km/h", "12"),
    ("7.", "7"),
    ("x = 5", "5"),
    ("**5**", "5"),
    ("\\(5\\)", "5"),
    ("$5$", "5"),
    ("1,200", "1200"),
    ("1,234,567", "1234567"),
    ("-3", "-3"),
    ("\u22123", "-3"),
    ("0.5", "1/2"),
    (".5", "1/2"),
    ("3/6", "1/2"),
    ("2 1/2", "5/2"),
    ("-2 1/2", "-5/2"),
    ("\\frac{1}{3}", "1/3"),
    ("\\frac13", "1/3"),
    ("\\dfrac{-1}{3}", "-1/3"),
    ("-\\frac{1}{3}", "-1/3"),
    ("25%", "25"),
    ("25\\%", "25"),
    ("(1, 2)", "(1,2)"),
    ("{2, 1}", "{1,2}"),
    ("\\{1/2, 3\\}", "\\{3, 0.5\\}"),
    ("[0, 5)", "[0, 5)"),
    ("5; 7", "7; 5"),
    ("5 and 7", "7; 5"),
    ("5, 7", "5; 7"),
    ("sqrt(2)", "sqrt(2)"),
    ("\\sqrt{2}", "sqrt(2)"),
    ("2\\sqrt{3}", "2*sqrt(3)"),
    ("2\\pi", "2*pi"),
    ("9π", "9*pi"),
    ("2 + \\sqrt{5}", "sqrt(5) + 2"),
]
WRONG = [
    ("3+4", "7"),
    ("2*3.5", "7"),
    ("14/2 apples each", "8"),
    ("\\int_0^7 1 dx", "7"),
    ("8", "7"),
    ("77", "7"),
    ("7 8", "7"),
    ("0.333", "1/3"),
    ("0.33333333333333333333", "1/3"),
    ("(2,1)", "(1,2)"),
    ("(1,2)", "{1,2}"),
    ("{1,2,2}", "{1,2}"),
    ("{1}", "{1,2}"),
    ("[0,5]", "[0,5)"),
    ("1.41421356", "sqrt(2)"),
    ("5", "5; 7"),
    ("1/0", "1"),
    ("", "5"),
    ("five", "5"),
    ("x", "5"),
    ("9**9**9", "5"),
    ("__import__('os')", "5"),
    ("9" * 5000, "9"),
    ("(((((((((5)))))))))" * 10, "5"),
    ("1e400", "5"),
    ("12,34", "1234"),
]


@pytest.mark.parametrize(("answer", "gold"), RIGHT)
def test_a_right_answer_matches(answer, gold):
    assert answers_match(answer, gold)


@pytest.mark.parametrize(("answer", "gold"), WRONG)
def test_a_wrong_answer_does_not_match(answer, gold):
    assert not answers_match(answer, gold)


def test_a_calculation_is_no_answer_even_where_its_value_is_right():
    assert not answers_match("10 - 3", "7")
    assert not answers_match("21/3 + 0", "7")


@pytest.mark.parametrize(
    ("completion", "answer"),
    [
        ("5 + 3 = 8. \\boxed{8}", "8"),
        ("\\boxed{1} then \\boxed{\\frac{1}{2}}", "\\frac{1}{2}"),
        ("The answer is 12 apples.", "12"),
        ("#### 1,234", "1,234"),
        ("Answer: $3.50", "$3.50"),
        ("so 3 + 4 = 7", "7"),
        ("\\boxed{never closed", None),
        ("no number here", None),
        ("", None),
    ],
)
def test_the_final_answer_is_found(completion, answer):
    assert extract_answer(completion) == answer


@given(st.text(max_size=400), st.sampled_from(["7", "1/3", "{1,2}", "(1,2)", "sqrt(2)", "5; 7"]))
def test_no_text_breaks_or_delays_the_check(text, gold):
    start = time.perf_counter()
    answers_match(extract_answer(text), gold)
    answers_match(text, gold)
    assert time.perf_counter() - start < 1


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**6))
def test_every_way_to_write_a_rational_matches(above, below):
    gold = f"{above}/{below}"
    assert answers_match(f"{2 * above}/{2 * below}", gold)
    assert answers_match(f"\\frac{{{above}}}{{{below}}}", gold)
    assert not answers_match(f"{above + 1}/{below}", gold)
