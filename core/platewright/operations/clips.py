"""A model for clips over a shot: overlapping chunks, each shown the end of the one before, their joins measured.

A chunk is made from one crop around all its mattes, so that what moves in it moves as in the plate. Frames that stand
already (kept from an earlier take, painted by hand, made by the chunk before) are shown as they are, and not asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from platewright.backends.protocol import ModelPicture
from platewright.contract.capabilities import Capabilities
from platewright.contract.findings import Finding, Severity
from platewright.contract.frames import FrameRange
from platewright.contract.windows import Box
from platewright.imaging.crops import Crop, crops_for
from platewright.imaging.curves import decode
from platewright.imaging.tone import to_tone
from platewright.synthesis.carried import Canvas
from platewright.synthesis.doubt import invented, sure
from platewright.synthesis.draft import Float, Mask
from platewright.synthesis.motion import Chain
from platewright.synthesis.ring_fit import SAME, Fit, fit, ring

from .asking import Asking
from .chunk_joins import ChunkJoin, blended_in, measured
from .chunks import Chunk
from .covering import blended
from .keeping import Kept
from .model_light import ModelLight
from .references import Given
from .shot import Shot, ShotFrame
from .within import Within

__all__ = ["ClipMaker", "MadeFrame", "given_for", "over"]

OTHER_SEED = 104729
"""Added to the seed of a chunk that is asked for again because its join stands out."""


@dataclass(frozen=True, eq=False)
class MadeFrame:
    """A frame as the model made it: its numbers `(H, W, 3)` for a crop, and how sure of them, 0 to 1."""

    crop: Crop
    codes: Float
    confidence: float


@dataclass(frozen=True, eq=False)
class _Shown:
    """A chunk as it is sent. codes: `(N, H, W, 3)`; asked: `(N, H, W)`, 1 to be made; matte: likewise, the whole
    matte; known: `(N, H, W) bool`, plate that is there and finite."""

    crop: Crop
    codes: Float
    asked: Float
    matte: Float
    known: Mask


class ClipMaker:
    """Makes the chunks of a shot in order. joins: as measured. errors: on the ring, of each chunk, in its numbers."""

    def __init__(
        self, shot: Shot, asking: Asking, light: ModelLight, limits: Capabilities, boxes: Mapping[int, Box],
        chain: Chain, given: Given, kept: Kept, within: Within, context: int,
    ) -> None:  # fmt: skip
        self._shot, self._asking, self._light, self._limits = shot, asking, light, limits
        self._boxes, self._chain, self._given = boxes, chain, given
        self._kept, self._within, self._context = kept, within, context
        self._before: dict[int, MadeFrame] = {}
        self.joins: list[ChunkJoin] = []
        self.errors: list[float] = []

    def made(self, chunk: Chunk) -> dict[int, MadeFrame]:
        """A chunk's frames, those that it shares with the one before included. Raises as `Asking.made` does."""
        region = Box.around([self._boxes[number] for number in chunk.numbers if number in self._boxes])
        if region.is_empty:
            return {}
        (crop,) = crops_for(
            region, self._limits.sizes, self._shot.display_window, pixel_aspect=self._shot.pixel_aspect,
            context=self._context, most=1,
        )  # fmt: skip
        shown = self._shown(chunk, crop)
        if not shown.asked.any():
            return {}
        codes, error, join = self._asked(chunk, shown, again=False)
        if join is not None and join.excess > 1 and self._asking.is_free and self._asking.left:
            other = self._asked(chunk, shown, again=True)
            if other[2] is not None and other[2].excess < join.excess:
                codes, error, join = other
        if join is not None:
            self.joins.append(join)
        self.errors.append(error)
        confidence = self._confidence(shown, error)
        found = {
            number: MadeFrame(crop, codes[place], confidence) for place, number in enumerate(chunk.numbers)
            if shown.matte[place].any()
        }  # fmt: skip
        self._before = found
        return found

    def findings(self) -> tuple[Finding, ...]:
        """The worst join that stands out."""
        standing = [join for join in self.joins if join.excess > 1]
        if not standing:
            return ()
        worst = max(standing, key=lambda join: join.excess)
        return (
            Finding(
                "chunks_differ",
                Severity.WARNING,
                f"look at {worst.number}: where one send of the model goes over into the next the region changes by "
                f"{worst.step:.1f} steps of 8 bits, elsewhere by {worst.usual:.1f}; "
                f"at {FrameRange.of(join.number for join in standing)}",
                frame=worst.number,
                remedy="Make these frames again with another seed, or paint one of them and give it as an anchor.",
            ),
        )

    # ------------------------------------------------------------------ what is sent
    def _shown(self, chunk: Chunk, crop: Crop) -> _Shown:
        count, size = len(chunk.numbers), (crop.height, crop.width)
        shown = _Shown(
            crop, np.zeros((count, *size, 3), np.float32), np.zeros((count, *size), np.float32),
            np.zeros((count, *size), np.float32), np.zeros((count, *size), bool),
        )  # fmt: skip
        with self._shot.stream(FrameRange.of(chunk.numbers), self._within.read) as frames:
            for place, frame in enumerate(frames):
                self._show(shown, place, frame, shared=place < chunk.shared)
        return shown

    def _show(self, shown: _Shown, place: int, frame: ShotFrame, *, shared: bool) -> None:
        """Put one frame into what is sent, with what stands of it already."""
        crop = shown.crop
        rgb, there = over(frame.seen, frame.box, crop.box)
        matte = over(frame.matte[..., None], frame.matte_box, crop.box)[0][..., 0] > 0
        open_, finite = matte.copy(), np.isfinite(rgb).all(axis=-1)
        rgb = np.nan_to_num(rgb, nan=0.0, posinf=65504.0, neginf=0.0)
        if not self._kept.is_made(frame.number):
            patch = self._kept.patch(frame.number)
            alpha = over(patch.alpha[..., None], patch.box, crop.box)[0][..., 0]
            rgb = blended(rgb, over(patch.rgb, patch.box, crop.box)[0], alpha, 0, 0)
            open_[:] = False
        for canvas in reversed(given_for(self._given, frame.number)):
            lent = matte & (over(canvas.blocked[..., None] == 0, canvas.view.box, crop.box)[0][..., 0] > 0)
            rgb[lent] = canvas.view.rgb(crop.box)[lent]
            open_ &= ~lent
        codes = self._light.codes(rgb)
        shown.codes[place] = crop.shown(codes)
        shown.matte[place] = crop.masked(matte)
        before = self._before.get(frame.number) if shared else None
        if before is not None:
            full = _crop_to(before, crop.box, codes)
            shown.codes[place] = crop.shown(np.where(open_[..., None], full, codes))
        else:
            shown.asked[place] = crop.masked(open_)
        shown.known[place] = (crop.masked(matte | ~there | ~finite)) == 0

    # ------------------------------------------------------------------ what comes back
    def _asked(
        self, chunk: Chunk, shown: _Shown, *, again: bool
    ) -> tuple[Float, float, ChunkJoin | None]:  # fmt: skip
        """The chunk's numbers, fitted to the plate and joined to the one before; its error on the ring; the join."""
        order = list(chunk.order)
        slot = f"frames {chunk.numbers[0]}-{chunk.numbers[-1]}{' again' if again else ''}"
        made = self._asking.made(
            slot,
            shown.codes[order],
            shown.asked[order],
            more=OTHER_SEED if again else 0,
            pictures=self._keys(chunk, shown),
        )[: len(chunk.numbers)]
        line = self._line(shown, made)
        made = line.applied(made)
        if not chunk.shared:
            return made, line.error, None
        on = shown.matte[: chunk.shared] > 0
        off = blended_in(made, shown.codes[: chunk.shared], on)
        step, usual = self._stepped(chunk, shown, made)
        alone = chunk.numbers[min(chunk.shared, len(chunk.numbers) - 1)]
        return made, line.error, ChunkJoin(alone, step, usual, off)

    def _line(self, shown: _Shown, made: Float) -> Fit:
        """One line for the whole chunk: a line for each frame would flicker."""
        width = max(6, min(shown.crop.width, shown.crop.height) // 12)
        on = np.stack([ring(matte > 0, known, width) for matte, known in zip(shown.matte, shown.known, strict=True)])
        return fit(made, shown.codes, on) if on.any() else SAME

    def _keys(self, chunk: Chunk, shown: _Shown) -> list[ModelPicture]:
        """Painted frames as keyframes, where the model takes them."""
        places = [n for n, number in enumerate(chunk.numbers) if given_for(self._given, number)]
        return [ModelPicture(shown.codes[place], at=place, role="anchor") for place in places[: self._limits.keyframes]]

    def _stepped(self, chunk: Chunk, shown: _Shown, made: Float) -> tuple[float, float]:
        crop = shown.crop
        wide, tall = crop.width / crop.box.width, crop.height / crop.box.height
        to_model = np.array([[wide, 0, -crop.box.x0 * wide], [0, tall, -crop.box.y0 * tall], [0, 0, 1.0]])
        motions: list[npt.NDArray[np.float64] | None] = [None]
        for before, number in zip(chunk.numbers, chunk.numbers[1:], strict=False):
            matrix = self._chain.between(number, before)
            motions.append(None if matrix is None else to_model @ matrix @ np.linalg.inv(to_model))
        mixed = np.where(shown.matte[..., None] > 0, made, shown.codes)
        pictures = [decode(self._light.curve, codes) for codes in mixed]
        return measured(pictures, list(shown.matte), motions, chunk.shared)

    def _confidence(self, shown: _Shown, error: float) -> float:
        middle = int(np.argmax(shown.matte.sum(axis=(1, 2))))
        hole = shown.matte[middle] > 0
        tone = to_tone(decode(self._light.curve, shown.codes[middle]))
        return float(sure(np.hypot(error, invented(tone, shown.known[middle] & ~hole, hole))))


def given_for(given: Given, number: int) -> list[Canvas]:
    """What the artist gave for one frame: what was painted for it, a clean plate of its own."""
    return [
        canvas for canvas in given.for_frame(number)
        if canvas.only == number or (canvas.number == number and not canvas.unplaced)
    ]  # fmt: skip


def over(values: npt.NDArray[np.generic], window: Box, box: Box) -> tuple[Float, Mask]:
    """`(h, w, C) float32` values of a window over a box, the border going on beyond it; and where the window is."""
    inside = box & window
    there = np.zeros((box.height, box.width), bool)
    out = np.zeros((box.height, box.width, values.shape[-1]), np.float32)
    if inside.is_empty:
        return out, there
    there[inside.slices_in(box)] = True
    part = np.asarray(values[inside.slices_in(window)], np.float32)
    if values.shape[-1] == 1:
        out[inside.slices_in(box)] = part
        return out, there
    rows, columns = inside.slices_in(box)
    sides = ((rows.start, box.height - rows.stop), (columns.start, box.width - columns.stop), (0, 0))
    return np.pad(part, sides, mode="edge"), there


def _crop_to(made: MadeFrame, box: Box, codes: Float) -> Float:
    """What an earlier crop made, over another box; where it did not reach, the numbers that stand there."""
    out = codes.copy()
    inside = made.crop.box & box
    if not inside.is_empty:
        out[inside.slices_in(box)] = made.crop.back(made.codes)[inside.slices_in(made.crop.box)]
    return out
