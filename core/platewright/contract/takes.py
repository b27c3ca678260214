"""The record of a take: canonical, immutable, the file that a manifest signs.

`<root>/<element>/<element>_v003.take.json` holds a TakeRecord. What people decide later about a take lives in the
ledger, not here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from .cost import Cost
from .curves import ModelCurve
from .findings import Finding
from .request import Request
from .windows import Box

__all__ = [
    "TAKE_SCHEMA",
    "Cost",
    "FileHash",
    "FrameRecord",
    "ModelCard",
    "SourceShares",
    "TakeRecord",
    "file_names",
]

TAKE_SCHEMA = "org.platewright.take/1"


@dataclass(frozen=True, slots=True)
class FileHash:
    """One file as it was: plain name, size in bytes, SHA-256 of all its bytes in lower-case hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class SourceShares:
    """Where the changed pixels of a frame came from, as shares of 1 (their sum is 1, or 0 for an empty region).

    frames: brought in from other frames of the plate; synthesis: made by the generator; given: from the artist's
    clean plate, anchor or sky; plate: the frame's own pixels, re-balanced (a relit foreground).
    """

    frames: float = 0.0
    synthesis: float = 0.0
    given: float = 0.0
    plate: float = 0.0


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """One frame of a take.

    file: the patch's name, size and hash. plate: the plate's file that it was made from, likewise; `matte` too,
        where there was one.
    fingerprint: ISCC codes of the composite, the first of the whole picture.
    patch_window: the patch's data window. changed: the smallest box around the pixels whose blend matte is not 0.
    changed_pixels: how many those are.
    untouched_pixels: pixels of the plate outside them. Where the patch's window lies over them, a host's blend of
        the patch was compared with the plate bit for bit when the take was made; elsewhere no patch lies over them.
    sources: frame numbers that lent pixels.
    confidence: 0 to 1, how sure the generator is of this frame; in a fill, a half where it expects to be eight steps
        of 8 bits from the truth, root mean square over the changed pixels.
    measures: name to number, or None where it could not be measured; units are in quality's docstrings.
    taken_from: the take that the file was first made for (`rig_v003`), where it was taken over as it is; its header
        still names that one. Empty for a frame that was made for this take.
    """

    number: int
    file: FileHash
    plate: FileHash
    patch_window: Box
    changed: Box
    changed_pixels: int
    untouched_pixels: int
    matte: FileHash | None = None
    fingerprint: tuple[str, ...] = ()
    shares: SourceShares = field(default_factory=SourceShares)
    sources: tuple[int, ...] = ()
    confidence: float = 1.0
    measures: dict[str, float | None] = field(default_factory=dict)
    taken_from: str = ""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What made the pixels: enough to find the same generator again.

    trained: whether anything in it was learned from data; decides whether `c2pa.ai-disclosure` applies.
    """

    name: str
    version: str
    provider: str = ""
    trained: bool = False
    training_data: str = "none: no part of it was learned from data"
    licence: str = "Apache-2.0"


@dataclass(frozen=True, slots=True)
class TakeRecord:
    """A finished take.

    created: UTC, `2026-01-31T12:00:00Z`. colour_space: of the patch, scene-linear. encoding: the plate's own
    colour space. display_window: the plate's, or the grown one of an extension. index by frame in `frames`.
    merkle_root: RFC 6962 tree over the frames' hashes, hex. timings: stage to seconds.
    references: the files behind each reference, in the request's order. curve: through which a model saw the plate;
    None where no model did.
    """

    element: str
    version: int
    created: str
    generator: str
    request: Request
    request_hash: str
    encoding: str
    colour_space: str
    display_window: Box
    pixel_aspect: float
    frames: tuple[FrameRecord, ...]
    merkle_root: str
    model_card: ModelCard
    colour_config: str = ""
    references: tuple[tuple[FileHash, ...], ...] = ()
    findings: tuple[Finding, ...] = ()
    measures: dict[str, float | None] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    cost: Cost = field(default_factory=Cost)
    curve: ModelCurve | None = None
    schema: str = TAKE_SCHEMA


def file_names(element: str, version: int) -> tuple[str, str, str]:
    """`(frame pattern, record, manifest)` of a take, plain names: `sky_v003.%d.exr`, `sky_v003.take.json`, …"""
    stem = f"{element}_v{version:03d}"
    return f"{stem}.%d.exr", f"{stem}.take.json", f"{stem}.take.json.c2pa"
