"""What the teacher was asked for to measure prompts is not asked for again after a kill."""

from __future__ import annotations

import dspy
import pytest

from tests.programs.scripted import Teacher
from zoped.evals import PassRate
from zoped.programs.teachers.calls import TeacherCalls
from zoped.train import RunSettings
from zoped.train.loop.costs import COSTS, read_costs
from zoped.train.loop.generating.generation import Decisions
from zoped.train.loop.measure import measure_prompts
from zoped.train.loop.observe import NullProgress
from zoped.train.loop.round import Round, Run
from zoped.train.results import Measured
from zoped.train.state import STATE, RunState, StateError

SETTINGS = RunSettings.model_validate(
    {
        "teacher": {"model": "openai/scripted"},
        "seeds": {"path": "elementary"},
        "measure": {"seeds": 6, "variants": 2},
        "generate": {"variants": 2},
    }
)


class Killed(BaseException):
    pass


class Dies(Teacher):
    """At its call `at`."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at

    def complete(self, request):
        if self.calls == self.at:
            raise Killed
        return super().complete(request)


class Meter:
    """Everybody solves everything."""

    band = SETTINGS.band.limits
    rollouts_spent = 0

    def measure(self, problems):
        return [PassRate(8, 8)] * len(problems)


@pytest.fixture(autouse=True)
def no_student(monkeypatch):
    monkeypatch.setattr(Round, "meter", lambda self, part, **_: Meter())
    monkeypatch.setattr(Round, "on_seeds", {})


def measured(folder, state, engine, *, concurrency=1, instruction=""):
    teacher = TeacherCalls(
        engine.lm(),
        adapter=dspy.JSONAdapter(),
        concurrency=concurrency,
        costs=read_costs(state),
    )
    round = Run(SETTINGS, folder, state, teacher).round(1)
    program = round.program(tuned=False)
    if instruction:
        choose = program.mutate.choose.predictors()[0]
        choose.signature = choose.signature.with_instructions(instruction)
    return measure_prompts(round, program, NullProgress(), "measuring")


@pytest.mark.parametrize("concurrency", [1, 2])
def test_a_killed_measurement_asks_for_what_is_missing_and_ends_the_same(tmp_path, concurrency):
    with RunState(tmp_path / "whole.db") as state:
        once = Teacher()
        whole = measured(tmp_path, state, once, concurrency=concurrency)
    with RunState(tmp_path / STATE) as state:
        dies, again, nothing = Dies(4), Teacher(), Teacher()
        with pytest.raises(Killed):
            measured(tmp_path, state, dies)
        assert len(state.kept_in_phase(1)) == dies.calls == 4
        assert read_costs(state).total.calls == 5, "the one that was under way is paid for too"
        assert not state.kept_ahead(1), "they are no steps of the generation"
        resumed = measured(tmp_path, state, again, concurrency=concurrency)
        assert dies.calls + again.calls == once.calls == whole.teacher_calls
        assert resumed.teacher_calls == whole.teacher_calls
        assert resumed.problems == whole.problems and whole.problems
        assert measured(tmp_path, state, nothing).problems == whole.problems
        assert nothing.calls == 0 and read_costs(state).total.calls == once.calls + 1


def test_they_are_another_programs_no_more_than_another_phases(tmp_path):
    with RunState(tmp_path / STATE) as state:
        first, other, next_phase = Teacher(), Teacher(), Teacher()
        measured(tmp_path, state, first)
        measured(tmp_path, state, other, instruction="Choose well.")
        assert other.calls == first.calls > 0
        Measured(None, 0, None, None, 0, 0).save(state, 1)
        assert not state.kept_in_phase(1)
        measured(tmp_path, state, next_phase)
        assert next_phase.calls == first.calls


@pytest.mark.parametrize("body", ["{", "[]", "{}", '{"seed_id": 1}', "null", '"x"'])
@pytest.mark.parametrize("ahead", [True, False])
def test_what_is_kept_and_cannot_be_read_is_told_with_its_file(tmp_path, body, ahead):
    with RunState(tmp_path / STATE) as state:
        (state.keep_ahead if ahead else state.keep_in_phase)(1, 0, body)
        with pytest.raises(StateError, match=r"state\.db: cannot be read \(kept .*another version"):
            if ahead:
                Decisions(state, round_number=1, seen=set(), teacher=None)
            else:
                measured(tmp_path, state, Teacher())


@pytest.mark.parametrize("costs", [5, [1], {"by_step": [1]}, {"by_step": {"mutate": {"x": 1}}}])
def test_costs_that_cannot_be_read_are_told_with_their_file(tmp_path, costs):
    with RunState(tmp_path / STATE) as state:
        state.set_meta(COSTS, costs)
        with pytest.raises(StateError, match=r"state\.db: cannot be read \(costs: "):
            read_costs(state)
