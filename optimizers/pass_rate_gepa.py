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
from contextlib import suppress
from random import Random
from statistics import fmean
from typing import Any, cast

import dspy
import gepa.api
from dspy.teleprompt import Teleprompter
from gepa.core.adapter import EvaluationBatch

from zoped.evals import Decision
from zoped.optimizers.candidate import CHOOSING, Candidate, required_predictor
from zoped.optimizers.kept_state import KeptState
from zoped.optimizers.measuring import Measuring, settled_on, tuning_seeds
from zoped.optimizers.noisy.paired_gain import PairedGain
from zoped.optimizers.noisy.written_instructions import WriteInstructions
from zoped.optimizers.proposing.proposals import demonstration, feedback
from zoped.optimizers.proposing.propose import CHOSEN_BY_THE_TEACHER
from zoped.optimizers.raced_search import FINALISTS, OutOfBudget, Score
from zoped.optimizers.settings import Configured, SearchSettings
from zoped.programs import GenerateProblem, Seed, TeacherError
from zoped.programs.strategies import is_rewrite
from zoped.programs.teachers.calls import BudgetSpent, CallFailed

DEMOS = f"{CHOOSING}.demos"  # the component that holds demonstrations, as JSON text
SETTLE_STREAM = -3_000
LEAST_DECISIONS = 6  # a seed each: all candidates' batch twice, a proposal's twice, the settling
ACCEPTED = 3  # candidates besides the first that the budget is to pay for, on all their batches
Batch = tuple[int, tuple[Seed, ...]]
"""A data item of gepa: the number of its random stream, and its seeds."""


class PassRateGEPA(Configured[SearchSettings], Teleprompter):  # type: ignore[misc]  # DSPy has no types
    """Tunes a `GenerateProblem` whose teacher chooses operators with gepa; `compile` has the contract of
    `PassRateTeleprompter`.

    The components are the instruction of the predictor that chooses, rewritten by `reflection_lm`,
    and its demonstrations, drawn from decisions that landed in the band; without a reflection model
    the demonstrations alone. `log_dir` is gepa's `run_dir`: a killed search goes on from it (gepa
    draws its random numbers anew, so not exactly as without the kill).

    Args:
        meter: Measures the student: a `PassRateMeter`, or a `Meter` of your own.
        **options: The fields of `SearchSettings`, which describes each: `objective`,
            `max_teacher_calls`, `max_rollouts`, `max_minutes`, `batch_size`, `demos`, `variants`,
            `reflection_lm`, `random_seed`, `log_dir`.

    Raises:
        ValueError: For an option that there is not, or a value that is out of range.
    """

    settings_type = SearchSettings

    def compile(
        self,
        student: GenerateProblem,
        *,
        trainset: list[dspy.Example],
        teacher: Any = None,
        valset: list[dspy.Example] | None = None,
    ) -> GenerateProblem:
        """The tuned copy of `student`, with `.candidate_programs` and `.tuning`."""
        train, fresh, fresh_are, notes = tuning_seeds(trainset, valset, self.settings.random_seed)
        measuring = Measuring(student, self.meter, notes, self.settings, teacher)
        if student.mutation not in CHOSEN_BY_THE_TEACHER:
            raise ValueError(
                f"PassRateGEPA tunes how the teacher chooses operators, and with mutation={student.mutation!r} "
                "it is never asked to; use PassRateTeleprompter or CritiqueAndEdit"
            )
        own = required_predictor(student, CHOOSING)
        measuring.require(train + fresh, asked=LEAST_DECISIONS, measured=LEAST_DECISIONS)
        kept = KeptState(self.settings.folder, measuring.identity(train, fresh))
        # gepa's own state refers to the batches by number: they are the same when it resumes.
        sizes = kept.load() or _sizes(measuring, train, fresh)
        kept.save(sizes)
        batches = _batches(train, sizes["batch"], self.settings.random_seed)
        rng = Random(f"{self.settings.random_seed}-settle")
        fresh = rng.sample(fresh, min(sizes["batch"], len(fresh)))
        adapter = _Adapter(self.settings, measuring, fresh)
        reflects = self.settings.reflection_lm is not None
        components = [CHOOSING, DEMOS] if reflects else [DEMOS]
        first = {
            CHOOSING: own.signature.instructions,
            DEMOS: json.dumps([dict(demo) for demo in own.demos], default=str),
        }
        # What was measured before the budget ended is in the adapter.
        with suppress(OutOfBudget):
            gepa.api.optimize(
                seed_candidate={name: first[name] for name in components},
                trainset=batches,
                valset=batches[: sizes["batches"]],
                adapter=cast(Any, adapter),  # gepa's protocol has proposals as an attribute
                reflection_minibatch_size=1,
                acceptance_criterion=PairedGain(scores=_decision_scores),
                stop_callbacks=lambda state: adapter.over,
                run_dir=None if self.settings.log_dir is None else str(self.settings.log_dir),
                seed=self.settings.random_seed,
                logger=_Quiet(),
                raise_on_exception=True,
            )
        if adapter.fault is not None:
            raise adapter.fault
        return adapter.settled(fresh_are)


