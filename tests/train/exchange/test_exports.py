"""Each export is loaded as its trainer loads it, and grades a right and a wrong answer."""

import asyncio
import importlib
import json
import re
import subprocess
import sys
import tomllib
from types import ModuleType, SimpleNamespace

import pyarrow.parquet as pq
import pytest
import yaml
from datasets import load_dataset
from huggingface_hub import DatasetCard
from typer.testing import CliRunner

from tests.grader_package import ROOT, built_grader
from tests.optimizers.test_knobs import Adder
from zoped.cli.export import ExportFormat
from zoped.cli.main import app
from zoped.evals import PassRate
from zoped.foundation.json_lines import read_rows
from zoped.programs.acceptance import Acceptance
from zoped.programs.bulk.dataset import write_dataset
from zoped.programs.bulk.random_walk import RandomWalks
from zoped.programs.seeds import builtin_seeds
from zoped.students import load_student
from zoped.train.exchange.columns import FIELDS
from zoped.train.exchange.export import FORMATS, write_export
from zoped.train.exchange.problem_set import ExchangeError, ProblemSet, problems_of_path
from zoped.train.exchange.row import CHECKS, ProblemRow, with_difficulty


@pytest.fixture(scope="module")
def made():
    walks = RandomWalks(builtin_seeds()[:12], Acceptance(time_limit=0), variants=1)
    return walks.walks(0, 60)[0][:30]


@pytest.fixture(scope="module")
def problems(made):
    """The first twenty were measured."""
    rows = [ProblemRow.of(problem, license="Apache-2.0") for problem in made]
    measured = [
        row.measured(PassRate(i % 9, 8), student="lab", student_version="lab@1") if i < 20 else row
        for i, row in enumerate(rows)
    ]
    return ProblemSet(tuple(with_difficulty(measured)), "a test", "builtin", "Apache-2.0")


@pytest.fixture(scope="module")
def folders(problems, tmp_path_factory):
    """Every format's folder, and the grader, which they import, on the path."""
    root = tmp_path_factory.mktemp("exports")
    for kind in FORMATS:
        name = "zoped-gym" if kind == "reasoning-gym" else "zoped-math"
        write_export(problems, kind, root / kind, name=name)
    grader = str(built_grader(tmp_path_factory.mktemp("grader")))
    with pytest.MonkeyPatch.context() as patch:
        for path in (grader, str(root / "verifiers"), str(root / "reasoning-gym")):
            patch.syspath_prepend(path)
        yield root


