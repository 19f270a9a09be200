"""What the teacher may choose from: options, chains of two, menus by the student's level."""

from random import Random
from typing import ClassVar

import dspy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulated import FollowsDemonstrations
from zoped.programs import GenerateProblem, Reason, builtin_seeds
from zoped.programs.menu import Option
from zoped.symbolic import Limits, Operator, operators, register_operator
from zoped.symbolic.operators import base

SEED = next(seed for seed in builtin_seeds() if seed.id == "pens-given")
EASY, HARD = "solved 6 of 6 times: too easy", "solved 0 of 6 times: too hard"


def tuned(**by_level):
    program = GenerateProblem(variants=4, operators=["add_step", "double_step", "change_numbers"])
    levels = {name.replace("_", " "): options for name, options in by_level.items()}
    program.mutate.tuned.by_level = levels
    return program


def teacher(engine=None):
    lm = dspy.LM("teacher", engine=engine or FollowsDemonstrations(), cache=False)
    return dspy.context(lm=lm, adapter=dspy.JSONAdapter())


@pytest.mark.parametrize("name", [n for n, o in operators().items() if o.arguments])
def test_thirds_are_the_whole_range_once(name):
    limit = next(iter(operators()[name].arguments.values()))
    numbers = [n for o in Option(name).thirds() for n in range(o.low, o.high + 1)]
    assert numbers == list(range(max(1, limit.low), limit.high + 1))


@given(st.integers(0, 100), st.integers(2, 9), st.integers(0, 5), st.integers(0, 99))
def test_a_number_is_moved_into_the_options_limits(number, low, more, seed):
    option = Option("multiply_step", low, min(9, low + more))
    assert option.low <= option.arguments(number)["times"] <= option.high
    assert option.low <= option.random_arguments(Random(seed))["times"] <= option.high
    assert Option("double_step").arguments(number) == {}


@pytest.mark.parametrize("limits", [(100, 500), (250, 900), (-9, -3), (-2, 2), (0, 3), (7, 7)])
@pytest.mark.parametrize("adapter", [dspy.JSONAdapter(), dspy.ChatAdapter()])
def test_a_number_that_the_teacher_is_told_it_may_give_can_be_given(monkeypatch, limits, adapter):
    monkeypatch.setattr(base, "_registry", dict(base._registry))

    @register_operator
    class More(Operator):
        name = "more_and_more"
        description = "Give one number more."
        arguments: ClassVar = {
            "more": Limits(*limits, "how many more"),
            "other": Limits(1, 3, "not told"),
        }

        def apply(self, problem, rng, *, more, other):
            first, *rest = problem.variables
            value = 1_000 + more  # a positive whole number, whatever the limits
            return problem.replaced(
                variables=(first.model_copy(update={"value": value}), *rest),
            )

    class Picks(FollowsDemonstrations):
        def complete(self, request):
            self.request = request
            return super().complete(request)

    low, high = limits
    engine = Picks(reply=f'{{"choice": {{"operator": "more_and_more", "number": {high}}}}}')
    lm = dspy.LM("teacher", engine=engine, cache=False)
    program = GenerateProblem(variants=1, operators=["more_and_more"], time_limit=0)
    with dspy.context(lm=lm, adapter=adapter):
        outcome = program(seed=SEED)
    assert (outcome.accepted or outcome.rejected)[0].move == "more_and_more", outcome.rejected
    if outcome.accepted and high:
        assert outcome.accepted[0].arguments == {"more": high}
    told = program.mutate.inputs(SEED)["operators"]
    assert told == (f"more_and_more: Give one number more. (number {low} to {high}: how many more)")
    if isinstance(adapter, dspy.JSONAdapter):
        number = str(engine.request.config.response_format).partition("'number': ")[2]
        assert f"'maximum': {max(high, 100)}" in number and f"'minimum': {min(low, 0)}" in number
    for option in Option("more_and_more").thirds():
        assert not option.narrowed or low <= option.low <= option.high <= high


def test_the_teacher_is_shown_the_menu_of_the_students_level():
    program = tuned(easy=(Option("double_step", first="one_digit_numbers"),))
    shown = program.mutate.inputs(SEED, EASY)["operators"]
    assert shown.startswith("one_digit_numbers+double_step: ") and "\n" not in shown
    assert len(program.mutate.inputs(SEED, HARD)["operators"].splitlines()) == 3


def test_a_chain_changes_the_numbers_and_then_the_structure():
    class Picks(FollowsDemonstrations):
        def __init__(self):
            name = "one_digit_numbers+double_step"
            super().__init__(reply=f'{{"choice": {{"operator": "{name}", "number": 0}}}}')

    program = tuned(easy=(Option("double_step", first="one_digit_numbers"),))
    with teacher(Picks()):
        outcome = program(seed=SEED, student_note=EASY)
    assert outcome.move == "one_digit_numbers+double_step"
    assert outcome.accepted and not outcome.rejected
    for problem in outcome.accepted:
        assert problem.depth == 2
        assert all(given.value <= 9 for given in problem.symbols.givens if given.name != "new")
    assert len({problem.fingerprint for problem in outcome.accepted}) == 1


def test_a_level_without_options_is_skipped_and_asks_nobody():
    engine = FollowsDemonstrations()
    with teacher(engine):
        outcome = tuned(too_hard=())(seed=SEED, student_note=HARD)
    assert [r.reason for r in outcome.rejected] == [Reason.LEVEL_SKIPPED]
    assert engine.calls == outcome.teacher_calls == 0


def test_where_no_option_applies_there_is_the_whole_menu():
    program = tuned(easy=(Option("remove_distractor"),))
    assert len(program.mutate.fitting(SEED.symbols, EASY)) == 3


def test_it_is_saved_loaded_copied_and_reset_with_the_program(tmp_path):
    program = tuned(easy=(Option("add_step", 2, 5),), too_hard=())
    program.save(tmp_path / "program.json")
    loaded = GenerateProblem()
    loaded.load(tmp_path / "program.json")
    assert loaded.mutate.tuned.by_level == program.mutate.tuned.by_level
    assert program.deepcopy().mutate.tuned.by_level == program.mutate.tuned.by_level
    assert program.reset_copy().mutate.tuned.by_level == {}
    assert program.mutate.tuned.by_level, "the copies are copies"
