"""MLflow: data sets, prompts with their versions, programs that can be loaded back, traces."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import dspy
import mlflow
import pytest
from mlflow import MlflowClient

from tests.openai_server import API_KEY, openai_server
from zoped.cli.tracking import MlflowTracker, open_tracker
from zoped.cli.tracking_store import Store
from zoped.programs import GenerateProblem
from zoped.programs.seeds import builtin_seeds
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.load import load_teacher
from zoped.train.loop.parts import new_program
from zoped.train.prompt_texts import prompt_texts
from zoped.train.settings import RunSettings


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of runs: what is tracked in it lies in one store."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        yield tmp_path_factory.mktemp("runs")


def tracker_of(folder: Path) -> MlflowTracker:
    folder.mkdir(exist_ok=True)
    return open_tracker(folder, experiment="my quick", name=folder.name)


def client_of(runs: Path) -> MlflowClient:
    uri = Store.in_folder(runs).uri
    return MlflowClient(uri, uri)


def tuned() -> GenerateProblem:
    program = new_program(RunSettings.model_validate({"generate": {"mutation": "weights"}}))
    program.mutate.weights.set("easy", {"double_step": 3.0, "rewrite:race": 0.25})
    choose = program.mutate.choose
    choose.signature = choose.signature.with_instructions("Make {{it}} harder.")
    return program


def linked(client: MlflowClient, run_id: str) -> dict[str, str]:
    tag = client.get_run(run_id).data.tags["mlflow.linkedPrompts"]
    return {entry["name"]: entry["version"] for entry in json.loads(tag)}


def test_data_sets_are_logged_with_what_they_are_for_and_once(runs: Path, tmp_path: Path) -> None:
    rows = [{"text": "1 + 1?", "answer": "2"}]
    file = tmp_path / "seeds.jsonl"
    file.write_text(json.dumps(rows[0]), encoding="utf-8")
    for _ in range(2):  # a resumed run logs them again
        with tracker_of(runs / "data").opened() as tracker:
            tracker.dataset(rows, "seeds mine", context="seeds", source=file)
            tracker.dataset([*rows, *rows], "held out", context="evaluation", source=None)
    inputs = client_of(runs).get_run(tracker.run_id).inputs
    assert inputs is not None
    found = inputs.dataset_inputs
    told = {entry.dataset.name: entry.tags[0].value for entry in found}
    assert told == {"seeds mine": "seeds", "held out": "evaluation"} and len(found) == 2
    by_name = {entry.dataset.name: entry.dataset for entry in found}
    assert str(file) in by_name["seeds mine"].source
    assert json.loads(by_name["held out"].profile or "")["num_rows"] == 2
    assert by_name["held out"].digest != by_name["seeds mine"].digest


def test_a_prompt_gets_a_version_for_each_text_and_runs_are_linked_to_theirs(runs: Path) -> None:
    before, after = new_program(RunSettings()), tuned()
    with tracker_of(runs / "one").opened() as first, tracker_of(runs / "two").opened() as second:
        first.prompts(prompt_texts(before.dump_state(), {"race": "A race."}), note="round 1")
        second.prompts(prompt_texts(after.dump_state(), {"race": "A race."}), note="round 1")
        first.prompts(prompt_texts(before.dump_state(), {"race": "A race."}), note="round 2")
    client = client_of(runs)
    one, two = linked(client, first.run_id), linked(client, second.run_id)
    assert one["my-quick.mutate.choose"] == "1" and two["my-quick.mutate.choose"] == "2"
    assert one["my-quick.mutate.strategies"] == two["my-quick.mutate.strategies"] == "1"
    choose = client.get_prompt_version("my-quick.mutate.choose", 2)
    assert choose.template == "Make {{it}} harder."
    assert "my-quick.mutate.weights" not in one
    weights = client.get_prompt_version("my-quick.mutate.weights", two["my-quick.mutate.weights"])
    assert weights.template == "easy:\n  3.00  double_step\n  0.25  rewrite:race"
    (experiment,) = {
        client.get_run(run).info.experiment_id for run in (first.run_id, second.run_id)
    }
    names = {p.name for p in client.search_prompts(f"experiment_id = '{experiment}'")}
    assert set(one) | set(two) <= names


def test_a_tuned_program_is_loaded_back_and_works(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tuned()
    with tracker_of(runs / "program").opened() as tracker:
        tracker.program(program, "program")
        with tracker.run("over") as over:
            pass
        over.program(program, "program")
    assert client_of(runs).get_run(over.run_id).info.status == "FINISHED"
    assert not mlflow.is_tracking_uri_set() and mlflow.active_run() is None
    monkeypatch.setenv("MLFLOW_TRACKING_URI", Store.in_folder(runs).uri)
    loaded = mlflow.dspy.load_model(f"runs:/{tracker.run_id}/program")
    assert isinstance(loaded, GenerateProblem)
    assert loaded.dump_state() == program.dump_state()
    assert client_of(runs).get_run(tracker.run_id).info.status == "FINISHED"
    # Operators alone, so that nobody is asked: it makes problems as the one that was logged does.
    loaded.mutate.weights.set("", {s.move: 0.0 for s in loaded.mutate.strategies.values()})
    seed = next(seed for seed in builtin_seeds() if seed.symbols is not None)
    made = [loaded(seed=seed, stream=stream) for stream in range(3)]
    assert any(prediction.accepted for prediction in made)


def test_calls_of_the_teacher_are_traces_of_the_run_in_threads_too(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", API_KEY)
    with openai_server(lambda _: "[[ ## answer ## ]]\nyes\n\n[[ ## completed ## ]]") as server:
        teacher = TeacherCalls(load_teacher("openai/scripted", api_base=server.url))
        ask = dspy.Predict("question -> answer")

        def asked(question: str) -> None:
            teacher.ask(ask, key=question, question=question)

        with tracker_of(runs / "traced").opened() as tracker:
            with tracker.traced():
                asked("here?")
                thread = threading.Thread(target=asked, args=("there?",))
                thread.start()
                thread.join()
            asked("not traced?")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", Store.in_folder(runs).uri)
    client = client_of(runs)
    experiment = client.get_run(tracker.run_id).info.experiment_id
    traces = client.search_traces(locations=[experiment], run_id=tracker.run_id)
    questions = {json.loads(trace.data.request)["question"] for trace in traces}
    assert questions == {"here?", "there?"} and len(server.requests) == 3
    assert not mlflow.is_tracking_uri_set() or mlflow.active_run() is None
