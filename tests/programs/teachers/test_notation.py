"""The two notations: what is written is read back, and every step works with both."""

from __future__ import annotations

import asyncio
import json
from fractions import Fraction
from typing import Any

import dspy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.openai_server import API_KEY, openai_server
from tests.programs.scripted import SEEDS
from zoped.programs import GenerateProblem, Reason, builtin_seeds
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.load import load_teacher
from zoped.programs.teachers.notation import CompactAdapter, adapter_of
from zoped.signatures import (
    FormalizeProblem,
    WrittenProblem,
    WrittenVariable,
    as_lines,
    from_lines,
)
from zoped.signatures.language import language_text
from zoped.signatures.notation import DOMAINS
from zoped.symbolic import Domain, parse_expression
from zoped.symbolic.language.expression import CONSTANTS, FUNCTIONS, RELATIONS

names = st.from_regex(r"[a-z](?:_?[a-z0-9]){0,8}", fullmatch=True).filter(
    lambda name: name not in FUNCTIONS and name not in CONSTANTS
)
phrases = st.text(max_size=40).map(str)
numbers = st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=1000)


def _fits(value: Fraction) -> st.SearchStrategy[Domain]:
    return st.sampled_from([domain for domain in Domain if domain.contains(value)])


@st.composite
def problems(draw: st.DrawFn) -> WrittenProblem:
    variables = []
    for name in draw(st.lists(names, min_size=1, max_size=6, unique=True)):
        value = draw(st.none() | numbers)
        domain = draw(st.sampled_from(Domain) if value is None else _fits(value))
        variables.append(
            WrittenVariable(
                name=name,
                meaning=draw(phrases),
                unit=draw(phrases),
                domain=domain,
                value="" if value is None else str(value),
            )
        )
    known = [v.name for v in variables]
    terms = st.sampled_from(known) | numbers.map(lambda n: f"({n})")
    sums = st.recursive(
        terms,
        lambda part: (
            st.builds("({} {} {})".format, part, st.sampled_from("+-*"), part)
            | st.builds("min({}, {})".format, part, part)
        ),
        max_leaves=5,
    )
    relations = st.builds("{} {} {}".format, sums, st.sampled_from(RELATIONS), sums)
    written = {
        "variables": variables,
        "constraints": draw(st.lists(relations, max_size=4)),
        "target": draw(sums),
        "query": draw(st.sampled_from(["value", "count", "minimum", "maximum"])),
    }
    return WrittenProblem.of(WrittenProblem.model_validate(written).to_problem())


@given(problems())
@settings(max_examples=150, deadline=None)
def test_what_is_written_in_lines_is_read_back(problem: WrittenProblem) -> None:
    lines = as_lines(problem)
    assert WrittenProblem.model_validate(lines) == problem
    assert as_lines(problem.to_problem()) == lines


def test_every_seed_is_read_back_from_lines() -> None:
    for seed in builtin_seeds():
        problem = WrittenProblem.of(seed.symbols)
        assert WrittenProblem.model_validate(as_lines(seed.symbols)) == problem


def test_lines_are_read_as_models_write_them() -> None:
    written = """Here it is:
        ```
        - price R+ = $2,200.50 dollar per unit: what one costs
        * n = ?: how many
        half = 1 1/2 cup
        n = 3*price
        total Q = ?
        total >= n
        find the maximum of total
        ```"""
    fields = from_lines(written.partition("\n")[2])
    assert [v["name"] for v in fields["variables"]] == ["price", "n", "total"]
    assert fields["variables"][0] | {"domain": ""} == {
        "name": "price",
        "value": "$2,200.50",
        "unit": "dollar per unit",
        "meaning": "what one costs",
        "domain": "",
    }
    # Without a domain and a meaning it is a relation.
    assert fields["constraints"] == ["half = 1 1/2 cup", "n = 3*price", "total >= n"]
    assert (fields["query"], fields["target"]) == ("maximum", "total")


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("x Q = 3: a\nwell then\nfind x", "'well then' is no line of the notation"),
        ("x Q = 3: a\ny == x", "nothing is asked for"),
        ("x Q = 3: a\nfind x\nfind x", "one line asks"),
        ("x Q = 3: a\nx == __import__('os')\nfind x", "__import__"),
        ("x Q = 3: a\nx == 9**99999\nfind x", "exponent"),
    ],
)
def test_lines_that_cannot_be_read_are_told(lines: str, told: str) -> None:
    with pytest.raises(ValidationError, match="(?s)" + told):
        WrittenProblem.model_validate(lines)


