"""What is drawn over a picture says what it should: sure is green, an error is as long as it says, nothing else."""

from __future__ import annotations

import numpy as np

from platewright.imaging.overlay import AGREES, HEAT, OUTLINE, STRAYS, heat_picture, marked_picture

GREY = np.full((40, 60, 3), 128, np.uint8)


def near(picture: np.ndarray, colour: tuple[int, int, int], within: float = 45) -> np.ndarray:
    return np.asarray(np.abs(picture.astype(np.float32) - np.float32(colour)).max(axis=-1) < within)


def test_heat_goes_from_sure_over_half_sure_to_unsure_and_only_where_it_is_shown() -> None:
    values = np.zeros((40, 60), np.float32)
    values[:, 20:40], values[:, 40:] = 0.5, 1.0
    shown = np.zeros(values.shape, bool)
    shown[10:30] = True
    heat = heat_picture(values, shown, GREY)
    for columns, swatch in ((slice(40, 60), HEAT[0]), (slice(20, 40), HEAT[1]), (slice(0, 20), HEAT[2])):
        assert near(heat[10:30, columns], swatch.colour).all(), swatch.label
    rest = heat[~shown]
    assert (rest == rest[0]).all() and 0 < rest[0, 0] < 128


def test_an_error_is_drawn_as_many_times_longer_as_asked_and_one_that_strays_in_its_colour() -> None:
    points = np.array([[10.0, 10.0], [10.0, 30.0]])
    errors = np.array([[0.5, 0.0], [1.0, 0.0]])
    marked = marked_picture(GREY, points, errors, [], longer=8.0, astray=0.8)
    agreeing, straying = near(marked, AGREES.colour), near(marked, STRAYS.colour)
    assert agreeing[10, 10:14].all() and not agreeing[10, 16:].any()
    assert straying[30, 10:18].all() and not straying[30, 20:].any()
    assert not straying[:20].any() and not agreeing[20:].any()


def test_an_outline_is_closed_and_one_without_points_draws_nothing() -> None:
    corners = np.array([[5.0, 5.0], [50.0, 5.0], [50.0, 35.0], [5.0, 35.0]])
    none = np.zeros((0, 2))
    marked = marked_picture(GREY, none, none, [(corners, OUTLINE), (none, OUTLINE)], longer=1.0, astray=1.0)
    drawn = near(marked, OUTLINE.colour)
    assert drawn[5, 5:50].all() and drawn[35, 5:50].all() and drawn[6:35, 5].all() and drawn[6:35, 50].all()
    assert not drawn[8:33, 8:48].any()
