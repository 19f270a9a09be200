"""What is read of a round's log, where TRL's own numbers are of something else."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from zoped.train import TrainSettings
from zoped.train.grpo.dynamic_sampling import others_of
from zoped.train.grpo.round_log import varied_share


def test_the_share_of_groups_is_read_of_the_completions(tmp_path):
    (tmp_path / "completions").mkdir()
    # Centred by the group; by the step, where a group of equal rewards has an advantage too.
    for step, advantages in ((1, [0.5, -0.5, 0.0, 0.0]), (3, [0.7, 0.7, -1.4, 1.1])):
        file = tmp_path / "completions" / f"completions_{step:05d}.parquet"
        pq.write_table(pa.table({"advantage": advantages}), file)
    assert varied_share(tmp_path, range(1, 5, 2), 2) == 0.5
    assert varied_share(tmp_path, range(1, 4), 2) is None, "of a step nothing is known"


def test_a_problem_that_is_thrown_away_is_replaced_by_one_that_the_step_has_not():
    rows = [{"text": text} for text in "abcb"]
    assert others_of([{"text": "a"}, {"text": "b"}], rows) == [{"text": "c"}]
    assert others_of(rows, rows) == rows


@pytest.mark.parametrize(
    ("options", "by_step"),
    [
        ({}, False),
        ({"scale_rewards": "none"}, False),
        ({"scale_rewards": "batch"}, True),
        ({"multi_objective_aggregation": "normalize_then_sum"}, True),
    ],
)
def test_it_is_known_which_scaling_is_a_step_s(options, by_step):
    assert TrainSettings.model_validate(options).scales_by_step is by_step
