"""The gallery of the site: every strategy is shown, by whom it is carried out, and accepted."""

import sys

import pytest
import yaml

from tests.test_packaging import ROOT
from zoped.programs import builtin_seeds
from zoped.programs.strategies import builtin_strategies
from zoped.programs.teachers.reader.taught import TAUGHT


@pytest.fixture(scope="module")
def gallery():
    sys.path.append(str(ROOT / "docs" / "site"))
    import gallery

    yield gallery
    sys.path.remove(str(ROOT / "docs" / "site"))


def test_the_gallery_has_every_strategy_once_and_says_who_carries_it_out(gallery):
    rows = yaml.safe_load(gallery.REWRITES.read_text(encoding="utf-8"))
    strategies, seeds = builtin_strategies(), {seed.id: seed for seed in builtin_seeds()}
    assert sorted(row["strategy"] for row in rows) == sorted(strategies)
    for row in rows:
        strategy, seed = strategies[row["strategy"]], seeds[row["seed"]]
        _, text, answer = gallery.rewritten(seed, strategy, row)  # raises unless it is accepted
        assert text and answer and text != seed.text
        capable = gallery.by_whom(strategy, row).startswith("Needs a capable teacher")
        assert capable == (strategy.id not in TAUGHT)
        assert not capable or "rewritten" in row
