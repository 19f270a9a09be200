"""How many word problems the embedded reader formalizes, before and after its training, at 1 and 8 samples.

    python -m benchmarks.embedded_teacher_reading --problems 60

AddSub, MultiArith, SingleEq and SVAMP (their `test` files in `ZOPED_DATA`, none of which is learnt from) and
problems realized from operators, of structures that are held out of the training. Each text is asked
for `--samples` times at temperature 0.7, as the last of `--shown` worked examples where the model has not
been trained. A sample passes when it can be read, the solver proves one answer, and that is the known
one. Pass at 1 is the mean share of passing samples; pass at n counts texts with a sample that passes. The
subsets are drawn by a fixed seed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random

from pydantic import ValidationError

from benchmarks.asking_reader import Ask, Messages, add_options, asker, messages, speed
from zoped.programs.seeds import answers, read_answer
from zoped.programs.teachers.reader.adapter import FORMALIZE, GRAMMAR
from zoped.programs.teachers.reader.lines import fields_told
from zoped.signatures import WrittenProblem, from_lines
from zoped.symbolic import check_problem
from zoped.train.teacher.lines import lines_of_equation
from zoped.train.teacher.realized import made_problems
from zoped.train.teacher.stories import stories

SETS = {
    "AddSub": "mawps_addsub/test.jsonl",
    "MultiArith": "mawps_multiarith/test.jsonl",
    "SingleEq": "mawps_singleeq/test.jsonl",
    "SVAMP": "svamp/test.jsonl",
}
REALIZED = "realized, unseen structures"


@dataclass
class Count:
    """Of one set: what came of each sample, and texts with any that passed."""

    outcomes: Counter[str]
    solved: int
    texts: int
    seconds: float
    tokens: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--problems", type=int, default=100, help="of each set, at most")
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument(
        "--shown", type=int, default=8, help="worked examples for the untrained model"
    )
    add_options(parser)
    parser.add_argument("--only", choices=["before", "after"], help="one of the two models")
    parser.add_argument("--sets", nargs="*", default=[*SETS, REALIZED])
    options = parser.parse_args()
    print(f"python -m benchmarks.embedded_teacher_reading {' '.join(sys.argv[1:])}")
    print(f"{os.cpu_count()} cores; a sample passes when the solver proves the known answer")
    data = Path(os.environ.get("ZOPED_DATA", "../shared/data"))
    models = [m for m in ("before", "after") if options.only in (None, m)]
    for model in models:
        ask = asker(options, untrained=model == "before")
        shown = _worked_examples(options.shown) if model == "before" else []
        for name in options.sets:
            texts = (
                _realized(options.problems)
                if name == REALIZED
                else _rows(data / SETS[name], options.problems)
            )
            count = _measured(ask, shown, texts, options.samples)
            _report(model, name, count, options.samples)


def _rows(path: Path, most: int) -> list[tuple[str, str]]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows = Random("reading").sample(rows, min(most, len(rows)))
    return [(row["question"], read_answer(row["answer"])) for row in rows]


def _realized(most: int) -> list[tuple[str, str]]:
    made = islice(made_problems(Random("reading"), held_out=True), most)
    return [(each.text, each.answer) for each in made]


def _worked_examples(most: int) -> Messages:
    worked: Messages = []
    for story in islice(stories(Random("shown")), most):
        lines = lines_of_equation(story.text, story.formula)
        worked += [
            {"role": "user", "content": story.text},
            {"role": "assistant", "content": lines or ""},
        ]
    return worked


def _measured(ask: Ask, shown: Messages, texts: list[tuple[str, str]], samples: int) -> Count:
    count = Count(Counter(), 0, 0, 0.0, 0)
    began = time.monotonic()
    jobs = [
        (messages(FORMALIZE, text, shown), seed) for text, _ in texts for seed in range(samples)
    ]
    replies = ask(jobs, {"grammar": GRAMMAR})
    count.seconds = time.monotonic() - began
    for place, (text, gold) in enumerate(texts):
        own = replies[place * samples : (place + 1) * samples]
        found = [outcome(reply, text, gold) for reply, _ in own]
        count.tokens += sum(tokens for _, tokens in own)
        count.outcomes.update(found)
        count.solved += "passed" in found
        count.texts += 1
    return count


def outcome(reply: str, text: str, gold: str) -> str:
    """ "passed", "wrong answer", or why there is none."""
    try:
        written = WrittenProblem.model_validate(fields_told(from_lines(reply), text))
    except (ValueError, ValidationError):
        return "malformed"
    solution = check_problem(written.to_problem(), sense=False).solution
    if solution.status != "unique" or solution.answer is None:
        return solution.status
    return "passed" if any(answers(solution.answer, g) for g in gold.split(";")) else "wrong answer"


def _report(model: str, name: str, count: Count, samples: int) -> None:
    total = sum(count.outcomes.values())
    others = ", ".join(f"{n} {why}" for why, n in count.outcomes.most_common() if why != "passed")
    print(
        f"{model:6} {name:28} {count.texts:4} texts  pass at 1 {count.outcomes['passed'] / total:4.0%}  "
        f"at {samples} {count.solved / count.texts:4.0%}  "
        f"{speed(count.tokens, total, count.seconds)}  ({others})",
        flush=True,
    )


if __name__ == "__main__":
    main()
