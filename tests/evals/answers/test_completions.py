"""What a completion commits to: the kinds of data/completions.jsonl, each from both sides."""

import json
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.interpreter import lines_of
from zoped.evals import extract_answer, is_right
from zoped.evals.answers.final_answer import is_boxed_at_end

ROWS = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "completions.jsonl")
    .read_text(encoding="utf-8")
    .split("\n")
    if line
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['kind']}: {row['completion'][:40]!r}")
def test_what_it_earns(row):
    assert is_right(row["completion"], row["gold"]) is row["right"]


def test_every_kind_has_both_sides_and_its_source():
    sides = Counter((row["kind"], row["right"]) for row in ROWS)
    one_sided = {"hedged", "compared"}  # nothing of these kinds is right
    for kind in {row["kind"] for row in ROWS}:
        assert sides[kind, False] and (sides[kind, True] or kind in one_sided), kind
    assert all(row["source"] for row in ROWS)


@pytest.mark.parametrize("number", ["12", "7", "100", "3.5"])
@pytest.mark.parametrize(
    "frame",
    ["The answer is not {}.", "The answer is about {}.", "The answer is more than {}.",
     "The answer is twice {}.", "<think>The answer is {}.", "Step {}:", "We need to add 2 and {}.",
     "The answer is {} or 1.", "\\boxed{{\\text{{not }} {}}}", "Is the answer {}?"],
)  # fmt: skip
def test_no_number_gets_through_the_frame(frame, number):
    assert not is_right(frame.format(number), number)


@pytest.mark.parametrize("number", ["12", "7", "100", "3.5", "-4"])
@pytest.mark.parametrize(
    "frame",
    ["The answer is {}.", "<think>0</think>\\boxed{{{}}}", "Answer:\n\n$$\n{}\n$$", "#### {}</s>",
     "The answer is {}. I hope this answer helps!", "Answer: {}, because 2 * 3 makes it",
     "\\boxed{{1}} is wrong. The correct answer is {}.", "<answer>\n{}\n</answer>"],
)  # fmt: skip
def test_every_number_gets_through_the_frame(frame, number):
    assert is_right(frame.format(number), number)


@pytest.mark.parametrize(
    ("completion", "earns"),
    [
        ("The answer is \\boxed{7}.", True),
        ("\\[\n\\boxed{\\frac{1}{2}}\n\\]", True),
        ("**\\boxed{7}**", True),
        ("<answer>\\boxed{7}</answer>", True),
        ("\\begin{align}\nx &= \\boxed{7}\n\\end{align}", True),
        ("\\boxed{7}<|im_end|>", True),
        ("\\boxed{7} because \\frac{1}{2} is less.", False),
        ("\\boxed{7} is our answer, where {x} is free.", False),
        ("\\boxed{7} and then \\boxed{8}", False),
        ("\\boxed{}", False),
        ("\\boxed{7", False),
        ("<think>\\boxed{7}</think>", False),
        ("The answer is 7.", False),
    ],
)
def test_one_box_at_the_end_is_the_format(completion, earns):
    assert is_boxed_at_end(completion) is earns


MINUSES = ["-", "−", "–", "—", "--"]


@pytest.mark.parametrize("mark", ["The answer is {}.", "Answer: {}", "#### {}", "**Answer:** {}"])
@pytest.mark.parametrize(
    ("calculation", "first", "result"),
    [
        ("12 - 5 = 7", "12", "7"),
        ("5 - 12 = -7", "5", "-7"),
        ("$12 - 5 = 7$", "12", "7"),
        ("$12 - $5 = $7", "12", "7"),
        ("3 * 4 - 5 = 7", "12", "7"),
        ("3 \\times 4 - 5 = 7", "12", "7"),
        ("4² - 9 = 7", "16", "7"),
        ("4^2 - 9 = 7", "16", "7"),
        ("(3 + 9) - (2 + 3) = 7", "12", "7"),
        ("20 - 8 - 5 = 7", "20", "7"),
        ("20 - 8 = 12 - 5 = 7", "20", "7"),
        ("1,207 - 200 = 1,007", "1207", "1007"),
        ("12.5 - 5.5 = 7", "12.5", "7"),
        ("50% - 20% = 30%", "50%", "30%"),
        ("\\frac{3}{4} - \\frac{1}{4} = \\frac{1}{2}", "3/4", "1/2"),
        ("12 pens - 5 pens = 7 pens", "12", "7"),
        ("12 - 5 = 7 pens", "12", "7"),
        ("12 cm - 5 cm = 7 cm", "12 cm", "7 cm"),
        ("5 hours - 2 hours = 3 hours", "5 hours", "3 hours"),
        ("12 - 5 = 7 because 3 + 5 is 8", "12", "7"),
        ("12 - 5 = 7, so 7 are left", "12", "7"),
        ("12 - 5, which is 7", "12", "7"),
        ("12 - 5, so 7", "12", "7"),
    ],
)
def test_a_dash_in_a_calculation_is_a_minus(mark, calculation, first, result):
    for minus in MINUSES:
        completion = mark.format(calculation.replace(" - ", f" {minus} "))
        assert not is_right(completion, first), completion
        assert is_right(completion, result), completion


