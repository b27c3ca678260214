"""The sky's colour behind a thing is neither darkened by the thing's soft edges nor blind to another cloud."""

from __future__ import annotations

import cv2
import numpy as np

from platewright.synthesis.sky_behind import Behind, calm_pixels, sky_behind
from platewright.synthesis.sky_cells import tone_of
from tests.synthesis.skies import through_lens

HEIGHT, WIDTH = 160, 240
BLUE, WHITE, DARK = np.float32([0.2, 0.32, 0.55]), np.float32([0.62, 0.65, 0.68]), np.float32([0.04, 0.04, 0.05])


def plate(sky: np.ndarray, coverage: np.ndarray, grain: float = 0.004) -> np.ndarray:
    noise = np.random.default_rng(7).standard_normal((HEIGHT, WIDTH, 3)).astype(np.float32)
    return np.maximum(sky * (1 - coverage[..., None]) + DARK * coverage[..., None] + grain * noise, 0)


def bars() -> np.ndarray:
    coverage = np.zeros((HEIGHT, WIDTH), np.float32)
    coverage[50:110, 80:160:4] = 1
    return through_lens(coverage)


def found(rgb: np.ndarray, gaps: np.ndarray, calm: np.ndarray, first: np.ndarray) -> Behind:
    """As `sky_unmix` asks for it, on cells of two pixels, with all of the picture in the label's sky."""
    rows, columns = HEIGHT // 2, WIDTH // 2
    noise = np.full((rows, columns, 3), 0.012**2, np.float32)
    solids = np.zeros((10, 15, 4), np.float32)
    solids[...] = (*DARK, 20.0)
    cells = np.broadcast_to(first, (rows, columns, 3)).astype(np.float32).copy()
    tone = tone_of(rgb)
    away = np.sqrt((((tone - tone_of(np.broadcast_to(first, rgb.shape))) / np.float32(0.012)) ** 2).mean(axis=-1))
    guess = Behind(cells, away.astype(np.float32))
    return sky_behind(rgb, tone, np.ones((HEIGHT, WIDTH), bool), gaps, calm, noise, solids, guess)


def test_what_is_livelier_than_grain_is_not_calm_and_a_soft_cloud_is() -> None:
    cloud = cv2.GaussianBlur(np.random.default_rng(2).random((HEIGHT, WIDTH)).astype(np.float32), (0, 0), 12)
    sky = BLUE + (WHITE - BLUE) * np.clip((cloud - cloud.min()) / np.ptp(cloud), 0, 1)[..., None]
    rgb = plate(sky, bars())
    open_sky = np.ones((HEIGHT, WIDTH), bool)
    open_sky[44:116, 74:166] = False
    calm = calm_pixels(tone_of(rgb), open_sky)
    assert calm[open_sky].mean() > 0.98
    assert calm[52:108, 82:156].mean() < 0.02
    assert calm_pixels(tone_of(rgb), np.zeros_like(open_sky)).all()


def test_a_mesh_does_not_darken_the_sky_behind_it() -> None:
    rgb = plate(np.broadcast_to(BLUE, (HEIGHT, WIDTH, 3)), bars())
    calm = np.ones((HEIGHT, WIDTH), bool)
    calm[48:112, 76:164] = False
    behind = found(rgb, np.zeros_like(calm), calm, BLUE * 0.8)
    inside = behind.cells[28:52, 42:78]
    assert float(np.abs(inside / BLUE - 1).max()) < 0.04


def test_a_white_cloud_in_the_gaps_is_the_sky_there() -> None:
    """White can't be a mixture of blue and dark, so that gaps without a pure pixel have their say."""
    sky = np.broadcast_to(BLUE, (HEIGHT, WIDTH, 3)).copy()
    sky[60:100, 90:150] = WHITE
    rgb = plate(sky, bars())
    calm = np.ones((HEIGHT, WIDTH), bool)
    calm[48:112, 76:164] = False
    gaps = np.zeros_like(calm)
    gaps[60:100, 90:150] = bars()[60:100, 90:150] < 0.1
    behind = found(rgb, gaps, calm, BLUE)
    assert float(np.abs(behind.cells[34:46, 50:70] / WHITE - 1).mean()) < 0.12
    assert float(behind.distance[70:90, 100:140][gaps[70:90, 100:140]].mean()) < 4


def test_a_sky_that_is_nowhere_pure_keeps_the_colour_that_was_thought_of_it() -> None:
    """One without any pixel of its own too: it must not turn black."""
    nowhere = np.zeros((HEIGHT, WIDTH), bool)
    seen = found(plate(np.broadcast_to(BLUE, (HEIGHT, WIDTH, 3)), bars()), nowhere, nowhere, BLUE)
    assert float(np.abs(seen.cells[:20] / BLUE - 1).max()) < 0.05
    unseen = found(plate(np.broadcast_to(WHITE, (HEIGHT, WIDTH, 3)), np.ones((HEIGHT, WIDTH))), nowhere, nowhere, BLUE)
    np.testing.assert_array_equal(unseen.cells, np.broadcast_to(BLUE, unseen.cells.shape))
