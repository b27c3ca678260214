"""Two pictures measured against each other, frame by frame, and a wipe to look at.

Values are compared as they stand in the files. What is scene-linear (EXR) is measured in the tone space T, in
which a difference counts about as much as the eye sees it; encoded pictures are measured as they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from platewright.contract.errors import RequestError
from platewright.contract.progress import Reporter, Step
from platewright.imaging.blend import count_differences
from platewright.imaging.colour import display_proxy
from platewright.imaging.contact import wipe
from platewright.imaging.frame import Frame
from platewright.imaging.tone import to_tone

from .pictures import Pictures

__all__ = ["Comparison", "FrameComparison", "compare", "compare_frames", "wipe_of"]


@dataclass(frozen=True, slots=True)
class FrameComparison:
    """One frame measured. number, other: its numbers in A and in B.

    psnr: decibels over R, G and B in T with a peak of 1, None where nothing differs. largest: the largest
    difference of a value as it stands. differing: pixels that differ in R, G or B, of `pixels`. not_finite: pixels
    with NaN or infinity on either side, left out of both measures. identical: every channel and window, bit for bit.
    """

    number: int
    other: int
    psnr: float | None
    largest: float
    differing: int
    pixels: int
    not_finite: int
    identical: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """All frames measured, and the whole: the mean error's PSNR, the largest difference, the sums."""

    frames: tuple[FrameComparison, ...]
    psnr: float | None
    largest: float
    differing: int
    pixels: int
    identical: bool

    @classmethod
    def of(cls, frames: tuple[FrameComparison, ...]) -> Comparison:
        """The whole of some frames."""
        errors = [0.0 if frame.psnr is None else 10 ** (-frame.psnr / 10) for frame in frames]
        return cls(
            frames=frames,
            psnr=_decibels(sum(errors) / len(errors)),
            largest=max(frame.largest for frame in frames),
            differing=sum(frame.differing for frame in frames),
            pixels=sum(frame.pixels for frame in frames),
            identical=all(frame.identical for frame in frames),
        )


def compare(a: Pictures, b: Pictures, report: Reporter, frames: Iterable[int] | None = None) -> Comparison:
    """Measure two sequences over the frames that both have (two single pictures always match).

    frames: only these. Raises RequestError where they share none or differ in size, InputError.
    """
    numbers = _pairs(a, b, frames)
    found = []
    for done, (mine, theirs) in enumerate(numbers):
        report.step(Step("comparing", done, len(numbers), mine))
        found.append(compare_frames(a.read(mine), b.read(theirs), linear=a.is_linear and b.is_linear))
    return Comparison.of(tuple(found))


def _pairs(a: Pictures, b: Pictures, frames: Iterable[int] | None) -> list[tuple[int, int]]:
    if len(a.frames) == 1 and len(b.frames) == 1 and frames is None:
        return [(a.frames.first, b.frames.first)]
    shared = sorted(set(a.frames) & set(b.frames))
    numbers = shared if frames is None else sorted(set(frames))
    missing = sorted(set(numbers) - set(shared))
    if missing or not numbers:
        raise RequestError(
            f"frame {missing[0]} is not on both sides" if missing else "the two have no frame in common",
            code="frames_not_shared",
            hint=f"A has {a.frames}, B has {b.frames}.",
        )
    return [(number, number) for number in numbers]


def compare_frames(a: Frame, b: Frame, *, linear: bool = True) -> FrameComparison:
    """Measure two frames over the union of their data windows; what one lacks counts as 0.

    linear: both are scene-linear, so the PSNR is that of T.

    Raises RequestError `formats_differ` where their display windows do.
    """
    if (a.display_window.width, a.display_window.height) != (b.display_window.width, b.display_window.height):
        raise RequestError(
            f"A is {a.display_window.width}x{a.display_window.height} and B is "
            f"{b.display_window.width}x{b.display_window.height}",
            code="formats_differ",
            hint="Compare pictures of one format.",
        )
    box = a.data_window.union(b.data_window)
    left, right = a.rgb(box), b.rgb(box)
    finite = np.isfinite(left).all(axis=2) & np.isfinite(right).all(axis=2)
    mine, theirs = left[finite], right[finite]
    unequal = (mine != theirs).any(axis=1)
    curve = to_tone if linear else np.asarray
    both_nan = (np.isnan(left) & np.isnan(right)) | (left == right)
    return FrameComparison(
        number=a.number,
        other=b.number,
        psnr=_decibels(_mean_error(curve(mine[unequal]), curve(theirs[unequal]), mine.size)),
        largest=float(np.abs(mine[unequal].astype(np.float64) - theirs[unequal]).max(initial=0.0)),
        differing=int(np.count_nonzero(~both_nan.all(axis=2))),
        pixels=box.area,
        not_finite=int(np.count_nonzero(~finite)),
        identical=_identical(a, b),
    )


def _mean_error(a: npt.NDArray[np.float32], b: npt.NDArray[np.float32], count: int) -> float:
    return float(np.square(a.astype(np.float64) - b).sum()) / count if count else 0.0


def _decibels(error: float) -> float | None:
    return -10 * math.log10(error) if error > 0 else None


def _identical(a: Frame, b: Frame) -> bool:
    if (a.channels, a.data_window, a.display_window) != (b.channels, b.data_window, b.display_window):
        return False
    if a.pixels.dtype != b.pixels.dtype or set(a.others) != set(b.others):
        return False
    if any(a.others[name].dtype != b.others[name].dtype for name in a.others):
        return False
    pairs = [(a.pixels, b.pixels), *((a.others[name], b.others[name]) for name in a.others)]
    return not any(count_differences(mine, theirs) for mine, theirs in pairs)


def wipe_of(a: Frame, b: Frame, at: float = 0.5, *, linear: bool = True) -> npt.NDArray[np.uint8]:
    """A and B in one picture with a line between: `(H, W, 3)` uint8 over A's display window, A on the left.

    at: share of the width where the line stands. linear: both are scene-linear, else encoded for a display.
    """
    return wipe(_shown(a, linear), _shown(b, linear), at, ("A", "B"))


def _shown(frame: Frame, linear: bool) -> npt.NDArray[np.uint8]:
    rgb = frame.rgb(frame.display_window)
    if linear:
        return display_proxy(rgb)
    return (np.clip(np.nan_to_num(rgb), 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)
