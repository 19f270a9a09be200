"""What people and models write is read where it means one thing, else refused with what to write."""

from __future__ import annotations

import gc
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from pydantic import ValidationError

from zoped.signatures import WrittenProblem
from zoped.symbolic import SymbolicProblem, parse_expression, realize, solve


def written(constraints, target="x", **values):
    """x is the unknown; the rest are givens."""
    variables = [
        {"name": name.replace("__", " "), "meaning": "", "unit": "", "domain": "real", "value": v}
        for name, v in {"x": None, **values}.items()
    ]
    data = {"variables": variables, "constraints": constraints, "target": target, "query": "value"}
    return WrittenProblem.model_validate(data).to_problem()


@pytest.mark.parametrize(
    ("relation", "read"),
    [
        ("x = 5", "x == 5"),
        ("x^2 = 2*a", "x**2 == 2*a"),
        ("x = 20,000", "x == 20000"),
        ("x = 1,234,567.5 + a", "x == (2469135/2) + a"),
        ("x = max(1,200)", "x == max(1, 200)"),
        ("x = (1,200 + a)", "x == 1200 + a"),
        ("x = $5 + a", "x == 5 + a"),
        ("x = 10% * a", "x == (1/10)*a"),
        ("x == a*(1/2).", "x == a*(1/2)"),
        ("x ≤ 3·a", "x <= 3*a"),
        ("x − a ≠ 4", "x - a != 4"),
        ("x² = π", "x**2 == pi"),
        ("x = a/20%", "x == a/(1/5)"),
        ("x = 2*3%", "x == 2*(3/100)"),
        ("x² = 3*a³", "x**2 == 3*a**3"),
        ("x % 5 == 3", "x%5 == 3"),
        ("a % x == 3", "a%x == 3"),
        ("x = a*(1 + 10%)", "x == a*(1 + (1/10))"),
        ("x = a - 10 % 4", "x == a - 10%4"),
        ("x => a", "x >= a"),
        ("x <> a", "x != a"),
    ],
)
def test_what_can_mean_one_thing_is_read(relation, read):
    assert [str(r) for r in written([relation], a="7").relations] == [read]


@pytest.mark.parametrize(
    ("relation", "advice"),
    [
        ("x = 10% + a", "write 10/100"),
        ("x = 10% of a", "write 10/100"),
        ("x = 50 + 10%", "x*(1 + 10/100)"),
        ("x = a - 10%", "x*(1 + 10/100)"),
        ("x = 1/2%", "put brackets"),
        ("x = 1 / 2 %", "put brackets"),
        ("x = a*(1 + 3/4%)", "put brackets"),
        ("x = a**2%", "put brackets"),
        ("x²³ = 5", "write ** and *"),
        ("x²3 = 5", "write ** and *"),
        ("x mod 7 = 3", "write a % m"),
        ("x ≡ 3", "write a % m"),
        ("x = 1 1/2", "write 1 + 1/2"),
        ("x = 5 dollars", "without a unit"),
        ("x == |a|", "write abs"),
        ("x == a!", "write factorial"),
        ("x == 2a", "as in 2*x"),
        ("x == [a]", "no lists"),
        ("x == \\sqrt{a}", "no LaTeX"),
        ("x == √a", "write sqrt"),
        ("a", "is not a relation"),
    ],
)
def test_the_rest_is_refused_with_what_to_write(relation, advice):
    with pytest.raises(ValidationError) as caught:
        written([relation], a="7")
    assert advice in str(caught.value)


@pytest.mark.parametrize(
    ("value", "exact"),
    [
        ("20,000", "20000"),
        ("$5", "5"),
        ("€2.50", "5/2"),
        ("10%", "1/10"),
        ("2 1/2", "5/2"),
        ("-1 1/2", "-3/2"),
        ("1e5", "100000"),
        ("2.5e-3", "1/400"),
        ("−3", "-3"),
        ("7.", "7"),
        (7, "7"),
        (0.25, "1/4"),
    ],
)
def test_values_are_read_exactly(value, exact):
    assert str(written(["x == a"], a=value).variable("a").value) == exact


