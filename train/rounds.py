"""The loop: measure the student, tune the teacher's prompts to it, generate, train, evaluate.

Every phase ends with a marker in the run's state; a phase that has one is skipped. So the call
that starts a run is the call that resumes it, from wherever it was killed.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from zoped.train.grpo.faults import machine_faults_told
from zoped.train.loop.observe import NullProgress, NullTracker, Progress, Tracker
from zoped.train.loop.parts import teacher_of
from zoped.train.loop.phases import Phases
from zoped.train.loop.report import PHASES, RunReport, read_report
from zoped.train.settings import RunSettings
from zoped.train.state import STATE, RunState


def run_rounds(
    settings: RunSettings,
    folder: Path | str,
    *,
    tracker: Tracker | None = None,
    progress: Progress | None = None,
) -> RunReport:
    """Run, or go on with, the run in `folder`, to the end of its last round.

    Raises SettingsError, SeedError, TeacherError or StudentError for what the user can mend, and
    NothingToTrainOn when no generated problem is within the student's reach, and MachineFault when
    the disk or the memory is full.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tracker = tracker or NullTracker()
    doing = ["the run"]
    with (
        machine_faults_told(folder, lambda: doing[-1]),
        RunState(folder / STATE) as state,
        ExitStack() as stack,
    ):
        phases = Phases(settings, folder, state, tracker, progress or NullProgress())
        if state.phase_metrics(settings.rounds, PHASES[-1]) is None:
            # What can be wrong with the teacher or the seeds is found before any work.
            stack.enter_context(teacher_of(settings))
            phases.prepare()
        for round_ in range(settings.rounds + 1):
            _run_round(round_, phases, state, tracker, doing)
        return read_report(state)


def _run_round(
    round_: int, phases: Phases, state: RunState, tracker: Tracker, doing: list[str]
) -> None:
    """The phases of the round that are not done. Round 0 only evaluates the start, after the
    warm start where there is one. What it is doing is appended to `doing`."""
    names = PHASES if round_ else phases.before_rounds
    todo = [name for name in names if state.phase_metrics(round_, name) is None]
    if not todo:
        return
    tags = {"round": str(round_)}
    title = f"round {round_}" if round_ else "start"
    with tracker.run(title, tags=tags) as round_tracker:
        phases.round_tracker = round_tracker
        for name in todo:
            doing.append(f"{title}, {name}")
            with round_tracker.run(name, tags={**tags, "phase": name}) as phase_tracker:
                metrics = phases[name](round_, phase_tracker)
                numbers = {k: v for k, v in metrics.items() if isinstance(v, int | float)}
                phase_tracker.metrics(numbers, step=round_)
            # The round and the whole run carry the numbers too, to be compared in charts.
            named = {f"{name}/{key}": value for key, value in numbers.items()}
            round_tracker.metrics(named, step=round_)
            tracker.metrics(named, step=round_)
            state.finish_phase(round_, name, metrics)
