"""The package lists in pyproject.toml say what is on disk."""

import os
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
FOLDERS = (
    *("foundation", "symbolic", "signatures", "programs"),
    *("evals", "students", "optimizers", "train", "cli"),
)


def packages_on_disk() -> set[str]:
    found = (path.parent for folder in FOLDERS for path in (ROOT / folder).rglob("__init__.py"))
    return {"zoped." + ".".join(path.relative_to(ROOT).parts) for path in found}


def test_every_package_on_disk_is_in_the_wheel():
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == packages_on_disk()


def test_every_package_is_mapped_to_its_folder():
    mapping = PROJECT["tool"]["setuptools"]["package-dir"]
    for package in packages_on_disk():
        assert mapping[package] == package.removeprefix("zoped.").replace(".", "/")


def test_type_checkers_find_every_top_level_package():
    for folder in FOLDERS:
        assert os.readlink(ROOT / "typings" / "zoped" / folder) == f"../../{folder}"


def test_a_package_is_the_same_object_however_the_folder_is_reached():
    import zoped.symbolic

    assert Path(zoped.symbolic.__file__).resolve() == ROOT / "symbolic" / "__init__.py"
