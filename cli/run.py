"""`zoped run CONFIG`: rounds of measure, tune, generate, train, evaluate, in a run folder."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zoped.cli.console import Told, console, say, show_progress
from zoped.cli.errors import speaks_to_the_person
from zoped.foundation.errors import ZopedError

if TYPE_CHECKING:
    from rich.console import ConsoleRenderable

    from zoped.train.loop.report import RunReport
    from zoped.train.results import BenchmarkScore, Evaluated
    from zoped.train.settings import RunSettings


@speaks_to_the_person(
    on_interrupt="What was finished is kept; the same command goes on from there."
)
def run(
    config: Annotated[Path, typer.Argument(help="YAML file (docs/configuration.md).")],
    run_dir: Annotated[
        Path | None,
        typer.Option(help="Run folder; default: runs/ and the configuration's name."),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            help="Change a setting, such as train.steps=20; repeat it.",
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="The same as --set seed=SEED.")] = None,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Load everything but the weights, print the plan, stop."),
    ] = False,
) -> Told:
    """Measure, tune, generate, train, evaluate, in rounds. The same command resumes a run."""
    from zoped.cli.config import given_by, load_config, told_as_given
    from zoped.train.run_folder import require_run_folder

    overrides = [*(set_ or []), *([f"seed={seed}"] if seed is not None else [])]
    settings = load_config(config, overrides)
    folder = run_dir or Path("runs") / config.stem
    with told_as_given(given_by(overrides)):
        if dry_run:
            require_run_folder(folder, settings)
            return planned(settings)
        return _played(settings, folder, config.stem)


def _played(settings: RunSettings, run_dir: Path, name: str) -> Told:
    """The run, and what came of it; `name` is the configuration's."""
    from zoped.train.config_file import CONFIG, flatten
    from zoped.train.run_folder import keep_configuration_name, open_run_folder

    with open_run_folder(run_dir, settings) as folder:
        say(f"run folder {folder}")
        with console().status("loading"):
            from zoped.cli.tracking import open_tracker
            from zoped.cli.tracking_result import packages
            from zoped.cli.tracking_store import Store
            from zoped.train.rounds import play_rounds

            title = f"{folder.resolve().name}, seed {settings.seed}"
            tracker = open_tracker(folder, experiment=name, name=title)
        with (
            show_progress() as progress,
            tracker.opened(tags={"kind": "run"}),
            tracker.traced() if settings.tracking.traces else nullcontext(),
        ):
            keep_configuration_name(folder, name)
            tracker.params(flatten(settings.model_dump(mode="json")))
            tracker.text((folder / CONFIG).read_text(encoding="utf-8"), CONFIG)
            tracker.text(packages(), "packages.txt")
            report = play_rounds(settings, folder, tracker=tracker, progress=progress)
        end = (
            f"\nresults are in {folder}\nlook at them, and compare them with other runs: "
            f"{Store.beside(folder).how_to_look}"
        )
        return Told({"run": folder, **numbers(report)}, [*shown(report), end])


def planned(settings: RunSettings) -> Told:
    """What the run will do and need."""
    from rich.table import Table

    with console().status("loading everything but the weights"):
        from zoped.train.loop.checks import check_installed, check_trainer
        from zoped.train.plan import make_plan

        plan = make_plan(settings)
    table = Table("", "", title="The plan", show_header=False)
    for label, value in plan.lines():
        table.add_row(label, value)
    try:
        check_installed(settings)
        check_trainer(settings)
    except ZopedError:  # the plan is shown all the same: it may be for another machine
        console().print(table)
        raise
    return Told({"plan": plan}, table)


def numbers(report: RunReport) -> dict[str, Any]:
    """A run's report for --json."""
    return {
        "start": report.start,
        "rounds": report.rounds,
        "accepted": report.accepted,
        "learnable": report.learnable,
        "costs": report.costs.report(accepted=report.accepted, learnable=report.learnable),
        "examples": [
            {"text": s.problem.text, "answer": s.problem.answer, "pass_rate": s.pass_rate}
            for s in report.examples
        ],
    }


