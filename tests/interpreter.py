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
