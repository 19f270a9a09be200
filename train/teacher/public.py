"""Texts of public training files with formulas over their numbers.

Only files whose licence lets what was learnt from them be passed on: SVAMP and GSM8K (MIT). MathQA
(Apache-2.0) is left out: many of its formulas give the answer by coincidence, `(x + 3)*2/7` for the
number of solutions of an equation with 3, 4 and 7. No file that anything is measured on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from zoped.foundation.errors import ZopedError
from zoped.symbolic.language.evaluate import evaluate
from zoped.symbolic.language.parse import ExpressionError, parse_expression

FILES = ("svamp/train.jsonl", "gsm8k/train.jsonl")
LICENCES = ("MIT", "Apache-2.0")
DROPPED = ("near_duplicates.tsv", "equation_mismatch.tsv")  # ids to leave out, in the first column
MOST_WORDS = 80  # of a text, and
MOST_STEPS = 7  # of its solution: longer ones cost more than a small model learns from them
_PLAIN = re.compile(r"[-+*/(). \d]+")
_LITERAL = re.compile(r"\d+(?:\.\d+)?|\.\d+")


class PublicDataError(ZopedError, ValueError):
    """A data folder that cannot be used."""


def public_problems(folder: Path) -> Iterator[tuple[str, str, str]]:
    """(data set, text, formula) of every usable row. Raises PublicDataError."""
    require_files(folder)
    dropped = set()
    for name in DROPPED:
        path = folder / name
        if path.is_file():
            dropped |= {line.split("\t")[0] for line in path.read_text().splitlines()[1:]}
    for name in FILES:
        path = folder / name
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                row = json.loads(line)
                ident, text, answer = row["id"], row["question"], row["answer"]
                equations, licence = row["equations"] or [], row["license"]
            except (ValueError, KeyError, TypeError) as error:
                raise PublicDataError(
                    f"{path}:{number}: {error!r}; no row of that format"
                ) from None
            if ident in dropped or not licence.startswith(LICENCES):
                continue
            if len(text.split()) > MOST_WORDS or len(equations) > MOST_STEPS:
                continue
            formula = formula_of(equations, answer)
            if formula is not None:
                yield name.split("/")[0], text, formula


def require_files(folder: Path) -> None:
    """Raise PublicDataError where one of the files is missing."""
    for path in (folder / name for name in FILES):
        if not path.is_file():
            raise PublicDataError(
                f"{path}: no such file; --data is a folder with {' and '.join(FILES)} in the format of "
                "docs/embedded-teacher.md"
            )


def formula_of(equations: list[str], answer: str) -> str | None:
    """One formula out of `x=...` or of steps in a row, `48/2=24` and `48+24=72`; None where it does not
    give the answer."""
    done: dict[Fraction, str] = {}
    formula = ""
    for equation in equations:
        left, _, right = equation.replace("**", "^").partition("=")
        formula, result = (right, "") if left.strip() == "x" else (left, right)
        formula = formula.replace("^", "**").strip()
        if not _PLAIN.fullmatch(formula):
            return None
        if result:
            formula = _LITERAL.sub(lambda m: done.get(Fraction(m[0]), m[0]), formula)
            if not _LITERAL.fullmatch(result.strip()):
                return None
            done[Fraction(result.strip())] = f"({formula})"
    try:
        if formula and evaluate(parse_expression(formula), {}) == Fraction(answer):
            return formula
    except (ExpressionError, ValueError, ArithmeticError):
        pass
    return None
