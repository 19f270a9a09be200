"""The reader that comes with Zoped, through llama.cpp: replies are lines, and easy texts are read right."""

from __future__ import annotations

import pytest

from zoped.programs import Formalize
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.load import load_teacher
from zoped.programs.teachers.notation import adapter_of
from zoped.symbolic import check_problem

EASY = {
    "Mila has 14 pears and buys 9 more pears. How many pears does Mila have now?": "23",
    "Ron had 52 nails. He used 17 of them. How many nails are left?": "35",
    "Each of 6 bags holds 8 onions. How many onions are there?": "48",
    "A shop sold 31 hats on Monday and 24 hats on Tuesday. How many hats did it sell in all?": "55",
}


@pytest.mark.slow
def test_the_packaged_reader_reads_easy_texts():
    lm = load_teacher("embedded-reader", temperature=0.0, max_tokens=160)
    teacher = TeacherCalls(lm, adapter=adapter_of("short"))
    right = 0
    for text, answer in EASY.items():
        symbols = teacher.ask(Formalize(), key=text, text=text).symbols
        assert len(symbols.givens) == 2
        right += check_problem(symbols, sense=False).solution.answer == answer
    assert right >= 3
