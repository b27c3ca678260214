"""The words of a check before publish: what is looked at, what a rule found, and the report that a gate relies on.

What a rule is, and how its weight decides, stands in `rules`; here it is applied to files. A report is signed by the
engine and names every file it speaks of by its hash, so that whoever publishes can tell whether it is about these.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .rules import RuleFinding, Weight
from .takes import FileHash

__all__ = [
    "GATE_SCHEMA",
    "Caught",
    "CheckAsk",
    "ElementUse",
    "GateReport",
    "GateVerdict",
    "RuleRun",
    "SealedFile",
    "SignedGate",
    "Subject",
    "SubjectKind",
    "exit_code_of",
]

GATE_SCHEMA = "org.platewright.gate/1"
Outcome = Literal["passed", "failed", "could not run"]
SubjectKind = Literal["take", "render", "delivery", "show"]


@dataclass(frozen=True, slots=True)
class ElementUse:
    """A take that feeds what is published: its record, and the node of the comp that brings it in."""

    record: str
    node: str = ""


@dataclass(frozen=True, slots=True)
class CheckAsk:
    """What is to be checked, and as what.

    paths: takes, renders (a pattern or a file) and deliveries. roots: folders that all of them lie in. show: the
    folder with the show's records; empty where there is none. profiles: names of policy profiles. frames, colour_space,
    channels: what was declared for renders. plate: pattern of the plate that a render is over. elements: the takes that
    feed the renders. destination: where a version is about to be written. disclosure: the
    report that goes with a final. final: it is for the final picture.
    records_only: leave out what needs pixels; such a report opens no gate. trusted_only: a signer whom nobody here
    vouches for is a failure. strict: warnings count as errors.
    """

    paths: tuple[str, ...]
    roots: tuple[str, ...] = ()
    show: str = ""
    profiles: tuple[str, ...] = ()
    elements: tuple[ElementUse, ...] = ()
    frames: str = ""
    colour_space: str = ""
    channels: tuple[str, ...] = ()
    plate: str = ""
    destination: str = ""
    disclosure: str = ""
    final: bool = False
    records_only: bool = False
    trusted_only: bool = False
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that was looked at: its name (`rig_v003`), what it is, its path."""

    name: str
    kind: SubjectKind
    path: str


@dataclass(frozen=True, slots=True)
class RuleRun:
    """That a rule was applied to a subject, and how that ended; `message` says why it could not run."""

    rule: str
    subject: str
    outcome: Outcome
    message: str = ""


@dataclass(frozen=True, slots=True)
class Caught:
    """What a rule found on a subject. code: the finer word of what was wrong (`frame_swapped`). node: of the comp."""

    subject: str
    found: RuleFinding
    code: str = ""
    node: str = ""


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file that was checked, as it was then: its full path, size in bytes and SHA-256."""

    path: str
    size: int
    sha256: str

    @classmethod
    def of(cls, path: str, found: FileHash) -> SealedFile:
        """The seal of a file that was hashed."""
        return cls(path, found.size, found.sha256)


@dataclass(frozen=True, slots=True)
class GateReport:
    """The outcome of a check: every rule that ran on every subject, what was found, and the files it speaks of.

    made: UTC. complete: every rule was run that applies, pixels included. exit_code: 0 clean, 1 warnings that count as
    errors, 2 held up, 3 a check could not run.
    """

    id: str
    made: str
    generator: str
    profiles: tuple[str, ...]
    subjects: tuple[Subject, ...]
    runs: tuple[RuleRun, ...]
    findings: tuple[Caught, ...]
    files: tuple[SealedFile, ...]
    complete: bool
    strict: bool
    exit_code: int
    schema: str = GATE_SCHEMA


@dataclass(frozen=True, slots=True)
class SignedGate:
    """A report with its signature: base64 over the report's canonical bytes, and the signer's certificates as PEM."""

    report: GateReport
    signature: str = ""
    chain: str = ""


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """Whether a report opens the gate now; else the code and the sentence that say why not."""

    opens: bool
    code: str = ""
    message: str = ""


def exit_code_of(runs: tuple[RuleRun, ...], findings: tuple[Caught, ...], strict: bool) -> int:
    """What a check ends with: 2 before 3 before 1, for what said no outweighs what could not run; nothing run is 3."""
    if any(one.found.stops and not one.found.unchecked for one in findings):
        return 2
    if not runs or any(run.outcome == "could not run" for run in runs) or any(one.found.unchecked for one in findings):
        return 3
    warned = any(one.found.weight is Weight.WARN and not one.found.lifted_with for one in findings)
    return int(strict and warned)
