"""The objective's estimates are unbiased, bounded and refuse what they cannot estimate."""

import json
from itertools import product
from math import ceil, comb
from random import Random
from statistics import fmean

import dspy
import pytest
from dspy.utils import DummyLM
from hypothesis import given
from hypothesis import strategies as st

from zoped.evals import Decision, PassRate, PassRateMeter
from zoped.optimizers import (
    OBJECTIVES,
    Budget,
    Coverage,
    PassRateGEPA,
    PassRateTeleprompter,
    TeleprompterSettings,
    band,
    disagreement,
    gradient,
    gradient_probability,
)
from zoped.optimizers.objective import decision_scores
from zoped.programs import GenerateProblem, RandomOperators, Rejection, builtin_seeds


@pytest.mark.parametrize(("rollouts", "group"), [(2, 2), (4, 2), (8, 4), (8, 8), (16, 8)])
@pytest.mark.parametrize("p", [0.0, 0.1, 0.37, 0.5, 0.9, 1.0])
def test_gradient_probability_is_unbiased(rollouts, group, p):
    expected = sum(
        comb(rollouts, c)
        * p**c
        * (1 - p) ** (rollouts - c)
        * gradient_probability(c, rollouts, group)
        for c in range(rollouts + 1)
    )
    assert expected == pytest.approx(1 - p**group - (1 - p) ** group, abs=1e-12)


@pytest.mark.parametrize(
    ("passes", "rollouts", "group"), [(1, 4, 2), (2, 5, 3), (0, 4, 2), (3, 6, 4)]
)
def test_gradient_probability_counts_groups(passes, rollouts, group):
    outcomes = [1] * passes + [0] * (rollouts - passes)
    chosen = [c for c in product((0, 1), repeat=rollouts) if sum(c) == group]
    mixed = sum(
        0 < sum(o for o, c in zip(outcomes, pick, strict=True) if c) < group for pick in chosen
    )
    assert gradient_probability(passes, rollouts, group) == pytest.approx(mixed / len(chosen))


def test_two_samples_give_the_known_formula():
    assert gradient_probability(3, 8, 2) == pytest.approx(2 * 3 * 5 / (8 * 7))


@pytest.mark.parametrize("arguments", [(1, 4, 8), (5, 4, 2), (-1, 4, 2), (1, 4, 1)])
def test_impossible_counts_are_refused(arguments):
    with pytest.raises(ValueError, match=r"rollouts|group"):
        gradient_probability(*arguments)


@given(st.integers(0, 20), st.integers(0, 20))
def test_every_objective_is_a_share_and_likes_the_middle(right, wrong):
    if right + wrong < 2:
        return
    rate = PassRate(right, right + wrong)
    for objective in OBJECTIVES.values():
        score = objective(rate, (0.2, 0.8))
        assert 0 <= score <= 2
        assert objective(PassRate(10, 20), (0.2, 0.8)) >= objective(PassRate(0, 20), (0.2, 0.8))
    assert disagreement(rate, (0.2, 0.8)) == disagreement(
        PassRate(wrong, right + wrong), (0.2, 0.8)
    )


def test_a_budget_needs_a_limit_and_keeps_it():
    with pytest.raises(ValueError, match="budget"):
        Budget()
    with pytest.raises(ValueError, match="give more than 0"):
        Budget(teacher_calls=0)
    budget = Budget(teacher_calls=10)
    budget.spend(teacher_calls=8, rollouts=100)
    assert budget.affords(2) and not budget.affords(3)


def decision(counts, rejected=0):
    """One decision whose problems were measured as `counts` say, some attempts rejected."""
    seed = builtin_seeds()[0]
    program = RandomOperators(operators=["change_numbers"], variants=len(counts) or 1)
    problems = tuple(program(seed=seed).accepted)[: len(counts)]
    rates = tuple(PassRate(*count) for count in counts[: len(problems)])
    reject = Rejection(seed_id=seed.id, reason="many_solutions")
    return Decision(seed, "change_numbers", {}, problems, rates, (reject,) * rejected)


@pytest.mark.parametrize("name", ["disagreement", "band", "target", "gradient"])
def test_a_simulation_agrees_with_the_formula(name):
    """The mean over many measured problems is what the documented formula says it is."""
    rng, rollouts = Random(name), 8
    objective = gradient(4) if name == "gradient" else OBJECTIVES[name]
    rates = [rng.random() for _ in range(6_000)]
    measured = fmean(
        objective(PassRate(sum(rng.random() < p for _ in range(rollouts)), rollouts), (0.2, 0.8))
        for p in rates
    )
    formula = {
        "disagreement": lambda p: 4 * p * (1 - p),
        "gradient": lambda p: 1 - p**4 - (1 - p) ** 4,
        # Of the measured rate, not of the true one: these two are not unbiased.
        "band": lambda p: sum(binomial(c, rollouts, p) for c in range(2, 7)),
        "target": lambda p: sum(
            binomial(c, rollouts, p) * (1 - abs(c / rollouts - 0.5) / 0.5)
            for c in range(rollouts + 1)
        ),
    }[name]
    assert measured == pytest.approx(fmean(map(formula, rates)), abs=0.02)


