"""What the teacher cost, as a table."""

from __future__ import annotations

from rich.table import Table

from zoped.programs.teachers.budget import Spent
from zoped.programs.teachers.costs import STEPS, CostSheet, per


def cost_table(sheet: CostSheet, *, accepted: int, learnable: int | None = None) -> Table:
    """By step, by outcome, in all, and for each accepted and each learnable problem."""
    table = Table(title="The teacher's cost")
    table.add_column("")
    for title in ("calls", "tokens", "seconds", "dollars"):
        table.add_column(title, justify="right")
    order = [*STEPS, *sorted(sheet.by_step.keys() - set(STEPS))]
    for step in (step for step in order if step in sheet.by_step):
        table.add_row(step, *_cells(sheet.by_step[step]))
    table.add_row("all", *_cells(sheet.total), end_section=True)
    for outcome, spent in sorted(sheet.by_outcome.items(), key=lambda item: -item[1].calls):
        table.add_row(f"for {_named(outcome)}", *_cells(spent))
    for what, count in (("accepted", accepted), ("learnable", learnable)):
        if count:
            share = per(sheet.total, count)
            cells = [f"{share[name]:,.1f}" for name in ("calls", "tokens", "seconds")]
            table.add_row(f"a problem that is {what}", *cells, dollars_told(share["dollars"]))
    return table


def _named(outcome: str) -> str:
    return "what was accepted" if outcome == "accepted" else f"rejected: {outcome}"


def _cells(spent: Spent) -> list[str]:
    return [
        f"{spent.calls:,}",
        f"{spent.tokens:,}",
        f"{spent.seconds:,.0f}",
        dollars_told(spent.dollars),
    ]


def dollars_told(dollars: float | None) -> str:
    return "not known" if dollars is None else f"{dollars:,.4f}"
