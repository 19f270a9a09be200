"""The embedded reader: what it learns from is right, and it is made, resumed and asked."""

from __future__ import annotations

import json
import shutil
from itertools import islice
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from zoped.cli.main import app
from zoped.programs.seeds import answers
from zoped.programs.teachers.reader.adapter import FORMALIZE, REWRITE, VERBALIZE
from zoped.programs.teachers.reader.lines import fields_told
from zoped.signatures import WrittenProblem, from_lines
from zoped.symbolic import check_problem, fingerprint, parse_expression
from zoped.symbolic.language.evaluate import evaluate
from zoped.train.teacher.corpus import make_corpus
from zoped.train.teacher.lines import lines_of_equation, lines_of_problem
from zoped.train.teacher.public import PublicDataError, formula_of, public_problems
from zoped.train.teacher.realized import is_held_out, made_problems
from zoped.train.teacher.settings import ReaderSettings
from zoped.train.teacher.stories import stories, tellings
from zoped.train.teacher.tune import TokenBatches

LAB_STUDENT = Path(__file__).parents[3] / "students" / "lab_student"


def solved(text: str, lines: str) -> str | None:
    written = WrittenProblem.model_validate(fields_told(from_lines(lines), text))
    return check_problem(written.to_problem(), sense=False).solution.answer


@pytest.fixture(scope="module")
def corpus():
    return make_corpus(ReaderSettings(stories=60, realized=30, rewritten=8, public=0))


def test_every_relation_of_one_step_is_told_in_twelve_ways_or_more():
    relations, idle = tellings()
    ways = {str(t.formula): len(t.texts) for t in relations if not t.decimals}
    assert all(ways[one] >= 12 for one in ("a + b", "a - b", "a*b", "a/b"))
    assert all(set(telling.formula.symbols) <= set("abcd") for telling in relations)
    assert len(idle) >= 10


def test_a_story_has_the_answer_of_its_formula():
    for story in islice(stories(Random(1)), 60):
        assert "{" not in story.text, story.text
        lines = lines_of_equation(story.text, story.formula)
        assert lines is not None, story
        right = evaluate(parse_expression(story.formula), {})
        assert answers(solved(story.text, lines) or "", str(right)), (story, lines)


def test_a_made_problem_has_the_answer_of_its_lines():
    for made in islice(made_problems(Random(2), held_out=False), 20):
        assert answers(solved(made.text, made.lines) or "", made.answer), made


@pytest.mark.parametrize(
    ("text", "formula", "relation"),
    [
        ("He orders 20 dozen pens, but 12 are missing. How many come?", "20*12 - 12", None),
        (
            "Yuki bought 5 dozen eggs and dropped 6. How many are whole?",
            "12*5 - 6",
            "12*eggs - eggs2",
        ),
        ("Each of 54 boxes has 28 pairs. How many shoes?", "2*54*28", "2*boxes*boxes2"),
        ("He drives 50 miles at $.1 a mile. What does he pay?", "50*0.1", "miles*dollars"),
    ],
)
def test_a_dozen_is_no_quantity_and_a_bare_fraction_is_one(text, formula, relation):
    lines = lines_of_equation(text, formula)
    assert lines is not None
    right = evaluate(parse_expression(formula), {})
    assert answers(solved(text, lines) or "", str(right)), lines
    assert relation is None or f"answer == {relation}\n" in lines


def test_a_decimal_that_the_relation_has_as_a_number_goes_by_its_name():
    problem = WrittenProblem.model_validate(
        "m N = 30 kg: mass\nh N = 34 metre: height\nw Q = ?\nw == m*(49/5)*h\nfind w"
    ).to_problem()
    text = "Where gravity is 9.8 m/s^2, 30 kg are lifted by 34 metres. What is the work?"
    lines = lines_of_problem(text, problem)
    assert lines is not None
    assert lines.split("\n")[:3] == ["m Q = 9.8", "kg N = 30", "metres N = 34"]
    assert "answer == kg*m*metres" in lines


def test_batches_have_every_example_once_and_no_more_tokens_than_they_may():
    lengths = [3 + (7 * place) % 40 for place in range(200)] + [500]
    batches = TokenBatches(lengths, 120, seed=0)
    first = list(batches)
    assert sorted(place for batch in first for place in batch) == list(range(201))
    assert all(len(b) * max(lengths[i] for i in b) <= 120 for b in first if len(b) > 1)
    assert [200] in first
    assert len(first) == len(batches) < sum(lengths) / 120 * 1.25
    batches.set_epoch(1)
    assert list(batches) != first
    assert sorted(batches) == sorted(first)


