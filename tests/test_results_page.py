"""docs/results.md tells what the lab wrote: every row of its tables stands in the stored results."""

import json

from tests.test_packaging import ROOT
from zoped.train.lab.results import load_numbers

MAIN = ROOT / "benchmarks" / "results" / "lab" / "main"
PAGE = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")


def rows(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("|")]


def test_the_tables_are_those_of_the_lab():
    assert rows(PAGE) == rows((MAIN / "results.md").read_text(encoding="utf-8"))


def test_the_tables_are_those_of_the_runs():
    """The mean gain of each arm, from the runs themselves."""
    finished = [run for run in load_numbers(MAIN / "results.jsonl") if run.finished]
    for arm in ("random_filtered", "adaptive"):
        runs = [run for run in finished if run.arm == arm]
        gains = [100 * (run.points[-1].accuracy - run.points[0].accuracy) for run in runs]
        row = next(row for row in rows(PAGE) if row.startswith(f"| {arm} ") and "%" in row)
        cells = [cell.strip() for cell in row.split("|")]
        assert cells[2] == str(len(runs))
        assert cells[5] == f"{sum(gains) / len(gains):+.1f}"


def test_every_line_of_the_results_is_a_run():
    for line in (MAIN / "results.jsonl").read_text(encoding="utf-8").splitlines():
        assert {"student", "arm", "seed", "points"} <= json.loads(line).keys()
