"""Rewards are plain functions that no completion can break."""

from hypothesis import given
from hypothesis import strategies as st

from zoped.train.rewards import boxed, completion_text, correctness


def chat(text):
    return [{"role": "assistant", "content": text}]


def test_the_final_answer_decides():
    completions = [chat("5 + 3 = 8. \\boxed{8}"), chat("\\boxed{5+3}"), "the answer is 8", chat("")]
    assert correctness(completions, answer=["8"] * 4, prompts=None) == [1.0, 0.0, 1.0, 0.0]


def test_the_form_is_one_box_at_the_end():
    texts = ["so \\boxed{8}.", "\\boxed{8} and more", "\\boxed{8} \\boxed{8}", "8", "\\boxed{8"]
    assert boxed([chat(text) for text in texts]) == [1.0, 0.0, 0.0, 0.0, 0.0]


def test_a_message_without_content_is_empty():
    assert completion_text([{"role": "assistant", "content": None}]) == ""


@given(st.lists(st.text(max_size=200), min_size=1, max_size=4))
def test_no_completion_raises(texts):
    completions = [chat(text) for text in texts]
    answers = ["7"] * len(texts)
    assert len(correctness(completions, answer=answers)) == len(boxed(completions)) == len(texts)
