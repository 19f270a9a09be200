"""An operator of the user's that is wrong is named, with what it did."""

from fractions import Fraction
from random import Random

import pytest

from zoped.programs import RandomOperators, builtin_seeds
from zoped.symbolic import (
    Limits,
    MutationRefused,
    Operator,
    OperatorError,
    SymbolicProblem,
    Variable,
    mutate,
    operators,
    register_operator,
    solve,
)
from zoped.symbolic.operators import base

SEED = next(seed for seed in builtin_seeds() if seed.id == "pens-given")


@pytest.fixture(autouse=True)
def _same_registry(monkeypatch):
    monkeypatch.setattr(base, "_registry", dict(base._registry))


class Wrong(Operator):
    name = "wrong_one"
    description = "Fails."

    def apply(self, problem: SymbolicProblem, rng: Random) -> SymbolicProblem:
        raise KeyError("x")


class Empty(Operator):
    name = "wrong_two"
    description = "Returns nothing."

    def apply(self, problem, rng):
        return None


class Undecided(Operator):
    name = "wrong_three"
    description = "Cannot say whether it applies."

    def applicable(self, problem):
        return problem.nothing

    def apply(self, problem, rng):
        return problem


def changing(name, **changes):
    """An operator that changes these fields, trusting them; a function makes one of the problem's."""

    def apply(self, problem, rng):
        new = {k: v(problem) if callable(v) else v for k, v in changes.items()}
        return problem.replaced(**new)

    return type("Changing", (Operator,), {"name": name, "description": "x", "apply": apply})


def first_given(**changes):
    return lambda problem: (problem.variables[0].replaced(**changes), *problem.variables[1:])


@pytest.mark.parametrize(
    "operator, said",
    [
        (
            changing("undefined", constraints=["x == 3"]),
            r"Changing\) failed.*x == 3 uses x, which is not defined; the variables are start",
        ),
        (
            changing("doubled", variables=lambda problem: problem.variables * 2),
            r"failed.*variables defined twice: ",
        ),
        (changing("half_read", variables=first_given(value=0.5)), r"failed.*'float' object"),
        (changing("verbless", variables=first_given(clause="Ann has # pens")), r"needs one \[verb"),
        (
            changing("no_domain", variables=lambda problem: [Variable(name="a", domain="whole")]),
            r"failed.*ValidationError: domain: Input should be 'positive_integer'",
        ),
        (Wrong, r"wrong_one \(.*Wrong\) failed.*KeyError: 'x'"),
        (Empty, r"wrong_two \(.*Empty\) gave None; it must return a SymbolicProblem"),
        (Undecided, r"wrong_three \(.*Undecided\) failed.*AttributeError.*nothing"),
    ],
)
def test_it_is_named(operator, said):
    register_operator(operator)
    with pytest.raises(OperatorError, match=said):
        mutate(SEED.symbols, operator.name, seed=0)
    with pytest.raises(OperatorError, match=said):
        RandomOperators(operators=[operator.name])(SEED)


def test_what_is_written_as_text_is_read():
    """As everywhere else: `replaced` alone takes it as it is."""
    register_operator(
        changing(
            "text_alone",
            variables=lambda problem: [*problem.variables, Variable(name="kept")],
            constraints=lambda problem: [*problem.constraints, f"kept == {problem.target} - 2"],
            target="kept",
        )
    )
    assert solve(mutate(SEED.symbols, "text_alone", seed=0)).answer == "6"


def test_a_value_out_of_its_domain_is_refused_as_other_ugly_ones_are():
    register_operator(changing("below_zero", variables=first_given(value=Fraction(-7))))
    with pytest.raises(MutationRefused, match="not_nice: start = -7 is no positive_integer"):
        mutate(SEED.symbols, "below_zero", seed=0)


@pytest.mark.parametrize(
    "fields, said",
    [
        ({"arguments": {"gone": (2, 9)}}, r'arguments is .*write a dict .*"gone": Limits\(2, 9'),
        ({"arguments": ["gone"]}, "write a dict of limits"),
        ({"__init__": lambda self, gone: None}, r"Named\(\) cannot be made: .*argument: 'gone'"),
    ],
)
def test_what_cannot_be_registered_is_told(fields, said):
    named = type("Named", (Wrong,), {"name": "named", **fields})
    with pytest.raises(ValueError, match=said):
        register_operator(named)


def test_without_apply_it_is_none():
    bare = type("Bare", (Operator,), {"name": "bare", "description": "x"})
    with pytest.raises(ValueError, match=r"Bare\(\) cannot be made: .*apply"):
        register_operator(bare)


def test_a_copy_of_one_of_ours_needs_a_name_of_its_own():
    """`AddStep` of the user's is not Zoped's, though both are called so."""
    ours = type(operators()["add_step"])
    copied = type(ours.__name__, (Wrong,), {"name": "add_step"})
    with pytest.raises(ValueError, match="an operator called 'add_step' exists"):
        register_operator(copied)
    assert register_operator(ours) is ours  # a module that is loaded again


def test_limits_between_which_nothing_lies_are_told():
    with pytest.raises(ValueError, match="limits of 9 to 3: give the lower one first"):
        Limits(9, 3, "how many")


@pytest.mark.parametrize("name", ["add a step", "a+b", "", "1st", "a-b"])
def test_a_name_is_letters_digits_and_underscores(name):
    named = type("Named", (Wrong,), {"name": name})
    with pytest.raises(ValueError, match=r"Named is called .*add_step"):
        register_operator(named)
