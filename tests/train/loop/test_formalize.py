"""Seeds without symbols are formalized before the first round, once."""

from __future__ import annotations

import json
from pathlib import Path

import dspy
import pytest
from dspy.utils.exceptions import LMServerError

from tests.programs.scripted import SEED, SEEDS, Teacher, without_symbols
from zoped.programs import Reason, Seed
from zoped.programs.acceptance import NotAccepted
from zoped.programs.formalizing.tries import ASKED_ANEW, Tries, formalized
from zoped.programs.predictors.one_path import run_now
from zoped.programs.teachers.calls import BudgetSpent, TeacherCalls, TeacherError
from zoped.signatures import WrittenProblem, from_lines
from zoped.train.loop.costs import read_costs
from zoped.train.loop.formalize import NoSymbols, keep_seeds
from zoped.train.loop.observe import NullProgress
from zoped.train.loop.parts import new_program
from zoped.train.loop.round import Run
from zoped.train.settings import RunSettings, SettingsError
from zoped.train.state import STATE, RunState
from zoped.train.teacher_cost import most_teacher_cost

# The teacher reads every text as SEED's, which is right for the first alone; the last has its own.
WRONG = without_symbols(SEEDS[5])
GIVEN = SEEDS[7]
JSON = dspy.JSONAdapter()


class Told(NullProgress):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


@pytest.fixture
def state(tmp_path):
    with RunState(tmp_path / STATE) as state:
        yield state


def run_of(teacher: Teacher, seeds, folder: Path, state: RunState) -> Run:
    path = folder / "seeds.jsonl"
    rows = [json.dumps(seed.model_dump(mode="json", exclude_none=True)) for seed in seeds]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    settings = RunSettings.model_validate(
        {
            "seeds": {"path": str(path), "formalize_first": True},
            "teacher": {"model": "openai/scripted"},
        }
    )
    return Run(settings, folder, state, TeacherCalls(teacher.lm(), adapter=JSON))


def test_all_are_formalized_once_and_failures_are_left_out(state, tmp_path):
    teacher, progress = Teacher(), Told()
    seeds = [without_symbols(SEED), WRONG, GIVEN]
    run = run_of(teacher, seeds, tmp_path, state)
    keep_seeds(run, progress)
    assert [seed.id for seed in run.seeds] == [SEED.id, GIVEN.id]
    assert run.seeds[0].symbols is not None
    # In the words of its own text: the question is the text's last sentence.
    assert run.seeds[0].symbols.questions == (SEED.text.rpartition(". ")[2],)
    assert run.seeds[1].symbols == GIVEN.symbols
    assert progress.notes == [
        "1 of 2 seeds without symbols are formalized; left out: 1 wrong_answer"
    ]
    asked, first = teacher.calls, run.seeds
    # What goes on begins with the same seeds, and asks nothing.
    again = Run(run.settings, tmp_path, state, TeacherCalls(teacher.lm(), adapter=JSON))
    keep_seeds(again, progress)
    assert again.seeds == first and teacher.calls == asked


def test_what_rules_could_not_tell_apart_is_left_out(state, tmp_path):
    vans = Seed(
        id="vans", text="One van carries 7 players. How many vans do 42 players need?", answer="6"
    )
    lines = "a N = 7: players\nb N = 42: players\nc N+ = ?: vans\nc == b/a\nfind c"
    formalized = WrittenProblem.model_validate(from_lines(lines)).to_problem()
    progress = Told()
    keep_seeds(run_of(Teacher(formalized=formalized), [vans, GIVEN], tmp_path, state), progress)
    assert progress.notes == ["0 of 1 seed without symbols is formalized; left out: 1 ambiguous"]


def test_a_run_without_any_symbols_says_so(state, tmp_path):
    run = run_of(Teacher(), [WRONG], tmp_path, state)
    with pytest.raises(NoSymbols, match="none of the seeds could be formalized"):
        keep_seeds(run, Told())


def test_a_run_without_any_symbols_may_be_given_some(state, tmp_path):
    with pytest.raises(NoSymbols):
        keep_seeds(run_of(Teacher(), [WRONG], tmp_path, state), Told())
    run = run_of(Teacher(), [SEEDS[5]], tmp_path, state)
    keep_seeds(run, Told())
    assert run.seeds == [SEEDS[5]]


@pytest.mark.parametrize("other", [[SEEDS[5]], [WRONG, without_symbols(SEEDS[9])]])
def test_before_anything_is_made_of_them_other_seeds_may_be_given(state, tmp_path, other):
    keep_seeds(run_of(Teacher(), [without_symbols(SEED), GIVEN], tmp_path, state), Told())
    teacher = Teacher()
    run = run_of(teacher, [without_symbols(SEED), *other], tmp_path, state)
    keep_seeds(run, Told())
    assert [seed.id for seed in state.seeds()] == [SEED.id, *(seed.id for seed in other)]
    assert run.seeds[0].symbols is not None
    assert not any(SEED.text in request.messages[-1].text for request in teacher.requests)
    changed = SEED.model_copy(update={"text": f"{SEED.text} Say so.", "symbols": None})
    run = run_of(Teacher(), [changed], tmp_path, state)
    keep_seeds(run, Told())
    assert (
        [seed.text for seed in run.seeds] == [seed.text for seed in state.seeds()] == [changed.text]
    )


