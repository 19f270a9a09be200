"""Seeds: word problems with known answers, read from JSON Lines or Parquet (docs/seeds.md has the format)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field, ValidationError, field_validator

from zoped.foundation.errors import ZopedError, did_you_mean, first_fault
from zoped.foundation.json_lines import JSONLinesError, Malformed
from zoped.foundation.models import Model
from zoped.foundation.reading.data_rows import data_rows
from zoped.programs.seeds.exact_number import exact_number
from zoped.programs.seeds.word_problems import MAX_TEXT, answer_text, read_word_problem
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
from zoped.symbolic.language.evaluate import EvaluationError, IrrationalError, evaluate
from zoped.symbolic.language.expression import CONNECTIVES, Apply, Expression, Symbol, walk
from zoped.symbolic.problem import SLOT
from zoped.symbolic.wording.text_checks import missing_givens, numbers_in

_LATEX = re.compile(r"\\[A-Za-z]|^\s*\$[^$]+\$\s*$")
_PERCENT = re.compile(r"(-?\d+(?:\.\d+)?)\s*\\?%")
_ROUNDED = re.compile(r"-?\d*\.(\d{2,})")
_COMMA = re.compile(r"-?[\d.]+,\d+")
_DIGITS = re.compile(r"\d[\d,]*(?:\.\d+)?(?:/\d+)?")


class SeedError(ZopedError, ValueError):
    """A seed file cannot be used; the message starts with file:line."""


@dataclass(frozen=True)
class SeedFault:
    """What is wrong with one line (counted from 1) of a seed file."""

    line: int
    message: str
    is_fatal: bool = True  # or only odd: the seed can be used


class Seed(Model):
    """A word problem with a known answer; `symbols` is its symbolic form, if somebody wrote it.

    `answer` is an exact number in the expression language: "7", "3/4", "sqrt(2)". Some data sets
    give the values of several unknowns, "12; 22": then any one of `answers` is right.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(min_length=1, max_length=200)
    text: str = Field(min_length=1, max_length=MAX_TEXT)
    answer: str
    symbols: SymbolicProblem | None = None
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

    Takes the part after "####" where there is one (GSM8K's own format), and a number in LaTeX (MATH's).
    """
    text = answer_text(answer)
    if text is None:
        raise ValueError(f"answer {answer!r} is not a number")
    parts = text.split(";")
    for place, part in enumerate(parts):
        if is_constant(part):
            if why := _not_computed(part):
                raise ValueError(f"answer '{text[:60]}' cannot be computed: {why}")
        else:
            exact = exact_number(part)
            usable = exact is not None and is_constant(exact)
            if exact is not None and usable and _LATEX.search(part):
                parts[place] = exact
                continue
            hint = f"; write '{exact}'" if usable else _two_readings(part)
            raise ValueError(f"answer '{text[:60]}' is not a number{hint}")
    return ";".join(parts)


def is_constant(text: str) -> bool:
    """Whether the text is a number in the expression language; a comparison is none."""
    try:
        tree = parse_expression(text)
    except ExpressionError:
        return False
    compares = isinstance(tree, Apply) and (tree.is_relation or tree.operator in CONNECTIVES)
    return not tree.symbols and not compares


def _not_computed(text: str) -> str:
    """Why the number that `text` writes is none, or too large a one; empty where it can be computed."""
    for part in walk(parse_expression(text)):
        try:
            if not part.symbols:
                evaluate(part, {})
        except IrrationalError:
            pass
        except EvaluationError as error:
            return str(error)
    return ""


def _two_readings(text: str) -> str:
    """What to choose between where an answer can be read in two ways."""
    if percent := _PERCENT.fullmatch(text.strip()):
        share = Fraction(percent[1]) / 100
        return (
            f"; a share is {share}, the number of percent is {percent[1]}: say which is asked for"
        )
    if _COMMA.fullmatch(text.strip()):
        return "; a decimal has a point, several values are set apart by `;`"
    return ""


def load_seeds(path: str | Path) -> list[Seed]:
    """Every seed of the file; raises SeedError for the first bad line or an unreadable file.

    Rows of well-known data sets and generated problems are read as they are (docs/seeds.md). Checks
    the form only; `check_seeds` also solves the symbolic problems.
    """
    seeds: list[Seed] = []
    for line, result in _read(Path(path)):
        if isinstance(result, str):
            raise SeedError(f"{path}:{line}: {result}")
        seeds.append(result)
    if not seeds:
        raise SeedError(f"{path}: no seeds in it; docs/seeds.md has the format")
    return seeds


def named_seeds(name: str, own: Mapping[str, Callable[[], list[Seed]]]) -> list[Seed]:
    """Those that go by a name of Zoped's own, or else the file's. Raises SeedError."""
    if name in own:
        return own[name]()
    try:
        return load_seeds(name)
    except SeedError as error:
        if Path(name).exists():
            raise
        raise SeedError(f"{error}{did_you_mean(name, own)}") from None


def builtin_seeds() -> list[Seed]:
    """The seeds that come with Zoped, each with its symbolic form."""
    with resources.as_file(resources.files("zoped.programs") / "data" / "seeds.jsonl") as path:
        return load_seeds(path)


def check_seeds(path: str | Path) -> list[SeedFault]:
    """Everything that is wrong with the file or looks odd in it, in the order of its lines.

    Raises SeedError when the file cannot be read at all.
    """
    faults = []
    first: dict[str, tuple[int, str]] = {}  # where a text stands first, and its answer
    count = 0
    for line, result in _read(Path(path)):
        count += 1
        if isinstance(result, str):
            faults.append(SeedFault(line, result))
            continue
        if message := _check_solution(result):
            faults.append(SeedFault(line, message))
            continue
        faults += [SeedFault(line, note, is_fatal=False) for note in _check_text(result)]
        place, answer = first.setdefault(" ".join(result.text.split()), (line, result.answer))
        if place != line:
            same = answer == result.answer
            other = "" if same else f", and another answer ({answer} there, {result.answer} here)"
            message = f"the same text as line {place}{other}"
            faults.append(SeedFault(line, message, is_fatal=not same))
    return faults if count else [SeedFault(1, "the file has no seeds")]


def _check_solution(seed: Seed) -> str | None:
    if seed.symbols is None:
        return None
    check = check_problem(seed.symbols, sense=False)
    if check.reason is not None:
        return f"symbols: {check.reason}: {check.detail}"
    solved = check.solution.answer or ""
    if not any(same_number(solved, answer) for answer in seed.answers):
        return f"the symbolic problem's answer is {solved}, not {seed.answer}"
    if unknown := _unknown_slots(seed.symbols):
        givens = ", ".join(f"{{{v.name}}}" for v in seed.symbols.givens) or "none"
        return f"symbols: a sentence has {{{unknown[0]}}}, which is no given; there are {givens}"
    if (missing := missing_givens(seed.symbols, seed.text)) and (other := _unused_numbers(seed)):
        told = ", ".join(f"{name} = {seed.symbols.variable(name).value}" for name in missing)
        return f"the text does not state {told}; it states {', '.join(map(str, other))}"
    return None


def _check_text(seed: Seed) -> list[str]:
    """What may be meant, and may be a mistake."""
    if seed.symbols is None or not (missing := missing_givens(seed.symbols, seed.text)):
        return []
    told = ", ".join(f"{name} = {seed.symbols.variable(name).value}" for name in missing)
    return [f"the text does not state {told} in digits or number words"]


def _unknown_slots(problem: SymbolicProblem) -> list[str]:
    """Names in braces, in sentences of the user's, that are no given's."""
    givens = {variable.name for variable in problem.givens}
    # Questions are checked where the problem is read.
    sentences = [variable.meaning for variable in problem.variables]
    for constraint in problem.constraints:
        sentences += [constraint.statement or "", *constraint.other_statements]
    return [name for text in sentences for name in SLOT.findall(text) if name not in givens]


def _unused_numbers(seed: Seed) -> list[Fraction]:
    """Numbers in digits that the text states and the symbols do not have."""
    assert seed.symbols is not None
    symbols = seed.symbols.model_dump_json(include={"variables", "constraints", "target", "story"})
    own = {*numbers_in(symbols)}
    return [n for n in numbers_in(" ".join(_DIGITS.findall(seed.text))) if n not in own]


def same_number(solved: str, answer: str) -> bool:
    """Whether two exact numbers, as `is_constant` takes them, are the same: 0.5 and 1/2, 2 + sqrt(5) and
    sqrt(5) + 2. False where the solver cannot tell."""
    left, right = parse_expression(solved), parse_expression(answer)
    return str(left) == str(right) or solve(_difference(left, right)).answer == "0"


def _difference(left: Expression, right: Expression, *bounds: str) -> SymbolicProblem:
    """What x is that is left - right, within the bounds. As trees: each number may be as long as one text
    can be, and the text of both would be too long."""
    x = Symbol("x")
    difference = Apply("==", (x, Apply("-", (left, right))))
    relations: list[Expression] = [difference, *map(parse_expression, bounds)]
    return SymbolicProblem(
        variables=(Variable(name=x.name, domain=Domain.REAL),),
        constraints=tuple(Constraint(relation=relation) for relation in relations),
        target=x,
    )


def answers(solved: str, gold: str) -> bool:
    """Whether `solved`, which is exact, is the number `gold`, or `gold` is its rounded decimal.

    6.67 is 20/3 rounded to its last place; what a decimal writes exactly, such as 6.665, is not 6.67.
    """
    if same_number(solved, gold):
        return True
    places = _ROUNDED.fullmatch(gold.strip())
    if places is None or _is_decimal(solved):
        return False
    half = Fraction(1, 2 * 10 ** len(places[1]))
    bounds = (f"x <= {half}", f"x >= -({half})")
    near = _difference(parse_expression(solved), parse_expression(gold), *bounds)
    return solve(near).status == "unique"


def _is_decimal(number: str) -> bool:
    """Whether finitely many digits write the number exactly."""
    try:
        denominator = Fraction(number).denominator
    except ValueError:
        return False
    for prime in (2, 5):
        while denominator % prime == 0:
            denominator //= prime
    return denominator == 1


def _read(path: Path) -> Iterator[tuple[int, Seed | str]]:
    """(line number, seed or what is wrong with the line) for every line that is not blank."""
    try:
        rows = list(data_rows(path))
    except JSONLinesError as error:
        raise SeedError(str(error)) from None
    seen: dict[str, int] = {}
    for number, row in rows:
        result = row.message if isinstance(row, Malformed) else _seed(row, f"{path.stem}-{number}")
        if isinstance(result, Seed):
            first = seen.setdefault(result.id, number)
            if first != number:
                result = f"id '{result.id}' is already used in line {first}"
        yield number, result


def _seed(row: Any, default_id: str) -> Seed | str:
    if not isinstance(row, dict):
        return f"a seed is a JSON object, not {type(row).__name__}; write one object a line"
    found = read_word_problem(row)
    if isinstance(found, str):
        return found.replace("a problem needs", "a seed needs")
    if not found.foreign and isinstance(row.get("answer"), list):
        either = " where any one of them is right" if row["answer"][1:] else ""
        return f"answer {row['answer']} is a list; write '{found.answer}'{either}"
    # A data set is not for its reader to mend: LaTeX of one reading is read.
    exact = exact_number(found.answer) if found.foreign else None
    values = {"id": found.id or default_id, "text": found.text, "answer": exact or found.answer}
    try:
        return Seed.model_validate({**values, **(found.rest or {})})
    except ValidationError as error:
        # The message of an answer says already what it is about.
        return first_fault(error).removeprefix("answer: ")
