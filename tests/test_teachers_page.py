"""docs/teachers.md: its settings are settings, and its Python runs."""

import os
import re
import subprocess
import sys

import pytest
import yaml

from tests.openai_server import API_KEY, MODEL, openai_server
from tests.test_packaging import ROOT
from zoped.cli.generate import generate
from zoped.train.settings import RunSettings

PAGE = (ROOT / "docs" / "teachers.md").read_text(encoding="utf-8")
CHOICE = '{"choice": {"operator": "change_numbers", "number": 0}}'


def snippets(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(
    "settings", [part for text in snippets("yaml") for part in yaml.safe_load_all(text)]
)
def test_its_settings_are_settings(settings):
    teacher = RunSettings.model_validate(settings).teacher
    assert teacher.model_dump(exclude_unset=True) == settings["teacher"]


def test_its_python_runs():
    [code] = snippets("python")
    with openai_server(lambda _: CHOICE) as server:
        names = f"MODEL, API_BASE = 'openai/{MODEL}', '{server.url}'\n"
        done = subprocess.run(
            [sys.executable, "-c", names + code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "OPENAI_API_KEY": API_KEY},
        )
        assert 8 <= len(server.requests) <= 40
    assert re.match(r"[1-9]\d* problems; \d+ calls", done.stdout)


def test_the_options_that_it_names_are_there():
    named = re.findall(r"`--([a-z-]+)`", PAGE)
    parameters = generate.__wrapped__.__annotations__
    assert named and all(name.replace("-", "_") in parameters for name in named)
