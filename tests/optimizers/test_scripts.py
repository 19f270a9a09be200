"""The scripts `python -m zoped.optimizers.pass_rate` and `...compare`, and every contender."""

import json
import os
import re
import sqlite3
import subprocess
import sys
from dataclasses import replace

import dspy
import pytest
from dspy.lm15 import Message
from mlflow import MlflowClient

from tests.cli.test_every_command import zoped
from tests.openai_server import API_KEY, openai_server
from tests.simulated import FollowsDemonstrations, KnowsAnswers, SkilledStudent
from zoped.optimizers import pass_rate
from zoped.optimizers.compare import __main__ as compare
from zoped.optimizers.compare import table as comparison
from zoped.optimizers.compare.contenders import CONTENDERS, Task
from zoped.programs import GenerateProblem, builtin_seeds
from zoped.programs.formalizing.tries import Tries

MENU = ["grow_numbers", "one_digit_numbers", "three_digit_numbers", "add_step"]
TRAINSET = [dspy.Example(seed=seed).with_inputs("seed") for seed in builtin_seeds()[:20]]


@pytest.fixture
def few_seeds(tmp_path):
    path = tmp_path / "seeds.jsonl"
    lines = [seed.model_dump_json(exclude_unset=True) for seed in builtin_seeds()[:9]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


class WritesToo(FollowsDemonstrations):
    """Also fills in what an optimizer of DSPy asks for: instructions, advice, descriptions."""

    def complete(self, request):
        response = super().complete(request)
        asked = str(request)
        if "`choice`" in asked and "`proposed_" not in asked:
            return response
        fields = re.findall(r"\d+\. `(\w+)`", asked.partition("Your output fields are")[2])
        text = "```\nChoose.\n```"
        if fields:
            text = json.dumps(dict.fromkeys(fields, "Choose one change."))
        return replace(response, message=Message.assistant(text))


@pytest.mark.slow
@pytest.mark.parametrize("name", CONTENDERS)
def test_every_contender_gives_a_program_that_generates(name):
    lm = dspy.LM("teacher", engine=WritesToo(), cache=False)
    program = GenerateProblem(operators=MENU, variants=3)
    program.formalize._compiled = program.verbalize._compiled = True
    del program.mutate.rewrite
    meter = KnowsAnswers(SkilledStudent({}, skill=20.0))
    with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
        tuned = CONTENDERS[name](Task(program, TRAINSET, meter, lm, calls=24, seed=0))
        made = tuned(seed=builtin_seeds()[21])
    assert made.accepted


@pytest.mark.slow
def test_the_comparison_goes_on_and_ends_in_one_experiment(tmp_path, few_seeds, capsys):
    output = tmp_path / "new" / "rows.json"
    command = ["--output", str(output), "--seeds", "0", "--laps", "1", "--variants", "2"]
    command += ["--seeds-file", few_seeds, "--menu", ",".join(MENU), "--contenders"]
    compare.main([*command, "untuned"])
    [first] = json.loads(output.read_text())["rows"]
    compare.main([*command, "untuned", "--contenders", "random operators"])
    rows = json.loads(output.read_text())["rows"]
    assert [row["optimizer"] for row in rows] == ["untuned", "random operators"]
    assert rows[0] == first, "what was measured is not measured again"
    assert all(row["problems"] > 0 and row["in_band"] <= row["problems"] for row in rows)
    said = capsys.readouterr().out
    assert re.search(r"^random operators +\d+%", said, re.MULTILINE), said
    client = MlflowClient(f"sqlite:///{output.parent}/mlflow.db")
    experiment = client.get_experiment_by_name(comparison.EXPERIMENT)
    assert experiment.artifact_location == (output.parent / "mlflow-artifacts").as_uri()
    runs = client.search_runs([experiment.experiment_id])
    parents = {r.info.run_name: r for r in runs if "mlflow.parentRunId" not in r.data.tags}
    assert set(parents) == {"untuned", "random operators"} and len(runs) == 4
    assert parents["untuned"].data.metrics["band_share"] == pytest.approx(first["band_share"])
    with pytest.raises(SystemExit):
        compare.main([*command, "untuned", "--calls", "9"])
    assert "holds rows of another comparison (calls: 64, not 9)" in capsys.readouterr().err


@pytest.mark.slow
def test_comparisons_of_other_settings_in_one_store_have_runs_of_their_own(tmp_path):
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    row = {"optimizer": "untuned", "seed": 0} | dict.fromkeys(comparison.METRICS, 0.5)
    for share, mutation in ((0.1, "operators"), (0.2, "operators"), (0.9, "rewrite")):
        options = compare.Options(mutation=mutation)
        comparison.track([row | {"band_share": share}], options.shared, uri)
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name(comparison.EXPERIMENT)
    runs = client.search_runs([experiment.experiment_id])
    shares = {
        r.data.params["mutation"]: r.data.metrics["band_share"]
        for r in runs
        if r.data.params.get("optimizer") == "untuned"
    }
    assert shares == {"operators": 0.2, "rewrite": 0.9} and len(runs) == 4


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no json",
        "[]",
        '{"rows": []}',
        '{"settings": 5, "rows": []}',
        '{"settings": {}, "rows": 5}',
    ]
    + [
        f'{{"settings": {{}}, "rows": [{row}]}}'
        for row in (5, "{}", '{"optimizer": "x", "seed": 0}')
    ],
)
def test_a_file_that_is_no_comparison_s_is_told_and_kept(content, tmp_path, capsys):
    (tmp_path / "rows.json").write_text(content)
    with pytest.raises(SystemExit) as ended:
        compare.main(["--output", str(tmp_path / "rows.json")])
    said = capsys.readouterr().err
    assert ended.value.code == 2 and said.count("\n") == 1
    assert "rows.json is not the output of a comparison; give another --output" in said
    assert (tmp_path / "rows.json").read_text() == content


