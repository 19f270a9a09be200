"""A rewrite that is what the rules of its strategy make is told in good words; another stays as it was."""

from __future__ import annotations

from random import Random

import pytest

from zoped.programs.formalizing.kept_words import in_the_words_of
from zoped.programs.formalizing.own_words import in_own_words
from zoped.programs.teachers.reader import further_steps
from zoped.programs.teachers.reader.carried_out import CARRIED_OUT_BY_HAND, carried_out, goes_on
from zoped.programs.teachers.reader.lines import fields_told
from zoped.programs.teachers.reader.taught import TAUGHT, TOLD
from zoped.programs.teachers.reader.telling import told_as_taught, told_by_rules
from zoped.signatures import WrittenProblem, as_lines, from_lines
from zoped.symbolic import check_problem, missing_givens, realize, solve

PLUMS = "Lina picked 42 plums. Her brothers ate 17 of them. How many plums are left?"
SYMBOLS = """plums N = 42 plum: plums Lina picked
eaten N = 17 plum: plums her brothers ate
answer N = ? plum: plums that are left
answer == plums - eaten
find answer"""
GROWN = """plums N = 42 plum: plums Lina picked
eaten N = 17 plum: plums her brothers ate
factor N+ = 2: times as many plums each week as before
weeks N+ = 3 week: weeks that pass
answer N = ? plum: plums that are left
final N+ = ? plum: plums in the end
answer == plums - eaten
final == answer*factor**weeks
find final"""
HIDDEN = """plums N = ? plum: plums Lina picked
eaten N = ? plum: plums her brothers ate
total N+ = 59 plum: plums Lina picked and plums her brothers ate together
gap N+ = 25 plum: how many more plums Lina picked than plums her brothers ate
answer N = ? plum: plums that are left
answer == plums - eaten
plums + eaten == total
plums - eaten == gap
find answer"""


def problem(lines: str):
    return WrittenProblem.model_validate(lines).to_problem()


def told(lines: str, strategy: str, text: str = PLUMS) -> str:
    original = in_own_words(problem(SYMBOLS), text)
    rewritten = told_as_taught(original, in_the_words_of(original, problem(lines)), strategy)
    words = realize(rewritten, 0, rename=False)
    assert not missing_givens(rewritten, words)
    return words


def test_a_further_step_follows_the_seeds_own_sentences():
    words = told(GROWN, "repeated_growth")
    assert words.startswith("Lina picked 42 plums. Her brothers ate 17 of them. ")
    assert "times as large each week" in words or "times as many plums as the week before" in words
    assert words.endswith("?")
    assert "3 weeks" in words


def test_numbers_that_are_no_longer_told_are_some():
    words = told(HIDDEN, "sum_and_difference")
    assert words.startswith("Lina picked some plums. Her brothers ate some of them. ")
    assert "59" in words
    assert "25" in words
    assert words.endswith("How many plums are left?")


@pytest.mark.parametrize(
    ("lines", "strategy"),
    [
        (GROWN.replace("factor**weeks", "factor*weeks"), "repeated_growth"),
        (GROWN, "recursion"),
        (GROWN, "no_such_strategy"),
    ],
)
def test_what_the_rules_do_not_make_is_not_told_as_if_they_had(lines, strategy):
    original = in_own_words(problem(SYMBOLS), PLUMS)
    rewritten = in_the_words_of(original, problem(lines))
    assert told_as_taught(original, rewritten, strategy) == rewritten


def test_a_text_does_not_go_on_from_a_difference_as_if_it_were_the_things():
    text = PLUMS.replace(
        "How many plums are left?", "How many more plums did Lina pick than they ate?"
    )
    original = in_own_words(problem(SYMBOLS), text)
    rewritten = in_the_words_of(original, problem(GROWN))
    assert told_as_taught(original, rewritten, "repeated_growth") == rewritten


@pytest.mark.parametrize(
    ("text", "lines", "goes"),
    [
        ("Ann found 5 pens. Ben found 3 pens. How many pens did they find?", "p + q", True),
        ("Ann has 5 pens. She lends 3 pens. How many pens does she have now?", "p - q", True),
        ("Ann put 6 pens into each of 3 cups. How many pens did she put there?", "p*q", False),
        ("Ann lost 5 pens and has 3 pens left. How many pens did she have before?", "p + q", False),
        (
            "Ann has 5 pens. Ben has 3 pens more than Ann. How many pens does Ben have now?",
            "p + q",
            False,
        ),
        ("Ann has 5 pens. She gets 3 more. How many does she have now?", "p + q", False),
    ],
)
def test_a_sentence_goes_on_from_what_there_is_in_the_end_or_in_all(text, lines, goes):
    symbols = f"p N = 5 pen: pens\nq N = 3 pen: pens\nanswer N = ? pen: pens\nanswer == {lines}\nfind answer"
    story, _, question = text.rpartition(". ")
    assert goes_on(problem(symbols), story, question) is goes


