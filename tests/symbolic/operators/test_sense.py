"""Kinds of sentences and sizes that no exercise book would print."""

from __future__ import annotations

import re
from fractions import Fraction
from random import Random

import pytest

from zoped.programs import Seed, builtin_seeds
from zoped.programs.acceptance import Acceptance, NotAccepted
from zoped.programs.formalizing.own_words import in_own_words
from zoped.programs.teachers.reader.lines import fields_told
from zoped.signatures import WrittenProblem, from_lines
from zoped.symbolic import (
    MutationRefused,
    SymbolicProblem,
    evaluate,
    mutate,
    operators,
    parse_expression,
    realize,
    solve,
)
from zoped.symbolic.niceness import exact_values, limit_of, uglier
from zoped.symbolic.operators.editing import needed
from zoped.symbolic.operators.quantity import amount, asked_quantity, quantity_of, vocabulary
from zoped.symbolic.wording.inflection import is_measure, number_text
from zoped.symbolic.wording.telling import Teller
from zoped.symbolic.wording.text_checks import numbers_in

SEEDS = {seed.id: seed for seed in builtin_seeds()}
TRIES = 12


def symbols(seed_id: str) -> SymbolicProblem:
    problem = SEEDS[seed_id].symbols
    assert problem is not None
    return problem


def mutants(seed_id: str, operator: str) -> list[SymbolicProblem]:
    made = []
    for seed in range(TRIES):
        try:
            made.append(mutate(symbols(seed_id), operator, seed=seed))
        except MutationRefused:
            continue
    return made


def texts(seed_id: str, operator: str) -> str:
    return " ".join(realize(p, i) for i, p in enumerate(mutants(seed_id, operator)))


@pytest.mark.parametrize("unit", ["kPa", "kJ", "kWh", "dm"])
def test_symbols_of_units_are_measures(unit):
    assert is_measure(unit)


@pytest.mark.parametrize("unit", ["fish", "sheep", "deer"])
def test_animals_are_counted_not_measured(unit):
    assert not is_measure(unit)


@pytest.mark.parametrize(
    ("seed_id", "noun"), [("gas-in-a-cylinder", "kPa"), ("handshakes", "hand")]
)
def test_what_has_no_two_kinds_is_not_told_in_two(seed_id, noun):
    for problem in mutants(seed_id, "split_given"):
        told = [c.statement or "" for c in problem.constraints]
        assert not any(" old and " in text and noun in text for text in told), told


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (Fraction(25, 3), "minute", "8 1/3"),
        (Fraction(2, 3), "cup of flour", "2/3"),
        (Fraction(7, 3), "", "7/3"),
        (Fraction(5, 2), "minute", "2.5"),
    ],
)
def test_measures_are_mixed_numbers_that_the_checks_read(value, unit, text):
    assert number_text(value, unit) == text
    assert numbers_in(f"It takes {text} of them.")[value] == 1


def test_a_share_of_what_are_replaced_is_an_amount_that_is():
    assert "that is replaced" in amount(asked_quantity(symbols("changing-the-coolant")))


@pytest.mark.parametrize(("seed_id", "word"), [("pens-buy-lose", "her"), ("money-left", "his")])
def test_what_is_left_is_nobodys_these(seed_id, word):
    problem = symbols(seed_id)
    quantity = asked_quantity(problem)
    words = vocabulary(problem, quantity, Random(0))
    assert words["these"] == words["this"] != "these"
    assert words["these"] in ("her", "his")


def test_what_was_only_gained_stays_these():
    problem = symbols("pens-given")
    assert vocabulary(problem, asked_quantity(problem), Random(0))["these"] == "these"


def test_an_angle_is_less_than_a_turn():
    for operator in ("multiply_step", "add_step"):
        for problem in mutants("bisectors", operator):
            assert 0 < exact_values(problem).known[str(problem.target)] < 360


def test_crowds_stay_of_the_originals_order():
    problem = symbols("remainder-one-each")
    huge = problem.replaced(
        variables=tuple(
            v.replaced(value=Fraction(n))
            if (n := {"a": 228, "b": 208, "c": 211}.get(v.name))
            else v
            for v in problem.variables
        )
    )
    assert uglier(huge, limit_of(problem))
    assert not uglier(problem, limit_of(problem))


def _sized(problem: SymbolicProblem, **values: int) -> SymbolicProblem:
    return problem.replaced(
        variables=tuple(
            v.replaced(value=Fraction(values[v.name])) if v.name in values else v
            for v in problem.variables
        )
    )


@pytest.mark.parametrize(
    ("seed_id", "values", "accepted"),
    [
        ("best-price", {"cost": 8, "most": 160, "less": 3}, False),  # 4624/3
        ("best-price", {"cost": 20, "most": 100, "less": 2}, True),
        ("open-box", {"sheet": 777}, False),  # 34747958
        ("open-box", {"sheet": 18}, True),
    ],
)
def test_least_and_greatest_values_are_nice_too(seed_id, values, accepted):
    seed: Seed = SEEDS[seed_id]
    changed = _sized(symbols(seed_id), **values)
    if accepted:
        assert Acceptance().new_answer(changed, "", seed)
    else:
        with pytest.raises(NotAccepted, match="implausible"):
            Acceptance().new_answer(changed, "", seed)


