"""An extension for a model for clips: what each frame lacks of the larger window, and what other frames filmed of it.

What the camera's move filmed is real, and goes before what a model invents, as it does with a model for stills. Frames
are looked through in order, only as far as the next chunk needs, so memory does not grow with the shot.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

from platewright.contract.findings import Finding
from platewright.contract.windows import Box
from platewright.imaging.mattes import support
from platewright.synthesis.draft import Draft, Float, Mask, Wanted
from platewright.synthesis.repair import Repair, Settings
from platewright.synthesis.unseen import smooth_over

from .extend import beyond, lacking
from .fill_findings import fill_findings
from .keeping import Kept
from .marks import Marks
from .shot import Shot, ShotFrame
from .window import slide

__all__ = ["Filmed", "Filming", "Growth"]

FEWEST = 64
"""Open pixels of a frame that are worth asking a model for."""


@dataclass(frozen=True)
class Growth:
    """Reads a shot's frames so that the matte is all of a window that they don't cover. target: that window."""

    shot: Shot
    target: Box

    def read(self, path: Path, number: int) -> ShotFrame:
        """As `Shot.read`."""
        frame = self.shot.read(path, number)
        matte = lacking(self.target, frame.box).astype(np.float32)
        box = support(matte, (self.target.x0, self.target.y0))
        return replace(
            frame, matte=matte[box.slices_in(self.target)] if not box.is_empty else frame.matte, matte_box=box
        )


@dataclass(frozen=True, eq=False)
class Filmed:
    """What other frames showed of one. mask: `(H, W) bool` over `box`. rgb `(N, 3)`, kind, source, lacking,
    confidence `(N)`: of its pixels, as in synthesis.draft."""

    box: Box
    mask: Mask
    rgb: Float
    kind: npt.NDArray[np.uint8]
    source: npt.NDArray[np.int32]
    lacking: Float
    confidence: Float

    @classmethod
    def of(cls, draft: Draft, wanted: Wanted) -> Filmed:
        """What is in place in a draft, and finite."""
        mask = np.asarray(wanted.mask & ~draft.open & np.isfinite(draft.rgb).all(axis=-1))
        return cls(
            wanted.box, mask, draft.rgb[mask], draft.kind[mask], draft.source[mask], draft.lacking[mask],
            draft.confidence[mask],
        )  # fmt: skip

    def there(self, box: Box) -> Mask:
        """`(h, w) bool` over another box."""
        out = np.zeros((box.height, box.width), bool)
        inside = self.box & box
        if not inside.is_empty:
            out[inside.slices_in(box)] = self.mask[inside.slices_in(self.box)]
        return out

    def put(self, out: npt.NDArray[np.generic], box: Box, values: npt.NDArray[np.generic]) -> None:
        """Put values of its pixels, `(N, …)`, into an array over a box."""
        inside = self.box & box
        if inside.is_empty:
            return
        place = np.cumsum(self.mask.ravel()).reshape(self.mask.shape)[inside.slices_in(self.box)]
        held = self.mask[inside.slices_in(self.box)]
        out[inside.slices_in(box)][held] = values[place[held] - 1]


@dataclass
class Filming:
    """Looks through a shot for what each frame to be made lacks. Use as a context."""

    growth: Growth
    settings: Settings
    marks: Marks
    kept: Kept
    window: int
    found: dict[int, Filmed] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._repair = Repair(self.settings)
        self._frames = closing(self._looked())

    def __enter__(self) -> Filming:
        self._source = self._frames.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._frames.__exit__(kind, error, trace)

    def until(self, number: int) -> None:
        """Look as far as a frame. Raises PlateError, MatteError, ColourError."""
        while not self.found or max(self.found) < number:
            looked = next(self._source, None)
            if looked is None:
                return
            self.found[looked[0]] = looked[1]

    def forget(self, number: int) -> None:
        """Drop what was found of the frames before one; the last stays, which says how far it was looked."""
        for passed in [one for one in sorted(self.found)[:-1] if one < number]:
            del self.found[passed]

    def findings(self) -> tuple[Finding, ...]:
        """What was noticed on the way."""
        return fill_findings(self._repair)

    def _looked(self) -> Generator[tuple[int, Filmed]]:
        with self._repair as repair, self.growth.shot.stream(self.kept.span) as frames:
            for frame, _ in slide(frames, len(self.kept.span), self.window, self._enter, repair.forget):
                if not self.kept.is_made(frame.number):
                    continue
                self.marks.check()
                wanted = Wanted(self.growth.target, lacking(self.growth.target, frame.box))
                draft = repair.seen(frame.number)
                if 0 < int(draft.open.sum()) < FEWEST:
                    smooth_over(draft)
                yield frame.number, Filmed.of(draft, wanted)

    def _enter(self, frame: ShotFrame) -> Callable[[], None]:
        barred = self.marks.barred(frame)
        return self._repair.adding(lambda: beyond(frame, self.growth.target, barred))
