"""A take's pixels checked again from the files: the patch keeps its contract, and what it left alone is untouched.

One frame at a time is in memory. Nothing is believed of the record that can be seen in the files.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from platewright.contract.errors import CheckCouldNotRun, ManifestError, StorageError
from platewright.contract.findings import Finding, Severity
from platewright.contract.request import Extend, Regenerate
from platewright.contract.takes import FileHash, FrameRecord, TakeRecord
from platewright.contract.windows import Box
from platewright.imaging.blend import composite, keymix, untouched
from platewright.imaging.frame import Frame
from platewright.imaging.mattes import clean, cut, fit, prepare, support
from platewright.imaging.reading import read_frame, read_matte
from platewright.imaging.sequence import Sequence
from platewright.imaging.stream import hash_file
from platewright.provenance.header import read_stamp
from platewright.provenance.names import shown

from .places import TakePlace
from .takes import load_bytes

__all__ = ["PatchFrame", "check_matte", "check_patch", "check_plate", "failed", "read_patch", "read_under"]


@dataclass(frozen=True, eq=False)
class PatchFrame:
    """A patch in memory: `rgb` (H, W, 3) and `alpha` (H, W) float32 over `box`."""

    frame: Frame
    rgb: npt.NDArray[np.float32]
    alpha: npt.NDArray[np.float32]
    box: Box


def failed(code: str, message: str, number: int, remedy: str = "") -> Finding:
    """A finding that decides against the take."""
    return Finding(code, Severity.ERROR, message, number, None, remedy)


def read_patch(place: TakePlace, number: int) -> PatchFrame:
    """One frame of a take's patch. Raises PlateError where it can't be read or lacks R, G, B or A."""
    frame = read_frame(place.frame(number), number, what="patch")
    alpha = np.asarray(frame.channel("A"), dtype=np.float32)
    return PatchFrame(frame, frame.rgb(), alpha, frame.data_window)


def read_under(place: TakePlace, record: TakeRecord, number: int) -> PatchFrame | None:
    """The base's patch of a frame, where a take made only a part of its region again; None for any other take.

    Raises CheckCouldNotRun where the base is gone or another by now, PlateError where the patch can't be read.
    """
    base = record.request.base
    if base is None or not base.region:
        return None
    below = TakePlace(place.folder, place.element, base.version)
    try:
        same = hashlib.sha256(load_bytes(below)).hexdigest() == base.record
    except (ManifestError, StorageError):
        same = False
    if not same:
        raise CheckCouldNotRun(f"{below.stem}, which a part of this was made into, is gone or another by now")
    return read_patch(below, number)


def check_patch(patch: PatchFrame, record: TakeRecord, entry: FrameRecord) -> list[Finding]:
    """The patch's own contract: windows, finite values, a blend matte that is 0 on the border and as recorded."""
    number, alpha = entry.number, patch.alpha
    found: list[Finding] = []
    if patch.box != entry.patch_window or patch.frame.display_window != record.display_window:
        found.append(failed("patch_window_differs", f"the patch of {number} has other windows than recorded", number))
    if not (np.isfinite(patch.rgb).all() and np.isfinite(alpha).all()):
        found.append(failed("patch_not_finite", f"the patch of {number} holds NaN or infinity", number))
        return found
    if alpha[0].any() or alpha[-1].any() or alpha[:, 0].any() or alpha[:, -1].any():
        found.append(failed("patch_border", f"the blend matte of {number} is not 0 on the patch's border", number))
    if alpha.min() < 0 or alpha.max() > 1:
        found.append(failed("patch_alpha", f"the blend matte of {number} leaves 0 to 1", number))
    changed = support(alpha, (patch.box.x0, patch.box.y0))
    pixels = int(np.count_nonzero(alpha > 0))
    if not entry.changed.contains(changed) or pixels > entry.changed_pixels:
        # Fewer is right: the faintest values of a soft matte become 0 when a half is written.
        message = f"the patch of {number} changes {pixels} pixels, recorded are {entry.changed_pixels}"
        found.append(failed("changed_differs", message, number))
    found += _check_stamp(patch, record, entry)
    region = record.request.region
    if region is not None and not region.contains(changed):
        message = f"the patch of {number} changes pixels outside the region that was asked for"
        found.append(failed("changed_outside_region", message, number))
    return found


def _check_stamp(patch: PatchFrame, record: TakeRecord, entry: FrameRecord) -> list[Finding]:
    """The header names the take that the file was first made for: this one, or the one it was taken over from."""
    stamp = read_stamp(patch.frame.header)
    first = entry.taken_from or f"{record.element}_v{record.version:03d}"
    if stamp is None or stamp.take == first:
        return []
    message = f"the header of {entry.number} names {shown(stamp.take, 80)}, and the record {first}"
    return [
        failed("stamp_differs", message, entry.number, "The file belongs to another take; take it from the backup.")
    ]


