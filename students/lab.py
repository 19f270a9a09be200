"""The lab student: a Llama of about one million parameters, made from nothing in minutes.

It learns to solve realized problems with worked steps: mostly one step with small numbers, fewer
with more steps or two digits, so that its ability is graded and the method's claims can be measured
on a laptop. As in text from the web, a share of the longer solutions that it reads ends in a slip:
it has seen how it is done and does it unreliably, which is what reinforcement learning mends in
large models too (without slips there was little for sixty steps of GRPO to gain). It is saved as a
plain `transformers` folder; nothing else in Zoped knows it is special. Made again by
`zoped lab-student`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random

import torch
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from torch.nn.utils.rnn import pad_sequence
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from zoped.evals.held_out import elementary, elementary_seeds, held_out_problems
from zoped.students.prompting import INSTRUCTION_KEY
from zoped.symbolic import MutationRefused, SymbolicProblem, instance_key, mutate, realize, solve

USER, ASSISTANT, END, PAD = "<|user|>", "<|assistant|>", "<|end|>", "<|pad|>"
BOXED = " \\boxed{"  # one token
CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] == 'assistant' %}"
    + ASSISTANT
    + "{{ message['content'] }}"
    + END
    + "{% else %}"
    + USER
    + "{{ message['content'] }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}" + ASSISTANT + "{% endif %}"
)
MAX_NEW_TOKENS = 48
PROMPT_WEIGHT = 0.1  # of the prompt's tokens in the loss; the answer's count 1
STEPS_OPERATORS = ("add_step", "take_away_step", "multiply_step", "share_step", "double_step")
OTHER_OPERATORS = ("swap_unknown", "add_distractor", "compare_givens", "split_given", "ask_total")


@dataclass(frozen=True)
class LabSettings:
    """How the lab student is made; the shares are of the training examples."""

    examples: int = 16_000
    epochs: int = 4
    batch: int = 32
    learning_rate: float = 2.5e-3
    more_steps: float = 0.22
    two_digits: float = 0.10
    other: float = 0.10
    slips: float = 0.45  # of the solutions with more than one step or a number above 9
    others: float = 0.0  # of the examples are of `make_lab_student`'s `others`
    vocabulary: int = 1_024
    seed: int = 0


@dataclass(frozen=True)
class Example:
    """What the student reads and what it should write."""

    text: str
    answer: str


def answer_text(problem: SymbolicProblem) -> str | None:
    """Worked steps and the boxed answer, "5 + 3 = 8. \\boxed{8}"; None for what has no steps."""
    solution = solve(problem)
    if solution.status != "unique" or not solution.steps:
        return None
    steps = " ".join(f"{step.text}." for step in solution.steps)
    return f"{steps} \\boxed{{{solution.answer}}}"


def lab_examples(settings: LabSettings) -> Iterator[Example]:
    """Endless training examples; none is one of the built-in held-out problems (of `lab` some are)."""
    excluded = {problem.instance_key for problem in held_out_problems()}
    # Every second example starts from a seed of one step.
    seeds = [
        [seed.symbols for seed in elementary_seeds(most_steps) if seed.symbols is not None]
        for most_steps in (1, 2)
    ]
    rng = Random(f"lab-{settings.seed}")
    while True:
        problem = rng.choice(rng.choice(seeds))
        changed = changed_problem(problem, *drawn_change(rng, settings), rng, excluded)
        if changed is not None:
            problem, answer = changed
            answer = maybe_with_slip(answer, settings.slips, rng)
            yield Example(realize(problem, rng.getrandbits(31)), answer)


def maybe_with_slip(answer: str, share: float, rng: Random) -> str:
    """The solution; a share of the long ones ends in a slip."""
    return with_slip(answer, rng) if is_long(answer) and rng.random() < share else answer


def is_long(answer: str) -> bool:
    """Whether a solution has more than one step, or a number above 9 that is not its result."""
    steps = answer.split(" \\boxed")[0]
    return steps.count("=") > 1 or bool(re.search(r"\d\d.*=", steps))


def with_slip(answer: str, rng: Random) -> str:
    """The solution with a wrong last result, a little off, and that in the box."""
    steps, _, _ = answer.partition(" \\boxed")
    head, _, result = steps.rstrip(".").rpartition("= ")
    right = int(result)
    wrong = rng.choice([right + off for off in (-10, -2, -1, 1, 2, 10) if right + off >= 0])
    return f"{head}= {wrong}. \\boxed{{{wrong}}}"


def drawn_change(rng: Random, settings: LabSettings) -> tuple[str, str]:
    """The operators that change a seed's structure (mostly none: "") and its numbers."""
    draw = rng.random()
    if draw < settings.more_steps:
        return rng.choice(STEPS_OPERATORS), "one_digit_numbers"
    if draw < settings.more_steps + settings.two_digits:
        return "", "two_digit_numbers"
    if draw < settings.more_steps + settings.two_digits + settings.other:
        return rng.choice(OTHER_OPERATORS), "one_digit_numbers"
    return "", "one_digit_numbers"