def module_at(path):
    spec = importlib.util.spec_from_file_location(f"export_{path.parent.name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# What the exported code imports of packages that PyPI does not have, as their sources of August 2026
# declare it (NeMo Gym 07d6b0d, open-instruct e6c3044). `python -m benchmarks.other_trainers` runs the same
# code within those sources.
PUBLISHED = {
    "nemo_gym.base_resources_server": """
from typing import Any
from pydantic import BaseModel
class BaseResourcesServerConfig(BaseModel):
    host: str
    port: int
    name: str
    entrypoint: str
class BaseVerifyRequest(BaseModel):
    responses_create_params: Any
    response: Any
class BaseVerifyResponse(BaseVerifyRequest):
    reward: float
class SimpleResourcesServer(BaseModel):
    config: BaseResourcesServerConfig
""",
    "open_instruct.ground_truth_utils": """
from abc import ABC
from dataclasses import dataclass
@dataclass
class VerificationResult:
    score: float
    cost: float = 0.0
    reasoning: str | None = None
class VerifierFunction(ABC):
    def __init__(self, name, weight=1.0, verifier_config=None):
        self.name, self.weight, self.verifier_config = name, weight, verifier_config
""",
}


def declared(name, monkeypatch):
    """The module of that name, with what its package publishes of it."""
    package, _, _ = name.partition(".")
    module = ModuleType(name)
    exec(compile(PUBLISHED[name], name, "exec"), module.__dict__)  # noqa: S102
    monkeypatch.setitem(sys.modules, package, ModuleType(package))
    monkeypatch.setitem(sys.modules, name, module)


def rows_of(path):
    return [row for _, row in read_rows(path)]


def boxed(answer):
    return f"It is \\boxed{{{answer}}}."


def test_every_export_has_a_card_that_says_what_is_in_it(folders, problems):
    for kind in FORMATS:
        card = DatasetCard.load(folders / kind / "README.md")
        assert card.data.license == "apache-2.0" and card.data.size_categories == ["n<1K"]
        for part in ("30 word problems", "20 were measured: 160 rollouts of `lab`", "Zoped 0.1.0"):
            assert part in card.text
        for check in CHECKS:
            assert f"| `{check}` | 30 of 30 |" in card.text


def test_the_columns_are_those_of_the_row():
    assert list(FIELDS) == list(ProblemRow.model_fields)


def test_trl_reads_the_data_set_and_its_reward_tells_right_from_wrong(folders, problems):
    rows = load_dataset(str(folders / "trl"), split="train")
    assert len(rows) == 30 and rows[0]["prompt"][0]["role"] == "user"
    assert rows["pass_successes"][:3] == [0, 1, 2] and rows[25]["difficulty"] is None
    assert ProblemRow.model_validate(rows[3]) == problems.rows[3]
    correctness = module_at(folders / "trl" / "reward.py").correctness
    answers, kinds = rows["answer"][:2], rows["answer_type"][:2]
    chats = [[{"role": "assistant", "content": boxed(text)}] for text in (answers[0], "-77")]
    assert correctness(completions=chats, answer=answers, answer_type=kinds) == [1.0, 0.0]
    assert correctness(completions=[boxed(answers[0]), ""], answer=answers) == [1.0, 0.0]


# What a page's snippet is run with instead: nothing is downloaded, and a step is enough.
INSTEAD = {
    "trl": {
        '"Qwen/Qwen2.5-1.5B-Instruct"': "model",
        "num_generations=8": "num_generations=4, per_device_train_batch_size=4, max_steps=1, "
        'max_completion_length=24, use_cpu=True, report_to="none", save_strategy="no"',
        "train_dataset=": "processing_class=tokenizer, train_dataset=",
    },
    "reasoning-gym": {"zoped_math": "zoped_gym"},
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind != "nemo-gym"])
def test_the_pages_python_runs_in_the_exports_folder(kind, folders, monkeypatch):
    page = (ROOT / "docs" / "use-with" / f"{kind}.md").read_text(encoding="utf-8")
    snippets = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert snippets
    student = load_student("lab")
    names = {"student": Adder(), "model": student.model, "tokenizer": student.tokenizer}
    monkeypatch.chdir(folders / kind)
    monkeypatch.syspath_prepend(str(folders / kind))
    monkeypatch.delitem(sys.modules, "reward", raising=False)
    for snippet in snippets:
        for old, new in INSTEAD.get(kind, {}).items():
            snippet = snippet.replace(old, new)
        exec(compile(snippet, f"{kind}.md", "exec"), names)  # noqa: S102
    monkeypatch.delitem(sys.modules, "reward", raising=False)
    if kind == "trl":
        trained = names["trainer"].state
        assert trained.global_step == 1 and 0 < len(names["rows"]) < 30
        assert any("rewards/correctness/mean" in entry for entry in trained.log_history)


def test_verl_has_its_columns_and_its_score(folders, problems):
    rows = pq.read_table(folders / "verl" / "train.parquet").to_pylist()
    assert list(rows[0]) == ["data_source", "prompt", "ability", "reward_model", "extra_info"]
    row = rows[4]
    assert row["reward_model"] == {"style": "rule", "ground_truth": problems.rows[4].answer}
    assert row["extra_info"]["index"] == 4 and row["extra_info"]["pass_successes"] == 4
    compute_score = module_at(folders / "verl" / "reward.py").compute_score
    arguments = {"data_source": row["data_source"], "extra_info": row["extra_info"]}
    gold = row["reward_model"]["ground_truth"]
    assert compute_score(solution_str=boxed(gold), ground_truth=gold, **arguments) == 1.0
    assert compute_score(solution_str=boxed("-77"), ground_truth=gold, **arguments) == 0.0


def test_nemo_gym_has_rows_with_an_expected_answer_and_a_file_from_easy_to_hard(
    folders, problems, monkeypatch
):
    server = folders / "nemo-gym" / "resources_servers" / "zoped_math"
    rows = rows_of(server / "data" / "train.jsonl")
    assert len(rows) == 30 and rows_of(server / "data" / "example.jsonl") == rows[:5]
    for row in rows:
        (message,) = row["responses_create_params"]["input"]
        assert message["role"] == "user" and row["question"] in message["content"]
        assert isinstance(row["expected_answer"], str)
    ordered = rows_of(server / "data" / "train_from_easy_to_hard.jsonl")
    assert {row["key"] for row in ordered} == {row.key for row in problems.rows[:20]}
    rates = [row["pass_mean"] for row in ordered]
    assert rates == sorted(rates, reverse=True) and len(set(rates)) == 9
    servers = yaml.safe_load((server / "configs" / "zoped_math.yaml").read_text())
    data = servers["zoped_math_simple_agent"]["responses_api_agents"]["simple_agent"]["datasets"]
    assert data[0]["license"] == "Apache 2.0"
    assert (folders / "nemo-gym" / data[0]["jsonl_fpath"]).is_file()
    compile((server / "tests" / "test_app.py").read_text(), "test_app.py", "exec")
    declared("nemo_gym.base_resources_server", monkeypatch)
    app = module_at(server / "app.py")
    here = {"host": "127.0.0.1", "port": 1, "name": "zoped_math", "entrypoint": "app.py"}
    served = app.ZopedMathServer(config=app.ZopedMathConfig(**here))
    for text, reward in ((rows[0]["expected_answer"], 1.0), ("-77", 0.0)):
        said = SimpleNamespace(type="output_text", text=boxed(text))
        message = SimpleNamespace(type="message", content=[said])
        response = SimpleNamespace(output=[SimpleNamespace(type="reasoning"), message])
        asked = app.ZopedMathVerifyRequest(**rows[0], response=response)
        assert asyncio.run(served.verify(asked)).reward == reward


