"""What stands on the pages of the documentation is of a kind that some test looks at: commands are given to
the command line's own parser, settings to the loader of settings, seeds to the reader of seeds. Python is
run, and commands as far as they can be, by test_snippets_run.py and test_tutorials.py.
"""

import ast
import builtins
import json
import re
import shlex
import tomllib
from importlib import import_module
from itertools import takewhile

import pytest
import typer
import yaml

from tests.test_packaging import ROOT
from zoped.cli.main import app
from zoped.programs import load_seeds
from zoped.programs.strategies import load_strategies
from zoped.train.settings import RunSettings

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```', re.MULTILINE | re.DOTALL)
PROMPT = re.compile(r"^\w*\$ +")
SHELLS = ("console", "sh", "bash")


def fenced(page):
    """The language, the title ("" without one) and the text of each snippet."""
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def blocks(page, *languages):
    return [(title, body) for language, title, body in fenced(page) if language in languages]


def lines(text):
    """The words of each command in a block of them, without what its output goes to."""
    for line in text.replace("\\\n", " ").splitlines():
        words = shlex.split(PROMPT.sub("", line), comments=True)
        yield list(takewhile(lambda word: word not in ("|", ">"), words))


def commands(text):
    """The arguments of each `zoped` in a block of commands."""
    for words in lines(text):
        if words and words[0] == "zoped":
            yield words[1:]


CALLS = [
    (page, arguments)
    for page in PAGES
    for _, body in blocks(page, *SHELLS)
    for arguments in commands(body)
]
# Every language that a snippet may be in, and what looks at it.
KINDS = {
    "python": "run by test_snippets_run.py, or by the test that it names",
    "pycon": "run by test_snippets_run.py, and what it prints compared",
    "console": "each command called or parsed, see below",
    "bash": "the same",
    "sh": "the same",
    "yaml": "read as settings, or as strategies",
    "json": "read, as seeds where they are such",
    "toml": "read",
    "csv": "of the form that tests/train/exchange/test_profiles.py reads",
    "text": "what is printed, or what a model reads: nothing to run",
}
# Commands of a shell that are no `zoped`, and why they are not run here.
NOT_RUN = {
    "make": "test_documentation.py sees that the target is there; `make test` is what runs the tests",
    "for": "a loop; the commands in it are parsed",
    "done": "its end",
    "cd": "into the folder that an export wrote",
    "cp": "an export into a checkout of NeMo Gym",
    "scp": "needs two machines",
    ".": "activates the environment that a test runs in",
    "python3 -m venv": "makes an environment, as `make test` does",
    "pip install": "installs packages over the network; tests/test_packaging.py builds ours",
    ".venv/bin/python -m pytest": "is what runs this; test_documentation.py sees that the files are there",
    "python -m openrlhf": "a trainer that needs GPUs",
    "python -m verl": "a trainer that needs GPUs",
    "python open_instruct/": "a trainer that needs GPUs",
    "python train.py": "slime's, which needs GPUs",
    "gym env start": "NeMo Gym's server",
    "uv run eval": "of verifiers, with a served model",
    "runs/mine: ": "what the command above it prints",
}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_snippet_is_of_a_kind_that_a_test_looks_at(page):
    fences = re.findall(r"^\s*(?:```|~~~).*$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(fences) == 2 * len(fenced(page)), (
        "begin a snippet at a line's start, with its language"
    )
    assert {language for language, *_ in fenced(page)} <= KINDS.keys()
    for _, body in blocks(page, *SHELLS):
        for words in lines(body):
            line = " ".join(words)
            assert not words or words[0] == "zoped" or line.startswith(tuple(NOT_RUN)), (
                f"{line}: say in NOT_RUN why no test runs it"
            )


def test_each_reason_for_not_running_is_needed():
    every = [
        " ".join(w) for page in PAGES for _, body in blocks(page, *SHELLS) for w in lines(body)
    ]
    assert [one for one in NOT_RUN if not any(line.startswith(one) for line in every)] == []


@pytest.mark.parametrize(
    "page, arguments", CALLS, ids=[f"{page.stem}: {' '.join(words)}" for page, words in CALLS]
)
def test_every_command_that_is_written_down_can_be_called_so(page, arguments):
    command = typer.main.get_command(app)
    context = command.context_class(command, info_name="zoped")
    rest = ["0" if word == "$seed" else word for word in arguments]
    while hasattr(command, "get_command"):
        name = rest.pop(0)
        found = command.get_command(context, name)
        assert found is not None, f"zoped has no command {name!r}"
        command, context = found, found.context_class(found, parent=context, info_name=name)
    # Raises for an option that is not there, a value that is none, and what is missing; runs nothing.
    command.make_context(name, rest, parent=context.parent)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_settings_are_settings_and_seeds_are_seeds(page, tmp_path):
    for _, body in blocks(page, "yaml"):
        for document in yaml.safe_load_all(body):
            if isinstance(document, dict):
                RunSettings.model_validate(document)
            else:
                (tmp_path / "strategies.yaml").write_text(body, encoding="utf-8")
                assert load_strategies(tmp_path / "strategies.yaml")
    for _, body in blocks(page, "toml"):
        assert tomllib.loads(body)
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


# Names in a snippet that stand for something of the reader's.
STAND_FOR = {"API_BASE", "MODEL", "student"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_python_can_be_copied_without_what_stands_above_it(page):
    for _, body in blocks(page, "python"):
        used, there = set(), {*dir(builtins), *STAND_FOR}
        for node in ast.walk(ast.parse(body)):
            if isinstance(node, ast.Name):
                (used if isinstance(node.ctx, ast.Load) else there).add(node.id)
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                there.add(node.name)
            elif isinstance(node, ast.arg):
                there.add(node.arg)
            elif isinstance(node, ast.alias):
                there.add((node.asname or node.name).partition(".")[0])
        assert used <= there, f"{used - there}: import or define them in the snippet itself"


def _is_module(name):
    try:
        import_module(name)
    except ImportError:
        return False
    return True
