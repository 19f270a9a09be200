"""Train: GRPO on the round's training file."""

from __future__ import annotations

from collections.abc import Mapping

from zoped.students.prompting import messages
from zoped.train.curriculum.choose import read_training_file
from zoped.train.curriculum.observed import training_label
from zoped.train.grpo.checkpoints import last_valid_checkpoint, step_of
from zoped.train.grpo.launcher import launch_round
from zoped.train.grpo.round_log import (
    completions_of,
    group_pass_rates,
    log_history,
    rollouts_of,
    shown_numbers,
    training_metrics,
    varied_share,
)
from zoped.train.grpo.train_round import RoundJob
from zoped.train.loop.observe import Progress, Tracker, percent
from zoped.train.loop.round import Round
from zoped.train.loop.track import track_training
from zoped.train.results import Generated, Trained


def train(round: Round, tracker: Tracker, progress: Progress) -> Trained:
    """Train the student, from the last checkpoint if it was killed before."""
    _restore_checkpoints(round, progress)
    track_training(round, tracker)
    settings, checkpoints = round.settings.train, round.run.checkpoints
    first, steps = settings.last_step(round.number - 1), settings.steps_of(round.number)
    shown = 0
    with progress.task(f"round {round.number}: GRPO steps", steps) as task:

        def on_log(metrics: Mapping[str, float], step: int) -> None:
            nonlocal shown
            numbers = shown_numbers(metrics)
            if settings.scales_by_step:
                numbers.pop("gradient", None)
            task.show(numbers)
            task.advance(step - first - shown)  # more than 1 where a killed round is resumed
            shown = step - first
            tracker.metrics({f"train/{key}": value for key, value in metrics.items()}, step=step)

        launch_round(round_job(round), round.folder / "job", on_log=on_log)
    # From the checkpoint, not from what was logged here: a killed round was logged in parts.
    _remember_groups(round)
    logs = log_history(checkpoints, first + steps, after=first)
    metrics = training_metrics(logs)
    if settings.scales_by_step:
        generations = settings.generations_of(round.number)
        metrics["gradient_share"] = varied_share(checkpoints, generations, settings.num_generations)
    tracker.table(completions_of(checkpoints, first + steps), "completions.json")
    generated = Generated.load(round.state, round.number)
    assert generated is not None  # `generate` comes first
    expected = generated.gradient_share_expected
    progress.note(
        f"round {round.number}: trained; reward {metrics['reward_at_start']:.2f} to "
        f"{metrics['reward_at_end']:.2f}; {percent(metrics['gradient_share'])} of the groups "
        f"carried a gradient ({percent(expected)} expected)"
    )
    return Trained(
        steps=steps,
        schedule_rounds=round.settings.rounds,
        rollouts=rollouts_of(
            logs,
            generations=len(settings.generations_of(round.number)),
            each=settings.prompts_per_step * settings.num_generations,
        ),
        gradient_share_expected=expected,
        **metrics,
    )


def _remember_groups(round: Round) -> None:
    """What the student answered in training, for the difficulty model of the next rounds."""
    instruction = round.run.student(round.number).instruction
    generations = round.settings.train.generations_of(round.number)
    rates = group_pass_rates(round.run.checkpoints, generations)
    asked = {
        "\n".join(str(m["content"]) for m in messages(problem.text, instruction)): problem.id
        for problem in read_training_file(round.training_file)
    }
    known = {asked[text]: rate for text, rate in rates.items() if text in asked}
    round.state.save_pass_rates(list(known), list(known.values()), training_label(round.number))


def round_job(round: Round) -> RoundJob:
    """The round's training; the student's memory is free for it."""
    # An earlier round that is trained again has the schedule that it was trained with.
    done = Trained.load(round.state, round.number)
    student = round.run.student(0)
    job = RoundJob.of_student(
        round.settings,
        student,
        problems=round.training_file,
        checkpoints=round.run.checkpoints,
        output=round.trained_folder,
        round=round.number,
        rounds=done.schedule_rounds if done else round.settings.rounds,
    )
    del student
    round.run.release_student()
    return job


def _restore_checkpoints(round: Round, progress: Progress) -> None:
    """Where the checkpoints of earlier rounds are damaged, train those rounds again, on the files
    that they were trained on, from the last checkpoint that is whole."""
    settings = round.settings.train
    for earlier in round.earlier:
        last = last_valid_checkpoint(round.run.checkpoints, processes=settings.world_size)
        if (step_of(last) if last else 0) >= settings.last_step(earlier.number):
            continue
        progress.note(
            f"round {round.number}: the last checkpoint of round {earlier.number} is damaged or "
            f"gone; going on from {f'step {step_of(last)}' if last else 'the first student'}"
        )
        launch_round(round_job(earlier), earlier.folder / "job")
