"""What `zoped evaluate` tells: a table for people, and the same as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich import box
from rich.table import Table

from zoped.cli.console import Told
from zoped.evals.benchmarks import AVERAGES, BENCHMARKS
from zoped.evals.evaluation.harness import Asked, averages_of
from zoped.evals.evaluation.measure import Evaluation, Task
from zoped.evals.evaluation.scores import Result, Score
from zoped.foundation.errors import counted

WORTH_TELLING = 0.05  # of the answers, without a final one


def evaluation_told(
    tasks: Sequence[Task], evaluation: Evaluation, asked: Asked, *, version: str
) -> Told:
    """The results of the tasks, and the averages of the groups that are whole."""
    averages = averages_of(evaluation.results)
    values = {
        "student": asked.student,
        "version": version,
        "samples": asked.samples,
        "seed": asked.seed,
        "temperature": asked.temperature,
        "max_new_tokens": asked.max_new_tokens,
        "instruction": asked.instruction,
        "refused": len(evaluation.refused),
        "benchmarks": {task.name: _numbers(task, evaluation.results[task.name]) for task in tasks},
        "averages": {
            name: {"of": list(AVERAGES[name]), "pass@1": _score(score)}
            for name, score in averages.items()
        },
    }
    notes = [
        f"{task.name}: {result.without_answer:.0%} of the answers came to no final answer"
        for task in tasks
        if (result := evaluation.results[task.name]).without_answer >= WORTH_TELLING
    ]
    if evaluation.refused:
        reason = next(iter(evaluation.refused.values()))
        notes.append(
            f"refused by the server: {counted(len(evaluation.refused), 'question')}: {reason}"
        )
    return Told(values, [_table(tasks, evaluation, asked, averages), *notes])


def _table(
    tasks: Sequence[Task], evaluation: Evaluation, asked: Asked, averages: Mapping[str, Score]
) -> Table:
    table = Table(title=f"{asked.student}, {_answers(asked)}", box=box.SIMPLE)
    table.add_column("benchmark", no_wrap=True)
    table.add_column("problems", justify="right")
    table.add_column("pass@1, %", justify="right")
    if asked.samples > 1:
        table.add_column(f"pass@{asked.samples}, %", justify="right")
        table.add_column(f"majority@{asked.samples}, %", justify="right")
    for task in tasks:
        result = evaluation.results[task.name]
        cells = [task.name, f"{len(task.questions):,}", _cell(result.pass_at[1])]
        if result.majority is not None:
            cells += [_cell(result.pass_at[asked.samples]), _cell(result.majority)]
        table.add_row(*cells)
    for name, score in averages.items():
        table.add_row(f"mean: {name}", "", _cell(score))
    return table


def benchmarks_told() -> Told:
    """The benchmarks: paper, licence, where the hub has them, how they are asked, and what is right."""
    values = {
        one.name: {
            "paper": one.paper,
            "licence": one.licence,
            "repository": one.repository or None,
            "revision": one.revision or None,
            "prompt": one.prompt,
            "answer_rule": one.rule,
        }
        for one in BENCHMARKS.values()
    }
    lines = []
    for one in BENCHMARKS.values():
        where = f"{one.repository}@{one.revision[:10]}" if one.repository else ""
        lines += [
            f"{one.name}: {one.paper}",
            f"    licence: {one.licence}",
            f"    from: {where or 'a folder of yours (ZOPED_DATA)'}",
            f"    asked: {one.prompt}, and the student's own instruction",
            f"    right: {one.rule}",
        ]
    lines += [f"{name}: the mean of {', '.join(parts)}" for name, parts in AVERAGES.items()]
    return Told({"benchmarks": values, "averages": AVERAGES}, lines)


def _answers(asked: Asked) -> str:
    each = f"{asked.samples:,} answer{'s' if asked.samples > 1 else ''} each"
    return f"{each} at temperature {asked.temperature:g} (95 % intervals)"


def _cell(score: Score) -> str:
    return f"{100 * score.value:.1f} ({100 * score.low:.1f}–{100 * score.high:.1f})"


def _score(score: Score) -> dict[str, float]:
    return {"value": score.value, "low": score.low, "high": score.high}


def _numbers(task: Task, result: Result) -> dict[str, Any]:
    numbers: dict[str, Any] = {
        "problems": len(task.questions),
        "of": task.original,
        "right": list(result.right),
        "without_answer": result.without_answer,
    }
    numbers |= {f"pass@{k}": _score(score) for k, score in result.pass_at.items()}
    if result.majority is not None:
        numbers[f"majority@{result.samples}"] = _score(result.majority)
    return numbers
