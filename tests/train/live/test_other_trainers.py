"""Live problems as what other trainers read: verifiers, reasoning-gym, verl and TRL."""

import asyncio
import pickle
from types import SimpleNamespace

import pytest
import reasoning_gym
import torch
import verifiers.v1 as vf
from reasoning_gym.factory import create_curriculum

from tests.train.live.test_service import folder, port, started  # noqa: F401
from zoped.programs import Seed
from zoped.symbolic import SymbolicProblem, solve
from zoped.train.live.client import LiveClient
from zoped.train.live.reasoning_gym_data import register_to_reasoning_gym
from zoped.train.live.trl_environment import LiveTraining, single_turn
from zoped.train.live.verifiers_taskset import (
    FiniteLiveConfig,
    FiniteLiveTaskset,
    LiveConfig,
    LiveTaskset,
    client,
)
from zoped.train.live.verl_dataset import LiveDataset, compute_score


@pytest.fixture
def url(folder, port):  # noqa: F811
    server = started(folder, port)
    yield f"http://127.0.0.1:{port}"
    client.cache_clear()
    server.kill()
    server.join()


def replied(text: str) -> SimpleNamespace:
    """What a task's reward reads of a trace."""
    return SimpleNamespace(last_reply=text, id=text)


def test_a_taskset_of_verifiers_without_end_and_one_with(url):
    endless = LiveTaskset(LiveConfig(id="live", url=url))
    assert not endless.bounded
    tasks = list(endless.take(3))
    assert [task.data.number for task in tasks] == [task.data.idx for task in tasks] == [0, 1, 2]
    finite = FiniteLiveTaskset(FiniteLiveConfig(id="live", url=url, first=1, count=5))
    assert finite.bounded
    assert [task.key for task in finite][:2] == [task.key for task in tasks][1:]
    assert len({task.key for task in finite.shuffle(seed=1)}) == 5
    task, right = tasks[0], f"so \\boxed{{{tasks[0].data.answer}}}"
    assert task.data.prompt.startswith(LiveClient(url).problem(0).text)
    assert asyncio.run(task.validate(None))
    assert asyncio.run(task.correct(replied(right))) == 1
    assert asyncio.run(task.correct(replied("so \\boxed{123456}"))) == 0
    assert asyncio.run(task.correct(replied(right))) == 1  # scored again: counts once
    stats = LiveClient(url).stats()
    assert stats["observed_rollouts"] == 2 and stats["pass_rate"] == 0.5
    assert stats["gradient_share"] is None  # single answers are no groups
    assert isinstance(endless, vf.Taskset)


def test_data_sets_of_reasoning_gym_are_made_anew_item_by_item():
    names = register_to_reasoning_gym()
    assert "zoped_physics" in names and names == register_to_reasoning_gym()
    data = reasoning_gym.create_dataset("zoped_physics", seed=7, size=20, longest=1)
    again = reasoning_gym.create_dataset("zoped_physics", seed=7, size=20, longest=1)
    entries = [data[i] for i in (5, 2, 5)]
    assert entries[0] == entries[2] == again[5] != entries[1]
    for entry in entries:
        symbols = SymbolicProblem.model_validate_json(entry["metadata"]["symbols"])
        assert symbols.topic == "physics" and solve(symbols).answer == entry["answer"]
        assert data.score_answer(entry["answer"], entry) == 1
        assert data.score_answer(f"Thus \\boxed{{{entry['answer']}}}.", entry) == 1
        assert data.score_answer("123456", entry) == data.score_answer(None, entry) == 0
    assert entries[0]["metadata"]["source_dataset"] == "zoped_physics"
    curriculum = create_curriculum("zoped_physics")
    curriculum.increment_attr_level("longest")
    assert curriculum.generate_configuration({"seed": 1}).longest == 2
    with pytest.raises(ValueError, match="longest is 9"):
        reasoning_gym.create_dataset("zoped_physics", longest=9)


def test_of_one_seed_an_own_family_can_be_registered():
    seed = Seed.model_validate(
        {
            "id": "own",
            "text": "Ann has 3 pens and buys 2. How many pens does she have?",
            "answer": "5",
            "symbols": {
                "variables": [
                    {"name": "a", "meaning": "pens that Ann has", "value": "3"},
                    {"name": "b", "meaning": "pens that Ann buys", "value": "2"},
                ],
                "constraints": [],
                "target": "a + b",
                "topic": "own topic",
            },
        }
    )
    assert register_to_reasoning_gym([seed]) == ["zoped_own_topic"]


