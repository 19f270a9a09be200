"""`zoped train CONFIG --problems FILE`: one round of training on problems of your own."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zoped.cli.console import Told, show_progress
from zoped.cli.errors import UserError, speaks_to_the_person
from zoped.cli.tracking_result import TrackingUri, result_tracker
from zoped.foundation.errors import counted

if TYPE_CHECKING:
    from zoped.train.loop.observe import Tracker
    from zoped.train.settings import RunSettings

MAKER = "zoped train"
RECORD = "train.json"  # in the output folder: what it was made with
PROBLEMS, STUDENT, CHECKPOINTS, JOB = "problems.jsonl", "student", "checkpoints", "job"


@speaks_to_the_person(
    on_interrupt="Checkpoints are kept; the same command goes on from the last of them."
)
def train(
    config: Annotated[
        Path,
        typer.Argument(
            help="YAML file; its sections student, train and reward are used, and seed."
        ),
    ],
    problems: Annotated[
        Path,
        typer.Option(
            "--problems",
            "-p",
            help="JSON Lines or Parquet with text and answer: numbers, LaTeX, words, whatever the reward "
            "checks (docs/training.md). The first train.steps x train.prompts_per_step are used, "
            "the same ones again where there are fewer.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the student and its checkpoints.")
    ],
    tracking_uri: TrackingUri = None,
) -> Told:
    """Train a student once on a file of problems, without generating any. Resumes when called
    again."""
    from zoped.cli.config import load_config
    from zoped.foundation.files import write_whole
    from zoped.foundation.json_lines import dump_rows
    from zoped.foundation.own_files import held, make_folder
    from zoped.programs.seeds.word_problems import load_word_problems
    from zoped.train.loop.checks import check_installed, check_trainer

    settings = load_config(config)
    check_installed(settings)
    _require_apart(output, problems, settings)
    rows = [
        {"id": one.id, "text": one.text, "answer": one.answer}
        for one in load_word_problems(problems)
    ]
    wanted = settings.train.problems_of(1)
    # The file holds exactly what the steps use: too long a one is cut, a short one is used again.
    used = [rows[place % len(rows)] for place in range(wanted)]
    record = _record(settings, used)
    make_folder(output, f"--output {output}")
    with held(output, f"--output {output}"):
        _require_same_command(output, record)
        told = _told(len(rows), wanted)
        if (output / STUDENT).is_dir():
            return Told(
                {"student": output / STUDENT, "problems": wanted, "trained": False},
                f"{output / STUDENT} is there already, trained by this command on {told}; "
                "nothing was left to do",
            )
        check_trainer(settings)
        write_whole(output / RECORD, json.dumps(record, indent=1))
        write_whole(output / PROBLEMS, dump_rows(used))
        tracked = result_tracker(
            tracking_uri, experiment=config.stem, name=output.name, kind="train", params=record
        )
        with tracked as tracker, show_progress() as progress:
            tracker.dataset(used, problems.stem, context="training", source=problems)
            progress.note(f"training on {told}")
            _launch(settings, output, tracker, progress)
        return Told(
            {"student": output / STUDENT, "problems": wanted, "trained": True},
            f"{output / STUDENT}: trained on {told}",
        )


def _launch(settings: RunSettings, output: Path, tracker: Tracker, progress: Any) -> None:
    from zoped.train.grpo.launcher import launch_round
    from zoped.train.grpo.train_round import RoundJob
    from zoped.train.loop.parts import load_run_student

    student = load_run_student(settings)
    job = RoundJob.of_student(
        settings,
        student,
        problems=output / PROBLEMS,
        checkpoints=output / CHECKPOINTS,
        output=output / STUDENT,
        round=1,
        rounds=1,
    )
    del student
    steps, shown = settings.train.steps_of(1), 0
    with progress.task(
        f"{counted(steps, 'step')} of {settings.train.algorithm.upper()}", steps
    ) as task:

        def on_log(metrics: Mapping[str, float], step: int) -> None:
            nonlocal shown
            task.advance(step - shown)
            shown = step
            tracker.metrics(metrics, step=step)
            if "reward" in metrics:
                progress.note(f"step {step}: reward {metrics['reward']:.3f}")

        launch_round(job, output / JOB, on_log=on_log)


def _told(given: int, wanted: int) -> str:
    """ "the first 8 of 700 problems (...)": what is used of the file."""
    if given > wanted:
        return (
            f"the first {wanted:,} of {counted(given, 'problem')} (train.steps x train.prompts_per_step; "
            "more steps use more of them)"
        )
    again = f", each {wanted / given:.3g} times" if wanted > given else ""
    return f"{counted(given, 'problem')}{again}"


def _record(settings: RunSettings, rows: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    from zoped.train.config_file import flatten

    values = settings.model_dump(mode="json")
    kept = {name: values[name] for name in ("seed", "student", "train", "reward")}
    digest = hashlib.sha256(json.dumps(rows).encode()).hexdigest()
    told = f"{len(rows)} with the digest {digest[:12]}"
    return {"made_by": MAKER, **flatten(kept), "problems": told}


def _require_apart(output: Path, problems: Path, settings: RunSettings) -> None:
    """Raise UserError where what is read lies where this command writes."""
    folder = output.resolve()
    if folder in problems.resolve().parents:
        raise UserError(
            f"--problems {problems} lies in --output {output}, where this command writes files of "
            "its own; name another --output"
        )
    model = Path(settings.student.name).resolve()
    if model.is_dir() and (folder == model or folder in model.parents or model in folder.parents):
        raise UserError(
            f"student.name: {settings.student.name} and --output {output} lie in each other, and "
            "the student would be replaced; name another --output"
        )


def _require_same_command(output: Path, record: Mapping[str, Any]) -> None:
    """Raise UserError unless the folder is empty, or an earlier call of the same command's."""
    from zoped.foundation.own_files import require_only
    from zoped.train.config_file import differences

    path = output / RECORD
    if not path.exists():
        require_only(output, (), MAKER, f"--output {output}")
        return
    try:
        before = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        before = None
    if not isinstance(before, dict) or before.get("made_by") != MAKER:
        raise UserError(f"{path} is not a record of `{MAKER}`; name another --output")
    started = any((output / name).exists() for name in (STUDENT, CHECKPOINTS))
    if started and (differing := differences(before, record)):
        raise UserError(
            "\n  ".join([f"--output {output} was made with something else:", *differing])
            + "\nname another --output, or give the command that it was made with"
        )
