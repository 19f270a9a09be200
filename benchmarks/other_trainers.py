"""Exports in the hands of trainers that this machine cannot run: their own readers and reward loaders.

    python -m benchmarks.other_trainers [--nemo-gym CHECKOUT] [--open-instruct CHECKOUT]

installs verl, OpenRLHF and the few packages that the code read here imports, without the rest of what they
need (GPUs), into a temporary folder; exports problems for them; reads them with verl's RLHFDataset and
OpenRLHF's PromptDataset; and grades a right and a wrong answer with the reward functions as each of them loads
them. NeMo Gym and open-instruct are not on PyPI: of a checkout (`git clone`) the exported server answers
`/verify` within NeMo Gym, and open-instruct builds the exported verifier among its own.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import shutil
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
    *("devtools", "pydot", "wandb", "yappi"),  # NeMo Gym
    *("absl-py", "beaker-py", "grpcio", "immutabledict", "langdetect", "nltk"),  # open-instruct
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


def nemo_gym(folder: Path, checkout: Path) -> str:
    """Its own web server, in this process; no model, and no runner."""
    from fastapi.testclient import TestClient
    from nemo_gym.server_utils import BaseServerConfig, ServerClient
    from omegaconf import OmegaConf

    own = folder / "resources_servers" / "zoped_math"
    shutil.copytree(own, checkout / "resources_servers" / "zoped_math")
    module = module_at(checkout / "resources_servers" / "zoped_math" / "app.py")
    here = {"host": "127.0.0.1", "port": 8080}
    config = module.ZopedMathConfig(**here, entrypoint="app.py", name="zoped_math")
    client = ServerClient(
        head_server_config=BaseServerConfig(**here), global_config_dict=OmegaConf.create({})
    )
    server = module.ZopedMathServer(config=config, server_client=client)
    lines = (own / "data" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    row = json.loads(lines[0])
    asked = TestClient(server.setup_webserver())
    scores = []
    for answer in (row["expected_answer"], "-77"):
        text = {"type": "output_text", "text": f"\\boxed{{{answer}}}", "annotations": []}
        said = {"id": "m", "role": "assistant", "type": "message", "content": [text]}
        response = {"id": "r", "created_at": 0, "model": "m", "object": "response", "tools": []}
        response |= {"output": [said], "parallel_tool_calls": False, "tool_choice": "none"}
        done = asked.post("/verify", json=row | {"response": response})
        scores.append(done.raise_for_status().json()["reward"])
    return f"{len(lines)} rows, right and wrong answer: {scores}"


def open_instruct(folder: Path) -> str:
    from open_instruct.ground_truth_utils import build_all_verifiers

    sys.path.insert(0, str(folder))
    import zoped_verifier  # noqa: F401  as its page says: before the verifiers are built

    # What its verifiers of programs and by judges ask for; nothing is asked of them here.
    theirs = {"code_api_url": "", "code_max_execution_time": 1.0, "llm_judge_model": ""}
    theirs |= {"code_pass_rate_reward_threshold": 0.0, "code_apply_perf_penalty": False}
    theirs |= {"llm_judge_max_tokens": 1, "llm_judge_max_context_length": 1, "seed": 0}
    theirs |= {"llm_judge_temperature": 0.0, "llm_judge_timeout": 1}
    verifiers = build_all_verifiers(SimpleNamespace(**theirs))
    lines = (folder / "train.jsonl").read_text(encoding="utf-8").splitlines()
    row = json.loads(lines[0])
    verifier, gold = verifiers[row["dataset"]], row["ground_truth"]
    results = [
        asyncio.run(verifier.async_call([], f"\\boxed{{{answer}}}", gold))
        for answer in (gold, "-77")
    ]
    return f"{len(lines)} rows, right and wrong answer: {[each.score for each in results]}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--nemo-gym", type=Path, help="a checkout")
    parser.add_argument("--open-instruct", type=Path, help="a checkout")
    options = parser.parse_args()
    made = RandomWalks(builtin_seeds(), Acceptance(time_limit=0)).walks(0, 60)[0]
    rows = tuple(ProblemRow.of(problem, license="Apache-2.0") for problem in made)
    problems = ProblemSet(rows, "this script", "builtin", "Apache-2.0")
    tokenizer = load_student("lab").tokenizer
    with TemporaryDirectory() as name:
        root = Path(name)
        packages = installed(root / "packages")
        sys.path[:0] = [str(built_grader(root / "grader")), str(packages)]
        for kind in ("verl", "openrlhf", "nemo-gym", "open-instruct"):
            write_export(problems, kind, root / kind)
        print(f"python -m benchmarks.other_trainers; {len(rows)} problems; {', '.join(PACKAGES)}\n")
        print(f"verl: RLHFDataset and get_custom_reward_fn: {verl(root / 'verl', tokenizer)}")
        told = openrlhf(root / "openrlhf", tokenizer, packages)
        print(f"OpenRLHF: PromptDataset and reward_func: {told}")
        if options.nemo_gym:
            copy = root / "nemo-gym-checkout"
            shutil.copytree(options.nemo_gym / "nemo_gym", copy / "nemo_gym")
            sys.path.insert(0, str(copy))
            print(f"NeMo Gym: POST /verify: {nemo_gym(root / 'nemo-gym', copy)}")
        if options.open_instruct:
            sys.path.insert(0, str(options.open_instruct))
            told = open_instruct(root / "open-instruct")
            print(f"open-instruct: build_all_verifiers: {told}")


if __name__ == "__main__":
    main()