def test_structures_that_are_measured_are_never_learnt_from(corpus):
    held_out = list(islice(made_problems(Random(3), held_out=True), 5))
    assert all(is_held_out(made.structure) for made in held_out)
    assert {made.structure for made in held_out} == {fingerprint(m.problem) for m in held_out}
    assert not any(is_held_out(e.structure) for e in corpus if e.structure)


def test_a_corpus_has_what_was_asked_for_and_is_the_same_again(corpus):
    assert len(corpus) == 98
    assert len({(e.task, e.given) for e in corpus}) == 98
    tasks = {task: sum(e.task == task for e in corpus) for task in (FORMALIZE, REWRITE, VERBALIZE)}
    assert 0 < tasks[REWRITE] <= 8
    assert tasks[FORMALIZE] > tasks[VERBALIZE] > 0
    assert make_corpus(ReaderSettings(stories=60, realized=30, rewritten=8, public=0)) == corpus


@pytest.mark.parametrize(
    ("equations", "answer", "formula"),
    [
        (["x=(32+42)-35"], "39", "(32+42)-35"),
        (["48/2=24", "48+24=72"], "72", "48+(48/2)"),
        (["48/2=24", "48+24=72"], "71", None),
        (["x=__import__('os')"], "1", None),
        (["x=1/0"], "1", None),
        ([], "1", None),
    ],
)
def test_public_equations_become_one_formula_that_gives_the_answer(equations, answer, formula):
    assert formula_of(equations, answer) == formula


def test_public_files_are_read_by_their_licences_without_what_is_to_be_dropped(tmp_path):
    def row(ident: str, licence: str = "MIT") -> str:
        text = f"Ann has 3 pens and Ben has 4. How many pens are there? {ident}"
        own = {"id": ident, "question": text, "answer": "7", "equations": ["x=3+4"]}
        return json.dumps(own | {"license": licence}) + "\n"

    for name in ("svamp", "gsm8k"):
        (tmp_path / name).mkdir()
        rows = row(f"{name}-1") + row(f"{name}-2") + row(f"{name}-3", "not stated")
        (tmp_path / name / "train.jsonl").write_text(rows)
    (tmp_path / "near_duplicates.tsv").write_text("train_id\teval_id\nsvamp-2\ttest-1\n")
    found = [text.split()[-1] for _, text, _ in public_problems(tmp_path)]
    assert found == ["svamp-1", "gsm8k-1", "gsm8k-2"]
    (tmp_path / "gsm8k" / "train.jsonl").write_text('{"id": 1}\n')
    with pytest.raises(PublicDataError, match=r"gsm8k/train\.jsonl:1"):
        list(public_problems(tmp_path))
    shutil.rmtree(tmp_path / "gsm8k")
    with pytest.raises(PublicDataError, match="no such file"):
        list(public_problems(tmp_path))


@pytest.mark.slow
def test_a_tiny_reader_is_trained_and_its_command_goes_on(tmp_path):
    out = tmp_path / "reader"
    options = ["teacher", "train", "-o", str(out), "--base", str(LAB_STUDENT), "--stories", "24"]
    options += ["--realized", "0", "--rank", "2", "--save-every", "1", "--batch", "1200"]
    part = CliRunner().invoke(app, [*options, "--stop-at", "1"])
    assert part.exit_code == 0, part.output
    assert [path.name for path in (out / "checkpoints").glob("c*")] == ["checkpoint-1"]
    begun = (out / "reader.gguf").read_bytes()
    first = CliRunner().invoke(app, options)
    assert first.exit_code == 0, first.output
    assert (out / "reader.gguf").read_bytes() != begun
    reader = (out / "reader.gguf").read_bytes()
    assert reader[:4] == b"GGUF"
    steps = sorted(int(path.name.split("-")[1]) for path in (out / "checkpoints").glob("c*"))
    assert steps[-1] == 3

    # Killed after the second step: the third is done again, to the same end.
    shutil.rmtree(out / "checkpoints" / "checkpoint-3")
    (out / "reader.gguf").unlink()
    again = CliRunner().invoke(app, options)
    assert again.exit_code == 0, again.output
    assert (out / "reader.gguf").read_bytes() == reader

    other = CliRunner().invoke(app, [*options, "--batch", "600"])
    assert other.exit_code == 2
    assert "batch was 1200, is 600" in other.output


def test_wrong_inputs_of_the_command_are_said_before_anything_is_made(tmp_path):
    for options, message in (
        (["--stories", "0", "--realized", "0"], "nothing to learn from"),
        (["--base", str(tmp_path)], "no model there"),
    ):
        result = CliRunner().invoke(app, ["teacher", "train", "-o", str(tmp_path / "r"), *options])
        assert result.exit_code == 2
        assert message in result.output
    assert not (tmp_path / "r").exists()
