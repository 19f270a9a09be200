"""Pieces of problems that several operators change: values, targets, stages, what is needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from random import Random

from zoped.symbolic.language.evaluate import Exact, narrowed
from zoped.symbolic.language.expression import Apply, Expression, Symbol
from zoped.symbolic.niceness import NONE_ALLOWED, Allowance, exact_values, limit_of, uglier
from zoped.symbolic.operators.base import TRIES, MutationRefused
from zoped.symbolic.plausible import implausible, is_constant
from zoped.symbolic.problem import Constraint, Domain, SymbolicProblem, Variable
from zoped.symbolic.solving.linear import solve_linear
from zoped.symbolic.wording.clauses import read_clause, split_noun_group
from zoped.symbolic.wording.inflection import capitalize, plural
from zoped.symbolic.wording.telling import noun_phrase

_NOT_A_PERSON = frozenset({"There", "They", "We", "He", "She", "It"})
_ORDINALS = ("second", "third", "fourth", "fifth", "sixth")


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


def redrawn(
    problem: SymbolicProblem,
    rng: Random,
    draw: Callable[[Variable, Exact], Exact],
    *,
    allowance: Allowance = NONE_ALLOWED,
    accept: Callable[[Mapping[str, Exact]], bool] = lambda values: True,
) -> SymbolicProblem:
    """Draw values for the givens until all values lie in their domains, are nice and make sense.

    `draw` gets a given and its value; `accept` sees all values of a linear problem. Numbers that
    belong to a word stay. Where the in-process solvers decide nothing, not even for the problem as
    it is, the first draw that fits the givens' domains is taken, for the solver to judge.
    """
    before = {v.name: narrowed(v.value) for v in problem.variables if v.value is not None}
    free = [v for v in problem.givens if not is_constant(problem, v)]
    if not free:
        raise MutationRefused("not_applicable", "the problem has no numbers to draw")
    limit = limit_of(problem, allowance)
    for _ in range(TRIES):
        values = before | {v.name: _not_one(v, draw(v, before[v.name])) for v in free}
        if values == before or any(
            not v.domain.contains(values[v.name]) or limit.fault(v, values[v.name]) for v in free
        ):
            continue
        result = solve_linear(problem, values)
        if result.status == "none":
            continue
        if result.status == "unique" and not accept(result.known):
            continue
        changed = _with_values(problem, values)
        found = exact_values(changed, result)
        if limit.needs_values and not found.is_complete and problem.query != "count":
            continue
        if not uglier(changed, limit, found) and not implausible(changed, found.known):
            return changed
    raise MutationRefused("no_numbers", f"no numbers fit in {TRIES} tries")


def _not_one(variable: Variable, drawn: Exact) -> Exact:
    """2 for a drawn 1: "1 pen" and "times 1" make poor problems where there were more."""
    return 2 if drawn == 1 and variable.value != 1 and variable.domain.is_integer else drawn


def _with_values(problem: SymbolicProblem, values: Mapping[str, Exact]) -> SymbolicProblem:
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
        constraints=[c for i, c in enumerate(problem.constraints) if i in kept],
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
    result, statement = _told_apart(problem, result, statement)
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


def _told_apart(
    problem: SymbolicProblem, result: Variable, statement: str | None
) -> tuple[Variable, str | None]:
    """Call a second "result" the "second result"; refused where the sentence cannot say so."""
    meaning = result.meaning
    if not (result.clause or "").startswith(f"The {meaning} [is]"):
        return result, statement
    names = [meaning, *(f"{ordinal} {meaning}" for ordinal in _ORDINALS)]
    before = sum(v.meaning in names for v in problem.variables)
    if not before:
        return result, statement
    opening = re.match(rf"(The|An?) {re.escape(meaning)}\b", statement or "")
    earlier = f"{capitalize(phrase(target_variable(problem)))} is divided"
    if (statement or "").startswith(earlier):
        opening = None  # it is the earlier one that the sentence starts with
    if opening is None or before >= len(names):
        raise MutationRefused("not_applicable", f"the text already speaks of the {meaning}")
    new = names[before]
    told = f"{opening[1].replace('An', 'A')} {new}{(statement or '')[opening.end() :]}"
    return result.replaced(meaning=new, clause=f"The {new} [is] #"), told


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
    if not variable.clause or told[-1] != variable.name or "at first" in variable.clause:
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
        if subject.isalpha() and subject[:1].isupper() and subject not in _NOT_A_PERSON
        else ""
    )


def nonnegative(domain: Domain) -> Domain:
    """The domain that also admits zero."""
    return Domain.NONNEGATIVE_INTEGER if domain is Domain.POSITIVE_INTEGER else domain
