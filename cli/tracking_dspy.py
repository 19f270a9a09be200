"""DSPy in MLflow: programs that can be loaded back, and traces of what the teacher is asked.

Both go through what is global in MLflow: the store, the experiment and the active run, which are put
back afterwards.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING

from zoped.foundation.errors import first_line

if TYPE_CHECKING:
    import dspy
    from mlflow import MlflowClient

VARIABLE = "MLFLOW_TRACKING_URI"


@contextmanager
def active_run(client: MlflowClient, run_id: str) -> Iterator[None]:
    """The run is MLflow's active one, in its store; its status stays as it is."""
    import mlflow

    status = client.get_run(run_id).info.status  # MLflow has it run and finish
    before = os.environ.get(VARIABLE)  # which MLflow sets too
    mlflow.set_tracking_uri(client.tracking_uri)
    try:
        with mlflow.start_run(run_id=run_id, nested=True, log_system_metrics=False):
            yield
        client.update_run(run_id, status=status)
    finally:
        mlflow.set_tracking_uri(before or None)  # type: ignore[arg-type]  # takes None
        if before is not None:
            os.environ[VARIABLE] = before


def log_program(client: MlflowClient, run_id: str, program: dspy.Module, name: str) -> None:
    """`mlflow.dspy.load_model("runs:/RUN/NAME")` gives the program back."""
    import dspy
    import mlflow.dspy
    from mlflow.exceptions import INVALID_PARAMETER_VALUE, MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    # It warns of pickles, whoever they are by: these are our own.
    warnings = logging.getLogger("dspy")
    level = warnings.level
    warnings.setLevel(logging.ERROR)
    requirements = [f"{package}=={version(package)}" for package in ("zoped", "dspy")]
    try:
        # What DSPy is set to goes into the model too: nothing of this run's teacher may.
        with active_run(client, run_id), dspy.context(lm=None, adapter=None, callbacks=[]):
            mlflow.dspy.log_model(
                program, name=name, pip_requirements=requirements, use_dspy_model_save=True
            )
    except (MlflowException, SQLAlchemyError, OSError):
        raise  # the store's, which may be back later
    except Exception as error:  # a signature of the user's that cannot be pickled, for one
        raise MlflowException(
            f"the program cannot be saved: {first_line(error)}", INVALID_PARAMETER_VALUE
        ) from error
    finally:
        warnings.setLevel(level)


@contextmanager
def traced(client: MlflowClient, run_id: str) -> Iterator[None]:
    """Every call of a DSPy module is a trace of the run (`mlflow.dspy.autolog`)."""
    import mlflow.dspy

    with active_run(client, run_id):
        mlflow.dspy.autolog(silent=True)
        try:
            yield
        finally:
            mlflow.dspy.autolog(disable=True, silent=True)
            mlflow.flush_trace_async_logging()
