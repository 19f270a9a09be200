"""Students: Hugging Face causal language models that can be sampled in batches and trained."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

from zoped.evals.sampling import until
from zoped.foundation.errors import first_line
from zoped.foundation.hub import hub_is_reachable
from zoped.students.decoding import cache_argument, decode
from zoped.students.errors import StudentError
from zoped.students.prompting import (
    INSTRUCTION,
    INSTRUCTION_KEY,
    TEMPLATE_KEY,
    Message,
    how_asked,
    messages,
)

# Packaged, by name: the folder.
PACKAGED = {"lab": "lab_student", "lab-stories": "lab_stories", "lab-uneven": "lab_uneven"}
SMOLLM2 = "smollm2"
DEFAULT_NEW_TOKENS = 512
# Prompt and answer tokens that are sampled together: larger batches outgrow a CPU's caches.
TOKENS_PER_BATCH = {"cpu": 32_768, "cuda": 262_144}


class Batch(NamedTuple):
    """What is answered together. `prompts` are texts of the chat template, `seed` is that of all."""

    prompts: tuple[str, ...]
    samples: int
    seed: str
    temperature: float


class HFStudent:
    """A model with its tokenizer, the way it is asked, and a version that names both.

    Answers end at the end-of-sequence tokens of the model and of its tokenizer, as TRL's do, before the
    first of the texts in `stop`, or after `max_new_tokens`. Sampling is seeded: the same questions,
    number of samples and seed give the same answers on one machine.
    """

    def __init__(
        self,
        name: str,
        folder: Path | str,
        model: Any,
        tokenizer: Any,
        *,
        instruction: str,
        temperature: float,
        max_new_tokens: int,
        stop: Sequence[str] = (),
        chat_template_kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        self.name = name
        self.folder = str(folder)  # what TRL is given: a folder or a hub id
        self.model = model
        self.tokenizer = tokenizer
        self.instruction = instruction
        self.temperature = temperature
        self.max_new_tokens = max_new_tokens
        self.stop = tuple(stop)
        self.chat_template_kwargs = dict(chat_template_kwargs or {})
        self.on_answered: Callable[[int], object] = lambda texts: None  # told as texts are answered
        # Who answers batches, in order, in place of this process.
        self.answer_batches: Callable[[Sequence[Batch]], Iterable[list[str]]] | None = None
        # No folder in it: a run that is moved keeps its measurements and its random streams.
        asked = f"{instruction}\x1f{temperature}\x1f{max_new_tokens}"
        asked += "".join(f"\x1f{text}" for text in self.stop)
        if self.chat_template_kwargs:
            asked += f"\x1e{json.dumps(self.chat_template_kwargs, sort_keys=True)}"
        self.version = f"{Path(name).name}@{_digest(model, asked)}"

    def messages(self, text: str) -> list[Message]:
        """The chat in which the student is asked `text`."""
        return messages(text, self.instruction)

    def sample(self, texts: Sequence[str], *, samples: int, seed: int) -> list[list[str]]:
        """`samples` answers to each text, at the student's temperature."""
        return self._generate(texts, samples, seed, temperature=self.temperature)

    def greedy(self, texts: Sequence[str]) -> list[str]:
        """The most likely answer to each text, token by token."""
        return [answers[0] for answers in self._generate(texts, 1, 0, temperature=0.0)]

    def save(self, folder: Path | str) -> None:
        """Write a folder that `load_student` and plain `transformers` read."""
        for name, value in how_asked(self.instruction, self.chat_template_kwargs).items():
            setattr(self.model.generation_config, name, value)
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)

    def _generate(
        self, texts: Sequence[str], samples: int, seed: int, *, temperature: float
    ) -> list[list[str]]:
        prompts = [
            self.tokenizer.apply_chat_template(
                self.messages(text),
                tokenize=False,
                add_generation_prompt=True,
                **self.chat_template_kwargs,
            )
            for text in texts
        ]
        lengths = [len(ids) for ids in self.tokenizer(prompts, add_special_tokens=False).input_ids]
        # Similar lengths together: little padding. Longest first: a batch too large fails at once.
        order = sorted(range(len(texts)), key=lambda i: (-lengths[i], i))
        answers: list[list[str]] = [[] for _ in texts]
        limit = TOKENS_PER_BATCH.get(self.model.device.type, TOKENS_PER_BATCH["cpu"])
        batches: list[list[int]] = []
        asked: list[Batch] = []
        start = 0
        while start < len(order):
            length = lengths[order[start]] + self.max_new_tokens
            size = max(1, limit // (length * samples))
            batches.append(order[start : start + size])
            texts_of = tuple(prompts[i] for i in batches[-1])
            asked.append(Batch(texts_of, samples, f"{seed}-{start}", temperature))
            start += size
        answering = self.answer_batches or partial(map, self.answers_to_batch)
        for batch, outputs in zip(batches, answering(asked), strict=True):
            for place, i in enumerate(batch):
                answers[i] = outputs[place * samples : (place + 1) * samples]
            self.on_answered(len(batch))
        return answers

    def answers_to_batch(self, batch: Batch) -> list[str]:
        """As many answers to each prompt as it asks for, one prompt after the other: a function of the
        batch alone."""
        prompts, samples, seed, temperature = batch
        self.tokenizer.padding_side = "left"
        inputs = self.tokenizer(
            list(prompts), return_tensors="pt", padding=True, add_special_tokens=False
        ).to(self.model.device)
        end = self.model.generation_config.eos_token_id
        devices = [self.model.device] if self.model.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices):
            torch.manual_seed(int(hashlib.sha256(seed.encode()).hexdigest()[:15], 16))
            self.model.eval()
            answers = decode(
                self.model,
                inputs["input_ids"],
                inputs["attention_mask"],
                samples=samples,
                temperature=temperature,
                max_new_tokens=self.max_new_tokens,
                end=[*(end if isinstance(end, list) else [end]), self.tokenizer.eos_token_id],
                stops=self._stops if self.stop else None,
            )
        texts: list[str] = self.tokenizer.batch_decode(answers, skip_special_tokens=True)
        return [until(text, self.stop) for text in texts]

    def _stops(self, answer: list[int]) -> bool:
        """Whether the last tokens of an answer have one of the texts in `stop`."""
        # A token is at least a character, but for bytes of one: twice as many tokens are enough.
        last = answer[-2 * max(map(len, self.stop)) :]
        text = self.tokenizer.decode(last, skip_special_tokens=True)
        return any(stop in text for stop in self.stop)


