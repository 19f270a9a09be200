"""MLflow as the training loop's tracker.

Every call names its run (`MlflowClient` with a run id): nothing is active, nothing is global, so
the libraries underneath, the user's own MLflow runs and a resumed phase cannot mix with it.
Which MLflow run belongs to which part of a run is kept in the run folder: a resumed run goes on
in the same MLflow runs.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoped.cli.console import say
from zoped.cli.tracking_dspy import log_program, traced
from zoped.cli.tracking_outbox import LASTING, Outbox
from zoped.cli.tracking_prompts import log_prompts
from zoped.cli.tracking_store import STORE, Store, open_experiment
from zoped.foundation.errors import first_line
from zoped.foundation.files import write_whole

if TYPE_CHECKING:
    import dspy
    from mlflow import MlflowClient

RUN_IDS = "tracking.json"
MAX_PARAM = 500  # characters that MLflow's older servers take


def open_tracker(
    folder: Path,
    *,
    experiment: str,
    name: str,
    note: Callable[[str], None] = say,
    store: Store | None = None,
) -> MlflowTracker:
    """The tracker of the run in `folder`, under `name` in the experiment MLFLOW_EXPERIMENT_NAME
    (`experiment` if not given) of the store; that is the one beside the folder if not given. `note`
    tells the person when the server is away later on.

    Raises UserError when the store does not answer, or the experiment was deleted.
    """
    store = store or Store.beside(folder)
    client, experiment_id = open_experiment(store, experiment)
    if store.file is not None and (folder / STORE).exists():
        note(
            f"{folder / STORE} is the store that an earlier Zoped kept for this run alone; it stays as "
            f"it is (`zoped ui {folder}` opens it), and the run is tracked in {store} from now on"
        )
    ids = RunIds(folder / RUN_IDS, store.uri)
    return MlflowTracker(client, experiment_id, ids, Outbox(note), path=(name,))


def open_result(uri: str, *, experiment: str, name: str) -> MlflowTracker:
    """The tracker of a run of its own, which nothing goes on in later. Raises UserError."""
    client, experiment_id = open_experiment(Store(uri), experiment)
    return MlflowTracker(client, experiment_id, RunIds(None, uri), Outbox(say), path=(name,))


class RunIds:
    """The MLflow run of each part of a run, by tracking store: a small JSON file; nothing is kept
    without a path."""

    def __init__(self, path: Path | None, uri: str) -> None:
        self._path = path
        self._uri = uri

    def get(self, part: str) -> str | None:
        return self._read().get(self._uri, {}).get(part)

    def put(self, part: str, run_id: str) -> None:
        if self._path is None:
            return
        ids = self._read()
        ids.setdefault(self._uri, {})[part] = run_id
        write_whole(self._path, json.dumps(ids, indent=1))

    def _read(self) -> dict[str, dict[str, str]]:
        """What is kept; nothing where the file is not there or was torn: new runs are made then."""
        if self._path is None:
            return {}
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

        written = {name: str(value)[:MAX_PARAM] for name, value in values.items()}
        known = self._client.get_run(run_id).data.params
        # MLflow refuses a changed parameter; a resumed run logs the same ones again.
        new = [Param(name, value) for name, value in written.items() if name not in known]
        for start in range(0, len(new), 100):
            self._client.log_batch(run_id, params=new[start : start + 100])
        for name, value in written.items():
            if known.get(name, value) != value:  # more rounds, say
                self._client.set_tag(run_id, f"now.{name}", value)

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

    def dataset(
        self, rows: Sequence[Mapping[str, Any]], name: str, *, context: str, source: Path | None
    ) -> None:
        import pandas as pd

        frame = pd.DataFrame([dict(row) for row in rows])

        def log(run_id: str) -> None:
            from mlflow.data.pandas_dataset import from_pandas
            from mlflow.entities import Dataset, DatasetInput, InputTag
            from mlflow.utils.mlflow_tags import MLFLOW_DATASET_CONTEXT

            place = {"source": str(source)} if source else {}
            found = from_pandas(frame, name=name, **place)
            entry = DatasetInput(
                Dataset(**found.to_dict()), [InputTag(MLFLOW_DATASET_CONTEXT, context)]
            )
            self._client.log_inputs(run_id, datasets=[entry])

        self._log(log)

    def prompts(self, texts: Mapping[str, str], *, note: str) -> None:
        copy = dict(texts)
        self._log(
            lambda run_id: log_prompts(
                self._client, run_id, copy, experiment_id=self._experiment_id, note=note
            )
        )

    def program(self, program: dspy.Module, name: str) -> None:
        self._log(lambda run_id: log_program(self._client, run_id, program, name))

    @contextmanager
    def traced(self) -> Iterator[None]:
        """Every call of a DSPy module is a trace of this run, which is open; nothing is traced where
        the server is away."""
        from mlflow.exceptions import MlflowException

        stack = ExitStack()
        try:
            if self.run_id:
                stack.enter_context(traced(self._client, self.run_id))
        except MlflowException as error:
            self._outbox.tell(f"MLflow: nothing is traced ({first_line(error)})")
        try:
            yield
        finally:
            try:
                stack.close()
            except MlflowException as error:
                self._outbox.tell(f"MLflow: the last traces may be missing ({first_line(error)})")

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
