"""math-verify answers in a process of its own, only where our types end, and dies at the limit."""

import threading
import time

import pytest

from zoped.evals.answers.math_verify import answers_match_or_verify, is_installed


def test_it_is_installed_for_the_tests():
    assert is_installed()


@pytest.mark.parametrize(
    ("answer", "gold", "right"),
    [
        ("y = -\\frac{1}{2}x + \\frac{3}{4}", "2x+4y-3=0", True),
        ("3 < x", "x > 3", True),
        ("x > 4", "x > 3", False),
        ("3+4", "7", False),  # a number is for us to check, and a calculation is none
        ("0.333333", "1/3", False),
        (None, "x > 3", False),
        ("9" * 1000, "x > 3", False),
        ("\\frac{", "x > 3", False),
    ],
)
def test_what_it_decides(answer, gold, right):
    assert answers_match_or_verify(answer, gold) is right


def test_an_answer_that_hangs_it_costs_its_own_point_and_no_other():
    hangs = "\\dfrac{5^{\\left(5^{\\left(5^{\\left(5^5\\right)}\\right)} - 4\\right)} - 5}{16} = x"
    answers_match_or_verify("x = 1", "x + y = 7")  # the worker is up
    verdicts = []
    thread = threading.Thread(
        target=lambda: verdicts.append(answers_match_or_verify(hangs, "x + y = 2", time_limit=0.5)),
        daemon=True,
    )
    start = time.perf_counter()
    thread.start()
    thread.join(30)
    assert verdicts == [False] and time.perf_counter() - start < 10
    assert answers_match_or_verify("4 < x", "x > 4")
