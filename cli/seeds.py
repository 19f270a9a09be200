"""`zoped seeds`: list and show seeds, check a file of them line by line, make one of a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zoped.cli.console import Told
from zoped.cli.errors import UserError, speaks_to_the_person
from zoped.foundation.errors import counted

if TYPE_CHECKING:
    from zoped.programs import Seed

NOTES = 20  # shown at most
SEEDS = Annotated[str, typer.Option("--seeds", help="A file of seeds; `builtin` are Zoped's own.")]
app = typer.Typer(help="Seed problems.", no_args_is_help=True, pretty_exceptions_enable=False)


@app.callback()
def seeds() -> None:
    """Seed problems."""


@app.command("check")
@speaks_to_the_person(on_interrupt="Nothing was changed.")
def check(
    file: Annotated[Path, typer.Argument(help="Seeds in JSON Lines or Parquet (docs/seeds.md).")],
) -> Told:
    """Say line by line what is wrong with FILE; exit code 2 if anything is."""
    from zoped.programs.seeds import check_seeds, load_seeds

    faults = check_seeds(file)
    wrong = [fault for fault in faults if fault.is_fatal]
    odd = [fault for fault in faults if not fault.is_fatal]
    values: dict[str, Any] = {
        name: [{"line": fault.line, "message": fault.message} for fault in faults]
        for name, faults in (("wrong", wrong), ("notes", odd))
    }
    lines = [f"{file}:{fault.line}: {fault.message}" for fault in wrong]
    lines += [f"{file}:{fault.line}: note: {fault.message}" for fault in odd[:NOTES]]
    if odd[NOTES:]:
        lines.append(f"{file}: {counted(len(odd) - NOTES, 'more note')} of this kind")
    if wrong:
        number = len({fault.line for fault in wrong})
        return Told(
            values, lines, error=f"{number:,} line{' is' if number == 1 else 's are'} wrong"
        )
    found = load_seeds(file)
    symbolic = sum(seed.symbols is not None for seed in found)
    end = f"{len(odd):,} to look at" if odd else "all is well"
    many = counted(len(found), "seed")
    lines.append(f"{file}: {many}, {symbolic:,} with their symbolic form; {end}")
    return Told({"seeds": len(found), "symbolic": symbolic, **values}, lines)


@app.command("list")
@speaks_to_the_person(on_interrupt="Nothing was changed.")
def list_seeds(
    seeds: SEEDS = "builtin",
    topic: Annotated[str | None, typer.Option(help="Those of this topic alone.")] = None,
) -> Told:
    """List seeds: id, topic and text."""
    from zoped.foundation.errors import did_you_mean

    found = _named(seeds)
    topics = sorted({one.topic for one in found if one.topic})
    if topic is not None and topic not in topics:
        near = did_you_mean(topic, topics) or f"; there are {', '.join(topics) or 'none'}"
        raise UserError(f"--topic: no seed is of the topic {topic!r}{near}")
    chosen = [one for one in found if topic in (None, one.topic)]
    wide = max(len(one.id) for one in chosen)
    of_topic = max(len(one.topic) for one in chosen)
    lines = [f"{one.id:{wide}}  {one.topic:{of_topic}}  {one.text}" for one in chosen]
    rows = [one.model_dump(mode="json", exclude={"symbols"}) for one in chosen]
    many = f"{counted(len(chosen), 'seed')}, {counted(len(topics), 'topic')}"
    end = f"{many}; `zoped seeds show ID` shows one whole"
    return Told({"seeds": rows}, [*lines, end])


@app.command("show")
@speaks_to_the_person(on_interrupt="Nothing was changed.")
def show(
    name: Annotated[str, typer.Argument(metavar="ID", help="The seed's id.")],
    seeds: SEEDS = "builtin",
) -> Told:
    """Show a seed: its text, answer, symbols, and how it is solved."""
    from zoped.foundation.errors import did_you_mean
    from zoped.symbolic import solve

    found = {one.id: one for one in _named(seeds)}
    if name not in found:
        near = did_you_mean(name, found) or "; `zoped seeds list` lists them"
        raise UserError(f"no seed {name!r}{near}")
    one = found[name]
    about = ", ".join(filter(None, (one.topic, one.level, one.source)))
    lines = [f"{one.id}{f' ({about})' if about else ''}", "", one.text, "", f"answer: {one.answer}"]
    if one.symbols is not None:
        symbols = one.symbols
        lines += [f"  {v.name} = {v.value}: {v.meaning or v.unit}" for v in symbols.givens]
        lines += [f"  {relation}" for relation in symbols.relations]
        lines += [f"  find {symbols.target}"]
        lines += [f"  {step.text}" for step in solve(symbols).steps]
    return Told(one.model_dump(mode="json"), lines)


@app.command("convert")
@speaks_to_the_person(on_interrupt="Nothing was written.")
def convert(
    table: Annotated[
        Path, typer.Argument(help="CSV, Parquet, JSON array or JSON Lines, such as the hub has.")
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The seeds, in JSON Lines (docs/seeds.md).")
    ],
    text: Annotated[
        str | None,
        typer.Option(help="Column of the problem; default: text, question, problem, ..."),
    ] = None,
    answer: Annotated[
        str | None, typer.Option(help="Column of the answer; default: answer, final_answer, ...")
    ] = None,
    topic: Annotated[str | None, typer.Option(help="Column of the topic.")] = None,
) -> Told:
    """Make a file of seeds of a table. Rows without a number as their answer are left out, and told."""
    from zoped.foundation.files import write_whole
    from zoped.foundation.json_lines import dump_rows
    from zoped.foundation.own_files import make_folder, require_new
    from zoped.programs.seeds.tables import seeds_of_table

    if output.suffix != ".jsonl":
        raise UserError(f"--output {output}: name a file that ends in .jsonl")
    require_new(output, f"--output {output}")
    found, faults = seeds_of_table(table, text=text, answer=answer, topic=topic)
    lines = [f"{table}: row {fault.line}: {fault.message}" for fault in faults[:NOTES]]
    if faults[NOTES:]:
        lines.append(f"{table}: rows left out beside these: {len(faults) - NOTES:,}")
    left_out = [{"row": fault.line, "message": fault.message} for fault in faults]
    if not found:
        return Told({"seeds": 0, "left_out": left_out}, lines, error=f"{table}: no seed in it")
    make_folder(output.parent, f"--output {output}")
    rows = (one.model_dump(mode="json", exclude_defaults=True) for one in found)
    write_whole(output, dump_rows(rows))
    lines.append(f"{output}: {counted(len(found), 'seed')}; rows left out: {len(faults):,}")
    return Told({"output": output, "seeds": len(found), "left_out": left_out}, lines)


def _named(seeds: str) -> list[Seed]:
    from zoped.programs import builtin_seeds
    from zoped.programs.seeds import named_seeds

    return named_seeds(seeds, {"builtin": builtin_seeds})
