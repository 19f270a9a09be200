"""No file of the current folder takes a library's place in a process that we start."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOLVE = """
from zoped.symbolic import SymbolicProblem, solve
problem = {"variables": [{"name": "x", "domain": "integer"}], "constraints": ["x**3 + x == 350", "x > 0"],
           "target": "x"}
print(solve(SymbolicProblem.model_validate(problem)).answer)
"""


@pytest.mark.parametrize("name", ["heapq", "sympy"])
def test_the_solver_does_not_run_what_lies_in_the_current_folder(tmp_path, name):
    here, elsewhere = tmp_path / "downloaded", tmp_path / "mine"
    here.mkdir()
    elsewhere.mkdir()
    ran = tmp_path / "ran"
    (here / f"{name}.py").write_text(f"open({str(ran)!r}, 'w').close()\nraise SystemExit\n")
    script = elsewhere / "script.py"
    script.write_text(SOLVE)
    told = subprocess.run(
        [sys.executable, script], cwd=here, capture_output=True, text=True, check=False
    )
    assert told.stdout == "7\n", told.stderr
    assert not ran.exists()


def test_what_is_in_the_current_folder_can_be_imported_last(tmp_path):
    (tmp_path / "my_module.py").write_text("")
    (tmp_path / "heapq.py").write_text("raise SystemExit\n")
    program = "from zoped.foundation.module_process import own_modules_last as last; last(); import heapq, my_module"
    subprocess.run([sys.executable, "-P", "-c", program], cwd=tmp_path, check=True)


def test_every_module_is_started_so():
    """But for a round's launchers, of which `train.grpo.launcher` sets the environment."""
    started = re.compile(r"sys\.executable[^\n]*\"-m\"")
    folders = (
        "foundation",
        "symbolic",
        "programs",
        "evals",
        "students",
        "optimizers",
        "train",
        "cli",
    )
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    found = [file.name for file in files if started.search(file.read_text(encoding="utf-8"))]
    assert found == ["module_process.py"]


@pytest.mark.slow
def test_spawned_processes_do_not_run_what_lies_in_the_current_folder(tmp_path):
    here, elsewhere = tmp_path / "downloaded", tmp_path / "mine"
    here.mkdir()
    elsewhere.mkdir()
    ran = tmp_path / "ran"
    for name in ("pickle", "struct", "tempfile"):
        (here / f"{name}.py").write_text(f"open({str(ran)!r}, 'w').close()\nraise SystemExit\n")
    script = elsewhere / "zoped.py"
    script.write_text("import sys; sys.path.pop(0); from zoped.cli.main import main; main()\n")
    out = tmp_path / "problems"
    words = ["generate", "--teacher", "none", "-n", "5", "--time-limit", "0", "-o", f"{out}/"]
    subprocess.run([sys.executable, script, *words], cwd=here, check=True, timeout=60)
    assert list(out.rglob("*.parquet"))
    assert not ran.exists()
