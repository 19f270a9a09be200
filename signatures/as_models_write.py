"""What models write in the place of what a schema asks for, where it can mean one thing only.

Servers that enforce a schema let none of it pass; others do. Nothing is guessed: what is not known here
stays, and is told to the teacher as the mistake that it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from zoped.signatures.notation import DOMAINS
from zoped.symbolic import Domain

_NOTHING = frozenset({"?", "none", "null", "unknown", "n/a", "-", "tbd", "???"})
_DOMAINS = {sign: domain.value for domain, sign in DOMAINS.items()} | {
    "positive_whole": Domain.POSITIVE_INTEGER.value,
    "whole": Domain.NONNEGATIVE_INTEGER.value,
    "non_negative_integer": Domain.NONNEGATIVE_INTEGER.value,
    "int": Domain.INTEGER.value,
    "integer>0": Domain.POSITIVE_INTEGER.value,
    "integer>=0": Domain.NONNEGATIVE_INTEGER.value,
    "real>0": Domain.POSITIVE_REAL.value,
    "fraction": Domain.RATIONAL.value,
    "float": Domain.REAL.value,
}
_QUERIES = {"min": "minimum", "max": "maximum", "": "value"}
_FIND = re.compile(r"^(?:find|solve for)\s+(?=\S)", re.IGNORECASE)
_ASKED = re.compile(r"={1,2}\s*\?$")


def one_of(names: Iterable[str], written: Any) -> Any:
    """The name that is meant by `Add Step`, `` `add_step` `` or `add_step: one more step`; what was
    written where it is one of them, or no text, or may be none or several."""
    names = tuple(names)
    if not isinstance(written, str) or written in names:
        return written
    meant = [name for name in names if _bare(name) == _bare(written.partition(":")[0])]
    return meant[0] if len(meant) == 1 else written


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9+]", "", name.lower())


def number_or_chance(written: Any) -> Any:
    """0, which leaves it to chance, for a number that is none: null, "", "any"."""
    if written is None:
        return 0
    if isinstance(written, str) and not re.search(r"\d", written):
        return 0
    return written


def variable_fields(written: Any) -> Any:
    """A variable's fields: no value and no unit are "", a domain is one of the schema's."""
    if not isinstance(written, dict):
        return written
    fields = {"value": "", "unit": "", **written}
    fields |= {name: "" for name in ("unit", "meaning") if fields.get(name, "") is None}
    value = fields["value"]
    if isinstance(value, str) and value.strip().lower() in _NOTHING:
        fields["value"] = ""
    if isinstance(fields.get("domain"), str):
        fields["domain"] = _domain(fields["domain"])
    return fields


def _domain(written: str) -> str:
    if written.strip() in _DOMAINS:
        return _DOMAINS[written.strip()]
    plain = " ".join(written.lower().split())
    name = re.sub(r"[ -]+", "_", re.sub(r" ?(>=?) ?", r"\1", plain))
    name = re.sub(r"_numbers?$|(?<=[a-z])s$", "", name)
    return _DOMAINS.get(name, name if name in {domain.value for domain in Domain} else written)


def problem_fields(written: dict[str, Any]) -> dict[str, Any]:
    """A problem's fields: lists where one text or an object by name was written, formulas without a frame."""
    fields = dict(written)
    variables = fields.get("variables")
    if isinstance(variables, dict) and all(isinstance(v, dict) for v in variables.values()):
        fields["variables"] = [{"name": name, **v} for name, v in variables.items()]
    if isinstance(fields.get("constraints"), str):
        fields["constraints"] = [c for c in re.split(r"[\n;]", fields["constraints"]) if c.strip()]
    if isinstance(fields.get("constraints"), list):
        fields["constraints"] = [_formula(c) for c in fields["constraints"]]
    if isinstance(fields.get("target"), str):
        fields["target"] = _ASKED.sub("", _FIND.sub("", _formula(fields["target"]))).rstrip()
    if isinstance(fields.get("query"), str):
        query = fields["query"].strip().lower()
        fields["query"] = _QUERIES.get(query, query)
    return fields


def _formula(written: Any) -> Any:
    """Without the dollar signs of LaTeX around it."""
    if not isinstance(written, str):
        return written
    bare = written.strip()
    framed = len(bare) > 2 and bare[0] == bare[-1] == "$" and "$" not in bare[1:-1]
    return bare[1:-1].strip() if framed else written
