"""The row's columns in Parquet, and the facts that an export carries beside its own fields."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from zoped.train.exchange.row import ProblemRow

TEXTS = pa.list_(pa.string())
CHAT = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
DIFFICULTY = pa.struct(
    [
        ("value", pa.float64()),
        ("posterior_mean", pa.float64()),
        ("posterior_lower_bound", pa.float64()),
        ("expected_quantile", pa.float64()),
        ("bucket_index", pa.int32()),
        ("bucket_count", pa.int32()),
    ]
)
_OTHERS: dict[str, pa.DataType] = {
    "prompt": CHAT,
    "difficulty": DIFFICULTY,
    "checks": TEXTS,
    **dict.fromkeys(("depth", "round", "pass_successes", "pass_trials"), pa.int32()),
    **dict.fromkeys(("pass_mean", "pass_low", "pass_high"), pa.float64()),
}
FIELDS = {name: _OTHERS.get(name, pa.string()) for name in ProblemRow.model_fields}


def facts(row: ProblemRow, *own: str) -> dict[str, Any]:
    """Every field of the row as JSON values, but for those that the export writes as its `own`."""
    return row.model_dump(mode="json", exclude=set(own))


def fact_types(*own: str) -> list[tuple[str, pa.DataType]]:
    """The Arrow types of `facts`."""
    return [(name, kind) for name, kind in FIELDS.items() if name not in own]
