"""What a rewrite keeps of its original's words, and what siblings share of a teacher's."""

from __future__ import annotations

from fractions import Fraction

from zoped.programs.formalizing.kept_words import in_the_words_of
from zoped.programs.formalizing.own_words import in_own_words, with_other_numbers
from zoped.signatures import WrittenProblem
from zoped.symbolic import realize

TEXT = "Nadia planted 14 tulips in the front yard and 9 tulips behind the house. How many tulips did she plant?"
LINES = """front N = 14 tulip: tulips in the front yard
back N = 9 tulip: tulips behind the house
total N = ? tulip: tulips Nadia planted
total == front + back
find total"""
LONGER = LINES.replace("find total", "") + "double == 2*total\nfind double"


def written(lines: str):
    return WrittenProblem.model_validate(lines).to_problem()


def test_a_rewrite_that_goes_on_is_told_in_the_seeds_own_sentences():
    original = in_own_words(written(LINES), TEXT)
    longer = written(
        LONGER.replace("total ==", "double N = ? tulip: tulips Omar planted\ntotal ==")
    )
    told = realize(in_the_words_of(original, longer), 0)
    assert told.startswith(
        "Nadia planted 14 tulips in the front yard and 9 tulips behind the house. "
    )
    assert not realize(longer, 0).startswith("Nadia")


def test_sentences_whose_numbers_are_no_longer_given_are_not_kept():
    original = in_own_words(written(LINES), TEXT)
    backwards = written(
        LINES.replace("front N = 14", "front N = ?")
        .replace("total N = ?", "total N = 23")
        .replace("find total", "find front")
    )
    kept = in_the_words_of(original, backwards)
    assert all(c.statement is None for c in kept.constraints)
    assert not kept.questions


def test_the_question_is_kept_where_it_is_the_same():
    original = in_own_words(written(LINES), TEXT)
    assert in_the_words_of(original, written(LINES)).questions == original.questions
    assert realize(in_the_words_of(original, written(LINES)), 0) == TEXT


def with_values(front: int, back: int):
    problem = written(LINES)
    values = {"front": front, "back": back}
    return problem.replaced(
        variables=tuple(
            v.replaced(value=Fraction(values[v.name])) if v.name in values else v
            for v in problem.variables
        )
    )


def test_words_are_shared_with_other_numbers():
    again = with_other_numbers(TEXT, written(LINES), with_values(30, 41))
    assert again == TEXT.replace("14", "30").replace("9", "41")


def test_words_are_not_shared_where_they_might_not_fit():
    other = with_values(30, 41)
    for text in (
        TEXT.replace("14", "fourteen"),  # a number in words
        TEXT.replace("14 tulips", "14 tulips, 5 more than behind it,"),  # what was worked out
        TEXT.replace("9 tulips", "14 tulips"),  # twice the same
    ):
        assert with_other_numbers(text, written(LINES), other) is None
    assert with_other_numbers(TEXT, written(LINES), with_values(1, 41)) is None  # 1 tulips
    assert with_other_numbers(TEXT, written(LINES), written(LINES.replace("+", "-"))) is None
