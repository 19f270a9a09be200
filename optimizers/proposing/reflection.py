"""A model that reads what happened, and writes better instructions and new strategies."""

from __future__ import annotations

import logging
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeGuard

import dspy
from pydantic import BaseModel, ConfigDict, Field

from zoped.evals import Decision, student_note
from zoped.optimizers.candidate import (
    CHOOSING,
    FORMALIZING,
    REWRITING,
    TELLING,
    Candidate,
    required_predictor,
)
from zoped.optimizers.proposing.proposals import Feedback, feedback
from zoped.programs import GenerateProblem
from zoped.programs.strategies import Strategy
from zoped.programs.teachers.calls import BudgetSpent, CallFailed, TeacherCalls

SHOWN_TO_REFLECTION = 12
SHORTEST, LONGEST = 20, 6_000  # characters of an instruction
# What each predictor is for, in words for the model that reflects.
WORK = {
    CHOOSING: "It chooses one of several ways to change a maths problem. Best are new problems that "
    "the student solves in about half of the tries: say which changes suit this student, for which "
    "problems, and which do not.",
    REWRITING: "It rewrites a maths problem in symbols, as a strategy says that it is told beside this "
    "instruction. Best are new problems with exactly one answer which the student solves in about "
    "half of the tries: say what makes them so, how hard to make them, and which mistakes to avoid.",
    FORMALIZING: "It writes a word problem in symbols, and a solver has to come to the known answer: "
    "say which mistakes to avoid, and how.",
    TELLING: "It tells a problem that is given in symbols as a word problem; the text must state every "
    "value and not the answer, and who reads it alone must come to the same answer: say which "
    "mistakes to avoid, and how.",
}


class ImproveInstruction(dspy.Signature):  # type: ignore[misc]  # DSPy has no types
    """Write a better instruction for a language model that takes part in making maths problems for
    the training of a student.

    You see what the model has to do, its present instruction, and what came of it. Keep what the
    instruction says about the form of the reply. Add what the outcomes teach, as plain general rules.
    """

    work: str = dspy.InputField(desc="what the model does, and what is wanted of it")
    instruction: str = dspy.InputField(desc="the present instruction")
    outcomes: str = dspy.InputField(desc="what came of it, the best first")
    new_instruction: str = dspy.OutputField(desc="the whole new instruction, nothing else")


