"""The phases of a round as functions, without a process to kill: what they read, and what they tell."""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from statistics import fmean
from typing import Any

import dspy
import pytest
from dspy.lm15 import Request, Response

from tests.simulated import FollowsDemonstrations
from zoped.evals import PassRate
from zoped.evals.contamination import TestedTexts
from zoped.evals.contamination.tested import named
from zoped.evals.held_out import elementary_seeds, held_out_set
from zoped.programs.teachers.calls import TeacherCalls
from zoped.symbolic import fingerprint
from zoped.train import RunSettings
from zoped.train.curriculum.choose import NothingToTrainOn
from zoped.train.curriculum.observed import observations, training_label
from zoped.train.curriculum.replay import seeds_to_train_on
from zoped.train.loop.evaluate import evaluate
from zoped.train.loop.generate import generate
from zoped.train.loop.measure import measure
from zoped.train.loop.observe import NullProgress, NullTracker
from zoped.train.loop.parts import random_operators
from zoped.train.loop.round import Round, Run
from zoped.train.loop.tune import tune
from zoped.train.results import (
    BenchmarkScore,
    Evaluated,
    Generated,
    Measured,
    RoundResults,
    Trained,
    Tuned,
)
from zoped.train.state import STATE, RunState
from zoped.train.teacher_cost import AT_THE_START, most_teacher_cost

JSON = dspy.JSONAdapter()

SETTINGS = {
    "teacher": {"model": "none"},
    "seeds": {"path": "elementary"},
    "meter": {"min_rollouts": 2, "max_rollouts": 4},
    "measure": {"seeds": 2, "variants": 2},
    "generate": {"decisions": 40, "variants": 2},
    # More than the decisions can give: generating goes on to their end.
    "train": {"steps": 40, "prompts_per_step": 4},
    "evaluate": {"problems": 10},
}


