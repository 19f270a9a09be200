"""`zoped diversity FILE...`: how varied the problems of a file are."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zoped.cli.console import Told, show_progress
from zoped.cli.errors import UserError, speaks_to_the_person
from zoped.foundation.errors import counted

if TYPE_CHECKING:
    from rich.table import Table

    from zoped.evals.diversity import Diversity

LISTED = 8  # kinds of a count


@speaks_to_the_person(on_interrupt="Nothing was changed.")
def diversity(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="JSON Lines or Parquet, each measured by itself: rows with a text, and symbols, topic, "
            "move and depth if there are."
        ),
    ],
    problems: Annotated[
        int | None,
        typer.Option(
            min=2, help="Of each file at most, drawn at random: sets of one size compare best."
        ),
    ] = None,
    embed: Annotated[
        int, typer.Option(min=0, help="Texts whose meanings are compared, at most; 0 for none.")
    ] = 2_000,
    sample: Annotated[int, typer.Option(min=2, help="Texts compared by BLEU, at most.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Of what is drawn.")] = 0,
) -> Told:
    """Measure structures, sub-domains of algebra and combinatorics, topics, moves, words and
    meanings."""
    found: dict[str, Diversity] = {}
    with show_progress() as progress:
        from zoped.evals.benchmarks.load import drawn
        from zoped.evals.diversity import diversity as measured
        from zoped.evals.diversity import load_items
        from zoped.evals.diversity.meanings import MISSING, is_installed

        for file in files:
            if str(file) in found:
                raise UserError(f"{file} is given twice")
            items, unread = load_items(file)
            if not items:
                raise UserError(f"{file}: no problems in it")
            items = drawn(items, problems, f"{file.name}-{seed}")
            with progress.task(f"measuring {file.name}", len(items)) as bar:
                found[str(file)] = measured(
                    items,
                    embed=embed,
                    sample=sample,
                    seed=seed,
                    on_progress=bar.advance,
                    unread=unread,
                )
    notes = [] if is_installed() or not embed else [MISSING]
    values = {name: _values(one) for name, one in found.items()}
    return Told({"files": values, "notes": notes}, [_table(found), *_lists(found), *notes])


def _values(one: Diversity) -> dict[str, Any]:
    from zoped.evals.diversity import LEAVES

    return {**asdict(one), "leaf_coverage": one.leaf_coverage, "taxonomy": len(LEAVES)}


def _table(found: dict[str, Diversity]) -> Table:
    from rich import box
    from rich.table import Table

    from zoped.evals.diversity import LEAVES

    table = Table(box=box.SIMPLE)
    table.add_column("")
    for name in found:
        table.add_column(Path(name).name, justify="right", overflow="fold")
    rows: list[tuple[str, list[str]]] = []

    def add(title: str, cell: Any) -> None:
        rows.append((title, [cell(one) for one in found.values()]))

    add("problems", lambda one: f"{one.problems:,}")
    add("different texts", lambda one: f"{one.distinct_texts:,}")
    add("with symbols", lambda one: f"{one.with_symbols:,}")
    add("structures", lambda one: f"{one.fingerprints:,}" if one.with_symbols else "-")
    add(
        "structures in 100 drawn",
        lambda one: f"{one.growth[100]:.1f}" if 100 in one.growth else "-",
    )
    add(
        f"sub-domains of {len(LEAVES)}",
        lambda one: f"{len(one.leaves)}" if one.with_symbols else "-",
    )
    add("topics", lambda one: f"{len(one.topics)}" if one.topics else "-")
    for kind in ("structures", "leaves", "topics", "moves", "depths"):
        add(f"entropy of {kind}, bits", lambda one, k=kind: _number(one.entropy.get(k), 2))
    for n in (1, 2, 3):
        add(f"distinct-{n}", lambda one, k=n: f"{one.distinct_n[k]:.3f}")
    add("self-BLEU", lambda one: f"{one.self_bleu:.3f}")
    add("mean cosine distance", lambda one: _number(one.mean_cosine_distance, 3))
    add("Vendi score", lambda one: _number(one.vendi_score, 1))
    for title, cells in rows:
        table.add_row(title, *cells)
    return table


def _number(value: float | None, places: int) -> str:
    return "-" if value is None else f"{value:.{places}f}"


def _lists(found: dict[str, Diversity]) -> list[str]:
    """What there is most of, file by file."""
    lines = []
    for name, one in found.items():
        for title, counts in (("sub-domains", one.leaves), ("moves", one.moves)):
            most = sorted(counts.items(), key=lambda item: -item[1])
            if most:
                told = ", ".join(f"{kind} {count:,}" for kind, count in most[:LISTED])
                more = f" and {len(most) - LISTED} more" if most[LISTED:] else ""
                lines.append(f"{Path(name).name}: {title}: {told}{more}")
        lines += [
            f"{Path(name).name}: {counted(count, 'row')}: {why}"
            for why, count in one.unread.items()
        ]
    return lines
