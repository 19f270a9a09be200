"""The configurations for GPUs, on models of the same architecture made tiny: planned and trained."""

import json
from pathlib import Path

import dspy
import pytest
import torch
from transformers import Qwen2Config, Qwen2ForCausalLM
from typer.testing import CliRunner

from tests.programs.scripted import SEED, Teacher
from tests.small_run import SMALL_RUN
from tests.train.grpo.test_grpo import write_problems
from zoped.cli.config import load_config
from zoped.cli.main import app
from zoped.programs import GenerateProblem
from zoped.programs.teachers.calls import TeacherCalls
from zoped.train import RoundJob, RunSettings, TrainSettings, load_student, train_round
from zoped.train.loop.parts import new_program, run_seeds
from zoped.train.plan import make_plan
from zoped.train.sections.models import TeacherSettings
from zoped.train.teacher_cost import most_teacher_cost

CONFIGS = Path(__file__).parents[2] / "configs"
# The published architecture: layers, hidden size, feed-forward size, heads, key and value heads.
SHAPES = {"qwen2.5-1.5b": (28, 1536, 8960, 12, 2), "qwen2.5-3b": (36, 2048, 11008, 16, 2)}
PARAMETERS = {"qwen2.5-1.5b": 1_543_714_304, "qwen2.5-3b": 3_085_938_688}


def qwen(layers: int, hidden: int, forward: int, heads: int, kv: int, vocabulary: int):
    return Qwen2Config(
        vocab_size=vocabulary,
        num_hidden_layers=layers,
        hidden_size=hidden,
        intermediate_size=forward,
        num_attention_heads=heads,
        num_key_value_heads=kv,
        tie_word_embeddings=True,
        architectures=["Qwen2ForCausalLM"],
    )


@pytest.fixture
def test_sets(tmp_path, monkeypatch):
    """Ten problems of every test set, and of GSM8K's training split, in a folder."""
    monkeypatch.setenv("ZOPED_DATA", str(tmp_path))
    for name in ("gsm8k", "svamp", "math500", "aime24", "aime25"):
        (tmp_path / name).mkdir()
        for split in ("train", "test"):
            lines = [
                json.dumps({"question": f"{split}: what is {i} + 1?", "answer": str(i + 1)})
                for i in range(10)
            ]
            (tmp_path / name / f"{split}.jsonl").write_text("\n".join(lines))


