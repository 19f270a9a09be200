"""Variety of wording: distinct n-grams, and how like each other texts are by BLEU."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from math import exp, log
from random import Random

_TOKEN = re.compile(r"\w+|[^\w\s]")


def distinct_n(texts: Sequence[str], n: int) -> float:
    """Different n-grams as a share of all of them (Li et al. 2016, arXiv 1510.03055). It falls with
    the number of texts: compare sets of one size.

    >>> distinct_n(["a b a b"], 2)
    0.6666666666666666
    """
    grams = [gram for text in texts for gram in _grams(_TOKEN.findall(text.lower()), n)]
    return len(set(grams)) / len(grams) if grams else 0.0


def self_bleu(texts: Sequence[str], *, sample: int = 200, seed: int = 0) -> float:
    """The mean BLEU-4 of a text against all the others, from 0 (nothing in common) to 1 (Zhu et al.
    2018, Texygen, arXiv 1802.01886), over a random sample of the texts; 0 for fewer than two."""
    chosen = list(texts)
    if len(chosen) > sample:
        chosen = Random(seed).sample(chosen, sample)
    if len(chosen) < 2:
        return 0.0
    tokens = [_TOKEN.findall(text.lower()) for text in chosen]
    counts = [[Counter(_grams(one, n)) for n in range(1, 5)] for one in tokens]
    # Of each n-gram the two largest counts: the largest among the others is one of them.
    most: list[dict[tuple[str, ...], list[int]]] = [{} for _ in range(4)]
    for own in counts:
        for n in range(4):
            for gram, count in own[n].items():
                kept = most[n].setdefault(gram, [0, 0])
                if count > kept[0]:
                    kept[:] = [count, kept[0]]
                elif count > kept[1]:
                    kept[1] = count
    lengths = [len(one) for one in tokens]
    scores = [_bleu(own, most, i, lengths) for i, own in enumerate(counts)]
    return sum(scores) / len(scores)


def _bleu(
    own: Sequence[Counter[tuple[str, ...]]],
    most: Sequence[dict[tuple[str, ...], list[int]]],
    place: int,
    lengths: Sequence[int],
) -> float:
    """BLEU-4 with the nearest length's brevity penalty; counts of 0 are smoothed by one half."""
    logs = 0.0
    for n in range(4):
        total = sum(own[n].values())
        if not total:
            continue
        matched = 0
        for gram, count in own[n].items():
            largest, second = most[n][gram]
            among_others = second if count == largest else largest
            matched += min(count, among_others)
        logs += log(max(matched, 0.5) / total) / 4
    length = lengths[place]
    others = [other for i, other in enumerate(lengths) if i != place]
    nearest = min(others, key=lambda other: (abs(other - length), other))
    brevity = 0.0 if length >= nearest else 1 - nearest / max(1, length)
    return exp(logs + brevity)


def _grams(tokens: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return [tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1)]
