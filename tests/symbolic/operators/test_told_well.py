"""What operators make reads as a teacher would say it: kinds of faults that readers found, each on all
seeds or on a text that shows it."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from zoped.programs import Seed, builtin_seeds
from zoped.programs.acceptance import Acceptance
from zoped.programs.formalizing.own_words import in_own_words
from zoped.programs.teachers.reader.lines import fields_told
from zoped.signatures import WrittenProblem
from zoped.signatures.notation import from_lines
from zoped.symbolic import MutationRefused, check_problem, mutate, realize, solve
from zoped.symbolic.operators.in_order import kept_in_order
from zoped.symbolic.wording.clauses import read_clause

SEEDS = {seed.id: seed.symbols for seed in builtin_seeds() if seed.symbols is not None}
NUMBERS = ("change_numbers", "grow_numbers", "round_numbers", "two_digit_numbers", "shrink_numbers")


def made(problem, *names, seeds=12):
    for seed in range(seeds):
        result = problem
        try:
            for name in names:
                result = mutate(result, name, seed=seed)
        except MutationRefused:
            continue
        yield result


def texts(problem, *names, seeds=12):
    for k, result in enumerate(made(problem, *names, seeds=seeds)):
        yield realize(result, k, rename=False)


def formalized(text, lines, answer, *, own=True):
    fields = fields_told(from_lines(lines), text)
    written = WrittenProblem.model_validate(fields).to_problem()
    accepted, _ = Acceptance(time_limit=0).formalization(written, text, [answer])
    return in_own_words(accepted, text) if own else accepted


PHOTOS = (
    "Leon had 48 photos. He lost 11 photos at school. Then he took 15 more photos. How many photos does Leon have?",
    "photos N = 48\nphotos2 N = 11\nphotos3 N = 15\nanswer Q = ?\nanswer == photos + photos3 - photos2\nfind answer",
    "52",
)


@pytest.mark.parametrize(
    ("seed_id", "question"),
    [
        ("apples-eaten", "apples are there in the box at first"),
        ("birds-fly", "birds sit in the tree at first"),
        ("money-left", "dollars does Finn have at first"),
        ("fraction-cookies", "cookies are there on the plate at first"),
        ("doubling", "cells are there in the glass at first"),
        ("share-after-gift", "marbles does Lily have at first"),
    ],
)
def test_what_there_was_is_not_asked_for_as_what_there_is(seed_id, question):
    """ "There are 5 apples left in the box. How many apples are there in the box?" was meant to be 9."""
    said = [read_clause(p.variable(str(p.target)).clause or "").question
            for p in made(SEEDS[seed_id], "swap_unknown")]  # fmt: skip
    assert any(question in each for each in said), said


@pytest.mark.parametrize(
    "seed_id", ["boxes-of-pens", "stamps-together", "savings-goal", "percent-of-beads", "outfits"]
)
def test_what_does_not_change_is_asked_for_plainly(seed_id):
    for problem in made(SEEDS[seed_id], "swap_unknown"):
        assert "at first" not in (problem.variable(str(problem.target)).clause or "")


def test_what_a_step_does_is_told_before_what_comes_of_it():
    """ "Adam has 16 pens. Adam has twice as many pens as Ann then has." told the end first."""
    told = 0
    for seed_id in ("pens-given", "league-matches", "beads-bags", "pages-per-day", "two-trains"):
        for step in ("double_step", "square_step", "add_step", "share_step"):
            for text in texts(SEEDS[seed_id], step, "swap_unknown"):
                let = re.search(r"\bLet n be\b", text)
                uses = re.search(r"\bvalue of \S*n\b|\bof n is\b|\bn rows\b", text)
                if let and uses:
                    assert let.start() < uses.start(), text
                    told += 1
                twice, end = (
                    text.find(words)
                    for words in ("twice as many pens", "pens. How many pens does Ann")
                )
                assert twice < 0 or end < 0 or twice < end, text
    assert told > 5


def test_a_part_stays_less_than_the_whole():
    """ "Of a road as long as the distance, 128 percent is new." """
    found = 0
    for seed_id in ("walk-distance", "percent-walk", "pens-given", "squares-remainder"):
        for name in NUMBERS:
            for problem in made(SEEDS[seed_id], "percent_step", name):
                if "share" in {v.name for v in problem.givens}:
                    assert 0 < problem.variable("share").value < 100
                    found += 1
    assert found > 20


def test_there_is_no_second_hall():
    for seed_id in ("pens-given", "plums-shared", "league-matches"):
        for text in texts(SEEDS[seed_id], "square_step", "quadratic_step", seeds=30):
            assert text.count("A hall has") < 2, text


@pytest.mark.parametrize("first", ["percent_step", "take_away_step", "halve_step"])
def test_some_of_them_are_a_number(first):
    """ "The number of a house is twice the them that like music." """
    for text in texts(SEEDS["percent-walk"], first, "double_step", seeds=30):
        assert not re.search(r"\b(?:the|half of|twice) them\b", text), text


def test_a_pronoun_does_not_ask_about_what_came_between():
    """ "The tower is 93 metres high. How many metres long is its shadow?" was about the pole's."""
    for text in texts(SEEDS["tower-shadow"], "compare_givens", "swap_unknown", seeds=20):
        assert "its shadow?" not in text.split(". ")[-1], text
    for text in texts(SEEDS["up-the-ramp"], "swap_unknown", seeds=20):
        assert "does it lead" not in text, text


