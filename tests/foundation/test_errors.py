"""All errors that a person can mend have one base, which the command line knows alone."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError

from zoped.evals import Band, PassRate
from zoped.foundation.errors import counted, did_you_mean, first_fault
from zoped.programs import Seed
from zoped.programs.teachers.abilities import require_able
from zoped.programs.teachers.budget import Spent
from zoped.programs.teachers.errors import TeacherError
from zoped.train.curriculum.choose import NothingToTrainOn, TrainingProblem, choose_problems
from zoped.train.loop.generating.spread import Limits, SpreadError, require_possible

ROOT = Path(__file__).parents[2]
# Errors that one part of the code raises for another, and that are caught there.
INNER = {
    "CallFailed",
    "EmptyReply",
    "EvaluationError",
    "ExpressionError",
    "MutationRefused",
    "NoValue",
    "NotAccepted",
    "OpenError",
    "OutOfBudget",
    "UndefinedError",
    "Untranslatable",
}


def test_every_public_error_is_a_zoped_error_or_known_to_be_caught() -> None:
    found = {}
    for folder in ("programs", "evals", "students", "optimizers", "train", "cli"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
                    if any(b.endswith(("Error", "Exception")) for b in bases):
                        found[node.name] = bases
    known = {"ZopedError", *(n for n, bases in found.items() if "ZopedError" in bases)}
    strays = {n for n, bases in found.items() if not bases & known} - INNER
    assert not strays and "SeedError" in found


class _Row(BaseModel):
    name: str
    size: int


def test_the_first_fault_names_its_field_and_counts_the_others() -> None:
    try:
        _Row.model_validate({"size": "x"})
    except ValidationError as error:
        assert first_fault(error) == "name: Field required (and 1 more)"


def test_one_thing_is_counted_as_one() -> None:
    assert [counted(n, "seed") for n in (0, 1, 2_000)] == ["0 seeds", "1 seed", "2,000 seeds"]


def test_no_message_counts_one_thing_as_many() -> None:
    """Of those that count a list, which may have one: they say `counted(len(seeds), "seed")`. "The {n} seeds"
    has a sentence of its own for one."""
    many = re.compile(
        r"(?<!the )\{len\([^{}]*\)[:,]*\} (?:[a-z]+ )?"
        r"(?:seed|problem|row|run|round|question|example|rollout|call|decision|step)s\b"
    )
    ours = {"tests", "benchmarks", "raced_search.py"}  # the last: for those who call it wrongly
    sources = [path for path in ROOT.glob("[a-z]*/**/*.py") if not ours & set(path.parts)]
    found = {path.name: many.findall(path.read_text(encoding="utf-8")) for path in sources}
    assert found and not {name: messages for name, messages in found.items() if messages}


def test_one_of_several_is_told_of_one() -> None:
    bare = Seed(id="a", text="What is 1 + 1?", answer="2")
    with pytest.raises(
        TeacherError, match=r"seeds: the one seed has no symbolic form \(without it: a\)"
    ):
        require_able("none", [bare])
    with pytest.raises(TeacherError, match=r"seeds: none of the 2 seeds have their symbolic form"):
        require_able("none", [bare, bare])
    with pytest.raises(SpreadError, match=r"2 problems from 1 seed are more than 1 a story"):
        require_possible([bare], Limits(max_per_story=1), 2)
    never = [TrainingProblem("p", "?", "1", PassRate(0, 8), "new")]
    with pytest.raises(NothingToTrainOn, match="the one generated problem is not within"):
        choose_problems(never, band=Band(0.2, 0.8), count=1, seed=0)
    assert str(Spent(1, 1, 0, 0.0)) == "1 call, 1 token, $0.0000"


def test_no_message_goes_on_after_a_question() -> None:
    sources = [path for path in ROOT.glob("[a-z]*/**/*.py") if "tests" not in path.parts]
    assert sources
    for path in sources:
        assert not re.search(r"did_you_mean\([^)]*\)\};", path.read_text(encoding="utf-8")), path


def test_a_near_name_is_proposed_and_a_far_one_is_not() -> None:
    assert did_you_mean("stepps", ["steps", "lora"]) == "; did you mean `steps`?"
    assert did_you_mean("zzz", ["steps", "lora"]) == ""
    assert did_you_mean("lr", ["lora", "learning_rate"]) == "; did you mean `learning_rate`?"
