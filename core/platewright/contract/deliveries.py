"""What is asked for when a comp is signed, or handed over, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass

from .checks import ElementUse
from .findings import Finding

__all__ = ["CompAsk", "Delivered", "DeliverAsk", "SignedComp"]


@dataclass(frozen=True, slots=True)
class CompAsk:
    """A comp's render to be signed.

    render: a pattern or one file. elements: the takes in it. plate: pattern of the plate that it is over; empty: the
    first element's, where that is at hand. frames: a range; empty: all that are there. replace: it was signed before,
    and was rendered again. roots: folders that all of them lie in.
    """

    render: str
    elements: tuple[ElementUse, ...]
    plate: str = ""
    frames: str = ""
    replace: bool = False
    roots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SignedComp:
    """A comp that was signed: full paths of its record and manifest, its mean and largest share of generated pixels."""

    record: str
    manifest: str
    frames: int
    mean: float
    most: float
    source_type: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class DeliverAsk:
    """A movie or picture to be handed over with its manifest inside.

    file: MOV, MP4, TIFF, PNG or JPEG. source: the signed comp or take that it was made from (its record, a frame, or a
    pattern). to: where the file with the manifest goes; empty: in the place of `file`. replace: a file that is there
    already may be replaced. roots: folders that all of them lie in.
    """

    file: str
    source: str
    to: str = ""
    replace: bool = False
    roots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivered:
    """A file with its manifest inside: its path, size in bytes, the source type that it states, and what was found."""

    path: str
    size: int
    source_type: str
    findings: tuple[Finding, ...] = ()
