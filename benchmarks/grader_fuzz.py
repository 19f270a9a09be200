"""No text breaks or delays the grader: millions of gradings of fuzzed and real completions.

python -m benchmarks.grader_fuzz --gradings 10000000 --note FILE: blocks of 10,000 gradings, each a
function of its number, in one process. A third are texts made of what answers are made of, a third
real completions that were damaged (cut, doubled, spliced, characters changed), a third real ones
as they are, for their own answer and for the next number. Real ones are those of
tests/evals/answers/data/completions.jsonl and, where ZOPED_DATA names the shared data sets, their
solutions. FILE is written after every block, and the same command goes on from it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random

from tests.evals.answers.test_answers import GOLDS, PIECES
from zoped.evals.answers.grade import grade

BLOCK = 10_000
COMPLETIONS = (
    Path(__file__).parents[1] / "tests" / "evals" / "answers" / "data" / "completions.jsonl"
)
FRAMES = ("{}", "\\boxed{{{}}}", "The answer is {}.", "#### {}", "<answer>{}</answer>", "so x = {}")


@dataclass
class Note:
    """What is known after so many blocks."""

    blocks: int = 0
    gradings: int = 0
    right: int = 0
    characters: int = 0
    seconds: float = 0.0
    over_10_ms: int = 0
    over_100_ms: int = 0
    slowest_ms: float = 0.0
    slowest: list[str] = field(default_factory=list)
    exceptions: list[str] = field(default_factory=list)
    changed_verdicts: int = 0  # of real completions whose verdict is known


def real_completions() -> list[tuple[str, str, bool | None]]:
    """(text, gold, the verdict if it is known)."""
    rows = [json.loads(line) for line in COMPLETIONS.read_text("utf-8").split("\n") if line]
    found: list[tuple[str, str, bool | None]] = [
        (row["completion"], row["gold"], row["right"]) for row in rows
    ]
    data = Path(os.environ.get("ZOPED_DATA", "data"))
    for path in sorted(data.glob("*/*.jsonl")):
        for line in path.read_text("utf-8").split("\n"):
            row = json.loads(line) if line.strip() else {}
            if row.get("solution") and row.get("answer"):
                found.append((str(row["solution"]), str(row["answer"]), None))
    return found


def damaged(text: str, others: list[tuple[str, str, bool | None]], rng: Random) -> str:
    for _ in range(rng.randrange(1, 5)):
        place, end = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
        kind = rng.randrange(6)
        if kind == 0:
            text = text[:place]
        elif kind == 1:
            text = text[:place] + text[end:]
        elif kind == 2:
            text = text[:end] + text[place:end] * rng.randrange(1, 4) + text[end:]
        elif kind == 3:
            text = text[:place] + rng.choice(PIECES) * rng.choice((1, 1, 2, 30)) + text[place:]
        elif kind == 4:
            text = text[:place] + rng.choice(others)[0][: rng.randrange(200)] + text[end:]
        else:
            text = (
                text[:place]
                + chr(rng.choice((rng.randrange(128), rng.randrange(0x3000))))
                + text[end:]
            )
    return text[-20_000:]


def case(rng: Random, real: list[tuple[str, str, bool | None]]) -> tuple[str, str, bool | None]:
    kind = rng.randrange(3)
    text, gold, verdict = rng.choice(real)
    if kind == 0:
        words = "".join(rng.choice([*PIECES, " "]) for _ in range(rng.randrange(1, 40)))
        return rng.choice(FRAMES).format(words), rng.choice([*GOLDS, gold]), None
    if kind == 1:
        return damaged(text, real, rng), gold, None
    if rng.random() < 0.5 and gold.isdecimal():
        return text, str(int(gold) + 1), None
    return text, gold, verdict


def run_block(number: int, real: list[tuple[str, str, bool | None]], note: Note) -> None:
    rng = Random(f"grader:{number}")
    for _ in range(BLOCK):
        text, gold, verdict = case(rng, real)
        start = time.thread_time()
        try:
            score = grade(text, gold)
        except Exception as error:  # noqa: BLE001
            note.exceptions.append(f"{type(error).__name__}: {error}: {text[:500]!r} for {gold!r}")
            continue
        took = time.thread_time() - start
        note.gradings += 1
        note.right += score == 1.0
        note.characters += len(text)
        note.seconds += took
        note.over_10_ms += took > 0.01
        note.over_100_ms += took > 0.1
        note.changed_verdicts += verdict is not None and verdict is not (score == 1.0)
        if took * 1000 > note.slowest_ms:
            note.slowest_ms, note.slowest = took * 1000, [text[:2_000], gold]
    note.blocks = number + 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--gradings", type=int, default=100_000)
    parser.add_argument("--note", type=Path, help="JSON file to go on from")
    options = parser.parse_args()
    note = Note()
    if options.note and options.note.exists():
        note = Note(**json.loads(options.note.read_text("utf-8")))
    real = real_completions()
    while note.gradings + len(note.exceptions) < options.gradings:
        run_block(note.blocks, real, note)
        if options.note:
            options.note.write_text(json.dumps(asdict(note), indent=1), encoding="utf-8")
    print(f"python {' '.join(sys.argv)}; one process; {len(real):,} real completions\n")
    print(
        f"{note.gradings:,} gradings of {note.characters / 1e6:,.0f} million characters, "
        f"{note.right:,} right, {len(note.exceptions)} exceptions, "
        f"{note.changed_verdicts} other verdicts than the table's"
    )
    print(
        f"{note.seconds / note.gradings * 1e6:.0f} µs each (CPU); over 10 ms {note.over_10_ms:,}, "
        f"over 100 ms {note.over_100_ms:,}; slowest {note.slowest_ms:.0f} ms"
    )
    for line in note.exceptions[:10]:
        print(line)


if __name__ == "__main__":
    main()
