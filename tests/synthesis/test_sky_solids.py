"""A thin bar's colour is read from the rail that holds it; where nothing solid is near, none is made up."""

from __future__ import annotations

import numpy as np

from platewright.synthesis.sky_solids import darkest_colour, solid_colours

RAIL, WALL = np.float32([0.05, 0.05, 0.06]), np.float32([0.4, 0.3, 0.2])


def test_the_colour_is_that_of_the_solid_thing_least_like_the_sky() -> None:
    rgb = np.full((96, 160, 3), 0.5, np.float32)
    core, distance = np.zeros((96, 160), np.uint8), np.zeros((96, 160), np.float32)
    rgb[40:43], core[41], distance[40:43] = RAIL, 1, 30
    rgb[50:70, :80], core[51:69, 1:79], distance[50:70, :80] = WALL, 1, 12
    colours = solid_colours(rgb, core, distance)
    assert colours.shape == (12, 20, 4)
    np.testing.assert_allclose(colours[6, 3], (*RAIL, 30), rtol=1e-5)  # the wall is nearer, the rail is less like it
    np.testing.assert_allclose(colours[9, 3], (*WALL, 12), rtol=1e-5)  # three blocks below the rail
    assert not colours[9, 15].any()


def test_what_is_thinner_than_three_pixels_has_no_colour_to_give() -> None:
    rgb = np.full((40, 40, 3), 0.5, np.float32)
    distance = np.zeros((40, 40), np.float32)
    rgb[20], distance[20] = RAIL, 30
    assert not solid_colours(rgb, np.zeros((40, 40), np.uint8), distance).any()


def test_the_darkest_colour_is_that_of_the_darkest_places_wherever_they_are() -> None:
    solids = np.zeros((6, 10, 4), np.float32)
    assert not darkest_colour(solids).any()
    solids[3:, :] = (*WALL, 12)
    solids[5, 9] = (*RAIL, 30)
    np.testing.assert_allclose(darkest_colour(solids), (*RAIL, 1), rtol=1e-5)