def test_nobody_loses_more_than_there_is_by_then():
    """More was thrown away than picked, if what was picked later made up for it."""
    problem = formalized(*PHOTOS)
    for name in NUMBERS:
        for changed in made(problem, name):
            values = {v.name: v.value for v in changed.givens}
            assert values["photos"] >= values["photos2"]


def test_an_idle_number_stays_as_large_beside_the_others_as_it_was():
    """ "Dave won 28 tickets. He used 90 to buy toys and 70 to buy clothes." """
    problem = formalized(
        "Dev won 25 tickets. He used 12 tickets for a kite. He used 7 tickets for a cap. "
        "How many tickets did Dev use?",
        "tickets N = 25\ntickets2 N = 12\ntickets3 N = 7\nanswer Q = ?\n"
        "answer == tickets2 + tickets3\nfind answer",
        "19",
    )
    holds = kept_in_order(problem)
    assert holds({"tickets": 90, "tickets2": 60, "tickets3": 30})
    assert not holds({"tickets": 28, "tickets2": 90, "tickets3": 70})
    assert not holds({"tickets": 70, "tickets2": 60, "tickets3": 30})
    for name in NUMBERS:
        for changed in made(problem, name):
            values = {v.name: v.value for v in changed.givens}
            assert values["tickets"] >= values["tickets2"] + values["tickets3"]


@pytest.mark.parametrize(
    ("question", "answer"), [("How many can still come?", "6"), ("How much is that?", "6")]
)
def test_how_many_and_how_much_are_never_less_than_nothing(question, answer):
    problem = formalized(
        f"Mika asked 13 friends to come, and 7 of them are ill. {question}",
        "friends N = 13\nthem N = 7\nanswer Q = ?\nanswer == friends - them\nfind answer",
        answer,
    )
    for name in NUMBERS:
        for changed in made(problem, name):
            assert solve(changed).value >= 0


def test_the_number_of_a_house_is_whole():
    """ "The number of Ben's house is 4 more than" 38.8 buckets."""
    problem = formalized(
        "Femi poured 30 buckets of water into a pool. Then he poured 8.8 buckets more. How was it then?",
        "buckets N = 30\nbuckets2 Q = 8.8\nanswer Q = ?\nanswer == buckets + buckets2\nfind answer",
        "38.8",
    )
    for name in ("add_step", "double_step", "multiply_step", "take_away_step"):
        for text in texts(problem, name, seeds=30):
            assert "house" not in text and "code of" not in text, text


