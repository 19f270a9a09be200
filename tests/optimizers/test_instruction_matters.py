"""What is tuned is what the teacher acts on: weights, prompts of every step, and new strategies."""

from __future__ import annotations

import re
from random import Random

import dspy
import pytest

from tests.obeying import (
    MISTAKES,
    SEEDS,
    STRATEGIES,
    WARNING,
    measured,
    notes_of,
    obeying,
    pass_rate,
    shuffled,
    worth,
)
from tests.simulated import KnowsMoves
from zoped.optimizers import PassRateTeleprompter
from zoped.optimizers.compare.contenders import CONTENDERS, Task
from zoped.optimizers.measuring import examples_of
from zoped.programs import GenerateProblem

TRAIN = Random(1).sample(SEEDS, len(SEEDS))
TRAIN, FRESH = TRAIN[:56], TRAIN[56:]
NOTES = notes_of(TRAIN + FRESH, 1)


def tune(program, teacher, seeds=TRAIN, **settings):
    trainset = examples_of(seeds, NOTES)
    settings = {"max_rollouts": 40_000, "variants": 4, "batch_size": 12} | settings
    meter = KnowsMoves(pass_rate, seed=1)
    teleprompter = PassRateTeleprompter(meter, exploration_tries=400, random_seed=1, **settings)
    return teleprompter.compile(program, trainset=trainset, teacher=teacher)


def test_tuned_strategies_cover_twice_as_much_and_shuffled_ones_do_not():
    with obeying() as teacher:
        untuned = GenerateProblem(mutation="rewrite", variants=4, strategies=STRATEGIES)
        tuned = tune(untuned, teacher, max_teacher_calls=200)
        before, found, mixed = (
            worth(measured(program, teacher, FRESH, NOTES, laps=1))
            for program in (untuned, tuned, shuffled(tuned, 0))
        )
    assert all(after > 2 * was for was, after in zip(before, found, strict=True))
    assert all(after > 2 * other for other, after in zip(mixed, found, strict=True))


@pytest.fixture(scope="module")
def reflected():
    """Tuned with a model that reflects, on few calls and strategies."""
    with obeying() as teacher:
        few = [s for s in STRATEGIES if s.id in ("rest", "boxes", "area", "twice")]
        program = GenerateProblem(mutation="rewrite", variants=2, strategies=few)
        return tune(
            program,
            teacher,
            TRAIN[:24],
            max_teacher_calls=150,
            batch_size=4,
            reflection_lm=teacher.lm,
            demos=2,
        )


def test_a_model_that_reflects_writes_the_rewriting_instruction_and_new_strategies(reflected):
    origins = " ".join(entry["origin"] for entry in reflected.candidate_programs)
    assert "reflection 1 on rewrite" in origins and re.search(
        "demonstrations? of rewrites", origins
    )
    written = reflected.tuning["findings"]["strategies"]
    assert written and all("packed" in strategy["text"] for strategy in written)
    warned = [
        entry["program"].mutate.rewrite
        for entry in reflected.candidate_programs
        if "reflection" in entry["origin"]
    ]
    assert any(
        WARNING.format(mistake) in predictor.signature.instructions
        for predictor in warned
        for mistake in MISTAKES
    )


def test_what_a_model_wrote_is_drawn_saved_and_loaded(reflected, tmp_path):
    [best, *_] = [
        entry["program"]
        for entry in reflected.candidate_programs
        if entry["program"].mutate.written.by_id
    ]
    written = best.mutate.written.by_id
    assert written.items() <= best.mutate.strategies.items()
    best.save(tmp_path / "tuned.json")
    loaded = GenerateProblem(mutation="rewrite", variants=2, strategies=["race"])
    loaded.load(tmp_path / "tuned.json")
    assert loaded.mutate.written.by_id == written
    assert set(loaded.mutate.strategies) == {"race", *written}
    assert loaded.mutate.weights.by_level == best.mutate.weights.by_level
    moves = {
        loaded.mutate.drawn(SEEDS[0].symbols, NOTES[TRAIN[0].id], Random(i), operators=False).move
        for i in range(40)
    }
    assert moves >= {strategy.move for strategy in written.values()}


@pytest.mark.parametrize(("step", "reflects"), [("verbalize", False), ("formalize", True)])
def test_what_is_right_or_wrong_is_tuned_by_how_often_it_is_accepted(step, reflects, tmp_path):
    telling = step == "verbalize"
    with obeying() as teacher:
        program = GenerateProblem(
            mutation="weights",
            variants=1,
            operators=["double_step"],
            strategies=(),
            verbalization="teacher" if telling else "rules",
        )
        seeds = TRAIN[:18]
        if not telling:
            seeds = [seed.model_copy(update={"symbols": None}) for seed in seeds]
        settings = {
            "max_teacher_calls": 120,
            "prompt_share": 1.0,
            "batch_size": 4,
            "log_dir": tmp_path,
            "reflection_lm": teacher.lm if reflects else None,
        }
        tuned = tune(program, teacher, seeds, **settings)
        calls = teacher.spent.calls
        again = tune(program, teacher, seeds, **settings)
    assert tuned.tuning["teacher_calls"] == calls == teacher.spent.calls <= 120
    assert again.tuning == tuned.tuning
    found = tuned.tuning["findings"]["prompts"][step]
    assert found["after"][0] > found["before"][0]
    prompts = dict(tuned.named_predictors())[f"{step}.predict"]
    if reflects:
        assert "Beware" in prompts.signature.instructions
    else:
        assert prompts.demos
    assert dict(program.named_predictors())[f"{step}.predict"].signature.instructions in (
        prompts.signature.instructions
    )


@pytest.mark.parametrize("name", ["CritiqueAndEdit", "GEPA", "random search"])
def test_contenders_tune_rewriting(name):
    with obeying() as teacher, dspy.context(lm=teacher.lm, adapter=dspy.JSONAdapter()):
        few = [s for s in STRATEGIES if s.id in ("rest", "area")]
        program = GenerateProblem(mutation="rewrite", variants=2, strategies=few)
        program.formalize._compiled = program.verbalize._compiled = True
        del program.mutate.choose
        trainset = examples_of(TRAIN[:10], NOTES)
        meter = KnowsMoves(pass_rate, seed=1)
        task = Task(program, trainset, meter, teacher.lm, calls=60, seed=0)
        tuned = CONTENDERS[name](task)
        assert tuned(seed=FRESH[0]).accepted is not None
    if name == "CritiqueAndEdit":
        assert "Beware" in tuned.mutate.rewrite.signature.instructions
        assert tuned.tuning["steps"] and tuned.tuning["teacher_calls"] <= 60
    if name == "random search":
        weights = tuned.mutate.weights.by_level["easy"]
        assert set(weights) == {s.move for s in few} and len(set(weights.values())) == 2