class _Adapter:
    """gepa's window on the program, the meter and the budget (gepa.core.adapter.GEPAAdapter).

    `scores` holds by candidate, and by the number of a batch, what the decisions scored.
    """

    def __init__(self, settings: SearchSettings, measuring: Measuring, fresh: list[Seed]) -> None:
        self.settings = settings
        self.measuring = measuring
        self.program = measuring.program
        self.fresh = fresh
        self.scores: dict[str, dict[int, list[float]]] = {}
        self.shown: dict[str, float] = {}  # demonstrations, as JSON text, and their scores
        self.proposals = 0
        self.over = False  # the budget does not pay for another batch, or the model is gone
        self.fault: TeacherError | None = None  # of reflecting: gepa would try without end
        self.writes = WriteInstructions()

    def evaluate(
        self, batch: list[Batch], candidate: dict[str, str], capture_traces: bool = False
    ) -> EvaluationBatch[Any, Any]:
        program = _candidate(candidate).applied_to(self.program)
        outputs: list[list[float]] = []
        trajectories: list[tuple[Decision, ...]] = []
        for index, seeds in batch:
            # gepa asks about the budget between iterations only: kept here, it is exact.
            if not self.measuring.affords([*seeds, *self.fresh * FINALISTS]):
                self.over = True
                raise OutOfBudget
            measured = self.measuring.measure(program, seeds, index)
            scores = self.settings.scores(measured.decisions, measured.band)
            outputs.append(scores)
            self.scores.setdefault(json.dumps(candidate), {})[index] = scores
            trajectories.append(measured.decisions)
            for decision, score in zip(measured.decisions, scores, strict=True):
                if score > 0 and decision.symbols is not None and not is_rewrite(decision.move):
                    # gepa measures a parent again for each proposal: the same decisions come.
                    shown = demonstration(program, decision, self.measuring.notes)
                    self.shown[json.dumps(shown, default=str)] = score
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
                "Inputs": {
                    "problem": d.seed.text,
                    "student": self.measuring.notes.get(d.seed.id, ""),
                },
                "Generated Outputs": d.move or "nothing that could be read",
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
            rng = Random(f"{self.settings.random_seed}-{self.proposals}")
            texts[DEMOS] = json.dumps(self._drawn_demos(rng), default=str)
        rest = [name for name in components_to_update if name != DEMOS]
        if rest:
            try:
                texts |= self._reflected(candidate, reflective_dataset, rest)
            except BudgetSpent as spent:
                self.over = True
                raise OutOfBudget from spent
            except TeacherError as error:
                self.over, self.fault = True, error
                raise
        return texts

    def _reflected(
        self,
        candidate: dict[str, str],
        outcomes: Mapping[str, Sequence[Mapping[str, Any]]],
        components: list[str],
    ) -> dict[str, str]:
        """Texts by the reflection model: its calls count in the search's budget."""
        lm = self.settings.reflection_lm
        assert lm is not None  # else there are no components but the demonstrations
        calls = self.measuring.reflecting(lm, kept=FINALISTS * len(self.fresh))
        try:
            reply = calls.ask(
                self.writes,
                key=f"gepa:{self.proposals}",
                step="reflection",
                candidate=candidate,
                outcomes=outcomes,
                components=components,
            )
        except CallFailed:
            return {}  # gepa goes on with the demonstrations
        return dict(reply.texts)

    def _drawn_demos(self, rng: Random) -> list[dict[str, Any]]:
        """Drawn by score, each at most once."""
        pool = self.shown.copy()
        drawn: list[dict[str, Any]] = []
        while pool and len(drawn) < self.settings.demos:
            [text] = rng.choices(list(pool), [score**2 for score in pool.values()])
            del pool[text]
            drawn.append(json.loads(text))
        return drawn

    def get_adapter_state(self) -> dict[str, Any]:
        budget = self.measuring.budget
        return {
            "scores": {name: dict(scores) for name, scores in self.scores.items()},
            "shown": self.shown.copy(),
            "proposals": self.proposals,
            "spent": [budget.spent_calls, budget.spent_rollouts, budget.seconds],
        }

    def set_adapter_state(self, state: dict[str, Any]) -> None:
        if not state:
            return  # a search that starts
        self.scores, self.shown = dict(state["scores"]), dict(state["shown"])
        self.proposals = state["proposals"]
        self.measuring.resume(*state["spent"])

    def settled(self, fresh_are: str) -> GenerateProblem:
        """The two best, measured once more on seeds kept out of the search; the better one."""
        scores = {
            name: [score for batch in by_batch.values() for score in batch]
            for name, by_batch in self.scores.items()
        }
        ranked = sorted(scores, key=lambda name: -Score.of(scores[name]).bounds(0.5)[0])
        rows = []
        for name in ranked[:FINALISTS]:
            program = _candidate(json.loads(name)).applied_to(self.program)
            program._compiled = True
            try:
                measured = self.measuring.measure(program, self.fresh, SETTLE_STREAM)
            except OutOfBudget:
                break
            fresh = self.settings.scores(measured.decisions, measured.band)
            rows.append((Score.of(fresh), measured.band_share, program))
        rows.sort(key=lambda row: -row[0].mean)
        best = rows[0][2] if rows else self.program.deepcopy()
        best.candidate_programs = [
            {"score": s.mean, "standard_error": s.standard_error, "program": program}
            for s, _, program in rows
        ]
        best.tuning = {
            "fresh": settled_on(fresh_are, *rows[0][:2], chosen_by=len(rows) > 1) if rows else None,
            "candidates": len(self.scores),
            "teacher_calls": self.measuring.budget.spent_calls,
            "rollouts": self.measuring.budget.spent_rollouts,
        }
        return best


