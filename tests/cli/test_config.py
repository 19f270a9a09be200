"""A wrong configuration is answered with the field, the value and what is allowed."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.published import published
from zoped.cli.config import load_config
from zoped.cli.configuration_page import render
from zoped.cli.errors import UserError
from zoped.cli.lab_config import load_lab
from zoped.evals.band import DEFAULT_BAND
from zoped.evals.benchmarks import BENCHMARKS, DATA_FOLDER
from zoped.foundation.errors import ZopedError
from zoped.optimizers import objective
from zoped.programs import builtin_seeds
from zoped.students.errors import StudentError
from zoped.train.curriculum import rules
from zoped.train.loop.checks import check_parts, check_tuning_is_paid_for
from zoped.train.loop.parts import (
    new_program,
    run_seeds,
)
from zoped.train.results import Evaluated
from zoped.train.rounds import run_rounds
from zoped.train.run_folder import open_run_folder, require_run_folder
from zoped.train.settings import (
    BAND_RULES,
    OBJECTIVES,
    ORDER_RULES,
    RunSettings,
    SettingsError,
)
from zoped.train.state import STATE, RunState

CONFIGS = Path(__file__).parents[2] / "configs"


def message_for(tmp_path: Path, text: str) -> str:
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_config(path)
    return str(caught.value)


@pytest.mark.parametrize("text", ["", "\n", "# rounds: 3\n", "{}"])
def test_an_empty_file_is_the_defaults_and_is_said_to_be(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(text, encoding="utf-8")
    assert load_config(path) == RunSettings()
    assert f"{path} is empty: all settings are the defaults" in capsys.readouterr().err
    path.write_text("rounds: 3", encoding="utf-8")
    load_config(path)
    assert not capsys.readouterr().err


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.yaml")), ids=lambda path: path.name)
def test_every_configuration_we_ship_is_valid(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = load_config(path)
    if settings.seeds.path in BENCHMARKS:
        monkeypatch.setenv(DATA_FOLDER, str(published()))
    check_tuning_is_paid_for(settings, new_program(settings), run_seeds(settings))


@pytest.mark.parametrize(
    "path",
    sorted(path for path in CONFIGS.glob("lab/*.yaml") if path.name != "base.yaml"),
    ids=lambda path: path.name,
)
def test_every_arm_of_the_labs_has_what_its_tuning_costs(path: Path) -> None:
    for settings in {run.arm: run.settings for run in load_lab(path).runs}.values():
        check_tuning_is_paid_for(settings, new_program(settings), run_seeds(settings))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("roundz: 2", ["roundz: unknown field", "did you mean `rounds`?"]),
        ("generate: {variant: 3}", ["generate.variant: unknown", "did you mean `variants`?"]),
        ("generate: {variants: 0}", ["generate.variants: 0", "greater than or equal to 1"]),
        ("rounds: many", ["rounds: 'many'", "integer"]),
        ("generate: {mutation: words}", ["generate.mutation: 'words'", "'operators'", "'both'"]),
        ("band: {low: 0.9}", ["band: low (0.9) must be below high (0.8)"]),
        ("student: lab", ["student: 'lab' is not allowed", "as in `student: {name: ...}`"]),
        (
            "generate: 3",
            ["generate: 3 is not allowed; it is a section, written as in `generate: {"],
        ),
        ("seed: true", ["seed: True", "a valid integer"]),
        ("rounds: yes", ["rounds: True", "a valid integer"]),
        ("rounds: '2'", ["rounds: '2'", "a valid integer"]),
        ("band: {low: '0.2'}", ["band.low: '0.2'", "a valid number"]),
        ("evaluate: {at_start: 1}", ["evaluate."]),
        ("rounds: 1\nrounds: 2", ["c.yaml:2: ", "`rounds` is given twice, in line 1 too"]),
        ("band:\n  low: 0.1\n  low: 0.2", ["c.yaml:3: ", "`low` is given twice"]),
        ("train: {steps: 0, nosuch: 3}", ["train.steps: 0", "train.nosuch: unknown field"]),
        ("train: {steps: 1, beta: -1, top_p: x}", ["train.beta: -1", "train.top_p: 'x'"]),
        ("2026-01-01: 3", ["the name of a field is no word"]),
        ("signatures: {guess: a.B}", ["signatures.guess", "'mutate'"]),
        ("- 1", ["expected `field: value` lines"]),
        ("rounds: [1", ["c.yaml:1: not YAML"]),
    ],
)
def test_a_wrong_field_is_named_with_its_value_and_what_is_allowed(
    tmp_path: Path, text: str, parts: list[str]
) -> None:
    message = message_for(tmp_path, text)
    assert message.startswith(str(tmp_path / "c.yaml"))
    for part in parts:
        assert part in message


def test_numbers_are_read_as_people_write_them(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text("train: {learning_rate: 1e-5, steps: [2, 3]}\nband: {low: 0}", encoding="utf-8")
    settings = load_config(path, ["train.epsilon=1E-1"])
    assert (settings.train.learning_rate, settings.train.epsilon) == (1e-5, 0.1)
    assert settings.train.steps == (2, 3) and settings.band.low == 0


def test_all_wrong_fields_are_named_at_once(tmp_path: Path) -> None:
    message = message_for(tmp_path, "rounds: 0\nband: {high: 3}")
    assert "rounds: 0" in message and "band.high: 3" in message


def test_a_folder_and_another_encoding_are_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(UserError, match=r"folder is a folder; name a YAML file$"):
        load_config(tmp_path / "folder")
    (tmp_path / "c.yaml").write_bytes("rounds: 1\n# Prüfung\n".encode("latin-1"))
    with pytest.raises(
        UserError, match=r"c.yaml: line 2 is not UTF-8 text; save the file as UTF-8$"
    ):
        load_config(tmp_path / "c.yaml")


def test_a_missing_file_names_its_neighbours(tmp_path: Path) -> None:
    (tmp_path / "quick.yaml").write_text("", encoding="utf-8")
    with pytest.raises(UserError, match=r"no such file.*quick\.yaml"):
        load_config(tmp_path / "quik.yaml")


def test_a_signature_that_cannot_be_used_is_named() -> None:
    settings = RunSettings.model_validate({"signatures": {"mutate": "no_such_package.Mine"}})
    with pytest.raises(SettingsError, match=r"signatures.*no_such_package\.Mine"):
        new_program(settings)


def test_a_configuration_is_read_without_the_libraries_that_a_run_needs() -> None:
    code = (
        "import sys\n"
        "from zoped.cli.config import UserError, parse_settings\n"
        "try: parse_settings({'sed': 1, 'train': {'steps': 2}}, source='my.yaml')\n"
        "except UserError as wrong: print(wrong)\n"
        "slow = {'dspy', 'litellm', 'numpy', 'scipy', 'sympy', 'torch', 'transformers', 'trl', 'z3'}\n"
        "print(sorted(slow & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    fault, slow = done.stdout.splitlines()
    assert fault.startswith("my.yaml: sed: unknown field") and slow == "[]"


def test_the_default_band_is_the_meters() -> None:
    assert RunSettings().band.limits == DEFAULT_BAND


def test_a_run_folder_keeps_the_resolved_configuration(tmp_path: Path) -> None:
    settings = RunSettings(rounds=3)
    with open_run_folder(tmp_path / "run", settings) as folder:
        assert load_config(folder / "config.yaml") == settings
        assert yaml.safe_load((folder / "config.yaml").read_text())["rounds"] == 3
    with open_run_folder(tmp_path / "run", settings):
        pass


def test_a_run_folder_without_a_result_takes_a_mended_configuration(tmp_path: Path) -> None:
    with open_run_folder(tmp_path / "run", RunSettings(rounds=3)) as folder:
        RunState(folder / STATE).close()
    with open_run_folder(tmp_path / "run", RunSettings(rounds=4)) as folder:
        assert load_config(folder / "config.yaml").rounds == 4


def test_a_run_folder_of_another_configuration_is_refused_by_field(tmp_path: Path) -> None:
    with (
        open_run_folder(tmp_path / "run", RunSettings(rounds=3)) as folder,
        RunState(folder / STATE) as state,
    ):
        state.finish_phase(0, "evaluate", {})
    other = RunSettings.model_validate({"rounds": 2, "generate": {"variants": 4}})
    with pytest.raises(SettingsError) as caught, open_run_folder(tmp_path / "run", other):
        pass
    assert "rounds: 3 there, 2 here" in str(caught.value)
    assert "generate.variants: 8 there, 4 here" in str(caught.value)


def finish_a_run(folder: Path, settings: RunSettings) -> None:
    """Its last phase is marked as done."""
    evaluated = Evaluated(accuracy=0.5, correct=5, total=10, low=0.2, high=0.8, rollouts=10)
    with open_run_folder(folder, settings), RunState(folder / STATE) as state:
        for number in range(settings.rounds + 1):
            evaluated.save(state, number)


@pytest.mark.parametrize(("steps", "more"), [(8, 8), ([8, 4], [8, 4, 2])])
def test_a_run_that_is_over_may_be_given_more_rounds(tmp_path: Path, steps, more) -> None:
    old = RunSettings.model_validate({"rounds": 2, "train": {"steps": steps}})
    new = RunSettings.model_validate({"rounds": 3, "train": {"steps": more}})
    finish_a_run(tmp_path / "run", old)
    with open_run_folder(tmp_path / "run", new) as folder:
        assert load_config(folder / "config.yaml") == new
    with pytest.raises(SettingsError, match="rounds: 3 there, 2 here"):
        open_run_folder(tmp_path / "run", old).__enter__()


@pytest.mark.parametrize(
    ("other", "field"),
    [
        ({"rounds": 1}, "rounds: 2 there, 1 here"),
        ({"rounds": 3, "seed": 7}, "seed: 0 there, 7 here"),
        ({"rounds": 3, "train": {"steps": 9}}, "train.steps: 8 there, 9 here"),
        ({"rounds": 3, "train": {"steps": [8, 8, 8]}}, "train.steps: 8 there"),
    ],
)
def test_more_rounds_are_all_that_may_differ(tmp_path: Path, other, field) -> None:
    finish_a_run(tmp_path / "run", RunSettings.model_validate({"rounds": 2, "train": {"steps": 8}}))
    values = {"train": {"steps": 8}} | other
    with pytest.raises(SettingsError) as caught:
        open_run_folder(tmp_path / "run", RunSettings.model_validate(values)).__enter__()
    assert field in str(caught.value)


def test_a_run_that_is_not_over_keeps_its_rounds(tmp_path: Path) -> None:
    with (
        open_run_folder(tmp_path / "run", RunSettings(rounds=2)),
        RunState(tmp_path / "run" / STATE) as state,
    ):
        state.finish_phase(1, "measure", {})
    with pytest.raises(SettingsError, match="rounds can be raised when they are over"):
        open_run_folder(tmp_path / "run", RunSettings(rounds=3)).__enter__()


def begin_a_run(folder: Path, settings: RunSettings, *, steps: int, generated: bool) -> None:
    with open_run_folder(folder, settings), RunState(folder / STATE) as state:
        for step in range(steps):
            state.record_step(1, step, seed_id="", accepted=(), rejected=(), teacher_calls=1)
        if generated:
            state.finish_phase(1, "generate", {})


@pytest.mark.parametrize(("steps", "generated"), [(5, False), (3, False), (4, True)])
def test_decisions_can_be_raised_where_no_round_has_its_problems_for_want_of_more(
    tmp_path: Path, steps: int, generated: bool
) -> None:
    begin_a_run(tmp_path / "run", decisions(5), steps=steps, generated=generated)
    with open_run_folder(tmp_path / "run", decisions(6)) as folder:
        assert load_config(folder / "config.yaml") == decisions(6)
    with pytest.raises(SettingsError, match="decisions: 6 there, 5 here"):
        open_run_folder(tmp_path / "run", decisions(5)).__enter__()


@pytest.mark.parametrize(
    ("steps", "generated", "options"),
    [
        (5, True, {}),
        (3, False, {"curriculum": {"filter": "difficulty"}}),  # all decisions are taken first
        (3, False, {"curriculum": {"filter": "none"}, "tune": {"enabled": False}}),
    ],
)
def test_decisions_stay_where_more_of_them_would_have_made_other_problems(
    tmp_path: Path, steps: int, generated: bool, options: dict[str, object]
) -> None:
    begin_a_run(tmp_path / "run", decisions(5, options), steps=steps, generated=generated)
    with pytest.raises(SettingsError, match=r"(?s)decisions: 5 there.*for want of more"):
        open_run_folder(tmp_path / "run", decisions(6, options)).__enter__()


def decisions(count: int, options: dict[str, object] | None = None) -> RunSettings:
    return RunSettings.model_validate({"generate": {"decisions": count}} | (options or {}))


def test_a_run_folder_of_0_1_is_refused_with_a_line_that_says_why(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "config.yaml").write_text("rounds: 2\n", encoding="utf-8")
    with sqlite3.connect(folder / STATE) as database:
        database.execute("PRAGMA user_version = 1")  # as 0.1 left it
        database.execute("CREATE TABLE phases (round INTEGER, phase TEXT, metrics TEXT)")
    with pytest.raises(ZopedError) as caught, open_run_folder(folder, RunSettings(rounds=2)):
        pass
    assert "was written by Zoped 0.1" in str(caught.value) and "\n" not in str(caught.value)
    (folder / STATE).write_text("no database", encoding="utf-8")
    with pytest.raises(ZopedError, match=r"state.db: is damaged, or was never written by Zoped"):
        open_run_folder(folder, RunSettings(rounds=2)).__enter__()


def test_a_run_folder_in_use_or_full_of_other_things_is_refused(tmp_path: Path) -> None:
    with (
        open_run_folder(tmp_path / "run", RunSettings()),
        pytest.raises(SettingsError, match="another process"),
        open_run_folder(tmp_path / "run", RunSettings()),
    ):
        pass
    with (
        open_run_folder(tmp_path / "run", RunSettings()),
        pytest.raises(SettingsError, match="another process"),
    ):
        run_rounds(RunSettings(), tmp_path / "run")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("", encoding="utf-8")
    with (
        pytest.raises(SettingsError, match="no run folder"),
        open_run_folder(tmp_path / "mine", RunSettings()),
    ):
        pass


def test_a_dry_run_refuses_the_folders_that_a_run_would(tmp_path: Path) -> None:
    runs = {name: tmp_path / name for name in ("mine", "other", "new")}
    runs["mine"].mkdir()
    (runs["mine"] / "letter.txt").touch()
    with (
        open_run_folder(runs["other"], RunSettings(rounds=3)) as folder,
        RunState(folder / STATE) as state,
    ):
        state.finish_phase(0, "evaluate", {})
    for name, said in (("mine", "no run folder"), ("other", "rounds: 3 there, 2 here")):
        with pytest.raises(SettingsError, match=said):
            require_run_folder(runs[name], RunSettings(rounds=2))
    require_run_folder(runs["new"], RunSettings())
    assert not runs["new"].exists()


def test_a_configuration_of_another_making_in_a_run_folder_is_kept(tmp_path: Path) -> None:
    mine = "# my notes\nrounds: 1\n"
    (tmp_path / "config.yaml").write_text(mine, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"config.yaml is not of a run's making.*--run-dir"):
        open_run_folder(tmp_path, RunSettings()).__enter__()
    with pytest.raises(SettingsError, match="is not of a run's making"):
        run_rounds(RunSettings(), tmp_path)
    assert (tmp_path / "config.yaml").read_text(encoding="utf-8") == mine
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


@pytest.mark.parametrize("device", ["cuda:7", "foo"])
def test_a_device_that_is_not_there_is_told_before_any_work(device: str) -> None:
    settings = RunSettings.model_validate({"student": {"device": device}})
    with pytest.raises(StudentError, match=f"student.device: '{device}' cannot be used here"):
        check_parts(settings, [])


OWN_OBJECTIVE = """
from zoped.optimizers import Coverage, gradient
def steep(rate, band):
    return rate.rate**2 * (1 - rate.rate)
