"""Puts the modules of `zoped.evals.answers` into the wheel, under the name `zoped_grade`.

python -m build --wheel packages/zoped-grade: needs the whole repository around it.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "evals" / "answers"
NEEDS_ZOPED = {"math_verify.py", "math_verify_worker.py"}
RENAMED = {
    "zoped.evals.answers": "zoped_grade",
    "zoped.foundation.words": "zoped_grade.english",
}


class BuildFromAnswers(build_py):
    def run(self) -> None:
        super().run()
        target = Path(self.build_lib) / "zoped_grade"
        modules = {
            path.relative_to(SOURCE): path
            for path in sorted(SOURCE.rglob("*.py"))
            if path.name not in NEEDS_ZOPED and path != SOURCE / "__init__.py"
        }
        modules[Path("english.py")] = ROOT / "foundation" / "words.py"
        for name, path in modules.items():
            text = path.read_text(encoding="utf-8")
            for ours, theirs in RENAMED.items():
                text = text.replace(ours, theirs)
            if "from zoped." in text or "import zoped." in text:
                raise SystemExit(f"{path} imports more of Zoped than the grader has")
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_text(text, encoding="utf-8")


setup(cmdclass={"build_py": BuildFromAnswers})
