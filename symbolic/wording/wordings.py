"""The wordings of a problem's sentences: one of each at random, or the first of each."""

from __future__ import annotations

from random import Random

from zoped.symbolic.problem import SymbolicProblem


def one_wording(problem: SymbolicProblem, rng: Random) -> SymbolicProblem:
    """The problem with one wording of each sentence that has several.

    Draws nothing where there is nothing to choose. Where the rules make the question, the quantity
    that is asked for keeps its first clause, out of which they make it.
    """
    asked = problem.target.symbols if not problem.questions else frozenset()
    variables = tuple(
        v.replaced(clause=rng.choice((v.clause, *v.other_clauses)))
        if v.other_clauses and (v.is_given or v.name not in asked)
        else v
        for v in problem.variables
    )
    constraints = tuple(
        c.replaced(statement=rng.choice((c.statement, *c.other_statements)))
        if c.other_statements
        else c
        for c in problem.constraints
    )
    changes: dict[str, object] = {"variables": variables, "constraints": constraints}
    if problem.other_stories:
        changes["story"] = rng.choice((problem.story, *problem.other_stories))
    if len(problem.questions) > 1:
        changes["questions"] = (rng.choice(problem.questions),)
    return problem.replaced(**changes)


def first_wording(problem: SymbolicProblem) -> SymbolicProblem:
    """The problem with the first wording of each sentence alone, its question made by rules."""
    return problem.replaced(
        variables=tuple(v.replaced(other_clauses=()) for v in problem.variables),
        constraints=tuple(c.replaced(other_statements=()) for c in problem.constraints),
        other_stories=(),
        questions=(),
    )
