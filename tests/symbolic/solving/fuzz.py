"""A fuzzer for `solve`: problems with planted solutions, against floats and brute force.

    python -m tests.symbolic.solving.fuzz [--cases 20000] [--start 0]

Case i depends on i alone. Five families take turns: equations in one unknown over all domains; whole
numbers between bounds, where every assignment is tried; whole numbers without bounds; systems of two
real unknowns; optima. The oracle shares no code with the solver: it evaluates in floats (an undefined
term is NaN), looks for further roots by changes of sign and by Newton's method from many points, and
tries whole numbers one by one. A claim that it refutes is printed, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise, product
from random import Random

from zoped.symbolic import ExpressionError, Solution, SymbolicProblem, parse_expression, solve
from zoped.symbolic.language.expression import Apply, Expression, Number, Symbol

TIME_LIMIT = 0.5  # seconds of CPU time
WINDOW = 40  # whole numbers tried on either side of 0 where there are no bounds
REALS = ("real", "positive_real")
WHOLE = ("integer", "positive_integer", "nonnegative_integer")
NAN = math.nan


@dataclass(frozen=True)
class Case:
    """A problem, one of its solutions (floats; None where none was planted), and where to look."""

    family: str
    problem: SymbolicProblem
    planted: dict[str, float] | None
    ranges: dict[str, range] = field(default_factory=dict)
    is_complete: bool = False  # the ranges hold every solution


def value_of(e: Expression, at: dict[str, float]) -> float:
    """The value in floats; NaN where it is undefined, or too large to tell."""
    if isinstance(e, Number):
        return float(e.value)
    if isinstance(e, Symbol):
        return at[e.name]
    if not isinstance(e, Apply):
        return math.pi
    if e.operator == "if":
        chosen = e.arguments[1] if value_of(e.arguments[0], at) else e.arguments[2]
        return value_of(chosen, at)
    a = [value_of(argument, at) for argument in e.arguments]
    if any(math.isnan(v) for v in a):
        return NAN
    try:
        return _applied(e.operator, a)
    except (ZeroDivisionError, OverflowError, ValueError):
        return NAN


def _applied(op: str, a: list[float]) -> float:
    match op:
        case "+":
            return a[0] + a[1]
        case "-":
            return a[0] - a[1]
        case "*":
            return a[0] * a[1]
        case "/":
            return a[0] / a[1] if a[1] else NAN
        case "neg":
            return -a[0]
        case "**":
            if a[0] < 0 and a[1] != round(a[1]):
                return NAN
            return float(a[0] ** a[1])
        case "//":
            return float(a[0] // a[1])
        case "%":
            return a[0] % a[1]
        case "min" | "max":
            return min(a) if op == "min" else max(a)
        case "abs":
            return abs(a[0])
        case "mean":
            return sum(a) / len(a)
        case "median":
            middle = sorted(a)
            return (middle[(len(a) - 1) // 2] + middle[len(a) // 2]) / 2
        case "gcd" | "lcm":
            whole = [round(v) for v in a]
            if any(v != w for v, w in zip(a, whole, strict=True)):
                return NAN
            return float(math.gcd(*whole) if op == "gcd" else math.lcm(*whole))
        case "log":
            return math.log(a[0]) / (math.log(a[1]) if len(a) == 2 else 1)
        case "digit_sum":
            return float(sum(map(int, str(round(a[0]))))) if a[0] >= 0 else NAN
        case "is_prime":
            n = round(a[0])
            return float(n > 1 and all(n % d for d in range(2, math.isqrt(n) + 1)))
        case "different":
            return float(len(set(a)) == len(a))
        case "floor" | "ceiling":
            return float(math.floor(a[0]) if op == "floor" else math.ceil(a[0]))
        case "factorial":
            return float(math.factorial(round(a[0]))) if a[0] >= 0 else NAN
        case "==":
            return float(close(a[0], a[1]))
        case "!=":
            return float(not close(a[0], a[1]))
        case "<" | "<=":
            near = close(a[0], a[1])
            return float(a[0] < a[1] and not near if op == "<" else a[0] < a[1] or near)
        case ">" | ">=":
            near = close(a[0], a[1])
            return float(a[0] > a[1] and not near if op == ">" else a[0] > a[1] or near)
    one: dict[str, Callable[[float], float]] = {
        "sqrt": math.sqrt,
        "exp": math.exp,
        "sin": math.sin,
        "cos": math.cos,
        "tan": math.tan,
    }
    return one[op](a[0])


def close(a: float, b: float) -> bool:
    if a == 0 or b == 0:
        return abs(a - b) <= 1e-12
    return math.isclose(a, b, rel_tol=1e-12)


def in_domain(problem: SymbolicProblem, at: dict[str, float]) -> bool:
    for v in problem.unknowns:
        value = at[v.name]
        if v.domain.is_integer and abs(value - round(value)) > 1e-9:
            return False
        if v.domain.startswith("positive") and value <= 1e-3:  # a float near 0 may stand for 0
            return False
        if v.domain == "nonnegative_integer" and value < 0:
            return False
    return True


def holds(problem: SymbolicProblem, at: dict[str, float]) -> bool:
    return in_domain(problem, at) and all(value_of(r, at) == 1 for r in problem.relations)


# The families. Each makes a problem whose planted solution it knows.


def make(case: int) -> Case:
    rng = Random(f"solver {case}")
    while True:
        try:
            return FAMILIES[case % len(FAMILIES)](rng)
        except ValueError:
            continue  # a literal division by zero is refused when it is read


def problem(domains: dict[str, str], relations: list[str], target: str, query: str):
    return SymbolicProblem.model_validate(
        {
            "variables": [{"name": n, "domain": d} for n, d in domains.items()],
            "constraints": relations,
            "target": target,
            "query": query,
        }
    )


def one_unknown(rng: Random) -> Case:
    """f(x) == f(root), with a root that is whole, rational or a square root."""
    domain = rng.choice([*REALS, *REALS, "rational", *WHOLE])
    root = _root(rng, domain)
    text = _terms(rng, rng.randint(1, 3))
    relation = f"{text} == {_planted_value(text, root)}"
    if rng.random() < 0.3:
        relation = f"(x - ({root}))*({_terms(rng, 2)}) == 0"
    extra = [f"x >= {rng.randint(-9, 2)}"] if rng.random() < 0.15 else []
    query = rng.choice(["value", "value", "value", "count", "minimum", "maximum"])
    target = rng.choice(["x", "x", "x**2", "x + 1", "1/x", "abs(x)", "sqrt(x)**2"])
    made = problem({"x": domain}, [relation, *extra], target, query)
    at = {"x": value_of(parse_expression(root), {})}
    return Case("one unknown", made, at if holds(made, at) else None)


def _root(rng: Random, domain: str) -> str:
    if domain in WHOLE or rng.random() < 0.6:
        low = {"positive_integer": 1, "nonnegative_integer": 0, "positive_real": 1}.get(domain, -8)
        return str(rng.randint(low, 9))
    sign = "-" if domain in ("real", "rational") and rng.random() < 0.4 else ""
    if domain == "rational" or rng.random() < 0.6:
        return f"{sign}{rng.randint(1, 9)}/{rng.randint(2, 5)}"
    return f"{sign}sqrt({rng.choice([2, 3, 5, 6])})"


def _planted_value(text: str, root: str) -> str:
    """The left side at the root, as text: exact, since it is the same text with the root put in."""
    inner = f"({root})"
    out, place = "", 0
    while place < len(text):
        letter = text[place]
        alone = letter == "x" and not (place and text[place - 1].isalpha())
        alone = alone and not text[place + 1 : place + 2].isalpha()
        out += inner if alone else letter
        place += 1
    return out


def _terms(rng: Random, count: int) -> str:
    return " + ".join(_term(rng) for _ in range(count))


def _term(rng: Random) -> str:
    a, b, n = rng.randint(1, 6), rng.randint(-5, 9), rng.randint(2, 7)
    c = rng.choice(["", "-"]) + str(rng.randint(1, 5))
    return rng.choice(
        [
            f"({c})*x",
            f"({c})*x**2",
            f"({c})*x**{n}",
            f"x**{n} + ({b})",
            f"({c})/x",
            f"x**2/x**{rng.randint(1, 2)}",
            f"(x - {a})*(x + {b + 10})",
            f"sqrt(x + {b})",
            f"sqrt({a}*x)",
            f"abs(x - ({b}))",
            "x*abs(x)",
            f"x**(1/{rng.randint(2, 3)})",
            f"x**({rng.choice([3, 5])}/2)",
            f"{rng.randint(2, 3)}**x",
            f"x*{rng.randint(2, 3)}**x",
            f"x**({a} - x)",
            f"log(x + {abs(b)})",
            "log(x)",
            f"exp({c}*x)",
            f"max(x, {b})",
            f"min({a}*x, {b} - x)",
            f"1/(x**2 + {a})",
            f"({a}*x + 1)/(x - {b})",
            "x/x",
            "sqrt(x)**2",
            "exp(log(x))",
            f"(x if x > {b} else {a} - x)",
        ]
    )


def bounded_whole(rng: Random) -> Case:
    """Up to three whole numbers between bounds: every assignment is tried."""
    names = "xyz"[: rng.choice([1, 2, 2, 3])]
    size = {1: 60, 2: 16, 3: 7}[len(names)]
    domains = {n: rng.choice(WHOLE) for n in names}
    ranges, relations = {}, []
    for n in names:
        low = rng.randint(-6, 3) if domains[n] == "integer" else rng.randint(0, 2)
        high = low + rng.randint(3, size)
        ranges[n] = range(low, high + 1)
        relations += [f"{n} >= {low}", f"{n} <= {high}"]
    planted = {n: float(rng.choice(r)) for n, r in ranges.items()}
    for _ in range(rng.randint(1, 2)):
        relations.append(_whole_relation(rng, names, planted))
    query = rng.choice(["value", "value", "count", "minimum", "maximum"])
    target = _whole_term(rng, names) if rng.random() < 0.5 else rng.choice(names)
    made = problem(domains, relations, target, query)
    at = planted if holds(made, planted) else None
    return Case("bounded whole", made, at, ranges, is_complete=True)


def endless_whole(rng: Random) -> Case:
    """Whole numbers without bounds."""
    names = "xy"[: rng.choice([1, 1, 2])]
    domains = {n: rng.choice(WHOLE) for n in names}
    planted = {n: float(rng.randint(-9 if d == "integer" else 1, 12)) for n, d in domains.items()}
    relations = [_whole_relation(rng, names, planted) for _ in range(rng.randint(1, 3))]
    query = rng.choice(["value", "value", "count", "minimum", "maximum"])
    target = rng.choice([*names, _whole_term(rng, names)])
    made = problem(domains, relations, target, query)
    window = WINDOW if len(names) == 1 else WINDOW // 4
    ranges = {n: range(-window, window + 1) for n in names}
    return Case("endless whole", made, planted if holds(made, planted) else None, ranges)


def _whole_relation(rng: Random, names: str, planted: dict[str, float]) -> str:
    term = _whole_term(rng, names)
    value = value_of(parse_expression(term), planted)
    if math.isnan(value) or value != round(value) or abs(value) > 10**9:
        return f"{names[0]} >= {round(planted[names[0]])}"
    op = rng.choice(["==", "==", "==", "<=", ">=", "!="])
    shift = rng.randint(1, 3) if op == "!=" else 0
    return f"{term} {op} {round(value) + shift}"


def _whole_term(rng: Random, names: str) -> str:
    x, y = rng.choice(names), rng.choice(names)
    a, b = rng.randint(1, 7), rng.choice([-7, -5, -3, -2, 2, 3, 4, 5, 7])
    return rng.choice(
        [
            f"{a}*{x} + {b}*{y}",
            f"{x}*{y}",
            f"{x}**2 - {y}",
            f"{x} // ({b})",
            f"{x} % ({b})",
            f"({a + 10}) // {x}",
            f"({a + 10}) % {x}",
            f"{x} // {y}",
            f"({x} + {a}) % {y}",
            f"({x}*{y}) % {abs(b)}",
            f"abs({x} - {a})",
            f"max({x}, {y} + {a})",
            f"min({x}, {a})",
            f"gcd({x}, {y})",
            f"gcd({x}, {a * 6})",
            f"lcm({x}, {a})",
            f"mean({x}, {y}, {a})",
            f"median({x}, {y}, {a})",
            f"digit_sum({x})",
            f"is_prime({x})",
            f"different({x}, {y}, {a})",
            f"floor({x}/({b}))",
            f"ceiling({x}/({b}))",
            f"({x} if {x} > {a} else {b}*{y})",
            f"{x}**3 - {a}*{x}",
            f"2**{x}",
            f"factorial({x})",
        ]
    )


def real_system(rng: Random) -> Case:
    """Two equations in two real unknowns."""
    domains = {n: rng.choice(REALS) for n in "xy"}
    planted = {n: float(rng.randint(1, 6)) for n in "xy"}
    relations = []
    for _ in range(2):
        a, b, n = rng.randint(1, 5), rng.randint(-4, 5), rng.randint(2, 5)
        left = rng.choice(
            [
                f"{a}*x + ({b})*y",
                "x*y",
                f"x + y**{n}",
                f"x**2 + {a}*y**2",
                f"x/y + {b}",
                f"x**{n} - y",
                "1/x + 1/y",
                "sqrt(x) + y",
                f"x*y + x + {b}",
                f"(x - y)**2 + {a}",
                "abs(x - y)",
                "max(x, y)",
            ]
        )
        whole = {name: str(int(v)) for name, v in planted.items()}
        right = _replaced(left, whole)
        relations.append(f"{left} == {right}")
    target = rng.choice(["x", "x + y", "x*y", "x - y"])
    query = rng.choice(["value", "value", "value", "minimum", "maximum"])
    made = problem(domains, relations, target, query)
    return Case("real system", made, planted if holds(made, planted) else None)


def _replaced(text: str, values: dict[str, str]) -> str:
    return "".join(
        values[c]
        if c in values and not text[i + 1 : i + 2].isalpha() and text[i - 1 : i] != "a"
        else c
        for i, c in enumerate(text)
    )


def optimum(rng: Random) -> Case:
    """The least or greatest value of one real unknown's function, or of a mixed pair."""
    a, b, c = rng.randint(1, 6), rng.randint(-6, 6), rng.randint(2, 9)
    query = rng.choice(["minimum", "maximum"])
    domain = rng.choice([*REALS, "rational", "integer", "positive_integer"])
    target = rng.choice(
        [
            "x",
            f"x**2 - {c}*x",
            f"{c}*x - {a}*x**2",
            f"x**3 - {c}*x",
            f"x + {c}/x",
            f"{a}*x**2 + {c}/x",
            f"x/(x**2 + {c})",
            f"abs(x - {a})",
            f"(x - {a})*(x + {c})**2",
            f"sqrt(x)*({c} - x)",
        ]
    )
    relations = rng.sample(
        [
            f"x**2 <= {c}",
            f"x**2 < {c}",
            f"x >= {b}",
            f"x > {b}",
            f"x <= {a + c}",
            f"x < {a + c}",
            f"x**3 - {a}*x <= {c}",
            f"(x - {a})*(x - {c}) >= 0",
            f"x**2 == {c}",
            f"x*(x - {a})*(x**2 - {c}) == 0",
        ],
        rng.randint(1, 3),
    )
    domains = {"x": domain}
    if rng.random() < 0.25:
        domains["n"] = rng.choice(["integer", "positive_integer"])
        relations.append(rng.choice([f"x == {c}*n", f"n == {a}*x", "2*n <= x", "n >= x"]))
        relations += ["n <= 20", "n >= -20"]
    return Case("optimum", problem(domains, relations, target, query), None)


