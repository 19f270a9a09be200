"""The README of an export: licence, how it was made, how many, what was checked, how to load it."""

from __future__ import annotations

from collections import Counter
from importlib.metadata import version

import yaml

from zoped.foundation.errors import counted
from zoped.train.exchange.problem_set import OF_THE_SEEDS, ProblemSet
from zoped.train.exchange.row import CHECKS
from zoped.train.export import size_category

_SAYS = {
    "one_answer": "the solver proves that the symbols have exactly this answer, and every given matters",
    "givens_stated": "the text states every given",
    "answer_hidden": "the text does not state the answer",
    "gradable": "the answer, in a box, is graded as right",
}


def card(problems: ProblemSet, title: str, use: str) -> str:
    """Markdown with the hub's metadata; `use` are the lines on how the format is loaded."""
    rows = problems.rows
    head = {
        "license": problems.license.lower(),
        "task_categories": ["text-generation"],
        "language": ["en"],
        "tags": ["zoped", "math", "synthetic", "verifiable-rewards"],
        "size_categories": [size_category(len(rows))],
    }
    lines = [
        f"# {title}",
        "",
        f"{counted(len(rows), 'word problem')}, each with exactly one answer that a solver found.",
        "",
        use.strip(),
        "",
        (
            "Answers are graded by the package `zoped-grade`; in a checkout of Zoped, "
            "`pip install ./packages/zoped-grade` installs it."
        ),
        "",
        "## How they were made",
        "",
        (
            f"By {problems.made}. Zoped {version('zoped')} changed the symbols of seeds "
            f"({problems.seeds}), solved them exactly and put them into words."
        ),
        "",
        (
            f"{counted(len({row.structure for row in rows}), 'structure')} (`structure`), from "
            f"{counted(len({row.seed_id for row in rows}), 'seed')}. "
            f"Answers: {_counted([row.answer_type for row in rows])}. "
            f"Topics: {_counted([row.topic for row in rows])}. "
            f"Moves: {_counted([row.move for row in rows], 6)}."
        ),
        "",
        *_profile(problems),
        "## Checks",
        "",
        "Tried again on every row when this was written; `checks` names those that the row passed.",
        "",
        "| check | passed | |",
        "|---|---|---|",
        *(
            f"| `{name}` | {sum(name in row.checks for row in rows):,} of {len(rows):,} | {_SAYS[name]} |"
            for name in CHECKS
        ),
        "",
        "## Licence",
        "",
        _licence(problems),
    ]
    return f"---\n{yaml.safe_dump(head, sort_keys=False)}---\n\n" + "\n".join(lines) + "\n"


def _licence(problems: ProblemSet) -> str:
    if problems.license == OF_THE_SEEDS:
        return "The licence of the seeds applies to what was made from them; it was not named."
    return f"{problems.license}."


def _profile(problems: ProblemSet) -> list[str]:
    measured = [row for row in problems.rows if row.pass_mean is not None]
    if not measured:
        return []
    mean = sum(row.pass_mean or 0.0 for row in measured) / len(measured)
    rollouts = sum(row.pass_trials or 0 for row in measured)
    return [
        (
            f"{len(measured):,} {'was' if len(measured) == 1 else 'were'} measured: "
            f"{counted(rollouts, 'rollout')} of `{measured[0].student}`, mean pass rate {mean:.0%}. `difficulty` ranks them among each other."
        ),
        "",
    ]


def _counted(values: list[str], most: int = 12) -> str:
    """ "integer 40, rational 3" """
    counts = Counter(values).most_common()
    shown = [f"{name or 'none'} {count:,}" for name, count in counts[:most]]
    if len(counts) > most:
        shown.append(f"{len(counts) - most} more")
    return ", ".join(shown)
