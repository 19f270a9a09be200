"""What a saved state must be to be loaded into a program."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dspy
from pydantic import BaseModel, ConfigDict, InstanceOf, ValidationError

from zoped.foundation.errors import first_fault
from zoped.programs.menu import StateError

METADATA = "metadata"  # DSPy's own notes in a file
DECISION = "fields"  # of a predictor whose outputs are decided by a model of another kind


class _Saved(BaseModel):
    """As DSPy's `dump_state` writes it, and no more: `Predict.load_state` sets whatever stands there as an
    attribute, and by `config` or `forward` a file could send the prompts, and the key, elsewhere."""

    model_config = ConfigDict(strict=True)


class _Field(_Saved):
    prefix: str
    description: str


class _Signature(_Saved):
    instructions: str
    fields: list[_Field]


class _Predictor(_Saved):
    signature: _Signature
    demos: list[dict[str, Any] | InstanceOf[dspy.Example]]  # the latter in a pickle
    lm: dict[str, Any] | None


def load_into(program: dspy.Module, state: Any, *, allow_unsafe_lm_state: bool = False) -> None:
    """Give the program's parameters the state; what the state has not stays as it is.

    Raises StateError where it is the state of another program, which changes nothing.
    """
    saved = _checked(program, state)
    for loaded in (program.deepcopy(), program):  # a trial run first
        for name, parameter in loaded.named_parameters():
            if name not in saved:
                continue
            if isinstance(parameter, dspy.Module):
                parameter.load_state(saved[name], allow_unsafe_lm_state=allow_unsafe_lm_state)
            else:
                parameter.load_state(saved[name])


def require_saved_program(path: Path) -> None:
    """Raises StateError for a JSON file that no program was saved to."""
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise StateError(f"{path} is no saved program: it is not JSON ({error})") from None
    if not (isinstance(state, dict) and "dependency_versions" in (state.get(METADATA) or ())):
        raise StateError(f"{path} is no saved program; `program.save({path.name!r})` writes one")


def _checked(program: dspy.Module, state: Any) -> dict[str, Any]:
    known = dict(program.named_parameters())
    if not isinstance(state, Mapping):
        raise StateError(f"a {type(state).__name__} is no saved program; {_expected(known)}")
    names = sorted(state.keys() - {METADATA})
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        has = f"the state has {', '.join(unknown)}" if unknown else "the state is empty"
        raise StateError(f"{has}; it was saved from another program: {_expected(known)}")
    for name in names:
        if isinstance(known[name], dspy.Predict):
            _require_predictor(name, known[name], state[name])
    return {name: state[name] for name in names}


def _require_predictor(name: str, predictor: dspy.Predict, saved: Any) -> None:
    try:
        fields = _Predictor.model_validate(saved).signature.fields
    except ValidationError as error:
        raise StateError(f"{name}: no predictor was saved there ({first_fault(error)})") from None
    unknown = sorted(saved.keys() - {*predictor.dump_state(), DECISION})
    if unknown:
        raise StateError(
            f"{name}: it has {', '.join(map(repr, unknown))}, which no predictor saves; leave it out"
        )
    # DSPy matches descriptions to fields by position.
    if len(fields) != len(predictor.signature.fields):
        raise StateError(
            f"{name}: it was saved with another signature, of {len(fields)} fields; the program's "
            f"{predictor.signature.__name__} has {', '.join(predictor.signature.fields)}"
        )


def _expected(known: Mapping[str, Any]) -> str:
    return f"this program has {', '.join(known)}"
