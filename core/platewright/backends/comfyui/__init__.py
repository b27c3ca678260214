"""ComfyUI: workflows as backends, on servers that the user runs."""

from __future__ import annotations

from .adapter import generators

__all__ = ["generators"]
