"""What live problems are chosen by."""

from __future__ import annotations

from pydantic import Field, field_validator, model_validator

from zoped.evals.stopping import PRIOR, Beta
from zoped.programs.known_operators import known_operators
from zoped.students.prompting import INSTRUCTION
from zoped.train.sections.section import Section

GROWTH = 4  # a refill has at most one in so many of the problems before it


class LiveSettings(Section):
    """Problems come in refills of up to `batch`: `pool` times as many are proposed as are chosen."""

    batch: int = Field(
        64, ge=1, le=100_000, description="problems that are chosen at a time, at most"
    )
    first: int = Field(
        8,
        ge=1,
        description="problems of the first refills: later ones are a quarter of what was handed out "
        "before them, up to `batch`, so that little is chosen while little is known",
    )
    pool: int = Field(20, ge=1, le=1_000, description="times as many are proposed")
    lead: int = Field(
        16,
        ge=0,
        description="problems before the end of a refill at which the next one is begun, once all "
        "have `batch` problems: it knows what was observed until then, and is there in time where "
        "another process makes it",
    )
    uses: int = Field(
        8,
        ge=1,
        le=100,
        description="times that a problem is handed out, at most: again only while it is as "
        "learnable as new ones, with a refill in between",
    )
    explore: float = Field(
        0.05, ge=0, le=1, description="share drawn at random, which keeps the model honest"
    )
    group_size: int = Field(8, ge=2, description="answers to a problem in one group of the trainer")
    ahead: float = Field(
        0.0, ge=0, le=3, description="by how much the student gets better meanwhile, in logits"
    )
    groups_per_version: int = Field(
        480,
        ge=1,
        description="observations after which the student counts as another version: what was "
        "observed counts half after two of them",
    )
    prior: Beta = PRIOR
    operators: tuple[str, ...] | None = Field(None, description="to draw from; all if not given")
    variants: int = Field(2, ge=1, le=64, description="problems tried of one operator's draw")
    time_limit: float = Field(
        0.0,
        ge=0,
        description="seconds for a solver process; 0 leaves out what the engine in the process "
        "does not solve",
    )
    instruction: str = Field(INSTRUCTION, description="what the prompts add to the problem's text")
    seed: int = Field(0, ge=0, description="of everything that is random")

    def numbers(self, refill: int) -> range:
        """Those of a refill's problems."""
        start = 0
        for earlier in range(refill):
            size = self._size(start)
            if size == self.batch:
                start += (refill - earlier) * size
                break
            start += size
        return range(start, start + self._size(start))

    def begun_at(self, refill: int) -> int:
        """The number that is handed out when a refill is begun, at the latest."""
        numbers = self.numbers(refill)
        return max(0, numbers.start - (self.lead if len(numbers) == self.batch else 0))

    def _size(self, start: int) -> int:
        return min(self.batch, max(self.first, start // GROWTH))

    @model_validator(mode="after")
    def _lead_is_within_a_refill(self) -> LiveSettings:
        if self.lead >= self.batch:
            raise ValueError(f"lead is {self.lead}; give less than batch, {self.batch}")
        return self

    @field_validator("operators")
    @classmethod
    def _operators_are_known(cls, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        try:
            return None if names is None else known_operators(names)
        except ValueError as error:  # the fault has the field's name already
            raise ValueError(str(error).removeprefix("operators: ")) from None
