"""No claim of `solve` is refuted by floats or brute force: 2,000 cases, the same ones every time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from tests.symbolic.solving.fuzz import FAMILIES, make, refuted, run
from zoped.symbolic import Solution

CASES = 2_000
TIME_LIMIT = 0.1  # seconds of CPU time: a minute in all; `make fuzz` gives the hard cases more


@pytest.mark.slow
def test_no_claim_is_refuted():
    with ThreadPoolExecutor(2) as pool:
        tried = list(pool.map(partial(run, time_limit=TIME_LIMIT), range(CASES)))
    false = [
        (number, solution.status, solution.answer, why)
        for number, (_, solution, why) in enumerate(tried)
        if why is not None
    ]
    assert false == []
    decided = sum(solution.status not in ("unsupported", "timeout") for _, solution, _ in tried)
    assert decided >= 0.65 * CASES, "a solver that claims nothing would pass"


def test_the_oracle_refutes_false_claims():
    """A unique answer that is one off, and "none" where a solution was planted."""
    off = none = 0
    for number in range(200):
        case = make(number)
        assert case.family in {make(n).family for n in range(len(FAMILIES))}
        if case.planted is not None and case.problem.query == "value":
            assert refuted(case, Solution("none")) is not None
            none += 1
            off += refuted(case, Solution("unique", "123456789/7")) is not None
    assert none > 50 and off > 0.9 * none
