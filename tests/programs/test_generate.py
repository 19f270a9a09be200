"""GenerateProblem with real solving; the teacher is a scripted server behind a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy

import dspy
import pytest

from tests.openai_server import API_KEY, Reply, ScriptedServer, openai_server
from zoped.programs import (
    GenerateProblem,
    RandomOperators,
    Reason,
    Seed,
    TeacherError,
    builtin_seeds,
)
from zoped.programs.acceptance import Acceptance, NotAccepted
from zoped.programs.bulk.dataset import write_dataset
from zoped.programs.teachers.load import load_teacher
from zoped.signatures import ChooseMutation, WrittenProblem
from zoped.symbolic import SymbolicProblem, check_problem, instance_key

SEEDS = builtin_seeds()
SEED = SEEDS[0]  # Ann has 5 pens, Ben gives her 3
CHOICE = '{"choice": {"operator": "change_numbers", "number": 0}}'


class ShortChoice(ChooseMutation):  # type: ignore[misc]
    """Choose briefly."""


@contextmanager
def teacher(reply: Reply, adapter: dspy.Adapter | None = None) -> Iterator[ScriptedServer]:
    """A teacher that always replies the same, and is not asked twice when it fails."""
    with openai_server(lambda _: reply) as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        with dspy.context(lm=lm.copy(num_retries=0), adapter=adapter or dspy.JSONAdapter()):
            yield server


def test_without_a_teacher_operators_are_drawn_and_everything_is_verified() -> None:
    seen: set[str] = set()
    generate = RandomOperators(variants=4, random_seed=1)
    outcomes = [generate(seed, i, seen=seen) for i, seed in enumerate(SEEDS[:10])]
    accepted = [problem for outcome in outcomes for problem in outcome.accepted]
    assert len(accepted) > 20
    assert sum(outcome.teacher_calls for outcome in outcomes) == 0
    assert {problem.instance_key for problem in accepted} == seen
    assert len({problem.id for problem in accepted}) == len(accepted)
    for problem in accepted:
        check = check_problem(problem.symbols)
        assert (check.reason, check.solution.answer) == (None, problem.answer)
        assert instance_key(problem.symbols) == problem.instance_key
        assert problem.symbols.lineage.seed_id == problem.seed_id


def test_the_same_seed_and_stream_give_the_same() -> None:
    def outcome(random_seed: int, stream: int) -> tuple[object, object]:
        made = RandomOperators(random_seed=random_seed)(SEED, stream)
        return made.accepted, made.rejected

    assert outcome(0, 3) == outcome(0, 3)
    assert outcome(0, 3) != outcome(1, 3)


def test_one_decision_gives_several_problems() -> None:
    with teacher(CHOICE) as server:
        outcome = GenerateProblem(variants=8)(seed=SEED, student_note="solves 8 of 8")
    assert (outcome.move, outcome.teacher_calls, len(outcome.accepted)) == (
        "change_numbers",
        1,
        8,
    )
    assert len(server.requests) == 1
    assert "solves 8 of 8" in server.prompts()[0]


def test_the_schema_is_sent_closed_and_narrowed_to_what_applies() -> None:
    with teacher(CHOICE) as server:
        GenerateProblem()(seed=SEED)
        GenerateProblem()(seed=SEEDS[-1])
    systems = {request["messages"][0]["content"] for request in server.requests}
    assert len(systems) == 1  # a prompt cache holds it
    sent = server.requests[0]["response_format"]["json_schema"]["schema"]
    choice = sent["$defs"]["MutationChoice"]
    assert "swap_unknown" in choice["properties"]["operator"]["enum"]
    assert "remove_distractor" not in choice["properties"]["operator"]["enum"]
    assert choice["additionalProperties"] is False
    assert sorted(choice["required"]) == ["number", "operator"]


def test_an_operator_without_chance_still_gives_several_problems() -> None:
    with teacher('{"choice": {"operator": "double_step", "number": 0}}'):
        accepted = GenerateProblem(variants=4)(seed=SEED).accepted
    assert len({problem.answer for problem in accepted}) > 1


def test_the_teachers_number_is_moved_into_the_limits() -> None:
    with teacher('{"choice": {"operator": "multiply_step", "number": 90}}'):
        accepted = GenerateProblem(variants=1)(seed=SEED).accepted
    assert (accepted[0].arguments, accepted[0].answer) == ({"times": 9}, "72")


@pytest.mark.parametrize(
    "reply",
    [
        "",
        "certainly!",
        "{}",
        "[1, 2]",
        "null",
        '{"choice": "add_step"}',
        '{"choice": {"operator": "no_such", "number": 0}}',
        '{"choice": {"operator": "add_step", "number": -1}}',
        '{"choice": {"operator": "add_step", "number": 1e400}}',
        '{"choice": ' + "[" * 5000,
        '{"choice": {"operator": "add_step", "number": 2',
    ],
)
@pytest.mark.parametrize("adapter", [dspy.JSONAdapter(), dspy.ChatAdapter()])
def test_a_malformed_reply_is_a_rejection(reply: str, adapter: dspy.Adapter) -> None:
    with teacher(reply, adapter):
        outcome = GenerateProblem()(seed=SEED)
    reasons = {rejection.reason for rejection in outcome.rejected}
    # json_repair may save a reply that only lacks its end.
    assert reasons == {Reason.MALFORMED} or outcome.accepted
    assert outcome.teacher_calls >= 1


def test_a_failing_teacher_is_a_rejection_and_then_an_error() -> None:
    program = GenerateProblem()
    with teacher(500):
        for _ in range(3):
            assert program(seed=SEED).rejected[0].reason is Reason.TEACHER_ERROR
        with pytest.raises(TeacherError, match="4 times in a row"):
            program(seed=SEED)


def test_without_any_teacher_it_says_what_to_do() -> None:
    with dspy.context(lm=None), pytest.raises(TeacherError, match="load_teacher"):
        GenerateProblem()(seed=SEED)


def test_a_rewrite_is_solved_and_varied() -> None:
    written = WrittenProblem.of(SEEDS[1].symbols).model_dump(mode="json")
    with teacher(json.dumps({"rewritten": written})):
        outcome = GenerateProblem(mutation="rewrite", strategies=(), variants=4)(seed=SEED)
    assert outcome.move == "rewrite"
    assert outcome.accepted[0].answer == SEEDS[1].answer
    assert len(outcome.accepted) > 1
    assert {problem.seed_id for problem in outcome.accepted} == {SEED.id}


@pytest.mark.parametrize("price", ["7/3", "13/11", "2.345"])
def test_a_rewrite_is_no_uglier_than_the_seed(price: str) -> None:
    def pens(price: str) -> SymbolicProblem:
        return SymbolicProblem.model_validate(
            {
                "variables": [
                    {"name": "n", "meaning": "pens", "unit": "pen", "value": 6},
                    {"name": "p", "meaning": "price of a pen", "unit": "dollar", "value": price},
                    {"name": "cost", "meaning": "cost of the pens", "unit": "dollar"},
                ],
                "constraints": ["cost == n*p"],
                "target": "cost",
            }
        )

    judge = Acceptance()
    judge.rewrite(pens("4"), pens("3"))
    with pytest.raises(NotAccepted) as why:
        judge.rewrite(pens(price), pens("3"))
    assert why.value.reason is Reason.IMPLAUSIBLE


def test_a_rewrite_with_two_answers_is_rejected() -> None:
    written = {
        "variables": [
            {"name": "x", "meaning": "a number", "unit": "", "domain": "integer", "value": ""}
        ],
        "constraints": ["x**2 == 9"],
        "target": "x",
        "query": "value",
    }
    with teacher(json.dumps({"rewritten": written})):
        outcome = GenerateProblem(mutation="rewrite")(seed=SEED)
    assert [r.reason for r in outcome.rejected] == [Reason.MANY_SOLUTIONS]


@pytest.mark.parametrize("formula", ["__import__('os')", "x == 9**9**9", "x ==", "y == 1"])
def test_hostile_formulas_are_malformed(formula: str) -> None:
    written = WrittenProblem.of(SEED.symbols).model_dump(mode="json") | {"constraints": [formula]}
    with teacher(json.dumps({"rewritten": written})):
        outcome = GenerateProblem(mutation="rewrite")(seed=SEED)
    assert outcome.accepted == []
    assert len(outcome.rejected) == 1


def test_a_text_by_the_teacher_must_state_its_givens_and_read_back() -> None:
    right = WrittenProblem.of(SEED.symbols).model_dump(mode="json")

    def reply(body: dict[str, object]) -> str:
        prompt = str(body["messages"])
        if "`formalization`" in prompt:
            return json.dumps({"formalization": right})
        if "`draft`" in prompt:
            return json.dumps({"text": texts.pop(0)})
        return '{"choice": {"operator": "change_numbers", "number": 0}}'

    texts = ["Ann has some pens. How many?", "How many pens has Ann?"]
    with openai_server(reply) as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
            outcome = GenerateProblem(verbalization="teacher", variants=2)(seed=SEED)
            assert {r.reason for r in outcome.rejected} == {Reason.MISSING_GIVEN}
            assert outcome.teacher_calls == 3

            program = GenerateProblem(verbalization="teacher", variants=1)
            symbols = GenerateProblem(variants=1)(seed=SEED).accepted[0].symbols
            givens = ", ".join(str(v.value) for v in symbols.givens)
            texts = [f"Ann has these pens: {givens}. How many in all?"]
            outcome = program(seed=SEED)
            # The scripted formalization is the seed's, with the seed's answer.
            assert [r.reason for r in outcome.rejected] == [Reason.ROUND_TRIP]


@pytest.mark.parametrize("answer, reasons", [("8", set()), ("9", {Reason.WRONG_ANSWER})])
def test_a_seed_without_symbols_is_formalized_and_solved(answer: str, reasons: set[Reason]) -> None:
    seed = Seed(id="s", text=SEED.text, answer=answer)
    written = WrittenProblem.of(SEED.symbols).model_dump(mode="json")
    formalization = json.dumps({"formalization": written})

    def reply(body: dict[str, object]) -> str:
        return formalization if "`formalization`" in str(body["messages"]) else CHOICE

    with openai_server(reply) as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
            outcome = GenerateProblem(variants=2)(seed=seed)
    assert {r.reason for r in outcome.rejected} == reasons
    assert (outcome.symbols is None) == (not outcome.accepted) == bool(reasons)
    assert outcome.teacher_calls == (4 if reasons else 2)


def test_what_was_seen_is_not_made_again() -> None:
    seen: set[str] = set()
    with teacher(CHOICE):
        GenerateProblem()(seed=SEED, seen=seen)
        again = GenerateProblem()(seed=SEED, seen=seen)
    assert len(seen) == 8 + len(again.accepted)


def test_contaminated_text_is_rejected() -> None:
    outcome = RandomOperators(variants=2, is_contaminated=lambda text: True)(SEED, 5)
    assert outcome.accepted == []
    assert Reason.CONTAMINATED in {r.reason for r in outcome.rejected}


def test_copies_and_saved_programs_keep_prompts(tmp_path) -> None:
    program = GenerateProblem()
    assert [name for name, _ in program.named_predictors()] == [
        "formalize.predict",
        "mutate.choose",
        "mutate.rewrite",
        "verbalize.predict",
    ]
    copy = deepcopy(program)
    choose = copy.mutate.choose
    choose.signature = choose.signature.with_instructions("Prefer small steps.")
    fields = copy.mutate.inputs(SEED, "note")
    choose.demos = [{**fields, "choice": {"operator": "add_step", "number": 3}}]
    copy.save(tmp_path / "program.json")
    loaded = GenerateProblem()
    loaded.load(tmp_path / "program.json")
    with teacher(CHOICE) as server:
        assert loaded(seed=SEED).accepted
        messages = server.requests[0]["messages"]
    assert "Prefer small steps." in messages[0]["content"]
    assert "add_step" in messages[2]["content"]
    assert "Prefer" not in program.mutate.choose.signature.instructions


def test_the_trace_has_the_decision() -> None:
    with teacher(CHOICE), dspy.context(trace=[]):
        program = GenerateProblem()
        program(seed=SEED, student_note="note")
        predictor, inputs, outputs = dspy.settings.trace[-1]
    assert predictor is program.mutate.choose
    assert inputs == program.mutate.inputs(SEED, "note")
    assert outputs.choice.operator == "change_numbers"


def test_signatures_are_replaced_by_class_or_path() -> None:
    path = "zoped.signatures.choose_mutation.ChooseMutation"
    assert GenerateProblem(signatures={"mutate": path})
    with teacher(CHOICE) as server:
        GenerateProblem(signatures={"mutate": ShortChoice})(seed=SEED)
    assert "Choose briefly." in server.requests[0]["messages"][0]["content"]


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"mutation": "magic"}, "there are operators, rewrite, both"),
        ({"signatures": {"guess": ShortChoice}}, "there are formalize, mutate"),
        ({"signatures": {"mutate": "no.such.Thing"}}, "no signature 'no.such.Thing'"),
        ({"signatures": {"mutate": dspy.Signature("a -> b")}}, "has no output choice"),
        ({"signatures": {"mutate": int}}, "not a dspy.Signature"),
        ({"signatures": {"mutate": dspy.Module()}}, "Module has no forward; write `def forward"),
        ({"variants": 0}, "at least 1"),
    ],
)
def test_wrong_settings_are_told(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GenerateProblem(**arguments)


def test_generated_problems_become_a_dataset(tmp_path) -> None:
    from datasets import load_dataset

    accepted = RandomOperators(variants=2)(SEED, 1).accepted
    lines = tmp_path / "problems.jsonl"
    lines.write_text("".join(f"{problem.model_dump_json()}\n" for problem in accepted))
    write_dataset(lines, tmp_path / "set")
    rows = load_dataset(str(tmp_path / "set"), split="train", cache_dir=str(tmp_path / "cache"))
    assert [row["answer"] for row in rows] == [problem.answer for problem in accepted]
    lines.write_text('{"id": 1}\n')
    with pytest.raises(ValueError, match=r"problems\.jsonl:1: not a generated problem"):
        write_dataset(lines, tmp_path / "set")
