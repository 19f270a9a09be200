"""AIME 2025: thirty competition problems whose answers are whole numbers from 0 to 999."""

from zoped.evals.benchmarks.benchmark import Benchmark, whole


def _number(answer: object) -> str:
    """One published answer has its unit, 336^\\circ."""
    return whole(str(answer).partition("^")[0])


BENCHMARK = Benchmark(
    name="aime25",
    paper="American Invitational Mathematics Examination 2025, I and II",
    licence="not stated; the problems are the Mathematical Association of America's",
    repository="math-ai/aime25",
    revision="563bb8404243c5f09de6ec262f2db674fe5bce9b",
    read=lambda row: (row["problem"], _number(row["answer"])),
)
