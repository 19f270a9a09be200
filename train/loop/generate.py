"""Generate: verified problems until enough of them lie in the band; the round's training file."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean
from typing import Any

from zoped.foundation.errors import counted
from zoped.programs import Reason, Seed
from zoped.train.curriculum.choose import (
    Curriculum,
    TrainingProblem,
    choose_problems,
    in_band,
    seed_weights,
    write_training_file,
)
from zoped.train.curriculum.corrections import believed_key
from zoped.train.curriculum.replay import replayed_problems, seeds_to_train_on, trained_on
from zoped.train.loop.generating.adapt import adapt, difficulty_report
from zoped.train.loop.generating.generation import Due
from zoped.train.loop.generating.unfiltered import generate_unfiltered
from zoped.train.loop.observe import Progress, Tracker, percent
from zoped.train.loop.round import Round
from zoped.train.results import Generated
from zoped.train.state import StoredProblem

# Generation steps whose problems are measured together, and whose decisions are under way together;
# as many as the teacher takes requests at once, where those are more. The boundary depends on the
# step alone, so a resumed round measures the same batches as one that was never killed.
MEASURED_TOGETHER = 8


def predicted_key(number: int) -> str:
    """Under which the state keeps the pass rates that were predicted in a round, by problem."""
    return f"predicted {number}"


def generate(round: Round, tracker: Tracker, progress: Progress) -> Generated:
    """Make, measure and choose the round's problems."""
    if round.settings.curriculum.filter == "none":
        return generate_unfiltered(round, progress)
    wanted = round.settings.train.problems_of(round.number)
    (replayed, replaying), seeds = _replayed(round), _seeds_to_train_on(round)
    if round.settings.curriculum.filter == "difficulty":
        return _adapted(round, wanted, [*replayed, *seeds], replaying, tracker, progress)
    made = _make_problems(round, wanted - len(replayed) - len(seeds), progress)
    curriculum = choose_problems(
        [TrainingProblem.of(stored) for stored in made],
        band=round.band,
        count=wanted,
        seed=round.random_seed("curriculum"),
        replayed=replayed,
        seeds=seeds,
        order=round.settings.curriculum.order_rule(),
    )
    return _written(round, made, curriculum, replaying, tracker, progress)


def _adapted(
    round: Round,
    wanted: int,
    others: Sequence[TrainingProblem],
    replaying: int,
    tracker: Tracker,
    progress: Progress,
) -> Generated:
    adapted = adapt(round, wanted - len(others), others, progress)
    report = difficulty_report(adapted)
    chances = {id_: a / (a + b) for id_, (a, b) in adapted.predicted.items()}
    round.state.set_meta(predicted_key(round.number), chances)
    return _written(
        round, adapted.made, adapted.curriculum, replaying, tracker, progress, difficulty=report
    )


def _written(
    round: Round,
    made: Sequence[StoredProblem],
    curriculum: Curriculum,
    replaying: int,
    tracker: Tracker,
    progress: Progress,
    difficulty: Mapping[str, Any] | None = None,
) -> Generated:
    """The round's training file, and what is told of it. `replaying` are the rollouts with which
    earlier problems were measured again."""
    write_training_file(round.training_file, curriculum.problems)
    result = replace(_result(round, made, curriculum, replaying), difficulty=difficulty)
    _track(round, made, tracker)
    progress.note(
        f"round {round.number}: {counted(result.accepted, 'problem')} accepted, {result.rejected:,} rejected; "
        f"{result.in_band} in the band, {result.training_problems} to train on, of "
        f"{counted(result.structures, 'structure')} ({curriculum.outside} from outside "
        f"the band, {curriculum.repeated} repeated, {curriculum.replayed} replayed, "
        f"{counted(curriculum.seeds, 'seed')}); {percent(result.gradient_share_expected)} of the groups "
        "should carry a gradient"
    )
    return result


def _make_problems(round: Round, wanted: int, progress: Progress) -> list[StoredProblem]:
    """The round's problems, all measured: until `wanted` lie in the band, or until the most
    decisions were taken. What an earlier process made and measured is kept."""
    limit = round.settings.generate.decisions
    step, shown = round.state.next_step(round.number), 0
    together = max(MEASURED_TOGETHER, round.settings.teacher.at_once)
    maker = _Maker(round)
    with (
        maker.decisions,
        progress.task(f"round {round.number}: generating problems in the band", wanted) as task,
    ):
        while True:
            if step % together == 0 or step >= limit:
                maker.measure(step)
                found = maker.in_band
                task.advance(min(found, wanted) - shown)
                shown = min(found, wanted)
                if found >= wanted or step >= limit:
                    return maker.measured
            maker.make(step, min(limit, step + together - step % together))
            step += 1


