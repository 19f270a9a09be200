"""The training data of the embedded teacher, in one file that the training reads."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from random import Random

from pydantic import ValidationError

from zoped.foundation.files import drafted
from zoped.programs.formalizing.own_words import in_own_words
from zoped.programs.teachers.reader.adapter import FORMALIZE, VERBALIZE
from zoped.signatures import as_lines
from zoped.symbolic import MutationRefused, check_problem, mutate, realize
from zoped.train.teacher.example import Example
from zoped.train.teacher.lines import lines_of_equation, lines_of_problem
from zoped.train.teacher.public import public_problems
from zoped.train.teacher.realized import problem_told, realized_examples, rewritten_examples
from zoped.train.teacher.settings import ReaderSettings
from zoped.train.teacher.stories import stories

REDRAWN = ("change_numbers", "two_digit_numbers", "one_digit_numbers")


def make_corpus(
    settings: ReaderSettings, *, on_progress: Callable[[int, int], None] | None = None
) -> list[Example]:
    """The examples in random order, the same for the same settings.

    Public rows come once each. A text stands in it once.
    """
    rng = Random(f"teacher-{settings.seed}")
    public = _public(settings)
    parts = [
        (_formalized(public), settings.public),
        (_redrawn(public, Random(f"{settings.seed}-redrawn")), settings.redrawn),
        (_told(public, Random(f"{settings.seed}-told")), settings.told),
        (_stories(Random(f"{settings.seed}-stories"), settings.retold), settings.stories),
        (realized_examples(Random(f"{settings.seed}-realized")), settings.realized),
        (
            rewritten_examples(
                Random(f"{settings.seed}-rewritten"),
                _texts(public, Random(f"{settings.seed}-texts")),
            ),
            settings.rewritten,
        ),
    ]
    total = sum(count for _, count in parts)
    seen: set[tuple[str, str]] = set()
    examples: list[Example] = []
    for part, count in parts:
        kept = 0
        for example in part:
            if kept == count:
                break
            if (example.task, example.given) in seen:
                continue
            seen.add((example.task, example.given))
            examples.append(example)
            kept += 1
            if on_progress is not None:
                on_progress(len(examples), total)
    rng.shuffle(examples)
    return examples[: settings.examples]


def counts(examples: list[Example]) -> dict[str, int]:
    """How many there are of each task and source."""
    return dict(sorted(Counter(f"{e.task} {e.source.partition(':')[0]}" for e in examples).items()))


def write_corpus(path: Path, examples: list[Example]) -> None:
    with drafted(path) as part, part.open("w", encoding="utf-8") as file:
        for example in examples:
            file.write(json.dumps(asdict(example), ensure_ascii=False) + "\n")


def read_corpus(path: Path) -> list[Example]:
    return [Example(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def _public(settings: ReaderSettings) -> list[tuple[str, str, str]]:
    """(data set, text, lines), short texts first, about: they teach a small model most a token."""
    if settings.data is None:
        return []
    rng = Random(f"{settings.seed}-public")
    rows = [
        (source, text, lines)
        for source, text, formula in public_problems(settings.data)
        if (lines := lines_of_equation(text, formula)) is not None
    ]
    return sorted(rows, key=lambda row: len(row[1]) * (0.5 + rng.random()))


def _formalized(public: list[tuple[str, str, str]]) -> Iterator[Example]:
    for source, text, lines in public:
        yield Example(FORMALIZE, text, lines, source)


def _redrawn(public: list[tuple[str, str, str]], rng: Random) -> Iterator[Example]:
    """Public texts with other numbers, where a text has each of its numbers once; three times each, at most."""
    for source, text, lines in rng.sample(public, len(public)) * 3:
        problem = problem_told(text, lines)
        own = None if problem is None else in_own_words(problem, text)
        if own is None or own is problem:
            continue
        try:
            other = mutate(own, rng.choice(REDRAWN), seed=rng.getrandbits(31))
        except (MutationRefused, ValidationError):
            continue
        retold = realize(other, 0)
        new = lines_of_problem(retold, other)
        if new is not None and check_problem(other).reason is None:
            yield Example(FORMALIZE, retold, new, f"{source}:redrawn")


def _told(public: list[tuple[str, str, str]], rng: Random) -> Iterator[Example]:
    """Public texts to be written from what they say."""
    for source, text, lines in public:
        example = _retelling(text, lines, source, rng)
        if example is not None:
            yield example


def _texts(public: list[tuple[str, str, str]], rng: Random) -> Iterator[tuple[str, str]]:
    """Texts with their lines, of stories and public files in turn."""
    for story in stories(rng):
        lines = lines_of_equation(story.text, story.formula)
        if lines is not None:
            yield story.text, lines
        if public:
            _, text, lines = rng.choice(public)
            yield text, lines


def _stories(rng: Random, retold: float) -> Iterator[Example]:
    for story in stories(rng):
        lines = lines_of_equation(story.text, story.formula)
        if lines is None:
            continue
        if rng.random() >= retold:
            yield Example(FORMALIZE, story.text, lines, "stories")
        elif example := _retelling(story.text, lines, "stories", rng):
            yield example


def _retelling(text: str, lines: str, source: str, rng: Random) -> Example | None:
    """The text from the problem that its lines give; as often as not without the question's words."""
    problem = problem_told(text, lines)
    if problem is None:
        return None
    symbols = as_lines(problem)
    if rng.random() < 0.5:
        symbols = re.sub(r' asked for in "[^\n]*', " asked for", symbols)
    return Example(VERBALIZE, symbols, text, source)
