"""The runs of a lab in MLflow, when they are over: which arm was better, in MLflow's own tables."""

from __future__ import annotations

from zoped.cli.tracking import RUN_IDS, open_tracker
from zoped.cli.tracking_store import Store
from zoped.train.headline import headline, outcome
from zoped.train.lab.settings import Lab, LabRun
from zoped.train.prompt_texts import prompt_texts
from zoped.train.run_record import RunRecord, read_record
from zoped.train.state import STATE, RunState


def track_lab(lab: Lab, experiment: str) -> Store | None:
    """Each run that is over, once: its settings, its headline by round, its prompts, and its arm and
    student as tags. Returns the store, beside the lab's folder; None where no run is over."""
    store = Store.beside(lab.folder)
    begun = [(run, read_record(run.folder)) for run in lab.runs if (run.folder / STATE).exists()]
    over = [(run, record) for run, record in begun if record.stands == "over"]
    for run, record in over:
        if not (run.folder / RUN_IDS).exists():
            _track(run, record, experiment, store)
    return store if over else None


def _track(run: LabRun, record: RunRecord, experiment: str, store: Store) -> None:
    tracker = open_tracker(run.folder, experiment=experiment, name=run.name, store=store)
    tags = {"kind": "run", "arm": run.arm, "student": run.student}
    with tracker.opened(tags=tags), RunState(run.folder / STATE) as state:
        tracker.params({"arm": run.arm, "student": run.student} | record.flat)
        for number in range(record.done):
            tracker.metrics(outcome(state, number), step=number)
        tracker.metrics(headline(state, record.done), step=record.done)
        program = state.prompts(record.done, "after")
        tracker.prompts(prompt_texts(program or {}), note=f"{run.arm}, seed {run.seed}")
