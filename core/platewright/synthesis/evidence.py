"""What other frames saw of the hidden pixels: looked up, fused, its seam healed, put in place."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import cv2
import numba
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import Box
from platewright.imaging.loans import lent

from .agreement import Places, apart
from .alignment import Alignment, Surround, align, gains
from .blurs import LIKELY, Blur, measured
from .diffusion import Raster
from .doubt import HALF_SURE, beside
from .draft import FROM_FRAMES, Draft, Float, Mask, Wanted
from .fusion import Fused, fuse
from .kept_grain import CRISPED
from .look_up import gather, gather_at, gather_nearest
from .moving import moves, order_of, played_by, taken_whole
from .seam import heal
from .softening import crisped, softness
from .views import View
from .waves import Leading, Waves

__all__ = [
    "EDGE",
    "Aligned",
    "Candidates",
    "aligning",
    "bring_in",
    "bring_in_rims",
    "judged",
    "laid",
    "place_fused",
    "ring_around",
]

_cv2: Any = cv2
Candidates = list[tuple[View, npt.NDArray[np.float64]]]
"""Frames to look at, each with its predicted motion: target to it, plate coordinates."""
Aligned = list[tuple[View, Alignment]]
"""Frames that could be aligned, each with how the target's surround lies in it."""

BAND = 7
"""Width in pixels of the ring around the hole in which the fill is compared with the plate, for the seam."""
EDGE = BAND + 2
HALF_AS_NEAR = 12.0
"""Frames between a look and the target at which one blurred alike counts for half as much: light, focus and parallax
change with time, and grain that is in the plate beside the matte a frame later keeps the fill from flickering."""
PIECE = 400_000
"""Pixels looked up at a time: an extension of a 4K plate has millions."""
UNUSUAL = 2.0
"""How many times as much as the frames differ among each other the plate must differ from them, to be in a shadow."""
ANYWHERE = 0.5, 0.5
"""How far between pixels looks through waves are made, on the mean: see softening."""
JUST_SEEN = 0.001
"""Difference in tone space, a quarter of an 8-bit step, under which looks are all as good."""


def aligning(held: Surround, chosen: Candidates, hole: Box, pool: ThreadPoolExecutor) -> Callable[[], Aligned]:
    """Begin to align; what is returned waits for the chosen frames that the surround can be found in.

    hole: the box that will be looked up.
    """
    results = pool.map(lambda entry: align(held, entry[0], entry[1], hole), chosen)
    return lambda: [(entry[0], found) for entry, found in zip(chosen, results, strict=True) if found.found]


def bring_in(
    view: View, wanted: Wanted, held: Surround, kept: Aligned, draft: Draft, pool: ThreadPoolExecutor,
    flat: bool = True, waves: Waves | None = None,
) -> None:  # fmt: skip
    """Fill a draft with what the aligned frames show; what none shows stays open. flat: one plane explains how the
    surround moves, so that what differs there may be blur; it is not asked where depth would be taken for it. waves:
    what leads to the frames in place of their alignments."""
    if waves is not None:
        # Between pixels in all of them, and in none more astray.
        led = [(source, found) for source, found in kept if source.number in waves.fields]
        kept = [(source, replace(found, still=False, square=0.0)) for source, found in led]
    if not kept:
        draft.aligned = False
        return
    blurs, alike = _blurs(held, kept, draft, pool) if flat and waves is None else ({}, draft.alike)
    box = wanted.box.grown(EDGE)
    mask = np.pad(wanted.mask, EDGE)
    ring = ring_around(mask, view.usable(box))
    listed = np.flatnonzero(mask | ring)
    rows, columns = np.empty((2, len(listed)), np.int32)
    xs, ys = np.empty((2, len(listed)), np.int32)
    _spread(listed, mask.shape[1], box.x0, box.y0, rows, columns, xs, ys)
    weights = _trust(kept, alike)
    fused = _look_up(view, held, kept, waves, blurs, weights, xs, ys, pool, draft)
    crop, seen = laid(fused, (rows, columns), mask.shape)
    crop = crisped(crop, seen, *(_softness(kept, weights, wanted.box) if waves is None else ANYWHERE))
    if draft.looked_up is None and not any(found.still for _, found in kept):
        draft.looked_up = CRISPED
    plate = view.rgb(box)
    found = beside(crop, plate, ring & seen)
    off, shade = found.astray, found.shade
    # What the frames themselves don't agree on by as much is no shadow: water, or light that plays.
    usual = UNUSUAL * float(fused.spread[ring.reshape(-1).take(listed)].mean()) if ring.any() else 0.0
    draft.shade = math.copysign(max(0.0, abs(shade) - usual), shade)
    heal(crop, plate, ring & seen, mask & seen, draft.choices.seam_healing)
    draft.off = off
    place_fused(wanted, draft, crop, (rows, columns), fused, [source.number for source, _ in kept], off)
    inside = mask.reshape(-1).take(listed)
    if inside.any():
        draft.moving, draft.apart = float(fused.moving[inside].mean()), float(fused.spread[inside].mean())