def shown(report: RunReport) -> list[str | ConsoleRenderable]:
    """The tables of a run and a few of its problems."""
    from rich.table import Table

    from zoped.cli.cost_table import cost_table

    rounds = report.rounds
    held_out = [report.start, *(entry.held_out for entry in rounds)]
    evaluated = [e if e is not None and e.total else None for e in held_out]
    rows = _score_rows("held-out accuracy", evaluated)
    greedy = [e.greedy if e else None for e in evaluated]
    if any(greedy):
        rows += _score_rows("by likeliest answers", greedy)
    measured = [e for e in evaluated if e is not None]
    for name in measured[-1].benchmarks if measured else ():
        rows += _score_rows(name, [e.benchmarks[name] if e else None for e in evaluated])
    by_round: list[tuple[str, list[str]]] = []
    if any(entry.problems_before or entry.problems_after for entry in rounds):
        before = [f"{_share(entry.share_before)} of {entry.problems_before}" for entry in rounds]
        after = [f"{_share(entry.share_after)} of {entry.problems_after}" for entry in rounds]
        if any(entry.tuned for entry in rounds):
            by_round += [("in the band before tuning", before), ("  after", after)]
        else:
            by_round.append(("in the band, of the first made", before))
    by_round += [
        ("accepted", [f"{entry.accepted:,}" for entry in rounds]),
        # Always shown: that there is none is worth knowing too.
        ("rejected: contaminated", [f"{entry.contaminated:,}" for entry in rounds]),
    ]
    reasons = dict.fromkeys(reason for entry in rounds for reason in entry.rejected)
    for reason in (reason for reason in reasons if reason != "contaminated"):
        counts = [f"{entry.rejected.get(reason, 0):,}" for entry in rounds]
        by_round.append((f"rejected: {reason}", counts))
    by_round += [
        ("groups with a gradient, expected", [_share(e.gradient_expected) for e in rounds]),
        ("  measured", [_share(entry.gradient_measured) for entry in rounds]),
        ("teacher calls", [f"{entry.teacher_calls:,}" for entry in rounds]),
        ("student rollouts", [f"{entry.student_rollouts:,}" for entry in rounds]),
    ]
    rows += [(label, ["", *cells]) for label, cells in by_round]
    table = Table(title="The run")
    table.add_column("")  # wrapped first, as the widest
    for title in ("start", *(f"round {entry.number}" for entry in rounds)):
        table.add_column(title, justify="right")
    for label, cells in rows:
        table.add_row(label, *cells)
    parts: list[str | ConsoleRenderable] = [table]
    if report.costs.by_step:
        parts.append(cost_table(report.costs, accepted=report.accepted, learnable=report.learnable))
    for stored in report.examples:
        problem = stored.problem
        symbols = "; ".join(
            [
                *(f"{v.name} = {v.value}" for v in problem.symbols.givens),
                *(str(relation) for relation in problem.symbols.relations),
                f"find {problem.symbols.target}",
            ]
        )
        rate = stored.pass_rate
        solved = f"{rate.passes} of {rate.rollouts}" if rate else "not measured"
        parts.append(
            f"\n{problem.text}\n  symbols: {symbols}\n  answer: {problem.answer}; solved {solved}; "
            f"made by {problem.move} from {problem.seed_id}"
        )
    return parts


def _score_rows(
    name: str, scores: Sequence[Evaluated | BenchmarkScore | None]
) -> list[tuple[str, list[str]]]:
    """An accuracy and its interval, round by round; "-" where it was not measured."""
    return [
        (name, [f"{s.accuracy:.1%}" if s else "-" for s in scores]),
        ("  95 % interval", [f"{s.low:.1%} to {s.high:.1%}" if s else "-" for s in scores]),
    ]


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"
