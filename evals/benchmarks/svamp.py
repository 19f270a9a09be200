"""SVAMP: 300 one-step problems in which small changes of the text change the operation."""

from zoped.evals.benchmarks.benchmark import Benchmark

BENCHMARK = Benchmark(
    name="svamp",
    paper="Patel et al. 2021, arXiv 2103.07191",
    licence="MIT",
    repository="ChilleD/SVAMP",
    revision="5e0bf1e5e7c0e9c4bc39180d224f41f3f801b7ef",
    splits=(("test", "test"), ("train", "train")),
    read=lambda row: (f"{row['Body'].rstrip(' .')}. {row['Question']}", row["Answer"]),
)
