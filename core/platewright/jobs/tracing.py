"""Tracing a picture back to its take: the ledger and the records of one root are looked through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from platewright.contract.errors import ColourError, InputError, ManifestError, StorageError
from platewright.contract.takes import file_names
from platewright.imaging.colour import Colour, display_proxy
from platewright.imaging.frame import Frame
from platewright.imaging.reading import read_frame
from platewright.imaging.stream import hash_file
from platewright.provenance.fingerprint import codes
from platewright.provenance.trace import Trace, TraceEntry, entries_of, trace

from .ledger import Ledger, TakeEntry
from .takes import TakeStore, load

__all__ = ["entries_in", "trace_file"]


def trace_file(path: Path, root: Path, colour_space: str = "") -> Trace:
    """Where a picture comes from, among the takes of one root.

    colour_space: of an EXR that does not say its own. A file that is no picture is still looked up by its hash.
    Raises StorageError where the file can't be read or the root is not there.
    """
    if not root.is_dir():
        raise StorageError(f"there is no folder {root}", code="not_found", hint="Give the root that holds the takes.")
    digest = hash_file(path).sha256
    exact = trace(digest, (), entries_in(root))
    try:
        picture = _proxy(path, colour_space)
    except InputError:
        if exact.exact:
            return exact
        raise
    return trace(digest, codes(picture), entries_in(root))


def entries_in(root: Path) -> Iterator[TraceEntry]:
    """Every frame the ledger knows, then those of takes that it does not know (yet)."""
    known = set()
    for line in Ledger(root).entries():
        if isinstance(line.body, TakeEntry):
            body = line.body
            known.add((body.element, body.version))
            manifest = file_names(body.element, body.version)[2]
            for frame in body.frames:
                yield TraceEntry(frame.sha256, frame.codes, body.element, body.version, frame.number, manifest)
    for place in TakeStore(root).takes():
        if (place.element, place.version) not in known:
            try:
                yield from entries_of(load(place))
            except (ManifestError, StorageError):
                continue


def _proxy(path: Path, colour_space: str) -> npt.NDArray[np.uint8]:
    """The picture as eyes see it: an EXR's light by the fixed curve, all else as it is encoded."""
    frame = read_frame(path, 1, what="picture", rgb_only=True)
    if path.suffix.lower() not in {".exr", ".sxr", ".mxr"}:
        return (np.clip(_shown(frame), 0, 1) * np.float32(255) + np.float32(0.5)).astype(np.uint8)
    rgb = _shown(frame)
    try:
        colour = Colour()
        space = colour.resolve(colour_space, frame.header, path)
        rgb = colour.converter(space, colour.linear_of(space))(rgb)
    except ColourError:
        if colour_space:
            raise
    return display_proxy(rgb)


def _shown(frame: Frame) -> npt.NDArray[np.float32]:
    return np.nan_to_num(frame.rgb(frame.display_window))
