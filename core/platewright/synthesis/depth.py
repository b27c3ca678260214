"""What other frames saw of hidden pixels that lie at many depths: each is looked up where its own nearness puts it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box
from platewright.imaging.tone import to_tone

from .draft import Draft, Mask, Wanted
from .evidence import EDGE, RESAMPLED_GRAIN, place_fused, ring_around
from .fusion import Fused, fuse
from .motion import Chain
from .parallax import Parallax
from .relief import Looks, levels_of, looks_of, nearness_of
from .sampling import gather_deep
from .selection import choose_sources, samples_of
from .seam import heal
from .sweep import FAR_OFF
from .views import View

__all__ = ["bring_in_deep"]

Array = npt.NDArray[np.float64]

JUDGES = 5
"""Looks at a pixel that judge its nearness; the picture itself takes as many as elsewhere."""
FEW_RING = 60


def bring_in_deep(
    view: View, wanted: Wanted, around: Box, parallax: Parallax, chain: Chain, views: dict[int, View], most: int,
    draft: Draft, pool: ThreadPoolExecutor,
) -> bool:  # fmt: skip
    """Fill a draft with what the frames show; what none shows stays open. False where no frame is of use."""
    levels = levels_of(parallax, around)
    middle = np.array([0, 0, float(np.median(levels))])
    candidates = []
    for number in parallax.numbers:
        matrix = parallax.motion(middle, number)
        if matrix is not None and number in views:
            candidates.append((views[number], matrix))
    points = samples_of(wanted.mask, wanted.box)
    judges = [entry[0] for entry in choose_sources(points, candidates, view.number, most, JUDGES)]
    sources = [entry[0] for entry in choose_sources(points, candidates, view.number, most)]
    if not judges:
        return False
    box = wanted.box.grown(EDGE)
    mask = np.pad(wanted.mask, EDGE)
    ring = ring_around(mask, view.usable(box))
    looks = looks_of(parallax, chain, view, judges, box, levels)
    nearness = nearness_of(view, box, mask, ring, looks, levels)
    rows, columns = np.nonzero(mask | ring)
    fused, numbers, share = _look_up(view, box, (rows, columns), ring, nearness, parallax, sources, pool)
    crop = np.zeros((*mask.shape, 3), np.float32)
    crop[rows, columns] = fused.rgb
    seen = np.zeros(mask.shape, bool)
    seen[rows, columns] = fused.count > 0
    heal(crop, view.rgb(box), ring & seen, mask & seen)
    place_fused(wanted, draft, crop, (rows, columns), fused, numbers, share)
    return True


def _look_up(
    view: View, box: Box, places: tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]], ring: Mask, nearness: Array,
    parallax: Parallax, sources: list[View], pool: ThreadPoolExecutor,
) -> tuple[Fused, list[int], float]:  # fmt: skip
    """What the sources agree on, their numbers, and the share of the ring that agrees with the plate."""
    xs, ys = (places[1] + box.x0).astype(np.int32), (places[0] + box.y0).astype(np.int32)
    near, rim = nearness[places], ring[places]
    candidates = np.zeros((len(sources), len(xs), 3), np.float32)
    valid = np.zeros((len(sources), len(xs)), np.uint8)

    def look(k: int) -> None:
        source = sources[k]
        camera = parallax.cameras[parallax.numbers.index(source.number)]
        gather_deep(
            source.codes, source.table, source.box.x0, source.box.y0, source.blocked, source.hole_box.x0,
            source.hole_box.y0, camera, xs, ys, near, np.ones(3, np.float32), candidates[k], valid[k],
        )  # fmt: skip

    list(pool.map(look, range(len(sources))))
    plate = view.rgb(box)[places]
    errors = np.full(len(sources), 0.05)
    for k in range(len(sources)):
        both = rim & (valid[k] > 0)
        if both.sum() >= FEW_RING:
            candidates[k] *= _gain(plate[both], candidates[k, both])
            errors[k] = np.median(np.abs(to_tone(plate[both]) - to_tone(candidates[k, both])).max(axis=1))
    weights = (1 / (errors + 0.004) ** 2).astype(np.float32)
    grain = np.full(len(sources), RESAMPLED_GRAIN, np.float32)
    fused = fuse(candidates, valid, weights / weights.max(), grain)
    both = rim & (fused.count > 0)
    off = np.abs(to_tone(plate[both]) - to_tone(fused.rgb[both])).max(axis=1)
    return fused, [source.number for source in sources], float((off < FAR_OFF).mean()) if both.any() else 0.0


def _gain(plate: npt.NDArray[np.float32], there: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """`(3,)` factors to the plate's exposure and balance, 1 exactly where they are within a fifth of a percent."""
    out = np.ones(3, np.float32)
    for c in range(3):
        use = (plate[:, c] > 0.006) & (there[:, c] > 0.006)
        if use.sum() >= FEW_RING:
            out[c] = np.exp(np.median(np.log(plate[use, c] / there[use, c])))
    out[np.abs(out - 1) < 0.002] = 1
    return out
