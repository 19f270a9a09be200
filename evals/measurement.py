"""Measures what a program generates; the only module that asks the student about new problems.

Optimizers, rounds and baselines all measure through `measure_program`, so their numbers compare.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import dspy

from zoped.evals.band import DEFAULT_BAND, Band
from zoped.evals.pass_rate import Meter, PassRate
from zoped.programs import GeneratedProblem, Reason, Rejection, Seed
from zoped.programs.student_note import EASY, HARD, RIGHT, TOO_EASY, TOO_HARD, level
from zoped.programs.teachers.calls import TeacherCalls
from zoped.programs.under_way import all_at_once
from zoped.symbolic import realize


@dataclass(frozen=True)
class Decision:
    """One decision on one seed: what it made, how the student does on it, what was rejected.

    `pass_rates` belong to `problems`, in order; `band` is the meter's. `symbols` is the seed's
    symbolic problem, given or formalized; None where there is none.
    """

    seed: Seed
    move: str
    arguments: Mapping[str, int]
    problems: tuple[GeneratedProblem, ...]
    pass_rates: tuple[PassRate, ...]
    rejections: tuple[Rejection, ...]
    symbols: Any = None
    band: Band = DEFAULT_BAND
    teacher_calls: int = 0

    @property
    def skipped(self) -> bool:
        """Whether the program makes nothing for such a student: no attempt, and nothing spent."""
        return any(r.reason is Reason.LEVEL_SKIPPED for r in self.rejections)

    @property
    def attempts(self) -> int:
        """How many problems were tried; at least 1, since a decision that fails is an attempt."""
        return max(1, len(self.problems) + len(self.rejections))


@dataclass(frozen=True)
class Measurement:
    """The decisions of one batch of seeds, with what they cost."""

    decisions: tuple[Decision, ...]
    band: Band
    teacher_calls: int
    rollouts: int

    @property
    def problems(self) -> list[GeneratedProblem]:
        return [problem for decision in self.decisions for problem in decision.problems]

    @property
    def pass_rates(self) -> list[PassRate]:
        return [rate for decision in self.decisions for rate in decision.pass_rates]

    @property
    def rejections(self) -> list[Rejection]:
        return [rejection for decision in self.decisions for rejection in decision.rejections]

    @property
    def band_share(self) -> float:
        """The share of generated problems in the band; 0 when none was generated."""
        rates = self.pass_rates
        return sum(self.band.contains(r.rate) for r in rates) / len(rates) if rates else 0.0


class Generator(Protocol):
    """What makes problems of a seed: GenerateProblem, RandomOperators, or one of yours.

    It returns a Prediction(accepted, rejected, teacher_calls, move, symbols); `stream` numbers
    the decisions on one seed.
    """

    def __call__(self, seed: Seed, stream: int, student_note: str) -> dspy.Prediction: ...


def measure_program(
    program: Callable[..., dspy.Prediction],
    seeds: Sequence[Seed],
    meter: Meter,
    *,
    stream: int = 0,
    notes: Mapping[str, str] | None = None,
    variants: int | None = None,
    teacher: TeacherCalls | None = None,
    seen: Collection[str] = (),
    on_progress: Callable[[], None] | None = None,
) -> Measurement:
    """One decision of the program on each seed, all their problems measured together.

    Args:
        program: A GenerateProblem, or RandomOperators.
        seeds: A decision is taken on each.
        meter: Measures what comes.
        stream: The random streams: the same one and the same seeds pair two programs.
        notes: By seed id, what the teacher reads of the student.
        variants: Problems of a decision, at most; the program's own number if not given.
        teacher: Whom the program asks; the LM of DSPy's context if not given.
        seen: Instance keys of problems that are not made; none is made twice either.
        on_progress: Called after every decision.
    """
    options: dict[str, Any] = {"seen": set(seen), "variants": variants}
    if teacher is not None:
        options["teacher"] = teacher
    return measure_decisions(
        [(program, seed) for seed in seeds],
        meter,
        stream=stream,
        notes=notes,
        options=options,
        on_progress=on_progress,
    )


def measure_decisions(
    pairs: Sequence[tuple[Generator, Seed]],
    meter: Meter,
    *,
    stream: int = 0,
    notes: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
    on_progress: Callable[[], None] | None = None,
) -> Measurement:
    """One decision of each generator on its seed, all their problems measured together; the
    arguments are those of `measure_program`, and `options` are more of the generators'.

    Where the teacher has a `concurrency` above 1, so many decisions are under way at once: a
    problem that two of them made is the first one's."""
    outcomes = made_by(pairs, stream=stream, notes=notes, options=options, on_progress=on_progress)
    before = meter.rollouts_spent
    rates = iter(meter.measure([problem for outcome in outcomes for problem in outcome.accepted]))
    band = Band.of(meter.band)
    decisions = tuple(
        Decision(
            seed=seed,
            move=outcome.move,
            arguments=outcome.accepted[0].arguments if outcome.accepted else {},
            problems=tuple(outcome.accepted),
            pass_rates=tuple(next(rates) for _ in outcome.accepted),
            rejections=tuple(outcome.rejected),
            symbols=outcome.symbols,
            band=band,
            teacher_calls=outcome.teacher_calls,
        )
        for (_, seed), outcome in zip(pairs, outcomes, strict=True)
    )
    return Measurement(
        decisions=decisions,
        band=band,
        teacher_calls=sum(outcome.teacher_calls for outcome in outcomes),
        rollouts=meter.rollouts_spent - before,
    )


