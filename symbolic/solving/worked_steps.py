"""Worked steps: the answer derived one operation at a time, each step checked by evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from zoped.symbolic.language.evaluate import evaluate, few_steps
from zoped.symbolic.language.expression import (
    RELATIONS,
    SERIES,
    Apply,
    Expression,
    Number,
    Symbol,
    substitute,
    walk,
)
from zoped.symbolic.language.parse import MAX_DIGITS
from zoped.symbolic.problem import SymbolicProblem, parse_number
from zoped.symbolic.solving.linear import Derivation, LinearResult, linear_form, solve_linear

# Worked out in one step: terms with an index, and branches that may have no value. A root that is rounded is
# another, since it may be irrational.
_WHOLE = frozenset([*SERIES, "if", "and", "or", "not", *RELATIONS])
_SIGN = {"+": "+", "-": "-", "*": "*", "/": "/", "**": "**", "//": "//", "%": "%"}


@dataclass(frozen=True)
class Step:
    """One operation on numbers: `text` is "5 + 3 = 8", `value` its exact result.

    `finds` names the variable that the step determines, "" for an intermediate result. The value
    is None where it is irrational.
    """

    text: str
    value: Fraction | None
    finds: str = ""


def worked_steps(problem: SymbolicProblem, result: LinearResult) -> tuple[Step, ...]:
    """Steps from the givens to the target, only those that the target needs."""
    needed = _needed(problem, result)
    known = {v.name: v.value for v in problem.variables if v.value is not None}
    steps: list[Step] = []
    for derivation in result.derivations:
        if derivation.name in needed:
            steps.extend(_derive(derivation, known))
        known[derivation.name] = derivation.value
        if problem.target.symbols <= known.keys():
            break  # what was found later the answer does not need
    if not isinstance(problem.target, Symbol):
        steps.extend(_evaluation_steps(problem.target, known, ""))
    return tuple(steps)


def stated_steps(
    problem: SymbolicProblem, values: Mapping[str, str], answer: str | None, solutions: int = 1
) -> tuple[Step, ...]:
    """Steps where the unknowns' values are known and no rule derives them one by one.

    What the fast path derives comes first; then each relation is stated with the numbers put in
    and the value that it gives: "side**2 == 49 gives side = 7". Of several `solutions` with one
    answer it shows the one of `values`, which leaves out what stays free. Empty without values.
    """
    if not values or answer is None:
        return ()
    with few_steps():
        result = solve_linear(problem)
    known = {v.name: v.value for v in problem.variables if v.value is not None}
    steps: list[Step] = []
    for derivation in result.derivations:
        steps.extend(_derive(derivation, known))
        known[derivation.name] = derivation.value
    found = set(known)
    # An equation says what its unknowns are; an inequality only where none does.
    for relation in sorted(problem.relations, key=_is_inequality):
        new = [name for name in sorted(relation.symbols - found) if name in values]
        if not new:
            continue
        numbers = {name: Number(value) for name, value in known.items()}
        results = ", ".join(f"{name} = {values[name]}" for name in new)
        exact = _rational(values[new[-1]])
        stated = f"{substitute(relation, numbers)} gives {results}"
        if not relation.symbols <= found | set(new):
            stated = results  # something stays free in it
        steps.append(Step(stated, exact, new[-1]))
        found |= set(new)
        known |= {name: v for name in new if (v := _rational(values[name])) is not None}
    if solutions > 1:
        last = f"in each of the {solutions} solutions {problem.target} = {answer}"
        steps.append(Step(last, _rational(answer)))
    elif not steps or not steps[-1].text.endswith(f"= {answer}"):
        steps.append(Step(f"{problem.target} = {answer}", _rational(answer)))
    return tuple(steps)


def _is_inequality(relation: Expression) -> bool:
    return not (isinstance(relation, Apply) and relation.operator == "==")


def _rational(text: str) -> Fraction | None:
    try:
        return parse_number(text)
    except ValueError:
        return None


def _needed(problem: SymbolicProblem, result: LinearResult) -> set[str]:
    """The variables on the way to the target, found backwards."""
    needed = set(problem.target.symbols)
    for derivation in reversed(result.derivations):
        if derivation.name in needed:
            for relation in derivation.relations:
                needed |= relation.symbols
    return needed


def _derive(derivation: Derivation, known: Mapping[str, Fraction]) -> list[Step]:
    name, value = derivation.name, derivation.value
    if len(derivation.relations) > 1:
        return [Step(f"{name} = {value}", value, name)]
    relation = derivation.relations[0]
    if not isinstance(relation, Apply) or not relation.symbols <= known.keys() | {name}:
        # Another unknown stood in it and cancelled: x + y == x - 8.
        return [Step(f"{name} = {value}", value, name)]
    left, right = relation.arguments
    if isinstance(right, Symbol) and right.name == name:
        left, right = right, left
    if isinstance(left, Symbol) and left.name == name and right.symbols <= known.keys():
        return _evaluation_steps(right, known, name)
    if name in right.symbols:
        left, right = right, left
    if name not in right.symbols:
        steps = _isolate(left, right, name, known)
        if steps and steps[-1].value == value:
            return steps
    return [Step(f"{name} = {value}", value, name)]


def _isolate(
    side: Expression, other: Expression, name: str, known: Mapping[str, Fraction]
) -> list[Step]:
    """Undo the operations around `name` one by one: x + 3 = 8 gives "8 - 3 = 5"."""
    value = evaluate(other, known)
    if _is_huge(value):
        return []
    steps = _evaluation_steps(other, known, "")
    while not isinstance(side, Symbol):
        if not isinstance(side, Apply) or linear_form(side, known) is None:
            return []
        if side.operator == "neg":
            side, value = side.arguments[0], -value
            continue
        left, right = side.arguments
        if name in left.symbols and name in right.symbols:
            return []
        on_left = name in left.symbols
        constant = right if on_left else left
        steps.extend(_evaluation_steps(constant, known, ""))
        number = evaluate(constant, known)
        match side.operator, on_left:
            case "+", _:
                text, value = f"{value} - {_operand(number)}", value - number
            case "-", True:
                text, value = f"{value} + {_operand(number)}", value + number
            case "-", False:
                text, value = f"{number} - {_operand(value)}", number - value
            case "*", _:
                text, value = f"{value} / {_operand(number)}", value / number
            case "/", True:
                text, value = f"{value} * {_operand(number)}", value * number
            case _:
                return []
        side = left if on_left else right
        steps.append(Step(f"{text} = {value}", value, name if isinstance(side, Symbol) else ""))
    return steps


def _evaluation_steps(
    expression: Expression, known: Mapping[str, Fraction], finds: str
) -> list[Step]:
    """One step an operation, innermost first; the last one carries `finds`."""
    steps: list[Step] = []
    for node in reversed(list(walk(expression))):
        if not isinstance(node, Apply) or _inside_whole(expression, node):
            continue
        value = evaluate(node, known)
        if node.operator == "neg" or _is_huge(value):
            continue  # a huge value stays written as it is: (7**222) % 1000
        if node.operator in _SIGN:
            a, b = (_shown(child, known) for child in node.arguments)
            text = f"{a} {_SIGN[node.operator]} {b} = {value}"
        elif _is_whole(node):
            shown = substitute(node, {n: Number(known[n]) for n in node.symbols})
            text = f"{shown} = {value}"
        else:
            arguments = ", ".join(_shown(child, known) for child in node.arguments)
            text = f"{node.operator}({arguments}) = {value}"
        steps.append(Step(text, value))
    if not steps:
        value = evaluate(expression, known)
        literal = isinstance(expression, Number | Symbol)
        return [Step(f"{finds or expression} = {value}", value, finds)] if literal and finds else []
    last = steps[-1]
    steps[-1] = Step(last.text, last.value, finds)
    return steps


def _is_whole(node: Apply) -> bool:
    """Whether the node is worked out in one step."""
    inner = node.arguments[0]
    is_root = isinstance(inner, Apply) and inner.operator == "sqrt"
    return node.operator in _WHOLE or (node.operator in ("floor", "ceiling") and is_root)


def _inside_whole(root: Expression, node: Expression) -> bool:
    """Whether the node lies in a part that is worked out in one step."""
    return any(
        isinstance(outer, Apply)
        and _is_whole(outer)
        and any(node is inner for argument in outer.arguments for inner in walk(argument))
        for outer in walk(root)
    )


def _shown(expression: Expression, known: Mapping[str, Fraction]) -> str:
    value = evaluate(expression, known)
    if not _is_huge(value):
        return _operand(value)
    return f"({substitute(expression, {name: Number(v) for name, v in known.items()})})"


def _is_huge(value: Fraction) -> bool:
    return bool(max(abs(value.numerator), value.denominator) >= 10**MAX_DIGITS)


def _operand(value: Fraction) -> str:
    return str(value) if value >= 0 and value.denominator == 1 else f"({value})"
