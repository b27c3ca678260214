"""What a backend can do, and what is known of it: declared once, read by hosts, operations, prices and rules.

Everything is a plain value, so a panel on a host's bare Python reads the same as the worker. What nobody could find
out says `unknown`; a backend whose facts could not be confirmed says so in `experimental`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .errors import RequestError
from .prices import Price
from .takes import ModelCard
from .vendors import Deadlines, Reconcile

__all__ = [
    "Bits",
    "Capabilities",
    "Carried",
    "Control",
    "Determinism",
    "Lengths",
    "Masks",
    "Sizes",
    "Terms",
    "Transfer",
    "YesNo",
]

Determinism = Literal["bitwise", "similar", "none"]
"""bitwise: same request, same bits (same versions and device). similar: a seed, but no promise. none: no seed."""
Transfer = Literal["srgb", "acescct", "linear"]
"""What a model's numbers mean. srgb: 0..1, to be looked at as sRGB, Rec.709 primaries. acescct: 0..1, ACEScct on AP1.
linear: scene-linear float on Rec.709 primaries, not bounded."""
Bits = Literal[8, 10, 12, 16, 32]
"""Of one channel's number on its way; 32: float."""
YesNo = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Sizes:
    """Which sizes of a frame a model takes, in pixels.

    multiple: both sides are multiples of it. least, most: of a side; most 0 for no bound. most_pixels: of a frame, 0
    for no bound. fixed: where it is not empty, only these (width, height). best: the side of a square that the model
    does best at (as trained), 0 where nobody said. least_aspect, most_aspect: width by height.
    """

    multiple: int = 1
    least: int = 1
    most: int = 0
    most_pixels: int = 0
    fixed: tuple[tuple[int, int], ...] = ()
    best: int = 0
    least_aspect: float = 0.0
    most_aspect: float = 1e9

    def takes(self, width: int, height: int) -> bool:
        """Whether a frame of this size can be sent as it is."""
        if self.fixed:
            return (width, height) in self.fixed
        sides = (width, height)
        return (
            all(side >= max(1, self.least) and not side % self.multiple for side in sides)
            and (not self.most or max(sides) <= self.most)
            and (not self.most_pixels or width * height <= self.most_pixels)
            and self.least_aspect <= width / height <= self.most_aspect
        )


@dataclass(frozen=True, slots=True)
class Lengths:
    """How many frames a model takes in one send: `every` * k + `plus` (k = 0, 1, …), from `least` to `most`.

    A model for stills has the default, 1 to 1; one that takes 5, 9, … 81 frames has (5, 81, 4, 1). most_s: seconds of
    footage at the clip's own rate, 0 for no bound.
    """

    least: int = 1
    most: int = 1
    every: int = 1
    plus: int = 0
    most_s: float = 0.0

    @property
    def still(self) -> bool:
        """Whether it is a model for single pictures."""
        return self.most == 1

    def takes(self, frames: int) -> bool:
        """Whether so many frames can be sent as they are."""
        return self.least <= frames <= self.most and (frames - self.plus) % self.every == 0

    def at_least(self, frames: int) -> int:
        """The fewest frames that can be sent and are no fewer than these; the most that can be where all are fewer."""
        legal = range(self.most - (self.most - self.plus) % self.every, self.least - 1, -self.every)
        if not legal:
            raise RequestError("a backend takes no number of frames at all", code="capabilities_invalid")
        enough = [one for one in legal if one >= frames]
        return min(enough) if enough else max(legal)


@dataclass(frozen=True, slots=True)
class Masks:
    """How a model is told what to make.

    taken: it takes a mask; where not, it changes the whole frame and the matte is applied afterwards. soft: values
    between 0 and 1 mean something to it; where not, the mask is cut at a half on its way. needed: it can't do without.
    keeps_outside: what it does outside the mask: `exact`, `claimed` (its maker says so), `no`. Whatever stands here,
    only what lies in the matte is ever taken from a result.
    """

    taken: bool = True
    soft: bool = False
    needed: bool = True
    keeps_outside: Literal["exact", "claimed", "no"] = "no"


