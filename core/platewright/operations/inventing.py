"""A model for stills as the inventor of a shot: few frames are made, and carried to the others.

The generator asks it for what is open in one frame, with everything around it that is there already; what it makes
stays for the whole shot. So a model that knows no time gives a shot that stands still where the ground does. What is
too small to be worth a send is left to the built-in synthesis.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from platewright.contract.capabilities import Capabilities
from platewright.contract.findings import Finding, Severity
from platewright.contract.frames import FrameRange
from platewright.contract.windows import Box
from platewright.imaging.crops import MOST_TILES, OVERLAP, Crop, crops_for
from platewright.imaging.mattes import support
from platewright.imaging.tone import to_tone
from platewright.synthesis.carried import Canvas
from platewright.synthesis.doubt import invented, sure
from platewright.synthesis.draft import Draft, Float, Mask, Wanted
from platewright.synthesis.ring_fit import FARTHEST, fit, ring
from platewright.synthesis.seam import heal
from platewright.synthesis.views import View

from .asking import Asking
from .model_light import ModelLight

__all__ = ["ModelInventor"]

_cv2: Any = cv2

FEWEST = 64
SMALLEST = 0.02
"""Share of a region that must be open for a further send: less is a rim, which the built-in synthesis goes on with."""
BAND = 8
"""Parts of a crop's side over which it runs into the crop before it."""
RIM = 7
"""Pixels around what was made in which it is brought to the shade of the plate."""


@dataclass
class _Canvas:
    """A picture on its way. rgb: `(h, w, 3)` over `box`. known: there and finite. todo: to be made still; made: by the
    model. beside: what the model showed in the plate's place on the `rim` around that."""

    box: Box
    rgb: Float
    known: Mask
    todo: Mask
    made: Mask = field(init=False)
    rim: Mask = field(init=False)
    beside: Float = field(init=False)

    def __post_init__(self) -> None:
        self.made, self.rim = np.zeros_like(self.todo), np.zeros_like(self.todo)
        self.beside = np.zeros_like(self.rgb)

    def heal(self, strength: float) -> None:
        """Bring what was made to the shade of the plate around it, all of it at once."""
        fill = np.where(self.made[..., None], self.rgb, self.beside)
        heal(fill, self.rgb, self.rim & ~self.made, self.made, strength)
        self.rgb[self.made] = fill[self.made]


