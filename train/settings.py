"""A whole run: every section of its configuration, and what must hold between them."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from zoped.foundation.errors import ZopedError, counted
from zoped.train.curriculum.settings import CurriculumSettings
from zoped.train.grpo.reward_settings import RewardSettings
from zoped.train.grpo.settings import TrainSettings
from zoped.train.sections.making import GenerateSettings, SeedSettings, TuneSettings
from zoped.train.sections.measuring import (
    BandSettings,
    ContaminationSettings,
    EvaluateSettings,
    MeasureSettings,
    MeterSettings,
)
from zoped.train.sections.models import EMBEDDED, NO_TEACHER, StudentSettings, TeacherSettings
from zoped.train.sections.section import Name, Section

# What may stand where a dotted path may.
OBJECTIVES = ("coverage", "disagreement", "band", "target")
BAND_RULES = ("fixed", "towards_hard")
ORDER_RULES = ("shuffled", "easy_to_hard", "mixed")
DRAWING_ROLLOUTS = 6_000  # of tuning, where no calls of a teacher limit it
Step = Literal["formalize", "mutate", "rewrite", "verbalize"]


class SettingsError(ZopedError, ValueError):
    """A setting that cannot be used; the message starts with its dotted name."""


class TrackingSettings(Section):
    """What is tracked beside the numbers (docs/compare-experiments.md)."""

    traces: bool = Field(
        False,
        description="every call of the teacher as a trace (`mlflow.dspy.autolog`), which takes MLflow "
        "some 10 ms",
    )


class RunSettings(Section):
    """A whole run. Every field has a default; an unknown field is an error."""

    seed: int = Field(0, ge=0, lt=2**31, description="of everything that is random")
    rounds: int = Field(2, ge=1, le=1000)
    student: StudentSettings = StudentSettings()
    teacher: TeacherSettings = TeacherSettings()
    seeds: SeedSettings = SeedSettings()
    band: BandSettings = BandSettings()
    meter: MeterSettings = MeterSettings()
    signatures: dict[Step, Name] = Field(
        default_factory=dict,
        description="a signature class of your own for a step, as `package.module.ClassName`",
    )
    measure: MeasureSettings = MeasureSettings()
    tune: TuneSettings = TuneSettings()
    generate: GenerateSettings = GenerateSettings()
    curriculum: CurriculumSettings = Field(default_factory=CurriculumSettings)
    reward: RewardSettings = Field(default_factory=RewardSettings)
    train: TrainSettings = Field(default_factory=TrainSettings)
    evaluate: EvaluateSettings = EvaluateSettings()
    contamination: ContaminationSettings = ContaminationSettings()
    tracking: TrackingSettings = TrackingSettings()

    @model_validator(mode="after")
    def _steps_for_all_rounds(self) -> Self:
        steps = self.train.steps
        if isinstance(steps, tuple) and len(steps) != self.rounds:
            raise ValueError(
                f"train.steps gives the steps of {counted(len(steps), 'round')}; rounds is {self.rounds}"
            )
        return self

    def evaluates(self, number: int) -> bool:
        """Whether round `number` is evaluated; 0 is the start."""
        return number % self.evaluate.every == 0 or number == self.rounds

    @property
    def measures(self) -> bool:
        """Whether the student is measured before it is trained."""
        return self.curriculum.filter != "none" or self.tunes

    @property
    def tunes(self) -> bool:
        """Whether a round tunes the program: without a teacher there are still weights to tune."""
        drawn = self.generate.mutation == "weights"
        return self.tune.enabled and (drawn or self.teacher.model != NO_TEACHER)

    @property
    def tuning_rollouts(self) -> int | None:
        """The most that one round's tuning takes: where moves are drawn, calls alone do not limit it."""
        drawn = self.generate.mutation == "weights"
        return self.tune.rollouts or (DRAWING_ROLLOUTS if drawn else None)

    @model_validator(mode="after")
    def _names_that_there_are(self) -> Self:
        named: list[tuple[str, str, str, tuple[str, ...]]] = [
            ("tune.objective", "", self.tune.objective if self.tunes else "", OBJECTIVES),
            ("curriculum.band", "rule ", self.curriculum.band, BAND_RULES),
            ("curriculum.order", "rule ", self.curriculum.order, ORDER_RULES),
        ]
        named += [
            (f"signatures.{s}", "signature ", name, ()) for s, name in self.signatures.items()
        ]
        for field, what, name, known in named:
            if name and "." not in name and name not in known:
                there = f"there are {', '.join(known)}, and yours" if known else "give yours"
                raise ValueError(f"{field}: no {what}{name!r}; {there} by a dotted path")
        return self

    @model_validator(mode="after")
    def _what_is_not_measured(self) -> Self:
        if self.curriculum.filter == "none" and (self.curriculum.replay or self.curriculum.seeds):
            raise ValueError(
                "curriculum.replay and curriculum.seeds go by pass rates, and "
                "with curriculum.filter `none` nothing is measured; leave them at 0"
            )
        if self.generate.source == "seeds" and self.curriculum.filter != "none":
            raise ValueError(
                "generate.source is `seeds`, which are trained on as they are; "
                "write `curriculum.filter: none` too"
            )
        if self.generate.source == "text":
            if self.curriculum.filter != "none":
                raise ValueError(
                    "generate.source is `text`, whose problems are trained on as they come; "
                    "write `curriculum.filter: none` too"
                )
            if self.teacher.model in (EMBEDDED, NO_TEACHER) or self.teacher.is_reader:
                raise ValueError(
                    f"generate.source is `text`, and teacher.model is `{self.teacher.model}`; name a "
                    "model that can rewrite a text and solve it"
                )
        return self

    @model_validator(mode="after")
    def _options_of_one_filter(self) -> Self:
        generate, filter = self.generate, self.curriculum.filter
        if generate.rollouts is not None and filter != "difficulty":
            raise ValueError(
                f"generate.rollouts limits what `curriculum.filter: difficulty` measures, and the filter is "
                f"`{filter}`; leave it out (with `band`, generate.decisions limits what is made)"
            )
        if generate.rollouts is not None and generate.rollouts < self.meter.max_rollouts:
            raise ValueError(
                f"generate.rollouts is {generate.rollouts}, and one problem may take meter.max_rollouts, "
                f"{self.meter.max_rollouts}; give as many at least"
            )
        if generate.random_share and filter != "band":
            raise ValueError(
                "generate.random_share is the share of the decisions that `curriculum.filter: band` "
                f"takes, and the filter is `{filter}`; leave it at 0"
            )
        return self

    @model_validator(mode="after")
    def _weights_to_shuffle(self) -> Self:
        if self.tune.shuffled and self.generate.mutation not in ("weights", "rewrite"):
            raise ValueError(
                f"tune.shuffled is for moves that are drawn by weights, and generate.mutation is "
                f"`{self.generate.mutation}`; write `weights` or `rewrite`"
            )
        return self

    @model_validator(mode="after")
    def _teacher_for_what_asks_one(self) -> Self:
        if self.teacher.model == NO_TEACHER and self.generate.verbalization == "teacher":
            raise ValueError(
                "generate.verbalization is `teacher`, and teacher.model is `none`; name a teacher, "
                "or let `rules` write the English"
            )
        drawn = self.generate.mutation in ("operators", "weights")
        if self.teacher.model == NO_TEACHER and not drawn:
            raise ValueError(
                f"generate.mutation is `{self.generate.mutation}`, and teacher.model is `none`; "
                "name a teacher, or write `operators`, which are then drawn at random, or `weights`"
            )
        return self
