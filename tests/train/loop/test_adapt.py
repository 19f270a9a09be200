"""Generating for the student as it is: few rollouts, varied problems, and killed without a trace."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import dspy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.simulated import FollowsDemonstrations
from zoped.evals import PassRate, PassRateMeter, as_asked
from zoped.optimizers import PassRateTeleprompter
from zoped.programs.moves import MoveWeights
from zoped.programs.teachers.calls import TeacherCalls
from zoped.symbolic import fingerprint
from zoped.train import RunSettings
from zoped.train.curriculum.corrections import (
    Correction,
    believed_key,
    correction,
    last_correction,
)
from zoped.train.curriculum.observed import observations, training_label
from zoped.train.grpo.round_log import group_pass_rates, keep_drawn
from zoped.train.loop.generate import generate, predicted_key
from zoped.train.loop.measure import measure
from zoped.train.loop.observe import NullProgress, NullTracker
from zoped.train.loop.round import Round, Run
from zoped.train.loop.tune import tune
from zoped.train.results import Tuned
from zoped.train.state import STATE, RunState

SETTINGS: dict[str, Any] = {
    "teacher": {"model": "none"},
    "seeds": {"path": "elementary"},
    "meter": {"min_rollouts": 2, "max_rollouts": 4, "mistake_cost": 20},
    "curriculum": {"filter": "difficulty"},
    "generate": {"variants": 4, "pool": 8},
    "train": {"steps": 10, "prompts_per_step": 4},
    "evaluate": {"problems": 10},
}

pytestmark = pytest.mark.slow


def generated(folder: Path, lm: Any = None, **changes: Any) -> tuple[Any, Round]:
    folder.mkdir(exist_ok=True)
    state = RunState(folder / STATE)
    settings = RunSettings.model_validate({**SETTINGS, **changes})
    engine = lm and dspy.LM("teacher", engine=lm, cache=False)
    teacher = TeacherCalls(engine, adapter=dspy.JSONAdapter()) if lm else None
    round = Run(settings, folder, state, teacher).round(1)
    if state.phase_metrics(1, "measure") is None:
        measure(round, NullTracker(), NullProgress()).save(state, 1)
    return generate(round, NullTracker(), NullProgress()), round


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return generated(tmp_path_factory.mktemp("whole"))


def test_it_trains_on_as_many_problems_as_the_steps_use_all_different(whole):
    result, round = whole
    rows = round.training_file.read_text().splitlines()
    assert result.training_problems == len(rows) == 40
    assert result.distinct == 40
    assert result.repeated == 0
    assert result.structures >= 20


def test_it_measures_little_and_says_how_its_predictions_held(whole):
    result, round = whole
    stored = round.state.measured(1, result.student)
    assert result.rollouts == sum(s.pass_rate.rollouts for s in stored if s.pass_rate)
    # All that it looks at, sampled to the end, would be four each.
    assert result.rollouts < 4 * len(stored)
    assert result.difficulty["problems"] > 0
    assert 0 < result.metrics()["difficulty_coverage"] <= 1
    predicted = round.state.meta(predicted_key(1))
    assert set(predicted) >= {s.problem.id for s in stored if s.pass_rate}
    assert all(0 < chance < 1 for chance in predicted.values())


def test_what_was_never_measured_is_told_as_such(tmp_path):
    """In a band from 0 it is not taken for a problem that was never solved."""
    result, round = generated(
        tmp_path,
        band={"low": 0, "high": 0.8},
        generate=SETTINGS["generate"] | {"rollouts": 100},
    )
    stored = round.state.measured(1, result.student)
    rates = [s.pass_rate.rate for s in stored if s.pass_rate]
    assert 0 < len(rates) < result.accepted == len(stored)
    assert result.in_band == sum(rate <= 0.8 for rate in rates)
    assert result.band_share == result.in_band / len(rates)


def test_a_killed_round_goes_on_to_the_same_file(whole, tmp_path, monkeypatch):
    result, round = whole
    sample, calls = PassRateMeter.measure, []

    def killed(self, *arguments, **options):
        calls.append(1)
        if len(calls) == 4:  # the seeds, the first look, a batch, and then
            raise KeyboardInterrupt
        return sample(self, *arguments, **options)

    monkeypatch.setattr(PassRateMeter, "measure", killed)
    with pytest.raises(KeyboardInterrupt):
        generated(tmp_path)
    monkeypatch.undo()
    again, resumed = generated(tmp_path)
    assert resumed.training_file.read_bytes() == round.training_file.read_bytes()
    assert again == result


@pytest.mark.parametrize("limit", [20, 100])
def test_a_budget_of_rollouts_is_kept(whole, tmp_path, limit):
    result, _ = generated(tmp_path, generate=SETTINGS["generate"] | {"rollouts": limit})
    assert 0 < result.rollouts <= limit < whole[0].rollouts
    assert result.training_problems == 40


def test_without_coverage_fewer_structures_are_trained_on(whole, tmp_path):
    result, _ = generated(tmp_path, curriculum={"filter": "difficulty", "coverage": False})
    assert result.structures < whole[0].structures


def test_a_share_of_what_is_trained_on_is_easy(tmp_path):
    def easy(share: float) -> int:
        folder = tmp_path / str(share)
        curriculum = {"filter": "difficulty", "easy": share}
        generating = SETTINGS["generate"] | {"pool": 30}  # so that there are enough easy ones
        _, round = generated(folder, curriculum=curriculum, generate=generating)
        rows = map(json.loads, round.training_file.read_text().splitlines())
        return sum(row["pass_rate"] > 0.75 for row in rows)

    shares = easy(0.5), easy(0.0)
    assert shares[0] >= shares[1] + 8, shares


def test_a_share_of_what_is_trained_on_is_like_the_seeds(tmp_path, monkeypatch):
    """Where all problems are thought to be alike, so that nothing else decides."""

    class Alike:
        def __init__(self, observations: Any, **_: Any) -> None:
            self.unseen = [(1.0, 1.0)] * len(observations)

        def predict(self, problems: Any) -> list[tuple[float, float]]:
            return [(1.0, 1.0)] * len(problems)

    monkeypatch.setattr("zoped.train.loop.generating.adapt.DifficultyModel", Alike)

    def near(share: float) -> int:
        settings = {"filter": "difficulty", "easy": 0, "near": share}
        _, round = generated(tmp_path / str(share), curriculum=settings)
        structures = {fingerprint(seed.symbols) for seed in round.seeds if seed.symbols}
        rows = map(json.loads, round.training_file.read_text().splitlines())
        trained = {row["id"] for row in rows}
        return sum(p.fingerprint in structures for p in round.state.problems(1) if p.id in trained)

    shares = near(1), near(0)
    assert shares[0] >= shares[1] + 6, shares


def test_a_share_of_what_is_trained_on_are_the_seeds_as_they_were_measured(tmp_path):
    result, round = generated(tmp_path, curriculum={"filter": "difficulty", "seeds": 0.5})
    rows = [json.loads(line) for line in round.training_file.read_text().splitlines()]
    asked = {seed.id: as_asked(seed).text for seed in round.seeds}
    seeds = [row for row in rows if row["source"] == "seed"]
    assert len(rows) == 40 and len(seeds) == result.seeds == 20
    assert all(row["text"] == asked[row["id"]] for row in seeds)
    assert len({row["id"] for row in rows} - asked.keys()) == 20
    # A seed and what is like it are of one structure.
    symbols = {seed.id: seed.symbols for seed in round.seeds}
    symbols |= {problem.id: problem.symbols for problem in round.state.problems(1)}
    assert result.structures == len({fingerprint(symbols[row["id"]]) for row in rows})
    # What becomes of a seed, of which there are several groups, says nothing of predictions.
    assert round.state.meta(believed_key(1)).keys() == {row["id"] for row in rows} - asked.keys()
    assert round.state.meta(believed_key(1, "seeds")).keys() == {row["id"] for row in seeds}


def test_the_next_round_expects_what_the_last_one_came_to(whole, tmp_path):
    """Of what was believed to be solved half of the time everything was solved, nearly always."""
    _, round = whole
    believed = round.state.meta(believed_key(1))
    rows = map(json.loads, round.training_file.read_text().splitlines())
    assert set(believed) == {row["id"] for row in rows}
    outcomes = [((4.0, 4.0), PassRate(8, 8))] * 60 + [((4.0, 4.0), PassRate(7, 8))] * 20
    found = correction(outcomes, 8)
    assert found.shift > 1 and found.share < 0.7
    even = [((4.0, 4.0), PassRate(n, 8)) for n in (2, 3, 4, 4, 5, 6)] * 10
    assert abs(correction(even, 8).shift) < 0.05 and 0.95 < correction(even, 8).share < 1.05
    # Of three groups of a seed not one may have been mixed, or all.
    seeds = [((4.0, 4.0), PassRate(n, 24)) for n in (1, 23)] * 30
    assert 0.3 < correction(seeds, 8).share < 0.5 and abs(correction(seeds, 8).shift) < 0.05
    assert correction((), 8) == Correction()
    state = RunState(tmp_path / STATE)
    state.set_meta(believed_key(1), {"a": (4.0, 4.0), "not trained on": (1.0, 1.0)})
    state.set_meta(believed_key(1, "seeds"), {"seed": (4.0, 4.0)})
    state.save_pass_rates(["a", "seed"], [PassRate(8, 8), PassRate(21, 24)], training_label(1))
    assert last_correction(state, 2, 8) == correction([((4.0, 4.0), PassRate(8, 8))], 8)
    of_seeds = correction([((4.0, 4.0), PassRate(21, 24))], 8)
    assert last_correction(state, 2, 8, "seeds") == of_seeds and of_seeds.shift > 0
    state.set_meta(believed_key(2), {"a": (0.1, 0.1)})
    state.save_pass_rates(["a"], [PassRate(4, 8)], training_label(2))
    more = correction([((0.1, 0.1), PassRate(4, 8))], 8)
    assert last_correction(state, 3, 8).share == 1 < more.share
    assert last_correction(state, 1, 8) == Correction() == last_correction(state, 4, 8)


def test_the_next_rounds_learn_from_all_that_was_measured_and_answered_in_training(whole):
    """Of seeds and of earlier rounds' problems too, in whatever round they were asked again."""
    result, round = whole
    problem, seed = round.state.problems(1)[0], round.seeds[0]
    again = [problem.id, seed.id]
    round.state.save_pass_rates(again, [PassRate(3, 8), PassRate(8, 8)], training_label(1))
    round.state.save_pass_rates(again, [PassRate(5, 8), PassRate(2, 8)], training_label(2))
    found = observations(round.state, 3, {1: result.student, 2: "2", 3: "3"}, round.seeds)
    answered = {(o.problem.text, o.age): o.pass_rate for o in found if o.age % 1}
    assert answered == {
        (problem.text, 1.5): PassRate(3, 8),
        (as_asked(seed).text, 1.5): PassRate(8, 8),
        (problem.text, 0.5): PassRate(5, 8),
        (as_asked(seed).text, 0.5): PassRate(2, 8),
    }
    measured = {o.problem.text for o in found if o.age == 2}
    stored = round.state.measured(1, result.student)
    assert measured == {s.problem.text for s in stored if s.pass_rate} | {
        as_asked(seed).text for seed in round.seeds if seed.id in round.on_seeds
    }


