"""A pixel on an outline is a mix of what is near and of what is behind it here."""

from __future__ import annotations

import numpy as np
import pytest

from platewright.synthesis.fusion import Fused, fuse
from platewright.synthesis.outlines import Outlines

SHAPE = (24, 60)
FRAMES = 9


def bar(edges: tuple[float, float] = (20.3, 40.6), ramp: float = 1.5) -> np.ndarray:
    """`(H, W, 1)`: how much of each pixel a bar is."""
    x = np.arange(SHAPE[1], dtype=np.float64)
    inside = np.minimum(x - edges[0], edges[1] - x)
    return np.broadcast_to(np.clip(inside / ramp + 0.5, 0, 1)[None, :, None], (*SHAPE, 1))


def filled(astray: int, ramp: float = 1.5, level: float = 0.9) -> tuple[np.ndarray, np.ndarray, Outlines, Fused]:
    """`(truth, without outlines, outlines, fused)`: a bar whose outline the nearness has `astray` pixels off."""
    rng = np.random.default_rng(5)
    share = bar(ramp=ramp)
    front = np.array([0.06, 0.05, 0.04]) * np.exp2(0.2 * rng.standard_normal((SHAPE[0], 1, 3)))

    def behind() -> np.ndarray:
        return level * np.exp2(0.3 * rng.standard_normal((*SHAPE, 3)))

    here = behind()
    truth = share * front + (1 - share) * here
    near = np.where(bar((20.3 + astray, 40.6 + astray))[..., 0] > 0.5, 50.0, 0.0)
    outlines = Outlines.of(near, np.ones(SHAPE, bool), 1, 3.0)
    assert outlines is not None
    # Along the bar each frame shows it before its own background; at the other depth the background as it is here.
    before = [share * front + (1 - share) * behind() for _ in range(FRAMES)]
    looks = [np.where(near[..., None] > 0, one, here).reshape(-1, 3) for one in before]
    own = outlines.own
    extra = [np.where(outlines.near[:, None], here.reshape(-1, 3)[own], one.reshape(-1, 3)[own]) for one in before]
    candidates = np.concatenate([np.stack(looks), np.stack(extra)], axis=1).astype(np.float32)
    valid = np.ones(candidates.shape[:2], np.uint8)
    whole = np.ones(FRAMES, np.float32)
    fused = fuse(candidates, valid, whole, whole)
    count = SHAPE[0] * SHAPE[1]
    return truth, fused.rgb[:count].reshape(*SHAPE, 3), outlines, outlines.composited(fused, candidates, valid)


@pytest.mark.parametrize(("astray", "ramp"), [(0, 1.5), (2, 1.5), (-2, 1.5), (0, 5.0)])
def test_an_outline_is_put_over_what_is_behind_it_here(astray: int, ramp: float) -> None:
    truth, plain, _, fused = filled(astray, ramp)
    before, after = (np.sqrt(((one.reshape(truth.shape) - truth) ** 2).mean()) for one in (plain, fused.rgb))
    assert after < 0.5 * before


def test_what_an_outline_took_the_place_of_is_told_with_it() -> None:
    _, _, outlines, fused = filled(2)
    assert len(fused.rgb) == len(fused.count) == SHAPE[0] * SHAPE[1]
    assert (fused.count[outlines.own] > 0).all()


def test_where_nobody_knows_which_side_is_nearer_there_is_no_outline() -> None:
    near = np.where(bar()[..., 0] > 0.5, 50.0, 0.0)
    assert Outlines.of(near, np.ones(SHAPE, bool), 0, 3.0) is None
    assert Outlines.of(0 * near, np.ones(SHAPE, bool), 1, 3.0) is None
