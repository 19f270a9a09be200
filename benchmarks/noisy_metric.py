"""A plain `dspy.Predict` tuned under a noisy metric: `dspy.GEPA`, the same with `PairedGain`, and
`RacedInstructions`, each for the same number of metric calls.

    python -m benchmarks.noisy_metric 2> /dev/null | grep -v "it/s" > benchmarks/results/noisy_metric.txt

The task is to label support tickets. The models are simulated behind a real local server, so that what an
instruction is truly worth is known: each of 24 sentences that it may hold moves the chance of a right label by a
weight that is drawn anew for every seed, and every answer is drawn. The reflecting model knows nothing: it adds a
sentence, drops one, or puts one in the place of another. So what differs between the ways is the choosing alone.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import threading
from itertools import count
from math import exp
from random import Random
from statistics import fmean, stdev

os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")

import dspy

from tests.openai_server import API_KEY, MODEL, openai_server
from zoped.optimizers import PairedGain
from zoped.optimizers.noisy import RacedInstructions

SENTENCES = [f"Rule {letter}: weigh {letter} first." for letter in "ABCDEFGHIJKLMNOPQRSTUVWX"]
LABELS = ("billing", "delivery", "login")
TRAIN, FRESH, TEST = 40, 30, 300  # tickets
START = "Label the ticket."


class World:
    """What is true for one seed: what sentences and tickets are worth, and who answers."""

    def __init__(self, seed: int) -> None:
        rng = Random(f"world-{seed}")
        self.weights = {sentence: rng.gauss(0, 0.5) for sentence in SENTENCES}
        numbers = range(TRAIN + FRESH + TEST)
        self.labels = {f"Ticket {n}.": rng.choice(LABELS) for n in numbers}
        self.ease = {ticket: rng.gauss(0, 1) for ticket in self.labels}
        self._rng = Random(f"answers-{seed}")
        self._lock = threading.Lock()
        self._drawn = count()

    def chance(self, instruction: str, ticket: str) -> float:
        score = sum(w for sentence, w in self.weights.items() if sentence in instruction)
        return 1 / (1 + exp(-(score + self.ease[ticket])))

    def worth(self, instruction: str) -> float:
        """The true accuracy on tickets that nothing was tuned on."""
        return fmean(self.chance(instruction, t) for t in list(self.labels)[-TEST:])

    def examples(self) -> list[dspy.Example]:
        return [
            dspy.Example(ticket=t, label=label).with_inputs("ticket")
            for t, label in list(self.labels.items())[: TRAIN + FRESH]
        ]

    def reply(self, body: dict) -> str:
        with self._lock:
            text = "\n".join(m["content"] for m in body["messages"])
            if "new_instruction" in text:
                return json.dumps(
                    {"new_instruction": self._rewritten(body["messages"][-1]["content"])}
                )
            ticket = next(t for t in self.labels if t in body["messages"][-1]["content"])
            right = self._rng.random() < self.chance(text, ticket)
            label = self.labels[ticket]
            if not right:
                label = self._rng.choice([other for other in LABELS if other != label])
            return f"[[ ## label ## ]]\n{label}\n\n[[ ## completed ## ]]"

    def _rewritten(self, text: str) -> str:
        present = [s for s in SENTENCES if s in text]
        absent = [s for s in SENTENCES if s not in present]
        if present and self._rng.random() < 0.4:
            present.remove(self._rng.choice(present))
        return " ".join([START, *present, self._rng.choice(absent)])


def metric(example, made, trace=None, name=None, name_trace=None) -> float:
    return float(made.label == example.label)


def lms(url: str) -> tuple[dspy.LM, dspy.LM]:
    made = [
        dspy.LM(
            f"openai/{MODEL}",
            api_base=url,
            api_key=API_KEY,
            temperature=1.0,
            cache=False,
            model_type="chat",
        )
        for _ in range(2)
    ]
    return made[0], made[1]


def tuned(way: str, seed: int, calls: int) -> tuple[float, float, int]:
    """True worth before and after, and the requests that were answered."""
    world = World(seed)
    with openai_server(world.reply) as server:
        task, reflecting = lms(server.url)
        examples = world.examples()
        train, fresh = examples[:TRAIN], examples[TRAIN:]
        program = dspy.Predict(dspy.Signature("ticket -> label", START))
        shared = {"metric": metric, "max_metric_calls": calls, "reflection_lm": reflecting}
        if way == "RacedInstructions":
            optimizer = RacedInstructions(**shared, random_seed=seed, num_threads=1)
        else:
            own = {"reflection_minibatch_size": 8} if "PairedGain" in way else {}
            kwargs = {"acceptance_criterion": PairedGain()} if own else {}
            optimizer = dspy.GEPA(
                **shared, **own, gepa_kwargs=kwargs, seed=seed, num_threads=1, use_merge=False
            )
        with dspy.context(lm=task):
            best = optimizer.compile(program, trainset=train, valset=fresh)
        return world.worth(START), world.worth(best.signature.instructions), len(server.requests)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=250)
    parser.add_argument("--seeds", type=int, default=10)
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    print(f"$ python -m benchmarks.noisy_metric --calls {options.calls} --seeds {options.seeds}")
    print(f"true accuracy after {options.calls} metric calls, in points above the start's\n")
    ways = ("GEPA", "GEPA with PairedGain", "RacedInstructions")
    gains: dict[str, list[float]] = {way: [] for way in ways}
    requests: dict[str, list[int]] = {way: [] for way in ways}
    print("seed  " + "  ".join(f"{way:>20}" for way in ways))
    for seed in range(options.seeds):
        for way in ways:
            before, after, asked = tuned(way, seed, options.calls)
            gains[way].append(100 * (after - before))
            requests[way].append(asked)
        print(f"{seed:4}  " + "  ".join(f"{gains[way][-1]:+20.1f}" for way in ways), flush=True)
    print()
    for way in ways:
        mean, error = mean_and_error(gains[way])
        asked = fmean(requests[way])
        print(f"{way}: {mean:+.1f} (standard error {error:.1f}), {asked:.0f} requests in all")
    for way in ways[1:]:
        mean, error = mean_and_error(
            [a - b for a, b in zip(gains[way], gains["GEPA"], strict=True)]
        )
        print(f"{way} over GEPA, paired: {mean:+.1f} (standard error {error:.1f})")


def mean_and_error(values: list[float]) -> tuple[float, float]:
    return fmean(values), stdev(values) / len(values) ** 0.5


if __name__ == "__main__":
    main()
