"""TRL's GRPO trainer fed with live problems: the lab student, on a CPU, in a few minutes.

    python examples/trl_live.py FOLDER [--steps N]

The trainer is TRL's as it is. Its problems follow what its own groups come to: after the first refills more
groups have right and wrong answers, and so a gradient. The gradient share is printed every ten steps. In the
end the student is left halfway back to its first weights, where less is forgotten (`train.interpolation` of a
run), and held-out problems are answered before, after, and there.
"""

from __future__ import annotations

import argparse
import os
import warnings
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")

from transformers import AutoModelForCausalLM, AutoTokenizer, PrinterCallback, TrainerCallback
from trl import GRPOConfig, GRPOTrainer

from zoped.evals import accuracy, is_right
from zoped.evals.contamination import Passages
from zoped.evals.held_out import elementary_seeds, held_out_set
from zoped.students import load_student
from zoped.students.hugging_face import student_folder
from zoped.train.grpo.checkpoints import save_student
from zoped.train.live import LiveProblems, LiveSettings
from zoped.train.live.trl_environment import LiveTraining, single_turn

ANSWERS = 128  # of a step: with fewer the student strays more than it learns


class Shown(TrainerCallback):
    """Prints the share of groups with a gradient, ten steps at a time."""

    def __init__(self) -> None:
        self.shares: list[float] = []

    def on_log(self, args, state, control, logs=None, **_) -> None:
        if "gradient_share" in (logs or {}):
            self.shares.append(logs["gradient_share"])
            if len(self.shares) % 10 == 0:
                share = sum(self.shares[-10:]) / 10
                print(
                    f"steps {state.global_step - 9} to {state.global_step}: {share:.1%}", flush=True
                )


def profile(live: LiveProblems, groups: int, group: int) -> None:
    """What the student can do before it is trained: else the first steps would find it out."""
    student = load_student("lab")
    for step in range(0, groups, 8):
        problems = live.take(min(8, groups - step), request=f"profile-{step}")
        answers = student.sample([p.text for p in problems], samples=group, seed=step)
        for problem, texts in zip(problems, answers, strict=True):
            passes = sum(is_right(text, problem.answer) for text in texts)
            live.observe(problem.key, passes, group, batch=f"profile-{problem.number}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--uses", type=int, default=8, help="times a problem is handed out")
    parser.add_argument(
        "--interpolation", type=float, default=0.5, help="of the student: 1 is the trained weights"
    )
    parser.add_argument(
        "--profile", type=int, default=80, help="groups that are answered before the first step"
    )
    parser.add_argument("--group", type=int, default=16, help="answers to a problem")
    parser.add_argument("--batch", type=int, default=32, help="problems chosen at a time")
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    held_out = held_out_set("lab", 600)
    tested = Passages(problem.text for problem in held_out)
    settings = LiveSettings(
        batch=options.batch,
        lead=0,
        uses=options.uses,
        instruction="",
        group_size=options.group,
        seed=options.seed,
    )
    model = student_folder("lab")
    tokenizer = AutoTokenizer.from_pretrained(model)
    with LiveProblems(
        options.folder / "live",
        elementary_seeds(),
        settings,
        is_contaminated=tested.shares_passage,
    ) as live:
        profile(live, options.profile, options.group)
        fed = LiveTraining(live)
        shown = Shown()
        trainer = GRPOTrainer(
            AutoModelForCausalLM.from_pretrained(model),
            reward_funcs=fed.reward,
            environment_factory=fed.environment,
            train_dataset=fed.dataset(
                options.steps * ANSWERS // options.group, first=options.profile
            ),
            processing_class=single_turn(tokenizer),
            args=GRPOConfig(
                output_dir=str(options.folder / "checkpoints"),
                max_steps=options.steps,
                per_device_train_batch_size=ANSWERS,
                num_generations=options.group,
                max_completion_length=48,
                learning_rate=options.learning_rate,
                lr_scheduler_type="constant",
                shuffle_dataset=False,  # row n is problem n
                use_cpu=True,
                bf16=False,
                gradient_checkpointing=False,
                logging_steps=1,
                save_steps=20,
                report_to="none",
                disable_tqdm=True,
                seed=options.seed,
            ),
            callbacks=[shown],
        )
        trainer.remove_callback(PrinterCallback)
        trainer.train()
        stats = live.stats()
    share = sum(shown.shares) / len(shown.shares)
    late = shown.shares[20:] or shown.shares
    print(f"{stats['observed_groups']} groups, {stats['distinct']} distinct problems")
    print(f"gradient share: {share:.1%}; after step 20: {sum(late) / len(late):.1%}")
    checkpoint = options.folder / "checkpoints" / f"checkpoint-{options.steps}"
    for share in (0.0, 1.0, options.interpolation):
        student = options.folder / "student"
        save_student(checkpoint, student, model, tokenizer, interpolation=share)
        solved = accuracy(load_student(student), held_out, samples=4, seed=3)
        print(f"held-out problems solved at interpolation {share:g}: {solved.mean:.1%}", flush=True)


if __name__ == "__main__":
    main()
