"""The optimizers that `compare` sets side by side, each with the best metric that it can take.

DSPy's own judge one example at a time: the metric is the objective's mean over what one decision
made, from the same meter. gepa's also gets the feedback in words. None of them can see a batch.
Settings are chosen so that each spends about the same number of teacher calls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import dspy

from zoped.evals import Decision, Meter
from zoped.optimizers.objective import band, decision_scores
from zoped.optimizers.pass_rate_gepa import PassRateGEPA
from zoped.optimizers.proposing.critique import CritiqueAndEdit
from zoped.optimizers.proposing.proposals import feedback
from zoped.optimizers.teleprompter import PassRateTeleprompter
from zoped.programs import GenerateProblem, RandomOperators

EVALUATED = 8  # seeds on which an optimizer of DSPy tries a candidate
DEMOS = 3
ROOM_TO_REFLECT = 1024  # tokens of a proposal; one that is cut is a fault to COPRO
GOOD_ENOUGH = 0.5  # a metric that a bootstrapped demonstration must reach


@dataclass(frozen=True)
class Task:
    """What every contender gets. `calls` is the budget of teacher calls."""

    program: GenerateProblem
    trainset: list[dspy.Example]
    meter: Meter
    teacher: dspy.LM
    calls: int
    seed: int


def untuned(task: Task) -> GenerateProblem:
    return task.program


def random_choice(task: Task) -> RandomOperators:
    """Operators drawn at random: no teacher, nothing to tune."""
    program = task.program
    return RandomOperators(
        operators=program.mutate.menu, variants=program.variants, random_seed=program.random_seed
    )


def pass_rate_teleprompter(task: Task, **settings: Any) -> GenerateProblem:
    return PassRateTeleprompter(
        task.meter,
        objective=band,
        max_teacher_calls=task.calls,
        random_seed=task.seed,
        **{"candidates": 3, "exploration_tries": 400} | settings,
    ).compile(task.program, trainset=task.trainset)


def pass_rate_gepa(task: Task) -> GenerateProblem:
    return PassRateGEPA(
        task.meter, objective=band, max_teacher_calls=task.calls, random_seed=task.seed
    ).compile(task.program, trainset=task.trainset)


def critique_and_edit(task: Task) -> GenerateProblem:
    """As TextGrad does, the optimizer of the paper: criticism in words, and an edit by it."""
    return CritiqueAndEdit(
        task.meter,
        objective=band,
        max_teacher_calls=task.calls,
        batch_size=EVALUATED,
        reflection_lm=task.teacher,
        random_seed=task.seed,
    ).compile(task.program, trainset=task.trainset)


def bootstrap_random_search(task: Task) -> Any:
    return dspy.BootstrapFewShotWithRandomSearch(
        metric=Metric(task.meter),
        max_bootstrapped_demos=DEMOS,
        max_labeled_demos=0,
        # Three candidates of its own come on top, and the bootstrapping itself.
        num_candidate_programs=max(1, task.calls // (EVALUATED + 4) - 3),
        num_threads=1,
        metric_threshold=GOOD_ENOUGH,
    ).compile(task.program, trainset=task.trainset, valset=task.trainset[:EVALUATED])


def mipro(task: Task) -> Any:
    return dspy.MIPROv2(
        metric=Metric(task.meter),
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
        metric=Metric(task.meter),
        breadth=max(2, task.calls // (2 * EVALUATED)),
        depth=2,
    ).compile(task.program, trainset=task.trainset[:EVALUATED], eval_kwargs={"num_threads": 1})


def simba(task: Task) -> Any:
    return dspy.SIMBA(
        metric=Metric(task.meter),
        bsize=EVALUATED,
        num_candidates=2,
        max_steps=max(1, task.calls // (5 * EVALUATED)),
        max_demos=DEMOS,
        prompt_model=task.teacher,
        num_threads=1,
    ).compile(task.program, trainset=task.trainset[: 2 * EVALUATED], seed=task.seed)


def dspy_gepa(task: Task) -> Any:
    return dspy.GEPA(
        metric=Metric(task.meter).with_feedback,
        # A rewrite may take two calls.
        max_metric_calls=task.calls // task.program.most_calls(symbols=True, variants=1),
        reflection_lm=task.teacher,
        use_merge=False,
        num_threads=1,
        seed=task.seed,
        warn_on_score_mismatch=False,
    ).compile(task.program, trainset=task.trainset, valset=task.trainset[:EVALUATED])


CONTENDERS: dict[str, Callable[[Task], Any]] = {
    "untuned": untuned,
    "random operators": random_choice,
    "PassRateTeleprompter": pass_rate_teleprompter,
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


class Metric:
    """The objective on one decision, as DSPy's optimizers call it."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter

    def __call__(self, example: Any, prediction: Any, trace: Any = None, *_: Any) -> float:
        decision = self._decision(example, prediction)
        [score] = decision_scores([decision], band, self.meter.band)
        return score

    def with_feedback(
        self, gold: Any, pred: Any, trace: Any = None, pred_name: Any = None, pred_trace: Any = None
    ) -> Any:
        decision = self._decision(gold, pred)
        [score] = decision_scores([decision], band, self.meter.band)
        return dspy.Prediction(score=score, feedback=feedback(decision))

    def _decision(self, example: Any, prediction: Any) -> Decision:
        accepted = tuple(prediction.get("accepted") or ())
        return Decision(
            seed=example.seed,
            move=prediction.get("move") or "",
            arguments={},
            problems=accepted,
            pass_rates=tuple(self.meter.measure(accepted)),
            rejections=tuple(prediction.get("rejected") or ()),
        )
