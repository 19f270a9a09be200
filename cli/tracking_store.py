"""The MLflow store: one for all runs of a folder, so that they can be compared.

`mlflow.db`, with `mlflow-artifacts/` beside it, lies beside the run folders; MLFLOW_TRACKING_URI
names another store. An experiment is a configuration, by its name; a run of it is a run there.
"""

from __future__ import annotations

import logging
import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from zoped.cli.errors import UserError
from zoped.foundation.errors import first_line
from zoped.foundation.mlflow_store import another_use, ask_briefly
from zoped.foundation.secrets import redacted_url

if TYPE_CHECKING:
    from mlflow import MlflowClient

STORE, ARTIFACTS = "mlflow.db", "mlflow-artifacts"
PLACES = {  # of files, in MLflow's tables
    "runs": "artifact_uri",
    "logged_models": "artifact_location",
    "experiments": "artifact_location",
}
KIND, TRAINING_VIEW = "mlflow.experimentKind", "custom_model_development"


@dataclass(frozen=True)
class Store:
    """Where runs are tracked: MLflow's address of it, and its file where it is one of ours."""

    uri: str
    file: Path | None = None

    @classmethod
    def beside(cls, run_folder: Path) -> Store:
        """That of MLFLOW_TRACKING_URI, else the one beside the run folder."""
        return cls.named_by_environment() or cls.in_folder(run_folder.resolve().parent)

    @classmethod
    def named_by_environment(cls) -> Store | None:
        uri = os.environ.get("MLFLOW_TRACKING_URI")
        return cls(uri) if uri else None

    @classmethod
    def in_folder(cls, folder: Path) -> Store:
        return cls.of_file(folder / STORE)

    @classmethod
    def of_file(cls, file: Path) -> Store:
        return cls(f"sqlite:///{file.resolve()}", file.resolve())

    @property
    def database(self) -> Path | None:
        """The SQLite file that it is; None for a server or another database."""
        if self.file is not None or not self.uri.startswith("sqlite"):
            return self.file
        from sqlalchemy.engine import make_url

        name = make_url(self.uri).database
        return Path(name) if name else None

    @property
    def artifacts(self) -> str | None:
        """The URI of the folder of its files; None where a server knows better."""
        return (self.file.parent / ARTIFACTS).as_uri() if self.file else None

    def __str__(self) -> str:
        return str(self.file or redacted_url(self.uri))

    @property
    def how_to_look(self) -> str:
        """What opens MLflow's pages on it."""
        if self.uri.startswith(("http://", "https://")):
            return str(self)
        return f"zoped ui {shlex.quote(str(self.file))}" if self.file else "zoped ui"


def quiet_mlflow() -> None:
    """Import MLflow so that it says, asks and waits no more than we want."""
    ask_briefly()
    # An address for each of a run's parts would bury what the run says.
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")

    import mlflow  # noqa: F401

    for library in ("mlflow", "alembic"):  # after the import, which sets levels of its own
        logging.getLogger(library).setLevel(logging.ERROR)
    # What goes wrong with the database is told by whoever meets it, without a stack.
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)


def open_experiment(store: Store, name: str) -> tuple[MlflowClient, str]:
    """A client of the store, and the id of the experiment MLFLOW_EXPERIMENT_NAME, `name` if not
    given; both are made where they are missing.

    Raises UserError when the store does not answer, or the experiment was deleted.
    """
    quiet_mlflow()
    from mlflow import MlflowClient

    name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or name
    try:
        if fault := another_use(store.database):
            raise UserError(fault)
        if store.file is not None:
            make_store(store.file)
        client = MlflowClient(tracking_uri=store.uri, registry_uri=store.uri)
        experiment = client.get_experiment_by_name(name)
        if experiment is None:
            _create_experiment(client, store, name)
            experiment = client.get_experiment_by_name(name)
            assert experiment is not None  # made here, or by another run
        if KIND not in experiment.tags and experiment.lifecycle_stage == "active":
            client.set_experiment_tag(experiment.experiment_id, KIND, TRAINING_VIEW)
    except Exception as error:
        raise UserError(
            f"{store}: MLflow cannot be reached: {first_line(error)}; set MLFLOW_TRACKING_URI to a "
            "store that can, or to nothing for one beside the run folders"
        ) from error
    if experiment.lifecycle_stage == "deleted":
        raise UserError(
            f"the MLflow experiment {name!r} was deleted; restore it (MLFLOW_TRACKING_URI="
            f"{store.uri} mlflow experiments restore --experiment-id {experiment.experiment_id}), "
            "or name another one in MLFLOW_EXPERIMENT_NAME"
        )
    return client, experiment.experiment_id


def _create_experiment(client: MlflowClient, store: Store, name: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_experiment(
            name, artifact_location=store.artifacts, tags={KIND: TRAINING_VIEW}
        )
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":  # another run was quicker
            raise


def make_store(path: Path) -> None:
    """An empty store at `path`, whole or not at all: its tables are made in dozens of steps, and one
    that was killed between them could never be opened again. One process makes it, others wait."""
    if path.exists():
        find_again(path)
        return
    import sqlite3
    from contextlib import closing

    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    with FileLock(path.with_name(f"{path.name}.lock")):
        if path.exists():
            return
        draft = path.with_name(f"{path.name}.draft")
        for left in path.parent.glob(f"{draft.name}*"):
            left.unlink()
        artifacts = (path.parent / ARTIFACTS).as_uri()
        SqlAlchemyStore(f"sqlite:///{draft}", artifacts).engine.dispose()
        with closing(sqlite3.connect(draft)) as database:
            # Whoever reads, such as MLflow's pages, does not hold up a run that writes.
            database.execute("PRAGMA journal_mode = WAL")
        draft.replace(path)


def find_again(path: Path) -> None:
    """Where the folder of a store was moved or copied, with its files: let the store name those that lie
    beside it.

    MLflow keeps the whole path of every file. A store with files elsewhere that are not here too is left
    alone; what is wrong with one that cannot be read is MLflow's to tell.
    """
    import sqlite3
    from contextlib import closing, suppress
    from urllib.parse import urlsplit
    from urllib.request import url2pathname

    here = path.resolve().parent / ARTIFACTS
    if not here.is_dir():
        return
    with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(path, timeout=10)) as database:
        known = database.execute(
            "SELECT DISTINCT artifact_location FROM experiments WHERE artifact_location LIKE ?",
            (f"file:%/{ARTIFACTS}",),
        ).fetchall()
        runs = [run for (run,) in database.execute("SELECT run_uuid FROM runs")]

        def are_here(there: Path) -> bool:
            if not there.exists() or there.samefile(here):
                return not there.exists()
            return all((here / run).exists() for run in runs if (there / run).exists())

        left = [old for (old,) in known if are_here(Path(url2pathname(urlsplit(old).path)))]
        with database:  # all of it or nothing
            for old in left:
                for table, column in PLACES.items():
                    database.execute(
                        f"UPDATE {table} SET {column} = ? || substr({column}, ?) "
                        f"WHERE substr({column}, 1, ?) = ?",
                        (here.as_uri(), len(old) + 1, len(old), old),
                    )
