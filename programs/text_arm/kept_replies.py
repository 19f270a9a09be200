"""What the teacher said to the parts of decisions that have not ended, so that no part is asked twice."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from zoped.foundation.files import whole_lines
from zoped.programs.teachers.budget import Spent


@dataclass(frozen=True)
class Reply:
    """What was said, as text, or why it could not be read (`failed`), and what it cost."""

    said: str = ""
    failed: str = ""
    spent: Spent = field(default_factory=Spent)


@dataclass
class RepliesOf:
    """The replies to one decision's parts, by the part's name; `keep` is told of each new one."""

    by_part: dict[str, Reply] = field(default_factory=dict)
    keep: Callable[[str, Reply], None] = lambda part, reply: None

    @property
    def spent(self) -> Spent:
        """What all of them cost."""
        return sum((reply.spent for reply in self.by_part.values()), Spent())

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
            step, part, spent = row.pop("step"), row.pop("part"), Spent(**row.pop("spent"))
            self._by_step[step][part] = Reply(**row, spent=spent)

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
