"""Generate for the student as it is: many problems proposed, few measured, the best trained on.

Operators make thousands of problems a second and a student answers few, so what is measured is
chosen. The difficulty model predicts the pass rate of every proposed problem; those that promise
a gradient and are unlike each other are measured, each until enough is known of it with what was
predicted as the prior; after each batch the model is fitted again. What is trained on is chosen in
the same way from everything, measured or predicted. A share of what is measured is drawn at
random, or the model would only ever learn of what it liked.

Where there is a teacher, what comes of `generate.decisions` of its decisions is proposed too, and has to
be as learnable and as new as what operators make for nothing. One problem of each decision that it was
asked for is measured: it costs a few answers beside the call, and nothing else tells how hard it is.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from zoped.evals.coverage import Candidate, choose_covering
from zoped.evals.difficulty import DifficultyModel, Observation, calibration
from zoped.evals.stopping import Beta
from zoped.programs import GeneratedProblem, Rejection
from zoped.programs.bulk.operators_on_ray import in_order
from zoped.programs.teachers.errors import BudgetSpent
from zoped.symbolic import fingerprint
from zoped.train.curriculum.choose import (
    NOTHING,
    Curriculum,
    NothingToTrainOn,
    TrainingProblem,
    expected_gradient,
    expected_worth,
    later,
    used_up_to,
)
from zoped.train.curriculum.observed import observations
from zoped.train.loop.generating.generation import STEPS_PER_ROUND
from zoped.train.loop.observe import Progress
from zoped.train.loop.round import Round
from zoped.train.sections.models import NO_TEACHER
from zoped.train.settings import RunSettings
from zoped.train.state import StoredProblem

BATCHES = 3  # of what the model chooses; it is fitted again after each
SPARE = 1.25  # times as many problems are measured as are wanted
FIRST_BATCH = STEPS_PER_ROUND // 2  # steps of the round: below are the teacher's decisions
LAST = FIRST_BATCH + 1 + BATCHES  # what is trained on without being measured
FIRST_LOOK = 96  # problems drawn at random in the first round, at least: nothing is known yet
WORTH_TRAINING = 0.5  # of learnable: what is like a seed is trained on from there
EASY = 0.8  # the expected pass rate of what is solved nearly always
LEARNABLE = 1.5  # times the wanted number: of the most learnable, which ones cover most is asked


@dataclass(frozen=True)
class Adapted:
    """`made` are the stored problems; `predicted` are the Beta distributions of those that were to be
    measured, by id, before any of them was."""

    made: list[StoredProblem]
    curriculum: Curriculum
    predicted: Mapping[str, Beta]


def adapt(
    round: Round,
    wanted: int,
    others: Sequence[TrainingProblem],
    progress: Progress,
) -> Adapted:
    """`wanted` new problems and `others`, in the order in which they are trained on."""
    if round.run.teacher is not None:
        _ask(round, progress)
    adapting = _Adapting(round, wanted)
    with progress.task(f"round {round.number}: measuring what promises most", wanted) as task:
        for step in range(FIRST_BATCH, LAST):
            adapting.measure(step)
            task.advance(wanted // (1 + BATCHES))
    chosen = adapting.choose()
    if wanted and not chosen:
        raise NothingToTrainOn(
            "no problem was accepted; the run's table of rejections says why, and more seeds with "
            "their symbolic form give more of them"
        )
    curriculum = used_up_to(
        wanted,
        chosen,
        in_band=sum(round.band.contains(p.expected_pass_rate) for p in chosen),
        others=others,
        order=round.settings.curriculum.order_rule(),
        rng=random.Random(f"curriculum-{round.random_seed('curriculum')}"),
    )
    return Adapted(adapting.made, curriculum, adapting.predicted)


class _Adapting:
    """What was proposed, what was measured of it, and what that says of the rest."""

    def __init__(self, round: Round, wanted: int) -> None:
        self.round = round
        self.wanted = wanted
        self.rejected: list[Rejection] = []
        stored = round.state.measured(round.number, round.student_version)
        self.stored = {s.problem.id: s for s in stored}
        steps = round.state.problems_of_steps(round.number)
        asked = [p for step, made in steps.items() if step < FIRST_BATCH for p in made]
        before = round.state.measured_before_steps(round.number)
        others = [*before, *asked]
        self.pool = {p.id: p for p in [*others, *self._proposals(others)]}
        paid = round.state.asked_steps(round.number)
        self.paid = [made[0] for step, made in steps.items() if step < FIRST_BATCH and step in paid]
        versions = {r.number: r.student_version for r in (*round.earlier, round)}
        self.before = observations(round.state, round.number, versions, round.seeds)
        self.seeds = {fingerprint(seed.symbols) for seed in round.seeds if seed.symbols}
        self.known = {p.id: self.stored[p.id].pass_rate or NOTHING for p in before}
        self.spent_before = sum(rate.rollouts for rate in self.known.values())
        self.predicted: dict[str, Beta] = {}
        self.ahead = round.settings.curriculum.ahead + round.corrections["problems"].shift
        self._fit()

    @property
    def made(self) -> list[StoredProblem]:
        return [
            StoredProblem(self.pool[id_], rate if rate.rollouts else None)
            for id_, rate in self.known.items()
        ]

    def _afforded(self, count: int) -> int:
        """How many of so many problems may be measured, if each is measured to the end."""
        limit = self.round.settings.generate.rollouts
        if limit is None:
            return count
        left = limit + self.spent_before - sum(rate.rollouts for rate in self.known.values())
        return min(count, max(0, left) // self.round.settings.meter.max_rollouts)

    def measure(self, step: int) -> None:
        """One batch: the first is drawn at random, beside what the teacher was asked for; the model
        chooses the others. What an earlier process stored of it is kept."""
        batch = self._stored_batch(step)
        if batch is None:
            batch = self._batch(step)
            self._store(step, batch, self.rejected if step == FIRST_BATCH else ())
        for problem in batch:
            self.predicted.setdefault(problem.id, self.beliefs[problem.id])
        new = [p for p in batch if p.id not in self.stored or not self.stored[p.id].pass_rate]
        priors = None if step == FIRST_BATCH else [self.beliefs[p.id] for p in new]
        meter = self.round.meter(f"generate-{step}")
        # Chosen to be looked at: a prediction alone is wrong of those that it likes best.
        rates = meter.measure(new, priors=priors, sample_all=True) if new else []
        self.round.state.save_pass_rates([p.id for p in new], rates, self.round.student_version)
        found = dict(zip((p.id for p in new), rates, strict=True))
        for problem in batch:
            stored = self.stored.get(problem.id)
            rate = found.get(problem.id) or (stored and stored.pass_rate) or NOTHING
            self.known[problem.id] = rate
        self._fit()

    def choose(self) -> list[TrainingProblem]:
        """What is trained on. Problems of which nothing but the prediction is known are stored."""
        problems = list(self.pool.values())
        chosen = [problems[i] for i in self._covering(problems, self.wanted)]
        new = [problem for problem in chosen if problem.id not in self.known]
        if self._stored_batch(LAST) is None:
            self._store(LAST, new)
        self.known |= {problem.id: NOTHING for problem in new}
        return [
            TrainingProblem(p.id, p.text, p.answer, self.known[p.id], "new", self.beliefs[p.id])
            for p in chosen
        ]

    def _store(
        self,
        step: int,
        problems: Sequence[GeneratedProblem],
        rejected: Sequence[Rejection] = (),
    ) -> None:
        """A batch, before it is measured; the teacher's problems are stored already."""
        state, number = self.round.state, self.round.number
        new = [p for p in problems if p.id not in self.stored]
        with state.transaction():
            state.record_step(
                number, step, seed_id="", accepted=new, rejected=rejected, teacher_calls=0
            )
            state.set_meta(f"batch {number} {step}", [p.id for p in problems])

    def _stored_batch(self, step: int) -> list[GeneratedProblem] | None:
        ids = self.round.state.meta(f"batch {self.round.number} {step}")
        return None if ids is None else [self.pool[id_] for id_ in ids]

    def _batch(self, step: int) -> list[GeneratedProblem]:
        left = [p for id_, p in self.pool.items() if id_ not in self.known]
        if step == FIRST_BATCH:
            count = _first_look(self.round.settings, self.wanted, self.round.number)
            rng = random.Random(self.round.random_seed("explore"))
            drawn = {p.id: p for p in rng.sample(left, min(count, len(left)))}
            first = list((drawn | {p.id: p for p in self.paid}).values())
            return first[: self._afforded(len(first))]
        count = self._afforded(_batch_size(self.wanted))
        return [left[i] for i in self._covering(left, count)]

    def _covering(self, problems: Sequence[GeneratedProblem], count: int) -> list[int]:
        """The places of `count` problems: of the easy ones their share, of those like the seeds theirs as
        far as they are learnable, of the others the rest, and more of one kind where there are too
        few of the other."""
        settings = self.round.settings.curriculum
        then = [
            later(self.known.get(p.id, NOTHING), self.beliefs[p.id], self.ahead) for p in problems
        ]
        easy = [i for i, (a, b) in enumerate(then) if a >= EASY * (a + b)]
        share = min(round(settings.easy * count), len(easy))
        share = max(share, count - (len(problems) - len(easy)))
        chosen = self._varied(problems, then, easy, share)
        if settings.near:
            near = [
                i
                for i in set(range(len(problems))).difference(easy)
                if problems[i].fingerprint in self.seeds
                and self._learnable(then[i]) >= WORTH_TRAINING
            ]
            share = min(round(settings.near * count), count - len(chosen))
            chosen += self._varied(problems, then, sorted(near), share, among=len(near))
        others = sorted(set(range(len(problems))).difference(easy, chosen))
        return chosen + self._varied(problems, then, others, count - len(chosen))

    def _varied(
        self,
        problems: Sequence[GeneratedProblem],
        then: Sequence[Beta],
        places: Sequence[int],
        count: int,
        among: int | None = None,
    ) -> list[int]:
        """Of these places the `count` that cover most among so many of the most learnable ones."""
        learnable = {i: self._learnable(then[i]) for i in places}
        best = sorted(places, key=lambda i: -learnable[i])[: among or int(LEARNABLE * count)]
        if not self.round.settings.curriculum.coverage:
            return best[:count]
        candidates = [
            Candidate(learnable[i], (p.fingerprint, p.move, p.seed_id))
            for i, p in ((i, problems[i]) for i in best)
        ]
        return [best[i] for i in choose_covering(candidates, count)]

    def _learnable(self, belief: Beta) -> float:
        settings = self.round.settings
        if settings.curriculum.aim is not None:
            return expected_worth(belief, settings.curriculum.aim)
        return expected_gradient(NOTHING, settings.train.num_generations, belief)

    def _fit(self) -> None:
        """The model of everything that is known by now, and what it says of every proposal; of a measured
        one without its own answers, which count beside what is predicted."""
        here = {id_: rate for id_, rate in self.known.items() if rate.rollouts}
        model = DifficultyModel(
            [*self.before, *(Observation(self.pool[id_], rate) for id_, rate in here.items())],
            prior=self.round.settings.meter.prior,
            random_seed=self.round.random_seed("difficulty"),
        )
        self.beliefs: dict[str, Beta] = dict(
            zip(self.pool, model.predict(list(self.pool.values())), strict=True)
        )
        if here:
            self.beliefs |= zip(here, model.unseen[-len(here) :], strict=True)

    def _proposals(self, others: Sequence[GeneratedProblem]) -> list[GeneratedProblem]:
        """Problems of every seed by operators at random, by the weights that the round was tuned to,
        other ones than these; a function of the round, and of these."""
        round = self.round
        count = self.wanted * round.settings.generate.pool
        operators = round.run.random_operators(round.program(tuned=True).mutate.weights)
        seen = round.run.seen(before=round.number) | {p.instance_key for p in others}
        rng = random.Random(round.random_seed("propose"))
        seeds = [seed for seed in round.seeds if seed.symbols is not None]
        streams = range(round.number * STEPS_PER_ROUND, round.number * STEPS_PER_ROUND + 4 * count)
        drawn = ((rng.choice(seeds), stream) for stream in streams if seeds)
        asked_for = ((seed, stream, round.notes.get(seed.id, "")) for seed, stream in drawn)
        found: list[GeneratedProblem] = []
        for outcome in in_order(operators, asked_for, seen=seen):
            found += outcome.accepted
            self.rejected += outcome.rejected
            if len(found) >= count:
                break
        return found


