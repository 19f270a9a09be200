"""Word problems as data sets and Zoped itself write them: one JSON object a line, read as it is.

GSM8K has `question` and a solution that ends in `#### 7`; SVAMP `Body`, `Question` and `Answer`; MATH
`problem`, a `solution` with its answer in a box, `level`, `subject`. What `zoped generate` writes, and
the problems of a run's round, are read too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from zoped.foundation.errors import ZopedError, did_you_mean
from zoped.foundation.json_lines import Malformed
from zoped.foundation.reading.data_rows import data_rows
from zoped.foundation.words import word_set

FIELDS = ("id", "text", "answer", "topic", "level", "source", "symbols")
# Other names of the text and of the answer, in the order in which they are looked for.
TEXTS = ("text", "question", "problem", "input", "sQuestion", "Question")
ANSWERS = (
    "answer",
    "Answer",
    "final_answer",
    "final_ans",
    "target",
    "lSolutions",
    "numerical_answer",
)
# What these programs write beside a problem, and fields of well-known data sets; not needed here.
WRITTEN = word_set(
    "seed_id move depth arguments fingerprint instance_key pass_rate passes rollouts round "
    "realization wording chain"
)
DATA_SETS = word_set(
    "solution equations license ID Body Equation Type question_concat subject level unique_id type "
    "url year split lEquations iIndex lAlignments lQueryVars formula code rationale"
)
MAX_TEXT = 8_000  # characters
MOST_DIGITS = 400  # of a JSON number
_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")


class WordProblemError(ZopedError, ValueError):
    """A file of word problems cannot be used; the message starts with file:line."""


@dataclass(frozen=True)
class WordProblem:
    """A question with its right answer, as text: a number, LaTeX, a word. `rest` are the other fields
    that a seed has; `foreign` says that the row has a data set's form, not Zoped's."""

    text: str
    answer: str
    id: str = ""
    rest: Mapping[str, Any] | None = None
    foreign: bool = False


def load_word_problems(path: str | Path) -> list[WordProblem]:
    """The problems of a JSON Lines or Parquet file, or of a folder of Parquet files, with any answer
    that is not empty. Raises WordProblemError, or JSONLinesError for a file that cannot be read."""
    path = Path(path)
    problems = []
    for number, row in data_rows(path):
        found = row.message if isinstance(row, Malformed) else read_word_problem(row)
        if not isinstance(found, str) and len(found.text) > MAX_TEXT:
            found = f"the text has {len(found.text):,} characters; the limit is {MAX_TEXT:,}"
        if isinstance(found, str):
            raise WordProblemError(f"{path}:{number}: {found}")
        name = found.id or f"{path.stem}-{number}"
        problems.append(WordProblem(found.text, found.answer, name, found.rest, found.foreign))
    if not problems:
        raise WordProblemError(f"{path}: no problems in it; docs/seeds.md has the format")
    return problems


def read_word_problem(row: Any) -> WordProblem | str:
    """The row's problem, or what is wrong with it."""
    if not isinstance(row, dict):
        return f"expected a JSON object, found a {type(row).__name__}"
    if "text" in row and "question" in row:
        return "both 'text' and 'question' are given; they are the same field"
    if not isinstance(row.get("problem", ""), str):  # the name of `symbols` before 0.2
        row = {("symbols" if name == "problem" else name): value for name, value in row.items()}
    text_field = next((name for name in TEXTS if isinstance(row.get(name), str)), None)
    answer_field = next((name for name in ANSWERS if name in row), None)
    foreign = text_field not in (None, "text") and not (WRITTEN & row.keys())
    fault = _unknown_field(row, {text_field, answer_field} - {None}, foreign)
    if fault:
        return fault
    if text_field is None:
        wrong = next((name for name in TEXTS if name in row), None)
        return (
            f"{wrong}: a text is needed, not {row[wrong]!r}"
            if wrong
            else "no 'text'; a problem needs at least a text and an answer"
        )
    text = row[text_field]
    if isinstance(row.get("Body"), str) and "Question" in row:  # SVAMP tells the story apart
        text = f"{row['Body'].strip().rstrip('.')}. {str(row['Question']).strip()}"
    if not text.strip():
        return f"{text_field}: the text is empty"
    answer = row[answer_field] if answer_field else _boxed(row.get("solution"))
    if answer is None and answer_field is None:
        return "no 'answer'; a problem needs at least a text and an answer"
    written = answer_text(answer)
    if written is None:
        return f"answer {answer!r} is not a number or a text"
    if not written:
        return "answer: it is empty"
    rest = {name: row[name] for name in ("topic", "source", "symbols") if name in row}
    if "level" in row:
        rest["level"] = str(row["level"])  # MATH's is a number in one copy, a text in another
    id_ = row.get("id", row.get("ID", row.get("unique_id")))
    if id_ is not None and (isinstance(id_, bool) or not isinstance(id_, str | int)):
        return f"id: a text is needed, not {id_!r}"
    return WordProblem(text, written, "" if id_ is None else str(id_), rest, foreign)


def answer_text(answer: Any) -> str | None:
    """The answer as text; None for what is none. Of GSM8K's solution it is the part behind `####`;
    a JSON number is written out: 7.0 is "7", 1e-7 is "1/10000000"."""
    if isinstance(answer, list) and answer and all(map(_is_number, answer)):
        return "; ".join(str(answer_text(value)) for value in answer)
    if _is_number(answer):
        return _written_out(answer)
    if not isinstance(answer, str):
        return None
    _, mark, end = answer.rpartition("####")
    return end.strip().replace(",", "") if mark else answer.strip()


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _written_out(number: float) -> str | None:
    value = Decimal(repr(number))
    if not value.is_finite() or abs(value.adjusted()) > MOST_DIGITS:
        return None
    if value == value.to_integral_value():
        return str(int(value))
    return str(number) if "e" not in repr(number) else str(Fraction(value))


def _boxed(solution: Any) -> str | None:
    """What stands in the last box of MATH's own solutions."""
    boxes = list(_BOX.finditer(solution)) if isinstance(solution, str) else []
    if not boxes:
        return None
    depth, start = 1, boxes[-1].end()
    for place in range(start, len(solution)):
        depth += {"{": 1, "}": -1}.get(solution[place], 0)
        if not depth:
            return str(solution[start:place])
    return None


def _unknown_field(row: Mapping[str, Any], used: set[str | None], foreign: bool) -> str:
    """What to say of a field that may be a misspelt one of ours; a data set may have others."""
    known = {*FIELDS, *TEXTS, *ANSWERS, *WRITTEN, *DATA_SETS}
    for name in row:
        if name in known or name in used:
            continue
        near = did_you_mean(name, (*FIELDS, "question"), quote="'")
        if near or not foreign:
            fields = f"; the fields are {', '.join(FIELDS)}"
            return f"unknown field '{name}'{near or fields}"
    return ""
