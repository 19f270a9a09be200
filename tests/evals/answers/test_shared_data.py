"""Gold answers against themselves, and reference solutions as completions, over published data."""

import json

import pytest

from tests.published import published
from zoped.evals import answers_match, extract_answer, is_right


def rows(*files):
    for file in files:
        for line in file.read_text(encoding="utf-8").split("\n"):
            if line.strip():
                yield json.loads(line)


def test_every_gold_answer_is_right_in_a_box_and_alone():
    golds = {str(row["answer"]) for row in rows(*sorted(published().glob("*/*.jsonl")))}
    assert len(golds) > 3_000
    assert [gold for gold in golds if not answers_match(gold, gold)] == []
    boxed = [gold for gold in golds if not is_right(f"So \\boxed{{{gold}}}", gold)]
    assert boxed == []


@pytest.mark.parametrize("name", ["math500", "aime24"])
def test_the_solutions_of_competitions_are_right(name):
    wrong = [
        (row["id"], extract_answer(row["solution"]), row["answer"])
        for row in rows(published(name, "test.jsonl"))
        if not is_right(row["solution"], str(row["answer"]))
    ]
    assert wrong == []


def test_nearly_all_solutions_of_grade_school_problems_are_right():
    """Without the line that begins with ####; some reference solutions end with another number."""
    files = (published("gsm8k", "train.jsonl"), published("gsm8k", "test.jsonl"))
    verdicts = [is_right(row["solution"], str(row["answer"])) for row in rows(*files)]
    assert len(verdicts) == 8_792
    assert sum(verdicts) >= 0.99 * len(verdicts)


def test_a_solution_is_not_right_for_the_number_next_to_its_answer():
    files = (published("gsm8k", "test.jsonl"),)
    near = [is_right(row["solution"], str(int(row["answer"]) + 1)) for row in rows(*files)]
    assert sum(near) == 0