def test_an_idle_number_in_a_sentence_of_the_text_is_not_taken_out_of_it():
    problem = formalized(
        "Ada has 3 red pens and 5 blue pens. Ivo has 4 red pens. How many red pens do Ada and Ivo have?",
        "pens N = 3\npens2 N = 5\npens3 N = 4\nanswer Q = ?\nanswer == pens + pens3\nfind answer",
        "7",
    )
    with pytest.raises(MutationRefused):
        mutate(problem, "remove_distractor", seed=0)
    both = next(made(formalized(*PHOTOS), "add_distractor", "add_distractor"))
    assert "Leon had 48 photos." in realize(mutate(both, "remove_distractor", seed=0), 0)


def test_idle_numbers_of_a_text_come_after_its_story():
    for text in texts(formalized(*PHOTOS), "add_distractor"):
        assert text.startswith("Leon had 48 photos."), text


def test_these_are_somebodys_where_the_last_sentence_may_speak_of_others():
    """ "He found 7 pens. Josh shares these pens" are the 7, or all of them."""
    problem = formalized(
        "Leon had 21 pens. He found 7 pens. How many pens does he have?",
        "pens N = 21\npens2 N = 7\nanswer Q = ?\nanswer == pens + pens2\nfind answer",
        "28",
    )
    for name in ("share_step", "percent_step", "halve_step"):
        for text in texts(problem, name, seeds=20):
            assert "these pens" not in text, text


def test_a_length_of_rope_is_asked_for_as_one_asks():
    for text in texts(SEEDS["triangle-perimeter"], "add_step", seeds=30):
        assert "have to be long" not in text, text


def test_two_sentences_of_one_place_are_not_joined():
    """ "There are 8 boys in the class and 17 children in the class." """
    for seed_id in ("boys-and-girls", "fraction-cookies"):
        for problem in made(SEEDS[seed_id], "swap_unknown", seeds=6):
            for seed in range(20):
                text = realize(problem, seed)
                assert not re.search(r"(in the class|on (?:a|the) plate) and \d+", text), text


@pytest.mark.parametrize(
    ("clause", "unit", "some"),
    [
        ("Everybody [gets] # dollars more", "dollar", "Everybody gets some more money"),
        ("Plan A [costs] # dollars more for each hour", "dollar",
         "Plan A costs some more money for each hour"),
        ("Ann [has] # pens more than Ben", "pen", "Ann has some pens more than Ben"),
    ],
)  # fmt: skip
def test_some_more_money_is_not_some_money_more(clause, unit, some):
    assert read_clause(clause, unit).some == some


def test_what_was_some_is_the_in_a_question():
    forms = read_clause("The crests of some waves [are] # metres apart", "metre")
    assert forms.question == "how many metres apart are the crests of the waves"


def test_a_name_in_small_letters_is_the_same_person():
    problem = formalized(
        "Jack got 3 letters before noon. He got 5 letters after noon. How many letters did jack get?",
        "letters N = 3\nletters2 N = 5\nanswer Q = ?\nanswer == letters + letters2\nfind answer",
        "8",
    )
    for seed in range(20):
        text = realize(problem, seed)
        assert len(set(re.findall(r"\A\w+|did (\w+) get", text)) - {""}) == 1, text
        assert text.split(" ")[0] in text.split(". ")[-1], text


def test_the_seeds_are_solved_as_before():
    for seed_id in ("which-machine", "ratio-and-squares"):
        seed = next(seed for seed in builtin_seeds() if seed.id == seed_id)
        assert isinstance(seed, Seed) and Fraction(seed.answer) == solve(SEEDS[seed_id]).value
    questions = {
        realize(p, 0).split(". ")[-1] for p in made(SEEDS["ratio-and-squares"], "remove_step")
    }
    assert not any("the part" in question for question in questions)