FAMILIES = (one_unknown, bounded_whole, endless_whole, real_system, optimum)


# The oracle.


def refuted(case: Case, solution: Solution) -> str | None:
    """Why the claim is false; None for a claim that nothing here refutes."""
    made = case.problem
    if solution.status == "none":
        if made.query == "count":
            return "a count is a number"
        if case.planted is not None or next(solutions(case), None) is not None:
            return f"there is a solution: {case.planted or next(solutions(case))}"
        return None
    if solution.status == "unique" and solution.answer is not None:
        try:
            tree = parse_expression(solution.answer)
        except ExpressionError as error:
            return f"the answer is none: {error}"
        if tree.symbols:
            return "the answer has an unknown in it"
        return _unique_refuted(case, value_of(tree, {}), solution)
    if solution.status == "many" and case.is_complete and made.query != "count":
        if made.query != "value" or len(_targets(case)) < 2:
            return "there are not two values"
    if solution.status == "invalid" and case.is_complete and made.query == "value":
        found = list(solutions(case))
        if found and not any(math.isnan(value_of(made.target, at)) for at in found):
            return "the target has a value at every solution"
    return None


def _unique_refuted(case: Case, answer: float, solution: Solution) -> str | None:
    made = case.problem
    if math.isnan(answer):
        return "the answer has no value"
    if made.query == "count":
        count = sum(1 for _ in solutions(case))
        wrong = count != round(answer) if case.is_complete else count > round(answer)
        return f"counted {count}" if wrong else None
    if solution.values and made.query == "value":
        at = {name: float(v) for name, v in solution.values.items()}
        if all(v.name in at for v in made.unknowns) and not _nearly(made, at):
            return f"{at} is no solution"
    targets = [t for t in _targets(case) if not math.isnan(t)]
    near = [t for t in targets if abs(t - answer) <= 1e-6 * max(1.0, abs(t))]
    if made.query == "value":
        slack = 1e-3 if case.family == "real system" else 0.0  # double roots are found roughly
        others = [t for t in targets if t not in near and abs(t - answer) > slack]
        return f"{others[:3]} too" if others else None
    sign = 1 if made.query == "minimum" else -1
    slack = 1e-3 if case.family == "real system" else 1e-6  # double roots are found roughly
    better = [t for t in targets if sign * (answer - t) > slack * max(1.0, abs(t))]
    if better:
        return f"{better[0]} is better"
    if case.is_complete and not near:
        return "the optimum is not reached"
    return None


