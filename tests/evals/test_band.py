"""The band is one type: a checked pair of limits, which the notes on a student follow."""

from __future__ import annotations

import pytest

from zoped.evals import Band, PassRate, PassRateMeter, student_note, student_notes
from zoped.programs import builtin_seeds


def test_a_band_is_a_pair_that_contains_its_limits():
    band = Band(0.25, 0.75)
    low, high = band
    assert (low, high) == (0.25, 0.75) == band and len({band, Band(0.25, 0.75)}) == 1
    assert [band.contains(rate) for rate in (0.24, 0.25, 0.5, 0.75, 0.76)] == [
        *(False, True, True, True, False)
    ]
    assert band.distance(0.1) == pytest.approx(0.15) and band.distance(0.5) < 0
    assert Band.of([0.25, 0.75]) == band and Band.of(band) is band


@pytest.mark.parametrize(
    "limits", [(0.8, 0.2), (0.5, 0.5), (-0.1, 0.5), (0.5, 1.1), (float("nan"), 0.5), (0.2,), 0.5]
)
def test_what_is_no_band_is_refused(limits):
    with pytest.raises(ValueError, match=r"^band .*: give "):
        Band.of(limits)


@pytest.mark.parametrize(
    ("passes", "band", "verdict"),
    [
        (3, (0.2, 0.8), "about right"),
        (3, (0.5, 0.8), "hard"),
        (3, (0.1, 0.3), "easy"),
        (0, (0.2, 0.8), "too hard"),
        (8, (0.2, 0.8), "too easy"),
        (8, (0.5, 1.0), "about right"),
    ],
)
def test_the_note_follows_the_band(passes, band, verdict):
    note = student_note(PassRate(passes, 8), Band(*band))
    assert note == f"solved {passes} of 8 times: {verdict}"


def test_the_notes_on_seeds_follow_the_meter_band():
    class HalfTheTime:
        version = "half"

        def sample(self, questions, *, samples, seed):
            gold = {seed.answer for seed in seeds}.pop()
            return [[f"\\boxed{{{gold if i % 2 else 'no'}}}" for i in range(samples)]] * len(
                questions
            )

    seeds = builtin_seeds()[:1]
    for band, verdict in (((0.2, 0.8), "about right"), ((0.6, 0.9), "hard")):
        meter = PassRateMeter(HalfTheTime(), band=band, min_rollouts=4, max_rollouts=4)
        assert student_notes(seeds, meter)[seeds[0].id].endswith(f": {verdict}")
