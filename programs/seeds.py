"""Seeds: word problems with known answers, read from JSON Lines (docs/seeds.md has the format)."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from zoped.foundation.errors import ZopedError
from zoped.symbolic import (
    Constraint,
    Domain,
    ExpressionError,
    SymbolicProblem,
    Variable,
    check_problem,
    parse_expression,
    solve,
)

FIELDS = ("id", "text", "answer", "topic", "level", "source", "problem")
ALIASES = {"question": "text"}
# Fields of well-known data sets that say nothing we need.
IGNORED = frozenset({"solution", "equations", "license"})
MAX_TEXT = 8_000  # characters
_NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:/\d+)?")


class SeedError(ZopedError, ValueError):
    """A seed file cannot be used; the message starts with file:line."""


@dataclass(frozen=True)
class SeedFault:
    """What is wrong with one line (counted from 1) of a seed file."""

    line: int
    message: str


class Seed(BaseModel):
    """A word problem with a known answer; `problem` is its symbolic form, if somebody wrote it.

    `answer` is an exact number in the expression language: "7", "3/4", "sqrt(2)". Some data sets
    give the values of several unknowns, "12; 22": then any one of `answers` is right.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=MAX_TEXT)
    answer: str
    problem: SymbolicProblem | None = None
    topic: str = ""
    level: str = ""
    source: str = ""

    @field_validator("text")
    @classmethod
    def _text_has_words(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("the text is empty")
        return text

    @field_validator("answer", mode="before")
    @classmethod
    def _answer_is_a_number(cls, answer: Any) -> str:
        return read_answer(answer)

    @property
    def answers(self) -> tuple[str, ...]:
        """The accepted answers, one for most seeds."""
        return tuple(part.strip() for part in self.answer.split(";"))


def read_answer(answer: Any) -> str:
    """The answer as text in the expression language; raises ValueError with what to write.

    Takes the part after "####" where there is one (GSM8K's own format).
    """
    if isinstance(answer, bool) or not isinstance(answer, int | float | str):
        raise ValueError(f"answer {answer!r} is not a number")
    text = str(answer).rpartition("####")[2].strip()
    if "####" in str(answer):
        text = text.replace(",", "")
    for part in text.split(";"):
        try:
            symbols = parse_expression(part).symbols
        except ExpressionError:
            symbols = frozenset({""})
        if symbols:
            found = _NUMBER.search(part)
            hint = f"; write '{found[0].replace(',', '')}'" if found else ""
            raise ValueError(f"answer '{text[:60]}' is not a number{hint}")
    return text


def load_seeds(path: str | Path) -> list[Seed]:
    """Every seed of the file; raises SeedError for the first bad line or an unreadable file.

    Checks the form only; `check_seeds` also solves the symbolic problems.
    """
    seeds: list[Seed] = []
    for line, result in _read(Path(path)):
        if isinstance(result, str):
            raise SeedError(f"{path}:{line}: {result}")
        seeds.append(result)
    if not seeds:
        raise SeedError(f"{path}: no seeds in it; docs/seeds.md has the format")
    return seeds


def builtin_seeds() -> list[Seed]:
    """The seeds that come with Zoped, each with its symbolic form."""
    with resources.as_file(resources.files("zoped.programs") / "data" / "seeds.jsonl") as path:
        return load_seeds(path)


def check_seeds(path: str | Path) -> list[SeedFault]:
    """Everything that is wrong with the file, in the order of its lines.

    Raises SeedError when the file cannot be read at all.
    """
    faults = []
    count = 0
    for line, result in _read(Path(path)):
        count += 1
        message = result if isinstance(result, str) else _check_solution(result)
        if message:
            faults.append(SeedFault(line, message))
    return faults if count else [SeedFault(1, "the file has no seeds")]


def _check_solution(seed: Seed) -> str | None:
    if seed.problem is None:
        return None
    check = check_problem(seed.problem, sense=False)
    if check.reason is not None:
        return f"problem: {check.reason}: {check.detail}"
    solved = check.solution.answer or ""
    if not any(same_number(solved, answer) for answer in seed.answers):
        return f"the symbolic problem's answer is {solved}, not {seed.answer}"
    return None


def same_number(solved: str, answer: str) -> bool:
    """Whether two exact numbers are the same: 0.5 and 1/2, 2 + sqrt(5) and sqrt(5) + 2."""
    left, right = parse_expression(solved), parse_expression(answer)
    if str(left) == str(right):
        return True
    difference = SymbolicProblem(
        variables=(Variable(name="x", domain=Domain.REAL),),
        constraints=(Constraint(relation=parse_expression(f"x == {left} - ({right})")),),
        target=parse_expression("x"),
    )
    return solve(difference).answer == "0"


def _read(path: Path) -> Iterator[tuple[int, Seed | str]]:
    """(line number, seed or what is wrong with the line) for every line that is not blank."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SeedError(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise SeedError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})") from None
    seen: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        result = _read_line(line, default_id=f"{path.stem}-{number}")
        if isinstance(result, Seed):
            first = seen.setdefault(result.id, number)
            if first != number:
                result = f"id '{result.id}' is already used in line {first}"
        yield number, result


def _read_line(line: str, default_id: str) -> Seed | str:
    try:
        row = json.loads(line)
    except (json.JSONDecodeError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deep"
        place = f", column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        return f"not valid JSON: {reason}{place}"
    if not isinstance(row, dict):
        return f"a seed is a JSON object, not {type(row).__name__}"
    row = {key: value for key, value in row.items() if key not in IGNORED}
    for alias, field in ALIASES.items():
        if alias in row and field in row:
            return f"both '{field}' and '{alias}' are given; they are the same field"
        if alias in row:
            row[field] = row.pop(alias)
    unknown = [key for key in row if key not in FIELDS]
    if unknown:
        near = difflib.get_close_matches(unknown[0], (*FIELDS, *ALIASES), n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"the fields are {', '.join(FIELDS)}"
        return f"unknown field '{unknown[0]}'; {hint}"
    missing = [key for key in ("text", "answer") if key not in row]
    if missing:
        return f"no '{missing[0]}'; a seed needs at least a text and an answer"
    row.setdefault("id", default_id)
    try:
        return Seed.model_validate(row)
    except ValidationError as error:
        return _first_error(error)


def _first_error(error: ValidationError) -> str:
    """ "problem.variables.2.domain: ..." for the first fault, and how many more there are."""
    faults = error.errors(include_url=False)
    place = ".".join(str(part) for part in faults[0]["loc"])
    message = str(faults[0]["msg"]).removeprefix("Value error, ")
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{message}{more}" if place == "answer" else f"{place}: {message}{more}"
