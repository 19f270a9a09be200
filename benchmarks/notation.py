"""Tokens of a problem in the two notations of a teacher: JSON and short lines.

    python -m benchmarks.notation > benchmarks/results/notation.txt

Over the problems that a capable model wrote (recorded replies beside the data sets, `ZOPED_DATA`) and
Zoped's own seeds, counted by SmolLM2's tokenizer. A reply is the message as it was recorded, the same
in JSON without any needless space, and in lines; a prompt is the system's message with the
demonstrations and an empty problem; with the JSON schema where one is sent.
"""

from __future__ import annotations

import json
import os
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable

import dspy
from pydantic import TypeAdapter, ValidationError
from transformers import AutoTokenizer

from tests.replayed import replies
from zoped.programs import GenerateProblem, builtin_seeds
from zoped.programs.teachers.model_file import fetch_embedded_model
from zoped.programs.teachers.notation import CompactAdapter, adapter_of
from zoped.signatures import WrittenProblem, as_lines
from zoped.signatures.notation import DOMAINS

OUTPUT = {"formalize": "formalization", "rewrite": "rewritten"}


def main() -> None:
    gguf = fetch_embedded_model()
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)

    def tokens(text: str) -> int:
        return len(tokenizer.encode(text, add_special_tokens=False))

    print(f"python -m benchmarks.notation, {os.cpu_count()} cores")
    print(
        "tokens of a reply (mean)            problems  as recorded  tight JSON  lines  lines/JSON"
    )
    for step, output in OUTPUT.items():
        raw = [row["reply"] for row in replies() if row["step"] == step]
        read = [(text, problem) for text in raw if (problem := _problem(text, output)) is not None]
        _row(step, tokens, ((text, output, problem) for text, problem in read))
    own = [WrittenProblem.of(seed.symbols) for seed in builtin_seeds() if seed.symbols]
    _row("built-in seeds", tokens, (("", "formalization", problem) for problem in own))
    said = [
        problem
        for step, output in OUTPUT.items()
        for row in replies()
        if row["step"] == step and (problem := _problem(row["reply"], output)) is not None
    ]
    print(f"\nwhere the tokens of the lines go (mean of {len(said)} replies)")
    for part, texts in _parts(said).items():
        print(f"{part:36} {sum(map(tokens, texts)) / len(said):5.0f}")
    print("\ntokens of a prompt without its problem   json  with schema  compact")
    for name, predictor in GenerateProblem().named_predictors():
        if name == "mutate.choose":
            continue  # asked in JSON in both
        print(f"{name:38} {_prompts(predictor, tokens)}")


def _problem(text: str, output: str) -> WrittenProblem | None:
    try:
        return WrittenProblem.model_validate(json.loads(text)[output])
    except (ValueError, KeyError, ValidationError):
        return None


def _row(
    title: str, tokens: Callable[[str], int], rows: Iterable[tuple[str, str, WrittenProblem]]
) -> None:
    counted = []
    for text, output, problem in rows:
        tight = json.dumps({output: problem.model_dump(mode="json")}, separators=(",", ":"))
        counted.append((tokens(text), tokens(tight), tokens(as_lines(problem))))
    recorded, tight, lines = (statistics.fmean(column) for column in zip(*counted, strict=True))
    base = recorded or tight
    shown = f"{recorded:11.0f}" if recorded else f"{'-':>11}"
    print(f"{title:36} {len(counted):7}  {shown}  {tight:10.0f}  {lines:5.0f}  {lines / base:9.0%}")


def _parts(problems: Iterable[WrittenProblem]) -> dict[str, list[str]]:
    """The pieces that the lines are put together from, each with the sign before it."""
    parts: defaultdict[str, list[str]] = defaultdict(list)
    for problem in problems:
        parts["relations"] += [f"\n{relation}" for relation in problem.constraints]
        parts["what is asked"].append(f"\nfind {problem.target}")
        for v in problem.variables:
            parts["meanings"].append(f": {v.meaning}")
            parts["names of quantities"].append(f"\n{v.name}")
            parts["values"].append(f" = {v.value or '?'}")
            parts["domains"].append(f" {DOMAINS[v.domain]}")
            parts["units"].append(f" {v.unit}" if v.unit else "")
    return parts


def _prompts(predictor: dspy.Predict, tokens: Callable[[str], int]) -> str:
    signature = predictor.signature
    empty = dict.fromkeys(signature.input_fields, "")

    def count(messages: list[dict[str, str]]) -> int:
        return sum(tokens(str(message["content"])) for message in messages)

    plain = count(adapter_of("json").format(signature, predictor.demos, empty))
    schemas = [TypeAdapter(f.annotation).json_schema() for f in signature.output_fields.values()]
    compact = count(CompactAdapter().format(signature, predictor.demos, empty))
    return f"{plain:6}  {plain + tokens(json.dumps(schemas)):11}  {compact:7}"


if __name__ == "__main__":
    main()
