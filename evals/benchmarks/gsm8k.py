"""GSM8K: 1,319 grade-school word problems of two to eight steps (and 7,473 to train on)."""

from zoped.evals.benchmarks.benchmark import Benchmark, after_hashes

BENCHMARK = Benchmark(
    name="gsm8k",
    paper="Cobbe et al. 2021, arXiv 2110.14168",
    licence="MIT",
    repository="openai/gsm8k",
    revision="740312add88f781978c0658806c59bc2815b9866",
    subset="main",
    splits=(("test", "test"), ("train", "train")),
    read=lambda row: (row["question"], after_hashes(row["answer"])),
)
