"""The plug-ins that a publish must have, as data: what the first sentinel looks for and the last one counts.

A publisher finds plug-ins by looking into folders, and passes over a file that can't be imported. Therefore the list
stands here, in an installed module, and nowhere else.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["ALL", "FAMILY", "GRAPHS", "GROUPS", "PLUGIN_FOLDER", "TARGETS", "WATCHED", "origin_of", "plugin_folder"]

FAMILY = "platewright.gen"
"""What is to be looked at: an instance of ours for each thing that is published."""
WATCHED = frozenset({"render", "image", "plate", "take", "platewright", "prerender", "review"})
"""Families of what others publish that may hold generated pixels."""
GRAPHS = frozenset({"nuke", "blender"})
"""Hosts with a graph that has to be walked: without their plug-in nobody can tell what feeds an output."""
TARGETS = ["default", "local", "farm"]
PLUGIN_FOLDER = Path(__file__).resolve().parent / "plugins"

GROUPS: dict[str, str] = {
    "PlatewrightValidateEvidence": "PW0",
    "PlatewrightValidateLikeness": "PW1",
    "PlatewrightValidateModels": "PW2",
    "PlatewrightValidateData": "PW3",
    "PlatewrightValidateContent": "PW4",
    "PlatewrightValidateDisclosure": "PW5",
    "PlatewrightValidatePictures": "PW6",
}
"""The validators, each with the beginning of the rules that it speaks for."""

ALL: frozenset[str] = frozenset({
    "PlatewrightCollect",
    "PlatewrightFirstSentinel",
    *GROUPS,
    "PlatewrightLastSentinel",
    "PlatewrightExtractDisclosure",
    "PlatewrightIntegrateGate",
})  # fmt: skip


def plugin_folder() -> str:
    """The folder to register with pyblish, or to return from an AYON addon's `get_publish_plugin_paths`."""
    return str(PLUGIN_FOLDER)


def origin_of(plugin: type) -> Path | None:
    """The file that a plug-in's class was read from; None where nobody can tell.

    By the globals of its `process`, because pyblish runs a file's bytes without giving them the file's name.
    """
    names = getattr(getattr(plugin, "process", None), "__globals__", {})
    file = names.get("__file__")
    return Path(file).resolve() if isinstance(file, str) else None
