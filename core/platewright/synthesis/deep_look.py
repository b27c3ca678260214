"""What frames show of pixels whose nearness is told: looked up in each, made of one exposure, weighed and fused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box
from platewright.imaging.tone import to_tone

from .agreement import Places
from .choices import Choices
from .draft import Float, Mask
from .evidence import judged
from .fusion import Fused, fuse
from .kept_grain import CUBIC
from .look_up import gather_deep
from .outlines import Outlines
from .parallax import Parallax
from .surfaces import Surfaces
from .views import View

__all__ = ["DARKEST", "FEW_RING", "looked_up"]

Array = npt.NDArray[np.float64]

FEW_RING = 60
DARKEST = 0.006
"""Scene-linear level under which grain hides the exposure."""


def looked_up(
    view: View, box: Box, places: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]], ring: Mask, nearness: Array,
    parallax: Parallax, sources: list[View], pool: ThreadPoolExecutor, choices: Choices, surfaces: Surfaces,
    outlines: Outlines | None,
) -> tuple[Fused, list[int]]:  # fmt: skip
    """What the sources agree on, and their numbers.

    A source counts by how far it is from the plate on the ring, where the target's own pixels tell the relief, and by
    how far off it would be with less to tell it, as in the hole.
    """
    xs, ys = (places[1] + box.x0).astype(np.int32), (places[0] + box.y0).astype(np.int32)
    near, on_ring = nearness[places], ring[places]
    if outlines is not None:
        xs, ys = np.concatenate([xs, xs[outlines.own]]), np.concatenate([ys, ys[outlines.own]])
        near = np.concatenate([near, outlines.other])
        on_ring = np.concatenate([on_ring, np.zeros(len(outlines.own), bool)])
    rim = np.flatnonzero(on_ring)
    astray = xs[rim], ys[rim], near[rim] + surfaces.apart
    plate = view.rgb(box)[ys[rim] - box.y0, xs[rim] - box.x0]
    candidates = np.zeros((len(sources), len(xs), 3), np.float32)
    valid = np.zeros((len(sources), len(xs)), np.uint8)

    def look(k: int) -> None:
        source = sources[k]
        camera = parallax.cameras[parallax.numbers.index(source.number)]
        _gather(source, camera, xs, ys, near, candidates[k], valid[k])
        over[k] = surfaces.over(xs, ys, near, camera, source.box)
        slips[k] = _slip(source, camera, *astray, candidates[k, rim], valid[k, rim])

    over, slips = np.zeros(valid.shape), np.zeros(len(sources))
    list(pool.map(look, range(len(sources))))
    valid[surfaces.hide(over, valid > 0)] = 0
    errors = np.full(len(sources), 0.05)

    def weigh(k: int) -> None:
        both = valid[k, rim] > 0
        if both.sum() >= FEW_RING:
            own, there = plate[both], candidates[k, rim[both]]
            gain = _gain(own, there) ** np.float32(choices.exposure_match)
            if (gain != 1).any():
                candidates[k] *= gain
            errors[k] = np.median(np.abs(to_tone(own) - to_tone(there * gain)).max(axis=1))

    list(pool.map(weigh, range(len(sources))))
    weights = (1 / ((errors + 0.004) ** 2 + slips)).astype(np.float32)
    grain = np.full(len(sources), CUBIC.film, np.float32)
    fused = fuse(candidates, valid, weights / weights.max(), grain, choices.near)
    if outlines is not None:
        fused = outlines.composited(fused, candidates, valid)
        candidates = np.ascontiguousarray(candidates[:, : len(fused.rgb)])
        valid = np.ascontiguousarray(valid[:, : len(fused.rgb)])
    return judged(fused, candidates, valid, Places.of(*places), pool), [source.number for source in sources]


def _gather(
    source: View, camera: Array, xs: npt.NDArray[np.int32], ys: npt.NDArray[np.int32], near: Array, rgb: Float,
    valid: npt.NDArray[np.uint8],
) -> None:  # fmt: skip
    """Look pixels up at their nearness: writes `rgb (n, 3)`, usable where `valid (n,)`."""
    gather_deep(
        source.codes, source.table, source.box.x0, source.box.y0, source.blocked, source.hole_box.x0,
        source.hole_box.y0, camera, xs, ys, near, np.ones(3, np.float32), rgb, valid,
    )  # fmt: skip


def _slip(
    source: View, camera: Array, xs: npt.NDArray[np.int32], ys: npt.NDArray[np.int32], astray: Array, shown: Float,
    valid: npt.NDArray[np.uint8],
) -> float:  # fmt: skip
    """Mean square, in tone space, of what pixels look other in a source at a nearness `astray (n,)` by as much as is
    not told apart, than what it has `shown (n, 3)` of them: the more the further its camera stood from the target's.

    Leaves at depths of their own are told a little wrong, and where all looks at them counted alike they smeared.
    """
    there, found = np.zeros_like(shown), np.zeros_like(valid)
    _gather(source, camera, xs, ys, astray, there, found)
    both = (found > 0) & (valid > 0)
    if not both.any():
        return 0.0
    return float(np.mean(np.abs(to_tone(there[both]) - to_tone(shown[both])).max(axis=1) ** 2))


def _gain(plate: npt.NDArray[np.float32], there: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """`(3,)` factors to the plate's exposure and balance, 1 exactly where they are within a fifth of a percent."""
    out = np.ones(3, np.float32)
    for c in range(3):
        use = (plate[:, c] > DARKEST) & (there[:, c] > DARKEST)
        if use.sum() >= FEW_RING:
            out[c] = np.exp(np.median(np.log(plate[use, c] / there[use, c])))
    out[np.abs(out - 1) < 0.002] = 1
    return out
