"""Facts about pictures: each file of a sequence opened once, its header in the words of the rules, and its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from platewright.contract.errors import PlatewrightError
from platewright.contract.progress import Reporter, Step
from platewright.imaging.survey import Survey, survey
from platewright.provenance.header import SOURCE_TYPE, TAKE
from platewright.provenance.names import shown
from platewright.provenance.vocabulary import source_type_word
from platewright.rights.checks.facts import Picture

__all__ = ["look", "surveyed"]

_MOST_TEXT = 100_000
_HOST_PREFIXES = ("", "exr/", "nuke/exr/", "nuke/")
"""What hosts put before an attribute's name when they carry it along."""


def surveyed(paths: Mapping[int, Path], report: Reporter, pixels: bool = True) -> tuple[Picture, ...]:
    """The pictures of a sequence, one in memory at a time. Raises Cancelled."""
    pictures = []
    for done, (number, path) in enumerate(sorted(paths.items())):
        report.step(Step("looking", done, len(paths), number))
        pictures.append(look(path, number, pixels))
    return tuple(pictures)


def look(path: Path, number: int, pixels: bool = True) -> Picture:
    """One picture; one that can't be read has its `problem` said."""
    try:
        found = survey(path, number, pixels)
    except PlatewrightError as error:
        return Picture(number, path.name, problem=shown(error.message, 300), problem_code=error.code)
    return _picture(path, number, found)


def _picture(path: Path, number: int, found: Survey) -> Picture:
    part, numbers = found.part, found.numbers
    header = part.attributes
    return Picture(
        number=number,
        name=path.name,
        channels=found.channels,
        kinds=found.kinds,
        compression=_text(header, "compression") if found.format == "openexr" else "",
        data_window=part.data_window,
        display_window=part.display_window,
        pixel_aspect=part.pixel_aspect,
        colour=_text(header, "colorInteropID"),
        chromaticities="chromaticities" in header,
        rate=_rate(header),
        timecode=_text(header, "smpte:TimeCode", "timeCode"),
        take=_text(header, *(prefix + TAKE for prefix in _HOST_PREFIXES)),
        source_type=source_type_word(_text(header, *(prefix + SOURCE_TYPE for prefix in _HOST_PREFIXES))),
        told="\n".join(value for value in header.values() if isinstance(value, str))[:_MOST_TEXT],
        nan=numbers.nan if numbers else None,
        infinite=numbers.infinite if numbers else None,
        negative=numbers.negative if numbers else None,
        at_one=numbers.at_one if numbers else None,
        mean=numbers.mean if numbers else None,
    )


def _text(header: Mapping[str, object], *names: str) -> str:
    """The first attribute of these names as a text; empty where there is none."""
    found = next((header[name] for name in names if name in header), "")
    return shown(found, 400) if found != "" else ""


def _rate(header: Mapping[str, object]) -> str:
    """The frame rate as a plain number, `23.976`."""
    value = header.get("framesPerSecond", header.get("FramesPerSecond"))
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(one, int) for one in value) and value[1]:
        return f"{value[0] / value[1]:.3f}"
    return f"{value:.3f}" if isinstance(value, float | int) else ""
