"""The page: a template with the small tables, and the problems packed for the page's own scripts."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from collections.abc import Sequence
from importlib import resources
from importlib.metadata import version
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from zoped.cli.cost_table import dollars_told
from zoped.cli.run_page.contents import RunView
from zoped.cli.run_page.problems import problem_rows, seed_rows
from zoped.programs.teachers.costs import per
from zoped.train.results import BenchmarkScore, Evaluated

STATIC = resources.files("zoped.cli.run_page") / "static"
LIBRARIES = ("d3.min.js", "plot.umd.min.js", "tabulator.min.js")
SCRIPTS = ("chart.js", "figures.js", "lineage.js", "problems.js", "page.js")
LICENCES = ("LICENSE.d3", "LICENSE.plot", "LICENSE.tabulator")
REJECTIONS_SHOWN = 30


def render(runs: Sequence[RunView]) -> str:
    """The page on these runs. Everything that a model wrote is escaped by the template, or packed and
    set as text; the page's policy lets no other script run and no address be asked."""
    scripts = [_vendored(name) for name in LIBRARIES] + [_static(name) for name in SCRIPTS]
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "percent": _percent,
        "dollars": dollars_told,
        "points": _points,
        "told": _told,
    }
    template = environment.from_string(_static("page.html"))
    return template.render(
        runs=runs,
        scripts=[Markup(script) for script in scripts],
        script_hashes=[_hash(script) for script in scripts],
        styles=Markup(_vendored("tabulator.min.css") + _static("page.css")),
        licences=[_vendored(name) for name in LICENCES],
        data=packed(_data(runs)),
        version=version("zoped"),
        differing=differing_settings(runs),
        rejections_shown=REJECTIONS_SHOWN,
        per=per,
    )


def packed(data: Any) -> str:
    """JSON, compressed by gzip, in base64: nothing in it can end the element that holds it."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()


def differing_settings(runs: Sequence[RunView]) -> list[tuple[str, list[Any]]]:
    """The settings that are not the same in all runs, with their values."""
    names = dict.fromkeys(name for run in runs for name in run.settings)
    rows = [(name, [run.settings.get(name, "") for run in runs]) for name in names]
    return [(name, values) for name, values in rows if any(v != values[0] for v in values)]


def _data(runs: Sequence[RunView]) -> dict[str, Any]:
    return {
        "runs": [_run(run) for run in runs],
        "problems": [row for place, run in enumerate(runs) for row in problem_rows(run, place)],
        "seeds": [row for place, run in enumerate(runs) for row in seed_rows(run, place)],
    }


def _run(run: RunView) -> dict[str, Any]:
    """What the charts of a run need, but for its problems."""
    return {
        "name": run.name,
        "accuracy": [row for number, found in run.evaluations for row in _scores(number, found)],
        "rounds": [
            {
                "number": round.number,
                "band": [round.generated.band_low, round.generated.band_high]
                if round.generated
                else [run.settings.get("band.low", 0.0), run.settings.get("band.high", 1.0)],
                "beforeTuning": round.measured and round.measured.band_share,
                "afterTuning": round.tuned and round.tuned.band_share,
                "atStart": round.trained and round.trained.pass_rate_at_start,
                "atEnd": round.trained and round.trained.pass_rate_at_end,
                "onSeeds": round.measured and round.measured.mean_pass_rate_on_seeds,
                "difficulty": round.generated and round.generated.difficulty,
                "rollouts": {
                    phase: result.rollouts
                    for phase, result in (
                        ("measure", round.measured),
                        ("tune", round.tuned),
                        ("generate", round.generated),
                        ("train", round.trained),
                        ("evaluate", round.evaluated),
                    )
                    if result
                },
            }
            for round in run.rounds
        ],
        "weights": [
            {"round": number, "stage": stage, "level": level, "move": move, "weight": weight}
            for number, stage, level, move, weight in run.weights
        ],
        "rejections": [
            {"round": number, "reason": reason, "move": move, "count": count}
            for number, reason, move, count, _ in run.rejections
        ],
    }


def _scores(number: int, found: Evaluated) -> list[dict[str, Any]]:
    """A row for the held-out problems, for each of their levels and for each benchmark."""
    scores: list[tuple[str, Evaluated | BenchmarkScore]] = [("all held-out problems", found)]
    if found.greedy is not None:
        scores.append(("by likeliest answers", found.greedy))
    scores += [*found.levels.items(), *found.benchmarks.items()]
    return [
        {
            "round": number,
            "what": what,
            "accuracy": score.accuracy,
            "low": score.low,
            "high": score.high,
        }
        for what, score in scores
    ]


def _static(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def _vendored(name: str) -> str:
    return (STATIC / "vendor" / name).read_text(encoding="utf-8")


def _hash(script: str) -> str:
    """As a Content-Security-Policy names a script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _percent(share: float | None, digits: int = 0) -> str:
    return "–" if share is None else f"{100 * share:.{digits}f}\N{NARROW NO-BREAK SPACE}%"


def _points(difference: float) -> str:
    return f"{100 * difference:+.1f}"


def _told(value: Any) -> str:
    """A setting as YAML has it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