def _decision_scores(evaluated: Any) -> list[float]:
    """Of an evaluation by batches: one score a decision."""
    return [score for scores in evaluated.outputs for score in scores]


class _Quiet:
    def log(self, message: str) -> None:
        """gepa's log goes nowhere: what came of it is in the program's `.tuning`."""


def _candidate(texts: Mapping[str, str]) -> Candidate:
    instructions = {CHOOSING: texts[CHOOSING]} if CHOOSING in texts else {}
    return Candidate("gepa", instructions, {CHOOSING: json.loads(texts[DEMOS])})


def _sizes(measuring: Measuring, train: Sequence[Seed], fresh: Sequence[Seed]) -> dict[str, int]:
    """How many seeds a batch has, and how many batches every accepted candidate is measured on: as
    many as the budget pays for, at worst."""
    dearest = max((*train, *fresh), key=measuring.most_calls)
    most = min(measuring.settings.batch_size, len(train))

    def affords(batch: int, batches: int, accepted: int) -> bool:
        decisions = batch * (batches * (1 + accepted) + 2 * accepted + FINALISTS)
        return measuring.affords([dearest] * decisions)

    batch = next((n for n in range(most, 0, -1) if affords(n, 1, 1)), 1)
    all_ = -(-len(train) // batch)
    return {
        "batch": batch,
        "batches": next((n for n in range(all_, 0, -1) if affords(batch, n, ACCEPTED)), 1),
    }


def _batches(seeds: Sequence[Seed], size: int, seed: int) -> list[Batch]:
    order = Random(f"{seed}-batches").sample(list(seeds), len(seeds))
    parts = [tuple(order[i : i + size]) for i in range(0, len(order), size)]
    return list(enumerate(parts, start=1))
