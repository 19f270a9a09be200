"""Pass rates from elsewhere become observations of the difficulty model: of a run, or of live problems."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from zoped.evals.pass_rate import PassRate
from zoped.foundation.errors import counted
from zoped.foundation.own_files import held
from zoped.programs import GeneratedProblem
from zoped.train.curriculum.choose import NOTHING
from zoped.train.curriculum.observed import imported_label
from zoped.train.exchange.problem_set import ExchangeError
from zoped.train.exchange.profile import Profiled
from zoped.train.live.store import FILE as LIVE
from zoped.train.live.store import LiveStore
from zoped.train.results import finished_rounds
from zoped.train.run_folder import open_run_folder
from zoped.train.run_record import require_run
from zoped.train.settings import RunSettings
from zoped.train.state import STATE, RunState

_IMPORTED = "imported_profiles"  # digests of what was imported, so that nothing counts twice


@dataclass(frozen=True)
class Imported:
    """How many problems were known, of how many, and their rollouts; `round` is the one that finds the
    student whose answers they are (None for live problems)."""

    known: int
    unknown: int
    rollouts: int
    round: int | None = None


def observe_in_run(
    run: Path, settings: RunSettings, profile: Sequence[Profiled], *, round_: int | None = None
) -> Imported:
    """Keep the pass rates of the student that round `round_` finds: if None, of the student after the
    last finished round. The difficulty model of that round and of later ones learns from them.

    Raises ExchangeError where no problem is the run's, or the same profile was imported before.
    """
    require_run(run, ExchangeError)
    with open_run_folder(run, settings), RunState(run / STATE) as state:
        done = len(finished_rounds(state))
        number = done + 1 if round_ is None else round_
        if not 1 <= number <= done + 1:
            raise ExchangeError(
                f"--round {number}: {counted(done, 'round')} of {run} {'is' if done == 1 else 'are'} "
                f"finished; give 1 to {done + 1}"
            )
        problems = [p for n in range(1, done + 2) for p in state.problems(n)]
        rates, unknown = _matched(problems, profile, run)
        digest = _digest(profile, number)
        imported = state.meta(_IMPORTED) or []
        if digest in imported:
            raise ExchangeError(f"these pass rates were imported into {run} before")
        label = imported_label(number)
        before = state.pass_rates(label)
        ids = list(rates)
        with state.transaction():
            state.save_pass_rates(ids, [rates[i] + before.get(i, NOTHING) for i in ids], label)
            state.set_meta(_IMPORTED, [*imported, digest])
    return Imported(len(rates), unknown, sum(r.rollouts for r in rates.values()), number)


def observe_live(folder: Path, profile: Sequence[Profiled]) -> Imported:
    """The same for the folder of live problems, which no service may be using."""
    with held(folder, str(folder)), LiveStore(folder) as store:
        known = store.problems()
        rates, unknown = _matched(known, profile, folder)
        keys = {problem.id: problem.instance_key for problem in known}
        batch = f"profile-{_digest(profile, 0)}"
        with store.transaction():
            new = [store.observe(keys[id_], rate, batch) for id_, rate in rates.items()]
        if not any(new):
            raise ExchangeError(f"these pass rates were imported into {folder} before")
    return Imported(len(rates), unknown, sum(r.rollouts for r in rates.values()))


def is_live(folder: Path) -> bool:
    """Whether live problems lie there."""
    return (folder / LIVE).is_file()


def _matched(
    problems: Iterable[GeneratedProblem], profile: Sequence[Profiled], where: Path
) -> tuple[Mapping[str, PassRate], int]:
    """The rates by the problems' ids, and how many are of no problem there."""
    ids: dict[str, str] = {}
    for problem in problems:
        ids[problem.instance_key] = ids[" ".join(problem.text.split())] = problem.id
    rates: dict[str, PassRate] = {}
    unknown = 0
    for each in profile:
        id_ = ids.get(each.key or each.question)
        if id_ is None:
            unknown += 1
        elif each.pass_rate.rollouts:
            rates[id_] = each.pass_rate + rates.get(id_, NOTHING)
    if not rates:
        raise ExchangeError(
            f"of {counted(len(profile), 'problem')} none is of {where}; profile what `zoped export` "
            "wrote, and keep the column `key`"
        )
    return rates, unknown


def _digest(profile: Sequence[Profiled], number: int) -> str:
    return hashlib.sha256(f"{number} {list(profile)}".encode()).hexdigest()[:24]
