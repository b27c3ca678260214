"""What no frame saw: synthesised once, in the frame that shows the least of it, to be carried to the others.

So it does not boil: every frame shows the same invention, moved by the camera's own motion.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from platewright.contract.errors import SynthesisError
from platewright.imaging.tone import from_tone, to_tone

from .carried import Canvas
from .doubt import sure
from .draft import SYNTHESISED, Draft, Mask, Wanted
from .exemplar import synthesise
from .membrane import membrane
from .selection import moved, samples_of, visible
from .views import GUARD, View, grown

__all__ = ["choose_reference", "smooth_over", "synthesised"]

Between = Callable[[int, int], "npt.NDArray[np.float64] | None"]
SAMPLES = 200
SPARE = 32
"""Pixels beyond an extension's border that are synthesised with it."""
HIDDEN_TOO = 0.8
"""Share of a target's open pixels that a later frame must hide as well, to be synthesised there instead."""


def choose_reference(
    number: int, open_pixels: Mask, views: Mapping[int, View], wanted: Mapping[int, Wanted], between: Between,
    taken: set[int], seen: bool = True, few: bool = False,
) -> int:  # fmt: skip
    """Among this frame and the later ones of the window: the one with the most unseen pixels that hides these too.

    seen: False where what other frames show does not count: then all that is wanted is unseen. few: the frame is taken
    instead that lies over the most of what this one and the later ones still lack, so that few pictures reach far; so
    it is where nothing seen counts.
    """
    every = {} if seen and not few else _lacking(number, open_pixels, views if seen else {}, wanted, between)

    def unseen(number: int) -> float:
        if seen and not few:
            return _unseen(number, views, wanted, between)
        return _reach(number, every, wanted, between)

    points = samples_of(open_pixels, wanted[number].box, SAMPLES)
    best, most = number, unseen(number)
    for other in views:
        if other <= number or other in taken or not wanted[other].mask.any():
            continue
        matrix = between(number, other)
        if matrix is None or _within(moved(points, matrix), wanted[other]).mean() < HIDDEN_TOO:
            continue
        count = unseen(other)
        if count > most:
            best, most = other, count
    return best


