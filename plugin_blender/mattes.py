# SPDX-License-Identifier: GPL-3.0-or-later
"""Mattes for the engine: from a mask, from objects of the scene, or from the plate's own alpha.

What must be drawn is drawn by a second Blender at the plate's size; nothing waits for it, the pump asks how it goes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bpy

from platewright.contract.errors import MatteError, StorageError
from platewright.contract.frames import FrameRange
from platewright.contract.request import Matte

from .exr_header import is_complete
from .numbering import pattern_of, present
from .outlines import Outlines
from .plates import HostPlate

__all__ = ["Export", "Source", "matte_of_alpha", "matte_of_image", "start_export"]

_HERE = Path(__file__).resolve().parent
_SECONDS_A_FRAME = 120.0


@dataclass(frozen=True)
class Source:
    """What a matte is drawn from: a mask, outlines, or the named objects of a scene as its camera sees them."""

    mask: Any = None
    outlines: Outlines = field(default_factory=dict)
    feather: bool = False
    scene: Any = None
    objects: tuple[str, ...] = ()


class Export:
    """A matte on its way. Asked by the pump; ends with Blender."""

    def __init__(self, process: subprocess.Popen[bytes], folder: Path, numbers: tuple[int, ...]) -> None:
        self._process = process
        self.folder, self._numbers = folder, numbers
        self._until = time.monotonic() + 60 + _SECONDS_A_FRAME * len(numbers)
        self._cancelled = False

    @property
    def pattern(self) -> str:
        """The files, as the engine names a sequence."""
        return str(self.folder / "matte.####.exr")

    @property
    def done(self) -> int:
        """How many frames are drawn, of `total`."""
        return sum((self.folder / f"matte.{number:04d}.exr").is_file() for number in self._numbers)

    @property
    def total(self) -> int:
        """How many frames are to be drawn."""
        return len(self._numbers)

    def poll(self) -> Matte | None:
        """The matte once it is whole, None while it is being drawn.

        Raises MatteError `matte_export_failed`, `matte_export_slow`, `matte_export_cancelled`.
        """
        code = self._process.poll()
        if code is None:
            if time.monotonic() > self._until:
                self.cancel()
                raise MatteError(
                    "the matte took too long to draw", code="matte_export_slow", hint="Try fewer frames.", retry=True
                )
            return None
        self._close()
        if self._cancelled:
            raise MatteError("drawing the matte was stopped", code="matte_export_cancelled")
        if code != 0 or not self._is_whole():
            raise MatteError(
                f"the matte could not be drawn: {self._why()}",
                code="matte_export_failed",
                hint="Check the disk, and that the mask or the objects are still in the file.",
                retry=True,
            )
        return Matte(self.pattern, channel="A")

    def _is_whole(self) -> bool:
        return all(is_complete(str(self.folder / f"matte.{number:04d}.exr")) for number in self._numbers)

    def cancel(self) -> None:
        """Stop drawing."""
        self._cancelled = True
        self._process.kill()
        self._close()

    def _close(self) -> None:
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()

    def _why(self) -> str:
        try:
            text = (self.folder / "export.log").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return "no reason was given"
        said = [line for line in text.splitlines() if line.startswith("platewright: ")]
        if said:
            return said[-1][13:300]
        code = self._process.returncode
        return f"Blender ended with code {code}" if code else "its files are cut off"


def matte_of_alpha(plate: HostPlate) -> Matte:
    """The plate's own alpha as its matte."""
    return Matte(plate.pattern, channel="A")


def matte_of_image(image: Any, plate: HostPlate, frames: FrameRange) -> Matte:
    """The alpha of an image's files as the matte: a still for all frames, or a sequence numbered as the plate.

    Raises MatteError `matte_missing`, `matte_size`.
    """
    path = os.path.normpath(bpy.path.abspath(image.filepath, library=image.library)) if image.filepath else ""
    if image.source not in ("FILE", "SEQUENCE") or image.packed_file is not None or image.is_dirty or not path:
        raise MatteError(
            f"{image.name} has no files that say what it shows now",
            code="matte_missing",
            hint="Save the image (Image > Save As, EXR or PNG with alpha), then choose it again.",
        )
    if image.size[0] and tuple(image.size) != plate.size:  # a sequence that was not shown yet has no size
        raise MatteError(
            f"{image.name} is {image.size[0]} x {image.size[1]}, and the plate is {plate.size[0]} x {plate.size[1]}",
            code="matte_size",
            hint="Choose an image of the plate's size.",
        )
    if image.source == "FILE":
        return Matte(path, channel="A")
    pattern, _ = pattern_of(path)
    missing = set(frames.numbers) - set(present(pattern))
    if missing:
        raise MatteError(
            f"{image.name} has no file for {len(missing)} frame(s) of the plate, {min(missing)} the first",
            code="matte_missing",
            hint="Number the matte's files as the plate's are.",
        )
    return Matte(pattern, channel="A")


def start_export(source: Source, plate: HostPlate, frames: FrameRange, folder: Path) -> Export:
    """Begin to draw a matte at the plate's size, for the files' numbers. Blender's own export of the small .blend is
    all that the artist waits for.

    Raises MatteError `matte_missing`; StorageError `write_failed`.
    """
    if source.mask is None and not source.objects and not source.outlines:
        raise MatteError(
            "there is no matte yet",
            code="matte_missing",
            hint="Choose a mask, objects or a collection, or the image's own alpha.",
        )
    library, task_file, log = folder / "matte.blend", folder / "task.json", folder / "export.log"
    task = {
        "library": str(library),
        "kind": "mask" if source.mask is not None else "outlines" if source.outlines else "objects",
        "name": source.mask.name if source.mask is not None else source.scene.name if source.scene is not None else "",
        "outlines": {str(number): outlines for number, outlines in source.outlines.items()},
        "objects": list(source.objects),
        "feather": source.feather,
        "width": plate.size[0],
        "height": plate.size[1],
        "frames": [[plate.numbering.scene(number), number] for number in frames],
        "folder": str(folder),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not source.outlines:
            block = source.mask if source.mask is not None else source.scene
            bpy.data.libraries.write(str(library), {block}, fake_user=True, path_remap="ABSOLUTE")
        task_file.write_text(json.dumps(task), encoding="utf-8")
        with open(log, "wb") as output:
            process = subprocess.Popen(
                [*_blender(), str(_HERE / "export_matte.py"), "--", str(task_file)],
                stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, env=_environment(),
                start_new_session=True,
            )  # fmt: skip
    except (OSError, RuntimeError) as error:
        raise StorageError(
            f"the matte can't be written to {folder}: {getattr(error, 'strerror', None) or error}",
            code="write_failed",
            hint="Check the folder for elements and the space on its disk.",
            retry=True,
        ) from error
    return Export(process, folder, frames.numbers)


def _blender() -> list[str]:
    """The program itself, or this Python where Blender runs as a module."""
    program = bpy.app.binary_path
    return [program, "-b", "--factory-startup", "-P"] if program else [sys.executable]


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
