"""Well-known test sets, a file each, and their problems: from the Hugging Face hub or a folder."""

from zoped.evals.benchmarks import (
    aime24,
    aime25,
    amc23,
    asdiv,
    gsm8k,
    gsm_hard,
    gsm_plus,
    gsm_symbolic,
    math500,
    mawps,
    svamp,
)
from zoped.evals.benchmarks.averages import AVERAGES
from zoped.evals.benchmarks.benchmark import Benchmark, BenchmarkError, BenchmarkProblem
from zoped.evals.benchmarks.load import DATA_FOLDER, problems_of

BENCHMARKS = {
    benchmark.name: benchmark
    for benchmark in (
        gsm8k.BENCHMARK,
        svamp.BENCHMARK,
        math500.BENCHMARK,
        gsm_hard.BENCHMARK,
        *mawps.BENCHMARKS,
        aime24.BENCHMARK,
        aime25.BENCHMARK,
        amc23.BENCHMARK,
        asdiv.BENCHMARK,
        gsm_plus.BENCHMARK,
        *gsm_symbolic.BENCHMARKS,
    )
}
NAMES = tuple(BENCHMARKS)


def load_benchmark(
    name: str, *, split: str = "test", count: int | None = None, seed: int = 0
) -> list[BenchmarkProblem]:
    """The problems of the split; `count` of them, always the same ones, drawn by `seed`.

    Raises BenchmarkError.
    """
    if name not in BENCHMARKS:
        raise BenchmarkError(f"there is no benchmark {name!r}; there are {', '.join(NAMES)}")
    return problems_of(BENCHMARKS[name], split=split, count=count, seed=seed)


__all__ = [
    "AVERAGES",
    "BENCHMARKS",
    "DATA_FOLDER",
    "NAMES",
    "Benchmark",
    "BenchmarkError",
    "BenchmarkProblem",
    "load_benchmark",
]