def load_student(
    name: str | Path,
    *,
    instruction: str | None = None,
    device: str | None = None,
    dtype: torch.dtype | None = None,
    temperature: float = 1.0,
    max_new_tokens: int | None = None,
    stop: Sequence[str] = (),
    chat_template_kwargs: Mapping[str, Any] | None = None,
) -> HFStudent:
    """`lab`, `lab-stories`, `lab-uneven`, `smollm2` (converted once from its GGUF file), a hub id, or a folder.

    Defaults: the instruction, the template's arguments and the length limit that the model's own
    generation configuration names (a trained student's has the first two), else `INSTRUCTION`, none
    and 512 tokens; a GPU where there is one.
    Raises StudentError.
    """
    folder = student_folder(str(name))
    device = usable_device(device)
    dtype = dtype or (torch.float32 if device == "cpu" else torch.bfloat16)
    quiet()
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)
        model = model.to(device)
    except (OSError, ValueError, RuntimeError, AssertionError, ImportError, KeyError) as error:
        raise StudentError(
            f"student {str(name)!r} cannot be loaded: {first_line(error)}; give `lab`, `smollm2`, a Hugging "
            "Face id, or a folder with a saved model"
        ) from None
    _require_cache(str(name), model)
    if tokenizer.chat_template is None:
        raise StudentError(
            f"student {str(name)!r} has no chat template; save one with its tokenizer "
            "(`tokenizer.chat_template = ...; tokenizer.save_pretrained(folder)`)"
        )
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    own = model.generation_config
    own_instruction = getattr(own, INSTRUCTION_KEY, None)
    if instruction is None:
        instruction = INSTRUCTION if own_instruction is None else own_instruction
    if chat_template_kwargs is None:
        chat_template_kwargs = getattr(own, TEMPLATE_KEY, None)
    limit = max_new_tokens or own.max_new_tokens or DEFAULT_NEW_TOKENS
    return HFStudent(
        str(name),
        folder,
        model,
        tokenizer,
        instruction=instruction,
        temperature=temperature,
        max_new_tokens=limit,
        stop=stop,
        chat_template_kwargs=chat_template_kwargs,
    )


