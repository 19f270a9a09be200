"""The command `python -m zoped.optimizers.pass_rate`: tune a generator for a student, and save it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import dspy

from zoped.optimizers.objective import OBJECTIVES


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
    search.add_argument("--explore", type=int, default=96, help="tries of operators, by rollouts")
    search.add_argument(
        "--objective", default="disagreement", choices=list(OBJECTIVES), help="what is raised"
    )
    search.add_argument(
        "--reach",
        type=float,
        default=0.5,
        help="pass over seeds of a level that scores less than this share of the best level; 0: none",
    )
    search.add_argument("--menu", nargs="+", default=None, help="operators; all if not given")
    search.add_argument("--signature", default=None, help="of the choice, a dotted path")
    search.add_argument("--band", type=float, nargs=2, default=(0.2, 0.8), help="pass rates")
    search.add_argument("--max-rollouts", type=int, default=32, help="per problem")
    search.add_argument("--seed", type=int, default=0, help="of everything that is random")
    return p


def run(arguments: Sequence[str] | None = None) -> None:
    # A script may know the students, which the package of optimizers must not.
    import importlib

    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    from zoped.evals import PassRateMeter, student_notes
    from zoped.optimizers.pass_rate import PassRateTeleprompter
    from zoped.optimizers.search import Progress as SearchProgress
    from zoped.programs import GenerateProblem, builtin_seeds, load_seeds
    from zoped.programs.teacher import load_teacher

    options = parser().parse_args(arguments)
    load_student = importlib.import_module("zoped.train.student").load_student
    console = Console()
    seeds = builtin_seeds() if options.seeds == "builtin" else load_seeds(options.seeds)
    student = load_student(options.student)
    meter = PassRateMeter(
        student,
        band=tuple(options.band),
        max_rollouts=options.max_rollouts,
        seed=options.seed,
    )
    teacher = load_teacher(options.teacher, api_base=options.api_base)
    teleprompter = PassRateTeleprompter(
        meter,
        max_teacher_calls=options.teacher_calls,
        max_rollouts=options.rollouts,
        max_minutes=options.minutes,
        batch_size=options.batch_size,
        candidates=options.candidates,
        demos=options.demos,
        objective=OBJECTIVES[options.objective],
        explore=options.explore,
        reach=options.reach,
        reflection_lm=load_teacher(options.reflection) if options.reflection else None,
        seed=options.seed,
        log_dir=options.log_dir,
    )
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("teacher calls"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[spent]}"),
    )
    with (
        dspy.context(lm=teacher, adapter=dspy.JSONAdapter()),
        Progress(*columns, console=console) as progress,
    ):
        notes = student_notes(seeds, meter)
        task = progress.add_task("exploring", total=options.teacher_calls, spent="")

        def show(step: SearchProgress) -> None:
            text = f"{step.rollouts:,} rollouts"
            if step.best is not None:
                text += f", best {step.best.mean:.3f} ± {step.best.standard_error:.3f}"
            if options.minutes:
                text += f", {max(0.0, options.minutes - step.seconds / 60):.1f} min left"
            progress.update(task, completed=step.teacher_calls, description=step.step, spent=text)

        tuned = teleprompter.compile(
            GenerateProblem(
                signatures={"mutate": options.signature} if options.signature else None,
                operators=options.menu,
                variants=options.variants,
                seed=options.seed,
            ),
            trainset=[
                dspy.Example(seed=seed, student_note=notes[seed.id]).with_inputs(
                    "seed", "student_note"
                )
                for seed in seeds
            ],
            on_step=show,
        )
    tuned.save(options.output)
    outcome = tuned.tuning
    console.print(f"best: {outcome['origin']}")
    for when in ("before", "after"):
        share, score = outcome[f"band_share_{when}"], outcome[when]
        if share is not None:
            console.print(f"{when}: {share:.0%} in the band, score {score[0]:.3f} ± {score[1]:.3f}")
    if outcome["fresh"]:
        fresh = outcome["fresh"]
        console.print(
            f"measured again on fresh seeds: {fresh['band_share']:.0%} in the band, "
            f"score {fresh['score']:.3f} ± {fresh['standard_error']:.3f}"
        )
    console.print(
        f"{outcome['teacher_calls']} teacher calls, {outcome['rollouts']} student rollouts\n"
        f"saved: {options.output}"
    )
