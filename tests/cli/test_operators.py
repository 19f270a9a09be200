"""The operators as a person sees them: the list, one with its example, and the page made of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from zoped.cli.main import app
from zoped.cli.operators_page import render
from zoped.symbolic import operators

PAGE = Path(__file__).parents[2] / "docs" / "operators.md"


def test_every_operator_is_listed_with_what_it_does() -> None:
    result = CliRunner().invoke(app, ["operators"])
    lines = result.stdout.splitlines()
    assert [line.split()[0] for line in lines] == list(operators())


def test_one_operator_is_shown_with_an_example() -> None:
    result = CliRunner().invoke(app, ["operators", "leftover_step"])
    assert operators()["leftover_step"].description in result.stdout
    assert "`size`, 3 to 12" in result.stdout
    assert "→" in result.stdout


def test_an_unknown_operator_is_told() -> None:
    result = CliRunner().invoke(app, ["operators", "leftover"])
    assert result.exit_code == 2
    assert "no operator 'leftover'" in result.stderr


@pytest.mark.slow
def test_the_page_is_what_the_code_makes() -> None:
    """Made again by `python -m zoped.cli.operators_page > docs/operators.md`."""
    assert PAGE.read_text(encoding="utf-8") == render()
