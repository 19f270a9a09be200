"""Problems and operators as short text for a teacher's prompt."""

from __future__ import annotations

from collections.abc import Iterable

from zoped.foundation.errors import did_you_mean
from zoped.programs.dotted_path import import_class
from zoped.symbolic import Operator, SymbolicProblem, operators, register_operator


def symbols_text(problem: SymbolicProblem) -> str:
    """One line a variable, one a constraint, then what is asked for."""
    lines = []
    for v in problem.variables:
        value = "?" if v.value is None else str(v.value)
        note = f" [{v.meaning}]" if v.meaning else ""
        lines.append(f"{v.name} = {value}{note}")
    lines += [str(relation) for relation in problem.relations]
    lines.append(
        f"find {'' if problem.query == 'value' else f'the {problem.query} of '}{problem.target}"
    )
    return "\n".join(lines)


def known_operators(names: Iterable[str] | None) -> tuple[str, ...]:
    """The menu in alphabetical order: `names`, or every operator; raises ValueError for others.

    A dotted path such as `my_package.MyOperator` names an operator class of yours.
    """
    known = operators()
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
