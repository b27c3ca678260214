"""Going on from an earlier take: which frames are made again, and the others taken over, byte for byte.

A take that is made this way is whole: every file is in it under its own name, and its record says of each frame that
was taken over which take it was first made for. See docs/decisions/0010.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from platewright.contract.errors import InputError, ManifestError, RequestError, StorageError
from platewright.contract.findings import Finding, Severity
from platewright.contract.frames import FrameRange
from platewright.contract.progress import Reporter, Step
from platewright.contract.request import Base, Extend, Matte, Regenerate, Request
from platewright.contract.takes import FileHash, FrameRecord, TakeRecord
from platewright.imaging.stream import hash_file
from platewright.provenance.definition import TAKE_MEDIA_TYPE
from platewright.provenance.parent import ParentManifest

from .address import GENERATOR, settled, whole_hash
from .changes import Content
from .places import TakePlace
from .takes import Reservation, TakeStore, load, load_bytes

__all__ = ["OVERLAP", "BaseTake", "Based", "is_whole_answer", "open_base", "to_make", "with_base"]

OVERLAP = 2
"""Frames beside those that have changed, on each side, that are made again too: the matte's edge moves there, and what
is brought in from the changed frames was brought into these."""


_BUILTIN = "builtin"


@dataclass(frozen=True, slots=True)
class Based:
    """A request that is clear about its base, and what that means, as a sentence; empty where every frame is made."""

    request: Request
    said: str = ""


@dataclass(frozen=True)
class BaseTake:
    """The take that a request goes on from, checked."""

    place: TakePlace
    record: TakeRecord
    data: bytes
    request: Request

    @property
    def redo(self) -> FrameRange:
        """The frames that are made again."""
        assert self.request.base is not None
        return self.request.base.redo(self.request.plate.frames)

    def take_over(self, out: Reservation, report: Reporter) -> tuple[FrameRecord, ...]:
        """Bring every frame that is not made again into the new take, checked by its hash; their records.

        Raises StorageError `base_damaged` where a file is no longer the recorded one.
        """
        redo, taken = set(self.redo), []
        kept = [entry for entry in self.record.frames if entry.number in set(self.request.plate.frames) - redo]
        for done, entry in enumerate(kept):
            report.step(Step("taking over", done, len(kept), entry.number))
            file = self.place.frame(entry.number)
            if file.is_symlink() or hash_file(file).sha256 != entry.file.sha256:
                raise StorageError(
                    f"{file.name} is no longer the file that {self.place.stem} was signed with",
                    code="base_damaged",
                    hint=f"Bring it back, or make frame {entry.number} again too.",
                    frame=entry.number,
                )
            new = out.take_over(entry.number, file)
            named = FileHash(new.name, entry.file.size, entry.file.sha256)
            taken.append(replace(entry, file=named, taken_from=entry.taken_from or self.place.stem))
        return tuple(taken)

    def left_behind(self) -> tuple[Finding, ...]:
        """What is said of frames that are taken over although their plate or matte has changed since."""
        redo = set(self.redo)
        kept = [number for number in self.request.plate.frames if number not in redo]
        behind = tuple(Content().changed_inputs(self.request, self.record, kept))
        if not behind:
            return ()
        message = f"{FrameRange.of(behind)} were taken over as they are, though their plate or matte has changed since"
        remedy = "Make them again too, or leave --redo out: then the frames are chosen by what has changed."
        return (Finding("kept_inputs_changed", Severity.WARNING, message, behind[0], remedy=remedy),)

    def manifest(self) -> ParentManifest | None:
        """The base's own signed record, to be carried along in the new one; None where its manifest is gone."""
        try:
            return ParentManifest(self.place.manifest.read_bytes(), self.data, TAKE_MEDIA_TYPE)
        except OSError:
            return None


def with_base(
    request: Request, root: Path, *, anew: bool = False, overlap: int = OVERLAP, content: Content | None = None
) -> Based:
    """The request with its base filled in: as it names one, else the latest take of the same request, where that
    speaks for some of its frames still.

    anew: make every frame where no base is named. overlap: see OVERLAP, for frames that are chosen by content.
    content: what is known of the files.
    Raises RequestError `base_unfit`, `base_missing`, `nothing_changed`, InputError, StorageError.
    """
    request = settled(request)
    if request.base is None:
        return Based(request) if anew else _by_itself(request, root, overlap, content or Content())
    if request.base.record and request.base.frames is not None:
        return Based(request, _sentence(request, "asked for"))
    place = _named(request, root, request.base)
    record, data = load(place), load_bytes(place)
    _check_fit(request, record, place.stem)
    frames, why = request.base.frames, "asked for"
    if frames is None:
        changed = (content or Content()).changed_frames(request, place, record)
        if not changed:
            raise RequestError(
                f"nothing has changed since {place.stem}",
                code="nothing_changed",
                hint="Name the frames to make again, as in --redo 1007-1009; or leave the base out.",
            )
        frames, why = FrameRange.of(changed), "changed"
    else:
        _check_frames(request, record, frames, place.stem)
    beside = request.base.overlap if request.base.overlap is not None else overlap if why == "changed" else 0
    base = Base(place.version, frames, beside, hashlib.sha256(data).hexdigest())
    named = replace(request, base=base)
    return Based(named, _sentence(named, why))


