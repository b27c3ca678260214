"""What looking up between pixels takes of the finest detail is told, and given back without rings."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from platewright.contract.windows import Box
from platewright.synthesis.kept_grain import CRISPED, CUBIC, LookUp
from platewright.synthesis.look_up import gather
from platewright.synthesis.sampling import codes_of
from platewright.synthesis.softening import crisped, softness

Picture = npt.NDArray[np.float32]
BOX = Box(20, 20, 140, 110)
EVEN = np.ones(3, np.float32)


def shifted(x: float, y: float, zoom: float = 1.0) -> npt.NDArray[np.float64]:
    return np.array([[zoom, 0, x], [0, zoom, y], [0, 0, 1.0]])


def looked_up(picture: Picture, matrix: npt.NDArray[np.float64]) -> Picture:
    """A box of the picture through a motion, as the generator looks it up."""
    ys, xs = (side.ravel().astype(np.int32) for side in np.mgrid[BOX.y0 : BOX.y1, BOX.x0 : BOX.x1])
    out, valid = np.empty((len(xs), 3), np.float32), np.empty(len(xs), np.uint8)
    codes, table = codes_of(picture)
    gather(codes, table, 0, 0, np.zeros((1, 1), np.uint8), 0, 0, matrix, xs, ys, EVEN, out, valid)
    assert valid.all()
    return out.reshape(BOX.height, BOX.width, 3)


def waves(matrix: npt.NDArray[np.float64], shape: tuple[int, int]) -> Picture:
    """Waves of four to six pixels' length, exactly as a frame shows them whose pixels lie at `matrix` of the ground."""
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float64)
    x, y = (matrix[k, 0] * columns + matrix[k, 1] * rows + matrix[k, 2] for k in (0, 1))
    light = 1 + 0.3 * np.sin(np.pi / 2 * x + 0.4) + 0.3 * np.sin(np.pi / 2.5 * y) + 0.2 * np.sin(1.1 * x - 0.9 * y)
    return np.repeat(light[..., None], 3, axis=2).astype(np.float32)


def test_a_region_looked_up_on_pixels_is_not_soft_and_half_way_between_them_is_all_soft() -> None:
    assert softness([shifted(3, -8)], np.ones(1, np.float32), BOX) == pytest.approx((0, 0), abs=1e-12)
    assert softness([shifted(0.5, 4)], np.ones(1, np.float32), BOX) == pytest.approx((1, 0), abs=1e-12)
    both = softness([shifted(0.5, 4), shifted(2, 0.5)], np.float32([1.0, 0.25]), BOX)
    assert both == pytest.approx((0.8, 0.2), abs=1e-6)
    assert softness([shifted(0, 0, 1.06)], np.ones(1, np.float32), BOX) == pytest.approx((0.5, 0.5), abs=0.15)


@pytest.mark.parametrize("places", [[(0.5, 0.5)], [(0.25, 0.6), (0.7, 0.1), (0.4, 0.45)]])
def test_fine_waves_come_back_from_between_the_pixels(places: list[tuple[float, float]]) -> None:
    motions = [shifted(x, y) for x, y in places]
    mean = np.mean([looked_up(waves(np.linalg.inv(m), (130, 160)), m) for m in motions], axis=0)
    true = waves(np.eye(3), (130, 160))[BOX.y0 : BOX.y1, BOX.x0 : BOX.x1]
    amounts = softness(motions, np.ones(len(motions), np.float32), BOX)
    crisp = crisped(mean.astype(np.float32), np.ones(true.shape[:2], bool), *amounts)
    before, after = ((part - true)[4:-4, 4:-4].std() for part in (mean, crisp))
    assert after < 0.75 * before


@pytest.mark.parametrize("sigma", [0.5, 0.75])
def test_film_grain_keeps_its_variance_through_a_look_up_that_is_crisped(sigma: float) -> None:
    noise = cv2.GaussianBlur(np.random.default_rng(3).standard_normal((140, 180, 3)).astype(np.float32), (0, 0), sigma)
    zoomed = shifted(0.3, 0.1, 1.04)
    looked = looked_up(noise / noise.std(), zoomed)
    crisp = crisped(looked, np.ones(looked.shape[:2], bool), *softness([zoomed], np.ones(1, np.float32), BOX))
    assert looked.var() < 0.95 and crisp[4:-4, 4:-4].var() == pytest.approx(CRISPED.film, abs=0.1)


@pytest.mark.parametrize("sigma", [0.5, 0.75, 1.0])
@pytest.mark.parametrize("way", [CUBIC, CRISPED])
def test_what_a_look_up_leaves_of_a_grain_is_told_from_its_kernel(sigma: float, way: LookUp) -> None:
    noise = cv2.GaussianBlur(np.random.default_rng(5).standard_normal((140, 180, 3)).astype(np.float32), (0, 0), sigma)
    zoomed = shifted(0.3, 0.1, 1.04)
    left = looked_up(noise / noise.std(), zoomed)
    if way.crisped:
        amounts = softness([zoomed], np.ones(1, np.float32), BOX)
        left = crisped(left, np.ones(left.shape[:2], bool), *amounts)[4:-4, 4:-4]
    line = cv2.getGaussianKernel(9, sigma)
    told = way.left_of(np.repeat((line @ line.T)[None], 3, axis=0).astype(np.float32))
    assert told == pytest.approx([left.var()] * 3, abs=0.05)


def test_no_ring_appears_beside_a_highlight_and_what_nobody_saw_has_no_part_in_it() -> None:
    picture = np.full((40, 50, 3), 0.1, np.float32)
    picture[18:22, 20:26] = 30.0
    picture = cv2.GaussianBlur(picture, (0, 0), 0.6)
    seen = np.ones((40, 50), bool)
    seen[:, 40:] = False
    hidden = np.where(seen[..., None], picture, np.float32(np.nan))
    crisp = crisped(hidden, seen, 1.0, 1.0)
    assert np.array_equal(crisp[seen], crisped(picture, seen, 1.0, 1.0)[seen])
    assert crisp[seen].min() >= 0.9 * picture.min() and crisp[seen].max() <= 1.1 * picture.max()
    assert np.array_equal(crisp[:, 38:40], picture[:, 38:40])  # beside what nobody saw
    assert not np.array_equal(crisp[seen], picture[seen])


def test_pixels_that_were_copied_keep_their_bits() -> None:
    picture = np.random.default_rng(5).random((30, 30, 3)).astype(np.float32)
    assert crisped(picture, np.ones((30, 30), bool), 0.0, 0.0) is picture


def test_what_pixels_lack_is_told_channel_by_channel_where_they_were_looked_up() -> None:
    kernel = np.zeros((3, 9, 9), np.float32)
    for c, sigma in enumerate((0.5, 0.75, 1.0)):
        line = cv2.getGaussianKernel(9, sigma)
        kernel[c] = line @ line.T
    counted = np.array([[0.0, 0.4, 0.6, 1.0]], np.float32)
    lent = np.array([[True, True, False, False]])
    told = CRISPED.lacking(counted, lent, kernel)
    assert (told[0, 0] == 0).all() and (told[0, 2] == np.float32(0.6)).all() and (told[0, 3] == 1).all()
    assert told[0, 1] == pytest.approx(1 - 0.6 * CRISPED.left_of(kernel) / CRISPED.film)
    assert told[0, 1, 0] > 0.4 > told[0, 1, 1] > told[0, 1, 2]
