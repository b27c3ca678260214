"""Which files a pattern means: the field's notations for image sequences, on the disk as it is.

The folder and the name's head are data: only the frame token is read as notation (by fileseq), and the files are
found by comparing names, never by a glob. It opens no file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import fileseq

from platewright.contract.errors import InputError, MatteError, PlateError, RequestError
from platewright.contract.frames import FrameRange

__all__ = ["PICTURE_SUFFIXES", "Sequence", "find_sequence", "parse_frames"]

_fileseq: Any = fileseq
PICTURE_SUFFIXES = frozenset({".exr", ".sxr", ".mxr", ".dpx", ".tif", ".tiff", ".png", ".jpg", ".jpeg"})

_TOKEN = re.compile(r"(#+|@+|%(?:0?\d{1,2})?d|\$F\d{0,2})(?=[^#@%$]*$)")
_RANGE = re.compile(r"(?:(?<=[._ -])|^)-?\d+(?:[-,x:y]-?\d+)*$")
_NUMBERED = re.compile(r"^(.*?)(-?\d+)(\.[^.\d][^.]*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Sequence:
    """The files of a pattern.

    files: frame number to file. A still has one file, which serves every frame.
    """

    pattern: str
    files: dict[int, Path]
    is_still: bool
    what: str = "plate"

    def path(self, number: int) -> Path:
        """The file of a frame. Raises PlateError or MatteError `frames_missing` when there is none."""
        if self.is_still:
            return next(iter(self.files.values()))
        try:
            return self.files[number]
        except KeyError:
            raise _missing(self.what, self.pattern, [number], self.files) from None

    @property
    def frames(self) -> FrameRange:
        """The frames that have a file; for a still those it was asked for."""
        return FrameRange.of(self.files)


@dataclass(frozen=True, slots=True)
class _Name:
    """A file name in parts: head, frame token's width (1: any), extension, and frames named in the pattern."""

    head: str
    width: int
    tail: str
    frames: FrameRange | None


def _error(what: str, message: str, code: str, hint: str = "", frame: int | None = None) -> InputError:
    kind = MatteError if what == "matte" else PlateError
    return kind(message, code=code, hint=hint, frame=frame)


def _missing(what: str, pattern: str, numbers: Iterable[int], there: Iterable[int]) -> InputError:
    gone = FrameRange.of(numbers)
    have = sorted(there)
    held = f"it has {have[0]}-{have[-1]}" if have else "it has no frame at all"
    count = f"{len(gone)} frames are" if len(gone) > 1 else "frame"
    middle = f"missing: {gone}" if len(gone) > 1 else f"{gone} is missing"
    return _error(
        what,
        f"{what} {pattern}: {count} {middle}; {held}",
        "frames_missing",
        "Bring the missing files, or ask for a range that is there.",
        gone.first,
    )


def parse_frames(text: str) -> FrameRange:
    """A frame range in the field's notations: those of FrameRange.parse, and fileseq's `1-10:3` and `1-10y3`.

    Raises RequestError `range_invalid`, also for over a million frames.
    """
    compact = text.replace(" ", "")
    if not re.search(r"[y:]", compact):
        return FrameRange.parse(compact)
    parts: list[int] = []
    for part in compact.split(","):
        bounds = re.fullmatch(r"(-?\d{1,9}-(?:-?\d{1,9}))([xy:])(\d{1,6})", part)
        if bounds is None or bounds[2] == "x":
            parts.extend(FrameRange.parse(part))
            continue
        FrameRange.parse(bounds[1])  # holds the limits before fileseq lists every frame
        if int(bounds[3]) < 1:
            raise RequestError(f"'{text[:80]}' is not a frame range", code="range_invalid")
        numbers = list(_fileseq.FrameSet(part))
        if not numbers:
            raise RequestError(f"the frame range '{part}' is empty", code="range_invalid")
        parts.extend(int(number) for number in numbers)
    return FrameRange.of(parts)


def _parse_name(name: str) -> _Name | None:
    """The parts of a file name with a frame token, or None when it has none."""
    found = _TOKEN.search(name)
    if not found:
        return None
    head, token, tail = name[: found.start()], found[1], name[found.end() :]
    if token == "%d" or token == "$F":
        width = 1
    else:
        parsed: Any = _fileseq.FileSequence(f"f.{token}.exr", pad_style=_fileseq.PAD_STYLE_HASH1, allow_subframes=False)
        width = int(parsed.zfill())
    frames = _RANGE.search(head)
    if frames and (head[: frames.start()].endswith(".") or re.search(r"\d[-,]", frames[0])):
        return _Name(head[: frames.start()], width, tail, parse_frames(frames[0]))
    return _Name(head, width, tail, None)


