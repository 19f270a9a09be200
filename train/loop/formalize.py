"""The seeds of a run, with their symbols before the first round, so that operators can change them too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial

from zoped.foundation.errors import ZopedError, counted
from zoped.foundation.own_files import listed
from zoped.programs import Seed
from zoped.programs.acceptance import NotAccepted, Reason
from zoped.programs.teachers.errors import BudgetSpent, TeacherError
from zoped.programs.under_way import all_at_once
from zoped.train.loop.costs import keep_costs
from zoped.train.loop.observe import Progress
from zoped.train.loop.round import Run
from zoped.train.settings import SettingsError

# In the state's meta
DONE = "seeds formalized"
UNANSWERED = "seeds without an answer"  # their ids


class NoSymbols(ZopedError):
    """None of the seeds could be formalized."""


def keep_seeds(run: Run, progress: Progress) -> None:
    """Store the run's seeds. Where `seeds.formalize_first` is set they get their symbols before, and
    those that the teacher cannot formalize are left out.

    That is done once: a run that goes on has the seeds that it began with, and one of which nothing was
    made yet may be given others. Raises NoSymbols, BudgetSpent where the budget did not pay for all of
    them, TeacherError where the teacher did not answer, and SettingsError for seeds that the run did not
    begin with. What is formalized by then is kept, and the next call asks for the others; those that get
    no answer then either are left out.
    """
    if not run.settings.seeds.formalize_first:
        if not run.state.is_empty():
            _require_known(run, run.state.seeds())
        run.state.save_seeds(run.seeds)
        return
    if (
        run.state.meta(DONE)
        and run.state.is_empty()
        and _told(run.seeds) != _told(run.state.seeds())
    ):
        run.state.set_meta(DONE, False)
    known = run.state.seeds() if run.state.meta(DONE) else _formalized(run, progress)
    _require_known(run, known)
    by_id = {seed.id: seed for seed in known}
    seeds = [seed for seed in (by_id[seed.id] for seed in run.seeds) if seed.symbols is not None]
    if not seeds:
        raise NoSymbols(
            "none of the seeds could be formalized; give each its `symbols` (docs/seeds.md), or name "
            "another teacher"
        )
    if not run.state.meta(DONE):
        run.state.save_seeds(known)
        run.state.set_meta(DONE, True)
    run.seeds = seeds


def _told(seeds: Sequence[Seed]) -> list[tuple[str, str, str]]:
    """What the teacher reads of them."""
    return [(seed.id, seed.text, seed.answer) for seed in seeds]


def _require_known(run: Run, known: Sequence[Seed]) -> None:
    """Raise SettingsError for seeds that are not among those that the run began with, or say something else."""
    before = set(_told(known))
    new = [told[0] for told in _told(run.seeds) if told not in before]
    if new:
        raise SettingsError(
            f"seeds.path: {run.settings.seeds.path} has {listed(sorted(new))}, with which the run in "
            f"{run.folder} did not begin; give it the seeds that it had, or name another run folder"
        )


def _formalized(run: Run, progress: Progress) -> list[Seed]:
    """All seeds in their order; those that could not be formalized as they are."""
    bare = [seed for seed in run.seeds if seed.symbols is None]
    teacher = run.teacher
    if not bare or teacher is None:
        return run.seeds
    program = run.new_program()
    failed: Counter[str] = Counter()
    unpaid: list[BudgetSpent] = []
    unanswered: dict[str, str] = {}  # by the seed's id, why

    async def read(seed: Seed) -> Seed:
        try:
            symbols = await program.asymbols(seed, teacher=teacher)
        except NotAccepted as why:
            failed[str(why.reason)] += 1
            if why.reason is Reason.TEACHER_ERROR:
                unanswered[seed.id] = why.detail
        except BudgetSpent as spent:
            # A result: what others have asked is paid for, and waited for.
            unpaid.append(spent)
        else:
            return seed.model_copy(update={"symbols": symbols})
        return seed

    with progress.task("formalizing the seeds", len(bare)) as task:

        def ended() -> None:
            task.advance()
            keep_costs(run)

        asks = [lambda seed=seed: read(seed) for seed in bare]
        read_ones = all_at_once(
            asks,
            most=teacher.concurrency or len(bare),
            on_progress=ended,
            while_waiting=partial(keep_costs, run),
        )
    if unpaid:
        raise unpaid[0]
    _require_asked_twice(run, unanswered)
    reasons = ", ".join(f"{count} {reason}" for reason, count in failed.most_common())
    progress.note(
        f"{len(bare) - failed.total():,} of {counted(len(bare), 'seed')} without symbols "
        f"{'is' if len(bare) == 1 else 'are'} formalized"
        + (f"; left out: {reasons}" if reasons else "")
    )
    by_id = {seed.id: seed for seed in read_ones}
    return [by_id.get(seed.id, seed) for seed in run.seeds]


def _require_asked_twice(run: Run, unanswered: Mapping[str, str]) -> None:
    """Raise TeacherError for seeds that got no answer, where another process did not ask for them before:
    a server that fails for a while is no reason to leave a seed out, and one that refuses its text always
    is."""
    before = run.state.meta(UNANSWERED) or []
    run.state.set_meta(UNANSWERED, sorted({*before, *unanswered}))
    new = [why for id_, why in unanswered.items() if id_ not in before]
    if new:
        raise TeacherError(
            f"seeds that got no answer: {len(new)}, the last because: {new[-1]}; the same command asks for them "
            "once more, and leaves out those that get none then either"
        )
