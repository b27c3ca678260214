"""The record of a shot's final comp: what was rendered, which takes are in it, and how much of each frame they cover.

`<name>.comp.json` beside the render holds a CompRecord, and its manifest signs it. Other than a take's, it says nothing
of what else an artist did in the comp: nobody wrote that down, and the manifest says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from .frames import FrameRange
from .takes import FileHash
from .windows import Box

__all__ = ["COMP_ENDING", "COMP_SCHEMA", "CompElement", "CompFrame", "CompRecord", "comp_names"]

COMP_SCHEMA = "org.platewright.comp/1"
COMP_ENDING = ".comp.json"
_TOKEN = re.compile(r"[._]?(?:#+|@+|%(?:0?\d{1,2})?d|\$F\d{0,2})(?=[^#@%$]*$)")


@dataclass(frozen=True, slots=True)
class CompElement:
    """A take in the comp.

    name: `rig_v003`. record, manifest: SHA-256 of its two files, hex. node: of the comp, where it is known.
    source_types: last words of the digital source types that its manifest states.
    mean, most: of the frames' shares that its matte covers.
    """

    name: str
    record: str
    manifest: str
    trained: bool
    source_types: tuple[str, ...]
    mean: float
    most: float
    node: str = ""


@dataclass(frozen=True, slots=True)
class CompFrame:
    """One frame of the render.

    shares: for each element, how much of the picture (0 to 1) its blend matte covers; what the comp lays over it is not
    taken off. generated: the same of all elements together, where they overlap counted once. plate: its file, where the
    plate was named.
    """

    number: int
    file: FileHash
    shares: tuple[float, ...]
    generated: float
    plate: FileHash | None = None


@dataclass(frozen=True, slots=True)
class CompRecord:
    """A comp's render.

    name: as its files begin (`sh010_comp_v012`). pattern: plain file name with `%d` for the frame, or the one file of
    a still. created: UTC. plate: plain name of the plate's pattern, empty where none was named.
    merkle_root: RFC 6962 tree over the frames' hashes, hex.
    asked: the frames that were asked for; what else lies there was never meant. None: all that were there.
    """

    name: str
    pattern: str
    created: str
    generator: str
    display_window: Box
    elements: tuple[CompElement, ...]
    frames: tuple[CompFrame, ...]
    merkle_root: str
    plate: str = ""
    show: str = ""
    shot: str = ""
    asked: FrameRange | None = None
    schema: str = field(default=COMP_SCHEMA)

    @property
    def mean(self) -> float:
        """The mean share of the picture that is generated, over all frames."""
        return sum(frame.generated for frame in self.frames) / max(1, len(self.frames))

    @property
    def most(self) -> float:
        """The largest such share of a frame."""
        return max((frame.generated for frame in self.frames), default=0.0)


def comp_names(pattern: str) -> tuple[str, str]:
    """`(name, record)` for a render's file name or pattern: `x_v012.####.exr` has `x_v012` and `x_v012.comp.json`."""
    found = _TOKEN.search(pattern)
    stem = pattern[: found.start()] if found else pattern.rpartition(".")[0]
    name = stem or pattern
    return name, name + COMP_ENDING