def bring_in_rims(wanted: Wanted, held: Surround, kept: Aligned, draft: Draft, pool: ThreadPoolExecutor) -> None:
    """Fill what is still open with the pixels right beside the other frames' mattes, each taken whole.

    Between pixels there, a look-up would mix in what the matte covers; the pixels themselves stand in the plate.
    """
    rows, columns = np.nonzero(draft.open)
    xs, ys = (columns + wanted.box.x0).astype(np.int32), (rows + wanted.box.y0).astype(np.int32)
    candidates, valid = np.empty((len(kept), len(xs), 3), np.float32), np.empty((len(kept), len(xs)), np.uint8)
    for k, (source, found) in enumerate(kept):
        gain = gains(held, source, found.matrix, draft.choices.exposure_match)
        gather_nearest(
            source.codes, source.table, source.box.x0, source.box.y0, source.matte, source.hole_box.x0,
            source.hole_box.y0, found.matrix, xs, ys, gain, candidates[k], valid[k],
        )  # fmt: skip
    whole = np.ones(len(kept), np.float32)
    fused = judged(
        fuse(candidates, valid, _trust(kept, draft.alike), whole, draft.choices.near), candidates, valid,
        Places.of(rows, columns), pool,
    )  # fmt: skip
    places = rows + EDGE, columns + EDGE
    crop, _ = laid(fused, places, (wanted.mask.shape[0] + 2 * EDGE, wanted.mask.shape[1] + 2 * EDGE))
    place_fused(wanted, draft, crop, places, fused, [source.number for source, _ in kept], draft.off)


