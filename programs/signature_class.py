"""A step's signature: ours, or one of yours with the same fields."""

from __future__ import annotations

import dspy

from zoped.programs.dotted_path import import_class


def signature_class(given: type | str | None, default: type) -> type:
    """The signature class `given`, by itself or by its dotted path; `default` for None.

    It must have the outputs of `default`; of its inputs it may leave some out. Raises ValueError.
    """
    if given is None:
        return default
    signature = import_class(given, "signature") if isinstance(given, str) else given
    name = getattr(signature, "__name__", repr(signature))
    if not (isinstance(signature, type) and issubclass(signature, dspy.Signature)):
        raise ValueError(f"{name} is not a dspy.Signature; write `class {name}(dspy.Signature)`")
    missing = set(default.output_fields) - set(signature.output_fields)  # type: ignore[attr-defined]
    if missing:
        raise ValueError(
            f"{name} has no output {', '.join(sorted(missing))}; {default.__name__} has"
        )
    unknown = set(signature.input_fields) - set(default.input_fields)  # type: ignore[attr-defined]
    if unknown:
        known = ", ".join(default.input_fields)  # type: ignore[attr-defined]
        raise ValueError(
            f"{name} has the input {', '.join(sorted(unknown))}, which nothing fills; "
            f"the inputs there are: {known}"
        )
    return signature
