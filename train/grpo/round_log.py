"""What the trainer wrote down of a round: its metrics step by step, and completions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from zoped.evals import PassRate
from zoped.foundation.files import write_whole
from zoped.foundation.json_lines import dump_rows, read_rows

NO_GRADIENT = "frac_reward_zero_std"  # TRL's: the share of groups whose rewards are all equal
ROLLOUTS = "rollouts"  # of dynamic sampling: answers sampled for a step
PASS_RATE = "rewards/correctness/mean"
SAME = 1e-6  # advantages that differ by less are equal
COMPLETIONS_LOGGED = 64  # of a round's last step, in its tracking run; the files have all


def log_history(checkpoints: Path, step: int, *, after: int = 0) -> list[dict[str, Any]]:
    """TRL's metrics of every step in (after, step], from the checkpoint of `step`: of the whole
    round, however often it was killed. Empty when that checkpoint is gone."""
    file = checkpoints / f"checkpoint-{step}" / "trainer_state.json"
    if not file.is_file():
        return []
    entries: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["log_history"]
    return [entry for entry in entries if "loss" in entry and after < entry["step"] <= step]


def training_metrics(logs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The round in a few numbers: reward and pass rate in its first and last quarter, and the
    share of groups that carried a gradient."""

    def mean(key: str, part: Sequence[Mapping[str, Any]]) -> float | None:
        values = [log[key] for log in part if log.get(key) is not None]
        return sum(values) / len(values) if values else None

    quarter = max(1, len(logs) // 4)
    no_gradient = mean(NO_GRADIENT, logs)
    return {
        "reward_at_start": mean("reward", logs[:quarter]),
        "reward_at_end": mean("reward", logs[-quarter:]),
        "pass_rate_at_start": mean(PASS_RATE, logs[:quarter]),
        "pass_rate_at_end": mean(PASS_RATE, logs[-quarter:]),
        "gradient_share": None if no_gradient is None else 1 - no_gradient,
    }


def varied_share(checkpoints: Path, generations: range, group_size: int) -> float | None:
    """The share of groups whose answers did not all earn the same, of those sampled at these steps; None
    where completions were not logged."""
    import pyarrow.parquet as pq

    varied: list[bool] = []
    for step in generations:
        if not (file := _completions(checkpoints, step)).is_file():
            return None
        advantages = pq.read_table(file, columns=["advantage"])["advantage"].to_pylist()
        for start in range(0, len(advantages), group_size):
            group = advantages[start : start + group_size]
            varied.append(max(group) - min(group) > SAME)
    return sum(varied) / len(varied)


def rollouts_of(logs: Sequence[Mapping[str, Any]], *, generations: int, each: int) -> int:
    """The answers that the round's `generations` sampled: `each` of them that many, or what dynamic
    sampling logged."""
    sampled = [log[ROLLOUTS] for log in logs if log.get(ROLLOUTS) is not None]
    return round(generations * (sum(sampled) / len(sampled) if sampled else each))


def shown_numbers(metrics: Mapping[str, float]) -> dict[str, float]:
    """What a person wants to see of a step while it trains."""
    shown = {
        "loss": metrics.get("loss"),
        "reward": metrics.get("reward"),
        "gradient": 1 - metrics[NO_GRADIENT] if NO_GRADIENT in metrics else None,
        "pass rate": metrics.get(PASS_RATE),
    }
    return {name: value for name, value in shown.items() if value is not None}


def completions_of(checkpoints: Path, step: int) -> list[dict[str, Any]]:
    """Completions of one step with their rewards and advantages, as TRL wrote them to
    `completions/` beside the checkpoints; at most `COMPLETIONS_LOGGED`."""
    import pyarrow.parquet as pq

    file = _completions(checkpoints, step)
    if not file.is_file():
        return []
    rows: list[dict[str, Any]] = pq.read_table(file).slice(0, COMPLETIONS_LOGGED).to_pylist()
    return [
        {
            name: _text(value) if name in ("prompt", "completion") else value
            for name, value in row.items()
        }
        for row in rows
    ]


def group_pass_rates(checkpoints: Path, generations: range) -> dict[str, PassRate]:
    """How often the answers to each problem were right that were sampled at these steps of training, by
    the text that the student read; empty where the reward for a right answer was not logged."""
    counts: dict[str, list[int]] = {}
    for step in generations:
        for text, passes, rollouts in _groups(checkpoints, step):
            count = counts.setdefault(text, [0, 0])
            count[0] += passes
            count[1] += rollouts
    return {text: PassRate(passes, rollouts) for text, (passes, rollouts) in counts.items()}


def keep_drawn(checkpoints: Path, step: int, groups: Sequence[tuple[Any, PassRate]]) -> None:
    """Keep what came of every problem that dynamic sampling drew for a step, by its prompt: TRL's file
    has the groups that were not thrown away, which nearly always have right and wrong answers."""
    file = _drawn(checkpoints, step)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_whole(file, dump_rows([[_text(p), rate.passes, rate.rollouts] for p, rate in groups]))


def _groups(checkpoints: Path, step: int) -> Iterator[tuple[str, int, int]]:
    """(text, right answers, answers); of a step without dynamic sampling each answer alone."""
    import pyarrow.parquet as pq

    if (drawn := _drawn(checkpoints, step)).is_file():
        yield from (row for _, row in read_rows(drawn))
        return
    file = _completions(checkpoints, step)
    if not file.is_file() or "correctness" not in pq.read_schema(file).names:
        return
    for row in pq.read_table(file, columns=["prompt", "correctness"]).to_pylist():
        if row["correctness"] is not None:
            yield _text(row["prompt"]), int(row["correctness"] > 0.5), 1


def _completions(checkpoints: Path, step: int) -> Path:
    """Where TRL writes a step's."""
    return checkpoints / "completions" / f"completions_{step:05d}.parquet"


def _drawn(checkpoints: Path, step: int) -> Path:
    return checkpoints / "completions" / f"drawn_{step:05d}.jsonl"


def _text(value: Any) -> str:
    """A chat's messages, or plain text, as text."""
    if isinstance(value, str):
        return value
    return "\n".join(str(message.get("content") or "") for message in value)
