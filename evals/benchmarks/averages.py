"""Averages over several benchmarks, each of which counts alike."""

# What arXiv 2602.19187 (Yeo et al. 2026) is measured on: "GSM8K, GSM-Sym, Sym-p1/p2, MATH-500, and GSM-Plus".
PAPER = (
    "gsm8k",
    "gsm_symbolic",
    "gsm_symbolic_p1",
    "gsm_symbolic_p2",
    "math500",
    "gsm_plus",
)
MAWPS = ("mawps_addsub", "mawps_multiarith", "mawps_singleeq", "mawps_singleop")

AVERAGES = {"paper": PAPER, "mawps": MAWPS}
"""By the name under which they can be asked for in the place of their benchmarks."""