def test_a_run_whose_seeds_are_formalized_in_their_turn_begins_with_them_too(state, tmp_path):
    def run(*seeds: Seed) -> Run:
        made = run_of(Teacher(), seeds, tmp_path, state)
        later = made.settings.seeds.model_copy(update={"formalize_first": False})
        made.settings = made.settings.model_copy(update={"seeds": later})
        return made

    keep_seeds(run(SEED, WRONG), Told())
    keep_seeds(run(SEED, GIVEN), Told())
    state.finish_phase(0, "evaluate", {})
    keep_seeds(run(SEED, GIVEN), Told())
    for other in (WRONG, GIVEN.model_copy(update={"answer": "1"})):
        with pytest.raises(
            SettingsError, match=rf"has {other.id}, with which the run in .* not begin"
        ):
            keep_seeds(run(SEED, other), Told())
    assert [seed.answer for seed in state.seeds()] == [SEED.answer, GIVEN.answer]


def test_a_run_that_has_begun_says_which_seeds_it_did_not_begin_with(state, tmp_path):
    keep_seeds(run_of(Teacher(), [without_symbols(SEED), GIVEN], tmp_path, state), Told())
    state.finish_phase(0, "evaluate", {})
    run = run_of(Teacher(), [without_symbols(SEED), SEEDS[5]], tmp_path, state)
    with pytest.raises(
        SettingsError, match=rf"seeds.jsonl has {SEEDS[5].id}, with which the run in"
    ):
        keep_seeds(run, Told())
    fewer = run_of(Teacher(), [GIVEN], tmp_path, state)
    keep_seeds(fewer, Told())
    assert fewer.seeds == [GIVEN] and len(state.seeds()) == 2


def test_a_budget_that_ends_stops_it_and_a_larger_one_goes_on(state, tmp_path):
    asked = []
    for budget in (1, 3, 50):
        teacher = Teacher()
        run = run_of(teacher, [without_symbols(SEED), WRONG, GIVEN], tmp_path, state)
        run.teacher = TeacherCalls(teacher.lm(), adapter=JSON, max_calls=budget, concurrency=1)
        if budget < 50:
            with pytest.raises(BudgetSpent):
                keep_seeds(run, Told())
        else:
            keep_seeds(run, Told())
        asked.append(teacher.calls)
    assert [seed.id for seed in run.seeds] == [SEED.id, GIVEN.id]
    assert asked[:2] == [1, 3] and asked[2] == run.new_program().tries.most  # SEED's is kept


class Silent(Teacher):
    """Answers nothing about WRONG for as long as `silent`."""

    silent = True

    def reply(self, request):
        if self.silent and WRONG.text in request.messages[-1].text:
            raise LMServerError("down")
        return super().reply(request)


@pytest.mark.parametrize("always", [False, True])
def test_seeds_without_an_answer_are_asked_for_once_more(state, tmp_path, always):
    seeds = [without_symbols(SEED), WRONG, GIVEN]
    teacher = Silent(formalized=SEED.symbols)
    with pytest.raises(TeacherError, match=r"got no answer: 1.*once more"):
        keep_seeds(run_of(teacher, seeds, tmp_path, state), Told())
    again = Silent(formalized=SEEDS[5].symbols)
    again.silent = always
    run, progress = run_of(again, seeds, tmp_path, state), Told()
    keep_seeds(run, progress)
    left_out = "; left out: 1 teacher_error" if always else ""
    assert progress.notes == [f"{2 - always} of 2 seeds without symbols are formalized{left_out}"]
    assert [seed.id for seed in run.seeds] == [
        seed.id for seed in seeds if seed is not WRONG or not always
    ]
    assert not any(SEED.text in request.messages[-1].text for request in again.requests)


def test_the_reader_is_asked_anew_where_others_are_told_what_was_wrong():
    reader = RunSettings.model_validate(
        {"teacher": {"model": "embedded-reader"}, "generate": {"mutation": "weights"}}
    )
    asked = []

    async def ask(number, mistake, *, fresh):
        asked.append((mistake, fresh))
        return SEED.symbols

    def judge(problem):
        raise NotAccepted(Reason.WRONG_ANSWER, "5")

    with pytest.raises(NotAccepted):
        run_now(formalized(ask, judge, new_program(reader).tries, waits=False))
    assert asked == [("", False), *[("", True)] * (ASKED_ANEW.most - 1)]
    assert new_program(RunSettings()).tries == Tries()


def test_costs_are_kept_as_seeds_are_formalized(state, tmp_path):
    """As a kill would find them: each request sees those of the seeds before it."""
    kept = []

    class Killed(Teacher):
        def complete(self, request):
            with RunState(tmp_path / STATE) as beside:
                kept.append(read_costs(beside).total.calls)
            return super().complete(request)

    teacher = Killed()
    run = run_of(teacher, [without_symbols(seed) for seed in (SEED, SEEDS[5])], tmp_path, state)
    run.teacher = TeacherCalls(teacher.lm(), adapter=JSON, concurrency=1)
    keep_seeds(run, Told())
    assert kept[0] == 0 and 1 in kept
    assert read_costs(state).total.calls == teacher.calls


def test_the_bound_of_the_cost_counts_them(state, tmp_path):
    run = run_of(Teacher(), [without_symbols(SEED), WRONG, GIVEN], tmp_path, state)
    program = run.new_program()
    most = most_teacher_cost(run.settings, program, run.seeds).calls
    none = most_teacher_cost(run.settings, program, [GIVEN]).calls
    assert most - none == 2 * program.tries.most


def test_nothing_is_asked_where_it_is_not_wanted(state, tmp_path):
    teacher = Teacher()
    run = run_of(teacher, [without_symbols(SEED)], tmp_path, state)
    run.settings = run.settings.model_copy(
        update={"seeds": run.settings.seeds.model_copy(update={"formalize_first": False})}
    )
    keep_seeds(run, Told())
    assert teacher.calls == 0 and run.seeds[0].symbols is None
    assert state.seeds() == run.seeds