def _look_up(
    view: View, held: Surround, kept: Aligned, waves: Waves | None, blurs: Mapping[int, Blur], weights: Float,
    xs: npt.NDArray[np.int32], ys: npt.NDArray[np.int32], pool: ThreadPoolExecutor, draft: Draft,
) -> Fused:  # fmt: skip
    """What the aligned frames agree on for a list of pixels; a piece at a time, so that memory is bounded.

    waves: see bring_in. blurs: of some frames, what makes their looks as soft or sharp as the target, see _blurs.
    weights: `(k,)`, what each frame's look is worth, see _trust. draft: what moves by itself goes on from what it says
    of the frame before, and it is told what did so here.
    """
    choices = draft.choices
    factors: dict[int, Float] = {}
    grain = np.array([1.0 if found.still else CRISPED.film for _, found in kept], np.float32)
    for k, blur in blurs.items():
        grain[k] *= blur.grain
    offsets = [source.number - view.number for source, _ in kept]
    order = order_of([found.error for _, found in kept], offsets, draft.played)
    size = min(len(xs), PIECE)
    values, usable = lent((len(kept) * size * 3,), np.float32), lent((len(kept) * size,), np.uint8)
    pieces = []
    for start in range(0, len(xs), PIECE):
        part = slice(start, min(len(xs), start + PIECE))
        each = len(kept) * (part.stop - part.start)  # the last piece is smaller, and in one piece all the same
        raster = Raster.of(xs[part], ys[part]) if blurs else None
        lead = None if waves is None else waves.leading(view.number, xs[part], ys[part])
        looks = values[: 3 * each].reshape(len(kept), -1, 3), usable[:each].reshape(len(kept), -1)

        def look(
            k: int, part: slice = part, looks: tuple[Float, npt.NDArray[np.uint8]] = looks,
            raster: Raster | None = raster, lead: Leading | None = lead,
        ) -> None:  # fmt: skip
            source, found = kept[k]
            if k not in factors:
                factors[k] = gains(held, source, found.matrix, choices.exposure_match)
            there = source.codes, source.table, source.box.x0, source.box.y0
            hole = source.blocked, source.hole_box.x0, source.hole_box.y0
            if lead is None:
                gather(*there, *hole, found.matrix, xs[part], ys[part], factors[k], looks[0][k], looks[1][k])
            else:
                gather_at(*there, *hole, *lead(source.number), factors[k], looks[0][k], looks[1][k])
            if k in blurs and raster is not None:
                blurs[k].match(looks[0][k], looks[1][k], raster)

        list(pool.map(look, range(len(kept))))
        fused = fuse(*looks, weights, grain, choices.near)
        places = Places.of(ys[part], xs[part])
        fused = judged(fused, *looks, places, pool)
        if choices.moving_texture:
            fused = taken_whole(fused, *looks, moves(fused, *looks, weights, places, pool), order, grain)
        pieces.append(fused)
    fused = Fused.joined(pieces)
    draft.played = played_by(fused, offsets)
    return fused


def _blurs(
    held: Surround, kept: Aligned, draft: Draft, pool: ThreadPoolExecutor
) -> tuple[dict[int, Blur], dict[int, float]]:
    """What makes looks as soft or sharp as the target, by their place among the aligned frames; none for those that are
    so. And by frame number how alike they are then, near ones before far ones; the draft is told how alike they are as
    they are."""
    told = dict(draft.alike)
    made, blurs = dict(told), {}
    asked = [k for k, (source, found) in enumerate(kept) if told.get(source.number, 1) < LIKELY and not found.still]
    for k, unlike in zip(asked, pool.map(lambda k: measured(held, kept[k][0], kept[k][1].matrix), asked), strict=True):
        if unlike is None:
            continue
        number = kept[k][0].number
        near = 1 / (1 + abs(number - held.view.number) / HALF_AS_NEAR)
        told[number] = made[number] = near * unlike.likeness
        if unlike.seen:
            blurs[k] = Blur.of(unlike.difference, draft.choices.sharpness_match)
            made[number] = near * blurs[k].worth
    draft.alike = told
    return blurs, made


def _softness(kept: Aligned, weights: Float, box: Box) -> tuple[float, float]:
    """How far between pixels a box is looked up in the aligned frames; see softening."""
    if all(found.still for _, found in kept):
        return 0.0, 0.0
    return softness([found.matrix for _, found in kept], weights, box)


def _trust(kept: Aligned, alike: Mapping[int, float]) -> Float:
    """Weight of each source `(k,)`, at most 1, in the mean of what they show: by how far it is likely to be off.

    Beside an edge, a look that is blurred otherwise than the target is off by as much as the blurs differ, and the
    mean square around the hole shows it.
    """
    near = [alike.get(source.number, 1.0) / (found.square + JUST_SEEN**2) for source, found in kept]
    weights = np.array(near, np.float32)
    return np.asarray(weights / weights.max(), np.float32)


def judged(
    fused: Fused, candidates: Float, valid: npt.NDArray[np.uint8], places: Places, pool: ThreadPoolExecutor
) -> Fused:
    """The fused pixels with how far their looks are apart in structure, grain left out; see agreement."""
    return replace(fused, spread=apart(candidates, valid, fused.rgb, places, pool)) if len(places.flat) else fused


