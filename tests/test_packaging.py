"""The packages: the lists in pyproject.toml say what is on disk, and imports run in no circle."""

import ast
import os
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
FOLDERS = (
    *("foundation", "symbolic", "signatures", "programs"),
    *("evals", "students", "optimizers", "train", "cli"),
)


def packages_on_disk() -> set[str]:
    found = (path.parent for folder in FOLDERS for path in (ROOT / folder).rglob("__init__.py"))
    return {"zoped"} | {"zoped." + ".".join(path.relative_to(ROOT).parts) for path in found}


def folder_of(package: str) -> str:
    """`zoped` itself is a folder of its own: one of its name would shadow it where Python starts here."""
    return "entry" if package == "zoped" else package.removeprefix("zoped.").replace(".", "/")


def test_every_package_on_disk_is_in_the_wheel():
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == packages_on_disk()


def test_every_package_is_mapped_to_its_folder():
    mapping = PROJECT["tool"]["setuptools"]["package-dir"]
    for package in packages_on_disk():
        assert mapping[package] == folder_of(package)


def test_type_checkers_find_every_top_level_package():
    for folder in FOLDERS:
        assert os.readlink(ROOT / "typings" / "zoped" / folder) == f"../../{folder}"


def test_a_package_is_the_same_object_however_the_folder_is_reached():
    import zoped.symbolic

    assert Path(zoped.symbolic.__file__).resolve() == ROOT / "symbolic" / "__init__.py"


def test_the_package_has_its_version_and_is_the_command():
    import zoped

    assert zoped.__version__ == PROJECT["project"]["version"]
    done = subprocess.run(
        [sys.executable, "-m", "zoped", "--version"], check=True, capture_output=True, text=True
    )
    assert done.stdout == f"zoped {zoped.__version__}\n"


def imports() -> dict[str, set[str]]:
    """Every module's imports of ours: in functions and under TYPE_CHECKING too.

    `from package import name` counts as the module that `name` is, or else as the package.
    """
    files = {}
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            files["zoped." + ".".join(parts).removesuffix(".__init__")] = path
    found: dict[str, set[str]] = {}
    for module, path in files.items():
        names = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {name.name for name in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                inner = {f"{node.module}.{name.name}" for name in node.names}
                names |= {name if name in files else node.module for name in inner}
        found[module] = names & files.keys() - {module}
    return found


def test_imports_run_in_no_circle_even_for_types():
    graph = imports()
    assert graph["zoped.optimizers.search"] >= {"zoped.programs", "zoped.optimizers.settings"}
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_no_import_is_hidden_from_the_contracts():
    """`import_module` loads a package's own names when they are used, or what a user names."""
    users = {
        path.relative_to(ROOT).as_posix()
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if "import_module" in path.read_text(encoding="utf-8")
    }
    assert users == {"programs/dotted_path.py", "students/__init__.py", "train/__init__.py"}


def test_a_folder_fits_on_a_screen():
    large = {"symbolic/operators", "cli"}  # an operator, a command a file
    for package in packages_on_disk():
        folder = folder_of(package)
        files = [path for path in (ROOT / folder).glob("*.py") if path.name != "__init__.py"]
        assert folder in large or len(files) <= 16, f"{folder}: {len(files)} files"