def _names(folder: Path, what: str) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        raise _error(
            what,
            f"the folder {folder} can't be read: {error.strerror or error}",
            "folder_unreadable",
            "Check that the folder is there and that you may read it.",
        ) from error


def _match(folder: Path, name: _Name, what: str, pattern: str) -> dict[int, Path]:
    """The files of a name on the disk. Two files for one frame number are an error, not a choice."""
    shape = re.compile(re.escape(name.head) + r"(-?\d{1,12})" + re.escape(name.tail), re.DOTALL)
    files: dict[int, Path] = {}
    for entry in _names(folder, what):
        found = shape.fullmatch(entry)
        if not found:
            continue
        number = int(found[1])
        if name.width > 1 and found[1] != _fileseq.utils.pad(number, name.width):
            continue
        if number in files:
            raise _error(
                what,
                f"{pattern}: {files[number].name} and {entry} both are frame {number}",
                "frames_ambiguous",
                "Write the padding out (####), or remove one of the two.",
                number,
            )
        files[number] = folder / entry
    return files


def _in_folder(folder: Path, what: str) -> str:
    """The one sequence (or single picture) of a folder, as a path with a token."""
    groups: dict[tuple[str, str], list[str]] = {}
    for entry in _names(folder, what):
        if Path(entry).suffix.lower() not in PICTURE_SUFFIXES:
            continue
        found = _NUMBERED.match(entry)
        groups.setdefault((found[1], found[3]) if found else (entry, ""), []).append(entry)
    if not groups:
        raise _error(what, f"the folder {folder} holds no picture", "frames_missing", "Name the files of the sequence.")
    if len(groups) > 1:
        listed = ", ".join(sorted(_written(key, entries) for key, entries in groups.items())[:12])
        raise _error(
            what,
            f"the folder {folder} holds {len(groups)} sequences: {listed}",
            "frames_ambiguous",
            "Name one of them.",
        )
    key, entries = next(iter(groups.items()))
    return str(folder / _written(key, entries))


def _written(key: tuple[str, str], entries: list[str]) -> str:
    """A group of files as a pattern: `plate.####.exr`; a single picture as its name."""
    head, tail = key
    if len(entries) == 1:
        return entries[0]
    digits = [entry[len(head) : len(entry) - len(tail)] for entry in entries]
    width = min(len(text) for text in digits)
    return f"{head}{'#' * width}{tail}"


def find_sequence(pattern: str, frames: FrameRange | None = None, what: str = "plate") -> Sequence:
    """The files that a pattern means, which hold at least `frames` (None: those the pattern names, else all found).

    pattern: `plate.####.exr`, `%04d`, `@@@`, `$F4`, `plate.1001-1016#.exr`, a plain file (a still, good for every
        frame), or a folder with one sequence in it. `#` or `%d` alone takes any padding.
    what: "plate", "matte", …: the word for messages.

    Raises PlateError (MatteError for a matte) `frames_missing`, `frames_ambiguous` or `folder_unreadable`.
    """
    path = Path(pattern)
    if path.is_dir():
        path = Path(_in_folder(path, what))
    if path.is_file():
        return _still(pattern, path, frames, what)
    name = _parse_name(path.name)
    if name is None:
        raise _error(
            what,
            f"the {what} {pattern} is not there",
            "frames_missing",
            "Check the path; write a sequence with a frame token, as in plate.####.exr.",
        )
    files = _match(path.parent, name, what, pattern)
    wanted = frames if frames is not None else name.frames
    if wanted is not None:
        gone = [number for number in wanted if number not in files]
        if gone:
            raise _missing(what, pattern, gone, files)
    if not files:
        raise _error(what, f"no file of the {what} {pattern} is there", "frames_missing", "Check the path.")
    if frames is None and wanted is not None:
        files = {number: files[number] for number in wanted}
    return Sequence(pattern, dict(sorted(files.items())), False, what)


def _still(pattern: str, path: Path, frames: FrameRange | None, what: str) -> Sequence:
    numbered = _NUMBERED.match(path.name)
    own = int(numbered[2]) if numbered and len(numbered[2]) < 10 else 1
    numbers = frames if frames is not None else [own]
    return Sequence(pattern, dict.fromkeys(numbers, path), True, what)
