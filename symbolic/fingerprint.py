"""Fingerprints: what two problems have in common when their names and numbers differ.

The problem is a graph: variables, constraints and the nodes of their expressions. Colour
refinement (Weisfeiler and Leman) gives each variable a colour by how it is used; the fingerprint
is a digest of the coloured constraints. Commutative arguments and the order of constraints do not
count. Two structures that refinement cannot tell apart get the same fingerprint.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b

from zoped.symbolic.expression import Apply, Expression, Number, Symbol
from zoped.symbolic.problem import SymbolicProblem

_COMMUTATIVE = frozenset({"+", "*", "==", "!=", "gcd", "lcm", "min", "max"})
_MIRRORED = {">": "<", ">=": "<="}
MAX_ROUNDS = 8


def fingerprint(problem: SymbolicProblem) -> str:
    """24 hexadecimal digits for the structure, whatever the names, wording and numbers."""
    return _digest(problem, with_numbers=False)


def instance_key(problem: SymbolicProblem) -> str:
    """24 hexadecimal digits for the structure with its numbers, whatever the names and wording.

    Two problems with the same key are the same problem.
    """
    return _digest(problem, with_numbers=True)


def _hash(*parts: str) -> str:
    return blake2b("\x1f".join(parts).encode(), digest_size=12).hexdigest()


def _digest(problem: SymbolicProblem, *, with_numbers: bool) -> str:
    colours: dict[str, str] = {}
    for v in problem.variables:
        value = str(v.value) if with_numbers and v.value is not None else ""
        role = "given" if v.value is not None else "unknown"
        kind = "integer" if v.domain.is_integer else "real"
        colours[v.name] = _hash(role, kind, value, str(v.distractor))
    distinct = len(set(colours.values()))
    for _ in range(MAX_ROUNDS):
        colours = _refined(problem, colours, with_numbers)
        refined = len(set(colours.values()))
        if refined == distinct:
            break
        distinct = refined
    relations = sorted(_describe(r, colours, with_numbers, None) for r in problem.relations)
    target = _describe(problem.target, colours, with_numbers, None)
    return _hash(problem.query, target, *sorted(colours.values()), *relations)


def _refined(
    problem: SymbolicProblem, colours: Mapping[str, str], with_numbers: bool
) -> dict[str, str]:
    """A variable's new colour: its old one, and every expression seen from where it stands."""
    seen: dict[str, list[str]] = {name: [] for name in colours}
    for relation in problem.relations:
        for name in relation.symbols:
            seen[name].append(_describe(relation, colours, with_numbers, name))
    for name in problem.target.symbols:
        seen[name].append("target " + _describe(problem.target, colours, with_numbers, name))
    return {name: _hash(colour, *sorted(seen[name])) for name, colour in colours.items()}


def _describe(
    expression: Expression, colours: Mapping[str, str], with_numbers: bool, here: str | None
) -> str:
    """Text of the expression with colours for names; the variable `here` is marked."""
    if isinstance(expression, Number):
        return f"={expression.value}" if with_numbers else "number"
    if isinstance(expression, Symbol):
        mark = "*" if expression.name == here else ""
        return mark + colours.get(expression.name, "index")
    if not isinstance(expression, Apply):
        return str(expression)
    op = expression.operator
    arguments = expression.arguments
    if op in _MIRRORED:
        op, arguments = _MIRRORED[op], arguments[::-1]
    if op in ("+", "*"):
        arguments = tuple(_flattened(expression, op))
    parts = [_describe(child, colours, with_numbers, here) for child in arguments]
    if op in _COMMUTATIVE:
        parts.sort()
    return f"{op}({','.join(parts)})"


def _flattened(expression: Expression, op: str) -> list[Expression]:
    """The terms of nested sums, or factors of nested products."""
    if isinstance(expression, Apply) and expression.operator == op:
        return [part for child in expression.arguments for part in _flattened(child, op)]
    return [expression]
