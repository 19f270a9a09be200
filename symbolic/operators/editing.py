"""Pieces of problems that several operators change: values, targets, stages, what is needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import combinations
from random import Random

from zoped.symbolic.language.evaluate import Exact, narrowed
from zoped.symbolic.language.expression import Apply, Expression, Symbol
from zoped.symbolic.niceness import (
    MONEY,
    NONE_ALLOWED,
    Allowance,
    Values,
    exact_values,
    limit_of,
    uglier,
    values_of,
)
from zoped.symbolic.operators.base import TRIES, MutationRefused
from zoped.symbolic.operators.in_order import kept_in_order
from zoped.symbolic.plausible import can_be_zero, constants, implausible, is_constant
from zoped.symbolic.problem import Constraint, SymbolicProblem, Variable
from zoped.symbolic.remembered import remembered
from zoped.symbolic.solving.linear import solve_linear
from zoped.symbolic.solving.plan import Plan, planned
from zoped.symbolic.wording.clauses import read_clause, split_noun_group
from zoped.symbolic.wording.inflection import is_measure, plural
from zoped.symbolic.wording.telling import noun_phrase

_NOT_A_PERSON = frozenset({"There", "They", "We", "He", "She", "It"})


def target_variable(problem: SymbolicProblem) -> Variable:
    """The variable that is asked for; refused when the target is a formula."""
    if problem.query != "value" or not isinstance(problem.target, Symbol):
        raise MutationRefused("not_applicable", "the problem does not ask for one variable")
    return problem.variable(problem.target.name)


def asks_one_variable(problem: SymbolicProblem) -> bool:
    return problem.query == "value" and isinstance(problem.target, Symbol)


def solved_values(problem: SymbolicProblem) -> dict[str, Fraction]:
    """Every variable's value; refused when the in-process solvers cannot find them."""
    values = exact_values(problem)
    if not values.is_complete:
        raise MutationRefused("not_solved", "the values cannot be found without a worker")
    return {name: Fraction(value) for name, value in values.known.items()}


def fresh_name(problem: SymbolicProblem, base: str) -> str:
    """`base`, or `base` with the first free number."""
    taken = {variable.name for variable in problem.variables}
    if base not in taken:
        return base
    return next(f"{base}{k}" for k in range(2, len(taken) + 3) if f"{base}{k}" not in taken)


def rebuilt(
    problem: SymbolicProblem,
    *,
    variables: Iterable[Variable] | None = None,
    constraints: Iterable[Constraint] | None = None,
    target: Expression | None = None,
    topic: str | None = None,
    query: str | None = None,
) -> SymbolicProblem:
    """A copy with some parts replaced. The parts are trusted: nothing is validated again."""
    update: dict[str, object] = {}
    if variables is not None:
        update["variables"] = tuple(variables)
    if constraints is not None:
        update["constraints"] = tuple(constraints)
    for field, value in (("target", target), ("topic", topic), ("query", query)):
        if value is not None:
            update[field] = value
    return problem.replaced(**update)


def near(value: Exact, low: Fraction, high: Fraction, rng: Random) -> Exact:
    """A number between low·value and high·value on the same grid as the value."""
    steps, grid = value.numerator, value.denominator
    a = _towards_zero(steps * low.numerator, low.denominator)
    b = _towards_zero(steps * high.numerator, high.denominator)
    drawn = rng.randint(a, b) if a < b else rng.randint(b, a)
    return drawn if grid == 1 else Fraction(drawn, grid)


def _towards_zero(a: int, b: int) -> int:
    return a // b if a >= 0 else -(-a // b)


_PACED = re.compile(
    r"\bcosts? #|\bcosts\] #|\bprice\b|\bspeed\b|\b(?:each|every|per|an?) hour\b|\bweigh|\bkg for\b"
    r"|\bfor (?:each |every )?100 km\b"
)


@lru_cache(maxsize=4096)
def _keeps_its_order(unit: str, words: str) -> bool:
    """Whether it is a price, a speed or a weight: three times as much, at most, stays sensible."""
    return "/" in unit or " per " in unit or _PACED.search(words) is not None


def _sensible(variable: Variable, drawn: Exact, rng: Random) -> Exact:
    """The drawn value, or one nearer to the original's where that is a price or a speed; never 1
    where there were more: "1 pen" and "times 1" make poor problems."""
    value = narrowed(variable.value or Fraction(0))
    if variable.distractor and not value <= drawn * 2 <= value * 3:
        drawn = near(value, Fraction(1, 2), Fraction(3, 2), rng)  # nobody has 265 cousins
    if value > 0 and not value <= drawn * 3 <= value * 9:
        words = f"{variable.meaning} {variable.clause or ''}"
        if _keeps_its_order(variable.unit, words):
            drawn = near(value, Fraction(1, 2), Fraction(3), rng)
    return 2 if drawn == 1 and value != 1 and variable.domain.is_integer else drawn


_SPREAD = 10  # an echo after 3 seconds may come after 30, and not after 609
_MONEY_SPREAD = 50
_HOLDS = re.compile(r"(?:Each|Every|A|An) [a-z ]+ \[")  # "Each box [holds] # pears"
_IN_ONE = re.compile(
    r" in an? (?:box|bag|basket|jar|tree|nest)\b| on an? (?:plate|tree)\b|\[eats?\]"
)


