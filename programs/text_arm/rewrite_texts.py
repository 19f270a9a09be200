"""RewriteTexts: the teacher rewrites the words, and answers by the majority of its own solutions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import dspy

from zoped.programs.acceptance import (
    Acceptance,
    IsContaminated,
    NotAccepted,
    Reason,
    Rejection,
    require_clean,
    require_kept,
)
from zoped.programs.formalize import Formalize
from zoped.programs.formalizing.tries import Tries, formalized
from zoped.programs.moves import MoveWeights
from zoped.programs.outcome import require_seed
from zoped.programs.predictors.asking import asked, now_or_later
from zoped.programs.predictors.one_path import run_now
from zoped.programs.predictors.signature_class import Given, output_of, predictor
from zoped.programs.seeds import MAX_TEXT, Seed, builtin_seeds, is_constant, same_number
from zoped.programs.seeds.exact_number import exact_number
from zoped.programs.strategies import REWRITE, Strategy, known_strategies
from zoped.programs.student_note import level
from zoped.programs.teachers.calls import BudgetSpent, TeacherCalls
from zoped.programs.teachers.costs import ACCEPTED
from zoped.programs.text_arm.kept_replies import RepliesOf, Reply
from zoped.programs.text_arm.problem import TextProblem
from zoped.signatures import RewriteText, SolveProblem
from zoped.symbolic import SymbolicProblem


class RewriteTexts(dspy.Module):  # type: ignore[misc]  # DSPy has no types
    """One rewriting of a seed's text by a strategy, as `GenerateProblem` is called.

    Nothing proves the answer: it is what more than half of several independent solutions of the
    teacher say, and a problem without such an answer is the rejection `no_majority`. With `checked`
    the text is formalized as well, until two agree, and the solver's answer is put beside it; that
    changes nothing about what is accepted.

    Args:
        rewrite: In the place of RewriteText: a signature class, a module, or a dotted path.
        solve: The same in the place of SolveProblem.
        strategies: As for GenerateProblem.
        solutions: How many of them vote.
        checked: Whether texts are formalized, to measure how many answers are wrong.
        random_seed: Of everything that is drawn.
        is_contaminated: Whether a text is too near to one of an evaluation set; a text says how.
        time_limit: Seconds for a solver process, with `checked`; 0 leaves out what needs one.
        memory_limit_mb: Of a solver process.
    """

    def __init__(
        self,
        *,
        rewrite: Given = None,
        solve: Given = None,
        strategies: Iterable[str | Strategy] | None = None,
        solutions: int = 5,
        checked: bool = False,
        random_seed: int = 0,
        is_contaminated: IsContaminated | None = None,
        time_limit: float = 2.0,
        memory_limit_mb: int = 512,
    ) -> None:
        super().__init__()
        if solutions < 2:
            raise ValueError(f"solutions is {solutions}; a majority needs 2 or more")
        self.rewrite = predictor(rewrite, RewriteText)
        self.solve = predictor(solve, SolveProblem)
        self.formalize = Formalize() if checked else None
        self.weights = MoveWeights()
        self.strategies = known_strategies(strategies)
        self.solutions = solutions
        self.random_seed = random_seed
        self.is_contaminated = is_contaminated
        self.time_limit = time_limit
        self.memory_limit_mb = memory_limit_mb

    @property
    def most_calls(self) -> int:
        """The most requests that one call can make, where each module asks once and no reply is asked for
        again, as one that is cut off is."""
        return 1 + self.solutions + (Tries().most if self.formalize is not None else 0)

    def forward(
        self,
        seed: Seed,
        stream: int = 0,
        student_note: str = "",
        *,
        teacher: TeacherCalls | None = None,
        seen: set[str] | None = None,
        made: Sequence[str] = (),
        kept: RepliesOf | None = None,
    ) -> dspy.Prediction:
        """Prediction(accepted: list of TextProblem, rejected, teacher_calls, costs, move).

        `seen` are digests of texts that must not come again; that of an accepted one is added. What is
        `kept` of an earlier try of the same call is not asked again, and counts among its calls.
        """
        step = self._step(seed, stream, teacher, kept, waits=False)
        return run_now(step.made(student_note, set() if seen is None else seen, made))

    async def aforward(
        self,
        seed: Seed,
        stream: int = 0,
        student_note: str = "",
        *,
        teacher: TeacherCalls | None = None,
        seen: set[str] | None = None,
        made: Sequence[str] = (),
        kept: RepliesOf | None = None,
    ) -> dspy.Prediction:
        """`forward`, awaited."""
        step = self._step(seed, stream, teacher, kept, waits=True)
        return await step.made(student_note, set() if seen is None else seen, made)

    def _step(
        self,
        seed: Seed,
        stream: int,
        teacher: TeacherCalls | None,
        kept: RepliesOf | None,
        *,
        waits: bool,
    ) -> _Step:
        calls = TeacherCalls.of(teacher).within()
        return _Step(self, require_seed(seed), stream, calls, waits, kept or RepliesOf())


@dataclass
class _Step:
    """One call: `made` is the story."""

    arm: RewriteTexts
    seed: Seed
    stream: int
    calls: TeacherCalls
    waits: bool
    kept: RepliesOf
    move: str = ""

    @property
    def key(self) -> str:
        return f"{self.arm.random_seed}:{self.seed.id}:{self.stream}"

    async def made(self, student_note: str, seen: set[str], made: Sequence[str]) -> dspy.Prediction:
        accepted: list[TextProblem] = []
        rejected: list[Rejection] = []
        before = self.kept.spent
        try:
            accepted.append(await self._problem(student_note, seen, made))
        except NotAccepted as why:
            rejected.append(
                Rejection(
                    seed_id=self.seed.id, reason=why.reason, detail=why.detail, move=self.move
                )
            )
        except BudgetSpent as why:
            if not self.calls.spent.calls:
                raise
            rejected.append(
                Rejection(seed_id=self.seed.id, reason=Reason.BUDGET_SPENT, detail=str(why))
            )
        spent = before + self.calls.spent
        return dspy.Prediction(
            accepted=accepted,
            rejected=rejected,
            teacher_calls=spent.calls,
            costs={str(rejected[0].reason) if rejected else ACCEPTED: spent},
            move=self.move,
        )

    async def _problem(self, student_note: str, seen: set[str], made: Sequence[str]) -> TextProblem:
        strategy, second = self._drawn(student_note)
        self.move = REWRITE if strategy is None else strategy.move
        said = await self._said(
            self.arm.rewrite,
            "rewrite",
            "text",
            problem=self.seed.text,
            strategy="" if strategy is None else strategy.text,
            second=second,
            student=student_note,
            made="\n\n".join(made),
        )
        text = said.strip()
        digest = self._new(text, seen)
        answer, votes = await self._majority(text)
        if strategy is not None and strategy.answer_preserving:
            await now_or_later(require_kept, answer, self.seed.answers, waits=self.waits)
        seen.add(digest)
        return TextProblem(
            id=f"{self.seed.id}-{digest[:12]}",
            seed_id=self.seed.id,
            text=text,
            answer=answer,
            votes=votes,
            solutions=self.arm.solutions,
            move=self.move,
            solver_answer=await self._solver_answer(text),
        )

    def _drawn(self, student_note: str) -> tuple[Strategy | None, str]:
        """A strategy by the weights, and another problem's text if it needs one."""
        if not self.arm.strategies:
            return None, ""
        rng = Random(f"{self.key}:decision")
        by_move = {strategy.move: strategy for strategy in self.arm.strategies.values()}
        move = self.arm.weights.draw(rng, level(student_note), by_move)
        if move is None:
            raise NotAccepted(Reason.REFUSED, "no strategy has any weight for such a student")
        strategy = by_move[move]
        return strategy, rng.choice(builtin_seeds()).text if strategy.second else ""

    def _new(self, text: str, seen: set[str]) -> str:
        """The digest of a text that may be accepted."""
        if not text or len(text) > MAX_TEXT:
            raise NotAccepted(Reason.OVER_LIMIT, f"a text of {len(text)} characters")
        digest, old = _digest(text), _digest(self.seed.text)
        if digest in seen or digest == old:
            raise NotAccepted(Reason.DUPLICATE, "made before")
        require_clean(text, self.arm.is_contaminated)
        return digest

    async def _majority(self, text: str) -> tuple[str, int]:
        """What more than half of the solutions say, and how many of those that were asked for do."""
        groups: list[list[str]] = []
        for number in range(self.arm.solutions):
            try:
                answer = await self._said(
                    self.arm.solve, f"solve:{number}", "answer", fresh=number > 0, text=text
                )
            except NotAccepted as why:
                if why.reason is Reason.TEACHER_ERROR:
                    raise
                continue
            said = _number(answer)
            if said is None:
                continue
            await now_or_later(_add, groups, said, waits=self.waits)
            left = self.arm.solutions - number - 1
            best = max(map(len, groups))
            if 2 * best > self.arm.solutions or 2 * (best + left) <= self.arm.solutions:
                break  # those that are left change nothing
        best_group = max(groups, key=len, default=[])
        if 2 * len(best_group) <= self.arm.solutions:
            told = ", ".join(f"{group[0]} ({len(group)})" for group in groups) or "nothing"
            raise NotAccepted(Reason.NO_MAJORITY, f"the solutions say {told}")
        return best_group[0], len(best_group)

    async def _solver_answer(self, text: str) -> str:
        """The solver's answer for two formalizations that agree; "" where there are none."""
        module = self.arm.formalize
        if module is None:
            return ""
        arm = self.arm
        acceptance = Acceptance(time_limit=arm.time_limit, memory_limit_mb=arm.memory_limit_mb)

        async def read(number: int, mistake: str, *, fresh: bool) -> SymbolicProblem:
            inputs = {"text": text, "mistake": mistake}
            said = await self._said(module, f"formalize:{number}", "symbols", fresh=fresh, **inputs)
            return SymbolicProblem.model_validate_json(said)

        def judge(problem: SymbolicProblem) -> tuple[SymbolicProblem, str]:
            return acceptance.formalization(problem, text)

        try:
            _, answer = await formalized(read, judge, Tries(), waits=self.waits, answer_known=False)
        except NotAccepted:
            return ""
        return answer

    async def _said(
        self, module: dspy.Module, part: str, output: str, *, fresh: bool = False, **inputs: Any
    ) -> str:
        """That output of the module, symbols as JSON; asked of the teacher where it is not kept. `fresh`
        as for `asked`."""
        known = self.kept.by_part.get(part)
        if known is None:
            known = await self._asked(module, part, output, fresh, inputs)
            self.kept.add(part, known)
        if known.failed:
            raise NotAccepted(Reason.MALFORMED, known.failed)
        return known.said

    async def _asked(
        self, module: dspy.Module, part: str, output: str, fresh: bool, inputs: dict[str, Any]
    ) -> Reply:
        step, before = part.partition(":")[0], self.calls.spent
        try:
            reply = await asked(
                self.calls,
                module,
                key=f"{self.key}:{part}",
                step=step,
                waits=self.waits,
                fresh=fresh,
                **inputs,
            )
        except NotAccepted as why:
            if why.reason is not Reason.MALFORMED:
                raise
            return Reply(failed=why.detail, spent=self.calls.spent - before)
        wanted = SymbolicProblem if output == "symbols" else str
        said = output_of(reply, output, wanted, f"text_arm.{step}", module)
        said = said if isinstance(said, str) else said.model_dump_json()
        return Reply(said, spent=self.calls.spent - before)


def _add(groups: list[list[str]], said: str) -> None:
    """Put a number to those that are the same."""
    same = next((group for group in groups if same_number(group[0], said)), None)
    groups.append([said]) if same is None else same.append(said)


def _number(answer: str) -> str | None:
    """The exact number that a solution gives, as text of the expression language."""
    written = (answer.strip(), exact_number(answer))
    return next((text for text in written if text and is_constant(text)), None)


def _digest(text: str) -> str:
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()
