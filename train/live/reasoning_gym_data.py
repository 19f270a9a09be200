"""Problems by operators as data sets of reasoning-gym: one a topic of the seeds, with a curriculum.

    from zoped.train.live.reasoning_gym_data import register_to_reasoning_gym

    register_to_reasoning_gym()
    data = reasoning_gym.create_dataset("zoped_physics", seed=7, size=100, longest=2)

Item i depends on (seed, i) and the configuration alone: it is the first problem that a random walk of
1 to `longest` operators from that number makes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from reasoning_gym.coaching.attributes import ScalarAttributeDefinition
from reasoning_gym.coaching.base_curriculum import BaseCurriculum
from reasoning_gym.dataset import ProceduralDataset
from reasoning_gym.factory import DATASETS, register_dataset

from zoped.evals.answers.match import answers_match, is_right
from zoped.evals.held_out import held_out_keys
from zoped.programs import Seed, builtin_seeds
from zoped.programs.acceptance import Acceptance, GeneratedProblem
from zoped.programs.bulk.random_walk import RandomWalks

LEVELS = [1, 2, 3, 4, 5]  # operators in a row, at most
TRIES = 1_000  # walks of one item, at most


@dataclass
class WalkConfig:
    """`longest` operators stand in a row, at most: the more, the harder. `operators` None: all."""

    seed: int | None = None
    size: int = 500
    longest: int = 2
    operators: Sequence[str] | None = field(default=None)

    def validate(self) -> None:
        """Raises ValueError for what is out of range."""
        if not 1 <= self.longest <= 8:
            raise ValueError(f"longest is {self.longest}; give 1 to 8")
        if self.size < 1:
            raise ValueError(f"size is {self.size}; give at least 1")


class WalkDataset(ProceduralDataset):
    """Problems of the seeds in `SEEDS`, a class of its own for each topic."""

    NAME = ""
    SEEDS: Sequence[Seed] = ()

    def __init__(self, config: WalkConfig) -> None:
        super().__init__(config=config, seed=config.seed, size=config.size)

    @property
    def category(self) -> str:
        return "zoped"

    def __getitem__(self, idx: int) -> dict[str, Any]:
        problem = self._problem(idx)
        return {
            "question": problem.text,
            "answer": problem.answer,
            "metadata": {
                "source_dataset": self.NAME,
                "source_index": idx,
                "key": problem.instance_key,
                "seed_id": problem.seed_id,
                "move": problem.move,
                "symbols": problem.symbols.model_dump_json(),
                "difficulty": {"longest": self.config.longest},
            },
        }

    def score_answer(self, answer: str | None, entry: dict[str, Any]) -> float:
        """1 for an answer that is the gold one, alone or at the end of worked steps, else 0."""
        if not isinstance(answer, str):
            return 0.0
        gold = entry["answer"]
        return float(answers_match(answer, gold) or is_right(answer, gold))

    def _problem(self, idx: int) -> GeneratedProblem:
        walks = RandomWalks(
            self.SEEDS,
            Acceptance(seen=set(held_out_keys()), time_limit=0),
            operators=self.config.operators,
            longest=self.config.longest,
            variants=1,
            random_seed=self.seed,
        )
        for number in count(idx * TRIES):
            accepted = walks.walk(number).accepted
            if accepted:
                return accepted[0]
            if number == (idx + 1) * TRIES - 1:
                break
        raise ValueError(
            f"{self.NAME}: {TRIES} walks made no problem for item {idx}; give other operators"
        )


class WalkCurriculum(BaseCurriculum):
    """More operators in a row, level by level."""

    NAME = ""

    def __init__(self) -> None:
        super().__init__(self.NAME, WalkConfig)
        self._define_attributes(
            ScalarAttributeDefinition(
                name="longest",
                field_name="longest",
                levels=LEVELS,
                description="operators in a row, at most",
            )
        )


def register_to_reasoning_gym(seeds: Sequence[Seed] | None = None) -> list[str]:
    """Register a data set for each topic of the seeds (the built-in ones if not given), and return
    the names, `zoped_` and the topic. What is registered already stays as it is."""
    by_topic: dict[str, list[Seed]] = {}
    for seed in builtin_seeds() if seeds is None else seeds:
        if seed.symbols is not None:
            by_topic.setdefault(seed.symbols.topic, []).append(seed)
    names = []
    for topic, chosen in sorted(by_topic.items()):
        name = f"zoped_{topic.replace(' ', '_')}"
        names.append(name)
        if name not in DATASETS:
            own = {"NAME": name, "SEEDS": tuple(chosen)}
            dataset = type(f"Walks_{topic}", (WalkDataset,), own)
            curriculum = type(f"Curriculum_{topic}", (WalkCurriculum,), {"NAME": name})
            register_dataset(name, dataset, WalkConfig, curriculum)
    return names
