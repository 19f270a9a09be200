"""Right or wrong, by a table written by hand; and no answer hangs or breaks the check."""

import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.interpreter import depth_of, lines_of
from zoped.evals import answers_match, extract_answer, is_right
from zoped.evals.answers.numbers import read_number
from zoped.evals.answers.plain_text import plain_text
from zoped.evals.answers.reading import MAX_ANSWER, read_answer

TABLE = Path(__file__).parent / "data" / "answers.txt"


def cases():
    for line in TABLE.read_text(encoding="utf-8").split("\n"):
        if line and not line.startswith("#"):
            gold, rest = line.split(" | ", 1)
            answer, verdict = rest.rsplit(" | ", 1)
            assert verdict in ("right", "wrong"), line
            yield gold, answer, verdict == "right"


CASES = list(cases())


@pytest.mark.parametrize(("gold", "answer", "right"), CASES)
def test_the_table(gold, answer, right):
    assert answers_match(answer, gold) is right


def test_the_table_is_large_has_both_verdicts_and_no_case_twice():
    assert len({(gold, answer) for gold, answer, _ in CASES}) == len(CASES) >= 1_000
    assert sum(right for *_, right in CASES) > 500 < sum(not right for *_, right in CASES)


def test_every_group_names_its_source_and_has_both_verdicts():
    group = ""
    verdicts = {}
    for line in TABLE.read_text(encoding="utf-8").split("\n")[1:]:
        if line.startswith("#"):
            group = line
            assert " | " in group, group
            verdicts[group] = set()
        elif line:
            verdicts[group].add(line.rpartition(" | ")[2])
    never_right = ("# hostile", "# a calculation")
    assert all(
        len(both) == 2 for group, both in verdicts.items() if not group.startswith(never_right)
    )


def test_every_gold_answer_matches_itself():
    assert all(answers_match(gold, gold) for gold, *_ in CASES)


@pytest.mark.parametrize("one", ["pi", "π", "\\pi", "$\\pi$", "(pi)", "1π"])
@pytest.mark.parametrize("other", ["pi", "π", "\\pi"])
def test_pi_is_one_number_however_it_is_written(one, other):
    assert answers_match(one, other) and answers_match(other, one)
    assert is_right(f"\\boxed{{{one}}}", other)
    assert not answers_match(one, "2*pi") and not answers_match("3.14", other)


@pytest.mark.parametrize(
    ("answer", "gold", "right"),
    [
        ("x > 3 and x < -1", "x < -1 or x > 3", False),
        ("x < -1 and x > 3", "(-∞, -1) ∪ (3, ∞)", False),
        ("x > 3 and x <= 3", "x != 3", False),
        ("x >= 3 and x <= 3", "x <= 3 or x >= 3", False),
        ("x > 3 and x < 5 and x < 1", "x < 5 or x > 3", False),
        ("x > 3 and x < -1", "∅", True),
        ("x >= 3 and x <= 3", "3", True),
        ("x < -1, x > 3", "x < -1 or x > 3", True),
        ("x > 2 and x < 5", "(2, 5)", True),
        ("x < -1 or x > 3", "x > 3 and x < -1", False),
    ],
)
def test_and_is_no_or(answer, gold, right):
    assert answers_match(answer, gold) is right


@pytest.mark.parametrize(
    ("completion", "answer"),
    [
        ("5 + 3 = 8. \\boxed{8}", "8"),
        ("\\boxed{1} then \\boxed{\\frac{1}{2}}", "\\frac{1}{2}"),
        ("so \\boxed{\\{1, 2\\}}", "\\{1, 2\\}"),
        ("SoHi YES. \\boxed{840}., but\n**Final Answer**\n\\boxed{840}", "840"),
        ("The final answer is: $\\boxed{5}$", "5"),
        ("The answer is 12 apples.", "12"),
        ("The answer is 3.5.", "3.5"),
        ("The answer is $\\frac{1}{2}$.", "$\\frac{1}{2}$"),
        ("The answer is 3 + 4 = 7.", "7"),
        ("The answer is 3 + 4.", "3 + 4"),
        ("The answer is 12 and 22.", "12 and 22"),
        ("The answer is:\n\n42", "42"),
        ("**Answer:** 12", "12"),
        ("✅ Final Answer: **73**", "73"),
        ("<answer> 7 </answer>", "7"),
        ("#### 1,234", "1,234"),
        ("Answer: $3.50", "$3.50"),
        ("so 3 + 4 = 7", "7"),
        ("Ann has 7 pens.", "7"),
        ("\\boxed{never closed", None),
        ("\\boxed 7", "7"),
        ("so it is \\frac{1}{2}", None),
        ("no number here", None),
        ("", None),
    ],
)
def test_the_final_answer_is_found(completion, answer):
    assert extract_answer(completion) == answer


@pytest.mark.parametrize(
    "completion",
    [
        "What is 3 + 4?",
        "Ann has 3 pens and buys 4 more. How many pens does Ann have?",
        "3 + 4",
        "Ann has 3 + 4 pens.",
        "The answer is 3 + 4.",
        "The answer is 3 plus 4.",
        "\\boxed{3 + 4}",
        "\\boxed{3 + 4 = 7}",
        "\\boxed{\\text{What is } 3 + 4?}",
        "\\boxed{\\text{the sum of 3 and 4}}",
        "#### 3+4",
    ],
)
def test_restating_the_question_scores_nothing(completion):
    assert not any(is_right(completion, gold) for gold in ("7", "3", "4"))


