"""The modules of `zoped-grade` as its build lays them out, for what imports `zoped_grade`."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def source_of_the_grader(folder: Path) -> Path:
    """A copy of what the package is built from, so that nothing is left in the repository; returns the
    folder of its setup.py."""
    shutil.copytree(ROOT / "packages", folder / "packages")
    shutil.copytree(ROOT / "evals" / "answers", folder / "evals" / "answers")
    (folder / "foundation").mkdir()
    shutil.copy(ROOT / "foundation" / "words.py", folder / "foundation")
    return folder / "packages" / "zoped-grade"


def built_grader(folder: Path) -> Path:
    """A folder to put on `sys.path`."""
    source = source_of_the_grader(folder)
    command = [sys.executable, "setup.py", "-q", "build_py", "--build-lib", str(folder / "lib")]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    return folder / "lib"