CUPCAKES = (
    "For the school sale Maria made 19 cupcakes and 12 pies. She sold 5 of the cupcakes. How many cupcakes did she keep?",
    "cupcakes N = 19\npies N = 12\ncupcakes2 N = 5\nanswer Q = ?\nanswer == cupcakes - cupcakes2\nfind answer",
    "14",
)
GUM = (
    "Robin has 21 packages of gum and 45 packages of candy. There are 9 pieces in each package. How many pieces of candy does Robin have?",
    "packages N = 21\npackages2 N = 45\npieces N = 9\nanswer Q = ?\nanswer == packages2*pieces\nfind answer",
    "405",
)
STEPS = ("add_step", "take_away_step", "boxes_step", "percent_step", "halve_step", "leftover_step")


def test_a_new_person_is_not_called_as_somebody_of_the_noun_phrase():
    """ "Ivy thinks of a number that is twice the number of cupcakes she kept": that Maria kept."""
    problem, told = formalized(*CUPCAKES), 0
    for step in (*STEPS, "multiply_step", "larger_case"):
        for text in texts(problem, step, seeds=20):
            step_told = text.split("5 of the cupcakes. ")[1]
            if re.search(r"\bshe kept\b", step_told):
                assert not re.search(r"\b(?:Zoe|Ivy|Kate|Nora|Ruth)\b", step_told), text
                told += 1
    assert told > 20


def test_what_the_question_counts_is_told_in_all_its_words():
    """ "Robin wants to use up all these pieces" were those of gum too, of which the question did not ask."""
    problem, told = formalized(*GUM), 0
    for step in STEPS:
        for text in texts(problem, step, seeds=20):
            step_told = text.split("in each package. ")[1]
            assert "pieces" not in step_told.replace("pieces of candy", ""), text
            told += "these pieces of candy" in step_told
    assert told > 5


def test_what_somebody_has_is_used_as_anything_can_be():
    """ "Pia sticks all her crayons into an album", "Then Ines uses up 5 photos"."""
    problem = formalized(*PHOTOS)
    for step in STEPS:
        for text in texts(problem, step, seeds=40):
            assert not re.search(r"\balbum\b|\buses? up\b|\bbroken\b", text), text


def test_a_train_with_cars_gets_no_carriages():
    text = "A train has 6 cars with 8 seats in each car. How many seats does the train have?"
    lines = "cars N = 6\nseats N = 8\nanswer Q = ?\nanswer == cars*seats\nfind answer"
    for told in texts(formalized(text, lines, "48"), "add_distractor"):
        assert "carriages" not in told


def test_numbers_that_belong_to_a_word_stay_in_a_sentence_among_others():
    """ "18 bicycles and 11 tricycles ... each bicycle has 2 wheels" had 3 and 4 wheels after a change."""
    text = "There are 18 bicycles in a yard. Each bicycle has 2 wheels. Ina cleans 5 wheels. How many wheels are not clean?"
    lines = "bicycles N = 18\nwheels N = 2\nwheels2 N = 5\nanswer Q = ?\nanswer == bicycles*wheels - wheels2\nfind answer"
    for name in NUMBERS:
        for told in texts(formalized(text, lines, "31"), name):
            assert "Each bicycle has 2 wheels." in told, told


def test_a_title_ends_no_sentence():
    """ "How many goats does Mr. Let n be the number asked for in "Diaz have?"." """
    text = "Mr. Diaz has 9 goats. He sells 2 goats. How many goats does Mr. Diaz have?"
    lines = "goats N = 9\ngoats2 N = 2\nanswer Q = ?\nanswer == goats - goats2\nfind answer"
    for step in STEPS:
        for told in texts(formalized(text, lines, "7"), step):
            assert told.startswith("Mr. Diaz has 9 goats. He sells 2 goats. "), told
            assert "How many goats does Mr. Diaz" not in told and "asked for" not in told, told


def test_two_kinds_of_things_are_not_one_of_them():
    """ "A little later, 11 more doctors join them. How many doctors are left?" counted the nurses too."""
    text = "A ward has 17 doctors and 10 nurses. 5 of them go home. How many doctors and nurses are left?"
    lines = "doctors N = 17\nnurses N = 10\nthem N = 5\nanswer Q = ?\nanswer == doctors + nurses - them\nfind answer"
    for step in STEPS:
        for told in texts(formalized(text, lines, "22"), step, seeds=20):
            after = told.split("go home. ")[1]
            assert "doctors" not in after.replace("doctors and nurses", ""), told


