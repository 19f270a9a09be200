"""Our optimizers next to DSPy's, on the same task and about the same budget.

    python -m zoped.optimizers.compare --output compare.json

Every contender tunes the same generator for the same student, for each random seed; then the share
of problems in the band is measured on seeds that none of them saw. One MLflow experiment holds it
all: a parent run for each optimizer, a child run for each random seed, so that MLflow's own compare
view shows them (`zoped ui`, on the folder of the output).
"""

from __future__ import annotations

import io
import json
import logging
import time
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Annotated, Any

import dspy
import typer

from zoped.evals import PassRateMeter, measure_program, student_notes
from zoped.evals.held_out import elementary
from zoped.foundation.display import show_progress
from zoped.foundation.files import write_whole
from zoped.foundation.own_files import make_folder
from zoped.foundation.usage import in_parts
from zoped.optimizers.compare.contenders import CONTENDERS, Calls, Task
from zoped.optimizers.compare.table import METRICS, line, open_experiment, table, track
from zoped.optimizers.measuring import examples_of
from zoped.optimizers.script import one_message, run_script
from zoped.programs import GenerateProblem, Seed, builtin_seeds, load_seeds
from zoped.programs.formalizing.kept import KeptFormalizations
from zoped.programs.teachers.load import check_teacher, load_teacher
from zoped.programs.teachers.notation import Notation, adapter_of, notation_of
from zoped.students import load_student

SETTINGS = (
    *("student", "teacher", "notation", "mutation", "seeds_file", "menu", "strategies"),
    *("signature", "calls", "variants", "laps"),
)
HELD_OUT_STREAM = 20_000
ROW_OF = {"optimizer", "seed"}
ROW = {*ROW_OF, *METRICS}
ROOM_FOR_PROBLEMS = 2_048  # tokens of a reply that is a whole problem


@dataclass(frozen=True)
class Options:
    """The settings of a comparison: the options of the command."""

    student: str = "lab"
    teacher: str = "embedded"
    api_base: str | None = None
    notation: Notation = "json"
    formalizations: Path | None = None
    mutation: str = "operators"
    strategies: Sequence[str] | None = None
    seeds_file: str = "elementary"
    contenders: Sequence[str] = tuple(CONTENDERS)
    menu: Sequence[str] | None = None
    signature: str | None = None
    calls: int = 64
    seeds: Sequence[int] = (0, 1, 2)
    variants: int = 8
    laps: int = 2
    output: Path = Path("compare.json")

    @property
    def shared(self) -> dict[str, Any]:
        """Those that the rows of one comparison have in common."""
        return {name: getattr(self, name) for name in SETTINGS}


def command(
    context: typer.Context,
    student: Annotated[str, typer.Option(help="lab, smollm2, a hub id or a folder")] = "lab",
    teacher: Annotated[str, typer.Option(help="embedded, or any LiteLLM model")] = "embedded",
    api_base: Annotated[str | None, typer.Option(help="URL of an OpenAI-compatible server")] = None,
    notation: Annotated[
        str, typer.Option(help="how the teacher writes problems: json or compact")
    ] = "json",
    formalizations: Annotated[
        Path | None, typer.Option(help="file that keeps what was formalized, for all of them")
    ] = None,
    mutation: Annotated[
        str, typer.Option(help="what is tuned: the choice of operators, or rewrite")
    ] = "operators",
    strategies: Annotated[
        list[str] | None,
        typer.Option(help="of rewrites, with commas or one at a time; all if not given"),
    ] = None,
    seeds_file: Annotated[
        str, typer.Option(help="elementary, builtin, or a JSON Lines file")
    ] = "elementary",
    contenders: Annotated[
        list[str] | None, typer.Option(help="one at a time; all if not given")
    ] = None,
    menu: Annotated[
        list[str] | None,
        typer.Option(help="operators, with commas or one at a time; all if not given"),
    ] = None,
    signature: Annotated[str | None, typer.Option(help="of the choice, a dotted path")] = None,
    calls: Annotated[int, typer.Option(help="of the teacher, that each may spend")] = 64,
    seeds: Annotated[str, typer.Option(help="random seeds, with commas")] = "0,1,2",
    variants: Annotated[int, typer.Option(help="problems per decision")] = 8,
    laps: Annotated[int, typer.Option(help="of the held-out seeds, in measuring")] = 2,
    output: Annotated[Path, typer.Option(help="the rows, as JSON")] = Path("compare.json"),
    tracking_uri: Annotated[
        str | None,
        typer.Option(help="MLflow's; beside the output if not given", envvar="MLFLOW_TRACKING_URI"),
    ] = None,
) -> None:
    """Tune the same generator with several optimizers and measure, on seeds that none of them saw,
    how much of what it makes lands in the student's band. The same command goes on with the rows
    that are missing."""
    logging.getLogger("dspy").setLevel(logging.ERROR)
    with one_message(context, f"Finished rows are in {output}; run the same command to continue."):
        names = contenders or list(CONTENDERS)
        if unknown := [name for name in names if name not in CONTENDERS]:
            raise ValueError(f"no contender {unknown[0]!r}; there are {'; '.join(CONTENDERS)}")
        if mutation not in ("operators", "rewrite"):
            raise ValueError(f"mutation is {mutation!r}; give operators or rewrite")
        options = Options(
            student=student,
            teacher=teacher,
            api_base=api_base,
            notation=notation_of(notation),
            formalizations=formalizations,
            mutation=mutation,
            strategies=in_parts(strategies),
            seeds_file=seeds_file,
            contenders=names,
            menu=in_parts(menu),
            signature=signature,
            calls=calls,
            seeds=[int(part) for part in in_parts([seeds]) or ()],
            variants=variants,
            laps=laps,
            output=output,
        )
        make_folder(output.parent, f"--output {output}")
        uri = tracking_uri or f"sqlite:///{output.resolve().parent}/mlflow.db"
        open_experiment(uri)  # before hours are spent on what cannot be told
        rows = compare(options)
        track(rows, options.shared, uri)
        print("\n" + table(rows))


