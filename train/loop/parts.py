"""The parts of a run, made from its settings: seeds, teacher, generator, student, meter."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dspy

from zoped.evals.benchmarks import load_benchmark
from zoped.evals.held_out import elementary_seeds, normalized
from zoped.programs import GenerateProblem, Seed, builtin_seeds, load_seeds
from zoped.students.hugging_face import HFStudent, load_student
from zoped.train.settings import RunSettings, SettingsError

TRAINABLE = ("gsm8k", "svamp", "mawps_multiarith")  # test sets with a training split
NO_TEACHER = "none"  # as the teacher's model: operators are drawn at random


def run_seeds(settings: RunSettings) -> list[Seed]:
    path = settings.seeds.path
    if path == "builtin":
        return builtin_seeds()
    if path == "elementary":
        return elementary_seeds()
    if path in TRAINABLE and not Path(path).exists():
        return benchmark_seeds(path)
    return load_seeds(path)


def benchmark_seeds(name: str) -> list[Seed]:
    """The training split of a test set, without the texts that are in its test split."""
    tested = {normalized(problem.text) for problem in load_benchmark(name)}
    return [
        Seed(id=problem.id, text=problem.text, answer=problem.answer, source=name)
        for problem in load_benchmark(name, split="train")
        if normalized(problem.text) not in tested
    ]


@contextmanager
def teacher_of(settings: RunSettings) -> Iterator[None]:
    """DSPy uses the run's teacher inside the context; there is none for the model `none`."""
    teacher = settings.teacher
    if teacher.model == NO_TEACHER:
        yield
        return
    from zoped.programs.teachers.load import EMBEDDED, check_teacher, load_teacher

    lm = load_teacher(
        teacher.model,
        api_base=teacher.api_base,
        temperature=teacher.temperature,
        max_tokens=teacher.max_tokens,
    )
    if teacher.model != EMBEDDED:
        check_teacher(lm)
    with dspy.context(lm=lm, adapter=dspy.JSONAdapter()):
        yield


def new_program(
    settings: RunSettings, *, seen: set[str], at_random: bool = False
) -> GenerateProblem:
    """The generator before any tuning; it makes none of the problems whose keys are `seen`.

    One that decides `at_random` asks no teacher.

    Raises SettingsError for a signature that cannot be used.
    """
    generate = settings.generate
    at_random = at_random or settings.teacher.model == NO_TEACHER
    try:
        return GenerateProblem(
            signatures={str(step): name for step, name in settings.signatures.items()},
            mutation="random" if at_random else generate.mutation,
            verbalization=generate.verbalization,
            operators=generate.operators,
            variants=generate.variants,
            seed=settings.seed,
            seen=seen,
        )
    except ValueError as error:
        section = "generate." if str(error).startswith("operators") else "signatures: "
        raise SettingsError(f"{section}{error}") from None


def load_run_student(settings: RunSettings, trained: Path | None = None) -> HFStudent:
    """The student that the run starts with, or as it was saved in the folder `trained`."""
    student = settings.student
    return load_student(
        trained or student.name,
        instruction=student.instruction,
        device=student.device,
        temperature=student.temperature,
        max_new_tokens=student.max_new_tokens,
    )