def test_what_a_shorter_chain_asks_for_is_asked_in_the_texts_own_words():
    """ "What is the number of photos Leon has?" came of a step more and a step less."""
    for told in texts(formalized(*PHOTOS), "multiply_step", "remove_step"):
        assert told.endswith("How many photos does Leon have?")


TOYS = (
    "Kaleb had 12 dollars. He spent 8 dollars. How many 2 dollar toys could he buy with the rest?"
)


def test_what_is_counted_stands_behind_its_price():
    """ "How many 3 dollar toys could he buy?" had the answer 51/10."""
    lines = "dollars N = 12\ndollars2 N = 8\ndollar N = 2\nanswer Q = ?\nanswer == (dollars - dollars2)/dollar\nfind answer"
    problem = formalized(TOYS, lines, "2")
    assert problem.variable("answer").unit == "toy"
    for name in (*NUMBERS, "to_decimals", "to_fractions"):
        for result in made(problem, name):
            assert solve(result).value.denominator == 1


def test_a_share_is_not_called_percent():
    """ "The percent is 0.3 percent." was told of 30%."""
    text = (
        "A dress costs 50 dollars and is sold at 30% off. By how many dollars does it get cheaper?"
    )
    lines = "dollars N = 50\npercent Q = 0.3\nanswer Q = ?\nanswer == dollars*percent\nfind answer"
    told = realize(formalized(text, lines, "15", own=False), 0)
    assert "The share is 3/10." in told and "percent" not in told.split("?")[0]


def test_what_is_told_outright_begins_a_story():
    """ "Each piece is 12 cm long. Max draws a line ..." of pieces that nobody cut, "Ann has 8 pens now"."""
    told = 0
    for seed_id, problem in SEEDS.items():
        for k, result in enumerate(made(problem, "double_step", "reveal_step", seeds=2)):
            first = next(v for v in result.variables if v.is_given and not v.distractor)
            if first.clause and first.name not in {v.name for v in problem.givens}:
                text = realize(result, k, rename=False)
                assert not re.search(
                    r"\b(?:left|now|back|sure)\b|\bin (?:all|the end)\b", first.clause
                )
                introduced = result.story or re.match(r"(?!Each |The (?!\w+ of ))", first.clause)
                assert introduced, (seed_id, text)
                told += 1
    assert told > 20
    assert list(made(SEEDS["ribbons"], "double_step", "reveal_step")) == []
    assert all(
        re.match(r"(?:Ann|She) has 8 pens\.", text)
        for text in texts(SEEDS["pens-given"], "double_step", "reveal_step")
    )


def test_nobodys_mother_is_older_than_people_become():
    """ "Jae is 79 years old. His mother is 92 times as old." """
    text = "Jae is 9 years old. His mother is 4 times as old. How old is his mother?"
    lines = "years N = 9\ntimes N = 4\nanswer Q = ?\nanswer == years*times\nfind answer"
    problem = formalized(text, lines, "36")
    for name in NUMBERS:
        for result in made(problem, name):
            assert solve(result).value <= 120 or check_problem(result).reason == "implausible"


def test_a_story_ends_once():
    """ "How many passengers are there on the bus after that in the end?" """
    text = "A bus had 42 passengers. 17 got off and 14 got on. How many passengers are on the bus?"
    lines = "passengers N = 42\npassengers2 N = 17\npassengers3 N = 14\nanswer Q = ?\nanswer == passengers - passengers2 + passengers3\nfind answer"
    for told in texts(formalized(text, lines, "39"), "add_step", "take_away_step"):
        assert len(re.findall(r"\b(?:after that|in the end|then)\?", told)) < 2
        assert not re.search(
            r"(?:after that|in the end|at last|then) (?:after|in the end|at last|then)", told
        )


