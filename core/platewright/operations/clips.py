"""A model for clips over a shot: overlapping chunks, each shown the end of the one before, their joins measured.

A chunk is made crop by crop (see clip_plan), each over all its frames, so that what moves in it moves as in the plate.
What stands already (kept from an earlier take, painted by hand, filmed by other frames, made by the chunk or the crop
before) is shown as it is, and not asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from platewright.backends.protocol import ModelPicture
from platewright.contract.capabilities import Capabilities
from platewright.contract.findings import Finding, Severity
from platewright.contract.frames import FrameRange
from platewright.contract.windows import Box
from platewright.imaging.crops import Crop
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
from .clip_pieces import MadeFrame, Piece, levelled, own_of, weights_of
from .clip_plan import Planned
from .covering import blended
from .filming import Filmed
from .keeping import Kept
from .model_light import ModelLight
from .references import Given
from .shot import Shot, ShotFrame

__all__ = ["ClipMaker", "given_for", "over"]

OTHER_SEED = 104729
"""Added to the seed of a chunk that is asked for again because its join stands out."""


@dataclass(frozen=True, eq=False)
class _Shown:
    """A chunk as a crop of it is sent. codes: `(N, H, W, 3)`; asked: `(N, H, W)`, 1 to be made; beyond: likewise,
    outside of all that is wanted and of the plate; matte: likewise, all that is the model's to make here; known:
    `(N, H, W) bool`, what is there and finite; both: likewise, what an earlier crop made and this one makes too.
    weight: as in clip_pieces.Piece. own: `(H, W) bool`, where this crop alone is seen in the end."""

    crop: Crop
    weight: Float
    codes: Float
    asked: Float
    beyond: Float
    matte: Float
    known: Mask
    both: Mask
    own: Mask

    @classmethod
    def nothing(cls, crop: Crop, weight: Float, after: Sequence[Crop], count: int) -> _Shown:
        """To be filled in, for so many frames. after: the crops that will be made over this one."""
        shape = (count, crop.height, crop.width)
        asked, beyond, matte = (np.zeros(shape, np.float32) for _ in range(3))
        known, both = (np.zeros(shape, bool) for _ in range(2))
        own = crop.masked(~own_of(crop, weight, after)) == 0
        return cls(crop, weight, np.zeros((*shape, 3), np.float32), asked, beyond, matte, known, both, own)


class ClipMaker:
    """Makes the chunks of a shot in order. joins: as measured. errors: on the ring, of each send, in its numbers.
    seams: how far each crop was off those that it goes over into, as clip_pieces.levelled has it.

    read: a frame with what is to be made of it as its matte. filmed: by frame, what others filmed of that. grows: the
    plate is extended.
    """

    def __init__(
        self, shot: Shot, asking: Asking, light: ModelLight, limits: Capabilities, chain: Chain, given: Given,
        kept: Kept, *, read: Callable[[Path, int], ShotFrame], filmed: Mapping[int, Filmed], grows: bool,
    ) -> None:  # fmt: skip
        self._shot, self._asking, self._light, self._limits = shot, asking, light, limits
        self._chain, self._given, self._kept = chain, given, kept
        self._read, self._filmed, self._grows = read, filmed, grows
        self._before: dict[int, MadeFrame] = {}
        self.joins: list[ChunkJoin] = []
        self.errors: list[float] = []
        self.seams: list[float] = []

    def made(self, planned: Planned) -> dict[int, MadeFrame]:
        """A chunk's frames, those that it shares with the one before included. Raises as `Asking.made` does."""
        chunk, crops = planned.chunk, planned.crops
        found: dict[int, MadeFrame] = {}
        done: list[Crop] = []
        for place, crop in enumerate(crops):
            shown = _Shown.nothing(crop, weights_of(crop, done), crops[place + 1 :], len(chunk.numbers))
            self._show_all(chunk, shown, found)
            if shown.asked.any():
                self._add(chunk, shown, f", part {place + 1}" if len(crops) > 1 else "", found)
                done.append(crop)
        if found:
            self._before = found
        return found

    def _add(self, chunk: Chunk, shown: _Shown, part: str, found: dict[int, MadeFrame]) -> None:
        """Have a crop of a chunk made, and put it over what is there of its frames."""
        codes, error, join, seam = self._asked(chunk, shown, part)
        if join is not None and join.excess > 1 and self._asking.is_free and self._asking.left:
            other = self._asked(chunk, shown, f"{part} again", more=OTHER_SEED)
            if other[2] is not None and other[2].excess < join.excess:
                codes, error, join, seam = other
        if join is not None:
            self.joins.append(join)
        if seam is not None:
            self.seams.append(seam)
        self.errors.append(error)
        confidence = self._confidence(shown, error)
        for place, number in enumerate(chunk.numbers):
            if shown.matte[place].any():
                before = found.get(number) or (self._before.get(number) if place < chunk.shared else None)
                found[number] = (before or MadeFrame()).and_then(
                    Piece(shown.crop, codes[place], shown.weight), confidence
                )

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
    def _show_all(self, chunk: Chunk, shown: _Shown, found: Mapping[int, MadeFrame]) -> None:
        with self._shot.stream(FrameRange.of(chunk.numbers), self._read) as frames:
            for place, frame in enumerate(frames):
                before = self._before.get(frame.number) if place < chunk.shared else None
                self._show(shown, place, frame, before, found.get(frame.number))

    def _show(
        self, shown: _Shown, place: int, frame: ShotFrame, before: MadeFrame | None, beside: MadeFrame | None
    ) -> None:
        """Put one frame into what is sent, with what stands of it already. before: as the chunk before made it. beside:
        as earlier crops of this one did."""
        crop = shown.crop
        rgb, there = over(frame.seen, frame.box, crop.box)
        matte = over(frame.matte[..., None], frame.matte_box, crop.box)[0][..., 0] > 0
        beyond = ~there & ~matte if self._grows else np.zeros_like(matte)
        there &= np.isfinite(rgb).all(axis=-1)
        rgb = np.nan_to_num(rgb, nan=0.0, posinf=65504.0, neginf=0.0)
        filmed = self._filmed.get(frame.number)
        if filmed is not None:
            filmed.put(rgb, crop.box, filmed.rgb)
            seen = filmed.there(crop.box)
            matte, there = matte & ~seen, there | seen
        open_ = matte.copy()
        if not self._kept.is_made(frame.number):
            patch = self._kept.patch(frame.number)
            alpha = over(patch.alpha[..., None], patch.box, crop.box)[0][..., 0]
            rgb = blended(rgb, over(patch.rgb, patch.box, crop.box)[0], alpha, 0, 0)
            open_[:], beyond[:] = False, False
        for canvas in reversed(given_for(self._given, frame.number)):
            lent = matte & (over(canvas.blocked[..., None] == 0, canvas.view.box, crop.box)[0][..., 0] > 0)
            rgb[lent] = canvas.view.rgb(crop.box)[lent]
            open_ &= ~lent
        codes = self._light.codes(rgb)
        here, band = matte & (shown.weight > 0), open_ & (shown.weight < 1)
        stands, made = (before, open_ | beyond) if before is not None else (beside, band)
        shown.codes[place] = crop.shown(codes)
        if stands is not None:
            # Where the mask's edge runs through a pixel of the model's, that was all the model's before.
            all_its = crop.masked(made)[..., None] > 0
            shown.codes[place] = np.where(all_its, stands.shown(crop, codes), shown.codes[place])
        if before is None:
            shown.asked[place], shown.beyond[place] = crop.masked(open_ & here), crop.masked(beyond)
            shown.both[place] = crop.masked(~(band & here)) == 0
        shown.matte[place] = crop.masked(here)
        # Where this crop counts for nothing an earlier one has made what is wanted.
        shown.known[place] = crop.masked(here | ~(there | matte)) == 0

    # ------------------------------------------------------------------ what comes back
    def _asked(
        self, chunk: Chunk, shown: _Shown, part: str, *, more: int = 0
    ) -> tuple[Float, float, ChunkJoin | None, float | None]:
        """The chunk's numbers, fitted to the plate, joined to the chunk before and brought to the crops before; its
        error on the ring; the join; how far it was off those crops."""
        order = list(chunk.order)
        asked = np.maximum(shown.asked, shown.beyond)
        made = self._asking.made(
            f"frames {chunk.numbers[0]}-{chunk.numbers[-1]}{part}", shown.codes[order], asked[order],
            more=more, pictures=self._keys(chunk, shown),
        )[: len(chunk.numbers)]  # fmt: skip
        line = self._line(shown, made)
        made = line.applied(made)
        off = blended_in(made, shown.codes[: chunk.shared], shown.matte[: chunk.shared] > 0)
        seam = levelled(made, shown.codes, shown.both, chunk.shared) if shown.both.any() else None
        if not chunk.shared:
            return made, line.error, None, seam
        step, usual = self._stepped(chunk, shown, made)
        alone = chunk.numbers[min(chunk.shared, len(chunk.numbers) - 1)]
        return made, line.error, ChunkJoin(alone, step, usual, off), seam

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
        return measured(pictures, list(shown.matte), shown.own, motions, chunk.shared)

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
