"""The sections that say what is measured: pass rates, held-out problems, and what may not be trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, PositiveFloat, field_serializer, model_validator

from zoped.foundation.secrets import redacted_url
from zoped.train.sections.section import Name, Section

if TYPE_CHECKING:
    from zoped.evals.band import Band

Benchmark = Literal[
    "gsm8k",
    "svamp",
    "math500",
    "gsm_hard",
    "mawps_multiarith",
    "aime24",
    "aime25",
    "mawps_addsub",
    "mawps_singleeq",
    "mawps_singleop",
    "amc23",
    "asdiv",
    "gsm_plus",
    "gsm_symbolic",
    "gsm_symbolic_p1",
    "gsm_symbolic_p2",
]


class BandSettings(Section):
    """The pass rates worth training on."""

    low: float = Field(0.2, ge=0, le=1)
    high: float = Field(0.8, ge=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low >= self.high:
            raise ValueError(f"low ({self.low}) must be below high ({self.high})")
        return self

    @property
    def limits(self) -> Band:
        # Imported here: `zoped.evals` loads DSPy, SciPy and SymPy, which reading settings does not need.
        from zoped.evals.band import Band

        return Band(self.low, self.high)


class MeterSettings(Section):
    """How long one problem is sampled before its pass rate counts as known."""

    min_rollouts: int = Field(2, ge=2, le=1024, description="at a time")
    max_rollouts: int = Field(32, ge=2, le=1024)
    mistake_cost: float = Field(
        120.0,
        gt=0,
        description="how many rollouts it is worth not to take a problem for one in the band, or "
        "out of it, that is not: the larger, the longer it samples",
    )
    prior: tuple[PositiveFloat, PositiveFloat] = Field(
        (0.3, 0.3),
        description="parameters of the Beta distribution that pass rates are expected to have: small "
        "for a student that solves a problem nearly always or nearly never, [1, 1] for any rate alike",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min_rollouts > self.max_rollouts:
            raise ValueError(
                f"min_rollouts ({self.min_rollouts}) must not exceed "
                f"max_rollouts ({self.max_rollouts})"
            )
        return self


class MeasureSettings(Section):
    """The measuring of the prompts at the student's level, before and after they are tuned."""

    seeds: int = Field(
        24, ge=0, description="how many, the same ones both times; 0: the prompts are not measured"
    )
    variants: int = Field(
        8, ge=1, description="problems measured per decision of the teacher, at most; in tuning too"
    )
    engine: Literal["local", "ray", "servers"] = Field(
        "local",
        description="`ray`: the student answers on the machines of a Ray cluster, whatever is measured; "
        "`servers`: OpenAI-compatible servers answer for it (docs/scale.md)",
    )
    address: Name | None = Field(
        None, description="of the Ray cluster; `auto`: this machine's; else one is started here"
    )
    workers: int | None = Field(
        None, ge=1, description="of the Ray cluster; one a GPU, or one a core where there is none"
    )
    servers: tuple[Name, ...] = Field(
        (), description="URLs of the servers, such as `http://gpu1:8000/v1`: asked in turn"
    )
    serve: Name | None = Field(
        None,
        description="command that has all servers answer with the weights of `{folder}`, as the model "
        "`student`, and ends when they do; run whenever another student is to be measured",
    )
    concurrency: int = Field(64, ge=1, le=4096, description="requests to the servers at once")

    @field_serializer("servers", when_used="json")
    def _without_secrets(self, servers: tuple[str, ...]) -> list[str]:
        return [redacted_url(url) for url in servers]

    @model_validator(mode="after")
    def _servers_are_named(self) -> Self:
        if self.engine == "servers" and not (self.servers and "{folder}" in (self.serve or "")):
            raise ValueError(
                "engine is `servers`: give their URLs as `servers`, and as `serve` a command with "
                "{folder} in it that has them load a student"
            )
        return self


class EvaluateSettings(Section):
    """The held-out problems, which share no problem with the training data."""

    held_out: Literal["builtin", "lab", "stories", "rewritten"] = Field(
        "builtin",
        description="which: `builtin`; `lab`, 600 at, above and far above the lab student's level, "
        "in sentences that the training never shows (docs/lab.md); `stories`, 600 in other English than "
        "the rules'; or `rewritten`, stories, operators' and strategies' (docs/training.md)",
    )
    problems: int = Field(400, ge=10, description="how many")
    samples: int = Field(1, ge=1, le=64, description="sampled answers per problem")
    greedy: bool = Field(
        True,
        description="the likeliest answer to each held-out problem too: where only sampled answers "
        "get better, the student has got surer and has learnt nothing",
    )
    every: int = Field(
        1, ge=1, description="rounds from one evaluation to the next; the last is always evaluated"
    )
    benchmarks: tuple[Benchmark, ...] = Field(
        (),
        description="test sets measured beside them, from the Hugging Face hub or from the folder "
        "that the environment variable ZOPED_DATA names",
    )
    benchmark_problems: int | None = Field(
        None, ge=10, description="of each test set at most, always the same ones; all if not given"
    )


class ContaminationSettings(Section):
    """What no training problem may be too near to: the held-out problems and the test sets of
    `evaluate`, whole, and texts of yours."""

    words: int = Field(13, ge=5, le=100, description="how many words in a row are too many")
    similarity: float | None = Field(
        0.6,
        gt=0,
        le=1,
        description="share of content words and numbers in common with a test set's text that is too "
        "much; nothing looks for passages alone",
    )
    benchmarks: tuple[Benchmark, ...] = Field(
        (), description="test sets beside those of `evaluate`, which are not measured"
    )
    files: tuple[Name, ...] = Field(
        (),
        description="files of texts: JSON Lines with `text`, `question` or `problem`, or plain text, "
        "a line a text",
    )
