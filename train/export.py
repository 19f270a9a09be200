"""A run's results for others: the trained student and the generated problems, each with a card."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from zoped.foundation.errors import ZopedError, counted, first_line
from zoped.foundation.own_files import (
    MARKER,
    OutputError,
    make_folder,
    replaced,
    require_own,
)
from zoped.programs.bulk.dataset import SCHEMA, table_row
from zoped.students.prompting import INSTRUCTION, INSTRUCTION_KEY
from zoped.train.results import (
    BenchmarkScore,
    Evaluated,
    RoundResults,
    WarmStarted,
    finished_rounds,
)
from zoped.train.run_folder import ROUNDS, round_folder
from zoped.train.run_record import require_run
from zoped.train.settings import RunSettings
from zoped.train.state import STATE, RunState

MODEL, DATASET = "model", "dataset"
MAKER = "zoped export"
PAPER = "https://arxiv.org/abs/2602.19187"
PACKAGES = ("zoped", "trl", "transformers", "torch", "datasets", "peft", "dspy")
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (10**6, "100K<n<1M"))
# What a round's problems add to a generated problem: which round made it, how the student did then.
COLUMNS = [("round", pa.int32()), ("passes", pa.int32()), ("rollouts", pa.int32())]


class ExportError(ZopedError, ValueError):
    """The run cannot be exported; the message says why."""


@dataclass(frozen=True)
class Export:
    """Where the two folders are, the round whose student it is, and how many problems."""

    model: Path
    dataset: Path
    round: int
    problems: int


@dataclass(frozen=True)
class Start:
    """What came before the first round."""

    evaluated: Evaluated | None
    warm: WarmStarted | None


def export_run(
    run: Path, settings: RunSettings, output: Path, *, round_: int | None = None
) -> Export:
    """Write `output`/model and `output`/dataset: the student after `round_` (the last finished one
    if None) as a `save_pretrained` folder, and the problems of all rounds up to it as Parquet.

    An older export in `output` is replaced. Raises ExportError, and OutputError for a folder that
    holds anything else.
    """
    _require_outside_of_runs(output)
    with finished_up_to(round_, run) as (state, exported):
        rows = [row for results in exported for row in _rows(state, results)]
        start = Start(Evaluated.load(state, 0), WarmStarted.load(state, 0))
    chosen = exported[-1].number
    student = round_folder(run, chosen) / "student"
    if not student.is_dir():
        raise ExportError(f"{student} is not there; was the run folder cleaned up?")
    model, dataset = output / MODEL, output / DATASET
    make_folder(output, f"--output {output}")
    for folder in (model, dataset):
        require_own(folder, MAKER, f"--output {output}")
    with replaced(model, MAKER) as draft:
        shutil.copytree(student, draft, dirs_exist_ok=True)
        (draft / "README.md").write_text(
            model_card(settings, start, exported, len(rows), instruction_of(run, settings, chosen)),
            encoding="utf-8",
        )
    with replaced(dataset, MAKER) as draft:
        (draft / "data").mkdir()
        schema = pa.schema([*SCHEMA, *(pa.field(name, kind) for name, kind in COLUMNS)])
        table = pa.Table.from_pylist(rows, schema=schema)
        pq.write_table(table, draft / "data" / "train-00000-of-00001.parquet")
        (draft / "README.md").write_text(
            dataset_card(settings, exported, len(rows)), encoding="utf-8"
        )
    return Export(model, dataset, chosen, len(rows))


@contextmanager
def finished_up_to(round_: int | None, run: Path) -> Iterator[tuple[RunState, list[RoundResults]]]:
    """The run's state, open, and its rounds up to `round_`; all that are finished if None. Raises
    ExportError."""
    require_run(run, ExportError)
    with RunState(run / STATE) as state:
        finished = finished_rounds(state)
        done = [results.number for results in finished]
        if round_ is not None and round_ not in done:
            raise ExportError(
                f"round {round_} of {run} is not finished; finished are {done or 'none'}"
            )
        if not done:
            raise ExportError(f"{run} has no finished round yet")
        yield state, finished[:round_]


def instruction_of(run: Path, settings: RunSettings, round_: int) -> str:
    """What the round's student was asked with: the configured instruction, or the model's own."""
    if settings.student.instruction is not None:
        return settings.student.instruction
    path = round_folder(run, round_) / "student" / "generation_config.json"
    own = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return str(own.get(INSTRUCTION_KEY, INSTRUCTION))


def _require_outside_of_runs(output: Path) -> None:
    """Raise OutputError for a run folder and for what lies in its rounds: a run's own files."""
    where = output.resolve()
    for folder in (where, *where.parents):
        if (folder / STATE).is_file() and (
            folder == where or where.is_relative_to(folder / ROUNDS)
        ):
            raise OutputError(
                f"--output {output}: this is {'' if folder == where else 'inside '}the run folder "
                f"{folder}, which is the run's own; leave --output out for {folder / 'export'}, or "
                "name a folder elsewhere"
            )


