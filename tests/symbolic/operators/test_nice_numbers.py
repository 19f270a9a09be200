"""No operator makes a problem's numbers uglier than they were, nor a problem that makes no sense."""

from __future__ import annotations

import pickle
import re
from contextlib import suppress
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType

import pytest

from zoped.programs import builtin_seeds
from zoped.symbolic import (
    Domain,
    Limits,
    MutationRefused,
    Operator,
    SymbolicProblem,
    Variable,
    check_problem,
    mutate,
    operators,
    register_operator,
)
from zoped.symbolic.language.evaluate import narrowed
from zoped.symbolic.niceness import exact_values, printed_places
from zoped.symbolic.operators import base
from zoped.symbolic.plausible import is_constant
from zoped.symbolic.solving.linear import solve_linear
from zoped.symbolic.solving.plan import planned

SEEDS = {seed.id: seed.symbols for seed in builtin_seeds() if seed.symbols is not None}
PLAIN = sorted(
    name for name, o in operators().items() if not o.allowance.places + o.allowance.denominator - 1
)
ALL = [*PLAIN, *sorted(operators().keys() - set(PLAIN))]


# The tests of one operator come one after the other (`scope`), and look at the same ones.
@lru_cache(1)
def mutants(name: str, tries: int = 3) -> list[tuple[SymbolicProblem, SymbolicProblem]]:
    made = []
    for problem in SEEDS.values():
        for seed in range(tries):
            with suppress(MutationRefused):
                made.append((problem, mutate(problem, name, seed=seed)))
    return made


@pytest.mark.slow
@pytest.mark.parametrize("name", PLAIN, scope="module")
def test_whole_values_stay_whole(name):
    made = 0
    for problem, changed in mutants(name):
        before = exact_values(problem).known
        if all(value.denominator == 1 for value in before.values()):
            known = exact_values(changed).known
            assert all(value.denominator == 1 for value in known.values()), (name, known)
            made += 1
    assert made or name == "remove_distractor"


@pytest.mark.slow
@pytest.mark.parametrize("name", PLAIN, scope="module")
def test_denominators_do_not_grow(name):
    for problem, changed in mutants(name):
        before = exact_values(problem).known
        largest = max((v.denominator for v in before.values()), default=1)
        places = max(printed_places(v, before.get(v.name, 1)) or 0 for v in problem.variables)
        known = exact_values(changed).known
        for variable in changed.variables:
            value = known.get(variable.name, 1)
            own = printed_places(variable, value)
            assert value.denominator <= largest or (own is not None and own <= places)


@pytest.mark.parametrize("name", ALL, scope="module")
def test_money_has_cents_at_most(name):
    for _, changed in mutants(name):
        known = exact_values(changed).known
        for variable in changed.variables:
            if variable.unit == "dollar" and variable.name in known:
                assert (known[variable.name] * 100).denominator == 1


@pytest.mark.parametrize("seed_id", ["ladder", "garden-width", "square-field"])
@pytest.mark.parametrize("name", ["change_numbers", "grow_numbers", "two_digit_numbers"])
def test_no_radical_comes_where_there_was_none(seed_id, name):
    made = 0
    for seed in range(15):
        try:
            changed = mutate(SEEDS[seed_id], name, seed=seed)
        except MutationRefused:
            continue
        made += 1
        answer = check_problem(changed).solution.answer or ""
        assert Fraction(answer).denominator == 1
    assert made or name != "change_numbers"


def polygon(sides: int = 6) -> SymbolicProblem:
    return SymbolicProblem(
        variables=(
            Variable(name="n", meaning="sides of the regular hexagon", value=sides, unit="side"),
            Variable(name="a", meaning="length of a side", value=5, unit="cm"),
            Variable(name="p", meaning="perimeter of the hexagon", unit="cm"),
        ),
        constraints=("p == n*a",),
        target="p",
    )


@pytest.mark.parametrize(
    ("meaning", "value", "is_one"),
    [
        ("sides of the regular hexagon", 6, True),
        ("sides of the regular hexagon", 5, False),
        ("days in a week", 7, True),
        ("minutes in an hour", 60, True),
        ("minutes an hour", 60, True),
        ("degrees of a full circle", 360, True),
        ("acceleration of gravity", "9.8", True),
        ("eggs in a dozen", 12, True),
        ("legs of a spider", 8, True),
        ("legs of a table", 8, False),
        ("eggs in a box", 12, False),
        ("pens Ann has", 7, False),
        ("days Ann walks", 7, False),
    ],
)
def test_a_number_that_belongs_to_a_word_is_known(meaning, value, is_one):
    variable = Variable(name="v", meaning=meaning, value=value)
    problem = SymbolicProblem(
        variables=(variable, Variable(name="w")), constraints=("w == 2*v",), target="w"
    )
    assert is_constant(problem, variable) is is_one


