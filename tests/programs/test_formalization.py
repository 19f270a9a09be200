"""Formalizing a seed: told what was wrong, asked anew, no coincidence, and paid for once.

The teacher is a scripted server behind a real socket, which counts what it is asked.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from fractions import Fraction
from importlib import resources
from importlib.metadata import version
from typing import Any

import dspy
import pytest
import yaml

from tests.openai_server import API_KEY, ScriptedServer, openai_server
from tests.programs.scripted import Teacher
from zoped.programs import GenerateProblem, Reason, Seed
from zoped.programs.acceptance import Acceptance, NotAccepted
from zoped.programs.formalizing.kept import KeptError, KeptFormalizations
from zoped.programs.formalizing.tries import Tries, formalized
from zoped.programs.predictors.demonstrations import demonstrations, written
from zoped.programs.predictors.one_path import run_now
from zoped.programs.seeds import answers
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.load import load_teacher
from zoped.signatures import FormalizeProblem, from_lines
from zoped.symbolic import Domain, SymbolicProblem, check_problem

SEED = Seed(
    id="texts",
    text="Ben sent 5 texts about shopping and 4 times as many about a film. How many was that in all?",
    answer="25",
)
RIGHT = """
    shopping N+ = 5 text: texts about shopping that Ben sent
    times N+ = 4: how many times as many texts were about a film
    film N+ = ? text: texts about a film that Ben sent
    total N+ = ? text: texts that Ben sent in all
    film == times*shopping
    total == shopping + film
    find total
