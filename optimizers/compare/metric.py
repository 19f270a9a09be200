"""The student's measured pass rates as a metric of DSPy's optimizers and of `dspy.Evaluate`.

They judge one decision at a time, so this is the objective's value for what one decision made. None of
them sees a batch, and a pass rate is a noisy measurement: docs/optimizers.md says what comes of that.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

import dspy

from zoped.evals import Decision, Meter
from zoped.optimizers.objective import Objective, band, decision_scores, objective_of
from zoped.optimizers.proposing.proposals import feedback


class PassRateMetric:
    """The objective's score of one decision of a `GenerateProblem`: by default, the share of its attempts
    that lie in the band.

    Examples have a `seed`. DSPy's optimizers call it from many threads; the meter is asked by one at a
    time. `with_feedback` is what `dspy.GEPA` and `RacedInstructions` take.

    Raises ValueError for what is no objective.
    """

    def __init__(self, meter: Meter, objective: Objective | str = band) -> None:
        self.meter = meter
        self.objective = objective_of(objective)
        self._measuring = Lock()

    def __call__(self, example: Any, prediction: Any, trace: Any = None, *_: Any) -> float:
        """The score, higher is better."""
        return self._score(self._decision(example, prediction))

    def with_feedback(
        self, gold: Any, pred: Any, trace: Any = None, pred_name: Any = None, pred_trace: Any = None
    ) -> dspy.Prediction:
        """The score, and in words what came of the decision."""
        decision = self._decision(gold, pred)
        return dspy.Prediction(score=self._score(decision), feedback=feedback(decision))

    def _score(self, decision: Decision) -> float:
        [score] = decision_scores([decision], self.objective, self.meter.band)
        return score

    def _decision(self, example: Any, prediction: Any) -> Decision:
        accepted = tuple(prediction.get("accepted") or ())
        with self._measuring:
            rates = tuple(self.meter.measure(accepted))
        return Decision(
            seed=example.seed,
            move=prediction.get("move") or "",
            arguments={},
            problems=accepted,
            pass_rates=rates,
            rejections=tuple(prediction.get("rejected") or ()),
            teacher_calls=prediction.get("teacher_calls") or 0,
        )
