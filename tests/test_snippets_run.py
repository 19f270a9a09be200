"""Every snippet of the documentation is run: Python whole, commands as far as they can be here.

A page's snippets are run one after the other in a folder of its own, beside the files that they speak of.
What a page asks of a model goes to a scripted server on loopback; numbers that take minutes are made small
(`INSTEAD`). Commands that need more than this machine are in `PARSED`, with the reason; test_snippets.py
gives their arguments to the command line's own parser. A new snippet is run without being named here.
"""

import contextlib
import doctest
import json
import re
import shutil
import sys
from pathlib import Path

import dspy
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import csv
from typer.testing import CliRunner

from tests.openai_server import API_KEY, openai_server
from tests.small_run import SMALL_RUN
from tests.test_packaging import ROOT
from tests.test_snippets import CALLS, PAGES, SHELLS, commands, fenced
from tests.test_tutorials import TUTORIALS
from zoped.cli.main import app
from zoped.programs import builtin_seeds
from zoped.programs.teachers.load import load_teacher
from zoped.signatures import as_lines, from_lines
from zoped.symbolic.operators import base

# Why a command is not carried out, by what stands in it.
PARSED = {
    "openai/": "a paid teacher",
    "--api-base": "a server of the reader's",
    "Qwen/": "a student from the hub",
    "--benchmarks": "test sets from the hub; tests/evals/evaluation runs them from files",
    "1000000": "takes minutes, on a cluster or not",
    "teacher train": "takes hours",
    "lab-student --": "takes ten minutes and more; tests/students/test_lab.py makes a small one",
    "lab configs/": "takes hours; tests/train/lab runs a small one",
    "$seed": "six runs; tests/train/lab and tests/cli/test_compare run and compare them",
    "runs/plain-": "of those six runs",
    "observe runs/mine": "what another trainer measured; tests/train/exchange/test_profiles.py reads such",
    "serve live": "serves until it is stopped; tests/train/live asks it",
}
# Pages whose Python is run elsewhere, all of it.
ELSEWHERE = {
    **{page: "train/exchange/test_exports.py" for page in PAGES if page.parent.name == "use-with"},
    ROOT / "docs" / "teachers.md": "test_teachers_page.py",
}
# What is run in the place of what takes minutes, by page.
SMALL = ", ".join(f"{key}={value!r}" for key, value in SMALL_RUN.items() if key != "rounds")
INSTEAD = {
    "README": {
        "-n 500": "-n 3",
        "quickstart.yaml ": "quickstart.yaml --set rounds=1 --set train.steps=2 --set evaluate.problems=30 ",
    },
    "command-line": {"-n 100 ": "-n 3 "},
    "optimizers": {
        "builtin_seeds()": "builtin_seeds()[:2]",
        "GenerateProblem()": "GenerateProblem(operators=['one_digit_numbers', 'add_step'])",
        "band=(0.2, 0.8)": "band=(0.2, 0.8), min_rollouts=2, max_rollouts=2",
        "max_teacher_calls=40": "max_teacher_calls=4, batch_size=2, candidates=1, "
        "exploration_tries=1, variants=1",
        'load_teacher("embedded"': 'load_teacher("openai/scripted"',
    },
    "audit": {"--problems 1000": "--embed 0"},
    "evaluate": {"--student lab   ": "--student lab --problems 3 "},
    "strategies": {"range(100)": "range(1)"},
    "training": {
        'teacher={"model": "none"}, train={"learning_rate": 2e-4}': SMALL,
    },
    "write-a-signature": {"range(10)": "range(2)", ", max_dollars=0.50": ""},  # it has no price
}
EVERYWHERE = {"openai/gpt-5-mini": "openai/scripted"}
SEED = builtin_seeds()[0]
TEXT = "Ann has 5 pens. Ben gives her twice as many. How many has she now?"


