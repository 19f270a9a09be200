"""The seeds of a run, with their symbols before the first round, so that operators can change them too."""

from __future__ import annotations

from collections import Counter
from functools import partial

from zoped.foundation.errors import ZopedError
from zoped.programs import Seed
from zoped.programs.acceptance import NotAccepted
from zoped.programs.teachers.errors import BudgetSpent
from zoped.programs.under_way import all_at_once
from zoped.train.loop.costs import keep_costs
from zoped.train.loop.observe import Progress
from zoped.train.loop.round import Run

DONE = "seeds formalized"  # in the state's meta


class NoSymbols(ZopedError):
    """None of the seeds could be formalized."""


def keep_seeds(run: Run, progress: Progress) -> None:
    """Store the run's seeds. Where `seeds.formalize_first` is set they get their symbols before, and
    those that the teacher cannot formalize are left out.

    That is done once: a run that goes on has the seeds that it began with. Raises NoSymbols, and
    TeacherError for a teacher that does not answer.
    """
    if not run.settings.seeds.formalize_first:
        run.state.save_seeds(run.seeds)
        return
    if run.state.meta(DONE) is None:
        run.state.save_seeds(_formalized(run, progress))
        run.state.set_meta(DONE, True)
    known = {seed.id: seed for seed in run.state.seeds()}
    run.seeds = [
        seed for seed in (known[seed.id] for seed in run.seeds) if seed.symbols is not None
    ]
    if not run.seeds:
        raise NoSymbols(
            "none of the seeds could be formalized; give each its `symbols` (docs/seeds.md), or name "
            "another teacher"
        )


def _formalized(run: Run, progress: Progress) -> list[Seed]:
    """All seeds in their order; those that could not be formalized as they are."""
    bare = [seed for seed in run.seeds if seed.symbols is None]
    teacher = run.teacher
    if not bare or teacher is None:
        return run.seeds
    program = run.new_program()
    failed: Counter[str] = Counter()

    async def read(seed: Seed) -> Seed:
        try:
            symbols = await program.asymbols(seed, teacher=teacher)
        except NotAccepted as why:
            failed[str(why.reason)] += 1
        except BudgetSpent:
            failed["budget spent"] += 1
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
    reasons = ", ".join(f"{count} {reason}" for reason, count in failed.most_common())
    progress.note(
        f"{len(bare) - failed.total()} of {len(bare)} seeds without symbols are formalized"
        + (f"; left out: {reasons}" if reasons else "")
    )
    by_id = {seed.id: seed for seed in read_ones}
    return [by_id.get(seed.id, seed) for seed in run.seeds]