groups = Coverage(gradient(8))
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{objective: steep_objectives.steep}", None),
        (
            "{objective: steep_objectives.groups}",
            r"tune.objective: .*2 rollouts cannot estimate gro",
        ),
        ("{objective: steep_objectives.step}", "tune.objective: no objective .*did you mean steep"),
        ("{enabled: false, objective: covrage}", None),
    ],
)
def test_an_objective_of_the_user_s_is_named_by_its_path_and_tried_before_any_work(
    tmp_path: Path, text: str, message: str | None
) -> None:
    (tmp_path / "steep_objectives.py").write_text(OWN_OBJECTIVE, encoding="utf-8")
    (tmp_path / "run.yaml").write_text(f"tune: {text}")
    settings = load_config(tmp_path / "run.yaml")
    if message is None:
        check_parts(settings, builtin_seeds()[:8])
        return
    with pytest.raises(SettingsError, match=message):
        check_parts(settings, builtin_seeds()[:8])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tune: {objective: covrage}", "tune.objective: no 'covrage'; there are coverage, "),
        (
            "curriculum: {band: fxed}",
            "curriculum.band: no rule 'fxed'; there are fixed, towards_hard",
        ),
        ("curriculum: {order: mixd}", "curriculum.order: no rule 'mixd'; there are shuffled, easy"),
        (
            "signatures: {mutate: Mine}",
            "signatures.mutate: no signature 'Mine'; give yours by a dot",
        ),
    ],
)
def test_a_name_that_there_is_not_is_told_when_the_file_is_read(
    tmp_path: Path, text: str, message: str
) -> None:
    (tmp_path / "run.yaml").write_text(text)
    with pytest.raises(UserError, match=rf"run\.yaml: {message}"):
        load_config(tmp_path / "run.yaml")


def test_the_names_that_a_configuration_may_give_are_those_that_there_are() -> None:
    names = (OBJECTIVES, BAND_RULES, ORDER_RULES)
    assert names == (
        tuple(objective.OBJECTIVES),
        tuple(rules.BAND_RULES),
        tuple(rules.ORDER_RULES),
    )


def test_the_page_of_all_fields_is_the_one_that_the_code_makes() -> None:
    page = CONFIGS.parent / "docs" / "configuration.md"
    assert page.read_text(encoding="utf-8") == render()
