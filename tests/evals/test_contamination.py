"""No training problem shares a long passage with what a student is tested on."""

from __future__ import annotations

import json

import pytest

from tests.published import published
from zoped.evals.contamination import (
    ContaminationError,
    Passages,
    SimilarTexts,
    TestedText,
    TestedTexts,
    texts_of,
)
from zoped.evals.held_out import held_out_problems
from zoped.programs import GenerateProblem, Reason, builtin_seeds
from zoped.programs.random_operators import RandomOperators
from zoped.train.loop.parts import evaluated_texts, random_operators, run_seeds
from zoped.train.settings import RunSettings

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
    tested = evaluated_texts(settings, held_out)
    for text in (DUCKS, mine, held_out[7].text):
        assert tested.find(f"Listen. {text}") is not None
    # Some of what the built-in seeds give is too near to the held-out problems grown from them.
    generator = random_operators(settings, is_contaminated=tested.evidence)
    outcomes = [generator(seed) for seed in run_seeds(settings) if seed.symbols]
    accepted = [problem for outcome in outcomes for problem in outcome.accepted]
    assert accepted and not any(tested.find(problem.text) for problem in accepted)
    dropped = [r for o in outcomes for r in o.rejected if r.reason is Reason.CONTAMINATED]
    assert dropped and all("words with held-out-" in r.detail for r in dropped)


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


PLANTED = {
    "a copy": DUCKS.replace(". ", ".  ").lower(),
    "a copy inside": f"Read this well. {DUCKS} Give the answer in dollars.",
    "other names": DUCKS.replace("Janet", "Maria").replace("She", "He").replace("her ", "his "),
    "other numbers": DUCKS.replace("16", "21").replace("three", "five").replace("$2", "$3"),
    "a paraphrase": "Every day the ducks of Janet produce 16 eggs. Three of them she eats at breakfast each "
    "morning, and with four she bakes muffins for her friends daily. At the farmers' market she sells the "
    "remaining fresh duck eggs for $2 each. How many dollars does she make at the market per day?",
    "a paraphrase, other names": "Lena has ducks that lay 16 eggs per day. For breakfast she eats 3 every "
    "morning, and 4 go into muffins that she bakes for friends. What remains she sells daily at the market of "
    "the farmers, each fresh egg for $2. How much money in dollars does Lena make every day?",
}
UNRELATED = (
    (
        "A farmer has 16 hens. Each lays three eggs a week, and he sells them at the market for $2 a dozen. "
        "How much does he earn in four weeks?"
    ),
    "What is 16 - 3 - 4?",
    "She sells the remainder at the farmers' market.",
)


@pytest.mark.parametrize("planted", PLANTED)
def test_what_was_planted_is_found_with_its_evidence(planted):
    tested = TestedTexts([TestedText("other-1", UNRELATED[0]), TestedText("ducks-7", DUCKS)])
    found = tested.find(PLANTED[planted])
    assert found is not None and found.id == "ducks-7"
    told = tested.evidence(PLANTED[planted])
    assert "ducks-7" in told and ("13 words" in told) is ("paraphrase" not in planted)


@pytest.mark.parametrize("text", UNRELATED)
def test_what_only_has_words_in_common_is_not(text):
    assert TestedTexts([TestedText("ducks-7", DUCKS)]).evidence(text) == ""


def test_texts_of_the_same_seeds_are_compared_number_by_number():
    other = DUCKS.replace("16", "21").replace("three", "five").replace("four", "six")
    other = other.replace("$2", "$3")
    own = TestedTexts(own=[TestedText("held-out-1", DUCKS)], words=20)
    assert own.find(DUCKS) is not None and own.find(other) is None


def test_masked_numbers_are_alike_only_where_words_say_enough():
    masked = Passages(["Add 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 12."], mask_numbers=True)
    assert masked.shares_passage("add 1 2 3 4 5 6 7 8 9 10 11 and 12")
    assert not masked.shares_passage("add 2 3 4 5 6 7 8 9 10 11 12 and 13")
    assert not Passages(["What is 3 + 4?"], mask_numbers=True).shares_passage("What is 8 + 9?")


def test_the_similarity_is_a_setting():
    near = "Sixteen eggs per day are laid by ducks; muffins need four and breakfast three of them."
    assert SimilarTexts([DUCKS], least=0.3).find(near) is not None
    assert SimilarTexts([DUCKS]).find(near) is None
    assert TestedTexts([TestedText("d", DUCKS)], similarity=None).find(near) is None
    with pytest.raises(ValueError, match="the least similarity is 0"):
        SimilarTexts(least=0)


def _questions(name: str, split: str) -> dict[str, str]:
    lines = published(name, f"{split}.jsonl").read_text(encoding="utf-8").split("\n")
    rows = [json.loads(line) for line in lines if line]
    return {row["id"]: row["question"] for row in rows}


def test_near_duplicates_between_real_data_sets_are_found_and_unrelated_problems_are_not():
    """Every training row that is known to repeat a test row; of 800 of GSM8K's others at most 1 %."""
    lines = published("near_duplicates.tsv").read_text(encoding="utf-8").split("\n")[1:]
    pairs = [line.split("\t")[:2] for line in lines if line]
    rows: dict[str, str] = {}
    for id_ in sorted({id_ for pair in pairs for id_ in pair}):
        name, split, _ = id_.rsplit("-", 2)
        if id_ not in rows:
            rows |= _questions(name, split)
    tested = TestedTexts([TestedText(other, rows[other]) for _, other in pairs])
    assert len(pairs) > 15 and all(tested.find(rows[mine]) for mine, _ in pairs)
    test = [TestedText(*row) for row in list(_questions("gsm8k", "test").items())[:300]]
    found = list(map(TestedTexts(test).find, list(_questions("gsm8k", "train").values())[:800]))
    assert sum(one is not None for one in found) <= 8


def test_real_test_sets_do_not_share_passages_with_each_other():
    """GSM8K's training split shares hardly anything with its test split, and a test set everything
    with itself."""
    splits = {}
    for split in ("test", "train"):
        lines = published("gsm8k", f"{split}.jsonl").read_text(encoding="utf-8").split("\n")
        splits[split] = [json.loads(line)["question"] for line in lines if line]
    tested = Passages(splits["test"])
    assert len(splits["test"]) > 1_000 and all(map(tested.shares_passage, splits["test"]))
    shared = sum(map(tested.shares_passage, splits["train"]))
    assert 0 < shared < 0.02 * len(splits["train"])