class CountingState(RunState):
    """Counts how often everything is read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.reads: Counter[str] = Counter()

    def measured(self, *arguments: Any) -> Any:
        self.reads["problems"] += 1
        return super().measured(*arguments)

    def pass_rates(self, *arguments: Any) -> Any:
        self.reads["pass rates"] += 1
        return super().pass_rates(*arguments)

    def phase_metrics(self, *arguments: Any) -> Any:
        self.reads["phases"] += 1
        return super().phase_metrics(*arguments)


@pytest.fixture
def state(tmp_path):
    with CountingState(tmp_path / STATE) as state:
        yield state


def first_round(state: RunState, folder: Path, run: type[Run] = Run, **settings: Any) -> Round:
    round = run(RunSettings.model_validate(SETTINGS | settings), folder, state).round(1)
    for phase in (measure, tune):
        phase(round, NullTracker(), NullProgress()).save(state, 1)
    return round


@pytest.mark.slow
def test_a_round_reads_what_it_needs_once(state, tmp_path):
    round = first_round(state, tmp_path)
    state.reads.clear()
    result = generate(round, NullTracker(), NullProgress())
    assert state.next_step(1) == 40, "five batches were measured"
    assert state.reads == {"problems": 1}, "pass rates of seeds are known since they were measured"
    assert result.accepted == len(state.problems(1)) > 20
    assert all(stored.pass_rate for stored in state.measured(1, result.student))


@pytest.mark.slow
def test_what_an_interrupted_round_made_is_measured_and_nothing_else_is_made(state, tmp_path):
    whole = generate(first_round(state, tmp_path), NullTracker(), NullProgress())

    class Interrupted(Exception):
        pass

    class Task:
        """Interrupts the third batch."""

        batches = 0

        def advance(self, amount: int = 1) -> None:
            self.batches += 1
            if self.batches == 3:
                raise Interrupted

    class InterruptingProgress(NullProgress):
        @contextmanager
        def task(self, description: str, total: int | None):
            yield Task()

    folder = tmp_path / "again"
    folder.mkdir()
    with RunState(folder / STATE) as other:
        round = first_round(other, folder)
        with pytest.raises(Interrupted):
            generate(round, NullTracker(), InterruptingProgress())
        assert 0 < other.next_step(1) < 40
        resumed = generate(round.run.round(1), NullTracker(), NullProgress())
        assert resumed == whole
        assert other.problems(1) == state.problems(1)
    lines = [(f / "rounds/0001/problems.jsonl").read_text() for f in (tmp_path, folder)]
    assert lines[0] == lines[1]


@pytest.mark.slow
def test_contaminated_problems_are_counted(state, tmp_path):
    settings = RunSettings.model_validate(SETTINGS)
    generator = random_operators(settings)

    class Tested(Run):
        @property
        def tested(self) -> TestedTexts:
            """Whatever is made of the first seed is in a test."""
            made = [p.text for i in range(40) for p in generator(self.seeds[0], i).accepted]
            return TestedTexts(
                own=named([seed.text for seed in self.seeds] + made, "seen"), words=5
            )

    result = generate(first_round(state, tmp_path, Tested), NullTracker(), NullProgress())
    assert result.contaminated > 0
    assert result.metrics()["contaminated"] == result.contaminated
    assert state.rejection_counts(1)["contaminated"] == result.contaminated


@pytest.mark.parametrize(("math_verify", "right"), [(True, 1.0), (False, 0.0)])
def test_test_sets_are_graded_as_the_training_is(state, tmp_path, monkeypatch, math_verify, right):
    """A form that only math-verify reads is right where it is asked."""
    monkeypatch.setenv("ZOPED_DATA", str(tmp_path))
    (tmp_path / "math500").mkdir()
    row = {"question": "Which steps are these?", "answer": "\\lfloor x \\rfloor + 1"}
    (tmp_path / "math500" / "test.jsonl").write_text(json.dumps(row))

    class KnowsTheSteps:
        version = "steps"

        asked = 0

        def sample(self, texts, *, samples, seed):
            self.asked += len(texts) * samples
            return [["\\boxed{1 + \\lfloor x \\rfloor}"] * samples for _ in texts]

        def greedy(self, texts):
            return [answer for [answer] in self.sample(texts, samples=1, seed=0)]

    student = KnowsTheSteps()

    class Scripted(Run):
        def student(self, number: int) -> Any:
            return student

    settings = SETTINGS | {
        "reward": {"math_verify": math_verify},
        "evaluate": {"problems": 10, "benchmarks": ["math500"]},
    }
    run = Scripted(RunSettings.model_validate(settings), tmp_path, state)
    result = evaluate(run.round(1), NullTracker(), NullProgress())
    assert result.benchmarks["math500"].accuracy == right
    assert result.metrics()["math500"] == right and result.accuracy == 0
    assert result.rollouts == student.asked == 10 + 10 + 1


class SolvesByGrade:
    """Right on the first level of its questions alone, or by the likeliest answers on the second;
    counts what it is asked."""

    def __init__(self, problems) -> None:
        self.version = "by grade"
        self.answers = {p.text: p.answer if p.grade == 0 else "-1" for p in problems}
        self.likeliest = {p.text: p.answer if p.grade == 1 else "-1" for p in problems[:12]}
        self.asked = 0

    def sample(self, texts, *, samples, seed):
        self.asked += len(texts) * samples
        return [[f"\\boxed{{{self.answers[text]}}}"] * samples for text in texts]

    def greedy(self, texts):
        self.asked += len(texts)
        return [f"\\boxed{{{self.likeliest.get(text, -1)}}}" for text in texts]


def test_accuracy_is_told_by_level_and_only_in_the_rounds_that_are_evaluated(state, tmp_path):
    student = SolvesByGrade(held_out_set("lab", 30))

    class Scripted(Run):
        def student(self, number: int) -> Any:
            return student

    settings = SETTINGS | {
        "rounds": 5,
        "evaluate": {"held_out": "lab", "problems": 30, "samples": 2, "every": 3},
    }
    run = Scripted(RunSettings.model_validate(settings), tmp_path, state)
    results = [evaluate(run.round(n), NullTracker(), NullProgress()) for n in range(6)]
    assert [result.total for result in results] == [60, 0, 0, 60, 0, 60]
    assert sum(result.rollouts for result in results) == student.asked
    assert results[1] == Evaluated.none() and results[3].accuracy == pytest.approx(1 / 3)
    levels = {name: score.accuracy for name, score in results[3].levels.items()}
    assert levels == {"at_level": 1.0, "above": 0.0, "far_above": 0.0}
    assert results[3].greedy.accuracy == pytest.approx(4 / 30) and results[1].greedy is None
    assert results[3].metrics()["greedy"] == results[3].greedy.accuracy
    results[3].save(state, 3)
    assert Evaluated.load(state, 3) == results[3]
    results[1].save(state, 1)
    assert Evaluated.load(state, 1) == results[1], "the phase is over, so it is not done again"


class AsServed:
    """A student whose answers are those of the weights that were loaded last, as servers give them."""

    def __init__(self, run: Any, number: int) -> None:
        self.run, self.number, self.version = run, number, f"after round {number}"

    def sample(self, texts, *, samples, seed):
        assert self.run.loaded[-1] == self.number, "other weights would answer"
        return [["1"] * samples for _ in texts]


class Served(Run):
    """Says which students were loaded."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.loaded: list[int] = []

    def student(self, number: int) -> Any:
        if self.loaded[-1:] != [number]:
            self.loaded.append(number)
        return AsServed(self, number)


