"""A row's equations against its gold: worked steps of numbers, or equations with unknowns.

Equations are parsed by the expression language and solved exactly; nothing of them is executed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from zoped.evals.audit.rows import AuditRow
from zoped.programs.seeds import answers
from zoped.symbolic import (
    Constraint,
    Domain,
    ExpressionError,
    SymbolicProblem,
    Variable,
    parse_expression,
    solve,
)
from zoped.symbolic.language.expression import Expression, Number
from zoped.symbolic.language.reading import new_names, renamed
from zoped.symbolic.wording.text_checks import numbers_in

# Not in a text, and not missing there: small numbers, and what everybody knows of time and measures.
KNOWN = frozenset(
    map(
        Fraction,
        (*range(13), 16, 24, 28, 29, 30, 31, 36, 52, 60, 90, 100, 180, 360, 365, 366, 1000),
    )
) | frozenset(map(Fraction, (1440, 1760, 3600, 5280)))
ROUNDED = 4  # places from which on a decimal of a data set was rounded
CLOSE = Fraction(1, 10_000)  # how near it is then, relatively
_SIDES = re.compile(r"(?<![<>=!])=(?!=)")
_NAME = re.compile(r"[A-Za-z_]\w*")
_PLACES = re.compile(r"\.(\d+)")
_LITERAL = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")

Found = tuple[str, str]  # kind and evidence


@dataclass(frozen=True)
class Verdict:
    """What was found; `unread` says why nothing could be, where nothing could be. A `passing` one may be
    another the next time: the teacher could not be asked."""

    found: tuple[Found, ...] = ()
    unread: str = ""
    passing: bool = False


def judged_by_equations(row: AuditRow, *, time_limit: float = 2.0) -> Verdict:
    """What the row's equations say of its gold and its text."""
    pairs = []
    names = new_names(_NAME.findall(" ".join(row.equations)))
    for written in row.equations:
        sides = _SIDES.split(renamed(written, names).replace("^", "**"))
        if len(sides) != 2:
            return Verdict(unread=f"{written!r} is not one equation")
        try:
            left, right = (parse_expression(side.strip()) for side in sides)
        except ExpressionError as error:
            return Verdict(unread=f"{written!r}: {error}")
        pairs.append((written, left, right))
    golds = [part.strip() for part in row.gold.split(";")]
    try:
        for gold in golds:
            if parse_expression(gold).symbols:
                raise ExpressionError(f"{gold!r} is no number")
    except ExpressionError:
        return Verdict((("unreadable_gold", f"{row.gold!r} is no number"),))
    if not any(left.symbols | right.symbols for _, left, right in pairs):
        verdict = _steps(pairs, golds)
    else:
        loose = any(len(places) >= ROUNDED for places in _PLACES.findall(" ".join(row.equations)))
        verdict = _solved([(left, right) for _, left, right in pairs], golds, loose, time_limit)
        verdict = Verdict((*verdict.found, *_missing(row)), verdict.unread)
    return verdict


def _steps(pairs: Sequence[tuple[str, Expression, Expression]], golds: Sequence[str]) -> Verdict:
    """Worked steps: each is true, and the last one gives the gold."""
    found: list[Found] = []
    results = []
    for written, left, right in pairs:
        value, claimed = _value(left), _value(right)
        if value is None or claimed is None:
            return Verdict(unread=f"not solved: {written} has no exact value")
        results.append(claimed)
        if value != claimed and not _is_rounded(value, str(right)):
            found.append(("wrong_step", f"{written}: the left side is {value}"))
    last = pairs[-1]
    ends = {str(_value(last[1])), str(_value(last[2]))}
    if not any(_is_gold(end, gold) for end in ends for gold in golds):
        earlier = any(_is_gold(str(value), gold) for value in results for gold in golds)
        told = "; an earlier step gives the gold" if earlier else ""
        found.append(
            ("steps_differ", f"the last step is {last[0]}; the gold is {'; '.join(golds)}{told}")
        )
    return Verdict(tuple(found))


