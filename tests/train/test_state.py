"""Nothing that was committed is lost, nothing is counted twice."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import product
from pathlib import Path

import pytest

from zoped.evals import PassRate
from zoped.programs import GeneratedProblem, Reason, Rejection, builtin_seeds
from zoped.train.results import Evaluated, WarmStarted
from zoped.train.state import RunState, StateError

SEED = next(seed for seed in builtin_seeds() if seed.symbols is not None)


def problem(number: int, key: str | None = None) -> GeneratedProblem:
    return GeneratedProblem(
        id=f"p{number}",
        seed_id=SEED.id,
        text=f"What is {number} + 1?",
        answer=str(number + 1),
        symbols=SEED.symbols,
        fingerprint="f",
        instance_key=key or f"k{number}",
        move="change_numbers",
        arguments={},
        depth=1,
    )


def rejection(reason: Reason = Reason.MANY_SOLUTIONS) -> Rejection:
    return Rejection(seed_id=SEED.id, reason=reason, detail="two", move="remove_step")


def test_a_step_is_stored_with_its_problems_rejections_and_calls(tmp_path: Path) -> None:
    with RunState(tmp_path / "s.db") as state:
        assert state.next_step(1) == 0
        state.record_step(
            1,
            0,
            seed_id=SEED.id,
            accepted=[problem(1), problem(2)],
            rejected=[rejection()],
            teacher_calls=3,
        )
    with RunState(tmp_path / "s.db") as state:
        assert state.next_step(1) == 1 and state.next_step(2) == 0
        assert state.problems(1) == [problem(1), problem(2)]
        assert state.rejection_counts() == {"many_solutions": 1}
        assert state.teacher_calls(1) == 3
        assert state.instance_keys() == {"k1", "k2"}


def test_a_problem_comes_once_in_a_run(tmp_path: Path) -> None:
    with RunState(tmp_path / "s.db") as state:
        outcome = {"seed_id": SEED.id, "rejected": [], "teacher_calls": 1}
        state.record_step(1, 0, accepted=[problem(1)], **outcome)
        new = state.record_step(2, 0, accepted=[problem(2, key="k1"), problem(3)], **outcome)
        assert new == [problem(3)]
        assert state.rejection_counts(1) == {}
        assert state.rejection_counts(2) == {"duplicate": 1}


def test_what_was_measured_before_the_steps_is_of_the_round_and_of_no_step(tmp_path: Path) -> None:
    measured, other, again = problem(1), problem(2), problem(3)
    rate, better = PassRate(1, 2), PassRate(2, 2)
    with RunState(tmp_path / "s.db") as state:
        outcome = {"seed_id": SEED.id, "rejected": [], "teacher_calls": 0}
        state.record_measured(1, [(again, rate)], "first student")
        assert not state.is_empty()
        state.record_measured(2, [(measured, rate), (again, better)], "student")
        state.record_measured(2, [(measured, rate), (other, rate)], "student")
        assert state.measured_before_steps(2) == state.problems(2) == [measured, other]
        assert state.problems_of_steps(2) == {} and state.next_step(2) == 0
        assert state.pass_rates("student") == {"p1": rate, "p2": rate, "p3": better}
        assert state.instance_keys(before=2) == {"k3"} and state.first_texts(before=3) == []
        assert state.record_step(2, 0, accepted=[measured], **outcome) == [], "it is not made again"


def test_a_step_that_fails_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    with RunState(tmp_path / "s.db") as state:
        outcome = {"seed_id": SEED.id, "rejected": [], "teacher_calls": 1}
        with pytest.raises(KeyboardInterrupt), state.transaction():
            state.record_step(1, 0, accepted=[problem(1)], **outcome)
            raise KeyboardInterrupt
        assert state.next_step(1) == 0 and state.problems(1) == []


def test_pass_rates_belong_to_a_version_of_the_student(tmp_path: Path) -> None:
    with RunState(tmp_path / "s.db") as state:
        state.record_step(
            1, 0, seed_id=SEED.id, accepted=[problem(1)], rejected=[], teacher_calls=1
        )
        state.save_pass_rates(["p1", "seed"], [PassRate(3, 8), PassRate(1, 4)], "v0")
        assert state.measured(1, "v0")[0].pass_rate == PassRate(3, 8)
        assert state.measured(1, "v1")[0].pass_rate is None
        assert state.pass_rates("v0")["seed"] == PassRate(1, 4)


def test_phases_prompts_and_seeds_come_back_as_they_were(tmp_path: Path) -> None:
    with RunState(tmp_path / "s.db") as state:
        assert state.phase_metrics(1, "tune") is None
        state.save_prompts(1, "after", {"mutate": {"signature": "Pick"}})
        state.finish_phase(1, "tune", {"band_share": 0.5})
        state.save_seeds([SEED])
    with RunState(tmp_path / "s.db") as state:
        assert state.phase_metrics(1, "tune") == {"band_share": 0.5}
        assert state.prompts(1, "after") == {"mutate": {"signature": "Pick"}}
        assert state.prompts(1, "before") is None
        assert state.seeds() == [SEED]


def test_a_state_where_nothing_can_be_written_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RunState(tmp_path / "state.db") as state:
        state.set_meta("key", "value")
    # A folder that is read-only is not so for root: this is what `access` says there.
    monkeypatch.setattr("os.access", lambda path, mode: False)
    before = (tmp_path / "state.db").read_bytes()
    with RunState(tmp_path / "state.db") as state:
        assert state.meta("key") == "value"
        with pytest.raises(StateError, match="cannot be opened for writing"):
            state.set_meta("key", "other")
    assert [path.name for path in tmp_path.iterdir()] == ["state.db"]
    assert (tmp_path / "state.db").read_bytes() == before


def written(path: Path) -> None:
    with RunState(path) as state:
        state.save_seeds([SEED])
        state.set_meta("configuration", "first")
        state.record_step(
            1, 0, seed_id=SEED.id, accepted=[problem(1)], rejected=[], teacher_calls=0
        )
        state.save_pass_rates(["p1"], [PassRate(1, 2)], "s")
        state.save_prompts(1, "before", {"mutate": {}})
        Evaluated.none().save(state, 1)
        WarmStarted(examples=1, steps=1, accuracy_before=0.5).save(state, 0)


ANOTHER_VERSION = '\'{"of": "another version"}\''
READERS: dict[str, tuple[str, Callable[[RunState], object]]] = {
    "meta": ("meta SET value", lambda state: state.meta("configuration")),
    "prompts": ("prompts SET body", lambda state: state.prompts(1, "before")),
    "seeds": ("seeds SET body", lambda state: state.seeds()),
    "problems": ("problems SET body", lambda state: state.problems(1)),
    "pass rates": ("pass_rates SET passes", lambda state: state.measured(1, "s")),
    "evaluation": ("phases SET metrics", lambda state: Evaluated.load(state, 1)),
    "warm start": ("phases SET metrics", lambda state: WarmStarted.load(state, 0)),
}


DAMAGED = ("'{'", "x'fffe'", "CAST(x'fffe' AS TEXT)")
WITHOUT_FIELDS = ("meta", "prompts")  # any object is read


@pytest.mark.parametrize(
    ("what", "cell"),
    [
        *product(READERS, DAMAGED),
        *((what, ANOTHER_VERSION) for what in READERS if what not in WITHOUT_FIELDS),
    ],
)
def test_what_this_version_did_not_write_is_told_with_its_file(
    tmp_path: Path, what: str, cell: str
) -> None:
    path = tmp_path / "state.db"
    written(path)
    place, read = READERS[what]
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(f"UPDATE {place} = {cell}")
    with (
        RunState(path) as state,
        pytest.raises(StateError, match=r"state\.db: cannot be read \(.*another version"),
    ):
        read(state)