@pytest.mark.parametrize("seed_id", ["ball-off-a-table", "lamps-in-a-hall"])
def test_a_number_of_metres_is_not_told_as_a_count(seed_id):
    assert "he number of metres" not in texts(seed_id, "swap_unknown")
    assert "he number of kilowatt" not in texts(seed_id, "swap_unknown")


def test_a_sentence_that_brings_in_the_numbers_is_not_asked_for():
    for problem in mutants("consecutive-product", "swap_unknown"):
        assert str(problem.target) != "product"
        assert "two consecutive" in realize(problem, 0).lower()


def test_distractors_do_not_part_a_pronoun_from_its_noun():
    for problem in mutants("long-rectangle", "add_distractor"):
        at = next(i for i, v in enumerate(problem.variables) if v.distractor)
        after = problem.variables[at + 1 : at + 2]
        assert not any((v.clause or "").startswith(("Its ", "It ")) for v in after)


def test_distractors_need_their_thing_in_the_story():
    assert "The bag" not in texts("marbles-before", "add_distractor")
    assert "The shop" not in texts("vans-and-cars", "add_distractor")


def test_distractors_grow_little():
    for operator in ("grow_numbers", "three_digit_numbers"):
        for problem in mutants("pens-given", "add_distractor"):
            (extra,) = (v for v in problem.variables if v.distractor)
            try:
                grown = mutate(problem, operator, seed=1)
            except MutationRefused:
                continue
            assert grown.variable(extra.name).value <= extra.value * Fraction(3, 2)


def test_unnamed_numbers_are_not_compared():
    for problem in mutants("gcd-and-lcm", "compare_givens"):
        statements = " ".join(c.statement or "" for c in problem.constraints)
        assert "The one of" not in statements
        assert "than the greatest common divisor of two" not in statements


def test_counts_without_a_sentence_are_not_revealed():
    assert "number of ways to line up is" not in texts("two-want-together", "reveal_step")


def test_a_letter_is_no_person():
    problem = symbols("number-of-divisors")
    assert quantity_of(problem, problem.variable("divisors")).who == ""


def test_a_division_that_leaves_one_each_is_not_drawn():
    for operator in ("one_digit_numbers", "change_numbers"):
        for problem in mutants("plums-shared", operator):
            assert exact_values(problem).known[str(problem.target)] > 1


def test_a_quarter_of_the_percentage_is_the_least_drawn():
    for problem in mutants("more-water", "change_numbers"):
        for before in symbols("more-water").givens:
            if before.unit == "percent":
                now = problem.variable(before.name).value
                assert now is not None and before.value is not None and now * 5 >= before.value


def test_a_phrase_with_and_in_it_is_not_written_down_and_changed():
    simple = set()
    for problem in [*mutants("buttons-times", "divisor_step"), *mutants("outfits", "divisor_step")]:
        words = vocabulary(problem, asked_quantity(problem), Random(0))
        assert words["simple"] == ("" if " and " in words["phrase"] else words["phrase"])
        simple.add(bool(words["simple"]))
    assert simple == {True, False}


def test_a_later_time_does_not_part_the_question():
    told = texts("pen-price", "double_step") + texts("pen-price", "multiply_step")
    assert "a month later" in told and "later, " not in told.replace("A month later, ", "")


@pytest.mark.parametrize(
    ("seed_id", "claim"),
    [
        ("sum-of-squares", "s**2 >= 4*p"),  # otherwise there are no such numbers
        ("number-and-reciprocal", "s >= 2"),
        ("sum-and-difference", "small < large"),
        ("mean-equals-middle", "a <= b"),
        ("mean-equals-middle", "c <= d"),
        ("two-known-terms", "0 < d"),
        ("trend-line", "a < b"),
        ("gas-in-a-cylinder", "w < v"),  # "squeezed"
        ("gas-in-a-cylinder", "t < u"),  # "heated"
        ("up-and-down", "0 < x"),  # "higher in the end"
    ],
)
def test_what_the_text_claims_holds_with_other_numbers(seed_id, claim):
    relation = parse_expression(claim)
    told = 0
    for seed in range(60):
        operator = ("change_numbers", "two_digit_numbers", "swap_unknown+two_digit_numbers")[
            seed % 3
        ]
        try:
            problem = symbols(seed_id)
            for name in operator.split("+"):
                problem = mutate(problem, name, seed=seed)
        except MutationRefused:
            continue
        known = exact_values(problem).known
        if relation.symbols <= known.keys():
            told += 1
            assert evaluate(relation, {name: Fraction(known[name]) for name in relation.symbols})
    assert told


def test_what_relates_givens_alone_is_needed_too():
    problem = symbols("mean-equals-middle")
    assert needed(problem, problem.target).constraints == problem.constraints


