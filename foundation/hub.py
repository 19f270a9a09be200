"""Whether the Hugging Face hub can be asked at all: its clients try for a minute and more."""

from __future__ import annotations

import socket
from functools import cache
from urllib.parse import urlsplit
from urllib.request import getproxies

SECONDS = 5.0


@cache
def hub_is_reachable() -> bool:
    """Whether something answers where the hub is (HF_ENDPOINT, HF_HUB_OFFLINE); asked once a process.

    Behind a proxy it is taken to be there: only the clients know how to ask.
    """
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    place = urlsplit(constants.ENDPOINT)
    if getproxies().keys() & {place.scheme, "all"}:
        return True
    port = place.port or (443 if place.scheme == "https" else 80)
    try:
        socket.create_connection((place.hostname or "", port), timeout=SECONDS).close()
    except OSError:
        return False
    return True
