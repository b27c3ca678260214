"""A send's frames as a clip, for vendors that take nothing else. Lossy, of 8 bits: what comes back is judged as such.

With the program `ffmpeg` at hand it is H.264 of the highest quality; without it MPEG-4, by the library that is here.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from platewright.contract.errors import BackendError

__all__ = ["clip_of"]

_WITHIN_S = 600.0


def clip_of(files: Mapping[str, bytes], fps: tuple[int, int]) -> bytes:
    """An MP4 of the `frame_*.png` among a send's files. Raises BackendError `clip_unwritable`."""
    frames = [data for name, data in sorted(files.items()) if name.startswith("frame_")]
    with tempfile.TemporaryDirectory(prefix="platewright-clip-") as folder:
        target = Path(folder) / "clip.mp4"
        ffmpeg = shutil.which("ffmpeg")
        done = _by_program(ffmpeg, frames, fps, target) if ffmpeg else _by_library(frames, fps, target)
        if not done or not target.is_file():
            raise BackendError("the frames could not be made a clip", code="clip_unwritable", hint="Install ffmpeg.")
        return target.read_bytes()


def _by_program(ffmpeg: str, frames: list[bytes], fps: tuple[int, int], target: Path) -> bool:
    words = [
        ffmpeg, "-v", "error", "-y", "-f", "image2pipe", "-c:v", "png", "-framerate", f"{fps[0]}/{fps[1]}", "-i", "-",
        "-c:v", "libx264", "-crf", "6", "-preset", "medium", "-pix_fmt", "yuv420p", "-colorspace", "bt709",
        "-color_primaries", "bt709", "-color_trc", "bt709", "-movflags", "+faststart", str(target),
    ]  # fmt: skip
    try:
        done = subprocess.run(words, input=b"".join(frames), capture_output=True, timeout=_WITHIN_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _by_library(frames: list[bytes], fps: tuple[int, int], target: Path) -> bool:
    pictures: list[Any] = [cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) for data in frames]
    height, width = pictures[0].shape[:2]
    code = cv2.VideoWriter.fourcc(*"mp4v")
    out = cv2.VideoWriter(str(target), cv2.CAP_FFMPEG, code, fps[0] / fps[1], (width, height))
    try:
        for picture in pictures if out.isOpened() else ():
            out.write(picture)
        return bool(out.isOpened())
    finally:
        out.release()
