"""The guide to operators: its very example works, by hand and from a configuration."""

from __future__ import annotations

import importlib
import re
import runpy
import sys
from pathlib import Path

import pytest

from zoped.programs import GenerateProblem, RandomOperators, builtin_seeds
from zoped.symbolic import (
    MutationRefused,
    check_problem,
    missing_givens,
    mutate,
    operators,
    realize,
)
from zoped.symbolic.operators import base

GUIDE = Path(__file__).parents[3] / "docs" / "write-an-operator.md"
CODE = re.findall(r"```python[^\n]*\n(.*?)```", GUIDE.read_text(), re.DOTALL)


@pytest.fixture
def my_operators(tmp_path, monkeypatch):
    """The guide's file on the path, forgotten afterwards."""
    (tmp_path / "my_operators.py").write_text(CODE[0])
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(base, "_registry", dict(base._registry))
    yield
    sys.modules.pop("my_operators", None)


def test_the_example_makes_good_problems(my_operators):
    importlib.import_module("my_operators")
    assert "give_away_step" in operators()
    accepted = 0
    for seed in builtin_seeds():
        if seed.symbols is None:
            continue
        try:
            changed = mutate(seed.symbols, "give_away_step", seed=1)
        except MutationRefused:
            continue
        check = check_problem(changed)
        text = realize(changed, 0)
        if check.reason is None and not missing_givens(changed, text):
            accepted += 1
    assert accepted >= 8


def test_the_example_asks_for_what_it_makes_in_every_wording(my_operators):
    importlib.import_module("my_operators")
    for seed in builtin_seeds():
        try:
            changed = mutate(seed.symbols, "give_away_step", seed=1)
        except MutationRefused:
            continue
        for wording in range(10):
            text = realize(changed, wording)
            assert re.search(r"are given away\. How many \w+ are left\?$", text), text


def test_the_lines_to_try_it_run(my_operators, capsys, tmp_path):
    (tmp_path / "try_it.py").write_text(CODE[1])
    runpy.run_path(str(tmp_path / "try_it.py"))
    text, answer = capsys.readouterr().out.strip().splitlines()
    assert text.endswith("?") and int(answer) >= 0


def test_a_configuration_names_it_by_its_path(my_operators):
    generate = RandomOperators(operators=["my_operators.GiveAwayStep"], variants=4)
    outcome = generate(seed=builtin_seeds()[0])
    assert {problem.move for problem in outcome.accepted} == {"give_away_step"}


def test_a_path_that_leads_nowhere_is_named():
    with pytest.raises(ValueError, match=r"no operator 'my_package\.Nothing'"):
        GenerateProblem(operators=["my_package.Nothing"])
