"""docs/getting-started.md and docs/tutorials/ as a reader follows them: files are saved under their
titles, commands and Python are run one after the other, in a folder of their own."""

import re

import pytest
from typer.testing import CliRunner

from tests.test_snippets import BLOCK, DOCS, SHELLS, commands
from zoped.cli.main import app

TUTORIALS = [DOCS / "getting-started.md", *sorted((DOCS / "tutorials").glob("*.md"))]


@pytest.mark.slow
@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_a_tutorial_runs_from_its_first_line_to_its_last(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    names: dict[str, object] = {}
    text = page.read_text(encoding="utf-8")
    ran = 0
    for language, title, body in BLOCK.findall(text):
        if title:
            (tmp_path / title).write_text(body, encoding="utf-8")
        elif language == "python":
            exec(body, names)  # noqa: S102  text of our own
            ran += 1
        elif language in SHELLS:
            for arguments in commands(body):
                result = CliRunner().invoke(app, arguments)
                assert result.exit_code == 0, f"{arguments}: {result.output}"
                ran += 1
    assert ran
    for named in re.findall(r"`(runs/[\w./-]+)`", text):
        assert (tmp_path / named).exists(), named
