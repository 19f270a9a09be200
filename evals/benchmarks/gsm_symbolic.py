"""GSM-Symbolic: 100 problems of GSM8K as templates, fifty instances of each; P1 and P2 have one and
two clauses more.

Instances of one template are alike: an interval that takes them for independent is too narrow.
"""

from zoped.evals.benchmarks.benchmark import Benchmark, after_hashes

BENCHMARKS = tuple(
    Benchmark(
        name=name,
        paper="Mirzadeh et al. 2024, arXiv 2410.05229",
        licence="CC BY-NC-ND 4.0",
        repository="apple/GSM-Symbolic",
        revision="93b5b3758d9d9841ffe81d6cd2ae2b030685b078",
        subset=subset,
        read=lambda row: (row["question"], after_hashes(row["answer"])),
    )
    for name, subset in (
        ("gsm_symbolic", "main"),
        ("gsm_symbolic_p1", "p1"),
        ("gsm_symbolic_p2", "p2"),
    )
)
