"""What every test starts from: no thread spinning, no telemetry, DSPy as it comes."""

import gc
import os
import signal
import sqlite3
import sys
from contextlib import closing

# What collecting imports stays: to look through it again and again would take a fourth of the time.
gc.disable()

# Processes of pytest-xdist ignore it, and what they start would too.
signal.signal(signal.SIGINT, signal.default_int_handler)
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import pytest


@pytest.fixture
def skilled_student():
    from tests.simulated import SkilledStudent

    return SkilledStudent


@pytest.fixture(scope="session", autouse=True)
def mlflow_tables(tmp_path_factory):
    """MLflow makes its tables in dozens of migrations, a second of work: once, and then they are copied."""
    if "mlflow" not in sys.modules:
        yield
        return
    from mlflow.store.db import utils

    made = tmp_path_factory.mktemp("mlflow") / "tables.db"
    migrate = utils._initialize_tables

    def initialize(engine):
        assert engine.dialect.name == "sqlite"
        if not made.exists():
            migrate(engine)
            copy(engine.url.database, made)
        else:
            copy(made, engine.url.database)

    def copy(one, other):
        with closing(sqlite3.connect(one)) as full, closing(sqlite3.connect(other)) as empty:
            full.backup(empty)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utils, "_initialize_tables", initialize)
        yield


@pytest.fixture(scope="module", autouse=True)
def own_modules():
    """A configuration's folder is a place for modules from then on, in this process and what it starts:
    the next file's tests are to find their own."""
    path, known = list(sys.path), os.environ.get("PYTHONPATH")
    yield
    sys.path[:] = path
    if known is None:
        os.environ.pop("PYTHONPATH", None)
    else:
        os.environ["PYTHONPATH"] = known


def pytest_collection_modifyitems(items):
    """Files with slow tests first, so that processes that share the suite end together."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish():
    gc.enable()
    gc.collect()
    gc.freeze()
