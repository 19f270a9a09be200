"""The shortest lines, the numbers of a text, and the adapter that asks the reader."""

from __future__ import annotations

import asyncio
from itertools import permutations

import dspy
import pytest
from dspy.utils.exceptions import AdapterParseError

from tests.openai_server import API_KEY, openai_server
from zoped.programs import Formalize, Verbalize, builtin_seeds
from zoped.programs.formalizing.told import names_of, told_quantities
from zoped.programs.teachers.abilities import require_able
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.errors import TeacherError
from zoped.programs.teachers.load import load_teacher
from zoped.programs.teachers.notation import adapter_of
from zoped.programs.teachers.reader.lines import fields_told, short_lines, with_forgotten
from zoped.signatures import FormalizeProblem, WrittenProblem, as_lines, from_lines
from zoped.symbolic import solve

TEXT = "Ann has 5 red pens and 12 books. She gives 3 of the pens away for $2.50. How many pens has she?"
LINES = "pens N = 5\npens2 N = 3\nanswer Q = ?\nanswer == pens - pens2\nfind answer"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (TEXT, ["pens", "books", "pens2", "dollars"]),
        ("He saves 20% of his $1,200.", ["percent", "dollars"]),
        ("A rope of 40 feet, then 12 more.", ["feet", "feet2"]),
        ("Ben has 3 times as many as 7 children.", ["times", "children"]),
        ("Is 7 a prime?", ["number"]),
        ("It falls by 9.8 m/s^2 for 3 seconds.", ["m", "seconds"]),
        ("The answer 4 is not 5 answers.", ["number", "answers"]),
        ("", []),
    ],
)
def test_a_number_is_called_by_what_is_counted(text, names):
    assert names_of([told for told in told_quantities(text) if told.written]) == names


def test_places_and_digits_of_the_numbers():
    told = [t for t in told_quantities(TEXT) if t.written]
    assert [t.written for t in told] == ["5", "12", "3", "2.50"]
    assert [TEXT[t.start : t.end] for t in told] == ["5", "12", "3", "$2.50"]


def test_the_shortest_lines_of_the_builtin_seeds_have_their_answers():
    count = 0
    for seed in builtin_seeds()[:120]:
        lines = short_lines(seed.symbols) if seed.symbols else None
        if lines is not None:
            read = WrittenProblem.model_validate(lines).to_problem()
            assert solve(read).answer == solve(seed.symbols).answer, lines
            count += 1
    assert count > 60


def test_digits_without_a_whole_part_are_read_as_they_are_meant():
    told = told_quantities("A word costs $.50, a mile .05 dollars, a pound $1.25.")
    assert [(t.written, float(t.values[0])) for t in told] == [
        ("0.50", 0.5),
        ("0.05", 0.05),
        ("1.25", 1.25),
    ]


def test_what_is_worked_out_on_the_way_is_put_in_whatever_the_order():
    lines = (
        "start N = 9\nmore N = 4\nless N = 3\nnow N = ?\nleft N = ?\nend N = ?\n"
        "end == left*2\nleft == now - less\nnow == start + more\nfind end"
    )
    relations = lines.split("\n")[6:9]
    for order in permutations(relations):
        text = lines.replace("\n".join(relations), "\n".join(order))
        short = short_lines(WrittenProblem.model_validate(text).to_problem())
        assert short is not None
        assert [line for line in short.split("\n") if "==" in line] == [
            "answer == (start + more - less)*2"
        ]


def test_the_reader_is_asked_by_the_task_and_the_text_alone():
    with openai_server(lambda body: LINES) as server:
        lm = dspy.LM(
            "openai/scripted", api_base=server.url, api_key=API_KEY, engine="litellm", cache=False
        )
        teacher = TeacherCalls(lm, adapter=adapter_of("short"))
        symbols = teacher.ask(Formalize(), key="1", text=TEXT).symbols
        sent = server.requests[-1]
    assert [message["content"] for message in sent["messages"]] == ["formalize", TEXT]
    assert "root ::=" in sent["grammar"]
    assert [(v.name, v.value, v.unit) for v in symbols.givens] == [
        ("pens", 5, "pen"),
        ("pens2", 3, "pen"),
    ]
    assert solve(symbols).answer == "2"


def test_a_decimal_is_no_whole_number_whatever_the_model_says_of_it():
    text = "One box weighs 0.4 pounds, another 1/2 pound. How many pounds are that?"
    lines = "pounds N = 0.4\npounds2 N = 1/2\nanswer Q = ?\nanswer == pounds + pounds2\nfind answer"
    written = WrittenProblem.model_validate(fields_told(from_lines(lines), text))
    assert solve(written.to_problem()).answer == "9/10"


def test_a_text_is_asked_for_by_its_lines_and_taken_as_it_is():
    seed = builtin_seeds()[0]
    with openai_server(lambda body: " Once there were 5 pens. ") as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        teacher = TeacherCalls(lm, adapter=adapter_of("short"))
        asked = teacher.aask(Verbalize(), key="1", problem=seed.symbols, draft="", original="")
        assert asyncio.run(asked).text == "Once there were 5 pens."
        sent = server.requests[-1]
    assert sent["messages"][0]["content"] == "verbalize"
    assert sent["messages"][1]["content"] == as_lines(seed.symbols)
    assert "grammar" not in sent


def test_a_reply_that_is_no_problem_is_a_parse_error():
    with openai_server(lambda body: "I think that it is 8.") as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        with dspy.context(lm=lm, adapter=adapter_of("short")), pytest.raises(AdapterParseError):
            dspy.Predict(FormalizeProblem)(text=TEXT, mistake="")


def test_a_quantity_that_a_rewrite_forgot_to_copy_is_the_sources():
    source = from_lines("pens N = 5 pen: pens Ann has\nall N = ?\nall == 2*pens\nfind all")
    fields = from_lines("more N = 3\nend N = ?\nend == 2*pens + more\nfind end")
    whole = with_forgotten(fields, source)
    assert [v["name"] for v in whole["variables"]] == ["pens", "more", "end"]
    assert solve(WrittenProblem.model_validate(whole).to_problem()).answer == "13"
    # What nobody defines stays a fault, and what is defined stays as it was rewritten.
    stranger = from_lines("pens N = 7\nend N = ?\nend == pens + cups\nfind end")
    assert with_forgotten(stranger, source) == stranger


def test_the_reader_rewrites_and_does_not_choose():
    seeds = builtin_seeds()[:1]
    for mutation in ("weights", "rewrite"):
        require_able("embedded-reader", seeds, mutation=mutation)
    for mutation in ("operators", "both"):
        with pytest.raises(TeacherError, match="write rewrite"):
            require_able("embedded-reader", seeds, mutation=mutation)


def test_a_reader_that_is_not_there_is_named(tmp_path):
    with pytest.raises(TeacherError, match=r"gone\.gguf: no such file"):
        load_teacher(f"embedded-reader:{tmp_path / 'gone.gguf'}")
