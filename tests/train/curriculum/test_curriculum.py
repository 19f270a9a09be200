"""What a round trains on: the band, the replayed, the seeds, their order; the expected gradient."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.simulated import SkilledStudent
from zoped.evals import Band, PassRate, PassRateMeter, as_asked
from zoped.evals.held_out import HeldOutProblem
from zoped.programs import builtin_seeds
from zoped.train.curriculum.choose import (
    NothingToTrainOn,
    TrainingProblem,
    choose_problems,
    expected_gradient,
    read_training_file,
    write_training_file,
)
from zoped.train.curriculum.replay import replayed_problems, seeds_to_train_on, trained_on
from zoped.train.curriculum.rules import (
    ORDER_RULES,
    RoundView,
    RuleError,
    easy_to_hard,
    fixed,
    mixed,
    ordered_problems,
    round_band,
    towards_hard,
    try_rules,
)
from zoped.train.curriculum.settings import CurriculumSettings
from zoped.train.results import Trained
from zoped.train.state import RunState

BAND = Band(0.2, 0.8)


def problems(passes, rollouts=8, source="new", name="p"):
    return [
        TrainingProblem(
            f"{name}{i}", f"What is {i} + 1?", str(i + 1), PassRate(p, rollouts), source
        )
        for i, p in enumerate(passes)
    ]


def test_problems_are_in_the_band_and_exactly_as_many_as_the_steps_use():
    chosen = choose_problems(problems([0, 3, 4, 8, 5]), band=BAND, count=2, seed=0)
    assert (chosen.in_band, chosen.outside, chosen.repeated) == (2, 0, 0)
    assert len({problem.id for problem in chosen.problems}) == 2
    assert all(0.2 <= problem.pass_rate.rate <= 0.8 for problem in chosen.problems)


def test_too_few_in_the_band_are_filled_with_the_nearest_and_then_repeated():
    chosen = choose_problems(problems([0, 1, 4, 8]), band=BAND, count=5, seed=0)
    assert (chosen.in_band, chosen.outside, chosen.repeated) == (1, 1, 3)
    assert {problem.id for problem in chosen.problems} == {"p1", "p2"}


def test_nothing_within_reach_is_said_so():
    with pytest.raises(NothingToTrainOn, match=r"none of the 2 generated problems .*\(--run-dir\)"):
        choose_problems(problems([0, 8]), band=BAND, count=5, seed=0)


def test_shares_of_more_than_all_problems_are_refused():
    with pytest.raises(ValidationError, match=r"replay \(0\.6\) and seeds \(0\.5\) are shares"):
        CurriculumSettings(replay=0.6, seeds=0.5)
    CurriculumSettings(replay=0.7, seeds=0.3)


def test_replayed_problems_and_seeds_take_their_places_first():
    chosen = choose_problems(
        problems([4] * 9),
        band=BAND,
        count=6,
        seed=0,
        replayed=problems([4, 4], source="replayed", name="r"),
        seeds=problems([5], source="seed", name="s"),
    )
    assert Counter(problem.source for problem in chosen.problems) == {
        "new": 3,
        "replayed": 2,
        "seed": 1,
    }
    assert (chosen.in_band, chosen.replayed, chosen.seeds) == (3, 2, 1)


@given(st.lists(st.integers(0, 8), min_size=1, max_size=30), st.integers(0, 5))
def test_every_order_keeps_the_problems(passes, seed):
    given_ = problems(passes)
    for order in ORDER_RULES.values():
        assert Counter(order(given_, Random(seed))) == Counter(given_)


def test_the_orders():
    rates = [p.pass_rate.passes for p in easy_to_hard(problems([1, 8, 4, 2]), Random(0))]
    assert rates == [8, 4, 2, 1]
    rates = [p.pass_rate.passes for p in mixed(problems([1, 2, 3, 4, 5, 6]), Random(0))]
    assert rates == [6, 4, 2, 5, 3, 1]


def test_what_was_predicted_and_not_measured_has_its_place_in_an_order():
    easy = TrainingProblem("easy", "What is 1 + 1?", "2", PassRate(0, 0), predicted=(9.0, 1.0))
    assert [p.id for p in easy_to_hard([*problems([1, 4]), easy], Random(0))] == [
        "easy",
        "p1",
        "p0",
    ]


def test_the_band_moves_towards_hard():
    views = [RoundView(round_, 3, BAND) for round_ in (1, 2, 3)]
    assert [round_band(fixed, view) for view in views] == [BAND] * 3
    bands = [round_band(towards_hard, view) for view in views]
    assert bands[0] == pytest.approx((0.5, 0.8)) and bands[2] == pytest.approx((0.2, 0.5))
    assert bands[0] > bands[1] > bands[2]
    assert round_band(towards_hard, RoundView(1, 1, BAND)) == pytest.approx((0.35, 0.65))


@pytest.fixture
def my_rules(tmp_path, monkeypatch):
    (tmp_path / "my_rules_for_tests.py").write_text(
        "def backwards(problems, rng):\n    return list(reversed(problems))\n"
        "def drops(problems, rng):\n    return problems[1:]\n"
        "def follows(view):\n"
        "    last = view.history[-1].trained.gradient_share if view.history else 1\n"
        "    return (0.2, 0.8) if last > 0.5 else (0.3, 0.7)\n"
        "def upside_down(view):\n    return (0.8, 0.2)\n"
        "def a_number(*_):\n    return 2\n"
        "def nothing(view):\n    pass\n"
        "def three(view):\n    return (0.1, 0.5, 0.9)\n"
        "def words(view):\n    return ('low', 'high')\n"
        "def raises(*_):\n    return 1 / 0\n"
        "def only_later(view):\n    view.history[-1].generated\n    return view.band\n"
        "def in_place(problems, rng):\n    problems.sort(key=lambda p: p.id)\n"
        "def others(problems, rng):\n    return [{} for _ in problems]\n"
        "def by_and_by(problems, rng):\n    while problems:\n        yield problems.pop()\n"
        "number = 3\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "my_rules_for_tests"
    sys.modules.pop("my_rules_for_tests", None)


def test_rules_of_the_users(my_rules):
    settings = CurriculumSettings(band=f"{my_rules}.follows", order=f"{my_rules}.backwards")
    trained = Trained(4, 2, 8, gradient_share_expected=0.5, gradient_share=0.3)
    view = RoundView(2, 2, BAND, (SimpleNamespace(trained=trained),))
    assert round_band(settings.band_rule(), view) == (0.3, 0.7)
    given_ = problems([4, 4])
    assert settings.order_rule()(given_, Random(0)) == given_[::-1]


def test_a_rule_that_cannot_be_used_is_named(my_rules):
    with pytest.raises(ValueError, match=r"curriculum.band: no rule 'fxed'.*fixed, towards_hard"):
        CurriculumSettings(band="fxed").band_rule()
    with pytest.raises(ValueError, match=r"curriculum.order: .*number is no function"):
        CurriculumSettings(order=f"{my_rules}.number").order_rule()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("upside_down", r"returned \(0.8, 0.2\) for round 1; a band is"),
        ("a_number", r"returned 2 for round 1"),
        ("nothing", r"returned None for round 1"),
        ("three", r"returned \(0.1, 0.5, 0.9\)"),
        ("words", r"returned \('low', 'high'\)"),
        ("raises", r"failed: ZeroDivisionError: division by zero"),
        ("only_later", r"failed: IndexError: tuple index out of range"),
    ],
)
def test_a_band_rule_that_fails_or_returns_nonsense_is_named_before_any_work(my_rules, name, said):
    rule = CurriculumSettings(band=f"{my_rules}.{name}").band_rule()
    with pytest.raises(RuleError, match=rf"^curriculum.band: {my_rules}.{name} {said}"):
        try_rules(rule, ORDER_RULES["shuffled"], rounds=2, band=BAND)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("drops", "returned 4 problems; it must return the 5 problems"),
        ("in_place", "returned None; it must"),
        ("a_number", "returned 2; it must"),
        ("others", "returned 5 problems; it must"),
        ("raises", "failed: ZeroDivisionError"),
    ],
)
def test_an_order_rule_that_fails_or_returns_nonsense_is_named_before_any_work(
    my_rules, name, said
):
    rule = CurriculumSettings(order=f"{my_rules}.{name}").order_rule()
    with pytest.raises(RuleError, match=rf"^curriculum.order: {my_rules}.{name} {said}"):
        try_rules(fixed, rule, rounds=2, band=BAND)


def test_an_order_rule_may_be_a_generator_and_change_its_list(my_rules):
    rule = CurriculumSettings(order=f"{my_rules}.by_and_by").order_rule()
    given_ = problems([2, 4])
    assert ordered_problems(rule, given_, Random(0)) == tuple(given_[::-1])
    assert len(given_) == 2


def test_the_expected_gradient_is_calibrated_on_problems_chosen_by_their_counts():
    """Of problems with rates from the prior, those whose counts came out in the middle carry a
    gradient as often as is said; the plug-in of the same counts says too much."""
    rng = Random(0)
    said, plugged, carried = [], [], []
    while len(said) < 4_000:
        p = rng.betavariate(0.3, 0.3)
        passes = sum(rng.random() < p for _ in range(4))
        if 0 < passes < 4:
            said.append(expected_gradient(PassRate(passes, 4), 8))
            plugged.append(1 - (passes / 4) ** 8 - (1 - passes / 4) ** 8)
            right = sum(rng.random() < p for _ in range(8))
            carried.append(0 < right < 8)
    truth = sum(carried) / len(carried)
    assert abs(sum(said) / len(said) - truth) < 0.02
    assert sum(plugged) / len(plugged) > truth + 0.03


@given(st.integers(0, 16), st.integers(2, 16))
def test_the_expected_gradient_is_a_chance_and_greatest_in_the_middle(passes, group):
    value = expected_gradient(PassRate(passes, 16), group)
    assert 0 < value < 1
    assert value <= expected_gradient(PassRate(8, 16), group) + 1e-12
    mirrored = expected_gradient(PassRate(16 - passes, 16), group)
    assert value == pytest.approx(mirrored)


def test_the_training_file_comes_back(tmp_path: Path):
    path = tmp_path / "round" / "problems.jsonl"
    write_training_file(path, problems([4]))
    assert path.read_text(encoding="utf-8") == (
        '{"id": "p0", "text": "What is 0 + 1?", "answer": "1", "pass_rate": 0.5, "source": "new"}\n'
    )
    (back,) = read_training_file(path)
    assert (back.id, back.text, back.answer, back.source) == ("p0", "What is 0 + 1?", "1", "new")


def test_what_earlier_rounds_trained_on_is_measured_again_and_kept_if_it_is_in_the_band(tmp_path):
    write_training_file(
        tmp_path / "1.jsonl", [*problems([4] * 40), *problems([4], source="seed", name="s")]
    )
    pool = trained_on([tmp_path / "1.jsonl"])
    assert len(pool) == 40
    student = SkilledStudent({p.text: p.answer for p in pool})
    with RunState(tmp_path / "state.db") as state:

        def replay():
            return replayed_problems(
                pool,
                6,
                band=BAND,
                state=state,
                meter=lambda part: PassRateMeter(student, band=BAND, max_rollouts=16, seed=1),
                seed=0,
            )

        kept, rollouts = replay()
        measured = state.pass_rates(student.version)
        assert rollouts == student.asked > sum(p.pass_rate.rollouts for p in kept)
        assert 0 < len(kept) <= 6 and len(measured) <= 18
        assert all(p.source == "replayed" and 0.2 <= p.pass_rate.rate <= 0.8 for p in kept)
        assert all(p.pass_rate == measured[p.id] for p in kept)
        assert replay() == (kept, rollouts) and state.pass_rates(student.version) == measured


def test_seeds_are_used_as_often_as_goes_with_their_chance_of_a_gradient():
    seeds = builtin_seeds()[:20]
    rates = {seed.id: PassRate(4 if i % 2 else 8, 8) for i, seed in enumerate(seeds)}

    def chosen(count, **options):
        return seeds_to_train_on(seeds, rates, count, group_size=8, **options)

    uses = Counter(problem.id for problem in chosen(200, held_out=()))
    half, always = ({uses[s.id] for s in seeds[first::2]} for first in (1, 0))
    assert uses.total() == 200 and max(half) - min(half) <= 1 and max(always) - min(always) <= 1
    at_half, at_one = (expected_gradient(PassRate(n, 8), 8) for n in (4, 8))
    assert min(half) / max(always) == pytest.approx(at_half / at_one, rel=0.2)
    assert {problem.source for problem in chosen(7, held_out=())} == {"seed"}
    assert len(chosen(7, held_out=())) == 7 and chosen(0, held_out=()) == []
    asked = as_asked(seeds[1])  # the words in which it was measured
    assert asked.text in {problem.text for problem in chosen(200, held_out=())}
    held_out = [HeldOutProblem(asked.text, asked.answer, seeds[1].symbols, "key", 0)]
    assert seeds[1].id not in {problem.id for problem in chosen(200, held_out=held_out)}
    kept = chosen(200, held_out=(), is_contaminated=lambda text: text != asked.text)
    assert {problem.id for problem in kept} == {seeds[1].id} and len(kept) == 200
    assert seeds_to_train_on(seeds, {}, 5, group_size=8, held_out=()) == []
