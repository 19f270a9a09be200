"""What a run will do and need, found out without its weights: `zoped run CONFIG --dry-run`.

Everything but the weights is loaded: the student's configuration and tokenizer, seeds, generator,
test sets, TRL's options, the launcher's file. Counts are upper limits; memory is an estimate (its
terms are in docs/training.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer

from zoped.evals.benchmarks import load_benchmark
from zoped.foundation.errors import first_line
from zoped.students.hugging_face import (
    DEFAULT_NEW_TOKENS,
    StudentError,
    student_folder,
    without_weights,
)
from zoped.students.prompting import INSTRUCTION, INSTRUCTION_KEY
from zoped.train.curriculum.replay import MEASURED_AGAIN
from zoped.train.grpo.launcher import accelerate_config, launch_command
from zoped.train.grpo.settings import TrainSettings
from zoped.train.grpo.train_round import RoundJob, trainer_config
from zoped.train.loop.checks import check_parts
from zoped.train.loop.generating.adapt import most_measured
from zoped.train.loop.parts import (
    evaluated_texts,
    new_program,
    run_held_out,
    run_seeds,
)
from zoped.train.settings import RunSettings
from zoped.train.teacher_cost import TeacherCost, most_teacher_cost

GB, MB = 1e9, 1e6
# Bytes a parameter: float32 weights and gradients, two float32 moments of Adam.
WEIGHT, GRADIENT, ADAM = 4, 4, 8
COPY = 2  # a model in bfloat16: the measuring student, the colocated engine
# What each kind of sharding splits over the processes: weights, gradients, Adam's moments.
SHARDED = {
    "zero1": (False, False, True),
    "zero2": (False, True, True),
    **dict.fromkeys(("zero3", "fsdp", "fsdp1", "fsdp2"), (True, True, True)),
}
# Bytes a token of vocabulary that the loss holds: float32 logits, their gradient, bfloat16 logits.
LOGIT = 10


@dataclass(frozen=True)
class Plan:
    """Numbers of a whole run; tokens are a student's, memory is a process's in bytes."""

    architecture: str
    parameters: int
    trained_parameters: int
    seeds: int
    held_out: int
    benchmarks: dict[str, int]
    steps: tuple[int, ...]
    problems: tuple[int, ...]
    training_rollouts: int
    training_tokens: int
    measuring_rollouts: int
    measuring_tokens: int
    evaluation_rollouts: int
    evaluation_tokens: int
    teacher: TeacherCost
    command: str
    engine: str
    memory_training: int
    memory_activations: int
    memory_measuring: int
    disk: int

    def lines(self) -> list[tuple[str, str]]:
        """The plan in words, for people."""
        test_sets = ", ".join(f"{name} {count:,}" for name, count in self.benchmarks.items())
        total = self.memory_training + self.memory_activations
        memory = (
            f"about {_size(total)} a process, {_size(self.memory_training)} of it weights, gradients "
            "and Adam, the rest activations"
        )
        return [
            ("student", f"{self.architecture}, {self.parameters:,} parameters"),
            ("trained", f"{self.trained_parameters:,} of them"),
            ("seeds", f"{self.seeds:,}"),
            (
                "measured on",
                f"held-out {self.held_out:,}" + (f", {test_sets}" if test_sets else ""),
            ),
            ("optimizer steps", _sum(self.steps)),
            ("problems", _sum(self.problems)),
            ("rollouts, training", _with_tokens(self.training_rollouts, self.training_tokens)),
            (
                "rollouts, measuring",
                "at most " + _with_tokens(self.measuring_rollouts, self.measuring_tokens),
            ),
            (
                "rollouts, evaluation",
                _with_tokens(self.evaluation_rollouts, self.evaluation_tokens),
            ),
            ("teacher", str(self.teacher)),
            ("training is started by", self.command),
            ("its rollouts come from", self.engine),
            ("memory, training", memory),
            ("memory, measuring", f"about {_size(self.memory_measuring)}"),
            ("disk", f"about {_size(self.disk)} (checkpoints and a student a round)"),
        ]


def _sum(numbers: Sequence[int]) -> str:
    """ "8 + 8 = 16"; a number alone as it is."""
    total = f"{sum(numbers):,}"
    return f"{' + '.join(map(str, numbers))} = {total}" if numbers[1:] else total


def _size(count: float) -> str:
    """A number of bytes."""
    return f"{count / GB:.1f} GB" if count >= GB / 10 else f"{max(1, count / MB):.0f} MB"


def _with_tokens(rollouts: int, tokens: int) -> str:
    return f"{rollouts:,} of at most {tokens // max(1, rollouts):,} tokens = {tokens:,} tokens"


def make_plan(settings: RunSettings) -> Plan:
    """Load everything but the weights and count. Writes nothing.

    Raises SettingsError, SeedError, StudentError, BenchmarkError, ContaminationError, RewardError,
    RuleError or TrainingError for what a run would stop at.
    """
    train = settings.train
    model, config, answer, instruction = _student(settings)
    seeds = run_seeds(settings)
    check_parts(settings, seeds)
    held_out = run_held_out(settings)
    evaluated_texts(settings, held_out)
    program = new_program(settings)
    limit = settings.evaluate.benchmark_problems
    benchmarks: dict[str, int] = {
        name: len(load_benchmark(name, count=limit)) for name in settings.evaluate.benchmarks
    }
    job = RoundJob.planned(settings, instruction=instruction, max_completion_length=answer)
    trainer_config(job)
    rounds = range(1, settings.rounds + 1)
    problems = tuple(map(train.problems_of, rounds))
    training = sum(problems) * train.num_generations
    measuring = sum(_most_measured(settings, len(seeds), number) for number in rounds)
    asked = (len(held_out) + sum(benchmarks.values())) * settings.evaluate.samples
    asked += len(held_out) if settings.evaluate.greedy else 0
    before = 2 if train.warm_start else 1  # evaluations
    evaluation = asked * (before + sum(map(settings.evaluates, rounds)))
    parameters = sum(p.numel() for p in model.parameters())
    trained = _adapter_parameters(model, train) if train.lora else parameters
    measuring_bytes = parameters * (WEIGHT if not torch.cuda.is_available() else COPY)
    return Plan(
        architecture=(config.architectures or [type(config).__name__])[0],
        parameters=parameters,
        trained_parameters=trained,
        seeds=len(seeds),
        held_out=len(held_out),
        benchmarks=benchmarks,
        steps=tuple(map(train.steps_of, rounds)),
        problems=problems,
        training_rollouts=training,
        training_tokens=training * answer,
        measuring_rollouts=measuring,
        measuring_tokens=measuring * answer,
        evaluation_rollouts=evaluation,
        evaluation_tokens=evaluation * answer,
        teacher=most_teacher_cost(settings, program, seeds),
        command=_command(train),
        engine=_engine(train.trl_options),
        memory_training=_training_memory(parameters, trained, train),
        memory_activations=_activation_memory(config, train, answer),
        memory_measuring=measuring_bytes,
        # Checkpoints hold the trained weights with Adam's moments; two are kept, one is written.
        disk=3 * trained * (WEIGHT + ADAM) + settings.rounds * parameters * WEIGHT,
    )


def _most_measured(settings: RunSettings, seeds: int, number: int) -> int:
    """Rollouts of a round before its training: every decision may try all its variants, every problem may
    be sampled to the end."""
    generate, curriculum, each = settings.generate, settings.curriculum, settings.meter.max_rollouts
    problems = seeds if settings.measures else 0
    rollouts = 0
    if settings.tunes:
        problems += 2 * settings.measure.seeds * settings.measure.variants
        rollouts += settings.tuning_rollouts or each * (
            settings.tune.teacher_calls * settings.measure.variants
            + settings.tune.exploration_tries
        )
    if number > 1:
        problems += MEASURED_AGAIN * int(curriculum.replay * settings.train.problems_of(number))
    if curriculum.filter == "band":
        problems += generate.decisions * generate.variants
    elif curriculum.filter == "difficulty":
        rollouts += most_measured(settings, number)
    return problems * each + rollouts


def _student(settings: RunSettings) -> tuple[Any, Any, int, str]:
    """(model without weights, its configuration, longest answer, instruction)."""
    name = settings.student.name
    model, source = without_weights(name), student_folder(name)
    try:
        tokenizer = AutoTokenizer.from_pretrained(source)
    except (OSError, ValueError) as error:
        raise StudentError(f"student {name!r} cannot be read: {first_line(error)}") from None
    if tokenizer.chat_template is None:
        raise StudentError(f"student {name!r} has no chat template")
    answer = settings.student.max_new_tokens
    instruction = settings.student.instruction
    generation = _generation_config(source)
    if answer is None:
        answer = getattr(generation, "max_new_tokens", None) or DEFAULT_NEW_TOKENS
    if instruction is None:
        instruction = getattr(generation, INSTRUCTION_KEY, INSTRUCTION)
    return model, model.config, answer, instruction


def _generation_config(source: Path | str) -> Any:
    from transformers import GenerationConfig

    try:
        return GenerationConfig.from_pretrained(source)
    except OSError:
        return None


def _adapter_parameters(model: Any, train: TrainSettings) -> int:
    """A LoRA of rank r on an n x m layer has r (n + m) parameters; heads and embeddings get none."""
    assert train.lora is not None
    wanted = train.lora.target_modules
    count = 0
    for name, module in model.named_modules():
        leaf = name.rpartition(".")[2]
        every = wanted == "all-linear" and leaf != "lm_head"
        named = wanted != "all-linear" and leaf in (
            (wanted,) if isinstance(wanted, str) else wanted
        )
        if isinstance(module, torch.nn.Linear) and (every or named):
            count += train.lora.rank * (module.in_features + module.out_features)
    return count


def _training_memory(parameters: int, trained: int, train: TrainSettings) -> int:
    """Weights, gradients and Adam's moments of one process, in bytes."""
    kind = train.launcher.removeprefix("accelerate:")
    weight_parts, gradient_parts, adam_parts = (
        train.world_size if split else 1 for split in SHARDED.get(kind, (False, False, False))
    )
    weights = (parameters + (trained if train.lora else 0)) * WEIGHT
    if train.beta and not train.lora:
        weights *= 2  # the reference model; adapters are switched off for it instead
    return (
        weights // weight_parts
        + trained * GRADIENT // gradient_parts
        + trained * ADAM // adam_parts
    )