HOSTILE = [
    "9**9**9",
    "9^{9^{9}}",
    "9^{9^{9^{9^9}}}",
    "10^{10^{10}}",
    "(10^8)!",
    "5" + "!" * 200,
    "\\binom{999999999999}{99999999}",
    "e^{e^{e^{e^9}}}",
    "x^{x^{x^{x^x}}}",
    "(x+1)^{99999999}",
    "\\dfrac{5^{\\left(5^{\\left(5^{\\left(5^5\\right)}\\right)} - 4\\right)} - 5}{16}",
    "\\sum_{k=1}^{10^{12}} k",
    "1e999999999",
    "9" * 256,
    "9" * 10**6,
    "(" * 250,
    "(" * 10**6,
    "{" * 250,
    "-" * 250,
    "^" * 250,
    "|" * 250,
    "±" * 250,
    "½" * 250,
    "2" + "^2" * 120,
    "\\frac" * 50,
    "\\sqrt" * 50,
    "\\text{" * 36 + "}" * 36,
    "sin(" * 40 + "1" + ")" * 40,
    "1," * 125,
    "(1," * 80,
    "a and " * 40,
    "x=" * 120,
    "\0" * 100,
    "\ud800" * 100,
    " " * 10**6,
    "answer is " * 10**5,
    "<answer>" * 10**5,
    "\\boxed{" * 10**5,
    "\\boxed{7}" * 10**5 + "\\boxed{" + "(" * 10**6,
    "1 + " * 250_000,
    "1,234," * 10**5,
]
GOLDS = ["7", "1/3", "12 cm", "sqrt(2)", "x^2 + 1", "(1,2)", "{1,2}", "5; 7", "yes", "x > 3"]


def check_hostile(slowest):
    for text in HOSTILE:
        for gold in GOLDS:
            start = time.thread_time()
            assert not is_right(text, gold)
            assert not is_right(f"\\boxed{{{text}}}", gold)
            assert not answers_match(text, gold)
            answers_match(gold, text)
            slowest.append((time.thread_time() - start, text[:30], gold))


@pytest.mark.slow
def test_no_answer_hangs_on_the_main_thread_or_on_another():
    slowest = []
    check_hostile(slowest)
    read_answer.cache_clear()
    plain_text.cache_clear()
    thread = threading.Thread(target=check_hostile, args=(slowest,), daemon=True)
    thread.start()
    thread.join(60)
    assert not thread.is_alive() and len(slowest) == 2 * len(HOSTILE) * len(GOLDS)
    assert max(slowest)[0] < 1, max(slowest)


# Texts made of what answers are made of get further than random characters.
PIECES_TEXT = (
    "7 12 0 1/3 0.5 1,200 % $ \\$ + - * / ^ ** ! | ± ( ) [ ] { } \\{ \\} , ; : = . ∪ ∞ √ π ° ½ "
    "\\frac \\dfrac \\sqrt \\pi \\infty \\text \\boxed \\left \\right \\cdot \\times \\circ \\overline \\pm "
    "\\cup \\in \\, \\! x y e i n sin log sqrt oo and or cm km/h per apples million x^2 \\\\ \0 \ud800"
)
PIECES = PIECES_TEXT.split(" ")
latexlike = st.lists(st.sampled_from([*PIECES, " "]), max_size=30).map("".join)
texts = st.one_of(st.text(max_size=400), latexlike)


@pytest.mark.parametrize(
    "piece", sorted({*PIECES, "$ $", "\\( ", "{ }", "\\quad ", "\\ ", "\\text{}", "~", " "} - {""})
)
def test_a_piece_that_is_repeated_to_the_end_delays_nothing(piece):
    for before in ("", "1", "x"):
        text = before + piece * ((MAX_ANSWER - 2) // len(piece)) + "!"
        start = time.thread_time()
        answers_match(text, "12")
        assert time.thread_time() - start < 1


@given(texts, st.one_of(st.sampled_from(GOLDS), texts))
def test_no_text_breaks_or_delays_the_check(text, gold):
    start = time.thread_time()
    answers_match(extract_answer(text), gold)
    answers_match(text, gold)
    is_right(f"\\boxed{{{text}}}", gold)
    assert time.thread_time() - start < 1


@pytest.mark.parametrize("piece", ["\\sqrt", "\\sin", "\\frac1", "-", "2^", "(", "\\sqrt[3]", "|"])
def test_nothing_is_read_deeper_than_its_bound(piece):
    """Whatever the depth from which the check is called: "never raises"."""
    assert depth_of(lambda: answers_match(piece * 190 + "2", "7")) < 200


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**6))
def test_every_way_to_write_a_rational_matches(above, below):
    gold = f"{above}/{below}"
    assert answers_match(f"{2 * above}/{2 * below}", gold)
    assert answers_match(f"\\frac{{{above}}}{{{below}}}", gold)
    assert not answers_match(f"{above + 1}/{below}", gold)


@given(st.integers(-(10**15), 10**15))
def test_every_way_to_write_a_whole_number_matches(number):
    gold = str(number)
    for answer in (
        f"{number:,}",
        f"{number}.00",
        f"${number}$",
        f"x = {number}",
        f"{number} apples",
    ):
        assert answers_match(answer, gold), answer
    assert not answers_match(f"{number - 1} + 1", gold)


def test_integers_and_rationals_are_read_in_a_few_steps():
    for text in ("7", "-1234", "3/4", "0.25", "1,200"):
        assert lines_of(lambda text=text: read_number(text)) < 400, text