@pytest.mark.parametrize("name", sorted(operators()))
def test_no_operator_changes_such_a_number(name):
    for seed in range(10):
        try:
            changed = mutate(polygon(), name, seed=seed)
        except MutationRefused:
            continue
        left = {v.name: v.value for v in changed.variables}
        assert left.get("n", 6) == 6


def one_unknown(unknown: Variable, relation: str, **values: int) -> SymbolicProblem:
    givens = tuple(Variable(name=name, value=value) for name, value in values.items())
    return SymbolicProblem(
        variables=(*givens, unknown), constraints=(relation,), target=unknown.name
    )


@pytest.mark.parametrize(
    ("problem", "why"),
    [
        (
            one_unknown(
                Variable(
                    name="h", meaning="hens on the farm", unit="hen", domain="nonnegative_integer"
                ),
                "h == a - b",
                a=4,
                b=4,
            ),
            "is 0",
        ),
        (one_unknown(Variable(name="y", unit="pen"), "y == k*a", a=4, k=1), "factor"),
        (
            one_unknown(Variable(name="y", meaning="age of Ann", unit="year"), "y == a*b", a=9, b=20),
            "no age",
        ),
        (
            one_unknown(Variable(name="y", meaning="probability of rain"), "y == a/b", a=4, b=3),
            "no probability",
        ),
        (
            one_unknown(Variable(name="y", meaning="cows", unit="cow"), "y == a/b", a=5, b=2),
            "not a whole number of cow",
        ),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_implausible(problem, why):
    check = check_problem(problem)
    assert check.reason == "implausible" and why in check.detail
    assert check_problem(problem, sense=False).reason != "implausible"


def test_a_ratio_of_equal_parts_is_implausible():
    seed = SEEDS["ratio-share"]
    equal = seed.replaced(
        variables=tuple(
            v.replaced(value=Fraction(3)) if v.name == "q" else v for v in seed.variables
        )
    )
    assert check_problem(equal).reason == "implausible"
    assert check_problem(seed).reason is None


def test_doubling_what_was_halved_is_refused():
    for seed in range(5):
        doubled = mutate(SEEDS["outfits"], "double_step", seed=seed)
        with pytest.raises(MutationRefused, match="undoes"):
            mutate(doubled, "halve_step", seed=seed)


def test_an_operator_of_another_is_held_to_the_same(monkeypatch):
    """Whatever an operator returns: one that halves an odd number is refused."""
    monkeypatch.setattr(base, "_registry", dict(base._registry))

    @register_operator
    class Spoil(Operator):
        name = "spoil"
        description = "Give a number another value, nice or not, in the first given."
        arguments = MappingProxyType({"value": Limits(1, 6, "the value, in sevenths")})

        def apply(self, problem, rng, *, value):
            first, *rest = problem.variables
            changed = first.model_copy(
                update={"value": Fraction(value, 7), "domain": Domain.RATIONAL}
            )
            return problem.replaced(variables=(changed, *rest))

    with pytest.raises(MutationRefused, match="not_nice"):
        mutate(SEEDS["ladder"], "spoil", seed=1, value=3)


@pytest.mark.parametrize("name", ["three_digit_numbers", "grow_numbers", "round_numbers"])
def test_what_is_measured_stays_within_ten_times_its_size(name):
    made = 0
    for problem, changed in mutants(name):
        now = {v.name: v.value for v in changed.givens}
        for given in problem.givens:
            if given.unit in ("second", "metre", "cm", "kg", "km") and given.value:
                assert now[given.name] <= 10 * given.value, (given.name, now[given.name])
                made += 1
    assert made


def test_a_symbol_that_is_evaluated_often_travels_without_what_was_found_out():
    problem = SEEDS["boxes-of-pens"]
    for _ in range(3):
        exact_values(problem.replaced(topic="ratio"))
    assert pickle.loads(pickle.dumps(problem)) == problem


def test_a_plan_finds_what_the_solver_finds():
    for problem in SEEDS.values():
        plan = planned(problem)
        if plan is None:
            continue
        for more in (0, 1, 2):
            values = {v.name: narrowed(v.value + more) for v in problem.givens}
            found, right = plan.at(values), solve_linear(problem, values)
            assert found.status == right.status
            if right.status == "unique":
                assert dict(found.known) == dict(right.known)


def test_no_distractor_is_of_another_story():
    for problem, changed in mutants("add_distractor", tries=6):
        told = [v.clause for v in changed.variables if v.distractor and v.clause]
        text = " ".join([problem.story, *(v.clause or "" for v in problem.variables)])
        if any("bus" in clause for clause in told):
            said = text + " ".join(c.statement or "" for c in problem.constraints)
            assert re.search(r"\bbus(es)?\b", said)


@pytest.mark.parametrize("seed_id", ["heads-and-legs", "mother-and-daughter"])
def test_no_total_is_asked_for_that_the_text_tells(seed_id):
    for seed in range(5):
        with pytest.raises(MutationRefused):
            mutate(SEEDS[seed_id], "ask_total", seed=seed)
