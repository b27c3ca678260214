"""The built-in generator: what the matte hides is brought in from the frames that saw it, and invented where none did.

Frames are added in order and forgotten as the window passes, so memory does not grow with the shot. For each
target: choose the frames that saw the hidden pixels, align each to the target's surround, fuse what they show,
heal the seam, carry in what an anchor or an earlier synthesis says, and synthesise the rest once, in the frame
that shows the least of it, from where it is carried to the others.

It knows nothing of files, colour management or takes. All pictures are scene-linear, all coordinates the plate's.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from platewright.contract.errors import SynthesisError
from platewright.contract.windows import Box
from platewright.imaging.tone import from_tone, to_tone

from .alignment import Alignment, Surround, align, gains, surround
from .carried import Canvas, carry
from .exemplar import synthesise
from .fusion import Fused, fuse
from .membrane import membrane
from .motion import Chain
from .sampling import gather
from .seam import heal
from .selection import choose_sources, moved, samples_of, visible
from .views import View

__all__ = ["FROM_FRAMES", "FROM_PLATE", "GIVEN", "SYNTHESISED", "Filled", "Repair", "Settings", "Wanted"]

FROM_PLATE, FROM_FRAMES, SYNTHESISED, GIVEN = 0, 1, 2, 3
"""Codes of the source map."""

BAND = 7
"""Width in pixels of the ring around the hole in which the fill is compared with the plate, for the seam."""
RESAMPLED_GRAIN = 0.7
"""Share of the grain's variance that a cubic look-up between pixels leaves of a film-like grain."""
CARRIED_GRAIN = 0.55
MOST_CANVASES = 12
MOST_NEW = 4

Float = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Settings:
    """How the generator works: see contract.request.Regenerate for context and window."""

    context: int = 0
    window: int = 24
    seed: int = 0
    threads: int = 2


@dataclass(frozen=True)
class Wanted:
    """The pixels of a frame to be made: `mask (H, W) bool` over `box`, plate coordinates."""

    box: Box
    mask: Mask


@dataclass(frozen=True)
class Filled:
    """A filled region, over the wanted box.

    rgb: `(H, W, 3) float32` scene-linear, the plate's own pixels outside the mask. kind: `(H, W) uint8`, codes of the
    source map. source: `(H, W) int32` number of the frame with the largest share, 0 where there is none.
    lacking: `(H, W) float32`, share of the plate's grain variance that a pixel lacks. confidence: `(H, W) float32`.
    sources: frame numbers that lent pixels. aligned: False where no alignment held. anchored: given pixels used.
    """

    box: Box
    mask: Mask
    rgb: Float
    kind: npt.NDArray[np.uint8]
    source: npt.NDArray[np.int32]
    lacking: Float
    confidence: Float
    sources: tuple[int, ...]
    aligned: bool


@dataclass
class _Draft:
    """A frame on its way: fused from others, still open where nobody saw."""

    rgb: Float
    kind: npt.NDArray[np.uint8]
    source: npt.NDArray[np.int32]
    lacking: Float
    confidence: Float
    open: Mask
    sources: tuple[int, ...] = ()
    aligned: bool = True


