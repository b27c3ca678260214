"""The score of a take: better sits lower, one bad thing is not made up for, nothing measured is no score."""

from __future__ import annotations

from platewright.quality.ranking import score

GOOD = {
    "seam": 1.0, "flicker": 5.0, "flicker_plate": 5.5, "light_jump": 0.02, "colour_drift": 0.01, "grain_r": 1.05,
    "grain_g": 0.95, "grain_b": 1.0,
}  # fmt: skip


def test_a_take_that_is_worse_in_any_one_thing_scores_higher() -> None:
    best = score(GOOD)
    assert best is not None and best < 1
    for name, value in (("seam", 6.0), ("flicker", 30.0), ("light_jump", 1.0), ("colour_drift", 0.8), ("grain_b", 0.1)):
        worse = score({**GOOD, name: value})
        assert worse is not None and worse > max(1.0, best)


def test_what_could_not_be_measured_does_not_count() -> None:
    assert score({}) is None and score({"seam": None, "flicker": 3.0}) is None
    assert score({**GOOD, "grain_r": None, "flicker_plate": 0.0}) is not None