class _Maker:
    """Takes decisions on seeds, and measures what came of them, a batch at a time."""

    def __init__(self, round: Round) -> None:
        self.round = round
        program = round.program(tuned=True)
        self.tuned_menu = program.mutate.tuned
        self.generator = round.generator(program)
        self.at_random = round.run.random_operators()
        stored = round.state.measured(round.number, round.student_version)
        self.measured = [s for s in stored if s.pass_rate is not None]
        self.new = [s.problem for s in stored if s.pass_rate is None]
        self.weights = self._weights()
        self.decisions = round.decisions()

    @property
    def in_band(self) -> int:
        return sum(in_band(stored, self.round.band) for stored in self.measured)

    def measure(self, step: int) -> None:
        """Measure what has no pass rate yet; `step` names the random stream."""
        if not self.new:
            return
        rates = self.round.meter(f"generate-{step}").measure(self.new)
        ids = [problem.id for problem in self.new]
        self.round.state.save_pass_rates(ids, rates, self.round.student_version)
        self.measured += map(StoredProblem, self.new, rates)
        self.new = []
        self.weights = self._weights()

    def make(self, step: int, end: int) -> None:
        """One decision, stored; those before `end` are begun, of which the seeds are known."""
        following = (self._due(later) for later in range(step + 1, end))
        self.new += self.decisions.take(self._due(step), following)

    def _due(self, step: int) -> Due:
        rng = random.Random(self.round.random_seed(f"step-{step}"))
        at_random = rng.random() < self.round.settings.generate.random_share
        seed = self._draw(rng, at_random)
        drawn = at_random and seed.symbols is not None
        return Due(
            step,
            seed,
            self.at_random if drawn else self.generator,
            self.round.notes.get(seed.id, ""),
        )

    def _draw(self, rng: random.Random, at_random: bool) -> Seed:
        """A seed by its weight; the tuned program makes nothing of some."""
        seeds, notes = self.round.seeds, self.round.notes
        weights = [
            0.0 if not at_random and self.tuned_menu.skips(notes.get(seed.id, "")) else weight
            for seed, weight in zip(seeds, self.weights, strict=True)
        ]
        return rng.choices(seeds, weights if any(weights) else self.weights)[0]

    def _weights(self) -> list[float]:
        """Only what was measured counts, so they change when something was."""
        return seed_weights(self.round.seeds, self.round.on_seeds, self.measured, self.round.band)


def _replayed(round: Round) -> tuple[list[TrainingProblem], int]:
    """The share of earlier rounds' problems, measured again, and the rollouts of that."""
    settings = round.settings
    return replayed_problems(
        trained_on([earlier.training_file for earlier in round.earlier]),
        int(settings.curriculum.replay * settings.train.problems_of(round.number)),
        band=round.band,
        state=round.state,
        meter=round.meter,
        seed=round.random_seed("replay"),
    )


def _seeds_to_train_on(round: Round) -> list[TrainingProblem]:
    """The share of seeds, as they are."""
    settings = round.settings
    return seeds_to_train_on(
        round.seeds,
        round.on_seeds,
        int(settings.curriculum.seeds * settings.train.problems_of(round.number)),
        group_size=settings.train.num_generations,
        held_out=round.run.held_out,
        is_contaminated=round.run.tested.evidence,
    )


def _result(
    round: Round,
    made: Sequence[StoredProblem],
    curriculum: Curriculum,
    replaying: int,
) -> Generated:
    rejected = round.state.rejection_counts(round.number)
    beliefs = curriculum.beliefs(round.settings.curriculum.ahead)
    chances: list[float] = []
    for of, correction in round.corrections.items():
        believed = [
            (problem.id, belief)
            for problem, belief in zip(curriculum.problems, beliefs, strict=True)
            if (problem.source == "seed") == (of == "seeds")
        ]
        round.state.set_meta(believed_key(round.number, of), dict(believed))
        chances += [
            correction.gradient(belief, round.settings.train.num_generations)
            for _, belief in believed
        ]
    used = {problem.id for problem in curriculum.problems}
    found = sum(in_band(stored, round.band) for stored in made)
    measured = sum(stored.pass_rate is not None for stored in made)
    before = {problem.id for problem in round.state.measured_before_steps(round.number)}
    rates = [s.pass_rate for s in made if s.pass_rate and s.problem.id not in before]
    return Generated(
        student=round.student_version,
        accepted=len(made),
        rejected=sum(rejected.values()),
        contaminated=rejected.get(Reason.CONTAMINATED, 0),
        in_band=found,
        band_share=found / measured if measured else None,
        band_low=round.band.low,
        band_high=round.band.high,
        training_problems=len(curriculum.problems),
        from_outside=curriculum.outside,
        repeated=curriculum.repeated,
        replayed=curriculum.replayed,
        seeds=curriculum.seeds,
        gradient_share_expected=fmean(chances),
        teacher_calls=round.state.teacher_calls(round.number),
        distinct=len(used),
        structures=round.structures(used),
        rollouts=sum(rate.rollouts for rate in rates) + replaying,
    )


def _track(round: Round, made: Sequence[StoredProblem], tracker: Tracker) -> None:
    rates = [stored.pass_rate.rate for stored in made if stored.pass_rate]
    tracker.histogram(rates, "pass_rates.png", title="Generated problems", band=round.band)
    tracker.table([_table_row(stored) for stored in made], "problems.json")
    rejected = round.state.rejection_counts(round.number)
    tracker.metrics({f"rejected/{k}": v for k, v in rejected.items()}, step=round.number)


def _table_row(stored: StoredProblem) -> dict[str, Any]:
    problem, rate = stored.problem, stored.pass_rate
    return {
        "text": problem.text,
        "answer": problem.answer,
        "passes": rate.passes if rate else None,
        "rollouts": rate.rollouts if rate else None,
        "move": problem.move,
        "seed": problem.seed_id,
        "topic": problem.symbols.topic,
        "symbolic": problem.symbols.model_dump_json(),
    }
