"""A condition in the question of a formalized text is told before a step goes on from it."""

from __future__ import annotations

import pytest

from zoped.programs.formalizing.own_words import in_own_words
from zoped.programs.teachers.reader.lines import fields_told
from zoped.signatures import WrittenProblem
from zoped.signatures.notation import from_lines
from zoped.symbolic import MutationRefused, missing_givens, mutate, operators, realize
from zoped.symbolic.operators.conditions import condition_told

STEPS = sorted(name for name in operators() if name.endswith("_step") or name.startswith("ask_"))


def formalized(text, lines):
    fields = fields_told(from_lines("\n".join(lines)), text)
    return in_own_words(WrittenProblem.model_validate(fields).to_problem(), text)


def songs(question):
    return formalized(
        f"Priya had 41 songs on her phone. {question}",
        [
            "songs N = 41",
            "songs2 N = 12",
            "answer N = ?",
            "answer == songs - songs2",
            "find answer",
        ],
    )


def told_by_steps(problem):
    for name in STEPS:
        for seed in range(3):
            try:
                longer = mutate(problem, name, seed=seed)
            except MutationRefused:
                continue
            yield longer, realize(longer, seed)


@pytest.mark.parametrize(
    ("question", "told", "named"),
    [
        (
            "If she deleted 12 old songs, how many songs does she have now?",
            "She deleted 12 old songs.",
            "",
        ),
        (
            "If only 12 songs, all of them old, were deleted, how many songs are there on her phone?",
            "Only 12 songs, all of them old, were deleted.",
            "the number of songs on her phone",
        ),
        (
            "How many songs are there on her phone if she deleted 12 songs?",
            "She deleted 12 songs.",
            "the number of songs on her phone",
        ),
    ],
)
def test_what_is_so_is_told_and_what_is_asked_for_is_named(question, told, named):
    problem = songs(question)
    assert realize(problem, 0, rename=False).endswith(question)  # nothing asks for more yet
    texts = list(told_by_steps(problem))
    assert len(texts) > 10
    for longer, text in texts:
        assert told in text and "asked for" not in text and missing_givens(longer, text) == []
    assert not named or any(named in text for _, text in texts)


@pytest.mark.parametrize(
    "question",
    [
        "If she were to delete 12 songs, how many songs would she have?",
        "If not for the 12 that she deleted, how many songs would she have?",
        "How many songs that are not among the 12 oldest ones does she have?",
    ],
)
def test_what_is_only_imagined_is_not_told(question):
    problem = songs(question)
    assert condition_told(problem) == problem


def test_what_one_has_more_of_is_no_heap_of_things():
    """ "Tom packs the kids asked for in ..." was told of a difference between two numbers of kids."""
    question = "How many more kids did Lea meet on Monday than on Sunday?"
    problem = formalized(
        f"Lea met 15 kids on Monday. She met 3 kids on Sunday. {question}",
        ["kids N = 15", "kids2 N = 3", "answer N = ?", "answer == kids - kids2", "find answer"],
    )
    for _, text in told_by_steps(problem):
        assert question not in text or f'number of kids asked for in "{question}"' in text


def wheels(question, story="There are 18 carts and 11 sledges in a yard."):
    return formalized(
        f"{story} {question}",
        [
            "carts N = 18",
            "sledges N = 11",
            "wheels N = 4",
            "answer N = ?",
            "answer == carts*wheels",
            "find answer",
        ],
    )


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("How many wheels do the carts have, if each has 4 wheels?", "Each of the carts has 4"),
        (
            "How many wheels does Ina need if she puts 4 wheels on each cart?",
            "Ina puts 4 wheels on",
        ),
        ("How many wheels do the carts have, if each cart has 4?", "Each cart has 4."),
    ],
)
def test_a_condition_says_of_whom_it_is_true(question, told):
    """ "There are 18 carts and 11 sledges in a yard. Each has 4 wheels." was told where only the carts had any."""
    texts = [text for _, text in told_by_steps(wheels(question))]
    assert len(texts) > 10
    assert all(told in text for text in texts), texts[0]


