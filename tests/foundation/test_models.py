"""Ctrl-C while a problem is written down is Ctrl-C."""

import pytest
from pydantic_core import PydanticSerializationError

from zoped.programs import Seed, builtin_seeds
from zoped.programs.acceptance import GeneratedProblem

SEED = next(seed for seed in builtin_seeds() if seed.symbols is not None)
MADE = GeneratedProblem(
    id="a",
    seed_id=SEED.id,
    text=SEED.text,
    answer=SEED.answer,
    symbols=SEED.symbols,
    fingerprint="f",
    instance_key="k",
    move="change_numbers",
    arguments={},
    depth=1,
)


class Told:
    def __init__(self, error):
        self.error = error

    def __str__(self):
        raise self.error


def with_target(model, target):
    """The model, where what its problem asks for raises an error as it is told."""
    if isinstance(model, Seed | GeneratedProblem):
        return model.model_copy(update={"symbols": with_target(model.symbols, target)})
    return model.replaced(target=target)


@pytest.mark.parametrize("model", [SEED.symbols, SEED, MADE], ids=lambda m: type(m).__name__)
@pytest.mark.parametrize(
    "dump",
    [lambda m: m.model_dump_json(), lambda m: m.model_dump(mode="json")],
    ids=["text", "rows"],
)
def test_an_interrupt_stays_one_and_an_error_is_one(model, dump):
    with pytest.raises(KeyboardInterrupt):
        dump(with_target(model, Told(KeyboardInterrupt())))
    with pytest.raises(PydanticSerializationError, match="no such"):
        dump(with_target(model, Told(RuntimeError("no such"))))
