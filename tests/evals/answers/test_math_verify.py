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
        ("1 + \\lfloor x \\rfloor", "\\lfloor x \\rfloor + 1", True),
        ("2\\sum_{k=1}^{n} k", "\\sum_{k=1}^{n} 2k", True),
        ("\\lfloor x \\rfloor + 2", "\\lfloor x \\rfloor + 1", False),
        ("3+4", "7", False),  # a number is for us to check, and a calculation is none
        ("0.333333", "1/3", False),
        (None, "\\lfloor x \\rfloor", False),
        ("9" * 1000, "\\lfloor x \\rfloor", False),
        ("\\frac{", "\\lfloor x \\rfloor", False),
    ],
)
def test_what_it_decides(answer, gold, right):
    assert answers_match_or_verify(answer, gold) is right


def test_an_answer_that_hangs_it_costs_its_own_point_and_no_other():
    hangs = "\\dfrac{5^{\\left(5^{\\left(5^{\\left(5^5\\right)}\\right)} - 4\\right)} - 5}{16} = x"
    assert answers_match_or_verify("1 + \\lfloor y \\rfloor", "\\lfloor y \\rfloor + 1")  # it is up
    verdicts = []
    thread = threading.Thread(
        target=lambda: verdicts.append(
            answers_match_or_verify(hangs, "\\lfloor x \\rfloor", time_limit=0.5)
        ),
        daemon=True,
    )
    start = time.perf_counter()
    thread.start()
    thread.join(30)
    assert verdicts == [False] and time.perf_counter() - start < 10
    assert answers_match_or_verify("2 + \\lfloor y \\rfloor", "\\lfloor y \\rfloor + 2")