def to_make(request: Request) -> Request:
    """The request for just the frames that are made, as a generator that makes each by itself is asked."""
    if request.base is None:
        return request
    return replace(request, plate=replace(request.plate, frames=request.base.redo(request.plate.frames)))


def open_base(request: Request, root: Path) -> BaseTake | None:
    """The base of a request that is clear about it; None where it has none. Raises RequestError, StorageError."""
    base = request.base
    if base is None:
        return None
    place = _named(request, root, base)
    data = load_bytes(place)
    if hashlib.sha256(data).hexdigest() != base.record:
        raise RequestError(
            f"{place.stem} is not the take that this was asked for", code="base_changed", hint="Ask for it again."
        )
    record = load(place)
    _check_fit(request, record, place.stem)
    if base.frames is not None:
        _check_frames(request, record, base.redo(request.plate.frames), place.stem)
    return BaseTake(place, record, data, request)


def is_whole_answer(record: TakeRecord, wanted: str, root: Path) -> bool:
    """Whether a take was made of the request with that whole address, as were all that it took frames over from."""
    store, seen = TakeStore(root), 0
    while record.generator == GENERATOR and whole_hash(record.request) == wanted and seen < 1000:
        base = record.request.base
        if base is None:
            return True
        place, seen = store.place(record.element, base.version), seen + 1
        try:
            if hashlib.sha256(load_bytes(place)).hexdigest() != base.record:
                return False
            record = load(place)
        except (ManifestError, StorageError):
            return False
    return False


def _by_itself(request: Request, root: Path, overlap: int, content: Content) -> Based:
    """Go on from the latest take of the same request, where part of it still holds."""
    if not isinstance(request.operation, (Regenerate, Extend)) or request.backend != _BUILTIN:
        return Based(request)  # another generator can't be shown the frames beside those it makes
    wanted = whole_hash(request)
    for place in reversed(TakeStore(root).takes(request.element)):
        try:
            record = load(place)
            if not is_whole_answer(record, wanted, root):
                continue
            changed = content.changed_frames(request, place, record)
            data = load_bytes(place)
        except (InputError, ManifestError, StorageError):
            continue
        if not changed:
            return Based(request)
        base = Base(place.version, FrameRange.of(changed), overlap, hashlib.sha256(data).hexdigest())
        if len(base.redo(request.plate.frames)) == len(request.plate.frames):
            return Based(request)
        named = replace(request, base=base)
        return Based(named, _sentence(named, "changed"))
    return Based(request)


def _sentence(request: Request, why: str) -> str:
    """What will be made and what is taken over, before anything is done."""
    base = request.base
    if base is None or base.frames is None:
        return ""
    redo = base.redo(request.plate.frames)
    kept = len(request.plate.frames) - len(redo)
    beside = f" + {len(redo) - len(base.frames)} beside them, for continuity" if len(redo) > len(base.frames) else ""
    are = "frame will be" if len(redo) == 1 else "frames will be"
    return (
        f"{len(redo)} {are} made again: {redo} ({len(base.frames)} {why}{beside}); "
        f"{kept} {'is' if kept == 1 else 'are'} taken over from v{base.version:03d} as files"
    )


def _named(request: Request, root: Path, base: Base) -> TakePlace:
    store = TakeStore(root)
    takes = store.takes(request.element)
    found = [place for place in takes if base.version in (0, place.version)]
    if not found:
        which = f"no take v{base.version:03d}" if base.version else "no take"
        raise RequestError(
            f"there is {which} of {request.element} to go on from",
            code="base_missing",
            hint=f"It has {', '.join(f'v{place.version:03d}' for place in takes)}." if takes else "Make one first.",
        )
    return found[-1]


def _check_fit(request: Request, record: TakeRecord, stem: str) -> None:
    """A take may only lend frames to a request that asks for the same, but for which frames, and by which chance."""
    then, why = record.request, ""
    if not isinstance(request.operation, (Regenerate, Extend)):
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
        )
        why = next((f"its {what} is another" for what, now, before in pairs if now != before), "")
    if why:
        raise RequestError(
            f"{stem} can't lend frames to this: {why}", code="base_unfit", hint="Leave the base out: all is made anew."
        )


def _plate(request: Request) -> tuple[str, str]:
    return request.plate.colour_space, request.plate.layer


def _colour(request: Request) -> tuple[str, str] | None:
    colour = request.colour
    return None if colour is None else (colour.sha256 or colour.source, str(sorted(colour.variables.items())))


def _matte(matte: Matte | None) -> tuple[object, ...] | None:
    return None if matte is None else (matte.channel, matte.invert, matte.grow, matte.feather)


def _check_frames(request: Request, record: TakeRecord, redo: FrameRange, stem: str) -> None:
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
