"""The shot's light as a model sees it, and back: primaries and curve, settled once for the whole shot.

The curve follows from all frames of the request, whichever of them are made, so that a frame that is made again later
meets its neighbours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from platewright.contract.capabilities import Capabilities, Transfer
from platewright.contract.curves import ModelCurve
from platewright.contract.progress import Reporter, Step
from platewright.contract.windows import EMPTY, Box
from platewright.imaging.curves import PRIMARIES, curve_for, decode, distance, encode
from platewright.synthesis.repair import context_of

from .shot import Shot, ShotFrame

__all__ = ["ModelLight", "Survey", "survey"]

Floats = npt.NDArray[np.float32]


OF_LIGHT = 100.0
"""The peak of the shot's curve, at least, where a model returns light itself: what it finds above the plate's white."""


class ModelLight:
    """Scene-linear light of the plate to a model's numbers, and what it returns to light of the plate.

    All work on a result is done in the numbers of the shot's curve. A model that returns light itself, and was sent
    numbers, is sent other ones than these: it must see the plate as a screen shows it, or it takes the curve's shoulder
    for the scene's own.
    """

    def __init__(self, shot: Shot, sent: Transfer, returned: Transfer, curve: ModelCurve) -> None:
        """Raises ColourError where the configuration doesn't have the linear space of the curve's primaries."""
        self.curve = curve
        self._shown = ModelCurve("srgb") if _gives_light(sent, returned) else None
        self._back = curve if returned == sent else curve_for(returned, curve.peak, curve.reach)
        self._to, self._home = _between(shot, sent, back=False), _between(shot, sent, back=True)
        self._from, self._same = _between(shot, returned, back=True), returned == sent

    def codes(self, linear: npt.NDArray[Any]) -> Floats:
        """`(…, 3)` scene-linear in the plate's space to the curve's numbers."""
        return encode(self.curve, self._to(np.ascontiguousarray(linear, np.float32)))

    def light(self, codes: Floats) -> Floats:
        """The curve's numbers back to scene-linear in the plate's space."""
        return self._home(decode(self.curve, codes))

    def to_send(self, codes: Floats) -> Floats:
        """The curve's numbers as the model is to see them."""
        return codes if self._shown is None else encode(self._shown, decode(self.curve, codes))

    def as_sent(self, returned: Floats) -> Floats:
        """A model's result in the curve's numbers, so that it can be compared with what it was shown."""
        return returned if self._same else self.codes(self._from(decode(self._back, returned)))


@dataclass(frozen=True, eq=False)
class Survey:
    """What a first look at the whole shot tells. boxes: of the matte, by frame, without frames that have none."""

    curve: ModelCurve
    boxes: Mapping[int, Box]


def survey(
    shot: Shot, limits: Capabilities, report: Reporter, look: Callable[[ShotFrame], None] = lambda frame: None
) -> Survey:
    """Read every frame of the shot once. look: called with each. Raises PlateError, MatteError, ColourError."""
    transfer = limits.sent.transfer
    convert = _between(shot, transfer, back=False)
    brightest, farthest, boxes = 0.0, 0.0, {}
    total = len(shot.frames)
    with shot.stream() as frames:
        for done, frame in enumerate(frames):
            report.step(Step("looking", done, total, frame.number))
            look(frame)
            if not frame.matte_box.is_empty:
                boxes[frame.number] = frame.matte_box
            # An extension has no matte: then all of the plate is what the model sees.
            box = frame.matte_box if not frame.matte_box.is_empty else EMPTY if shot.mattes else frame.box
            around = box.grown(2 * context_of(box)) & frame.box if not box.is_empty else box
            if around.is_empty:
                continue
            rgb = convert(np.ascontiguousarray(frame.linear[around.slices_in(frame.box)], np.float32))
            finite = rgb[np.isfinite(rgb).all(axis=-1)]
            if finite.size:
                brightest, farthest = max(brightest, float(finite.max())), max(farthest, distance(finite))
    if _gives_light(transfer, limits.returned.transfer):
        brightest = max(brightest, OF_LIGHT)
    return Survey(curve_for(transfer, brightest, farthest), boxes)


def _gives_light(sent: Transfer, returned: Transfer) -> bool:
    return sent == "srgb" and returned == "linear"


def _between(shot: Shot, transfer: Transfer, *, back: bool) -> Callable[[Floats], Floats]:
    primaries = PRIMARIES[transfer]
    pair = (primaries, shot.linear) if back else (shot.linear, primaries)
    return shot.colour.converter(*pair)