def with_student(name: str, folder: Path) -> RunSettings:
    """The shipped configuration with another student."""
    values = load_config(CONFIGS / f"{name}.yaml").model_dump()
    values["student"]["name"] = str(folder)
    return RunSettings.model_validate(values)


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
def test_a_plan_needs_no_weights(name, test_sets, tmp_path):
    """The folder holds the published configuration and a tokenizer, nothing else."""
    folder = tmp_path / "student"
    qwen(*SHAPES[name], vocabulary=151_936).save_pretrained(folder)
    load_student("lab").tokenizer.save_pretrained(folder)
    settings = with_student(name, folder)
    plan = make_plan(settings)
    assert plan.parameters == PARAMETERS[name] == plan.trained_parameters
    assert plan.seeds == 10 and plan.benchmarks["math500"] == 10
    assert plan.steps == (100, 100, 100)
    assert plan.training_rollouts == 3 * 100 * settings.train.prompts_per_step * 8
    assert plan.training_tokens == plan.training_rollouts * 1024
    states = 16 * plan.parameters
    assert plan.memory_training == (states if name == "qwen2.5-1.5b" else states // 8)
    # The comment at the top of the file says how many GB that is.
    assert f"{states / 1e9:.1f} GB" in (CONFIGS / f"{name}.yaml").read_text()
    told = dict(plan.lines())
    assert told["its rollouts come from"].startswith("vLLM in the training processes (30%")
    assert told["optimizer steps"] == "100 + 100 + 100 = 300"


def test_a_small_plan_is_told_in_small_numbers():
    settings = RunSettings.model_validate(SMALL_RUN)
    told = dict(make_plan(settings).lines())
    assert told["optimizer steps"] == str(settings.train.steps)
    assert " MB" in told["memory, measuring"]
    assert not any(" 0.0 GB" in line for line in told.values())


@pytest.mark.parametrize(
    ("curriculum", "generate", "most"),
    [
        # 60 or so seeds and 5 decisions with 2 problems each; replay measures up to 3 times 8 of 16 again.
        ({}, {}, lambda seeds: 2 * (seeds + 10) * 8),
        ({"replay": 0.5}, {}, lambda seeds: (2 * (seeds + 10) + 24) * 8),
        # 96 problems at random in the first round, 1 in the second; 3 batches of 7 or 6.
        ({"filter": "difficulty"}, {}, lambda seeds: (2 * seeds + 96 + 1 + 2 * 21) * 8),
        ({"filter": "difficulty"}, {"rollouts": 100}, lambda seeds: 2 * seeds * 8 + 200),
        ({"filter": "none"}, {}, lambda seeds: 0),
    ],
)
def test_what_is_measured_has_a_bound_by_how_problems_are_chosen(curriculum, generate, most):
    values = {
        "rounds": 2,
        "teacher": {"model": "none"},
        "seeds": {"path": "elementary"},
        "meter": {"max_rollouts": 8},
        "curriculum": curriculum,
        "generate": {"decisions": 5, "variants": 2} | generate,
        "train": {"steps": 4, "prompts_per_step": 4},
    }
    plan = make_plan(RunSettings.model_validate(values))
    assert plan.measuring_rollouts == most(plan.seeds)


@pytest.mark.slow
@pytest.mark.parametrize("name", SHAPES)
def test_the_training_of_the_configuration_runs_on_a_tiny_model(name, tmp_path):
    """Every option as shipped but those that need a GPU, and the sizes."""
    torch.manual_seed(0)
    lab = load_student("lab")
    config = qwen(2, 32, 64, 4, 2, vocabulary=len(lab.tokenizer))
    config.eos_token_id = lab.tokenizer.eos_token_id
    Qwen2ForCausalLM(config).save_pretrained(tmp_path / "start")
    lab.tokenizer.save_pretrained(tmp_path / "start")
    shipped = load_config(CONFIGS / f"{name}.yaml").train.model_dump()
    own = {k: v for k, v in shipped.items() if "vllm" not in k}
    small = {"steps": 2, "prompts_per_step": 4, "gradient_accumulation_steps": 2, "save_steps": 1}
    settings = TrainSettings.model_validate(
        own | small | {"launcher": "local", "processes": None, "learning_rate": 1e-2}
    )
    write_problems(tmp_path / "run", settings)
    logs = []
    train_round(
        RoundJob(
            settings=settings,
            model=str(tmp_path / "start"),
            problems=tmp_path / "run" / "problems-1.jsonl",
            checkpoints=tmp_path / "run" / "checkpoints",
            output=tmp_path / "run" / "student",
            round=1,
            rounds=3,
            instruction="",
            temperature=1.0,
            max_completion_length=8,
        ),
        on_log=lambda metrics, step: logs.append((step, metrics["reward"])),
    )
    assert [step for step, _ in logs] == [1, 2]
    assert load_student(tmp_path / "run" / "student").sample(["1 + 1?"], samples=1, seed=0)


def test_the_command_prints_the_plan_and_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.yaml").write_text(
        "teacher: {model: none}\nrounds: 2\n"
        "train: {steps: [3, 5], lora: {rank: 4}, launcher: torchrun, processes: 2}\n"
    )
    result = CliRunner().invoke(app, ["run", "c.yaml", "--dry-run"], terminal_width=200)
    assert result.exit_code == 0, result.output
    for part in ("LlamaForCausalLM", "3 + 5 = 8", "--nproc-per-node=2", "24 + 40 = 64", " MB"):
        assert part in result.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c.yaml"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("train: {launcher: 'accelerate:fsdq'}", "accelerate:fsdq: there is no such file"),
        ("student: {name: no-such/model}", "no-such/model"),
        (
            "{teacher: {model: openai/gpt-4o-mini, budget: {dollars: 1}}, tune: {reflection: openai/some-model}}",
            "tune.reflection: LiteLLM lists no price for openai/some-model",
        ),
        ("train: {auto_find_batch_size: true}", "TRL refuses these options"),
        ("seeds: {path: nowhere.jsonl}", "nowhere.jsonl"),
        ("curriculum: {order: nosuch}", "curriculum.order: no rule 'nosuch'"),
        ("curriculum: {band: builtins.len}", "curriculum.band: builtins.len failed: TypeError"),
        ("contamination: {files: [nowhere.txt]}", "nowhere.txt"),
        (
            "{teacher: {model: none}, generate: {verbalization: teacher}}",
            "generate.verbalization is `teacher`, and teacher.model is `none`",
        ),
        ("{teacher: {model: none}, seeds: {path: TEXTS}}", "none of the 2 seeds have"),
        (
            "{teacher: {model: openai/some-model}, tune: {teacher_calls: 24}, seeds: {path: TEXTS}}",
            "tune.teacher_calls is 24; the least that can find anything here is 25",
        ),
        (
            "{generate: {verbalization: teacher}, teacher: {model: openai/some-model}, tune: {teacher_calls: 67}}",
            "tune.teacher_calls is 67; the least that can find anything here is 68",
        ),
        (
            "{tune: {rollouts: 383}, meter: {max_rollouts: 12}, measure: {variants: 4}}",
            "tune.rollouts is 383; the least that can find anything here is 384",
        ),
    ],
)
def test_a_dry_run_finds_what_a_run_would_stop_at(tmp_path, text, message):
    texts = tmp_path / "texts.jsonl"
    texts.write_text('{"text": "1 + 1?", "answer": "2"}\n{"text": "1 + 2?", "answer": "3"}\n')
    (tmp_path / "c.yaml").write_text(text.replace("TEXTS", str(texts)))
    result = CliRunner().invoke(app, ["run", str(tmp_path / "c.yaml"), "--dry-run"])
    assert result.exit_code == 2
    assert message in result.output + result.stderr


