"""The section `curriculum` of a configuration: what a round trains on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from zoped.train.sections.section import Section

if TYPE_CHECKING:
    from zoped.train.curriculum.rules import BandRule, OrderRule


class CurriculumSettings(Section):
    """What a round trains on."""

    band: str = Field(
        "fixed",
        min_length=1,
        description="the pass rates a round wants: `fixed` (those of `band`), `towards_hard` (half "
        "as wide, from the easy end in the first round to the hard end in the last), or a function "
        "of yours by dotted path",
    )
    order: str = Field(
        "shuffled",
        min_length=1,
        description="of the problems within a round: `shuffled`, `easy_to_hard`, `mixed` (every "
        "step from easy to hard), or a function of yours by dotted path",
    )
    filter: Literal["band", "difficulty", "none"] = Field(
        "band",
        description="which new problems are trained on. `band`: they are made and measured until "
        "enough lie in the band. `difficulty`: many are proposed, a model of their difficulty says "
        "which to measure, and the most learnable ones that are unlike each other are trained on, "
        "beside what comes of the teacher's decisions. `none`: any that are made; without a teacher, nothing is then measured",
    )
    coverage: bool = Field(
        True, description="with `difficulty`: varied problems first; else the most learnable alone"
    )
    ahead: float = Field(
        0.15,
        ge=0,
        le=3,
        description="by how much the student is expected to be better halfway through the round "
        "than at its start, in logits of the pass rate; from the second round on, what the last "
        "round's groups were above that is added. With `difficulty` problems are chosen by it",
    )
    aim: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="with `difficulty`: the pass rate at which a problem is worth most, "
        "p^(2 aim) (1 - p)^(2 - 2 aim); if not given, its worth is the chance that a group of "
        "GRPO's has right and wrong answers",
    )
    easy: float = Field(
        0.3,
        ge=0,
        le=1,
        description="with `difficulty`: share of problems that the student solves nearly always, at "
        "a pass rate of 0.8 and more; what is not trained on is forgotten",
    )
    near: float = Field(
        0.0,
        ge=0,
        le=1,
        description="with `difficulty`: share of problems of the same structure as a seed, as far as "
        "they are learnable; the seeds show what the student is to be able to do",
    )
    explore: float = Field(
        0.1,
        ge=0,
        le=1000,
        description="with `difficulty`: problems drawn at random to be measured, as a share of the "
        "round's problems; they keep the model honest. As large as `generate.pool`, and everything is measured",
    )
    replay: float = Field(
        0.0,
        ge=0,
        le=0.9,
        description="share of the problems of earlier rounds, measured again and in the band still",
    )
    seeds: float = Field(
        0.0,
        ge=0,
        le=0.9,
        description="share of seeds as they are, each used as often as goes with its chance of right "
        "and wrong answers in a group",
    )

    @model_validator(mode="after")
    def _no_more_than_all(self) -> Self:
        if self.replay + self.seeds > 1 + 1e-9:
            raise ValueError(
                f"replay ({self.replay:g}) and seeds ({self.seeds:g}) are shares of the same problems; "
                "together they are 1 at most"
            )
        return self

    def band_rule(self) -> BandRule:
        """Raises RuleError for a path that names no function; so does `order_rule`."""
        # Imported here: settings are read without waiting for what rules work on.
        from zoped.train.curriculum.rules import BAND_RULES, load_rule

        return load_rule(self.band, BAND_RULES, "curriculum.band")

    def order_rule(self) -> OrderRule:
        from zoped.train.curriculum.rules import ORDER_RULES, load_rule

        return load_rule(self.order, ORDER_RULES, "curriculum.order")
