"""The text arm's part of a round: the teacher rewrites the seeds' words, and nothing proves an answer."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import dspy

from zoped.foundation.files import whole_lines
from zoped.programs.teachers.errors import BudgetSpent
from zoped.programs.text_arm import RewriteTexts, TextProblem, WrongAnswers, wrong_answers
from zoped.programs.text_arm.kept_replies import KeptReplies
from zoped.programs.under_way import all_at_once
from zoped.train.loop.costs import keep_costs
from zoped.train.loop.generating.generation import STEPS_PER_ROUND, TOLD, seed_of_lap
from zoped.train.loop.observe import Progress
from zoped.train.loop.round import Round

FILE = "texts.jsonl"  # in the round's folder, a line a decision
REPLIES = "texts.replies.jsonl"  # to decisions that have not ended


class Texts:
    """The texts of a round, kept a batch of decisions at a time; a killed round goes on after the last, with
    what the teacher said to the next.

    As many decisions are under way as the teacher takes requests at once; those of a batch do not know
    of each other, and of two that are the same the earlier one counts.
    """

    def __init__(self, round: Round) -> None:
        self.round = round
        self.path = round.folder / FILE
        self.made: list[TextProblem] = []
        self.rejected: Counter[str] = Counter()
        self.teacher_calls = self.steps = 0
        self._known: set[str] = set()
        self._replies = KeptReplies(round.folder / REPLIES)
        for line in whole_lines(self.path):
            self._count(json.loads(line))

    @property
    def wrong(self) -> WrongAnswers:
        return wrong_answers(self.made)

    def make(self, wanted: int, progress: Progress) -> None:
        """Decisions on the seeds in turn, until there are enough texts or the most were taken."""
        round, limit = self.round, self.round.settings.generate.decisions
        shown = 0
        with progress.task(f"round {round.number}: rewriting texts", wanted) as task:
            while len(self.made) < wanted and self.steps < limit:
                most = min(round.settings.teacher.at_once, limit - self.steps)
                self._batch(min(most, wanted - len(self.made)))
                found = min(len(self.made), wanted)
                task.advance(found - shown)
                shown = found

    def _batch(self, size: int) -> None:
        teacher = self.round.run.teacher
        assert teacher is not None  # the settings are refused without one
        steps = range(self.steps, self.steps + size)
        keep = partial(keep_costs, self.round.run)  # the replies are kept as they come
        rows = all_at_once(
            [self._decision(step) for step in steps],
            most=size,
            on_progress=keep,
            while_waiting=keep,
        )
        if unpaid := next((row for row in rows if isinstance(row, BudgetSpent)), None):
            raise unpaid
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            for row in rows:
                teacher.costs.add_outcomes(row.pop("costs"))
                file.write(json.dumps(row) + "\n")
                self._count(row)
        keep()
        self._replies.clear()

    def _decision(self, step: int) -> Callable[[], Any]:
        round = self.round
        seed = seed_of_lap(round.seeds, step, run_seed=round.random_seed("laps"))
        arm, teacher = self._arm(), round.run.teacher
        before = [p.text for p in self.made if p.seed_id == seed.id]

        inputs = {
            "seed": seed,
            "stream": round.number * STEPS_PER_ROUND + step,
            "student_note": round.notes.get(seed.id, ""),
            "made": before[-TOLD:],
            "kept": self._replies.of(step),
        }

        async def decide() -> dict[str, Any] | BudgetSpent:
            # A budget that ends is a result: what others have asked is paid for, and waited for.
            assert teacher is not None  # the settings are refused without one
            try:
                made: dspy.Prediction = await arm.acall(teacher=teacher.within(), **inputs)
            except BudgetSpent as spent:
                return spent
            if any(r.reason == "budget_spent" for r in made.rejected):
                return BudgetSpent("the teacher's budget ended in the middle of a text")
            return {
                "accepted": [problem.model_dump(mode="json") for problem in made.accepted],
                "rejected": [str(rejection.reason) for rejection in made.rejected],
                "teacher_calls": made.teacher_calls,
                "costs": made.costs,
            }

        return decide

    def _arm(self) -> RewriteTexts:
        settings = self.round.settings.generate
        arm = RewriteTexts(
            strategies=settings.strategies,
            checked=settings.check_texts,
            random_seed=self.round.settings.seed,
            is_contaminated=self.round.run.tested.evidence,
            time_limit=settings.time_limit,
        )
        # The same sentences, drawn as often as where they are carried out on symbols.
        arm.weights.by_level = self.round.program(tuned=True).mutate.weights.by_level
        return arm

    def _count(self, row: dict[str, Any]) -> None:
        self.steps += 1
        self.teacher_calls += row["teacher_calls"]
        self.rejected.update(row["rejected"])
        for problem in map(TextProblem.model_validate, row["accepted"]):
            text = " ".join(problem.text.split())
            if text in self._known:  # of another seed, perhaps
                self.rejected["duplicate"] += 1
            else:
                self._known.add(text)
                self.made.append(problem)
