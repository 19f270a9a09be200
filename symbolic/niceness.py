"""How ugly exact values are, and whether a changed problem's are uglier than the original's.

From nicest to ugliest: whole numbers; decimals with few places; fractions with small denominators;
what has no rational value. A change may keep or lower what the original had, and an operator may
allow more (`Allowance`): decimals to `to_decimals`, tenths to `halve_step`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from zoped.symbolic.language.evaluate import Exact, few_steps, narrowed
from zoped.symbolic.plausible import is_living
from zoped.symbolic.problem import SymbolicProblem, Variable, parse_number
from zoped.symbolic.remembered import remembered
from zoped.symbolic.solving.linear import LinearResult, solve_linear
from zoped.symbolic.solving.univariate import OpenError, solutions
from zoped.symbolic.wording.inflection import is_measure

LARGEST = 10**6  # unless the original has values near it
CROWD = 1000  # people or animals, unless the original has more of them
GROWTH = 100  # by which the largest value may exceed the original's above that
MONEY_PLACES = 2
MONEY = frozenset({"dollar", "euro", "pound"})


@dataclass(frozen=True)
class Allowance:
    """What values may be where the original's were whole: decimal places, and a denominator."""

    places: int = 0
    denominator: int = 1


NONE_ALLOWED = Allowance()


@dataclass(frozen=True)
class Values:
    """What is known of a problem's variables; `is_complete` when all unknowns have a rational value."""

    known: Mapping[str, Exact]
    is_complete: bool


@remembered
def exact_values(problem: SymbolicProblem) -> Values:
    """The givens and every unknown that the in-process solvers find."""
    with few_steps():
        return values_of(problem, solve_linear(problem))


def values_of(problem: SymbolicProblem, result: LinearResult) -> Values:
    """As `exact_values`; `result` is what `solve_linear` found."""
    if result.status == "unique":
        return Values(result.known, True)
    try:
        found = [] if problem.query == "count" else solutions(problem, result)
    except OpenError:
        found = []
    return Values(found[0], True) if found else Values(result.known, False)


def printed_places(variable: Variable, value: Exact) -> int | None:
    """Decimals with which the value is printed; None for one that is printed as p/q."""
    if -1 <= value <= 1 and not (variable.unit and is_measure(variable.unit)):
        return None
    denominator, twos, fives = value.denominator, 0, 0
    while denominator % 2 == 0:
        denominator //= 2
        twos += 1
    while denominator % 5 == 0:
        denominator //= 5
        fives += 1
    return max(twos, fives) if denominator == 1 else None


def is_rational(answer: str) -> bool:
    """Whether an exact answer is a rational number: 3/4 is, sqrt(2) and 2*pi are not."""
    try:
        parse_number(answer)
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Limit:
    """What the values of a changed problem may be."""

    whole: frozenset[str]  # names whose values have to be whole
    places: int
    denominator: int
    largest: Exact
    crowds: Mapping[str, Exact]  # how many people and animals there may be
    needs_values: bool  # the original's values are all rational, so the changed one's have to be

    def fault(self, variable: Variable, value: Exact) -> str:
        """Why the value is too ugly; "" for a nice one."""
        if variable.name in self.crowds and value > self.crowds[variable.name]:
            return f"{variable.name} = {value} is a crowd that the original has not"
        if type(value) is int and -self.largest <= value <= self.largest:
            return ""
        if not -self.largest <= value <= self.largest:
            return f"{variable.name} = {value} is too large"
        if value.denominator == 1:
            return ""
        if variable.unit == "cent":
            return f"{variable.name} = {value} is no whole number of cents"
        if variable.name in self.whole:
            return f"{variable.name} = {value} was a whole number"
        places = printed_places(variable, value)
        if places is not None and places <= self.places:
            return ""
        if value.denominator > self.denominator or variable.unit in MONEY:
            return f"{variable.name} = {value} is not as nice as the original's numbers"
        return ""


def limit_of(problem: SymbolicProblem, allowance: Allowance = NONE_ALLOWED) -> Limit:
    """What a change of `problem` may have for values."""
    own = _own_limit(problem)
    if allowance == NONE_ALLOWED:
        return own
    places = max(own.places, allowance.places)
    if any(v.unit in MONEY for v in problem.variables):
        places = min(places, MONEY_PLACES)
    return replace(
        own,
        whole=frozenset(),
        places=places,
        denominator=max(own.denominator, allowance.denominator),
    )


@remembered
def _own_limit(problem: SymbolicProblem) -> Limit:
    """What a change may have for values to which no operator allows more."""
    values = exact_values(problem)
    places, denominator = 0, 1
    largest: Exact = 0
    whole: set[str] = set()
    for variable in problem.variables:
        value = values.known.get(variable.name)
        if value is None:
            continue
        largest = max(largest, value, -value)
        if value.denominator == 1:
            whole.add(variable.name)
        else:
            own = printed_places(variable, value)
            places = places if own is None else max(places, own)
            denominator = max(denominator, value.denominator)
    if any(v.unit in MONEY for v in problem.variables):
        places = min(places, MONEY_PLACES)
    return Limit(
        crowds={
            v.name: max(CROWD, 10 * values.known.get(v.name, 0))
            for v in problem.variables
            if is_living(v.unit)
        },
        whole=frozenset(whole),
        places=places,
        denominator=denominator,
        largest=narrowed(max(LARGEST, largest * GROWTH)),
        needs_values=values.is_complete,
    )


def uglier(changed: SymbolicProblem, limit: Limit, values: Values | None = None) -> str:
    """Why the changed problem's numbers are not as nice as the limit asks; "" where they are."""
    values = values or exact_values(changed)
    for variable in changed.variables:
        value = values.known.get(variable.name)
        if value is None:
            if limit.needs_values and not variable.domain.is_integer:
                return f"{variable.name} has no rational value, which the original's unknowns had"
            continue
        fault = limit.fault(variable, value)
        if fault:
            return fault
    return ""


def optimum_fault(answer: str, originals: Iterable[str]) -> str:
    """Why a least or greatest value is uglier than the original's answers; "" where it is not.

    What only a solver process finds is judged when it is known: `uglier` cannot see it.
    """
    value = parse_number(answer)
    before = [parse_number(original) for original in originals if is_rational(original)]
    if not before:
        return ""
    if value.denominator > max(one.denominator for one in before):
        return f"the answer {answer} is not as nice as the original's"
    if abs(value) > max(Fraction(LARGEST), GROWTH * max(abs(one) for one in before)):
        return f"the answer {answer} is too large"
    return ""