def after_one_round(state: RunState, folder: Path, on_seeds: PassRate, **settings: Any) -> Served:
    values = SETTINGS | {"curriculum": {"filter": "difficulty"}, "tune": {"enabled": False}}
    run = Served(RunSettings.model_validate(values | settings), folder, state)
    ids = [seed.id for seed in run.seeds]
    state.save_pass_rates(ids, [on_seeds] * len(ids), "after round 0")
    replace(RESULTS.generated, student="after round 0").save(state, 1)
    return run


def test_a_round_measures_its_own_student_and_loads_no_other(state, tmp_path):
    """Which rates are an earlier student's is known without it."""
    run = after_one_round(state, tmp_path, PassRate(4, 8))
    measure(run.round(2), NullTracker(), NullProgress())
    assert run.loaded == [1]
    rates = run.round(2).on_seeds.values()
    assert len(rates) == len(run.seeds) and all(rate.rollouts >= 4 for rate in rates), (
        "half is remembered"
    )


def test_what_seeds_came_to_in_training_is_known_of_them_in_every_later_round(state, tmp_path):
    """However little is worth measuring: a third of a round may be seeds, and nothing tells better which
    of them still carry a gradient."""
    run = after_one_round(state, tmp_path, PassRate(2, 2), meter={"mistake_cost": 1})
    ids = [seed.id for seed in run.seeds]
    mixed = set(ids[::4])
    answered = 2 * len(ids)
    for number in (2, 3, 4):
        groups = [PassRate(9 if id_ in mixed else 24, 24) for id_ in ids]
        state.save_pass_rates(ids, groups, training_label(number - 1))
        measured = measure(run.round(number), NullTracker(), NullProgress())
        assert measured.rollouts == 0, "enough is known"
        answered += 24 * len(ids)
        round = run.round(number)
        known = [(id_ in mixed, round.on_seeds[id_]) for id_ in ids]
        assert all(rate.rollouts >= 12 for _, rate in known)
        assert all(0.3 < rate.rate < 0.5 if half else rate.rate > 0.9 for half, rate in known)
        assert measured.mean_pass_rate_on_seeds == pytest.approx(fmean(r.rate for _, r in known))
        uses = seeds_to_train_on(run.seeds, round.on_seeds, 126, group_size=8, held_out=())
        assert sum(problem.id in mixed for problem in uses) > 126 / 2
        replace(RESULTS.generated, student=f"after round {number - 1}").save(state, number)
        # The difficulty model learns from each answer once.
        versions = {earlier: f"after round {earlier - 1}" for earlier in range(1, number + 1)}
        learnt = observations(state, number, versions, run.seeds)
        assert sum(each.pass_rate.rollouts for each in learnt) == answered


