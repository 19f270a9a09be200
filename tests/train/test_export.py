"""A run with a warm start, and what of it is exported: plain folders with cards."""

import json
import shutil

import pytest
import yaml
from datasets import load_dataset
from huggingface_hub import DatasetCard, ModelCard
from transformers import AutoModelForCausalLM, AutoTokenizer
from typer.testing import CliRunner

from zoped.cli.main import app
from zoped.evals import PassRate, answers_match, extract_answer
from zoped.evals.held_out import held_out_problems
from zoped.foundation.json_lines import read_rows
from zoped.students.prompting import INSTRUCTION_KEY
from zoped.symbolic import instance_key
from zoped.train import RunSettings, load_student, run_rounds
from zoped.train.curriculum.observed import observations
from zoped.train.exchange.problem_set import problems_of_run
from zoped.train.export import ExportError, export_run, push
from zoped.train.grpo.warm_start import worked_examples
from zoped.train.lab.results import read_run
from zoped.train.loop.parts import load_run_student, random_operators, run_seeds
from zoped.train.results import WarmStarted
from zoped.train.state import STATE, RunState

pytestmark = pytest.mark.slow
SETTINGS = RunSettings.model_validate(
    {
        "rounds": 1,
        "teacher": {"model": "none"},
        "seeds": {"path": "elementary"},
        "meter": {"min_rollouts": 2, "max_rollouts": 4},
        "measure": {"seeds": 2},
        "generate": {"operators": ["change_numbers", "one_digit_numbers"], "decisions": 8},
        "train": {
            "steps": 1,
            # Enough for some right and some wrong answers to one problem.
            "prompts_per_step": 4,
            "num_generations": 8,
            "learning_rate": 1e-3,
            "lora": {"rank": 2},
            "warm_start": {"examples": 48, "batch_size": 8, "learning_rate": 1e-3},
        },
        "reward": {"format_weight": 0.1},
        "evaluate": {"problems": 30, "benchmarks": ["svamp"], "benchmark_problems": 10},
    }
)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("export") / "run"
    data = folder.parent / "data" / "svamp"
    data.mkdir(parents=True)
    rows = [json.dumps({"question": f"What is {i} + 1?", "answer": str(i + 1)}) for i in range(20)]
    (data / "test.jsonl").write_text("\n".join(rows))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZOPED_DATA", str(data.parent))
        report = run_rounds(SETTINGS, folder)
    assert len(report.rounds) == 1
    return folder


def test_worked_examples_end_in_their_answer_and_are_not_held_out():
    held_out = {problem.instance_key for problem in held_out_problems(60)}
    generator = random_operators(SETTINGS)
    examples = worked_examples(generator, run_seeds(SETTINGS), seen=set(held_out), count=40, seed=0)
    assert len(examples) == len({example.text for example in examples}) == 40
    for example in examples:
        boxed = extract_answer(example.solution)
        last_step = example.solution.split(" \\boxed")[0].rstrip(".").rpartition("= ")[2]
        assert answers_match(last_step, boxed)


def test_the_warm_start_is_the_first_student_of_the_rounds(run):
    warm = load_student(run / "rounds" / "0000" / "student")
    versions = {load_student("lab").version, warm.version}
    versions.add(load_student(run / "rounds" / "0001" / "student").version)
    assert len({version.split("@")[1] for version in versions}) == 3
    assert warm.instruction == load_student("lab").instruction


def test_every_evaluation_counts_all_that_it_asked(run):
    """Sampled and likeliest answers to 30 held-out problems, and 10 questions of a test set: before the
    warm start, after it, and after the round."""
    with RunState(run / STATE) as state:
        warm = WarmStarted.load(state, 0)
    numbers = read_run(run, student="lab", arm="one", seed=0, rounds=1)
    assert numbers.evaluation == 3 * warm.rollouts == 3 * (30 + 30 + 10)


def test_the_folders_load_like_any_others(run, tmp_path):
    done = export_run(run, SETTINGS, tmp_path)
    model = AutoModelForCausalLM.from_pretrained(done.model)
    assert AutoTokenizer.from_pretrained(done.model).chat_template
    assert not any("lora" in name for name, _ in model.named_parameters())
    rows = load_dataset(str(done.dataset), split="train")
    assert len(rows) == done.problems > 0
    assert set(rows["round"]) == {1} and all(0 <= r["passes"] <= r["rollouts"] for r in rows)


def test_the_cards_say_how_it_was_made(run, tmp_path):
    done = export_run(run, SETTINGS, tmp_path)
    card = ModelCard.load(done.model / "README.md")
    assert card.data.library_name == "transformers" and "grpo" in card.data.tags
    for part in (
        f"{done.problems:,} generated problems",
        "LoRA of rank 2, merged; 1 step of 4 problems",
        "Reward: 1 for the right final answer, 0.1 x `one boxed answer`.",
        "supervised warm start on 48 worked examples",
        "| start |",
        "| round 1 |",
        "svamp",
        "trl 1.",
        "one_digit_numbers",
    ):
        assert part in card.text
    described = DatasetCard.load(done.dataset / "README.md")
    assert described.data.size_categories == ["n<1K"] and "`passes`" in described.text
    start = card.text.index("```yaml") + 7
    configuration = yaml.safe_load(card.text[start : card.text.index("```", start)])
    assert RunSettings.model_validate(configuration) == SETTINGS


