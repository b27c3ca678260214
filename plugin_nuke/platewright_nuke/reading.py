"""A Read on a take: every knob that matters, so that no studio default and no colour configuration reaches it."""

from __future__ import annotations

from .takes import Take

__all__ = ["range_knobs", "read_knobs"]


def read_knobs(take: Take, path: str) -> dict[str, object]:
    """The knobs of the Read on a take. path: the file knob's text.

    Raw and unpremultiplied: the patch's numbers come through as they are. Black before and after, and a missing frame
    is an error. The file's type goes first: the EXR reader's own knobs exist only with it.
    """
    return {
        "file_type": "exr",
        "file": path,
        "proxy": "",
        **range_knobs(take),
        "frame_mode": "expression",
        "frame": "",
        "before": "black",
        "after": "black",
        "raw": True,
        "premultiplied": False,
        "auto_alpha": False,
        "edge_pixels": "plate detect",
        "offset_negative_display_window": True,
        "disable": False,
        "useLifetime": False,
        "postage_stamp": False,
    }


def range_knobs(take: Take) -> dict[str, object]:
    """The part that changes from take to take. Frames left out on purpose are black, which is the plate."""
    first, last = take.frames[0], take.frames[-1]
    return {
        "first": first,
        "last": last,
        "origfirst": first,
        "origlast": last,
        "origset": True,
        "on_error": "black" if take.has_gaps else "error",
    }
