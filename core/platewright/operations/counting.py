"""How many sends a request takes at most: counted for its quote, before anything is made."""

from __future__ import annotations

from math import ceil

from platewright.contract.capabilities import Capabilities
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import PlateShape
from platewright.contract.prices import Work, seconds_of
from platewright.contract.request import Extend, Operation, Regenerate, ReplaceSky, Request
from platewright.contract.windows import EMPTY, Box
from platewright.imaging.crops import Crop, crops_for

from .chunks import chunks_of
from .clip_plan import Mattes, clip_operation, crops_by, planned, works_of
from .extend import extended_window
from .ground import ground_of
from .painted_sky import check_unpainted
from .shot import Shot, open_shot

__all__ = ["context_of", "work_of"]

FRAMES_A_PICTURE = 24
"""One picture more for every so many frames: a camera that goes on shows new ground."""
REACH = 0.6
"""New ground that a further picture serves at least, in areas of the matte: the next frame's share of it must lie whole
in a later frame, and frames come in steps."""
MOST_TRAVEL = 6
"""Areas of new ground at most that are thought of where nobody has seen the matte."""
LOOKED_AT = 24
"""Frames that are opened for a quote, about."""
SLACK = 0.25
"""Pictures for which the errors of a motion may count."""


def context_of(operation: Operation) -> int:
    """The pixels around a region that were asked for; 0 where the operation has no such setting, or leaves it open."""
    return 0 if isinstance(operation, ReplaceSky) else operation.context


def work_of(request: Request, limits: Capabilities, unseen: PlateShape | None = None) -> tuple[Work, ...]:
    """The sends that a request takes at most; without a matte, wherever that may be.

    For stills a picture, one more for every 24 frames and for every 0.6 of the matte's area that it goes over beyond
    that, in as many crops as the largest needs. Where a send is paid for, that ground is measured along the motion in
    some of the frames, else by where some mattes lie in the picture. For clips what clip_plan says of all mattes; a
    plate with cuts is made in coarser crops, or refused before a send, where it would take more than this.
    Opens nothing where `unseen` says what the plate will be like. Raises PlateError, MatteError, ColourError,
    BackendError.
    """
    if not limits.lengths.still:
        return _clip_works(request, limits, unseen)
    check_unpainted(request)
    operation, frames = request.operation, request.plate.frames
    display, pixel_aspect, shot = _plate(request, unseen)

    def crops_of(region: Box) -> tuple[Crop, ...]:
        return crops_for(region, limits.sizes, display, pixel_aspect=pixel_aspect, context=context_of(operation))

    if isinstance(operation, ReplaceSky):  # one picture, which the motion takes through the shot
        return _works(crops_of(_first_sky(display, shot)))
    found: list[tuple[Work, ...]] = []
    for region, ground in _looked_at(request, operation, limits, display, shot):
        pictures = min(1 + -(-len(frames) // FRAMES_A_PICTURE) + ceil((ground - 1) / REACH - SLACK), len(frames))
        found.append(_works(crops_of(region)) * pictures)
    return max(found, key=lambda works: (len(works), sum(work.pixels or 0 for work in works)))


def _clip_works(request: Request, limits: Capabilities, unseen: PlateShape | None) -> tuple[Work, ...]:
    """Those of a model for clips."""
    operation, frames = clip_operation(request), request.plate.frames
    made = request.base.redo(frames).numbers if request.base is not None else frames.numbers
    chunks = chunks_of(frames.numbers, limits.lengths, made)
    display, aspect, shot = _plate(request, unseen)
    if isinstance(operation, Extend):
        mattes = Mattes(extended_window(display, operation))
    elif shot is not None and request.matte is not None:
        mattes = _all_mattes(shot, FrameRange.of(number for chunk in chunks for number in chunk.numbers))
    else:
        mattes = Mattes(_inside(display, request))
    return works_of(planned(chunks, mattes, crops_by(operation, limits, display, aspect)))


def _all_mattes(shot: Shot, numbers: FrameRange) -> Mattes:
    """Where the mattes of these frames lie."""
    mattes = Mattes()
    with shot.stream_mattes(numbers) as found:
        for number, box, matte in found:
            mattes.add(number, box, matte)
    return mattes


def _works(crops: tuple[Crop, ...]) -> tuple[Work, ...]:
    """A still of each."""
    return tuple(Work(1, crop.width * crop.height, seconds_of(1, 24)) for crop in crops)


def _first_sky(display: Box, shot: Shot | None) -> Box:
    """What is painted of a sky: where the first frame's matte is, wherever that is where there is none."""
    region = EMPTY if shot is None or shot.mattes is None else shot.matte_box(shot.frames.first)
    return display if region.is_empty else region


def _looked_at(
    request: Request, operation: Regenerate | Extend, limits: Capabilities, display: Box, shot: Shot | None
) -> list[tuple[Box, float]]:
    """The largest region that is made with how often its area it goes over; where nobody knows the matte, one for each
    such number, the largest first. display: the plate's display window."""
    target = extended_window(display, operation) if isinstance(operation, Extend) else EMPTY
    if not target.is_empty and (shot is None or not limits.prices):
        return [(target, 1.0)]
    if shot is None or (target.is_empty and request.matte is None):
        whole = _inside(display, request)
        return [(_part(whole, 1 + travel), 1.0 + travel) for travel in range(MOST_TRAVEL + 1)]
    numbers = shot.frames.numbers[:: max(1, len(shot.frames) // LOOKED_AT)]
    if limits.prices:
        region, ground = ground_of(shot, numbers, target)
    else:
        boxes = [shot.matte_box(number) for number in numbers]
        region = max(boxes, key=lambda box: box.area)
        ground = min(1.0 + MOST_TRAVEL, Box.around(boxes).area / max(1, region.area))
    return [(Box.of_size(1, 1, display.x0, display.y0), 1.0) if region.is_empty else (region, ground)]


def _plate(request: Request, unseen: PlateShape | None) -> tuple[Box, float, Shot | None]:
    """The plate's display window, its pixels' aspect, and the shot where there is one to look at."""
    if unseen is not None:
        return Box.of_size(unseen.width, unseen.height), unseen.pixel_aspect, None
    shot = open_shot(request)
    return shot.display_window, shot.pixel_aspect, shot


def _inside(display: Box, request: Request) -> Box:
    """What of a plate may be made where nobody knows the matte."""
    inside = display if request.region is None else display & request.region
    return display if inside.is_empty else inside


def _part(box: Box, of: int) -> Box:
    """A box of its shape and that part of its area."""
    width, height = (max(1, round(side / of**0.5)) for side in (box.width, box.height))
    return Box.of_size(width, height, box.x0, box.y0)
