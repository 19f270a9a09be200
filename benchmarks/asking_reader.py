"""Who is asked in the benchmarks of the embedded reader: llama.cpp as it is shipped, or the same
weights by transformers, which is many times faster where there is a GPU."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from zoped.programs.teachers.embedded import READER_SLOTS, embedded_endpoint, reader_adapter
from zoped.programs.teachers.reader.adapter import FORMALIZE, VERBALIZE

TEMPERATURE, MOST_TOKENS = 0.7, 300
Messages = list[dict[str, str]]
# Messages and a random seed each; the reply and its tokens come in their order.
Ask = Callable[[Sequence[tuple[Messages, int]], dict[str, Any]], list[tuple[str, int]]]


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--adapter",
        default="",
        help="a GGUF file, or for transformers PEFT's folder; the packaged one if not given",
    )
    parser.add_argument("--engine", choices=["llama.cpp", "transformers"], default="llama.cpp")
    parser.add_argument(
        "--keep",
        type=Path,
        help="file of replies: what is in it is not asked for again. Another machine can answer what "
        "`--ask-nobody` has put into it (python -m benchmarks.asking_reader FILE --adapter FOLDER)",
    )
    parser.add_argument("--ask-nobody", action="store_true", help="write the questions down alone")


def asker(options: argparse.Namespace, *, untrained: bool = False) -> Ask:
    """As the options say; `untrained` is the model that has learnt nothing."""
    adapter = None if untrained else options.adapter
    if options.ask_nobody:
        ask: Ask = lambda jobs, _: [("", 0)] * len(jobs)
    elif options.engine == "transformers":
        ask = _by_transformers(adapter)
    else:
        ask = _by_llama_cpp(embedded_endpoint(None if adapter is None else reader_adapter(adapter)))
    return ask if options.keep is None else Kept(options.keep, ask, options.ask_nobody)


class Kept:
    """Replies kept in a file of JSON lines. With `nobody` to ask, questions are kept without one."""

    def __init__(self, path: Path, ask: Ask, nobody: bool = False) -> None:
        self.path, self.ask, self.nobody = path, ask, nobody
        self.replies: dict[str, tuple[str, int]] = {}
        rows = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        for row in map(json.loads, rows):
            if row["reply"] is not None:
                self.replies[_key(row["messages"], row["seed"])] = (row["reply"], row["tokens"])

    def __call__(
        self, jobs: Sequence[tuple[Messages, int]], options: dict[str, Any]
    ) -> list[tuple[str, int]]:
        new = [job for job in jobs if _key(*job) not in self.replies]
        if new:
            made = self.ask(new, options)
            with self.path.open("a", encoding="utf-8") as file:
                for (asked, seed), (reply, tokens) in zip(new, made, strict=True):
                    told = None if self.nobody else reply
                    row = {"messages": asked, "seed": seed, "reply": told, "tokens": tokens}
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
                    self.replies[_key(asked, seed)] = (reply, tokens)
        return [self.replies[_key(*job)] for job in jobs]


def _key(asked: Messages, seed: int) -> str:
    return json.dumps([asked, seed])


def main() -> None:
    """Answer the questions of a file, and read each text that is an answer."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--adapter", required=True, help="PEFT's folder")
    parser.add_argument("--readings", type=int, default=5, help="of each text that is told")
    options = parser.parse_args()
    rows = [json.loads(row) for row in options.file.read_text(encoding="utf-8").splitlines()]
    jobs = [(row["messages"], row["seed"]) for row in rows if row["reply"] is None]
    ask = Kept(options.file, _by_transformers(options.adapter))
    told = [
        reply.strip()
        for (asked, _), (reply, _) in zip(jobs, ask(jobs, {}), strict=True)
        if asked[0]["content"] == VERBALIZE
    ]
    ask([(messages(FORMALIZE, t), seed) for t in told for seed in range(options.readings)], {})
    print(f"{len(ask.replies):,} replies in {options.file}")


def speed(tokens: int, replies: int, seconds: float) -> str:
    """Tokens and replies a second; what was kept says nothing of it."""
    if seconds < replies / 1000:
        return "replies kept from before"
    return f"{tokens / seconds:.0f} tokens/s, {replies / seconds:.2f} a second"


def messages(task: str, given: str, shown: Messages | None = None) -> Messages:
    return [
        {"role": "system", "content": task},
        *(shown or []),
        {"role": "user", "content": given},
    ]


def _by_llama_cpp(url: str) -> Ask:
    def ask(jobs: Sequence[tuple[Messages, int]], options: dict[str, Any]) -> list[tuple[str, int]]:
        with (
            httpx.Client(base_url=url, timeout=600) as client,
            ThreadPoolExecutor(READER_SLOTS) as pool,
        ):

            def one(job: tuple[Messages, int]) -> tuple[str, int]:
                body = {
                    "messages": job[0],
                    "temperature": TEMPERATURE,
                    "seed": job[1],
                    "max_tokens": MOST_TOKENS,
                    "cache_prompt": True,
                    **options,
                }
                reply = client.post("/chat/completions", json=body).raise_for_status().json()
                return reply["choices"][0]["message"]["content"], reply["usage"][
                    "completion_tokens"
                ]

            return list(pool.map(one, jobs))

    return ask


def _by_transformers(adapter: str | None) -> Ask:
    """Without a grammar: what is malformed counts as that."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from zoped.students.smollm2 import smollm2_folder

    device = "cuda" if torch.cuda.is_available() else "cpu"
    folder = smollm2_folder()
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="left")
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
    if adapter is not None:
        model = PeftModel.from_pretrained(model, str(Path(adapter))).merge_and_unload()
    model = model.to(device).eval()
    at_once = 1024 if device == "cuda" else 32

    def ask(jobs: Sequence[tuple[Messages, int]], options: dict[str, Any]) -> list[tuple[str, int]]:
        prompts = [
            tokenizer.apply_chat_template(m, tokenize=False, add_generation_prompt=True)
            for m, _ in jobs
        ]
        order = sorted(range(len(jobs)), key=lambda i: len(prompts[i]))
        replies: list[tuple[str, int]] = [("", 0)] * len(jobs)
        torch.manual_seed(0)
        for start in range(0, len(order), at_once):
            places = order[start : start + at_once]
            batch = tokenizer(
                [prompts[i] for i in places],
                return_tensors="pt",
                padding=True,
                add_special_tokens=False,
            ).to(device)
            with torch.inference_mode():
                made = model.generate(
                    **batch,
                    do_sample=True,
                    temperature=TEMPERATURE,
                    top_k=0,
                    max_new_tokens=MOST_TOKENS,
                )
            new = made[:, batch["input_ids"].shape[1] :]
            texts = tokenizer.batch_decode(new, skip_special_tokens=True)
            for place, text, row in zip(places, texts, new, strict=True):
                replies[place] = (text, int((row != tokenizer.pad_token_id).sum()))
        return replies

    return ask


if __name__ == "__main__":
    main()
