"""Is the solver right? Every equation of eight public data sets, against the gold answers.

    python benchmarks/solver_soundness.py [--data FOLDER]

Each row's equations become a symbolic problem (one for each unknown that is asked for), which
`solve` answers; an answer agrees when it is the gold one as far as the gold one is written. Rows
of `equation_mismatch.tsv` are left out: their own equations do not give their answer. On a sample
SymPy and Z3 solve the same problems and must not disagree with the fast path. The table goes to
benchmarks/results/solver_soundness.txt, every row that does not agree to
benchmarks/results/solver_soundness.tsv.

The data are the folder that ZOPED_DATA names, or ../shared/data; not part of the project.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from itertools import permutations
from pathlib import Path
from random import Random
from typing import Any

from rich.progress import track

from zoped.symbolic import ExpressionError, SymbolicProblem, parse_expression, solve
from zoped.symbolic.language.expression import Expression
from zoped.symbolic.solving.export import expression_to_sympy
from zoped.symbolic.solving.sympy_backend import solve_with_sympy
from zoped.symbolic.solving.z3_backend import solve_with_z3

ROOT = Path(__file__).parents[1]
RESULTS = ROOT / "benchmarks" / "results"
DATA = Path(os.environ.get("ZOPED_DATA", ROOT / ".." / "shared" / "data"))
SETS = (
    "svamp",
    "mawps_addsub",
    "mawps_multiarith",
    "mawps_singleeq",
    "mawps_singleop",
    "alg514",
    "draw1k",
    "mathqa",
    "gsm8k",
)
CROSS_CHECKED = 150  # rows of each set that the other backends solve too
_LITERAL = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")


class UnusableError(ValueError):
    """A row whose equations are no problem of ours; the message is the reason."""


def problems_of(row: dict[str, Any], name: str) -> list[SymbolicProblem]:
    """One problem for each unknown that the row asks for."""
    equations = [_without_mod(equation) for equation in row["equations"]]
    if name == "gsm8k":
        return [_chain(equations)]
    relations: list[Expression] = []
    try:
        for equation in equations:
            left, _, right = equation.partition("=")
            relations.append(parse_expression(f"{left} == {right}"))
        symbols = {s for r in relations for s in r.symbols}
    except ExpressionError as error:
        raise UnusableError(str(error)) from None
    if not symbols:
        raise UnusableError("no unknown")
    return [_problem(sorted(symbols), relations, target) for target in sorted(symbols)]


def _chain(steps: list[str]) -> SymbolicProblem:
    """The calculator steps in order; a number that an earlier step gave is that step's unknown."""
    relations: list[str] = []
    names: dict[Fraction, str] = {}
    for number, step in enumerate(steps):
        left, _, right = step.rpartition("=")
        formula = _LITERAL.sub(lambda m: names.get(Fraction(m[0]), m[0]), left)
        relations.append(f"step_{number} == {formula}")
        try:
            names[Fraction(right)] = f"step_{number}"
        except ValueError:
            raise UnusableError(f"the step {step!r} has no plain result") from None
    return _problem([f"step_{n}" for n in range(len(steps))], relations, f"step_{len(steps) - 1}")


def _problem(
    symbols: list[str], relations: Sequence[str | Expression], target: str
) -> SymbolicProblem:
    try:
        return SymbolicProblem.model_validate(
            {
                "variables": [{"name": name, "domain": "real"} for name in symbols],
                "constraints": relations,
                "target": target,
            }
        )
    except ValueError as error:
        raise UnusableError(str(error).splitlines()[-1].strip()) from None


def _without_mod(text: str) -> str:
    """`Mod(a, b)`, as the data write it, is `((a) % (b))`."""
    while (start := text.find("Mod(")) >= 0:
        depth, comma, place = 0, 0, start + 4
        while depth or text[place] != ")":
            depth += {"(": 1, ")": -1}.get(text[place], 0)
            comma = place if text[place] == "," and not depth else comma
            place += 1
        inner = f"(({text[start + 4 : comma]}) % ({text[comma + 1 : place]}))"
        text = text[:start] + inner + text[place + 1 :]
    return text


def agrees(answers: list[str], gold: list[str], slack: Fraction = Fraction(1, 10**9)) -> bool:
    """Whether some order of the answers has every gold value, as far as it is written."""
    if len(answers) < len(gold):
        return False
    values = [real_value(answer) for answer in answers]
    return any(
        all(_close(value, text, slack) for value, text in zip(order, gold, strict=True))
        for order in permutations(values, len(gold))
    )


