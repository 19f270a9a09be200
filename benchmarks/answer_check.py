"""Checking answers: how long, and how often right on the tables written by hand.

python benchmarks/answer_check.py: times one check (the least of five repeats, nothing remembered
from the check before), then passes every case of tests/evals/answers/data/answers.txt through our
check and, each within two seconds of a worker process, through math-verify's LaTeX reader; then every
completion of completions.jsonl through both, math-verify finding the answer itself.
"""

from __future__ import annotations

import json
import os
import time
import timeit
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from zoped.evals import answers_match, is_right
from zoped.evals.answers import plain_text, reading
from zoped.evals.answers.math_verify import TIME_LIMIT, _pool
from zoped.evals.answers.numbers import read_number
from zoped.evals.answers.sameness.same_answer import same_answer

DATA = Path(__file__).parents[1] / "tests" / "evals" / "answers" / "data"
KINDS = {
    "an integer": ("7", "7"),
    "a decimal": ("0.25", "1/4"),
    "with thousands": ("1,200", "1200"),
    "a LaTeX fraction": ("\\frac{3}{4}", "3/4"),
    "with a unit": ("12 apples", "12"),
    "a calculation (wrong)": ("3+4", "7"),
    "a tuple": ("(1, 2)", "(1,2)"),
    "a closed form": ("\\sqrt{12}", "2*sqrt(3)"),
    "a form with a variable": ("(x+1)^2", "x^2+2x+1"),
}


@dataclass
class Score:
    """Of one checker on one table."""

    right: int = 0
    too_kind: int = 0
    too_strict: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    killed: int = 0

    def count(self, said: bool, expected: bool, seconds: float) -> None:
        self.right += said is expected
        self.too_kind += said and not expected
        self.too_strict += expected and not said
        self.seconds += seconds
        self.slowest = max(self.slowest, seconds)

    def line(self, name: str, total: int) -> str:
        return (
            f"{name:<12}{self.right:>7}{self.right / total:>8.1%}{self.too_kind:>10}"
            f"{self.too_strict:>12}{self.seconds / total * 1e6:>12.0f}{self.slowest * 1e3:>13.1f}"
            f"{self.killed:>8}"
        )


def microseconds(function, number: int = 1_000) -> float:
    return min(timeit.repeat(function, number=number, repeat=5)) / number * 1e6


def pairs() -> Iterator[tuple[str, str, bool]]:
    for line in (DATA / "answers.txt").read_text(encoding="utf-8").split("\n"):
        if line and not line.startswith("#"):
            gold, rest = line.split(" | ", 1)
            answer, verdict = rest.rsplit(" | ", 1)
            yield gold, answer, verdict == "right"


def completions() -> Iterator[tuple[str, str, bool]]:
    for line in (DATA / "completions.jsonl").read_text(encoding="utf-8").split("\n"):
        if line:
            row = json.loads(line)
            yield row["gold"], row["completion"], row["right"]


def compare(name: str, cases: list[tuple[str, str, bool]], ours_of, *, completion: bool) -> None:
    ours, theirs = Score(), Score()
    for gold, text, expected in cases:
        start = time.perf_counter()
        said = ours_of(text, gold)
        ours.count(said, expected, time.perf_counter() - start)
        start = time.perf_counter()
        request = {"answer": text, "gold": gold, "completion": completion}
        reply = _pool().run(json.dumps(request), TIME_LIMIT)
        theirs.killed += reply is None
        theirs.count(reply is not None and reply["right"], expected, time.perf_counter() - start)
    print(f"\n{len(cases)} {name}; killed: after {TIME_LIMIT:g} s")
    print(
        f"{'':<12}{'agrees':>7}{'':>8}{'too kind':>10}{'too strict':>12}{'mean µs':>12}"
        f"{'slowest ms':>13}{'killed':>8}"
    )
    print(ours.line("ours", len(cases)))
    print(theirs.line("math-verify", len(cases)))


def main() -> None:
    print(f"python benchmarks/answer_check.py; {os.cpu_count()} cores\n")
    print(f"{'one check of':<24}{'µs':>10}{'remembered':>12}")
    for name, (answer, gold) in KINDS.items():
        right = reading.read_answer(gold)

        def cold(answer=answer, right=right) -> bool:
            plain_text.plain_text.cache_clear()
            given = reading.read_answer.__wrapped__(answer)
            return given is not None and same_answer(given, right)

        def warm(answer=answer, gold=gold) -> bool:
            return answers_match(answer, gold)

        print(f"{name:<24}{microseconds(cold, 200):>10.1f}{microseconds(warm, 200):>12.1f}")
    print(f"{'the number alone':<24}{microseconds(lambda: read_number('3/4')):>10.1f}")

    compare("pairs of answers", list(pairs()), answers_match, completion=False)
    compare("completions", list(completions()), is_right, completion=True)


if __name__ == "__main__":
    main()
