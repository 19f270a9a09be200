"""What the documentation names is there, and the examples in docstrings and in README.md are true."""

import doctest
import re
import subprocess
import sys
from fractions import Fraction
from importlib import import_module
from pathlib import Path

import pytest

from tests.test_packaging import FOLDERS, ROOT

PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
MADE = ("gallery/", "reference/")  # with the site; its build looks at links to them
CODE = [path for folder in (*FOLDERS, "benchmarks") for path in (ROOT / folder).rglob("*.py")]
CONFIGURATIONS = [ROOT / "Makefile", *(ROOT / "configs").glob("*.yaml")]
TOP = "|".join((*FOLDERS, "docs", "tests", "configs", "benchmarks"))
ENDINGS = "py|md|yaml|txt|jsonl|json|svg|log|tsv"
PATH = re.compile(rf"(?<![\w/.:-])(?:{TOP})(?:/[\w.-]+)*/[\w.-]+\.(?:{ENDINGS})\b")
NAME = re.compile(r"\bzoped(?:\.[A-Za-z_]\w*)+")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
NOT_PYTHON = re.compile(r"zoped\.(json|lock|made_from)\b")  # files and keys of ours
README = (ROOT / "README.md").read_text(encoding="utf-8")


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return "zoped." + ".".join(parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in CODE if ROOT / "benchmarks" not in path.parents}
MODULES["zoped"] = ROOT / "entry" / "__init__.py"


def exists(name: str) -> bool:
    """Whether a dotted name is a module, or stands in the module that its beginning names."""
    parts = name.split(".")
    if name in ("zoped", *MODULES):
        return True
    for end in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:end])
        if module in MODULES:
            return re.search(rf"\b{parts[end]}\b", MODULES[module].read_text("utf-8")) is not None
    return False


@pytest.mark.parametrize("page", [*PAGES, *CODE, *CONFIGURATIONS], ids=lambda p: p.name)
def test_every_path_and_name_that_is_written_down_is_there(page):
    text = page.read_text(encoding="utf-8")
    missing = [path for path in PATH.findall(text) if not (ROOT / path).exists()]
    missing += [name for name in NAME.findall(NOT_PYTHON.sub("", text)) if not exists(name)]
    if page.suffix == ".md":
        links = [link for link in LINK.findall(text) if not link.startswith(MADE)]
        missing += [link for link in links if not (page.parent / link).exists()]
    assert not missing


@pytest.mark.parametrize(
    "module", sorted(m for m, path in MODULES.items() if ">>> " in path.read_text("utf-8"))
)
def test_the_examples_in_docstrings_are_true(module):
    loaded = import_module(module)
    result = doctest.testmod(loaded, extraglobs={"Fraction": Fraction, **vars(loaded)})
    assert result.attempted > 0 and result.failed == 0


def test_the_first_lines_of_python_in_the_readme_print_what_they_say():
    code, printed = re.search(
        r"```python\n(.*?)```\n+```text\n(.*?)```", README, re.DOTALL
    ).groups()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == printed


def test_every_make_target_that_is_written_down_is_there():
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for page in PAGES:
        for target in re.findall(r"(?:`|\$ )make (\w+)", page.read_text("utf-8")):
            assert target in targets, f"{page.name}: make {target}"
