"""Tune the built-in generator for a student, and save it.

    python -m zoped.optimizers.pass_rate --output tuned.json

takes the lab student and the embedded teacher; `GenerateProblem().load("tuned.json")` reads what it
saves, and `zoped prompts show tuned.json` shows it.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dspy

from zoped.evals import Band, PassRateMeter, student_notes
from zoped.optimizers.objective import OBJECTIVES
from zoped.optimizers.search import SearchProgress
from zoped.optimizers.teleprompter import PassRateTeleprompter
from zoped.optimizers.terminal import one_message, progress_display
from zoped.programs import GenerateProblem, builtin_seeds, load_seeds
from zoped.programs.teachers.load import check_teacher, load_teacher
from zoped.students import load_student


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="python -m zoped.optimizers.pass_rate",
        description="Tune the teacher's prompts so that the problems it makes are solved by the "
        "student now and then, neither always nor never; save the tuned program.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    models = p.add_argument_group("models")
    models.add_argument("--student", default="lab", help="lab, smollm2, a hub id or a folder")
    models.add_argument("--teacher", default="embedded", help="embedded, or any LiteLLM model")
    models.add_argument("--api-base", default=None, help="URL of an OpenAI-compatible server")
    models.add_argument("--reflection", default=None, help="LiteLLM model that rewrites prompts")
    data = p.add_argument_group("data")
    data.add_argument("--seeds", default="builtin", help="builtin, or a JSON Lines file")
    data.add_argument("--output", type=Path, default=Path("tuned.json"), help="the tuned program")
    data.add_argument(
        "--log-dir", type=Path, default=None, help="state to resume from after a kill"
    )
    data.add_argument("--variants", type=int, default=8, help="problems per decision")
    search = p.add_argument_group("search")
    search.add_argument("--teacher-calls", type=int, default=80, help="budget")
    search.add_argument("--rollouts", type=int, default=None, help="budget of student answers")
    search.add_argument("--minutes", type=float, default=None, help="budget")
    search.add_argument("--batch-size", type=int, default=8, help="seeds measured at a time")
    search.add_argument("--candidates", type=int, default=6, help="in the race")
    search.add_argument("--demos", type=int, default=3, help="demonstrations of each candidate")
    search.add_argument("--exploration-tries", type=int, default=96, help="operators tried first")
    search.add_argument(
        "--objective", default="disagreement", choices=list(OBJECTIVES), help="what is raised"
    )
    search.add_argument(
        "--skip-below",
        type=float,
        default=0.5,
        help="skip seeds of a level that scores less than this share of the best level; 0: none",
    )
    search.add_argument("--menu", nargs="+", default=None, help="operators; all if not given")
    search.add_argument("--signature", default=None, help="of the choice, a dotted path")
    search.add_argument("--band", type=float, nargs=2, default=(0.2, 0.8), help="pass rates")
    search.add_argument("--max-rollouts", type=int, default=32, help="per problem")
    search.add_argument("--seed", type=int, default=0, help="of everything that is random")
    return p


def main(arguments: Sequence[str] | None = None) -> None:
    """The script; `zoped optimize` is the same."""
    command = parser()
    options = command.parse_args(arguments)
    kept = "the same command goes on" if options.log_dir else "with --log-dir it could go on"
    with one_message(command, f"Nothing is saved; {kept}."):
        tuned = tune(options)
        tuned.save(options.output)
    report(tuned.tuning)
    print(f"saved: {options.output}")


def tune(options: argparse.Namespace) -> GenerateProblem:
    """What the options ask for. Raises ValueError, OSError and TeacherError for what is wrong."""
    for folder in (options.output.parent, options.log_dir):
        if folder is not None:  # before hours are spent on what cannot be kept
            folder.mkdir(parents=True, exist_ok=True)
    seeds = builtin_seeds() if options.seeds == "builtin" else load_seeds(options.seeds)
    program = GenerateProblem(
        signatures={"mutate": options.signature} if options.signature else None,
        operators=options.menu,
        variants=options.variants,
        random_seed=options.seed,
    )
    student = load_student(options.student)
    meter = PassRateMeter(
        student,
        band=Band.of(options.band),
        max_rollouts=options.max_rollouts,
        seed=options.seed,
    )
    teleprompter = PassRateTeleprompter(
        meter,
        max_teacher_calls=options.teacher_calls,
        max_rollouts=options.rollouts,
        max_minutes=options.minutes,
        batch_size=options.batch_size,
        candidates=options.candidates,
        demos=options.demos,
        objective=options.objective,
        exploration_tries=options.exploration_tries,
        skip_below=options.skip_below,
        reflection_lm=load_teacher(options.reflection) if options.reflection else None,
        random_seed=options.seed,
        log_dir=options.log_dir,
    )
    teacher = load_teacher(options.teacher, api_base=options.api_base)
    check_teacher(teacher)
    with (
        dspy.context(lm=teacher, adapter=dspy.JSONAdapter()),
        progress_display("teacher calls") as progress,
    ):
        task = progress.add_task("measuring", total=options.teacher_calls, shown="")
        notes = student_notes(seeds, meter)
        trainset = [
            dspy.Example(seed=seed, student_note=notes[seed.id]).with_inputs("seed", "student_note")
            for seed in seeds
        ]

        def show(step: SearchProgress) -> None:
            text = f"{step.rollouts:,} rollouts"
            if step.best is not None:
                text += f", best {step.best.mean:.3f} ± {step.best.standard_error:.3f}"
            if options.minutes:
                text += f", {max(0.0, options.minutes - step.seconds / 60):.1f} min left"
            progress.update(task, completed=step.teacher_calls, description=step.doing, shown=text)

        return teleprompter.compile(program, trainset=trainset, on_step=show)


def report(tuning: dict[str, Any]) -> None:
    """What was found, and what it cost."""
    print(f"best: {tuning['origin']}")
    for when in ("before", "after"):
        share, score = tuning[f"band_share_{when}"], tuning[when]
        if share is not None:
            print(f"{when}: {share:.0%} in the band, score {score[0]:.3f} ± {score[1]:.3f}")
    if fresh := tuning["fresh"]:
        print(
            f"measured again on fresh seeds: {fresh['band_share']:.0%} in the band, "
            f"score {fresh['score']:.3f} ± {fresh['standard_error']:.3f}"
        )
    print(f"{tuning['teacher_calls']} teacher calls, {tuning['rollouts']:,} student rollouts")


if __name__ == "__main__":
    main()
