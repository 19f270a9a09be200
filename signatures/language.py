"""The expression language as a teacher is told it, made from the language's own tables."""

from __future__ import annotations

from zoped.signatures.notation import DOMAINS
from zoped.symbolic.language.expression import CONNECTIVES, CONSTANTS, FUNCTIONS, RELATIONS, SERIES
from zoped.symbolic.language.parse import ALSO_NAMES
from zoped.symbolic.problem import MAX_VARIABLES

_TERMS = {"count": "condition"}


def language_text() -> str:
    """What formulas are written with, in a few sentences."""
    functions = ", ".join(_call(name, *limits) for name, limits in sorted(FUNCTIONS.items()))
    reserved = ", ".join(sorted((FUNCTIONS.keys() - ALSO_NAMES) | {*CONSTANTS}))
    return (
        f"Formulas have + - * / ** // %, {' '.join(RELATIONS)}, {', '.join(CONNECTIVES)}, "
        f"`a if x > 3 else b`, {', '.join(CONSTANTS)}, numbers such as 20000, 0.25 or 3/4, and these "
        f"functions alone: {functions}; {', '.join(SERIES)} run over the whole numbers k from first to "
        "last. No lists, sets, |x|, n!, 2x or LaTeX. Each relation holds by itself, and 1 <= x <= 5 is "
        f"one as well. A variable is called neither by a word of Python such as in, is or class nor {reserved}. "
        f"At most {MAX_VARIABLES} variables."
    )


def notation_text() -> str:
    """The lines in which a problem is written, in a few sentences."""
    domains = ", ".join(
        f"{sign} {domain.value.replace('_', ' ')}" for domain, sign in DOMAINS.items()
    )
    return (
        "Write one line a quantity, `name domain = value unit: meaning`, with ? for a value that is not "
        "told and without the unit where there is none; then one line a relation; at last `find` and "
        "what is asked for, or `find the minimum of`, `find the maximum of`, `find the count of`. "
        f"Domains: {domains}."
    )


def _call(name: str, fewest: int, most: int) -> str:
    if name in SERIES:
        return f"{name}({_TERMS.get(name, 'term')}, k, first, last)"
    arguments = "abcdefgh"[:fewest] if fewest < 4 else "ab"
    more = ", ..." if most > 2 and most > fewest else ""
    if most == fewest + 1:
        return f"{name}({', '.join(arguments)}), {name}({', '.join([*arguments, 'base'])})"
    return f"{name}({', '.join(arguments)}{more})"