@remembered
def sizes(problem: SymbolicProblem) -> Mapping[str, tuple[Exact, Exact]]:
    """The least and the greatest sensible value of what is measured, and of what one thing holds.

    Other counts and bare numbers may be of any size. Constants stay and are not among them.
    """
    found = {}
    for v in problem.givens:
        if v.value is None or v.value <= 0 or v.name in constants(problem) or v.unit == "percent":
            continue
        words = v.clause or ""
        holds = v.unit and not is_measure(v.unit) and (_HOLDS.match(words) or _IN_ONE.search(words))
        if is_measure(v.unit) or holds:
            spread = _MONEY_SPREAD if v.unit in MONEY | {"cent"} else _SPREAD
            found[v.name] = (narrowed(v.value / spread), narrowed(v.value * spread))
    return found


@dataclass(frozen=True)
class Span:
    """How the answer may change when numbers are drawn, and which values a given may have."""

    low: Fraction
    high: Fraction
    fits: Callable[[Variable, Exact], bool]


class _Backwards:
    """Finds the value of a given out of the other ones and an answer."""

    def __init__(self, problem: SymbolicProblem, free: Sequence[Variable], span: Span) -> None:
        self.problem, self.free, self.span = problem, free, span
        self.target = problem.target.name if isinstance(problem.target, Symbol) else ""
        known = exact_values(problem).known.get(self.target)
        self.answer = known if known and problem.query == "value" else None
        self.plans: dict[str, Plan | None] = {}  # to each given, out of the answer

    def complete(self, values: dict[str, Exact], rng: Random) -> bool:
        """Put in what one of the givens has to be for a drawn answer; False where there is none."""
        if not self.answer:
            return False
        chosen = rng.choice(self.free)
        if chosen.name not in self.plans:
            self.plans[chosen.name] = self._plan(chosen)
        plan = self.plans[chosen.name]
        if plan is None:
            return False
        assumed = {name: value for name, value in values.items() if name != chosen.name}
        assumed[self.target] = near(self.answer, self.span.low, self.span.high, rng)
        result = plan.at(assumed)
        if result.status != "unique" or not self.span.fits(chosen, result.known[chosen.name]):
            return False
        values[chosen.name] = result.known[chosen.name]
        return True

    def _plan(self, chosen: Variable) -> Plan | None:
        opened = rebuilt(
            self.problem,
            variables=[
                v.replaced(value=None) if v is chosen else v for v in self.problem.variables
            ],
        )
        return planned(opened, {self.target: self.answer}) if self.answer else None


def redrawn(
    problem: SymbolicProblem,
    rng: Random,
    draw: Callable[[Variable, Exact], Exact],
    *,
    allowance: Allowance = NONE_ALLOWED,
    span: Span | None = None,
    accept: Callable[[Mapping[str, Exact]], bool] = lambda values: True,
) -> SymbolicProblem:
    """Draw values for the givens until all values lie in their domains, are nice and make sense.

    `draw` gets a given and its value; `accept` sees all values of a linear problem. With `span`,
    every second draw is made backwards: the answer is drawn too, and one of the givens is what
    follows, which finds numbers where something has to come out even. Numbers that belong to a word
    stay. Where the in-process solvers decide nothing, not even for the problem as
    it is, the first draw that fits the givens' domains is taken, for the solver to judge.
    """
    before = {v.name: narrowed(v.value) for v in problem.variables if v.value is not None}
    fixed = constants(problem)
    free = [v for v in problem.givens if v.name not in fixed]
    if not free:
        raise MutationRefused("not_applicable", "the problem has no numbers to draw")
    limit = limit_of(problem, allowance)
    sensible = sizes(problem)
    apart = [
        (one.name, two.name)
        for one, two in combinations(free, 2)
        if one.unit == two.unit and one.value != two.value
    ]
    in_order = kept_in_order(problem)
    asked = _more_than_one(problem)
    plan = planned(problem)
    backwards = _Backwards(problem, free, span) if span and limit.needs_values else None
    for attempt in range(TRIES):
        values = before | {v.name: _sensible(v, draw(v, before[v.name]), rng) for v in free}
        if backwards and attempt % 2 and not backwards.complete(values, rng):
            continue
        if values == before or any(
            not v.domain.contains(values[v.name]) or limit.fault(v, values[v.name]) for v in free
        ):
            continue
        if any(values[one] == values[two] for one, two in apart) or not in_order(values):
            continue
        if any(not low <= values[name] <= high for name, (low, high) in sensible.items()):
            continue
        result = solve_linear(problem, values) if plan is None else plan.at(values)
        if result.status == "none":
            continue
        if result.status == "unique" and not accept(result.known):
            continue
        if asked and result.status == "unique" and result.known[asked] == 1:
            continue
        # What is judged by its values alone needs no problem that has them.
        if result.status == "unique" and uglier(problem, limit, Values(result.known, True)):
            continue
        changed = with_values(problem, values)
        found = values_of(changed, result)
        if limit.needs_values and not found.is_complete and problem.query != "count":
            continue
        if not uglier(changed, limit, found) and not implausible(changed, found.known):
            return changed
    raise MutationRefused("no_numbers", f"no numbers fit in {TRIES} tries")


