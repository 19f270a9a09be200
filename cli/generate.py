"""`zoped generate`: verified problems out of seeds, by any teacher or by none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from zoped.cli.console import Told
from zoped.cli.errors import UserError, speaks_to_the_person
from zoped.cli.tracking_result import TrackingUri, numbers_in, result_tracker
from zoped.foundation.usage import in_parts

# What applies to one kind of output or teacher alone; the other refuses it by name.
FOR_TEACHERS = (
    *("api_base", "temperature", "max_tokens", "timeout", "concurrency", "budget_calls"),
    *("budget_tokens", "budget_dollars", "mutation", "verbalization", "program", "signature"),
)
FOR_FILES = (
    *FOR_TEACHERS,
    *("decisions", "dataset", "max_per_story", "topic", "test_share", "split_by", "config"),
)
FOR_FOLDERS = ("longest", "processes")
# What an option is called in a configuration.
FIELDS = {
    "seed": "seed",
    "seeds": "seeds.path",
    "teacher": "teacher.model",
    "api_base": "teacher.api_base",
    "temperature": "teacher.temperature",
    "max_tokens": "teacher.max_tokens",
    "timeout": "teacher.timeout",
    "concurrency": "teacher.concurrency",
    "budget_calls": "teacher.budget.calls",
    "budget_tokens": "teacher.budget.tokens",
    "budget_dollars": "teacher.budget.dollars",
    "mutation": "generate.mutation",
    "verbalization": "generate.verbalization",
    "program": "generate.program",
    "operators": "generate.operators",
    "variants": "generate.variants",
    "decisions": "generate.decisions",
    "time_limit": "generate.time_limit",
    "engine": "generate.engine",
    "address": "generate.address",
    "signature": "signatures",
}


class Mutation(StrEnum):
    OPERATORS = "operators"
    REWRITE = "rewrite"
    BOTH = "both"
    WEIGHTS = "weights"


class Engine(StrEnum):
    LOCAL = "local"
    RAY = "ray"


class SplitBy(StrEnum):
    STRUCTURE = "structure"
    SEED = "seed"


class Verbalization(StrEnum):
    RULES = "rules"
    TEACHER = "teacher"


@speaks_to_the_person(
    on_interrupt="What was accepted is kept; the same command goes on from there."
)
def generate(
    context: typer.Context,
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="JSON Lines file, added to as problems come (FILE.state.db beside it keeps what the "
            "same command needs to go on); or, with --teacher none, a folder of Parquet shards, "
            "made by several processes: for problems by the million.",
        ),
    ],
    count: Annotated[int, typer.Option("--count", "-n", min=1, help="Problems wanted.")] = 100,
    config: Annotated[
        Path | None,
        typer.Option(
            help="YAML file of a run (docs/configuration.md), whose seed, seeds, teacher, generate and "
            "signatures are used where no option says otherwise."
        ),
    ] = None,
    seeds: Annotated[
        str,
        typer.Option(
            help="Seeds in JSON Lines or Parquet (docs/seeds.md), or problems that were generated "
            "before, a file or a folder; `builtin` for Zoped's own."
        ),
    ] = "builtin",
    teacher: Annotated[
        str,
        typer.Option(
            help="Any LiteLLM model, such as openai/gpt-5-mini; `embedded`; or `none`: operators "
            "drawn at random."
        ),
    ] = "embedded",
    api_base: Annotated[
        str | None, typer.Option(help="URL of an OpenAI-compatible server.")
    ] = None,
    temperature: Annotated[float, typer.Option(min=0, max=2)] = 0.7,
    max_tokens: Annotated[int, typer.Option(min=16, help="Longest reply of the teacher.")] = 2_048,
    timeout: Annotated[float, typer.Option(min=0.1, help="Seconds for one whole reply.")] = 120.0,
    concurrency: Annotated[
        int | None,
        typer.Option(
            min=1, max=1024, help="Requests under way at once; default: 16, or 1 for `embedded`."
        ),
    ] = None,
    budget_calls: Annotated[
        int | None, typer.Option(min=1, help="Requests to the teacher, at most.")
    ] = None,
    budget_tokens: Annotated[
        int | None, typer.Option(min=1, help="Tokens of prompts and replies, at most.")
    ] = None,
    budget_dollars: Annotated[
        float | None, typer.Option(min=0, help="Dollars at most, by LiteLLM's list of prices.")
    ] = None,
    mutation: Annotated[
        Mutation, typer.Option(help="What the teacher decides on.")
    ] = Mutation.OPERATORS,
    verbalization: Annotated[
        Verbalization, typer.Option(help="Who writes the English.")
    ] = Verbalization.RULES,
    program: Annotated[
        Path | None,
        typer.Option(
            help="A program that `zoped optimize` saved: its prompts and its menu are used."
        ),
    ] = None,
    operators: Annotated[
        list[str] | None,
        typer.Option(
            help="Operators to draw or choose from, with commas or one at a time: names, or dotted "
            "paths to yours; all if not given."
        ),
    ] = None,
    signature: Annotated[
        list[str] | None,
        typer.Option(
            metavar="STEP=PATH",
            help="Your signature for a step, such as mutate=my_signatures.Choose "
            "(docs/write-a-signature.md).",
        ),
    ] = None,
    variants: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=256,
            help="Problems tried per decision; default: 8, or 1 with --teacher none. Into a folder: problems "
            "with numbers of their own that a walk makes; default: 2.",
        ),
    ] = None,
    decisions: Annotated[
        int | None,
        typer.Option(min=1, help="Give up after this many decisions; default: 20 per problem."),
    ] = None,
    max_per_story: Annotated[
        int | None, typer.Option(min=1, help="Problems that come of one seed, at most.")
    ] = None,
    topic: Annotated[
        list[str] | None,
        typer.Option(
            help="Share of the problems whose seed is of a topic: `--topic physics=0.3`; several times "
            "for several topics. The rest comes from seeds of other topics.",
        ),
    ] = None,
    test_share: Annotated[
        float | None,
        typer.Option(
            min=0.001,
            max=0.999,
            help="Part of the data set for testing, about: `load_dataset(..., split='test')`.",
        ),
    ] = None,
    split_by: Annotated[
        SplitBy, typer.Option(help="What is never on both sides of the split.")
    ] = SplitBy.STRUCTURE,
    seed: Annotated[int, typer.Option(min=0, help="Of everything that is random.")] = 0,
    dataset: Annotated[
        Path | None,
        typer.Option(help="Folder for `datasets.load_dataset` (Parquet); default: beside OUTPUT."),
    ] = None,
    longest: Annotated[
        int, typer.Option(min=1, max=8, help="Into a folder: operators in a row, at most.")
    ] = 3,
    time_limit: Annotated[
        float,
        typer.Option(
            min=0,
            max=60,
            help="Seconds of CPU time for a problem's solver process; 0 keeps what the fast paths "
            "solve, many times as fast.",
        ),
    ] = 2.0,
    processes: Annotated[
        int | None, typer.Option(min=1, max=1024, help="Into a folder; default: one a core.")
    ] = None,
    engine: Annotated[
        Engine,
        typer.Option(
            help="Where problems are made and solved: on this machine, or on a Ray cluster (docs/scale.md)."
        ),
    ] = Engine.LOCAL,
    address: Annotated[
        str | None,
        typer.Option(
            help="Of the Ray cluster; `auto`: this machine's; else one is started here.",
        ),
    ] = None,
    tracking_uri: TrackingUri = None,
) -> Told:
    """Grow verified problems from seeds. The same command goes on where it stopped."""
    if output.suffix in (".jsonl", ".json"):
        _refuse(context, FOR_FOLDERS, f"only for a folder as --output; {output} is a file")
        from zoped.cli.config import parse_settings, told_as_given
        from zoped.cli.generate_file import generate_file
        from zoped.programs.bulk.dataset import Split
        from zoped.train.config_file import flatten
        from zoped.train.loop.generating.spread import Limits

        if teacher == "none":
            _refuse(context, FOR_TEACHERS, "only with a teacher; --teacher is none")
        values = _values(context, config, count)
        given = _options_of(context)
        settings = parse_settings(values, source=str(config or ""), given=given)
        if settings.teacher.model == "none":
            _refuse(context, FOR_TEACHERS, "only with a teacher; --teacher is none")
        limits = Limits(max_per_story=max_per_story, shares=_shares(topic or []))
        split = Split(test_share, split_by.value) if test_share is not None else None
        asked = {**flatten(settings.model_dump(mode="json")), "count": count}
        with _tracked(tracking_uri, output, asked) as track, told_as_given(given):
            return track(
                generate_file(
                    settings, limits, split, count, output, dataset or output.with_suffix("")
                )
            )
    if output.suffix or output.is_file():
        raise UserError(f"--output {output}: name a .jsonl file, or a folder without a suffix")
    if teacher != "none":
        raise UserError(
            f"--output {output}: a folder of shards needs --teacher none; "
            "with a teacher, name a .jsonl file"
        )
    _refuse(context, FOR_FILES, f"only for a .jsonl file as --output; {output} is a folder")
    from zoped.cli.generate_folder import generate_folder

    asked = {
        "seed": seed,
        "longest": longest,
        "variants": variants or 2,
        "operators": in_parts(operators),
        "time_limit": time_limit,
        "processes": processes,
        "engine": engine.value,
        "address": address,
    }
    with _tracked(tracking_uri, output, {**asked, "seeds": seeds, "count": count}) as track:
        return track(generate_folder(output, count, seeds, **asked))


@contextmanager
def _tracked(
    uri: str | None, output: Path, params: Mapping[str, Any]
) -> Iterator[Callable[[Told], Told]]:
    """What is told, with its numbers in MLflow where somebody named a store."""
    with result_tracker(
        uri, experiment="generate", name=output.name, kind="generate", params=params
    ) as tracker:

        def track(told: Told) -> Told:
            tracker.metrics(numbers_in(told.values), step=0)
            return told

        yield track


def _values(context: typer.Context, config: Path | None, count: int) -> dict[str, Any]:
    """The settings as a configuration has them: the options that were given, then the YAML file, then
    the options' own defaults."""
    from zoped.cli.config import load_values

    values = load_values(config) if config is not None else {}
    options = {name: context.params[name] for name in FIELDS}
    options["operators"] = in_parts(options["operators"])
    options["signature"] = _signatures(options["signature"] or [])
    for name, field in FIELDS.items():
        if options[name] is not None:
            _put(
                values,
                field,
                str(options[name]) if isinstance(options[name], Path | StrEnum) else options[name],
                keep=name not in _given(context),
            )
    # A decision that costs no call need not be made the most of.
    free = values["teacher"]["model"] == "none"
    _put(values, "generate.variants", 1 if free else 8, keep=True)
    _put(values, "generate.decisions", 20 * count, keep=True)
    return values


