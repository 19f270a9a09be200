"""Several wordings of a sentence: each is told, none is left over when what it says has changed."""

import pytest
from pydantic import ValidationError

from zoped.symbolic import Constraint, SymbolicProblem, Variable, mutate, parse_expression, realize
from zoped.symbolic.wording.wordings import first_wording

KEYS = SymbolicProblem(
    variables=(
        Variable(
            name="kim",
            unit="key",
            value=6,
            clause="Kim [has] # keys",
            other_clauses=("Kim [owns] # keys", "In her bag, Kim [has] # keys"),
        ),
        Variable(name="more", value=1),
        Variable(
            name="lou",
            unit="key",
            clause="Lou [has] # keys",
            other_clauses=("Lou [owns] # keys",),
        ),
    ),
    constraints=(
        Constraint(
            relation="lou == kim + more",
            statement="Lou has {more} more keys than Kim.",
            other_statements=("That is {more} fewer than Lou.",),
        ),
    ),
    target="lou",
    story="They live in a big house.",
    other_stories=("Their house is big.",),
    questions=("How many keys are Lou's?", "What is the number of keys that Lou has?"),
)


def texts(problem: SymbolicProblem) -> set[str]:
    return {realize(problem, seed) for seed in range(300)}


def test_every_wording_is_told_and_every_combination_once():
    found = {text for text in texts(KEYS) if " and " not in text}
    assert len(found) == 2 * 3 * 2 * 2
    assert (
        "Their house is big. In her bag, Kim has 6 keys. That is 1 fewer than Lou. "
        "How many keys are Lou's?"
    ) in found


def test_the_first_wording_is_what_the_rules_make_of_the_first_sentences():
    assert {text for text in texts(first_wording(KEYS)) if " and " not in text} == {
        f"They live in a big house. Kim has 6 keys. Lou has 1 more key than Kim. {question} {ends}?"
        for question, ends in (
            ("How many keys does", "Lou have"),
            ("Can you find how many keys", "Lou has"),
        )
    }


def test_a_problem_with_wordings_survives_json():
    assert SymbolicProblem.model_validate_json(KEYS.model_dump_json()) == KEYS


def test_another_question_is_made_by_rules():
    changed = KEYS.replaced(target=parse_expression("lou + kim"))
    assert changed.questions == ()
    assert all("the sum of" in text for text in texts(changed))


def test_a_changed_clause_statement_or_story_has_no_other_wordings_left():
    kim = KEYS.variable("kim").replaced(clause="Kim [finds] # keys")
    said = KEYS.constraints[0].replaced(statement="Lou has {more} keys more.")
    changed = KEYS.replaced(
        variables=(kim, *KEYS.variables[1:]), constraints=(said,), story="They meet."
    )
    for text in texts(changed):
        assert text.startswith("They meet. Kim finds 6 keys")
        assert "ou has 1 key more" in text


def test_a_question_with_a_value_that_is_no_longer_given_is_not_asked():
    problem = SymbolicProblem(
        variables=(
            Variable(name="n", meaning="last number", value=9),
            Variable(name="total", meaning="the sum"),
        ),
        constraints=(Constraint(relation="total == n*(n + 1)/2", statement=""),),
        target="total",
        questions=("What is the sum of the whole numbers from 1 to {n}?",),
    )
    assert texts(problem) == {"What is the sum of the whole numbers from 1 to 9?"}
    hidden = problem.replaced(
        variables=(problem.variables[0].replaced(value=None), problem.variables[1])
    )
    assert all(text.endswith("What is the sum?") for text in texts(hidden))


def test_operators_keep_the_wordings_of_what_they_leave_alone():
    changed = mutate(KEYS, "swap_unknown", seed=1)
    assert changed.target == parse_expression("kim")
    assert all(text.endswith("does Kim have?") for text in texts(changed) if "Can" not in text)
    numbers = mutate(KEYS, "two_digit_numbers", seed=1)
    assert numbers.questions == KEYS.questions
    assert len({text.split(". ")[-1] for text in texts(numbers)}) == 2


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"other_clauses": ["Kim [has] keys"]}, "one .verb. and one #"),
        ({"clause": None, "other_clauses": ["Kim [has] # keys"]}, "needs a clause"),
    ],
)
def test_a_wrong_other_clause_is_named(part, message):
    with pytest.raises(ValidationError, match=message):
        Variable.model_validate({"name": "kim", "clause": "Kim [has] # keys", **part})


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"statement": "", "other_statements": ["So."]}, "needs a statement"),
        ({"statement": "It is {a}.", "other_statements": ["So."]}, "the same slots"),
    ],
)
def test_a_wrong_other_statement_is_named(part, message):
    with pytest.raises(ValidationError, match=message):
        Constraint.model_validate({"relation": "a == 2", **part})


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"other_stories": ["So."]}, "needs a story"),
        ({"questions": ["What is {b}?"]}, "value of b, which is no given"),
        ({"questions": ["What is it? Say."]}, "only question mark"),
        ({"questions": ["What is it?", "What is {a}?"]}, "the same slots"),
    ],
)
def test_a_wrong_question_or_story_is_named(part, message):
    variables = [{"name": "a", "value": 2}, {"name": "b"}]
    row = {"variables": variables, "constraints": ["b == a"], "target": "b", **part}
    with pytest.raises(ValidationError, match=message):
        SymbolicProblem.model_validate(row)
