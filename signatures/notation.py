"""A symbolic problem in a few short lines, for prompts and for models that write JSON badly.

    pens N+ = 5 pen: pens Ann has at first
    more N+ = 3 pen: pens Ben gives her
    total N+ = ? pen: pens Ann has now
    total == pens + more
    find total

One line a quantity: name, domain, value or `?`, unit, meaning; then one line a relation, and what is
asked for. Formulas go through the expression language's own reader, like everything a model writes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from zoped.symbolic import Domain, SymbolicProblem
from zoped.symbolic.language.parse import MAX_TEXT
from zoped.symbolic.problem import MAX_CONSTRAINTS, MAX_VARIABLES

DOMAINS = {
    Domain.POSITIVE_INTEGER: "N+",
    Domain.NONNEGATIVE_INTEGER: "N",
    Domain.INTEGER: "Z",
    Domain.RATIONAL: "Q",
    Domain.POSITIVE_REAL: "R+",
    Domain.REAL: "R",
}
MAX_LINE = MAX_TEXT  # characters: no line is longer than a formula can be
MAX_LINES = MAX_VARIABLES + MAX_CONSTRAINTS + 1  # of this length, in a whole text
_BY_SIGN = {sign: domain for domain, sign in DOMAINS.items()}
QUERIES = ("minimum", "maximum", "count")
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_SIGN = "|".join(map(re.escape, sorted(_BY_SIGN, key=len, reverse=True)))
_NUMBER = r"[-+]?[$€£]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)(?:\s*/\s*\d+|\s+\d+/\d+)?%?"
_VARIABLE = re.compile(
    rf"(?P<name>[^\W\d]\w*)(?:\s+(?P<domain>{_SIGN}))?\s*=\s*(?P<value>\?|{_NUMBER})"
    rf"(?:\s+(?P<unit>{_QUOTED}|[^:\s\"=<>](?:[^:=<>]*[^:\s=<>])?))?\s*(?:(?P<colon>:)\s*(?P<meaning>.*))?"
)
_ASKED = re.compile(rf"find\s+(?:(?:the\s+)?(?P<query>{'|'.join(QUERIES)})\s+of\s+)?(?P<target>.+)")
_BULLET = re.compile(r"^(?:[-*•]\s+|\d+[.)]\s+)")


class Written(Protocol):
    """A WrittenProblem, which is read by means of this module."""

    @property
    def variables(self) -> Sequence[Any]: ...
    @property
    def constraints(self) -> Sequence[str]: ...
    @property
    def target(self) -> str: ...
    @property
    def query(self) -> str: ...


def as_lines(problem: SymbolicProblem | Written) -> str:
    """The problem in this notation; `from_lines` reads it."""
    lines = []
    for v in problem.variables:
        value = "?" if v.value in (None, "") else str(v.value)
        unit = f" {_phrase(v.unit, ':=<>')}" if v.unit else ""
        meaning = f": {_phrase(v.meaning)}" if v.meaning else ""
        lines.append(f"{v.name} {DOMAINS[v.domain]} = {value}{unit}{meaning}")
    if isinstance(problem, SymbolicProblem):
        lines += map(str, problem.relations)
    else:
        lines += problem.constraints
    query = "" if problem.query == "value" else f"the {problem.query} of "
    return "\n".join([*lines, f"find {query}{problem.target}"])


def from_lines(text: str) -> dict[str, Any]:
    """The fields of a WrittenProblem; nothing in them is read yet. Raises ValueError for a line that
    is none of the notation's, for a text that asks for nothing, and for one over the limits."""
    if len(text) > MAX_LINES * MAX_LINE:
        raise ValueError(
            f"the text has {len(text):,} characters; the limit is {MAX_LINES * MAX_LINE:,}"
        )
    variables: list[dict[str, str]] = []
    constraints: list[str] = []
    asked: re.Match[str] | None = None
    for line in _lines(text):
        if len(line) > MAX_LINE:
            raise ValueError(
                f"the line {line[:80]!r}… has {len(line):,} characters; the limit is {MAX_LINE:,}"
            )
        if match := _ASKED.fullmatch(line):
            if asked is not None:
                raise ValueError(f"{line!r}: one line asks; there is {asked[0]!r} already")
            asked = match
        elif (match := _VARIABLE.fullmatch(line)) and (match["domain"] or match["colon"]):
            variables.append(_variable(match))
        elif "=" in line or "<" in line or ">" in line or "(" in line:
            constraints.append(line)
        else:
            raise ValueError(
                f"{line[:80]!r} is no line of the notation: write `pens N+ = 5 pen: pens Ann has`, a "
                "relation such as `total == pens + more`, or `find total`"
            )
    if asked is None:
        raise ValueError("nothing is asked for: the last line is `find` and an expression")
    return {
        "variables": variables,
        "constraints": constraints,
        "target": asked["target"].strip(),
        "query": asked["query"] or "value",
    }


def _lines(text: str) -> Iterator[str]:
    """The lines that say something, without code fences and list marks."""
    for line in text.split("\n"):
        bare = _BULLET.sub("", line.strip().strip("`").strip())
        if bare and bare not in ("text", "plaintext"):
            yield bare


def _variable(match: re.Match[str]) -> dict[str, str]:
    value = match["value"]
    return {
        "name": match["name"],
        "domain": _BY_SIGN.get(match["domain"] or "", Domain.RATIONAL).value,
        "value": "" if value == "?" else value,
        "unit": _unquoted(match["unit"]),
        "meaning": _unquoted(match["meaning"]),
    }


def _phrase(text: str, ends: str = "") -> str:
    """As it is; in quotes where it would not be read back as it is."""
    plain = text == text.strip() and text.isprintable() and not text.startswith('"')
    if plain and not any(sign in text for sign in ends) and not text.endswith("`"):
        return text
    return json.dumps(text)


def _unquoted(text: str | None) -> str:
    if not text:
        return ""
    text = text.strip()
    if re.fullmatch(_QUOTED, text):
        try:
            return str(json.loads(text))
        except ValueError:
            return text
    return text