def test_a_store_that_is_none_is_told_before_anything_is_compared(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(compare, "compare", None)
    with sqlite3.connect(tmp_path / "mine.db") as database:
        database.execute("CREATE TABLE mine (x)")
    (tmp_path / "notes.txt").write_text("a file of mine, which is no database")
    places = [f"sqlite:///{tmp_path}/{name}" for name in ("mine.db", "notes.txt")]
    for uri in (*places, "bogus://x", "http://127.0.0.1:9"):
        with pytest.raises(SystemExit) as ended:
            compare.main(["--output", str(tmp_path / "rows.json"), "--tracking-uri", uri])
        said = capsys.readouterr().err
        assert ended.value.code == 2 and f"{uri}: MLflow cannot be reached: " in said, said
    with sqlite3.connect(tmp_path / "mine.db") as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("mine",)]


def test_a_contender_that_fails_is_a_row_that_says_so(monkeypatch):
    def fails(task):
        raise RuntimeError("no optuna")

    monkeypatch.setitem(CONTENDERS, "untuned", fails)
    options = compare.Options(menu=MENU)
    student = SkilledStudent({}, skill=20.0)
    monkeypatch.setattr(compare, "PassRateMeter", KnowsAnswers)
    row = compare.one("untuned", 0, options, builtin_seeds()[:6], student, dspy.LM("teacher"))
    assert row["error"] == "RuntimeError: no optuna"
    assert "failed: RuntimeError: no optuna" in comparison.table([row])


@pytest.mark.slow
def test_a_tuned_program_is_saved(tmp_path, few_seeds, capsys):
    output = tmp_path / "new" / "tuned.json"
    signature, menu = "zoped.signatures.ChooseMutationByText", ["one_digit_numbers", "add_step"]
    options = f"--teacher-calls 8 --batch-size 2 --candidates 1 --exploration-tries 1 --variants 1 --signature {signature}"
    files = ["--output", str(output), "--seeds", few_seeds]
    asked = [*files, *options.split(), "--menu", menu[0], "--menu", menu[1]]
    code, out, err = zoped("optimize", *asked, "--json", "--quiet")
    assert code == 0 and not err, err
    pass_rate.report(json.loads(out))
    said = capsys.readouterr().out
    assert "in the band, score" in said and re.search(r"^[4-8] teacher calls", said, re.MULTILINE)
    saved = json.loads(output.read_text())
    program = GenerateProblem(signatures={"mutate": signature}, operators=menu)
    program.load(output)
    again = json.loads(json.dumps(program.dump_state()))
    assert again == {name: state for name, state in saved.items() if name != "metadata"}


@pytest.mark.slow
def test_a_seed_that_cannot_be_formalized_is_asked_for_once_a_search(tmp_path, monkeypatch):
    seeds = [seed.model_copy(update={"symbols": None}) for seed in builtin_seeds()[:3]]
    lines = [seed.model_dump_json(exclude_unset=True) for seed in seeds]
    (tmp_path / "seeds.jsonl").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("OPENAI_API_KEY", API_KEY)
    wrong = {
        "variables": [{"name": "x", "meaning": "a number", "unit": "", "domain": "integer"}],
        "constraints": ["x == 987654"],
        "target": "x",
    }
    options = "--teacher openai/scripted --teacher-calls 90 --batch-size 2 --variants 1"
    with openai_server(lambda body: json.dumps({"formalization": wrong})) as server:
        files = ["--output", tmp_path / "t.json", "--seeds", tmp_path / "seeds.jsonl"]
        files += ["--log-dir", tmp_path / "log", "--api-base", server.url]
        pass_rate.main([*map(str, files), *options.split()])
    told = [prompt.partition("[[ ## mistake")[0] for prompt in server.prompts()]
    asked = [sum(seed.text in text for text in told) for seed in seeds]
    # And once more where the prompt of formalizing is itself measured.
    assert 0 < max(asked) <= Tries().most + 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--menu", "nonsense"], "no operator 'nonsense'; there are add_distractor"),
        (["--seeds", "missing.jsonl"], "missing.jsonl: No such file"),
        (["--student", "./missing"], "there is no such folder"),
        (["--signature", "nodots"], "give a dotted path"),
        (["--band", "0.9", "0.1"], "give 0 <= low < high <= 1"),
        (["--teacher-calls", "0"], "a budget of 0 teacher calls: give more than 0"),
        (["--output", "/proc/none/tuned.json"], "/proc/none"),
        (["--log-dir", "/proc/none"], "/proc/none"),
        (["--output", "/proc/tuned.json"], "--output /proc/tuned.json: cannot be written to"),
        (["--output", "tuned"], "--output tuned: name a file that ends in .json"),
        (["--teacher", "nobody"], "no teacher 'nobody'"),
        (
            ["--teacher-calls", "1"],
            "max_teacher_calls is 1; the least that can find anything here is",
        ),
        (["--rollouts", "9"], "max_rollouts is 9; the least that can find anything here is"),
        (["--tracking-uri", "sqlite:///notes.txt"], "notes.txt: MLflow cannot be reached"),
        (["--teacher", "openai/x", "--api-base", "http://127.0.0.1:9/v1"], "cannot be reached"),
    ],
)
def test_what_is_wrong_is_said_in_one_line_before_anything_is_spent(
    options, message, capsys, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pass_rate, "student_notes", None)  # nothing is measured
    (tmp_path / "notes.txt").write_text("a file of mine, which is no database")
    with pytest.raises(SystemExit) as ended:
        pass_rate.main(options)
    said = capsys.readouterr().err
    assert ended.value.code == 2 and message in said and said.count("\n") == 1
    assert not (tmp_path / "tuned.json").exists()


