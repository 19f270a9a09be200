"""`zoped compare` and `zoped runs`: what differs, and whether it is real."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from tests.command_line import zoped_says
from tests.train.compared_runs import QUESTIONS, write_run
from zoped.train.run_folder import LOCK

WEIGHTS = {"easy": {"double_step": 3.0, "add_step": 0.5}}


def zoped(*arguments: object) -> tuple[int, str]:
    return zoped_says(*arguments, COLUMNS="220")


def compared(*arguments: object) -> dict[str, Any]:
    code, said = zoped("compare", *arguments, "--json")
    assert code == 0, said
    found: dict[str, Any] = json.loads(said)
    return found


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two arms with three seeds each, one of them better; a run of each is looked at alone too."""
    folder = tmp_path_factory.mktemp("runs")
    for seed in range(3):
        write_run(folder / f"plain-{seed}", right=range(20 + seed), seed=seed)
        write_run(
            folder / f"tuned-{seed}",
            right=range(30 + seed % 2),
            seed=seed,
            weights=WEIGHTS,
            generate={"mutation": "weights"},
        )
    return folder


def test_two_runs_are_compared_on_the_same_questions(runs: Path) -> None:
    found = compared(runs / "plain-0", runs / "tuned-0")
    assert [arm["name"] for arm in found["arms"]] == ["plain-0", "tuned-0"]
    assert found["settings"] == {
        "generate.mutation": {"plain-0": "operators", "tuned-0": "weights"}
    }
    (against,) = found["against"]
    assert against["gain"] is None, "one seed says nothing of the next"
    on = against["on"]["held_out"]
    assert (on["questions"], on["better"], on["worse"]) == (QUESTIONS, 10, 0)
    assert on["mean"] == pytest.approx(0.25) and 0 < on["low"] < 0.25 < on["high"]
    # Turning the signs of ten equal differences: both ends of 2**10 ways.
    assert on["p_value"] == pytest.approx(2 / 2**10, abs=0.002)
    assert against["on"]["gsm8k"]["mean"] == pytest.approx(0.25)
    plain, tuned = found["arms"]
    assert plain["accuracy"] == {"mean": 0.5, "low": None, "high": None}
    assert tuned["gain"]["mean"] == pytest.approx(0.25) and tuned["structures"]["mean"] == 0
    assert tuned["greedy_gain"]["mean"] == pytest.approx(0.125)
    costs = {
        name: tuned[name]["mean"] for name in ("rollouts", "tuning", "teacher_calls", "tokens")
    }
    assert costs == {"rollouts": 664, "tuning": 200, "teacher_calls": 7, "tokens": 120}
    assert tuned["dollars"]["mean"] == 0.5 and tuned["minutes"]["mean"] == 1.5
    (part,) = [name for name in found["prompts"] if name == "mutate.weights"]
    assert [len(v["runs"]) for v in found["prompts"][part]] == [1, 1]
    assert len(found["prompts"]["mutate.choose"]) == 1
    assert {(w["move"], *w["runs"].values()) for w in found["weights"]} == {
        ("double_step", None, 3.0),
        ("add_step", None, 0.5),
    }


def test_seeds_of_one_configuration_are_an_arm_with_means_and_intervals(runs: Path) -> None:
    found = compared(runs)  # a folder of runs stands for all of them
    assert [(arm["name"], len(arm["runs"])) for arm in found["arms"]] == [
        ("plain", 3),
        ("tuned", 3),
    ]
    plain = found["arms"][0]["accuracy"]
    assert plain["mean"] == pytest.approx(0.525) and plain["low"] < 0.525 < plain["high"]
    (against,) = found["against"]
    gain = against["gain"]
    assert gain["pairs"] == 3
    differences = [10 / 40, 10 / 40, 8 / 40]
    assert gain["mean"] == pytest.approx(sum(differences) / 3)
    assert gain["low"] < gain["mean"] < gain["high"]
    assert against["on"]["held_out"]["mean"] == pytest.approx(sum(differences) / 3)


def test_the_table_says_it_in_words_and_the_figure_is_drawn(runs: Path, tmp_path: Path) -> None:
    figure = tmp_path / "figures" / "seeds.svg"
    code, said = zoped("compare", runs / "plain-0", runs / "tuned-0", "--figure", figure)
    assert code == 0
    for part in (
        *("generate.mutation", '"weights"', "50.0%", "75.0%", "+25.0", "10 and 0", "40 questions"),
        *("double_step", "3.00", "mutate.choose: the same in all", "mutate.weights, 2 versions"),
        "(nothing)",
    ):
        assert part in said, part
    assert "tuned-0, held out" in figure.read_text(encoding="utf-8") or "<svg" in figure.read_text()
    code, said = zoped("compare", runs / "plain-0", runs / "tuned-0", "--figure", "x.bmp")
    assert code == 2 and "--figure x.bmp: name a file that ends in .png, .svg, .pdf" in said


