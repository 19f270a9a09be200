"""Options of TRL's are tried in a step of training: what it finds out when it uses them."""

import pytest

from zoped.train import TrainSettings
from zoped.train.grpo.train_round import TrainingError
from zoped.train.grpo.trial import try_options


@pytest.mark.parametrize(
    ("options", "message"),
    [
        # The option is named that cannot be used, also beside one that can.
        ({"disable_dropout": True, "optim_args": "foo"}, "train.optim_args: 'foo' cannot be used"),
        ({"generation_kwargs": {"top_k": -2}}, "generation_kwargs: .* cannot be used: .*top_k"),
        ({"eval_on_start": True}, "train.eval_on_start: True cannot be used: .*eval_dataset"),
        ({"algorithm": "rloo", "optim": "lomo"}, "train.optim: 'lomo' cannot be used: ImportError"),
        (
            {"dynamic_sampling": 2, "top_entropy_quantile": 0.2, "lr_scheduler_kwargs": {"a": 1}},
            "train.lr_scheduler_kwargs: .* cannot be used: TypeError",
        ),
    ],
)
def test_an_option_that_fails_in_training_is_named(options, message):
    with pytest.raises(TrainingError, match=message):
        try_options(TrainSettings.model_validate(options), seed=0)


def test_options_that_train_are_taken_and_those_of_engines_are_left_to_them():
    good = {"top_p": 0.95, "mask_truncated_completions": True, "num_iterations": 2, "beta": 0.1}
    engines = {
        "use_vllm": True,
        "generation_kwargs": {"stop": "x"},
        "log_completions_hub_repo": "a",
    }
    lora = {"rank": 4, "target_modules": ["q_proj_of_another"]}
    given = good | engines | {"lora": lora, "deepspeed": "zero3.json", "prompts_per_step": 3}
    try_options(TrainSettings.model_validate(given), seed=0)
