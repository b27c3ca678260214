# SPDX-License-Identifier: GPL-3.0-or-later
"""Small pictures of takes for the panel, made by the engine; asked for once each, shown when they have come."""

from __future__ import annotations

import os
import tempfile
from typing import Any

import bpy.utils.previews

from platewright.client.replies import Reply

from .link import Link

__all__ = ["clear", "icon_of"]

_WIDTH = 192
_MOST_BYTES = 2_000_000
_MOST = 200
_pictures: Any = None
_asked: set[str] = set()


def icon_of(link: Link, root: str, element: str, version: int, frame: int, plates: str) -> int:
    """The icon of a take's frame over its plate, or 0 while there is none. plates: the folder with the plate."""
    global _pictures
    if _pictures is None:
        _pictures = bpy.utils.previews.new()
    key = f"{root}/{element}/{version}/{frame}"
    if key in _pictures:
        return int(_pictures[key].icon_id)
    if key not in _asked and len(_asked) < _MOST:
        _asked.add(key)
        asked = link.session.take_picture(root, element, version, frame, _WIDTH, (plates,) if plates else ())
        asked.then(lambda reply: _came(link, key, reply))
    return 0


def _came(link: Link, key: str, reply: Reply[bytes]) -> None:
    if reply.value is None or len(reply.value) > _MOST_BYTES or _pictures is None:
        return
    descriptor, path = tempfile.mkstemp(suffix=".jpg", prefix="platewright-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(reply.value)
        loaded = _pictures.load(key, path, "IMAGE")
        loaded.image_size[:]  # reads the file now, while it is there
        link.changed = True
    finally:
        os.unlink(path)


def clear() -> None:
    """Give the pictures back."""
    global _pictures
    if _pictures is not None:
        bpy.utils.previews.remove(_pictures)
    _pictures = None
    _asked.clear()