def test_somebody_of_the_story_stays_a_pronoun():
    story = "Ina has 18 carts and 11 sledges."
    question = "How many wheels does Ina need if she puts 4 wheels on each cart?"
    for _, text in told_by_steps(wheels(question, story)):
        assert "She puts 4 wheels on each cart." in text


@pytest.mark.parametrize(
    ("story", "question", "told"),
    [
        ("Ina has 18 carts and 11 sledges.", "how many wheels does each cart have", "She"),
        ("Ina has 18 carts and 11 sledges.", "how many wheels does Tom need", "She"),
        ("There are 18 carts and 11 sledges.", "how many wheels does the yard need", "She"),
        ("There are 18 carts and 11 sledges.", "how many wheels does each driver need", "She"),
        ("There are 18 carts and 11 sledges. She is old.", "how many wheels does Ina need", "She"),
        ("There are 18 carts and 11 sledges.", "how many wheels does Ina need", "Ina"),
    ],
)
def test_a_pronoun_is_never_told_of_another(story, question, told):
    """ "Dan had $3 left. If he had $4 at the start, how much did the candy bar cost?" became "The candy bar
    had $4 at the start"."""
    problem = wheels(f"If she puts 4 wheels on each cart, {question}?", story)
    texts = [text for _, text in told_by_steps(problem)]
    assert len(texts) > 10
    assert all(f"{told} puts 4 wheels on each cart." in text for text in texts), texts[0]


def test_what_there_is_then_is_not_what_there_was():
    """ "A pie is cut into 8 slices. 5 slices are eaten. Jack buys the slices for 6 cents each." """
    problem = formalized(
        "A pie is cut into 8 slices. How many slices are there if 5 slices are eaten?",
        [
            "slices N = 8",
            "slices2 N = 5",
            "answer N = ?",
            "answer == slices - slices2",
            "find answer",
        ],
    )
    for _, text in told_by_steps(problem):
        assert "slices there are then" in text, text


@pytest.mark.parametrize(
    ("question", "is_number"),
    [
        ("If he spends 3 dollars a week, how long will the money last him?", False),
        ("If he spends 3 dollars a week, how many weeks will the money last him?", True),
    ],
)
def test_a_time_without_a_unit_is_no_number(question, is_number):
    """ "The code of a lock is twice the time the money will last him": in weeks, or in days?"""
    problem = formalized(
        f"Mike has 63 dollars. {question}",
        ["money N = 63", "each N = 3", "answer N = ?", "answer == money / each", "find answer"],
    )
    assert bool(list(told_by_steps(problem))) is is_number


@pytest.mark.parametrize(
    ("last", "told"),
    [
        ("If she deleted 12 songs.", "She deleted 12 songs."),
        ("If the 12 oldest songs were deleted.", "The 12 oldest songs were deleted."),
        ("If it was full she deleted 12 songs.", "If it was full she deleted 12 songs."),
        ("If it was full Tom deleted 12 songs.", "If it was full Tom deleted 12 songs."),
        ("If it was full, 12 songs were deleted.", "If it was full, 12 songs were deleted."),
    ],
)
def test_a_condition_that_hangs_in_the_air_is_told(last, told):
    """ "If she spent 3 dollars. Paul has 8 times the amount of money she still had." """
    problem = songs(f"{last} How many songs does she have now?")
    assert realize(problem, 0, rename=False).split("phone. ")[1].startswith(last)
    texts = [
        text for longer, text in told_by_steps(problem) if longer.questions != problem.questions
    ]
    steps = [text for text in texts if "How many songs does she have now?" not in text]
    assert len(steps) > 10 and all(f"phone. {told} " in text for text in steps), steps[:3]