def without_weights(name: str) -> Any:
    """The student's model on no device: its layers, and their sizes. Raises StudentError."""
    source = student_folder(name)
    try:
        config = AutoConfig.from_pretrained(source)
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(config)
    except (OSError, ValueError) as error:
        raise StudentError(f"student {name!r} cannot be read: {first_line(error)}") from None
    _require_cache(name, model)
    return model


def _require_cache(name: str, model: Any) -> None:
    if cache_argument(model) is None:
        raise StudentError(
            f"student {name!r}: a model of the type {model.config.model_type} keeps what it has read in no cache "
            "of Transformers' own, so it cannot be sampled; give one with attention, or Mamba"
        )


def usable_device(name: str | None) -> str:
    """The device to use; a GPU where there is one and none is named. Raises StudentError."""
    if name is None:
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        kind = torch.device(name)
        torch.empty(1, device=kind)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise StudentError(
            f"student.device: {name!r} cannot be used here ({first_line(error)}); write cpu, or leave "
            "it out to take a GPU where there is one"
        ) from None
    return name


def student_folder(name: str) -> Path | str:
    """What `transformers` loads the student from: a folder, or the name as a hub id."""
    if name in PACKAGED:
        with resources.as_file(resources.files("zoped.students") / PACKAGED[name]) as folder:
            return folder
    if name == SMOLLM2:
        from zoped.students.smollm2 import smollm2_folder

        return smollm2_folder()
    path = Path(name)
    if not name.strip():
        raise StudentError("student '': give `lab`, `smollm2`, a Hugging Face id, or a folder")
    if path.is_dir():
        if not (path / "config.json").is_file():
            saved = sorted(path.glob("rounds/*/student"))  # of a run
            hint = f"; the run's last student is {saved[-1]}" if saved else ""
            raise StudentError(
                f"student {name!r}: the folder has no config.json, so no saved model{hint}"
            )
        return path
    if path.is_file():
        raise StudentError(f"student {name!r} is a file; give a folder with a saved model")
    if name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise StudentError(f"student {name!r}: there is no such folder")
    return name if hub_is_reachable() else _cached(name)


def _cached(name: str) -> Path:
    """The folder in which the hub's client keeps the model; raises StudentError without one."""
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, local_files_only=True))
    except (OSError, ValueError):  # not there; no name that the hub could have
        raise StudentError(
            f"student {name!r} is no folder, is not in the Hugging Face cache, and the hub cannot be "
            "reached; give `lab`, `smollm2`, or a folder with a saved model"
        ) from None


def _digest(model: Any, asked: str) -> str:
    """Ten hexadecimal digits that change whenever a weight, or the way it is asked, does."""
    digest = hashlib.blake2b(asked.encode(), digest_size=5)
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def quiet() -> None:
    """No bars and notices of the library's: the caller shows progress of its own."""
    from transformers.utils import logging as hf_logging

    hf_logging.disable_progress_bar()
    logging.getLogger("transformers").setLevel(logging.ERROR)


__all__ = ["HFStudent", "StudentError", "load_student"]
