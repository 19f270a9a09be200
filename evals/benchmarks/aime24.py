"""AIME 2024: thirty competition problems whose answers are whole numbers from 0 to 999."""

from zoped.evals.benchmarks.benchmark import Benchmark, whole

BENCHMARK = Benchmark(
    name="aime24",
    paper="American Invitational Mathematics Examination 2024, I and II",
    licence="not stated; the problems are the Mathematical Association of America's",
    repository="HuggingFaceH4/aime_2024",
    revision="2fe88a2f1091d5048c0f36abc874fb997b3dd99a",
    splits=(("test", "train"),),
    read=lambda row: (row["problem"], whole(row["answer"])),
)
