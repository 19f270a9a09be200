"""The figure of a lab: held-out accuracy against student rollouts, a line an arm."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from zoped.train.lab.comparison import mean_interval
from zoped.train.lab.report import finished_by_arm
from zoped.train.lab.results import RunNumbers
from zoped.train.lab.settings import LabSettings

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_arm(panel: Axes, name: str, runs: Sequence[RunNumbers]) -> None:
    """The mean accuracy of an arm's runs against their rollouts, around it the 95 % interval of the
    gain since the start over the runs."""
    start = sum(run.points[0].accuracy for run in runs) / len(runs)
    columns = list(zip(*(run.points for run in runs), strict=False))
    rollouts = [sum(p.rollouts for p in points) / len(points) for points in columns]
    gains = [
        mean_interval(
            [p.accuracy - r.points[0].accuracy for p, r in zip(points, runs, strict=True)]
        )
        for points in columns
    ]
    means, lows, highs = ([100 * (start + x) for x in side] for side in zip(*gains, strict=True))
    (line,) = panel.plot(rollouts, means, marker="o", markersize=3, label=name)
    if len(runs) > 1:
        panel.fill_between(rollouts, lows, highs, alpha=0.15, color=line.get_color())


def draw(settings: LabSettings, runs: Sequence[RunNumbers], file: Path | BytesIO) -> bool:
    """Write the figure, a panel a student; False where no run is over. Bands are 95 % intervals of
    the gain since the start over the seeds, around the mean accuracy."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7 * len(settings.students), 4.5), layout="constrained")
    panels = figure.subplots(1, len(settings.students), squeeze=False)[0]
    drawn = False
    for panel, student in zip(panels, settings.students, strict=True):
        for arm, found in finished_by_arm(settings, student, runs).items():
            if not found:
                continue
            drawn = True
            draw_arm(panel, arm, found)
        panel.set(
            title=f"student {student}",
            xlabel="student rollouts: measuring, tuning, training",
            ylabel="held-out accuracy, %",
        )
        if panel.lines:
            panel.legend(frameon=False)
    if drawn:
        figure.savefig(file, dpi=150)
    return drawn