def check_matte(
    patch: PatchFrame, record: TakeRecord, entry: FrameRecord, mattes: Sequence, under: PatchFrame | None = None
) -> list[Finding]:
    """That nothing outside the artist's matte changed, with the growing and feathering that was asked for.

    under: the base's patch, where only a part of its region was made again: outside the matte it has to be there, bit
    for bit.
    Raises MatteError, StorageError where the matte can't be read.
    """
    matte = record.request.matte
    if matte is None or not isinstance(record.request.operation, Regenerate):
        return []
    number, path = entry.number, mattes.path(entry.number)
    found = _same_file(hash_file(path), entry.matte, "matte", number)
    values, data, display = read_matte(path, number, matte.channel, matte.invert)
    window = fit(data, display, patch.frame.display_window, number)
    used, box = prepare(clean(values, number), window, matte.grow, matte.feather)
    inside = cut(used, box, patch.box) > 0
    if under is not None:
        found += _same_outside(patch, under, inside, number)
        inside |= cut((under.alpha > 0).astype(np.float32), under.box, patch.box) > 0
    outside = int(np.count_nonzero((patch.alpha > 0) & ~inside))
    if outside:
        message = f"{outside} pixels of {number} changed outside the matte"
        found.append(failed("changed_outside_matte", message, number))
    return found


def _same_outside(patch: PatchFrame, under: PatchFrame, inside: npt.NDArray[np.bool_], number: int) -> list[Finding]:
    """That the base stands unchanged outside the matte: its blend matte, and its colours where that is not 0."""
    box = patch.box.union(under.box)
    made = cut(inside.astype(np.float32), patch.box, box) > 0
    now, then = cut(patch.alpha, patch.box, box), cut(under.alpha, under.box, box)
    differs = (now != then) & ~made
    for channel in range(3):
        mine, theirs = (cut(np.ascontiguousarray(one.rgb[..., channel]), one.box, box) for one in (patch, under))
        differs |= (mine != theirs) & (then > 0) & ~made
    count = int(np.count_nonzero(differs))
    if not count:
        return []
    return [
        failed("base_pixels_differ", f"{count} pixels of {number} outside the matte are not the base take's", number)
    ]


def check_plate(
    patch: PatchFrame, record: TakeRecord, entry: FrameRecord, plates: Sequence
) -> tuple[int, list[Finding]]:
    """The untouched-pixel proof for one frame: pixels compared, and what was found.

    The plate's file is the recorded one; the composite has the plate's bits wherever the blend matte is 0; and so
    has a host's own arithmetic, but for the sign of a zero and the payload of a NaN, which hosts do not keep.
    Raises PlateError, StorageError where the plate can't be read.
    """
    number, path = entry.number, plates.path(entry.number)
    found = _same_file(hash_file(path), entry.plate, "plate", number)
    plate = read_frame(path, number, layer=record.request.plate.layer)
    below = _below(plate, patch.box)
    comp = composite(below, patch.rgb, patch.alpha, patch.box)
    compared, differing = untouched(below, comp, patch.alpha, patch.box)
    compared += plate.data_window.area - below.data_window.area  # no patch lies over these
    if differing:
        message = f"{differing} of {compared} untouched pixels of {number} differ from the plate"
        found.append(failed("untouched_differ", message, number))
    elif compared < entry.untouched_pixels and not found:
        message = f"{compared} pixels of {number} are untouched, recorded are {entry.untouched_pixels}"
        found.append(failed("untouched_count_differs", message, number))
    if isinstance(record.request.operation, Extend) and compared != plate.data_window.area:
        message = f"the extension of {number} changes {plate.data_window.area - compared} of the plate's own pixels"
        found.append(failed("extension_changes_plate", message, number))
    smeared = _differing_in_host(plate, patch)
    if smeared:
        message = f"{smeared} untouched pixels of {number} would change in a host's own arithmetic"
        found.append(failed("host_blend_differs", message, number))
    return compared, found


def _below(plate: Frame, box: Box) -> Frame:
    """The part of a plate that a patch lies over, without a copy; all of it where the patch reaches beyond it."""
    if not plate.data_window.contains(box) or box.is_empty:
        return plate
    here = box.slices_in(plate.data_window)
    others = {name: values[here] for name, values in plate.others.items()}
    return replace(plate, pixels=plate.pixels[here], data_window=box, others=others)


def _differing_in_host(plate: Frame, patch: PatchFrame) -> int:
    """How many pixels with a blend matte of 0 a host's Keymix would change inside the patch's window."""
    region = patch.box & plate.data_window
    if region.is_empty:
        return 0
    still = patch.alpha[region.slices_in(patch.box)] == 0
    before = plate.rgb(region)[still]
    after = keymix(before, patch.rgb[region.slices_in(patch.box)][still], np.zeros(len(before), np.float32))
    same: npt.NDArray[Any] = (before == after) | (np.isnan(before) & np.isnan(after))
    return int(np.count_nonzero(~same.all(axis=1)))


def _same_file(now: FileHash, then: FileHash | None, what: str, number: int) -> list[Finding]:
    if then is None or (now.size, now.sha256) == (then.size, then.sha256):
        return []
    message = f"the {what} of {number} ({now.name}) is not the file that the take was made from"
    return [failed(f"{what}_differs", message, number, f"Bring the {what} as it was, or make a new take.")]
