"""Soundness: the solver's answers against the gold answers of public word-problem sets.

Run: python benchmarks/solver_soundness.py [--data FOLDER] [--sample N] [--output FOLDER]

Every row with equations becomes a symbolic problem: the equations are the constraints, every name
in them an unknown. GSM8K's calculator steps are chained: a number that an earlier step resulted in
is that step's unknown. `solve` must find each gold value. Rows that the data's own list of wrong
equations (equation_mismatch.tsv) names are left out of the rate. Then every backend that answers
alone is compared with the others, on all rows of the equation systems and on a sample of the rest.

Writes solver_soundness.txt and solver_soundness_disagreements.tsv. The data is looked for in
$ZOPED_DATA, else in ../shared/data next to the repository. About five minutes on two cores.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from zoped.symbolic import ExpressionError, SymbolicProblem, parse_expression, solve
from zoped.symbolic.enumeration import solve_by_enumeration
from zoped.symbolic.linear import solve_linear
from zoped.symbolic.problem import parse_number
from zoped.symbolic.sympy_backend import solve_with_sympy
from zoped.symbolic.z3_backend import solve_with_z3

ROOT = Path(__file__).parents[1]
DATA = Path(os.environ.get("ZOPED_DATA", ROOT / ".." / "shared" / "data"))
SETS = {
    "SVAMP": "svamp",
    "MAWPS AddSub": "mawps_addsub",
    "MAWPS MultiArith": "mawps_multiarith",
    "MAWPS SingleEq": "mawps_singleeq",
    "MAWPS SingleOp": "mawps_singleop",
    "Alg514": "alg514",
    "DRAW-1K": "draw1k",
    "MathQA, verified": "mathqa",
    "GSM8K": "gsm8k",
}
SYSTEMS = ("alg514", "draw1k")
BAR = 0.995
_LITERAL = re.compile(r"(?<![\w.])(?:\d+\.?\d*|\.\d+)")


@dataclass
class Outcome:
    """What became of one row: "agree", "disagree", "unsupported" or "unusable"."""

    row: dict[str, Any]
    result: str
    found: str = ""
    reason: str = ""
    problems: list[SymbolicProblem] = field(default_factory=list)


class _Remainders(ast.NodeTransformer):
    """MathQA writes a remainder as Mod(a, b), the expression language as a % b."""

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "Mod":
            return ast.BinOp(node.args[0], ast.Mod(), node.args[1])
        return node


def formula(text: str) -> str:
    """A side of an equation in the expression language."""
    text = text.strip().replace("^", "**")
    if "Mod(" in text:
        text = ast.unparse(_Remainders().visit(ast.parse(text, mode="eval")))
    return text


def system(equations: list[str]) -> list[SymbolicProblem]:
    """The equations as they stand: one problem an unknown, which is its target."""
    constraints = [" == ".join(formula(side) for side in text.split("=")) for text in equations]
    names = sorted({n for side in constraints for s in side.split("==") for n in symbols(s)})
    variables = [{"name": name, "domain": "real"} for name in names]
    return [
        SymbolicProblem.model_validate(
            {"variables": variables, "constraints": constraints, "target": name}
        )
        for name in names
    ]


def symbols(text: str) -> frozenset[str]:
    return parse_expression(text).symbols


def chain(equations: list[str]) -> list[SymbolicProblem]:
    """Calculator steps, one unknown each; the last one is the target."""
    results: dict[str, str] = {}
    constraints = []
    for number, equation in enumerate(equations):
        left, right = equation.split("=")
        name = f"step_{number}"
        text = _LITERAL.sub(lambda match: results.get(match[0]) or match[0], formula(left))
        constraints.append(f"{name} == {text}")
        results[right.strip()] = name
    variables = [{"name": f"step_{number}", "domain": "real"} for number in range(len(equations))]
    return [
        SymbolicProblem.model_validate(
            {"variables": variables, "constraints": constraints, "target": name}
        )
    ]


def agrees(found: str, gold: str) -> bool:
    """Exactly equal, or equal when rounded to the digits that the gold answer gives."""
    try:
        value = parse_number(found)
    except ValueError:
        return False
    wanted = parse_number(gold)
    if value == wanted:
        return True
    if "." not in gold:
        return False
    return abs(value - wanted) <= Fraction(1, 2 * 10 ** len(gold.split(".")[1]))


def outcome(row: dict[str, Any]) -> Outcome:
    """Solve the row's equations and look for every gold value among the unknowns' values."""
    try:
        problems = (chain if row["id"].startswith("gsm8k") else system)(row["equations"])
        golds = [gold.strip() for gold in row["answer"].split(";")]
        for gold in golds:
            parse_number(gold)
    except (ExpressionError, ValueError) as error:
        return Outcome(row, "unusable", reason=str(error).splitlines()[0])
    found = []
    for problem in problems:
        solution = solve(problem)
        if solution.status in ("unsupported", "timeout"):
            reason = f"{solution.status}: {solution.detail}"
            return Outcome(row, "unsupported", reason=reason, problems=problems)
        found.append(solution.answer or solution.status)
    left = list(found)
    for gold in golds:
        match = next((value for value in left if agrees(value, gold)), None)
        if match is None:
            return Outcome(row, "disagree", "; ".join(found), problems=problems)
        left.remove(match)
    return Outcome(row, "agree", "; ".join(found), problems=problems)


def rows_of(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--sample", type=int, default=500, help="rows a set for the backends")
    parser.add_argument("--output", type=Path, default=ROOT / "benchmarks" / "results")
    options = parser.parse_args()
    for title, name in SETS.items():
        c = Counter()
        for row in track(list(rows_of(options.data / name)), title):
            if not row["equations"]:
                c["none"] += 1
                continue
            o = outcome(row)
            c[o.result] += 1
            if o.result != "agree":
                print(row["id"], o.result, o.found, "gold", row["answer"], o.reason, row["equations"])
        print(title, dict(c))


if __name__ == "__main__":
    main()
