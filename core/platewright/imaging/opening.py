"""An opened picture file: the library's input with every return checked and every failure made one of our errors.

OpenImageIO returns errors instead of raising them, gives full-size arrays for truncated files and garbage for deep
ones. All of that ends here. What is read and why is not known here.
"""

from __future__ import annotations

import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import OpenImageIO

from platewright.contract.errors import InputError, MatteError, PlateError

from .loans import lent
from .parts import Part, check_part, part_of

__all__ = ["OpenPicture"]

_oiio: Any = OpenImageIO
_FORMATS = frozenset({"openexr", "dpx", "tiff", "png", "jpeg"})
_CUT_OFF = ("end of file", "missing", "corrupt", "truncat", "premature", "short", "read error", "not enough", "eof")
_MOST_PARTS = 256
_TYPES = {"half": np.float16, "float": np.float32, "uint": np.uint32}
_BAND, _TALLEST = 128, 256
"""Lines of an EXR read at once: whole blocks of every compression, of which DWAB has the tallest."""
_Names = TypeVar("_Names", bound=Sequence[str])


class OpenPicture:
    """A file that is open for reading, in a `with` block. Its errors carry the frame's number and the word `what`.

    parts: of the file, in its order. format: the library's name of it.
    """

    def __init__(self, path: Path, what: str, number: int | None) -> None:
        """Open it. Raises PlateError or MatteError `frames_missing`, `frame_unreadable`, `frame_truncated`."""
        self.path, self._what, self._number = path, what, number
        self._check_file()
        self._source = self._open()
        self.format = str(self._source.format_name())
        try:
            if self.format not in _FORMATS:
                raise self.unreadable(f"the format {self.format} is not taken")
            self.parts = self._parts()
        except InputError:
            self._source.close()
            raise

    def __enter__(self) -> OpenPicture:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._source.close()

    def error(self, message: str, code: str, hint: str) -> InputError:
        """An error about this file, of the kind that its role asks for."""
        kind = MatteError if self._what == "matte" else PlateError
        return kind(f"{self._what} {self.path.name}{message}", code=code, hint=hint, frame=self._number)

    def unreadable(self, text: str) -> InputError:
        """The library's text as one of our two errors: cut off, or not a picture we read."""
        said = " ".join(text.split())[:200] or "no reason given"
        if any(word in said.lower() for word in _CUT_OFF):
            return self.error(f" is cut off or damaged: {said}", "frame_truncated", "Copy or render this frame again.")
        return self.error(
            f" can't be read: {said}",
            "frame_unreadable",
            "Use EXR, DPX, TIFF, PNG or JPEG, and check that the file opens elsewhere.",
        )

    def _check_file(self) -> None:
        """That there is a plain file with bytes in it, in the system's own words; a pipe would block for ever."""
        try:
            status = self.path.stat()
            if stat.S_ISREG(status.st_mode):
                with self.path.open("rb"):
                    pass
        except FileNotFoundError as error:
            raise self.error(" is not there", "frames_missing", f"Bring the file, or check {self.path}.") from error
        except OSError as error:
            raise self.unreadable(error.strerror or str(error)) from error
        if not stat.S_ISREG(status.st_mode):
            raise self.unreadable("it is not a file")
        if status.st_size == 0:
            raise self.unreadable("end of file: it holds no bytes")

    def _open(self) -> Any:
        _said(_oiio)
        wish = _oiio.ImageSpec()
        wish.attribute("oiio:UnassociatedAlpha", 1)  # values as they stand in a PNG, not multiplied by its alpha
        try:
            source = _oiio.ImageInput.open(str(self.path), wish)
        except (UnicodeError, ValueError, TypeError) as error:
            raise self.unreadable(f"its name is not proper text ({error})") from error
        if source is None:
            raise self.unreadable(_said(_oiio))
        return source

    def _parts(self) -> list[Part]:
        source, exr = self._source, self.format == "openexr"
        parts: list[Part] = []
        while len(parts) < _MOST_PARTS and source.seek_subimage(len(parts), 0):
            try:
                parts.append(part_of(source.spec(), len(parts), exr))
            except UnicodeDecodeError as error:
                raise self.unreadable("corrupt header: a channel's name is not text") from error
            if not exr:
                break
        if not parts:
            raise self.unreadable(_said(source))
        return parts

    def choose(self, pick: Callable[[list[Part]], tuple[Part, _Names]]) -> tuple[Part, _Names]:
        """The part and channels that `pick` takes of the parts, checked for what can't be read exactly.

        Errors of `pick` and of `parts.check_part` come up with the file's name and the frame's number.
        """
        try:
            part, names = pick(self.parts)
            check_part(part, names)
        except InputError as error:
            raise self.error(f": {error.message}", error.code, error.hint) from error
        return part, names

    def read(self, part: Part, first: int, last: int, kind: str) -> npt.NDArray[Any]:
        """Channels `first <= c < last` of a part as `(h, w, c)`; kind: "half", "float" or "uint".

        Raises PlateError or MatteError `frame_truncated` or `frame_unreadable`; never returns what was not read.
        """
        source = self._source
        source.seek_subimage(part.index, 0)
        _said(source)  # looking for a further part has left an error
        window = part.data_window
        shape = window.height, window.width, last - first
        step = self._step(part)
        if step >= window.height:
            return self._whole(source.read_image(part.index, 0, first, last, kind), shape)
        pixels = lent(shape, _TYPES[kind])
        for top in range(0, window.height, step):
            rows, y = pixels[top : top + step], window.y0 + top
            read = source.read_scanlines(part.index, 0, y, y + len(rows), 0, first, last, kind)
            rows[:] = self._whole(read, rows.shape)
        return pixels

    def _step(self, part: Part) -> int:
        """Lines to read at once. The library clears an array for them, and copies it, while all other Python threads
        wait: so it gets few where they can be had alone."""
        if self.format != "openexr" or self._source.spec().tile_width:
            return part.data_window.height
        return _TALLEST if part.attributes.get("compression") == "dwab" else _BAND

    def _whole(self, read: Any, shape: tuple[int, ...]) -> npt.NDArray[Any]:
        """What was read, in its shape, if all of it was."""
        if read is None or self._source.has_error or np.size(read) != np.prod(shape, dtype=np.int64):
            raise self.unreadable(_said(self._source) or "missing pixels")
        return np.ascontiguousarray(read).reshape(shape)


def _said(source: Any) -> str:
    """What the library has to say, and forgets with that; a damaged file's names in it need not be proper text."""
    try:
        return str(source.geterror())
    except UnicodeDecodeError:
        return "corrupt header"
