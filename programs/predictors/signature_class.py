"""A step's predictor: the built-in one, one with your signature, or a module of yours instead."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, ForwardRef, TypeAlias

import dspy
from pydantic_core import PydanticUndefined

from zoped.programs.dotted_path import import_class

Given: TypeAlias = "type | str | dspy.Module | None"
"""What may stand for a step: a dspy.Signature class, a dspy.Module, a dotted path to a class of either,
or None for the step's own signature."""


def predictor(
    given: Given, default: type, constants: Mapping[str, Any] | None = None
) -> dspy.Module:
    """The module that is asked: `dspy.Predict` of a signature, or the module `given`.

    A class of modules, such as `dspy.ChainOfThought`, is made with the step's own signature. Raises
    ValueError for a signature without the step's outputs, or with inputs that nothing fills, and for a
    class of modules that cannot be made so.
    """
    if isinstance(given, str):
        given = import_class(given, "signature")
    if given is None:
        return dspy.Predict(default)
    if isinstance(given, dspy.Module):
        return given
    if isinstance(given, type) and issubclass(given, dspy.Module):
        try:
            return given(default)
        except TypeError as error:
            raise ValueError(
                f"{given.__name__}({default.__name__}) cannot be made ({error}); a class of modules takes the "
                "step's signature, as dspy.ChainOfThought does, or hand in a module"
            ) from error
    return dspy.Predict(_checked(given, default, constants or {}))


def _checked(signature: Any, default: Any, constants: Mapping[str, Any]) -> type:
    name = getattr(signature, "__name__", repr(signature))
    if not is_kind_of(signature, dspy.Signature):
        raise ValueError(f"{name} is not a dspy.Signature; write `class {name}(dspy.Signature)`")
    for output, field in default.output_fields.items():
        if output not in signature.output_fields:
            raise ValueError(f"{name} has no output {output}; {default.__name__} has")
        found, wanted = signature.output_fields[output].annotation, field.annotation
        if found != wanted and not is_kind_of(found, wanted):
            raise ValueError(
                f"{name}: the output {output} is of type {_type_name(found)}; it must be "
                f"{_type_name(wanted)}, or a subclass of it"
            )
    for own, field in signature.input_fields.items():
        filled = own in default.input_fields or own in constants
        if not filled and field.default is PydanticUndefined:
            raise ValueError(
                f"{name} has the input {own}, which nothing fills; give it a value in `constants` "
                f"or a default; the inputs there are: {', '.join(default.input_fields)}"
            )
    return signature  # type: ignore[no-any-return]


def inputs_of(
    module: dspy.Module, fields: Mapping[str, Any], constants: Mapping[str, Any]
) -> dict[str, Any]:
    """Those of the fields and constants that the module takes."""
    taken = inputs_taken_by(module)
    return {k: v for k, v in {**constants, **fields}.items() if k in taken}


def inputs_taken_by(module: dspy.Module) -> set[str]:
    """The names of a predictor's inputs; of another module's those of its `forward`, and where that takes
    any, its predictors'. Raises ValueError for a module without one."""
    signature = getattr(module, "signature", None)
    if signature is not None:
        return set(signature.input_fields)
    # Not `module.forward`, of which DSPy warns.
    forward = getattr(type(module), "forward", None) or getattr(type(module), "aforward", None)
    if forward is None:
        name = type(module).__name__
        raise ValueError(f"{name} has no forward; write `def forward(self, ...)` with its inputs")
    _, *parameters = inspect.signature(forward).parameters.values()
    taken = {p.name for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)}
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        taken |= {name for p in module.predictors() for name in p.signature.input_fields}
    return taken


def output_of(reply: Any, name: str, wanted: type, step: str, module: dspy.Module) -> Any:
    """The reply's output; raises TypeError where a module that replaces the step returned something else."""
    value = getattr(reply, name, None)
    if not isinstance(value, wanted):
        raise TypeError(
            f"{step}: {type(module).__name__} gave {name} = {value!r:.80}; it must give a "
            f"dspy.Prediction with a {name} of type {wanted.__name__}"
        )
    return value


def is_kind_of(found: Any, wanted: type) -> bool:
    """Whether the annotation is the type, a subclass, or its name (a string that Python did not look
    up, as in a class that is made by `exec`)."""
    if isinstance(found, ForwardRef):
        return found.__forward_arg__ == wanted.__name__
    return isinstance(found, type) and isinstance(wanted, type) and issubclass(found, wanted)


def _type_name(annotation: Any) -> str:
    return getattr(annotation, "__name__", str(annotation))
