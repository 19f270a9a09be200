"""All questions of all benchmarks, asked together; what a killed evaluation had is not asked again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from zoped.evals.answers.match import is_right
from zoped.evals.evaluation.kept_answers import KeptAnswers
from zoped.evals.evaluation.scores import Result, result_of
from zoped.evals.pass_rate import Check
from zoped.evals.sampling import Question, Student, sampled

BATCH = 2_048  # answers that are sampled and kept together


@dataclass(frozen=True)
class Task:
    """Questions under one name, and what counts as right; `original` is how many there were before
    a limit."""

    name: str
    questions: Sequence[Question]
    original: int
    check: Check = is_right


@dataclass(frozen=True)
class Evaluation:
    """Each task's numbers, and the completions to its questions, in order. `refused` are the
    questions that the student's server would not take: their answers are empty, and wrong."""

    results: Mapping[str, Result]
    completions: Mapping[str, list[list[str]]]
    refused: Mapping[str, str]


def evaluate_tasks(
    student: Student,
    tasks: Sequence[Task],
    *,
    samples: int = 1,
    seed: int = 0,
    kept: KeptAnswers | None = None,
    batch: int = BATCH,
    on_answered: Callable[[int], object] = lambda questions: None,
) -> Evaluation:
    """Sample `samples` answers to every question of every task and score them.

    Questions of all tasks are asked together, the longest first, about `batch` answers at a time; a
    question that several tasks share is asked once. Each batch's answers are kept before the next:
    the same call goes on where it was killed, and comes to the same answers as one that was not.
    `on_answered` is told how many questions more have their answers.
    """
    if not tasks or not all(task.questions for task in tasks):
        raise ValueError("no questions to evaluate on")
    own = KeptAnswers(":memory:") if kept is None else None
    store = kept or own
    assert store is not None
    texts = sorted({q.text for task in tasks for q in task.questions}, key=lambda t: (-len(t), t))
    answers: dict[str, list[str]] = {}
    inner: Any = student
    tells = hasattr(student, "on_answered")
    if tells:
        inner.on_answered = on_answered
    size = max(1, batch // samples)
    # Batches are the same ones in every call, whatever is known already.
    for start in range(0, len(texts), size):
        part = texts[start : start + size]
        known = store.known(student.version, part, seed=seed, samples=samples)
        answers |= known
        for have in sorted({len(given) for given in known.values()} - {samples}):
            asked = [text for text in part if len(known[text]) == have]
            stream = Random(f"{seed}-{have}-{asked[0]}").getrandbits(31)
            given = sampled(student, asked, samples=samples - have, seed=stream)
            refused = _refused(student)
            taken = [i for i, text in enumerate(asked) if text not in refused]
            store.keep(
                student.version,
                [asked[i] for i in taken],
                [given[i] for i in taken],
                seed=seed,
                first=have,
            )
            for text, more in zip(asked, given, strict=True):
                answers[text] = [*known[text], *more]
            if not tells:
                on_answered(len(asked))
        on_answered(sum(len(given) == samples for given in known.values()))
    if own is not None:
        own.close()
    completions = {task.name: [answers[q.text] for q in task.questions] for task in tasks}
    results = {
        task.name: result_of(
            task.name, [q.answer for q in task.questions], completions[task.name], task.check
        )
        for task in tasks
    }
    return Evaluation(results, completions, _refused(student))


def _refused(student: Student) -> Mapping[str, str]:
    """What a student behind a server could not be asked, and why."""
    refused: Mapping[str, str] = getattr(student, "refused", {})
    return refused
