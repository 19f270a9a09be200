"""What the worker is answered for a problem that SymPy was asked about."""

from __future__ import annotations

from typing import Any

from zoped.symbolic.language.parse import ExpressionError, parse_expression
from zoped.symbolic.solving.proofs.answer_text import answer_text

Reply = dict[str, Any]


def reply(status: str, answer: str | None = None, detail: str = "") -> Reply:
    return {"status": status, "answer": answer, "backend": "sympy", "detail": detail}


def unique(value: Any) -> Reply:
    """The reply for one exact answer, if the expression language can say it."""
    text = answer_text(value)
    try:
        parse_expression(text)
    except ExpressionError:
        return reply("unsupported", detail=f"{text[:80]} cannot be written as an answer")
    return reply("unique", text)