def test_the_card_says_what_the_student_was_asked_with_where_no_setting_does(run, tmp_path):
    told = "The question was asked as one user message"
    done = export_run(run, SETTINGS, tmp_path / "export")
    assert f"{told}.\n" in (done.model / "README.md").read_text()  # the lab student's own way
    copy = tmp_path / "run"
    shutil.copytree(run, copy, ignore=shutil.ignore_patterns("export"))
    kept = copy / "rounds" / "0001" / "student" / "generation_config.json"
    kept.write_text(json.dumps(json.loads(kept.read_text()) | {INSTRUCTION_KEY: "Think first."}))
    done = export_run(copy, SETTINGS, tmp_path / "export")
    assert f"{told}, followed by: `Think first.`." in (done.model / "README.md").read_text()


def test_the_command_exports_and_pushes_only_when_asked(run):
    result = CliRunner().invoke(app, ["export", str(run)])
    assert result.exit_code == 0 and "the student after round 1" in result.output
    assert (run / "export" / "model" / "model.safetensors").is_file()
    wrong = CliRunner().invoke(app, ["export", str(run), "--push", "nobody"])
    assert wrong.exit_code == 2 and "OWNER/NAME" in wrong.output + wrong.stderr


def test_a_runs_problems_for_another_trainer_carry_the_students_pass_rates(run):
    result = CliRunner().invoke(app, ["export", str(run), "--format", "nemo-gym"])
    assert result.exit_code == 0, result.output
    data = run / "export" / "nemo-gym" / "resources_servers" / "zoped_math" / "data"
    rows = [row for _, row in read_rows(data / "train.jsonl")]
    version = load_student(run / "rounds" / "0000" / "student").version
    measured = [row for row in rows if row["pass_trials"]]
    assert measured and {row["student_version"] for row in measured} == {version}
    assert {row["student"] for row in measured} == {"lab"} and {row["round"] for row in rows} == {1}
    # The lab student is asked without an instruction.
    assert rows[0]["responses_create_params"]["input"][0]["content"] == rows[0]["question"]
    seeds = {seed.id: instance_key(seed.symbols) for seed in run_seeds(SETTINGS)}
    assert all(row["parent_key"] == seeds[row["seed_id"]] for row in rows)
    ordered = [row["pass_mean"] for _, row in read_rows(data / "train_from_easy_to_hard.jsonl")]
    assert len(ordered) == len(measured)


def test_pass_rates_from_elsewhere_become_observations_of_the_next_rounds_student(run, tmp_path):
    problems = problems_of_run(run, SETTINGS).rows
    rows = [{"mean/reward": 0.5, "sample": {"question": row.question}} for row in problems]
    profile = tmp_path / "train_reward_profiling.jsonl"
    profile.write_text("".join(json.dumps(row) + "\n" for row in rows))
    arguments = ["observe", str(run), str(profile), "--rollouts", "8"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert "of the student that round 2 finds" in done.output
    with RunState(run / "state.db") as state:
        versions = {1: load_student(run / "rounds" / "0000" / "student").version, 2: "2"}
        known = observations(state, 2, versions, ())
    new = [each for each in known if each.age == 0.0]
    assert len(new) == len(problems) and {each.pass_rate for each in new} == {PassRate(4, 8)}
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 2 and "imported" in again.stderr
    later = CliRunner().invoke(app, [*arguments, "--round", "3"])
    assert later.exit_code == 2 and "give 1 to 2" in later.stderr


def test_what_cannot_be_exported_or_pushed_is_told(run, tmp_path):
    with pytest.raises(ExportError, match=r"round 2 of .* is not finished; finished are \[1\]"):
        export_run(run, SETTINGS, tmp_path, round_=2)
    with pytest.raises(ExportError, match="no run folder"):
        export_run(tmp_path, SETTINGS, tmp_path)
    done = export_run(run, SETTINGS, tmp_path)
    with pytest.raises(ExportError, match="someone/model cannot be pushed to the hub"):
        push(done, "someone/model", private=True)


def test_training_on_problems_of_ones_own(tmp_path):
    config = tmp_path / "c.yaml"
    small = {"steps": 1, "prompts_per_step": 2, "num_generations": 4}
    config.write_text(yaml.safe_dump({"train": small}))
    short = tmp_path / "short.jsonl"
    short.write_text('{"text": "Ann has 2 pens and buys 1. How many has she?", "answer": "3"}\n')
    arguments = ["train", str(config), "-p", str(short), "-o", str(tmp_path / "out")]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "trained on 1 problem, each 2 times" in result.output
    assert load_student(tmp_path / "out" / "student").instruction == load_student("lab").instruction


def test_a_trained_student_is_asked_as_it_was_trained_wherever_it_is_loaded(tmp_path):
    """The instruction and the template's arguments are the run's, not the first model's own."""
    load_student("lab").save(tmp_path / "first")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "first")
    tokenizer.chat_template = "{% if quick %}quick {% endif %}" + tokenizer.chat_template
    tokenizer.save_pretrained(tmp_path / "first")
    settings = RunSettings.model_validate(
        {
            "student": {"name": str(tmp_path / "first"), "instruction": "Think."},
            "train": {"steps": 1, "prompts_per_step": 1, "num_generations": 2}
            | {"chat_template_kwargs": {"quick": True}},
        }
    )
    config, problems = tmp_path / "c.yaml", tmp_path / "problems.jsonl"
    config.write_text(yaml.safe_dump(settings.model_dump(mode="json", exclude_unset=True)))
    problems.write_text('{"text": "Ann has 2 pens and buys 1. How many has she?", "answer": "3"}\n')
    arguments = ["train", str(config), "-p", str(problems), "-o", str(tmp_path / "out")]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    for student in (load_run_student(settings), load_student(tmp_path / "out" / "student")):
        assert (student.instruction, student.chat_template_kwargs) == ("Think.", {"quick": True})
