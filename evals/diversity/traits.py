"""What a symbolic problem is made of: its unknowns, equations, operators and how they hang together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from zoped.symbolic import SymbolicProblem
from zoped.symbolic.language.expression import (
    FUNCTIONS,
    Apply,
    Expression,
    Number,
    Symbol,
    walk,
)

_INEQUALITIES = frozenset({"<", "<=", ">", ">=", "!="})


@dataclass(frozen=True)
class Equation:
    """A relation with the unknowns in it; `degree` is its total degree in them, where a function of
    an unknown counts as the unknown."""

    operator: str
    unknowns: frozenset[str]
    degree: int
    sides: tuple[Expression, Expression]

    def defines(self) -> str | None:
        """The unknown that stands alone on one side, and not on the other."""
        left, right = self.sides
        for one, other in ((left, right), (right, left)):
            if isinstance(one, Symbol) and one.name in self.unknowns - other.symbols:
                return one.name
        return None


class Traits:
    """Facts about a problem, from its symbols alone."""

    def __init__(self, problem: SymbolicProblem) -> None:
        self.problem = problem
        self.query = problem.query
        self.unknowns = frozenset(variable.name for variable in problem.unknowns)
        self.whole = frozenset(v.name for v in problem.unknowns if v.domain.is_integer)
        every = [self._equation(relation) for relation in problem.relations]
        relations = [equation for equation in every if equation is not None]
        self.equations = [one for one in relations if one.operator == "=="]
        bounds = [one for one in relations if one.operator in _INEQUALITIES]
        self.inequalities = [one for one in bounds if one.unknowns]

    @cached_property
    def operators(self) -> Counter[str]:
        """How often each operator and function stands in the relations and the target."""
        expressions = (*self.problem.relations, self.problem.target)
        return Counter(
            node.operator for tree in expressions for node in walk(tree) if isinstance(node, Apply)
        )

    def applied_to_unknowns(self, *names: str, argument: int | None = None) -> bool:
        """Whether one of the operators is applied to an unknown (in that argument, from 0) in a
        relation that does not merely define what it gives."""
        for equation in (*self.coupled, *self.inequalities):
            for node in (node for side in equation.sides for node in walk(side)):
                if not isinstance(node, Apply) or node.operator not in names:
                    continue
                given = node.arguments if argument is None else node.arguments[argument:][:1]
                if any(part.symbols & self.unknowns for part in given):
                    return True
        return False

    @cached_property
    def chain(self) -> list[str]:
        """The unknowns that can be worked out one after the other, each by an equation with no other
        that is not known, in an order in which they can."""
        found: dict[str, None] = {}
        left = list(self.equations)
        while True:
            ready = next((e for e in left if len(e.unknowns - found.keys()) == 1), None)
            if ready is None:
                return list(found)
            left.remove(ready)
            found |= dict.fromkeys(ready.unknowns)

    @cached_property
    def coupled(self) -> list[Equation]:
        """The equations that are more than the definition of one unknown by known ones."""
        known: set[str] = set()
        left = list(self.equations)
        while True:
            ready = next(
                (
                    e
                    for e in left
                    if e.defines() in e.unknowns - known and e.unknowns - known == {e.defines()}
                ),
                None,
            )
            if ready is None:
                return [e for e in left if e.unknowns]
            left.remove(ready)
            known |= ready.unknowns

    @cached_property
    def joint(self) -> frozenset[str]:
        """The unknowns that only equations together give: what is no link of the chain."""
        return self.unknowns - frozenset(self.chain)

    @cached_property
    def steps(self) -> int:
        """How many unknowns are defined by known ones."""
        return len(self.equations) - len(self.coupled)

    @cached_property
    def degree(self) -> int:
        """The greatest degree of an equation that is more than a definition; 0 without one."""
        return max((equation.degree for equation in self.coupled), default=0)

    @property
    def polynomial(self) -> bool:
        """Whether the equations that are more than definitions have no function, root, quotient or
        exponent of an unknown."""
        return not (
            self.applied_to_unknowns(*FUNCTIONS, "%", "//", "if")
            or self.applied_to_unknowns("/", argument=1)
            or self.applied_to_unknowns("**", argument=1)
        )

    @property
    def both_sides(self) -> bool:
        """Whether an unknown stands on both sides of an equation."""
        return any(
            left.symbols & right.symbols & self.unknowns
            for left, right in (equation.sides for equation in self.equations)
        )

    def numbers(self) -> Iterable[Number]:
        """The constants in relations and target."""
        for tree in (*self.problem.relations, self.problem.target):
            for node in walk(tree):
                if isinstance(node, Number):
                    yield node

    def _equation(self, relation: Expression) -> Equation | None:
        if not isinstance(relation, Apply) or len(relation.arguments) != 2:
            return None
        left, right = relation.arguments
        own = relation.symbols & self.unknowns
        degree = max(_degree(left, own), _degree(right, own))
        return Equation(relation.operator, frozenset(own), degree, (left, right))


def _degree(tree: Expression, unknowns: frozenset[str]) -> int:
    if isinstance(tree, Symbol):
        return int(tree.name in unknowns)
    if not isinstance(tree, Apply):
        return 0
    parts = [_degree(part, unknowns) for part in tree.arguments]
    if tree.operator in ("*", "/"):
        return sum(parts)
    if tree.operator == "**" and isinstance(tree.arguments[1], Number):
        return parts[0] * max(1, int(tree.arguments[1].value))
    return max(parts, default=0)
