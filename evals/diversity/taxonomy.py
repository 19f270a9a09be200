"""Sub-domains of algebra and combinatorics, each told from the symbols of a problem alone.

A problem belongs to every leaf whose rule holds: an equation in whole numbers with a remainder is both.
The rules see structure, not stories: kinds of equation, numbers of unknowns, what is asked, what is whole.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from zoped.evals.diversity.traits import Traits
from zoped.symbolic import SymbolicProblem
from zoped.symbolic.language.expression import Apply, Expression, Number, walk

Rule = Callable[[Traits], bool]


def _one(t: Traits) -> bool:
    """One unknown to solve for, by an equation that is more than a definition."""
    return t.query == "value" and len(t.coupled) == 1 and not t.joint


def _system(t: Traits, low: int, high: int, *, linear: bool) -> bool:
    is_linear = t.polynomial and t.degree <= 1
    return t.query == "value" and low <= len(t.joint) <= high and is_linear is linear


def _extreme(t: Traits) -> bool:
    return t.query in ("minimum", "maximum")


def _uses(*names: str) -> Rule:
    return lambda t: any(t.operators[name] for name in names)


def _solves(*names: str, argument: int | None = None) -> Rule:
    return lambda t: t.applied_to_unknowns(*names, argument=argument)


def _nodes(t: Traits, operator: str) -> list[Apply]:
    trees: tuple[Expression, ...] = (*t.problem.relations, t.problem.target)
    found = [node for tree in trees for node in walk(tree) if isinstance(node, Apply)]
    return [node for node in found if node.operator == operator]


def _percent(t: Traits) -> bool:
    units = any(variable.unit in ("percent", "%") for variable in t.problem.variables)
    return units or (bool(t.operators["/"]) and any(n.value == 100 for n in t.numbers()))


def _share(t: Traits) -> bool:
    """A proper fraction stands in it."""
    givens = [v.value for v in t.problem.givens if v.value is not None]
    return any(0 < value < 1 for value in (*givens, *(n.value for n in t.numbers())))


def _mean(t: Traits) -> bool:
    """A sum of at least two, divided by how many they are."""
    if t.operators["mean"]:
        return True
    for node in _nodes(t, "/"):
        top, below = node.arguments
        terms = _terms(top)
        if isinstance(below, Number) and below.value == terms > 1:
            return True
    return False


def _terms(tree: Expression) -> int:
    if isinstance(tree, Apply) and tree.operator == "+":
        return sum(_terms(part) for part in tree.arguments)
    return 1


def _squares_added(t: Traits) -> bool:
    return any(
        sum(
            isinstance(part, Apply) and part.operator == "**" and str(part.arguments[1]) == "2"
            for part in node.arguments
        )
        > 1
        for node in _nodes(t, "+")
    )


def _growth(t: Traits) -> bool:
    """A power whose exponent is no plain small number."""
    return any(
        not isinstance(node.arguments[1], Number) or node.arguments[1].value > 4
        for node in _nodes(t, "**")
    )


def _area(t: Traits) -> bool:
    """Second or third powers of what is known or defined."""
    small = (Fraction(2), Fraction(3))
    return any(
        isinstance(node.arguments[1], Number) and node.arguments[1].value in small
        for node in _nodes(t, "**")
    )


def _chance(t: Traits) -> bool:
    """A number of choices divided by another."""
    return any(
        {n.operator for part in node.arguments for n in walk(part) if isinstance(n, Apply)}
        & {"binomial", "factorial"}
        for node in _nodes(t, "/")
    )


def _few(t: Traits) -> bool:
    return t.query == "value" and not t.coupled and not t.inequalities


LEAVES: dict[str, Rule] = {
    "arithmetic/one step": lambda t: _few(t) and t.steps <= 1,
    "arithmetic/two to four steps": lambda t: _few(t) and 2 <= t.steps <= 4,
    "arithmetic/five steps and more": lambda t: _few(t) and t.steps >= 5,
    "arithmetic/quotients": _uses("/"),
    "arithmetic/shares": _share,
    "arithmetic/percentages": _percent,
    "arithmetic/means": _mean,
    "arithmetic/medians": _uses("median"),
    "arithmetic/distances and differences": _uses("abs"),
    "arithmetic/rounding": _uses("floor", "ceiling"),
    "arithmetic/largest and smallest": _uses("min", "max"),
    "arithmetic/cases": _uses("if"),
    "equations/linear": lambda t: _one(t) and t.polynomial and t.degree == 1,
    "equations/unknown on both sides": lambda t: _one(t) and t.both_sides,
    "equations/quadratic": lambda t: _one(t) and t.polynomial and t.degree == 2,
    "equations/cubic": lambda t: _one(t) and t.polynomial and t.degree == 3,
    "equations/of degree four and more": lambda t: _one(t) and t.polynomial and t.degree >= 4,
    "equations/rational": _solves("/", argument=1),
    "equations/with roots": _solves("sqrt"),
    "equations/exponential": _solves("**", argument=1),
    "equations/logarithmic": _solves("log", "exp"),
    "equations/trigonometric": _solves("sin", "cos", "tan"),
    "equations/with absolute values": _solves("abs"),
    "systems/two linear": lambda t: _system(t, 2, 2, linear=True),
    "systems/three linear": lambda t: _system(t, 3, 3, linear=True),
    "systems/four linear and more": lambda t: _system(t, 4, 99, linear=True),
    "systems/two nonlinear": lambda t: _system(t, 2, 2, linear=False),
    "systems/three nonlinear and more": lambda t: _system(t, 3, 99, linear=False),
    "systems/fewer equations than unknowns": lambda t: (
        t.query == "value" and len(t.equations) < len(t.unknowns)
    ),
    "inequalities/linear": lambda t: any(one.degree == 1 for one in t.inequalities),
    "inequalities/nonlinear": lambda t: any(one.degree > 1 for one in t.inequalities),
    "inequalities/several": lambda t: len(t.inequalities) > 1,
    "optimisation/least whole number": lambda t: t.query == "minimum" and bool(t.whole),
    "optimisation/greatest whole number": lambda t: t.query == "maximum" and bool(t.whole),
    "optimisation/of real numbers": lambda t: _extreme(t) and not t.whole,
    "optimisation/of several unknowns": lambda t: _extreme(t) and len(t.joint) > 1,
    "number theory/remainders": _uses("%"),
    "number theory/several remainders": lambda t: t.operators["%"] > 1,
    "number theory/whole quotients": _uses("//"),
    "number theory/common divisors and multiples": _uses("gcd", "lcm"),
    "number theory/primes": _uses("is_prime"),
    "number theory/digits": lambda t: (
        bool(t.operators["digit_sum"])
        or (bool(t.operators["%"] or t.operators["//"]) and any(n.value == 10 for n in t.numbers()))
    ),
    "number theory/lowest terms": _uses("numerator", "denominator"),
    "number theory/linear equations in whole numbers": lambda t: (
        len(t.joint & t.whole) > 1 and t.polynomial and t.degree == 1
    ),
    "number theory/nonlinear equations in whole numbers": lambda t: (
        len(t.joint & t.whole) > 1 and t.degree > 1
    ),
    "counting/numbers with a property": lambda t: t.query == "count" and len(t.unknowns) == 1,
    "counting/tuples": lambda t: t.query == "count" and len(t.joint) > 1,
    "counting/by remainders": lambda t: (
        (t.query == "count" or bool(t.operators["count"])) and bool(t.operators["%"])
    ),
    "counting/along a range": _uses("count"),
    "counting/orders": _uses("factorial"),
    "counting/choices": _uses("binomial"),
    "counting/all different": _uses("different"),
    "counting/chances": _chance,
    "sequences/sums": _uses("sum"),
    "sequences/products": _uses("product"),
    "sequences/growth": _growth,
    "geometry/squares and cubes": _area,
    "geometry/sums of squares": _squares_added,
    "geometry/circles": lambda t: any(
        str(node) == "pi"
        for tree in (*t.problem.relations, t.problem.target)
        for node in walk(tree)
    ),
    "geometry/angles": _uses("sin", "cos", "tan"),
    "logic/alternatives": _uses("or", "not", "!="),
}
"""DOMAIN/LEAF and its rule."""


def leaves_of(problem: SymbolicProblem) -> list[str]:
    """The leaves that the problem belongs to, in the order of LEAVES."""
    traits = Traits(problem)
    return [leaf for leaf, holds in LEAVES.items() if holds(traits)]