def _activation_memory(config: Any, train: TrainSettings, answer: int) -> int:
    """What one part of a step holds for its gradient: layer borders, and the logits of the answers."""
    completions = train.prompts_per_step * train.num_generations
    rows = completions // (train.gradient_accumulation_steps * train.world_size)
    prompt = 256  # tokens of a long word problem
    hidden, layers = config.hidden_size, config.num_hidden_layers
    borders = rows * (prompt + answer) * hidden * (layers + 16) * 2
    return borders + rows * answer * config.vocab_size * LOGIT


def _command(train: TrainSettings) -> str:
    if train.launcher == "local":
        return "this process"
    if train.launcher.startswith("accelerate:"):
        accelerate_config(train.launcher.removeprefix("accelerate:"))
    words = launch_command(train.launcher, train.processes, Path("JOB.json"))
    return " ".join(["python" if word.endswith("python") else word for word in words])


def _engine(options: dict[str, Any]) -> str:
    if not options.get("use_vllm"):
        return "transformers"
    if options.get("vllm_mode", "colocate") == "server":
        host, port = (
            options.get("vllm_server_host", "0.0.0.0"),
            options.get("vllm_server_port", 8000),
        )
        return f"vLLM, the server at {options.get('vllm_server_base_url') or f'{host}:{port}'}"
    share = options.get("vllm_gpu_memory_utilization", 0.3)
    return f"vLLM in the training processes ({share:.0%} of a GPU's memory beside the above)"