def _solved(
    pairs: Sequence[tuple[Expression, Expression]],
    golds: Sequence[str],
    loose: bool,
    time_limit: float,
) -> Verdict:
    """Equations with unknowns: each gold is the value of one of them, or near it where the equations
    have rounded numbers (`loose`)."""
    unknowns = sorted({name for pair in pairs for side in pair for name in side.symbols})
    values: list[str] = []
    for name in unknowns:
        solution = None
        # A quadratic of a story may have a second root that no story has.
        for domain in (Domain.REAL, Domain.POSITIVE_REAL):
            problem = _problem(pairs, unknowns, name, domain)
            solution = solve(problem, time_limit=time_limit, steps=False)
            if solution.status != "many":
                break
        assert solution is not None
        if solution.status == "unique" and solution.answer is not None:
            values.append(solution.answer)
        elif solution.status == "none":
            told = f"the equations have no solution ({solution.detail})"
            return Verdict((("no_answer", told),))
        elif solution.status == "many":
            told = f"{name} has more than one value: {solution.detail}"
            return Verdict((("several_answers", told),))
        else:
            return Verdict(unread=f"not solved: {solution.status} {solution.detail}".strip())
    wrong = [gold for gold in golds if not any(_is_gold(value, gold, loose) for value in values)]
    if not wrong:
        return Verdict()
    told = ", ".join(f"{n} = {v}" for n, v in zip(unknowns, values, strict=True))
    return Verdict((("wrong_gold", f"the equations give {told}; the gold is {'; '.join(golds)}"),))


def _problem(
    pairs: Sequence[tuple[Expression, Expression]],
    unknowns: Sequence[str],
    target: str,
    domain: Domain,
) -> SymbolicProblem:
    return SymbolicProblem(
        variables=tuple(Variable(name=name, domain=domain) for name in unknowns),
        constraints=tuple(
            Constraint(relation=parse_expression(f"({left}) == ({right})")) for left, right in pairs
        ),
        target=parse_expression(target),
    )


def _missing(row: AuditRow) -> tuple[Found, ...]:
    """Numbers that the equations need, and neither the text nor everybody has. (Worked steps may
    start from what their words worked out: nothing is missed in them.)"""
    known = set(numbers_in(row.text)) | KNOWN
    shares = {value / 100 for value in known} | {value for value in known if value < 1}
    known |= shares | {100 * share for share in shares if share < 1}
    known |= {1 - share for share in shares} | {1 + share for share in shares if share < 1}
    missing = {
        f"{number} in {written}"
        for written in row.equations
        for number in _LITERAL.findall(written)
        if not any(_is_near(Fraction(number), value) for value in known)
    }
    if not missing:
        return ()
    return (("missing_number", f"the text does not state {', '.join(sorted(missing))}"),)


def _is_near(number: Fraction, value: Fraction) -> bool:
    """Whether the number is the value, or it rounded."""
    return number == value or (number.denominator > 100 and abs(number - value) <= abs(value) / 100)


def _value(expression: Expression) -> Fraction | None:
    """The exact value of an expression of numbers; None where it has none, or an irrational one."""
    if isinstance(expression, Number):
        return expression.value
    problem = SymbolicProblem(
        variables=(Variable(name="x", domain=Domain.REAL),),
        constraints=(Constraint(relation=parse_expression(f"x == ({expression})")),),
        target=parse_expression("x"),
    )
    return solve(problem, steps=False).value


def _is_rounded(value: Fraction, written: str) -> bool:
    """Whether the written number is the value, rounded to the places it has."""
    try:
        return answers(str(value), written)
    except ExpressionError:
        return False


def _is_gold(value: str, gold: str, loose: bool = False) -> bool:
    """Whether the exact value is the gold, or the gold is it rounded or cut off at its last place."""
    try:
        if answers(value, gold):
            return True
        exact, given = Fraction(value), Fraction(gold)
    except ValueError:
        return False
    places = len(gold.partition(".")[2])
    tolerance = Fraction(1, 10**places) if places >= ROUNDED - 1 else Fraction(0)
    if loose:
        tolerance = max(tolerance, CLOSE * max(Fraction(1), abs(given)))
    return abs(exact - given) < tolerance
