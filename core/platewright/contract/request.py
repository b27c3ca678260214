"""The request: everything that affects the pixels of a take, in one frozen object.

What is not in it can't change the result; where the take is written, and how many threads work on it, are not.
Paths are texts as the host or the artist gave them; `imaging.sequence` turns them into files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from .colour_config import ColourConfig
from .errors import RequestError
from .frames import FrameRange
from .rights import Rights
from .windows import Box

__all__ = [
    "CONDITIONING",
    "ELEMENT_NAME",
    "Base",
    "Extend",
    "Matte",
    "Operation",
    "Pads",
    "Plate",
    "Reference",
    "Regenerate",
    "ReplaceSky",
    "Request",
    "Rights",
]

CONDITIONING = ("identity", "environment", "style")
"""Roles of pictures that show how something is to look and lend no pixel."""
ELEMENT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Plate:
    """The picture as it came: an image sequence, and what has to be known to read it.

    pattern: path with a frame token (`####`, `%04d`, `@@@`) or of a single picture.
    frames: the frames to make; neighbours that lie outside are not read.
    colour_space: a name or an interop id of the OCIO configuration, or empty: then the file must say it.
    layer: the EXR layer or part that holds R, G and B; empty for the plain ones.
    """

    pattern: str
    frames: FrameRange
    colour_space: str = ""
    layer: str = ""


@dataclass(frozen=True, slots=True)
class Matte:
    """The artist's mask, soft or hard: 1 = regenerate, 0 = leave alone.

    channel: the channel to use; empty takes A, else the only one, else the luminance of a grey picture.
    grow: pixels by which the matte is grown outward (negative: shrunk) before use.
    feather: pixels over which its edge is softened outward.
    """

    pattern: str
    channel: str = ""
    invert: bool = False
    grow: float = 0.0
    feather: float = 0.0


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture or sequence that conditions the generator, with what allows its use.

    role: `clean_plate` (the artist's own, obeyed where it covers), `anchor` (a frame painted by hand that the
        others follow), `sky`; `take_from` and `never_from` are mattes, a still for all frames or a sequence: pixels
        are only copied from where the one is at least half and the other is 0. `never_from` wins. `identity` (how
        somebody or a thing looks), `environment` (a place) and `style` are shown to models that take pictures, as many
        as they take; they may have any size, and lend no pixel.
    frame: the plate frame an anchor belongs to; None otherwise.
    licence: the id of a licence or consent record, or a plain word such as "own"; empty where nobody said.
    source_type: the IPTC digital source type's last word (`digitalCapture`, `humanEdits`,
        `trainedAlgorithmicMedia`…), or empty where nobody said.
    of_set: the show's set that it is one of, as `anna@2`; empty where it is of none.
    """

    role: Literal["clean_plate", "anchor", "sky", "take_from", "never_from", "identity", "environment", "style"]
    pattern: str
    frame: int | None = None
    colour_space: str = ""
    licence: str = ""
    source_type: str = ""
    of_set: str = ""


@dataclass(frozen=True, slots=True)
class Regenerate:
    """Fill the matte's region over the range.

    context: pixels around the region that are looked at; 0 lets the operation choose.
    window: most frames held in memory at a time, which is also how far a pixel may come from.
    grain: give synthesised and averaged pixels the plate's grain back.

    What is decided by itself may be turned, each from 0 to 1:
    depth: tell nearness apart where the camera's move shows several depths; `on` does so without asking whether it is
        worth the time, `off` takes all for one plane.
    moving_texture: let waves go on behind the matte, and take other water, leaves and smoke from one frame at a time;
        `off` takes the mean of all.
    exposure_match: how far what other frames lend is brought to this frame's exposure and balance.
    sharpness_match: how far frames that are blurred alike are preferred, and others made as soft or sharp.
    outlier_tolerance: how far a look may be from the middle of all looks and still count: 0 keeps out the faintest
        ghost and leaves more grain, 1 averages nearly everything.
    seam_healing: how far the fill is brought to meet the plate's shade around it.
    grain_strength: of the grain given back; 1 is the plate's own.

    seen: with a model as the backend, whether what other frames show goes before it (`first`), or the model makes all
        of the matte (`never`); `auto`: `never` where there is a prompt, for then something else is wanted than what is
        behind. A model of clips always makes all of it.
    """

    kind: Literal["regenerate"] = "regenerate"
    context: int = 0
    window: int = 24
    grain: bool = True
    depth: Literal["auto", "on", "off"] = "auto"
    moving_texture: Literal["auto", "off"] = "auto"
    exposure_match: float = 1.0
    sharpness_match: float = 1.0
    outlier_tolerance: float = 0.5
    seam_healing: float = 1.0
    grain_strength: float = 1.0
    seen: Literal["auto", "first", "never"] = "auto"


@dataclass(frozen=True, slots=True)
class Pads:
    """Pixels to add on each side."""

    left: int = 0
    right: int = 0
    top: int = 0
    bottom: int = 0