def synthesised(view: View, wanted: Wanted, draft: Draft, seed: int) -> Canvas:
    """A canvas with what is open in a draft made by exemplar synthesis from its surround.

    Raises SynthesisError `nothing_to_copy` where the matte leaves no pixel of the plate.
    """
    margin = max(64, min(400, max(wanted.box.width, wanted.box.height) // 2))
    # Beyond the plate a little more is made than was asked for, so that the next frames find it there.
    box = wanted.box.grown(SPARE if not view.box.contains(wanted.box) else 0).union(wanted.box.grown(margin) & view.box)
    if view.bars and not view.lends(box).any():
        box = box.union(view.lending_box)  # the artist's own choice of what to copy may lie far off
    rgb, known = view.rgb(box), view.usable(box)
    rgb[wanted.box.slices_in(box)][wanted.mask] = draft.rgb[wanted.mask]
    # The guard around the matte stays the plate's own; as a moat it would keep patches from crossing to what was seen.
    near_box, near = grown(wanted.mask.astype(np.uint8), wanted.box, GUARD)
    inside = near_box & box & view.box
    if not inside.is_empty:
        known[inside.slices_in(box)] |= near[inside.slices_in(near_box)] > 0
    known[wanted.box.slices_in(box)] &= ~draft.open
    known &= np.isfinite(rgb).all(axis=-1)
    lent = known & view.lends(box) if view.bars else None
    if lent is not None:  # what other frames lent has been allowed there
        lent[wanted.box.slices_in(box)] |= known[wanted.box.slices_in(box)] & wanted.mask
    if not (known if lent is None else lent).any():
        raise SynthesisError(
            f"frame {view.number} has no pixel to copy from: the matte covers all of it",
            code="nothing_to_copy",
            frame=view.number,
            hint="Leave some plate outside the matte and what may never be taken from, or give a clean plate.",
        )
    made = synthesise(to_tone(np.where(known[..., None], rgb, 0)), known, seed=seed, sources=lent)
    # A copy has the grain of what it was copied from: what other frames lent is a mean of many, and has little.
    kept = np.ones(known.shape, np.float32)
    kept[wanted.box.slices_in(box)][wanted.mask] -= draft.lacking[wanted.mask]
    rows, columns = np.nonzero(~known)
    across, down = made.offsets[rows, columns].T
    kept[rows, columns] = made.copied[rows, columns] ** 2 * kept[rows + down, columns + across]
    rgb[~known] = from_tone(made.picture)[~known]
    return Canvas.synthesised(view.number, rgb, box, ~known, kept, float(sure(made.error(known))))


def smooth_over(draft: Draft) -> None:
    """The last resort for pixels that nothing reached: a membrane from their rim, told as unsure."""
    left = draft.open
    smooth = membrane(to_tone(draft.rgb), ~left)
    draft.rgb[left] = from_tone(smooth)[left]
    draft.kind[left] = SYNTHESISED
    draft.lacking[left] = 1.0
    draft.confidence[left] = 0.1
    draft.open = np.zeros_like(left)


def _unseen(number: int, views: Mapping[int, View], wanted: Mapping[int, Wanted], between: Between) -> int:
    """About how many wanted pixels of a frame no other frame of the window shows."""
    points = samples_of(wanted[number].mask, wanted[number].box, SAMPLES)
    if not len(points):
        return 0
    seen = _shown(number, points, views, between)
    return int((1 - seen.mean()) * wanted[number].mask.sum())


def _lacking(
    number: int, open_pixels: Mask, views: Mapping[int, View], wanted: Mapping[int, Wanted], between: Between
) -> dict[int, tuple[npt.NDArray[np.float64], float]]:
    """Points of what a frame and the later ones lack, `(n, 2)`, and for how many pixels each stands: what is open here,
    and what does not lie on what is wanted and made here already, nor is shown by any of the views."""
    mine = wanted[number]
    done = Wanted(mine.box, mine.mask & ~open_pixels)
    found = {}
    for other, one in wanted.items():
        points = samples_of(one.mask, one.box, SAMPLES)
        matrix = between(other, number) if other > number else np.eye(3)
        if other < number or matrix is None or not len(points):
            continue
        lacks = ~_within(moved(points, matrix), done) & ~_shown(other, points, views, between)
        found[other] = points[lacks], int(one.mask.sum()) / len(points)
    return found


def _shown(number: int, points: npt.NDArray[np.float64], views: Mapping[int, View], between: Between) -> Mask:
    """Which points of a frame any other of these shows."""
    shown = np.zeros(len(points), bool)
    for other, view in views.items():
        matrix = between(number, other) if other != number else None
        if matrix is not None:
            shown |= visible(moved(points, matrix), view)
    return shown


def _reach(
    number: int, every: Mapping[int, tuple[npt.NDArray[np.float64], float]], wanted: Mapping[int, Wanted],
    between: Between,
) -> float:  # fmt: skip
    """About how many pixels that frames lack lie, along the motion, under a frame's own matte."""
    found = 0.0
    for other, (points, each) in every.items():
        matrix = np.eye(3) if other == number else between(other, number)
        if matrix is not None and len(points):
            found += float(_within(moved(points, matrix), wanted[number]).sum()) * each
    return found


def _within(points: npt.NDArray[np.float64], wanted: Wanted) -> Mask:
    """Which points lie on wanted pixels."""
    columns = np.round(np.clip(points[:, 0], -1e6, 1e6)).astype(np.int64) - wanted.box.x0
    rows = np.round(np.clip(points[:, 1], -1e6, 1e6)).astype(np.int64) - wanted.box.y0
    inside = (columns >= 0) & (rows >= 0) & (columns < wanted.box.width) & (rows < wanted.box.height)
    inside[inside] &= wanted.mask[rows[inside], columns[inside]]
    return np.asarray(inside)
