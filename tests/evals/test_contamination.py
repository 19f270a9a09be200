"""No training problem shares a long passage with what a student is tested on."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from zoped.evals.contamination import ContaminationError, Passages, texts_of
from zoped.evals.held_out import held_out_problems
from zoped.programs import GenerateProblem, Reason, builtin_seeds
from zoped.programs.random_operators import RandomOperators
from zoped.train.loop.parts import evaluated_passages, random_operators, run_seeds
from zoped.train.settings import RunSettings

DATA = Path(os.environ.get("ZOPED_DATA") or Path(__file__).parents[2].parent / "shared" / "data")
# From GSM8K's test split (Cobbe et al. 2021).
DUCKS = (
    "Janet’s ducks lay 16 eggs per day. She eats three for breakfast every morning and bakes "
    "muffins for her friends every day with four. She sells the remainder at the farmers' market "
    "daily for $2 per fresh duck egg. How much in dollars does she make every day at the farmers' "
    "market?"
)


@pytest.mark.parametrize(
    ("text", "shared"),
    [
        (DUCKS, True),
        (DUCKS.upper().replace(".", " !"), True),
        (f"A story from the country. {DUCKS[:95]}, and the hens do not.", True),
        # Thirteen words in a row, and twelve.
        ("She eats three for breakfast every morning and bakes muffins for her friends.", True),
        ("She eats three for breakfast every morning and bakes muffins for her cousins.", False),
        (DUCKS.replace("16", "20").replace("three", "two").replace("four", "six"), True),
        ("A goose lays 16 eggs per day, and somebody eats three for breakfast.", False),
        ("", False),
    ],
)
def test_a_passage_of_thirteen_words_is_too_long(text, shared):
    assert Passages([DUCKS]).shares_passage(text) is shared


def test_a_short_text_counts_as_a_whole():
    tested = Passages(["What is 3 + 4?", ""])
    assert tested.shares_passage("what is 3+4")
    assert not tested.shares_passage("What is 3 + 4, and what is 4 + 5?")
    assert len(tested) == 1


def test_the_length_is_a_setting():
    text = "She eats three for breakfast every morning."
    assert not Passages([DUCKS]).shares_passage(text)
    assert Passages([DUCKS], words=7).shares_passage(text)
    with pytest.raises(ValueError, match="words is 0"):
        Passages([DUCKS], words=0)


def test_a_contaminated_problem_is_rejected_with_its_reason():
    seed = next(seed for seed in builtin_seeds() if seed.symbols is not None)
    free = RandomOperators(variants=4, operators=["change_numbers"])
    made = [problem.text for problem in free(seed).accepted]
    assert made
    tested = Passages(made)
    checked = RandomOperators(
        variants=4, operators=["change_numbers"], is_contaminated=tested.shares_passage
    )
    again = checked(seed)
    assert not again.accepted
    assert {r.reason for r in again.rejected} == {Reason.CONTAMINATED}
    program = GenerateProblem(is_contaminated=tested.shares_passage)
    assert program.deepcopy().is_contaminated.__self__ is tested


@pytest.mark.slow
def test_a_run_checks_the_held_out_set_its_benchmarks_and_the_users_files(tmp_path, monkeypatch):
    monkeypatch.setenv("ZOPED_DATA", str(tmp_path))
    (tmp_path / "gsm8k").mkdir()
    row = json.dumps({"question": DUCKS, "answer": "18"})
    filler = json.dumps({"question": "Another question about nothing at all", "answer": "1"})
    (tmp_path / "gsm8k" / "test.jsonl").write_text("\n".join([*[filler] * 20, row]))
    mine = "My own secret question is about nine green bottles that stand on a long wall."
    (tmp_path / "mine.txt").write_text(f"{mine}\n")
    settings = RunSettings.model_validate(
        {
            "teacher": {"model": "none"},
            # Ten of the test set are asked; all of it is kept out of the training.
            "evaluate": {"problems": 30, "benchmarks": ["gsm8k"], "benchmark_problems": 10},
            "contamination": {"files": [str(tmp_path / "mine.txt")]},
        }
    )
    held_out = held_out_problems(30)
    tested = evaluated_passages(settings, held_out)
    for text in (DUCKS, mine, held_out[7].text):
        assert tested.shares_passage(f"Listen. {text}")
    # Some of what the built-in seeds give is too near to the held-out problems grown from them.
    generator = random_operators(settings, is_contaminated=tested.shares_passage)
    outcomes = [generator(seed) for seed in run_seeds(settings) if seed.symbols]
    accepted = [problem for outcome in outcomes for problem in outcome.accepted]
    assert accepted and not any(tested.shares_passage(problem.text) for problem in accepted)


def test_files_of_texts(tmp_path):
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"question": "One?"}\n\n{"text": "Two?"}\n{"problem": "Three?"}\n')
    assert texts_of(rows) == ["One?", "Two?", "Three?"]
    rows.write_text('{"question": "One?"}\n{"answer": "2"}\n')
    with pytest.raises(ContaminationError, match=r"rows.jsonl:2: expected an object with text"):
        texts_of(rows)
    for line in ("[1]", "3", '{"text": 5}', "null"):
        rows.write_text(line)
        with pytest.raises(ContaminationError, match=r"rows.jsonl:1: "):
            texts_of(rows)
    with pytest.raises(ContaminationError, match=r"nothing.txt: "):
        texts_of(tmp_path / "nothing.txt")
    (tmp_path / "empty.txt").write_text("\n")
    with pytest.raises(ContaminationError, match="no texts in it"):
        texts_of(tmp_path / "empty.txt")


def test_real_test_sets_do_not_share_passages_with_each_other():
    """GSM8K's training split shares hardly anything with its test split, and a test set everything
    with itself."""
    splits = {}
    for split in ("test", "train"):
        lines = (DATA / "gsm8k" / f"{split}.jsonl").read_text(encoding="utf-8").split("\n")
        splits[split] = [json.loads(line)["question"] for line in lines if line]
    tested = Passages(splits["test"])
    assert len(splits["test"]) > 1_000 and all(map(tested.shares_passage, splits["test"]))
    shared = sum(map(tested.shares_passage, splits["train"]))
    assert 0 < shared < 0.02 * len(splits["train"])
