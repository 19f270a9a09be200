"""A formalized problem is told in the words of its text, with whatever numbers it has."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from zoped.programs import GenerateProblem, RandomOperators, Seed
from zoped.programs.acceptance import Reason
from zoped.programs.formalizing.grounding import as_distractors
from zoped.programs.formalizing.own_words import in_own_words
from zoped.programs.formalizing.told import told_quantities
from zoped.programs.teachers.reader.lines import fields_told
from zoped.signatures import WrittenProblem, from_lines
from zoped.symbolic import MutationRefused, called_alike, mutate, realize, solve
from zoped.symbolic.wording.text_checks import missing_givens

TEXT = "Nils had $9 and 3 hens. He sold 2 cars for $1,200 each. How much money does he have?"
LINES = """dollars N = 9
hens N = 3
cars N = 2
dollars2 N = 1,200
answer Q = ?
answer == dollars + cars*dollars2
find answer"""


def told(text: str, lines: str):
    written = WrittenProblem.model_validate(fields_told(from_lines(lines), text))
    problem = written.to_problem()
    used = {symbol for relation in problem.relations for symbol in relation.symbols}
    marked = [
        v.replaced(distractor=True) if v.is_given and v.name not in used else v
        for v in problem.variables
    ]
    return in_own_words(problem.replaced(variables=tuple(marked)), text)


def test_it_is_told_as_it_was_and_with_other_numbers_in_the_same_words():
    problem = told(TEXT, LINES)
    assert realize(problem, 1, rename=False) == TEXT.replace("1,200", "1200")
    for seed in range(5):
        other = mutate(problem, "change_numbers", seed=seed)
        text = realize(other, seed, rename=False)
        assert not missing_givens(other, text)
        words = [word for word in text.split() if not any(c.isdigit() for c in word)]
        assert words == [word for word in TEXT.split() if not any(c.isdigit() for c in word)]


MILES = """miles N = 9
days N = 7
answer Q = ?
answer == miles*days
find answer"""
EGGS = """eggs N = 9
eggs2 N = 3
eggs3 N = 2
answer Q = ?
answer == eggs + eggs2 - eggs3
find answer"""


@pytest.mark.parametrize(
    ("story", "question", "words"),
    [
        ("Lea had 9 eggs and found 3 more. She", "does she have", "Lea|her"),
        ("Ann had 9 eggs and Ben gave her 3 more. She", "does she have now", "Ann|her"),
        (
            "A girl had 9 eggs and Paul gave her 3 more. Paul then",
            "does Paul have left",
            "Paul|his",
        ),
        ("There were 9 eggs in a nest and 3 in a box. Somebody", "are left", "left"),
        (
            "There were 9 eggs in a nest. 3 more came. Somebody",
            "are in the nest now",
            "in the nest",
        ),
    ],
)
def test_the_story_goes_on_where_the_question_asks_for_the_end_of_it(story, question, words):
    problem = told(f"{story} broke 2 eggs. How many eggs {question}?", EGGS)
    for operator in ("add_step", "take_away_step", "share_step"):
        for seed in range(3):
            longer = mutate(problem, operator, seed=seed)
            text = realize(longer, seed, rename=False)
            assert not missing_givens(longer, text)
            step = text.split(" broke 2 eggs. ")[1]
            assert re.search(words, step) and not re.search("the number of|asked|code", step), text


def test_numbers_of_the_question_are_told_with_what_it_asks_for():
    problem = told("Eli runs 9 miles every day. How many miles does he run in 7 days?", MILES)
    for operator in ("add_step", "double_step", "share_step", "halve_step"):
        for seed in range(4):
            longer = mutate(problem, operator, seed=seed)
            text = realize(longer, seed, rename=False)
            assert not missing_givens(longer, text)
            assert "in 7 days" in text and "number of days" not in text


@pytest.mark.parametrize(
    ("story", "question"),
    [
        ("Ina had 9 eggs and Kim had 3 eggs. One of them", "does she have"),  # who of the two?
        ("The bus from Paris had 9 and 3 eggs. A girl", "does she have"),
        ("Lea had 9 eggs and found 3 more. She", "did she have then"),
        ("Two friends had 9 and 3 eggs. Somebody", "does Leon have"),
    ],
)
def test_it_does_not_go_on_where_that_is_not_clear(story, question):
    problem = told(f"{story} broke 2 eggs. How many eggs {question}?", EGGS)
    for seed in range(4):
        text = realize(mutate(problem, "add_step", seed=seed), seed, rename=False)
        assert not re.search(r"Then|Later|present|friend then|A friend", text), text


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How much money does he have?", "the amount of money he has"),
        ("How rich is he now?", 'asked for in "How rich is he now?"'),
    ],
)
def test_a_further_step_names_what_was_asked_for_or_quotes_the_question(question, said):
    text = TEXT.replace("How much money does he have?", question)
    longer = mutate(told(text, LINES), "double_step", seed=1)
    words = realize(longer, 1, rename=False)
    assert said in words
    assert words.startswith("Nils had $9 and 3 hens. He sold 2 cars for $1200 each.")
    assert not missing_givens(longer, words)


@pytest.mark.parametrize(
    "text",
    [
        "Nils had $9 and $9 more. How much is that?",  # which is which?
        "How much are 9 dollars and 3 dollars?",  # nothing stands before the question
        "Why? Nils had 9 dollars and got 3. How much is that?",
        "Nils had 9 {dollars} and got 3. How much is that?",
        "Nils had 9 dollars and got 3.",
    ],
)
def test_what_cannot_be_told_by_its_text_stays_as_it_is(text):
    lines = "dollars N = 9\ndollars2 N = 3\nanswer Q = ?\nanswer == dollars + dollars2\nfind answer"
    if "$9 and $9" in text:
        lines = lines.replace("= 3", "= 9")
    written = WrittenProblem.model_validate(fields_told(from_lines(lines), text))
    assert in_own_words(written.to_problem(), text) is not None
    assert not in_own_words(written.to_problem(), text).questions


@pytest.mark.parametrize(
    ("text", "lines", "changing"),
    [
        (
            "Nils had nine dollars and found 3 dollars. How much money does he have?",
            "dollars N = 9\ndollars2 N = 3\nanswer Q = ?\nanswer == dollars + dollars2\nfind answer",
            {"dollars2"},
        ),
        (
            "A cottage costs $5 an hour. Jack and Jill share the cost. How much does each pay for eight hours?",
            "dollars N = 5\nhours N = 8\nanswer Q = ?\nanswer == dollars*hours/2\nfind answer",
            {"dollars"},
        ),
        (
            "Ada has 3 hens and 3 geese. She buys 5 ducks. How many birds does she have?",
            "hens N = 3\ngeese N = 3\nducks N = 5\nanswer Q = ?\nanswer == hens + geese + ducks\nfind answer",
            {"ducks"},
        ),
        (
            "A coat costs $40. It is sold at 30% off. How much cheaper is it?",
            "dollars N = 40\npercent Q = 0.3\nanswer Q = ?\nanswer == dollars*percent\nfind answer",
            {"dollars"},
        ),
        (
            "Five friends have 5 pens each. Each of them buys 4 pens. How many pens do they have?",
            "friends N = 5\npens N = 5\npens2 N = 4\nanswer Q = ?\nanswer == friends*(pens + pens2)\nfind answer",
            {"pens2"},
        ),
        (
            "Five friends buy 5 pens. They get 4 pens more. How many pens does each get?",
            "friends N = 5\npens2 N = 4\nanswer Q = ?\nanswer == (5 + pens2)/friends\nfind answer",
            {"pens2"},
        ),
        # Right by coincidence: another number of the text is meant.
        (
            "Half of the 30 boxes hold 2 pens each. The rest hold 3 pens each. How many pens are there?",
            "boxes N = 30\npens N = 2\npens2 N = 3\nanswer Q = ?\nanswer == boxes/pens*pens + (boxes - boxes/pens)*pens2\nfind answer",
            {"boxes", "pens2"},
        ),
        (
            "A tank holds 100 litres. It loses 20% of its water, and 8 litres more. How many litres are left?",
            "litres N = 100\npercent N = 20\nlitres2 N = 8\nanswer Q = ?\nanswer == litres - litres*percent/litres - litres2\nfind answer",
            {"percent", "litres2"},
        ),
        (
            "Ina worked 5 hours for $20 an hour and gave away 4/5 of the money. How much money did she keep?",
            "hours N = 5\ndollars N = 20\nshare Q = 4/5\nanswer Q = ?\nanswer == hours*dollars - 4/hours*(hours*dollars)\nfind answer",
            {"dollars"},
        ),
        (
            "An egg is boiled for 30 seconds and a cake is baked for 7 minutes. How many minutes do 60 eggs and 4 cakes take?",
            "seconds N = 30\nminutes N = 7\neggs N = 60\ncakes N = 4\nanswer Q = ?\nanswer == eggs*seconds/eggs + cakes*minutes\nfind answer",
            {"seconds", "minutes", "cakes"},
        ),
        (
            "A page has 12 rows of 5 words. A word costs $60. What do 10 pages and an extra 3 dollars cost?",
            "rows N = 12\nwords N = 5\ndollars N = 60\npages N = 10\ndollars2 N = 3\nanswer Q = ?\nanswer == rows*words*(rows*words)*pages + dollars2\nfind answer",
            {"pages", "dollars2"},
        ),
        (
            "Ina buys 10 litres today and 25 litres on Friday. A litre costs $4. What do the 35 litres cost?",
            "litres N = 10\nlitres2 N = 25\ndollars N = 4\nlitres3 N = 35\nanswer Q = ?\nanswer == litres*dollars + litres2*dollars\nfind answer",
            {"dollars"},
        ),
        (
            "Ina pays with 2 $20 bills and 3 $5 bills. She gets $6 back. How much does she pay?",
            "bills N = 2\ndollars N = 20\nbills2 N = 3\ndollars2 N = 5\ndollars3 N = 6\nanswer Q = ?\nanswer == bills*dollars + bills2*dollars2 - dollars3\nfind answer",
            {"bills", "dollars", "bills2", "dollars2", "dollars3"},
        ),
        (
            "Ivo sees 20 lions, 8 tigers and some spiders. They have 152 legs. How many of them are spiders?",
            "lions N = 20\ntigers N = 8\nlegs N = 152\nanswer Q = ?\nanswer == (legs - 4*lions - 4*tigers)/tigers\nfind answer",
            {"lions", "legs"},
        ),
        (
            "Jim rode 6 hours on each of two days, 1.5 hours on two days, and 3 hours on 10 days. How long was that?",
            "hours N = 6\nhours2 Q = 1.5\nhours3 N = 3\ndays N = 10\nanswer Q = ?\nanswer == hours*2 + hours3 + hours3*days\nfind answer",
            {"hours", "hours3", "days"},
        ),
        (
            "Beads cost $1 per 10 beads. Ina needs 80 beads and pays with 20 dollars. How much change does she get?",
            "dollars N = 1\nbeads N = 10\nbeads2 N = 80\ndollars2 N = 20\nanswer Q = ?\nanswer == dollars2 - beads2/beads\nfind answer",
            {"beads", "beads2", "dollars2"},
        ),
    ],
)
def test_a_number_that_no_digits_state_once_stays_what_the_text_says(text, lines, changing):
    """ "The number of hours is 48. [...] If they rented it for eight hours, how much did each friend pay?" """
    problem = told(text, lines)
    answer = solve(told(text, lines)).value
    assert realize(problem, 1, rename=False) == text
    assert {v.name for v in problem.givens} == changing and solve(problem).value == answer
    before = {str(problem.variable(name).value): name for name in changing}
    for seed in range(5):
        for operator in ("change_numbers", "to_decimals"):
            try:
                other = mutate(problem, operator, seed=seed)
            except MutationRefused:
                continue
            numbers = [
                re.findall(r"\d+(?:\.\d+)?", each)
                for each in (text, realize(other, seed, rename=False))
            ]
            for old, new in zip(*numbers, strict=True):
                stays = old not in before
                assert Fraction(new) == (
                    Fraction(old) if stays else other.variable(before[old]).value
                )


def test_a_question_that_says_a_given_number_is_not_quoted_beside_another_one():
    """ "The number of hours is 31. [...] If they rented it for eight hours, how much did each friend pay?" """
    text = "Jack and Jill rented a cottage for ten dollars an hour. What did each of them pay for eight hours?"
    lines = "dollars N = 10\nhours N = 8\nanswer Q = ?\nanswer == dollars*hours/2\nfind answer"
    problem = told(text, lines)
    for operator in ("change_numbers", "double_step"):
        for seed in range(4):
            changed = mutate(problem, operator, seed=seed)
            assert "eight" not in realize(changed, seed)


EVENINGS = "Sven reads 9 pages every evening. How many pages does he read in 5 evenings?"
EVENINGS_LINES = "pages N = 9\nevenings N = 5\nanswer Q = ?\nanswer == pages*evenings\nfind answer"


def test_a_question_with_numbers_has_others_and_names_what_it_asks_for_with_them():
    problem = told(EVENINGS, EVENINGS_LINES)
    assert realize(problem, 1, rename=False) == EVENINGS
    other = mutate(problem, "change_numbers", seed=3)
    pages, evenings = (other.variable(name).value for name in ("pages", "evenings"))
    question = f"How many pages does he read in {evenings} evenings?"
    named = f"the number of pages he reads in {evenings} evenings"
    assert realize(other, 1, rename=False) == f"Sven reads {pages} pages every evening. {question}"
    longer = mutate(other, "double_step", seed=1)
    text = realize(longer, 1, rename=False)
    assert named in text
    assert not missing_givens(longer, text) and called_alike(longer) is None


def test_a_question_with_numbers_about_what_is_called_otherwise_stays_as_it_is():
    problem = told(EVENINGS, EVENINGS_LINES)
    renamed = told(EVENINGS, EVENINGS_LINES).replaced(
        questions=(),
        constraints=tuple(c.replaced(statement=None) for c in problem.constraints),
        variables=tuple(
            v.replaced(meaning="pages in all") if v.name == "answer" else v
            for v in problem.variables
        ),
    )
    assert in_own_words(renamed, EVENINGS) is renamed


@pytest.mark.parametrize(
    ("question", "unit"),
    [
        ("How many did he pick?", ""),
        ("How many would he have?", ""),
        ("How many extra did he buy?", ""),
        ("How many of them are red?", ""),
        ("How many visited the old mill?", ""),
        ("How many push-ups did he do?", "push-up"),
        ("How many sheep has he?", "sheep"),
        ("How many more flew to the tree?", ""),
        ("How many went home?", ""),
        ("How many square feet does it cover?", "square foot"),
        ("How many cubic metres of earth are dug out?", "cubic metre"),
        ("How many total pears has he?", "pear"),
    ],
)
def test_what_is_counted_stands_before_the_verb(question, unit):
    lines = "pears N = 5\nanswer N = ?\nanswer == 2*pears\nfind answer"
    fields = fields_told(from_lines(lines), f"He has 5 pears. {question}")
    assert fields["variables"][-1]["unit"] == unit


def test_what_is_asked_for_without_a_noun_is_a_number():
    text = "Nils had 9 dollars. How many has he after 3 more?"
    lines = "dollars N = 9\ndollars2 N = 3\nanswer Q = ?\nanswer == dollars + dollars2\nfind answer"
    longer = mutate(told(text, lines), "double_step", seed=1)
    quoted = 'the number asked for in "How many has he after 3 more?"'
    assert quoted in realize(longer, 1, rename=False)


VANS = "One van can carry 7 players. How many vans are needed for 42 players?"
VANS_LINES = """players N = 7
players2 N = 42
answer Q = ?
answer == players2/players
find answer"""


def test_quantities_that_the_text_would_call_the_same_are_no_problem_to_tell():
    # "The number of players is 7. The number of players is 42. ... divided by the number of players."
    written = WrittenProblem.model_validate(fields_told(from_lines(VANS_LINES), VANS))
    problem = written.to_problem()
    assert called_alike(problem) == ("players", "players2")
    seed = Seed(id="vans", text=VANS, answer="6", symbols=problem)
    for decide in (
        RandomOperators(operators=["change_numbers", "add_step"], variants=2),
        GenerateProblem(
            mutation="weights", operators=["change_numbers"], strategies=[], variants=2
        ),
    ):
        made = decide(seed=seed)
        assert not made.accepted
        assert {r.reason for r in made.rejected} == {Reason.AMBIGUOUS}
        assert "players and players2 are called the same" in made.rejected[0].detail


def test_what_its_own_text_tells_apart_is_not_called_the_same():
    problem = told(TEXT, LINES)
    assert {v.meaning for v in problem.givens if v.name.startswith("dollars")} == {"dollars"}
    assert called_alike(problem) is None
    assert called_alike(told(VANS, VANS_LINES)) is None


def test_relations_that_use_what_they_do_not_need_are_told_as_they_are():
    """A number that cancels out was meant as another one, as likely as not: its text would promise more."""
    text = "Max buys 12 shares for $2 each. He sells 7 of them for $3 each. How much does he get in all?"
    lines = "shares N = 12\ndollars N = 2\nshares2 N = 7\ndollars2 N = 3\nanswer Q = ?\nanswer == shares*dollars + shares2*dollars2 - dollars*shares\nfind answer"
    written = WrittenProblem.model_validate(fields_told(from_lines(lines), text)).to_problem()
    problem = as_distractors(written, {"shares", "dollars"})
    assert in_own_words(problem, text) is problem


def test_bills_are_no_dollars():
    """ "Mrs. Brown paid with 3.80 $50.90 bills"."""
    told_ones = told_quantities("She pays with 2 $50 bills and a $10 bill. He has 5 $.")
    assert [each.noun for each in told_ones] == ["bills", "dollars", "dollars", "dollars"]


def test_what_is_counted_does_not_end_in_the_middle_of_a_phrase():
    told_ones = told_quantities(
        "The hall has 150 seats in a row. 12 groups of 9 people at the door."
    )
    assert [each.phrase for each in told_ones] == ["seats", "groups", "people at the door"]


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("A goat pen has 9 sides of 3 nuts each. 2 nuts rust. How many nuts hold?", "pen nuts"),
        ("Sam has 9 rows of 3 buns. She burns 2 buns. How many buns are good?", "Sam buns"),
    ],
)
def test_things_of_somebodys_text_stay_what_they_are(text, stays):
    """A goat pen became a goat stamp, nuts that rust pears; "Jack has 27 buns. She burns 2"."""
    lines = "rows N = 9\nbuns N = 3\nbuns2 N = 2\nanswer Q = ?\nanswer == rows*buns - buns2\nfind answer"
    problem = told(text, lines)
    for seed in range(8):
        for longer in (problem, mutate(problem, "double_step", seed=seed)):
            words = re.findall(r"\w+", realize(longer, seed))
            assert set(stays.split()) <= set(words), words


def test_people_of_somebodys_text_still_get_other_names():
    text = "Ann has 9 rows of 3 buns. She burns 2 buns. How many buns are good?"
    lines = "rows N = 9\nbuns N = 3\nbuns2 N = 2\nanswer Q = ?\nanswer == rows*buns - buns2\nfind answer"
    assert len({realize(told(text, lines), seed).split()[0] for seed in range(20)}) > 4
