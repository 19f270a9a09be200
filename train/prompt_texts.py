"""A program's prompts as people read them: instructions, demonstrations, menus, weights of moves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from zoped.foundation.errors import UNREADABLE, first_line
from zoped.programs.menu import Option, StateError

NOTHING = "(passed over)"
STRATEGIES = "mutate.strategies"


def prompt_texts(
    state: Mapping[str, Any], strategies: Mapping[str, str] | None = None
) -> dict[str, str]:
    """A text for each part of the program whose `dump_state()` this is that has something to read,
    by its name. `strategies` are the sentences that rewrites are told, by id: a part of their own.
    Raises StateError for a part that no program has saved.
    """
    texts: dict[str, str] = {}
    for name, part in state.items():
        try:
            text = _text(part) if isinstance(part, dict) else None
        except UNREADABLE as error:
            raise StateError(f"{name}: no prompts were saved there ({first_line(error)})") from None
        if text is not None:
            texts[name] = text
    if strategies:
        texts[STRATEGIES] = "\n".join(f"{id_}: {text}" for id_, text in strategies.items())
    return texts


def _text(part: dict[str, Any]) -> str | None:
    """What there is to read of a part; None where that is nothing."""
    signature = part.get("signature")
    if part.get("menu"):
        return "\n\n".join(_menus(part["menu"]))
    if part.get("weights"):
        return "\n\n".join(_weights(part["weights"]))
    if part.get("strategies"):  # that tuning wrote
        return "\n\n".join(f"{s['id']}: {s['text']}" for s in part["strategies"])
    if isinstance(signature, dict) and "instructions" in signature:
        demos = [json.dumps(demo, indent=1, default=str) for demo in part.get("demos", [])]
        return "\n\n".join([signature["instructions"], *demos])
    return None


def move_weights(state: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    """By level of the student, how often each move is drawn; empty where nothing was learnt."""
    found = [
        part["weights"] for part in state.values() if isinstance(part, dict) and "weights" in part
    ]
    return {level: dict(weights) for part in found for level, weights in part.items()}


def _menus(menus: Mapping[str, list[dict[str, Any]]]) -> list[str]:
    """A paragraph a level of the student: what the teacher may choose from."""
    return [
        "\n".join([f"{level or 'every'}:", *([Option(**o).line() for o in options] or [NOTHING])])
        for level, options in menus.items()
    ]


def _weights(by_level: Mapping[str, Mapping[str, float]]) -> list[str]:
    """A paragraph a level: its moves, the likeliest first."""
    return [
        "\n".join(
            [
                f"{level or 'every'}:",
                *(
                    f"{weight:6.2f}  {move}"
                    for move, weight in sorted(weights.items(), key=lambda w: (-w[1], w[0]))
                ),
            ]
        )
        for level, weights in by_level.items()
    ]
