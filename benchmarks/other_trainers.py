"""Exports in the hands of trainers that this machine cannot run: their own readers and reward loaders.

python -m benchmarks.other_trainers: installs verl, OpenRLHF and the few packages that their data sets
import, without the rest of what they need (GPUs), into a temporary folder; exports problems for them;
reads them with verl's RLHFDataset and OpenRLHF's PromptDataset; and grades a right and a wrong answer with
the reward functions as each of them loads them.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

from tests.grader_package import built_grader
from zoped.programs.acceptance import Acceptance
from zoped.programs.bulk.random_walk import RandomWalks
from zoped.programs.seeds import builtin_seeds
from zoped.students import load_student
from zoped.train.exchange.export import write_export
from zoped.train.exchange.problem_set import ProblemSet
from zoped.train.exchange.row import ProblemRow

PACKAGES = ("verl==0.9.1", "openrlhf==0.11.2")
THEIR_IMPORTS = (
    *("omegaconf==2.3.0", "antlr4-python3-runtime==4.9.3", "tensordict", "codetiming"),
    *("hydra-core", "pyvers"),
)


def installed(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target"]
    subprocess.run([*command, str(folder), *PACKAGES, *THEIR_IMPORTS], check=True)
    return folder


def module_at(path: Path) -> Any:
    """The module, without its package, whose other modules want a GPU."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def verl(folder: Path, tokenizer: Any) -> str:
    from omegaconf import OmegaConf
    from verl.trainer.ppo.reward import get_custom_reward_fn
    from verl.utils.dataset.rl_dataset import RLHFDataset

    options = {"max_prompt_length": 2048, "filter_overlong_prompts_workers": 1}
    data = RLHFDataset([str(folder / "train.parquet")], tokenizer, OmegaConf.create(options))
    named = {"path": str(folder / "reward.py"), "name": "compute_score"}
    reward = get_custom_reward_fn(OmegaConf.create({"reward": {"custom_reward_function": named}}))
    row = data[0]
    gold = row["reward_model"]["ground_truth"]
    scores = [
        reward(
            data_source=row["data_source"],
            solution_str=f"\\boxed{{{answer}}}",
            ground_truth=gold,
            extra_info=row["extra_info"],
        )
        for answer in (gold, "-77")
    ]
    return f"{len(data)} rows, right and wrong answer: {scores}"


def openrlhf(folder: Path, tokenizer: Any, packages: Path) -> str:
    from datasets import load_dataset

    reader = module_at(packages / "openrlhf" / "datasets" / "prompts_dataset.py")
    rows = load_dataset("json", data_files=str(folder / "train.jsonl"))["train"]
    data_options = SimpleNamespace(input_key="prompt", label_key="label", apply_chat_template=True)
    strategy = SimpleNamespace(args=SimpleNamespace(data=data_options), is_rank_0=lambda: False)
    data = reader.PromptDataset(rows, tokenizer, strategy)
    _, prompt, label, _ = data[0]
    reward = module_at(folder / "reward.py").reward_func
    queries = [f"{prompt}\\boxed{{{answer}}}" for answer in (label, "-77")]
    scores = reward(queries, [prompt] * 2, [label] * 2)["rewards"].tolist()
    return f"{len(data)} rows, right and wrong answer: {scores}"


def main() -> None:
    made = RandomWalks(builtin_seeds(), Acceptance(time_limit=0)).walks(0, 60)[0]
    rows = tuple(ProblemRow.of(problem, license="Apache-2.0") for problem in made)
    problems = ProblemSet(rows, "this script", "builtin", "Apache-2.0")
    tokenizer = load_student("lab").tokenizer
    with TemporaryDirectory() as name:
        root = Path(name)
        packages = installed(root / "packages")
        sys.path[:0] = [str(built_grader(root / "grader")), str(packages)]
        for kind in ("verl", "openrlhf"):
            write_export(problems, kind, root / kind)
        print(f"python -m benchmarks.other_trainers; {len(rows)} problems; {', '.join(PACKAGES)}\n")
        print(f"verl: RLHFDataset and get_custom_reward_fn: {verl(root / 'verl', tokenizer)}")
        told = openrlhf(root / "openrlhf", tokenizer, packages)
        print(f"OpenRLHF: PromptDataset and reward_func: {told}")


if __name__ == "__main__":
    main()