class _Choosing(Random):
    """Chooses what stands at one place."""

    def __init__(self, place: int) -> None:
        super().__init__(0)
        self.place = place
        self.choices = 0

    def choice(self, options):
        self.choices = len(options)
        return options[self.place % len(options)]


def swapped(problem: SymbolicProblem) -> list[SymbolicProblem]:
    """The problem turned round in every way."""
    operator, made = operators()["swap_unknown"], []
    if not operator.applicable(problem):
        return []
    for place in range(len(problem.givens)):
        rng = _Choosing(place)
        try:
            changed = operator.apply(problem, rng)
        except MutationRefused:
            break
        if place < rng.choices:
            made.append(changed)
    return made


SENSELESS_QUESTION = re.compile(
    r"^(?:\w+ )?how many (?:does|do|did|is|are)\b(?! there)"  # how many of what?
    r"|\b(?:does|do|what is) (?:first|when|while)\b|, (?:the|it)\b"
    r"| and (?:\w+s|the)\b.* (?:rest|echo|second)\b"
    r"|^what (?:is|are) .* (?:ahead|behind|under|above|below)\b"
    r"|^how many \w+ (?:long|shorter|longer)? ?(?:is|does) (?:its|it) (?:shadow|get)\b|\btheir mean\b"
)


def test_every_question_turned_round_can_be_asked():
    asked = {
        f"{seed_id} {problem.target}": Teller(problem).question(indirect=False)
        for seed_id, seed in SEEDS.items()
        for problem in swapped(symbols(seed_id))
    }
    assert len(asked) > 190
    assert {k: q for k, q in asked.items() if SENSELESS_QUESTION.search(q)} == {}
    assert asked["either-hits p"] == "what is the probability that Ann hits"
    assert asked["catching-up gap"] == "how many km ahead of the car is the truck"
    assert asked["phone-plans rate_a"] == "how many dollars more does Plan A cost for each hour"
    assert "exam-and-homework w" not in asked and "number-taken-out k" not in asked


def test_no_wording_points_at_a_sentence_that_is_gone():
    for seed_id in SEEDS:
        for problem in swapped(symbols(seed_id)):
            for seed in range(4):
                text = realize(problem, seed)
                first = text if not problem.story else text.partition(". ")[2]
                if not problem.story:
                    assert not re.match(
                        r"(?:Its?|His|Her|S?he|They|Their|Then|After that)\b", first
                    ), text
                gone = re.search(r"\bHis sister\b|\bTo this\b|\b[Oo]f these\b", text)
                assert not gone, (seed_id, text)


def test_a_result_is_not_revealed_where_the_story_goes_with_its_numbers():
    for seed_id in (
        "nth-term",
        "sum-to-n",
        "last-digit",
        "age-later",
        "percent-sale",
        "clock-hands",
    ):
        for seed in range(6):
            try:
                longer = mutate(symbols(seed_id), "add_step", seed=seed)
            except MutationRefused:
                continue
            with pytest.raises(MutationRefused):
                mutate(longer, "reveal_step", seed=seed)


@pytest.mark.parametrize("operator", ["change_numbers", "grow_numbers"])
def test_parts_of_a_whole_stay_less_than_the_whole(operator):
    """ "The family spends 3.5 their budget on groceries and another 1/2 going out to eat." """
    text = "A family spends 0.6 of its budget on food and 0.2 of its budget on heating. What fraction of its budget is that?"
    lines = "food R+ = 0.6\nheat R+ = 0.2\nanswer R+ = ?\nanswer == food + heat\nfind answer"
    problem = in_own_words(
        WrittenProblem.model_validate(fields_told(from_lines(lines), text)).to_problem(), text
    )
    made = 0
    for seed in range(30):
        try:
            changed = mutate(problem, operator, seed=seed)
        except MutationRefused:
            continue
        made += 1
        assert all(0 < given.value < 1 for given in changed.givens)
        assert 0 < solve(changed).value <= 1
    assert made > 5


@pytest.mark.parametrize(
    ("seed_id", "names", "most"),
    [
        ("catching-up", ("three_digit_numbers", "grow_numbers", "change_numbers"), 250),
        ("bike-and-car", ("grow_numbers", "to_decimals", "change_numbers"), 250),
        ("speeding-up", ("grow_numbers", "round_numbers", "two_digit_numbers"), 70),
    ],
)
def test_a_car_is_no_aeroplane(seed_id, names, most):
    """A car at 400 km/h, and one that came to 282 m/s."""
    made = 0
    for first in names:
        for second in names:
            for seed in range(8):
                try:
                    once = mutate(symbols(seed_id), first, seed=seed)
                    changed = mutate(once, second, seed=seed)
                except MutationRefused:
                    continue
                known = exact_values(changed).known
                speeds = [known[v.name] for v in changed.variables if v.unit in ("km/h", "m/s")]
                assert max(speeds) <= most
                made += 1
    assert made
