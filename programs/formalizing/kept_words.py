"""The words of a problem that a rewrite of it can keep: a teacher writes symbols, not sentences."""

from __future__ import annotations

from zoped.programs.formalizing.told import without_question
from zoped.symbolic import SymbolicProblem
from zoped.symbolic.language.expression import Symbol
from zoped.symbolic.problem import SLOT, Constraint, Variable


def in_the_words_of(original: SymbolicProblem, rewritten: SymbolicProblem) -> SymbolicProblem:
    """The rewritten problem, told where it can be as the original was.

    Quantities that mean what they meant keep their clauses. Relations that stayed keep their sentences,
    if those of all can be kept: what a sentence states must still be given, and the question must be kept
    where it states something. Where the question is the same, so are its words.
    """
    before = {(v.name, v.meaning, v.unit): v for v in original.variables}
    given = {v.name for v in rewritten.givens}
    variables = tuple(
        _in_words(_sayable(v, given), before.get((v.name, v.meaning, v.unit)))
        for v in rewritten.variables
    )
    questions = _questions(original, rewritten)
    told_by_question = not questions and any(map(SLOT.search, original.questions))
    return rewritten.replaced(
        variables=variables,
        constraints=rewritten.constraints
        if told_by_question
        else _constraints(original, rewritten),
        questions=questions,
        story=original.story,
        other_stories=original.other_stories,
    )


def _sayable(variable: Variable, given: set[str]) -> Variable:
    """Without the question that its meaning quotes, where that states what is given no longer."""
    if set(SLOT.findall(variable.meaning)) <= given:
        return variable
    return variable.replaced(meaning=without_question(variable.meaning))


def _in_words(variable: Variable, before: Variable | None) -> Variable:
    if before is None or before.clause is None:
        return variable
    return variable.replaced(clause=before.clause, other_clauses=before.other_clauses)


def _constraints(original: SymbolicProblem, rewritten: SymbolicProblem) -> tuple[Constraint, ...]:
    told = {str(c.relation): c for c in original.constraints if c.statement is not None}
    stayed = {str(c.relation) for c in rewritten.constraints}
    meant = {(v.name, v.meaning, v.unit) for v in original.variables}
    given = {v.name for v in rewritten.givens if (v.name, v.meaning, v.unit) in meant}
    for relation, constraint in told.items():
        sentences = (constraint.statement or "", *constraint.other_statements)
        slots = {name for sentence in sentences for name in SLOT.findall(sentence)}
        if constraint.statement and (relation not in stayed or not slots <= given):
            return rewritten.constraints
    return tuple(
        c.replaced(statement=t.statement, other_statements=t.other_statements)
        if (t := told.get(str(c.relation))) is not None
        else c
        for c in rewritten.constraints
    )


def _questions(original: SymbolicProblem, rewritten: SymbolicProblem) -> tuple[str, ...]:
    if (original.query, original.target) != (rewritten.query, rewritten.target):
        return ()
    if not _asks_alike(original, rewritten):
        return ()
    given = {v.name for v in rewritten.givens}
    return tuple(q for q in original.questions if set(SLOT.findall(q)) <= given)


def _asks_alike(original: SymbolicProblem, rewritten: SymbolicProblem) -> bool:
    """Whether what is asked for is still counted in the same things: "the result" of two numbers has no
    question about candles any more."""
    if not isinstance(original.target, Symbol):
        return True
    name = original.target.name
    before, after = original.variable(name), rewritten.variable(name)
    if before.unit or after.unit:
        return before.unit == after.unit
    return without_question(before.meaning) == without_question(after.meaning)
