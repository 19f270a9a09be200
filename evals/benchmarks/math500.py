"""MATH-500: 500 competition problems of MATH's test set, with answers in LaTeX."""

from zoped.evals.benchmarks.benchmark import Benchmark, columns

BENCHMARK = Benchmark(
    name="math500",
    paper="Hendrycks et al. 2021, arXiv 2103.03874; the 500 of Lightman et al. 2023, arXiv 2305.20050",
    licence="MIT",
    repository="HuggingFaceH4/MATH-500",
    revision="6e4ed1a2a79af7d8630a6b768ec859cb5af4d3be",
    read=columns("problem", "answer"),
    rule="the answer in the last \\boxed{} is the gold one: by exact value, or the same expression, "
    "interval, set, tuple or word (docs/training.md, Rewards)",
)
