"""Fingerprints: what two problems have in common when their names and numbers differ.

Each variable gets a label that depends on its role alone: colour refinement (Weisfeiler and Leman)
tells variables apart by how they are used, and ties are broken by trying each of the tied variables
and keeping the least text. The constraints, written with the labels and sorted, are the canonical
form; the fingerprint is its digest. Commutative arguments and the order of constraints do not count.
A problem with more symmetry than `MAX_LEAVES` ways to break ties keeps its ties: only then can two
structures that refinement cannot tell apart get the same fingerprint.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from hashlib import blake2b

from zoped.symbolic.language.expression import SERIES, Apply, Expression, Number, Symbol
from zoped.symbolic.problem import SymbolicProblem, Variable

MAX_LEAVES = 150
_FLAT = frozenset({"+", "*"})
_COMMUTATIVE = (
    _FLAT
    | {"==", "!=", "gcd", "lcm", "min", "max"}
    | {
        "median",
        "mean",
        "different",
        "and",
        "or",
    }
)
_MIRRORED = {">": "<", ">=": "<="}

Shape = str | tuple[str] | tuple[str, bool, tuple["Shape", ...]]
"""A leaf's text, (a variable's name,), or (operator, whether its arguments commute, arguments)."""


def fingerprint(problem: SymbolicProblem) -> str:
    """24 hexadecimal digits for the structure, whatever the names, wording and numbers.

    The unknowns' domains, which givens are whole, which are distractors and the query count; the
    values of givens and literals (exponents as well) do not.
    """
    return _structure(problem.query, *_parts(problem, with_numbers=False))[0]


def instance_key(problem: SymbolicProblem) -> str:
    """24 hexadecimal digits for the structure with its numbers, whatever the names and wording.

    Two problems with the same key are the same problem.
    """
    colours: Sequence[int] = _structure(problem.query, *_parts(problem, with_numbers=False))[1]
    names, kinds, shapes = _parts(problem, with_numbers=True)
    canonical = _Canonical(names, kinds, shapes)
    if len(set(colours)) == len(colours):
        return _digest(problem.query, canonical.form(colours))
    # Numbers tell apart what the structure does not.
    colours = _ranks([f"{colour:03d} {kind}" for colour, kind in zip(colours, kinds, strict=True)])
    return _digest(problem.query, canonical.text(canonical.refined(colours)))


@lru_cache(maxsize=4096)
def _structure(
    query: str, names: tuple[str, ...], kinds: tuple[str, ...], shapes: tuple[Shape, ...]
) -> tuple[str, tuple[int, ...]]:
    """The fingerprint, and the colours that the structure gives the variables.

    Kept, since the problems made from a few seeds share their structures.
    """
    canonical = _Canonical(names, kinds, shapes)
    colours = canonical.refined(_ranks(kinds))
    return _digest(query, canonical.text(colours)), tuple(colours)


def _digest(query: str, form: str) -> str:
    return blake2b(f"{query}\n{form}".encode(), digest_size=12).hexdigest()


def _parts(
    problem: SymbolicProblem, *, with_numbers: bool
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Shape, ...]]:
    """The variables' names, their kinds, and the shapes of the target and the relations."""
    names = tuple([variable.name for variable in problem.variables])
    kinds = tuple([_kind(variable, with_numbers) for variable in problem.variables])
    expressions = (problem.target, *problem.relations)
    return names, kinds, tuple([_kept_shape(e, with_numbers) for e in expressions])


def _kept_shape(expression: Expression, with_numbers: bool) -> Shape:
    """The shape, kept with the expression: problems share most of their relations."""
    key = "_shape_with_numbers" if with_numbers else "_shape"
    shape: Shape | None = expression.__dict__.get(key)
    if shape is None:
        shape = expression.__dict__[key] = _shape(expression, (), with_numbers)
    return shape


def _kind(variable: Variable, with_numbers: bool) -> str:
    if variable.value is None:
        return f"unknown {variable.domain}"
    role = "distractor" if variable.distractor else "given"
    value = variable.value if with_numbers else ""
    return f"{role} {'whole' if variable.domain.is_integer else 'real'} {value}"


def _shape(expression: Expression, bound: tuple[str, ...], with_numbers: bool) -> Shape:
    """The expression as a shape; the indices of sums are numbered from outside in."""
    if isinstance(expression, Number):
        return str(expression.value) if with_numbers else "number"
    if isinstance(expression, Symbol):
        name = expression.name
        if name in bound:  # the innermost of that name
            return f"index{len(bound) - 1 - bound[::-1].index(name)}"
        return (name,)
    if not isinstance(expression, Apply):
        return str(expression)
    op, arguments = expression.operator, expression.arguments
    if op in SERIES:
        term, index, first, last = arguments
        within = _shape(term, (*bound, str(index)), with_numbers)
        ends = [_shape(end, bound, with_numbers) for end in (first, last)]
        return (op, False, (within, *ends))
    if op in _MIRRORED:
        op, arguments = _MIRRORED[op], arguments[::-1]
    parts: list[Shape] = []
    for argument in arguments:
        part = _shape(argument, bound, with_numbers)
        if op in _FLAT and not isinstance(part, str) and len(part) == 3 and part[0] == op:
            parts.extend(part[2])
        else:
            parts.append(part)
    return (op, op in _COMMUTATIVE, tuple(parts))


