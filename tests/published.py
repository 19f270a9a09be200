"""The public data sets and what stands beside them, which are not of this repository: tests find them
in the folder that ZOPED_DATA names, or else in `../shared/data`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("ZOPED_DATA") or Path(__file__).parents[2] / "shared" / "data")


def published(*parts: str) -> Path:
    """A file or folder of `DATA`. A test without it is skipped; where CI is set, it fails."""
    path = DATA.joinpath(*parts)
    if not path.exists():
        message = f"no {path}; set ZOPED_DATA to the folder of the public data sets"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path
