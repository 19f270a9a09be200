"""What the teacher of a run cost: kept in the state as it is spent, and told at the end of each phase."""

from __future__ import annotations

import json
from pathlib import Path

from zoped.foundation.files import write_whole
from zoped.programs.teachers.costs import CostSheet, per
from zoped.train.loop.generating.generation import COSTS
from zoped.train.loop.round import Run
from zoped.train.results import Generated
from zoped.train.state import RunState

FILE = "costs.json"  # in the run folder
SECONDS = "seconds"  # in the state: for how long processes have worked on the run


def read_costs(state: RunState) -> CostSheet:
    """The sheet of all processes that worked on the run."""
    with state.as_written("costs"):
        return CostSheet.load(state.meta(COSTS))


def problems_made(state: RunState, rounds: int) -> tuple[int, int]:
    """How many problems were accepted in all rounds, and how many of them were in the band."""
    found = [Generated.load(state, number) for number in range(1, rounds + 1)]
    return (
        sum(generated.accepted for generated in found if generated),
        sum(generated.in_band for generated in found if generated),
    )


def keep_costs(run: Run) -> None:
    """Keep in the state what was spent so far, so that a kill does not forget it."""
    if run.teacher is not None:
        run.state.set_meta(COSTS, run.teacher.costs.dump())


def _keep_time(run: Run) -> None:
    """Add the time since the last call to that of all processes so far."""
    run.state.set_meta(SECONDS, (run.state.meta(SECONDS) or 0.0) + run.seconds_since_asked())


def save_costs(run: Run) -> dict[str, float]:
    """Keep the sheet in the state and as JSON in the run folder; its numbers, for a tracker."""
    _keep_time(run)
    if run.teacher is None:
        return {}
    sheet = run.teacher.costs
    keep_costs(run)
    accepted, learnable = problems_made(run.state, run.settings.rounds)
    write_costs(run.folder / FILE, sheet, accepted=accepted, learnable=learnable)
    total = sheet.total
    numbers = per(total, 1)
    for name, count in (("accepted", accepted), ("learnable", learnable)):
        shares = per(total, count) if count else {}
        numbers |= {f"{k}_per_{name}": v for k, v in shares.items()}
    for name, cost in sheet.by_step.items():
        numbers |= {f"{k}/{name}": v for k, v in per(cost, 1).items()}
    for name, cost in sheet.by_outcome.items():
        numbers |= {f"{k}/for_{name}": v for k, v in per(cost, 1).items()}
    known = {name: value for name, value in numbers.items() if value is not None}
    return {f"teacher/{name.replace(' ', '_')}": float(value) for name, value in known.items()}


def write_costs(
    path: Path, sheet: CostSheet, *, accepted: int, learnable: int | None = None
) -> None:
    """The sheet as JSON: `by_step`, `by_outcome`, `total`, and the share of each problem."""
    report = sheet.report(accepted=accepted, learnable=learnable)
    write_whole(path, json.dumps(report, indent=1))
