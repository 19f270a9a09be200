"""AMC 2023: forty problems of the AMC 12, asked without their choices; the answers are numbers."""

from zoped.evals.benchmarks.benchmark import Benchmark, columns

BENCHMARK = Benchmark(
    name="amc23",
    paper="American Mathematics Competitions 12, 2023, A and B",
    licence="not stated; the problems are the Mathematical Association of America's",
    repository="math-ai/amc23",
    revision="80815d37005feb82cd7f8fbc6901d5d3eff43057",
    read=columns("question", "answer"),
)
