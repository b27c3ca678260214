"""Facts: what was found out about a subject before any rule is asked, as plain values.

Whoever gathers them (jobs) opens files, reads records and verifies signatures; a rule only judges. What could not be
found out is `Unknown` with the reason, so that a rule that needs it can't run, and says so, instead of passing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from platewright.contract.checks import Subject, SubjectKind
from platewright.contract.findings import Finding
from platewright.contract.takes import TakeRecord
from platewright.contract.windows import Box

from ..case import Case

__all__ = ["CannotTell", "Declared", "Disclosed", "Evidence", "Facts", "Picture", "Pictures", "Unknown", "known"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A fact that could not be found out, and why."""

    reason: str


class CannotTell(Exception):
    """A rule needs a fact that nobody could find out: it could not run."""


def known(fact: T | Unknown) -> T:
    """The fact, if it was found out. Raises CannotTell."""
    if isinstance(fact, Unknown):
        raise CannotTell(fact.reason)
    return fact


@dataclass(frozen=True)
class Evidence:
    """What stands behind a subject's origin: its manifest, read and compared with the files.

    state: `Trusted`, `Valid` or `Invalid`; empty where there is no manifest at all. source_types: the last words of the
    digital source types that the manifest's actions state. stamp: the one in the files' headers, empty where there is
    none. findings: what verification said. inputs_marked: names of inputs that bear marks of their own now;
    inputs_carried: how many of them the manifest carries. told: everything that the manifest tells to whoever reads it.
    """

    state: str = ""
    signer: str = ""
    source_types: tuple[str, ...] = ()
    stamp: str = ""
    findings: tuple[Finding, ...] = ()
    inputs_marked: tuple[str, ...] = ()
    inputs_carried: int = 0
    told: str = ""


@dataclass(frozen=True)
class Picture:
    """One file of a sequence as it is on the disk, header and numbers.

    problem: why it can't be read, with the reader's own code; the rest is then empty. kinds: storage of each channel.
    colour: what the file states, empty where nothing. rate, timecode: as texts, empty where the header has none.
    told: every text in the header.
    nan, infinite: counts over R, G, B and A. negative, at_one: shares of the pixels. mean: luminance, for comparing
    neighbours; it and the counts are None where no pixels were looked at.
    """

    number: int
    name: str
    problem: str = ""
    problem_code: str = ""
    channels: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    compression: str = ""
    data_window: Box = field(default_factory=lambda: Box(0, 0, 0, 0))
    display_window: Box = field(default_factory=lambda: Box(0, 0, 0, 0))
    pixel_aspect: float = 1.0
    colour: str = ""
    chromaticities: bool = False
    rate: str = ""
    timecode: str = ""
    take: str = ""
    source_type: str = ""
    told: str = ""
    nan: int | None = None
    infinite: int | None = None
    negative: float | None = None
    at_one: float | None = None
    mean: float | None = None


@dataclass(frozen=True)
class Pictures:
    """A sequence's files, by frame number, and those that lie among them without belonging there."""

    frames: tuple[Picture, ...]
    strangers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Declared:
    """What was said about a subject before it was made; an empty or None value was not declared.

    frames: numbers. plate: the plate's first frame as it is now. matte_pixels_differ: findings of the comparison with
    plate and matte, or Unknown. destination_taken: names of files that stand where a version is to be written.
    """

    frames: tuple[int, ...] = ()
    colour: str = ""
    channels: tuple[str, ...] = ()
    plate: Picture | Unknown | None = None
    extends: bool = False
    destination: str = ""
    destination_taken: tuple[str, ...] | Unknown = ()


@dataclass(frozen=True)
class Disclosed:
    """A disclosure report: when it was made, the records it speaks of by their hash, the lines it proposes by use."""

    made: str
    records: frozenset[str]
    lines: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """All about one subject.

    generated: whether generated pixels are known to be in it. shares: of a take's changed pixels, by source. final: it
    is for the final picture. untouched: findings of the comparison with plate and matte. case: its request
    before the show's records; a render's is that of the first take in it. disclosure: the report that goes with it.
    elements: hashes of the records of the takes in it; a take's own is the only one.
    """

    subject: Subject
    today: str
    final: bool = False
    generated: bool = False
    trained: bool = False
    trusted_only: bool = False
    record: TakeRecord | Unknown | None = None
    record_hash: str = ""
    elements: tuple[str, ...] = ()
    evidence: Evidence | Unknown = field(default_factory=lambda: Unknown("nobody looked at its manifest"))
    pictures: Pictures | Unknown = field(default_factory=lambda: Unknown("its pictures were not looked at"))
    untouched: tuple[Finding, ...] | Unknown | None = None
    declared: Declared = field(default_factory=Declared)
    nodes: Mapping[str, str] = field(default_factory=dict)
    case: Case | Unknown | None = None
    disclosure: Disclosed | Unknown | None = None

    @property
    def kind(self) -> SubjectKind:
        """What it is."""
        return self.subject.kind
