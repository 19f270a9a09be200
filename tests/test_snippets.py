"""What stands on the pages of the documentation: commands and options are there, settings are settings,
seeds are seeds, what Python imports is there."""

import ast
import json
import re
import shlex
from importlib import import_module

import pytest
import typer
import yaml

from tests.test_packaging import ROOT
from zoped.cli.main import app
from zoped.programs import load_seeds
from zoped.train.settings import RunSettings

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```', re.MULTILINE | re.DOTALL)
SHELLS = ("console", "sh", "bash")


def blocks(page, *languages):
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [(title, body) for language, title, body in found if language in languages]


def commands(text):
    """The arguments of each `zoped` in a block of commands."""
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(line.removeprefix("$ "), comments=True)
        if words and words[0] == "zoped":
            yield words[1:]


CALLS = [
    (page, arguments)
    for page in PAGES
    for _, body in blocks(page, *SHELLS)
    for arguments in commands(body)
]


@pytest.mark.parametrize(
    "page, arguments", CALLS, ids=[f"{page.stem}: {' '.join(words)}" for page, words in CALLS]
)
def test_every_command_that_is_written_down_can_be_called_so(page, arguments):
    command = typer.main.get_command(app)
    context = command.context_class(command, info_name="zoped")
    rest = list(arguments)
    while hasattr(command, "get_command"):
        name = rest.pop(0)
        found = command.get_command(context, name)
        assert found is not None, f"zoped has no command {name!r}"
        command, context = found, found.context_class(found, parent=context, info_name=name)
    if not command.context_settings.get("ignore_unknown_options"):  # another program reads them
        # Raises for an option that is not there, or that lacks its value.
        command.make_parser(context).parse_args(rest)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_settings_are_settings_and_seeds_are_seeds(page, tmp_path):
    for _, body in blocks(page, "yaml"):
        for document in yaml.safe_load_all(body):
            if isinstance(document, dict):
                RunSettings.model_validate(document)
    for _, body in blocks(page, "json"):
        rest = body.strip()
        while rest:
            found, end = json.JSONDecoder().raw_decode(rest)
            rest = rest[end:].strip()
            if {"text", "answer"} <= found.keys():
                (tmp_path / "seeds.jsonl").write_text(json.dumps(found), encoding="utf-8")
                assert len(load_seeds(tmp_path / "seeds.jsonl")) == 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_python_is_python_and_what_it_imports_is_there(page):
    for _, body in blocks(page, "python"):
        for node in ast.walk(ast.parse(body)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("zoped."):
                module = import_module(node.module)
                missing = [name.name for name in node.names if not hasattr(module, name.name)]
                missing = [name for name in missing if not _is_module(f"{node.module}.{name}")]
                assert not missing


def _is_module(name):
    try:
        import_module(name)
    except ImportError:
        return False
    return True
