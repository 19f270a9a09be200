"""Fingerprints see the structure of a problem and nothing else."""

from fractions import Fraction
from itertools import permutations
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from zoped.symbolic import (
    Constraint,
    Domain,
    SymbolicProblem,
    Variable,
    fingerprint,
    instance_key,
    parse_expression,
)
from zoped.symbolic.language.expression import Apply, Expression, Number, Symbol, substitute

COMMUTATIVE = ("+", "*", "==", "!=", "min", "max", "gcd")
NAMES = ("a", "b", "c", "d", "e")


def problem(*relations, target="x", query="value", domain="positive_integer", **givens):
    names = {name for r in (*relations, target) for name in parse_expression(r).symbols}
    return SymbolicProblem(
        variables=[
            Variable(name=name, domain=domain, value=givens.get(name)) for name in sorted(names)
        ],
        constraints=relations,
        target=target,
        query=query,
    )


def expressions(names):
    leaves = st.sampled_from([Symbol(n) for n in names]) | st.integers(1, 9).map(
        lambda n: Number(Fraction(n))
    )
    trees = st.recursive(
        leaves,
        lambda inner: st.builds(
            lambda op, left, right: Apply(op, (left, right)),
            st.sampled_from(["+", "-", "*", "/", "max"]),
            inner,
            inner,
        ),
        max_leaves=5,
    )
    # The form that the parser makes: a quotient of two literals is one literal.
    return trees.map(lambda tree: substitute(tree, {}))


@st.composite
def problems(draw):
    names = NAMES[: draw(st.integers(2, len(NAMES)))]
    sides = expressions(names)
    relations = draw(
        st.lists(
            st.builds(
                lambda op, left, right: Apply(op, (left, right)),
                st.sampled_from(["==", "<", ">"]),
                sides,
                sides,
            ),
            min_size=1,
            max_size=3,
        )
    )
    values = [draw(st.none() | st.integers(1, 3)) for _ in names]
    return SymbolicProblem(
        variables=[
            Variable(name=n, value=v, domain=Domain.POSITIVE_INTEGER)
            for n, v in zip(names, values, strict=True)
        ],
        constraints=[Constraint(relation=r) for r in relations],
        target=draw(st.sampled_from(names)),
    )


def shuffled(expression: Expression, rng: Random) -> Expression:
    if not isinstance(expression, Apply):
        return expression
    arguments = [shuffled(argument, rng) for argument in expression.arguments]
    if expression.operator in COMMUTATIVE:
        rng.shuffle(arguments)
    if expression.operator in ("<", ">") and rng.random() < 0.5:
        return Apply("<" if expression.operator == ">" else ">", tuple(arguments[::-1]))
    return Apply(expression.operator, tuple(arguments))


def rearranged(p: SymbolicProblem, rng: Random) -> SymbolicProblem:
    """The same problem under other names, in another order, with other words."""
    new = [f"y{k}" for k in range(len(p.variables))]
    rng.shuffle(new)
    names = {v.name: Symbol(n) for v, n in zip(p.variables, new, strict=True)}
    variables = [
        v.model_copy(update={"name": names[v.name].name, "meaning": f"thing {rng.random()}"})
        for v in p.variables
    ]
    constraints = [
        Constraint(relation=shuffled(substitute(c.relation, names), rng), statement="Said so.")
        for c in p.constraints
    ]
    rng.shuffle(variables)
    rng.shuffle(constraints)
    return p.model_copy(
        update={
            "variables": tuple(variables),
            "constraints": tuple(constraints),
            "target": substitute(p.target, names),
            "story": "Once upon a time.",
            "topic": "money",
        }
    )


def with_other_numbers(p: SymbolicProblem, rng: Random) -> SymbolicProblem:
    def changed(e: Expression) -> Expression:
        if isinstance(e, Number):
            return Number(Fraction(rng.randint(10, 99)))
        if isinstance(e, Apply):
            return Apply(e.operator, tuple(changed(argument) for argument in e.arguments))
        return e

    return p.model_copy(
        update={
            "variables": tuple(
                v.model_copy(update={"value": Fraction(rng.randint(10, 99))}) if v.is_given else v
                for v in p.variables
            ),
            "constraints": tuple(Constraint(relation=changed(r)) for r in p.relations),
        }
    )


def canonical_by_trying_all(p: SymbolicProblem, numbers: bool) -> str:
    """The least text over all orders of the variables: exact, and slow."""

    def written(e: Expression, place: dict[str, int]) -> str:
        if isinstance(e, Number):
            return str(e) if numbers else "n"
        if isinstance(e, Symbol):
            return f"v{place[e.name]}"
        op, arguments = e.operator, list(e.arguments)
        if op == ">":
            op, arguments = "<", arguments[::-1]
        while op in "+*" and any(isinstance(a, Apply) and a.operator == op for a in arguments):
            arguments = [
                part
                for a in arguments
                for part in (a.arguments if isinstance(a, Apply) and a.operator == op else (a,))
            ]
        parts = [written(argument, place) for argument in arguments]
        return f"{op}({','.join(sorted(parts) if op in COMMUTATIVE else parts)})"

    def kind(v: Variable) -> str:
        return f"{v.value if numbers else ''}" if v.is_given else "?"

    forms = []
    for order in permutations(p.variables):
        place = {v.name: k for k, v in enumerate(order)}
        relations = sorted(written(r, place) for r in p.relations)
        forms.append(f"{[kind(v) for v in order]}{written(p.target, place)}{relations}")
    return min(forms)