def test_openrlhf_and_slime_read_prompt_and_label(folders):
    rows = load_dataset("json", data_files=str(folders / "openrlhf" / "train.jsonl"))["train"]
    prompt, gold = rows[0]["prompt"], rows[0]["label"]
    module = module_at(folders / "openrlhf" / "reward.py")
    asked = prompt[0]["content"]
    done = module.reward_func([asked + boxed(gold), asked + boxed("-77")], [asked] * 2, [gold] * 2)
    assert done["rewards"].tolist() == done["scores"].tolist() == [1.0, 0.0]
    # A prompt that names the answer earns nothing.
    told = f"Is it {boxed(gold)}"
    assert module.reward_func([told], [told], [gold])["rewards"].tolist() == [0.0]
    right, wrong = (SimpleNamespace(response=boxed(text), label=gold) for text in (gold, "-77"))
    assert asyncio.run(module.custom_rm(None, right)) == 1.0
    assert asyncio.run(module.custom_rm(None, [right, wrong])) == [1.0, 0.0]


def test_open_instruct_has_its_columns_difficulties_and_verifier(folders, monkeypatch):
    folder = folders / "open-instruct"
    rows = rows_of(folder / "train.jsonl")
    assert {"messages", "ground_truth", "dataset"} <= rows[0].keys()
    assert rows[0]["dataset"] == "zoped_math"
    known = [row["difficulty"] for row in rows if row["difficulty"]]
    assert json.loads((folder / "train.metadata.json").read_text())["rows_with_difficulty"] == 20
    assert len(known) == 20
    for each in known:
        assert 0 <= each["bucket_index"] < each["bucket_count"] == 10
        assert 0 <= each["expected_quantile"] <= 1 and 0 < each["posterior_mean"] < 1
    hardest = max(known, key=lambda each: each["bucket_index"])
    assert hardest["posterior_mean"] == min(each["posterior_mean"] for each in known)
    declared("open_instruct.ground_truth_utils", monkeypatch)
    verifier = module_at(folder / "zoped_verifier.py").ZopedMathVerifier(None)
    gold = rows[0]["ground_truth"]
    assert verifier.name == rows[0]["dataset"]
    assert verifier([], boxed(gold), gold).score == 1.0
    assert verifier([], boxed("-77"), gold).score == 0.0


def test_reasoning_gym_makes_the_data_sets_by_name(folders, problems):
    import reasoning_gym
    import zoped_gym
    from reasoning_gym.factory import create_curriculum

    assert "zoped_gym" in zoped_gym.NAMES and len(zoped_gym.NAMES) > 3
    for name in zoped_gym.NAMES:
        data = reasoning_gym.create_dataset(name, seed=7, size=40)
        again = reasoning_gym.create_dataset(name, seed=7, size=40)
        entries = list(data)
        assert len(entries) == 40 and entries == [again[i] for i in range(40)]
        entry = entries[3]
        assert entry["metadata"]["source_dataset"] == name
        # As NeMo Gym's server looks it up.
        score = reasoning_gym.get_score_answer_fn(name)
        assert score(answer=entry["answer"], entry=entry) == 1.0
        assert score(answer=f"{entry['answer']}.0 + 1", entry=entry) == 0.0
        assert score(answer=None, entry=entry) == score(answer=7, entry=entry) == 0.0
        # As the data sets of live problems grade it.
        assert score(answer=f"Thus \\boxed{{{entry['answer']}}}.", entry=entry) == 1.0
    whole = reasoning_gym.create_dataset("zoped_gym", seed=1, size=30)
    assert {entry["metadata"]["key"] for entry in whole} == {row.key for row in problems.rows}
    hard = reasoning_gym.create_dataset("zoped_gym", seed=1, size=30, easiest=8)
    rates = {entry["metadata"]["pass_mean"] for entry in hard} - {None}
    assert rates and max(rates) <= 2 / 8
    curriculum = create_curriculum("zoped_gym")
    curriculum.increment_attr_level("bucket")
    assert curriculum.generate_configuration().hardest == 1


