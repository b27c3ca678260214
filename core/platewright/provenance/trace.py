"""Tracing a picture back: from a file's hash or the fingerprint of its picture to the takes it may come from.

The hash is proof that a file is the very one; a fingerprint gives candidates and no more, because a plate and its
changed version are near each other, and so are neighbouring frames. Entries are handed in, wherever they are
kept; this module reads no files.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Literal

import numpy as np
import numpy.typing as npt

from platewright.contract.errors import ManifestError
from platewright.contract.takes import TakeRecord, file_names

from .fingerprint import NEAR, decode, is_featureless, pack

__all__ = ["Certainty", "Match", "Trace", "TraceEntry", "entries_of", "trace"]

Certainty = Literal["exact", "almost sure", "probable", "possible"]
_ALMOST_SURE, _PROBABLE = 24, 56
"""Bits of 256. Codecs, sizes, crops and grades leave up to 24; repainting a tenth of it, up to 58; unrelated pictures
come no nearer than 106 (both measured, see bench/trace.py)."""
_BATCH = 2048


@dataclass(frozen=True, slots=True)
class TraceEntry:
    """One frame as it was once made: its file's hash, the codes of its picture, and where it belongs."""

    sha256: str
    fingerprint: tuple[str, ...]
    element: str
    version: int
    frame: int
    manifest: str


@dataclass(frozen=True, slots=True)
class Match:
    """An entry that matched. distance: differing bits of 256; None for a match by hash, which is exact.

    certainty: how sure that is of the picture; neighbouring frames of a slow shot it can't tell apart.
    """

    entry: TraceEntry
    distance: int | None
    certainty: Certainty = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "certainty", _certainty(self.distance))


@dataclass(frozen=True, slots=True)
class Trace:
    """What was found.

    exact: entries with the file's own hash. candidates: entries whose picture is near, nearest first; a person or
    a comparison of pixels decides. featureless: the picture is too plain for its fingerprint to mean anything.
    """

    exact: tuple[Match, ...]
    candidates: tuple[Match, ...]
    featureless: bool = False


def _certainty(distance: int | None) -> Certainty:
    if distance is None:
        return "exact"
    if distance <= _ALMOST_SURE:
        return "almost sure"
    return "probable" if distance <= _PROBABLE else "possible"


def entries_of(record: TakeRecord) -> Iterator[TraceEntry]:
    """The entries of a take's frames: each patch's hash with the codes of its composite."""
    manifest = file_names(record.element, record.version)[2]
    for frame in record.frames:
        yield TraceEntry(frame.file.sha256, frame.fingerprint, record.element, record.version, frame.number, manifest)


def trace(
    sha256: str, fingerprint: Sequence[str], entries: Iterable[TraceEntry], *, most: int = 20, near: int = NEAR
) -> Trace:
    """Find where a file comes from.

    sha256: of the file, lower-case hex. fingerprint: the codes of its picture, of which the first, of the whole
    picture, is compared with all thirteen of an entry; empty when there is no picture. most: candidates kept.
    near: largest distance of a candidate. Entries are read once, in portions; damaged codes in them are skipped.
    Raises ManifestError for a malformed query.
    """
    digest = decode(fingerprint[0]) if fingerprint else b""
    featureless = bool(digest) and is_featureless(digest)
    query = pack([digest])[0] if digest and not featureless else None
    exact: list[Match] = []
    best: list[tuple[int, int, TraceEntry]] = []
    count = 0
    stream = iter(entries)
    while batch := list(islice(stream, _BATCH)):
        exact += [Match(entry, None) for entry in batch if sha256 and entry.sha256 == sha256]
        if query is not None:
            found = ((-bits, -(count + index), batch[index]) for index, bits in _near(query, batch, near))
            best = heapq.nlargest(most, [*best, *found], key=lambda item: item[:2])
        count += len(batch)
    return Trace(tuple(exact), tuple(Match(entry, -bits) for bits, _, entry in best), featureless)


def _near(query: npt.NDArray[np.uint64], batch: Sequence[TraceEntry], near: int) -> Iterator[tuple[int, int]]:
    """`(index in batch, distance)` of the entries one of whose codes is near."""
    owners: list[int] = []
    digests: list[bytes] = []
    for owner, entry in enumerate(batch):
        usable = list(_usable(entry))
        owners += [owner] * len(usable)
        digests += usable
    if not digests:
        return
    bits = np.bitwise_count(pack(digests) ^ query).sum(axis=1, dtype=np.int64)
    least = np.full(len(batch), 257, dtype=np.int64)
    np.minimum.at(least, np.array(owners), bits)
    yield from ((int(index), int(least[index])) for index in np.flatnonzero(least <= near))


def _usable(entry: TraceEntry) -> Iterator[bytes]:
    for code in entry.fingerprint:
        try:
            digest = decode(code)
        except ManifestError:
            continue
        if not is_featureless(digest):
            yield digest
