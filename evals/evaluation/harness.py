"""Results in the layout of EleutherAI's lm-evaluation-harness, for whatever reads its files.

`MODEL/results_TIME.json` and, a task, `MODEL/samples_TASK_TIME.jsonl`; the fields are those that
lm_eval/evaluator.py and lm_eval/loggers/evaluation_tracker.py write (version 0.4). Metrics have the
filter `none`: `exact_match` is pass@1 with Zoped's own answer rule, not the harness's.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from zoped.evals.answers.match import extract_answer
from zoped.evals.benchmarks import AVERAGES, BENCHMARKS
from zoped.evals.evaluation.measure import Evaluation, Task
from zoped.evals.evaluation.scores import Result, Score, average
from zoped.foundation.files import write_whole
from zoped.foundation.json_lines import dump_rows

VERSION = 1.0  # of our tasks: raised when a prompt or an answer rule changes
_NOT_IN_NAMES = re.compile(r"[\"<>:/|\\?*\[\]]+")


@dataclass(frozen=True)
class Asked:
    """How the student was asked."""

    student: str
    source: str  # "hf", "vllm" or "local-chat-completions", as the harness calls them
    instruction: str
    temperature: float
    max_new_tokens: int
    samples: int
    seed: int
    limit: int | None


def averages_of(results: Mapping[str, Result]) -> dict[str, Score]:
    """The mean pass@1 of each group whose benchmarks were all measured."""
    return {
        group: average(results[name].pass_at[1] for name in names)
        for group, names in AVERAGES.items()
        if results.keys() >= set(names)
    }


def write_harness_results(
    folder: Path,
    tasks: Sequence[Task],
    evaluation: Evaluation,
    asked: Asked,
    *,
    begun: datetime,
    ended: datetime,
) -> Path:
    """Write the files of one evaluation; returns the path of its `results_TIME.json`."""
    model = _NOT_IN_NAMES.sub("__", asked.student)
    time = ended.isoformat().replace(":", "-")
    place = folder / model
    place.mkdir(parents=True, exist_ok=True)
    hashes = {}
    for task in tasks:
        rows = _samples(task, evaluation)
        joined = "".join(row["doc_hash"] + row["prompt_hash"] + row["target_hash"] for row in rows)
        hashes[task.name] = _hash(joined)
        write_whole(place / f"samples_{task.name}_{time}.jsonl", dump_rows(rows))
    path = place / f"results_{time}.json"
    content = {
        **_results(tasks, evaluation, asked),
        "date": begun.timestamp(),
        "task_hashes": hashes,
        "model_source": asked.source,
        "model_name": asked.student,
        "model_name_sanitized": model,
        "system_instruction": None,
        "system_instruction_sha": None,
        "fewshot_as_multiturn": False,
        "chat_template": None,
        "chat_template_sha": None,
        "start_time": begun.timestamp(),
        "end_time": ended.timestamp(),
        "total_evaluation_time_seconds": str((ended - begun).total_seconds()),
    }
    write_whole(path, json.dumps(content, indent=2, ensure_ascii=False))
    return path


def _results(tasks: Sequence[Task], evaluation: Evaluation, asked: Asked) -> dict[str, Any]:
    results = {task.name: _numbers(task.name, evaluation.results[task.name]) for task in tasks}
    groups = {
        name: {"alias": name, **_metric("exact_match", score)}
        for name, score in averages_of(evaluation.results).items()
    }
    metrics = {
        task.name: [key.removesuffix(",none") for key in results[task.name] if key[-5:] == ",none"]
        for task in tasks
    }
    return {
        "results": results,
        **({"groups": groups} if groups else {}),
        "group_subtasks": {
            **{task.name: [] for task in tasks},
            **{name: list(AVERAGES[name]) for name in groups},
        },
        "configs": {task.name: _config(task, asked) for task in tasks},
        "versions": {task.name: VERSION for task in tasks},
        "n-shot": {task.name: 0 for task in tasks},
        "higher_is_better": {
            name: {metric: True for metric in found if not metric.endswith("_stderr")}
            for name, found in metrics.items()
        },
        "n-samples": {
            task.name: {"original": task.original, "effective": len(task.questions)}
            for task in tasks
        },
        "config": {
            "model": asked.source,
            "model_args": f"pretrained={asked.student}",
            "limit": asked.limit,
            "gen_kwargs": None,
            "random_seed": asked.seed,
        },
    }


def _numbers(name: str, result: Result) -> dict[str, Any]:
    numbers: dict[str, Any] = {"alias": name, **_metric("exact_match", result.pass_at[1])}
    for k, score in result.pass_at.items():
        if k > 1:
            numbers |= _metric(f"pass@{k}", score)
    if result.majority is not None:
        numbers |= _metric(f"maj@{result.samples}", result.majority)
    return numbers


def _metric(name: str, score: Score) -> dict[str, float]:
    return {f"{name},none": score.value, f"{name}_stderr,none": score.error}


def _config(task: Task, asked: Asked) -> dict[str, Any]:
    benchmark = BENCHMARKS.get(task.name)
    source = {}
    if benchmark is not None:
        source = {
            "dataset_path": benchmark.repository or None,
            "dataset_name": benchmark.subset,
            "dataset_kwargs": {"revision": benchmark.revision} if benchmark.revision else None,
            "test_split": dict(benchmark.splits)["test"],
        }
    prompt = "{{question}}" + (f"\n\n{asked.instruction}" if asked.instruction else "")
    return {
        "task": task.name,
        **source,
        "output_type": "generate_until",
        "doc_to_text": prompt,
        "doc_to_target": "{{answer}}",
        "num_fewshot": 0,
        "repeats": asked.samples,
        "generation_kwargs": {
            "do_sample": asked.temperature > 0,
            "temperature": asked.temperature,
            "max_gen_toks": asked.max_new_tokens,
        },
        "metric_list": [{"metric": "exact_match", "aggregation": "mean", "higher_is_better": True}],
        "metadata": {"version": VERSION, "answer_rule": benchmark.rule if benchmark else None},
    }


def _samples(task: Task, evaluation: Evaluation) -> list[dict[str, Any]]:
    result, completions = evaluation.results[task.name], evaluation.completions[task.name]
    rows = []
    for number, (question, texts) in enumerate(zip(task.questions, completions, strict=True)):
        doc = {"question": question.text, "answer": question.answer}
        rows.append(
            {
                "doc_id": number,
                "doc": doc,
                "target": question.answer,
                "arguments": {"gen_args_0": {"arg_0": question.text}},
                "resps": [list(texts)],
                "filtered_resps": [extract_answer(text) or "" for text in texts],
                "filter": "none",
                "metrics": ["exact_match"],
                "doc_hash": _hash(json.dumps(doc, ensure_ascii=False)),
                "prompt_hash": _hash(question.text),
                "target_hash": _hash(question.answer),
                "exact_match": result.right[number] / result.samples,
            }
        )
    return rows


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