def real_value(answer: str) -> float:
    return float(expression_to_sympy(parse_expression(answer), {}).evalf(30))


def _close(value: float, gold: str, slack: Fraction) -> bool:
    """Equal, or the gold value is `value` rounded or cut off where its digits end."""
    wanted = Fraction(gold)
    unit = Fraction(1, 10 ** len(gold.partition(".")[2])) if "." in gold else Fraction(0)
    return abs(Fraction(value) - wanted) <= unit + abs(wanted) * slack


def cross_check(problem: SymbolicProblem, answer: str) -> int:
    """How many of SymPy and Z3 decide the problem otherwise."""
    replies = [solve_with_sympy(problem), solve_with_z3(problem, 5.0)]
    return sum(
        reply["status"] in ("none", "many")
        or (
            reply["status"] == "unique"
            and abs(real_value(reply["answer"]) - real_value(answer)) > 1e-9
        )
        for reply in replies
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    if not options.data.is_dir():
        sys.exit(f"no folder {options.data}; set ZOPED_DATA to the folder of data sets")
    listed = (options.data / "equation_mismatch.tsv").read_text().splitlines()[1:]
    mismatched = {line.split("\t")[0] for line in listed}
    lines = [
        "$ python benchmarks/solver_soundness.py",
        f"{os.cpu_count()} cores; rows whose own equations miss their answer are left out",
        table_head(),
    ]
    faults = ["id\twhat\tanswers\tgold"]
    total: Counter[str] = Counter()
    for name in SETS:
        count = one_set(options.data / name, name, mismatched, faults)
        total.update(count)
        lines.append(table_row(name, count))
        print(lines[-1], flush=True)
    lines.append(table_row("all", total))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "solver_soundness.txt").write_text("\n".join(lines) + "\n")
    (RESULTS / "solver_soundness.tsv").write_text("\n".join(faults) + "\n")
    print("\n".join(lines))


def rows_of(folder: Path) -> list[dict[str, Any]]:
    """All splits of a data set."""
    return [json.loads(line) for file in sorted(folder.glob("*.jsonl")) for line in file.open()]


def one_set(folder: Path, name: str, mismatched: set[str], faults: list[str]) -> Counter[str]:
    rows = rows_of(folder)
    checked = {row["id"] for row in Random(name).sample(rows, min(CROSS_CHECKED, len(rows)))}
    count: Counter[str] = Counter(rows=len(rows))
    for row in track(rows, description=name, transient=True):
        if not row["equations"] or row["id"] in mismatched:
            continue
        gold = [value.strip() for value in row["answer"].split(";")]
        try:
            problems = problems_of(row, name)
        except UnusableError as error:
            faults.append(f"{row['id']}\tnot usable: {error}\t\t{row['answer']}")
            continue
        count["usable"] += 1
        solutions = [solve(problem, time_limit=5.0) for problem in problems]
        answers = [s.answer for s in solutions if s.answer is not None]
        if agrees(answers, gold):
            count["agree"] += 1
        else:
            found = "; ".join(s.answer or s.status for s in solutions)
            near = agrees(answers, gold, slack=Fraction(1, 100))
            why = "the source rounded on the way: within 1 %" if near else "disagrees"
            count["rounded" if near else "wrong"] += 1
            faults.append(f"{row['id']}\t{why}\t{found}\t{row['answer']}")
        if row["id"] in checked:
            pairs = [(p, s.answer) for p, s in zip(problems, solutions, strict=True) if s.answer]
            count["checked"] += len(pairs)
            for problem, answer in pairs:
                wrong = cross_check(problem, answer)
                count["disagree"] += wrong
                if wrong:
                    faults.append(f"{row['id']}\tbackends differ\t{answer}\t{row['answer']}")
    return count


def table_head() -> str:
    return (
        f"{'set':18}{'rows':>7}{'usable':>8}{'agree':>7}{'share':>9}{'rounded':>9}"
        f"{'wrong':>7}  {'cross-checked':>13}{'differ':>8}"
    )


def table_row(name: str, count: Counter[str]) -> str:
    share = count["agree"] / count["usable"] if count["usable"] else 0.0
    return (
        f"{name:18}{count['rows']:7,}{count['usable']:8,}{count['agree']:7,}{share:9.2%}{count['rounded']:9,}"
        f"{count['wrong']:7,}  {count['checked']:13,}{count['disagree']:8,}"
    )


if __name__ == "__main__":
    main()