def test_groups_are_counted_by_the_text_that_was_asked(tmp_path):
    folder = tmp_path / "completions"
    folder.mkdir()
    asked = [[{"role": "user", "content": text}] for text in ("one", "one", "two")]
    for step, right in ((1, [1.0, 0.0, 1.0]), (2, [1.0, 1.0, 0.0])):
        table = pa.table({"prompt": asked, "correctness": right})
        pq.write_table(table, folder / f"completions_{step:05d}.parquet")
    assert group_pass_rates(tmp_path, range(1, 3)) == {"one": PassRate(3, 4), "two": PassRate(1, 2)}
    assert group_pass_rates(tmp_path, range(2, 3)) == {"one": PassRate(2, 2), "two": PassRate(0, 1)}
    assert group_pass_rates(tmp_path, range(3, 9)) == {}
    # Of a step with dynamic sampling what was drawn counts, with what was thrown away.
    keep_drawn(tmp_path, 2, [(asked[0], PassRate(3, 3)), (asked[2], PassRate(1, 3))])
    assert group_pass_rates(tmp_path, range(2, 3)) == {"one": PassRate(3, 3), "two": PassRate(1, 3)}


def test_what_a_teacher_makes_is_proposed_too(tmp_path, monkeypatch):
    """Its decisions are stored once, and a killed round asks for none of them again."""
    lm = FollowsDemonstrations()
    teacher = {"model": "openai/scripted", "concurrency": 1}

    def run(kill_at: int) -> tuple[Any, Round]:
        sample, calls = PassRateMeter.measure, []

        def measured(self, *arguments, **options):
            calls.append(1)
            if len(calls) == kill_at:
                raise KeyboardInterrupt
            return sample(self, *arguments, **options)

        with monkeypatch.context() as patched:
            patched.setattr(PassRateMeter, "measure", measured)
            return generated(
                tmp_path,
                lm,
                teacher=teacher,
                tune={"enabled": False},
                generate=SETTINGS["generate"]
                | {"decisions": 12, "pool": 6},  # so few, that some of them are taken
            )

    with pytest.raises(KeyboardInterrupt):
        run(kill_at=4)
    result, round = run(kill_at=0)
    assert lm.calls == 12 == result.teacher_calls
    made = round.state.problems_of_steps(1)
    asked = {p.id for step in range(12) for p in made.get(step, [])}
    assert {p.move for step in range(12) for p in made.get(step, [])} == {"grow_numbers"}
    measured = {s.problem.id for s in round.state.measured(1, result.student) if s.pass_rate}
    assert {made[step][0].id for step in range(12) if step in made} <= measured
    rows = [json.loads(line) for line in round.training_file.read_text().splitlines()]
    assert len(rows) == 40
    assert 0 < len(asked & {row["id"] for row in rows}) < 40