@dataclass
class Repair:
    """The generator over one shot. Add frames in order, fill those in the window, forget what has passed."""

    settings: Settings
    given: list[Canvas] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chain = Chain()
        self.lost: list[int] = []
        self._views: dict[int, View] = {}
        self._wanted: dict[int, Wanted] = {}
        self._drafts: dict[int, _Draft] = {}
        self._canvases: list[Canvas] = []
        self._pool = ThreadPoolExecutor(max(1, self.settings.threads))

    def __enter__(self) -> Repair:
        return self

    def __exit__(self, *exc: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def add(self, view: View, wanted: Wanted) -> None:
        """Take the shot's next frame into the window."""
        if not self.chain.add(view):
            self.lost.append(view.number)
        self._views[view.number] = view
        self._wanted[view.number] = wanted

    def forget(self, number: int) -> None:
        """Drop a frame that no later target will look at."""
        for table in (self._views, self._wanted, self._drafts):
            table.pop(number, None)  # type: ignore[attr-defined]

    def fill(self, number: int) -> Filled:
        """Fill a frame of the window. Raises SynthesisError where there is nothing at all to copy from."""
        wanted = self._wanted[number]
        draft = self._draft(number)
        for _ in range(MOST_NEW):
            self._carry_in(number, draft)
            if not draft.open.any():
                break
            self._synthesise_for(number, draft)
        if draft.open.any():
            self._smooth_over(wanted, draft)
        self._drafts.pop(number, None)
        return Filled(
            wanted.box, wanted.mask, draft.rgb, draft.kind, draft.source, draft.lacking, draft.confidence,
            draft.sources, draft.aligned,
        )  # fmt: skip

    # ------------------------------------------------------------------ seen by other frames
    def _draft(self, number: int) -> _Draft:
        """The frame with everything in place that other frames saw; kept until the frame is filled."""
        if number not in self._drafts:
            self._drafts[number] = self._fuse(number)
        return self._drafts[number]

    def _around(self, wanted: Wanted) -> Box:
        """The box whose pixels hold the alignment: the region with its context."""
        size = max(wanted.box.width, wanted.box.height)
        return wanted.box.grown(self.settings.context or min(320, max(48, size // 3)))

    def _fuse(self, number: int) -> _Draft:
        view, wanted = self._views[number], self._wanted[number]
        shape = wanted.mask.shape
        draft = _Draft(
            rgb=view.rgb(wanted.box),
            kind=np.zeros(shape, np.uint8),
            source=np.zeros(shape, np.int32),
            lacking=np.zeros(shape, np.float32),
            confidence=np.ones(shape, np.float32),
            open=wanted.mask.copy(),
        )
        held = surround(view, self._around(wanted))
        if not wanted.mask.any():
            return draft
        chosen = self._chosen(number, samples_of(wanted.mask, wanted.box))
        if held is None or not chosen:
            draft.aligned = False
            return draft
        results = list(self._pool.map(lambda entry: align(held, entry[0], entry[1], wanted.box), chosen))
        kept = [(entry[0], found) for entry, found in zip(chosen, results, strict=True) if found.found]
        if not kept:
            draft.aligned = False
            return draft
        self._bring_in(view, wanted, held, kept, draft)
        return draft

    def _chosen(self, number: int, points: npt.NDArray[np.float64]) -> list[tuple[View, npt.NDArray[np.float64]]]:
        candidates = []
        for other, view in self._views.items():
            matrix = self.chain.between(number, other) if other != number else None
            if matrix is not None:
                candidates.append((view, matrix))
        return choose_sources(points, candidates, number, self.settings.window)

    def _bring_in(
        self, view: View, wanted: Wanted, held: Surround, kept: list[tuple[View, Alignment]], draft: _Draft
    ) -> None:
        """Look every wanted pixel, and a ring around them, up in the aligned frames; fuse, heal, put in place."""
        box = wanted.box.grown(BAND + 2)
        mask = np.pad(wanted.mask, BAND + 2)
        ring = _ring(mask, view.usable(box))
        rows, columns = np.nonzero(mask | ring)
        xs, ys = (columns + box.x0).astype(np.int32), (rows + box.y0).astype(np.int32)
        candidates = np.empty((len(kept), len(xs), 3), np.float32)
        valid = np.empty((len(kept), len(xs)), np.uint8)

        def look(k: int) -> None:
            source, found = kept[k]
            blocked = source.hole if source.hole.size else np.zeros((1, 1), np.uint8)
            gather(
                source.codes, source.table, source.box.x0, source.box.y0, blocked, source.hole_box.x0,
                source.hole_box.y0, found.matrix, xs, ys, gains(view, source, found.matrix, held),
                candidates[k], valid[k],
            )  # fmt: skip

        list(self._pool.map(look, range(len(kept))))
        weights = np.array([1 / (found.error + 0.004) ** 2 for _, found in kept], np.float32)
        grain = np.array([1.0 if found.still else RESAMPLED_GRAIN for _, found in kept], np.float32)
        fused = fuse(candidates, valid, weights / weights.max(), grain)
        crop = np.zeros((*mask.shape, 3), np.float32)
        crop[rows, columns] = fused.rgb
        count = np.zeros(mask.shape, np.uint8)
        count[rows, columns] = fused.count
        heal(crop, view.rgb(box), ring & (count > 0), mask & (count > 0))
        self._place(wanted, draft, crop, rows, columns, fused, [source.number for source, _ in kept])
        share = float(np.mean([found.share for _, found in kept]))
        draft.confidence[draft.kind == FROM_FRAMES] *= min(1.0, share / 0.7)

    def _place(
        self, wanted: Wanted, draft: _Draft, crop: Float, rows: npt.NDArray[np.int64],
        columns: npt.NDArray[np.int64], fused: Fused, numbers: list[int],
    ) -> None:  # fmt: skip
        edge = BAND + 2
        inside = slice(edge, -edge), slice(edge, -edge)
        shape = crop.shape[:2]
        seen = np.zeros(shape, bool)
        seen[rows, columns] = fused.count > 0
        seen = seen[inside] & wanted.mask

        def spread_out(values: npt.NDArray[np.generic], dtype: type) -> npt.NDArray[np.generic]:
            full = np.zeros(shape, dtype)
            full[rows, columns] = values
            return full[inside]

        draft.rgb[seen] = crop[inside][seen]
        draft.kind[seen] = FROM_FRAMES
        draft.lacking[seen] = 1 - spread_out(fused.kept, np.float32)[seen]
        lent = np.array([0, *numbers], np.int32)
        draft.source[seen] = lent[spread_out(fused.best + 1, np.int16)[seen]]
        trust = np.exp(-spread_out(fused.spread, np.float32)[seen] / 0.08)
        draft.confidence[seen] = trust * np.minimum(1.0, 0.7 + 0.1 * spread_out(fused.count, np.uint8)[seen])
        draft.open &= ~seen
        used = np.unique(fused.best[fused.best >= 0])
        draft.sources = tuple(sorted(numbers[k] for k in used))

    # ------------------------------------------------------------------ given, carried, synthesised
    def _carry_in(self, number: int, draft: _Draft) -> None:
        """Obey what the artist gave, then fill what is open from earlier syntheses."""
        view, wanted = self._views[number], self._wanted[number]
        held: Surround | None = None
        for canvas in [*self.given, *self._canvases]:
            places = wanted.mask & (draft.kind != GIVEN) if canvas.given else draft.open
            if not places.any() or (canvas.given and canvas.only not in (None, number)):
                continue
            if held is None and canvas.number != number:
                held = surround(view, self._around(wanted))
            predicted = np.eye(3) if canvas.unplaced else self._predicted(number, canvas.number)
            if predicted is None:
                continue
            carried = carry(canvas, view, wanted.box, places, held, predicted)
            if carried is None:
                continue
            rgb, found, exact = carried
            draft.rgb[found] = rgb[found]
            draft.kind[found] = GIVEN if canvas.given else SYNTHESISED
            draft.source[found] = 0 if canvas.given else canvas.number
            draft.lacking[found] = 0.0 if canvas.given or exact else 1 - CARRIED_GRAIN
            draft.confidence[found] = 1.0 if canvas.given else canvas.confidence
            draft.open &= ~found

    def _predicted(self, target: int, source: int) -> npt.NDArray[np.float64] | None:
        return np.eye(3) if target == source else self.chain.between(target, source)

    def _synthesise_for(self, number: int, draft: _Draft) -> None:
        """Synthesise once, in the frame of the window that shows the least of what is open here."""
        reference = self._reference_for(number, draft.open)
        base = draft if reference == number else self._draft(reference)
        if reference != number:
            self._carry_in(reference, base)
            if not base.open.any():
                reference, base = number, draft
        canvas = self._synthesised(reference, base)
        self._canvases.append(canvas)
        del self._canvases[:-MOST_CANVASES]

    def _reference_for(self, number: int, open_pixels: Mask) -> int:
        """Among this frame and later ones: the one with the most unseen pixels that also hides what is open here."""
        points = samples_of(open_pixels, self._wanted[number].box, 200)
        taken = {canvas.number for canvas in self._canvases}
        best, most = number, 0
        for other in self._views:
            if other <= number or other in taken:
                continue
            matrix = self.chain.between(number, other)
            wanted = self._wanted[other]
            if matrix is None or not wanted.mask.any():
                continue
            there = moved(points, matrix)
            inside = _within(there, wanted)
            if inside.mean() < 0.8:
                continue
            unseen = self._unseen(other)
            if unseen > most:
                best, most = other, unseen
        return best if most > self._unseen(number) else number

    def _unseen(self, number: int) -> int:
        """About how many wanted pixels of a frame no other frame of the window shows."""
        wanted = self._wanted[number]
        points = samples_of(wanted.mask, wanted.box, 200)
        seen = np.zeros(len(points), bool)
        for other, view in self._views.items():
            matrix = self.chain.between(number, other) if other != number else None
            if matrix is not None:
                seen |= visible(moved(points, matrix), view)
        return int((1 - seen.mean()) * wanted.mask.sum()) if len(points) else 0

    def _synthesised(self, number: int, base: _Draft) -> Canvas:
        view, wanted = self._views[number], self._wanted[number]
        margin = max(64, min(400, max(wanted.box.width, wanted.box.height) // 2))
        box = wanted.box.union(wanted.box.grown(margin) & view.box)
        rgb = view.rgb(box)
        known = view.usable(box)
        inner = wanted.box.slices_in(box)
        rgb[inner][wanted.mask] = base.rgb[wanted.mask]
        known[inner] |= wanted.mask & ~base.open
        known[inner] &= ~base.open
        if not known.any():
            raise SynthesisError(
                f"frame {number} has no pixel to copy from: the matte covers all of it",
                code="nothing_to_copy",
                frame=number,
                hint="Draw a matte that leaves some of the plate, or give a clean plate.",
            )
        known &= np.isfinite(rgb).all(axis=-1)
        made = synthesise(to_tone(np.where(known[..., None], rgb, 0)), known, seed=self.settings.seed)
        fresh = np.zeros(known.shape, bool)
        fresh[inner] = base.open
        rgb[~known] = from_tone(made.picture)[~known]
        sure = float(made.confidence[fresh].mean()) if fresh.any() else 1.0
        return Canvas.of(number, rgb, box, fresh, confidence=0.5 * sure)

    def _smooth_over(self, wanted: Wanted, draft: _Draft) -> None:
        """The last resort for pixels that nothing reached: a membrane from their rim, told as unsure."""
        left = draft.open
        smooth = membrane(to_tone(draft.rgb), ~left)
        draft.rgb[left] = from_tone(smooth)[left]
        draft.kind[left] = SYNTHESISED
        draft.lacking[left] = 1.0
        draft.confidence[left] = 0.1
        draft.open = np.zeros_like(left)


def _ring(mask: Mask, usable: Mask) -> Mask:
    """Background within BAND pixels of the wanted ones."""
    import cv2

    wide = cv2.dilate(mask.astype(np.uint8), np.ones((2 * BAND + 1, 2 * BAND + 1), np.uint8)) > 0
    return np.asarray(wide & usable & ~mask)


def _within(points: npt.NDArray[np.float64], wanted: Wanted) -> Mask:
    columns = np.round(np.clip(points[:, 0], -1e6, 1e6)).astype(np.int64) - wanted.box.x0
    rows = np.round(np.clip(points[:, 1], -1e6, 1e6)).astype(np.int64) - wanted.box.y0
    inside = (columns >= 0) & (rows >= 0) & (columns < wanted.box.width) & (rows < wanted.box.height)
    inside[inside] &= wanted.mask[rows[inside], columns[inside]]
    return np.asarray(inside)
