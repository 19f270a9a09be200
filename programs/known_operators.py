"""The operators that a program chooses from, by name or by the path of a class."""

from __future__ import annotations

from collections.abc import Iterable

from zoped.foundation.errors import did_you_mean
from zoped.programs.dotted_path import import_class
from zoped.symbolic import Operator, operators, register_operator


def known_operators(names: Iterable[str] | None) -> tuple[str, ...]:
    """The menu in alphabetical order: `names`, or every operator; raises ValueError for others.

    A dotted path such as `my_package.MyOperator` names an operator class of yours.
    """
    known = operators()
    if isinstance(names, str):  # its letters would be names
        raise ValueError(f"operators: {names!r} is one name; give a list, [{names!r}]")
    wanted = known if names is None else {_registered(n) if "." in n else n for n in names}
    known = operators()
    menu = tuple(sorted(wanted))
    wrong = [name for name in menu if name not in known]
    if wrong:
        near = did_you_mean(wrong[0], known) or f"; there are {', '.join(sorted(known))}"
        raise ValueError(f"operators: no operator {wrong[0]!r}{near}")
    if not menu:
        raise ValueError(f"operators: an empty menu; there are {', '.join(sorted(known))}")
    return menu


def _registered(path: str) -> str:
    """The name of the user's operator at a dotted path, registered by now."""
    try:
        operator = import_class(path, "operator")
        if not issubclass(operator, Operator):
            raise ValueError(f"{path} is no zoped.symbolic.Operator")
        return register_operator(operator).name
    except ValueError as error:
        raise ValueError(f"operators: {error}") from error
