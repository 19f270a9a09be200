"""Strategies: sentences that tell the teacher how to rewrite a problem's symbols."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, ClassVar

import yaml
from dspy.predict.parameter import Parameter
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from zoped.foundation.errors import ZopedError, did_you_mean, first_fault, first_line, not_utf8
from zoped.foundation.reading.yaml_values import load_yaml
from zoped.programs.dotted_path import DottedPathError, import_object
from zoped.programs.menu import StateError

REWRITE = "rewrite"  # the move without a strategy
_SIGN = ":"


class StrategyError(ZopedError, ValueError):
    """A strategy that cannot be used; the message says where it stands and what would be right."""


class Strategy(BaseModel):
    """One way to rewrite a problem.

    `depth` is by how many steps it changes the solution, about; `topic` what it turns the problem to
    ("": it stays). `answer_preserving` promises the same answer, which is checked; `idle_givens` that
    numbers may come of it which the answer does not need; `second` that it needs another problem.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    text: Annotated[str, Field(min_length=10, max_length=1000)]
    depth: int = Field(0, ge=-5, le=5)
    topic: str = ""
    answer_preserving: bool = False
    idle_givens: bool = False
    second: bool = False

    @property
    def move(self) -> str:
        """What a problem says that it was made by."""
        return f"{REWRITE}{_SIGN}{self.id}"


def is_rewrite(move: str) -> bool:
    """Whether a problem's move is the teacher's rewriting, by whatever strategy."""
    return move.partition(_SIGN)[0] == REWRITE


_LIST = TypeAdapter(list[Strategy])


@cache
def builtin_strategies() -> dict[str, Strategy]:
    """Those that come with Zoped, by id."""
    with resources.as_file(resources.files("zoped.programs") / "data" / "strategies.yaml") as path:
        return {strategy.id: strategy for strategy in load_strategies(path)}


def load_strategies(path: str | Path) -> list[Strategy]:
    """The strategies of a YAML file: a list with the fields of `Strategy`. Raises StrategyError."""
    try:
        rows = load_yaml(Path(path).read_text(encoding="utf-8"))
        strategies = _LIST.validate_python(rows)
    except UnicodeDecodeError as error:
        raise StrategyError(f"{path}: {not_utf8(error)}") from error
    except OSError as error:
        raise StrategyError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise StrategyError(
            f"{path}: {first_fault(error)}; write a list of `- id: ...` with `text: ...`"
        ) from error
    except (yaml.YAMLError, ValueError) as error:
        raise StrategyError(f"{path} cannot be read: {first_line(error)}") from error
    return _without_doubles(strategies, str(path))


def known_strategies(names: Iterable[str | Strategy] | None) -> dict[str, Strategy]:
    """Strategies by id, in the order given: all that come with Zoped, or those named.

    A name is an id, a YAML file (`more.yaml`), `builtin` for all of Zoped's, or a dotted path to a
    Strategy or a list of them. Raises StrategyError.
    """
    if names is None:
        return dict(builtin_strategies())
    if isinstance(names, str):  # its letters would be names
        raise StrategyError(f"strategies: {names!r} is one name; give a list, [{names!r}]")
    found: list[Strategy] = []
    for name in names:
        found += [name] if isinstance(name, Strategy) else _named(name)
    return {strategy.id: strategy for strategy in _without_doubles(found, "strategies")}


def _named(name: str) -> Iterable[Strategy]:
    builtin = builtin_strategies()
    if name == "builtin":
        return builtin.values()
    if name.endswith((".yaml", ".yml")):
        try:
            return load_strategies(name)
        except StrategyError as error:
            raise StrategyError(f"strategies: {error}") from error
    if "." in name:
        try:
            found: Any = import_object(name, "strategy", example="my_package.MY_STRATEGY")
        except DottedPathError as error:
            raise StrategyError(f"strategies: {error}") from error
        listed = list(found) if isinstance(found, list | tuple) else [found]
        if not all(isinstance(strategy, Strategy) for strategy in listed):
            raise StrategyError(f"strategies: {name} is neither a Strategy nor a list of them")
        return listed
    if name not in builtin:
        near = did_you_mean(name, builtin) or "; `zoped strategies` lists them"
        raise StrategyError(f"strategies: no strategy {name!r}{near}")
    return [builtin[name]]


def _without_doubles(strategies: list[Strategy], where: str) -> list[Strategy]:
    seen: set[str] = set()
    for strategy in strategies:
        if strategy.id in seen:
            raise StrategyError(f"{where}: the id {strategy.id!r} is there twice")
        seen.add(strategy.id)
    return strategies


class WrittenStrategies(Parameter):  # type: ignore[misc]  # DSPy has no types
    """Strategies that tuning found, beside those that a program was given. Saved and loaded with it."""

    def __init__(self) -> None:
        self.by_id: dict[str, Strategy] = {}

    def reset(self) -> None:
        self.by_id = {}

    def dump_state(self, json_mode: bool = True) -> dict[str, Any]:
        return {"strategies": [s.model_dump() for s in self.by_id.values()]}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Raises StateError for a state that no strategies were saved as."""
        try:
            found = _LIST.validate_python(state["strategies"])
        except (KeyError, TypeError, ValidationError) as error:
            raise StateError(
                f"mutate.written: no strategies were saved there ({first_line(error)})"
            ) from error
        self.by_id = {strategy.id: strategy for strategy in found}
