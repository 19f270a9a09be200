"""The loop: measure the student, tune the teacher's prompts to it, generate, train, evaluate.

Every phase ends with a mark in the run's state; a phase that has one is skipped. So the call that
starts a run is the call that resumes it, from wherever it was killed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from zoped.train.grpo.faults import machine_faults
from zoped.train.headline import headline
from zoped.train.loop.checks import check_installed, check_parts, check_trainer
from zoped.train.loop.costs import read_costs, save_costs
from zoped.train.loop.evaluate import evaluate
from zoped.train.loop.formalize import keep_seeds
from zoped.train.loop.generate import generate
from zoped.train.loop.measure import measure
from zoped.train.loop.observe import NullProgress, NullTracker, Progress, Tracker
from zoped.train.loop.parts import run_teacher
from zoped.train.loop.report import RunReport, read_report
from zoped.train.loop.round import Round, Run
from zoped.train.loop.track import track_inputs, track_program
from zoped.train.loop.train import train
from zoped.train.loop.tune import tune
from zoped.train.loop.warm_start import warm_start
from zoped.train.results import (
    Evaluated,
    Generated,
    Measured,
    PhaseResult,
    Trained,
    Tuned,
    WarmStarted,
)
from zoped.train.run_folder import open_run_folder
from zoped.train.settings import RunSettings
from zoped.train.state import STATE, RunState

Phase = Callable[[Round, Tracker, Progress], PhaseResult]
Phases = Mapping[type[PhaseResult], Phase]

PHASES: Phases = {
    Measured: measure,
    Tuned: tune,
    Generated: generate,
    Trained: train,
    Evaluated: evaluate,
}
START: Phases = {Evaluated: evaluate}
WARM_START: Phases = {WarmStarted: warm_start, Evaluated: evaluate}


def run_rounds(
    settings: RunSettings,
    folder: Path | str,
    *,
    tracker: Tracker | None = None,
    progress: Progress | None = None,
) -> RunReport:
    """Run, or go on with, the run in `folder`, to the end of its last round.

    The folder is this process's alone. Raises SettingsError, SeedError, TeacherError or StudentError for what the user can mend,
    NothingToTrainOn when no generated problem is within the student's reach, and MachineFault when
    the disk or the memory is full.
    """
    with open_run_folder(Path(folder), settings) as opened:
        return play_rounds(settings, opened, tracker=tracker, progress=progress)


def play_rounds(
    settings: RunSettings,
    folder: Path,
    *,
    tracker: Tracker | None = None,
    progress: Progress | None = None,
) -> RunReport:
    """`run_rounds` in a folder that the caller has opened (`open_run_folder`)."""
    with (
        machine_faults(folder, lambda: "the run"),
        RunState(folder / STATE) as state,
    ):
        if Evaluated.load(state, settings.rounds) is None:
            progress = progress or NullProgress()
            teacher = run_teacher(settings, costs=read_costs(state), note=progress.note)
            run = Run(settings, folder, state, teacher)
            try:
                _play(run, tracker or NullTracker(), progress)
            finally:
                save_costs(run)
        return read_report(state)


def _play(run: Run, tracker: Tracker, progress: Progress) -> None:
    """Everything that is not done."""
    # What can be wrong with the settings or the seeds is found before any work.
    check_installed(run.settings)
    check_parts(run.settings, run.seeds)
    check_trainer(run.settings)
    keep_seeds(run, progress)
    track_inputs(run, tracker)
    start = WARM_START if run.settings.train.warm_start else START
    _play_round(run.round(0), start, tracker, progress)
    for number in range(1, run.settings.rounds + 1):
        _play_round(run.round(number), PHASES, tracker, progress)


def _play_round(round: Round, phases: Phases, tracker: Tracker, progress: Progress) -> None:
    """The phases of the round that are not done."""
    todo = [kind for kind in phases if kind.load(round.state, round.number) is None]
    if not todo:
        return
    tags = {"round": str(round.number)}
    with tracker.run(round.title, tags=tags) as of_round:
        for kind in todo:
            tags["phase"] = kind.phase
            idle = kind is Tuned and not round.settings.tunes
            parent: Tracker = NullTracker() if idle else of_round
            with parent.run(kind.phase, tags=tags) as of_phase:
                result = _do(phases[kind], kind.phase, round, of_phase, progress)
                costs = save_costs(round.run)
                of_phase.metrics(result.metrics(), step=round.number)
                if isinstance(result, Tuned):
                    track_program(round, result, of_phase, (of_round, tracker))
            told = {} if idle else result.metrics()
            named = {f"{kind.phase}/{key}": value for key, value in told.items()}
            of_round.metrics(named | costs, step=round.number)
            result.save(round.state, round.number)
        # The whole run carries the few numbers that runs are compared by.
        tracker.metrics(headline(round.state, round.number), step=round.number)


def _do(phase: Phase, name: str, round: Round, tracker: Tracker, progress: Progress) -> PhaseResult:
    with machine_faults(round.run.folder, lambda: f"{round.title}, {name}"):
        return phase(round, tracker, progress)
