"""What a run works on and with, for its tracker: data sets, prompts, programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from zoped.evals.benchmarks import load_benchmark
from zoped.evals.sampling import Question
from zoped.programs import GenerateProblem
from zoped.train.curriculum.choose import read_training_file
from zoped.train.loop.observe import Tracker
from zoped.train.loop.parts import new_program
from zoped.train.loop.round import Round, Run
from zoped.train.prompt_texts import prompt_texts
from zoped.train.results import Tuned
from zoped.train.sections.models import NO_TEACHER


def track_inputs(run: Run, tracker: Tracker) -> None:
    """The seeds, the held-out problems and the test sets."""
    path = run.settings.seeds.path
    file = Path(path) if Path(path).is_file() else None
    name = file.stem if file else path
    tracker.dataset(_rows(run.seeds), f"seeds {name}", context="seeds", source=file)
    held_out = run.settings.evaluate.held_out
    tracker.dataset(_rows(run.held_out), f"held out {held_out}", context="evaluation", source=None)
    count = run.settings.evaluate.benchmark_problems
    for test_set in run.settings.evaluate.benchmarks:
        rows = _rows(load_benchmark(test_set, count=count))
        tracker.dataset(rows, test_set, context="evaluation", source=None)


def track_training(round: Round, tracker: Tracker) -> None:
    """The problems that the round trains on."""
    rows = _rows(read_training_file(round.training_file))
    name = f"round {round.number} problems"
    tracker.dataset(rows, name, context="training", source=round.training_file)


def _rows(questions: Sequence[Question]) -> list[Mapping[str, Any]]:
    return [{"text": q.text, "answer": q.answer} for q in questions]


def track_program(round: Round, tuned: Tuned, of_phase: Tracker, others: Iterable[Tracker]) -> None:
    """The prompts that the round works with, for the phase that tuned them and for what it is part of;
    and the program, where it was tuned."""
    settings = round.settings
    if settings.teacher.model == NO_TEACHER and not settings.tunes:
        return  # nothing is asked, nothing was learnt
    program = _program(round)
    rewrites = settings.generate.mutation != "operators"
    strategies = program.mutate.strategies.values() if rewrites else ()
    texts = prompt_texts(program.dump_state(), {each.id: each.text for each in strategies})
    for tracker in (of_phase, *others):
        tracker.prompts(texts, note=f"round {round.number}: {tuned.origin}")
    if settings.tunes:
        of_phase.program(program, "program")


def _program(round: Round) -> GenerateProblem:
    """As tuned in the round, without the run around it: what it formalizes it keeps to itself."""
    teacher = round.settings.teacher.model_copy(update={"formalizations": None})
    program = new_program(round.settings.model_copy(update={"teacher": teacher}))
    prompts = round.state.prompts(round.number, "after")
    if prompts is not None:
        program.load_state(prompts)
    return program