def made_by(
    pairs: Sequence[tuple[Generator, Seed]],
    *,
    stream: int = 0,
    notes: Mapping[str, str] | None = None,
    options: Mapping[str, Any] | None = None,
    on_progress: Callable[[], None] | None = None,
) -> list[dspy.Prediction]:
    """What each generator makes of its seed, in order, unmeasured; arguments as `measure_decisions`."""
    read = [(notes or {}).get(seed.id, "") for _, seed in pairs]
    # Seeds of one level see the same demonstrations: the prompt stays in the teacher's cache.
    order = sorted(range(len(pairs)), key=lambda i: level(read[i]))
    common = {"stream": stream, **(options or {})}
    inputs = [{**common, "seed": pairs[i][1], "student_note": read[i]} for i in order]
    at_once = max((_at_once(generate, common) for generate, _ in pairs), default=1)
    if at_once > 1:
        made = _made_at_once([pairs[i][0] for i in order], inputs, at_once, on_progress)
    else:
        made = []
        for i, given in zip(order, inputs, strict=True):
            made.append(pairs[i][0](**given))
            if on_progress is not None:
                on_progress()
    return [made[order.index(i)] for i in range(len(pairs))]


def _at_once(generate: Any, options: Mapping[str, Any]) -> int:
    """How many decisions of the generator may be under way: as many as requests of its teacher."""
    teacher = options.get("teacher") or getattr(generate, "teacher", None)
    if not hasattr(generate, "acall") or not isinstance(teacher, TeacherCalls):
        return 1
    return teacher.concurrency or 1


def _made_at_once(
    generators: Sequence[Any],
    inputs: Sequence[dict[str, Any]],
    most: int,
    on_progress: Callable[[], None] | None,
) -> list[dspy.Prediction]:
    """What each made; none of it what an earlier one made, where `seen` is told. Each knows what was
    seen before them all."""

    async def one(generate: Any, given: dict[str, Any]) -> dspy.Prediction:
        if "seen" in given:
            given = {**given, "seen": set(given["seen"])}
        if not hasattr(generate, "acall"):
            return generate(**given)  # it asks nobody
        return await generate.acall(**given)

    asks = [partial(one, g, given) for g, given in zip(generators, inputs, strict=True)]
    made = all_at_once(asks, most=most, on_progress=on_progress)
    seen: set[str] = set()
    for outcome, given in zip(made, inputs, strict=True):
        if "seen" not in given:
            continue  # it may make what others made
        again = [p for p in outcome.accepted if p.instance_key in seen]
        seen |= {problem.instance_key for problem in outcome.accepted}
        outcome.accepted = [p for p in outcome.accepted if p not in again]
        outcome.rejected = [
            *outcome.rejected,
            *(
                Rejection(
                    seed_id=p.seed_id, reason=Reason.DUPLICATE, detail="made before", move=p.move
                )
                for p in again
            ),
        ]
    return made


def student_note(rate: PassRate, band: Band) -> str:
    """What the teacher reads about a problem that the student was measured on: how often it was
    solved, and whether that is within the band, below it or above it."""
    if band.contains(rate.rate):
        verdict = RIGHT
    elif rate.rate > band.high:
        verdict = TOO_EASY if rate.passes == rate.rollouts else EASY
    else:
        verdict = TOO_HARD if rate.passes == 0 else HARD
    return f"solved {rate.passes} of {rate.rollouts} times: {verdict}"


@dataclass(frozen=True)
class Asked:
    """A seed as the student is asked it: a `Question`."""

    text: str
    answer: str


def as_asked(seed: Seed) -> Asked:
    """The seed in the words of `realize`, as its mutants will be; in its own without symbols.

    A small student may always solve one wording of a problem and never another: measured on the
    seed's own words it would be told to be too hard where all that is made of it is too easy.
    """
    text = realize(seed.symbols, 0) if seed.symbols is not None else ""
    return Asked(text or seed.text, seed.answer)


def student_notes(seeds: Sequence[Seed], meter: Meter) -> dict[str, str]:
    """The notes on all seeds, by their ids: what `student_note=` of a program wants."""
    rates, band = meter.measure([as_asked(seed) for seed in seeds]), Band.of(meter.band)
    return {seed.id: student_note(rate, band) for seed, rate in zip(seeds, rates, strict=True)}
