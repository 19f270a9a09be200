"""Expressions: printed text reads back as the same tree, and values are exact."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zoped.programs import builtin_seeds
from zoped.symbolic import (
    EvaluationError,
    SymbolicProblem,
    evaluate,
    parse_expression,
)
from zoped.symbolic.language.evaluate import UndefinedError
from zoped.symbolic.language.expression import (
    FUNCTIONS,
    RELATIONS,
    SERIES,
    Apply,
    Constant,
    Number,
    Symbol,
    count_nodes,
    depth,
    negate,
    substitute,
)
from zoped.symbolic.language.parse import MAX_DEPTH, MAX_NODES

NAMES = ("a", "b", "long_name", "x1", "k")
# Three draws each; `st.fractions` takes three times as long, which was most of these tests.
FRACTIONS = st.builds(
    lambda whole, part, parts: whole + Fraction(part % parts, parts),
    st.integers(-999, 998),
    st.integers(0, 98),
    st.integers(1, 99),
) | st.just(Fraction(999))


def trees(names=NAMES):
    leaves = FRACTIONS.map(Number) | st.sampled_from(names).map(Symbol) | st.just(Constant("pi"))

    def grown(inner):
        binary = st.builds(
            lambda op, a, b: Apply(op, (a, b)),
            st.sampled_from(["+", "-", "*", "/", "//", "%", "**"]),
            inner,
            inner,
        )
        calls = st.sampled_from([n for n in FUNCTIONS if n not in SERIES]).flatmap(
            lambda name: st.lists(
                inner, min_size=FUNCTIONS[name][0], max_size=min(3, FUNCTIONS[name][1])
            ).map(lambda arguments: Apply(name, tuple(arguments)))
        )
        series = st.builds(
            lambda op, term, low, high: Apply(op, (term, Symbol("k"), low, high)),
            st.sampled_from(["sum", "product"]),
            inner,
            st.integers(0, 5).map(lambda n: Number(Fraction(n))),
            st.integers(5, 9).map(lambda n: Number(Fraction(n))),
        )
        relations = st.builds(
            lambda op, a, b: Apply(op, (a, b)), st.sampled_from(RELATIONS), inner, inner
        )
        conditions = st.recursive(
            relations,
            lambda parts: (
                st.builds(
                    lambda op, a, b: Apply(op, (a, b)), st.sampled_from(["and", "or"]), parts, parts
                )
                | parts.map(lambda part: Apply("not", (part,)))
            ),
            max_leaves=3,
        )
        counts = st.builds(
            lambda c, high: Apply("count", (c, Symbol("k"), Number(Fraction(1)), high)),
            conditions,
            st.integers(5, 9).map(lambda n: Number(Fraction(n))),
        )
        branches = st.builds(lambda c, a, b: Apply("if", (c, a, b)), conditions, inner, inner)
        return binary | calls | series | counts | branches | inner.map(negate)

    return st.recursive(leaves, grown, max_leaves=12)


def readable(tree) -> bool:
    """Whether the parser's limits on literals and sizes let the tree through."""
    for node in [tree, *_below(tree)]:
        if isinstance(node, Apply):
            last = node.arguments[-1]
            if node.operator == "/" and last == Number(Fraction(0)):
                return False
            if node.operator == "factorial" and isinstance(last, Number):
                if not 0 <= last.value <= 500:
                    return False
            if node.operator == "**" and isinstance(last, Number) and abs(last.value) > 1000:
                return False
    return count_nodes(tree) <= MAX_NODES and depth(tree) <= MAX_DEPTH


def _below(tree):
    if isinstance(tree, Apply):
        for child in tree.arguments:
            yield child
            yield from _below(child)


@pytest.mark.slow
@given(trees(), st.sampled_from(RELATIONS), trees())
@settings(max_examples=1_500, deadline=None)
def test_printed_text_reads_back_as_the_same_tree_and_settles_at_once(left, relation, right):
    tree = substitute(Apply(relation, (left, right)), {})  # in the form that the parser makes
    if readable(tree):
        assert parse_expression(str(tree)) == tree
    term = substitute(left, {})
    if readable(term):
        text = str(term)
        assert str(parse_expression(text)) == text


