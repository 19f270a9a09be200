"""Seed files: the built-in ones are right, a user's are read or refused line by line."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import pytest

from tests.published import published
from zoped.evals.held_out import OLDEST
from zoped.programs import SeedError, builtin_seeds, check_seeds, load_seeds
from zoped.programs.seeds import answers, is_constant, read_answer, same_number
from zoped.symbolic import (
    SymbolicProblem,
    check_problem,
    evaluate,
    fingerprint,
    parse_expression,
)
from zoped.symbolic.problem import TOPICS
from zoped.symbolic.wording.telling import Teller
from zoped.symbolic.wording.text_checks import missing_givens, states_answer

SEEDS = builtin_seeds()
FORM = {"text": "Ann has 2 pens and buys 3. How many now?", "answer": "5"}
GOOD = {"id": "one", **FORM}


def write(tmp_path: Path, *rows: object) -> Path:
    path = tmp_path / "seeds.jsonl"
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.id)
def test_every_builtin_seed_has_one_answer_and_it_is_the_stated_one(seed):
    check = check_problem(seed.symbols)
    assert check.reason is None, check.detail
    assert check.solution.answer == seed.answer


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.id)
def test_every_builtin_text_states_the_givens_and_keeps_the_answer(seed):
    assert not states_answer(seed.text, seed.answer, seed.symbols)
    worded = {"gap": "consecutive"}  # a given told by a word of its own
    missing = missing_givens(seed.symbols, seed.text)
    assert [name for name in missing if worded.get(name, "#") not in seed.text] == []
    assert seed.text.count("?") == 1


def test_the_builtin_set_is_broad_and_has_easy_and_hard_ones():
    assert len(SEEDS) >= 200
    assert len({seed.id for seed in SEEDS}) == len({seed.text for seed in SEEDS}) == len(SEEDS)
    topics = Counter(seed.topic for seed in SEEDS)
    assert set(topics) == set(TOPICS) and len(topics) >= 21
    assert topics["physics"] + topics["statistics"] >= 40
    science = ("physics", "statistics")
    hard = [s for s in SEEDS if s.level == "competition" and s.topic not in science]
    assert len(hard) >= 60
    assert {seed.level for seed in SEEDS} == {"school", "competition"}
    assert len({fingerprint(seed.symbols) for seed in SEEDS}) >= 170
    small = [seed for seed in SEEDS if _is_small(seed)]
    assert len(small) >= 34


def test_the_oldest_seeds_stay_what_the_held_out_problems_are_made_from():
    ids = "\n".join(seed.id for seed in SEEDS[:OLDEST])
    assert sha256(ids.encode()).hexdigest()[:16] == "6f967c3293f95aa4"


@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.id)
def test_every_sentence_of_a_builtin_seed_has_three_wordings(seed):
    told = [Teller(in_wording(seed.symbols, number)) for number in range(3)]
    sentences = [[said.text for said in teller.sentences()] for teller in told]
    questions = [teller.question(indirect=False) for teller in told]
    assert len({len(each) for each in sentences}) == 1
    for wordings in [*zip(*sentences, strict=True), questions]:
        assert len(set(wordings)) == 3, wordings


def in_wording(problem: SymbolicProblem, number: int) -> SymbolicProblem:
    """The problem with that wording of each sentence alone, the first where there are fewer."""

    def chosen(first, others):
        return (first, *others)[number] if number <= len(others) else first

    return problem.replaced(
        variables=tuple(
            v.replaced(clause=chosen(v.clause, v.other_clauses)) for v in problem.variables
        ),
        constraints=tuple(
            c.replaced(statement=chosen(c.statement, c.other_statements))
            for c in problem.constraints
        ),
        story=chosen(problem.story, problem.other_stories),
        questions=problem.questions[number : number + 1],
    )


def _is_small(seed):
    """Within reach of a tiny student: whole numbers, two steps, an answer below 100."""
    numbers = [v.value for v in seed.symbols.givens]
    operations = sum(
        str(c.relation).count(sign) for c in seed.symbols.constraints for sign in "+-*/"
    )
    answer = parse_expression(seed.answer)
    if answer.symbols or "pi" in seed.answer:
        return False
    return (
        all(v.denominator == 1 and v <= 20 for v in numbers)
        and operations <= 2
        and evaluate(answer, {}) < 100
        and seed.topic in ("arithmetic", "money", "age", "geometry", "rate")
    )


def test_text_and_answer_are_enough(tmp_path):
    path = write(
        tmp_path,
        {"text": "What is 1 + 1?", "answer": 2},
        {"question": "What is 3 + 4?", "answer": "It is <<3+4=7>>7\n#### 7", "license": "MIT"},
    )
    seeds = load_seeds(path)
    assert [seed.answer for seed in seeds] == ["2", "7"]
    assert [seed.id for seed in seeds] == ["seeds-1", "seeds-2"]
    assert check_seeds(path) == []


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('{"text": "a"', "not valid JSON"),
        ("[1, 2]", "a seed is a JSON object, not list"),
        ({"txt": "a", "answer": "1"}, "unknown field 'txt'; did you mean 'text'?"),
        ({"text": "a"}, "no 'answer'"),
        ({"text": "a", "question": "a", "answer": "1"}, "both 'text' and 'question' are given"),
        ({"answer": "1"}, "no 'text'"),
        ({"text": " ", "answer": "1"}, "text: the text is empty"),
        ({"text": "a", "answer": "7 apples"}, "answer '7 apples' is not a number; write '7'"),
        ({"text": "a", "answer": "$1,200"}, "answer '$1,200' is not a number; write '1200'"),
        ({"text": "a", "answer": "x"}, "answer 'x' is not a number"),
        ({"text": "a", "answer": None}, "answer None is not a number"),
        ({"text": "a", "answer": [5]}, "answer [5] is a list; write '5'"),
        ({"text": "a", "answer": [1, 2]}, "write '1; 2' where any one of them is right"),
        ({"text": "a", "answer": "9**9**9**9"}, "answer '9**9**9**9' cannot be computed: the exp"),
        ({"text": "a", "answer": "sqrt(2) + 9**9**9"}, "cannot be computed"),
        ({"text": "a", "answer": "3; sqrt(-1)"}, "cannot be computed: a root of -1 is not real"),
        (
            {**FORM, "symbols": {"variables": [{"name": "x", "domain": "whole"}], "target": "x"}},
            "symbols.variables.0.domain",
        ),
        (
            {**FORM, "symbols": {"variables": [{"name": "x"}], "target": "y"}},
            "symbols: y uses y, which is not defined",
        ),
        (
            {
                **FORM,
                "symbols": {
                    "variables": [{"name": "x"}],
                    "constraints": ["x == 2 + 4"],
                    "target": "x",
                },
            },
            "the symbolic problem's answer is 6, not 5",
        ),
        (
            {
                **FORM,
                "symbols": {
                    "variables": [{"name": "x"}],
                    "constraints": ["x**2 == 25"],
                    "target": "x",
                },
            },
            "many",
        ),
    ],
)
def test_a_bad_line_is_named_with_what_would_be_right(tmp_path, row, message):
    path = write(tmp_path, GOOD, row)
    (fault,) = check_seeds(path)
    assert fault.line == 2
    assert message in fault.message


def test_the_same_number_may_be_written_in_another_way(tmp_path):
    problem = {
        "variables": [{"name": "x", "domain": "positive_real"}],
        "constraints": ["x**2 - 4*x - 1 == 0"],
        "target": "x",
    }
    rows = [{**FORM, "answer": answer, "symbols": problem} for answer in ("2 + sqrt(5)", "4.2")]
    (fault,) = check_seeds(write(tmp_path, *rows))
    assert fault.line == 2


def test_every_bad_line_is_reported_and_blank_lines_are_not(tmp_path):
    path = write(tmp_path, GOOD, "", {**GOOD, "answer": "?"}, GOOD)
    assert [fault.line for fault in check_seeds(path)] == [3, 4]
    assert "already used in line 1" in check_seeds(path)[1].message


def test_loading_stops_at_the_first_bad_line_with_its_place(tmp_path):
    path = write(tmp_path, GOOD, {"text": "a", "answer": "7 apples"})
    with pytest.raises(SeedError, match=r"seeds\.jsonl:2: answer '7 apples' is not a number"):
        load_seeds(path)


def test_a_missing_or_empty_or_binary_file_is_an_error(tmp_path):
    with pytest.raises(SeedError, match="No such file"):
        load_seeds(tmp_path / "none.jsonl")
    with pytest.raises(SeedError, match="no seeds in it"):
        load_seeds(write(tmp_path))
    (tmp_path / "b.jsonl").write_bytes(b"{}\n\xff\xfe\x00")
    with pytest.raises(SeedError, match="line 2 is not UTF-8 text; save the file as UTF-8"):
        check_seeds(tmp_path / "b.jsonl")


def test_several_values_are_several_right_answers(tmp_path):
    (seed,) = load_seeds(write(tmp_path, {**GOOD, "answer": "12; 22"}))
    assert seed.answers == ("12", "22")


def test_answers_are_numbers_of_the_expression_language():
    assert read_answer("3/4") == "3/4"
    assert read_answer("9*pi") == "9*pi"
    assert read_answer("so #### 1,200") == "1200"
    for latex, exact in (
        (r"\frac{3}{4}", "3/4"),
        (r"$12$", "12"),
        (r"2\sqrt{3}", "2*sqrt(3)"),
        (r"3\frac{1}{2}; \dfrac12", "7/2;1/2"),
    ):
        assert read_answer(latex) == exact
    for other in (r"\text{(B)}", r"50\%", "$1,200", r"\frac{x}{2}"):
        with pytest.raises(ValueError, match="is not a number"):
            read_answer(other)
    with pytest.raises(ValueError, match="write '-3'"):
        read_answer("-3 degrees")


@pytest.mark.parametrize("name", ["gsm8k/test", "svamp/test", "alg514/train", "draw1k/train"])
def test_real_data_sets_are_read_as_they_are(name):
    path = published(f"{name}.jsonl")
    seeds = load_seeds(path)
    assert len(seeds) == len(path.read_text(encoding="utf-8").splitlines())


def test_a_name_that_speaks_of_a_value_which_is_not_given_is_told(tmp_path: Path) -> None:
    symbols = {
        "variables": [{"name": "n", "meaning": "multiples of {d}", "value": 3}, {"name": "x"}],
        "constraints": ["x == 2*n"],
        "target": "x",
    }
    path = tmp_path / "s.jsonl"
    path.write_text(json.dumps({"text": "Twice 3?", "answer": "6", "symbols": symbols}))
    [fault] = check_seeds(path)
    assert "symbols: a sentence has {d}, which is no given; there are {n}" in fault.message


def _sum(terms: Iterable[object]) -> str:
    return " + ".join(map(str, terms))


# Numbers at the limits of the language, and what is hardly one.
NUMBERS = [
    _sum(range(1, 41)),
    _sum(f"sqrt({n})" for n in range(2, 12)),
    "(" * 39 + "sqrt(7)" + ")" * 39,
    _sum("9" * 40 for _ in range(40)),
    "1/(1 - 1)",
    "is_prime(7)",
    "7 if 2 > 1 else 3",
]
NO_NUMBERS = ["2 + 3 == 5", "1 < 2 < 3", "not 1 == 2", "(1 == 1)"]


@pytest.mark.parametrize("written", [*NUMBERS, *NO_NUMBERS])
def test_whatever_is_read_as_a_number_can_be_compared(written: str) -> None:
    assert is_constant(written) == (written in NUMBERS)
    for other in ("2.6", NUMBERS[0]) if is_constant(written) else ():
        assert {same_number(written, other), answers(written, other)} <= {True, False}
        assert {same_number(other, written), answers(other, written)} <= {True, False}


def test_long_sums_are_the_same_numbers_however_they_are_ordered() -> None:
    assert same_number(NUMBERS[0], _sum(range(40, 0, -1))) and same_number(NUMBERS[0], "820")
    assert not same_number(NUMBERS[0], "821")
    assert answers(f"{_sum(range(1, 41))} + 2/3", "820.67")


# Words of a question that decide the answer: they have to be said elsewhere too, for a new step
# asks another question. "at all" stands for "for which there are rows at all".
_CONDITION = re.compile(r"\b(?:if|at all|shortest|for ever|any|included|empty)\b")
_QUALIFIER = re.compile(r"\b(?:until|sure|least|most|largest|shortest|both|exactly)\b")


def test_what_decides_the_answer_is_not_said_in_the_question_alone():
    left = []
    for seed in SEEDS:
        problem = seed.symbols
        if problem.query != "value":
            continue
        said = " . ".join(
            [problem.story]
            + [f"{v.meaning} . {v.clause or ''}" for v in problem.variables]
            + [" . ".join((c.statement or "", *c.other_statements)) for c in problem.constraints]
        )
        for question in problem.questions:
            words = set(_CONDITION.findall(question)) - set(_CONDITION.findall(said))
            left += [(seed.id, word) for word in words]
    in_other_words = [("either-hits", "at all"), ("remainder-one-each", "if")]
    assert sorted(set(left)) == in_other_words


def test_what_is_asked_is_told_as_fully_as_it_is_meant():
    """Told the other way round, "Tom takes 9 socks" would not say that he has to."""
    for seed in SEEDS:
        for v in seed.symbols.variables:
            if v.name in seed.symbols.target.symbols and v.clause and seed.symbols.query == "value":
                said = v.clause.replace("after #", "until")
                missing = set(_QUALIFIER.findall(v.meaning)) - set(_QUALIFIER.findall(said))
                assert not missing - ({"both"} if "lans" in v.clause else set()), seed.id
