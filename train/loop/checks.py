"""What is wrong with the parts of a run, found before any work."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from shutil import which

from zoped.optimizers.objective import objective_of, try_objective
from zoped.optimizers.search import least_rollouts, least_teacher_calls
from zoped.programs import GenerateProblem, Seed
from zoped.programs.teachers.abilities import is_embedded, require_able
from zoped.programs.teachers.notation import adapter_of
from zoped.programs.teachers.prices import has_price
from zoped.train.curriculum.rules import try_rules
from zoped.train.grpo.rewards import check_rewards
from zoped.train.loop.parts import new_program, teacher_lm
from zoped.train.settings import RunSettings, SettingsError


def check_parts(settings: RunSettings, seeds: list[Seed]) -> None:
    """Try the rewards and the curriculum's rules, build the generator, and see what it can do and may cost.

    Raises RewardError, RuleError, SettingsError, StudentError or TeacherError.
    """
    program = check_names(settings)
    check_teacher_is_able(settings, seeds)
    check_tuning_is_paid_for(settings, program, seeds)


def check_names(settings: RunSettings) -> GenerateProblem:
    """`check_parts` as far as it goes without the seeds: what is named is there, and does what it must. The
    generator before any tuning."""
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
    check_objective(settings)
    if not is_embedded(settings.teacher.model) or settings.teacher.api_base is not None:
        teacher_lm(settings)  # the embedded one would be started
    reflection = settings.tune.reflecting_model
    if settings.teacher.budget.dollars is not None and reflection is not None:
        if not (reflection == "teacher" or is_embedded(reflection) or has_price(reflection)):
            raise SettingsError(
                f"tune.reflection: LiteLLM lists no price for {reflection}, so teacher.budget.dollars "
                "cannot be kept; limit calls or tokens"
            )
    return program


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
    length = settings.student.max_new_tokens or 512
    trainer_config(RoundJob.planned(settings, instruction="", max_completion_length=length))
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


def check_objective(settings: RunSettings) -> None:
    """Raise SettingsError where `tune.objective` names none, or one that does not do what it must."""
    if not settings.tunes:
        return
    try:
        objective = objective_of(settings.tune.objective)
        try_objective(objective, settings.meter.min_rollouts, settings.band.limits)
    except ValueError as error:
        raise SettingsError(f"tune.objective: {str(error).removeprefix('objective: ')}") from error


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
