"""What a command alone comes to (`zoped train`, `evaluate`, `generate`), as a run of MLflow, where
somebody names its store."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.metadata import distributions
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from zoped.train.loop.observe import Tracker

TrackingUri = Annotated[
    str | None,
    typer.Option(
        "--tracking-uri", envvar="MLFLOW_TRACKING_URI", help="MLflow's, to log the result to."
    ),
]
_NOT_IN_NAMES = re.compile(r"[^\w. /-]")  # of metrics, by MLflow's rules


@contextmanager
def result_tracker(
    uri: str | None, *, experiment: str, name: str, kind: str, params: Mapping[str, Any]
) -> Iterator[Tracker]:
    """A run of its own in the store; nothing is tracked without one. Raises UserError where the store
    does not answer; one that goes away later costs no result."""
    if uri is None:
        from zoped.train.loop.observe import NullTracker

        yield NullTracker()
        return
    from zoped.cli.tracking import open_result

    with open_result(uri, experiment=experiment, name=name).opened(tags={"kind": kind}) as tracker:
        tracker.params(params)
        tracker.text(packages(), "packages.txt")
        yield tracker


def numbers_in(values: Mapping[str, Any], within: str = "") -> dict[str, float]:
    """The numbers of a command's result, by the names on the way to each: `gsm8k/pass_1/low`, and
    `gsm8k/pass_1` for the value itself."""
    found: dict[str, float] = {}
    for name, value in values.items():
        written = f"{within}{_NOT_IN_NAMES.sub('_', name)}"
        place = within.removesuffix("/") if name == "value" else written
        if isinstance(value, Mapping):
            found |= numbers_in(value, f"{place}/")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[place] = float(value)
    return found


@cache  # hundreds of files are read
def packages() -> str:
    """What is installed, as pip writes it: a line a package."""
    found = {(d.metadata["Name"] or "", d.version) for d in distributions()}
    return "".join(f"{name}=={version}\n" for name, version in sorted(found) if name)