def test_problems_survive_json():
    for seed in builtin_seeds():
        if seed.symbols is not None:
            text = seed.symbols.model_dump_json()
            assert SymbolicProblem.model_validate_json(text) == seed.symbols


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(1, 50))
@settings(max_examples=200, deadline=None)
def test_arithmetic_is_that_of_fractions(a, b, c):
    x, y = Fraction(a, c), Fraction(b, c)
    values = {"x": x, "y": y}
    for text, expected in (
        ("x + y", x + y),
        ("x - y", x - y),
        ("x*y", x * y),
        ("-x**2", -(x**2)),
        ("abs(x)", abs(x)),
        ("floor(x)", math.floor(x)),
        ("ceiling(x)", math.ceil(x)),
        ("min(x, y)", min(x, y)),
        ("max(x, y, 0)", max(x, y, 0)),
        ("x < y", x < y),
        ("x == y", x == y),
        ("x != y", x != y),
        ("x >= y", x >= y),
    ):
        assert evaluate(parse_expression(text), values) == expected
    if y:
        assert evaluate(parse_expression("x/y"), values) == x / y
        assert evaluate(parse_expression("x // y"), values) == x // y
        assert evaluate(parse_expression("x % y"), values) == x % y
        assert evaluate(parse_expression("y**(-2)"), values) == y**-2
    assert evaluate(parse_expression("sqrt(x**2)"), values) == abs(x)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(1, 40))
@settings(max_examples=100, deadline=None)
def test_whole_number_functions_are_those_of_math(n, k, m):
    values = {"n": Fraction(n), "k": Fraction(k), "m": Fraction(m)}
    for text, expected in (
        ("gcd(n, k, m)", math.gcd(n, k, m)),
        ("lcm(n, m)", math.lcm(n, m)),
        ("factorial(n)", math.factorial(n)),
        ("binomial(n, k)", math.comb(n, k)),
        ("sum(j**2, j, 1, n)", sum(j**2 for j in range(1, n + 1))),
        ("product(j, j, 1, n)", math.factorial(n)),
        (
            "sum(sum(i*j, i, 1, j), j, 1, 4)",
            sum(i * j for j in range(1, 5) for i in range(1, j + 1)),
        ),
        ("log((m + 1)**3, m + 1)", 3),
        ("log(1/(m + 1), m + 1)", -1),
    ):
        assert evaluate(parse_expression(text), values) == expected


def test_roots_and_powers_are_exact_or_refused():
    assert evaluate(parse_expression("(8/27)**(2/3)"), {}) == Fraction(4, 9)
    assert evaluate(parse_expression("sqrt(1/4)"), {}) == Fraction(1, 2)
    assert evaluate(parse_expression("exp(0) + cos(0) + sin(0) + tan(0)"), {}) == 2
    for text in ("sqrt(2)", "2**(1/2)", "pi", "exp(1)", "log(2)", "sin(1)"):
        with pytest.raises(EvaluationError):
            evaluate(parse_expression(text), {})
    for text in ("1/(1 - 1)", "sqrt(-1)", "0**(-1)", "log(0)", "(-8)**(1/3)", "1 % (1 - 1)"):
        with pytest.raises(UndefinedError):
            evaluate(parse_expression(text), {})
    for text in ("log(1, 1)", "log(8, 1)", "log(1, 0)", "log(1, -2)", "log(4, -2)"):
        with pytest.raises(UndefinedError):
            evaluate(parse_expression(text), {})


def test_decimals_are_exact():
    assert parse_expression("0.1 + 0.2") == Apply(
        "+", (Number(Fraction(1, 10)), Number(Fraction(1, 5)))
    )
    assert evaluate(parse_expression("0.1 + 0.2 == 0.3"), {}) == 1


def test_the_index_of_a_sum_is_bound():
    tree = parse_expression("sum(k*n, k, 1, n) + k")
    assert tree.symbols == {"n", "k"}
    replaced = substitute(tree, {"k": Number(Fraction(5)), "n": Symbol("m")})
    assert str(replaced) == "sum(k*m, k, 1, m) + 5"


@pytest.mark.parametrize("series", ["sum", "product", "count"])
def test_what_is_put_into_a_sum_keeps_its_variables(series):
    """x stands for k + 1, where k is a variable and no index."""
    term = "x*k > 4" if series == "count" else "x*k + k2"
    tree = parse_expression(f"{series}({term}, k, 1, x)")
    replaced = substitute(tree, {"x": parse_expression("k + 1")})
    assert replaced.symbols == {"k", *(tree.symbols - {"x"})}
    values = {"k": Fraction(2), "x": Fraction(3), "k2": Fraction(7)}
    assert evaluate(replaced, values) == evaluate(tree, values)
    assert parse_expression(str(replaced)) == replaced
