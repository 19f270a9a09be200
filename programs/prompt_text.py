"""Problems and operators as short text for a teacher's prompt."""

from __future__ import annotations

from collections.abc import Iterable

from zoped.symbolic import Operator, SymbolicProblem, operators


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


def all_operators() -> tuple[str, ...]:
    """The names of all operators, in alphabetical order."""
    return tuple(sorted(operators()))


def applicable_operators(problem: SymbolicProblem) -> tuple[str, ...]:
    """The names of the operators that may apply, in alphabetical order."""
    return tuple(
        name for name, operator in sorted(operators().items()) if operator.applicable(problem)
    )


def menu_text(names: Iterable[str]) -> str:
    """A line for each operator: its name, what it does, the limits of its number."""
    known = operators()
    return "\n".join(_menu_line(known[name]) for name in names)


def _menu_line(operator: Operator) -> str:
    limits = "; ".join(
        f"number {limit.low} to {limit.high}: {limit.meaning}"
        for limit in operator.arguments.values()
    )
    return f"{operator.name}: {operator.description}{f' ({limits})' if limits else ''}"
