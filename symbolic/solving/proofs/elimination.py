"""All solutions of a system over real and whole unknowns, as points; or a refusal.

Unknowns in which an equation is linear, with a coefficient that is proved not to vanish, are
eliminated one by one; what is left is one equation in one unknown (`real_roots`), after a Gröbner
basis (lexicographic) where the equations are polynomials of higher degree. No step loses a solution,
and steps that could add one do no harm: every point is put back into the relations as they were
written, with their domains (`Point.holds`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import sympy

from zoped.symbolic.language.expression import Apply, Expression
from zoped.symbolic.problem import Domain, SymbolicProblem
from zoped.symbolic.solving.export import expression_to_sympy, sympy_symbol
from zoped.symbolic.solving.proofs.enclosure import Point
from zoped.symbolic.solving.proofs.exact_numbers import Root
from zoped.symbolic.solving.proofs.intervals import Undecided
from zoped.symbolic.solving.proofs.real_roots import candidates
from zoped.symbolic.solving.proofs.turning_points import logarithmic_forms, roots_on_line

MAX_POINTS = 200
MAX_CHOICES = 3  # distinctions of cases in an equation
MAX_TERMS = 400  # of an equation after a substitution
_SAMPLES = tuple(map(sympy.Rational, ("1", "2", "3", "5", "1/2", "0", "-1", "-2", "10", "4")))


@dataclass(frozen=True)
class System:
    """Equations (each is zero) in the symbols that are left, and the others in terms of them."""

    equations: tuple[Any, ...]
    defined: Mapping[Any, Any]

    def with_value(self, symbol: Any, value: Any) -> System:
        replace = {symbol: value}
        equations = (_numerator(e.subs(replace)) for e in self.equations)
        defined = {s: v.subs(replace) for s, v in self.defined.items()} | {symbol: value}
        return System(tuple(e for e in equations if e != 0), defined)


class Search:
    """The points of one problem."""

    def __init__(self, problem: SymbolicProblem) -> None:
        self.problem = problem
        self.symbols = {v.name: sympy_symbol(v.name, v.domain) for v in problem.unknowns}
        self.domains = {self.symbols[v.name]: v.domain for v in problem.unknowns}
        self.terms: dict[str, Any] = dict(self.symbols)
        for v in problem.variables:
            if v.value is not None:
                self.terms[v.name] = sympy.Rational(v.value.numerator, v.value.denominator)

    def start(self) -> System:
        equations = []
        for relation in self.problem.relations:
            if isinstance(relation, Apply) and relation.operator == "==":
                left, right = (self.term(side) for side in relation.arguments)
                cases = [_numerator(case) for case in _cases(left - right)]
                if all(case == 0 for case in cases):
                    continue
                if any(case == 0 for case in cases):
                    raise Undecided  # true wherever that case is at hand
                equations.append(sympy.Mul(*cases))
        return System(tuple(equations), {})

    def term(self, tree: Expression) -> Any:
        return expression_to_sympy(tree, self.terms)

    def points(self) -> list[Point]:
        """All solutions; raises Undecided."""
        found: list[Point] = []
        for x, at, system in self.leaves(reduced(self.start()), 0):
            point = self.point(x, at, system.defined)
            fits = self.fits(point)
            if fits is None:
                raise Undecided
            if fits and not any(_same_point(point, other) for other in found):
                found.append(point)
            if len(found) > MAX_POINTS:
                raise Undecided
        return found

    def point(self, x: Any, at: Any, defined: Mapping[Any, Any]) -> Point:
        values = {}
        for name, term in self.terms.items():
            values[name] = defined.get(term, term)
        return Point(x, at, values)

    def fits(self, point: Point) -> bool | None:
        """Whether the point lies in all domains and fulfils all relations; None if undecided."""
        doubt = False
        for relation in self.problem.relations:
            holds = point.holds(relation)
            if holds is False:
                return False
            doubt = doubt or holds is None
        for v in self.problem.unknowns:
            inside = point.in_domain(v.name, v.domain)
            if inside is False:
                return False
            doubt = doubt or inside is None
        return None if doubt else True

    def left(self, system: System) -> list[Any]:
        return [s for s in self.symbols.values() if s not in system.defined]

    def leaves(self, system: System, depth: int) -> Iterator[tuple[Any, Any, System]]:
        """(symbol, value, system) whose point is fixed; every solution is among them."""
        if any(e.is_number and e.is_zero is False for e in system.equations):
            return
        left = self.left(system)
        if not left:
            yield sympy.Symbol("x"), sympy.Integer(0), system
            return
        if len(left) == 1:
            [x] = left
            for at in self.roots(system, x):
                yield x, at, system
            return
        yield from self.branches(system, depth)

    def roots(self, system: System, x: Any) -> list[Any]:
        equations = sorted(system.equations, key=lambda e: e.count_ops())
        for equation in equations:
            try:
                return candidates(equation, x, self.domains[x])
            except Undecided:
                continue
        low = sympy.Integer(0) if self.domains[x] is Domain.POSITIVE_REAL else -sympy.oo
        for equation in equations if not self.domains[x].is_integer else ():
            for form in logarithmic_forms(equation):
                try:
                    return roots_on_line(form, x, low, sympy.oo)
                except Undecided:
                    continue
        raise Undecided

    def branches(self, system: System, depth: int) -> Iterator[tuple[Any, Any, System]]:
        """By a Gröbner basis, else by an equation in one of the symbols alone."""
        if depth > 3:
            raise Undecided
        left = self.left(system)
        basis = _basis(system.equations, left)
        if basis is not None:
            if any(e.is_number for e in basis):
                return
            again = reduced(System(tuple(basis), system.defined))
            if len(self.left(again)) < len(left):
                yield from self.leaves(again, depth + 1)
                return
            system = again
        for equation in system.equations:
            free = equation.free_symbols
            if len(free) == 1:
                [x] = free
                for at in candidates(equation, x, self.domains[x]):
                    value = at.closed_form if isinstance(at, Root) else at
                    if value is None:
                        raise Undecided
                    yield from self.leaves(reduced(system.with_value(x, value)), depth + 1)
                return
        raise Undecided

    def samples(self, system: System) -> Iterator[Point]:
        """Some solutions where up to two symbols stay free, those that small numbers show."""
        left = self.left(system)
        if not 1 <= len(left) <= 2 or system.equations:
            return
        x = sympy.Symbol("x")
        for values in product(_SAMPLES, repeat=len(left)):
            fixed = dict(zip(left, values, strict=True))
            defined = {s: v.subs(fixed) for s, v in system.defined.items()} | fixed
            point = self.point(x, sympy.Integer(0), defined)
            if self.fits(point):
                yield point


def _cases(term: Any) -> list[Any]:
    """The terms of which one has the term's value at each place: with one branch of each distinction of cases."""
    choices = term.atoms(sympy.Piecewise)
    in_series = any(s.has(sympy.Piecewise) for s in term.atoms(sympy.Sum, sympy.Product))
    if not choices or len(choices) > MAX_CHOICES or in_series:
        return [term]
    choice = min(choices, key=sympy.default_sort_key)
    return [case for value, _ in choice.args for case in _cases(term.xreplace({choice: value}))]


