"""`grade`, and the wheel `zoped-grade` that is built from the same source."""

import json
import pickle
import subprocess
import sys
import threading
import tomllib
import zipfile
from pathlib import Path

import pytest

from tests.evals.answers.test_answers import CASES
from tests.evals.answers.test_completions import ROWS
from tests.grader_package import source_of_the_grader
from zoped.evals.answers.grade import MAX_COMPLETION, grade

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("text", "answer", "kind", "score"),
    [
        ("The answer is (1, 2).", "(1, 2)", None, 1.0),
        ("The answer is 1 < x < 2.", "(1, 2)", "interval", 1.0),
        ("The answer is 1 < x < 2.", "(1, 2)", "tuple", 0.0),
        ("x = 1, y = 2", "(1, 2)", "tuple", 1.0),
        ("\\boxed{(1, 2)}", "(1, 2)", "interval", 1.0),
        ("The answer is e.", "e", "word", 1.0),
        ("The answer is (E) 2.718.", "e", "word", 1.0),
        ("The answer is \\text{Monday}.", "monday", "word", 1.0),
        ("\\boxed{B}", "A", "word", 0.0),
        ("\\boxed{7}", "7", "integer", 1.0),
        ("\\boxed{14/2}", "7", "integer", 1.0),
        ("The answer is 7 am.", "7", None, 1.0),
        ("The answer is 7 am.", "7", "integer", 0.0),
        ("\\boxed{25\\%}", "25", "integer", 1.0),
        ("\\boxed{0.75}", "3/4", "rational", 1.0),
        ("\\boxed{2\\sqrt{3}}", "sqrt(12)", "expression", 1.0),
        ("\\boxed{5, 7}", "5; 7", "set", 1.0),
        ("\\boxed{7}", "5; 7", "set", 1.0),
        (None, "7", None, 0.0),
        ("", "7", "integer", 0.0),
    ],
)
def test_a_type_leaves_one_reading(text, answer, kind, score):
    assert grade(text, answer, kind) == score


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        ("7", "number", "write one of integer, rational"),
        ("sqrt(2)", "integer", "'sqrt\\(2\\)' is of type expression, not integer"),
        ("7", "tuple", "type integer, not tuple"),
    ],
)
def test_a_row_with_a_wrong_type_is_told_and_not_graded_as_wrong(answer, kind, message):
    with pytest.raises(ValueError, match=message):
        grade("The answer is 7.", answer, kind)


def test_of_a_very_long_text_the_end_counts_unless_it_is_an_unfinished_thought():
    long = "so on and on " * (MAX_COMPLETION // 10)
    assert grade(long + "\\boxed{7}", "7") == 1.0
    assert grade(f"<think>{long}</think>\\boxed{{7}}", "7") == 1.0
    assert grade(f"<think>{long}\\boxed{{7}}", "7") == 0.0


def test_threads_may_grade_at_once_and_the_function_is_pickled_by_name():
    assert pickle.loads(pickle.dumps(grade)) is grade
    results = {}

    def work(number):
        results[number] = [grade(row["completion"], row["gold"]) for row in ROWS[:300]]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(results.values()) == [[float(row["right"]) for row in ROWS[:300]]] * 4


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built from a copy, so that nothing is left in the repository."""
    folder = tmp_path_factory.mktemp("source")
    source = source_of_the_grader(folder)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    built = subprocess.run(
        [*command, str(source)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    return next(folder.glob("zoped_grade-*.whl"))


ALONE = """
import json, pickle, sys
sys.path.insert(0, sys.argv[1])
from zoped_grade import ANSWER_TYPES, answer_type, extract_answer, grade
assert pickle.loads(pickle.dumps(grade)) is grade
rows = json.load(sys.stdin)
print(json.dumps([grade(text, gold) for text, gold in rows]))
allowed = {name.partition(".")[0] for name in sys.stdlib_module_names} | {"zoped_grade", "__main__"}
foreign = {name.partition(".")[0] for name in sys.modules} - allowed
assert not foreign, foreign
"""


@pytest.mark.slow
def test_the_wheel_grades_as_zoped_does_with_nothing_installed(wheel):
    """`-I -S`: no packages but the standard library's; the wheel is read as it is."""
    rows = [(row["completion"], row["gold"]) for row in ROWS]
    pairs = [(f"\\boxed{{{answer}}}", gold) for gold, answer, _ in CASES[::5]]
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", ALONE, str(wheel)],
        input=json.dumps([*rows, *pairs]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [
        *(float(row["right"]) for row in ROWS),
        *(grade(text, gold) for text, gold in pairs),
    ]


def test_the_wheel_holds_the_package_alone_and_needs_nothing(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = next(name for name in names if name.endswith("METADATA"))
        text = archive.read(metadata).decode()
    assert all(name.startswith(("zoped_grade/", "zoped_grade-")) for name in names)
    assert "zoped_grade/py.typed" in names and "zoped_grade/readings/matrices.py" in names
    assert "Requires-Dist" not in text
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"\nVersion: {version}\n" in text
