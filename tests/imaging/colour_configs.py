"""A show's colour configuration on the disk: a camera space whose curve is a table of the show's own."""

from __future__ import annotations

from pathlib import Path

CONFIG = """\
ocio_profile_version: 2
name: show
description: Set $OCIO to this file.
search_path: luts/$SHOT:luts
roles: {default: raw, scene_linear: lin}
file_rules:
  - !<Rule> {name: Default, colorspace: default}
displays:
  sRGB:
    - !<View> {name: Raw, colorspace: raw}
colorspaces:
  - !<ColorSpace>
    name: raw
    isdata: true
  - !<ColorSpace>
    name: lin
    encoding: scene-linear
  - !<ColorSpace>
    name: cam
    encoding: log
    to_scene_reference: !<GroupTransform>
      children:
        - !<FileTransform> {src: curve.spi1d, interpolation: linear}
"""


def write_curve(path: Path, top: float) -> None:
    """A straight line from 0 to `top`: a gain, as a table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"Version 1\nFrom 0.0 1.0\nLength 2\nComponents 1\n{{\n0.0\n{top}\n}}\n")


def show_config(folder: Path, top: float) -> Path:
    """The configuration whose camera space is scene-linear times 1 / top; its file."""
    write_curve(folder / "luts" / "curve.spi1d", top)
    path = folder / "config.ocio"
    path.write_text(CONFIG)
    return path