@pytest.mark.parametrize(
    ("changes", "calls"),
    [
        # Two rounds: 24 decisions before tuning, 24 after, 80 calls of tuning, 400 decisions.
        ({}, 3 + 2 * (24 + 24 + 80 + 400)),
        ({"tune": {"enabled": False}}, 3 + 2 * 400),
        # A decision, and for each of its variants the text and its reading.
        (
            {"generate": {"verbalization": "teacher", "variants": 3}, "measure": {"variants": 2}},
            3 + 2 * (2 * 24 * 5 + 80 + 400 * 7),
        ),
        ({"teacher": {"model": "none"}}, 0),
    ],
)
def test_the_most_calls_are_those_of_every_decision(changes, calls):
    settings = RunSettings.model_validate({"teacher": {"model": "openai/gpt-4o-mini"}} | changes)
    program = new_program(settings)
    most = most_teacher_cost(settings, program, run_seeds(settings))
    assert most.calls == calls
    assert most.completion_tokens == settings.teacher.max_tokens * calls
    # By LiteLLM's list: 0.15 and 0.60 dollars a million.
    price = 0.15e-6 * most.prompt_tokens + 0.6e-6 * most.completion_tokens
    assert most.dollars == pytest.approx(price)
    free = settings.model_copy(update={"teacher": TeacherSettings(model="embedded")})
    assert most_teacher_cost(free, program, run_seeds(free)).dollars == 0


def test_a_module_that_asks_nobody_costs_nothing():
    class Drawn(dspy.Module):
        def __init__(self, signature):
            super().__init__()

        def forward(self, operators):
            raise NotImplementedError

    settings = RunSettings.model_validate({"teacher": {"model": "openai/gpt-4o-mini"}})
    program = GenerateProblem(signatures={"mutate": Drawn})
    most = most_teacher_cost(settings, program, run_seeds(settings))
    assert most.calls == 3  # of the check at the start


def test_the_most_dollars_hold_for_a_dearer_model_that_reflects_and_for_one_that_thinks():
    def most(reflection, model="openai/gpt-4o-mini"):
        values = {"teacher": {"model": model}, "tune": {"reflection": reflection}}
        settings = RunSettings.model_validate(values)
        return most_teacher_cost(settings, new_program(settings), run_seeds(settings))

    same, dearer = most("teacher"), most("openai/gpt-4o")
    each = same.prompt_tokens // same.calls
    extra = each * (2.5e-6 - 0.15e-6) + 2_048 * (10e-6 - 0.6e-6)
    assert dearer.dollars == pytest.approx(same.dollars + 2 * 80 * extra)
    assert most("openai/gpt-3.5-turbo-0125").dollars >= same.dollars
    assert most("openai/nobody-knows").dollars is None
    assert most("teacher", "openai/gpt-5-mini").completion_tokens == 16_000 * same.calls
    thinks = most("openai/gpt-5-mini")
    assert thinks.completion_tokens == same.completion_tokens + 2 * 80 * (16_000 - 2_048)


def test_seeds_without_symbols_are_formalized_in_every_decision(tmp_path):
    seeds = tmp_path / "texts.jsonl"
    seeds.write_text('{"text": "1 + 1?", "answer": "2"}\n')
    values = {"teacher": {"model": "openai/some-model-of-mine"}, "seeds": {"path": str(seeds)}}
    settings = RunSettings.model_validate(values)
    most = most_teacher_cost(settings, new_program(settings), run_seeds(settings))
    # Four tries of formalizing, and a choice.
    assert most.calls == 3 + 2 * (2 * 24 * 5 + 80 + 400 * 5)
    assert most.dollars is None
    assert str(most).endswith("price not known, where none is made again")


@pytest.mark.parametrize(
    "generate",
    [
        {"mutation": "rewrite", "strategies": ["merge_second"]},
        {"mutation": "both", "verbalization": "teacher"},
        {"mutation": "operators"},
    ],
)
def test_no_prompt_is_longer_than_was_reckoned(tmp_path, generate):
    """Formalizing with what was wrong, a strategy with a second problem, wording, reading back."""
    seeds = tmp_path / "seeds.jsonl"
    row = {"text": "Ann has 5 pens. Ben gives her 3. How many has she?", "answer": "8"}
    seeds.write_text(json.dumps(row) + "\n")
    settings = RunSettings.model_validate(
        {
            "teacher": {"model": "openai/scripted"},
            "seeds": {"path": str(seeds)},
            "generate": {**generate, "variants": 1},
        }
    )
    program = new_program(settings)
    most = most_teacher_cost(settings, program, run_seeds(settings))
    engine = Teacher(
        operator="double_step", wrong=2, formalized=SEED.symbols, rewritten=SEED.symbols
    )
    teacher = TeacherCalls(engine.lm(), adapter=dspy.JSONAdapter())
    for stream in range(4):
        program(seed=run_seeds(settings)[0], stream=stream, teacher=teacher)
    assert engine.calls > 4
    longest = max(
        len((request.system or "").encode()) + sum(len(m.text.encode()) for m in request.messages)
        for request in engine.requests
    )
    assert longest <= most.prompt_tokens / most.calls
