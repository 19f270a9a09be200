"""One-sided limits from SymPy, believed only where rigorous values on the way bear them out.

SymPy's `limit` is a heuristic and then Gruntz's algorithm, and both have been wrong. A limit that a
proof rests on must be approached: intervals around the values at three places nearer and nearer to
the end show that the distance from the limit shrinks, or that the values grow without a sign of
settling. Otherwise the limit is not used.
"""

from __future__ import annotations

from typing import Any

import sympy
from mpmath import iv

from zoped.symbolic.solving.proofs.intervals import (
    DIGITS,
    Undecided,
    enclosed_at,
    enclosed_number,
    rational_end,
)

_NEARER = (15, 30, 60)  # the places lie at 2**k, or 2**-k before a finite end
_SETTLED = 1e-9
_SHRINKS, _GROWS = 0.99, 1.01  # 1/log(x) and log(log(x)) are slower than anything asked here


def one_sided_limit(term: Any, x: Any, end: Any, side: str) -> Any:
    """The limit of the term, a real number or an infinity; raises Undecided."""
    try:
        if end is -sympy.oo:  # there SymPy 1.14 has oo for 2**x
            limit = sympy.limit(term.subs(x, -x), x, sympy.oo)
        else:
            limit = sympy.limit(term, x, end, side)
    except (NotImplementedError, ValueError, TypeError):
        raise Undecided from None
    if limit not in (sympy.oo, -sympy.oo):
        if not limit.is_number or not limit.is_finite or limit.is_real is False:
            raise Undecided
    if not is_approached(term, x, end, side, limit):
        raise Undecided
    return limit


def is_approached(term: Any, x: Any, end: Any, side: str, limit: Any) -> bool:
    """Whether values that intervals enclose come nearer to the limit towards the end."""
    if not term.has(x):
        return bool(sympy.expand(term - limit) == 0)
    places = [_place(end, side, k) for k in _NEARER]
    for digits in DIGITS[1:]:
        values = [enclosed_at(term, x, (p, p), digits) for p in places]
        if any(v is None for v in values):
            continue
        if limit in (sympy.oo, -sympy.oo):
            sign = 1 if limit is sympy.oo else -1
            sizes = [sign * v for v in values]
            if sizes[0].b < sizes[1].a and sizes[1].a > 0 and sizes[2].a > _GROWS * sizes[1].b:
                return True
            continue
        around = enclosed_number(limit, digits)
        if around is None:
            return False
        iv.dps = digits
        gaps = [abs(v - around) for v in values]
        if gaps[2].b < _SETTLED * (1 + abs(around).b) and gaps[2].a <= gaps[1].b:
            return True
        if gaps[2].b < _SHRINKS * gaps[1].a and gaps[1].b < gaps[0].a:
            return True
    return False


def _place(end: Any, side: str, k: int) -> Any:
    """A rational 2**-k before the end, or at 2**k on the way to an infinite one."""
    if end.is_infinite:
        return (1 if end is sympy.oo else -1) * sympy.Integer(2) ** k
    if not end.is_Rational:
        around = enclosed_number(end, DIGITS[1])
        if around is None:
            raise Undecided
        end = rational_end(around.a if side == "-" else around.b)
    return end + (1 if side == "+" else -1) * sympy.Rational(1, 2**k)
