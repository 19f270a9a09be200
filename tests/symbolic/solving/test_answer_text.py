"""Every answer that is written reads back to the same value."""

from __future__ import annotations

import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from zoped.evals import answers_match
from zoped.symbolic import parse_expression
from zoped.symbolic.solving.export import expression_to_sympy
from zoped.symbolic.solving.proofs.answer_text import answer_text

_small = st.fractions(min_value=-9, max_value=9, max_denominator=9).map(
    lambda f: sympy.Rational(f.numerator, f.denominator)
)
_positive = _small.map(lambda r: abs(r) + sympy.Rational(1, 3))
_parts = st.one_of(
    _small,
    _positive.map(sympy.sqrt),
    _positive.map(lambda r: sympy.root(r, 3)),
    _positive.map(sympy.log),
    _small.map(sympy.exp),
    _small.map(sympy.sin),
    st.sampled_from([sympy.pi, sympy.E]),
)
_numbers = st.recursive(
    _parts,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(sum),
        st.tuples(inner, inner).map(lambda pair: pair[0] * pair[1]),
        inner.map(abs),
        inner.map(lambda n: sympy.sqrt(abs(n) + 1)),
    ),
    max_leaves=4,
)


@settings(max_examples=150, deadline=None)
@given(_numbers)
def test_an_answer_reads_back_to_the_same_value(number):
    text = answer_text(number)
    tree = parse_expression(text)
    back = expression_to_sympy(tree, {})
    assert abs((back - number).evalf(30)) <= 1e-25 * (1 + abs(number.evalf(30)))
    assert str(parse_expression(str(tree))) == str(tree)


@settings(max_examples=40, deadline=None)
@given(_parts)
def test_an_answer_is_graded_right_against_itself(number):
    assert answers_match(answer_text(number), answer_text(number))
