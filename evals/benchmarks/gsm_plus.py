"""GSM-Plus: eight changes to each problem of GSM8K's test set.

One of the eight ("critical thinking") leaves out a number that is needed and has the answer "None":
no answer could be checked, and those rows are not asked.
"""

from typing import Any

from zoped.evals.benchmarks.benchmark import BY_VALUE, Benchmark, Row


def _read(row: Row) -> tuple[Any, Any] | None:
    question, answer = row["question"], row["answer"]
    return None if answer is None or str(answer).strip().lower() == "none" else (question, answer)


BENCHMARK = Benchmark(
    name="gsm_plus",
    paper="Li et al. 2024, arXiv 2402.19255",
    licence="CC BY-SA 4.0",
    repository="qintongli/GSM-Plus",
    revision="3b708db57b96a16e8e3368ed2956990c0809440e",
    read=_read,
    rule=f"{BY_VALUE}; questions without an answer are left out",
)
