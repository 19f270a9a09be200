"""What a trainer tells of its groups: by number, under the training's name, so that each counts once."""

from __future__ import annotations

import logging

logger = logging.getLogger(__name__)


class Told:
    """The names under which one training tells what its groups came to.

    Another training in the same folder, under the same name and from the same number on, would pose what was
    posed before, and nothing that it tells would count: where the first groups that it tells were all told
    before, that is said once. It is right where a training goes on after a kill.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._told = False

    def batch(self, number: int) -> str:
        return f"{self.name}-{number}"

    def heard(self, new: int) -> None:
        """`new` of the groups of a step had not been told before."""
        if not new and not self._told:
            logger.warning(
                "the first groups of this training were told before, under the name %r, and count once: "
                "right where it goes on after a kill; another training wants another name, and the "
                "numbers after those that were handed out (docs/live.md)",
                self.name,
            )
        self._told = True
