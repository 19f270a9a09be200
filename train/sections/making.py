"""The sections that say what problems are made of, and how: `seeds`, `tune` and `generate`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from zoped.train.sections.section import Name, Section


class SeedSettings(Section):
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


class TuneSettings(Section):
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
    objective: Name = Field(
        "coverage",
        description="what is raised: `coverage`, `disagreement`, `band`, `target` (docs/optimizers.md has "
        "the formulas), or a function of yours by dotted path",
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

    @property
    def reflecting_model(self) -> str | None:
        """`reflection`, where anything is tuned."""
        return self.reflection if self.enabled else None


class GenerateSettings(Section):
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
        None,
        ge=1,
        description="with `curriculum.filter: difficulty`: of the student for measuring new problems, at "
        "most, in one round; no limit if not given",
    )
    random_share: float = Field(
        0.0,
        ge=0,
        lt=1,
        description="with `curriculum.filter: band`: share of the decisions that are drawn at random "
        "instead of asked of the teacher: variety, where a small teacher repeats what it was shown",
    )