def laid(fused: Fused, places: tuple[Any, Any], shape: tuple[int, ...]) -> tuple[Float, Mask]:
    """The fused pixels at their rows and columns in a picture of a shape, `(H, W, 3)`, and `(H, W)` where some look
    showed them."""
    crop, seen = lent((*shape, 3), np.float32), np.empty(shape, bool)
    _lay(*_listed(places), fused.rgb, fused.count, crop, seen)
    return crop, seen


def place_fused(
    wanted: Wanted, draft: Draft, crop: Float, places: tuple[Any, Any], fused: Fused, numbers: list[int], off: float
) -> None:
    """Put the fused pixels into the draft, with where they came from and how sure they are.

    crop: `(H, W, 3)` over the wanted box grown by EDGE; places: rows and columns in it of what was fused. numbers: of
    the sources. share: of the surround that agrees with where the sources were looked up.
    """
    _place(
        *_listed(places), wanted.mask, crop, fused.count, fused.kept, fused.spread, fused.best,
        np.array(numbers, np.int32), off, draft.rgb, draft.kind, draft.lacking, draft.source, draft.confidence,
        draft.open,
    )  # fmt: skip
    lends = np.zeros(len(numbers), bool)
    _lending(fused.best, lends)
    draft.sources = tuple(sorted({numbers[k] for k in np.flatnonzero(lends)} | set(draft.sources)))


def _listed(places: tuple[Any, Any]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Rows and columns as one type, whoever listed them: a kernel is compiled for each."""
    rows, columns = places
    return np.ascontiguousarray(rows, np.int32), np.ascontiguousarray(columns, np.int32)


@numba.njit(cache=True, nogil=True)
def _spread(flat, width, left, top, rows, columns, xs, ys):  # type: ignore[no-untyped-def]
    """Rows and columns of a list of pixels of a picture, and where they lie on the plate."""
    for i in range(len(flat)):
        row = flat[i] // width
        rows[i], columns[i] = row, flat[i] - row * width
        xs[i], ys[i] = left + columns[i], top + rows[i]


@numba.njit(cache=True, nogil=True)
def _lay(rows, columns, rgb, count, crop, seen):  # type: ignore[no-untyped-def]
    """Put a list of pixels in their places, and 0 in all others."""
    crop[:], seen[:] = np.float32(0.0), False
    for i in range(len(rows)):
        r, c = rows[i], columns[i]
        seen[r, c] = count[i] > 0
        for k in range(3):
            crop[r, c, k] = rgb[i, k]


@numba.njit(cache=True, nogil=True)
def _lending(best, lends):  # type: ignore[no-untyped-def]
    for i in range(len(best)):
        if best[i] >= 0:
            lends[best[i]] = True


@numba.njit(cache=True, nogil=True)
def _place(  # type: ignore[no-untyped-def]
    rows, columns, mask, crop, count, kept, spread, best, numbers, off, rgb, kind, lacking, source, confidence, open_
):
    for i in range(len(rows)):
        r, c = rows[i], columns[i]
        y, x = r - EDGE, c - EDGE
        if count[i] == 0 or not (0 <= y < mask.shape[0] and 0 <= x < mask.shape[1]) or not mask[y, x]:
            continue
        for k in range(3):
            rgb[y, x, k] = crop[r, c, k]
        kind[y, x] = FROM_FRAMES
        lacking[y, x] = max(np.float32(0.0), np.float32(1.0) - kept[i])
        source[y, x] = numbers[best[i]]
        error = (off * off + spread[i] * spread[i]) / (HALF_SURE * HALF_SURE)
        confidence[y, x] = 1.0 / (1.0 + error)
        open_[y, x] = False


def ring_around(mask: Mask, usable: Mask) -> Mask:
    """Background within BAND pixels of the wanted ones."""
    wide = _cv2.dilate(mask.astype(np.uint8), np.ones((2 * BAND + 1, 2 * BAND + 1), np.uint8)) > 0
    return np.asarray(wide & usable & ~mask)
