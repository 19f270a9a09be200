"""What an audit can find in a row."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

KINDS = {
    "wrong_gold": "the gold is not the answer of the row's symbols or equations",
    "steps_differ": "the worked steps do not end in the gold",
    "wrong_step": "an equation of numbers is false",
    "several_answers": "the symbols or equations have more than one solution",
    "no_answer": "the symbols or equations have no solution",
    "unreadable_gold": "the gold is no value that can be compared",
    "idle_number": "a number that the answer does not depend on, not marked as a distractor",
    "missing_number": "a number that the solution needs and the text does not state",
    "states_answer": "the text gives the answer away",
    "near_duplicate": "another row says nearly the same",
    "contradiction": "another row has the same text and another answer",
    "overlap": "a benchmark has the text, a variant or a paraphrase of it",
}
"""Every kind of finding, and what it says."""


@dataclass(frozen=True)
class Finding:
    """One fault of one row. `line` counts from 1; `evidence` is what speaks for it, in words."""

    kind: str
    line: int
    id: str
    evidence: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