@pytest.mark.parametrize(
    ("text", "lines", "answer", "told"),
    [
        (
            "Ina has 4 times as many hens as Ivo, who has 4 hens. How many hens has Ina?",
            "times N = 4\nhens N = 4\nanswer Q = ?\nanswer == times*hens\nfind answer",
            "16",
            "The factor is 4.",
        ),
        (
            "A crate of 10 bottles weighs 70 pounds. The 10 weigh 60 pounds. What does the crate weigh?",
            "bottles N = 10\npounds N = 70\npounds2 N = 60\nanswer Q = ?\nanswer == pounds - pounds2\nfind answer",
            "10",
            "The number of bottles is 10.",
        ),
    ],
)
def test_what_rules_call_a_number_is_a_noun(text, lines, answer, told):
    """ "The times is 8 timeses", "the number of bottles weighs"."""
    said = realize(formalized(text, lines, answer, own=False), 0)
    assert told in said and "timeses" not in said and "weighs" not in said, said


def test_an_article_is_that_of_the_number_behind_it():
    """ "a 80-chapter book", "an 7-hour shift"."""
    text = "Anna works an 8-hour shift for a $7 bill an hour. How much money does she get in all?"
    problem = formalized(
        f"Anna is glad. {text}",
        "hour N = 8\ndollars N = 7\nanswer Q = ?\nanswer == hour*dollars\nfind answer",
        "56",
        own=False,
    )
    statement = "Anna works an {hour}-hour shift for a ${dollars} bill an hour."
    for hour, dollars, said in (
        (7, 8, "a 7-hour shift for an $8 bill an hour"),
        (11, 18, "an 11-hour shift for an $18 bill an hour"),
        (80, 110, "an 80-hour shift for a $110 bill an hour"),
        (180, 11500, "a 180-hour shift for an $11500 bill an hour"),
    ):
        values = {"hour": hour, "dollars": dollars}
        told = problem.replaced(
            variables=tuple(
                v.replaced(value=Fraction(values[v.name])) if v.name in values else v
                for v in problem.variables
            ),
            constraints=tuple(c.replaced(statement=statement) for c in problem.constraints),
        )
        assert said in realize(told, 0, rename=False)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How many hours does it take Tom to climb the hill?", "does it take Tom to climb"),
        ("How many hours does Tom climb the hill?", "does he climb"),
    ],
)
def test_whom_something_happens_to_is_not_he(question, said):
    """ "How many hours does it take he to climb the hill?" """
    problem = formalized(
        f"Tom climbs {{6}} hills in 2 hours each. {question}",
        "hills N = 6\nhours N = 2\nanswer Q = ?\nanswer == hills*hours\nfind answer",
        "12",
    )
    problem = problem.replaced(
        constraints=tuple(
            c.replaced(statement="Tom climbs {hills} hills in {hours} hours each")
            for c in problem.constraints
        )
    )
    texts = [realize(problem, seed, rename=False) for seed in range(12)]
    assert any(said in text for text in texts)
    assert not any("take he" in text for text in texts)


def test_pounds_that_are_no_money_have_no_pence():
    """ "Seth lost 11.50 pounds." """
    text = "Seth lost 17.5 pounds. Jerome lost 1.5 pounds more. How many pounds did they lose?"
    lines = "pounds Q = 17.5\npounds2 Q = 1.5\nanswer Q = ?\nanswer == pounds + pounds + pounds2\nfind answer"
    problem = formalized(text, lines, "36.5")
    assert realize(problem, 0, rename=False) == text
    text = "A lamp costs £17.50. A shelf costs 1.50 pounds more. How many pounds do both cost?"
    assert realize(formalized(text, lines, "36.5"), 0, rename=False) == text


