"""The figure of a comparison: accuracy against rollouts, and the differences with their intervals."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from zoped.train.comparison import Comparison


def draw(found: Comparison, path: Path) -> None:
    """Write it; the form is that of the file's ending."""
    from matplotlib.figure import Figure

    from zoped.train.lab.figure import draw_arm

    figure = Figure(figsize=(11, 4.5), layout="constrained")
    curves, differences = figure.subplots(1, 2)
    for arm in found.arms:
        draw_arm(curves, arm.name, [run.numbers for run in arm.runs])
    curves.set(
        xlabel="student rollouts: measuring, tuning, training", ylabel="held-out accuracy, %"
    )
    curves.legend(frameon=False)
    _draw_differences(differences, found)
    figure.savefig(path, dpi=120)


def _draw_differences(panel: Axes, found: Comparison) -> None:
    """A line a test: over seeds, and on each set of questions."""
    rows: list[tuple[str, float, float, float]] = []
    for each in found.against:
        rows += [
            (f"{each.arm}, {name} by seed", gain.mean, gain.low, gain.high)
            for name, gain in each.gains.items()
        ]
        rows += [
            (f"{each.arm}, {name.replace('_', ' ')}", on.mean, on.low, on.high)
            for name, on in each.on.items()
        ]
    for place, (_, mean, low, high) in enumerate(rows):
        panel.plot([100 * low, 100 * high], [place, place], color="tab:blue")
        panel.plot([100 * mean], [place], marker="o", color="tab:blue")
    panel.axvline(0, color="gray", linewidth=0.8)
    panel.set_yticks(range(len(rows)), [name for name, *_ in rows])
    panel.set_ylim(len(rows) - 0.5, -0.5)
    panel.set(title=f"against {found.arms[0].name}", xlabel="points, with 95 % intervals")
