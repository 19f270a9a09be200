"""`zoped serve FOLDER`: live problems over HTTP, for a trainer that is under way."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from zoped.cli.console import Told
from zoped.cli.errors import UserError, speaks_to_the_person
from zoped.cli.ui import require_free


@speaks_to_the_person(
    on_interrupt="Everything observed is kept; the same command goes on from there."
)
def serve(
    folder: Annotated[Path, typer.Argument(help="Where the state lies; the same one goes on.")],
    seeds: Annotated[
        str,
        typer.Option(
            help="Seeds in JSON Lines or Parquet with their symbolic form (docs/seeds.md); `builtin` or "
            "`elementary` for Zoped's own."
        ),
    ] = "builtin",
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65_535, help="Where to listen.")] = 8765,
    batch: Annotated[
        int, typer.Option(min=1, help="Problems that are chosen at a time, at most.")
    ] = 64,
    first: Annotated[
        int, typer.Option(min=1, help="Problems that are chosen at a time at first.")
    ] = 8,
    pool: Annotated[int, typer.Option(min=1, help="Times as many are proposed.")] = 20,
    uses: Annotated[int, typer.Option(min=1, help="Times a problem is handed out, at most.")] = 8,
    group_size: Annotated[int, typer.Option(min=2, help="Answers of a group.")] = 8,
    operator: Annotated[
        list[str] | None, typer.Option(help="Draw from these operators; several times for several.")
    ] = None,
    instruction: Annotated[
        str | None, typer.Option(help="What the prompts add to a problem's text.")
    ] = None,
    tested_on: Annotated[
        list[Path] | None,
        typer.Option(help="Texts that the student is tested on: nothing that shares 13 words."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of everything that is random.")] = 0,
) -> Told:
    """Serve problems that follow a student while it is trained: POST /next, POST /observe,
    GET /problems/N, GET /stats."""
    import uvicorn
    from pydantic import ValidationError

    from zoped.evals.contamination import Passages, texts_of
    from zoped.evals.held_out import elementary_seeds
    from zoped.foundation.errors import first_fault
    from zoped.programs import builtin_seeds
    from zoped.programs.seeds import named_seeds
    from zoped.students.prompting import INSTRUCTION
    from zoped.train.live import LiveProblems, LiveSettings
    from zoped.train.live.service import service

    found = named_seeds(seeds, {"builtin": builtin_seeds, "elementary": elementary_seeds})
    if not any(one.symbols is not None for one in found):
        raise UserError(
            f"--seeds {seeds}: no seed has its symbolic form, so operators make nothing"
        )
    try:
        settings = LiveSettings(
            batch=batch,
            first=first,
            pool=pool,
            lead=batch // 4,
            uses=uses,
            group_size=group_size,
            operators=tuple(operator) if operator else None,
            instruction=INSTRUCTION if instruction is None else instruction,
            seed=seed,
        )
    except ValidationError as error:
        field, _, text = first_fault(error).partition(": ")
        option = "operator" if field == "operators" else field.replace("_", "-")
        raise UserError(f"--{option}: {text}") from None
    passages = Passages(text for file in tested_on or [] for text in texts_of(file))
    judge = passages.shares_passage if tested_on else None
    require_free(host, port)

    def serve_problems() -> None:
        with LiveProblems(folder, found, settings, is_contaminated=judge) as live:
            config = uvicorn.Config(service(live), host=host, port=port, log_level="warning")
            uvicorn.Server(config).run()

    url = f"http://{host}:{port}"
    return Told({"url": url}, f"problems on {url} (Ctrl-C ends it)", then=serve_problems)
