"""A row's symbolic problem against its gold and its text."""

from __future__ import annotations

from zoped.evals.answers.match import answers_match
from zoped.evals.audit.equations import Found, Verdict
from zoped.programs.formalizing.grounding import grounded
from zoped.programs.seeds import answers
from zoped.symbolic import ExpressionError, Solution, SymbolicProblem, solve
from zoped.symbolic.check import idle_givens
from zoped.symbolic.plausible import belonging_numbers
from zoped.symbolic.wording.text_checks import missing_givens, states_answer


def judged_by_symbols(
    symbols: SymbolicProblem, text: str, gold: str, *, time_limit: float = 2.0
) -> Verdict:
    """What the symbols say: whether their one answer is the gold, which numbers do not matter or are
    not in the text, and whether the text states the answer."""
    solution = solve(symbols, time_limit=time_limit, steps=False)
    if solution.status == "many":
        return Verdict((("several_answers", solution.detail or "more than one answer fits"),))
    if solution.status == "none":
        return Verdict((("no_answer", solution.detail or "no answer fits"),))
    if solution.status != "unique" or solution.answer is None:
        return Verdict(unread=f"not solved: {solution.status} {solution.detail}".strip())
    found: list[Found] = []
    if not is_gold(solution.answer, gold):
        found.append(("wrong_gold", f"the answer is {solution.answer}; the gold is {gold}"))
    found += _text_faults(symbols, solution, text, time_limit)
    return Verdict(tuple(found))


def is_gold(answer: str, gold: str) -> bool:
    """Whether the exact answer is one of the golds (12; 22), as a number, rounded, or as LaTeX."""
    for part in (gold, *gold.split(";")):
        if answers_match(answer, part.strip()):
            return True
        try:
            if answers(answer, part.strip()):
                return True
        except ExpressionError:
            continue
    return False


def _text_faults(
    symbols: SymbolicProblem, solution: Solution, text: str, time_limit: float
) -> list[Found]:
    found: list[Found] = []
    marked = {given.name for given in symbols.givens if given.distractor}
    idle = idle_givens(symbols, solution, time_limit=time_limit) - marked
    if idle:
        told = ", ".join(f"{name} = {symbols.variable(name).value}" for name in sorted(idle))
        found.append(("idle_number", f"{told} does not change the answer"))
    if missing := _missing(symbols, text):
        told = ", ".join(f"{name} = {symbols.variable(name).value}" for name in missing)
        found.append(("missing_number", f"the text does not state {told}"))
    if solution.answer is not None and states_answer(text, solution.answer, symbols):
        found.append(("states_answer", f"the text states {solution.answer}"))
    return found


def _missing(symbols: SymbolicProblem, text: str) -> list[str]:
    """The givens whose value the text neither states, LaTeX included, nor has in a word: the 6 of a
    hexagon."""
    standing = {given.name for given in grounded(symbols, text).givens}
    belonging = belonging_numbers(text)
    return [
        name
        for name in missing_givens(symbols, text)
        if name not in standing and symbols.variable(name).value not in belonging
    ]
