"""Measure: how the student does on the seeds, and on what the prompts as they are make for it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import partial

from zoped.evals import Measurement, as_asked, measure_program
from zoped.evals.stopping import Beta
from zoped.foundation.errors import counted
from zoped.programs import GenerateProblem
from zoped.train.curriculum.choose import NOTHING, later
from zoped.train.loop.costs import keep_costs
from zoped.train.loop.generating.generation import STEPS_PER_ROUND
from zoped.train.loop.kept_decisions import KeptDecisions
from zoped.train.loop.observe import Progress, Task, Tracker, percent
from zoped.train.loop.parts import Asking
from zoped.train.loop.round import Round
from zoped.train.results import Measured


def measure(round: Round, tracker: Tracker, progress: Progress) -> Measured:
    """The pass rate of every seed, stored; then of problems that the untuned program makes. Nothing
    where nothing is chosen by it."""
    if not round.settings.measures:
        round.state.save_prompts(round.number, "before", round.program(tuned=False).dump_state())
        return Measured(0.0, 0, None, None, teacher_calls=0, rollouts=0)
    meter = round.meter("seeds")
    with progress.task(
        f"round {round.number}: measuring the student on the seeds", len(round.seeds)
    ) as task:
        on_seeds = meter.measure(
            [as_asked(seed) for seed in round.seeds],
            priors=_expected_on_seeds(round),
            on_progress=_more(task),
        )
    round.state.save_pass_rates([seed.id for seed in round.seeds], on_seeds, meter.student.version)
    program = round.program(tuned=False)
    mean_on_seeds = _mean([rate.rate for rate in round.on_seeds.values()])
    if not round.settings.tunes:
        # Nothing will be compared with it, and the rollouts are better spent on what is trained on.
        round.state.save_prompts(round.number, "before", program.dump_state())
        return Measured(None, 0, None, mean_on_seeds, 0, meter.rollouts_spent)
    measured = measure_prompts(
        round, program, progress, f"round {round.number}: measuring the prompts"
    )
    round.state.save_prompts(round.number, "before", program.dump_state())
    rates = [rate.rate for rate in measured.pass_rates]
    if rates:
        tracker.histogram(rates, "pass_rates.png", title="Before tuning", band=round.band)
        progress.note(
            f"round {round.number}: {percent(measured.band_share)} of {counted(len(rates), 'problem')} "
            f"{'is' if len(rates) == 1 else 'are'} in the band"
        )
    return Measured(
        band_share=measured.band_share,
        problems=len(rates),
        mean_pass_rate=_mean(rates),
        mean_pass_rate_on_seeds=mean_on_seeds,
        teacher_calls=measured.teacher_calls,
        rollouts=measured.rollouts + meter.rollouts_spent,
    )


def _expected_on_seeds(round: Round) -> list[Beta] | None:
    """What the rounds before say of the seeds; None where they say nothing."""
    if not round.on_seeds_before:
        return None
    prior = round.settings.meter.prior
    known = (round.on_seeds_before.get(seed.id, NOTHING) for seed in round.seeds)
    return [later(rate, prior, ahead=0) for rate in known]


def measure_prompts(
    round: Round, program: GenerateProblem, progress: Progress, description: str
) -> Measurement:
    """What the program makes, measured. Before and after tuning: the same seeds, the same random
    streams, the same sampling."""
    seeds = round.seeds_within_reach
    count = min(round.settings.measure.seeds, len(seeds))
    generator = round.generator(program)
    kept = KeptDecisions(round, program, generator) if isinstance(generator, Asking) else None
    keep = kept.keep if kept is not None else partial(keep_costs, round.run)
    with progress.task(description, count) as task:

        def decided() -> None:
            task.advance()
            keep()

        try:
            return measure_program(
                kept or generator,
                random.Random(round.random_seed("measure")).sample(seeds, count),
                round.prompts_meter("measure"),
                stream=round.number * STEPS_PER_ROUND - 1,
                notes=round.notes,
                variants=round.settings.measure.variants,
                seen=round.run.seen(before=round.number),
                on_progress=decided,
            )
        finally:
            keep()


def _more(task: Task) -> Callable[[int, int], None]:
    """The meter reports how many are done; a task wants how many more."""
    shown = 0

    def on_progress(done: int, total: int) -> None:
        nonlocal shown
        task.advance(done - shown)
        shown = done

    return on_progress


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