def binomial(c, k, p):
    return comb(k, c) * p**c * (1 - p) ** (k - c)


def test_a_rejected_attempt_counts_as_nothing():
    [good] = decision_scores([decision([(4, 8)] * 3)], band, (0.2, 0.8))
    [half] = decision_scores([decision([(4, 8)] * 3, rejected=3)], band, (0.2, 0.8))
    [none] = decision_scores([decision([], rejected=2)], band, (0.2, 0.8))
    assert (good, half, none) == (1.0, 0.5, 0.0)


def test_repeats_of_a_structure_count_less_and_less():
    decisions = [decision([(4, 8)] * 3) for _ in range(12)]
    scores = decision_scores(decisions, band, (0.2, 0.8))
    # Brute force: the n-th problem of the structure counts 1/sqrt(ceil(n/8)).
    weights = iter([1 / ceil(n / 8) ** 0.5 for n in range(1, 37)])
    expected = [fmean(next(weights) for _ in d.problems) for d in decisions]
    assert scores == pytest.approx(expected)
    assert scores[0] == 1.0 > scores[-1]


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        ("bands", "no 'bands'; there are coverage, disagreement, band, target, and functions"),
        (0.5, "objective is 0.5; give a function of .PassRate, Band. or a name"),
        (
            "no_module.steep",
            r"no objective 'no_module.steep' .*my_objectives.py, or one of coverage",
        ),
        ("zoped.optimizers.objective.TEACHER_CALL_PRICE", "give a function of .PassRate, Band."),
        (
            "zoped.optimizers.gradient",
            r"the objective gradient fails for 0 passes out of 64: TypeE",
        ),
        (
            lambda rate, band: 7.0,
            r"gives 7.0 for 0 passes out of 64; it must be a number from 0 to 1",
        ),
        (lambda rate, band: -0.1, "gives -0.1"),
        (lambda rate, band: float("nan"), "gives nan"),
        (lambda rate, band: None, "gives None"),
        (lambda rate, band: 2 * rate.rate, "gives 2.0 for 64 passes out of 64"),
    ],
)
def test_what_is_no_objective_is_refused_before_anything_is_measured(objective, message):
    with pytest.raises(ValueError, match=message):
        TeleprompterSettings(objective=objective)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_an_objective_is_given_by_name_or_as_a_function(name):
    assert TeleprompterSettings(objective=name).raised is OBJECTIVES[name]
    assert TeleprompterSettings(objective=OBJECTIVES[name]).raised is OBJECTIVES[name]
    assert TeleprompterSettings(objective=gradient(8)).raised.__name__ == "gradient_8"


def test_an_objective_of_ones_own_is_named_by_its_dotted_path():
    settings = TeleprompterSettings(objective="zoped.optimizers.objective.target")
    assert settings.raised is OBJECTIVES["target"]
    assert settings.shown()["objective"] == "zoped.optimizers.objective.target"


@pytest.mark.parametrize("optimizer", [PassRateTeleprompter, PassRateGEPA])
@pytest.mark.parametrize("objective", [gradient(8), Coverage(gradient(8))])
def test_an_objective_for_which_a_meter_stops_too_early_is_refused_before_anything_is_asked(
    objective, optimizer, skilled_student
):
    meter = PassRateMeter(skilled_student, min_rollouts=4)
    train = [dspy.Example(seed=seed).with_inputs("seed") for seed in builtin_seeds()[:2]]
    with dspy.context(lm=DummyLM([])), pytest.raises(ValueError, match="4 rollouts cannot estim"):
        optimizer(meter, objective=objective).compile(GenerateProblem(), trainset=train)
    assert meter.rollouts_spent == 0


def test_an_objective_that_leaves_its_range_later_is_named():
    def wild(rate, band):
        return 9.0 if rate.rollouts == 8 else 0.5

    assert TeleprompterSettings(objective=wild).raised is wild
    with pytest.raises(ValueError, match=r"the objective wild gives 9.0 for 4 passes out of 8"):
        decision_scores([decision([(4, 8)])], wild, (0.2, 0.8))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"explore": 5}, "no option `explore`"),
        ({"batchsize": 5}, "did you mean `batch_size`"),
        ({"batch_size": 0}, "batch_size is 0; give at least 1"),
        ({"exploration_tries": 0}, "exploration_tries is 0"),
        ({"skip_below": 1.5}, "skip_below is 1.5; give 0 to 1"),
        ({"max_teacher_calls": None}, "give a budget"),
        ({"max_minutes": -1}, "a budget of -1 minutes"),
    ],
)
def test_a_setting_that_is_none_or_out_of_range_is_refused(options, message):
    with pytest.raises(ValueError, match=message):
        TeleprompterSettings.of(options)


def test_settings_are_shown_as_json():
    settings = TeleprompterSettings(objective=gradient(4), max_minutes=2.5, log_dir="x")
    shown = json.loads(json.dumps(settings.shown()))
    assert shown["objective"] == "gradient_4" and shown["max_minutes"] == 2.5
    assert "log_dir" not in shown
