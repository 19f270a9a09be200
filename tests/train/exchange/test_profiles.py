"""Pass rates that were measured elsewhere, in the formats in which others write them."""

import json

import pytest
from typer.testing import CliRunner

from zoped.cli.main import app
from zoped.evals.held_out import elementary_seeds
from zoped.train.exchange.problem_set import ExchangeError
from zoped.train.exchange.profile import read_profile
from zoped.train.live import LiveProblems, LiveSettings

# A line of resources_servers/math_with_judge/results/example_output_reward_profiling.jsonl of NeMo Gym,
# shortened; its exports of ours have the key in the sample.
NEMO = {
    "mean/reward": 0.25,
    "max/reward": 1.0,
    "std/reward": 0.46,
    "sample": {
        "responses_create_params": {"input": [{"role": "user", "content": "What is 1 + 1?"}]},
        "question": "What is 1 + 1?",
        "expected_answer": "2",
        "agent_ref": {"name": "math_with_judge_simple_agent"},
    },
}


def trace(key, score):
    reward = None if score is None else {"score": score, "weight": 1.0}
    return {
        "task": {"type": "ZopedTask", "key": key, "data": {"id": key}},
        "rewards": {"correct": reward},
    }


def written(path, *rows):
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("name", "rows", "rollouts", "expected"),
    [
        ("p.csv", ["key,passes,rollouts", "a,3,8", "b,0,8", "a,1,8"], None, [("a", 4, 16), ("b", 0, 8)]),
        ("p.csv", ["question,pass_rate", "What  is 1?,0.375"], 8, [("What is 1?", 3, 8)]),
        ("p.jsonl", [{"key": "a", "pass_successes": 2, "pass_trials": 4}], None, [("a", 2, 4)]),
        ("p.jsonl", [NEMO], 8, [("What is 1 + 1?", 2, 8)]),
        ("p.jsonl", [NEMO | {"sample": {**NEMO["sample"], "key": "k"}}], 4, [("k", 1, 4)]),
        ("r.jsonl", [{"key": "a", "reward": r} for r in (1.0, 0.0, 0.5, 1)], None, [("a", 2, 4)]),
        ("t.jsonl", [trace("a", 1.0), trace("a", 0.0), trace("b", None)], None, [("a", 1, 2), ("b", 0, 0)]),
    ],
)  # fmt: skip
def test_what_others_write_is_read(name, rows, rollouts, expected, tmp_path):
    found = read_profile(written(tmp_path / name, *rows), rollouts=rollouts)
    assert [
        (each.key or each.question, each.pass_rate.passes, each.pass_rate.rollouts)
        for each in found
    ] == expected


@pytest.mark.parametrize(
    ("name", "rows", "rollouts", "message"),
    [
        ("p.csv", ["key,passes,rollouts", "a,9,8"], None, "p.csv:2: 9 passes out of 8 rollouts"),
        ("p.csv", ["key,passes,rollouts", "a,x,8"], None, "p.csv:2: could not convert"),
        ("p.csv", ["passes,rollouts", "3,8"], None, "give its `key`, or its `question`"),
        ("p.csv", ["key,passes,rollouts"], None, "no pass rates in it"),
        ("p.jsonl", [NEMO], None, "not of how many rollouts; say how many with --rollouts"),
        ("p.jsonl", [NEMO], 3, "a share of 0.25 cannot come of 3 rollouts"),
        ("p.jsonl", [{"key": "a"}], None, "p.jsonl:1: it has no pass rate"),
        ("p.jsonl", ["[1]"], None, "a row is a JSON object"),
        ("p.jsonl", [{"key": "a", "passes": 1.5, "rollouts": 4}], None, "write a whole number"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(name, rows, rollouts, message, tmp_path):
    with pytest.raises(ExchangeError, match=message):
        read_profile(written(tmp_path / name, *rows), rollouts=rollouts)


def test_live_problems_learn_from_a_profile_once(tmp_path):
    settings = LiveSettings(batch=4, pool=2, uses=1, lead=1)
    with LiveProblems(tmp_path / "live", elementary_seeds(), settings) as live:
        keys = [problem.key for problem in live.take(4)]
    rows = [{"key": key, "passes": i, "rollouts": 8} for i, key in enumerate([*keys, "unknown"])]
    path = written(tmp_path / "profile.jsonl", *rows)
    arguments = ["observe", str(tmp_path / "live"), str(path)]
    done = CliRunner().invoke(app, [*arguments, "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout) == {"problems": 4, "unknown": 1, "rollouts": 32, "round": None}
    again = CliRunner().invoke(app, arguments)
    assert again.exit_code == 2 and "were imported" in again.stderr
    with LiveProblems(tmp_path / "live", elementary_seeds(), settings) as live:
        stats = live.stats()
    assert (stats["observed_groups"], stats["observed_rollouts"]) == (4, 32)
    none = written(tmp_path / "none.jsonl", rows[-1])
    refused = CliRunner().invoke(app, [*arguments[:2], str(none)])
    assert refused.exit_code == 2 and "of 1 problem none" in refused.stderr
