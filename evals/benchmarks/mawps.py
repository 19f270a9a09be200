"""The sets of MAWPS: addition and subtraction, several steps, one equation, one operation.

Of three of them the hub has no copy in the form of `datasets` that could be told to be whole: they
are read from a folder.
"""

from zoped.evals.benchmarks.benchmark import Benchmark, columns

PAPER = "Koncel-Kedziorski et al. 2016, NAACL"
LICENCE = "not stated"

BENCHMARKS = (
    Benchmark(
        name="mawps_multiarith",
        paper=PAPER,
        licence=LICENCE,
        repository="ChilleD/MultiArith",
        revision="144d44c3fb87c0b9097ac9593c789e716a282e3e",
        splits=(("test", "test"), ("train", "train")),
        read=columns("question", "final_ans"),
    ),
    *(
        Benchmark(name=name, paper=PAPER, licence=LICENCE, read=columns("question", "answer"))
        for name in ("mawps_addsub", "mawps_singleeq", "mawps_singleop")
    ),
)
