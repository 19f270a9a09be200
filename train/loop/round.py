"""What the phases of a round work with: the run that they are part of, and the round itself.

Everything is made when it is first needed and kept, so that a run that is over loads nothing and
nothing is read twice.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import dspy

from zoped.evals import Band, PassRate, PassRateMeter, is_right, student_note
from zoped.evals.answers.math_verify import is_right_or_verified
from zoped.evals.contamination import TestedTexts
from zoped.evals.held_out import HeldOutProblem
from zoped.evals.pass_rate import Check, OnMeasured
from zoped.evals.sampling import Question
from zoped.programs import GeneratedProblem, GenerateProblem, Seed
from zoped.programs.bulk.operators_on_ray import OperatorsOnRay
from zoped.programs.moves import MoveWeights
from zoped.programs.random_operators import RandomOperators
from zoped.programs.teachers.calls import TeacherCalls
from zoped.train.curriculum.choose import NOTHING, within_reach
from zoped.train.curriculum.corrections import Correction, Of, last_correction
from zoped.train.curriculum.observed import training_label
from zoped.train.curriculum.rules import RoundView, round_band
from zoped.train.curriculum.structures import structures_of
from zoped.train.loop.generating.generation import Decisions, Due, seed_of_lap
from zoped.train.loop.parts import (
    evaluated_texts,
    load_run_student,
    new_program,
    random_operators,
    run_generator,
    run_held_out,
    run_seeds,
)
from zoped.train.results import Generated, RoundResults, WarmStarted
from zoped.train.run_folder import round_folder
from zoped.train.settings import RunSettings
from zoped.train.state import RunState

if TYPE_CHECKING:
    from zoped.students.hugging_face import HFStudent

FORMALIZATIONS = "formalizations.db"  # in the run's folder
Notes = dict[str, str]  # by seed, what the teacher reads about the student


class Run:
    """What the rounds of one run share: settings, folder, state, teacher, seeds, test sets, and the
    student. There is no teacher where the settings name none."""

    def __init__(
        self,
        settings: RunSettings,
        folder: Path,
        state: RunState,
        teacher: TeacherCalls | None = None,
    ) -> None:
        self.settings = settings
        self.folder = folder
        self.state = state
        self.teacher = teacher
        self._student: tuple[int, HFStudent] | None = None
        self._asked = time.monotonic()

    def seconds_since_asked(self) -> float:
        """Since this was asked last, or since the run was made."""
        before, self._asked = self._asked, time.monotonic()
        return self._asked - before

    def round(self, number: int) -> Round:
        return Round(self, number)

    @cached_property
    def seeds(self) -> list[Seed]:
        return run_seeds(self.settings)

    @cached_property
    def held_out(self) -> tuple[HeldOutProblem, ...]:
        return run_held_out(self.settings)

    @cached_property
    def tested(self) -> TestedTexts:
        """What no training problem may be too near to."""
        return evaluated_texts(self.settings, self.held_out)

    @property
    def check(self) -> Check:
        """How answers are graded: in measuring and on test sets as in training."""
        return is_right_or_verified if self.settings.reward.math_verify else is_right

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    def seen(self, *, before: int | None = None) -> set[str]:
        """The keys of what must not be made: what is held out, and what the run has made, in all rounds
        or in those before one."""
        held_out = {problem.instance_key for problem in self.held_out}
        return held_out | self.state.instance_keys(before=before)

    def new_program(self) -> GenerateProblem:
        """The program before any tuning."""
        return new_program(
            self.settings,
            is_contaminated=self.tested.evidence,
            kept=self.folder / FORMALIZATIONS,
        )

    def random_operators(
        self, weights: MoveWeights | None = None
    ) -> RandomOperators | OperatorsOnRay:
        """What makes problems without the teacher."""
        return random_operators(
            self.settings, is_contaminated=self.tested.evidence, weights=weights
        )

    def student(self, number: int) -> HFStudent:
        """The student after the training of round `number`; 0 is the one that the rounds start
        with. One is kept in memory."""
        if self._student is None or self._student[0] != number:
            self._student = None
            warm = WarmStarted.load(self.state, 0) is not None
            trained = self.round(number).trained_folder if number or warm else None
            self._student = number, load_run_student(self.settings, trained)
        return self._student[1]

    def release_student(self) -> None:
        """Give its memory to the training."""
        self._student = None
        gc.collect()
        import torch

        torch.cuda.empty_cache()

    def random_seed(self, number: int, part: str) -> int:
        """The random stream of a part of a round."""
        return random.Random(f"{self.settings.seed}-{number}-{part}").getrandbits(31)


class Round:
    """One round, counted from 1; round 0 is what comes before the first.

    `student` is the student as the round finds it, and everything that is measured in the round is
    measured of it.
    """

    def __init__(self, run: Run, number: int) -> None:
        self.run = run
        self.number = number
        self.settings = run.settings
        self.state = run.state
        self.seeds = run.seeds

    @property
    def title(self) -> str:
        return f"round {self.number}" if self.number else "start"

    @property
    def folder(self) -> Path:
        return round_folder(self.run.folder, self.number)

    @property
    def training_file(self) -> Path:
        return self.folder / "problems.jsonl"

    @property
    def trained_folder(self) -> Path:
        """Where the round's training leaves the student."""
        return self.folder / "student"

    @property
    def student(self) -> HFStudent:
        return self.run.student(max(0, self.number - 1))

    @cached_property
    def student_version(self) -> str:
        """Of a round that is over it is known without the student: one that is loaded takes the place
        of the present one, on servers too."""
        made = Generated.load(self.state, self.number)
        return self.student.version if made is None else made.student

    @cached_property
    def corrections(self) -> dict[Of, Correction]:
        """Of seeds and of other problems, by what the training of the round before this one came to."""
        group_size = self.settings.train.num_generations
        kinds: tuple[Of, ...] = get_args(Of)
        return {of: last_correction(self.state, self.number, group_size, of) for of in kinds}

    @cached_property
    def earlier(self) -> list[Round]:
        return [self.run.round(number) for number in range(1, self.number)]

    @cached_property
    def band(self) -> Band:
        """The pass rates that the round wants, by the curriculum's rule."""
        found = (RoundResults.load(self.state, earlier.number) for earlier in self.earlier)
        history = tuple(results for results in found if results is not None)
        view = RoundView(self.number, self.settings.rounds, self.settings.band.limits, history)
        return round_band(self.settings.curriculum.band_rule(), view)

    @cached_property
    def on_seeds(self) -> dict[str, PassRate]:
        """The student's pass rate on every seed, by its id: what `measure` has stored, and what counts
        still of the rounds before."""
        known, before = self.state.pass_rates(self.student_version), self.on_seeds_before
        asked = (seed.id for seed in self.seeds if seed.id in known)
        return {id_: known[id_] + before.get(id_, NOTHING) for id_ in asked}

    @cached_property
    def on_seeds_before(self) -> dict[str, PassRate]:
        """What the round before knew of the seeds and what they came to in its training, by id; half of
        it, since the student has changed. Nothing for a round that measures everything anew."""
        if self.settings.curriculum.filter != "difficulty" or not self.earlier:
            return {}
        last = self.earlier[-1]
        trained = self.state.pass_rates(training_label(last.number))
        known = last.on_seeds
        return {id_: (known[id_] + trained.get(id_, NOTHING)).halved() for id_ in known}

    @cached_property
    def notes(self) -> Notes:
        return {id_: student_note(rate, self.band) for id_, rate in self.on_seeds.items()}

    @cached_property
    def seeds_within_reach(self) -> list[Seed]:
        return within_reach(self.seeds, self.on_seeds)

    @property
    def trainset(self) -> list[dspy.Example]:
        """What the prompts are tuned on."""
        return [
            dspy.Example(seed=seed, student_note=self.notes.get(seed.id, "")).with_inputs("seed")
            for seed in self.seeds_within_reach
        ]

    def structures(self, used: Collection[str]) -> int:
        """How many there are among seeds and problems of this round and earlier ones, by their ids."""
        made = [p for number in range(1, self.number + 1) for p in self.state.problems(number)]
        return len(structures_of(used, self.seeds, made))

    def random_seed(self, part: str) -> int:
        return self.run.random_seed(self.number, part)

    def meter(self, part: str, *, on_measured: OnMeasured | None = None) -> PassRateMeter:
        """A meter of the student with the random stream of that part."""
        meter = self.settings.meter
        return PassRateMeter(
            self.student,
            band=self.band,
            min_rollouts=meter.min_rollouts,
            max_rollouts=meter.max_rollouts,
            mistake_cost=meter.mistake_cost,
            prior=meter.prior,
            check=self.run.check,
            seed=self.random_seed(part),
            on_measured=on_measured,
        )

    def prompts_meter(self, part: str) -> PassRateMeter:
        """The same for problems that show how good prompts are: they are of the round as others are."""
        held_out = {problem.instance_key for problem in self.run.held_out}

        def store(questions: Sequence[Question], rates: Sequence[PassRate]) -> None:
            pairs = [
                (question, rate)
                for question, rate in zip(questions, rates, strict=True)
                if isinstance(question, GeneratedProblem) and question.instance_key not in held_out
            ]
            self.state.record_measured(self.number, pairs, self.student_version)

        return self.meter(part, on_measured=store)

    def program(self, *, tuned: bool) -> GenerateProblem:
        """The program as tuned in this round, or as the round before left it."""
        program = self.run.new_program()
        prompts = self.state.prompts(self.number if tuned else self.number - 1, "after")
        if prompts is not None:
            program.load_state(prompts)
        return program

    def decisions(self) -> Decisions:
        """Takes the round's decisions and stores what comes of them; to be closed."""
        return Decisions(
            self.state,
            round_number=self.number,
            seen=self.run.seen(),
            teacher=self.run.teacher,
        )

    def in_turn(self) -> Callable[[int], Due]:
        """The decisions of the program as tuned in this round on all seeds in turn, by their steps."""
        generator = self.generator(self.program(tuned=True))

        def due(step: int) -> Due:
            seed = seed_of_lap(self.seeds, step, run_seed=self.random_seed("laps"))
            return Due(step, seed, generator, self.notes.get(seed.id, ""))

        return due

    def generator(self, program: GenerateProblem) -> Callable[..., dspy.Prediction]:
        """What makes problems: the program with a part of the teacher's budget of its own, or
        operators at random where there is no teacher."""
        teacher = self.run.teacher
        return run_generator(self.settings, program, teacher and teacher.within())
