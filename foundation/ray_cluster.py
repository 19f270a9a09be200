"""A connection to a Ray cluster; Ray itself is an extra: pip install 'zoped[ray]'."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from zoped.foundation.errors import ZopedError

HEAD_AWAY = 20  # seconds after which a head that does not answer is lost, and Ray ends the process


class RayError(ZopedError, RuntimeError):
    """Ray is not installed, or the cluster cannot be reached or is gone; the message says which."""


def connect(address: str | None = None) -> Any:
    """The module `ray`, connected until the process ends: to the cluster at `address` (`auto`: the
    one that this machine belongs to), or else to one of this machine alone. A connection that is
    there already is used. Raises RayError."""
    # Nothing that a user did not ask for goes over the network.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_gcs_rpc_server_reconnect_timeout_s", str(HEAD_AWAY))
    try:
        import ray
    except ImportError:
        raise RayError("Ray is not installed: pip install 'zoped[ray]'") from None
    if not ray.is_initialized():
        try:
            ray.init(address=address, logging_level=logging.ERROR, log_to_driver=False)
        except (ConnectionError, RuntimeError, ValueError) as error:
            where = "of this machine" if address in (None, "auto") else f"at {address}"
            raise RayError(f"no Ray cluster {where} can be reached: {error}") from error
    return ray


@contextmanager
def ray_faults(ray: Any) -> Iterator[None]:
    """Turn what Ray raises in the block into a RayError."""
    try:
        yield
    except ray.exceptions.RayError as error:
        lines = str(error).strip().splitlines()
        raise RayError(
            f"the Ray cluster: {lines[-1] if lines else type(error).__name__}"
        ) from error
