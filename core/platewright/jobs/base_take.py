"""Going on from an earlier take: which frames are made again, and the others taken over, byte for byte.

A take that is made this way is whole: every file is in it under its own name, and its record says of each frame that
was taken over which take it was first made for. See docs/decisions/0010.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from platewright.contract.errors import (
    InputError,
    ManifestError,
    RequestError,
    StorageError,
)
from platewright.contract.findings import Finding, Severity
from platewright.contract.frames import FrameRange
from platewright.contract.progress import Reporter, Step
from platewright.contract.request import Base, Extend, Regenerate, Request
from platewright.contract.takes import FileHash, FrameRecord, TakeRecord
from platewright.imaging.sequence import find_sequence
from platewright.imaging.stream import hash_file
from platewright.provenance.definition import TAKE_MEDIA_TYPE
from platewright.provenance.parent import ParentManifest

from .address import GENERATOR, settled, whole_hash
from .base_fit import BUILTIN, check_fit, check_frames, check_held, matted
from .changes import Content
from .places import TakePlace
from .takes import Reservation, TakeStore, load, load_bytes

__all__ = ["OVERLAP", "BaseTake", "Based", "is_whole_answer", "open_base", "to_make", "with_base"]

OVERLAP = 2
"""Frames beside those that have changed, on each side, that are made again too: the matte's edge moves there, and what
is brought in from the changed frames was brought into these."""


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
        redo, taken, frames = set(self.redo), [], self.request.plate.frames
        region, mattes = self.request.base is not None and self.request.base.region, None
        if region and self.request.matte is not None:
            mattes = find_sequence(self.request.matte.pattern, frames, "matte")  # what this take was asked with
        wanted = set(frames) if region else set(frames) - redo
        kept = [entry for entry in self.record.frames if entry.number in wanted]
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
            if entry.number in redo:
                out.make_into(entry.number, file)
                continue
            new = out.take_over(entry.number, file)
            named = FileHash(new.name, entry.file.size, entry.file.sha256)
            matte = hash_file(mattes.path(entry.number)) if mattes is not None else entry.matte
            taken.append(replace(entry, file=named, taken_from=entry.taken_from or self.place.stem, matte=matte))
        return tuple(taken)

    def left_behind(self) -> tuple[Finding, ...]:
        """What is said of frames that are taken over although their plate or matte has changed since."""
        redo = set(self.redo)
        kept = [number for number in self.request.plate.frames if number not in redo]
        region = self.request.base is not None and self.request.base.region
        asked = replace(self.request, matte=None) if region else self.request
        behind = tuple(Content().changed_inputs(asked, self.record, kept))
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
    check_fit(request, record, place.stem)
    frames, why = request.base.frames, "asked for"
    if request.base.region:
        frames, why = matted(request, frames), "inside the matte"
        check_held(request, record, frames, place.stem)
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
        check_frames(request, record, frames, place.stem)
    beside = request.base.overlap if request.base.overlap is not None else overlap if why == "changed" else 0
    beside = 0 if request.base.region else beside  # where the matte is empty there is nothing to make
    base = Base(place.version, frames, beside, hashlib.sha256(data).hexdigest(), request.base.region)
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
    check_fit(request, record, place.stem)
    if base.frames is not None:
        check_frames(request, record, base.redo(request.plate.frames), place.stem)
    return BaseTake(place, record, data, request)


def is_whole_answer(record: TakeRecord, wanted: str, root: Path) -> bool:
    """Whether a take was made of the request with that whole address, as were all that it took frames over from."""
    store, seen = TakeStore(root), 0
    while record.generator == GENERATOR and whole_hash(record.request) == wanted and seen < 1000:
        base = record.request.base
        if base is None:
            return True
        if base.region:
            return False  # most of it was asked for by another matte
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
    if not isinstance(request.operation, (Regenerate, Extend)) or request.backend != BUILTIN:
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
