"""The functions that docs/training.md shows do what it says."""

import re
from pathlib import Path
from random import Random

import yaml

from zoped.evals import PassRate
from zoped.train.curriculum.choose import choose_problems
from zoped.train.curriculum.problem import TrainingProblem
from zoped.train.curriculum.rules import RoundView, round_band
from zoped.train.grpo.reward_settings import RewardSettings
from zoped.train.grpo.rewards import OwnReward

PAGE = (Path(__file__).parents[3] / "docs" / "training.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def defined():
    names = {}
    for block in blocks("python"):
        if block.startswith("def "):
            exec(block, names)  # noqa: S102  text of our own
    return names


def test_the_rewards_are_valid_settings_and_the_function_is_a_reward():
    (settings,) = (yaml.safe_load(b) for b in blocks("yaml") if b.startswith("reward:"))
    assert RewardSettings(**settings["reward"]).functions == {"my_rewards.brevity": 0.1}
    reward = OwnReward("my_rewards.brevity", defined()["brevity"])
    columns = {"text": ["How many?"] * 2, "answer": ["1", "1"]}
    assert reward(["short", "long " * 100], **columns) == [1.0, 0.0]


def test_the_rules_are_rules():
    rules = defined()
    bands = [round_band(rules["narrower_each_round"], RoundView(r, 2, (0.2, 0.8))) for r in (1, 2)]
    assert bands[0] == (0.2, 0.8) and 0.2 < bands[1][0] < bands[1][1] < 0.8
    problems = [TrainingProblem(f"p{i}", "?", "1", PassRate(i, 8)) for i in range(2, 7)]
    chosen = choose_problems(
        problems, band=(0.2, 0.8), count=5, seed=0, order=rules["hardest_last"]
    )
    assert [p.pass_rate.passes for p in chosen.problems] == [6, 5, 4, 3, 2]
    assert list(rules["hardest_last"](problems, Random(0))) == problems[::-1]
