"""Frames go back to the system when they are dropped, so that a long shot takes no more memory than a short one.

glibc raises its limit for separately mapped blocks with the blocks it sees freed; frames then come from heaps that
fragment and never shrink (measured: 1.45 times the memory for 240 frames instead of 24). Fixing the limit keeps
every frame in a mapping of its own.
"""

from __future__ import annotations

import ctypes

__all__ = ["return_dropped_frames"]

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8  # glibc's malloc.h
_SEPARATE_FROM = 2 * 1024 * 1024
_HEAPS = 2


def return_dropped_frames() -> bool:
    """Fix the limit for this process, before its threads start; False where the C library has no such switch."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _SEPARATE_FROM)) and bool(mallopt(_ARENA_MAX, _HEAPS))
