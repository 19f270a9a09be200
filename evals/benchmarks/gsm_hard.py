"""GSM-Hard: GSM8K's test set with large numbers in the place of small ones.

A program made the answers, so that some are absurd: people below nothing, thirds of a child.
"""

from zoped.evals.benchmarks.benchmark import Benchmark, columns

BENCHMARK = Benchmark(
    name="gsm_hard",
    paper="Gao et al. 2023 (PAL), arXiv 2211.10435",
    licence="MIT (data set card); Apache-2.0 (repository)",
    repository="reasoning-machines/gsm-hard",
    revision="960448f73503112d4226baeb8eb41d3fb5ae2506",
    splits=(("test", "train"),),
    read=columns("input", "target"),
)
