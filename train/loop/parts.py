"""The parts of a run, made from its settings: seeds, teacher, generator, student, meter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dspy

from zoped.evals.benchmarks import load_benchmark
from zoped.evals.contamination import TestedText, TestedTexts, benchmark_texts, texts_of
from zoped.evals.contamination.tested import named
from zoped.evals.held_out import HeldOutProblem, elementary_seeds, held_out_set, normalized
from zoped.foundation.errors import first_line
from zoped.programs import GenerateProblem, Seed, builtin_seeds
from zoped.programs.acceptance import IsContaminated
from zoped.programs.bulk.operators_on_ray import OperatorsOnRay
from zoped.programs.formalizing.kept import KeptFormalizations
from zoped.programs.formalizing.tries import ASKED_ANEW
from zoped.programs.moves import MoveWeights
from zoped.programs.random_operators import RandomOperators
from zoped.programs.seeds import SeedError, named_seeds
from zoped.programs.teachers.abilities import is_embedded
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.costs import CostSheet
from zoped.programs.teachers.notation import adapter_of
from zoped.programs.teachers.pace import Waiting
from zoped.programs.teachers.reader.taught import TOLD
from zoped.train.sections.models import NO_TEACHER
from zoped.train.settings import RunSettings, SettingsError

if TYPE_CHECKING:
    from zoped.students.hugging_face import HFStudent

TRAINABLE = ("gsm8k", "svamp", "mawps_multiarith")  # test sets with a training split


def run_seeds(settings: RunSettings) -> list[Seed]:
    """The seeds that the settings name. Raises SettingsError, SeedError or BenchmarkError for what
    cannot be read."""
    path = settings.seeds.path
    own = {name: partial(benchmark_seeds, name) for name in TRAINABLE if not Path(name).exists()}
    try:
        return named_seeds(path, {"builtin": builtin_seeds, "elementary": elementary_seeds, **own})
    except SeedError as error:
        if Path(path).exists():  # its message says where in it
            raise
        raise SettingsError(f"seeds.path: {error}") from None


def run_held_out(settings: RunSettings) -> tuple[HeldOutProblem, ...]:
    """The held-out problems that the settings name."""
    return held_out_set(settings.evaluate.held_out, settings.evaluate.problems)


def benchmark_seeds(name: str) -> list[Seed]:
    """The training split of a test set, without the texts that are in its test split."""
    training = load_benchmark(name, split="train")
    tested = {normalized(problem.text) for problem in load_benchmark(name)}
    return [
        Seed(id=problem.id, text=problem.text, answer=problem.answer, source=name)
        for problem in training
        if normalized(problem.text) not in tested
    ]


def evaluated_texts(settings: RunSettings, held_out: Iterable[HeldOutProblem]) -> TestedTexts:
    """The held-out problems, every configured test set, and the user's files.

    Raises BenchmarkError or ContaminationError.
    """
    apart = settings.contamination
    names = dict.fromkeys((*settings.evaluate.benchmarks, *apart.benchmarks))
    tested: list[TestedText] = benchmark_texts(names)
    for file in apart.files:
        tested += named(texts_of(Path(file)), Path(file).stem)
    own = named([problem.text for problem in held_out], "held-out")
    return TestedTexts(tested, own=own, words=apart.words, similarity=apart.similarity)


def run_teacher(
    settings: RunSettings,
    *,
    costs: CostSheet | None = None,
    note: Callable[[str], None] | None = None,
) -> TeacherCalls | None:
    """What asks the run's teacher, and counts; None for the model `none`.

    `costs` are those of earlier processes: they count against the budget. `note` tells the person of
    long waits. Raises TeacherError.
    """
    lm = teacher_lm(settings)
    if lm is None:
        return None
    teacher, costs = settings.teacher, CostSheet() if costs is None else costs
    try:
        calls = TeacherCalls(
            lm,
            adapter=adapter_of(teacher.written),
            max_calls=teacher.budget.calls,
            max_tokens=teacher.budget.tokens,
            max_dollars=teacher.budget.dollars,
            spent=costs.total,
            concurrency=teacher.at_once,
            waiting=Waiting(note=note) if note is not None else None,
            costs=costs,
        )
    except ValueError as error:
        raise SettingsError(f"teacher.budget: {error}") from None
    if not is_embedded(teacher.model):
        from zoped.programs.teachers.load import check_teacher

        check_teacher(calls)
    return calls


def teacher_lm(settings: RunSettings) -> dspy.LM | None:
    """The run's teacher, which nobody has asked anything yet; None for the model `none`. Raises
    TeacherError for a name that is none."""
    teacher = settings.teacher
    if teacher.model == NO_TEACHER:
        return None
    from zoped.programs.teachers.load import load_teacher

    return load_teacher(
        teacher.model,
        api_base=teacher.api_base,
        temperature=teacher.temperature,
        max_tokens=teacher.max_tokens,
        timeout=teacher.timeout,
        # A server of one's own makes the same again; a provider may refuse a seed.
        seed=settings.seed if teacher.api_base is not None else None,
    )


def new_program(
    settings: RunSettings,
    *,
    is_contaminated: IsContaminated | None = None,
    kept: Path | None = None,
) -> GenerateProblem:
    """The program before any tuning; it makes no problem whose text `is_contaminated`, and keeps
    formalizations in the file `kept`, unless the settings name another.

    Raises SettingsError for a signature or an operator that cannot be used.
    """
    generate = settings.generate
    try:
        program = GenerateProblem(
            signatures={str(step): name for step, name in settings.signatures.items()},
            mutation=generate.mutation,
            verbalization=generate.verbalization,
            operators=generate.operators,
            strategies=_strategies(settings),
            variants=generate.variants,
            wordings=generate.wordings,
            random_seed=settings.seed,
            time_limit=generate.time_limit,
            is_contaminated=is_contaminated,
            tries=ASKED_ANEW if settings.teacher.is_reader else None,
            kept=KeptFormalizations(settings.teacher.formalizations or kept),
        )
    except ValueError as error:
        section = (
            "generate." if str(error).startswith(("operators", "strategies")) else "signatures: "
        )
        raise SettingsError(f"{section}{error}") from None
    if generate.program is not None and settings.teacher.model != NO_TEACHER:
        load_program(program, Path(generate.program))
    return program


def _strategies(settings: RunSettings) -> tuple[str, ...] | None:
    """Those of the settings; none where the teacher could carry out none. If none are named, the reader
    rewrites by those that rules tell well, and draws operators alone, which rules tell better."""
    teacher, generate = settings.teacher, settings.generate
    if teacher.is_reader and generate.strategies is not None:
        return generate.strategies
    if teacher.is_reader and generate.mutation == "rewrite":
        return TOLD
    small = is_embedded(teacher.model) or teacher.model == NO_TEACHER
    return () if small and generate.mutation == "weights" else generate.strategies


def load_program(program: GenerateProblem, path: Path) -> None:
    """Give `program` the prompts and the menu that `zoped optimize` saved at `path`. Raises
    SettingsError."""
    if path.suffix != ".json":  # a pickle would be run, not read
        raise SettingsError(f"generate.program: {path}: name a file that ends in .json")
    own = {name: predictor.lm for name, predictor in program.named_predictors()}
    try:
        program.load(path)
    except OSError as error:
        raise SettingsError(f"generate.program: {path}: {error.strerror or error}") from None
    except Exception as error:
        raise SettingsError(
            f"generate.program: {path} is no program that `zoped optimize` saved "
            f"({type(error).__name__}: {first_line(error)})"
        ) from error
    for name, predictor in program.named_predictors():
        if predictor.lm is not None and own[name] is None:
            raise SettingsError(
                f"generate.program: {path}: {name} was saved with a language model of its own "
                f"({predictor.lm.model}), which would be asked in the teacher's place; write null as its `lm`"
            )
        predictor.lm = own[name]


def random_operators(
    settings: RunSettings,
    *,
    is_contaminated: IsContaminated | None = None,
    weights: MoveWeights | None = None,
) -> RandomOperators | OperatorsOnRay:
    """The same without a teacher: operators drawn at random, or by weights; English by rules."""
    drawn = RandomOperators(
        operators=settings.generate.operators,
        weights=weights,
        variants=settings.generate.variants,
        random_seed=settings.seed,
        time_limit=settings.generate.time_limit,
        is_contaminated=is_contaminated,
    )
    if settings.generate.engine == "local":
        return drawn
    return OperatorsOnRay(drawn, address=settings.generate.address)


@dataclass(frozen=True)
class Asking:
    """A program with the teacher that it asks; called, or awaited."""

    program: GenerateProblem
    teacher: TeacherCalls

    @property
    def tells_made(self) -> bool:
        """Whether it wants to know what was made of a seed before: a rewrite is told."""
        return self.program.mutation != "operators"

    def __call__(self, **inputs: Any) -> dspy.Prediction:
        return self.program(teacher=self.teacher, **inputs)

    async def acall(self, **inputs: Any) -> dspy.Prediction:
        return await self.program.acall(teacher=self.teacher, **inputs)


def run_generator(
    settings: RunSettings, program: GenerateProblem, teacher: TeacherCalls | None
) -> Callable[..., dspy.Prediction]:
    """What makes problems of a seed: the program with its teacher, or, where there is none,
    operators drawn at random, by the program's weights."""
    if teacher is None:
        weights = program.mutate.weights
        return random_operators(settings, is_contaminated=program.is_contaminated, weights=weights)
    return Asking(program, teacher)


def load_run_student(settings: RunSettings, trained: Path | None = None) -> HFStudent:
    """The student that the run starts with, or as it was saved in the folder `trained`."""
    from zoped.students.hugging_face import load_student

    student, measure = settings.student, settings.measure
    loaded = load_student(
        trained or student.name,
        instruction=student.instruction,
        device=student.device,
        temperature=student.temperature,
        max_new_tokens=student.max_new_tokens,
        chat_template_kwargs=settings.train.chat_template_kwargs,
    )
    if measure.engine == "ray":
        from zoped.students.on_ray import RayWorkers

        workers = RayWorkers(loaded, address=measure.address, workers=measure.workers)
        loaded.answer_batches = workers.answers
    elif measure.engine == "servers":
        from zoped.students.served import ServedStudent, serve

        assert measure.serve is not None  # the settings say so
        serve(measure.serve, loaded.folder)
        served = ServedStudent(loaded, measure.servers, concurrency=measure.concurrency)
        loaded.answer_batches = served.answers
    return loaded
