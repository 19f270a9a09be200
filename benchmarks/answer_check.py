"""Checking answers: how long, and how often right on the table written by hand.

python benchmarks/answer_check.py: times one check (the least of five repeats of 1,000, nothing
remembered from the check before), then passes every case of tests/evals/answers/data/answers.txt through our
check and, each within two seconds of a worker process, through math-verify's LaTeX reader.
"""

from __future__ import annotations

import json
import os
import timeit
from pathlib import Path

from zoped.evals import answers_match
from zoped.evals.answers import match as answers
from zoped.evals.answers.math_verify import TIME_LIMIT, _pool
from zoped.evals.answers.numbers import read_number

TABLE = Path(__file__).parents[1] / "tests" / "evals" / "answers" / "data" / "answers.txt"
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


def microseconds(function, number: int = 1_000) -> float:
    return min(timeit.repeat(function, number=number, repeat=5)) / number * 1e6


def main() -> None:
    print(f"python benchmarks/answer_check.py; {os.cpu_count()} cores\n")
    print(f"{'one check of':<24}{'µs':>10}{'remembered':>12}")
    for name, (answer, gold) in KINDS.items():
        right = answers._read(gold)

        def cold(answer=answer, right=right) -> bool:
            given = answers._read.__wrapped__(answer)
            return given is not None and answers._same(given, right)

        def warm(answer=answer, gold=gold) -> bool:
            return answers_match(answer, gold)

        print(f"{name:<24}{microseconds(cold, 200):>10.1f}{microseconds(warm, 200):>12.1f}")
    print(f"{'the number alone':<24}{microseconds(lambda: read_number('3/4')):>10.1f}")

    ours = theirs = slow = total = 0
    too_kind = too_strict = 0
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        gold, rest = line.split(" | ", 1)
        answer, verdict = rest.rsplit(" | ", 1)
        total += 1
        ours += answers_match(answer, gold) is (verdict == "right")
        reply = _pool().run(json.dumps({"answer": answer, "gold": gold}), TIME_LIMIT)
        slow += reply is None
        said = reply is not None and reply["right"]
        theirs += said is (verdict == "right")
        too_kind += said and verdict == "wrong"
        too_strict += not said and verdict == "right"
    print(f"\nof {total} cases of the table as it says: ours {ours}, math-verify {theirs}")
    print(
        f"math-verify: {too_kind} wrong answers counted as right, {too_strict} right ones as wrong, "
        f"{slow} killed after {TIME_LIMIT:g} s"
    )


if __name__ == "__main__":
    main()
