"""YAML's plain values out of a file of anybody's."""

from __future__ import annotations

from typing import Any

import yaml

MOST = 100_000  # values in one file, those behind its aliases counted wherever they stand


class PlainLoader(yaml.SafeLoader):
    """As `yaml.SafeLoader`; a file whose aliases stand for more than `MOST` values is refused: a few lines
    may stand for billions, which whoever reads or writes them would go through one by one."""

    def construct_document(self, node: yaml.Node) -> Any:
        if _values(node, {}) > MOST:
            raise yaml.constructor.ConstructorError(
                problem=f"it stands for more than {MOST:,} values, with what its aliases (*name) repeat",
                problem_mark=node.start_mark,
            )
        return super().construct_document(node)


def load_yaml(text: str, loader: type[PlainLoader] = PlainLoader) -> Any:
    """What the text says; None where it says nothing. Raises yaml.YAMLError, and ValueError for a value that
    Python cannot hold."""
    try:
        return yaml.load(text, loader)  # a safe one
    except RecursionError:
        raise yaml.YAMLError("nested too deep") from None


def _values(node: yaml.Node, known: dict[yaml.Node, int]) -> int:
    """How many values the node stands for; one within itself is for the loader to refuse."""
    if node not in known:
        known[node] = 1
        inner = node.value if isinstance(node, yaml.CollectionNode) else ()
        parts = [part for one in inner for part in (one if isinstance(one, tuple) else (one,))]
        known[node] += sum(_values(part, known) for part in parts)
    return known[node]