def reply(body):
    """What each step asks for, told by the name of its output."""
    prompt = body["messages"][-1]["content"]
    if "`answer`" in prompt:
        said = {"steps": "5 + 10", "answer": "15"}
    elif "`formalization`" in prompt:
        said = {"formalization": from_lines(as_lines(SEED.symbols))}
    elif "`rewritten`" in prompt:
        said = {"rewritten": from_lines(as_lines(builtin_seeds()[1].symbols))}
    elif "`text`" in prompt:
        said = {"text": TEXT}
    else:
        said = {"choice": {"operator": "one_digit_numbers", "number": 0}}
    return json.dumps(said)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """What stands for the reader's files, and a run as docs/training.md makes one."""
    folder = tmp_path_factory.mktemp("reader")
    rows = [{"text": seed.text, "answer": seed.answer} for seed in builtin_seeds()[:13]]
    whole = [json.dumps(row) for row in rows]
    for name in ("my_seeds", "mine", "a"):
        (folder / f"{name}.jsonl").write_text("\n".join(whole))
    faulty = [*whole, json.dumps(rows[0] | {"answer": "7 apples"})]
    (folder / "faulty.jsonl").write_text("\n".join(faulty))
    pq.write_table(pa.Table.from_pylist(rows), folder / "b.parquet")
    table = [{"question": row["text"], "result": row["answer"]} for row in rows]
    csv.write_csv(pa.Table.from_pylist(table), folder / "problems.csv")
    made = ["generate", "--teacher", "none", "-n", "3", "-o", str(folder / "problems.jsonl")]
    assert CliRunner().invoke(app, made).exit_code == 0
    [snippet] = (body for *_, body in fenced(ROOT / "docs" / "training.md") if "run_rounds" in body)
    with contextlib.chdir(folder):
        exec(instead("training", snippet), {})  # noqa: S102  text of our own
    return folder


@pytest.fixture
def around(files, tmp_path, monkeypatch):
    """A folder to be in, and a teacher to ask."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(base, "_registry", dict(base._registry))  # for operators of a page
    with openai_server(reply) as server:
        monkeypatch.setenv("OPENAI_API_KEY", API_KEY)
        monkeypatch.setenv("OPENAI_API_BASE", server.url)
        with dspy.context(lm=load_teacher("openai/scripted"), adapter=dspy.JSONAdapter()):
            yield files
    sys.modules.pop("my_operators", None)  # a page's file


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page not in TUTORIALS], ids=lambda page: page.stem
)
def test_a_pages_snippets_run_one_after_the_other(page, around, tmp_path):
    names = {"__name__": page.stem}
    for language, title, body in fenced(page):
        body = instead(page.stem, body)
        if title:
            Path(title).write_text(body, encoding="utf-8")
        elif language == "python" and page not in ELSEWHERE:
            bring(around, body)
            exec(compile(body, page.name, "exec"), names)  # noqa: S102  text of our own
        elif language == "pycon":
            bring(around, body)
            test = doctest.DocTestParser().get_doctest(body, names, page.name, None, 0)
            assert doctest.DocTestRunner().run(test).failed == 0
        elif language in SHELLS:
            for arguments in commands(body):
                if not any(part in " ".join(arguments) for part in PARSED):
                    bring(around, re.sub(r"-o \S+", "", " ".join(arguments)))
                    result = CliRunner().invoke(app, arguments)
                    assert result.exit_code == 0, f"{arguments}: {result.output}"


def test_each_reason_for_not_running_is_needed():
    every = [" ".join(arguments) for _, arguments in CALLS]
    assert [part for part in PARSED if not any(part in call for call in every)] == []
    assert [test for test in ELSEWHERE.values() if not (ROOT / "tests" / test).is_file()] == []
    texts = {page.stem: page.read_text(encoding="utf-8") for page in PAGES}
    missing = [
        old for page, changed in INSTEAD.items() for old in changed if old not in texts[page]
    ]
    assert missing == []


def instead(page, text):
    for old, new in {**EVERYWHERE, **INSTEAD.get(page, {})}.items():
        text = text.replace(old, new)
    return text


def bring(files, text):
    """Lay what the text names into the folder, unless it is there."""
    for file in files.iterdir():
        if file.is_file() and file.name in text and not Path(file.name).exists():
            shutil.copy(file, file.name)
    for run in re.findall(r"\bruns/[\w-]+", text):
        if not Path(run).exists():
            shutil.copytree(files / "runs" / "from-python", run)
    if "configs/" in text and not Path("configs").exists():
        Path("configs").symlink_to(ROOT / "configs")
