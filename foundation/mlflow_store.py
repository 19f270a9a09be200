"""What to see to before MLflow opens a store: it asks a server that is away for minutes, and puts dozens of
tables into any database."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

MLFLOWS = {"alembic_version", "experiments"}  # tables that every store of MLflow's has


def ask_briefly() -> None:
    """Have MLflow's clients, which are made from now on, give a server up after some seconds."""
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "10")


def another_use(file: Path | None) -> str:
    """Why the file cannot be a store of MLflow's; "" where there is none yet, where it is one, and where that
    cannot be seen now."""
    if file is None or not file.is_file() or not file.stat().st_size:
        return ""
    try:
        with closing(sqlite3.connect(file, timeout=10)) as database:
            rows = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            tables = {name for (name,) in rows}
    except sqlite3.OperationalError:  # locked: MLflow tells it
        return ""
    except sqlite3.DatabaseError as error:
        return f"it is no store of MLflow's ({error})"
    if not tables or tables >= MLFLOWS:
        return ""
    return f"it is no store of MLflow's (it has the table {min(tables)})"
