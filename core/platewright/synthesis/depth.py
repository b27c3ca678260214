"""What other frames saw of hidden pixels that lie at many depths: each is looked up where its own nearness puts it."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.windows import EMPTY, Box
from platewright.imaging.tone import from_tone, to_tone

from .alignment import Surround, align_deep, surround_at
from .deep_look import DARKEST, FEW_RING, looked_up
from .disagreement import FAR_OFF
from .doubt import beside
from .draft import Draft, Float, Mask, Wanted
from .evened import evened
from .evidence import EDGE, Aligned, laid, place_fused, ring_around
from .kept_grain import CUBIC
from .levels import levels_beyond, levels_of
from .looks import Looks, Pixels, looks_of
from .motion import Chain
from .outlines import Outlines
from .parallax import Parallax, Side
from .passing import let_through
from .planes import Planes
from .relief import SMOOTH, Raster, nearness_of, raster_of
from .seam import heal
from .selection import WORTH, moved, samples_of, visible
from .slices import at_once
from .surfaces import Surfaces
from .views import View
from .witness import Witness, rounded, testimony, votes_of

__all__ = ["bring_in_deep", "plane_shows_all"]

_cv2: Any = cv2
Array = npt.NDArray[np.float64]
Found = TypeVar("Found")

LOOKS, JUDGES, MOST_JUDGES = 10, 8, 14
"""Looks at a pixel that are wanted for the picture, and to judge its nearness."""
SURROUND_CELLS = 5000
"""Pixels around the hole whose nearness is swept, to align the frames on them."""
WITNESSES, TELLING = 5, 2
"""Frames that tell the relief of what they saw, of which each costs as much as the sweep of the hole itself, and how
many of them should have seen a pixel, be it near or far."""
APART = 3
"""Frames between two looks after which they count as independent."""
LONGER = 4
"""Times at most that the levels are tried, each time a little beyond the ones before."""
OFF_LEVELS, BETTER, LEAST_OFF = 3, 0.3, 0.05
"""There is depth where one pixel in twenty around the hole lies at least so many levels off the plane, and the
frames agree so much better about it there. Leaves, water and lost corners stay below, a lamp post does not."""


def plane_shows_all(held: Surround, kept: Aligned) -> bool:
    """Whether the frames, aligned on one plane, agree with nearly every pixel around the hole.

    Then no depth can make them agree BETTER, and nobody needs to look for it. A few frames are asked, spread over
    those that were aligned: hardly more than one round of an alignment.
    """
    if not kept:
        return False
    step = max(1, -(-len(kept) // JUDGES))
    some = slice(None, None, max(1, len(held.xs) // SURROUND_CELLS))
    points, tones = np.column_stack([held.xs[some], held.ys[some]]), held.tone[some]
    total, count = np.zeros(len(points)), np.zeros(len(points))
    for source, found in kept[::step]:
        there = moved(points, found.matrix)
        seen = visible(there, source)
        at = (there[seen] - (source.box.x0, source.box.y0)).astype(np.float32)
        tone = _cv2.remap(source.luma(EMPTY), at[:, None], None, _cv2.INTER_LINEAR)[:, 0]
        off = np.abs(_relit(tone, tones[seen]) - tones[seen])
        total[seen] += np.minimum(off, FAR_OFF) / FAR_OFF
        count[seen] += 1
    return float((total > BETTER * (count + 1)).mean()) < LEAST_OFF


def bring_in_deep(
    view: View, wanted: Wanted, around: Box, parallax: Parallax, chain: Chain, views: dict[int, View], most: int,
    draft: Draft, side: Side, pool: ThreadPoolExecutor,
) -> bool:  # fmt: skip
    """Fill a draft with what the frames show; what none shows stays open. False where no frame is of use."""
    chosen = _chosen(view, wanted, around, parallax, views, most)
    if not chosen:
        return False
    sources, judges, telling = chosen
    levels = levels_of(parallax, around, [judge.number for judge in judges])
    box = wanted.box.grown(EDGE)
    mask = np.pad(wanted.mask, EDGE)
    ring = ring_around(mask, view.usable(box))
    outer = around & view.box.grown(-2)
    swept = _swept(view, outer, partial(looks_of, parallax, chain, view, judges, outer), levels)
    if swept is None:
        return False
    raster, around_hole, levels = swept
    held, parallax, planes = _held_on(view, raster, levels, parallax, around_hole, sources, pool)
    if _flat(view, raster, held, around_hole.by(parallax), levels):
        return False
    nearer = side.of(parallax, raster.nearer)

    def told(levels: Array) -> tuple[tuple[Looks, Array, Mask], Array]:
        witnesses, looks = at_once(
            lambda: _heard(parallax, chain, box, sources, telling, levels, nearer),  # first: who asks can be helped
            lambda: looks_of(parallax, chain, view, judges, box, levels),
        )
        votes = partial(votes_of, witnesses, box, levels) if witnesses else None
        nearness, heard = nearness_of(view, box, mask, ring, looks, levels, nearer, votes)
        return (looks, nearness, heard), nearness[mask & heard]

    (looks, nearness, heard), levels = _far_enough(told, levels)
    spacing = float(np.diff(levels).min())
    # Beyond the frame no rim on the far side holds the relief: there it takes witnesses.
    within = view.within(box)
    nearness, heard = rounded(nearness, heard & mask, mask & ~within)
    there = (mask & (heard | within)) | ring
    pixels, rough = Pixels(view, box, ring, looks), there
    if planes.some:
        nearness, flat = planes.laid(nearness, there, mask & ~heard, pixels)
        nearness = let_through(nearness, mask & there, planes, nearer, pixels)
        rough = there & ~flat
    nearness = evened(nearness, rough, SMOOTH * spacing, spacing, pixels)
    rows, columns = np.nonzero(there)
    surfaces = Surfaces.of(raster, held, box, there, nearness, nearer, spacing)
    outlines = Outlines.of(nearness, there, nearer, surfaces.apart)
    fused, numbers = looked_up(
        view, box, (rows, columns), ring, nearness, parallax, sources, pool, draft.choices, surfaces, outlines
    )  # fmt: skip
    crop, seen = laid(fused, (rows, columns), mask.shape)
    # On the ring the target's own pixels hold the relief; in the hole it is guessed, as it was around without them.
    off = math.hypot(beside(crop, view.rgb(box), ring & seen).astray, raster.astray)
    heal(crop, view.rgb(box), ring & seen, mask & seen, draft.choices.seam_healing)
    place_fused(wanted, draft, crop, (rows, columns), fused, numbers, off)
    draft.looked_up, inside = CUBIC, mask[rows, columns]
    draft.apart = float(fused.spread[inside].mean()) if inside.any() else 0.0
    return True


def _heard(
    parallax: Parallax, chain: Chain, hole: Box, sources: list[View], telling: list[View], levels: Array, nearer: int
) -> list[Witness]:
    """What a few frames tell of the hole out of their own pictures."""

    def asked(view: View) -> Witness | None:
        others = [source for source in sources if source is not view]
        return testimony(view, parallax, chain, others, hole, levels, nearer)

    found = at_once(*(partial(asked, view) for view in telling))
    return [witness for witness in found if witness is not None]


def _relit(tone: Float, like: Float) -> Float:
    """Tones `(n,)` under the exposure of those they should look like: an offset would do for bright ones only."""
    here, there = from_tone(tone), from_tone(like)
    both = (here > DARKEST) & (there > DARKEST)
    return to_tone(here * np.median(there[both] / here[both])) if both.sum() >= FEW_RING else tone


def _swept(view: View, box: Box, looks: Callable[[Array], Looks], levels: Array) -> tuple[Raster, Looks, Array] | None:
    """The nearness of the pixels around the hole, on a raster, the looks and the levels that it took; None where there
    are too few pixels."""
    usable = view.usable(box)

    def told(levels: Array) -> tuple[tuple[Raster, Looks], Array]:
        parts = looks(levels)
        raster = raster_of(view, box, np.zeros_like(usable), usable, parts, levels, SURROUND_CELLS)
        return (raster, parts), raster.nearness[raster.known]

    (raster, parts), levels = _far_enough(told, levels)
    return (raster, parts, levels) if raster.known.sum() >= FEW_RING else None


def _far_enough(told: Callable[[Array], tuple[Found, Array]], levels: Array) -> tuple[Found, Array]:
    """What is told with levels that reach as far as the pixels lie, and those levels.

    told: from levels to that, and to the nearness `(n,)` of the pixels.
    """
    turns = 0
    while True:
        found, nearness = told(levels)
        more = levels_beyond(levels, nearness)
        turns += 1
        if more is levels or turns == LONGER:
            return found, levels
        levels = more


def _held_on(
    view: View, raster: Raster, levels: Array, parallax: Parallax, looks: Looks, sources: list[View],
    pool: ThreadPoolExecutor,
) -> tuple[Surround, Parallax, Planes]:  # fmt: skip
    """The raster's pixels, each with its nearness; the frames' cameras refined on them; and which of them are planes.

    Nearness told a little wrong and cameras that go by it agree with each other. A plane is wrong in no such way.
    """
    rows, columns = raster.places
    box, own = raster.box, raster.nearness[raster.known]
    xs, ys = columns + box.x0, rows + box.y0
    planes = Planes.of(xs, ys, own, levels)
    if planes.some:
        on_planes = surround_at(view, box, xs, ys, planes.at(xs, ys, own))
        refined = _aligned(parallax, on_planes, sources, pool)

        def cost(parallax: Parallax, nearness: Array) -> Float:
            pixels = Pixels(view, box, view.usable(box), looks.by(parallax))
            return pixels.judged(rows, columns, nearness[:, None])[:, 0]

        tried, planes = planes, planes.held(own, cost(parallax, own), cost(refined, on_planes.lift))
        if np.array_equal(tried.surfaces, planes.surfaces, equal_nan=True):
            return on_planes, refined, planes
    held = surround_at(view, box, xs, ys, planes.at(xs, ys, own))
    return held, _aligned(parallax, held, sources, pool), planes


def _flat(view: View, raster: Raster, held: Surround, looks: Looks, levels: Array) -> bool:
    """Whether all but a few pixels around the hole look as well on the plane as at their own nearness."""
    both = np.column_stack([held.lift, np.zeros(len(held.lift))])
    rows, columns = raster.places
    cost = Pixels(view, raster.box, view.usable(raster.box), looks).judged(rows, columns, both)
    off = np.abs(held.lift) > OFF_LEVELS * float(np.diff(levels).min())
    return float((off & (cost[:, 1] - cost[:, 0] > BETTER)).mean()) < LEAST_OFF


def _aligned(parallax: Parallax, held: Surround, sources: list[View], pool: ThreadPoolExecutor) -> Parallax:
    """The frames' cameras refined on all pixels around the hole, where the points alone told them."""
    cameras = parallax.cameras.copy()
    rows = [parallax.numbers.index(source.number) for source in sources]
    found = list(pool.map(lambda entry: align_deep(held, entry[0], cameras[entry[1]]), zip(sources, rows, strict=True)))
    for row, (camera, _, _, good) in zip(rows, found, strict=True):
        if good:
            cameras[row] = camera
    return replace(parallax, cameras=cameras)


