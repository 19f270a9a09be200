"""The results of a comparison: its table, its MLflow experiment, its progress lines.

A row is a dictionary: "optimizer", "seed", "student", and the METRICS with "in_band", or an "error".
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean
from typing import Any

from zoped.foundation.errors import ZopedError, counted, first_line
from zoped.foundation.mlflow_store import another_use, ask_briefly
from zoped.foundation.secrets import redacted_url

EXPERIMENT = "optimizers"
METRICS = (
    "band_share",
    "distinct",
    "accepted",
    "structures",
    "problems",
    "teacher_calls",
    "rollouts",
    "minutes",
)


class TrackingError(ZopedError):
    """MLflow's store cannot be reached, or is none; the message says why."""


@contextmanager
def _tracking(uri: str) -> Iterator[None]:
    """MLflow's own errors as TrackingError."""
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (MlflowException, SQLAlchemyError, OSError) as error:
        raise TrackingError(
            f"{redacted_url(uri)}: MLflow cannot be reached: {first_line(error)}; give a --tracking-uri "
            "that can, or none"
        ) from error


def open_experiment(uri: str) -> tuple[Any, str]:
    """MLflow's client, and the experiment of all that is logged here. Raises TrackingError."""
    with _tracking(uri):
        return _experiment(uri)


def _experiment(uri: str) -> tuple[Any, str]:
    from mlflow import MlflowClient

    file = Path(uri.removeprefix("sqlite:///")).resolve() if uri.startswith("sqlite:///") else None
    ask_briefly()
    if fault := another_use(file):
        raise OSError(fault)
    for library in ("mlflow", "alembic"):
        logging.getLogger(library).setLevel(logging.ERROR)
    client = MlflowClient(tracking_uri=uri)
    found = client.get_experiment_by_name(EXPERIMENT)
    if found:
        return client, found.experiment_id
    # Files beside the store, as for the runs of `zoped run`; a server knows its own place.
    location = (file.parent / "mlflow-artifacts").as_uri() if file else None
    tags = {"mlflow.experimentKind": "custom_model_development"}
    return client, client.create_experiment(EXPERIMENT, location, tags)


def track_search(
    parameters: dict[str, Any], tuning: dict[str, Any], program: Path, uri: str
) -> None:
    """One search as a run: its parameters, what it found and spent, and the tuned program. Raises
    TrackingError."""
    with _tracking(uri):
        _track_search(parameters, tuning, program, uri)


def _track_search(
    parameters: dict[str, Any], tuning: dict[str, Any], program: Path, uri: str
) -> None:
    client, experiment = _experiment(uri)
    run = client.create_run(experiment, run_name="PassRateTeleprompter").info.run_id
    for name, value in parameters.items():
        client.log_param(run, name, value)
    client.set_tag(run, "origin", tuning["origin"])
    numbers = {name: tuning[name] for name in ("teacher_calls", "rollouts")}
    numbers |= {name: tuning[name] for name in ("band_share_before", "band_share_after")}
    fresh = tuning["fresh"] or {}
    names = ("score", "standard_error", "band_share", "decisions")
    numbers |= {f"fresh_{name}": fresh.get(name) for name in names}
    for name, value in numbers.items():
        if value is not None:
            client.log_metric(run, name, value)
    client.log_artifact(run, str(program))
    client.set_terminated(run)


def track(rows: Sequence[dict[str, Any]], settings: Mapping[str, Any], uri: str) -> None:
    """One experiment: a parent run an optimizer, with the settings and the means; a child run a random
    seed. Runs of a comparison with the same settings are continued. Raises TrackingError."""
    with _tracking(uri):
        _track(rows, settings, uri)


def _track(rows: Sequence[dict[str, Any]], settings: Mapping[str, Any], uri: str) -> None:
    client, experiment = _experiment(uri)
    told = json.dumps(settings, sort_keys=True, default=str)
    comparison = hashlib.sha256(told.encode()).hexdigest()[:16]

    def run(name: str, **tags: str) -> str:
        same = f"attributes.run_name = '{name}' and tags.comparison = '{comparison}'"
        for known in client.search_runs([experiment], same):
            return str(known.info.run_id)
        tags = {"comparison": comparison, **tags}
        return str(client.create_run(experiment, run_name=name, tags=tags).info.run_id)

    for name in dict.fromkeys(row["optimizer"] for row in rows):
        parent = run(name)
        mine = [row for row in rows if row["optimizer"] == name and "error" not in row]
        for row in mine:
            child = run(f"{name} seed {row['seed']}", **{"mlflow.parentRunId": parent})
            client.log_param(child, "seed", row["seed"])
            for key in METRICS:
                client.log_metric(child, key, row[key])
            client.set_terminated(child)
        for key, value in {"optimizer": name, **settings}.items():
            client.log_param(parent, key, value)
        for key in METRICS if mine else ():
            client.log_metric(parent, key, fmean(row[key] for row in mine))
        client.set_terminated(parent, "FINISHED" if mine else "FAILED")


def table(rows: Sequence[dict[str, Any]]) -> str:
    """A line an optimizer: means over the random seeds, best share first. "distinct/1,000" are different
    problems in the band for each thousand rollouts of measuring what is made; "gain/1,000" is in points
    over the untuned program, for each thousand rollouts spent."""
    untuned = {row["seed"]: row.get("band_share") for row in rows if row["optimizer"] == "untuned"}
    names = list(dict.fromkeys(row["optimizer"] for row in rows))
    wide = 2 + max(map(len, ["optimizer", *names]))
    head = (
        f"{'optimizer':{wide}}{'in band':>8}{'distinct/1,000':>16}{'each':>16}"
        f"{'accepted':>10}{'problems':>10}{'structures':>12}"
        f"{'calls':>7}{'rollouts':>10}{'gain/1,000':>12}{'minutes':>9}"
    )
    lines = []
    for name in names:
        mine = [row for row in rows if row["optimizer"] == name and "error" not in row]
        faults = [row["error"] for row in rows if row["optimizer"] == name and "error" in row]
        if mine:
            share, distinct, accepted, structures, problems, calls, rollouts, minutes = (
                fmean(row[key] for row in mine) for key in METRICS
            )
            each = " ".join(f"{row['band_share']:.0%}" for row in mine)
            gains = [
                row["band_share"] - untuned[row["seed"]]
                for row in mine
                if untuned.get(row["seed"]) is not None
            ]
            gain = f"{1e5 * fmean(gains) / rollouts:+.1f}" if gains and rollouts else "-"
            text = (
                f"{name:{wide}}{share:8.0%}{distinct:16.0f}{each:>16}{accepted:10.0%}{problems:10.0f}{structures:12.0f}"
                f"{calls:7.0f}{rollouts:10,.0f}{gain:>12}{minutes:9.1f}"
            )
            lines.append((share, text))
        lines += [(-1.0, f"{name:{wide}}failed: {fault}") for fault in faults]
    return "\n".join([head, *(text for _, text in sorted(lines, reverse=True))])


def line(row: dict[str, Any]) -> str:
    if "error" in row:
        return f"{row['optimizer']}, seed {row['seed']}: failed: {row['error']}"
    return (
        f"{row['optimizer']}, seed {row['seed']}: {row['band_share']:.0%} of {row['problems']} in "
        f"the band; {counted(row['teacher_calls'], 'teacher call')}, "
        f"{counted(row['rollouts'], 'rollout')}, "
        f"{row['minutes']:.1f} min"
    )