@pytest.mark.slow
def test_verifiers_loads_the_environment_and_scores_traces(folders, problems):
    import verifiers.v1 as vf
    from verifiers.v1.trace import AgentInfo, TraceTask
    from verifiers.v1.utils.loaders import load_taskset, taskset_class

    config = taskset_class("zoped-math").__orig_bases__[0].__args__[1]
    tasks = list(load_taskset(config(id="zoped-math")))
    assert len(tasks) == 30 and len({task.key for task in tasks}) == 30
    assert tasks[0].key == problems.rows[0].key and tasks[0].data.prompt
    assert all(asyncio.run(task.validate(None)) for task in tasks)
    middle = load_taskset(config(id="zoped-math", lowest_pass_rate=0.2, highest_pass_rate=0.8))
    rates = [task.data.pass_mean for task in middle]
    assert all(rate is None or 0.2 <= rate <= 0.8 for rate in rates) and 10 < len(rates) < 30

    async def scored(task, reply):
        recorded = TraceTask(type=type(task).__name__, data=task.data, key=task.key)
        agent = vf.AgentConfig()
        trace = vf.Trace(task=recorded, agent=AgentInfo(config=agent), root_reply=reply)
        await task.score(trace)
        return trace.rewards["correct"].value

    assert asyncio.run(scored(tasks[0], boxed(tasks[0].data.answer))) == 1.0
    assert asyncio.run(scored(tasks[0], boxed("-77"))) == 0.0
    project = tomllib.loads((folders / "verifiers" / "pyproject.toml").read_text())["project"]
    assert project["name"] == "zoped-math"
    assert [each.partition(">")[0] for each in project["dependencies"]] == [
        "verifiers",
        "zoped-grade",
    ]


def test_what_generate_wrote_is_exported_by_the_command(made, tmp_path):
    lines = "".join(problem.model_dump_json() + "\n" for problem in [*made[:8], made[0]])
    (tmp_path / "p.jsonl").write_text(lines)
    run = CliRunner()
    arguments = ["export", str(tmp_path / "p.jsonl"), "--format", "nemo-gym", "--name", "my-sums"]
    done = run.invoke(app, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["problems"] == 8 and told["measured"] == 0 and told["license"] == "Apache-2.0"
    server = tmp_path / "p-nemo-gym" / "resources_servers" / "my_sums"
    assert len(rows_of(server / "data" / "train.jsonl")) == 8
    assert not (server / "data" / "train_from_easy_to_hard.jsonl").exists()
    assert "zoped" not in (server / "configs" / "my_sums.yaml").read_text()
    # Again: its own output is replaced; what another wrote is not.
    assert run.invoke(app, arguments).exit_code == 0
    (server / "mine.py").write_text("")
    refused = run.invoke(app, arguments)
    assert refused.exit_code == 2 and "mine.py" in refused.stderr

    write_dataset(tmp_path / "p.jsonl", tmp_path / "p")
    assert [row.key for row in problems_of_path(tmp_path / "p").rows] == [
        problem.instance_key for problem in made[:8]
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["gone.jsonl", "--format", "trl"], "gone.jsonl is not there"),
        (["p.jsonl", "--format", "trl", "--round", "1"], "it has no rounds"),
        (["p.jsonl", "--format", "trl", "--push", "a/b"], "only without --format"),
        (
            ["p.jsonl", "--format", "trl", "--name", "My Sums"],
            "in small letters, such as zoped-math",
        ),
        (["p.jsonl", "--license", "MIT"], "are for --format"),
        (
            ["bad.jsonl", "--format", "trl"],
            "bad.jsonl:1: not a generated problem: id: Field required",
        ),
        (["empty.jsonl", "--format", "trl"], "there are no problems to export"),
        (["folder", "--format", "trl"], "holds no Parquet file, and is no run folder"),
    ],
)
def test_what_cannot_be_exported_is_told(arguments, message, made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.jsonl").write_text(made[0].model_dump_json() + "\n")
    (tmp_path / "bad.jsonl").write_text('{"text": "What is 1 + 1?"}\n')
    (tmp_path / "empty.jsonl").write_text("")
    (tmp_path / "folder").mkdir()
    done = CliRunner().invoke(app, ["export", *arguments])
    assert done.exit_code == 2 and message in done.stderr


def test_the_command_knows_every_format_and_another_is_refused(problems, tmp_path):
    assert [each.value for each in ExportFormat] == list(FORMATS)
    with pytest.raises(ExchangeError, match="write one of verifiers, reasoning-gym, verl"):
        write_export(problems, "csv", tmp_path / "out")


def test_the_packaged_files_are_python(folders):
    for path in folders.rglob("*.py"):
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "ruff",
                "check",
                "--isolated",
                "--quiet",
                "--select",
                "E9,F",
                str(path),
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