def _nearly(made: SymbolicProblem, at: dict[str, float]) -> bool:
    """Equations hold as far as floats go."""
    for relation in made.relations:
        if isinstance(relation, Apply) and relation.operator == "==":
            left, right = (value_of(side, at) for side in relation.arguments)
            if not abs(left - right) <= 1e-6 * max(1.0, abs(left), abs(right)):
                return False
    return True


def _targets(case: Case) -> list[float]:
    found = [value_of(case.problem.target, at) for at in solutions(case)]
    return sorted({round(v, 7) for v in found if not math.isnan(v)})


def solutions(case: Case) -> Iterator[dict[str, float]]:
    """Different solutions that floats and brute force show; all where the case is complete."""
    seen: list[dict[str, float]] = []
    planted = [] if case.planted is None or case.is_complete else [case.planted]
    for at in (*planted, *_found(case)):
        if case.ranges and not planted:
            yield at
        elif all(any(abs(at[n] - old[n]) > 1e-6 for n in at) for old in seen):
            seen.append(at)
            yield at


def _found(case: Case) -> Iterator[dict[str, float]]:
    made = case.problem
    if case.ranges:
        for values in product(*case.ranges.values()):
            at = {n: float(v) for n, v in zip(case.ranges, values, strict=True)}
            if holds(made, at):
                yield at
    elif len(made.unknowns) == 1:
        yield from _on_the_line(made)
    elif case.family == "real system":
        yield from _by_newton(made)
    else:
        grid = [k / 2 for k in range(-40, 41)]
        for x, n in product(grid, range(-10, 11)):
            at = {"x": x, "n": float(n)}
            if holds(made, at):
                yield at


