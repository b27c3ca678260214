"""Colour spaces: declared, never guessed; converted by OpenColorIO.

A plate's space comes from the caller, or from what an EXR says about itself. Tags of PNG, TIFF, JPEG and DPX files
are not believed: the libraries of the field write wrong ones. A space goes by the name that the configuration
gives it, by an alias, or by its interop id (Color Interop Forum); this module speaks all three.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import PyOpenColorIO

from platewright.contract.colour_config import ColourConfig
from platewright.contract.errors import ColourError

from .colour_config import BUILTIN_CONFIG, opened, pinned

__all__ = ["BUILTIN_CONFIG", "Colour", "Rgb", "display_proxy"]

_ocio: Any = PyOpenColorIO
Rgb = npt.NDArray[np.float32]

_FOREIGN = (_ocio.Exception, _ocio.ExceptionMissingFile)  # the second is no kind of the first

_INTEROP_ID = re.compile(r"(?:ocio:)?[a-z0-9]+_([a-z0-9]+)_(?:scene|display)")
_EXR = frozenset({".exr", ".sxr", ".mxr"})
_STUDIO_HINT = "Name it as the OCIO configuration does, for instance ACEScg, or set $OCIO to the show's configuration."
# Red, green, blue, white as x, y: believed only when they match to the last printed digit (CIE 15, SMPTE ST 2065-1,
# AMPAS S-2014-004, ITU-R BT.709).
_CHROMATICITIES = {
    "lin_rec709_scene": (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329),
    "lin_ap0_scene": (0.7347, 0.2653, 0.0, 1.0, 0.0001, -0.077, 0.32168, 0.33767),
    "lin_ap1_scene": (0.713, 0.293, 0.165, 0.83, 0.128, 0.044, 0.32168, 0.33767),
}


class Colour:
    """An OCIO configuration: `$OCIO` where that is set, else the built-in ACES one, pinned by its name."""

    def __init__(self, config: ColourConfig | str | None = None) -> None:
        """config: as a request carries it; or a file or `ocio://…` name as it is now; None for `$OCIO`, else built in.

        Raises ColourError `colour_config_unusable`, `colour_config_missing`, `colour_config_changed`.
        """
        asked = config if isinstance(config, ColourConfig) else pinned(config or "")
        self.source = asked.source
        self._config = opened(asked)
        self._processors: dict[tuple[str, str], Any] = {}

    def config_id(self) -> str:
        """Name and cache id of the configuration: the same text means the same conversions."""
        config = self._config
        name = config.getName() or Path(self.source).name
        return f"{name} {config.getCacheID()}"

    def _find(self, name: str) -> str | None:
        """The configuration's own name for a name, alias, role or interop id; None where it has none."""
        space = self._config.getColorSpace(name)
        if space is not None:
            return str(space.getName())
        for candidate in self._config.getColorSpaces():
            if self._id_of(candidate) == name:
                return str(candidate.getName())
        return None

    @staticmethod
    def _id_of(space: Any) -> str:
        """The interop id of a colour space object: declared, or in its aliases, or empty."""
        declared = str(space.getInteropID()) if hasattr(space, "getInteropID") else ""
        if declared:
            return declared
        known = [alias for alias in space.getAliases() if re.fullmatch(r"[a-z0-9:]+_[a-z0-9]+_(scene|display)", alias)]
        return str(known[0]) if known else ""

    def space(self, name: str) -> str:
        """The configuration's own name for a name, alias, role or interop id. Raises ColourError `colour_unknown`."""
        found = self._find(name)
        if found is None:
            names = ", ".join(str(item) for item in list(self._config.getColorSpaceNames())[:40])
            raise ColourError(
                f"the colour space '{name[:80]}' is not in {self._config.getName() or self.source}; it has {names}",
                code="colour_unknown",
                hint=_STUDIO_HINT + " Camera spaces are in ocio://studio-config-v4.0.0_aces-v2.0_ocio-v2.5.",
            )
        return found

    def interop_id(self, space: str) -> str:
        """The interop id of a space (`lin_ap1_scene` for ACEScg), or empty where it has none."""
        return self._id_of(self._config.getColorSpace(self.space(space)))

    def is_data(self, space: str) -> bool:
        """True for a space that is not colour (Raw)."""
        return bool(self._config.getColorSpace(self.space(space)).isData())

    def resolve(self, name: str, header: Mapping[str, object], path: Path | str) -> str:
        """The colour space of a picture, as the configuration names it.

        name: what the host or the artist said, which wins; empty when they said nothing. header: the file's
        attributes. path: the file, for its kind and for the message.

        Without a name, an EXR's colorInteropID decides, then the container flag of ST 2065-4, then chromaticities
        that are exactly those of linear Rec.709, AP0 or AP1. Anything else, and any file that is not an EXR, is a
        ColourError `colour_unknown`; a data space is `colour_is_data`.
        """
        said = name.strip() or self._said_by(header, Path(path))
        if not said:
            raise ColourError(
                f"nobody said which colour space {Path(path).name} is in",
                code="colour_unknown",
                hint="Say it, as in --colour-space ACEScg; tags are believed only in an EXR's colorInteropID.",
            )
        space = self.space(said)
        if self.is_data(space):
            raise ColourError(
                f"{Path(path).name} is declared as data ('{said}'), not as colour",
                code="colour_is_data",
                hint=_STUDIO_HINT,
            )
        return space

    def _said_by(self, header: Mapping[str, object], path: Path) -> str:
        """The interop id that an EXR's header states, or empty."""
        if path.suffix.lower() not in _EXR:
            return ""
        for tag in ("colorInteropID", "oiio:ColorSpace"):
            stated = header.get(tag)
            if isinstance(stated, str) and stated and stated.lower() != "unknown":
                return stated
        if header.get("acesImageContainerFlag") == 1:
            return "lin_ap0_scene"
        stated = header.get("chromaticities")
        if isinstance(stated, tuple) and len(stated) == 8:
            for known, values in _CHROMATICITIES.items():
                if all(isinstance(a, int | float) and abs(a - b) < 5e-6 for a, b in zip(stated, values, strict=True)):
                    return known
        return ""

    def linear_of(self, space: str) -> str:
        """The scene-linear space in which a patch of a plate in `space` is written.

        A scene-linear space is its own. An encoded one (sRGB, gamma, ACEScct) gives the linear space of the same
        primaries where the configuration has it; camera logs give the configuration's `scene_linear` role.
        Raises ColourError `colour_unknown`, `colour_is_data`.
        """
        name = self.space(space)
        found = self._config.getColorSpace(name)
        if found.isData():
            raise ColourError(f"'{name}' is data and has no light in it", code="colour_is_data", hint=_STUDIO_HINT)
        if str(found.getEncoding()) == "scene-linear":
            return name
        stated = [self._id_of(found), *map(str, found.getAliases())]
        for text in stated:
            match = _INTEROP_ID.fullmatch(text)
            linear = self._find(f"lin_{match[1]}_scene") if match else None
            if linear:
                return linear
        role = self._find("scene_linear")
        if role is None:
            raise ColourError(
                f"the configuration has no scene_linear role to take '{name}' to",
                code="colour_unknown",
                hint="Use a configuration with a scene_linear role.",
            )
        return role

    def converter(self, source: str, target: str) -> Callable[[Rgb], Rgb]:
        """A function from `(…, 3)` float32 in one space to a new array in the other; never clamped.

        Equal spaces give a function that returns its argument itself. Raises ColourError `colour_unknown`,
        `colour_not_convertible`.
        """
        first, last = self.space(source), self.space(target)
        if first == last:
            return _same
        processor = self._processor(first, last)

        def convert(rgb: Rgb) -> Rgb:
            out = np.array(rgb, dtype=np.float32, order="C")
            if out.size:
                processor.applyRGB(out)
            return out

        return convert

    def views(self) -> tuple[tuple[str, str], ...]:
        """`(display, view)` of every active view, the configuration's default first."""
        config = self._config
        found = [(str(d), str(v)) for d in config.getDisplays() for v in config.getViews(d)]
        first = self.view()
        return (first, *(pair for pair in found if pair != first))

    def view(self, display: str = "", view: str = "") -> tuple[str, str]:
        """A display and view by name, each the default where it is left out. Raises ColourError `view_unknown`."""
        config = self._config
        display = display or str(config.getDefaultDisplay())
        if display in map(str, config.getDisplays()):
            view = view or str(config.getDefaultView(display))
            if view in map(str, config.getViews(display)):
                return display, view
        raise ColourError(
            f"the configuration has no view '{view[:80]}' of a display '{display[:80]}'",
            code="view_unknown",
            hint="Leave both out for the default view.",
        )

    def viewer(self, source: str, display: str, view: str) -> Callable[[Rgb], Rgb]:
        """A function from `(…, 3)` float32 in a space to a new array of a display's values, 0 to 1 where it can show.

        Raises ColourError `colour_unknown`, `colour_not_convertible`.
        """
        space = self.space(source)
        transform = _ocio.DisplayViewTransform(src=space, display=display, view=view)
        try:
            processor = self._config.getProcessor(transform).getDefaultCPUProcessor()
        except _FOREIGN as error:
            raise ColourError(
                f"'{space}' can't be shown as {display}/{view}: {' '.join(str(error).split())[:200]}",
                code="colour_not_convertible",
                hint=_STUDIO_HINT,
            ) from error

        def shown(rgb: Rgb) -> Rgb:
            out = np.array(rgb, dtype=np.float32, order="C")
            if out.size:
                processor.applyRGB(out)
            return out

        return shown

    def _processor(self, first: str, last: str) -> Any:
        """The CPU processor between two of the configuration's names; made once."""
        key = (first, last)
        if key not in self._processors:
            try:
                processor = self._config.getProcessor(first, last)
                self._processors[key] = processor.getDefaultCPUProcessor()
            except _FOREIGN as error:
                raise ColourError(
                    f"'{first}' can't be converted to '{last}': {' '.join(str(error).split())[:200]}",
                    code="colour_not_convertible",
                    hint=_STUDIO_HINT,
                ) from error
        return self._processors[key]


def _same(rgb: Rgb) -> Rgb:
    return rgb


def display_proxy(linear: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Scene-linear `(H, W, 3)` as 8 bits for eyes and fingerprints: clipped to 0..1, power 1/2.2, rounded.

    A fixed curve and no view transform, so that it stays the same over configurations and versions. NaN gives 0.
    """
    light = np.array(linear, dtype=np.float32, order="C")
    np.fmax(light, np.float32(0), out=light)  # which passes over NaN
    np.minimum(light, np.float32(1), out=light)
    np.power(light, np.float32(1 / 2.2), out=light)
    light *= np.float32(255)
    light += np.float32(0.5)
    return light.astype(np.uint8)
