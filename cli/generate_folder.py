"""`zoped generate --teacher none -o FOLDER`: random walks over operators, by the million."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path

from zoped.cli.config import parse_settings, told_as_given
from zoped.cli.console import Told, show_progress
from zoped.cli.errors import UserError
from zoped.cli.generate_file import counts_table, enough_already
from zoped.evals.held_out import held_out_keys
from zoped.foundation.errors import counted
from zoped.programs.bulk.on_ray import ray_units
from zoped.programs.bulk.shards import WalkSettings, write_shards
from zoped.programs.known_operators import known_operators
from zoped.train.loop.checks import check_teacher_is_able
from zoped.train.loop.parts import run_seeds


def generate_folder(
    folder: Path,
    count: int,
    seeds: str,
    *,
    seed: int,
    longest: int,
    variants: int,
    operators: list[str] | None,
    time_limit: float,
    processes: int | None,
    engine: str,
    address: str | None,
) -> Told:
    """Fill `folder` up to `count` problems out of the seeds that have symbols, as Parquet shards."""
    sections = {"seeds": {"path": seeds}, "teacher": {"model": "none"}}
    given = {"seeds.path": "--seeds"}
    named = parse_settings(sections, source="", given=given)
    with told_as_given(given):
        known = run_seeds(named)
    check_teacher_is_able(named, known)
    if operators:
        try:
            known_operators(operators)
        except ValueError as error:
            raise UserError(f"--operators: {str(error).removeprefix('operators: ')}") from None
    settings = WalkSettings(
        [one for one in known if one.symbols is not None],
        seed=seed,
        longest=longest,
        variants=variants,
        # By the names that were given: each process makes the classes known to itself.
        operators=tuple(operators) if operators else None,
        time_limit=time_limit,
    )
    with show_progress() as progress, progress.task("generating problems", count) as task:
        shards = write_shards(
            folder,
            settings,
            count,
            processes=processes,
            units=partial(ray_units, address=address) if engine == "ray" else None,
            excluded=held_out_keys(),
            advance=task.advance,
        )
    rows = sum(shard.rows for shard in shards)
    reasons: Counter[str] = sum((shard.reasons for shard in shards), Counter())
    if not rows:
        raise UserError(f"{folder}: these seeds and operators give no problem")
    walks = sum(len(settings.walks(shard.unit)) for shard in shards)
    lines = [f"made in {counted(walks, 'walk')} over operators, whose rejections these are"]
    if rows < count:
        lines.append(f"these seeds and operators have no more: {rows:,} of {count:,}")
    if rows > count:
        lines.append(enough_already(folder, rows, count))
    lines.append(f"dataset: {folder}   (datasets.load_dataset reads it)")
    return Told(
        {"dataset": folder, "accepted": rows, "wanted": count, "rejected": dict(reasons)},
        [counts_table(rows, reasons), *lines],
    )
