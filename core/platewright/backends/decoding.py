"""Results as pictures: a stranger's file is opened in a process of its own, with an end to its memory and its time.

What comes back is an array of exactly the size that was asked for, or an error; a decoder that crashes, hangs or eats
memory takes that process along and nothing else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from platewright.contract.errors import BackendError

from .protocol import Pixels

__all__ = ["decode"]

WITHIN_S = 300.0
_WORDS = {
    "size": ("result_wrong_size", "a result of another size"),
    "count": ("result_wrong_count", "another number of frames"),
    "unreadable": ("result_unreadable", "a result that can't be read"),
}


def decode(result: Path, count: int, size: tuple[int, int], vendor: str, within_s: float = WITHIN_S) -> Pixels:
    """The pictures in a file: `(count, H, W, 3)` float32, whole numbers as 0 to 1, float as it is; alpha is dropped.

    The file is a PNG, JPEG, WebP, TIFF or EXR, a zip of such in the order of their names, or a clip (MP4, MOV).
    size: width and height. Raises BackendError `result_unreadable`, `result_wrong_size`, `result_wrong_count`.
    """
    width, height = size
    with tempfile.TemporaryDirectory(prefix="platewright-decode-") as folder:
        out = Path(folder) / "pixels.npy"
        order = {"path": str(result), "out": str(out), "count": count, "width": width, "height": height}
        said = _run(order, folder, within_s)
        if said is None or said.get("error"):
            word = str((said or {}).get("error") or "unreadable")
            code, what = _WORDS.get(word, _WORDS["unreadable"])
            detail = str((said or {}).get("detail") or "its decoder ended")[:200]
            raise BackendError(
                f"{vendor} gave {what}: {detail}",
                code=code,
                hint="Look at the result at the vendor's; retrying the job sends it anew.",
            )
        try:
            pixels = np.load(out, allow_pickle=False)
        except (OSError, ValueError) as error:
            raise BackendError(f"{vendor} gave a result that can't be read", code="result_unreadable") from error
    if pixels.shape != (count, height, width, 3) or pixels.dtype != np.float32:
        raise BackendError(f"{vendor} gave a result that can't be read", code="result_unreadable")
    found: Pixels = np.ascontiguousarray(pixels)
    return found


def _run(order: dict[str, object], folder: str, within_s: float) -> dict[str, object] | None:
    """What the decoder says; None where it did not live to say anything."""
    width, height, count = (int(str(order[name])) for name in ("width", "height", "count"))
    room = 1024**3 * 4 + width * height * 3 * 4 * (count + 4)
    environment = {
        name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "LANG", "TMPDIR") if name in os.environ
    }
    environment |= {
        "OPENCV_IO_MAX_IMAGE_PIXELS": str(max(65_536, 4 * width * height)),
        "OPENCV_FFMPEG_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    command = [sys.executable, "-m", "platewright.backends.decoding_process", str(room), str(int(within_s) + 1)]
    try:
        done = subprocess.run(
            command, input=json.dumps(order).encode(), capture_output=True, timeout=within_s, env=environment,
            cwd=folder, check=False,
        )  # fmt: skip
    except (subprocess.TimeoutExpired, OSError):
        return None
    try:
        said = json.loads(done.stdout[:10_000])
    except ValueError:
        return None
    return said if isinstance(said, dict) else None
