"""Frames in and out exactly: windows, colour, mattes, grain, blend.

The only room that knows OpenImageIO, OpenColorIO and fileseq; nothing here knows what an operation is for.
"""

from __future__ import annotations

__all__: list[str] = []
