"""What an operation gives back, and where it puts its frames.

An operation knows no take folder, version or manifest: it asks a PatchWriter where each frame goes, and hands
the record of every frame to whoever finishes the take.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from platewright.contract.curves import ModelCurve
from platewright.contract.findings import Finding
from platewright.contract.takes import FileHash, FrameRecord, ModelCard
from platewright.contract.windows import Box

__all__ = ["Outcome", "PatchWriter"]


class PatchWriter(Protocol):
    """Where patches go while a take is being made."""

    @property
    def stamp(self) -> Mapping[str, str]:
        """Header attributes that every patch carries: the unsigned hint that finds the manifest."""

    @property
    def kept(self) -> Mapping[int, Path]:
        """Patches that stand already, taken over from an earlier take: by frame number. They are not made again."""

    @property
    def under(self) -> Mapping[int, Path]:
        """Patches of an earlier take that frames are made into, by frame number; what is not made stays theirs."""

    def path(self, number: int) -> Path:
        """The file of a frame, under its final name, in a folder that nobody else sees yet."""


@dataclass(frozen=True)
class Outcome:
    """A finished operation: all that a TakeRecord needs and the request does not say.

    encoding: the plate's own colour space; colour_space: the patch's, scene-linear; colour_config: id of the OCIO
    configuration. display_window: the plate's, or the grown one. references: the files behind each reference, in
    the request's order. measures: over the whole take. timings: stage to seconds. frames: without those that were
    kept; curve: as in TakeRecord; at_joins: for a kept frame that follows one that was made, what the step between
    them measures.
    """

    frames: tuple[FrameRecord, ...]
    encoding: str
    colour_space: str
    colour_config: str
    display_window: Box
    pixel_aspect: float
    model_card: ModelCard
    references: tuple[tuple[FileHash, ...], ...] = ()
    findings: tuple[Finding, ...] = ()
    measures: dict[str, float | None] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    at_joins: dict[int, dict[str, float | None]] = field(default_factory=dict)
    curve: ModelCurve | None = None
