"""`zoped evaluate`: a student's accuracy on benchmarks, with its intervals."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoped.cli.console import Told, say, show_progress
from zoped.cli.errors import UserError, speaks_to_the_person
from zoped.cli.tracking_result import TrackingUri, numbers_in, result_tracker
from zoped.foundation.errors import counted, did_you_mean
from zoped.foundation.own_files import make_folder

if TYPE_CHECKING:
    from zoped.evals.evaluation.measure import Task
    from zoped.students import EndpointStudent, HFStudent

HELD_OUT = 400
ANSWER_TOKENS = 512  # of a student behind a server
SERVED = 8  # times the requests under way: answers of a server's that are kept together


@speaks_to_the_person(on_interrupt="The answers so far are kept; the same command goes on.")
def evaluate(
    student: Annotated[
        str,
        typer.Option(
            help="`lab`, `smollm2`, a Hugging Face id, a folder, or, with --api-base, a model's name "
            "on a server."
        ),
    ] = "lab",
    benchmarks: Annotated[
        str | None,
        typer.Option(
            help="Names with commas between them, such as gsm8k,math500; `paper` and `mawps` are "
            "groups, `all` is all. Default: Zoped's held-out problems."
        ),
    ] = None,
    questions: Annotated[
        list[Path] | None,
        typer.Option(
            help="JSON Lines or Parquet with text and answer: numbers, LaTeX, words, rows of data "
            "sets or what `zoped generate` wrote, a file or a folder (docs/seeds.md); may be given several times."
        ),
    ] = None,
    problems: Annotated[
        int | None,
        typer.Option(
            min=1,
            help=f"Of each at most, always the same ones; default all, and {HELD_OUT} held-out ones.",
        ),
    ] = None,
    samples: Annotated[int, typer.Option(min=1, max=1024, help="Answers per problem.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Of the answers that are sampled.")] = 0,
    temperature: Annotated[
        float, typer.Option(min=0.0, max=5.0, help="0 takes the likeliest token each time.")
    ] = 1.0,
    max_new_tokens: Annotated[
        int | None,
        typer.Option(min=1, help=f"Of an answer; default the student's own, or {ANSWER_TOKENS}."),
    ] = None,
    instruction: Annotated[
        str | None,
        typer.Option(help="What follows every question; default the student's own."),
    ] = None,
    device: Annotated[
        str | None, typer.Option(help="cpu, cuda, ...; default a GPU where there is one.")
    ] = None,
    api_base: Annotated[
        list[str] | None,
        typer.Option(
            help="URL of an OpenAI-compatible server that has the student; several times for several "
            "servers, which are asked in turn. Their key is read from OPENAI_API_KEY."
        ),
    ] = None,
    concurrency: Annotated[
        int, typer.Option(min=1, help="Requests to the server under way at once.")
    ] = 16,
    cache: Annotated[
        Path | None,
        typer.Option(
            help="SQLite file that keeps the answers: what was sampled once is not sampled again. "
            "Default: answers.db in $ZOPED_CACHE, or in ~/.cache/zoped."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Folder for the results in lm-evaluation-harness's layout, every answer included.",
        ),
    ] = None,
    list_benchmarks: Annotated[
        bool,
        typer.Option("--list", help="List the benchmarks with their licences and stop."),
    ] = False,
    tracking_uri: TrackingUri = None,
) -> Told:
    """Measure a student on problems with known answers: pass@1, pass@k and majority@k, each with a
    95 % interval. All questions are asked together; a killed command goes on where it was."""
    from zoped.cli.evaluation_table import benchmarks_told, evaluation_told

    if list_benchmarks:
        return benchmarks_told()
    if temperature == 0 and samples > 1:
        raise UserError("--temperature 0 gives the same answer each time; leave --samples at 1")
    if output is not None and output.exists() and not output.is_dir():
        raise UserError(f"--output {output} is a file; name a folder")
    tasks = _tasks(benchmarks, questions or [], problems)
    if output is not None:
        make_folder(output, f"--output {output}")
    with result_tracker(
        tracking_uri, experiment="evaluate", name=student, kind="evaluate", params={}
    ) as tracker:
        with show_progress() as progress:
            with progress.task("loading", None):
                from zoped.evals.evaluation.harness import Asked, write_harness_results
                from zoped.evals.evaluation.kept_answers import KeptAnswers
                from zoped.evals.evaluation.measure import BATCH, evaluate_tasks
                from zoped.programs.teachers.model_file import cache_folder

                kept = KeptAnswers(cache or cache_folder() / "answers.db")
                loaded, source = _student(
                    student, api_base, instruction, temperature, max_new_tokens, device, concurrency
                )
            count = len({question.text for task in tasks for question in task.questions})
            begun = datetime.now(UTC)
            with kept, progress.task(f"asking {counted(count, 'question')}", count) as bar:
                evaluation = evaluate_tasks(
                    loaded,
                    tasks,
                    samples=samples,
                    seed=seed,
                    kept=kept,
                    batch=SERVED * concurrency if api_base else BATCH,
                    on_answered=bar.advance,
                )
        asked = Asked(
            student=student,
            source=source,
            instruction=loaded.instruction,
            temperature=temperature,
            max_new_tokens=loaded.max_new_tokens,
            samples=samples,
            seed=seed,
            limit=problems,
        )
        if output is not None:
            path = write_harness_results(
                output, tasks, evaluation, asked, begun=begun, ended=datetime.now(UTC)
            )
            say(f"written: {path}")
        told = evaluation_told(tasks, evaluation, asked, version=loaded.version)
        tracker.params(asdict(asked) | {"version": loaded.version})
        tracker.metrics(numbers_in(told.values["benchmarks"] | told.values["averages"]), step=0)
        return told


def _tasks(benchmarks: str | None, files: list[Path], count: int | None) -> list[Task]:
    """What is asked. Raises UserError, BenchmarkError or WordProblemError."""
    from zoped.evals.benchmarks import BENCHMARKS, load_benchmark
    from zoped.evals.benchmarks.load import drawn
    from zoped.evals.evaluation.measure import Task
    from zoped.programs.seeds.word_problems import load_word_problems

    tasks = []
    for name in benchmark_names(benchmarks, "--benchmarks") if benchmarks is not None else ():
        every = load_benchmark(name)
        kept = drawn(every, count, f"{name}-test-0")
        tasks.append(Task(name, kept, len(every), BENCHMARKS[name].check))
    for path in files:
        name = path.stem
        if any(task.name == name for task in tasks):
            raise UserError(f"--questions {path}: there is a {name!r} already; rename the file")
        rows = load_word_problems(path)
        tasks.append(Task(name, drawn(rows, count, f"{name}-0"), len(rows)))
    if not tasks:
        from zoped.evals.held_out import held_out_problems

        found = held_out_problems(count or HELD_OUT)
        tasks.append(Task("held_out", found, len(found)))
    return tasks


def benchmark_names(written: str, option: str) -> list[str]:
    """The benchmarks that the option's value names, each once. Raises UserError."""
    from zoped.evals.benchmarks import AVERAGES, NAMES

    known = {**{name: (name,) for name in NAMES}, **AVERAGES, "all": NAMES}
    found: dict[str, None] = {}
    for part in filter(None, (part.strip() for part in written.split(","))):
        name = part.lower().replace("-", "_")
        if name not in known:
            near = did_you_mean(name, known) or f"; there are {', '.join(known)}"
            raise UserError(f"{option}: there is no {part!r}{near}")
        found |= dict.fromkeys(known[name])
    if not found:
        raise UserError(f"{option}: name at least one, such as gsm8k")
    return list(found)


def _student(
    name: str,
    api_base: list[str] | None,
    instruction: str | None,
    temperature: float,
    max_new_tokens: int | None,
    device: str | None,
    concurrency: int,
) -> tuple[HFStudent | EndpointStudent, str]:
    """The student, and what lm-evaluation-harness calls its kind. Raises StudentError."""
    if not api_base:
        from zoped.students import load_student

        loaded = load_student(
            name,
            instruction=instruction,
            device=device,
            temperature=temperature,
            max_new_tokens=max_new_tokens,
        )
        return loaded, "hf"
    import os

    from zoped.students.endpoint import EndpointStudent
    from zoped.students.prompting import INSTRUCTION

    served = EndpointStudent(
        name,
        api_base,
        instruction=INSTRUCTION if instruction is None else instruction,
        api_key=os.environ.get("OPENAI_API_KEY") or "local",
        temperature=temperature,
        max_tokens=max_new_tokens or ANSWER_TOKENS,
        concurrency=concurrency,
    )
    return served, "local-chat-completions"