def test_the_prompt_tells_the_whole_language_and_nothing_else() -> None:
    told = language_text()
    called = {name for name in FUNCTIONS if f"{name}(" in told}
    assert called == set(FUNCTIONS)
    for call in _calls(told):
        parse_expression(
            call.replace(", ...", "").replace("condition", "k > 1").replace("term", "k")
        )
    assert all(f"{name}" in told for name in (*CONSTANTS, *RELATIONS))
    assert set(DOMAINS) == set(Domain)
    assert told in FormalizeProblem.output_fields["formalization"].json_schema_extra["desc"]


def _calls(text: str) -> list[str]:
    listed = text.partition("functions alone: ")[2].partition(";")[0]
    return [call if call.endswith(")") else f"{call})" for call in listed.split("), ")]


def _server(replies: dict[str, str]) -> Any:
    def reply(body: dict[str, Any]) -> str:
        prompt = body["messages"][-1]["content"]
        asked = prompt[prompt.rindex("Respond with") :]
        return next(text for output, text in replies.items() if f"`{output}`" in asked)

    return openai_server(reply)


RIGHT, TOLD = SEEDS[1].symbols, "Respond with `formalization`, nothing else."


@pytest.mark.parametrize("notation", ["json", "compact"])
@pytest.mark.parametrize("awaited", [True, False])
def test_every_step_works_in_both_notations(notation: str, awaited: bool) -> None:
    text = SEEDS[1].text
    # A problem that is as it was is no rewrite.
    rewritten = RIGHT.replaced(
        variables=tuple(
            v.replaced(meaning="apples that remain") if v.name == "left" else v
            for v in RIGHT.variables
        )
    )
    replies: dict[str, Any] = {
        "formalization": as_lines(RIGHT),
        "rewritten": as_lines(rewritten),
        "text": text,
    }
    if notation == "json":
        fields, others = (WrittenProblem.of(p).model_dump(mode="json") for p in (RIGHT, rewritten))
        outputs = {"formalization": fields, "rewritten": others, "text": text}
        replies = {name: json.dumps({name: value}) for name, value in outputs.items()}
    replies["choice"] = json.dumps({"choice": {"operator": "change_numbers", "number": 0}})
    seed = SEEDS[1].model_copy(update={"symbols": None})
    other = SEEDS[0].model_copy(update={"symbols": None})
    with _server(replies) as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        teacher = TeacherCalls(lm.copy(num_retries=0), adapter=adapter_of(notation))
        program = GenerateProblem(mutation="rewrite", verbalization="teacher", variants=1)
        if awaited:
            made = asyncio.run(program.acall(seed=seed, teacher=teacher))
        else:
            made = program(seed=seed, teacher=teacher)
        assert [p.answer for p in made.accepted] == [SEEDS[1].answer]
        chosen = GenerateProblem(variants=2)(seed=seed, teacher=teacher)
        assert chosen.move == "change_numbers" and chosen.accepted
        failed = GenerateProblem()(seed=other, teacher=teacher)
        assert [r.reason for r in failed.rejected] == [Reason.WRONG_ANSWER]
        assert ("response_format" in server.requests[0]) == (notation == "json")
        assert any("response_format" in request for request in server.requests)


@pytest.mark.parametrize(
    "reply",
    [
        as_lines(RIGHT),
        f"[[ ## formalization ## ]]\n{as_lines(RIGHT)}\n\n[[ ## completed ## ]]",
        json.dumps({"formalization": WrittenProblem.of(RIGHT).model_dump(mode="json")}),
        f"```\n{as_lines(RIGHT)}\n```",
    ],
)
def test_a_compact_reply_may_have_a_frame(reply: str) -> None:
    with openai_server(lambda _: reply) as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        with dspy.context(lm=lm, adapter=CompactAdapter()):
            made = dspy.Predict(FormalizeProblem)(text="?", mistake="")
        assert made.formalization == WrittenProblem.of(RIGHT)
        with dspy.context(lm=lm, adapter=CompactAdapter()):
            program = GenerateProblem()
            program.formalize(text="?")
        [_system, *shown, last] = server.requests[-1]["messages"]
        assert "JSON" not in str(server.requests[-1]["messages"])
        assert last["content"].endswith(TOLD)
        assert shown[1]["content"].splitlines()[-1].startswith("find ")


def test_a_module_with_reasons_writes_lines_behind_them() -> None:
    reply = f"[[ ## reasoning ## ]]\nAs it says.\n\n[[ ## formalization ## ]]\n{as_lines(RIGHT)}"
    with openai_server(lambda _: reply) as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        with dspy.context(lm=lm, adapter=CompactAdapter()):
            made = dspy.ChainOfThought(FormalizeProblem)(text="?", mistake="")
    assert made.formalization == WrittenProblem.of(RIGHT)
