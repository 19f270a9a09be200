"""The card of a trained student says what the run did, whatever its configuration."""

from pathlib import Path

import pytest

from zoped.cli.config import load_config
from zoped.train import RunSettings
from zoped.train.export import Start, model_card
from zoped.train.results import (
    NOT_TUNED,
    BenchmarkScore,
    Evaluated,
    Generated,
    Measured,
    RoundResults,
    Trained,
    Tuned,
)

CONFIGS = Path(__file__).parents[2] / "configs"
EVALUATED = Evaluated(
    0.25, 150, 600, 0.22, 0.29, 600, levels={"above": BenchmarkScore(0.2, 0.1, 0.3)}
)


def rounds(settings):
    """As many as there are, each evaluated where the settings say so."""
    for number in range(1, settings.rounds + 1):
        yield RoundResults(
            number,
            Measured(None, 0, None, 0.3, 0, 10),
            Tuned(None, 0, NOT_TUNED, 0, 0),
            Generated("s", 9, 1, 0, 3, 0.3, 0.2, 0.8, 9, 1, 0, 0, 2, 0.6, 0, 20),
            Trained(12, settings.rounds, 100, 0.6, 0.3, 0.4, 0.3, 0.4, 0.5),
            EVALUATED if settings.evaluates(number) else Evaluated.none(),
        )


def card(settings):
    return model_card(settings, Start(EVALUATED, None), list(rounds(settings)), 36, "")


def test_the_quickstarts_card_has_the_rounds_that_were_evaluated():
    settings = load_config(CONFIGS / "quickstart.yaml")
    assert not settings.evaluates(1) and settings.evaluates(2)
    rows = [line.split(" | ")[0] for line in card(settings).splitlines() if "22.0% to" in line]
    assert rows == ["| start", "| round 2", "| round 4"]


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({}, "measured pass rate was between 20% and 80%"),
        ({"curriculum": {"filter": "difficulty"}}, "predicted by a model of their difficulty"),
        ({"curriculum": {"filter": "none"}}, "as it came, not measured"),
        (
            {"curriculum": {"filter": "none"}, "generate": {"source": "seeds"}},
            "Data: the seeds as they are.",
        ),
        (
            {
                "curriculum": {"filter": "none"},
                "generate": {"source": "text"},
                "teacher": {"model": "openai/gpt-5-mini"},
            },
            "answered by the majority of its own solutions",
        ),
    ],
)
def test_the_card_says_what_was_trained_on(chosen, said):
    text = card(RunSettings.model_validate(chosen))
    assert said in text
    assert ("20% and 80%" in text) == (not chosen), "of no other run"