@pytest.mark.parametrize(
    ("text", "lines", "answer", "stays"),
    [
        (
            "A whale's tongue weighs 6000 pounds. If one ton is 2000 pounds, how many tons does it weigh?",
            "pounds N = 6000\npounds2 N = 2000\nanswer Q = ?\nanswer == pounds/pounds2\nfind answer",
            "3",
            "one ton is 2000 pounds",
        ),
        (
            "A path is 10560 feet long. There are 5280 feet in a mile. How many miles long is the path?",
            "feet N = 10560\nfeet2 N = 5280\nanswer Q = ?\nanswer == feet/feet2\nfind answer",
            "2",
            "There are 5280 feet in a mile.",
        ),
        (
            "A jug holds 48 ounces. Each pound has 16 ounces. How many pounds of milk does it hold?",
            "ounces N = 48\nounces2 N = 16\nanswer Q = ?\nanswer == ounces/ounces2\nfind answer",
            "3",
            "Each pound has 16 ounces.",
        ),
    ],
)
def test_what_a_measure_is_in_another_does_not_change(text, lines, answer, stays):
    """ "If one ton is 1647 pounds, how many tons does the tongue of a whale weigh?" """
    problem = formalized(text, lines, answer)
    told = [text for name in NUMBERS for text in texts(problem, name)]
    assert len(told) > 5 and all(stays in text for text in told)


@pytest.mark.parametrize(
    "calculation",
    [
        "players - (ounces2 - linemen*ounces3)/ounces",
        "players + -1*((ounces2 - linemen*ounces3)/ounces)",
    ],
)
def test_nothing_counted_is_less_than_nothing_inside_a_calculation(calculation):
    """78 of 59 players had to wait, since the water did not even do for those before them."""
    text = (
        "10 players drink 6 ounces of water each. A cooler holds 126 ounces. 12 linemen drink "
        "8 ounces each before them. How many players get no water?"
    )
    lines = "players N = 10\nounces N = 6\nounces2 N = 126\nlinemen N = 12\nounces3 N = 8"
    lines = f"{lines}\nanswer Q = ?\nanswer == {calculation}\nfind answer"
    problem = formalized(text, lines, "5")
    for name in NUMBERS:
        for changed in made(problem, name):
            values = {v.name: v.value for v in changed.givens}
            assert values["ounces2"] >= values["linemen"] * values["ounces3"]


def test_no_day_has_more_hours_than_there_are():
    """ "Lawrence worked 50 hours each day", "She is paid for 11 days a week"."""
    text = (
        "May earns $9 an hour. She works 8 hours a day and 5 days a week. How much is that a week?"
    )
    lines = "dollars N = 9\nhours N = 8\ndays N = 5\nanswer Q = ?\nanswer == dollars*hours*days\nfind answer"
    problem = formalized(text, lines, "360")
    told = 0
    for name in NUMBERS:
        for changed in made(problem, name):
            values = {v.name: v.value for v in changed.givens}
            assert values["hours"] <= 24 and values.get("days", 5) <= 7
            told += 1
    assert told > 10


def test_a_part_that_changes_alone_stays_a_part():
    """ "-2.625 of a pizza was left over", "3.3 cup of raisins"."""
    text = "Ina ate 3/8 of a pizza and Ivo 1/2 of one. How much pizza did they eat altogether?"
    lines = "pizza Q = 3/8\npizza2 Q = 1/2\nanswer Q = ?\nanswer == pizza + pizza2\nfind answer"
    changed = list(made(formalized(text, lines, "7/8", own=False), "change_one_number", seeds=30))
    assert changed and all(0 < v.value < 1 for each in changed for v in each.givens)


def test_no_price_is_made_of_a_weight():
    """ "The price of a ticket is half of the amount the 3 people lost in total" of people who got lighter."""
    text = "Seth lost 17.5 pounds. Jerome lost 1.5 pounds more. How many pounds did they lose in total?"
    lines = "pounds Q = 17.5\npounds2 Q = 1.5\nanswer Q = ?\nanswer == pounds + pounds + pounds2\nfind answer"
    problem = formalized(text, lines, "36.5")
    steps = ("halve_step", "double_step", "add_step", "share_step", "larger_case")
    told = [each for name in steps for each in texts(problem, name)]
    assert len(told) > 10 and not any(re.search("price|ticket|purse|money", each) for each in told)
