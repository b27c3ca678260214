"""Making a part of an earlier take's region again: inside a smaller matte, with that take's own pixels all around.

The generator sees every frame as it stands with the earlier take over it, so what is made goes on from what is there.
What it makes is then laid into the earlier patch, whose other pixels stay to the bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from platewright.imaging.mattes import as_stored, cut, support
from platewright.synthesis.draft import FROM_FRAMES, SYNTHESISED

from .covering import blended
from .finishing import Made
from .keeping import KeptPatch
from .shot import Shot, ShotFrame

__all__ = ["Within", "laid_into"]


class Within:
    """The earlier patches of a shot, by frame number: those that stay and those that are made into."""

    def __init__(self, shot: Shot, kept: Mapping[int, Path], under: Mapping[int, Path]) -> None:
        self._shot = shot
        self._files = {**kept, **under} if under else {}
        self._under = under

    def read(self, path: Path, number: int) -> ShotFrame:
        """A frame with the earlier take over it, and its matte within what that take changed. Raises as `Shot.read`."""
        frame = self._shot.read(path, number)
        file = self._files.get(number)
        if file is None:
            return frame
        patch = KeptPatch.read(file, number)
        box = patch.box & frame.box
        comp = np.array(frame.linear, np.float32)
        if not box.is_empty:
            here = box.slices_in(frame.box)
            rgb, alpha = patch.rgb[box.slices_in(patch.box)], patch.alpha[box.slices_in(patch.box)]
            comp[here] = blended(np.ascontiguousarray(comp[here]), rgb, np.ascontiguousarray(alpha), 0, 0)
        changed = cut((patch.alpha > 0).astype(np.float32), patch.box, frame.matte_box) > 0
        matte = np.where(changed, frame.matte, np.float32(0))
        trimmed = support(matte, (frame.matte_box.x0, frame.matte_box.y0))
        seen: Any = comp.astype(frame.linear.dtype)
        return replace(frame, comp=seen, matte=cut(matte, frame.matte_box, trimmed), matte_box=trimmed)

    def finished(self, made: Made) -> Made:
        """A frame with what was made laid into the earlier patch, where there is one."""
        file = self._under.get(made.frame.number)
        if file is None:
            return made
        return laid_into(made, KeptPatch.read(file, made.frame.number), self._shot.half)


def laid_into(made: Made, under: KeptPatch, half: bool) -> Made:
    """What was made, by its matte, over an earlier patch: `comp = (1 - m) * earlier comp + m * made`.

    Where the matte is 0 the earlier patch's pixels and matte stay to the bit. What nobody had seen when it was made is
    not seen now: what other frames show there are the earlier take's inventions, and it is said so.
    """
    shape = under.alpha.shape
    m = np.zeros(shape, np.float32)
    rgb, kind, source = np.zeros((*shape, 3), np.float32), np.zeros(shape, np.uint8), np.zeros(shape, np.int32)
    lacking, confidence = np.zeros(shape, np.float32), np.ones(shape, np.float32)
    box = made.box & under.box
    here, there = box.slices_in(under.box), box.slices_in(made.box)
    for whole, part in (
        (m, made.alpha), (rgb, made.rgb), (kind, made.kind), (source, made.source), (lacking, made.lacking),
        (confidence, made.confidence),
    ):  # fmt: skip
        whole[here] = part[there]
    new = m > 0
    alpha = np.where(new, as_stored(1 - (1 - m) * (1 - under.alpha), half), under.alpha).astype(np.float32)
    share = np.where(new, m / np.maximum(alpha, np.float32(1e-12)), np.float32(0))[..., None]
    mixed = np.where(share >= 1, rgb, under.rgb + (rgb - under.rgb) * share)
    before = under.kind.astype(np.uint8)
    unseen = (before == SYNTHESISED) & (kind == FROM_FRAMES)
    offset = under.offset.astype(np.int32)
    held = support(alpha, (under.box.x0, under.box.y0))
    inside = held.slices_in(under.box)
    sources = np.where(new, source, np.where(offset != 0, made.frame.number + offset, 0))
    return replace(
        made,
        box=held,
        rgb=np.where(new[..., None], mixed, under.rgb).astype(np.float32)[inside],
        alpha=alpha[inside],
        kind=np.where(new, np.where(unseen, SYNTHESISED, kind), before).astype(np.uint8)[inside],
        source=sources.astype(np.int32)[inside],
        lacking=np.where(new, lacking, np.float32(0))[inside],
        confidence=np.where(new, confidence, under.confidence).astype(np.float32)[inside],
        sources=tuple(sorted({*made.sources, *(int(n) for n in np.unique(sources[inside]) if n)})),
    )