def reduced(system: System) -> System:
    """Eliminate as long as an equation is linear in a symbol with a coefficient that is not 0."""
    while True:
        step = _next_step(system)
        if step is None:
            return system
        equation, symbol, value = step
        rest = System(tuple(e for e in system.equations if e is not equation), system.defined)
        system = rest.with_value(symbol, value)


def _next_step(system: System) -> tuple[Any, Any, Any] | None:
    best: tuple[Any, tuple[Any, Any, Any]] | None = None
    for equation in system.equations:
        for symbol in sorted(equation.free_symbols, key=str):
            value = _isolated(equation, symbol)
            if value is None:
                continue
            size = (value.count_ops(), equation.count_ops(), str(symbol))
            if best is None or size < best[0]:
                best = size, (equation, symbol, value)
    return best[1] if best is not None else None


def _isolated(equation: Any, symbol: Any) -> Any:
    """The symbol in terms of the others, where the equation has one value for it."""
    try:
        polynomial = sympy.Poly(equation, symbol)
    except sympy.PolynomialError:
        return None
    if polynomial.degree() != 1:
        return None
    a, b = polynomial.all_coeffs()
    if a.has(symbol) or b.has(symbol) or not _never_zero(a, b):
        return None
    return sympy.cancel(-b / a) if a.count_ops() + b.count_ops() < 60 else -b / a


def _never_zero(a: Any, b: Any) -> bool:
    """Whether a*x + b == 0 has a solution only where a is not zero."""
    if a.is_nonzero:
        return True
    # Where a polynomial coefficient vanished the equation would say that a constant is zero.
    return bool(b.is_number and b.is_nonzero and a.is_polynomial())


def _numerator(difference: Any) -> Any:
    if difference.count_ops() > MAX_TERMS:
        raise Undecided
    return sympy.expand(sympy.fraction(sympy.together(difference))[0])


def _basis(equations: tuple[Any, ...], left: list[Any]) -> list[Any] | None:
    if len(equations) < len(left) or not all(e.is_polynomial(*left) for e in equations):
        return None
    degree = 1
    for e in equations:
        degree *= sympy.Poly(e, *left).total_degree()
    if degree > 36:
        return None
    try:
        return list(sympy.groebner(equations, *left, order="lex", domain="QQ").exprs)
    except (sympy.PolynomialError, sympy.CoercionFailed):
        return None


def _same_point(one: Point, other: Point) -> bool:
    """Whether both are the same solution, found twice; False where it cannot be told."""
    if isinstance(one.at, Root) and isinstance(other.at, Root):
        return one.at == other.at and one.values == other.values
    return one.values == other.values
