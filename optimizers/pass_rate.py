"""Tune the built-in generator for a student, and save it.

    python -m zoped.optimizers.pass_rate --output tuned.json

takes the lab student and the embedded teacher; `GenerateProblem().load("tuned.json")` reads what it
saves, and `zoped prompts show tuned.json` shows it. `zoped optimize` is the same command.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import dspy
import typer

from zoped.evals import PassRateMeter, student_notes
from zoped.foundation.display import show_progress
from zoped.foundation.errors import counted
from zoped.foundation.own_files import make_folder
from zoped.foundation.secrets import redacted_url
from zoped.foundation.usage import in_parts
from zoped.optimizers.compare.table import open_experiment, track_search
from zoped.optimizers.measuring import examples_of
from zoped.optimizers.script import (
    one_message,
    require_own_program,
    run_script,
    save_program,
)
from zoped.optimizers.search import SearchProgress
from zoped.optimizers.teleprompter import PassRateTeleprompter
from zoped.programs import GenerateProblem, builtin_seeds, load_seeds
from zoped.programs.formalizing.kept import KeptFormalizations
from zoped.programs.teachers.abilities import EMBEDDED
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.load import check_teacher, load_teacher
from zoped.programs.teachers.notation import adapter_of, notation_of
from zoped.programs.teachers.pace import Waiting

# What does not change the result: an output with the same other options may be replaced.
NOT_SETTINGS = ("context", "output", "log_dir", "tracking_uri", "concurrency", "formalizations")
FORMALIZATIONS = "formalizations.db"  # in the folder that a search resumes from
ROOM_FOR_PROBLEMS = 2_048  # tokens of a reply that is a whole problem


def optimize(
    context: typer.Context,
    student: Annotated[str, typer.Option(help="lab, smollm2, a hub id or a folder")] = "lab",
    teacher: Annotated[str, typer.Option(help="embedded, or any LiteLLM model")] = "embedded",
    api_base: Annotated[str | None, typer.Option(help="URL of an OpenAI-compatible server")] = None,
    mutation: Annotated[
        str, typer.Option(help="what is decided: operators, rewrite, both or weights")
    ] = "operators",
    strategies: Annotated[
        list[str] | None,
        typer.Option(help="of rewrites, with commas or one at a time; all if not given"),
    ] = None,
    verbalization: Annotated[
        str, typer.Option(help="who writes the English: rules or teacher")
    ] = "rules",
    notation: Annotated[
        str, typer.Option(help="how the teacher writes problems: json or compact")
    ] = "json",
    formalizations: Annotated[
        Path | None,
        typer.Option(help="file that keeps what was formalized; in --log-dir if not given"),
    ] = None,
    concurrency: Annotated[
        int | None,
        typer.Option(min=1, help="requests under way at once; 16, or 1 for embedded, if not given"),
    ] = None,
    reflection: Annotated[
        str | None, typer.Option(help="LiteLLM model that rewrites prompts")
    ] = None,
    seeds: Annotated[str, typer.Option(help="builtin, or a JSON Lines file")] = "builtin",
    output: Annotated[Path, typer.Option(help="the tuned program")] = Path("tuned.json"),
    log_dir: Annotated[Path | None, typer.Option(help="state to resume from after a kill")] = None,
    tracking_uri: Annotated[
        str | None,
        typer.Option(help="MLflow's, to log the search to", envvar="MLFLOW_TRACKING_URI"),
    ] = None,
    variants: Annotated[int, typer.Option(help="problems per decision")] = 8,
    teacher_calls: Annotated[int, typer.Option(help="at most, reflecting included")] = 80,
    rollouts: Annotated[int | None, typer.Option(help="answers of the student, at most")] = None,
    minutes: Annotated[float | None, typer.Option(help="no batch is begun after these")] = None,
    batch_size: Annotated[int, typer.Option(help="seeds measured at a time")] = 8,
    candidates: Annotated[int, typer.Option(help="in the race")] = 6,
    demos: Annotated[int, typer.Option(help="demonstrations of each candidate")] = 3,
    exploration_tries: Annotated[int, typer.Option(help="of operators, without the teacher")] = 96,
    objective: Annotated[
        str,
        typer.Option(
            help="what is raised: coverage, disagreement, band, target, or a function's dotted path"
        ),
    ] = "coverage",
    teacher_call_price: Annotated[
        float, typer.Option(help="of a call of the teacher, in rollouts, for coverage")
    ] = 8.0,
    skip_below: Annotated[
        float,
        typer.Option(help="skip seeds of a level that scores less than this share of the best"),
    ] = 0.5,
    menu: Annotated[
        list[str] | None,
        typer.Option(help="operators, with commas or one at a time; all if not given"),
    ] = None,
    signature: Annotated[str | None, typer.Option(help="of the choice, a dotted path")] = None,
    band: Annotated[tuple[float, float], typer.Option(help="pass rates")] = (0.2, 0.8),
    max_rollouts: Annotated[int, typer.Option(help="per problem")] = 32,
    seed: Annotated[int, typer.Option(help="of everything that is random")] = 0,
) -> dict[str, Any]:
    """Tune the teacher's prompts so that the problems it makes are solved by the student now and
    then, neither always nor never; save the tuned program."""
    options = {name: value for name, value in locals().items() if name != "context"}
    settings = {name: v for name, v in options.items() if name not in NOT_SETTINGS}
    if api_base is not None:
        settings["api_base"] = redacted_url(api_base)
    kept = "the same command goes on" if log_dir else "with --log-dir it could go on"
    with one_message(context, f"Nothing is saved; {kept}."):
        # Before hours are spent on what cannot be kept.
        require_own_program(output, settings)
        if log_dir is not None:
            make_folder(log_dir, f"--log-dir {log_dir}")
        if tracking_uri:
            open_experiment(tracking_uri)
        lists = {"menu": in_parts(menu), "strategies": in_parts(strategies)}
        tuned, parameters = tune(**options | lists)
        save_program(tuned, output, settings)
        report(tuned.tuning)
        print(f"saved: {output}")
        if tracking_uri:
            track_search(parameters, tuned.tuning, output, tracking_uri)
    return {"program": output, **tuned.tuning}


def tune(
    *,
    student: str,
    teacher: str,
    api_base: str | None,
    concurrency: int | None,
    mutation: str,
    strategies: list[str] | None,
    verbalization: str,
    notation: str,
    formalizations: Path | None,
    reflection: str | None,
    seeds: str,
    menu: list[str] | None,
    signature: str | None,
    variants: int,
    band: tuple[float, float],
    max_rollouts: int,
    seed: int,
    teacher_calls: int,
    rollouts: int | None,
    minutes: float | None,
    log_dir: Path | None,
    output: Path,
    tracking_uri: str | None,
    **search: Any,
) -> tuple[GenerateProblem, dict[str, Any]]:
    """The tuned program, and the parameters of the search. Raises ValueError, OSError and
    TeacherError for options that are wrong."""
    from zoped.students import load_student  # torch takes seconds

    known = builtin_seeds() if seeds == "builtin" else load_seeds(seeds)
    program = GenerateProblem(
        signatures={"mutate": signature} if signature else None,
        mutation=mutation,
        verbalization=verbalization,
        operators=menu,
        strategies=strategies,
        variants=variants,
        random_seed=seed,
        kept=KeptFormalizations(formalizations or (log_dir and log_dir / FORMALIZATIONS)),
    )
    meter = PassRateMeter(load_student(student), band=band, max_rollouts=max_rollouts, seed=seed)
    teleprompter = PassRateTeleprompter(
        meter,
        max_teacher_calls=teacher_calls,
        max_rollouts=rollouts,
        max_minutes=minutes,
        variants=variants,
        reflection_lm=load_teacher(reflection) if reflection else None,
        random_seed=seed,
        log_dir=log_dir,
        **search,
    )
    display = show_progress()
    writes_problems = mutation != "operators" or any(s.symbols is None for s in known)
    calls = TeacherCalls(
        load_teacher(
            teacher, api_base=api_base, max_tokens=ROOM_FOR_PROBLEMS if writes_problems else 512
        ),
        adapter=adapter_of(notation_of(notation)),
        concurrency=concurrency or (1 if teacher == EMBEDDED else 16),
        waiting=Waiting(note=display.note),
    )
    unknown = examples_of(known, dict.fromkeys((seed.id for seed in known), ""))
    teleprompter.require(program, trainset=unknown, teacher=calls)
    check_teacher(calls)
    with dspy.context(lm=calls.lm, adapter=calls.adapter), display:
        with display.task("measuring the student on the seeds", None):
            notes = student_notes(known, meter)
        trainset = examples_of(known, notes)
        with display.task("tuning, in teacher calls", teacher_calls) as task:
            made = 0

            def show(step: SearchProgress) -> None:
                nonlocal made
                best = {} if step.best is None else {"best": step.best.mean}
                task.show({f"{step.doing}; rollouts": float(step.rollouts)} | best)
                task.advance(step.teacher_calls - made)
                made = step.teacher_calls

            tuned = teleprompter.compile(program, trainset=trainset, teacher=calls, on_step=show)
    return tuned, teleprompter.get_params()


def report(tuning: dict[str, Any]) -> None:
    """What was found, and what it cost."""
    print(f"best: {tuning['origin']}")
    for when in ("before", "after"):
        share, score = tuning[f"band_share_{when}"], tuning[when]
        if share is not None:
            print(f"{when}: {share:.0%} in the band, score {score[0]:.3f} ± {score[1]:.3f}")
    if fresh := tuning["fresh"]:
        chose = "; it also chose between the two best" if fresh["chosen_by"] else ""
        print(
            f"measured again, on {counted(fresh['decisions'], 'seed')} ({fresh['seeds']}{chose}): "
            f"{fresh['band_share']:.0%} in the band, "
            f"score {fresh['score']:.3f} ± {fresh['standard_error']:.3f}"
        )
    print(
        f"{counted(tuning['teacher_calls'], 'teacher call')}, "
        f"{counted(tuning['rollouts'], 'student rollout')}"
    )


def main(
    arguments: Sequence[str] | None = None, program: str = "python -m zoped.optimizers.pass_rate"
) -> None:
    """The script; `zoped optimize` is the same under its own name."""
    run_script(optimize, arguments, program)


if __name__ == "__main__":
    main()
