"""How much work a call is, counted in lines of Python: the same on every machine, unlike seconds."""

import sys
from collections.abc import Callable


def lines_of(call: Callable[[], object]) -> int:
    count = 0

    def trace(frame, event, argument):
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    finally:
        sys.settrace(before)
    return count


def depth_of(call: Callable[[], object]) -> int:
    """How many Python functions are under way at most, one inside the other."""
    now = deepest = 0

    def trace(frame, event, argument):
        nonlocal now, deepest
        now += {"call": 1, "return": -1}.get(event, 0)
        deepest = max(deepest, now)

    before = sys.getprofile()
    sys.setprofile(trace)
    try:
        call()
    finally:
        sys.setprofile(before)
    return deepest
