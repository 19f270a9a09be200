"""Which seeds formalize from recorded replies of a capable model, in how many calls, and why not.

    python -m benchmarks.formalization > benchmarks/results/formalization.txt

The replies lie beside the data sets (`ZOPED_DATA`); a server on loopback gives them one after the
other, the last for ever. Only formalizing is asked.
"""

from __future__ import annotations

import os
import time

import dspy

from tests.openai_server import API_KEY, openai_server
from tests.replayed import REPLIES, Replayed
from zoped.programs import GenerateProblem, load_seeds
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.load import load_teacher


def main() -> None:
    seeds = load_seeds(REPLIES / "seeds.jsonl")
    # No step that decides: the operator named applies to nothing, so no teacher is asked for it.
    program = GenerateProblem(operators=["remove_distractor"], variants=1, time_limit=5)
    print(f"python -m benchmarks.formalization, {os.cpu_count()} cores")
    done, calls, started = 0, 0, time.monotonic()
    with openai_server(Replayed().reply) as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        for seed in seeds:
            teacher = TeacherCalls(lm.copy(num_retries=0), adapter=dspy.JSONAdapter())
            outcome = program(seed=seed, teacher=teacher)
            asked = sum("`formalization`" in prompt for prompt in server.prompts())
            server.requests.clear()
            done += outcome.symbols is not None
            calls += asked
            if outcome.symbols is None:
                why = outcome.rejected[-1]
                print(f"{seed.id}: {why.reason}: {why.detail} ({asked} calls)")
            elif asked > 1:
                print(f"{seed.id}: formalized in {asked} calls")
    seconds = time.monotonic() - started
    print(f"{done} of {len(seeds)} seeds formalized, {calls} calls, {seconds:.0f} s with checking")


if __name__ == "__main__":
    main()