def main(arguments: Sequence[str] | None = None) -> None:
    run_script(command, arguments, "python -m zoped.optimizers.compare")


def compare(options: Options) -> list[dict[str, Any]]:
    """A row for each contender and random seed. Raises ValueError, OSError and TeacherError for
    options that are wrong."""
    settings = options.shared
    rows = _rows(options.output, settings)
    known = _seeds(options.seeds_file)
    student = load_student(options.student)
    room = ROOM_FOR_PROBLEMS if options.mutation == "rewrite" else 256
    teacher = load_teacher(options.teacher, api_base=options.api_base, max_tokens=room)
    check_teacher(teacher)
    # Seed by seed: what is there after a while is a whole comparison of fewer seeds.
    jobs = [(name, seed) for seed in options.seeds for name in options.contenders]
    display = show_progress()
    with (
        dspy.context(lm=teacher, adapter=adapter_of(options.notation)),
        display,
        display.task("comparing", len(jobs)) as task,
    ):
        for name, seed in jobs:
            if not any(row["optimizer"] == name and row["seed"] == seed for row in rows):
                rows.append(one(name, seed, options, known, student, teacher))
                content = {"settings": settings, "rows": rows}
                write_whole(options.output, json.dumps(content, indent=1))
                display.note(line(rows[-1]))
            task.advance()
    return rows


def one(
    name: str,
    seed: int,
    options: Options,
    known: Sequence[Seed],
    student: Any,
    teacher: dspy.LM,
) -> dict[str, Any]:
    """Tune with the contender `name`, measure on held-out seeds; what came of it and what it cost.

    A contender that raises has the error in its row instead of results.
    """
    order = Random(f"split-{seed}").sample(known, len(known))
    train, held_out = order[: 2 * len(order) // 3], order[2 * len(order) // 3 :]
    meter = PassRateMeter(student, seed=seed)
    notes = student_notes(order, meter)
    on_notes = meter.rollouts_spent
    signatures = {"mutate": options.signature} if options.signature else None
    program = GenerateProblem(
        signatures=signatures,
        mutation=options.mutation,
        operators=options.menu,
        strategies=options.strategies,
        variants=options.variants,
        random_seed=seed,
        kept=KeptFormalizations(options.formalizations),
    )
    # What is never asked here is nothing to tune: DSPy leaves compiled modules alone.
    program.formalize._compiled = program.verbalize._compiled = True
    delattr(program.mutate, "choose" if options.mutation == "rewrite" else "rewrite")
    examples = examples_of(train, notes)
    row: dict[str, Any] = {"optimizer": name, "seed": seed, "student": student.version}
    calls = Calls()
    start = time.monotonic()
    try:
        # Their own bars and prints would run through ours.
        silence = io.StringIO()
        with (
            dspy.context(callbacks=[calls]),
            redirect_stdout(silence),
            redirect_stderr(silence),
        ):
            tuned = CONTENDERS[name](Task(program, examples, meter, teacher, options.calls, seed))
    except Exception as error:  # noqa: BLE001  # one contender's fault is its result
        said = " ".join(str(error).split())[:160]
        return row | {"error": f"{type(error).__name__}: {said}"}
    row |= {
        "minutes": (time.monotonic() - start) / 60,
        "teacher_calls": calls.count,
        "rollouts": meter.rollouts_spent - on_notes,
    }
    fresh = PassRateMeter(student, seed=seed + 1_000)
    measured = [
        measure_program(tuned, held_out, fresh, stream=HELD_OUT_STREAM + lap, notes=notes)
        for lap in range(options.laps)
    ]
    rates = [rate.rate for part in measured for rate in part.pass_rates]
    problems = [problem for part in measured for problem in part.problems]
    attempts = len(problems) + sum(len(part.rejections) for part in measured)
    inside = [p for p, rate in zip(problems, rates, strict=True) if fresh.band.contains(rate)]
    distinct = len({problem.instance_key for problem in inside})
    return row | {
        "in_band": len(inside),
        "distinct": 1_000 * distinct / fresh.rollouts_spent if distinct else 0.0,
        "problems": len(problems),
        "band_share": len(inside) / len(problems) if problems else 0.0,
        "accepted": len(problems) / attempts if attempts else 0.0,
        "structures": len({problem.fingerprint for problem in problems}),
    }


def _rows(path: Path, settings: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows that `path` holds. Raises ValueError where they are of other settings."""
    if not path.exists():
        return []
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        before, rows = dict(content["settings"]), list(map(dict, content["rows"]))
        whole = all(row.keys() >= ROW or {*ROW_OF, "error"} <= row.keys() for row in rows)
    except (ValueError, TypeError, KeyError, RecursionError):
        whole = False
    if not whole:
        raise ValueError(f"{path} is not the output of a comparison; give another --output")
    for name, value in settings.items():
        if (was := before.get(name)) != value:
            raise ValueError(
                f"{path} holds rows of another comparison ({name}: {was}, not {value}); "
                "give another --output"
            )
    return rows


def _seeds(name: str) -> list[Seed]:
    if name not in ("elementary", "builtin"):
        return load_seeds(name)
    seeds = [seed for seed in builtin_seeds() if seed.symbols is not None]
    if name == "builtin":
        return seeds
    return [s for s in seeds if s.symbols is not None and elementary(s.symbols, most_steps=2)]


if __name__ == "__main__":
    main()
