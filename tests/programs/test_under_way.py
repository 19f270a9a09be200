"""While calls are under way, Python looks for garbage less often; afterwards as before."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from zoped.programs.under_way import UnderWay, all_at_once


@pytest.fixture
def usual() -> Iterator[tuple[int, int, int]]:
    before = gc.get_threshold()
    yield before
    gc.set_threshold(*before)


async def threshold() -> tuple[int, int, int]:
    return gc.get_threshold()


def test_garbage_is_looked_for_rarely_while_calls_are_under_way(
    usual: tuple[int, int, int],
) -> None:
    assert usual[0] < 10_000
    assert all_at_once([threshold], most=1) == [(10_000, *usual[1:])]
    assert gc.get_threshold() == usual


def test_the_last_that_is_closed_sets_it_back(usual: tuple[int, int, int]) -> None:
    first, second = UnderWay[int, int](), UnderWay[int, int]()
    first.close()
    first.close()
    assert gc.get_threshold()[0] == 10_000
    second.close()
    assert gc.get_threshold() == usual


@pytest.mark.parametrize("newest", [0, 50_000])
def test_a_collector_that_was_set_by_someone_else_is_left_alone(
    usual: tuple[int, int, int], newest: int
) -> None:
    gc.set_threshold(newest, 10, 10)
    with UnderWay[int, int]():
        assert gc.get_threshold() == (newest, 10, 10)
    assert gc.get_threshold() == (newest, 10, 10)