"""
WRONG = RIGHT.replace("film == times*shopping", "film == times + shopping")
LOOSE = RIGHT.replace("film == times*shopping", "film >= times*shopping")
BY_HAND = RIGHT.replace("film == times*shopping", "film == 20")
RAW = yaml.safe_load((resources.files("zoped.programs") / "data/demonstrations.yaml").read_text())
CHOICE = '{"choice": {"operator": "change_numbers", "number": 0}}'


def reply_of(lines: str) -> str:
    return json.dumps({"formalization": from_lines(lines)})


@contextmanager
def teacher(*replies: str) -> Iterator[ScriptedServer]:
    """Formalizes with one reply after the other, and chooses to change the numbers."""
    left = list(replies)

    def reply(body: dict[str, Any]) -> str:
        return left.pop(0) if "`formalization`" in body["messages"][-1]["content"] else CHOICE

    with openai_server(reply) as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        with dspy.context(lm=lm.copy(num_retries=0), adapter=dspy.JSONAdapter()):
            yield server


def problem(lines: str) -> SymbolicProblem:
    return written(lines).to_problem()


def read(lines: str, text: str = SEED.text, answer: str = SEED.answer) -> SymbolicProblem:
    return Acceptance().formalization(problem(lines), text, (answer,))[0]


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ("certainly!", "could not be read"),
        (reply_of(WRONG), "solved to 14, not 25"),
        (reply_of(LOOSE), "Write every condition of the text as a relation"),
        (reply_of(BY_HAND), "20 in film == 20 neither stands in the text"),
    ],
)
def test_what_was_wrong_is_told_and_the_next_try_is_taken(first: str, told: str) -> None:
    with teacher(first, reply_of(RIGHT)) as server:
        outcome = GenerateProblem(variants=2)(seed=SEED)
    assert outcome.accepted and not outcome.rejected
    assert outcome.teacher_calls == 3
    before, again = server.prompts()[:2]
    assert told not in before
    assert told in again


def test_after_the_told_tries_comes_a_fresh_sample() -> None:
    with teacher(*[reply_of(WRONG)] * 3, reply_of(RIGHT)) as server:
        outcome = GenerateProblem(variants=1)(seed=SEED)
    assert outcome.accepted
    assert [request["temperature"] for request in server.requests] == [0.7, 0.7, 0.7, 1.0, 0.7]
    assert "This is wrong" in server.prompts()[2]
    assert "This is wrong" not in server.prompts()[3].partition("[[ ## text ## ]]")[2]


def test_a_seed_that_no_try_formalizes_is_one_rejection_with_the_last_reason() -> None:
    with teacher(*[reply_of(WRONG)] * 2) as server:
        outcome = GenerateProblem(tries=Tries(told=1, fresh=0))(seed=SEED)
    assert len(server.requests) == 2
    [rejection] = outcome.rejected
    assert rejection.reason is Reason.WRONG_ANSWER
    assert "the last of 2 tries" in rejection.detail


def test_a_seed_is_formalized_once_and_kept_for_later_processes(tmp_path) -> None:
    path = tmp_path / "kept.db"
    with teacher(reply_of(RIGHT)) as server:
        program = GenerateProblem(kept=KeptFormalizations(path))
        made = [program(seed=SEED, stream=stream) for stream in range(3)]
        again = GenerateProblem(kept=KeptFormalizations(path))(seed=SEED, stream=0)
    assert [outcome.teacher_calls for outcome in made] == [2, 1, 1]
    assert again.teacher_calls == 1
    assert again.accepted == made[0].accepted
    assert len(server.requests) == 5


def test_a_failure_is_kept_too_but_not_that_the_teacher_was_away(tmp_path) -> None:
    program = GenerateProblem(kept=KeptFormalizations(tmp_path / "kept.db"), tries=Tries(0, 0))
    with teacher(reply_of(WRONG)) as server:
        outcomes = [program(seed=SEED, stream=stream) for stream in range(2)]
        assert len(server.requests) == 1
    assert {r.reason for o in outcomes for r in o.rejected} == {Reason.WRONG_ANSWER}
    other = SEED.model_copy(update={"id": "other", "text": SEED.text.replace("Ben", "Eva")})
    with openai_server(lambda _: 500) as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        with dspy.context(lm=lm.copy(num_retries=0), adapter=dspy.JSONAdapter()):
            for stream in range(2):
                [rejection] = program(seed=other, stream=stream).rejected
                assert rejection.reason is Reason.TEACHER_ERROR
        assert len(server.requests) == 2


@pytest.mark.parametrize("model", ["scripted", "gpt-5-mini"])
def test_a_failure_counts_for_replies_of_no_more_room_than_it_had(model: str) -> None:
    program = GenerateProblem(kept=KeptFormalizations(), tries=Tries(0, 0))
    engine, calls = Teacher(formalized=problem(WRONG)), []
    for room in (20_000, 16_000, 20_001):
        lm = dspy.LM(model, engine=engine, max_tokens=room, temperature=None, cache=False)
        program(seed=SEED, teacher=TeacherCalls(lm, adapter=dspy.JSONAdapter()))
        calls.append(engine.calls)
    assert calls == [1, 1, 2]


def test_another_prompt_model_or_answer_is_another_formalization(tmp_path) -> None:
    kept = KeptFormalizations(tmp_path / "kept.db")
    told = FormalizeProblem.with_instructions("Write it in symbols.")
    shown = GenerateProblem(kept=kept)
    shown.formalize.predict.demos = shown.formalize.predict.demos[:1]
    programs = [GenerateProblem(kept=kept), shown]
    programs.append(GenerateProblem(kept=kept, signatures={"formalize": told}))
    with teacher(*[reply_of(RIGHT)] * 9) as server:
        for program in programs:
            assert program(seed=SEED).accepted
        asked = len(server.requests)
        programs[0](seed=SEED.model_copy(update={"answer": "26"}))
        assert len(server.requests) == asked + 4  # no try has this answer
    assert asked == 2 * len(programs)


def test_another_server_with_a_model_of_that_name_is_asked_anew(tmp_path) -> None:
    program = GenerateProblem(kept=KeptFormalizations(tmp_path / "kept.db"), tries=Tries(0, 0))
    with teacher(reply_of(WRONG)):
        assert not program(seed=SEED).accepted
    with teacher(reply_of(RIGHT)):
        assert program(seed=SEED).accepted


def test_a_failure_counts_for_solvers_of_no_more_time_and_memory(tmp_path) -> None:
    needs_a_process = RIGHT.replace("film == times*shopping", "sqrt(film) == sqrt(times*shopping)")
    kept = KeptFormalizations(tmp_path / "kept.db")

    def found(seconds: float, megabytes: int = 512) -> bool:
        limits = {"time_limit": seconds, "memory_limit_mb": megabytes}
        program = GenerateProblem(kept=kept, tries=Tries(0, 0), variants=1, **limits)
        return program(seed=SEED).symbols is not None

    with teacher(*[reply_of(needs_a_process)] * 3) as server:
        for limits in ((0.0,), (0.0,), (0.0, 256), (0.0, 1024), (0.0, 512)):
            assert not found(*limits)
        assert len(server.requests) == 2
        assert found(2.0) and found(0.0)
        assert sum("`formalization`" in prompt for prompt in server.prompts()) == 3


def test_a_failure_of_a_file_of_before_is_tried_again(tmp_path) -> None:
    kept = KeptFormalizations(tmp_path / "kept.db")

    async def make() -> SymbolicProblem:
        return problem(RIGHT)

    run_now(kept.get_or_make("other", make, waits=False))
    record = {"reason": "timeout", "detail": "", "room": 0, "version": version("zoped")}
    with closing(sqlite3.connect(tmp_path / "kept.db")) as file, file:
        file.execute("INSERT INTO formalizations VALUES (?, ?)", ("key", json.dumps(record)))
    found = run_now(kept.get_or_make("key", make, waits=False, limits=(2.0, 512)))
    assert found == problem(RIGHT)


def test_decisions_at_once_wait_for_one_formalization(tmp_path) -> None:
    program = GenerateProblem(kept=KeptFormalizations(tmp_path / "kept.db"), variants=1)

    async def decisions() -> list[dspy.Prediction]:
        return await asyncio.gather(*(program.acall(seed=SEED, stream=i) for i in range(6)))

    with teacher(reply_of(RIGHT)) as server:
        outcomes = asyncio.run(decisions())
    assert all(outcome.symbols is not None for outcome in outcomes)
    assert sum("`formalization`" in prompt for prompt in server.prompts()) == 1


def test_one_that_is_cancelled_while_it_waits_takes_nothing_from_the_others() -> None:
    kept = KeptFormalizations()

    async def scene() -> SymbolicProblem:
        started, go_on = asyncio.Event(), asyncio.Event()

        async def make() -> SymbolicProblem:
            started.set()
            await go_on.wait()
            return problem(RIGHT)

        first = asyncio.create_task(kept.get_or_make("key", make, waits=True))
        await started.wait()
        waiting = asyncio.create_task(kept.get_or_make("key", make, waits=True))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        go_on.set()
        return await first

    assert asyncio.run(scene()) == problem(RIGHT)


def test_a_file_of_something_else_is_refused(tmp_path) -> None:
    path = tmp_path / "kept.db"
    path.write_text("not a database, but long enough to be taken for one" * 50)
    with teacher(reply_of(RIGHT)), pytest.raises(KeptError, match="cannot keep formalizations"):
        GenerateProblem(kept=KeptFormalizations(path))(seed=SEED)


@pytest.mark.parametrize("record", ["{", "[]", "{}", "5", '{"symbols": 5}'])
def test_a_formalization_that_cannot_be_read_is_told_with_its_file(tmp_path, record: str) -> None:
    path = tmp_path / "kept.db"
    with teacher(reply_of(RIGHT)):
        GenerateProblem(kept=KeptFormalizations(path))(seed=SEED)
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("UPDATE formalizations SET record = ?", (record,))
        program = GenerateProblem(kept=KeptFormalizations(path))
        with pytest.raises(KeptError, match=r"kept\.db cannot keep formalizations"):
            program(seed=SEED)


def test_a_number_that_is_not_told_becomes_a_constant_and_an_idle_one_a_distractor() -> None:
    text = "A hexagon of 5-year-old Ann's has sides of 4 cm. What is its perimeter in cm?"
    lines = """
        sides N+ = 6: sides of the figure
        age N+ = 5 year: age of Ann
        side R+ = 4 cm: length of a side
        perimeter R+ = ? cm: perimeter
        perimeter == sides*side
        find perimeter
    """
    formalized = read(lines, text, "24")
    assert [(v.name, v.distractor) for v in formalized.givens] == [("age", True), ("side", False)]
    assert str(formalized.relations[0]) == "perimeter == 6*side"


@pytest.mark.parametrize(
    "lines",
    [
        "total N+ = 25: texts\nfind total",
        "total N+ = ?: texts\ntotal == 25\nfind total",
        "total N+ = ?: texts\ntotal == 5 + 20\nfind total",
        "a N+ = 5: texts\nb N+ = 4: times\ntotal N+ = ?: all\ntotal == 25\nfind total",
        "a N+ = 5: texts\nb N+ = 4: times\nn N+ = ?: all\nn == 25 + 0*a + 0*b\nfind n",
        "a N+ = 5: texts\nb N+ = 4: times\nn N+ = ?: all\nn == a + 20\nfind n",
        "a N+ = 5: texts\nb N+ = 4: times\nn N+ = ?: all\nn == a*3 + 10\nfind n",
        # A given that stands in a relation as a number: another value would not reach there.
        "a N+ = 5: texts\nb N+ = 4: times\nn N+ = ?: all\nn == a*b + 5\nfind n",
        "a N+ = 5: texts\nn N+ = ?: all\nn == a*5\nfind n",
        "a N+ = 5: texts\nb N+ = 4: times\nf N+ = ?: film\nn N+ = ?: all\nf == a*4\nn == f + a + b - 4\nfind n",
        BY_HAND,
    ],
)
def test_an_answer_that_was_worked_out_by_hand_is_caught(lines: str) -> None:
    with pytest.raises(NotAccepted) as why:
        read(lines)
    assert why.value.reason is Reason.HARD_CODED


@pytest.mark.parametrize(
    ("text", "answer", "lines"),
    [
        (
            "One tower has 11 more floors than another. Together they have 35. How many has the higher one?",
            "23",
            "more N+ = 11: more\nall N+ = 35: floors\nn N+ = ?: floors\nn == 12 + more\nfind n",
        ),
        (
            "A cellar uses 90 kg of grapes every 6 months. How many kg of grapes does it use in a year?",
            "180",
            "m R+ = 90 kg: grapes\nt N+ = 6 month: months\nn R+ = ? kg: grapes\nn == 2*m\nfind n",
        ),
        (
            "A school has 180 pupils, 3 times as many girls as boys. How many pupils are boys?",
            "45",
            "all N+ = 180 pupil: x\ntimes N+ = 3: y\nn N+ = ?: boys\nn == all/4\nfind n",
        ),
        (
            "Jo drives 100 km in 1 hour and 300 km as fast. How many hours is she on the way?",
            "4",
            "a R+ = 100 km: x\nt R+ = 1 hour: y\nb R+ = 300 km: z\nn R+ = ? hour: all\nn == t + 3\nfind n",
        ),
        (
            "Ida earns $69 by 7 dresses and 4 shirts. A shirt costs $5. How many dollars does a dress cost?",
            "7",
            "all R+ = 69 dollar: x\nd N+ = 7 dress: y\ns N+ = 4 shirt: z\np R+ = 5 dollar: u\nn R+ = ? dollar: n\nn == d\nfind n",
        ),
    ],
)
def test_what_is_no_calculation_with_the_numbers_of_the_text_is_caught(text, answer, lines) -> None:
    """With other numbers the text would say what the symbols do not: "every 8 months", "together they have 34"."""
    with pytest.raises(NotAccepted) as why:
        read(lines, text, answer)
    assert why.value.reason is Reason.HARD_CODED


@pytest.mark.parametrize(
    ("text", "answer", "lines"),
    [
        (
            "A ball has a radius of 6 cm and 7 red stripes. What is its volume in cubic cm?",
            "288*pi",
            "r R+ = 6 cm: radius\nn N+ = 7: stripes\nv R+ = ?: volume\nv == 4/3*pi*r**3\nfind v",
        ),
        (
            "Tom, who is 9 years old, sleeps 6 hours a day. He is to sleep 1/3 longer. How many hours is that?",
            "8",
            "y N+ = 9 year: age\nh R+ = 6 hour: x\nn R+ = ? hour: all\nn == h + h/3\nfind n",
        ),
        (
            "A hexagon is drawn in 5 minutes. Its sides are 4 cm long. What is its perimeter in cm?",
            "24",
            "t R+ = 5 minute: time\ns R+ = 4 cm: side\nn R+ = ? cm: all\nn == 6*s\nfind n",
        ),
        (
            "Ann, who is 9, has 20 pens. She gives away half of them. How many pens has she left?",
            "10",
            "y N+ = 9 year: age\np N+ = 20 pen: x\nn N+ = ? pen: left\nn == p - p/2\nfind n",
        ),
        (
            "Zoe reads 12 pages a day. How many pages does she read in two weeks?",
            "168",
            "p N+ = 12 page: pages a day\nw N+ = 2 week: weeks\nn N+ = ? page: all\nn == p*7*w\nfind n",
        ),
        (
            "Tom works every other day of a leap year, for 1/4 of an hour. How many hours is that?",
            "183/4",
            "h R+ = 1/4 hour: hours a day\nn R+ = ? hour: all\nn == h*366/2\nfind n",
        ),
        (
            r"What is the median of $\$1{,}200$, $\$900$ and $\$40$?",
            "900",
            "a N+ = 1200: x\nb N+ = 900: y\nc N+ = 40: z\nm N+ = ?: median\nm == median(a, b, c)\nfind m",
        ),
        (
            r"Find $n$ if $\frac{1}{8} n = 5$.",
            "40",
            "k Q = 1/8: factor\nr Q = 5: result\nn Q = ?: n\nk*n == r\nfind n",
        ),
        (
            "A ball has a radius of 3 cm and 4 red stripes. What is its volume in cubic cm?",
            "36*pi",
            "r R+ = 3 cm: radius\nv R+ = ?: volume\nv == 4/3*pi*r**3\nfind v",
        ),
        (
            "Both digits of a number, at most 9 each, add up to 9, and their product is 18. What is it?",
            "36",
            "s N+ = 9: sum\np N+ = 18: product\na N+ = ?: x\nb N+ = ?: y\na <= 9\nb <= 9\na < b\na + b == s\na*b == p\nfind 10*a + b",
        ),
        (
            "In threes 2 eggs are left over, in fives 3, in sevens 4. What is the least number of eggs?",
            "53",
            "r N+ = 2: x\ns N+ = 3: y\nt N+ = 4: z\ne N+ = ?: eggs\ne%3 == r\ne%5 == s\ne%7 == t\nfind the minimum of e",
        ),
        (
            "A cube has edges of 3 cm. What is the volume of 3 such cubes in cubic cm?",
            "81",
            "e R+ = 3 cm: edge\nv R+ = ?: volume\nv == 3*e**3\nfind v",
        ),
        (
            "How many diagonals does an octagon have?",
            "20",
            "n N+ = ?: diagonals\nn == 8*(8 - 3)/2\nfind n",
        ),
    ],
)
def test_what_is_written_truly_is_accepted(text: str, answer: str, lines: str) -> None:
    read(lines, text, answer)


@pytest.mark.parametrize(
    ("solved", "gold", "same"),
    [
        ("20/3", "6.66666666667", True),
        ("20/3", "6.67", True),
        ("20/3", "6.66", False),
        ("20/3", "6.7", False),
        ("-1/3", "-0.333", True),
        ("sqrt(2)", "1.4142", True),
        ("sqrt(2)", "1.4143", False),
        ("2.345", "2.35", False),
        ("1/2", "0.5", True),
        ("6", "6.00", True),
    ],
)
def test_a_rounded_decimal_is_its_exact_value(solved: str, gold: str, same: bool) -> None:
    assert answers(solved, gold) == same


def test_without_a_known_answer_two_have_to_agree() -> None:
    def first_that_agrees(*lines: str) -> SymbolicProblem:
        left, fresh_ones = list(lines), []

        async def ask(number: int, mistake: str, *, fresh: bool) -> SymbolicProblem:
            fresh_ones.append(fresh)
            return problem(left.pop(0))

        def judge(found: SymbolicProblem) -> tuple[SymbolicProblem, str]:
            return Acceptance().formalization(found, SEED.text)

        found, _ = run_now(formalized(ask, judge, Tries(1, 1), waits=False, answer_known=False))
        assert fresh_ones[0] is False and all(fresh_ones[1:])
        return found

    assert str(first_that_agrees(RIGHT, WRONG, RIGHT).relations[0]) == "film == times*shopping"
    with pytest.raises(NotAccepted, match="no two formalizations agree"):
        first_that_agrees(RIGHT, WRONG, RIGHT.replace("+ film", "+ 2*film"))


@pytest.mark.parametrize("row", RAW["formalize"], ids=lambda row: row["text"][:20])
def test_the_demonstrations_are_true(row: dict[str, str]) -> None:
    read(row["symbols"], row["text"], row["answer"])


@pytest.mark.parametrize("demo", demonstrations("rewrite"), ids=lambda demo: demo.strategy[:20])
def test_the_demonstrated_rewrites_are_accepted(demo: dspy.Example) -> None:
    Acceptance().rewrite(demo.rewritten.to_problem(), problem(demo.symbols))


def test_a_budget_ends_the_tries_in_the_middle() -> None:
    with teacher(*[reply_of(WRONG)] * 4):
        calls = TeacherCalls(dspy.settings.lm, max_calls=2)
        outcome = GenerateProblem()(seed=SEED, teacher=calls)
    assert [r.reason for r in outcome.rejected] == [Reason.BUDGET_SPENT]
    assert outcome.teacher_calls == 2


PHOTOS = "Ines has 31 photos. She deletes 12 photos and takes 8 new photos. How many photos does she have?"
PHOTO_LINES = (
    "photos N = 31 photo\nphotos2 N = 12 photo\nphotos3 N = 8 photo\nanswer Q = ? photo\n"
    "answer == photos - photos2 + photos3\nfind answer"
)


def test_a_count_stays_a_count() -> None:
    found = read(PHOTO_LINES, PHOTOS, "27")
    assert found.variable("answer").domain is Domain.NONNEGATIVE_INTEGER
    # What was written as no count, and comes out as none, stays what it is.
    rope = "A rope of 7 feet is cut into 2 equal pieces. How many feet long is a piece?"
    halves = "feet N = 7 foot\npieces N = 2\nanswer Q = ? foot\nanswer == feet/pieces\nfind answer"
    assert read(halves, rope, "3.5").variable("answer").domain is Domain.RATIONAL


@pytest.mark.parametrize(
    ("numbers", "reason"),
    [((13, 63, 48), "no_solution"), ((13, 63, 60), "implausible"), ((63, 13, 48), None)],
)
def test_no_more_is_taken_than_there_is(numbers: tuple[int, int, int], reason: str | None) -> None:
    found = read(PHOTO_LINES, PHOTOS, "27")
    values = dict(zip(("photos", "photos2", "photos3"), map(Fraction, numbers), strict=True))
    changed = found.replaced(
        variables=tuple(v.replaced(value=values.get(v.name, v.value)) for v in found.variables)
    )
    assert check_problem(changed).reason == reason
