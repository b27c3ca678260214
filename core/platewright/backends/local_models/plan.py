"""How a model fits a machine: device, number format, what is moved out of the way. Arithmetic only; knows no torch.

A model's weights are counted from its files, the work over a picture by a rule of thumb per model; an estimate that is
too low ends in an error before a step is done and not in a machine that swaps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

__all__ = ["KINDS", "Kind", "Machine", "Plan", "TooLarge", "plan_for"]

ROOM = 1.15
"""Weights in memory, over their size: buffers, fragmentation."""
GIB = 1024**3


class TooLarge(Exception):
    """A model that this machine can't run."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A class of pipelines. clip: it makes frames that belong together. per_pixel: bytes of work for a pixel of a frame
    at two bytes a number, about. multiple: both sides of a picture. best: side of a square it was trained on."""

    clip: bool
    per_pixel: int
    multiple: int
    best: int


KINDS: dict[str, Kind] = {
    "StableDiffusionInpaintPipeline": Kind(False, 6_000, 8, 512),
    "StableDiffusionXLInpaintPipeline": Kind(False, 5_000, 8, 1024),
    "FluxFillPipeline": Kind(False, 4_000, 16, 1024),
    "WanVACEPipeline": Kind(True, 600, 16, 632),
}
"""The pipelines that are run, and no others."""


@dataclass(frozen=True, slots=True)
class Machine:
    """gpu: free bytes of the graphics card, 0 for none. bfloat16: it counts in that. memory: free bytes besides."""

    gpu: int
    bfloat16: bool
    memory: int


@dataclass(frozen=True, slots=True)
class Plan:
    """device: where it is counted. dtype: of the numbers. offload: which parts wait outside the card: `none`, `parts`
    (each whole model comes when it is needed), `layers` (slow). slicing: attention in slices. tiling: the picture is
    decoded in tiles. needs: bytes on the device, about."""

    device: Literal["cuda", "cpu"]
    dtype: Literal["float32", "float16", "bfloat16"]
    offload: Literal["none", "parts", "layers"]
    slicing: bool
    tiling: bool
    needs: int


def plan_for(kind: Kind, weights: Mapping[str, int], pixels: int, machine: Machine) -> Plan:
    """How to run a model. weights: parameters of each part. pixels: of all frames of a send.

    Raises TooLarge with what it needs and what there is.
    """
    total, largest = sum(weights.values()), max(weights.values(), default=0)
    work = kind.per_pixel * pixels
    if machine.gpu:
        dtype: Literal["float16", "bfloat16"] = "bfloat16" if machine.bfloat16 else "float16"
        steps: tuple[tuple[Literal["none", "parts", "layers"], bool, float], ...] = (
            ("none", False, 2 * total * ROOM + work),
            ("none", True, 2 * total * ROOM + work / 2),
            ("parts", True, 2 * largest * ROOM + work / 2),
            ("layers", True, 0.1 * largest * 2 + work / 2),
        )
        for offload, sparing, needs in steps:
            waits = 0 if offload == "none" else 2 * total * ROOM
            if needs <= machine.gpu and waits <= machine.memory:
                return Plan("cuda", dtype, offload, sparing and not kind.clip, sparing, int(needs))
    for sparing in (False, True):
        needs = 4 * total * ROOM + 2 * work / (2 if sparing else 1)
        if needs <= machine.memory and not machine.gpu:
            return Plan("cpu", "float32", "none", sparing and not kind.clip, sparing, int(needs))
    least = 2 * total * ROOM if machine.gpu else 4 * total * ROOM + work
    raise TooLarge(
        f"it needs about {least / GIB:.1f} GiB of memory, and {machine.memory / GIB:.1f} are free here"
        + (f" beside {machine.gpu / GIB:.1f} on the graphics card" if machine.gpu else " (no graphics card)")
    )
