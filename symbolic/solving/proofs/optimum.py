"""The least or greatest value of a function of one unknown over its region, proved.

The line is cut at every real root of the relations and of the target's derivative, where one of them is
singular, and where a part of them gains or loses its value. Between two cuts each relation is true or false
throughout and the target is monotone, so that its bounds there are its limits at the ends (a cylindrical
decomposition in one dimension).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from typing import Any

import sympy

from zoped.symbolic.language.evaluate import UndefinedError
from zoped.symbolic.language.expression import RELATIONS, SERIES, Apply, Expression, walk
from zoped.symbolic.problem import Domain
from zoped.symbolic.solving.proofs.elimination import Search, System
from zoped.symbolic.solving.proofs.enclosure import Point
from zoped.symbolic.solving.proofs.exact_numbers import Root
from zoped.symbolic.solving.proofs.intervals import Undecided
from zoped.symbolic.solving.proofs.limits import one_sided_limit
from zoped.symbolic.solving.proofs.real_roots import number_sign, real_roots
from zoped.symbolic.solving.proofs.reply import Reply, reply, unique
from zoped.symbolic.solving.proofs.turning_points import in_order, roots_on_line, span

MAX_CUTS = 60
# What has a value for all real numbers, and what has one for whole numbers alone.
_TOTAL_OPERATORS = "+ - * neg abs min max mean median exp sin cos floor ceiling if and or not"
_TOTAL = frozenset(_TOTAL_OPERATORS.split())
_OF_WHOLE = frozenset(["gcd", "lcm", "factorial", "binomial", "digit_sum", "is_prime"])


def optimum_in_one_unknown(search: Search, system: System, x: Any) -> Reply:
    """Reply "unique" with the optimum, "none" for an empty region, "many" if it is not reached."""
    try:
        return unique(_Cuts(search, system, x).optimum())
    except _NotReached as error:
        return reply("many", detail=str(error))
    except _Empty:
        return reply("none", detail="no value fits all constraints")
    except UndefinedError as error:
        return reply("invalid", detail=f"the target: {error}")
    except Undecided:
        return reply("unsupported", detail="the optimum could not be proved")


def are_endless(search: Search, system: System, x: Any) -> bool:
    """Whether it is proved that the one unknown has infinitely many values."""
    try:
        cuts = _Cuts(search, system, x)
        for low, high in pairwise([None, *cuts.cuts, None]):
            if not cuts.domain.is_integer and cuts.inside(_between(low, high)) is not None:
                return True
            if cuts.domain.is_integer and (low is None or high is None):
                far = _between(low, high)
                far = sympy.floor(far) if low is None else sympy.ceiling(far)
                if cuts.inside(far) is not None:
                    return True
    except (Undecided, UndefinedError):
        pass
    return False


class _NotReached(Exception):
    pass


class _Empty(Exception):
    pass


class _Cuts:
    def __init__(self, search: Search, system: System, x: Any) -> None:
        self.search = search
        self.system = system
        self.x = x
        problem = search.problem
        self.query = problem.query
        self.domain = search.domains[x]
        others = [v for v in problem.unknowns if search.symbols[v.name] is not x]
        if any(v.domain.is_integer or v.domain is Domain.RATIONAL for v in others):
            raise Undecided
        replace = dict(system.defined)
        self.target = search.term(problem.target).subs(replace)
        terms = [self.x, *(replace[search.symbols[v.name]] for v in others), self.target]
        for relation in problem.relations:
            if isinstance(relation, Apply) and relation.operator != "==":
                left, right = (search.term(side).subs(replace) for side in relation.arguments)
                terms.append(left - right)
        # SymPy drops what has a value in some places alone: sqrt(x)**2 is x, and 0*log(x) is 0.
        for tree in (problem.target, *problem.relations):
            terms += _edges(tree, lambda part: search.term(part).subs(replace))
        terms.append(sympy.diff(self.target, x))
        self.cuts = self._roots(terms)
        if len(self.cuts) > MAX_CUTS:
            raise Undecided

    def _roots(self, terms: list[Any]) -> list[Any]:
        """The different real roots of all terms, and where they are singular, in order."""
        polynomials: list[Any] = []
        others: list[Any] = []
        for term in terms:
            try:
                polynomials += self._polynomials(term)
            except Undecided:
                others.append(term)
        found = _of_polynomials(polynomials)
        if others and self.domain.is_integer:
            raise Undecided
        low = sympy.Integer(0) if self.domain is Domain.POSITIVE_REAL else -sympy.oo
        for term in others:
            found += roots_on_line(term, self.x, low, sympy.oo)
        return in_order(found)

    def _polynomials(self, term: Any) -> list[Any]:
        try:
            parts = sympy.fraction(sympy.cancel(sympy.together(term)))
            parts += sympy.fraction(sympy.together(term))
            return [sympy.Poly(part, self.x, domain="QQ") for part in parts]
        except (sympy.PolynomialError, sympy.CoercionFailed):
            raise Undecided from None

    def at(self, value: Any) -> Point:
        return self.search.point(self.x, value, self.system.defined)

    def inside(self, value: Any) -> Point | None:
        """The point, if it is a solution."""
        point = self.at(value)
        fits = self.search.fits(point)
        if fits is None:
            raise Undecided
        return point if fits else None

    def optimum(self) -> Any:
        """The exact value; raises _NotReached, _Empty, Undecided or UndefinedError."""
        whole = self.domain.is_integer
        attained: list[Any] = []
        limits: list[Any] = []
        is_empty = True
        for value in self._places():
            point = self.inside(value)
            if point is not None:
                is_empty = False
                with suppress(UndefinedError):  # the optimum is over where the target has a value
                    attained.append(point.value(self.search.problem.target))
        for low, high in pairwise([None, *self.cuts, None]):
            sample = self.inside(_between(low, high))
            if sample is None and not whole:
                continue
            if sample is not None:
                is_empty = False
                if not self._has_target(sample):
                    continue
            if whole:
                limits += self._far_limits(low, high)
                continue
            if not self.target.has(self.x):
                attained.append(self.target)
            limits += [self._limit(low, "+"), self._limit(high, "-")]
        if not attained and not limits:
            raise _Empty if is_empty else UndefinedError("it has no value at the solutions")
        return self._best(attained, limits)

    def _has_target(self, point: Point) -> bool:
        """Whether the target has a value at the point, and so in its whole cell."""
        try:
            point.check_defined(self.search.problem.target)
        except UndefinedError:
            return False
        return True

    def _places(self) -> list[Any]:
        """Where the optimum can be reached: the cuts, or the whole numbers next to them."""
        if not self.domain.is_integer:
            return self.cuts
        near: set[int] = set()
        for cut in self.cuts:
            low, high = span(cut, 10)
            near |= set(range(int(sympy.floor(low)) - 1, int(sympy.ceiling(high)) + 2))
        return [sympy.Integer(n) for n in sorted(near or {0})]

    def _far_limits(self, low: Any, high: Any) -> list[Any]:
        """The limits at infinity, if whole numbers without end lie in the cell."""
        if low is not None and high is not None:
            return []
        far = _between(low, high)
        n = sympy.floor(far) - 2 if low is None else sympy.ceiling(far) + 2
        if self.inside(n) is None:
            return []
        return [self._limit(None, "+" if low is None else "-")]

    def _limit(self, end: Any, side: str) -> Any:
        if end is None:
            far = -sympy.oo if side == "+" else sympy.oo
            return one_sided_limit(self.target, self.x, far, side)
        top, below = sympy.fraction(sympy.cancel(sympy.together(self.target)))
        if isinstance(end, Root):
            point = self.at(end)
            rest = point.remainder(self.target)
            if rest is not None and end.closed_form is not None:
                return rest.as_expr().subs(self.x, end.closed_form)
            raise Undecided
        if not (top.is_polynomial(self.x) and below.is_polynomial(self.x)):
            return one_sided_limit(self.target, self.x, end, side)
        if sympy.Poly(below, self.x).eval(end) != 0:
            return (top / below).subs(self.x, end)
        return one_sided_limit(top / below, self.x, end, side)

    def _best(self, attained: list[Any], limits: list[Any]) -> Any:
        sign = 1 if self.query == "minimum" else -1
        best: Any = None
        for value in attained:
            if best is None or number_sign(sign * (value - best)) < 0:
                best = value
        for limit in limits:
            if limit in (sympy.oo, -sympy.oo):
                if limit == -sign * sympy.oo:
                    raise _NotReached(f"there is no {self.query}")
            elif best is None or number_sign(sign * (limit - best)) < 0:
                raise _NotReached(f"there is no {self.query}: it comes near {limit}")
        return best


def _edges(tree: Expression, in_x: Callable[[Expression], Any]) -> list[Any]:
    """Terms in x such that the tree has a value throughout between two neighbouring zeros of them, or
    nowhere; raises Undecided where its form shows none."""
    found: list[Any] = []
    stack = [tree]
    while stack:
        node = stack.pop()
        if not isinstance(node, Apply):
            continue
        op, parts = node.operator, node.arguments
        if op in SERIES:
            # At each index the term has to have a value.
            if not all(n.operator in _TOTAL for n in walk(parts[0]) if isinstance(n, Apply)):
                raise Undecided
            parts = parts[2:]
        terms = [in_x(part) for part in parts]
        stack.extend(parts)
        if all(term.is_number for term in terms):
            continue
        if op in ("/", "//", "%"):
            found.append(terms[1])
        elif op == "sqrt":
            found.append(terms[0])
        elif op == "tan":
            found.append(sympy.cos(terms[0]))
        elif op == "log":
            found += [*terms, *(base - 1 for base in terms[1:])]
        elif op == "**":
            base, exponent = terms
            if not exponent.is_number and not base.is_positive:
                raise Undecided  # (-8)**x has a value for some x
            if not (exponent.is_Integer and exponent >= 0):
                found.append(base)
        elif op in SERIES or op in _OF_WHOLE:
            if not all(term.is_integer for term in terms):
                raise Undecided
            found += terms
            if op in SERIES:  # empty on one side
                found.append(terms[1] - terms[0] + 1)
        elif op in RELATIONS:
            if node is not tree:  # it decides which branch has to have a value
                found.append(terms[0] - terms[1])
        elif op not in _TOTAL:
            raise Undecided
    return [term for term in found if not term.is_number]


def _of_polynomials(polynomials: list[Any]) -> list[Any]:
    """The different real roots of all polynomials."""
    factors: dict[Any, None] = {}
    for polynomial in polynomials:
        if not polynomial.is_zero and polynomial.degree() > 0:
            for factor, _ in polynomial.factor_list()[1]:
                factors.setdefault(factor.monic())
    return [root for factor in factors for root in real_roots(factor)]


def _between(low: Any, high: Any) -> Any:
    """A rational strictly between two cuts; None stands for no end."""
    left = None if low is None else span(low, 40)[1]
    right = None if high is None else span(high, 40)[0]
    if left is None and right is None:
        return sympy.Integer(0)
    if left is None:
        return sympy.floor(right) - 1
    if right is None:
        return sympy.ceiling(left) + 1
    return (left + right) / 2
