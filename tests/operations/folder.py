"""A PatchWriter into a plain folder, for tests of operations."""

from __future__ import annotations

from pathlib import Path


class Folder:
    """Gives each frame a file in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stamp: dict[str, str] = {"platewright:take": "rig_v001"}
        self.kept: dict[int, Path] = {}
        self.under: dict[int, Path] = {}
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, number: int) -> Path:
        """The file of a frame."""
        return self.folder / f"rig_v001.{number}.exr"
