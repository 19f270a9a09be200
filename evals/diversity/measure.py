"""The diversity of a set of problems, whoever made it: a text each, and whatever else its rows have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import lgamma, log2
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from zoped.evals.audit.rows import AuditError, raw_rows, symbols_of, text_of
from zoped.evals.diversity.meanings import embedded, is_installed, mean_distance, vendi_score
from zoped.evals.diversity.taxonomy import LEAVES, leaves_of
from zoped.evals.diversity.words import distinct_n, self_bleu
from zoped.evals.held_out import normalized
from zoped.symbolic import SymbolicProblem, fingerprint

CURVE = (10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)


@dataclass(frozen=True)
class Item:
    """A problem: its text and, where they are known, symbols, topic, move and depth."""

    text: str
    symbols: SymbolicProblem | None = None
    topic: str = ""
    move: str = ""
    depth: int | None = None


@dataclass(frozen=True)
class Diversity:
    """Numbers of a set of problems; those that need symbols are over `with_symbols` of them.

    `growth` says how many different structures so many problems drawn at random have on average.
    `leaves`, `topics`, `moves` and `depths` count problems. Entropies are in bits. Distances and
    the Vendi score are over `embedded` texts, None without the embedding model.
    """

    problems: int
    distinct_texts: int
    with_symbols: int
    fingerprints: int
    growth: Mapping[int, float]
    leaves: Mapping[str, int]
    topics: Mapping[str, int]
    moves: Mapping[str, int]
    depths: Mapping[int, int]
    entropy: Mapping[str, float]
    distinct_n: Mapping[int, float]
    self_bleu: float
    embedded: int = 0
    mean_cosine_distance: float | None = None
    vendi_score: float | None = None
    unread: Mapping[str, int] = field(default_factory=dict)

    @property
    def leaf_coverage(self) -> float:
        """The share of the taxonomy's leaves that some problem belongs to."""
        return len(self.leaves) / len(LEAVES)


def load_items(path: Path) -> tuple[list[Item], Counter[str]]:
    """The problems of a JSON Lines or Parquet file, and why symbols in it could not be read. Raises
    AuditError for a row without a text."""
    items, unread = [], Counter[str]()
    for number, row in raw_rows(path):
        text = text_of(row)
        if text is None:
            raise AuditError(f"{path}:{number}: no text in this row")
        symbols, fault = symbols_of(row)
        if fault:
            unread[fault.partition(":")[0]] += 1
        depth = row.get("depth")
        items.append(
            Item(
                text,
                symbols,
                _text(row, "topic") or (symbols.topic if symbols is not None else ""),
                _text(row, "move"),
                depth if isinstance(depth, int) and not isinstance(depth, bool) else None,
            )
        )
    return items, unread


def diversity(
    items: Sequence[Item],
    *,
    embed: int = 2_000,
    sample: int = 200,
    seed: int = 0,
    on_progress: Callable[[int], object] = lambda problems: None,
    unread: Mapping[str, int] | None = None,
) -> Diversity:
    """Measure the problems. Up to `embed` texts, drawn at random, are embedded, where the model is
    installed; `sample` of them are compared by BLEU. `on_progress` is told how many problems more had
    their symbols looked at. Raises ValueError for no problems."""
    if not items:
        raise ValueError("no problems to measure the diversity of")
    structures: Counter[str] = Counter()
    leaves: Counter[str] = Counter()
    for item in items:
        if item.symbols is not None:
            structures[fingerprint(item.symbols)] += 1
            leaves.update(leaves_of(item.symbols))
        on_progress(1)
    texts = [item.text for item in items]
    moves = Counter(item.move for item in items if item.move)
    depths = Counter(item.depth for item in items if item.depth is not None)
    topics = Counter(item.topic for item in items if item.topic)
    vectors = None
    if embed and is_installed():
        chosen = Random(seed).sample(texts, embed) if len(texts) > embed else texts
        vectors = embedded(chosen)
    return Diversity(
        problems=len(items),
        distinct_texts=len({normalized(text) for text in texts}),
        with_symbols=sum(structures.values()),
        fingerprints=len(structures),
        growth=growth(structures.values()),
        leaves={leaf: leaves[leaf] for leaf in LEAVES if leaves[leaf]},
        topics=dict(topics.most_common()),
        moves=dict(moves.most_common()),
        depths=dict(sorted(depths.items())),
        entropy={
            name: entropy(counts.values())
            for name, counts in (
                ("structures", structures),
                ("leaves", leaves),
                ("topics", topics),
                ("moves", moves),
                ("depths", depths),
            )
            if counts
        },
        distinct_n={n: distinct_n(texts, n) for n in (1, 2, 3)},
        self_bleu=self_bleu(texts, sample=sample, seed=seed),
        embedded=0 if vectors is None else len(vectors),
        mean_cosine_distance=None if vectors is None else mean_distance(vectors),
        vendi_score=None if vectors is None else vendi_score(vectors),
        unread=dict(unread or {}),
    )


def entropy(counts: Iterable[int]) -> float:
    """In bits: 0 for one kind, log2(n) for n kinds of one size."""
    listed = [count for count in counts if count]
    total = sum(listed)
    return sum(-count / total * log2(count / total) for count in listed)


def growth(counts: Iterable[int]) -> dict[int, float]:
    """How many kinds so many drawn without replacement have on average (rarefaction, Hurlbert 1971),
    at the sizes of CURVE and at all."""
    sizes = np.array([count for count in counts if count], dtype=np.float64)
    total = int(sizes.sum())
    log_gamma = np.vectorize(lgamma, otypes=[np.float64])
    curve = {}
    for drawn in [*(size for size in CURVE if size < total), *([total] if total else [])]:
        left = total - sizes  # of other kinds
        missed = np.zeros_like(sizes)
        can = left >= drawn
        missed[can] = (
            np.exp(
                log_gamma(left[can] + 1)
                - log_gamma(left[can] - drawn + 1)
                - lgamma(total + 1)
                + lgamma(total - drawn + 1)
            )
            if can.any()
            else 0.0
        )
        curve[drawn] = float((1 - missed).sum())
    return curve


def _text(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""
