"""The phases of a round: measure, tune, generate, train, evaluate. Each may be done over."""

from __future__ import annotations

import gc
import json
import random
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import dspy
import torch

from zoped.evals import (
    Band,
    Measurement,
    PassRate,
    PassRateMeter,
    accuracy,
    as_asked,
    is_right,
    measure_program,
    student_note,
)
from zoped.evals.answers.math_verify import is_right_or_verified
from zoped.evals.benchmarks import load_benchmark
from zoped.evals.held_out import HeldOutProblem, held_out_problems
from zoped.optimizers import OBJECTIVES, PassRateTeleprompter
from zoped.programs import GenerateProblem, Seed
from zoped.students.hugging_face import HFStudent
from zoped.train.curriculum.choose import (
    TrainingProblem,
    choose_problems,
    in_band,
    round_band,
    seed_weights,
    within_reach,
    write_training_file,
)
from zoped.train.curriculum.replay import replayed_problems, seeds_to_train_on, trained_on
from zoped.train.curriculum.rules import RoundView
from zoped.train.grpo.checkpoints import last_valid_checkpoint, step_of
from zoped.train.grpo.launcher import launch_round
from zoped.train.grpo.round_log import completions_of, log_history, shown_numbers, training_metrics
from zoped.train.grpo.train_round import RoundJob
from zoped.train.grpo.warm_start import warm_start, worked_examples
from zoped.train.loop.generation import STEPS_PER_ROUND, generate_step
from zoped.train.loop.observe import Progress, Task, Tracker
from zoped.train.loop.parts import NO_TEACHER, load_run_student, new_program, run_seeds
from zoped.train.loop.report import PHASES
from zoped.train.settings import RunSettings, SettingsError
from zoped.train.state import RunState, StoredProblem

# Generation steps whose problems are measured together. The boundary depends on the step alone,
# so a resumed round measures the same batches as one that was never killed.
MEASURED_TOGETHER = 8


