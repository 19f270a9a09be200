"""Rewards: no completion can break ours; a user's own is tried before a run and named when wrong."""

import sys
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from zoped.train.grpo.rewards import (
    RewardError,
    RewardSettings,
    boxed,
    check_rewards,
    completion_text,
    correctness,
    own_reward,
    reward_functions,
    verified_correctness,
)


def chat(text):
    return [{"role": "assistant", "content": text}]


def test_the_final_answer_decides():
    completions = [chat("5 + 3 = 8. \\boxed{8}"), chat("\\boxed{5+3}"), "the answer is 8", chat("")]
    assert correctness(completions, answer=["8"] * 4, prompts=None) == [1.0, 0.0, 1.0, 0.0]


def test_math_verify_is_asked_where_it_is_turned_on():
    completions = [chat("\\boxed{1 + \\lfloor x \\rfloor}"), chat("\\boxed{3+4}")]
    answer = ["\\lfloor x \\rfloor + 1", "7"]
    assert correctness(completions, answer=answer) == [0.0, 0.0]
    assert verified_correctness(completions, answer=answer) == [1.0, 0.0]


def test_the_form_is_one_box_at_the_end():
    texts = ["so \\boxed{8}.", "\\boxed{8} and more", "\\boxed{8} \\boxed{8}", "8", "\\boxed{8"]
    assert boxed([chat(text) for text in texts]) == [1.0, 0.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    "end",
    ["\\[ \\boxed{8} \\]", "\\[\n\\boxed{8}\n\\]\n", "**\\boxed{8}**", "\\boxed {8}!", "$$\\boxed{8}$$",
     "\\(\\boxed{\\frac{1}{2}}\\).", "\\begin{align}\\boxed{8}\\end{align}", "\\boxed{8}<|im_end|>",
     "<think>\\boxed{1} or \\boxed{2}</think>\\boxed{8}"],
)  # fmt: skip
def test_what_closes_the_formula_may_follow_the_box(end):
    assert boxed([f"So {end}"]) == [1.0]


@pytest.mark.parametrize(
    "text",
    ["\\boxed{8} and \\frac{1}{2}", "\\boxed{8} is it, see \\text{this}.", "\\boxed{8} {x}", "\\boxed{}",
     "\\boxed{8} \\text{pens}", "<think>\\boxed{8}", "<think>\\boxed{8}</think> 8", "\\boxed{8} = 8", "$\\boxed{8} + 1$"],
)  # fmt: skip
def test_talk_behind_the_box_earns_nothing(text):
    assert boxed([text]) == [0.0]


def test_a_message_without_content_is_empty():
    assert completion_text([{"role": "assistant", "content": None}]) == ""


@given(st.lists(st.text(max_size=200), min_size=1, max_size=4))
def test_no_completion_raises(texts):
    completions = [chat(text) for text in texts]
    answers = ["7"] * len(texts)
    assert len(correctness(completions, answer=answers)) == len(boxed(completions)) == len(texts)


@pytest.fixture
def my_rewards(tmp_path, monkeypatch):
    (tmp_path / "my_rewards_for_tests.py").write_text(
        textwrap.dedent(
            """
            LIMIT = 20
            def brevity(completion, problem):
                return 1.0 if len(completion) <= LIMIT else 0.0
            def words(completion, problem):
                return "many"
            def breaks(completion, problem):
                raise KeyError("no such thing")
            def boxed(completion, problem):
                return 0.0
            """
        )
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "my_rewards_for_tests"
    sys.modules.pop("my_rewards_for_tests", None)


def test_a_function_of_the_users_joins_with_its_weight(my_rewards):
    settings = RewardSettings(
        format_weight=0.1,
        length_weight=0.2,
        length_margin=4,
        functions={f"{my_rewards}.brevity": -0.5},
    )
    check_rewards(settings)
    functions, weights = reward_functions(settings, max_completion_length=10)
    assert [f.__name__ for f in functions][:2] == ["correctness", "boxed"]
    assert functions[3].__name__ == "brevity" and weights == [1.0, 0.1, 0.2, -0.5]
    columns = {"answer": ["8", "8"], "id": ["a", "b"], "text": ["?", "?"], "trainer_state": None}
    completions = [chat("\\boxed{8}"), chat("well, it is clearly \\boxed{8}")]
    ids = [[1] * 6, [1] * 10]
    scores = [f(completions=completions, completion_ids=ids, **columns) for f in functions]
    assert scores == [[1.0, 1.0], [1.0, 1.0], [0.0, -1.0], [1.0, 0.0]]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nowhere_at_all.reward", "no function 'nowhere_at_all.reward'"),
        ("{}.missing", "no function '.*missing'"),
        ("{}.LIMIT", "LIMIT is no function"),
        ("{}.words", "words returned 'many'"),
        ("{}.breaks", "breaks failed on the completion .*KeyError"),
        ("{}.boxed", "two rewards are called 'boxed'"),
    ],
)
def test_a_function_that_cannot_be_used_is_named_before_the_run(my_rewards, path, message):
    with pytest.raises(RewardError, match=message):
        check_rewards(RewardSettings(functions={path.format(my_rewards): 1.0}))


def test_a_function_that_fails_later_names_the_completion(my_rewards):
    reward = own_reward(f"{my_rewards}.brevity")
    reward.function = lambda completion, problem: float("nan")
    with pytest.raises(RewardError, match="returned nan for the completion 'so 8'"):
        reward([chat("so 8")], answer=["8"])


@pytest.mark.parametrize(
    "wrong", [{"format_weight": 0.5}, {"length_margin": 0}, {"functions": {"no dots": 1.0}}]
)
def test_settings_that_cannot_work_are_refused(wrong):
    with pytest.raises(ValidationError):
        RewardSettings(**wrong)
