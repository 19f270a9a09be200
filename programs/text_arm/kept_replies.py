"""What the teacher said to the parts of decisions that have not ended, so that no part is asked twice."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from zoped.foundation.files import whole_lines


@dataclass(frozen=True)
class Reply:
    """What was said, as text, or why it could not be read (`failed`); `calls` were paid for it."""

    said: str = ""
    failed: str = ""
    calls: int = 0


@dataclass
class RepliesOf:
    """The replies to one decision's parts, by the part's name; `keep` is told of each new one."""

    by_part: dict[str, Reply] = field(default_factory=dict)
    keep: Callable[[str, Reply], None] = lambda part, reply: None

    @property
    def calls(self) -> int:
        """What all of them cost."""
        return sum(reply.calls for reply in self.by_part.values())

    def add(self, part: str, reply: Reply) -> None:
        self.by_part[part] = reply
        self.keep(part, reply)


class KeptReplies:
    """Replies in a file, a line each, written as they come; a last line that a kill cut off is none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._by_step: defaultdict[int, dict[str, Reply]] = defaultdict(dict)
        for line in whole_lines(path):
            row = json.loads(line)
            step, part = row.pop("step"), row.pop("part")
            self._by_step[step][part] = Reply(**row)

    def of(self, step: int) -> RepliesOf:
        """Those of a decision, to go on with."""

        def keep(part: str, reply: Reply) -> None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"step": step, "part": part, **asdict(reply)}) + "\n")

        return RepliesOf(self._by_step[step], keep)

    def clear(self) -> None:
        """The decisions have ended."""
        self._by_step.clear()
        self.path.unlink(missing_ok=True)
