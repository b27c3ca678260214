"""Frames of light as vendors of HDR give them: a zip of half-float EXR files with sidecars."""

from __future__ import annotations

import io
import tempfile
import zipfile
from functools import cache
from pathlib import Path

import numpy as np

from tests.jobs.small_shot import write_exr

__all__ = ["LIGHT", "frames_zip"]

LIGHT = (4.0, 0.5, 0.25)
"""The colour of a frame's lower half, on the vendor's own primaries; the upper half is black."""


@cache
def frames_zip(size: tuple[int, int], count: int) -> bytes:
    """Frames named `frame.0001.exr` and on, with an alpha, and what else lies in such a zip."""
    pixels = np.zeros((size[1], size[0], 4), np.float32)
    pixels[size[1] // 2 :, :, :3], pixels[..., 3] = LIGHT, 1
    out = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(out, "w") as archive:
        path = Path(folder) / "frame.exr"
        write_exr(path, pixels, ("R", "G", "B", "A"), space="")
        archive.writestr(zipfile.ZipInfo("colorimetry.json"), "{}")
        for number in range(1, count + 1):
            archive.writestr(zipfile.ZipInfo(f"frame.{number:04d}.exr"), path.read_bytes())
        archive.writestr(zipfile.ZipInfo("provenance.json"), "{}")
    return out.getvalue()
