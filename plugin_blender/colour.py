# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's names of colour spaces and the engine's: told to the engine, never guessed there. Knows no Blender."""

from __future__ import annotations

__all__ = ["interop_id", "is_linear", "tag_for"]

_IDS = {
    "Linear Rec.709": "lin_rec709_scene",
    "Linear Rec.2020": "lin_rec2020_scene",
    "Linear DCI-P3 D65": "lin_p3d65_scene",
    "Linear CIE-XYZ D65": "lin_ciexyzd65_scene",
    "ACEScg": "lin_ap1_scene",
    "ACES2065-1": "lin_ap0_scene",
    "sRGB": "srgb_rec709_scene",
    "Rec.1886": "g24_rec709_scene",
}
_NAMES = {interop: name for name, interop in _IDS.items()}


def interop_id(name: str) -> str:
    """The engine's word for a colour space of Blender's, or empty: then the file has to say it, or it is an error."""
    return _IDS.get(name, "")


def is_linear(name: str) -> bool:
    """Whether values tagged so are scene-linear, or are taken as they are."""
    return name.startswith("Linear ") or name in ("ACEScg", "ACES2065-1", "Non-Color", "Working Space", "Raw")


def tag_for(take: str, plate: str) -> str:
    """How a take's files are to be tagged: as the plate, so that both go through the same conversion.

    take: the engine's word for the take's colour space. plate: the plate's tag in Blender. A plate that is not
    scene-linear (sRGB, log) has a take in the linear space with its primaries, which Blender knows by another name.
    """
    return plate if is_linear(plate) else _NAMES.get(take, "Linear Rec.709")
