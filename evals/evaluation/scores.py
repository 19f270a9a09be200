"""What a student's answers come to: pass@1, pass@k, majority@k, each with its interval."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb, sqrt

from zoped.evals.accuracy import Accuracy
from zoped.evals.answers.match import answers_match, extract_answer
from zoped.evals.pass_rate import Check


@dataclass(frozen=True)
class Score:
    """A share from 0 to 1 with its 95 % interval; `error` is its standard error."""

    value: float
    low: float
    high: float
    error: float = 0.0

    @classmethod
    def of(cls, shares: Sequence[float], samples: int = 1) -> Score:
        """The mean over problems, of each of which `samples` answers gave its share. The problems
        are the sample: many answers to few of them do not pass for certainty."""
        result = Accuracy(tuple(shares), samples)
        n, mean = len(shares), result.mean
        variance = sum((share - mean) ** 2 for share in shares) / (n - 1) / n if n > 1 else 0.0
        return cls(mean, *result.interval, sqrt(variance))


def pass_at_k(right: int, samples: int, k: int) -> float:
    """The chance that one of `k` answers is right, unbiased, where `right` of `samples` are: 1 −
    C(n−c, k) / C(n, k) (Chen et al. 2021, arXiv 2107.03374).

    >>> pass_at_k(1, 4, 1), pass_at_k(1, 4, 2)
    (0.25, 0.5)
    """
    if not 1 <= k <= samples:
        raise ValueError(f"pass@{k} of {samples} answers: give 1 <= k <= {samples}")
    return 1.0 - comb(samples - right, k) / comb(samples, k)


def majority(answers: Sequence[str | None], is_right: Callable[[str], bool]) -> float:
    """1 where the answer that most samples gave is right (self-consistency, Wang et al. 2022, arXiv
    2203.11171). Of answers with as many votes one is drawn: their share that is right.

    Answers of the same value are one answer; None, a completion without an answer, has no vote.
    """
    votes: list[list[str]] = []
    for answer in answers:
        if answer is None:
            continue
        for same in votes:
            if answer == same[0] or answers_match(answer, same[0]):
                same.append(answer)
                break
        else:
            votes.append([answer])
    most = max(map(len, votes), default=0)
    leading = [same[0] for same in votes if len(same) == most]
    return sum(map(is_right, leading)) / len(leading) if leading else 0.0


@dataclass(frozen=True)
class Result:
    """A benchmark's numbers. `right` counts the right answers to each problem, of `samples`;
    `majority` is None where there is one answer alone; `without_answer` is the share of completions
    in which no final answer was found."""

    name: str
    samples: int
    right: tuple[int, ...]
    pass_at: Mapping[int, Score]
    majority: Score | None
    majorities: tuple[float, ...]
    without_answer: float


def result_of(
    name: str, golds: Sequence[str], completions: Sequence[Sequence[str]], check: Check
) -> Result:
    """The numbers of `completions`, as many to each of the questions with the answers `golds`."""
    if not golds:
        raise ValueError(f"{name}: no questions to score")
    samples = len(completions[0])
    right, majorities, silent = [], [], 0
    for gold, texts in zip(golds, completions, strict=True):
        right.append(sum(check(text, gold) for text in texts))
        found = [extract_answer(text) for text in texts]
        silent += found.count(None)
        # A box, so that a check which reads completions finds the answer in it.
        majorities.append(majority(found, lambda answer: check(f"\\boxed{{{answer}}}", gold)))  # noqa: B023
    at = {
        k: Score.of([pass_at_k(c, samples, k) for c in right], samples if k == 1 else 1)
        for k in _powers(samples)
    }
    return Result(
        name=name,
        samples=samples,
        right=tuple(right),
        pass_at=at,
        majority=Score.of(majorities) if samples > 1 else None,
        majorities=tuple(majorities),
        without_answer=silent / (samples * len(golds)),
    )


def average(scores: Iterable[Score]) -> Score:
    """The mean of independent scores, each of which counts alike; its interval is made from theirs
    (MOVER, Zou and Donner 2008, Statistics in Medicine 27)."""
    listed = list(scores)
    mean = sum(score.value for score in listed) / len(listed)
    below = sqrt(sum((score.value - score.low) ** 2 for score in listed)) / len(listed)
    above = sqrt(sum((score.high - score.value) ** 2 for score in listed)) / len(listed)
    error = sqrt(sum(score.error**2 for score in listed)) / len(listed)
    return Score(mean, mean - below, mean + above, error)


def _powers(samples: int) -> list[int]:
    """1, 2, 4, ... and the number of samples itself."""
    return sorted({2**i for i in range(samples.bit_length()) if 2**i <= samples} | {samples})
