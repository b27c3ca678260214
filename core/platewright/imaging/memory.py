"""Frames go back to the system when they are dropped, so that a long shot takes no more memory than a short one.

glibc raises its limit for separately mapped blocks with the blocks it sees freed; frames then come from heaps that
fragment and never shrink (measured: 1.45 times the memory for 240 frames instead of 24). Fixing the limit keeps
every frame in a mapping of its own.

What is smaller comes from the heaps, and these keep what was freed for the next frame: given back at once, as is
glibc's way with a fixed limit, each frame's buffers were cleared and mapped anew (a fifth of all processor time).
"""

from __future__ import annotations

import ctypes

__all__ = ["return_dropped_frames"]

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # glibc's malloc.h
_SEPARATE_FROM = 4 * 1024 * 1024
_KEPT = 16 * 1024 * 1024
_HEAPS = 2


def return_dropped_frames() -> bool:
    """Fix the limit for this process, before its threads start; False where the C library has no such switch."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    kept = bool(mallopt(_MMAP_THRESHOLD, _SEPARATE_FROM)), bool(mallopt(_TRIM_THRESHOLD, _KEPT))
    return all(kept) and bool(mallopt(_ARENA_MAX, _HEAPS))