def _written(shape: Shape, labels: Mapping[str, str]) -> str:
    if isinstance(shape, str):
        return shape
    if len(shape) == 1:
        return labels[shape[0]]
    op, commutes, arguments = shape
    parts = [_written(argument, labels) for argument in arguments]
    if commutes:
        parts.sort()
    return f"{op}({','.join(parts)})"


def _names_in(shape: Shape) -> set[str]:
    if isinstance(shape, str):
        return set()
    if len(shape) == 1:
        return {shape[0]}
    return {name for argument in shape[2] for name in _names_in(argument)}


class _TooSymmetricError(Exception):
    """There are more ways to break the ties than will be tried."""


class _Canonical:
    """The canonical text of shapes over variables of given kinds. The first shape is the target.

    Colours are numbers, one a variable, in the order of the names.
    """

    def __init__(self, names: Sequence[str], kinds: Sequence[str], shapes: Sequence[Shape]) -> None:
        self.names = names
        self.kinds = kinds
        self.shapes = shapes
        self.leaves = 0

    @cached_property
    def uses(self) -> Mapping[str, list[Shape]]:
        """The shapes that each variable stands in."""
        uses: dict[str, list[Shape]] = {name: [] for name in self.names}
        for shape in self.shapes:
            for name in _names_in(shape):
                uses[name].append(shape)
        return uses

    def text(self, colours: Sequence[int]) -> str:
        """The canonical form; `colours` are refined."""
        try:
            return self._least(colours)
        except _TooSymmetricError:
            return self.form(colours)

    def form(self, colours: Sequence[int]) -> str:
        """The shapes and kinds with the colours for names."""
        labels = self._labels(colours)
        named = zip(labels.values(), self.kinds, strict=True)
        kinds = sorted([f"{label} {kind}" for label, kind in named])
        target, *relations = [_written(shape, labels) for shape in self.shapes]
        return "\n".join([target, *kinds, *sorted(relations)])

    def _labels(self, colours: Sequence[int]) -> dict[str, str]:
        return {name: f"v{colour}" for name, colour in zip(self.names, colours, strict=True)}

    def refined(self, colours: Sequence[int]) -> Sequence[int]:
        """Split the colours by how the variables are used, until that splits no more."""
        classes = len(set(colours))
        while classes < len(colours):
            labels = self._labels(colours)
            shared = Counter(colours)
            seen = []
            for name, colour in zip(self.names, colours, strict=True):
                if shared[colour] == 1:  # told apart already: its rank is its colour's
                    seen.append(f"{colour:03d}")
                    continue
                own, labels[name] = labels[name], "here"
                views = sorted(
                    [
                        ("target " if shape is self.shapes[0] else "") + _written(shape, labels)
                        for shape in self.uses[name]
                    ]
                )
                labels[name] = own
                seen.append(f"{colour:03d} {views}")
            colours = _ranks(seen)
            before, classes = classes, len(set(colours))
            if classes == before:
                break
        return colours

    def _least(self, colours: Sequence[int]) -> str:
        """The least text over all ways to tell the variables of a colour apart."""
        members: dict[int, list[int]] = {}
        for place, colour in enumerate(colours):
            members.setdefault(colour, []).append(place)
        tied = min((c for c, places in members.items() if len(places) > 1), default=None)
        if tied is None:
            self.leaves += 1
            if self.leaves > MAX_LEAVES:
                raise _TooSymmetricError
            return self.form(colours)
        places = members[tied]
        if self._interchangeable(places):
            places = places[:1]
        return min(self._least(self.refined(_singled_out(colours, place))) for place in places)

    def _interchangeable(self, places: Sequence[int]) -> bool:
        """Whether any permutation of the variables of one colour leaves the problem the same."""
        own = list(range(len(self.kinds)))
        text = self.form(own)
        first = places[0]
        for other in places[1:]:
            swapped = own.copy()
            swapped[first], swapped[other] = other, first
            # Places of one colour are of one kind, so the kinds need no swap.
            if self.form(swapped) != text:
                return False
        return True


def _ranks(keys: Sequence[str]) -> list[int]:
    order = {key: rank for rank, key in enumerate(sorted(set(keys)))}
    return [order[key] for key in keys]


def _singled_out(colours: Sequence[int], place: int) -> list[int]:
    """The colouring in which `place` comes before the others of its colour."""
    return [2 * colour + (i != place) for i, colour in enumerate(colours)]
