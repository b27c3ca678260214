"""The stamp in a patch's header: the unsigned hint that finds the take and its manifest again.

All of it is known before the frame is written, and nothing in it depends on the file it sits in: a hash of the
file itself can't be in the file. Nobody may take the stamp for proof; the manifest is the proof.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from platewright import __version__
from platewright.contract.request import ReplaceSky, Request
from platewright.contract.takes import file_names

from .names import is_plain_name
from .vocabulary import AI_COMPOSITE, COMPOSITE, SYNTHETIC_COMPOSITE, composite_of, source_type_uri

__all__ = [
    "ELEMENT",
    "MANIFEST",
    "SOURCE_TYPE",
    "TAKE",
    "VERSION",
    "Stamp",
    "expected_source_type",
    "read_stamp",
    "stamp",
]

SOURCE_TYPE = "Iptc4xmpExt:DigitalSourceType"
TAKE = "platewright:take"
MANIFEST = "platewright:manifest"
ELEMENT = "platewright:element"
VERSION = "platewright:version"
_LONGEST = 1024


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a header said: the take (`sky_v003`), its manifest's plain file name, and who wrote it."""

    take: str
    manifest: str
    version: str
    source_type: str


def expected_source_type(request: Request, trained: bool) -> str:
    """The digital source type (the last word) that is true of a patch before its pixels are known.

    Which share of a patch was brought in and which was made is known only afterwards, and the manifest says it.
    The stamp therefore says the most that is certain: with a trained model its composite type, with a sky or
    other reference the composite type of its declaration, else `composite`, which leaves open what was made.
    """
    if trained:
        return AI_COMPOSITE
    operation = request.operation
    if isinstance(operation, ReplaceSky):
        skies = request.references_for("sky")
        return composite_of(skies[0].source_type) if skies else SYNTHETIC_COMPOSITE
    if any(composite_of(reference.source_type) == AI_COMPOSITE for reference in request.references):
        return AI_COMPOSITE
    return COMPOSITE


def stamp(element: str, version: int, source_type: str) -> dict[str, str]:
    """The header attributes of every patch of a take, names to texts; none is empty, for OpenEXR drops such.

    source_type: the last word of an IPTC digital source type. Raises SigningError for one that does not exist.
    """
    record_name, manifest_name = file_names(element, version)[1:]
    return {
        SOURCE_TYPE: source_type_uri(source_type),
        TAKE: record_name.removesuffix(".take.json"),
        MANIFEST: manifest_name,
        ELEMENT: element,
        VERSION: __version__,
    }


def read_stamp(header: Mapping[str, object]) -> Stamp | None:
    """The stamp in a header read from a file, or None where there is none or it can't be one.

    Headers come from outside: only texts of reasonable length count, and the manifest must be a plain file name.
    """
    take, manifest, version, source_type = (
        value if isinstance(value, str) and len(value) <= _LONGEST else ""
        for value in (header.get(TAKE), header.get(MANIFEST), header.get(VERSION), header.get(SOURCE_TYPE))
    )
    if not take or not manifest or not is_plain_name(manifest):
        return None
    return Stamp(take, manifest, version, source_type)
