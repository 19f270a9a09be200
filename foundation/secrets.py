"""Keys out of texts: what a server echoes, and what a URL carries, is never written down."""

from __future__ import annotations

import os
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit, urlunsplit

HIDDEN = "***"
_NAMES = re.compile(r"KEY|TOKEN(?!S|IZ)|SECRET|PASSW|CREDENTIAL", re.IGNORECASE)
_SHORTEST = 8  # characters of a secret; shorter ones ("none", "local") stand in any text


def redacted_url(url: str) -> str:
    """The URL without what it may carry of secrets: user and password, and the query's values."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{HIDDEN}@{host}" if "@" in parts.netloc else host
    query = "&".join(f"{name}={HIDDEN}" for name, _ in parse_qsl(parts.query, True))
    # By hand: `urlunsplit` takes two of the four slashes of sqlite:////a/b away.
    start = f"{parts.scheme}://{netloc}" if "://" in url else f"{parts.scheme}:"
    return (start if parts.scheme else netloc) + parts.path + (f"?{query}" if query else "")


def without_secrets(url: str) -> tuple[str, dict[str, Any]]:
    """The URL without user, password and query, and the options of a client that send them: clients
    append their path to what they are given."""
    parts = urlsplit(url)
    options: dict[str, Any] = {}
    user, at, host = parts.netloc.rpartition("@")
    if at:
        basic = b64encode(unquote(user).encode()).decode()
        options["extra_headers"] = {"Authorization": f"Basic {basic}"}
    if parts.query:
        options["extra_query"] = dict(parse_qsl(parts.query, True))
    return urlunsplit((parts.scheme, host, parts.path, "", "")), options


def redacted(text: str, options: Mapping[str, Any] | None = None) -> str:
    """The text without the keys of the environment and of an LM's `options` (api_key, api_base)."""
    return without(text, secrets_of(options))


def without(text: str, secrets: Sequence[str]) -> str:
    """The text with these hidden, of which none is a part of a later one."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text


def unmistakable(secrets: Sequence[str]) -> tuple[str, ...]:
    """Those that no reply has by chance: a variable such as KEYBOARD may hold a word or a number."""
    return tuple(secret for secret in secrets if not secret.isalpha() and not secret.isdigit())


def secrets_of(options: Mapping[str, Any] | None = None) -> tuple[str, ...]:
    """The keys of the environment and of an LM's `options`, as they may be written; the longest first."""
    found = {value for name, value in os.environ.items() if _NAMES.search(name)}
    options = options or {}
    if isinstance(options.get("api_key"), str):
        found.add(options["api_key"])
    if isinstance(options.get("api_base"), str):
        found |= _of_url(options["api_base"])
    found |= set((options.get("extra_query") or {}).values())
    for value in (options.get("extra_headers") or {}).values():
        found |= _of_header(value)
    forms = {form for value in found for form in (value, unquote(value), quote(value, safe=""))}
    return tuple(sorted((s for s in forms if len(s) >= _SHORTEST), key=len, reverse=True))


def _of_header(value: str) -> set[str]:
    kind, _, coded = value.partition(" ")
    if kind != "Basic":
        return {value, coded}
    plain = b64decode(coded).decode()
    return {coded, plain, *plain.split(":", 1)}


def _of_url(url: str) -> set[str]:
    parts = urlsplit(url)
    found = {value for _, value in parse_qsl(parts.query, True)}
    if "@" in parts.netloc:
        found.add(parts.netloc.rpartition("@")[0])
        found |= {part for part in (parts.username, parts.password) if part}
    return found