@pytest.mark.parametrize("dash", ["-", "–", "—", "--"])
@pytest.mark.parametrize(
    "reason",
    ["because 12 - 5 = 7", "3 red and 4 blue", "12 - 5 = 7", "a whole number", "x = 3 and y = 4",
     "well done"],
)  # fmt: skip
def test_a_dash_before_a_reason_is_none(dash, reason):
    assert is_right(f"The answer is 7 pens {dash} {reason}.", "7")


@pytest.mark.parametrize(
    "completion",
    ["So he has 12 - 5 pens.", "The answer is 12 - 5 pens.", "The answer is 12 – 5 left."],
)
def test_a_calculation_that_comes_to_nothing_is_no_answer(completion):
    assert not is_right(completion, "12") and not is_right(completion, "5")


WORDS = [
    "The",
    "answer",
    "is",
    "not",
    "about",
    "twice",
    "more",
    "than",
    "5",
    "6",
    "7.5",
    "1,200",
    "-3",
    "$",
    "\\boxed{5}",
    "\\boxed{",
    "}",
    "\\fbox{6}",
    "{7}",
    "<think>",
    "</think>",
    "<answer>",
    "</answer>",
    "####",
    "Answer:",
    "Final",
    "because",
    "since",
    "(",
    ")",
    ".",
    ",",
    "?",
    "!",
    ";",
    "=",
    "+",
    "-",
    "*",
    "/",
    "\\[",
    "\\]",
    "$$",
    "```",
    "\n",
    "\n\n",
    "**",
    "",
    "wait,",
    "wrong",
    "or",
    "and",
    "either",
    "Question:",
    "<|im_end|>",
    "Step",
    "3:",
    "x",
    "=",
    "1/2",
    "\\frac{1}{2}",
    "%",
    "",
    "no",
    "yes",
    "option",
    "(C)",
    "\u2028",
    "\x00",
    "�",
    "I",
    "hope",
    "is",
    "was",
]


@given(st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join))
def test_no_completion_breaks_or_delays_it(text):
    start = time.thread_time()
    extract_answer(text)
    is_right(text, "5")
    is_boxed_at_end(text)
    assert time.thread_time() - start < 1


LONG = [
    "word " * 20_000,
    "7 " * 50_000,
    "The answer is " * 7_000,
    "answer " * 14_000,
    "the answer is 7. " * 6_000,
    "\\boxed{7} and " * 7_000,
    "<think>" * 14_000,
    "</think>7 " * 10_000,
    "<answer>7</answer>" * 5_500,
    "#### 7\n" * 14_000,
    "not " * 25_000,
    "(" * 100_000,
    "= 7 " * 25_000,
    "Question: 7\n" * 8_000,
    "<|im_end|>" * 10_000,
    "wait, " * 16_000,
    "7, " * 33_000,
    "because " * 12_500,
    " " * 100_000 + "7",
    "\n" * 100_000 + "7",
    "1. " * 33_000,
    "$$ " * 33_000,
    "``` " * 25_000,
    "a\n" * 50_000,
    "é" * 100_000,
    "\\text{" * 16_000,
]


@pytest.mark.parametrize(
    ("said", "counts"),
    [
        *[
            (f"The answer is 7. {more}", "8")
            for more in (
                "Actually, it is 8.",
                "Hmm, actually 8.",
                "I mean 8.",
                "Or rather 8.",
                "Make that 8 apples.",
                "Actually, it should be $8$.",
                "Wait, it is 8.",
            )
        ],
        *[
            (f"The answer is 7{more}", "8")
            for more in (", no wait, 8.", ", or rather 8.", ", I mean 8.", " - sorry, it's 8.")
        ],
        (r"\boxed{7} Actually, it should be 8.", "8"),
        *[
            (f"The answer is 7. {more}", "7")
            for more in (
                "Actually, we can check: 3 + 4 = 7.",
                "Actually, 3 + 4 = 7.",
                "Actually, 2 of them were there before.",
                "I mean the number of pens.",
            )
        ],
    ],
)
def test_a_number_that_is_set_right_does_not_count(said, counts):
    assert is_right(said, counts) and not is_right(said, {"7": "8", "8": "7"}[counts])


@pytest.mark.parametrize("text", LONG, ids=lambda text: repr(text[:16]))
def test_a_hundred_kilobytes_are_bounded(text):
    assert lines_of(lambda: is_right(text[-100_000:], "5")) < 400_000
