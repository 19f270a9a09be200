"""`zoped export --format`: a folder that another trainer reads as it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from zoped.foundation.own_files import make_folder, replaced, require_own
from zoped.train.exchange.card import card
from zoped.train.exchange.formats import (
    nemo_gym,
    open_instruct,
    openrlhf,
    reasoning_gym,
    trl,
    verifiers,
    verl,
)
from zoped.train.exchange.formats.laid_out import NAME, module_of
from zoped.train.exchange.problem_set import ExchangeError, ProblemSet

MAKER = "zoped export --format"
_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*\Z")


@dataclass(frozen=True)
class Format:
    """`write(folder, problems, name)` writes everything but the README; `use` is how it is loaded."""

    title: str
    write: Callable[[Path, ProblemSet, str], None]
    use: str


FORMATS = {
    "verifiers": Format("verifiers", verifiers.write, verifiers.USE),
    "reasoning-gym": Format("reasoning-gym", reasoning_gym.write, reasoning_gym.USE),
    "verl": Format("verl", verl.write, verl.USE),
    "nemo-gym": Format("NeMo Gym", nemo_gym.write, nemo_gym.USE),
    "trl": Format("TRL", trl.write, trl.USE),
    "openrlhf": Format("OpenRLHF and slime", openrlhf.write, openrlhf.USE),
    "open-instruct": Format("open-instruct", open_instruct.write, open_instruct.USE),
}


def write_export(problems: ProblemSet, kind: str, folder: Path, *, name: str = NAME) -> None:
    """Write `problems` to `folder` as the format `kind` (one of `FORMATS`), with a card.

    `name` is that of the package, server or data source. An older export in `folder` is replaced.
    Raises ExchangeError, and OutputError for a folder that holds anything else.
    """
    if kind not in FORMATS:
        raise ExchangeError(f"--format {kind}: write one of {', '.join(FORMATS)}")
    if not _NAME.match(name):
        raise ExchangeError(
            f"--name {name}: write a package's name in small letters, such as {NAME}"
        )
    chosen = FORMATS[kind]
    make_folder(folder.parent, f"--output {folder}")
    require_own(folder, MAKER, f"--output {folder}")
    use = chosen.use.replace(NAME, name).replace(module_of(NAME), module_of(name))
    with replaced(folder, MAKER) as draft:
        chosen.write(draft, problems, name)
        title = f"{name}: problems for {chosen.title}"
        (draft / "README.md").write_text(card(problems, title, use), encoding="utf-8")
        if kind == "nemo-gym":
            server = draft / "resources_servers" / module_of(name)
            (server / "README.md").write_text(card(problems, title, use), encoding="utf-8")