@dataclass(frozen=True, slots=True)
class Extend:
    """Grow the plate outward; its own pixels stay.

    pads: pixels beyond the plate's display window.
    grow_display: also grow the display window, so that the result is a larger format and not overscan.
    window, grain and all that follow: as in Regenerate.
    """

    pads: Pads = field(default_factory=Pads)
    kind: Literal["extend"] = "extend"
    grow_display: bool = False
    context: int = 0
    window: int = 24
    grain: bool = True
    depth: Literal["auto", "on", "off"] = "auto"
    moving_texture: Literal["auto", "off"] = "auto"
    exposure_match: float = 1.0
    sharpness_match: float = 1.0
    outlier_tolerance: float = 0.5
    seam_healing: float = 1.0
    grain_strength: float = 1.0


SkyForm = Literal["auto", "panorama", "flat"]


@dataclass(frozen=True, slots=True)
class ReplaceSky:
    """Put another sky behind the foreground.

    sky: `procedural:sun=AZIMUTH/ELEVATION,turbidity=T` or empty when a reference with the role `sky` brings it.
    horizon: the horizon's height in the first frame, in pixels from the display window's top, or None to estimate.
    relight: 0 leaves the foreground as it is, 1 takes the new sky's light fully, within reason.
    haze: 0 to 1, how far the new sky fades into the plate's own haze at the horizon.
    field_of_view: horizontal, degrees; None to learn it from the camera's turns, a usual lens where it hardly turns.
    form: what the sky's picture is: a whole sphere (a lat-long panorama), a flat one that covers a part of it, or
    `auto`: a sphere where it is twice as wide as high.
    """

    sky: str = ""
    kind: Literal["replace_sky"] = "replace_sky"
    horizon: float | None = None
    relight: float = 0.5
    haze: float = 0.5
    field_of_view: float | None = None
    window: int = 24
    grain: bool = True
    form: SkyForm = "auto"


Operation = Regenerate | Extend | ReplaceSky


@dataclass(frozen=True, slots=True)
class Base:
    """An earlier take of the element to go on from: some frames are made again, the others are taken over as files.

    version: of that take; 0 for the latest. frames: those that were named, or whose inputs have changed; None: to be
    found out by content. overlap: frames next to those, on each side, that are made again too; None: as is usual, none
    where frames are named and a few where they are found by content. record: SHA-256 of the
    take's record, lower-case hex; empty where nobody has looked yet: whoever takes the request on fills in all of it.
    region: in the frames that are made again, only what the request's matte covers is; the base's other pixels stay.
    """

    version: int = 0
    frames: FrameRange | None = None
    overlap: int | None = None
    record: str = ""
    region: bool = False

    def __post_init__(self) -> None:
        if self.version < 0 or not 0 <= (self.overlap or 0) <= 1000:
            raise RequestError(
                "a base take's version and the overlap can't be negative, and the overlap no more than 1000 frames",
                code="base_invalid",
                hint="Write them as --base v003 and --overlap 2.",
            )
        if self.record and not re.fullmatch(r"[0-9a-f]{64}", self.record):
            raise RequestError(
                "the hash of the base take's record is not one", code="base_invalid", hint="Leave it empty."
            )

    def redo(self, frames: FrameRange) -> FrameRange:
        """The frames of a range that are made again: those named and their neighbours; all where none is named."""
        if self.frames is None:
            return frames
        wanted, numbers = set(self.frames), frames.numbers
        beside = self.overlap or 0
        near = range(-beside, beside + 1)
        places = (i + step for i, number in enumerate(numbers) if number in wanted for step in near)
        return FrameRange.of(numbers[place] for place in places if 0 <= place < len(numbers))


@dataclass(frozen=True, slots=True)
class Request:
    """One piece of work: an operation on a plate, for an element.

    element: the name of the thing being made; letters, digits, `_` and `-`, and no version token (`_v003`).
    region: pixels in plate coordinates to stay inside, or None.
    seed: whole number that all randomness follows from.
    backend: the generator's name; `builtin` needs no model.
    colour: the OCIO configuration that colour spaces are of; None: whoever makes it takes their own, and records it.
    base: the earlier take to go on from, or None to make every frame.
    take: 1 for the first of several takes asked for together, 2 for the next; it varies what is a matter of taste.
    controls: a backend's further inputs, by the names that it declares (see capabilities.Control), as texts.
    """

    operation: Operation
    element: str
    plate: Plate
    matte: Matte | None = None
    references: tuple[Reference, ...] = ()
    region: Box | None = None
    prompt: str = ""
    seed: int = 0
    take: int = 1
    backend: str = "builtin"
    rights: Rights = field(default_factory=Rights)
    colour: ColourConfig | None = None
    base: Base | None = None
    controls: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not ELEMENT_NAME.fullmatch(self.element):
            raise RequestError(
                f"'{self.element[:80]}' can't be an element's name",
                code="element_name_invalid",
                hint="Use letters, digits, _ and -, beginning with a letter, as in rig_removal_left.",
            )
        if re.search(r"(?:^|[_-])v\d+(?:$|[_-])", self.element):
            raise RequestError(
                f"the element's name '{self.element}' holds a version token",
                code="element_name_versioned",
                hint="Leave the version out; takes are numbered by Platewright.",
            )

    def references_for(self, role: str) -> tuple[Reference, ...]:
        """The references that play a role, in their order."""
        return tuple(reference for reference in self.references if reference.role == role)