def _on_the_line(made: SymbolicProblem) -> Iterator[dict[str, float]]:
    [v] = made.unknowns
    if v.domain.is_integer:
        grid = [float(n) for n in range(-WINDOW, WINDOW + 1)]
    else:
        grid = sorted({k / 8 for k in range(-80, 81)} | {k / 3 for k in range(-30, 31)})
        if v.domain != "rational":
            for relation in made.relations:
                grid += _crossings(relation, v.name, sorted(grid))
    for value in grid:
        if holds(made, {v.name: value}):
            yield {v.name: value}


def _crossings(relation: Expression, name: str, grid: list[float]) -> list[float]:
    """Where left - right changes its sign and comes near zero."""
    if not isinstance(relation, Apply) or relation.operator != "==":
        return []

    def gap(value: float) -> float:
        left, right = (value_of(side, {name: value}) for side in relation.arguments)
        return left - right

    found = []
    for low, high in pairwise(grid):
        below, above = gap(low), gap(high)
        if not below * above < 0:
            continue
        for _ in range(100):
            middle = (low + high) / 2
            at = gap(middle)
            if math.isnan(at):
                break
            low, high = (middle, high) if at * below > 0 else (low, middle)
        if abs(gap(low)) < 1e-6 and abs(gap(high)) < 1e-6:
            found.append(low)
    return found


