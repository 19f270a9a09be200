"""The state of a search on disk: saved after every batch, resumed by the same search only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from zoped.evals import Band, Decision, PassRate
from zoped.foundation.errors import UNREADABLE, ZopedError
from zoped.foundation.files import write_whole
from zoped.programs import GeneratedProblem, Rejection, Seed
from zoped.symbolic import SymbolicProblem


class OtherSearchError(ZopedError, ValueError):
    """A folder holds the state of another search; the message says in what it differs."""


class KeptState:
    """`search.json` in a folder, or nothing without one.

    Args:
        folder: Where it lies; None keeps nothing.
        identity: By name, everything that decides how the search goes, as JSON. A search resumes
            only where all of it is the same.
    """

    def __init__(self, folder: Path | None, identity: Mapping[str, Any]) -> None:
        self.path = None if folder is None else folder / "search.json"
        self.identity = {name: _told_in_short(value) for name, value in identity.items()}

    def save(self, state: Mapping[str, Any], *, undecided: Sequence[str] = ()) -> None:
        """Replaces what is kept, in one step. What is `undecided` of the identity has had no part
        in it yet, and may be another when the search resumes."""
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            known = {k: None if k in undecided else v for k, v in self.identity.items()}
            content = {"identity": known, "undecided": list(undecided), **state}
            write_whole(self.path, json.dumps(content))

    def load(self) -> dict[str, Any] | None:
        """What was saved; None where nothing was. Raises OtherSearchError for another search's."""
        if self.path is None or not self.path.exists():
            return None
        try:
            state: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
            known: dict[str, Any] = state["identity"]
            names = dict.fromkeys([*self.identity, *known])
            other = [name for name in names if known.get(name) != self.identity.get(name)]
            other = [name for name in other if name not in state["undecided"]]
        except UNREADABLE:
            raise self._unreadable() from None
        if other:
            differences = "; ".join(self._difference(name, known) for name in other)
            raise OtherSearchError(
                f"{self.path} is the state of another search ({differences}); give another "
                "log_dir, or the settings that it was made with"
            )
        return state

    @contextmanager
    def as_saved(self) -> Iterator[None]:
        """Raises OtherSearchError where what the block takes out of the state is not as it was saved."""
        try:
            yield
        except UNREADABLE as error:
            raise self._unreadable() from error

    def _unreadable(self) -> OtherSearchError:
        return OtherSearchError(f"{self.path} is not the state of a search; give another log_dir")

    def _difference(self, name: str, known: Mapping[str, Any]) -> str:
        was, now = known.get(name), self.identity.get(name)
        if any(str(value).startswith("sha256:") for value in (was, now)):
            return f"another {name}"
        return f"{name} was {was}, is {now}"


def _told_in_short(value: Any) -> Any:
    """The value as JSON; its hash where it is long."""
    text = json.dumps(value, sort_keys=True, default=str)
    if len(text) > 80:
        return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
    return json.loads(text)


def dumped(decision: Decision) -> dict[str, Any]:
    """A decision that the teacher was asked for, as JSON: a search that resumes does not ask again."""
    symbols = decision.symbols
    return {
        "seed": decision.seed.model_dump(mode="json"),
        "move": decision.move,
        "arguments": dict(decision.arguments),
        "problems": [problem.model_dump(mode="json") for problem in decision.problems],
        "pass_rates": [(rate.passes, rate.rollouts) for rate in decision.pass_rates],
        "rejections": [rejection.model_dump(mode="json") for rejection in decision.rejections],
        "symbols": None if symbols is None else symbols.model_dump(mode="json"),
        "band": list(decision.band),
        "teacher_calls": decision.teacher_calls,
    }


def loaded(body: Mapping[str, Any]) -> Decision:
    """What `dumped` was given."""
    symbols = body["symbols"]
    return Decision(
        seed=Seed.model_validate(body["seed"]),
        move=body["move"],
        arguments=body["arguments"],
        problems=tuple(map(GeneratedProblem.model_validate, body["problems"])),
        pass_rates=tuple(PassRate(*rate) for rate in body["pass_rates"]),
        rejections=tuple(map(Rejection.model_validate, body["rejections"])),
        symbols=None if symbols is None else SymbolicProblem.model_validate(symbols),
        band=Band.of(body["band"]),
        teacher_calls=body["teacher_calls"],
    )
