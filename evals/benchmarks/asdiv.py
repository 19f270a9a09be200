"""ASDiv: 2,305 elementary problems of many kinds and wordings.

Its answers carry their unit, "9 (apples)", which is left out; some are a word or a ratio.
"""

from zoped.evals.benchmarks.benchmark import Benchmark

BENCHMARK = Benchmark(
    name="asdiv",
    paper="Miao et al. 2020, arXiv 2106.15772",
    licence="CC BY-NC 4.0",
    repository="EleutherAI/asdiv",
    revision="8f95807222d87b4c688c3c22a6ba2801e1fa03e2",
    subset="asdiv",
    splits=(("test", "validation"),),
    read=lambda row: (
        f"{row['body'].strip()} {row['question'].strip()}".strip(),
        row["answer"].partition(" (")[0],
    ),
)
