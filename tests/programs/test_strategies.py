"""Strategies and the weighted set that they are drawn from; the teacher is a scripted server."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import dspy
import pytest
from typer.testing import CliRunner

from tests.openai_server import API_KEY, ScriptedServer, openai_server
from zoped.cli.main import app
from zoped.programs import GenerateProblem, Reason, builtin_seeds
from zoped.programs.formalizing.tries import Tries
from zoped.programs.moves import MoveWeights
from zoped.programs.strategies import (
    Strategy,
    StrategyError,
    builtin_strategies,
    known_strategies,
    load_strategies,
)
from zoped.programs.teachers.load import load_teacher
from zoped.signatures import WrittenProblem, as_lines
from zoped.symbolic.problem import TOPICS

SEEDS = builtin_seeds()
SEED = SEEDS[0]  # Ann has 5 pens, Ben gives her 3
GUIDE = Path(__file__).parents[2] / "docs" / "strategies.md"
EASY = "solved 8 of 8 times: too easy"
SAME = as_lines(SEED.symbols)


@contextmanager
def teacher(reply: Callable[[str], str] | str) -> Iterator[ScriptedServer]:
    """Rewrites into the lines of `reply`, or of what it makes of the strategy that it reads."""

    def answer(body: dict[str, Any]) -> str:
        prompt = body["messages"][-1]["content"]
        told = re.findall(r"\[\[ ## strategy ## \]\]\n(.*?)\n\n\[\[", prompt, re.DOTALL)
        lines = reply if isinstance(reply, str) else reply(told[0])
        problem = WrittenProblem.model_validate(lines).model_dump(mode="json")
        return json.dumps({"rewritten": problem})

    with openai_server(answer) as server:
        lm = load_teacher("openai/scripted", api_base=server.url, api_key=API_KEY)
        with dspy.context(lm=lm.copy(num_retries=0), adapter=dspy.JSONAdapter()):
            yield server


def test_the_library_has_at_least_thirty_that_differ() -> None:
    strategies = builtin_strategies().values()
    assert len(strategies) >= 30
    assert len({s.text for s in strategies}) == len(strategies)
    assert {s.topic for s in strategies} - {""} <= set(TOPICS)
    assert {s.depth for s in strategies} >= {-1, 0, 1, 2}
    assert sum(s.answer_preserving for s in strategies) >= 3
    assert any(s.second for s in strategies) and any(s.idle_givens for s in strategies)
    # A sentence or two, that fits into a prompt.
    assert all(len(s.text) < 400 for s in strategies)


def test_a_rewrite_is_told_a_strategy_that_the_random_stream_draws() -> None:
    program = GenerateProblem(mutation="rewrite", variants=1, tries=Tries(rewrite=0))
    with teacher(as_lines(SEEDS[1].symbols)) as server:
        moves = [program(seed=SEED, stream=stream).move for stream in range(12)]
        again = [program(seed=SEED, stream=stream).move for stream in range(12)]
    assert moves == again
    assert len(set(moves)) > 6
    for move, prompt in zip(moves, server.prompts(), strict=False):
        kind, _, name = move.partition(":")
        assert kind == "rewrite"
        assert builtin_strategies()[name].text in prompt
        assert ("[[ ## second ## ]]\n\n" not in prompt) == builtin_strategies()[name].second
        assert SEED.text in prompt


def test_what_was_made_before_and_how_the_student_does_is_told() -> None:
    program = GenerateProblem(mutation="rewrite", strategies=["ask_backwards"])
    with teacher(as_lines(SEEDS[1].symbols)) as server:
        outcome = program(seed=SEED, student_note=EASY, made=("Ann has 7 pens.", "Ann has 9."))
    assert outcome.accepted[0].move == "rewrite:ask_backwards"
    assert outcome.accepted[0].symbols.lineage.move == "rewrite:ask_backwards"
    assert EASY in server.prompts()[0]
    assert "Ann has 7 pens.\n\nAnn has 9." in server.prompts()[0]


def test_without_strategies_a_rewrite_is_told_none() -> None:
    with teacher(as_lines(SEEDS[1].symbols)) as server:
        outcome = GenerateProblem(mutation="rewrite", strategies=())(seed=SEED)
    assert outcome.move == "rewrite"
    assert outcome.accepted
    assert "[[ ## strategy ## ]]\n\n" in server.prompts()[0]


KEEPS = Strategy(id="keeps", text="Rewrite it, and keep the answer.", answer_preserving=True)
CHANGES = Strategy(id="changes", text="Rewrite it as you like, please.")
IDLE = Strategy(
    id="idle", text="Add a number that is not needed.", answer_preserving=True, idle_givens=True
)
MORE = SAME.replace("= 3", "= 4")
# The given of 5 told as a sum: 2 + 7 does not keep the answer, 2 + 3 does.
AS_SUM = re.sub(
    r"(\w+) (N\+?) = 5(.*)\n([\s\S]*)(find .*)",
    r"one N+ = 2\ntwo N+ = 7\n\1 \2 = ?\3\n\4\1 == one + two\n\5",
    SAME,
)
WITH_IDLE = SAME.replace("find ", "years N+ = 9 year: age of Ann\nfind ")


@pytest.mark.parametrize(
    ("strategy", "lines", "reason"),
    [
        (KEEPS, SAME.replace("pens", "books"), None),
        (KEEPS, MORE, Reason.ANSWER_CHANGED),
        (KEEPS, AS_SUM, None),
        (CHANGES, AS_SUM, None),
        (CHANGES, MORE, None),
        (KEEPS, WITH_IDLE, Reason.IDLE_GIVEN),
        (IDLE, WITH_IDLE, None),
        (IDLE, WITH_IDLE.replace("= 3", "= 4"), Reason.ANSWER_CHANGED),
    ],
)
def test_what_a_strategy_promises_is_checked(
    strategy: Strategy, lines: str, reason: Reason | None
) -> None:
    program = GenerateProblem(mutation="rewrite", strategies=[strategy], variants=1)
    with teacher(lines):
        outcome = program(seed=SEED)
    assert [r.reason for r in outcome.rejected] == ([] if reason is None else [reason])
    assert {r.move for r in outcome.rejected} <= {strategy.move}
    if lines is AS_SUM:
        told = {v.name: v.value for v in outcome.accepted[0].symbols.givens}
        assert (told["one"] + told["two"] == 5) is (strategy is KEEPS)
    if strategy is IDLE and outcome.accepted:
        assert [v.name for v in outcome.accepted[0].symbols.givens if v.distractor] == ["years"]


def test_moves_are_operators_and_strategies_in_one_weighted_set() -> None:
    program = GenerateProblem(
        mutation="weights",
        operators=["double_step", "change_numbers"],
        strategies=["race", "ask_backwards"],
        variants=1,
    )
    program.mutate.weights.set("easy", {"double_step": 6, "change_numbers": 0, "rewrite:race": 3})
    with teacher(as_lines(SEEDS[1].symbols)) as server:
        made = [program(seed=SEED, stream=i, student_note=EASY) for i in range(60)]
        elsewhere = [program(seed=SEED, stream=i) for i in range(40)]
    drawn = Counter(outcome.move for outcome in made)
    assert set(drawn) == {"double_step", "rewrite:race", "rewrite:ask_backwards"}
    assert drawn["double_step"] > drawn["rewrite:race"] > drawn["rewrite:ask_backwards"]
    # An operator asks nobody.
    rewrites = sum(o.move.startswith("rewrite:") for o in [*made, *elsewhere])
    assert len(server.requests) == sum(o.teacher_calls for o in [*made, *elsewhere]) == rewrites
    # A level about which nothing was learnt draws all alike.
    assert len({outcome.move for outcome in elsewhere}) == 4


def test_where_nothing_has_any_weight_nothing_is_made() -> None:
    program = GenerateProblem(mutation="weights", operators=["double_step"], strategies=["race"])
    program.mutate.weights.set("", {"double_step": 0, "rewrite:race": 0})
    with teacher(SAME) as server:
        outcome = program(seed=SEED)
    assert [r.reason for r in outcome.rejected] == [Reason.REFUSED]
    assert not server.requests


def test_weights_are_saved_loaded_and_reset(tmp_path) -> None:
    program = GenerateProblem(mutation="weights")
    program.mutate.weights.set("hard", {"double_step": 2.5, "rewrite:race": 0.0})
    program.save(tmp_path / "program.json")
    loaded = GenerateProblem()
    loaded.load(tmp_path / "program.json")
    assert loaded.mutation == "weights"
    assert loaded.mutate.weights.by_level == {"hard": {"double_step": 2.5, "rewrite:race": 0.0}}
    assert loaded.mutate.weights.weight("hard", "add_step") == 1.0
    loaded.mutate.weights.reset()
    assert loaded.mutate.weights.weight("hard", "double_step") == 1.0
    assert program.mutate.weights.weight("hard", "double_step") == 2.5


@pytest.mark.parametrize("weight", [-1.0, float("nan"), float("inf")])
def test_a_weight_is_a_number_from_0_on(weight: float) -> None:
    with pytest.raises(ValueError, match="the weight of race"):
        MoveWeights({"easy": {"race": weight}})


@pytest.mark.parametrize("level", ["too easy", "about right", "esay"])
def test_a_level_that_there_is_not_is_told(level: str) -> None:
    """No student is on it: the weights would never be used."""
    with pytest.raises(ValueError, match=f"no level '{level}'; there are 'too hard', 'hard', 'rig"):
        GenerateProblem().mutate.weights.set(level, {"double_step": 2.0})


def test_a_draw_depends_on_the_set_and_not_on_its_order() -> None:
    weights, names = MoveWeights(), ["c", "a", "b"]
    one = [weights.draw(Random(i), "", names) for i in range(20)]
    assert one == [weights.draw(Random(i), "", reversed(names)) for i in range(20)]
    assert set(one) == set(names)
    assert weights.draw(Random(0), "", []) is None


def test_shuffled_weights_are_the_same_ones_of_other_moves() -> None:
    learnt = {"easy": {"a": 1.0, "b": 2.0, "c": 2.0}, "hard": {"a": 1.0, "b": 1.0}}
    for seed in range(20):
        weights = MoveWeights(learnt)
        weights.shuffle(seed)
        assert sorted(weights.by_level["easy"].values()) == [1.0, 2.0, 2.0]
        assert weights.by_level["easy"] != learnt["easy"]
        assert weights.by_level["hard"] == learnt["hard"]  # all alike: nothing to give away


def test_strategies_of_ones_own_come_from_yaml_and_from_python(tmp_path, monkeypatch) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("- id: mine\n  text: Do what I would do with it.\n  depth: 1\n")
    (tmp_path / "my_strategies.py").write_text(
        "from zoped.programs.strategies import Strategy\n"
        "ONE = Strategy(id='one', text='Do the one thing that I say.')\n"
        "SOME = [ONE, Strategy(id='two', text='Do the two things that I say.')]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert list(known_strategies([str(path), "my_strategies.ONE", "race"])) == [
        "mine",
        "one",
        "race",
    ]
    assert list(known_strategies(["my_strategies.SOME"])) == ["one", "two"]
    assert len(known_strategies(["builtin", str(path)])) == len(builtin_strategies()) + 1
    del sys.modules["my_strategies"]


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("- id: mine\n", "text: Field required"),
        ("- id: Mine\n  text: Do what I would do.\n", "id: String should match"),
        ("id: mine\n", "write a list"),
        ("- id: mine\n  text: Do what I would do.\n  dept: 1\n", "dept"),
        ("- {id: a, text: Do what I would do.}\n- {id: a, text: Do what I would do.}\n", "twice"),
        ("a: [", "cannot be read"),
        ("[" * 1_200, "cannot be read: nested too deep"),
        ("- id: 2026-99-99", "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(tmp_path, written: str, told: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(written)
    with pytest.raises(StrategyError, match=told) as error:
        load_strategies(path)
    assert "mine.yaml" in str(error.value)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["rase"], "did you mean `race`"),
        (["no_such.Thing"], "no strategy 'no_such.Thing'"),
        (["race", "race"], "twice"),
        (["none.yaml"], "cannot be read"),
        (["json.dumps"], "neither a Strategy"),
    ],
)
def test_a_strategy_that_is_not_there_is_told(names: list[str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        GenerateProblem(strategies=names)


def test_the_command_lists_and_shows_them(tmp_path) -> None:
    listed = CliRunner().invoke(app, ["strategies"]).output
    assert all(f"{name} " in listed for name in builtin_strategies())
    shown = CliRunner().invoke(app, ["strategies", "to_physics"]).output
    assert "turns to physics, keeps the answer" in shown
    wrong = CliRunner().invoke(app, ["strategies", "rase"])
    assert wrong.exit_code == 2 and "did you mean `race`" in wrong.output + wrong.stderr
    path = tmp_path / "mine.yaml"
    path.write_text("- id: mine\n  text: Do what I would do with it.\n")
    assert "mine" in CliRunner().invoke(app, ["strategies", "--file", str(path)]).output


def test_the_guides_examples_run(tmp_path, monkeypatch) -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    [listed] = re.findall(r"```yaml[^\n]*\n(- id:.*?)```", guide, re.DOTALL)
    (tmp_path / "mine.yaml").write_text(listed)
    monkeypatch.chdir(tmp_path)
    assert load_strategies("mine.yaml")
    example = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)[0]
    with teacher(as_lines(SEEDS[1].symbols)):
        exec(example, {"__name__": "example", "seed": SEED})  # noqa: S102  # of our own guide