@dataclass(frozen=True, slots=True)
class Carried:
    """How pictures travel, one way: bits of a channel, what the numbers mean, and whether on the way something is lost.

    lossy: a video or picture codec that doesn't keep every number.
    """

    bits: Bits = 8
    transfer: Transfer = "srgb"
    lossy: bool = False


@dataclass(frozen=True, slots=True)
class Control:
    """An input of a backend of its own that an artist can set, beside what every request has.

    name: as it stands in `Request.controls`. kind: how its text is read. choices: of a `choice`. least, most: of a
    number, None for no bound. default: text; what is used where the request says nothing.
    """

    name: str
    title: str
    kind: Literal["text", "whole", "number", "yes_no", "choice"] = "text"
    default: str = ""
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a vendor does with what it is sent, as far as is known. Texts for people; `unknown` where nobody knows.

    residency: regions where it is worked on, as the vendor names them. retention: how long inputs and results are
    kept. trains_on_inputs, indemnity, marks_output (C2PA or a watermark): `yes`, `no` or `unknown`. charged_refusals:
    whether a result that moderation keeps back is charged. read: when this was read, `2026-11-21`; empty: never.
    source: where.
    """

    residency: tuple[str, ...] = ()
    retention: str = "unknown"
    trains_on_inputs: YesNo = "unknown"
    indemnity: YesNo = "unknown"
    marks_output: YesNo = "unknown"
    charged_refusals: YesNo = "unknown"
    read: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """A generator as it declares itself.

    name: as requests write it. title: for people. operations: the kinds of a request that it takes. local: no pixel
    leaves the machines of whoever runs it. prompt: it reads one; prompt_needed: it can't do without; prompt_most:
    characters, 0 for no bound. sizes, lengths: of one send. masks, sent, returned: how pictures travel.
    references: how many pictures may condition it without a place in time. keyframes: how many with one (the first, a
    frame painted by hand). determinism, seed_most: the largest seed it takes, 0 where it takes none.
    prices: what one send costs, by the units in contract.prices; empty: nothing. pretend: the money is play money.
    reconcile: how the outcome of a send is found out. cancel: whether it can be stopped (`queued`: only before it
    runs). expires_s: how long a finished result can be fetched, 0 where it stays or nobody said. at_once: sends on
    their way at the same time, 0 for no bound. deadlines: of each phase of a job. card: of the model. terms: of the
    vendor. controls: further inputs.
    experimental: why this is not to be trusted yet; empty where its facts were confirmed.
    """

    name: str
    title: str
    card: ModelCard
    operations: tuple[str, ...] = ("regenerate",)
    local: bool = False
    prompt: bool = True
    prompt_needed: bool = False
    prompt_most: int = 0
    sizes: Sizes = field(default_factory=Sizes)
    lengths: Lengths = field(default_factory=Lengths)
    masks: Masks = field(default_factory=Masks)
    sent: Carried = field(default_factory=Carried)
    returned: Carried = field(default_factory=Carried)
    references: int = 0
    keyframes: int = 0
    determinism: Determinism = "none"
    seed_most: int = 0
    prices: tuple[Price, ...] = ()
    pretend: bool = False
    reconcile: Reconcile = "none"
    cancel: Literal["yes", "queued", "no"] = "no"
    expires_s: float = 0.0
    at_once: int = 0
    deadlines: Deadlines = field(default_factory=Deadlines)
    terms: Terms = field(default_factory=Terms)
    controls: tuple[Control, ...] = ()
    experimental: str = ""

    def seed(self, seed: int) -> int:
        """A request's seed as this backend can take it: 0 to `seed_most`, the same for the same seed."""
        return seed % (self.seed_most + 1)
