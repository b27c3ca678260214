# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender is told of when the extension is enabled, in the order it is told; taken back in the reverse order."""

from __future__ import annotations

__all__ = ["register", "unregister"]


def register() -> None:
    """Register everything."""


def unregister() -> None:
    """Take everything back."""