def most_measured(settings: RunSettings, number: int) -> int:
    """Rollouts with which a round measures new problems, at most."""
    wanted, generate = settings.train.problems_of(number), settings.generate
    problems = _first_look(settings, wanted, number) + BATCHES * _batch_size(wanted)
    problems += generate.decisions if settings.teacher.model != NO_TEACHER else 0
    rollouts = problems * settings.meter.max_rollouts
    return rollouts if generate.rollouts is None else min(rollouts, generate.rollouts)


def _first_look(settings: RunSettings, wanted: int, number: int) -> int:
    """Problems that are drawn at random to be measured."""
    least = FIRST_LOOK if number == 1 else 0
    return max(int(settings.curriculum.explore * wanted), least)


def _batch_size(wanted: int) -> int:
    """Problems of a batch that the model chooses."""
    return -(-int(SPARE * wanted) // BATCHES)


def _ask(round: Round, progress: Progress) -> None:
    """The teacher's decisions, on all seeds in turn, stored as they are taken; until its budget is
    spent."""
    due, limit = round.in_turn(), min(round.settings.generate.decisions, FIRST_BATCH)
    first = round.state.next_step(round.number, below=FIRST_BATCH)
    with (
        round.decisions() as decisions,
        progress.task(f"round {round.number}: asking the teacher", limit - first) as task,
    ):
        for step in range(first, limit):
            try:
                decisions.take(due(step), map(due, range(step + 1, limit)))
            except BudgetSpent as spent:
                progress.note(f"round {round.number}: {spent}")
                return
            task.advance()


def difficulty_report(adapted: Adapted) -> dict[str, object] | None:
    """How the predictions held that were made before the round's problems were measured."""
    pairs = [
        (adapted.predicted[s.problem.id], s.pass_rate)
        for s in adapted.made
        if s.pass_rate and s.problem.id in adapted.predicted
    ]
    found = calibration([p for p, _ in pairs], [rate for _, rate in pairs])
    return None if found is None else asdict(found)
