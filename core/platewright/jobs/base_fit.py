"""Whether an earlier take can lend frames to a request, and has those that are wanted."""

from __future__ import annotations

from platewright.contract.errors import MatteError, RequestError
from platewright.contract.frames import FrameRange
from platewright.contract.request import Extend, Matte, Regenerate, Request
from platewright.contract.takes import TakeRecord

__all__ = ["BUILTIN", "check_fit", "check_frames", "check_held", "matted"]

BUILTIN = "builtin"


def check_fit(request: Request, record: TakeRecord, stem: str) -> None:
    """A take may only lend frames to a request that asks for the same, but for which frames, and by which chance."""
    then, why = record.request, ""
    region = request.base is not None and request.base.region
    if region and not (isinstance(request.operation, Regenerate) and request.backend == BUILTIN):
        why = "only the built-in regeneration makes a part of a region again"
    elif not isinstance(request.operation, (Regenerate, Extend)):
        why = "this operation looks at the whole shot at once"
    elif request.operation.kind != then.operation.kind:
        why = "it was made by another operation"
    elif isinstance(request.operation, Extend) and isinstance(then.operation, Extend):
        mine, theirs = request.operation, then.operation
        why = "" if (mine.pads, mine.grow_display) == (theirs.pads, theirs.grow_display) else "its size is another"
    if not why:
        pairs = (
            ("plate's colour space or layer", _plate(request), _plate(then)),
            ("colour configuration", _colour(request), _colour(then)),
            ("region", request.region, then.region),
            ("backend", request.backend, then.backend),
            ("matte's channel, growing or feathering", _matte(request.matte), _matte(then.matte)),
        )[: 4 if region else 5]
        why = next((f"its {what} is another" for what, now, before in pairs if now != before), "")
    if why:
        raise RequestError(
            f"{stem} can't lend frames to this: {why}", code="base_unfit", hint="Leave the base out: all is made anew."
        )


def check_frames(request: Request, record: TakeRecord, redo: FrameRange, stem: str) -> None:
    """Every frame is either made again or in the base."""
    wanted, known = set(request.plate.frames), {entry.number for entry in record.frames}
    outside, missing = sorted(set(redo) - wanted), sorted(wanted - known - set(redo))
    if outside:
        raise RequestError(
            f"frame {outside[0]} is not among the frames {request.plate.frames}",
            code="base_frames_outside",
            hint="Name frames of the range to make again.",
            frame=outside[0],
        )
    if missing:
        raise RequestError(
            f"{stem} has no frame {missing[0]} to take over",
            code="base_frames_missing",
            hint="Make that frame again too, or ask for the frames that the base has.",
            frame=missing[0],
        )


def check_held(request: Request, record: TakeRecord, frames: FrameRange, stem: str) -> None:
    """The base has every frame, and no other. Raises RequestError `base_frames_missing`, `base_frames_left_out`."""
    left = sorted({entry.number for entry in record.frames} - set(request.plate.frames))
    if left:
        raise RequestError(
            f"frame {left[0]} of {stem} is not asked for, so it would be lost",
            code="base_frames_left_out",
            hint="Bring a matte for every frame, empty where nothing is to be made again.",
            frame=left[0],
        )
    known = {entry.number for entry in record.frames}
    missing = [number for number in frames if number not in known]
    if missing:
        raise RequestError(
            f"{stem} has no frame {missing[0]} to make a part of again",
            code="base_frames_missing",
            hint="Ask for the frames that the base has.",
            frame=missing[0],
        )


def matted(request: Request, among: FrameRange | None) -> FrameRange:
    """The frames where the matte covers anything, of those that were named or of all. Raises MatteError."""
    from platewright.operations.shot import open_shot  # reads pictures, which a server that only takes jobs never does

    shot = open_shot(request)
    found = [number for number in among or request.plate.frames if shot.is_matted(number)]
    if not found:
        raise MatteError(
            "the matte is empty in every frame that is to be made again",
            code="matte_empty",
            hint="Draw it over what is to be made again inside the earlier take's region.",
        )
    return FrameRange.of(found)


def _plate(request: Request) -> tuple[str, str]:
    return request.plate.colour_space, request.plate.layer


def _colour(request: Request) -> tuple[str, str] | None:
    colour = request.colour
    return None if colour is None else (colour.sha256 or colour.source, str(sorted(colour.variables.items())))


def _matte(matte: Matte | None) -> tuple[object, ...] | None:
    return None if matte is None else (matte.channel, matte.invert, matte.grow, matte.feather)
