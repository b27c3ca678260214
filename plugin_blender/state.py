# SPDX-License-Identifier: GPL-3.0-or-later
"""What Platewright keeps in a .blend: ids and words as flat JSON in one custom property; the engine holds the truth.

Custom properties need no add-on, survive saving, appending and a farm, and are rewound by undo without harm.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

__all__ = ["KEY", "SCHEMA", "Value", "keep", "kept"]

KEY = "platewright"
SCHEMA = "org.platewright.blender/1"
_LONGEST = 200_000
Value = str | int | bool


def keep(owner: Any, values: Mapping[str, Value]) -> None:
    """Write the state of a node, a scene or any other block, in place of what it held; an empty one is taken away."""
    if not values:
        if KEY in owner:
            del owner[KEY]
        return
    owner[KEY] = json.dumps({"schema": SCHEMA, **values}, sort_keys=True)


def kept(owner: Any) -> dict[str, Value]:
    """The state, or an empty one where there is none that we wrote. A .blend comes from outside: checked."""
    text = owner.get(KEY, "")
    if not isinstance(text, str) or not text or len(text) > _LONGEST:
        return {}
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(values, dict) or values.get("schema") != SCHEMA:
        return {}
    return {name: value for name, value in values.items() if isinstance(value, (str, int, bool)) and name != "schema"}
