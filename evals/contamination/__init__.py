"""Contamination: what a new problem shares with what a student is tested on."""

from zoped.evals.contamination.passages import Passages
from zoped.evals.contamination.similar import SimilarTexts
from zoped.evals.contamination.tested import (
    ContaminationError,
    Overlap,
    TestedText,
    TestedTexts,
    available_benchmarks,
    benchmark_texts,
    texts_of,
)

__all__ = [
    "ContaminationError",
    "Overlap",
    "Passages",
    "SimilarTexts",
    "TestedText",
    "TestedTexts",
    "available_benchmarks",
    "benchmark_texts",
    "texts_of",
]