@pytest.mark.slow
def test_tuning_measures_other_problems_than_in_the_rounds_before(state, tmp_path):
    """They may have been trained on, and those that come again are no problems of this round."""
    seeds = tmp_path / "seeds.jsonl"
    seeds.write_text("".join(seed.model_dump_json() + "\n" for seed in elementary_seeds()[:8]))
    settings = SETTINGS | {
        "seeds": {"path": str(seeds)},
        "generate": {"mutation": "weights", "operators": ["add_step", "two_digit_numbers"]},
        "tune": {"rollouts": 300, "exploration_tries": 32, "batch_size": 4},
    }
    run = Served(RunSettings.model_validate(settings), tmp_path, state)
    for number in (1, 2):
        measure(run.round(number), NullTracker(), NullProgress()).save(state, number)
        tune(run.round(number), NullTracker(), NullProgress()).save(state, number)
        replace(RESULTS.generated, student=f"after round {number - 1}").save(state, number)
    before = {problem.id for problem in state.problems(1)}
    asked = state.pass_rates("after round 1").keys() - {seed.id for seed in run.seeds}
    assert len(asked) > 40 and len(asked & before) < len(asked) / 10


UNFILTERED = {"curriculum": {"filter": "none"}, "train": {"steps": 10, "prompts_per_step": 16}}


@pytest.mark.slow
def test_unfiltered_operators_make_distinct_problems_and_cost_no_rollout(state, tmp_path):
    round = first_round(state, tmp_path, **UNFILTERED, generate={"decisions": 300, "variants": 2})
    result = generate(round, NullTracker(), NullProgress())
    rows = [json.loads(line) for line in round.training_file.read_text().splitlines()]
    assert len(rows) == len({row["id"] for row in rows}) == 160
    assert (result.rollouts, result.gradient_share_expected) == (0, None)
    assert result.distinct == 160 and 1 < result.structures <= 160
    assert Measured.load(state, 1).rollouts == 0 and not state.pass_rates(round.student_version)
    assert generate(round.run.round(1), NullTracker(), NullProgress()) == result
    assert rows == [json.loads(line) for line in round.training_file.read_text().splitlines()]


@pytest.mark.slow
def test_seeds_alone_are_each_used_before_any_is_used_again(state, tmp_path):
    round = first_round(state, tmp_path, **UNFILTERED, generate={"source": "seeds"})
    result = generate(round, NullTracker(), NullProgress())
    uses = Counter(json.loads(line)["id"] for line in round.training_file.read_text().splitlines())
    assert uses.keys() <= {seed.id for seed in round.seeds}
    assert max(uses.values()) - min(uses.values()) <= 1
    assert (result.seeds, result.repeated) == (160, 160 - len(uses))
    structures = {fingerprint(seed.symbols) for seed in round.seeds if seed.id in uses}
    assert result.structures == len(structures) < len(uses) == result.distinct
    assert not state.problems(1) and result.rollouts == 0


def test_a_filter_that_measures_nothing_goes_with_nothing_that_must_be_measured():
    for change, told in (
        ({"generate": {"source": "seeds"}}, "filter: none"),
        ({"curriculum": {"filter": "none", "replay": 0.5}}, "curriculum.replay"),
        ({"curriculum": {"filter": "none"}, "generate": {"random_share": 0.5}}, "random_share"),
    ):
        with pytest.raises(ValueError, match=told):
            RunSettings.model_validate(SETTINGS | change)


def test_an_option_without_effect_is_refused():
    difficulty = {"filter": "difficulty"}
    for change, told in (
        ({"generate": {"rollouts": 100}}, "generate.rollouts limits what .* filter is `band`"),
        ({"generate": {"rollouts": 3}, "curriculum": difficulty}, "max_rollouts, 4; give as many"),
        ({"generate": {"random_share": 0.5}, "curriculum": difficulty}, "is `difficulty`; leave"),
    ):
        with pytest.raises(ValueError, match=told):
            RunSettings.model_validate(SETTINGS | change)


