"""A SymPy number as text of the expression language: e is `exp(1)`, nothing is rounded."""

from __future__ import annotations

from typing import Any

from sympy.printing.str import StrPrinter


class _Printer(StrPrinter):  # type: ignore[misc]  # SymPy has no types
    def _print_Exp1(self, _: Any) -> str:
        return "exp(1)"

    def _print_Abs(self, term: Any) -> str:
        return f"abs({self._print(term.args[0])})"

    def _print_Max(self, term: Any) -> str:
        return f"max({', '.join(map(self._print, term.args))})"

    def _print_Min(self, term: Any) -> str:
        return f"min({', '.join(map(self._print, term.args))})"


def answer_text(term: Any) -> str:
    """Text that `parse_expression` reads back to the same value, where it can be said at all."""
    return str(_Printer().doprint(term))
