"""Do equal fingerprints mean equal structure? Checked by graph isomorphism.

    python benchmarks/fingerprints.py [--problems N] > benchmarks/results/fingerprints.txt

Random walks give the problems. A problem becomes a graph (variables, constraints, operations,
ordered arguments), built without anything of symbolic/fingerprint.py; networkx decides whether two
graphs are the same. Within a fingerprint every problem is compared with the first of its group: a
pair that is not isomorphic is a collision. Across fingerprints, problems of equal outline (node
labels counted) are compared: an isomorphic pair is a structure with two fingerprints.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter, defaultdict
from random import Random
from typing import Any

import networkx as nx
from networkx.algorithms.isomorphism import DiGraphMatcher, categorical_node_match

from zoped.programs import builtin_seeds
from zoped.programs.acceptance import Acceptance
from zoped.programs.bulk.random_walk import RandomWalks
from zoped.symbolic import SymbolicProblem
from zoped.symbolic.language.expression import Apply, Number, Symbol

COMMUTES = {"+", "*", "==", "!=", "gcd", "lcm", "min", "max"}
FLAT = {"+", "*"}
PER_GROUP = 20  # problems of a fingerprint that are compared with its first
ACROSS = 20_000  # pairs of equal outline and different fingerprint


def graph(problem: SymbolicProblem) -> nx.DiGraph:
    g: nx.DiGraph = nx.DiGraph()
    ids = iter(range(10**9))

    def node(label: str) -> int:
        name = next(ids)
        g.add_node(name, label=label)
        return name

    variables = {}
    for v in problem.variables:
        if v.value is None:
            kind = f"unknown {v.domain}"
        else:
            kind = f"{'distractor' if v.distractor else 'given'} {v.domain.is_integer}"
        variables[v.name] = node(kind)

    def add(e: Any, bound: dict[str, int]) -> int:
        if isinstance(e, Symbol):
            return bound.get(e.name, variables.get(e.name, -1))
        if isinstance(e, Number):
            return node("number")
        if not isinstance(e, Apply):
            return node(str(e))
        op, arguments = e.operator, list(e.arguments)
        if op in (">", ">="):
            op, arguments = {">": "<", ">=": "<="}[op], arguments[::-1]
        if op in ("sum", "product"):
            term, index, first, last = arguments
            inside = {**bound, str(index): node("index")}
            parts = [add(term, inside), add(first, bound), add(last, bound)]
            arguments = []
        else:
            parts = []
            while arguments:
                argument = arguments.pop(0)
                if op in FLAT and isinstance(argument, Apply) and argument.operator == op:
                    arguments[:0] = argument.arguments
                else:
                    parts.append(add(argument, bound))
        own = node(op)
        for place, part in enumerate(parts):
            # An argument's place is a node of its own, so that x*x is two edges.
            link = node("argument" if op in COMMUTES else f"argument {place}")
            g.add_edge(own, link)
            g.add_edge(link, part)
        return own

    root = node(f"problem {problem.query}")
    for label, expressions in (("target", [problem.target]), ("holds", problem.relations)):
        for expression in expressions:
            link = node(label)
            g.add_edge(root, link)
            g.add_edge(link, add(expression, {}))
    return g


def same(one: nx.DiGraph, two: nx.DiGraph) -> bool:
    return bool(
        DiGraphMatcher(one, two, node_match=categorical_node_match("label", "")).is_isomorphic()
    )


def outline(g: nx.DiGraph) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(nx.get_node_attributes(g, "label").values()).items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problems", type=int, default=100_000)
    options = parser.parse_args()
    seeds = [seed for seed in builtin_seeds() if seed.symbols is not None]
    walker = RandomWalks(seeds, Acceptance(time_limit=0), longest=4, variants=1, random_seed=1)
    groups: dict[str, list[SymbolicProblem]] = defaultdict(list)
    total, first, compared, collisions = 0, 0, 0, 0
    firsts: dict[str, nx.DiGraph] = {}
    start = time.monotonic()
    while total < options.problems:
        made, _ = walker.walks(first, 1_000)
        first += 1_000
        for problem in made[: options.problems - total]:
            total += 1
            group = groups[problem.fingerprint]
            if problem.fingerprint not in firsts:
                firsts[problem.fingerprint] = graph(problem.symbols)
            elif len(group) < PER_GROUP:
                compared += 1
                collisions += not same(firsts[problem.fingerprint], graph(problem.symbols))
                group.append(problem.symbols)
    outlines: dict[tuple[tuple[str, int], ...], list[str]] = defaultdict(list)
    for name, g in firsts.items():
        outlines[outline(g)].append(name)
    pairs = [
        (one, two)
        for names in outlines.values()
        for i, one in enumerate(names)
        for two in names[i + 1 : i + 1 + PER_GROUP]
    ]
    chosen = Random(0).sample(pairs, min(ACROSS, len(pairs)))
    split = sum(same(firsts[one], firsts[two]) for one, two in chosen)
    print(f"$ python benchmarks/fingerprints.py --problems {options.problems}")
    print(f"{os.cpu_count()} cores, {(time.monotonic() - start) / 60:.1f} min")
    print(f"{total:,} problems, {len(firsts):,} fingerprints")
    print(f"{compared:,} pairs of one fingerprint: {collisions} are of different structure")
    print(
        f"{len(chosen):,} pairs of different fingerprints and equal outline: {split} are the same"
    )


if __name__ == "__main__":
    main()
