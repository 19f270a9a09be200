"""Dynamic sampling (DAPO, arXiv 2503.14476, section 3.2): a group whose answers are all right or all
wrong carries no gradient, is thrown away, and another problem of the round is drawn for it.

The answers of the groups that are kept are the ones that are trained on: nothing is sampled twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

from trl import GRPOTrainer

from zoped.evals.pass_rate import Check, PassRate
from zoped.train.grpo.round_log import ROLLOUTS, keep_drawn


def others_of(rows: Sequence[Any], all_rows: Sequence[Any]) -> Sequence[Any]:
    """Those that are not among the `rows`; all, where there is no other."""
    texts = {row["text"] for row in rows}
    return [row for row in all_rows if row["text"] not in texts] or all_rows


class DynamicSamplingTrainer(GRPOTrainer):
    """TRL's trainer, with the problems of a step drawn until each has right and wrong answers.

    Args:
        draws: Times that problems are drawn for a step, at most; what is missing then is filled with
            groups without a gradient.
        check: Whether an answer is right.
    """

    def __init__(self, *arguments: Any, draws: int, check: Check, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._draws = draws
        self._check = check
        self._rows: list[Any] = list(options["train_dataset"])
        self._size: int = options["args"].num_generations
        self._sampled: tuple[Any, Any] | None = None

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        groups, rollouts = self._drawn(inputs[:: self._size])
        inputs = [row for row, _, _ in groups for _ in range(self._size)]
        logs = [one for _, _, logps in groups for one in logps]
        self._sampled = [ids for _, ids_of, _ in groups for ids in ids_of], logs or None
        self._log_metric(ROLLOUTS, rollouts)
        try:
            return super()._generate_and_score_completions(inputs)
        finally:
            self._sampled = None

    def _generate_single_turn(self, *arguments: Any, **options: Any) -> Any:
        """What was sampled while the problems were drawn."""
        return self._sampled or super()._generate_single_turn(*arguments, **options)

    def _drawn(self, rows: Sequence[dict[str, Any]]) -> tuple[list[Any], int]:
        """(problem, its answers' tokens, their log-probabilities if known) for as many problems as
        `rows`, and how many answers were sampled. A function of the step and the random state."""
        wanted = len(rows)
        varied: list[Any] = []
        uniform: list[Any] = []
        # Those of the step first, then any of the round's others.
        rng = Random(f"dynamic-sampling-{self.args.seed}-{self.state.global_step}")
        others = others_of(rows, self._rows)
        queue = rng.sample(others, len(others))
        batch = list(rows)
        drawn: list[tuple[Any, PassRate]] = []
        for _ in range(self._draws):
            for row, ids, logps in self._groups(batch):
                right = sum(self._check(text, row["answer"]) for text in self._texts(ids))
                (varied if 0 < right < len(ids) else uniform).append((row, ids, logps))
                drawn.append((row["prompt"], PassRate(right, len(ids))))
            missing = wanted - len(varied)
            if missing <= 0:
                break
            while len(queue) < missing:
                queue += rng.sample(others, len(others))
            batch = [queue.pop() for _ in range(missing)]
        if self.log_completions:
            keep_drawn(Path(str(self.args.output_dir)), self.state.global_step + 1, drawn)
        return [*varied, *uniform][:wanted], sum(rate.rollouts for _, rate in drawn)

    def _groups(self, rows: Sequence[dict[str, Any]]) -> list[Any]:
        size = self._size
        prompts = [row["prompt"] for row in rows for _ in range(size)]
        prompt_ids, images, fields = self._tokenize_prompts(prompts)
        tokens, logps = super()._generate_single_turn(prompt_ids, images, fields, size)
        return [
            (row, tokens[i * size : (i + 1) * size], (logps or [])[i * size : (i + 1) * size])
            for i, row in enumerate(rows)
        ]

    def _texts(self, ids: list[list[int]]) -> list[str]:
        tokenizer: Any = self.processing_class
        texts: list[str] = tokenizer.batch_decode(ids, skip_special_tokens=True)
        return texts
