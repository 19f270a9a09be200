"""`zoped prompts show RUN` and `zoped prompts diff RUN A B`: what tuning made of the prompts."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from zoped.cli.console import Told
from zoped.cli.errors import UserError, speaks_to_the_person

app = typer.Typer(help="The teacher's prompts.", no_args_is_help=True)
RUN = Annotated[Path, typer.Argument(help="Run folder, or a program that was saved as JSON.")]


@app.callback()
def prompts() -> None:
    """The teacher's prompts, before and after tuning."""


@app.command("show")
@speaks_to_the_person(on_interrupt="Nothing was changed.")
def show(
    run: RUN,
    version: Annotated[
        str | None, typer.Argument(help="ROUND.before or ROUND.after; default: the last.")
    ] = None,
) -> Told:
    """Print the instructions and demonstrations."""
    versions = _versions(run)
    name = version or list(versions)[-1]
    chosen = _chosen(versions, name, run)
    return Told({"version": name, "versions": list(versions), "program": chosen}, _text(chosen))


@app.command("diff")
@speaks_to_the_person(on_interrupt="Nothing was changed.")
def diff(
    run: RUN,
    a: Annotated[str, typer.Argument(help="ROUND.before or ROUND.after, such as 1.before.")],
    b: Annotated[str, typer.Argument(help="The same, such as 2.after.")],
) -> Told:
    """Print how the prompts of A and B differ, line by line."""
    versions = _versions(run)
    one, two = (_text(_chosen(versions, name, run)).splitlines() for name in (a, b))
    lines = list(difflib.unified_diff(one, two, a, b, lineterm=""))
    return Told({"a": a, "b": b, "diff": lines}, lines or f"{a} and {b} are the same")


def _versions(run: Path) -> dict[str, dict[str, Any]]:
    """Every stored version of the prompts, oldest first."""
    from zoped.train.run_record import require_run
    from zoped.train.state import STATE, RunState

    if run.is_file():
        try:
            program = json.loads(run.read_text(encoding="utf-8"))
        except (ValueError, RecursionError):
            raise UserError(f"{run} is no saved program: it is not JSON") from None
        if not (isinstance(program, dict) and _text(program)):
            raise UserError(
                f"{run} is no saved program: it has no prompts; `zoped optimize` writes one"
            )
        return {"saved": program}
    if not (run / STATE).is_file():
        require_run(run)
    with RunState(run / STATE) as state:
        names = [f"{round_}.{stage}" for round_, stage in state.prompt_versions()]
        found = {name: state.prompts(int(name.split(".")[0]), name.split(".")[1]) for name in names}
    if not found:
        raise UserError(f"{run} has no prompts yet")
    return {name: program for name, program in found.items() if program is not None}


def _chosen(versions: dict[str, dict[str, Any]], name: str, run: Path) -> dict[str, Any]:
    if name not in versions:
        raise UserError(f"{run} has no prompts {name!r}; it has {', '.join(versions)}")
    return versions[name]


def _text(program: dict[str, Any]) -> str:
    """What can be read of the program, part after part."""
    from zoped.train.prompt_texts import prompt_texts

    return "\n\n".join(f"# {name}\n\n{text}" for name, text in prompt_texts(program).items())
