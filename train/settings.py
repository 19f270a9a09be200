"""Everything that a run is made of: the sections of a configuration file, with their limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveFloat,
    StringConstraints,
    field_serializer,
    model_validator,
)

from zoped.foundation.errors import ZopedError
from zoped.foundation.secrets import redacted_url
from zoped.train.curriculum.settings import CurriculumSettings
from zoped.train.grpo.reward_settings import RewardSettings
from zoped.train.grpo.settings import TrainSettings

if TYPE_CHECKING:
    from zoped.evals.band import Band

Name = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
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
EMBEDDED = "embedded"  # the teacher in the process
READER, READER_SLOTS = "embedded-reader", 4  # that which has learnt to read, and its calls at once
NO_TEACHER = "none"  # as the teacher's model: operators are drawn at random
DRAWING_ROLLOUTS = 6_000  # of tuning, where no calls of a teacher limit it
Step = Literal["formalize", "mutate", "rewrite", "verbalize"]


class SettingsError(ZopedError, ValueError):
    """A setting that cannot be used; the message starts with its dotted name."""


class _Section(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, allow_inf_nan=False
    )


class StudentSettings(_Section):
    """The model that is measured and trained."""

    name: Name = Field(
        "lab", description="`lab`, `lab-stories`, `smollm2`, a Hugging Face id, or a folder"
    )
    instruction: str | None = Field(
        None, description="text before every problem; the student's own default if not given"
    )
    device: str | None = Field(None, description="`cpu`, `cuda`, ...; a GPU where there is one")
    temperature: float = Field(1.0, gt=0, le=2, description="of the rollouts")
    max_new_tokens: int | None = Field(
        None, ge=1, le=32_768, description="longest answer; the student's own default if not given"
    )


class BudgetSettings(_Section):
    """What the teacher may cost in all; no limit where none is given. A call is made only where its
    longest possible prompt and reply are paid for."""

    calls: int | None = Field(None, ge=1, description="requests, those that are made again too")
    tokens: int | None = Field(None, ge=1, description="of prompts and replies together")
    dollars: float | None = Field(None, gt=0, description="by LiteLLM's list of prices")


class TeacherSettings(_Section):
    """The language model behind Formalize, Mutate, Verbalize and the tuning of their prompts."""

    model: Name = Field(
        "embedded",
        description="`embedded` (SmolLM2-135M in the process, which chooses operators), "
        "`embedded-reader` (the same, trained to formalize and to rewrite), `none` (operators drawn at random, "
        "no language model) or any LiteLLM model, such as `openai/gpt-5-mini`",
    )
    api_base: str | None = Field(
        None,
        description="URL of an OpenAI-compatible server; a password or key in it is not written down",
    )
    temperature: float = Field(0.7, ge=0, le=2)
    max_tokens: int = Field(2_048, ge=16, le=65_536, description="longest reply")
    notation: Literal["json", "compact"] = Field(
        "json",
        description="how it writes problems: `json`, with a schema that the server may enforce, or "
        "`compact`, in short lines of about half the tokens",
    )
    formalizations: Name | None = Field(
        None,
        description="file that keeps what the teacher formalized, which later runs of the same file do "
        "not pay for again; one of the run's own if not given",
    )
    timeout: float = Field(120.0, gt=0, description="seconds for one whole reply")
    concurrency: int | None = Field(
        None,
        ge=1,
        le=1024,
        description="requests under way at once; 16 if not given, 1 for `embedded`, 4 for "
        "`embedded-reader`",
    )
    budget: BudgetSettings = BudgetSettings()

    @field_serializer("api_base", when_used="json")
    def _without_secrets(self, api_base: str | None) -> str | None:
        return None if api_base is None else redacted_url(api_base)

    @property
    def at_once(self) -> int:
        if self.is_reader:
            return self.concurrency or READER_SLOTS
        return self.concurrency or (1 if self.model == EMBEDDED else 16)

    @property
    def is_reader(self) -> bool:
        return self.model.partition(":")[0] == READER

    @property
    def written(self) -> Literal["json", "compact", "short"]:
        """The notation that it is asked for; the reader knows one alone."""
        return "short" if self.is_reader else self.notation


class SeedSettings(_Section):
    """The word problems that everything grows from."""

    path: Name = Field(
        "builtin",
        description="`builtin`, `elementary` (those of them that one or two steps solve), a test "
        "set's training split (`gsm8k`, `svamp`, `mawps_multiarith`), or a file (JSON Lines, Parquet)",
    )
    formalize_first: bool = Field(
        False,
        description="all seeds without symbols are formalized before the first round, and those left out with "
        "which that fails: operators alone can change them then. Else each is when its turn comes",
    )


class BandSettings(_Section):
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


class MeterSettings(_Section):
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


class MeasureSettings(_Section):
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


class TuneSettings(_Section):
    """The tuning of the teacher's prompts, once a round."""

    enabled: bool = True
    teacher_calls: int = Field(80, ge=1, description="at most, in one round")
    batch_size: int = Field(8, ge=2, description="seeds measured at a time")
    candidates: int = Field(6, ge=1, description="prompts that are proposed and raced")
    reflection: Name | None = Field(
        None,
        description="model that writes instructions and strategies from what happened: `teacher`, or any "
        "LiteLLM model; none does if not given",
    )
    prompt_share: float = Field(
        0.25,
        ge=0,
        le=1,
        description="of the calls, the share that tuning the prompts of formalizing and telling may take",
    )
    demos: int = Field(3, ge=1, description="demonstrations in each of them")
    exploration_tries: int = Field(
        96, ge=1, description="operators tried on seeds before the search, without the teacher"
    )
    objective: Literal["coverage", "disagreement", "band", "target"] = Field(
        "coverage", description="what is raised (docs/optimizers.md has the formulas)"
    )
    teacher_call_price: float = Field(
        8.0, ge=0, description="what a call of the teacher costs in rollouts, for `coverage`"
    )
    rollouts: int | None = Field(
        None,
        ge=1,
        description="of the student, at most, in one round; 6,000 if not given where moves are drawn by "
        "`weights`, else no limit beside the teacher's calls",
    )
    skip_below: float = Field(
        0.5,
        ge=0,
        le=1,
        description="seeds of a level that scores less than this share of the best level are "
        "skipped; 0: none are",
    )
    shuffled: bool = Field(
        False,
        description="each tuned weight goes to another move: what a lab compares tuning with; only where "
        "moves are drawn (`generate.mutation: weights` or `rewrite`)",
    )