def _options_of(context: typer.Context) -> dict[str, str]:
    """The options that were given, by the fields that they set."""
    given = _given(context)
    return {field: _option(name) for name, field in FIELDS.items() if name in given}


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _put(values: dict[str, Any], field: str, value: Any, *, keep: bool) -> None:
    """Set the field, unless there is one that is to be kept."""
    *sections, name = field.split(".")
    for section in sections:
        if not isinstance(values.setdefault(section, {}), dict):
            return  # no section: a fault that the settings tell
        values = values[section]
    if not keep or name not in values:
        values[name] = value


def _signatures(options: list[str]) -> dict[str, str] | None:
    """ "mutate=my_signatures.Choose" -> {"mutate": "my_signatures.Choose"}; raises UserError."""
    found: dict[str, str] = {}
    for option in options:
        step, sign, path = option.partition("=")
        if not sign or not step or not path or step in found:
            raise UserError(
                f"--signature {option}: write a step and its signature once, as in "
                "`--signature mutate=my_signatures.Choose`"
            )
        found[step] = path
    return found or None


def _shares(options: list[str]) -> dict[str, float]:
    """ "physics=0.3" -> {"physics": 0.3}; raises UserError for anything else."""
    shares: dict[str, float] = {}
    for option in options:
        topic, _, share = option.rpartition("=")
        try:
            value = float(share)
        except ValueError:
            value = -1.0
        if not topic or not 0 < value <= 1 or topic in shares:
            raise UserError(
                f"--topic {option}: write a topic and its share once, as in `--topic physics=0.3`"
            )
        shares[topic] = value
    return shares


def _refuse(context: typer.Context, names: tuple[str, ...], why: str) -> None:
    """Raise UserError for options that were given and would do nothing."""
    given = [_option(name) for name in names if name in _given(context)]
    if given:
        raise UserError(f"{', '.join(given)}: {why}")


def _given(context: typer.Context) -> set[str]:
    """The options on the command line."""
    sources = {name: context.get_parameter_source(name) for name in context.params}
    # By its name: Typer carries a copy of Click, with a class of its own.
    return {name for name, source in sources.items() if source and source.name == "COMMANDLINE"}
