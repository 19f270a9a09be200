"""The training data of the embedded teacher, in one file that the training reads."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from random import Random

from zoped.foundation.files import drafted
from zoped.programs.teachers.reader.adapter import FORMALIZE, VERBALIZE
from zoped.train.teacher.example import Example
from zoped.train.teacher.lines import lines_of_equation
from zoped.train.teacher.public import public_problems
from zoped.train.teacher.realized import realized_examples, rewritten_examples
from zoped.train.teacher.settings import ReaderSettings
from zoped.train.teacher.stories import stories


def make_corpus(
    settings: ReaderSettings, *, on_progress: Callable[[int, int], None] | None = None
) -> list[Example]:
    """The examples in random order, the same for the same settings.

    Public rows come once each. A text stands in it once.
    """
    rng = Random(f"teacher-{settings.seed}")
    parts = [
        (_public(settings, Random(f"{settings.seed}-public")), settings.public),
        (_stories(Random(f"{settings.seed}-stories"), settings.retold), settings.stories),
        (realized_examples(Random(f"{settings.seed}-realized")), settings.realized),
        (rewritten_examples(Random(f"{settings.seed}-rewritten")), settings.rewritten),
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
    return examples


def counts(examples: list[Example]) -> dict[str, int]:
    """How many there are of each task and source."""
    return dict(sorted(Counter(f"{e.task} {e.source.partition(':')[0]}" for e in examples).items()))


def write_corpus(path: Path, examples: list[Example]) -> None:
    with drafted(path) as part, part.open("w", encoding="utf-8") as file:
        for example in examples:
            file.write(json.dumps(asdict(example), ensure_ascii=False) + "\n")


def read_corpus(path: Path) -> list[Example]:
    return [Example(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def _public(settings: ReaderSettings, rng: Random) -> Iterator[Example]:
    if settings.data is None:
        return
    rows = []
    for source, text, formula in public_problems(settings.data):
        lines = lines_of_equation(text, formula)
        if lines is not None:
            rows.append(Example(FORMALIZE, text, lines, source))
    # Short and simple texts teach a small model most a token: SVAMP's come first, about.
    yield from sorted(rows, key=lambda row: rng.random() * (1 if row.source == "svamp" else 3))


def _stories(rng: Random, retold: float) -> Iterator[Example]:
    for story in stories(rng):
        lines = lines_of_equation(story.text, story.formula)
        if lines is None:
            continue
        if rng.random() < retold:
            yield Example(VERBALIZE, lines, story.text, "stories")
        else:
            yield Example(FORMALIZE, story.text, lines, "stories")
