"""How often the grader misses an answer that is equivalent, and takes one that is not.

python benchmarks/grader_equivalents.py [--pairs 4000]: random values (whole numbers, fractions, surds, multiples of pi,
logarithms, powers of e, tuples, sets, polynomials) are written twice by SymPy's printers, which know nothing of
the grader: plain and LaTeX, with other signs for products, expanded, factored and put over one
denominator, as a decimal where it is exact, framed as models frame answers. Then the same with another value.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter
from collections.abc import Callable
from random import Random

import sympy as sp

from zoped.evals.answers.grade import grade

X = sp.Symbol("x")
FRAMES = (
    "\\boxed{{{}}}",
    "The answer is ${}$.",
    "So we get\n\\[ \\boxed{{{}}} \\]",
    "#### {}",
    "<answer>{}</answer>",
    "**Final answer:** ${}$",
    "Therefore, the final answer is $\\boxed{{{}}}$.",
)


def fraction(rng: Random) -> sp.Expr:
    return sp.Rational(rng.randrange(-200, 201), rng.randrange(2, 60))


def surd(rng: Random) -> sp.Expr:
    return fraction(rng) + rng.choice((-3, -2, -1, 1, 2, 5)) * sp.sqrt(rng.choice((2, 3, 5, 7, 12)))


def polynomial(rng: Random) -> sp.Expr:
    return sp.prod(
        (rng.choice((1, 2, 3)) * X + rng.randrange(-9, 10)) for _ in range(2)
    ) + rng.randrange(5)


KINDS: dict[str, Callable[[Random], object]] = {
    "whole number": lambda rng: sp.Integer(rng.choice((rng.randrange(-99, 100), rng.randrange(10**4, 10**8)))),
    "fraction": fraction,
    "decimal": lambda rng: sp.Rational(rng.randrange(-99_999, 99_999), rng.choice((10, 100, 1000, 8, 40))),
    "surd": surd,
    "multiple of pi": lambda rng: fraction(rng) * sp.pi,
    "logarithm": lambda rng: fraction(rng) * sp.log(rng.choice((2, 3, 5, 7))),
    "power of e": lambda rng: rng.choice((1, 2, -3)) * sp.exp(sp.Rational(rng.randrange(-5, 6), rng.choice((1, 2, 3)))),
    "polynomial": polynomial,
    "tuple": lambda rng: (fraction(rng), sp.Integer(rng.randrange(-20, 20))),
    "set": lambda rng: {sp.Integer(n) for n in rng.sample(range(-30, 30), 3)},
}  # fmt: skip


def another(value: object, rng: Random) -> object:
    """Near, and not the same."""
    if isinstance(value, tuple):
        return (value[0], value[1] + rng.choice((-1, 1)))
    if isinstance(value, set):
        return {*list(value)[1:], sp.Integer(77)}
    assert isinstance(value, sp.Expr)
    return rng.choice(
        (value + 1, -value if value else value + 2, value * 2 if value else value + 3)
    )


def written(value: object, rng: Random) -> str:
    if isinstance(value, tuple):
        left, right = rng.choice((("(", ")"), ("\\left(", "\\right)")))
        return f"{left}{', '.join(written(part, rng) for part in value)}{right}"
    if isinstance(value, set):
        parts = rng.sample(sorted(value), len(value))
        return f"\\{{{', '.join(str(part) for part in parts)}\\}}"
    assert isinstance(value, sp.Expr)
    form = rng.choice((lambda e: e, sp.expand, sp.factor, sp.together))(value)
    if isinstance(form, sp.Integer) and rng.random() < 0.4:
        return rng.choice(
            (f"{int(form):,}", f"{int(form)}.0", f"{int(form):,}".replace(",", "{,}"))
        )
    if isinstance(form, sp.Rational) and rng.random() < 0.4:
        if set(sp.factorint(form.q)) <= {2, 5}:
            return f"{sp.N(form, 20):.12f}".rstrip("0").rstrip(".")
    if rng.random() < 0.3:
        return str(form)
    return sp.latex(
        form,
        fold_short_frac=rng.random() < 0.2,
        mul_symbol=rng.choice((None, "dot", "times")),
        ln_notation=True,
        root_notation=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pairs", type=int, default=4_000)
    parser.add_argument("--show", type=int, default=0, help="mistakes to print")
    options = parser.parse_args()
    rng = Random(0)
    counts: Counter[tuple[str, str]] = Counter()
    shown: list[str] = []
    start = time.process_time()
    for number in range(options.pairs):
        kind = list(KINDS)[number % len(KINDS)]
        value = KINDS[kind](rng)
        gold = str(value) if isinstance(value, sp.Expr) else written(value, rng)
        for name, given, expected in (("same", value, 1.0), ("other", another(value, rng), 0.0)):
            text = rng.choice(FRAMES).format(written(given, rng))
            counts[kind, name] += 1
            if grade(text, gold) != expected:
                counts[kind, f"{name}, mistaken"] += 1
                shown.append(f"{kind}: {name}: gold {gold!r}, {text!r}")
    print(
        f"python benchmarks/grader_equivalents.py --pairs {options.pairs}; {os.cpu_count()} cores\n"
    )
    print(f"{'value':<16}{'equivalent':>12}{'missed':>8}{'different':>12}{'taken':>8}")
    totals: Counter[str] = Counter()
    for kind in KINDS:
        row = [
            counts[kind, each] for each in ("same", "same, mistaken", "other", "other, mistaken")
        ]
        totals.update(dict(zip("abcd", row, strict=True)))
        print(f"{kind:<16}{row[0]:>12}{row[1]:>8}{row[2]:>12}{row[3]:>8}")
    a, b, c, d = (totals[each] for each in "abcd")
    print(f"{'all':<16}{a:>12}{b:>8}{c:>12}{d:>8}")
    print(f"\nmissed {b / a:.2%}, taken {d / c:.2%}; {time.process_time() - start:.0f} s of CPU")
    for line in shown[: options.show]:
        print(line)


if __name__ == "__main__":
    main()
