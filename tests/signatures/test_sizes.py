"""What a model writes is read in time that grows with its size, also where it is made to be slow."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from itertools import product
from typing import Any

import pytest
from dspy.utils.exceptions import AdapterParseError

from zoped.evals.answers.grade import grade
from zoped.programs.teachers.notation import CompactAdapter
from zoped.signatures import FormalizeProblem, MutationChoice, WrittenProblem, from_lines
from zoped.signatures.notation import MAX_LINE, MAX_LINES

SIZE = 30_000  # characters; a pattern of quadratic time takes seconds for them
LIMIT = 1.0  # seconds of CPU time
BEGINS = ("", "x N = 5 a", "x = 5: ", 'x N = 5 "', "find ", "1", "The answer is ")
REPEATED = (*" \n1a=>-$(_.", "1,", "1 ", '\\"', "find ", "* ", "x = ", "a\n")
ENDS = ("", "b=", "?", "!")
TEXTS = [a + b * (SIZE // len(b)) + c for a, b, c in product(BEGINS, REPEATED, ENDS)]
VARIABLE = {"name": "x", "meaning": "", "unit": "", "domain": "real", "value": ""}


def _written(field: str) -> Callable[[str], Any]:
    """Reads a problem that has the text in this field."""

    def read(text: str) -> WrittenProblem:
        problem = {"variables": [VARIABLE], "constraints": [], "target": "x", "query": "value"}
        if field in VARIABLE:
            return WrittenProblem.model_validate(
                problem | {"variables": [VARIABLE | {field: text}]}
            )
        return WrittenProblem.model_validate(problem | {field: text})

    return read


def _chosen(field: str) -> Callable[[str], Any]:
    choice = {"operator": "x", "number": 0}
    return lambda text: MutationChoice.model_validate(choice | {field: text})


READERS = {
    "lines": from_lines,
    "a reply in lines": lambda text: CompactAdapter().parse(FormalizeProblem, text),
    "a completion": lambda text: grade(text, "5"),
    **{field: _written(field) for field in ("target", "query", "constraints", *VARIABLE)},
    **{f"a choice's {field}": _chosen(field) for field in ("operator", "number")},
}


@pytest.mark.parametrize("reader", READERS)
def test_no_text_takes_long_to_be_read_or_refused(reader: str) -> None:
    def seconds(text: str) -> float:
        began = time.thread_time()
        with suppress(ValueError, AdapterParseError):
            READERS[reader](text)
        return time.thread_time() - began

    for text in TEXTS:  # one look for garbage in a large process takes longer than what is limited
        assert any(seconds(text) < LIMIT for _ in range(3)), text[:40]


def test_a_text_and_a_line_over_their_sizes_are_refused() -> None:
    problem = "x N = ?: how many\nx == 2{}\nfind x"
    assert from_lines(problem.format(" " * (MAX_LINE - 8) + "+1"))["target"] == "x"
    with pytest.raises(ValueError, match="2,002 characters; the limit is 2,000"):
        from_lines(problem.format(" " * (MAX_LINE - 6) + "+1"))
    with pytest.raises(ValueError, match="the limit is 142,000"):
        from_lines(problem.format("\n" * (MAX_LINES * MAX_LINE)))
