"""An operator of the user's that is wrong is named, with what it did."""

from random import Random

import pytest

from zoped.programs import RandomOperators, builtin_seeds
from zoped.symbolic import (
    Limits,
    Operator,
    OperatorError,
    SymbolicProblem,
    mutate,
    register_operator,
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


@pytest.mark.parametrize(
    "operator, said",
    [
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


def test_limits_between_which_nothing_lies_are_told():
    with pytest.raises(ValueError, match="limits of 9 to 3: give the lower one first"):
        Limits(9, 3, "how many")


@pytest.mark.parametrize("name", ["add a step", "a+b", "", "1st", "a-b"])
def test_a_name_is_letters_digits_and_underscores(name):
    named = type("Named", (Wrong,), {"name": name})
    with pytest.raises(ValueError, match=r"Named is called .*add_step"):
        register_operator(named)
