"""The steps in time into, between and out of frames that were made again, against those between frames taken over.

What is looked at is the flicker: the change along the motion inside the region, over the plate's own beside it. A join
may be a little rougher than the rest of the take; where it stands out, an eye sees when the shot changes hands.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from platewright.contract.findings import Finding, Severity
from platewright.contract.takes import FrameRecord

__all__ = ["Join", "join_findings", "joins"]

RATIO = 1.3
"""A join's flicker over that of the take's other steps, from which it stands out."""
STEPS = 0.75
"""And by how many 8-bit steps of tone space at least: less is under the grain of any plate."""
LIGHT = 0.05
"""Stops by which the region's light may jump at a join; a fill that follows the plate stays within 0.03."""


class Join:
    """One step between two frames of which one was made again. number: the later one. excess: over 1 it stands out."""

    def __init__(self, number: int, flicker: float, plate: float, usual: float, light: float) -> None:
        self.number = number
        self.flicker = flicker
        self.usual = usual * plate
        self.light = light
        rough = min(self.flicker / max(RATIO * self.usual, 1e-6), (self.flicker - self.usual) / STEPS)
        self.excess = max(rough, light / LIGHT)


def joins(frames: Sequence[FrameRecord]) -> tuple[Join, ...]:
    """The joins of a take, as far as they were measured; none where nothing was taken over. frames: in their order.

    What is usual is the median, over the take's other steps, of the region's flicker over the plate's, or the plate's.
    """
    there, elsewhere = [], []
    if not any(frame.taken_from for frame in frames):
        return ()
    for before, now in zip(frames, frames[1:], strict=False):
        inside, plate = now.measures.get("flicker"), now.measures.get("flicker_plate")
        if inside is None or not plate:
            continue
        if before.taken_from and now.taken_from:
            elsewhere.append(inside / plate)
        else:
            there.append((now, inside, plate))
    usual = max(1.0, median(elsewhere)) if elsewhere else 1.0
    return tuple(
        Join(now.number, inside, plate, usual, now.measures.get("light_jump") or 0.0) for now, inside, plate in there
    )


def join_findings(frames: Sequence[FrameRecord]) -> tuple[Finding, ...]:
    """A finding for the worst join that stands out; none where all hold."""
    standing = [join for join in joins(frames) if join.excess > 1]
    if not standing:
        return ()
    worst = max(standing, key=lambda join: join.excess)
    others = f"; also at {', '.join(str(join.number) for join in standing if join is not worst)}"
    message = (
        f"look at {worst.number}: where frames made again meet the others the region changes by "
        f"{worst.flicker:.1f} steps of 8 bits, elsewhere by {worst.usual:.1f}, and its light by {worst.light:.2f} stops"
    )
    return (
        Finding(
            "join_visible",
            Severity.WARNING,
            message + (others if len(standing) > 1 else ""),
            worst.number,
            remedy="Make more frames beside it again (--overlap), or give an anchor, or make the whole range anew.",
        ),
    )
