"""`zoped audit FILE`: what is wrong with a data set, row by row, each fault with its evidence."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zoped.cli.console import Told, say, show_progress
from zoped.cli.errors import UserError, speaks_to_the_person
from zoped.foundation.errors import counted

if TYPE_CHECKING:
    from zoped.evals.audit import Audit
    from zoped.programs.teachers.calls import TeacherCalls

SHOWN = 5  # findings of a kind; all of them are in --output


@speaks_to_the_person(on_interrupt="What was judged so far is kept; the same command goes on.")
def audit(
    file: Annotated[
        Path,
        typer.Argument(
            help="JSON Lines or Parquet, a file or a folder: rows with a text and an answer, and symbols or equations "
            "if there are (docs/audit.md)."
        ),
    ],
    teacher: Annotated[
        str,
        typer.Option(
            help="Reads the rows that have neither symbols nor equations, as LiteLLM names it "
            "(openai/gpt-5-mini, ...); `none` leaves them unsolved."
        ),
    ] = "none",
    api_base: Annotated[
        str | None, typer.Option(help="URL of an OpenAI-compatible server that has the teacher.")
    ] = None,
    teacher_calls: Annotated[
        int | None, typer.Option(min=1, help="Requests to the teacher, at most.")
    ] = None,
    concurrency: Annotated[
        int, typer.Option(min=1, help="Requests to the teacher under way at once.")
    ] = 8,
    against: Annotated[
        str | None,
        typer.Option(
            help="Benchmarks that no text may be too near to, with commas between them; `all` is "
            "all, `none` none. Default: those in the folder that ZOPED_DATA names."
        ),
    ] = None,
    time_limit: Annotated[
        float, typer.Option(min=0.1, help="Seconds of CPU time for one solution.")
    ] = 2.0,
    cache: Annotated[
        Path | None,
        typer.Option(
            help="SQLite file that keeps what rows came to. Default: audits.db in $ZOPED_CACHE, or "
            "in ~/.cache/zoped."
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="JSON Lines file for all findings, a line each."),
    ] = None,
) -> Told:
    """Find wrong golds, rows with several answers or none, idle and missing numbers, near duplicates
    and overlap with benchmarks."""
    from zoped.cli.evaluate import benchmark_names
    from zoped.foundation.files import write_whole
    from zoped.foundation.json_lines import dump_rows
    from zoped.foundation.own_files import require_new

    if output is not None and output.resolve() == file.resolve():
        raise UserError(f"--output {output}: this is the file that is audited; name another")
    if output is not None and not output.parent.is_dir():
        raise UserError(f"--output {output}: there is no folder {output.parent}")
    if output is not None:
        require_new(output, f"--output {output}")
    from zoped.evals.audit import audit as audited
    from zoped.evals.audit import load_rows
    from zoped.evals.contamination import TestedTexts, available_benchmarks, benchmark_texts
    from zoped.programs.teachers.model_file import cache_folder

    rows = load_rows(file)
    if against is None:
        names = available_benchmarks()
    else:
        names = [] if against == "none" else benchmark_names(against, "--against")
    with show_progress() as progress:
        with progress.task("loading", None):
            tested = TestedTexts(benchmark_texts(names))
            asked = _teacher(teacher, api_base, teacher_calls, concurrency)
        with progress.task(f"judging {counted(len(rows), 'row')}", len(rows)) as bar:
            found = audited(
                rows,
                teacher=asked,
                tested=tested,
                kept=cache or cache_folder() / "audits.db",
                time_limit=time_limit,
                on_judged=bar.advance,
            )
    if output is not None:
        write_whole(output, dump_rows(finding.as_dict() for finding in found.findings))
        say(f"written: {output}")
    values = {
        "file": str(file),
        "rows": found.rows,
        "solved": found.solved,
        "unsolved": dict(found.unread),
        "against": names,
        "teacher_calls": asked.spent.calls if asked is not None else 0,
        "counts": found.counts,
        "findings": [finding.as_dict() for finding in found.findings],
    }
    return Told(values, _lines(file, found, names))


def _teacher(
    name: str, api_base: str | None, most: int | None, concurrency: int
) -> TeacherCalls | None:
    """Who reads texts, tried by one call; None for `none`. Raises UserError or TeacherError."""
    if name == "none":
        return None
    if name == "embedded":
        raise UserError(
            "--teacher embedded: it is too small to formalize a text; name another, or none"
        )
    from zoped.programs.teachers.abilities import is_reader
    from zoped.programs.teachers.calls import TeacherCalls
    from zoped.programs.teachers.load import check_teacher, load_teacher
    from zoped.programs.teachers.notation import adapter_of

    lm = load_teacher(name, api_base=api_base, max_tokens=2_048)
    adapter = adapter_of("short" if is_reader(name) else "json")
    calls = TeacherCalls(lm, adapter=adapter, max_calls=most, concurrency=concurrency)
    check_teacher(calls)
    return calls


def _lines(file: Path, found: Audit, names: list[str]) -> list[str]:
    """What was found, kind by kind, the first few of each."""
    from zoped.evals.audit import KINDS

    lines = [
        f"{file}: {counted(found.rows, 'row')}, {found.solved:,} compared with an exact solution"
    ]
    lines += [f"    {count:,} not solved: {why}" for why, count in found.unread.items()]
    compared = ", ".join(names) or "no benchmark (name some with --against)"
    lines.append(f"    compared with {compared}")
    for kind, count in found.counts.items():
        lines.append(f"{kind}: {counted(count, 'row')} ({KINDS[kind]})")
        mine = [finding for finding in found.findings if finding.kind == kind]
        lines += [f"    line {one.line} ({one.id}): {one.evidence}" for one in mine[:SHOWN]]
        if mine[SHOWN:]:
            lines.append(f"    and {len(mine) - SHOWN:,} more; --output writes all of them")
    if not found.findings:
        lines.append("nothing was found")
    return lines
