"""Weights of moves are learnt by the student's level, and teach more for their cost than chance."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from statistics import fmean
from typing import Any

import dspy
import pytest

from tests.obeying import shuffled
from tests.openai_server import API_KEY, openai_server
from tests.simulated import KnowsMoves
from zoped.evals import Decision, PassRate, measure_program
from zoped.optimizers import PassRateTeleprompter, TeleprompterSettings
from zoped.optimizers.measuring import examples_of
from zoped.optimizers.weighing import (
    FLOOR,
    Tried,
    learnt_weights,
    pooled_rates,
    pooled_weights,
    weighed,
)
from zoped.programs import GenerateProblem, RandomOperators, builtin_seeds
from zoped.programs.moves import MoveWeights
from zoped.programs.strategies import Strategy
from zoped.programs.teachers.load import load_teacher
from zoped.signatures import WrittenProblem, as_lines
from zoped.symbolic import mutate

SEEDS = builtin_seeds()[:16]
FRESH = builtin_seeds()[24:40]
NOTES = {"easy": "solved 8 of 8 times: too easy", "hard": "solved 1 of 8 times: hard"}
OPERATORS = ["add_step", "double_step", "multiply_step", "take_away_step"]
# How often the student is right, by level: what is learnable at one is not at the other.
SKILLS = {
    "easy": {"add_step": 0.5, "double_step": 0.2, "take_away_step": 1.0, "multiply_step": 1.0},
    "hard": {"add_step": 0.0, "double_step": 0.2, "take_away_step": 0.5, "multiply_step": 0.0},
}
# Three sentences, and the operator by which the scripted teacher carries each out.
STRATEGIES = [
    Strategy(id="more", text="Let something come to it, and ask for all.", depth=1),
    Strategy(id="twice", text="Ask for twice as much as before.", depth=1),
    Strategy(id="fewer", text="Let something be taken away from it.", depth=1),
]
CARRIED_OUT = dict(zip([s.text for s in STRATEGIES], OPERATORS[:2] + OPERATORS[3:], strict=True))
AS_OPERATOR = {s.move: CARRIED_OUT[s.text] for s in STRATEGIES}


def level_of(seed_id: str) -> str:
    return "easy" if sum(map(ord, seed_id)) % 2 else "hard"


def pass_rate(problem: Any) -> float:
    return SKILLS[level_of(problem.seed_id)][AS_OPERATOR.get(problem.move, problem.move)]


def notes(seeds=SEEDS) -> dict[str, str]:
    return {seed.id: NOTES[level_of(seed.id)] for seed in seeds}


def tune(program, seed=0, **settings):
    trainset = examples_of(SEEDS, notes())
    settings = {"max_rollouts": 12_000, "variants": 4, "batch_size": 5} | settings
    meter = KnowsMoves(pass_rate, seed=seed)
    teleprompter = PassRateTeleprompter(meter, random_seed=seed, **settings)
    return teleprompter.compile(program, trainset=trainset)


def coverage_per_cost(program, stream=7) -> float:
    """Of problems on seeds that had no part in the tuning."""
    meter = KnowsMoves(pass_rate, seed=99)
    decisions = [
        decision
        for k in range(3)
        for decision in measure_program(
            program, FRESH, meter, stream=stream + k, notes=notes(FRESH), variants=4
        ).decisions
    ]
    return fmean(TeleprompterSettings().scores(decisions, meter.band))


def drawing(**options) -> GenerateProblem:
    return GenerateProblem(mutation="weights", variants=4, **options)


@contextmanager
def teacher(*, obeys: bool) -> Iterator[None]:
    """One that carries strategies out, or one that contradicts itself, so that nothing has an answer."""

    def answer(body: dict[str, Any]) -> str:
        prompt = body["messages"][-1]["content"]
        told = {
            name: re.findall(rf"\[\[ ## {name} ## \]\]\n(.*?)\n\n\[\[", prompt, re.DOTALL)[0]
            for name in ("strategy", "symbols")
        }
        written = WrittenProblem.model_validate(told["symbols"])
        if obeys:
            problem = mutate(written.to_problem(), CARRIED_OUT[told["strategy"]], seed=prompt)
            written = WrittenProblem.model_validate(as_lines(problem))
        else:
            wrong = re.sub(r"find (\w+)", r"\1 == \1 + 1\nfind \1", told["symbols"])
            written = WrittenProblem.model_validate(wrong)
        return json.dumps({"rewritten": written.model_dump(mode="json")})

    with openai_server(answer) as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        with dspy.context(lm=lm.copy(num_retries=0), adapter=dspy.JSONAdapter()):
            yield


def ranked(program, level, moves) -> list[str]:
    return sorted(moves, key=lambda move: -program.mutate.weights.weight(level, move))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_operators_alone_need_no_teacher_and_are_weighed_as_they_teach(seed):
    tuned = tune(drawing(operators=OPERATORS, strategies=()), seed)
    assert tuned.tuning["teacher_calls"] == 0
    assert tuned.tuning["origin"] == "weights of moves"
    assert ranked(tuned, "easy", OPERATORS)[:2] == ["add_step", "double_step"]
    assert ranked(tuned, "hard", OPERATORS)[0] == "take_away_step"
    nothing = tuned.mutate.weights.weight("hard", "multiply_step")
    assert tuned.mutate.weights.weight("hard", "double_step") >= nothing == FLOOR
    found = coverage_per_cost(tuned)
    assert found > 1.1 * coverage_per_cost(drawing(operators=OPERATORS, strategies=()))
    assert found > 1.1 * fmean(coverage_per_cost(shuffled(tuned, k)) for k in range(3))


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 2])
def test_a_teacher_that_obeys_has_its_strategies_weighed(seed):
    with teacher(obeys=True):
        untuned = GenerateProblem(mutation="rewrite", variants=4, strategies=STRATEGIES)
        tuned = tune(untuned, seed, max_teacher_calls=90)
        assert 0 < tuned.tuning["teacher_calls"] <= 90
        moves = [s.move for s in STRATEGIES]
        assert ranked(tuned, "easy", moves) == ["rewrite:more", "rewrite:twice", "rewrite:fewer"]
        # What is never learnable there has so few tries that it may stand beside what seldom is.
        assert ranked(tuned, "hard", moves)[0] == "rewrite:fewer"
        hard = {move: tuned.mutate.weights.weight("hard", move) for move in moves}
        assert hard["rewrite:more"] < hard["rewrite:fewer"] / 2
        assert "weights of moves" in tuned.tuning["origin"]
        found = coverage_per_cost(tuned)
        assert found > 1.1 * coverage_per_cost(untuned)
        assert found > 1.1 * fmean(coverage_per_cost(shuffled(tuned, k)) for k in range(3))


def test_a_teacher_that_cannot_is_asked_seldom():
    with teacher(obeys=False):
        program = drawing(operators=OPERATORS, strategies=STRATEGIES)
        tuned = tune(program, max_teacher_calls=40)
        weights = tuned.mutate.weights
        for level, best in (("easy", "add_step"), ("hard", "take_away_step")):
            asked = [weights.weight(level, s.move) for s in STRATEGIES]
            assert 0 < max(asked) < weights.weight(level, best) / 2
        assert coverage_per_cost(tuned) > 1.1 * coverage_per_cost(program)


def test_weights_are_saved_and_resumed(tmp_path):
    program = drawing(operators=OPERATORS, strategies=())
    tuned = tune(program, log_dir=tmp_path / "log")
    again = tune(program, log_dir=tmp_path / "log")
    assert again.tuning == tuned.tuning
    tuned.save(tmp_path / "tuned.json")
    loaded = drawing(operators=OPERATORS, strategies=())
    loaded.load(tmp_path / "tuned.json")
    assert loaded.mutate.weights.by_level == again.mutate.weights.by_level
    assert set(loaded.mutate.weights.by_level) == {"too hard", "hard", "right", "easy"}


@pytest.mark.slow
def test_a_search_killed_after_the_teacher_explored_ends_as_one_that_was_not(tmp_path):
    def dies(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    program = drawing(operators=OPERATORS[:2], strategies=STRATEGIES[:2])
    sizes = {"max_teacher_calls": 24, "max_rollouts": 5_000, "exploration_tries": 24}
    with teacher(obeys=True):
        whole = tune(program, **sizes)
        with pytest.raises(KeyboardInterrupt):
            tune(program, **sizes, proposer=dies, log_dir=tmp_path)
        resumed = tune(program, **sizes, log_dir=tmp_path)
    assert resumed.dump_state() == whole.dump_state()
    assert resumed.tuning == whole.tuning


def test_operators_at_random_are_drawn_by_the_weights():
    weights = MoveWeights({"easy": {"add_step": 1.0, "double_step": 0.0}})
    drawn = RandomOperators(operators=OPERATORS[:2], weights=weights, variants=1)
    plain = RandomOperators(operators=OPERATORS[:2], variants=1)

    def moves(operators, note):
        return [operators(SEEDS[0], stream, note).move for stream in range(12)]

    assert set(moves(drawn, NOTES["easy"])) == {"add_step"}
    assert moves(drawn, NOTES["hard"]) == moves(plain, "") == moves(plain, NOTES["easy"])
    nothing = MoveWeights({"easy": dict.fromkeys(OPERATORS[:2], 0.0)})
    outcome = RandomOperators(operators=OPERATORS[:2], weights=nothing)(SEEDS[0], 0, NOTES["easy"])
    assert "weight" in outcome.rejected[0].detail


def tries(*worths, cost=10.0, own=0.0):
    return [Tried(own, worth, cost) for worth in worths]


def test_a_rate_is_shrunk_by_its_count_as_the_formula_says():
    found = weighed({"a": tries(4.0, 6.0), "b": tries(1.0, 0.0, 2.0), "c": tries(0.0, 0.0)})
    means = {"a": 0.5, "b": 0.1, "c": 0.0}
    noise = (2 * 0.1**2 + 2 * 0.1**2) / 4
    overall = 0.2
    between = sum((m - overall) ** 2 for m in means.values()) / 2
    k = noise / (between - noise * (1 / 2 + 1 / 3 + 1 / 2) / 3)
    counts = {"a": 2, "b": 3, "c": 2}
    shrunk = {m: (counts[m] * means[m] + k * overall) / (counts[m] + k) for m in means}
    mean = fmean(shrunk.values())
    assert found == pytest.approx({m: max(FLOOR, s / mean) for m, s in shrunk.items()})


def test_what_is_only_noise_weighs_alike_and_nothing_dies():
    assert weighed({"a": tries(1.0, 9.0), "b": tries(9.0, 1.5)}) == {"a": 1.0, "b": 1.0}
    sure = weighed({"a": tries(*[5.0] * 9), "b": tries(*[0.0] * 9)})
    assert sure == {"a": pytest.approx(2.0), "b": FLOOR}
    assert weighed({"a": tries(0.0, 0.0)}) == weighed({}) == {}


def test_moves_that_make_the_same_structure_share_what_it_is_worth():
    alone = weighed({"numbers": tries(0, 0, own=4.0), "step": tries(2.0, 2.0)})
    assert alone["numbers"] == alone["step"]
    several = weighed(
        {"step": tries(2.0, 2.0)} | {f"numbers {i}": tries(0, 0, own=4.0) for i in range(4)}
    )
    assert several["numbers 0"] == pytest.approx(several["step"] / 2)


def test_a_seed_counts_once_however_often_it_was_tried():
    program = GenerateProblem(operators=OPERATORS, strategies=())
    meter = KnowsMoves(pass_rate, seed=3)
    decisions = [
        decision
        for stream in range(4)
        for decision in measure_program(
            RandomOperators(operators=OPERATORS, variants=2), SEEDS, meter, stream=stream
        ).decisions
    ]
    once = learnt_weights(program, decisions, TeleprompterSettings(), notes())
    assert learnt_weights(program, decisions * 2, TeleprompterSettings(), notes()) == once
    assert all(weight >= FLOOR for weights in once.values() for weight in weights.values())


def test_a_move_of_which_nothing_came_stands_before_one_that_taught_nothing():
    program = drawing(operators=OPERATORS[:1], strategies=STRATEGIES)
    seeds = [seed for seed in SEEDS if level_of(seed.id) == "easy"][:2]
    problems = [
        problem
        for seed in seeds
        for problem in RandomOperators(operators=OPERATORS[:1], variants=1)(seed, 0).accepted
    ]

    def tried(move, *passes):
        return [
            Decision(seed, move, {}, (problem,) * bool(n), (n,) * bool(n), (), seed.symbols)
            for seed, problem, n in zip(seeds, problems, passes, strict=True)
        ]

    taught, nothing, failed = PassRate(4, 8), PassRate(8, 8), None
    decisions = [
        *tried("rewrite:more", taught, taught),
        *tried("rewrite:twice", nothing, nothing),
        *tried("rewrite:fewer", failed, failed),
    ]
    decisions = [replace(d, teacher_calls=1) for d in decisions]
    [rates] = pooled_rates(program, decisions, TeleprompterSettings(), notes()).values()
    ranked = sorted(rates, key=lambda move: -rates[move])
    assert ranked == ["rewrite:more", "rewrite:fewer", "rewrite:twice"]
    mean = fmean(rate**2 for rate in rates.values())
    assert pooled_weights(program, decisions, TeleprompterSettings(), notes())["easy"] == {
        move: pytest.approx(max(FLOOR, rate**2 / mean)) for move, rate in rates.items()
    }


def test_a_search_that_nothing_limits_is_refused():
    with pytest.raises(ValueError, match="give max_rollouts or max_minutes"):
        tune(drawing(operators=OPERATORS, strategies=()), max_rollouts=None)


def test_coverage_is_the_sum_over_structures_for_what_they_cost():
    decisions = measure_program(
        drawing(operators=["add_step"], strategies=()),
        SEEDS[:3],
        KnowsMoves(lambda problem: 0.5, min_rollouts=4, max_rollouts=4),
        variants=4,
    ).decisions
    settings = TeleprompterSettings(teacher_call_price=5.0)
    sums: dict[str, float] = {}
    cost = 0.0
    for decision in decisions:
        for problem, rate in zip(decision.problems, decision.pass_rates, strict=True):
            learnable = 4 * rate.passes * (4 - rate.passes) / (4 * 3)
            sums[problem.fingerprint] = sums.get(problem.fingerprint, 0.0) + learnable
            cost += rate.rollouts
    worth = sum(total**0.5 for total in sums.values())
    assert fmean(settings.scores(decisions, (0.2, 0.8))) == pytest.approx(32 * worth / cost)
    asked = [vars(decision) | {"teacher_calls": 2} for decision in decisions]
    dearer = [type(decisions[0])(**fields) for fields in asked]
    assert fmean(settings.scores(dearer, (0.2, 0.8))) == pytest.approx(
        32 * worth / (cost + 5 * 2 * len(decisions))
    )
    assert settings.scores([], (0.2, 0.8)) == []
    assert isinstance(decisions[0].pass_rates[0], PassRate)
