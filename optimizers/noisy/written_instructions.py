"""DSPy's proposer of instructions as a module, which `TeacherCalls` can ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dspy
from dspy.teleprompt.gepa import InstructionProposer
from pydantic import ValidationError

from zoped.programs.teachers.errors import CallFailed


class WriteInstructions(dspy.Module):  # type: ignore[misc]  # DSPy has no types
    """Writes instructions as `dspy.GEPA` has them written."""

    def __init__(self) -> None:
        super().__init__()
        self.proposer = InstructionProposer()

    def forward(
        self,
        candidate: Mapping[str, str],
        outcomes: Mapping[str, Sequence[Mapping[str, Any]]],
        components: Sequence[str],
    ) -> dspy.Prediction:
        """Prediction(texts): a new instruction for each of the components, by what came of the present ones.
        Raises CallFailed for an empty one."""
        try:
            return dspy.Prediction(texts=self.proposer(candidate, outcomes, components))
        except ValidationError:
            raise  # what the reply lacks is told by who asks
        except ValueError as error:
            raise CallFailed(str(error), malformed=True) from error
