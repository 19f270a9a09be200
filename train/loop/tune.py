"""Tune: prompts under which the teacher makes problems for this student."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dspy

from zoped.optimizers import PassRateTeleprompter, SearchProgress
from zoped.programs.teachers.load import load_teacher
from zoped.train.loop.costs import keep_costs
from zoped.train.loop.generating.generation import STEPS_PER_ROUND
from zoped.train.loop.measure import measure_prompts
from zoped.train.loop.observe import Progress, Task, Tracker, percent
from zoped.train.loop.round import Round
from zoped.train.results import NOT_TUNED, Measured, Tuned


def tune(round: Round, tracker: Tracker, progress: Progress) -> Tuned:
    """Search for better prompts, and measure them on the seeds that `measure` used, unless they are the
    same ones. A killed search is resumed."""
    before = Measured.load(round.state, round.number)
    assert before is not None  # `measure` comes first
    program = round.program(tuned=False)
    if not round.settings.tunes:
        round.state.save_prompts(round.number, "after", program.dump_state())
        return Tuned(
            band_share=before.band_share,
            problems=before.problems,
            origin=NOT_TUNED,
            teacher_calls=0,
            rollouts=0,
        )
    teleprompter = _teleprompter(round)
    tracker.params(teleprompter.get_params())
    with progress.task(
        f"round {round.number}: tuning the teacher's prompts", round.settings.tune.teacher_calls
    ) as task:
        searched = round.program(tuned=False)
        # Else the same problems as in the rounds before would be measured, which were trained on since.
        searched.random_seed += (round.number - 1) * STEPS_PER_ROUND
        tuned = teleprompter.compile(
            searched,
            trainset=round.trainset,
            teacher=round.run.teacher,
            on_step=_shown_on(task, round),
        )
    tuned.random_seed = program.random_seed  # it is measured on what the program was measured on
    if round.settings.tune.shuffled:
        tuned.mutate.weights.shuffle(round.random_seed("shuffle"))
    share, problems, teacher_calls, rollouts = before.band_share, before.problems, 0, 0
    if tuned.dump_state() != program.dump_state():  # nothing else would be measured than before
        measured = measure_prompts(
            round, tuned, progress, f"round {round.number}: measuring what was tuned"
        )
        share, problems = measured.band_share, len(measured.problems)
        teacher_calls, rollouts = measured.teacher_calls, measured.rollouts
    round.state.save_prompts(round.number, "after", tuned.dump_state())
    for stage, version in (("before", program), ("after", tuned)):
        for name, predictor in version.named_predictors():
            tracker.text(_prompt_text(predictor), f"prompts/{name}.{stage}.txt")
    tracker.table(_candidate_rows(tuned.candidate_programs), "candidates.json")
    origin = tuned.tuning["origin"]
    progress.note(
        f"round {round.number}: tuned, from {percent(before.band_share)} of {before.problems} "
        f"problems in the band to {percent(share)} of {problems} ({origin})"
    )
    return Tuned(
        band_share=share,
        problems=problems,
        origin=origin,
        teacher_calls=tuned.tuning["teacher_calls"] + teacher_calls,
        rollouts=tuned.tuning["rollouts"] + rollouts,
    )


def _teleprompter(round: Round) -> PassRateTeleprompter:
    settings = round.settings.tune
    return PassRateTeleprompter(
        round.prompts_meter("tune"),
        max_teacher_calls=settings.teacher_calls,
        max_rollouts=round.settings.tuning_rollouts,
        batch_size=settings.batch_size,
        candidates=settings.candidates,
        demos=settings.demos,
        exploration_tries=settings.exploration_tries,
        objective=settings.objective,
        teacher_call_price=settings.teacher_call_price,
        skip_below=settings.skip_below,
        prompt_share=settings.prompt_share,
        reflection_lm=_reflection(round),
        variants=round.settings.measure.variants,
        random_seed=round.random_seed("tune"),
        log_dir=round.folder / "tune",
    )


def _reflection(round: Round) -> dspy.LM | None:
    """The model that reflects, if there is one: the teacher itself, or another."""
    name, teacher = round.settings.tune.reflection, round.run.teacher
    if name is None or teacher is None:
        return None
    if name == "teacher":
        return teacher.lm
    return load_teacher(name, max_tokens=round.settings.teacher.max_tokens)


def _shown_on(task: Task, round: Round) -> Callable[[SearchProgress], None]:
    """The search says how many calls it has made; a task wants how many more."""
    made = 0

    def on_step(search: SearchProgress) -> None:
        nonlocal made
        task.advance(search.teacher_calls - made)
        made = search.teacher_calls
        keep_costs(round.run)

    return on_step


def _prompt_text(predictor: dspy.Predict) -> str:
    """A predictor's instruction and demonstrations, for people to compare."""
    demos = [json.dumps(dict(demo), indent=1, default=str) for demo in predictor.demos]
    return "\n\n".join([predictor.signature.instructions, *demos])


def _candidate_rows(candidates: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    shown = ("origin", "score", "standard_error")
    return [{key: candidate[key] for key in shown} for candidate in candidates]
