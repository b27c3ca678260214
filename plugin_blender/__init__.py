# SPDX-License-Identifier: GPL-3.0-or-later
"""Platewright in Blender: extend plates, regenerate regions and replace skies in the comp.

The parts that talk to the engine are the project's own light rooms (Apache-2.0), copied into the extension beside this
file when it is built. Whatever is wrong, Blender starts: a missing part is said, not raised.
"""

from __future__ import annotations

import os
import sys

__all__ = ["register", "unregister"]

_LIGHT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "light")


def _make_importable() -> None:
    """Let `platewright` be found: in the extension, else in the checkout that this folder stands in."""
    checkout = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "core")
    for folder in (_LIGHT, checkout):
        if os.path.isdir(os.path.join(folder, "platewright", "contract")):
            if folder not in sys.path:
                sys.path.append(folder)
            return


def register() -> None:
    """Called by Blender when the extension is enabled."""
    _make_importable()
    from . import registration

    registration.register()


def unregister() -> None:
    """Called by Blender when it is disabled, and when Blender ends."""
    from . import registration

    registration.unregister()
    if _LIGHT in sys.path:
        sys.path.remove(_LIGHT)


_make_importable()
