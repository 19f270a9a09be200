"""The parts of a run, made from its settings: seeds, teacher, generator, student, meter."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any

import dspy

from zoped.evals.benchmarks import load_benchmark
from zoped.evals.contamination import TestedText, TestedTexts, benchmark_texts, texts_of
from zoped.evals.contamination.tested import named
from zoped.evals.held_out import HeldOutProblem, elementary_seeds, held_out_set, normalized
from zoped.foundation.errors import first_line
from zoped.optimizers.search import least_rollouts, least_teacher_calls
from zoped.programs import GenerateProblem, Seed, builtin_seeds
from zoped.programs.bulk.operators_on_ray import OperatorsOnRay
from zoped.programs.formalizing.kept import KeptFormalizations
from zoped.programs.formalizing.tries import ASKED_ANEW
from zoped.programs.moves import MoveWeights
from zoped.programs.random_operators import RandomOperators
from zoped.programs.seeds import SeedError, named_seeds
from zoped.programs.teachers.abilities import is_embedded, require_able
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.teachers.costs import CostSheet
from zoped.programs.teachers.notation import adapter_of
from zoped.programs.teachers.pace import Waiting
from zoped.programs.teachers.prices import has_price
from zoped.programs.teachers.reader.taught import TOLD
from zoped.train.curriculum.rules import try_rules
from zoped.train.grpo.rewards import check_rewards
from zoped.train.sections.models import NO_TEACHER
from zoped.train.settings import RunSettings, SettingsError

if TYPE_CHECKING:
    from zoped.students.hugging_face import HFStudent

Check = Callable[[str], bool | str]  # whether a text is too near to a tested one, and how
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


def check_parts(settings: RunSettings, seeds: list[Seed]) -> None:
    """Find what is wrong with the parts before any work: the rewards and the curriculum's rules are
    tried, the generator is built.

    Raises RewardError, RuleError, SettingsError, StudentError or TeacherError.
    """
    check_rewards(settings.reward)
    if settings.student.device is not None:
        from zoped.students.hugging_face import usable_device

        usable_device(settings.student.device)
    curriculum = settings.curriculum
    try_rules(
        curriculum.band_rule(),
        curriculum.order_rule(),
        rounds=settings.rounds,
        band=settings.band.limits,
    )
    program = new_program(settings)
    check_teacher_is_able(settings, seeds)
    check_tuning_is_paid_for(settings, program, seeds)
    if not is_embedded(settings.teacher.model) or settings.teacher.api_base is not None:
        teacher_lm(settings)  # the embedded one would be started
    reflection = settings.tune.reflecting_model
    if settings.teacher.budget.dollars is not None and reflection is not None:
        if not (reflection == "teacher" or is_embedded(reflection) or has_price(reflection)):
            raise SettingsError(
                f"tune.reflection: LiteLLM lists no price for {reflection}, so teacher.budget.dollars "
                "cannot be kept; limit calls or tokens"
            )


def check_trainer(settings: RunSettings) -> None:
    """Raise TrainingError for options of TRL's that it refuses by their value, or together, for adapters
    that find no layer, and for a launcher's command that is none; StudentError for a student that is none.

    Options are tried where training happens in this process alone: under a launcher they are the others'.
    """
    from zoped.students.hugging_face import without_weights
    from zoped.train.grpo.launcher import launch_command
    from zoped.train.grpo.train_round import RoundJob, check_adapters, trainer_config
    from zoped.train.grpo.trial import try_options

    train = settings.train
    if train.lora is not None:
        check_adapters(train.lora, without_weights(settings.student.name))
    if train.launcher != "local":
        launch_command(train.launcher, train.processes, Path("job.json"))
        return
    nowhere = Path("round")
    trainer_config(
        RoundJob.of(
            settings,
            model=settings.student.name,
            problems=nowhere,
            checkpoints=nowhere,
            output=nowhere,
            round=1,
            rounds=settings.rounds,
            instruction="",
            temperature=settings.student.temperature,
            max_completion_length=settings.student.max_new_tokens or 512,
        )
    )
    try_options(train, settings.seed)


def check_installed(settings: RunSettings) -> None:
    """Raise SettingsError where the training needs what is not installed on this machine."""
    if settings.train.trl_options.get("use_vllm") and find_spec("vllm") is None:
        raise SettingsError(
            "train.use_vllm: vLLM is not installed here (`pip install vllm`, for a GPU); leave it "
            "out to sample with transformers"
        )
    if settings.train.trl_options.get("use_liger_kernel") and find_spec("liger_kernel") is None:
        raise SettingsError(
            "train.use_liger_kernel: Liger is not installed here (`pip install liger-kernel`, for a "
            "GPU); leave it out to train without"
        )
    if settings.train.lora is not None and find_spec("peft") is None:
        raise SettingsError(
            "train.lora needs PEFT, which is not installed: pip install 'zoped[lora]'"
        )
    command, _, others = settings.train.launcher.partition(" ")
    if others and which(command.strip("'\"")) is None:
        raise SettingsError(f"train.launcher: there is no command {command} on this machine")


def check_tuning_is_paid_for(
    settings: RunSettings, program: GenerateProblem, seeds: Sequence[Seed]
) -> None:
    """Raise SettingsError where `tune.teacher_calls` or `tune.rollouts` cannot find anything."""
    if not settings.tunes:
        return
    variants = min(program.variants, settings.measure.variants)
    adapter = adapter_of(settings.teacher.written)
    formalized = settings.seeds.formalize_first
    least = least_teacher_calls(
        program, seeds, variants=variants, adapter=adapter, formalized=formalized
    )
    if settings.tune.teacher_calls < least:
        raise SettingsError(
            f"tune.teacher_calls is {settings.tune.teacher_calls}; the least that can find "
            f"anything here is {least}"
        )
    rollouts = settings.tuning_rollouts
    least = least_rollouts(variants, settings.meter.max_rollouts)
    if rollouts is not None and rollouts < least:
        raise SettingsError(
            f"tune.rollouts is {rollouts}; the least that can find anything here is {least}, at up to "
            f"{settings.meter.max_rollouts} (meter.max_rollouts) for each of the {variants} problems of a decision"
        )


def check_teacher_is_able(settings: RunSettings, seeds: Sequence[Seed]) -> None:
    """Raise TeacherError where it is known beforehand that the teacher can do nothing with them."""
    require_able(
        settings.teacher.model,
        seeds,
        mutation=settings.generate.mutation,
        verbalization=settings.generate.verbalization,
    )


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
    settings: RunSettings, *, is_contaminated: Check | None = None, kept: Path | None = None
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
    try:
        program.load(path)
    except OSError as error:
        raise SettingsError(f"generate.program: {path}: {error.strerror or error}") from None
    except Exception as error:
        raise SettingsError(
            f"generate.program: {path} is no program that `zoped optimize` saved "
            f"({type(error).__name__}: {first_line(error)})"
        ) from error


def random_operators(
    settings: RunSettings,
    *,
    is_contaminated: Check | None = None,
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