def test_a_sentence_goes_on_from_what_nothing_else_counts():
    symbols = (
        "e N = 6 egg: eggs\nn N = 3 egg: eggs\ncakes N = ? cake: cakes\ncakes == e/n\nfind cakes"
    )
    story = "A baker used 6 eggs. Each cake takes 3 eggs"
    assert goes_on(problem(symbols), story, "How many cakes did he bake?")
    assert not goes_on(problem(symbols), story, "How many eggs did each cake take?")


WEEKS = "Farid saves 5 dollars a week. He already has 20 dollars. How many dollars will he have after 9 weeks?"
SAVED = """dollars N = 5 dollar: dollars a week
dollars2 N = 20 dollar: dollars
weeks N = 9 week: weeks
answer N = ? dollar: dollars asked for
answer == dollars*weeks + dollars2
find answer"""


AFTERWARDS = """factor N+ = 2: times
days N+ = 3 day: days
final N+ = ? dollar: dollars in the end
final == answer*factor**days
find final"""
UNSAID = """more N+ = 4: more weeks than dollars
weeks N = ? week: weeks"""


@pytest.mark.parametrize(
    ("old", "new", "strategy"),
    [
        ("find answer", AFTERWARDS, "repeated_growth"),
        ("weeks N = 9 week: weeks", UNSAID, "nest_substitution"),
    ],
)
def test_a_number_of_the_question_is_not_lost_with_it(old, new, strategy):
    original = in_own_words(problem(SAVED), WEEKS)
    assert realize(original, 0, rename=False) == WEEKS
    lines = as_lines(original).replace(old, new)
    if strategy == "nest_substitution":
        lines = lines.replace("find answer", "weeks == dollars + more\nfind answer")
    rewritten = in_the_words_of(original, problem(lines))
    told_again = told_as_taught(original, rewritten, strategy)
    words = realize(told_again, 0, rename=False)
    assert not missing_givens(told_again, words)
    # All relations are told: none by a question that is not asked any more.
    assert not words.startswith("Farid saves 5 dollars a week. He already has 20 dollars. ")
    assert "{" not in words and "What is answer" not in words


def test_what_is_told_well_has_been_taught():
    assert set(TOLD) <= set(TAUGHT)


BOOKS = "The library lent 9 books on Monday and 3 on Tuesday. How many more books did it lend on Monday than on Tuesday?"
PAGES = "Sven reads 9 pages every evening. How many pages does he read in 3 evenings?"
SONGS = "Priya had 9 songs. If she deleted 3 songs, how many songs does she have now?"
TWO = "one N = 9\ntwo N = 3\nanswer N = ?\nanswer == one {} two\nfind answer"


def told_of(text: str, strategy: str, draw: int, sign: str):
    fields = fields_told(from_lines(TWO.format(sign)), text)
    original = in_own_words(WrittenProblem.model_validate(fields).to_problem(), text)
    value = check_problem(original, sense=False).solution.value
    assert value is not None
    done = carried_out(strategy, from_lines(as_lines(original)), value, Random(draw))
    if done is None:
        return None
    rewritten = WrittenProblem.model_validate(done.fields).to_problem()
    return told_by_rules(original, in_the_words_of(original, rewritten), strategy)


@pytest.mark.parametrize(
    ("text", "sign", "story"),
    [
        (BOOKS, "-", "Let n be the difference between the numbers of books"),
        (PAGES, "*", "Let n be the number of pages he reads in 3 evenings."),
        (SONGS, "-", "She deleted 3 songs. Let n be the number of songs she has now."),
    ],
)
def test_what_no_further_sentence_can_point_at_is_called_n(text, sign, story):
    """Such rewrites were told as bare relations: "The number of pages more each day than the day before is 7." """
    further = [name for name in CARRIED_OUT_BY_HAND if hasattr(further_steps, name)]
    told = 0
    for strategy in further:
        for draw in range(4):
            changed = told_of(text, strategy, draw, sign)
            if changed is None or strategy == "two_branches":
                continue
            said = realize(changed, 0, rename=False)
            assert said.startswith(text.split(". ")[0] + ". "), said
            assert not missing_givens(changed, said), said
            assert " is the " not in said.rpartition("?")[0].rpartition(". ")[0], said
            assert said.endswith("?")
            told += story in said
    assert told > len(further)


def test_a_number_stands_for_what_its_symbols_say():
    """What is told of n, which is 6, worked out by hand, is what the symbols give."""
    for strategy, worked in {
        "arithmetic_sequence": lambda g: sum(6 + g["step"] * k for k in range(g["many"])),
        "repeated_growth": lambda g: 6 * g["factor"] ** g["many"],
        "remainder_conditions": lambda g: next(
            k for k in range(6, 400) if k % g["first"] == k % g["second"] == 0
        ),
        "inverse_proportion": lambda g: g["first"] * 6 // g["second"],
    }.items():
        changed = told_of(BOOKS, strategy, 1, "-")
        new = [int(v.value) for v in changed.givens if v.name not in ("one", "two")]
        slots = {
            "arithmetic_sequence": ("step", "many"),
            "repeated_growth": ("factor", "many"),
        }.get(strategy, ("first", "second"))
        expected = worked(dict(zip(slots, new, strict=True)))
        assert solve(changed).value == expected, strategy
