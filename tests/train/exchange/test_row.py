"""The row that all exports are made of."""

import pytest
from pydantic import ValidationError

from zoped.evals import PassRate
from zoped.evals.answers.answer_type import ANSWER_TYPES, answer_type
from zoped.programs import GeneratedProblem
from zoped.programs.acceptance import Acceptance
from zoped.programs.bulk.random_walk import RandomWalks
from zoped.programs.seeds import builtin_seeds
from zoped.symbolic import instance_key, solve
from zoped.train.exchange.row import CHECKS, ProblemRow, with_difficulty


@pytest.fixture(scope="module")
def problems() -> list[GeneratedProblem]:
    walks = RandomWalks(builtin_seeds()[:12], Acceptance(time_limit=0))
    made, _ = walks.walks(0, 40)
    assert len(made) > 20
    return made


def measured(row: ProblemRow, passes: int, rollouts: int = 8) -> ProblemRow:
    return row.measured(PassRate(passes, rollouts), student="lab", student_version="lab@1")


def test_a_row_says_all_that_is_known_and_can_be_solved_again(problems):
    rows = [
        ProblemRow.of(problem, instruction="Think.", license="Apache-2.0") for problem in problems
    ]
    assert len({row.key for row in rows}) == len(rows)
    for row, problem in zip(rows, problems, strict=True):
        assert ProblemRow.model_validate_json(row.model_dump_json()) == row
        assert instance_key(row.problem()) == row.key
        assert solve(row.problem()).answer == row.answer == problem.answer
        assert row.checks == CHECKS
        assert row.prompt[-1].content == f"{problem.text}\n\nThink."
        assert row.answer_type in ("integer", "rational", "expression")
    assert any(row.unit for row in rows)


def test_a_check_that_fails_is_not_claimed(problems):
    wrong = problems[0].model_copy(update={"answer": "123456789"})
    assert ProblemRow.of(wrong).checks == ("givens_stated", "answer_hidden", "gradable")
    told = problems[0].model_copy(update={"text": f"The answer is {problems[0].answer}."})
    assert "answer_hidden" not in ProblemRow.of(told).checks
    assert "givens_stated" not in ProblemRow.of(told).checks


def test_a_profile_is_whole_or_absent(problems):
    row = ProblemRow.of(problems[0])
    assert (
        row.pass_rate is None
        and row.measured(PassRate(0, 0), student="s", student_version="1") == row
    )
    profiled = measured(row, 3)
    assert profiled.pass_rate == PassRate(3, 8) and profiled.pass_mean == 3 / 8
    assert 0 < profiled.pass_low < 3 / 8 < profiled.pass_high < 1
    with pytest.raises(ValidationError, match="belong together"):
        ProblemRow.model_validate(row.model_dump() | {"pass_trials": 8})
    with pytest.raises(ValidationError, match="9 passes out of 8"):
        ProblemRow.model_validate(profiled.model_dump() | {"pass_successes": 9})


def test_difficulty_ranks_the_set_and_uses_what_was_predicted(problems):
    rows = [ProblemRow.of(problem) for problem in problems[:12]]
    profiled = [measured(row, min(8, i)) for i, row in enumerate(rows[:10])]
    ranked = with_difficulty([*profiled, *rows[10:]], [*[None] * 10, (9.0, 1.0), None])
    values = [row.difficulty.value for row in ranked[:10]]
    assert values == sorted(values, reverse=True) and 0 < values[-1] < 0.1
    assert ranked[10].difficulty.posterior_mean == 0.9 and ranked[11].difficulty is None
    assert [row.difficulty.bucket_index for row in ranked[:8]] == [9, 8, 7, 6, 5, 5, 4, 3]
    # Both were solved 8 times of 8.
    assert ranked[8].difficulty.expected_quantile == ranked[9].difficulty.expected_quantile
    for row in ranked[:11]:
        assert row.difficulty.posterior_lower_bound < row.difficulty.posterior_mean
    assert with_difficulty([]) == []
    flat = ranked[0].columns()
    assert (
        flat["difficulty.value"] == values[0] and ranked[11].columns()["difficulty.value"] is None
    )


@pytest.mark.parametrize(
    ("gold", "kind"),
    [
        ("7", "integer"), ("-3/4", "rational"), ("0.5", "rational"), ("25%", "rational"),
        ("sqrt(2)", "expression"), ("x + 1", "expression"), ("(1, 2)", "tuple"), ("[1, 2)", "interval"),
        ("(-oo, 2)", "interval"), ("x > 3", "interval"), ("5; 7", "set"), ("\\{1, 2\\}", "set"),
        ("y = 2x + 1", "expression"), ("x^2 + y^2 = 4", "equation"), ("3:4", "ratio"),
        ("\\begin{pmatrix}1 & 2\\\\3 & 4\\end{pmatrix}", "matrix"), ("Monday", "word"),
        ("7:30 am", "time"), ("12 apples", "integer"), ("?!", "text"), ("7" * 5_000, "text"),
    ],
)  # fmt: skip
def test_answers_are_typed(gold, kind):
    assert answer_type(gold) == kind and kind in ANSWER_TYPES
