"""The most that a run can ask of its teacher: calls, tokens, dollars."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dspy
from pydantic import TypeAdapter

from zoped.foundation.errors import counted
from zoped.optimizers.proposing.reflection import LONGEST
from zoped.programs import GenerateProblem, Seed, builtin_seeds
from zoped.programs.menu import Option
from zoped.programs.teachers.abilities import is_embedded
from zoped.programs.teachers.load import load_teacher
from zoped.programs.teachers.metering import Metering
from zoped.programs.teachers.notation import adapter_of
from zoped.programs.teachers.prices import dollars
from zoped.programs.text_arm import RewriteTexts
from zoped.signatures import as_lines
from zoped.train.loop.generating.generation import TOLD
from zoped.train.sections.models import NO_TEACHER
from zoped.train.settings import RunSettings

# A process makes one call to see that the teacher answers; a server that refuses JSON schemas costs
# two more.
AT_THE_START = 3
MISTAKE = 800  # bytes of what is told of a try that was wrong, beside its symbols
GROWTH = 2  # how many times as long as the longest seed what is made of it may be


@dataclass(frozen=True)
class TeacherCost:
    """Upper bounds of a whole run. `dollars` is None where LiteLLM lists no price for the model.

    What is asked again is not in it: calls that fail, which most providers do not bill, and replies that
    were cut off (twice more, with up to 7 times max_tokens in all) or empty (once more), which they do.
    """

    calls: int
    prompt_tokens: int
    completion_tokens: int
    dollars: float | None

    def __str__(self) -> str:
        if not self.calls:
            return "none"
        price = "price not known" if self.dollars is None else f"${self.dollars:,.2f}"
        return (
            f"at most {counted(self.calls, 'call')}, {self.prompt_tokens:,} + {self.completion_tokens:,} "
            f"tokens (prompts + replies), {price}, where none is made again"
        )


def most_teacher_cost(
    settings: RunSettings, program: GenerateProblem, seeds: Sequence[Seed]
) -> TeacherCost:
    """What the run costs if every decision is taken, every variant is put into words by whoever the
    settings name, and every prompt and reply is as long as it can be.

    A token is at least a byte, so a prompt has no more tokens than bytes; of English, it has about
    a quarter of that.
    """
    teacher = settings.teacher
    if teacher.model == NO_TEACHER:
        return TeacherCost(0, 0, 0, 0.0)
    calls = AT_THE_START + settings.rounds * _calls_of_a_round(settings, program, seeds)
    if settings.seeds.formalize_first:
        adapter = adapter_of(teacher.written)
        bare, known = (program.most_calls(symbols=s, adapter=adapter) for s in (False, True))
        calls += (bare - known) * sum(seed.symbols is None for seed in seeds)
    demos = settings.tune.demos if settings.tune.enabled else 0
    prompt = _longest_prompt(program, seeds, demos)
    reflection = settings.tune.reflecting_model
    if reflection is not None:
        prompt += LONGEST  # of an instruction, and more than a strategy
    reply, price = _most_of_a_call(teacher.model, teacher.max_tokens, prompt, teacher.api_base)
    replies, paid = calls * reply, None if price is None else calls * price
    if reflection is not None and reflection != "teacher":
        # Any call of tuning may be one of the other model.
        others = settings.rounds * settings.tune.teacher_calls
        longer, dearer = _most_of_a_call(reflection, teacher.max_tokens, prompt)
        replies += others * max(0, longer - reply)
        if paid is None or price is None or dearer is None:
            paid = None
        else:
            paid += others * max(0.0, dearer - price)
    return TeacherCost(calls, calls * prompt, replies, paid)


def _most_of_a_call(
    model: str, max_tokens: int, prompt: int, api_base: str | None = None
) -> tuple[int, float | None]:
    """Tokens of the longest reply, and dollars with a prompt of so many tokens; None without a price."""
    if is_embedded(model):
        return max_tokens, 0.0
    lm = load_teacher(model, max_tokens=max_tokens, api_base=api_base)
    reply = Metering.longest(lm, {}) or max_tokens
    usage = {"prompt_tokens": prompt, "completion_tokens": reply, "total_tokens": prompt + reply}
    return reply, dollars(model, usage)


def _calls_of_a_round(
    settings: RunSettings, program: GenerateProblem, seeds: Sequence[Seed]
) -> int:
    symbols = settings.seeds.formalize_first or all(seed.symbols is not None for seed in seeds)
    adapter = adapter_of(settings.teacher.written)
    measured = settings.measure.seeds * program.most_calls(
        symbols=symbols, variants=settings.measure.variants, adapter=adapter
    )
    each = program.most_calls(symbols=symbols, adapter=adapter)
    if settings.generate.source == "text":
        each = RewriteTexts(strategies=(), checked=settings.generate.check_texts).most_calls
    generated = settings.generate.decisions * each
    if not settings.tune.enabled:
        return generated  # prompts that are not tuned are not measured
    if not generated:
        return measured
    return 2 * measured + settings.tune.teacher_calls + generated


def _longest_prompt(program: GenerateProblem, seeds: Sequence[Seed], demos: int) -> int:
    """In bytes: what every prompt of the predictor holds, and the longest problem."""
    text = max(_bytes(seed.text) for seed in seeds)
    # Symbols that a teacher writes say hardly more than the text they are written for.
    symbols = max(_bytes(as_lines(s.symbols)) if s.symbols else 2 * text for s in seeds)
    problem = GROWTH * (text + symbols)
    menu = sum(_bytes(Option(name).line()) for name in program.mutate.menu)
    told = 0
    if program.mutation != "operators":
        texts = [strategy.text for strategy in program.mutate.strategies.values()]
        told = max(map(_bytes, texts), default=0)
        # What was made of the seed before, and what was wrong with a first try.
        told += TOLD * GROWTH * text + GROWTH * symbols + MISTAKE
        if any(strategy.second for strategy in program.mutate.strategies.values()):
            told += max(
                _bytes(s.text) + _bytes(as_lines(s.symbols)) for s in builtin_seeds() if s.symbols
            )
    if any(seed.symbols is None for seed in seeds):
        told += GROWTH * symbols + MISTAKE
    fixed = max(map(_fixed_bytes, _asked(program, seeds)), default=0)
    # A tuned option may chain two operators; tuned instructions also list the findings.
    return fixed + told + 3 * menu + (1 + demos) * problem


def _asked(program: GenerateProblem, seeds: Sequence[Seed]) -> list[dspy.Predict]:
    """The predictors that the program's settings let ask the teacher."""
    in_words = program.verbalization == "teacher"
    by_step = {
        program.formalize: in_words or any(seed.symbols is None for seed in seeds),
        program.mutate.choose: program.mutation in ("operators", "both"),
        program.mutate.rewrite: program.mutation != "operators",
        program.verbalize: in_words,
    }
    return [p for module, asks in by_step.items() if asks for p in module.predictors()]


def _fixed_bytes(predictor: dspy.Predict) -> int:
    """The prompt without a problem of its own, and the JSON schema of the reply."""
    signature = predictor.signature
    empty = dict.fromkeys(signature.input_fields, "")
    messages: list[dict[str, Any]] = dspy.JSONAdapter().format(signature, predictor.demos, empty)
    schemas = [
        TypeAdapter(field.annotation).json_schema() for field in signature.output_fields.values()
    ]
    return sum(_bytes(str(m["content"])) for m in messages) + _bytes(json.dumps(schemas))


def _bytes(text: str) -> int:
    return len(text.encode())