def _more_than_one(problem: SymbolicProblem) -> str:
    """The name of what is asked for, where it is neither 1 nor a remainder; else "".

    With 9 plums on 9 plates there is nothing to calculate.
    """
    if not asks_one_variable(problem):
        return ""
    asked = target_variable(problem)
    is_more = exact_values(problem).known.get(asked.name) != 1 and not can_be_zero(asked)
    return asked.name if is_more else ""


def with_values(problem: SymbolicProblem, values: Mapping[str, Exact]) -> SymbolicProblem:
    """The same problem with other values for the givens."""
    return rebuilt(
        problem,
        variables=[
            v.replaced(value=Fraction(values[v.name])) if v.name in values else v
            for v in problem.variables
        ],
    )


def needed(problem: SymbolicProblem, target: Expression) -> SymbolicProblem:
    """`problem` asking for `target`, without what that does not depend on (distractors stay)."""
    unknown = {v.name for v in problem.unknowns}
    reached = set(target.symbols)
    kept: set[int] = set()
    grown = True
    while grown:
        grown = False
        for i, constraint in enumerate(problem.constraints):
            symbols = constraint.relation.symbols
            if i not in kept and symbols & reached & unknown:
                kept.add(i)
                reached |= symbols
                grown = True
    return rebuilt(
        problem,
        variables=[v for v in problem.variables if v.name in reached or v.distractor],
        constraints=[
            c
            for i, c in enumerate(problem.constraints)
            # What relates givens alone holds of them with other numbers too.
            if i in kept or c.relation.symbols <= reached - unknown
        ],
        target=target,
    )


def definition(problem: SymbolicProblem, name: str) -> tuple[int, Expression] | None:
    """(index, right side) of the constraint `name == ...`, or None."""
    for i, relation in enumerate(problem.relations):
        if isinstance(relation, Apply) and relation.operator == "==":
            left, right = relation.arguments
            if isinstance(left, Symbol) and left.name == name and name not in right.symbols:
                return i, right
    return None


def with_stage(
    problem: SymbolicProblem,
    result: Variable,
    expression: Expression,
    *,
    givens: Iterable[Variable] = (),
    statement: str | None = None,
    topic: str | None = None,
) -> SymbolicProblem:
    """Add `result == expression` after everything else and ask for `result` instead."""
    said = {(v.meaning, v.clause) for v in problem.variables}
    if (result.meaning, result.clause) in said:
        raise MutationRefused("told_before", f"the text already speaks of the {result.meaning}")
    return rebuilt(
        problem,
        variables=[*problem.variables, *givens, result],
        constraints=[
            *problem.constraints,
            Constraint.model_construct(
                relation=Apply("==", (Symbol(result.name), expression)), statement=statement
            ),
        ],
        target=Symbol(result.name),
        topic=topic,
    )


def phrase(variable: Variable) -> str:
    """ "the number of pens Ann has now": a noun phrase for the variable's value."""
    return noun_phrase(variable)


def things(variable: Variable) -> str:
    """The plural noun that the variable counts, "pens", or "" when it counts none."""
    if variable.clause and "#" in variable.clause:
        group, _ = split_noun_group(variable.clause.split("#", 1)[1].strip(), variable.unit)
        words = [word for word in group.split() if word != "more"]
        if words:
            return " ".join(words)
    return plural(variable.unit) if variable.unit else ""


def story_ends_with(problem: SymbolicProblem, variable: Variable) -> bool:
    """Whether the variable is what somebody has in the end, so that the story can go on from it.

    "Then Ann buys 3 more pens" must not follow on what Ann had at first, what Ben gave her, or by
    how many she has more than Ben.
    """
    told = [v.name for v in problem.variables if v.clause and not v.distractor]
    if not variable.clause or told[-1:] != [variable.name] or "at first" in variable.clause:
        return False
    verb = variable.clause.partition("[")[2].partition("]")[0]
    return verb in ("has", "have") and not read_clause(variable.clause, variable.unit).compares


def person(problem: SymbolicProblem, variable: Variable) -> str:
    """Who has the variable's things in the end, when it is one named person, else ""."""
    if not variable.clause or not story_ends_with(problem, variable):
        return ""
    subject = read_clause(variable.clause, variable.unit).subject
    return (
        subject
        if len(subject) > 1  # N is a number
        and subject.isalpha()
        and subject[:1].isupper()
        and subject not in _NOT_A_PERSON
        else ""
    )


def plain_givens(problem: SymbolicProblem) -> list[Variable]:
    """Whole givens from 2 on that a clause of their own states and that no word fixes."""
    return [
        v
        for v in problem.givens
        if v.clause
        and not v.distractor
        and v.value is not None
        and v.value >= 2
        and v.value.denominator == 1
        and not any(f"{{{v.name}}}" in (c.statement or "") for c in problem.constraints)
        and not is_constant(problem, v)
    ]