def test_rows_and_a_step_of_verl(url):
    data = LiveDataset([url], tokenizer=None, config={"live_count": 50})
    assert isinstance(data, torch.utils.data.Dataset) and len(data) == 50
    row = pickle.loads(pickle.dumps(data))[3]
    assert row == {**data[3], "dummy_tensor": row["dummy_tensor"]}
    assert row["extra_info"]["number"] == 3
    gold = row["reward_model"]["ground_truth"]
    assert compute_score("zoped_live", f"\\boxed{{{gold}}}", gold, row["extra_info"]) == 1
    assert compute_score("zoped_live", "\\boxed{-77}", gold) == 0
    # What `on_batch_end` is given: a group of three answers to each of two rows, scored at the end.
    rows = [data[0]] * 3 + [data[3]] * 3
    scores = torch.tensor([[0.0, s] for s in (1, 0, 1, 0, 0, 0)])
    step = SimpleNamespace(
        batch={"token_level_scores": scores},
        non_tensor_batch={"extra_info": [row["extra_info"] for row in rows]},
    )
    data.on_batch_end(step)
    data.on_batch_end(step)  # a step that was trained again
    stats = LiveClient(url).stats()
    assert (stats["observed_groups"], stats["observed_rollouts"]) == (2, 6)
    assert stats["gradient_share"] == 0.5


def test_trls_reward_observes_each_group_once(url):
    with LiveClient(url) as live:
        fed = LiveTraining(live)
        rows = fed.dataset(2)
        environments = [fed.environment() for _ in range(4)]
        prompts = [environment.reset(**rows[i // 2]) for i, environment in enumerate(environments)]
        assert prompts[0] == prompts[1] != prompts[2] == prompts[3]
        gold = environments[0].problem.answer
        texts = [f"\\boxed{{{gold}}}", "no", "no", "no"]
        told = {}
        completions = [[{"role": "assistant", "content": text}] for text in texts]
        for _ in range(2):
            rewards = fed.reward(completions, environments, log_metric=told.__setitem__)
        assert rewards == [1, 0, 0, 0] and told == {"gradient_share": 0.5}
        stats = live.stats()
        assert (stats["observed_groups"], stats["gradient_share"]) == (2, 0.5)
        with pytest.raises(ValueError, match="not reset"):
            fed.reward(completions[:1], [fed.environment()])


def test_a_second_training_that_tells_what_was_told_before_is_told_so(url, caplog):
    with LiveClient(url) as live:

        def trained(fed: LiveTraining, first: int = 0) -> None:
            rows = fed.dataset(2, first=first)
            for row in rows:
                environments = [fed.environment() for _ in range(2)]
                for environment in environments:
                    environment.reset(**row)
                fed.reward([[{"role": "assistant", "content": "no"}]] * 2, environments)

        trained(LiveTraining(live))
        assert not caplog.records
        trained(LiveTraining(live))
        assert ["told before" in record.getMessage() for record in caplog.records] == [True]
        assert live.stats()["observed_groups"] == 2
        trained(LiveTraining(live, name="second"), first=live.stats()["handed_out"])
        assert len(caplog.records) == 1 and live.stats()["observed_groups"] == 4
        config = {"live_count": 9, "live_first": 4, "live_name": "third"}
        data = LiveDataset(url, tokenizer=None, config=config)
        assert [data[i]["extra_info"]["number"] for i in (0, 2)] == [4, 6] and len(data) == 9
        scores = torch.tensor([[0.0], [1.0]])
        told = {"extra_info": [data[0]["extra_info"]] * 2}
        for again in (False, True):
            fresh = LiveDataset(url, tokenizer=None, config=config)
            fresh.on_batch_end(
                SimpleNamespace(batch={"token_level_scores": scores}, non_tensor_batch=told)
            )
            assert len(caplog.records) == 1 + again


@pytest.mark.slow
def test_a_template_without_tools_gets_what_trl_asks_for():
    from transformers import AutoTokenizer
    from trl.chat_template_utils import supports_tool_calling

    from zoped.students.hugging_face import student_folder

    tokenizer = AutoTokenizer.from_pretrained(student_folder("lab"))
    chat = [{"role": "user", "content": "What is 2 + 3?"}]
    before = tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    assert not supports_tool_calling(tokenizer)
    made = single_turn(tokenizer)
    assert supports_tool_calling(made)
    assert made.apply_chat_template(chat, tokenize=False, add_generation_prompt=True) == before
