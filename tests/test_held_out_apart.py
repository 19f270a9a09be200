"""What is generated for other trainers holds none of the held-out problems, in whatever words."""

import pyarrow.parquet as pq
import pytest
import reasoning_gym
from typer.testing import CliRunner

from zoped.cli.main import app
from zoped.evals.held_out import elementary_seeds, held_out_keys
from zoped.foundation.json_lines import read_rows
from zoped.train.live.reasoning_gym_data import register_to_reasoning_gym

OPERATOR = "one_digit_numbers"  # by which many of them were made


def generated(output):
    wanted = ["-n", "150", "--seeds", "elementary", "--operators", OPERATOR, "--time-limit", "0"]
    ended = CliRunner().invoke(app, ["generate", "--teacher", "none", "-o", str(output), *wanted])
    assert ended.exit_code == 0, ended.output


def in_a_file(folder):
    generated(folder / "made.jsonl")
    return [row["instance_key"] for _, row in read_rows(folder / "made.jsonl")]


def in_a_folder(folder):
    generated(folder / "made")
    tables = [pq.read_table(file) for file in sorted((folder / "made").glob("*.parquet"))]
    return [key for table in tables for key in table["instance_key"].to_pylist()]


def of_reasoning_gym(folder):
    keys = []
    for name in register_to_reasoning_gym(elementary_seeds()):
        data = reasoning_gym.create_dataset(name, size=40, longest=1, operators=[OPERATOR])
        keys += [entry["metadata"]["key"] for entry in data]
    return keys


@pytest.mark.slow
@pytest.mark.parametrize("made", [in_a_file, in_a_folder, of_reasoning_gym])
def test_no_problem_that_is_made_is_a_held_out_one(made, tmp_path):
    keys = made(tmp_path)
    assert len(keys) >= 100
    assert held_out_keys().isdisjoint(keys)
