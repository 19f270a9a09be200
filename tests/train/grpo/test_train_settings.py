"""The section `train`: our fields, every option of TRL's, and what is said of a wrong one."""

import dataclasses

import pytest
from pydantic import ValidationError

from zoped.train import RunSettings, TrainSettings
from zoped.train.grpo.trl_options import LIMITS, check_options, config_class

SMALL = {"steps": 2, "prompts_per_step": 4, "num_generations": 8}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"gradient_accumulation_steps": 3}, "must divide"),
        ({"launcher": "torchrun", "processes": 3}, r"processes \(3\) must divide"),
        ({"num_iterations": 2, "steps": 3}, "multiple of num_iterations"),
        ({"num_iterations": 2, "steps": [2, 3]}, r"steps \(3\) must be a multiple"),
        ({"steps": [2, 0]}, "number of at least 1, or one for each round"),
        ({"steps": True}, "number of at least 1"),
        ({"loss_type": "best"}, "loss_type"),
        ({"lora": {"rnk": 4}}, "rnk"),
        ({"launcher": "slurm"}, r"launcher: 'slurm' is not allowed.*{command}"),
        ({"learning_rat": 1}, "learning_rat: unknown field.*did you mean `learning_rate`"),
        ({"top_pp": 0.9}, "top_pp: unknown field.*did you mean `top_p`"),
        ({"top_p": "much"}, "top_p: 'much' is not allowed; .*number"),
        ({"top_p": "0.9"}, "top_p: '0.9' is not allowed; .*number"),
        ({"top_p": float("nan")}, "top_p: nan is not allowed"),
        ({"top_k": 1.5}, "top_k: 1.5 is not allowed"),
        ({"top_p": 5}, "top_p: 5 is not allowed; .*less than or equal to 1"),
        ({"top_k": -3}, "top_k: -3 is not allowed"),
        ({"min_p": 2}, "min_p: 2 is not allowed"),
        ({"repetition_penalty": -1.0}, "repetition_penalty: -1.0 is not allowed"),
        ({"top_entropy_quantile": -1}, "top_entropy_quantile: -1 is not allowed"),
        ({"sapo_temperature_neg": 0}, "sapo_temperature_neg: 0 is not allowed"),
        ({"adam_beta2": 1.5}, "adam_beta2: 1.5 is not allowed"),
        ({"save_total_limit": 0}, "save_total_limit: 0 is not allowed"),
        ({"use_vllm": True, "vllm_mode": "collocate"}, "vllm_mode: 'collocate' is not allowed"),
        ({"vllm_gpu_memory_utilization": 30}, "vllm_gpu_memory_utilization: 30 is not allowed"),
        ({"use_vllm": "yes"}, "use_vllm: 'yes' is not allowed"),
        ({"optim": 3}, "optim: 3 is not allowed"),
        ({"generation_kwargs": [1]}, r"generation_kwargs: \[1\] is not allowed"),
        ({"learning_rate": float("inf")}, "learning_rate"),
        ({"use_vllm": 3}, "use_vllm: 3 is not allowed"),
        ({"max_steps": 5}, "max_steps: not to be set here: `steps` and `rounds` decide it"),
        ({"logging_steps": 4}, "logging_steps: not to be set here: .* log of every step"),
        ({"logging_strategy": "no"}, "logging_strategy: not to be set here"),
        ({"beta": 0.1, "sync_ref_model": True}, "sync_ref_model: .* a resumed round would differ"),
        ({"algorithm": "rloo", "loss_type": "dapo"}, "loss_type: rloo has no such option"),
        ({"algorithm": "rloo", "top_entropy_quantile": 0.2}, "RLOOConfig"),
        ({"top_pp": 1, "max_steps": 1}, "top_pp: .*; max_steps: "),
    ],
)
def test_settings_that_cannot_work_are_refused_by_name(wrong, message):
    with pytest.raises(ValidationError, match=message):
        TrainSettings.model_validate(SMALL | wrong)


def test_the_limits_are_of_options_that_trl_has_and_allow_its_defaults():
    config = config_class("grpo")
    defaults = {field.name: field.default for field in dataclasses.fields(config)}
    check_options("grpo", {name: defaults[name] for name in LIMITS}, own=())


def test_every_option_of_trl_may_stand_beside_our_fields():
    options = {"use_vllm": True, "vllm_mode": "server", "top_p": 0.9, "optim": "adafactor"}
    settings = TrainSettings.model_validate(SMALL | options)
    assert settings.trl_options == options
    again = TrainSettings.model_validate(settings.model_dump(mode="json"))
    assert again == settings
    assert TrainSettings.model_validate(SMALL).trl_options == {}


def test_rounds_may_have_steps_of_their_own():
    settings = TrainSettings.model_validate(SMALL | {"steps": [3, 5]})
    assert [settings.last_step(round_) for round_ in range(3)] == [0, 3, 8]
    assert [settings.problems_of(round_) for round_ in (1, 2)] == [12, 20]
    twice = TrainSettings.model_validate(SMALL | {"num_iterations": 2})
    assert twice.problems_of(1) == 4, "each problem is used in two steps"
    assert [list(twice.generations_of(round_)) for round_ in (1, 2)] == [[1], [3]]
    with pytest.raises(ValidationError, match=r"train\.steps gives the steps of 2 rounds"):
        RunSettings.model_validate({"rounds": 3, "train": {"steps": [3, 5]}})
