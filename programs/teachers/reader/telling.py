"""A rewrite in good words where it is what the strategy's rules would have made."""

from __future__ import annotations

import re
from collections.abc import Iterable
from random import Random
from typing import Any

from zoped.programs.teachers.reader.carried_out import (
    CARRIED_OUT_BY_HAND,
    CarriedOut,
    carried_out,
    goes_on,
)
from zoped.signatures import as_lines, from_lines
from zoped.symbolic import SymbolicProblem, check_problem
from zoped.symbolic.language.expression import Symbol
from zoped.symbolic.language.parse import parse_expression
from zoped.symbolic.problem import MAX_PHRASE, Constraint

TRIES = 60  # in which the rules draw the same names


def told_as_taught(
    original: SymbolicProblem,
    rewritten: SymbolicProblem,
    strategy: str,
    *,
    other_words: bool = False,
) -> SymbolicProblem:
    """The rewritten problem, told as the strategy is where it is that: the sentences of the original, then
    what is new. As it was where the rules make something else.

    A given that is told no longer is "some" in the original's sentences. With `other_words` it is told as no
    rewrite is, for texts that are held out.
    """
    done = _same_by_rules(original, rewritten, strategy, other_words)
    if done is None or not done.telling:
        return rewritten
    statement, _, question = done.telling.rpartition(". ")
    if not question.endswith("?"):
        statement, question = done.telling, ""
    story = " ".join(c.statement or "" for c in original.constraints)
    if question and not all(
        goes_on(original, story, asked) for asked in original.questions or ("",)
    ):
        return rewritten
    questions = (question,) if question else original.questions
    if any(f"{{{name}}}" in asked for name in done.forgotten for asked in questions):
        return rewritten
    before = _without(original.constraints, done.forgotten)
    if before is None:
        return rewritten
    if done.forgotten:  # what states no given would come last: it is told in one with what is new
        stories = [c.statement for c in before if c.statement]
        statement = " ".join([*(f"{story}." for story in stories), statement])
        before = tuple(c.replaced(statement="") for c in before)
    if max(len(statement), len(question)) > MAX_PHRASE:
        return rewritten
    old = {str(c.relation): c for c in before}
    constraints, new = [], [statement.rstrip(".")]
    for constraint in rewritten.constraints:
        if (relation := str(constraint.relation)) in old:
            constraints.append(old[relation])
        else:
            constraints.append(constraint.replaced(statement=new.pop() if new else ""))
    return rewritten.replaced(constraints=tuple(constraints), questions=questions)


def _same_by_rules(
    original: SymbolicProblem, rewritten: SymbolicProblem, strategy: str, other_words: bool
) -> CarriedOut | None:
    """What the rules make that is the rewritten problem but for its numbers; None where nothing is."""
    if strategy not in CARRIED_OUT_BY_HAND or original.query != "value":
        return None
    answer = check_problem(original, sense=False).solution.value
    if answer is None or not isinstance(original.target, Symbol):
        return None
    fields, wanted = from_lines(as_lines(original)), from_lines(as_lines(rewritten))
    for k in range(TRIES):
        done = carried_out(strategy, fields, answer, Random(k), other_words=other_words)
        # The names first: they seldom fit, and need no parsing.
        if done is not None and all(
            part(done.fields) == part(wanted) for part in (_asked, _relations)
        ):
            return done
    return None


def _asked(fields: dict[str, Any]) -> tuple[object, ...]:
    """Which quantities are given and unknown, and what is asked."""
    quantities = {(v["name"], bool(v["value"])) for v in fields["variables"]}
    return quantities, fields["target"], fields["query"]


def _relations(fields: dict[str, Any]) -> set[str]:
    return {str(parse_expression(text)) for text in fields["constraints"]}


def _without(
    constraints: Iterable[Constraint], forgotten: tuple[str, ...]
) -> tuple[Constraint, ...] | None:
    """The constraints with "some" in the place of those givens; None where that would be no English, or
    where nobody wrote a sentence."""
    told = []
    for constraint in constraints:
        statement = constraint.statement
        if statement is None:
            return None
        for name in forgotten:
            if re.search(rf"[$€£.,]\{{{name}\}}|\{{{name}\}}(?![ ][a-z])", statement):
                return None
            statement = statement.replace(f"{{{name}}}", "some")
        if any(
            f"{{{name}}}" in other for name in forgotten for other in constraint.other_statements
        ):
            constraint = constraint.replaced(other_statements=())
        told.append(constraint.replaced(statement=statement) if statement else constraint)
    return tuple(told)
