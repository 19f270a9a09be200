"""Pass rates that were measured elsewhere, read from the files that others write.

- CSV with a header: `key` or `question`, `passes` and `rollouts`, or `pass_rate` and `rollouts`.
- JSON Lines with the same fields, or with `pass_successes` and `pass_trials`, as Zoped's exports.
- NeMo Gym's `*_reward_profiling.jsonl` (`mean/reward` and `sample`; it does not say of how many rollouts,
  so `rollouts` has to), and the rollouts themselves (`reward` in each line).
- Traces of verifiers and prime-rl: `task` with its `key`, and `rewards`.

Lines of single rollouts of one problem are counted together; a reward of 1 is a pass.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoped.evals.pass_rate import PassRate
from zoped.foundation.json_lines import Malformed, parse_rows, read_text
from zoped.train.exchange.problem_set import ExchangeError

PASS = 1 - 1e-9  # a reward from which on a rollout counts as passed
_COUNTS = (("passes", "rollouts"), ("pass_successes", "pass_trials"))


@dataclass(frozen=True)
class Profiled:
    """`key` is that of the symbols; where the file has none, `question` is the text. One is not ""."""

    key: str
    question: str
    pass_rate: PassRate


def read_profile(path: Path, *, rollouts: int | None = None) -> list[Profiled]:
    """What the file says of each problem, in the order in which they first come; `rollouts` is of how
    many, where the file says a share alone. Raises ExchangeError with the line, and JSONLinesError."""
    text = read_text(path)
    rows = _csv(text, path) if path.suffix.lower() == ".csv" else _lines(text, path)
    counts: dict[tuple[str, str], list[int]] = {}
    for place, row in rows:
        try:
            who, rate = _identity(row), _rate(row, rollouts)
        except (ValueError, TypeError) as error:
            raise ExchangeError(f"{place}: {error}") from None
        total = counts.setdefault(who, [0, 0])
        total[0] += rate.passes
        total[1] += rate.rollouts
    if not counts:
        raise ExchangeError(f"{path}: no pass rates in it")
    return [Profiled(*who, PassRate(*total)) for who, total in counts.items()]


def _csv(text: str, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    reader = csv.DictReader(io.StringIO(text))
    for row in reader:
        yield f"{path}:{reader.line_num}", {k: v for k, v in row.items() if v not in (None, "")}


def _lines(text: str, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, row in parse_rows(text):
        if isinstance(row, Malformed):
            raise ExchangeError(f"{path}:{number}: {row.message}")
        if not isinstance(row, dict):
            raise ExchangeError(f"{path}:{number}: a row is a JSON object, not {row!r:.40}")
        yield f"{path}:{number}", row


def _identity(row: Mapping[str, Any]) -> tuple[str, str]:
    """(key, question) of the row, of NeMo Gym's `sample` in it, or of a trace's `task`."""
    task = row.get("task") if isinstance(row.get("task"), dict) else {}
    for place in (row, row.get("sample"), row.get("metadata"), row.get("extra_info"), task):
        if not isinstance(place, dict):
            continue
        data = place.get("data")
        key = place.get("key") or (data.get("id") if isinstance(data, dict) else None)
        if isinstance(key, str) and key:
            return key, ""
    for place in (row, row.get("sample")):
        question = place.get("question") if isinstance(place, dict) else None
        if isinstance(question, str) and question.strip():
            return "", " ".join(question.split())
    raise ValueError("which problem it is of is missing: give its `key`, or its `question`")


def _rate(row: Mapping[str, Any], rollouts: int | None) -> PassRate:
    for passes, trials in _COUNTS:
        if passes in row and trials in row:
            return PassRate(_whole(row[passes], passes), _whole(row[trials], trials))
    share = row.get("pass_rate", row.get("pass_mean", row.get("mean/reward")))
    if share is not None:
        trials = row.get("rollouts", rollouts)
        if trials is None:
            raise ValueError(
                "it says a share and not of how many rollouts; say how many with --rollouts"
            )
        return _of_share(float(share), _whole(trials, "rollouts"))
    if isinstance(row.get("rewards"), dict):
        values = [r.get("score") if isinstance(r, dict) else r for r in row["rewards"].values()]
        if any(value is None for value in values):
            return PassRate(0, 0)  # the rollout ended in an error: nothing was scored
        return PassRate(int(bool(values) and all(float(v or 0) >= PASS for v in values)), 1)
    if "reward" in row:
        return PassRate(int(float(row["reward"]) >= PASS), 1)
    raise ValueError(
        "it has no pass rate: give `passes` and `rollouts`, `pass_rate`, `mean/reward`, `reward` or "
        "`rewards`"
    )


def _of_share(share: float, rollouts: int) -> PassRate:
    passes = share * rollouts
    if not 0 <= share <= 1 or abs(passes - round(passes)) > 0.02:
        raise ValueError(f"a share of {share:g} cannot come of {rollouts} rollouts")
    return PassRate(round(passes), rollouts)


def _whole(value: Any, name: str) -> int:
    number = float(value)
    if isinstance(value, bool) or number != int(number) or number < 0:
        raise ValueError(f"{name} is {value!r}; write a whole number")
    return int(number)
