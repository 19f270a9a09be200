"""A rewrite in good words where it is what the strategy's rules would have made."""

from __future__ import annotations

import re
from collections.abc import Iterable
from random import Random
from typing import Any

from zoped.programs.formalizing.told import ASKED_FOR
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
from zoped.symbolic.operators.conditions import condition_told
from zoped.symbolic.operators.quantity import LETTERS, VAGUE, lacks_unit, story_words
from zoped.symbolic.problem import MAX_PHRASE, Constraint
from zoped.symbolic.wording.telling import noun_phrase

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
    constraints = _with_sentence(rewritten, before, statement)
    return rewritten.replaced(constraints=constraints, questions=questions)


def told_by_rules(
    original: SymbolicProblem, rewritten: SymbolicProblem, strategy: str
) -> SymbolicProblem:
    """The rewritten problem as `told_as_taught` tells it, or else as `told_of_a_number` does."""
    told = told_as_taught(original, rewritten, strategy)
    return told if told is not rewritten else told_of_a_number(original, rewritten, strategy)


def told_of_a_number(
    original: SymbolicProblem, rewritten: SymbolicProblem, strategy: str
) -> SymbolicProblem:
    """As `told_as_taught`, for what comes after a question that no further sentence can go on from ("How many
    pages does he read in 5 evenings?", "How many more ...?"): its answer is called n, as operators call it."""
    original = condition_told(original)
    done = _same_by_rules(original, rewritten, strategy, other_words=False)
    if done is None or not done.of_number or not isinstance(original.target, Symbol):
        return rewritten
    asked = original.variable(original.target.name)
    words = story_words(original)
    letter = next((x for x in LETTERS if x not in words), "")
    called = noun_phrase(asked)
    is_vague = called in VAGUE or called.endswith(ASKED_FOR) or lacks_unit(asked)
    if not letter or is_vague or not _states_all(original, called):
        return rewritten
    told = done.of_number.replace("#", letter)
    statement, _, question = f"Let {letter} be {called}. {told}".rpartition(". ")
    if max(len(statement), len(question)) > MAX_PHRASE:
        return rewritten
    return rewritten.replaced(
        variables=tuple(
            v.replaced(meaning=asked.meaning) if v.name == asked.name else v
            for v in rewritten.variables
        ),
        constraints=_with_sentence(rewritten, original.constraints, statement),
        questions=(question,),
    )


def _states_all(problem: SymbolicProblem, further: str) -> bool:
    """Whether the sentences that somebody wrote state each given, or what is called `further` does."""
    told = [c.statement or "" for c in problem.constraints]
    return all(
        v.clause or any(f"{{{v.name}}}" in one for one in (*told, further)) for v in problem.givens
    )


def _with_sentence(
    rewritten: SymbolicProblem, before: Iterable[Constraint], sentence: str
) -> tuple[Constraint, ...]:
    """The rewritten problem's constraints: those from before as they were told, the new ones by the sentence."""
    old = {str(c.relation): c for c in before}
    constraints, new = [], [sentence.rstrip(".")]
    for constraint in rewritten.constraints:
        if (relation := str(constraint.relation)) in old:
            constraints.append(old[relation])
        else:
            constraints.append(constraint.replaced(statement=new.pop() if new else ""))
    return tuple(constraints)


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
