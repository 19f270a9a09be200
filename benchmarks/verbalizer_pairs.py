"""The learnt verbalizer against the rules: the same problems told by both, to be read blind, and counted.

    python -m benchmarks.verbalizer_pairs write pairs.txt --texts texts --keep replies.jsonl
    python -m benchmarks.verbalizer_pairs count verdicts.txt --keep replies.jsonl

The problems are the first of those that benchmarks.embedded_teacher_writing has told, of structures that
nothing was learnt from. `write` writes each problem's symbols and its two texts as A and B, at random by a
fixed seed, and all texts of either kind as JSON lines into the folder `--texts`, for `zoped diversity`. A
person then writes a line a pair, `number, better, fault of A, fault of B`: better is A, B or =, which is more
natural English; a fault is `-`, `stiff` (right, but nobody writes so), `lacks` (says too little, or two things at
once), or `wrong` (another problem than the symbols). `count` says who that was, and what of the learnt texts would be
accepted: those that the embedded reader reads back.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random

from benchmarks.asking_reader import add_options, asker, messages
from benchmarks.embedded_teacher_writing import READINGS, is_read_back, is_whole
from zoped.programs.teachers.reader.adapter import FORMALIZE, GRAMMAR, VERBALIZE
from zoped.signatures import as_lines
from zoped.train.teacher.realized import Made, made_problems

FAULTS = ("-", "stiff", "lacks", "wrong")
LEARNT, RULES = "learnt", "rules"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("what", choices=["write", "count"])
    parser.add_argument("file", type=Path, help="of the pairs, or of the verdicts")
    parser.add_argument("--pairs", type=int, default=100)
    parser.add_argument("--texts", type=Path, help="folder for all texts")
    add_options(parser)
    options = parser.parse_args()
    ask = asker(options)
    made = list(islice(made_problems(Random("retold"), held_out=True), options.pairs))
    asked = [(messages(VERBALIZE, as_lines(each.problem)), 0) for each in made]
    told = [text.strip() for text, _ in ask(asked, {})]
    if options.what == "write":
        options.file.write_text(_pairs(made, told), encoding="utf-8")
        if options.texts is not None:
            _write_texts(options.texts, made, told)
    else:
        print(f"python -m benchmarks.verbalizer_pairs {' '.join(sys.argv[1:])}")
        jobs = [(messages(FORMALIZE, text), seed) for text in told for seed in range(READINGS)]
        readings = [reply for reply, _ in ask(jobs, {"grammar": GRAMMAR})]
        back = [
            is_read_back(readings[READINGS * i : READINGS * (i + 1)], text, each.answer)
            for i, (each, text) in enumerate(zip(made, told, strict=True))
        ]
        _count(options.file, made, told, back)


def _order(pairs: int) -> list[bool]:
    """Whether A is the learnt text."""
    rng = Random("blind")
    return [rng.random() < 0.5 for _ in range(pairs)]


def _pairs(made: list[Made], told: list[str]) -> str:
    blocks = []
    for number, (each, text, first) in enumerate(zip(made, told, _order(len(made)), strict=True)):
        a, b = (text, each.text) if first else (each.text, text)
        blocks.append(f"{number}\n{as_lines(each.problem)}\nA: {a}\nB: {b}\n")
    return "\n".join(blocks)


def _write_texts(folder: Path, made: list[Made], told: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, texts in ((LEARNT, told), (RULES, [each.text for each in made])):
        lines = (json.dumps({"question": text}, ensure_ascii=False) + "\n" for text in texts)
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")


def _count(path: Path, made: list[Made], told: list[str], back: list[bool]) -> None:
    verdicts = _verdicts(path, len(made))
    better: Counter[str] = Counter()
    faults = {LEARNT: Counter[str](), RULES: Counter[str]()}
    where_whole: Counter[str] = Counter()
    where_back: Counter[str] = Counter()
    for number, first in enumerate(_order(len(made))):
        choice, of_a, of_b = verdicts[number]
        names = (LEARNT, RULES) if first else (RULES, LEARNT)
        better[{"A": names[0], "B": names[1], "=": "neither"}[choice]] += 1
        faults[names[0]][of_a] += 1
        faults[names[1]][of_b] += 1
        of_learnt = of_a if first else of_b
        where_whole[of_learnt] += is_whole(made[number], told[number])
        where_back[of_learnt] += back[number] and is_whole(made[number], told[number])
    print(f"{len(made)} pairs; more natural: {_told(better, (LEARNT, RULES, 'neither'))}")
    for name, found in faults.items():
        print(f"{name:7} {_told(found, FAULTS)}")
    print(
        f"of the {where_whole.total()} learnt texts that state every given and not the answer: "
        f"{_told(where_whole, FAULTS)}"
    )
    print(f"of the {where_back.total()} of these that are read back: {_told(where_back, FAULTS)}")


def _verdicts(path: Path, pairs: int) -> dict[int, tuple[str, str, str]]:
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        number, better, of_a, of_b = (part.strip() for part in line.split(","))
        if better not in ("A", "B", "=") or of_a not in FAULTS or of_b not in FAULTS:
            raise SystemExit(f"{path}: {line}: no verdict")
        found[int(number)] = (better, of_a, of_b)
    if sorted(found) != list(range(pairs)):
        raise SystemExit(f"{path}: verdicts of {len(found)} pairs, not of {pairs}")
    return found


def _told(count: Counter[str], names: tuple[str, ...]) -> str:
    return ", ".join(f"{count[name]} {'without fault' if name == '-' else name}" for name in names)


if __name__ == "__main__":
    main()