class Phases:
    """`phases[name](round, tracker)` does a phase and returns its metrics.

    What the phases share is made when first needed, so that a run that is over loads nothing.
    """

    def __init__(
        self,
        settings: RunSettings,
        folder: Path,
        state: RunState,
        tracker: Tracker,
        progress: Progress,
    ) -> None:
        self.settings = settings
        self.folder = folder
        self.state = state
        self.tracker = tracker
        self.progress = progress
        self.round_tracker = tracker
        self.check = is_right_or_verified if settings.reward.math_verify else is_right
        self._student: tuple[int, HFStudent] | None = None

    def __getitem__(self, name: str) -> Callable[[int, Tracker], dict[str, Any]]:
        return {
            "measure": self._measure,
            "tune": self._tune,
            "generate": self._generate,
            "train": self._train,
            "evaluate": self._evaluate,
            "warm_start": self._warm_start,
        }[name]

    @property
    def before_rounds(self) -> tuple[str, ...]:
        """The phases of round 0."""
        return ("warm_start", "evaluate") if self.settings.train.warm_start else ("evaluate",)

    def prepare(self) -> None:
        """Read the seeds, build the generator and try the rewards, so that what is wrong with them
        shows now."""
        self.settings.reward.check()
        try:
            self.settings.curriculum.band_rule()
            self.settings.curriculum.order_rule()
        except ValueError as error:
            raise SettingsError(str(error)) from None
        self.state.save_seeds(self.seeds)
        self.program(1, tuned=False)

    # What the phases share

    @cached_property
    def seeds(self) -> list[Seed]:
        return run_seeds(self.settings)

    @cached_property
    def held_out(self) -> tuple[HeldOutProblem, ...]:
        return held_out_problems(self.settings.evaluate.problems)

    def program(self, round_: int, *, tuned: bool) -> GenerateProblem:
        """The generator as tuned in this round, or as the round before left it."""
        seen = {problem.instance_key for problem in self.held_out} | self.state.instance_keys()
        program = new_program(self.settings, seen=seen)
        prompts = self.state.prompts(round_ if tuned else round_ - 1, "after")
        if prompts is not None:
            program.load_state(prompts)
        return program

    def student(self, round_: int) -> HFStudent:
        """The student after the training of `round_`; 0 is the one that the run started with."""
        if self._student is None or self._student[0] != round_:
            warm = self.state.phase_metrics(0, "warm_start") is not None
            trained = self.round_folder(round_) / "student" if round_ or warm else None
            self._student = round_, load_run_student(self.settings, trained)
        return self._student[1]

    def release_student(self) -> None:
        """Give its memory to the training."""
        self._student = None
        gc.collect()
        torch.cuda.empty_cache()

    def band(self, round_: int) -> Band:
        """The pass rates that the round wants, by the curriculum's rule."""
        history = tuple(
            {
                f"{phase}/{key}": value
                for phase in PHASES
                for key, value in (self.state.phase_metrics(earlier, phase) or {}).items()
            }
            for earlier in range(1, round_)
        )
        view = RoundView(round_, self.settings.rounds, self.settings.band.limits, history)
        return round_band(self.settings.curriculum.band_rule(), view)

    def meter(self, round_: int, part: str) -> PassRateMeter:
        """A meter of the student as the round finds it."""
        meter = self.settings.meter
        return PassRateMeter(
            self.student(round_ - 1),
            band=self.band(round_),
            min_rollouts=meter.min_rollouts,
            max_rollouts=meter.max_rollouts,
            mistake_cost=meter.mistake_cost,
            prior=meter.prior,
            check=self.check,
            seed=self.derived_seed(round_, part),
        )

    def derived_seed(self, round_: int, part: str) -> int:
        return random.Random(f"{self.settings.seed}-{round_}-{part}").getrandbits(31)

    def on_seeds(self, round_: int) -> dict[str, PassRate]:
        """The pass rate of every seed, by its id, of the student as the round finds it."""
        rates = self.state.pass_rates(self.student(round_ - 1).version)
        return {seed.id: rates[seed.id] for seed in self.seeds if seed.id in rates}

    def notes(self, round_: int) -> dict[str, str]:
        """What the teacher is told of that student, by seed."""
        return {
            id_: student_note(rate, self.band(round_))
            for id_, rate in self.on_seeds(round_).items()
        }

    def training_file(self, round_: int) -> Path:
        return self.round_folder(round_) / "problems.jsonl"

    def round_folder(self, round_: int) -> Path:
        return self.folder / "rounds" / f"{round_:04d}"

    # The phases

    def _warm_start(self, round_: int, tracker: Tracker) -> dict[str, Any]:
        """Supervised fine-tuning on worked steps; the campaign's first student comes out of it."""
        settings = self.settings.train.warm_start
        assert settings is not None
        before = self._evaluate(round_, tracker)
        seen = {problem.instance_key for problem in self.held_out}
        examples = worked_examples(
            new_program(self.settings, seen=seen, at_random=True),
            self.seeds,
            count=settings.examples,
            seed=self.derived_seed(0, "warm_start"),
        )
        if not examples:
            raise SettingsError(
                "train.warm_start: the seeds give no problem with worked steps; give seeds with "
                "their symbolic form"
            )
        student = self.student(round_)
        with self.progress.task(f"warm start on {len(examples)} worked examples", None):
            steps = warm_start(
                settings,
                examples,
                model=student.folder,
                instruction=student.instruction,
                checkpoints=self.round_folder(0) / "checkpoints",
                output=self.round_folder(0) / "student",
                seed=self.settings.seed,
                on_log=lambda metrics, step: tracker.metrics(
                    {f"warm_start/{key}": value for key, value in metrics.items()}, step=step
                ),
            )
        self.release_student()
        return {"examples": len(examples), "steps": steps, "accuracy_before": before["accuracy"]}

    def _measure(self, round_: int, tracker: Tracker) -> dict[str, Any]:
        """How this student does on what the prompts, as they are, make for it."""
        meter = self.meter(round_, "seeds")
        asked = [as_asked(seed) for seed in self.seeds]
        with self.progress.task(
            f"round {round_}: measuring the student on the seeds", len(self.seeds)
        ) as task:
            on_seeds = meter.measure(asked, on_progress=_counted(task))
        ids = [seed.id for seed in self.seeds]
        self.state.save_pass_rates(ids, on_seeds, meter.student.version)
        program = self.program(round_, tuned=False)
        measured = self._measure_program(round_, program, f"round {round_}: measuring the prompts")
        self.state.save_prompts(round_, "before", program.dump_state())
        rates = [rate.rate for rate in measured.pass_rates]
        tracker.histogram(rates, "pass_rates.png", title="Before tuning", band=self.band(round_))
        share = measured.band_share
        self.progress.note(
            f"round {round_}: {_percent(share)} of {len(rates)} problems are in the band"
        )
        return {
            "band_share": share,
            "problems": len(rates),
            "mean_pass_rate": _mean(rates),
            "mean_pass_rate_on_seeds": _mean([rate.rate for rate in on_seeds]),
            "teacher_calls": measured.teacher_calls,
            "rollouts": measured.rollouts + meter.rollouts_spent,
        }

    def _tune(self, round_: int, tracker: Tracker) -> dict[str, Any]:
        """Prompts that make problems for this student, measured on the seeds of `_measure`."""
        before = self.state.phase_metrics(round_, "measure") or {}
        settings, notes = self.settings.tune, self.notes(round_)
        program = self.program(round_, tuned=False)
        if not settings.enabled or self.settings.teacher.model == NO_TEACHER:
            self.state.save_prompts(round_, "after", program.dump_state())
            return {
                "band_share": before["band_share"],
                "problems": before["problems"],
                "teacher_calls": 0,
                "rollouts": 0,
            }
        teleprompter = PassRateTeleprompter(
            self.meter(round_, "tune"),
            max_teacher_calls=settings.teacher_calls,
            batch_size=settings.batch_size,
            candidates=settings.candidates,
            demos=settings.demos,
            exploration_tries=settings.exploration_tries,
            objective=OBJECTIVES[settings.objective],
            skip_below=settings.skip_below,
            variants=self.settings.measure.variants,
            seed=self.derived_seed(round_, "tune"),
            log_dir=self.round_folder(round_) / "tune",
        )
        tracker.params(teleprompter.get_params())
        trainset = [
            dspy.Example(seed=seed, student_note=notes.get(seed.id, "")).with_inputs("seed")
            for seed in within_reach(self.seeds, self.on_seeds(round_))
        ]
        with self.progress.task(
            f"round {round_}: tuning the teacher's prompts", settings.teacher_calls
        ) as task:
            tuned = teleprompter.compile(program, trainset=trainset, on_progress=task.advance)
        measured = self._measure_program(round_, tuned, f"round {round_}: measuring what was tuned")
        self.state.save_prompts(round_, "after", tuned.dump_state())
        for stage, version in (("before", program), ("after", tuned)):
            for name, predictor in version.named_predictors():
                tracker.text(_prompt_text(predictor), f"prompts/{name}.{stage}.txt")
        tracker.table(_candidate_rows(tuned.candidate_programs), "candidates.json")
        self.progress.note(
            f"round {round_}: tuned, from {_percent(before['band_share'])} of "
            f"{before['problems']} problems in the band to {_percent(measured.band_share)} of "
            f"{len(measured.problems)} ({tuned.tuning['origin']})"
        )
        return {
            "band_share": measured.band_share,
            "problems": len(measured.problems),
            "origin": tuned.tuning["origin"],
            "teacher_calls": tuned.tuning["teacher_calls"] + measured.teacher_calls,
            "rollouts": tuned.tuning["rollouts"] + measured.rollouts,
        }

    def _generate(self, round_: int, tracker: Tracker) -> dict[str, Any]:
        """Verified problems until enough of them lie in the band; the round's training file."""
        student = self.student(round_ - 1).version
        program = self.program(round_, tuned=True)
        explorer = new_program(self.settings, seen=program.seen, at_random=True)
        wanted = self.settings.train.problems_of(round_)
        band, limit = self.band(round_), self.settings.generate.decisions
        replayed, seeds = self._replayed(round_), self._seeds_to_train_on(round_)
        wanted_new = wanted - len(replayed) - len(seeds)
        step = self.state.next_step(round_)
        on_seeds, notes = self.on_seeds(round_), self.notes(round_)
        with self.progress.task(
            f"round {round_}: generating problems in the band", wanted_new
        ) as task:
            shown = 0
            stored = self.state.measured(round_, student)
            while True:
                if step % MEASURED_TOGETHER == 0 or step >= limit:
                    stored = self._measure_new(round_, step, student)
                    found = sum(in_band(s, band) for s in stored)
                    task.advance(min(found, wanted_new) - shown)
                    shown = min(found, wanted_new)
                    if found >= wanted_new or step >= limit:
                        break
                weights = seed_weights(self.seeds, on_seeds, stored, band)
                rng = random.Random(self.derived_seed(round_, f"step-{step}"))
                explores = rng.random() < self.settings.generate.random_share
                passed = program.mutate.tuned.passes_over
                within = [
                    0.0 if not explores and passed(notes.get(seed.id, "")) else weight
                    for seed, weight in zip(self.seeds, weights, strict=True)
                ]
                seed = rng.choices(self.seeds, within if any(within) else weights)[0]
                generate_step(
                    explorer if explores and seed.problem is not None else program,
                    self.state,
                    seed,
                    round_=round_,
                    step=step,
                    student_note=notes.get(seed.id, ""),
                )
                step += 1
        curriculum = choose_problems(
            [TrainingProblem.of(s) for s in stored],
            band=band,
            count=wanted,
            seed=self.derived_seed(round_, "curriculum"),
            replayed=replayed,
            seeds=seeds,
            order=self.settings.curriculum.order_rule(),
        )
        write_training_file(self.training_file(round_), curriculum.problems)
        rates = [s.pass_rate.rate for s in stored if s.pass_rate]
        tracker.histogram(rates, "pass_rates.png", title="Generated problems", band=band)
        tracker.table([_table_row(s) for s in stored], "problems.json")
        rejected = self.state.rejection_counts(round_)
        tracker.metrics({f"rejected/{k}": v for k, v in rejected.items()}, step=round_)
        expected = curriculum.gradient_share(self.settings.train.num_generations)
        self.progress.note(
            f"round {round_}: {len(stored)} problems accepted, {sum(rejected.values())} rejected; "
            f"{found} in the band, {wanted} to train on ({curriculum.outside} from outside the "
            f"band, {curriculum.repeated} repeated, {curriculum.replayed} replayed, "
            f"{curriculum.seeds} seeds); {_percent(expected)} of the groups should carry a gradient"
        )
        return {
            "student": student,
            "accepted": len(stored),
            "rejected": sum(rejected.values()),
            "in_band": found,
            "band_share": found / len(stored) if stored else None,
            "band_low": band.low,
            "band_high": band.high,
            "training_problems": wanted,
            "from_outside": curriculum.outside,
            "repeated": curriculum.repeated,
            "replayed": curriculum.replayed,
            "seeds": curriculum.seeds,
            "gradient_share_expected": expected,
            "teacher_calls": self.state.teacher_calls(round_),
            "rollouts": sum(s.pass_rate.rollouts for s in stored if s.pass_rate)
            + sum(problem.pass_rate.rollouts for problem in replayed),
        }

    def _replayed(self, round_: int) -> list[TrainingProblem]:
        """The share of earlier rounds' problems, measured again."""
        return replayed_problems(
            trained_on([self.training_file(earlier) for earlier in range(1, round_)]),
            int(self.settings.curriculum.replay * self.settings.train.problems_of(round_)),
            band=self.band(round_),
            state=self.state,
            meter=lambda part: self.meter(round_, part),
            seed=self.derived_seed(round_, "replay"),
        )

    def _seeds_to_train_on(self, round_: int) -> list[TrainingProblem]:
        """The share of seeds, as they are."""
        return seeds_to_train_on(
            self.seeds,
            self.on_seeds(round_),
            int(self.settings.curriculum.seeds * self.settings.train.problems_of(round_)),
            band=self.band(round_),
            held_out=self.held_out,
            seed=self.derived_seed(round_, "seeds"),
        )

    def _measure_program(
        self, round_: int, program: GenerateProblem, description: str
    ) -> Measurement:
        """Before and after tuning: the same seeds, the same indices, the same sampling."""
        seeds = within_reach(self.seeds, self.on_seeds(round_))
        count = min(self.settings.measure.seeds, len(seeds))
        rng = random.Random(self.derived_seed(round_, "measure"))
        with self.progress.task(description, count) as task:
            return measure_program(
                program,
                rng.sample(seeds, count),
                self.meter(round_, "measure"),
                index=round_ * STEPS_PER_ROUND - 1,
                notes=self.notes(round_),
                variants=self.settings.measure.variants,
                on_progress=task.advance,
            )

    def _measure_new(self, round_: int, step: int, student: str) -> list[StoredProblem]:
        """Measure what has no pass rate yet; return all of the round's problems."""
        new = [s.problem for s in self.state.measured(round_, student) if s.pass_rate is None]
        if new:
            rates = self.meter(round_, f"generate-{step}").measure(new)
            self.state.save_pass_rates([problem.id for problem in new], rates, student)
        return self.state.measured(round_, student)

    def _train(self, round_: int, tracker: Tracker) -> dict[str, Any]:
        """GRPO on the round's training file; goes on from the last checkpoint after a kill."""
        settings = self.settings.train
        self._regain(round_)
        first, steps = settings.last_step(round_ - 1), settings.steps_of(round_)
        shown = 0
        with self.progress.task(f"round {round_}: GRPO steps", steps) as task:

            def on_log(metrics: Mapping[str, float], step: int) -> None:
                nonlocal shown
                task.show(shown_numbers(metrics))
                task.advance(step - first - shown)  # more than 1 where a killed round goes on
                shown = step - first
                named = {f"train/{key}": value for key, value in metrics.items()}
                for each in (tracker, self.round_tracker, self.tracker):
                    each.metrics(named, step=step)

            launch_round(self._job(round_), self.round_folder(round_) / "job", on_log=on_log)
        # From the checkpoint, not from what was heard: a killed round was heard in parts.
        logs = log_history(self.checkpoints, first + steps, after=first)
        tracker.table(completions_of(self.checkpoints, first + steps), "completions.json")
        metrics = training_metrics(logs)
        expected = (self.state.phase_metrics(round_, "generate") or {})["gradient_share_expected"]
        self.progress.note(
            f"round {round_}: trained; reward {metrics['reward_at_start']:.2f} to "
            f"{metrics['reward_at_end']:.2f}; {_percent(metrics['gradient_share'])} of the groups "
            f"carried a gradient ({_percent(expected)} expected)"
        )
        return {
            "steps": steps,
            "rollouts": settings.problems_of(round_) * settings.num_generations,
            "gradient_share_expected": expected,
            **metrics,
        }

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    def _job(self, round_: int) -> RoundJob:
        """The round's training; the student's memory is free for it."""
        student = self.student(0)
        job = RoundJob(
            settings=self.settings.train,
            model=str(student.folder),
            problems=self.training_file(round_),
            checkpoints=self.checkpoints,
            output=self.round_folder(round_) / "student",
            round=round_,
            rounds=self.settings.rounds,
            instruction=student.instruction,
            temperature=student.temperature,
            max_completion_length=student.max_new_tokens,
            rewards=self.settings.reward,
            seed=self.settings.seed,
        )
        del student
        self.release_student()
        return job

    def _regain(self, round_: int) -> None:
        """Where the checkpoints of earlier rounds are damaged, train those rounds again, on the
        files they were trained on, from the last checkpoint that is whole."""
        settings = self.settings.train
        for earlier in range(1, round_):
            last = last_valid_checkpoint(self.checkpoints, processes=settings.world_size)
            if (step_of(last) if last else 0) >= settings.last_step(earlier):
                continue
            self.progress.note(
                f"round {round_}: the last checkpoint of round {earlier} is damaged or gone; "
                f"going on from {f'step {step_of(last)}' if last else 'the first student'}"
            )
            launch_round(self._job(earlier), self.round_folder(earlier) / "job")

    def _evaluate(self, round_: int, tracker: Tracker) -> dict[str, Any]:
        """Accuracy on the held-out problems; the same ones, and the same seed, in every round."""
        with self.progress.task(
            f"round {round_}: held-out problems" if round_ else "held-out problems", None
        ):
            result = accuracy(
                self.student(round_),
                self.held_out,
                samples=self.settings.evaluate.samples,
                check=self.check,
                seed=self.derived_seed(0, "evaluate"),
            )
        low, high = result.interval
        self.progress.note(
            f"{f'round {round_}' if round_ else 'start'}: held-out accuracy "
            f"{result.mean:.1%} ({low:.1%} to {high:.1%})"
        )
        return {
            "accuracy": result.mean,
            "correct": result.correct,
            "total": result.total,
            "low": low,
            "high": high,
            "rollouts": result.total,
            **self._benchmarks(round_),
        }

    def _benchmarks(self, round_: int) -> dict[str, float]:
        """Accuracy on the test sets that the configuration names, with its 95 % interval."""
        numbers: dict[str, float] = {}
        for name in self.settings.evaluate.benchmarks:
            questions = load_benchmark(name, count=self.settings.evaluate.benchmark_problems)
            with self.progress.task(f"round {round_}: {name}", None):
                result = accuracy(
                    self.student(round_),
                    questions,
                    samples=self.settings.evaluate.samples,
                    seed=self.derived_seed(0, name),
                )
            low, high = result.interval
            self.progress.note(f"{name}: {result.mean:.1%} ({low:.1%} to {high:.1%})")
            numbers |= {name: result.mean, f"{name}_low": low, f"{name}_high": high}
        return numbers


def _counted(task: Task) -> Callable[[int, int], None]:
    """The meter reports how many are done; a task wants how many more."""
    shown = 0

    def on_progress(done: int, total: int) -> None:
        nonlocal shown
        task.advance(done - shown)
        shown = done

    return on_progress


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{share:.0%}"


def _prompt_text(predictor: dspy.Predict) -> str:
    """A predictor's instruction and demonstrations, for people to compare."""
    demos = [json.dumps(dict(demo), indent=1, default=str) for demo in predictor.demos]
    return "\n\n".join([predictor.signature.instructions, *demos])


def _candidate_rows(candidates: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    shown = ("origin", "score", "standard_error")
    return [{key: candidate[key] for key in shown} for candidate in candidates]


def _table_row(stored: StoredProblem) -> dict[str, Any]:
    problem, rate = stored.problem, stored.pass_rate
    return {
        "text": problem.text,
        "answer": problem.answer,
        "passes": rate.passes if rate else None,
        "rollouts": rate.rollouts if rate else None,
        "mutation": problem.mutation,
        "seed": problem.seed_id,
        "topic": problem.problem.topic,
        "symbolic": problem.problem.model_dump_json(),
    }
