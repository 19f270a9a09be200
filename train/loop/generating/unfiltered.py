"""Generate without measuring: the round trains on what is made, on texts, or on the seeds, as it comes."""

from __future__ import annotations

import random

from zoped.evals import as_asked
from zoped.foundation.errors import counted
from zoped.programs import Reason
from zoped.train.curriculum.choose import NOTHING, NothingToTrainOn, write_training_file
from zoped.train.curriculum.problem import TrainingProblem
from zoped.train.curriculum.rules import ordered_problems
from zoped.train.loop.generating.texts import Texts
from zoped.train.loop.observe import Progress, percent
from zoped.train.loop.round import Round
from zoped.train.results import Generated


def generate_unfiltered(round: Round, progress: Progress) -> Generated:
    """The round's training file, without a rollout. Raises NothingToTrainOn."""
    wanted = round.settings.train.problems_of(round.number)
    source = round.settings.generate.source
    of_seeds, texts = source == "seeds", None
    if source == "text":
        texts = Texts(round)
        texts.make(wanted, progress)
        pool = [TrainingProblem(p.id, p.text, p.answer, NOTHING) for p in texts.made]
    else:
        pool = _seeds(round) if of_seeds else _made(round, wanted, progress)
    if not pool:
        raise NothingToTrainOn("no problem was accepted; the run's table of rejections says why")
    rng = random.Random(round.random_seed("curriculum"))
    # Each once before any is used again.
    laps = -(-wanted // len(pool))
    chosen = [problem for _ in range(laps) for problem in rng.sample(pool, len(pool))][:wanted]
    order = round.settings.curriculum.order_rule()
    write_training_file(round.training_file, ordered_problems(order, chosen, rng))
    repeated = max(0, wanted - len(pool))
    progress.note(
        f"round {round.number}: {counted(wanted, 'problem')} to train on, not measured; {repeated} repeated"
    )
    used = {problem.id for problem in chosen}
    rejected = texts.rejected if texts else round.state.rejection_counts(round.number)
    wrong = None
    if texts is not None:
        wrong = texts.wrong.rate
        told = "not known" if wrong is None else percent(wrong)
        progress.note(
            f"round {round.number}: answers that the solver contradicts: {told} of "
            f"{texts.wrong.checked} that it could check"
        )
    return Generated(
        student=round.student_version,
        accepted=0 if of_seeds else len(pool),
        rejected=sum(rejected.values()),
        contaminated=rejected.get(Reason.CONTAMINATED, 0),
        in_band=0,
        band_share=None,
        band_low=round.band.low,
        band_high=round.band.high,
        training_problems=wanted,
        from_outside=0,
        repeated=repeated,
        replayed=0,
        seeds=wanted if of_seeds else 0,
        gradient_share_expected=None,
        teacher_calls=texts.teacher_calls if texts else round.state.teacher_calls(round.number),
        rollouts=0,
        distinct=len(used),
        structures=round.structures(used),
        wrong_answers=wrong,
    )


def _seeds(round: Round) -> list[TrainingProblem]:
    """The seeds, in the words in which problems are told; none that is too near to a tested
    text."""
    asked = [(seed, as_asked(seed)) for seed in round.seeds]
    return [
        TrainingProblem(seed.id, question.text, question.answer, NOTHING, "seed")
        for seed, question in asked
        if not round.run.tested.find(question.text)
    ]


def _made(round: Round, wanted: int, progress: Progress) -> list[TrainingProblem]:
    """Problems of seeds in turn, until there are enough, or the most decisions were taken. What an
    earlier process made is kept."""
    due = round.in_turn()
    count, shown = sum(map(len, round.state.problems_of_steps(round.number).values())), 0
    step, limit = round.state.next_step(round.number), round.settings.generate.decisions

    with (
        round.decisions() as decisions,
        progress.task(f"round {round.number}: generating problems", wanted) as task,
    ):
        while count < wanted and step < limit:
            # Each gives at least one, most likely.
            following = map(due, range(step + 1, min(limit, step + wanted - count)))
            made = decisions.take(due(step), following)
            count, step = count + len(made), step + 1
            task.advance(min(count, wanted) - shown)
            shown = min(count, wanted)
    return [
        TrainingProblem(problem.id, problem.text, problem.answer, NOTHING)
        for made in round.state.problems_of_steps(round.number).values()
        for problem in made
    ]
