"""`zoped strategies [ID]`: the strategies, or one of them with the whole of its text."""

from __future__ import annotations

from typing import Annotated

import typer

from zoped.cli.console import Told
from zoped.cli.errors import UserError, speaks_to_the_person


@speaks_to_the_person(on_interrupt="Nothing was changed.")
def show_strategies(
    name: Annotated[
        str | None, typer.Argument(help="A strategy's id; all of them if left out.")
    ] = None,
    file: Annotated[
        list[str] | None,
        typer.Option("--file", help="A YAML file of yours, or a dotted path, instead of Zoped's."),
    ] = None,
) -> Told:
    """List the strategies that a teacher rewrites problems by, or show one."""
    from zoped.foundation.errors import did_you_mean
    from zoped.programs.strategies import known_strategies

    known = known_strategies(file)
    if name is not None:
        if name not in known:
            raise UserError(f"no strategy {name!r}{did_you_mean(name, known)}")
        return Told(known[name].model_dump(mode="json"), entry(known[name]))
    width = max(map(len, known), default=0)
    return Told(
        {"strategies": [strategy.model_dump(mode="json") for strategy in known.values()]},
        [f"{strategy.id:{width}}  {strategy.text}" for strategy in known.values()],
    )


def entry(strategy) -> str:  # type: ignore[no-untyped-def]  # imported when it is needed
    """The strategy with what is promised of it."""
    traits = [f"depth {strategy.depth:+}" if strategy.depth else "depth unchanged"]
    if strategy.topic:
        traits.append(f"turns to {strategy.topic}")
    if strategy.answer_preserving:
        traits.append("keeps the answer")
    if strategy.idle_givens:
        traits.append("may give numbers that nothing needs")
    if strategy.second:
        traits.append("needs a second problem")
    return f"{strategy.id}: {', '.join(traits)}\n{strategy.text}"
