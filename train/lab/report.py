"""The results of a lab as text: tables of arms, paired differences, and the answers to its claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from zoped.train.lab.claims import Answer, Claim
from zoped.train.lab.comparison import difference, mean_interval, rollouts_needed
from zoped.train.lab.results import RunNumbers, metric
from zoped.train.lab.settings import LabSettings

COUNTS = (
    *("rollouts", "measuring", "tuning", "training", "evaluation"),
    *("teacher_calls", "steps", "problems", "structures"),
)
ByArm = dict[str, list[RunNumbers]]


def finished_by_arm(settings: LabSettings, student: str, runs: Sequence[RunNumbers]) -> ByArm:
    """One student's runs that are over, by arm in the file's order, by seed."""
    return {
        arm: sorted(
            (run for run in runs if (run.student, run.arm) == (student, arm) and run.finished),
            key=lambda run: run.seed,
        )
        for arm in settings.arms
    }


def answers(settings: LabSettings, runs: Sequence[RunNumbers]) -> list[Answer]:
    """Every claim, for every student."""
    return [
        Claim.parse(text).answer(student, finished_by_arm(settings, student, runs))
        for student in settings.students
        for text in settings.claims
    ]


def render(settings: LabSettings, runs: Sequence[RunNumbers], *, title: str) -> str:
    """Markdown."""
    parts = [f"# {title}"]
    for student in settings.students:
        by_arm = finished_by_arm(settings, student, runs)
        done = {arm: found for arm, found in by_arm.items() if found}
        parts.append(f"## Student `{student}`")
        if not done:
            parts.append("No run is over.")
            continue
        parts += [
            _arms(done),
            _levels(done),
            "### Gain by seed, in points",
            _seeds(done),
            f"### Compared with `{settings.reference_arm}`",
            _differences(done, settings.reference_arm),
            *_greedy(done, settings.reference_arm),
        ]
    found = answers(settings, runs)
    if found:
        rows = [[a.claim, a.student, f"**{a.verdict}**", a.evidence] for a in found]
        parts += ["## Claims", _table(["claim", "student", "", "measured"], rows)]
    return "\n\n".join(parts) + "\n"


def _arms(done: ByArm) -> str:
    head = ["arm", "seeds", "start", "end", "gain", "95 %", "rollouts", "measuring", "tuning"]
    head += ["training", "(evaluation)", "teacher calls", "GRPO steps", "problems", "structures"]
    head += ["gradient expected", "measured", "minutes", "CPU minutes"]
    rows = []
    for arm, runs in done.items():
        gain, low, high = mean_interval([_known(run, "gain") for run in runs])
        interval = _points(low, high) if len(runs) > 1 else "-"
        rows.append(
            [
                arm,
                str(len(runs)),
                f"{_mean([run.points[0].accuracy for run in runs]):.1%}",
                f"{_mean([run.points[-1].accuracy for run in runs]):.1%}",
                f"{100 * gain:+.1f}",
                interval,
                *(f"{_mean([getattr(run, name) for run in runs]):,.0f}" for name in COUNTS),
                _share([run.gradient_expected for run in runs]),
                _share([run.gradient_measured for run in runs]),
                f"{_mean([run.seconds for run in runs]) / 60:.1f}",
                f"{_mean([run.cpu_seconds for run in runs]) / 60:.1f}",
            ]
        )
    return _table(head, rows)


def _levels(done: ByArm) -> str:
    """Accuracy at the start and the end on each level of the held-out problems."""
    levels = {
        arm: [[run.points[i].levels for run in runs] for i in (0, -1)] for arm, runs in done.items()
    }
    names = list(dict.fromkeys(n for start, _ in levels.values() for run in start for n in run))
    rows = [[arm, *(_start_to_end(sides, name) for name in names)] for arm, sides in levels.items()]
    return _table(["arm", *names], rows)


def _greedy(done: ByArm, reference: str) -> list[str]:
    """Accuracy by the likeliest answers, for the arms that were measured by them."""
    rows = []
    known = {
        arm: {run.seed: metric(run, "greedy_gain") for run in runs} for arm, runs in done.items()
    }
    for arm, runs in done.items():
        of_arm = [run for run in runs if known[arm][run.seed] is not None]
        if not of_arm:
            continue
        end = _mean([_known(run, "greedy_accuracy") for run in of_arm])
        mean, low, high = mean_interval([_known(run, "greedy_gain") for run in of_arm])
        found = None if arm == reference else difference(known[arm], known.get(reference, {}))
        rows.append(
            [
                arm,
                str(len(of_arm)),
                f"{end - mean:.1%}",
                f"{end:.1%}",
                f"{100 * mean:+.1f}",
                _points(low, high) if len(of_arm) > 1 else "-",
                f"{100 * found.mean:+.1f}" if found else "-",
                _points(found.low, found.high) if found else "-",
            ]
        )
    if not rows:
        return []
    head = ["arm", "seeds", "start", "end", "gain", "95 %", f"against {reference}", "95 % (t)"]
    return ["### By the likeliest answers", _table(head, rows)]


def _start_to_end(sides: Sequence[Sequence[Mapping[str, float]]], level: str) -> str:
    """A dash where a run was measured on problems without that level."""
    if any(level not in run for runs in sides for run in runs):
        return "-"
    return " to ".join(f"{_mean([run[level] for run in runs]):.1%}" for runs in sides)


def _seeds(done: ByArm) -> str:
    """The gain of every run: what the means and intervals are made of."""
    gains = {arm: {run.seed: _known(run, "gain") for run in runs} for arm, runs in done.items()}
    seeds = sorted({seed for by_seed in gains.values() for seed in by_seed})
    rows = [
        [
            str(seed),
            *(f"{100 * found[seed]:+.1f}" if seed in found else "-" for found in gains.values()),
        ]
        for seed in seeds
    ]
    return _table(["seed", *done], rows)


def _differences(done: ByArm, reference: str) -> str:
    """The reference stands among them for its share alone: where it reached its own last accuracy
    before, another that does so early is no better for it."""
    head = ["arm", "pairs", "gain, points", "95 % (t)", "95 % (bootstrap)"]
    head += ["share of its rollouts to its accuracy", "95 %"]
    rows = []
    for arm, runs in done.items():
        gains = [
            {run.seed: metric(run, "gain") for run in side} for side in (runs, _of(done, reference))
        ]
        found = difference(*gains)
        if found is None:
            rows.append([arm, str(len(gains[0].keys() & gains[1].keys())), *5 * ["-"]])
            continue
        gained = [
            f"{100 * found.mean:+.1f}",
            _points(found.low, found.high),
            _points(found.bootstrap_low, found.bootstrap_high),
        ]
        needed = rollouts_needed(runs, _of(done, reference))
        told = needed.told().split(", ") if needed else ["-", "-"]
        rows.append(
            [
                arm,
                str(found.pairs),
                *(gained if arm != reference else 3 * ["-"]),
                told[0].removesuffix(" of its rollouts"),
                told[1].removeprefix("95 % "),
            ]
        )
    return _table(head, rows)


def _of(done: ByArm, arm: str) -> list[RunNumbers]:
    return done.get(arm, [])


def _known(run: RunNumbers, name: str) -> float:
    value = metric(run, name)
    assert value is not None  # every point has an accuracy
    return value


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _points(low: float, high: float) -> str:
    """An interval in points."""
    return f"{100 * low:+.1f} to {100 * high:+.1f}"


def _share(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{_mean(known):.0%}" if known else "-"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown whose columns line up as text too."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = [head, ["-" * width for width in widths], *rows]
    return "\n".join(
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    )