def test_ctrl_c_says_how_to_go_on(monkeypatch, capsys, tmp_path):
    def interrupted(**options):
        raise KeyboardInterrupt

    monkeypatch.setattr(pass_rate, "tune", interrupted)
    with pytest.raises(SystemExit) as ended:
        pass_rate.main(["--log-dir", str(tmp_path)])
    assert ended.value.code == 130
    assert "interrupted. Nothing is saved; the same command goes on" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["-m", "zoped.optimizers.pass_rate"], "python -m zoped.optimizers.pass_rate"),
        (["-m", "zoped.optimizers.compare"], "python -m zoped.optimizers.compare"),
        (["-m", "zoped.cli.main", "optimize"], "zoped optimize"),
    ],
)
def test_the_help_is_of_the_command_that_was_called_with_every_default(command, name):
    environment = {**os.environ, "COLUMNS": "200", "TERM": "dumb"}
    done = subprocess.run(
        [sys.executable, *command, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
    )
    assert f"Usage: {name} [OPTIONS]" in done.stdout and "[default: " in done.stdout


def small(output, few_seeds, *more):
    options = "--teacher-calls 8 --batch-size 2 --candidates 1 --exploration-tries 1 --variants 1"
    menu = "one_digit_numbers,add_step"
    return ["--output", str(output), "--seeds", few_seeds, "--menu", menu, *options.split(), *more]


@pytest.mark.slow
def test_an_output_of_another_making_is_kept(tmp_path, few_seeds, capsys, monkeypatch):
    output, uri = tmp_path / "tuned.json", f"sqlite:///{tmp_path}/all.db"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("OPENAI_API_KEY", API_KEY)
    chosen = json.dumps({"choice": {"operator": "add_step", "number": 0}})
    with openai_server(lambda body: chosen) as server:
        command = small(output, few_seeds, "--teacher", "openai/scripted", "--api-base", server.url)
        pass_rate.main(command)
        first = output.read_bytes()
        pass_rate.main(command)  # its own, with the same settings
    client = MlflowClient(uri)
    [experiment] = [e for e in client.search_experiments() if e.name == comparison.EXPERIMENT]
    runs = client.search_runs([experiment.experiment_id])
    assert len(runs) == 2 and runs[0].data.metrics["teacher_calls"] <= 8
    assert runs[0].data.params["batch_size"] == "2"

    def refused(*more):
        before = output.read_bytes()
        monkeypatch.setattr(pass_rate, "tune", None)  # nothing is begun
        with pytest.raises(SystemExit) as ended:
            pass_rate.main([*command, *more])
        assert ended.value.code == 2 and output.read_bytes() == before
        return capsys.readouterr().err

    assert "tuned with other settings (seed); name another file" in refused("--seed", "1")
    assert "tuned with other settings (demos)" in refused("--demos", "1")
    output.write_bytes(first.replace(b"Choose", b"Chose"))
    assert "was changed since; name another file" in refused()
    output.write_text("my notes")
    assert "is not this command's" in refused()


@pytest.mark.slow
def test_zoped_optimize_speaks_under_its_own_name(tmp_path, few_seeds, capsys):
    (tmp_path / "tuned.json").write_text("{}")
    with pytest.raises(SystemExit):
        pass_rate.main(small(tmp_path / "tuned.json", few_seeds), "zoped optimize")
    assert capsys.readouterr().err.startswith("zoped optimize: --output ")


def test_a_wrong_option_is_one_plain_line(capsys):
    with pytest.raises(SystemExit) as end:
        compare.main(["--sed", "3"])
    assert end.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith(
        "python -m zoped.optimizers.compare: no such option: --sed; did you mean"
    )
    assert said.count("\n") == 1