class ModelInventor:
    """See the module. errors: by frame that the model made, how far it was off on the ring, in its own numbers."""

    def __init__(
        self, asking: Asking, light: ModelLight, limits: Capabilities, *, pixel_aspect: float, context: int,
        healing: float,
    ) -> None:  # fmt: skip
        self._asking = asking
        self._light = light
        self._sizes = limits.sizes
        self._aspect = pixel_aspect
        self._context = context
        self._healing = healing
        self.errors: dict[int, float] = {}
        self.unasked: list[int] = []

    def __call__(self, view: View, wanted: Wanted, draft: Draft) -> Canvas | None:
        """A canvas with what is open in a draft, by the model; None where it is left to the built-in synthesis."""
        count = int(draft.open.sum())
        if count < FEWEST or (self.errors and count < SMALLEST * int(wanted.mask.sum())):
            return None
        if self._asking.left <= 0:
            self.unasked.append(view.number)
            return None
        region = support(draft.open, (wanted.box.x0, wanted.box.y0))
        crops = crops_for(
            region, self._sizes, view.box, pixel_aspect=self._aspect, context=self._context,
            most=min(MOST_TILES, self._asking.left),
        )  # fmt: skip
        canvas = _begun(view, wanted, draft, crops)
        todo, errors = canvas.todo.copy(), []
        for place, crop in enumerate(crops):
            last = place == len(crops) - 1
            error = self._filled(
                canvas, crop, f"picture {len(self.errors) + 1}, frame {view.number}, part", place, last
            )
            errors.append(error)
        canvas.heal(self._healing)
        self.errors[view.number] = max(errors)
        expected = float(np.hypot(self.errors[view.number], invented(to_tone(canvas.rgb), canvas.known & ~todo, todo)))
        lends = (canvas.made | canvas.known).astype(np.uint8)
        held = View(view.number, canvas.rgb, canvas.box, np.zeros((0, 0), np.uint8), Box(0, 0, 0, 0))
        return Canvas(
            view.number, held, 1 - lends, todo, np.where(todo, np.float32(0), np.float32(1)), float(sure(expected)),
            lasting=True,
        )  # fmt: skip

    def findings(self) -> tuple[Finding, ...]:
        """What is worth knowing about how the model was used."""
        if not self.unasked:
            return ()
        return (
            Finding(
                "model_not_asked",
                Severity.NOTE,
                f"at {FrameRange.of(sorted(set(self.unasked)))} more was to be made than the quote counted sends for; "
                "the built-in generator made it",
                frame=min(self.unasked),
                remedy="Look at these frames; to have the model make them too, hand the frames in as a request of "
                "their own.",
            ),
        )

    def _filled(self, canvas: _Canvas, crop: Crop, slot: str, place: int, last: bool) -> float:
        """Have the model fill a crop's share of a canvas; how far it was off on the ring."""
        here = crop.box.slices_in(canvas.box)
        share, weight = _share(canvas, crop, last)
        if not share.any():
            return 0.0
        plate, known = canvas.rgb[here], canvas.known[here]
        codes = self._light.codes(plate)
        shown, asked = crop.shown(codes), crop.masked(share)
        made = self._asking.made(f"{slot} {place + 1}", shown[None], asked[None], more=place)[0]
        sure_of = crop.masked(~known) == 0
        on = ring(asked > 0, sure_of, max(6, min(crop.width, crop.height) // 12))
        line = fit(made, shown, on)
        level = _level(line.applied(made), shown, crop.masked(weight * (share & canvas.made[here]) > 0) > 0)
        light = self._light.light(crop.back(level))
        rim = ring(share, known & ~canvas.made[here] & ~share, RIM)
        canvas.beside[here][rim], canvas.rim[here][rim] = light[rim], True
        mixed = plate + (light - plate) * weight[..., None]
        canvas.rgb[here][share] = np.where(weight[..., None] >= 1, light, mixed)[share]
        canvas.known[here][share] = canvas.made[here][share] = True
        canvas.todo[here][share] = False
        return line.error


def _level(made: Float, before: Float, on: Mask) -> Float:
    """Numbers `(H, W, 3)` brought to the level of what an earlier crop made, where both are there."""
    if on.sum() < FEWEST:
        return made
    off = np.median(before[on] - made[on], axis=0)
    return np.asarray(np.clip(made + np.clip(off, -FARTHEST, FARTHEST), 0, 1), np.float32)


def _begun(view: View, wanted: Wanted, draft: Draft, crops: tuple[Crop, ...]) -> _Canvas:
    """The frame with what is in place already, over all that the crops and an alignment will look at."""
    margin = max(64, min(400, max(wanted.box.width, wanted.box.height) // 2))
    box = Box.around([wanted.box, wanted.box.grown(margin) & view.box, *(crop.box for crop in crops)])
    rgb, known = view.rgb(box), view.within(box)
    inside = view.box & box
    if not inside.is_empty and inside != box:  # beyond the plate a model sees its border go on
        rows, columns = inside.slices_in(box)
        sides = (rows.start, rgb.shape[0] - rows.stop, columns.start, rgb.shape[1] - columns.stop)
        rgb = np.asarray(_cv2.copyMakeBorder(rgb[rows, columns], *sides, _cv2.BORDER_REPLICATE), np.float32)
    here = wanted.box.slices_in(box)
    there = wanted.mask & ~draft.open
    rgb[here][there] = draft.rgb[there]
    todo = np.zeros(known.shape, bool)
    todo[here] = draft.open
    known[here] |= there
    known &= ~todo & np.isfinite(rgb).all(axis=-1)
    return _Canvas(box, np.nan_to_num(rgb, nan=0.0, posinf=65504.0, neginf=0.0), known, todo)


def _share(canvas: _Canvas, crop: Crop, last: bool) -> tuple[Mask, Float]:
    """What a crop makes, `(h, w)`, and with which weight: what is to do in it, and a band over what others made.

    The outer part of an overlap is left to the next crop, which sees more around it.
    """
    todo, made = canvas.todo[crop.box.slices_in(canvas.box)], canvas.made[crop.box.slices_in(canvas.box)]
    share = todo.copy()
    if not last:
        beyond = np.array(canvas.todo)
        beyond[crop.box.slices_in(canvas.box)] = False
        by_x, by_y = int(crop.box.width * OVERLAP / 2), int(crop.box.height * OVERLAP / 2)
        top, left = crop.box.y0 - canvas.box.y0, crop.box.x0 - canvas.box.x0
        if beyond[:, left + crop.box.width :].any():
            share[:, crop.box.width - by_x :] = False
        if beyond[top + crop.box.height :].any():
            share[crop.box.height - by_y :] = False
    weight = share.astype(np.float32)
    if share.any() and made.any():
        band = max(4, min(crop.box.width, crop.box.height) // BAND)
        away = _cv2.distanceTransform((~share).astype(np.uint8), _cv2.DIST_L2, 3)
        over = made & (away < band)
        weight[over] = 1 - away[over] / band
        share = share | over
    return share, weight