@pytest.mark.parametrize(
    ("value", "advice"),
    [("5 dollars", "without a unit"), ("sqrt(41)", "x == sqrt(2)"), ("1e999", "1e999"), ("x", "x")],
)
def test_other_values_are_refused(value, advice):
    with pytest.raises(ValidationError) as caught:
        written(["x == a"], a=value)
    assert advice in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "sum",
        "product",
        "max",
        "min",
        "log",
        "pi",
        "class",
        "from",
        "in",
        "lambda",
        "True",
        "count",
        "No. of pens",
        "größe",
        "α",
        "2nd",
        "_x",
        "a__b",
        "n" * 60,
    ],
)
def test_any_name_can_be_written_and_is_renamed_everywhere(name):
    variables = [
        {"name": name, "value": "3", "clause": "Ann [has] # pens"},
        {"name": "x", "meaning": "pens that Bob has"},
    ]
    problem = SymbolicProblem.model_validate(
        {
            "variables": variables,
            "constraints": [
                {
                    "relation": f"x == 2*{name} + max({name}, 1)",
                    "statement": f"Two {{{name}}} more.",
                }
            ],
            "target": f"x + {name}",
        }
    )
    assert solve(problem).answer == "12"
    assert "Two 3 more." in realize(problem, 0)
    assert SymbolicProblem.model_validate_json(problem.model_dump_json()) == problem


def test_a_new_name_is_free():
    problem = written(["x == sum + the_sum"], sum="1", the_sum="2")
    assert len({v.name for v in problem.variables}) == 3
    assert solve(problem).answer == "3"


def test_words_that_join_conditions_are_no_names():
    with pytest.raises(ValidationError, match="joins conditions"):
        written(["x == 3"], **{"and": "2"})


def test_chains_are_taken_apart():
    problem = SymbolicProblem.model_validate(
        {
            "variables": [{"name": "x", "domain": "integer"}],
            "constraints": [{"relation": "3 < x < 5", "statement": "x lies between 3 and 5."}],
            "target": "x",
        }
    )
    assert [str(r) for r in problem.relations] == ["3 < x", "x < 5"]
    assert [c.statement for c in problem.constraints] == ["x lies between 3 and 5.", ""]
    assert solve(problem).answer == "4"


def test_other_conditions_are_relations():
    problem = written(["x == 3 or x == 4", "not x == 3"])
    assert solve(problem).answer == "4"


@pytest.mark.parametrize(
    "text",
    [
        "a if x > 3 else b",
        "(1 if x == 3 else 2) + 1",
        "x == 1 or y == 2 and not z < 3",
        "count(k % 3 == 0 and k > 4, k, 1, 100)",
        "x if a > b else y if a == b else z",
    ],
)
def test_conditions_read_back(text):
    assert parse_expression(str(parse_expression(text))) == parse_expression(text)


@pytest.fixture
def threads_take_turns():
    """Wherever an object is made: Python's garbage collector lets others go on."""

    def let_others(*_):
        time.sleep(0)

    usual = gc.get_threshold()
    gc.freeze()  # what is there already need not be looked through
    gc.callbacks.append(let_others)
    gc.set_threshold(20)
    yield
    gc.callbacks.remove(let_others)
    gc.set_threshold(*usual)
    gc.unfreeze()
    gc.collect()
    gc.freeze()  # as tests/conftest.py leaves it


def test_threads_read_at_the_same_time(threads_take_turns):
    text = "a == " + " + ".join(f"(b*{i} - c)*d" for i in range(10))
    together = threading.Barrier(6)

    def read(depth):
        if depth:
            return read(depth - 1)
        together.wait()
        return {str(parse_expression(text)) for _ in range(100)}

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(read, range(0, 120, 20)))
    assert len(set.union(*found)) == 1
