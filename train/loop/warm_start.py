"""Warm start: supervised fine-tuning on worked steps, before the first round."""

from __future__ import annotations

from zoped.foundation.errors import counted
from zoped.train.grpo.warm_start import warm_start as fine_tune
from zoped.train.grpo.warm_start import worked_examples
from zoped.train.loop.evaluate import evaluate
from zoped.train.loop.observe import Progress, Tracker
from zoped.train.loop.round import Round
from zoped.train.results import WarmStarted
from zoped.train.settings import SettingsError


def warm_start(round: Round, tracker: Tracker, progress: Progress) -> WarmStarted:
    """The campaign's first student comes out of it."""
    settings = round.settings.train.warm_start
    assert settings is not None  # or there would be no such phase
    before = evaluate(round, tracker, progress)
    examples = worked_examples(
        round.run.random_operators(),
        round.seeds,
        seen=round.run.seen(),
        count=settings.examples,
        seed=round.random_seed("warm_start"),
    )
    if not examples:
        raise SettingsError(
            "train.warm_start: the seeds give no problem with worked steps; give seeds with "
            "their symbolic form"
        )
    student = round.student
    with progress.task(f"warm start on {counted(len(examples), 'worked example')}", None):
        steps = fine_tune(
            settings,
            examples,
            model=student.folder,
            instruction=student.instruction,
            chat_template_kwargs=student.chat_template_kwargs,
            checkpoints=round.folder / "checkpoints",
            output=round.trained_folder,
            seed=round.settings.seed,
            on_log=lambda metrics, step: tracker.metrics(
                {f"warm_start/{key}": value for key, value in metrics.items()}, step=step
            ),
        )
    del student
    round.run.release_student()
    return WarmStarted(
        examples=len(examples),
        steps=steps,
        accuracy_before=before.correct / before.total,
        rollouts=before.rollouts,
    )
