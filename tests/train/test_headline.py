"""The few numbers that runs are compared by."""

from pathlib import Path

from tests.train.compared_runs import write_run
from zoped.train.headline import headline, outcome
from zoped.train.loop.report import read_report
from zoped.train.results import Measured
from zoped.train.run_record import read_record
from zoped.train.state import STATE, RunState

COSTS = {"teacher_calls": 7.0, "tokens": 120.0, "dollars": 0.5, "minutes": 1.5}


def test_costs_are_those_of_all_that_is_done_and_of_no_round_before(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", right=range(30), rounds=2)
    with RunState(folder / STATE) as state:
        assert [entry.student_rollouts for entry in read_report(state).rounds] == [664]
        before, after = outcome(state, 0), headline(state, 1)
        Measured(0.5, 10, 0.4, 0.3, 1, 100).save(state, 2)
    assert before.keys().isdisjoint(COSTS) and before["rollouts"] == 0
    assert after.items() >= COSTS.items() and after["rollouts"] == 664
    record = read_record(folder)
    assert record.done == 1 and record.numbers["accuracy"] == 0.75
    assert (after["greedy_accuracy"], after["greedy_gain"]) == (0.375, 0.125)
    assert record.numbers == after | {"rollouts": 764.0}