class GenerateSettings(_Section):
    """The making of a round's training problems."""

    mutation: Literal["operators", "rewrite", "both", "weights"] = Field(
        "operators",
        description="`operators`: the teacher chooses one; `rewrite`: it writes a new problem by a "
        "strategy that is drawn; `both`: one of the two; `weights`: an operator, which asks no teacher, or "
        "a strategy is drawn by the weights that tuning learns (with the teachers `embedded` and `none` "
        "operators alone)",
    )
    source: Literal["operators", "seeds", "text"] = Field(
        "operators",
        description="`seeds`: nothing is made, the seeds are trained on as they are; `text`: the teacher "
        "rewrites the words, without symbols, and answers by majority (docs/strategies.md); both need "
        "`curriculum.filter: none`",
    )
    check_texts: bool = Field(
        True,
        description="with `source: text`: formalize each text too, to know how many answers are wrong",
    )
    program: Name | None = Field(
        None,
        description="a program that `zoped optimize` saved, such as `tuned.json`: its prompts and its "
        "menu are what the run begins with",
    )
    operators: tuple[Name, ...] | None = Field(
        None, description="the operators to choose from; all of them if not given"
    )
    strategies: tuple[Name, ...] | None = Field(
        None,
        description="the strategies of rewrites: ids, YAML files, `builtin`, or dotted paths "
        "(docs/strategies.md); all that `zoped strategies` lists if not given",
    )
    verbalization: Literal["rules", "teacher"] = Field(
        "rules", description="who writes the English of a problem"
    )
    variants: int = Field(8, ge=1, le=256, description="problems tried per decision of the teacher")
    engine: Literal["local", "ray"] = Field(
        "local",
        description="`ray`: what operators make is made and solved on the machines of a Ray cluster; the "
        "problems are the same (docs/scale.md)",
    )
    address: Name | None = Field(
        None, description="of the Ray cluster; `auto`: this machine's; else one is started here"
    )
    wordings: int = Field(
        2,
        ge=1,
        le=256,
        description="with `verbalization: teacher`: variants of a decision that the teacher words; the others "
        "take these words with their own numbers, where those fit in, and cost no call",
    )
    decisions: int = Field(400, ge=1, description="at most, in one round")
    time_limit: float = Field(
        2.0,
        ge=0,
        le=60,
        description="seconds of CPU time for a problem's solver process; 0 keeps what needs none",
    )
    pool: int = Field(
        10,
        ge=1,
        le=1000,
        description="problems proposed for each one that is trained on (`curriculum.filter: "
        "difficulty`)",
    )
    rollouts: int | None = Field(
        None, ge=1, description="of the student for measuring, in one round; no limit if not given"
    )
    random_share: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="share of the decisions that are drawn at random instead of asked of the "
        "teacher: variety, where a small teacher repeats what it was shown",
    )


class EvaluateSettings(_Section):
    """The held-out problems, which share no problem with the training data."""

    held_out: Literal["builtin", "lab", "stories"] = Field(
        "builtin",
        description="which: `builtin`; `lab`, 600 at, above and far above the lab student's level, "
        "in sentences that the training never shows (docs/lab.md); or `stories`, 600 in other English than "
        "the rules'",
    )
    problems: int = Field(400, ge=10, description="how many")
    samples: int = Field(1, ge=1, le=64, description="answers per problem")
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


class ContaminationSettings(_Section):
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


class TrackingSettings(_Section):
    """What is tracked beside the numbers (docs/compare-experiments.md)."""

    traces: bool = Field(
        False,
        description="every call of the teacher as a trace (`mlflow.dspy.autolog`), which takes MLflow "
        "some 10 ms",
    )


class RunSettings(_Section):
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
                f"train.steps gives the steps of {len(steps)} rounds; there are {self.rounds}"
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
    def _what_is_not_measured(self) -> Self:
        if self.curriculum.filter == "none" and (self.curriculum.replay or self.curriculum.seeds):
            raise ValueError(
                "curriculum.replay and curriculum.seeds are shares in the band, and "
                "curriculum.filter is `none`; leave them at 0"
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