def test_a_program_that_stays_as_it_was_is_not_measured_again(tmp_path, monkeypatch):
    settings = SETTINGS | {
        "generate": {**SETTINGS["generate"], "mutation": "weights"},
        "measure": {"seeds": 4, "variants": 4},
    }
    state = RunState(tmp_path / STATE)
    round = Run(RunSettings.model_validate(settings), tmp_path, state).round(1)
    before = measure(round, NullTracker(), NullProgress())
    before.save(state, 1)

    def settled(weighed):
        def compile_(teleprompter, program, **_):
            tuned = program.deepcopy()
            if weighed:
                tuned.mutate.weights.set("easy", {"add_step": 2.0})
            tuned.candidate_programs = []
            tuned.tuning = {"origin": "mine", "teacher_calls": 1, "rollouts": 2}
            return tuned

        monkeypatch.setattr(PassRateTeleprompter, "compile", compile_)
        return tune(round, NullTracker(), NullProgress())

    same, other = settled(weighed=False), settled(weighed=True)
    assert same == Tuned(before.band_share, before.problems, "mine", 1, 2)
    assert other.rollouts > 2 and state.prompts(1, "after") != state.prompts(1, "before")


def test_without_a_teacher_moves_are_weighed_and_proposed_by_their_weights(tmp_path, monkeypatch):
    """Tuning learns the weights, resumes from what it kept, and the round proposes by them."""
    settings = RunSettings.model_validate(
        {
            **SETTINGS,
            "generate": {**SETTINGS["generate"], "mutation": "weights", "pool": 3},
            "measure": {"seeds": 4, "variants": 4},
            "tune": {"rollouts": 900, "batch_size": 4, "exploration_tries": 70},
        }
    )
    state = RunState(tmp_path / STATE)
    round = Run(settings, tmp_path, state).round(1)
    measure(round, NullTracker(), NullProgress()).save(state, 1)
    tuned = tune(round, NullTracker(), NullProgress())
    assert tuned.teacher_calls == 0 < tuned.rollouts
    saved = state.prompts(1, "after")
    assert tune(round, NullTracker(), NullProgress()).origin == tuned.origin
    assert state.prompts(1, "after") == saved

    # What is shuffled is what was learnt, by a random stream of the round (here all weights came out alike).
    seeds, shuffle = [], MoveWeights.shuffle
    monkeypatch.setattr(MoveWeights, "shuffle", lambda w, s: (seeds.append(s), shuffle(w, s)))
    shuffled = settings.model_copy(
        update={"tune": settings.tune.model_copy(update={"shuffled": True})}
    )
    tune(Run(shuffled, tmp_path, state).round(1), NullTracker(), NullProgress())
    assert seeds == [round.random_seed("shuffle")]

    # One move that alone has any weight, as a search may leave it: nothing else is proposed.
    program = round.program(tuned=True)
    for level in ("too hard", "hard", "right", "easy"):
        weights = dict.fromkeys(program.mutate.menu, 0.0)
        program.mutate.weights.set(level, weights | {"add_step": 1.0})
    state.save_prompts(1, "after", program.dump_state())
    tuned.save(state, 1)
    result = generate(round, NullTracker(), NullProgress())
    made = [problem for step in state.problems_of_steps(1).values() for problem in step]
    assert {problem.move for problem in made} == {"add_step"}

    # What tuning measured is of the round: known, trained on, and paid for by tuning.
    before = {problem.id for problem in state.measured_before_steps(1)}
    stored = {s.problem.id: s.pass_rate for s in state.measured(1, result.student)}
    assert len(before) > 40 and all(stored[id_].rollouts for id_ in before)
    measured = [rate for id_, rate in stored.items() if id_ not in before and rate]
    assert result.rollouts == sum(rate.rollouts for rate in measured) > 0
    assert result.accepted == len(stored) == len(before) + len(made)
    rows = map(json.loads, round.training_file.read_text().splitlines())
    trained = {row["id"] for row in rows}
    assert trained & before and trained - before
    found = observations(state, 2, {1: result.student, 2: "2"}, round.seeds)
    assert before <= {o.problem.id for o in found if hasattr(o.problem, "id")}
