"""Bits that differ outside the matte, over the whole sample shot, by our blend and by a host's: there must be none.

python bench/exact.py [--take FOLDER]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from platewright.contract.frames import FrameRange
from platewright.contract.progress import Silent
from platewright.contract.request import Extend, Matte, Operation, Pads, Plate, Regenerate, Request
from platewright.imaging.blend import composite, keymix
from platewright.imaging.reading import read_frame
from platewright.operations import extend, regenerate

SAMPLE = Path(__file__).resolve().parent.parent / "sample"


class Folder:
    """A PatchWriter into a plain folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stamp: dict[str, str] = {}
        self.kept: dict[int, Path] = {}
        self.under: dict[int, Path] = {}

    def path(self, number: int) -> Path:
        """The file of a frame."""
        return self.folder / f"exact.{number}.exr"


def differing(operation: Operation) -> tuple[int, int, int]:
    """`(pixels compared, differing in our composite, differing in a host's)` for one operation on the sample."""
    plate = Plate(str(SAMPLE / "plate" / "plate.####.exr"), FrameRange.parse("1001-1020"))
    matte = Matte(str(SAMPLE / "matte" / "matte.####.exr")) if isinstance(operation, Regenerate) else None
    request = Request(operation=operation, element="exact", plate=plate, matte=matte)
    run = regenerate.run if isinstance(operation, Regenerate) else extend.run
    compared = ours = hosts = 0
    with tempfile.TemporaryDirectory() as folder:
        for record in run(request, Folder(Path(folder)), Silent()).frames:
            frame = read_frame(SAMPLE / "plate" / record.plate.name, record.number)
            patch = read_frame(Path(folder) / record.file.name, record.number)
            alpha = patch.channel("A").astype(np.float32)
            comp = composite(frame, patch.rgb(), alpha, patch.data_window)
            window = frame.data_window
            untouched = np.ones((window.height, window.width), bool)
            inside = window & patch.data_window
            untouched[inside.slices_in(window)] = alpha[inside.slices_in(patch.data_window)] == 0
            own = comp.pixels[window.slices_in(comp.data_window)]
            compared += int(untouched.sum())
            ours += int((own.view(np.uint16) != frame.pixels.view(np.uint16)).any(axis=-1)[untouched].sum())
            # A host blends where the patch has pixels; beyond its data window there is nothing to blend.
            rows, columns = inside.slices_in(window)
            plain = frame.rgb(inside)
            blended = keymix(plain, patch.rgb(inside), np.zeros((inside.height, inside.width), np.float32))
            changed = (blended.view(np.uint32) != plain.view(np.uint32)).any(axis=-1)
            hosts += int(changed[untouched[rows, columns]].sum())
    return compared, ours, hosts


def main() -> int:
    """Print the counts; 1 when a bit differs."""
    argparse.ArgumentParser(description=__doc__.split("\n\n")[0]).parse_args()
    wrong = 0
    for operation in (Regenerate(), Extend(Pads(64, 64, 32, 32))):
        compared, ours, hosts = differing(operation)
        print(f"{operation.kind:12s} {compared} pixels compared, {ours} differ in our blend, {hosts} in a host's")
        wrong += ours + hosts
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
