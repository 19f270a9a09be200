"""The worker process of `zoped.evals.answers.math_verify`: a JSON line in, a JSON line out."""

from __future__ import annotations

import json
import logging
import sys

from zoped.symbolic.solving.backend_worker import set_memory_limit

MEMORY_LIMIT_MB = 1024


def verdict(answer: str, gold: str, *, completion: bool = False) -> bool:
    """Whether math-verify holds the answer for the gold one; both are taken as LaTeX, or the first as
    a `completion` in which math-verify looks for the answer.

    Only its LaTeX reader is used, which has a grammar; its reader of plain expressions hands the
    text to Python's `eval`.
    """
    from math_verify import LatexExtractionConfig, parse, verify

    texts = (f"${gold.strip('$ ')}$", answer if completion else f"${answer.strip('$ ')}$")
    wanted, given = (
        parse(text, [LatexExtractionConfig()], parsing_timeout=None)  # type: ignore[arg-type]
        for text in texts
    )
    return bool(wanted and given and verify(wanted, given, timeout_seconds=None))


def main() -> None:
    logging.disable(logging.CRITICAL)
    verdict("x = 1", "x = 1")  # imports SymPy and the grammar before the first clock runs
    set_memory_limit(MEMORY_LIMIT_MB)
    print("{}", flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            right = verdict(
                request["answer"], request["gold"], completion=request.get("completion", False)
            )
        except Exception:  # noqa: BLE001
            # Whatever it raises, the answer was not shown to be right.
            right = False
        print(json.dumps({"right": right}), flush=True)


if __name__ == "__main__":
    main()
