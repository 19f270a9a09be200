"""The optimizers that `compare` sets side by side, each with the best metric that it can take.

DSPy's own judge one example at a time: the metric is the objective's mean over what one decision
made, from the same meter. gepa's also gets the feedback in words. None of them can see a batch.
Settings are chosen so that each spends about the same number of teacher calls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from random import Random
from statistics import fmean
from typing import Any

import dspy
from dspy.utils.callback import BaseCallback

from zoped.evals import Meter
from zoped.optimizers.candidate import Candidate
from zoped.optimizers.compare.metric import PassRateMetric
from zoped.optimizers.measuring import Measuring, seeds_and_notes
from zoped.optimizers.objective import Objective, band, coverage
from zoped.optimizers.pass_rate_gepa import PassRateGEPA
from zoped.optimizers.proposing.critique import CritiqueAndEdit
from zoped.optimizers.settings import SearchSettings
from zoped.optimizers.teleprompter import PassRateTeleprompter
from zoped.programs import GenerateProblem, RandomOperators
from zoped.programs.student_note import LEVELS

EVALUATED = 8  # seeds on which an optimizer of DSPy tries a candidate
DEMOS = 3
ROOM_TO_REFLECT = 1024  # tokens of a proposal; one that is cut is a fault to COPRO
DRAWN = 8  # sets of weights of a random search
GOOD_ENOUGH = 0.5  # a metric that a bootstrapped demonstration must reach


@dataclass(frozen=True)
class Task:
    """What every contender gets. `calls` is the budget of teacher calls, `objective` what all raise."""

    program: GenerateProblem
    trainset: list[dspy.Example]
    meter: Meter
    teacher: dspy.LM
    calls: int
    seed: int
    objective: Objective = band

    @property
    def metric(self) -> PassRateMetric:
        return PassRateMetric(self.meter, self.objective)


def untuned(task: Task) -> GenerateProblem:
    return task.program


def random_choice(task: Task) -> RandomOperators:
    """Operators drawn at random: no teacher, nothing to tune."""
    program = task.program
    return RandomOperators(
        operators=program.mutate.menu, variants=program.variants, random_seed=program.random_seed
    )


def random_search(task: Task) -> GenerateProblem:
    """Weights of strategies drawn at random, some sets of them; the best on as many seeds each as the
    budget pays for. Where the teacher chooses operators they change nothing."""
    program, rng = task.program, Random(f"{task.seed}-random-search")
    seeds, notes = seeds_and_notes(task.trainset, "trainset")
    settings = SearchSettings(objective=task.objective, max_teacher_calls=task.calls)
    measuring = Measuring(program, task.meter, notes, settings)
    moves = [strategy.move for strategy in program.mutate.strategies.values()]
    each = max(1, task.calls // (DRAWN * max(map(measuring.most_calls, seeds))))
    batch = rng.sample(seeds, min(each, len(seeds)))
    found: list[tuple[float, GenerateProblem]] = []
    for _ in range(DRAWN):
        weights = {move: rng.expovariate(1) ** 2 for move in moves}
        drawn = Candidate("drawn", weights=dict.fromkeys(LEVELS.values(), weights)).applied_to(
            program
        )
        if not measuring.affords(batch):
            break
        measured = measuring.measure(drawn, batch, stream=0)
        found.append((fmean(settings.scores(measured.decisions, measured.band)), drawn))
    return max(found, key=lambda pair: pair[0])[1] if found else program


def pass_rate_teleprompter(task: Task, **settings: Any) -> GenerateProblem:
    defaults: dict[str, Any] = {
        "objective": task.objective,
        "candidates": 3,
        "exploration_tries": 400,
    }
    return PassRateTeleprompter(
        task.meter, max_teacher_calls=task.calls, random_seed=task.seed, **defaults | settings
    ).compile(task.program, trainset=task.trainset)


def pass_rate_gepa(task: Task) -> GenerateProblem:
    return PassRateGEPA(
        task.meter, objective=task.objective, max_teacher_calls=task.calls, random_seed=task.seed
    ).compile(task.program, trainset=task.trainset)


def critique_and_edit(task: Task) -> GenerateProblem:
    """As TextGrad does, the optimizer of the paper: criticism in words, and an edit by it."""
    return CritiqueAndEdit(
        task.meter,
        objective=task.objective,
        max_teacher_calls=task.calls,
        batch_size=EVALUATED,
        reflection_lm=task.teacher,
        random_seed=task.seed,
    ).compile(task.program, trainset=task.trainset)


def bootstrap_random_search(task: Task) -> Any:
    return dspy.BootstrapFewShotWithRandomSearch(
        metric=task.metric,
        max_bootstrapped_demos=DEMOS,
        max_labeled_demos=0,
        # Three candidates of its own come on top, and the bootstrapping itself.
        num_candidate_programs=max(1, task.calls // (EVALUATED + 4) - 3),
        num_threads=1,
        metric_threshold=GOOD_ENOUGH,
    ).compile(task.program, trainset=task.trainset, valset=task.trainset[:EVALUATED])


def mipro(task: Task) -> Any:
    return dspy.MIPROv2(
        metric=task.metric,
        prompt_model=task.teacher,
        task_model=task.teacher,
        auto=None,
        num_candidates=3,
        max_bootstrapped_demos=DEMOS,
        max_labeled_demos=0,
        num_threads=1,
        metric_threshold=GOOD_ENOUGH,
        seed=task.seed,
    ).compile(
        task.program,
        trainset=task.trainset,
        valset=task.trainset[:EVALUATED],
        num_trials=max(1, task.calls // EVALUATED - 3),
        minibatch=False,
        # A teacher of this size cannot summarize data or code.
        program_aware_proposer=False,
        data_aware_proposer=False,
    )


def copro(task: Task) -> Any:
    return dspy.COPRO(
        prompt_model=RepliesOneByOne(
            task.teacher.model,
            engine=task.teacher.engine,
            cache=False,
            **task.teacher.kwargs | {"max_tokens": ROOM_TO_REFLECT},
        ),
        init_temperature=0.7,  # at its 1.4, one proposal in eight of a small teacher is no JSON
        metric=task.metric,
        breadth=max(2, task.calls // (2 * EVALUATED)),
        depth=2,
    ).compile(task.program, trainset=task.trainset[:EVALUATED], eval_kwargs={"num_threads": 1})


def simba(task: Task) -> Any:
    return dspy.SIMBA(
        metric=task.metric,
        bsize=EVALUATED,
        num_candidates=2,
        max_steps=max(1, task.calls // (5 * EVALUATED)),
        max_demos=DEMOS,
        prompt_model=task.teacher,
        num_threads=1,
    ).compile(task.program, trainset=task.trainset[: 2 * EVALUATED], seed=task.seed)


def dspy_gepa(task: Task) -> Any:
    # On gepa's own three examples a gain is a matter of chance: most decisions are worth nothing.
    seeds = max(EVALUATED, task.calls // 10)
    return dspy.GEPA(
        metric=task.metric.with_feedback,
        # A rewrite may take two calls, and gepa asks again for its feedback.
        max_metric_calls=task.calls // task.program.most_calls(symbols=True, variants=1),
        reflection_lm=task.teacher,
        reflection_minibatch_size=seeds,
        use_merge=False,
        num_threads=1,
        seed=task.seed,
        warn_on_score_mismatch=False,
    ).compile(task.program, trainset=task.trainset, valset=task.trainset[:seeds])


CONTENDERS: dict[str, Callable[[Task], Any]] = {
    "untuned": untuned,
    "random operators": random_choice,
    "random search": random_search,
    "PassRateTeleprompter": pass_rate_teleprompter,
    # What it raises by default, where the others are judged by the share in the band.
    "PassRateTeleprompter, objective=coverage": partial(pass_rate_teleprompter, objective=coverage),
    # A quarter of the exploring, which is most of the rollouts, and costs no teacher call.
    "PassRateTeleprompter, exploration_tries=100": partial(
        pass_rate_teleprompter, exploration_tries=100
    ),
    # No seed is skipped, as in what the others tune.
    "PassRateTeleprompter, skip_below=0": partial(pass_rate_teleprompter, skip_below=0),
    "PassRateGEPA": pass_rate_gepa,
    "CritiqueAndEdit": critique_and_edit,
    "BootstrapFewShotWithRandomSearch": bootstrap_random_search,
    "MIPROv2": mipro,
    "COPRO": copro,
    "SIMBA": simba,
    "GEPA": dspy_gepa,
}


class RepliesOneByOne(dspy.LM):  # type: ignore[misc]  # DSPy has no types
    """COPRO asks for several replies at once, which llama.cpp's server does not give: they are asked
    for one by one, each with a seed of its own."""

    def __call__(self, prompt: Any = None, *, messages: Any = None, **settings: Any) -> Any:
        replies: list[Any] = []
        for seed in range(settings.pop("n", None) or 1):
            replies += super().__call__(prompt, messages=messages, **settings | {"seed": seed})
        return replies


class Calls(BaseCallback):  # type: ignore[misc]  # DSPy has no types
    """Counts what is asked of the teacher, by whomever."""

    def __init__(self) -> None:
        self.count = 0

    def on_lm_start(self, call_id: str, instance: Any, inputs: dict[str, Any]) -> None:
        self.count += 1
