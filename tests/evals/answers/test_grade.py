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
from zoped.evals.answers.answer_type import answer_type
from zoped.evals.answers.final_answer import extract_answer
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


# (the type asked for, the type of an answer that has the value in another reading)
READ_OTHERWISE = {
    ("integer", "time"),
    ("tuple", "interval"),
    ("tuple", "inequality"),
    ("word", "expression"),
    ("word", "interval"),
}


def test_the_type_that_an_answer_has_anyhow_takes_nothing_else_away():
    """Rewards with the type, as exports have it, and without it are the same."""
    texts = [(row["completion"], row["gold"]) for row in ROWS]
    texts += [(f"\\boxed{{{answer}}}", gold) for gold, answer, _ in CASES]
    texts += [(f"\\boxed{{{answer}}}", "7") for answer in ("B) 7", "(B) 7", "7,0", "7 or 7.0")]
    different = {
        (answer_type(gold), answer_type(extract_answer(text) or ""), gold, text)
        for text, gold in texts
        if grade(text, gold, answer_type(gold)) != grade(text, gold)
    }
    assert not [each for each in different if each[:2] not in READ_OTHERWISE]


# (gold, answer, right) out of reports of math-verify's mistakes: huggingface/Math-Verify #1, #2, #14, #25,
# #26, #37, #41, #60, #64, #65, #76, #82.
REPORTED = [
    ("3*x-1*y+13=0", "3x + 4y + 14=0", False),
    ("13", "\\text{13}", True),
    ("73", "**73**", True),
    ("4", "4\\sqrt(2)", False),
    ("\\frac{1}{2004!}", "\\frac{1}{2006!}", False),
    ("\\frac{1}{2^{99}}", "\\frac{1}{2^{98}}", False),
    ("n=2, 3, 4", "n=1, 2, 3", False),
    ("D = (0, 1)", "D = (0, 1.5)", False),
    ("F_n = \\sum_{k=0}^{n-1} F_k F_{n-k-1}", "F_n = \\sum_{k=0}^{n-2} F_k F_{n-k-2}", False),
    ("19, 46, \\text{ and } 82", "21, 36, and 82", False),
    ("\\frac{2^{2005}+1}{3 \\cdot 2^{2006}}", "\\frac{1}{3 \\cdot 2^{2006}}", False),
    ("1 - \\frac{1}{\\mathrm{e}}", "1 + \\frac{1}{\\mathrm{e}}", False),
    ("\\pm 2021", "2021", False),
    ("12:00", "1:00", False),
    ("1, 2, \\ldots, n", "1, 3, 5, \\ldots, 2n-1", False),
    ("1:2:3:\\ldots", "1:4:9:\\ldots", False),
    ("2x+4y-3=0", "y = -\\frac{1}{2}x + \\frac{3}{4}", True),
    ("\\sqrt{1/n}", "\\frac{1}{\\sqrt{n}}", True),
    ("f(x) = 0", "\\forall x>0, f(x) = 0", False),
    ("m \\geq \\sqrt{2}", "m \\in [\\sqrt{2}, +\\infty)", True),
    ("[\\sqrt{2}, +\\infty)", "m \\geq \\sqrt{2}", True),
    ("(1,\\frac{9}{2})", "(1,4.5)", True),
    ("\\frac{x+2}{7}", "\\frac{x}{7}+\\frac{2}{7}", True),
    ("\\tan^2(y)+1", "\\sec^2(y)", True),
    ("34x+45y-20z+100=0", "-34x-45y+20z-100=0", True),
    ("2/3", "\\frac{2}{3}", True),
    ("7", "9^{9^{9}}", False),
]


@pytest.mark.parametrize(("gold", "answer", "right"), REPORTED)
def test_none_of_what_was_reported_of_math_verify(gold, answer, right):
    assert grade(f"\\boxed{{{answer}}}", gold) == right
    assert grade(f"The answer is ${answer}$.", gold) == right


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