def changed_problem(
    problem: SymbolicProblem, structure: str, numbers: str, rng: Random, excluded: Container[str]
) -> tuple[SymbolicProblem, str] | None:
    """The problem after these operators, with its solution; None where they refuse it, for what is held
    out, and for what is not elementary."""
    try:
        problem = mutate(problem, numbers, seed=rng.getrandbits(31))
        if structure:
            problem = mutate(problem, structure, seed=rng.getrandbits(31))
    except MutationRefused:
        return None
    if not elementary(problem, most_steps=4) or instance_key(problem) in excluded:
        return None
    answer = answer_text(problem)
    return None if answer is None else (problem, answer)


def make_tokenizer(texts: list[str], vocabulary: int) -> PreTrainedTokenizerFast:
    """Byte-level BPE with single digits: frequent words are one token, any text is encodable.

    The first digit of a number carries the space before it; the rest of its digits do not."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r" ?\d"), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[PAD, END, USER, ASSISTANT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_tokens([BOXED])
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token=END, pad_token=PAD, padding_side="left"
    )
    fast.chat_template = CHAT_TEMPLATE
    fast.model_max_length = 512
    if len(fast) > vocabulary + 1:
        raise ValueError(f"the tokenizer has {len(fast)} tokens, more than {vocabulary + 1}")
    return fast


def new_model(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    """Random weights: 4 layers of width 128, tied embeddings, 0.98 M parameters."""
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=4,
        num_attention_heads=4,
        num_key_value_heads=4,
        max_position_embeddings=512,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = LlamaForCausalLM(config)
    model.generation_config = GenerationConfig(
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        max_new_tokens=MAX_NEW_TOKENS,
        **{INSTRUCTION_KEY: ""},
    )
    return model


def make_lab_student(
    folder: Path | str,
    settings: LabSettings | None = None,
    *,
    stream: Iterator[Example] | None = None,
    others: Iterable[Example] = (),
    on_progress: Callable[[int, int, float], None] | None = None,
) -> None:
    """Train the lab student and save it to `folder`.

    It learns from `stream` (by default `lab_examples`), and from `others` too, a share of its examples
    (`settings.others`).
    `on_progress(done, total, loss)` is told after every batch. Deterministic for the settings on
    one machine with one number of threads.
    """
    settings = settings or LabSettings()
    torch.manual_seed(settings.seed)
    stream = lab_examples(settings) if stream is None else stream
    beside = round(settings.others * settings.examples)
    examples = [*islice(stream, settings.examples - beside), *islice(others, beside)]
    tokenizer = make_tokenizer([f"{e.text} {e.answer}" for e in examples], settings.vocabulary)
    model = new_model(tokenizer)
    encoded = _encode(tokenizer, examples)
    batches = _batches(encoded, settings)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=settings.learning_rate, betas=(0.9, 0.98), weight_decay=0.05
    )
    warmup = max(1, len(batches) // 20)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer,
        lambda step: (
            min(1.0, (step + 1) / warmup)
            * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / len(batches))))
        ),
    )
    model.train()
    for done, batch in enumerate(batches, start=1):
        loss = _loss(model, tokenizer, [encoded[i] for i in batch])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if on_progress is not None:
            on_progress(done, len(batches), loss.item())
    model.eval()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


Encoded = tuple[list[int], int]  # token ids, how many of them are the prompt's


def _encode(tokenizer: PreTrainedTokenizerFast, examples: list[Example]) -> list[Encoded]:
    prompts = tokenizer([f"{USER}{e.text}{ASSISTANT}" for e in examples]).input_ids
    answers = tokenizer([f"{e.answer}{END}" for e in examples]).input_ids
    return [(p + a, len(p)) for p, a in zip(prompts, answers, strict=True)]


def _batches(encoded: list[Encoded], settings: LabSettings) -> list[list[int]]:
    """All epochs' batches: of similar lengths, in random order within an epoch."""
    rng = Random(f"batches-{settings.seed}")
    order = list(range(len(encoded)))
    pool = settings.batch * 50
    batches = []
    for _ in range(settings.epochs):
        rng.shuffle(order)
        epoch = []
        for start in range(0, len(order), pool):
            part = sorted(order[start : start + pool], key=lambda i: len(encoded[i][0]))
            epoch += [part[i : i + settings.batch] for i in range(0, len(part), settings.batch)]
        rng.shuffle(epoch)
        batches += epoch
    return batches


def _loss(
    model: LlamaForCausalLM, tokenizer: PreTrainedTokenizerFast, batch: list[Encoded]
) -> torch.Tensor:
    ids = pad_sequence(
        [torch.tensor(tokens) for tokens, _ in batch],
        batch_first=True,
        padding_value=int(tokenizer.pad_token_id),
    )
    weights = torch.zeros(ids.shape)
    for row, (tokens, prompt) in enumerate(batch):
        weights[row, : len(tokens)] = 1.0
        weights[row, :prompt] = PROMPT_WEIGHT
    # Padding is on the right, where causal attention from real tokens never looks.
    logits = model(input_ids=ids).logits[:, :-1]
    losses = torch.nn.functional.cross_entropy(
        logits.reshape(-1, logits.shape[-1]), ids[:, 1:].reshape(-1), reduction="none"
    )
    weight = weights[:, 1:].reshape(-1)
    return (losses * weight).sum() / weight.sum()