def _chosen(
    view: View, wanted: Wanted, around: Box, parallax: Parallax, views: dict[int, View], most: int
) -> tuple[list[View], list[View], list[View]] | None:
    """The frames to look at, those of them that judge nearness, and those that tell; None where none shows anything.

    A frame counts for near and far alike: what it would show of the hole, were all of it near, or all of it far.
    """
    x, y = parallax.points.T
    inside = (x >= around.x0) & (x < around.x1) & (y >= around.y0) & (y < around.y1)
    if not inside.any():
        return None
    samples = samples_of(wanted.mask, wanted.box)
    near = np.repeat(np.percentile(parallax.nearness[inside], [5, 50, 95]), len(samples))
    places = np.column_stack([np.tile(samples, (3, 1)), np.ones(len(near)), near])
    numbers = [number for number in parallax.numbers if number in views]
    shown = []
    for number in numbers:
        there = places @ parallax.cameras[parallax.numbers.index(number)].T
        shown.append(visible(there[:, :2] / there[:, 2:3], views[number]))
    sight = np.array(shown)
    sources = _spread_out(sight, numbers, most, LOOKS)
    if not sources:
        return None
    judges = _spread_out(sight[sources], [numbers[k] for k in sources], MOST_JUDGES, JUDGES)
    telling = _spread_out(sight[sources], [numbers[k] for k in sources], WITNESSES, TELLING)

    def frames(some: list[int]) -> list[View]:
        return [views[number] for number in sorted(numbers[sources[k]] for k in some)]

    return frames(list(range(len(sources)))), frames(judges), frames(telling)


def _spread_out(shown: npt.NDArray[np.bool_], numbers: list[int], most: int, enough: int) -> list[int]:
    """Indices of few frames that show much, far from each other in time.

    What passes in front of a pixel in one frame does so in the next: frames far apart are independent witnesses. What
    few frames show counts for more, lest those be passed over for many that show what everybody does.
    """
    looks = np.zeros(shown.shape[1], np.int64)
    rare = 1 / np.maximum(shown.sum(axis=0), 1)
    chosen: list[int] = []
    left = set(range(len(numbers)))
    while left and len(chosen) < most:
        needed = looks < enough
        gap = {k: min([abs(numbers[k] - numbers[j]) for j in chosen], default=APART) for k in left}
        best = max(left, key=lambda k: (float(rare[shown[k] & needed].sum()) * min(1.0, gap[k] / APART), -k))
        if (shown[best] & needed).sum() <= WORTH * shown.shape[1]:
            break
        left.remove(best)
        chosen.append(best)
        looks += shown[best]
    return chosen
