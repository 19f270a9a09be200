"""MLflow as the training loop's tracker.

Every call names its run (`MlflowClient` with a run id): nothing is active, nothing is global, so
the libraries underneath, the user's own MLflow runs and a resumed phase cannot mix with it.
Which MLflow run belongs to which part of a run is kept in the run folder: a resumed run goes on
in the same MLflow runs.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoped.cli.errors import UserError

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "zoped"
RUN_IDS = "tracking.json"
STORE = "mlflow.db"
MAX_PARAM = 500  # characters that MLflow's older servers take


def tracking_uri(folder: Path) -> str:
    """MLFLOW_TRACKING_URI, else an SQLite store in the run folder."""
    return os.environ.get("MLFLOW_TRACKING_URI", f"sqlite:///{folder.resolve() / STORE}")


def open_tracker(folder: Path, *, name: str) -> MlflowTracker:
    """The tracker of the run in `folder`. Raises UserError when the tracking server does not
    answer."""
    # A dead server would otherwise be asked for minutes.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")

    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    for library in ("mlflow", "alembic"):  # after the import, which sets levels of its own
        logging.getLogger(library).setLevel(logging.ERROR)
    uri = tracking_uri(folder)
    try:
        if "MLFLOW_TRACKING_URI" not in os.environ:
            _make_store(folder.resolve() / STORE)
        client = MlflowClient(tracking_uri=uri)
        experiment = client.get_experiment_by_name(EXPERIMENT)
        if experiment is None:
            artifacts = (folder.resolve() / "mlflow-artifacts").as_uri()
            experiment_id = client.create_experiment(
                EXPERIMENT,
                artifact_location=None if "MLFLOW_TRACKING_URI" in os.environ else artifacts,
            )
        else:
            experiment_id = experiment.experiment_id
    except MlflowException as error:
        reason = str(error).splitlines()[0][:200]
        raise UserError(f"MLFLOW_TRACKING_URI={uri}: MLflow cannot be reached: {reason}") from None
    return MlflowTracker(client, experiment_id, RunIds(folder / RUN_IDS, uri), path=(name,))


def _make_store(path: Path) -> None:
    """An empty store at `path`, whole or not at all: its tables are made in dozens of steps, and one
    that was killed between them could never be opened again."""
    if path.exists():
        return
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    draft = path.with_name(f"{path.name}.draft")
    for left in path.parent.glob(f"{draft.name}*"):
        left.unlink()
    artifacts = (path.parent / "mlflow-artifacts").as_uri()
    SqlAlchemyStore(f"sqlite:///{draft}", artifacts).engine.dispose()
    draft.replace(path)


class RunIds:
    """The MLflow run of each part of a run, by tracking store: a small JSON file."""

    def __init__(self, path: Path, uri: str) -> None:
        self._path = path
        self._uri = uri

    def get(self, part: str) -> str | None:
        return self._read().get(self._uri, {}).get(part)

    def put(self, part: str, run_id: str) -> None:
        ids = self._read()
        ids.setdefault(self._uri, {})[part] = run_id
        draft = self._path.with_suffix(".tmp")
        draft.write_text(json.dumps(ids, indent=1), encoding="utf-8")
        draft.replace(self._path)

    def _read(self) -> dict[str, dict[str, str]]:
        if not self._path.exists():
            return {}
        ids: dict[str, dict[str, str]] = json.loads(self._path.read_text(encoding="utf-8"))
        return ids


class MlflowTracker:
    """A `Tracker` (zoped.train.loop.observe) on one MLflow run, valid while `opened()` is."""

    def __init__(
        self,
        client: MlflowClient,
        experiment_id: str,
        ids: RunIds,
        *,
        path: tuple[str, ...],
        parent_id: str | None = None,
    ) -> None:
        self._client = client
        self._experiment_id = experiment_id
        self._ids = ids
        self._path = path
        self._parent_id = parent_id
        self.run_id = ""

    @contextmanager
    def opened(self, *, tags: Mapping[str, str] | None = None) -> Iterator[MlflowTracker]:
        """Start, or go on with, this tracker's run; end it FINISHED, KILLED or FAILED."""
        part = "/".join(self._path)
        self.run_id = self._existing(part) or self._create(part, tags or {})
        status = "FAILED"
        try:
            yield self
            status = "FINISHED"
        except KeyboardInterrupt:
            status = "KILLED"
            raise
        finally:
            self._client.set_terminated(self.run_id, status)

    @contextmanager
    def run(self, name: str, *, tags: Mapping[str, str] | None = None) -> Iterator[MlflowTracker]:
        child = MlflowTracker(
            self._client,
            self._experiment_id,
            self._ids,
            path=(*self._path, name),
            parent_id=self.run_id,
        )
        with child.opened(tags=tags):
            yield child

    def params(self, values: Mapping[str, Any]) -> None:
        from mlflow.entities import Param

        known = self._client.get_run(self.run_id).data.params
        # MLflow refuses a changed parameter; a resumed run logs the same ones again.
        new = [Param(k, str(v)[:MAX_PARAM]) for k, v in values.items() if k not in known]
        for start in range(0, len(new), 100):
            self._client.log_batch(self.run_id, params=new[start : start + 100])

    def metrics(self, values: Mapping[str, float], *, step: int) -> None:
        from mlflow.entities import Metric

        now = time.time_ns() // 1_000_000
        batch = [Metric(key, float(value), now, step) for key, value in values.items()]
        self._client.log_batch(self.run_id, metrics=batch)

    def text(self, text: str, name: str) -> None:
        self._client.log_text(self.run_id, text, name)

    def table(self, rows: Sequence[Mapping[str, Any]], name: str) -> None:
        import pandas as pd

        frame = pd.DataFrame([dict(row) for row in rows])
        if any(file.path == name for file in self._client.list_artifacts(self.run_id)):
            # `log_table` would append the same rows a second time.
            body = frame.to_json(orient="split", index=False)
            self._client.log_text(self.run_id, body, name)
        else:
            self._client.log_table(self.run_id, frame, name)

    def histogram(
        self, values: Sequence[float], name: str, *, title: str, band: tuple[float, float]
    ) -> None:
        from matplotlib.figure import Figure

        figure = Figure(figsize=(6, 3.5), layout="constrained")
        axes = figure.subplots()
        axes.axvspan(*band, color="tab:green", alpha=0.12, label="the band")
        axes.hist(values, bins=20, range=(0, 1), color="tab:blue", rwidth=0.9)
        axes.set(xlabel="pass rate", ylabel="problems", xlim=(0, 1), title=title)
        axes.legend()
        self._client.log_figure(self.run_id, figure, name)

    def _existing(self, part: str) -> str | None:
        from mlflow.exceptions import MlflowException

        run_id = self._ids.get(part)
        if run_id is None:
            return None
        try:
            self._client.update_run(run_id, status="RUNNING")
        except MlflowException:  # the store was emptied since
            return None
        return run_id

    def _create(self, part: str, tags: Mapping[str, str]) -> str:
        from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

        nested = {MLFLOW_PARENT_RUN_ID: self._parent_id} if self._parent_id else {}
        run = self._client.create_run(
            self._experiment_id, run_name=self._path[-1], tags={**tags, **nested}
        )
        self._ids.put(part, run.info.run_id)
        return str(run.info.run_id)