def _by_newton(made: SymbolicProblem) -> Iterator[dict[str, float]]:
    sides = [r.arguments for r in made.relations if isinstance(r, Apply)]

    def gaps(x: float, y: float) -> list[float]:
        at = {"x": x, "y": y}
        return [value_of(a, at) - value_of(b, at) for a, b in sides]

    for start in product((-5.1, -0.7, 0.2, 1.3, 4.4), repeat=2):
        x, y = start
        for _ in range(40):
            f, h = gaps(x, y), 1e-7
            dx = [(p - q) / h for p, q in zip(gaps(x + h, y), f, strict=True)]
            dy = [(p - q) / h for p, q in zip(gaps(x, y + h), f, strict=True)]
            below = dx[0] * dy[1] - dx[1] * dy[0]
            if not below or math.isnan(below) or any(math.isnan(v) for v in f):
                break
            step = (
                (f[0] * dy[1] - f[1] * dy[0]) / below,
                (f[1] * dx[0] - f[0] * dx[1]) / below,
            )
            x, y = x - step[0], y - step[1]
            if max(map(abs, step)) < 1e-13 * max(1.0, abs(x), abs(y)):
                break
        if max(abs(x), abs(y)) < 1e6 and holds(made, {"x": x, "y": y}):
            yield {"x": x, "y": y}


def run(case: int, time_limit: float = TIME_LIMIT) -> tuple[Case, Solution, str | None]:
    made = make(case)
    solution = solve(made.problem, time_limit=time_limit)
    return made, solution, refuted(made, solution)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--start", type=int, default=0)
    options = parser.parse_args()
    counts: Counter[str] = Counter()
    false = 0
    started = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        cases = range(options.start, options.start + options.cases)
        for number, (made, solution, why) in zip(cases, pool.map(run, cases), strict=True):
            counts[f"{made.family}: {solution.status}"] += 1
            if why is not None:
                false += 1
                relations = ", ".join(map(str, made.problem.relations))
                domains = ", ".join(f"{v.name} {v.domain}" for v in made.problem.unknowns)
                print(
                    f"{number}: {domains}; {relations}; {made.problem.query} of "
                    f"{made.problem.target} -> {solution.status} {solution.answer} "
                    f"[{solution.backend}]: {why}",
                    flush=True,
                )
    for name, count in sorted(counts.items()):
        print(f"{name:32}{count:8,}")
    seconds = time.perf_counter() - started
    print(f"{options.cases:,} cases in {seconds:.0f} s: {false} false claims")
    sys.exit(false > 0)


if __name__ == "__main__":
    main()