@given(problems(), st.integers())
@settings(max_examples=150, deadline=None)
def test_names_order_and_words_do_not_count(p, seed):
    other = rearranged(p, Random(seed))
    assert fingerprint(other) == fingerprint(p)
    assert instance_key(other) == instance_key(p)


@given(problems(), st.integers())
@settings(max_examples=150, deadline=None)
def test_numbers_do_not_count_for_the_fingerprint(p, seed):
    other = with_other_numbers(p, Random(seed))
    assert fingerprint(other) == fingerprint(p)
    has_numbers = bool(p.givens) or canonical_by_trying_all(p, True) != canonical_by_trying_all(
        p, False
    ).replace("n", "")
    if p.givens:
        assert has_numbers and instance_key(other) != instance_key(p)


@given(st.lists(problems(), min_size=2, max_size=6))
@settings(max_examples=80, deadline=None)
def test_equal_exactly_where_trying_all_orders_says_so(many):
    for digest, numbers in ((fingerprint, False), (instance_key, True)):
        for p in many:
            for q in many:
                same = len(p.variables) == len(q.variables) and (
                    canonical_by_trying_all(p, numbers) == canonical_by_trying_all(q, numbers)
                )
                assert (digest(p) == digest(q)) == same


def test_structures_that_refinement_alone_cannot_tell_apart():
    # Every variable has two neighbours in both: one ring of six, and two rings of three.
    ring = [f"{a} != {b}" for a, b in zip("abcdef", "bcdefa", strict=True)]
    two = ["a != b", "b != c", "c != a", "d != e", "e != f", "f != d"]
    everything = "a + b + c + d + e + f"
    one_ring = problem(*ring, target=everything)
    two_rings = problem(*two, target=everything)
    assert fingerprint(one_ring) != fingerprint(two_rings)
    assert fingerprint(rearranged(one_ring, Random(1))) == fingerprint(one_ring)


def test_variables_that_are_used_twice_differ_from_two_variables():
    assert fingerprint(problem("x == a*a + b*b", a=2, b=3)) != fingerprint(
        problem("x == a*b + a*b", a=2, b=3)
    )


def test_domain_query_roles_and_the_target_count():
    base = problem("x == a + b", a=2, b=3)
    assert fingerprint(base) != fingerprint(problem("x == a + b", a=2, b=3, query="maximum"))
    assert fingerprint(base) != fingerprint(problem("x == a + b", a=2, b=3, domain="rational"))
    assert fingerprint(base) != fingerprint(problem("x == a + b", a=2, x=3, target="b"))
    assert fingerprint(base) != fingerprint(problem("x == a - b", a=5, b=3))
    extra = Variable(name="z", value=4, domain="positive_integer", distractor=True)
    more = base.model_copy(update={"variables": (*base.variables, extra)})
    assert fingerprint(base) != fingerprint(more)


def test_the_index_of_a_sum_is_a_name_like_any_other():
    by_k = problem("x == sum(k*n, k, 1, n)", n=5)
    by_i = problem("x == sum(i*n, i, 1, n)", n=7)
    assert fingerprint(by_k) == fingerprint(by_i)
    assert fingerprint(by_k) != fingerprint(problem("x == sum(n*n, k, 1, n)", n=5))


def test_an_index_that_hides_another_is_told_from_those_around_it():
    texts = [f"x == sum(sum(sum({term}, i, 1, 2), k, 1, 3), k, 1, 4)" for term in ("i*k", "i*i")]
    keys = {instance_key(problem(text)) for text in texts}
    other_names = problem("x == sum(sum(sum(i*j, i, 1, 2), j, 1, 3), k, 1, 4)")
    assert len(keys) == 2 and instance_key(other_names) in keys


def test_a_very_symmetric_problem_is_labelled_at_once():
    names = [f"p{k}" for k in range(8)]
    pairs = " + ".join(f"{name}*q{name[1:]}" for name in names)
    p = problem(f"x == {pairs}")
    assert fingerprint(rearranged(p, Random(3))) == fingerprint(p)
    wide = problem(f"x == {' + '.join(f'p{k}' for k in range(20))}")
    assert fingerprint(rearranged(wide, Random(3))) == fingerprint(wide)


def test_digests_are_the_same_in_every_process():
    p = problem("x == a + b", a=2, b=3)
    assert (fingerprint(p), instance_key(p)) == (
        "e7c6231ccf21cb67d149638b",
        "1d95a96275f4ccfdc863df65",
    )
