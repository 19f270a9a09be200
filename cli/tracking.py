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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from zoped.cli.errors import UserError
from zoped.cli.tracking_outbox import LASTING, Outbox
from zoped.foundation.errors import first_line
from zoped.foundation.files import write_whole

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "zoped"
RUN_IDS = "tracking.json"
STORE = "mlflow.db"
MAX_PARAM = 500  # characters that MLflow's older servers take


def tracking_uri(folder: Path) -> str:
    """MLFLOW_TRACKING_URI, else an SQLite store in the run folder."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{folder.resolve() / STORE}"


def _show(message: str) -> None:
    typer.echo(message, err=True)


def open_tracker(folder: Path, *, name: str, note: Callable[[str], None] = _show) -> MlflowTracker:
    """The tracker of the run in `folder`, in the experiment MLFLOW_EXPERIMENT_NAME (`zoped` if not
    given). `note` tells the person when the server is away later on.

    Raises UserError when the tracking server does not answer, or the experiment was deleted.
    """
    # A dead server would otherwise be asked for minutes.
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")
    # An address for each of a run's parts would bury what the run says.
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")

    from mlflow import MlflowClient

    for library in ("mlflow", "alembic"):  # after the import, which sets levels of its own
        logging.getLogger(library).setLevel(logging.ERROR)
    uri = tracking_uri(folder)
    experiment_name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or EXPERIMENT
    try:
        own = not os.environ.get("MLFLOW_TRACKING_URI")
        if own:
            _make_store(folder.resolve() / STORE)
        client = MlflowClient(tracking_uri=uri)
        experiment = client.get_experiment_by_name(experiment_name)
        if experiment is None:
            artifacts = (folder.resolve() / "mlflow-artifacts").as_uri()
            experiment_id = client.create_experiment(
                experiment_name, artifact_location=artifacts if own else None
            )
        else:
            experiment_id = experiment.experiment_id
    except Exception as error:
        place = f"{folder / STORE}" if not os.environ.get("MLFLOW_TRACKING_URI") else uri
        raise UserError(
            f"{place}: MLflow cannot be reached: {first_line(error)}; set MLFLOW_TRACKING_URI to a "
            "store that can, or to nothing for one in the run folder"
        ) from error
    if experiment is not None and experiment.lifecycle_stage == "deleted":
        raise UserError(
            f"the MLflow experiment {experiment_name!r} was deleted; restore it "
            f"(MLFLOW_TRACKING_URI={uri} mlflow experiments restore --experiment-id {experiment_id}), "
            "or name another one in MLFLOW_EXPERIMENT_NAME"
        )
    ids = RunIds(folder / RUN_IDS, uri)
    return MlflowTracker(client, experiment_id, ids, Outbox(note), path=(name,))


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
        write_whole(self._path, json.dumps(ids, indent=1))

    def _read(self) -> dict[str, dict[str, str]]:
        """What is kept; nothing where the file is not there or was torn: new runs are made then."""
        try:
            ids = json.loads(self._path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        parts = ids.items() if isinstance(ids, dict) else ()
        return {uri: runs for uri, runs in parts if isinstance(runs, dict)}


class MlflowTracker:
    """A `Tracker` (zoped.train.loop.observe) on one MLflow run, valid while `opened()` is."""

    def __init__(
        self,
        client: MlflowClient,
        experiment_id: str,
        ids: RunIds,
        outbox: Outbox,
        *,
        path: tuple[str, ...],
        parent: MlflowTracker | None = None,
    ) -> None:
        self._client = client
        self._experiment_id = experiment_id
        self._ids = ids
        self._path = path
        self._outbox = outbox
        self._parent = parent
        self.run_id = ""  # until the server has given one

    @contextmanager
    def opened(self, *, tags: Mapping[str, str] | None = None) -> Iterator[MlflowTracker]:
        """Start, or go on with, this tracker's run; end it FINISHED, KILLED or FAILED."""
        self._outbox.put(lambda: self._begin(tags or {}))
        status = "FAILED"
        try:
            yield self
            status = "FINISHED"
        except KeyboardInterrupt:
            status = "KILLED"
            raise
        finally:
            self._log(lambda run_id: self._client.set_terminated(run_id, status))
            if self._parent is None:
                self._outbox.close()

    @contextmanager
    def run(self, name: str, *, tags: Mapping[str, str] | None = None) -> Iterator[MlflowTracker]:
        child = MlflowTracker(
            self._client,
            self._experiment_id,
            self._ids,
            self._outbox,
            path=(*self._path, name),
            parent=self,
        )
        with child.opened(tags=tags):
            yield child

    def _log(self, action: Callable[[str], object]) -> None:
        """Do what needs the run's id, now or when the server is back."""

        def do() -> None:
            if self.run_id:  # else the server refused to begin the run, and said so
                action(self.run_id)

        self._outbox.put(do)

    def params(self, values: Mapping[str, Any]) -> None:
        copy = dict(values)
        self._log(lambda run_id: self._log_params(run_id, copy))

    def _log_params(self, run_id: str, values: Mapping[str, Any]) -> None:
        from mlflow.entities import Param

        known = self._client.get_run(run_id).data.params
        # MLflow refuses a changed parameter; a resumed run logs the same ones again.
        new = [Param(k, str(v)[:MAX_PARAM]) for k, v in values.items() if k not in known]
        for start in range(0, len(new), 100):
            self._client.log_batch(run_id, params=new[start : start + 100])

    def metrics(self, values: Mapping[str, float], *, step: int) -> None:
        from mlflow.entities import Metric

        now = time.time_ns() // 1_000_000
        batch = [Metric(key, float(value), now, step) for key, value in values.items()]
        self._log(lambda run_id: self._client.log_batch(run_id, metrics=batch))

    def text(self, text: str, name: str) -> None:
        self._log(lambda run_id: self._client.log_text(run_id, text, name))

    def table(self, rows: Sequence[Mapping[str, Any]], name: str) -> None:
        import pandas as pd

        frame = pd.DataFrame([dict(row) for row in rows])

        def log(run_id: str) -> None:
            if any(file.path == name for file in self._client.list_artifacts(run_id)):
                # `log_table` would append the same rows a second time.
                body = frame.to_json(orient="split", index=False)
                self._client.log_text(run_id, body, name)
            else:
                self._client.log_table(run_id, frame, name)

        self._log(log)

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
        self._log(lambda run_id: self._client.log_figure(run_id, figure, name))

    def _begin(self, tags: Mapping[str, str]) -> None:
        """Go on in the run of an earlier call, or make one."""
        part = "/".join(self._path)
        self.run_id = self._existing(part) or self._create(part, tags)

    def _existing(self, part: str) -> str | None:
        from mlflow.exceptions import MlflowException

        run_id = self._ids.get(part)
        if run_id is None:
            return None
        try:
            self._client.update_run(run_id, status="RUNNING")
        except MlflowException as error:
            if error.error_code in LASTING:  # the run was deleted, or the store emptied, since
                return None
            raise
        return run_id

    def _create(self, part: str, tags: Mapping[str, str]) -> str:
        from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

        parent = self._parent.run_id if self._parent else ""
        nested = {MLFLOW_PARENT_RUN_ID: parent} if parent else {}
        run = self._client.create_run(
            self._experiment_id, run_name=self._path[-1], tags={**tags, **nested}
        )
        self._ids.put(part, run.info.run_id)
        return str(run.info.run_id)