@pytest.mark.parametrize("mutation", ["operators", "both"])
def test_weights_are_shuffled_only_where_moves_are_drawn_by_them(mutation):
    change = {"tune": {"shuffled": True}, "generate": {"mutation": mutation}}
    with pytest.raises(ValueError, match=f"generate.mutation is `{mutation}`; write `weights`"):
        RunSettings.model_validate(change)


class WritesEverything(FollowsDemonstrations):
    """Puts every draft into words as it is, so that each variant is read back too."""

    def complete(self, request: Request) -> Response:
        last = request.messages[-1].text
        draft = re.search(r"## draft ## \]\]\n(.*?)\n\n", last, re.DOTALL)
        self.reply = json.dumps({"text": draft[1]}) if draft else None
        return super().complete(request)


@pytest.mark.slow
def test_a_small_run_never_asks_more_than_its_bound(state, tmp_path):
    values = SETTINGS | {
        "rounds": 1,
        "teacher": {"model": "openai/scripted"},
        "generate": {"decisions": 8, "variants": 2, "verbalization": "teacher"},
        "tune": {"enabled": False},
    }
    settings = RunSettings.model_validate(values)
    engine = WritesEverything()
    teacher = TeacherCalls(dspy.LM("teacher", engine=engine, cache=False), adapter=JSON)
    run = Run(settings, tmp_path, state, teacher)
    round, asked = run.round(1), 0
    for phase in (measure, tune):
        result = phase(round, NullTracker(), NullProgress())
        result.save(state, 1)
        asked += result.teacher_calls
    # What the teacher writes cannot be read back, so nothing is accepted, and all is asked.
    with pytest.raises(NothingToTrainOn, match="no problem was accepted"):
        generate(round, NullTracker(), NullProgress())
    asked += state.teacher_calls(1)
    assert asked == engine.calls == teacher.spent.calls
    most = most_teacher_cost(settings, run.new_program(), run.seeds)
    assert 20 < engine.calls <= most.calls - AT_THE_START
    assert teacher.spent.tokens <= most.prompt_tokens + most.completion_tokens


RESULTS = RoundResults(
    1,
    Measured(0.25, 8, None, 0.5, teacher_calls=3, rollouts=40),
    Tuned(0.5, 8, "demonstrations", teacher_calls=9, rollouts=90),
    Generated(
        *("lab@1", 20, 5, 1, 10, 0.5, 0.2, 0.8, 8, 0, 0, 0, 0, 0.75),
        teacher_calls=10,
        rollouts=100,
    ),
    Trained(2, 2, 64, 0.75, gradient_share=0.5),
    Evaluated(
        *(0.5, 5, 10, 0.2, 0.8, 10),
        benchmarks={"svamp": BenchmarkScore(0.4, 0.1, 0.7)},
        levels={"above": BenchmarkScore(0.3, 0.1, 0.6)},
    ),
)


def test_results_come_back_as_they_were(state):
    for result in RESULTS.phases[:-1]:
        result.save(state, 1)
    assert RoundResults.load(state, 1) is None, "the round is not over"
    RESULTS.evaluated.save(state, 1)
    assert RoundResults.load(state, 1) == RESULTS
    assert Evaluated.load(state, 2) is None


def test_metrics_are_the_numbers_of_a_result():
    assert "mean_pass_rate" not in RESULTS.measured.metrics()
    assert RESULTS.evaluated.metrics()["svamp_high"] == 0.7
    assert RESULTS.evaluated.metrics()["above"] == 0.3
    assert set(Evaluated.none().metrics().values()) == {0}
    for result in RESULTS.phases:
        numbers = result.metrics()
        assert numbers and all(isinstance(n, int | float) for n in numbers.values())
        assert {"student", "origin", "benchmarks", "levels"}.isdisjoint(numbers)
        names = {field.name for field in fields(result)}
        assert names >= {name for name in numbers if not name.startswith(("svamp", "above"))}
