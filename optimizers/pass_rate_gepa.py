"""PassRateGEPA: gepa's evolutionary search over the same measuring as `PassRateTeleprompter`.

What gepa gets right for this job: reflection on what happened, a Pareto front, a tree of candidates
that resumes. What is put in its place: a data item is a batch of seeds, so that a score is a mean
over decisions and not one noisy problem; a candidate is accepted when the paired difference to its
parent exceeds its standard error, since with pass rates gepa's strict sum accepts an identical
candidate four times in ten; and the best few are measured again on seeds that chose nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from statistics import fmean, stdev
from typing import Any, cast

import dspy
import gepa
from dspy.teleprompt import Teleprompter
from dspy.teleprompt.gepa import InstructionProposer
from gepa.core.adapter import EvaluationBatch

from zoped.evals import Decision, Measurement, Meter, Score, measure_program
from zoped.optimizers.budget import Budget
from zoped.optimizers.candidate import Candidate
from zoped.optimizers.objective import Objective, decision_scores, disagreement
from zoped.optimizers.proposals import PREDICTOR, demonstration, feedback
from zoped.optimizers.search import seeds_and_notes
from zoped.programs import GenerateProblem, Seed

DEMOS = f"{PREDICTOR}.demos"  # the component that holds demonstrations, as JSON text
SETTLE_INDEX = -3_000
Batch = tuple[int, tuple[Seed, ...]]
"""A data item of gepa: the number of its random stream, and its seeds."""


class PassRateGEPA(Teleprompter):  # type: ignore[misc]  # DSPy has no types
    """Tunes a `GenerateProblem` with gepa; `compile` has the contract of `PassRateTeleprompter`.

    The components are the instruction of the predictor that chooses, rewritten by `reflection_lm`,
    and its demonstrations, drawn from decisions that landed in the band; without a reflection model
    the demonstrations alone. Budgets as there; gepa checks them between its iterations, so that the
    last one can pass them by an iteration's calls. `log_dir` is gepa's `run_dir`: a killed search
    goes on from it (gepa draws its random numbers anew, so not exactly as without the kill).
    """

    def __init__(
        self,
        meter: Meter,
        *,
        objective: Objective = disagreement,
        max_teacher_calls: int | None = 80,
        max_rollouts: int | None = None,
        max_minutes: float | None = None,
        batch_size: int = 8,
        demos: int = 3,
        variants: int = 8,
        reflection_lm: dspy.LM | None = None,
        seed: int = 0,
        log_dir: Path | str | None = None,
    ) -> None:
        super().__init__()
        Budget(max_teacher_calls, max_rollouts, max_minutes)  # refuses bad limits now
        self.meter = meter
        self.objective = objective
        self.max_teacher_calls = max_teacher_calls
        self.max_rollouts = max_rollouts
        self.max_minutes = max_minutes
        self.batch_size = batch_size
        self.demos = demos
        self.variants = variants
        self.reflection_lm = reflection_lm
        self.seed = seed
        self.log_dir = None if log_dir is None else str(log_dir)

    def get_params(self) -> dict[str, Any]:
        """The settings, for trackers; a new dictionary each time."""
        names = ("max_teacher_calls", "max_rollouts", "max_minutes", "batch_size", "demos", "seed")
        return {name: getattr(self, name) for name in names} | {
            "objective": getattr(self.objective, "__name__", str(self.objective)),
            "student": self.meter.student.version,
            "band": list(self.meter.band),
        }

    def compile(
        self,
        student: GenerateProblem,
        *,
        trainset: list[dspy.Example],
        teacher: Any = None,
        valset: list[dspy.Example] | None = None,
    ) -> GenerateProblem:
        """The tuned copy of `student`, with `.candidate_programs` and `.tuning`."""
        train, notes = seeds_and_notes(trainset, "trainset")
        fresh = train
        if valset:
            fresh, more = seeds_and_notes(valset, "valset")
            notes |= more
        adapter = _Adapter(self, student, notes)
        batches = _batches(train, self.batch_size, self.seed)
        components = [DEMOS] if self.reflection_lm is None else [PREDICTOR, DEMOS]
        own = dict(student.named_predictors())[PREDICTOR]
        first = {
            PREDICTOR: own.signature.instructions,
            DEMOS: json.dumps([dict(demo) for demo in own.demos], default=str),
        }
        found: Any = gepa.optimize(
            seed_candidate={name: first[name] for name in components},
            trainset=batches,
            valset=batches,
            adapter=cast(Any, adapter),  # gepa's protocol has proposals as an attribute
            reflection_minibatch_size=1,
            acceptance_criterion=_ClearlyBetter(),
            stop_callbacks=lambda state: not adapter.budget.affords(2 * self.batch_size),
            run_dir=self.log_dir,
            seed=self.seed,
            logger=_Quiet(),
            raise_on_exception=True,
        )
        return adapter.settled(found, fresh)


class _Adapter:
    """gepa's window on the program, the meter and the budget (gepa.core.adapter.GEPAAdapter)."""

    def __init__(
        self, settings: PassRateGEPA, program: GenerateProblem, notes: Mapping[str, str]
    ) -> None:
        self.settings = settings
        self.program = program
        self.notes = notes
        self.budget = Budget(
            settings.max_teacher_calls, settings.max_rollouts, settings.max_minutes
        )
        self.shown: list[tuple[float, dict[str, Any]]] = []  # demonstrations and their scores
        self.proposals = 0
        self.failures = 0  # of the teacher, in a row, whichever candidate asked
        self.proposer = InstructionProposer() if settings.reflection_lm is not None else None

    def evaluate(
        self, batch: list[Batch], candidate: dict[str, str], capture_traces: bool = False
    ) -> EvaluationBatch[Any, Any]:
        program = _candidate(candidate).applied_to(self.program)
        outputs: list[list[float]] = []
        trajectories: list[tuple[Decision, ...]] = []
        for index, seeds in batch:
            measured = self._measure(program, seeds, index)
            scores = decision_scores(measured.decisions, self.settings.objective, measured.band)
            outputs.append(scores)
            trajectories.append(measured.decisions)
            for decision, score in zip(measured.decisions, scores, strict=True):
                if score > 0 and decision.symbols is not None and decision.mutation != "rewrite":
                    self.shown.append((score, demonstration(program, decision, self.notes)))
        return EvaluationBatch(
            outputs=outputs,
            scores=[fmean(scores) for scores in outputs],
            trajectories=trajectories if capture_traces else None,
        )

    def make_reflective_dataset(
        self,
        candidate: dict[str, str],
        eval_batch: EvaluationBatch[Any, Any],
        components_to_update: list[str],
    ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        decisions = [d for part in eval_batch.trajectories or [] for d in part]
        examples = [
            {
                "Inputs": {"problem": d.seed.text, "student": self.notes.get(d.seed.id, "")},
                "Generated Outputs": d.mutation or "nothing that could be read",
                "Feedback": feedback(d),
            }
            for d in decisions
        ]
        return dict.fromkeys(components_to_update, examples)

    def propose_new_texts(
        self,
        candidate: dict[str, str],
        reflective_dataset: Mapping[str, Sequence[Mapping[str, Any]]],
        components_to_update: list[str],
    ) -> dict[str, str]:
        self.proposals += 1
        texts: dict[str, str] = {}
        if DEMOS in components_to_update:
            rng = Random(f"{self.settings.seed}-{self.proposals}")
            texts[DEMOS] = json.dumps(self._drawn_demos(rng), default=str)
        rest = [name for name in components_to_update if name != DEMOS]
        if rest and self.proposer is not None:
            with dspy.context(lm=self.settings.reflection_lm):
                texts |= self.proposer(candidate, reflective_dataset, rest)
        return texts

    def _drawn_demos(self, rng: Random) -> list[dict[str, Any]]:
        """Drawn by score, each at most once."""
        pool = self.shown.copy()
        drawn: list[dict[str, Any]] = []
        while pool and len(drawn) < self.settings.demos:
            [place] = rng.choices(range(len(pool)), [score**2 for score, _ in pool])
            drawn.append(pool.pop(place)[1])
        return drawn

    def get_adapter_state(self) -> dict[str, Any]:
        spent = [self.budget.spent_calls, self.budget.spent_rollouts, self.budget.seconds]
        return {"shown": list(self.shown), "proposals": self.proposals, "spent": spent}

    def set_adapter_state(self, state: dict[str, Any]) -> None:
        if not state:
            return  # a search that starts
        self.shown, self.proposals = list(state["shown"]), state["proposals"]
        calls, rollouts, seconds = state["spent"]
        self.budget.spent_calls, self.budget.spent_rollouts = calls, rollouts
        self.budget.spent_seconds = seconds

    def _measure(self, program: GenerateProblem, seeds: Sequence[Seed], index: int) -> Measurement:
        program.failures = self.failures
        measured = measure_program(
            program,
            seeds,
            self.settings.meter,
            index=index,
            notes=self.notes,
            variants=self.settings.variants,
        )
        self.failures = program.failures
        self.budget.spend(teacher_calls=measured.teacher_calls, rollouts=measured.rollouts)
        return measured

    def settled(self, found: Any, fresh: Sequence[Seed]) -> GenerateProblem:
        """The two best, measured once more on seeds that chose nothing; the better one."""
        order = sorted(range(len(found.candidates)), key=lambda i: -found.val_aggregate_scores[i])
        size = min(self.settings.batch_size, len(fresh))
        seeds = Random(f"{self.settings.seed}-settle").sample(list(fresh), size)
        rows = []
        for place in order[:2]:
            candidate = _candidate(found.candidates[place])
            program = candidate.applied_to(self.program)
            measured = self._measure(program, seeds, SETTLE_INDEX)
            scores = decision_scores(measured.decisions, self.settings.objective, measured.band)
            rows.append((Score.of(scores), measured.band_share, program))
        rows.sort(key=lambda row: -row[0].mean)
        score, share, best = rows[0]
        best.candidate_programs = [
            {"score": s.mean, "standard_error": s.standard_error, "program": program}
            for s, _, program in rows
        ]
        best.tuning = {
            "fresh": {
                "score": score.mean,
                "standard_error": score.standard_error,
                "band_share": share,
            },
            "candidates": len(found.candidates),
            "teacher_calls": self.budget.spent_calls,
            "rollouts": self.budget.spent_rollouts,
        }
        return best


class _ClearlyBetter:
    """Accepts a candidate whose paired gain per decision exceeds its standard error."""

    def should_accept(self, proposal: Any, state: Any) -> bool:
        before = [s for scores in proposal.eval_before.outputs for s in scores]
        after = [s for scores in proposal.eval_after.outputs for s in scores]
        gains = [b - a for a, b in zip(before, after, strict=True)]
        error = stdev(gains) / len(gains) ** 0.5 if len(gains) > 1 else 0.5
        return fmean(gains) > error


class _Quiet:
    def log(self, message: str) -> None:
        """gepa's log goes nowhere: what came of it is in the program's `.tuning`."""


def _candidate(texts: Mapping[str, str]) -> Candidate:
    instructions = {PREDICTOR: texts[PREDICTOR]} if PREDICTOR in texts else {}
    return Candidate("gepa", instructions, {PREDICTOR: json.loads(texts[DEMOS])})


def _batches(seeds: Sequence[Seed], size: int, seed: int) -> list[Batch]:
    order = Random(f"{seed}-batches").sample(list(seeds), len(seeds))
    parts = [tuple(order[i : i + size]) for i in range(0, len(order), size)]
    return list(enumerate(parts, start=1))