class StrategyIdea(BaseModel):
    """A strategy as a model writes it."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=60, description="two or three words")
    text: str = Field(max_length=600, description="a sentence or two: what to do to the quantities")


class WriteStrategies(dspy.Signature):  # type: ignore[misc]  # DSPy has no types
    """Write new strategies: ways to change a maths problem into another one, each a sentence or two
    that any model can carry out on the problem's quantities and relations.

    The new problems are for training a student: best are those that it solves in about half of its
    tries. You see how the present strategies fared. Where a change was always solved, make one that
    asks more of the same kind, or combine two; where it was never solved, a smaller one; where it was
    rejected, one that leaves less to go wrong. Say which quantities become unknown, which relation is
    new and what is asked for. Do not repeat a strategy that is there, and name no people or things.
    """

    strategies: str = dspy.InputField(desc="the present strategies, and how each fared")
    outcomes: str = dspy.InputField(desc="some of the problems that came of them")
    count: int = dspy.InputField(desc="how many to write")
    new_strategies: list[StrategyIdea] = dspy.OutputField()


def shown_to_reflection(
    explored: Sequence[Decision],
    scores: Sequence[float],
    rng: random.Random,
    feedback: Feedback = feedback,
) -> str:
    """An account of the best decisions, of the worst, and of two in between, each told once."""
    ranked = sorted(zip(explored, scores, strict=True), key=lambda pair: -pair[1])
    half = SHOWN_TO_REFLECTION // 2
    middle = ranked[half:-half]
    shown = ranked[:half] + rng.sample(middle, min(2, len(middle))) + ranked[half:][-half:]
    return "\n\n".join(feedback(decision) for decision, _ in shown)


def is_instruction(text: Any) -> TypeGuard[str]:
    """Whether what a model wrote can be one, by its length."""
    return isinstance(text, str) and SHORTEST < len(text) < LONGEST


def reflected_candidates(
    program: GenerateProblem,
    predictor: str,
    outcomes: Callable[[], str],
    calls: TeacherCalls,
    count: int = 2,
) -> list[Candidate]:
    """Instructions for a predictor, written by the model of `calls`, which reads the outcomes. Fewer
    where the budget ends, or a reply cannot be used."""
    base = required_predictor(program, predictor).signature.instructions
    candidates = []
    for turn in range(count):
        try:
            reply = calls.ask(
                dspy.Predict(ImproveInstruction),
                key=f"reflection:{predictor}:{turn}",
                step="reflection",
                work=WORK[predictor],
                instruction=base,
                outcomes=outcomes(),
                config={"rollout_id": turn, "temperature": 1.0},
            )
        except BudgetSpent:
            break
        except CallFailed as failure:
            logging.getLogger(__name__).warning(
                "the reflection model gave no instruction: %s", failure
            )
            continue
        text = reply.new_instruction
        if is_instruction(text):
            of = "" if predictor == CHOOSING else f" on {predictor.partition('.')[2] or predictor}"
            candidates.append(
                Candidate(f"reflection {turn + 1}{of}", instructions={predictor: text})
            )
    return candidates


def written_strategies(
    program: GenerateProblem,
    explored: Sequence[Decision],
    outcomes: str,
    calls: TeacherCalls,
    count: int,
) -> list[Strategy]:
    """Up to `count` new strategies by the model of `calls`; fewer where the budget ends, or what it
    writes cannot be used."""
    present = program.mutate.strategies
    try:
        reply = calls.ask(
            dspy.Predict(WriteStrategies),
            key="reflection:strategies",
            step="reflection",
            strategies="\n".join(how_it_fared(s, explored) for s in present.values()),
            outcomes=outcomes,
            count=count,
            config={"temperature": 1.0},
        )
    except BudgetSpent:
        return []
    except CallFailed as failure:
        logging.getLogger(__name__).warning("the reflection model gave no strategies: %s", failure)
        return []
    known = {_plain(strategy.text) for strategy in present.values()}
    found: dict[str, Strategy] = {}
    for idea in reply.new_strategies or ():
        text = " ".join(idea.text.split())
        if not len(text) >= 10 or _plain(text) in known:
            continue
        known.add(_plain(text))
        name = _new_id(idea.name, {*present, *found})
        found[name] = Strategy(id=name, text=text)
    return list(found.values())[:count]


def how_it_fared(strategy: Strategy, explored: Iterable[Decision]) -> str:
    """The strategy in words, and what the student made of its problems."""
    own = [decision for decision in explored if decision.move == strategy.move]
    verdicts = Counter(
        student_note(rate, decision.band).partition(": ")[2]
        for decision in own
        for rate in decision.pass_rates
    )
    reasons = Counter(str(r.reason) for decision in own for r in decision.rejections)
    made = sum(verdicts.values())
    told = [f"{n} {verdict}" for verdict, n in verdicts.most_common()]
    said = (
        f"{made} problems for the student: {', '.join(told)}" if made else "no problem came of it"
    )
    if reasons:
        said += "; rejected: " + ", ".join(f"{n} {reason}" for reason, n in reasons.most_common())
    return f"- {strategy.text} ({said if own else 'not tried'})"


def _plain(text: str) -> str:
    return re.sub(r"\W+", " ", text).strip().lower()


def _new_id(name: str, taken: set[str]) -> str:
    stem = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:50]
    stem = stem if stem[:1].isalpha() else f"own_{stem}".rstrip("_")
    number = 2
    found = stem
    while found in taken:
        found, number = f"{stem}_{number}", number + 1
    return found