def push(export: Export, repository: str, *, private: bool) -> list[str]:
    """Upload both folders to the hub, as `repository` and `repository`-problems; their addresses.

    Needs a token with write access (`hf auth login`, or HF_TOKEN). Raises ExportError.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    api = HfApi(library_name="zoped", library_version=_version("zoped"))
    addresses = []
    for folder, name, kind in (
        (export.model, repository, "model"),
        (export.dataset, f"{repository}-problems", "dataset"),
    ):
        try:
            api.create_repo(name, repo_type=kind, private=private, exist_ok=True)
            message = f"Round {export.round}"
            api.upload_folder(
                repo_id=name,
                repo_type=kind,
                folder_path=folder,
                commit_message=message,
                ignore_patterns=MARKER,
            )
        except (HfHubHTTPError, OfflineModeIsEnabled, OSError, ValueError) as error:
            raise ExportError(f"{name} cannot be pushed to the hub: {first_line(error)}") from None
        addresses.append(f"{api.endpoint}/{'datasets/' if kind == 'dataset' else ''}{name}")
    return addresses


def model_card(
    settings: RunSettings,
    start: Start,
    rounds: Sequence[RoundResults],
    problems: int,
    instruction: str,
) -> str:
    """How the student was trained: data, rounds, metrics, versions; and how to ask it."""
    base = settings.student.name
    last = rounds[-1].number
    train = settings.train
    head: dict[str, Any] = {"library_name": "transformers", "pipeline_tag": "text-generation"}
    if not os.path.isdir(base) and "/" in base:
        head["base_model"] = base
    head["tags"] = ["zoped", train.algorithm, "reinforcement-learning", "math"]
    how = f"LoRA of rank {train.lora.rank}, merged" if train.lora else "all weights"
    warm = start.warm
    lines = [
        f"# {Path(base).name} after {last} round{'s' if last > 1 else ''} of Zoped",
        "",
        (
            f"`{base}`, trained by {train.algorithm.upper()} (TRL) on "
            f"{_WORD_PROBLEMS[settings.generate.source]} "
            f"([Adaptive Problem Generation via Symbolic Representations]({PAPER}))."
        ),
        "",
        "## Training",
        "",
        (
            f"- Data: {_data(settings, problems)}. Seeds: `{settings.seeds.path}`. "
            f"Teacher: `{settings.teacher.model}`."
        ),
        (
            f"- Trained: {how}; {counted(train.last_step(last), 'step')} of "
            f"{counted(train.prompts_per_step, 'problem')} with {train.num_generations} answers each, at learning rate {train.learning_rate:g}."
        ),
        *(
            [
                "- Before the rounds, a supervised warm start on "
                + counted(warm.examples, "worked example")
                + "."
            ]
            if warm
            else []
        ),
        f"- Reward: {_reward(settings)}. Seed of everything random: {settings.seed}.",
        "",
        "## Metrics",
        "",
        *_metrics_table(settings, start, rounds),
        "",
        "## Use",
        "",
        "The question was asked as one user message"
        + (f", followed by: `{instruction}`." if instruction else "."),
        "",
        *_versions_and_configuration(settings),
    ]
    return _card(head, lines)


def dataset_card(settings: RunSettings, rounds: Sequence[RoundResults], problems: int) -> str:
    """What the columns mean and how the problems were made."""
    last = rounds[-1].number
    head = {
        "task_categories": ["text-generation"],
        "language": ["en"],
        "tags": ["zoped", "math", "synthetic"],
        # No `configs`: with one, `load_dataset` would not see that a file of the same name is new.
        "size_categories": [size_category(problems)],
    }
    lines = [
        f"# Word problems at the level of {Path(settings.student.name).name}",
        "",
        (
            f"{counted(problems, 'problem')} made in {counted(last, 'round')} of Zoped from the seeds "
            f"`{settings.seeds.path}`: each has exactly one answer, found by a solver, and, where it was "
            "measured, the pass rate that the student of its round had on it."
        ),
        "",
        "| column | |",
        "|---|---|",
        "| `text`, `answer` | the question, and its exact answer |",
        "| `passes`, `rollouts` | how many of the student's sampled answers were right; null: not measured |",
        "| `round` | the round that made it, measured before that round's training |",
        "| `seed_id`, `move`, `arguments`, `depth` | what it was made from, and how |",
        "| `symbols` | the symbolic problem, JSON |",
        "| `topic`, `fingerprint`, `instance_key`, `id` | to sort and to find copies |",
        "",
        "The seeds' own licence applies to what was made from them.",
        "",
        *_versions_and_configuration(settings),
    ]
    return _card(head, lines)


# By `generate.source`.
_WORD_PROBLEMS = {
    "operators": "word problems that were generated round by round and verified by an exact solver",
    "text": "word problems that its teacher wrote, and answered by the majority of its own solutions",
    "seeds": "the word problems that it was given",
}


def _data(settings: RunSettings, problems: int) -> str:
    """What the rounds trained on."""
    if settings.generate.source == "seeds":
        return "the seeds as they are"
    made = "" if settings.generate.source == "text" else counted(problems, "generated problem")
    chosen = {
        "band": "those whose measured pass rate was between "
        f"{settings.band.low:.0%} and {settings.band.high:.0%}, or nearest to that",
        "difficulty": "those that promised most to learn from, as measured or as predicted by a "
        "model of their difficulty",
        "none": "what was made as it came, not measured",
    }[settings.curriculum.filter]
    return f"{made}{'; ' if made else ''}each round trained on {chosen}"


def _reward(settings: RunSettings) -> str:
    reward = settings.reward
    weighed = {"one boxed answer": reward.format_weight, **reward.functions}
    parts = ["1 for the right final answer"]
    parts += [f"{weight:g} x `{name}`" for name, weight in weighed.items() if weight]
    if reward.length_weight:
        parts.append(f"less up to {reward.length_weight:g} for length")
    return ", ".join(parts)


def _metrics_table(
    settings: RunSettings, start: Start, rounds: Sequence[RoundResults]
) -> Sequence[str]:
    names = settings.evaluate.benchmarks
    rows = [
        "| | held-out accuracy (95 % interval) |" + "".join(f" {name} |" for name in names),
        "|---|---|" + "---|" * len(names),
    ]
    named = [("start", start.evaluated), *((f"round {r.number}", r.evaluated) for r in rounds)]
    for name, result in named:
        if result is not None and result.accuracy is not None:
            scores: list[Evaluated | BenchmarkScore] = [result]
            scores += [result.benchmarks[benchmark] for benchmark in names]
            shown = [f"{s.accuracy:.1%} ({s.low:.1%} to {s.high:.1%})" for s in scores]
            rows.append(f"| {name} | {' | '.join(shown)} |")
    return rows


def _versions_and_configuration(settings: RunSettings) -> list[str]:
    found = {name: _version(name) for name in PACKAGES}
    return [
        "## Versions",
        "",
        ", ".join(f"{name} {number}" for name, number in found.items() if number),
        "",
        "## Configuration",
        "",
        "```yaml",
        yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False).strip(),
        "```",
    ]


def _card(head: Mapping[str, Any], lines: Sequence[str]) -> str:
    return f"---\n{yaml.safe_dump(dict(head), sort_keys=False)}---\n\n" + "\n".join(lines) + "\n"


def _rows(state: RunState, results: RoundResults) -> list[dict[str, Any]]:
    return [
        {
            **table_row(stored.problem),
            "round": results.number,
            "passes": stored.pass_rate.passes if stored.pass_rate else None,
            "rollouts": stored.pass_rate.rollouts if stored.pass_rate else None,
        }
        for stored in state.measured(results.number, results.generated.student)
    ]


def size_category(count: int) -> str:
    """The hub's name for a data set of so many rows."""
    return next((name for limit, name in _SIZES if count < limit), "1M<n<10M")


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