@pytest.mark.parametrize(
    "command",
    [
        ("export",),
        ("export", "--format", "trl"),
        ("report",),
        ("prompts", "show"),
        ("observe", "--rollouts", "4"),
    ],
)
def test_every_command_on_a_run_says_which_runs_may_be_meant(
    runs: Path, tmp_path: Path, command: tuple[str, ...]
) -> None:
    rates = tmp_path / "rates.jsonl"
    rates.write_text('{"key": "a", "passes": 1, "rollouts": 4}')
    more = [rates] if command[0] == "observe" else []
    code, said = zoped(*command, runs, *more)
    named = ", ".join(map(str, sorted(runs.glob("*-*"))[:5]))
    assert code == 2, said
    assert (
        f"{runs} is no run folder: it has no config.yaml; name one of the runs in it: {named}"
        in said
    )
    if "--format" not in command:  # what `zoped generate` made may be called anything
        code, said = zoped(*command, tmp_path / "nowhere", *more)
        assert code == 2 and "nowhere is no run folder: there is no such folder" in said, said
    (runs / "plain-0" / "inside").mkdir(exist_ok=True)
    code, said = zoped("report", runs / "plain-0" / "inside")
    assert code == 2 and f"; it lies in one: {runs / 'plain-0'}" in said, said


def test_what_cannot_be_compared_is_told(runs: Path, tmp_path: Path) -> None:
    plain = runs / "plain-0"
    begun = write_run(tmp_path / "begun", right=None)
    other = write_run(tmp_path / "other", right=range(5), about="another question")
    old = write_run(tmp_path / "old", right=range(5), keeps_scores=False, evaluate={"problems": 50})
    (tmp_path / "folder").mkdir()
    for arguments, why in (
        ([plain], "one run alone is not compared; name two or more"),
        ([plain, plain], "a run is named twice"),
        (
            [plain, tmp_path / "folder"],
            f"{tmp_path / 'folder'} is no run folder: it has no config.yaml",
        ),
        ([plain, tmp_path / "nowhere"], "nowhere is no run folder"),
        ([plain, begun], f"{begun} has no results yet: no round is over and evaluated"),
        ([plain, other], "were evaluated on different held-out problems"),
        ([plain, old], "400 of `builtin` in"),
    ):
        code, said = zoped("compare", *arguments)
        assert code == 2 and why in said, said


def test_runs_whose_scores_an_earlier_version_did_not_keep_are_compared_by_their_accuracy(
    runs: Path, tmp_path: Path
) -> None:
    old = write_run(tmp_path / "old", right=range(5), keeps_scores=False)
    found = compared(runs / "plain-0", old)
    assert found["against"][0]["on"] == {}
    assert found["arms"][1]["gain"]["mean"] == pytest.approx(5 / 40 - 0.5)


def test_the_same_run_again_is_an_arm_of_its_own(tmp_path: Path) -> None:
    for name in ("before", "after"):
        write_run(tmp_path / name, right=range(22))
    found = compared(tmp_path / "before", tmp_path / "after")
    assert [arm["name"] for arm in found["arms"]] == ["before", "after"]
    on = found["against"][0]["on"]["held_out"]
    assert (on["mean"], on["p_value"], on["better"]) == (0.0, 1.0, 0)


def test_runs_are_listed_with_how_they_stand(runs: Path, tmp_path: Path) -> None:
    write_run(tmp_path / "deep" / "begun", right=None, seed=7)
    write_run(tmp_path / "over", right=range(30))
    write_run(tmp_path / "going", right=None)
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / "config.yaml").write_text("rounds: x", encoding="utf-8")
    (tmp_path / "torn" / "state.db").touch()
    with FileLock(tmp_path / "going" / LOCK):
        code, said = zoped("runs", tmp_path, "--json")
        table = zoped("runs", tmp_path)[1]
    assert code == 0
    found = json.loads(said)
    rows = {Path(row["run"]).name: row for row in found["runs"]}
    assert set(rows) == {"begun", "over", "going"}
    assert len(found["unreadable"]) == 1 and "torn" in found["unreadable"][0]
    over = rows["over"]
    assert (over["configuration"], over["state"], over["rounds_done"]) == ("quick", "over", 1)
    assert over["accuracy"] == 0.75 and over["gain"] == pytest.approx(0.25)
    assert over["rollouts"] == 664 and over["coverage"] == 9 and over["minutes"] == 1.5
    assert rows["going"]["state"] == "running"
    assert rows["begun"]["state"] == "stopped in round 1: measure" and rows["begun"]["seed"] == 7
    assert "75.0%" in table and "stopped in round 1: measure" in table and "cannot be read" in table


def test_where_there_are_no_runs_it_says_so(tmp_path: Path) -> None:
    code, said = zoped("runs", tmp_path)
    assert code == 0 and f"{tmp_path} has no runs" in said
    code, said = zoped("runs", tmp_path / "nowhere")
    assert code == 2 and "there is no such folder" in said
    assert json.loads(zoped("runs", tmp_path, "--json")[1]) == {"runs": [], "unreadable": []}
