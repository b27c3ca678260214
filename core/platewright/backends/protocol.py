"""The protocol of every generator: what it can do, what one send says, and what pictures come back.

    generator = open_generator("comfyui")                    # backends.registry
    limits = generator.capabilities()                        # pure: asks nobody
    inputs = ModelInputs(frames, masks, prompt="no wires")   # legal by `limits`: the operation sees to it
    body = generator.prepare(request, inputs)                # pure: the same request and inputs, the same bytes
    path = sends.result("frames 1001-1016", body, generator.price(request, inputs), report)   # paid once, see jobs
    made = generator.pictures(path, inputs)                  # (N, H, W, 3) float32, as inputs.frames are

An operation cuts crops and chunks, encodes by the declared transfer, and asks for each send; it knows no vendor. An
adapter speaks one vendor's language; it knows no plate, no matte's edge and no shot. Between them lies the jobs room,
which sends each slot once and keeps the result on disk. So an operation that is begun again after a crash comes to the
same bodies by the same steps, and gets results that were paid for without paying again: nothing that `prepare` is given
may depend on time, on threads, or on which chunks were made before, but through results themselves.

The jobs room runs an operation over a generator by the modules that `jobs.generators` names, one for each kind of
request: `run(request, out, report, generator, sends) -> Outcome` makes the take, with the generator's own model card
in it, and `work_of(request, limits, unseen=None) -> tuple[contract.prices.Work, ...]` counts the sends it will make at
most, one Work each, from what is cheap to know; the quote is their price. `unseen` (contract.jobs.PlateShape) says what
the plate will be like where a host has still to render it.

Colour. `frames` hold what `capabilities().sent.transfer` says: for `srgb` and `acescct` the operation's invertible
curve has brought everything into 0..1 (an adapter clips, quantises to `sent.bits` and never dithers); for `linear` they
are scene-linear on Rec.709 primaries, unbounded, finite. Results are in `returned.transfer`, with the same meaning;
an adapter that is sent one curve and returns the same numbers says the same word twice.

Pixels. Arrays are C-contiguous, rows from the top, R G B, no alpha. What a result holds outside the mask may be
anything; nobody is to take it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from platewright.contract.capabilities import Capabilities
from platewright.contract.errors import BackendError
from platewright.contract.request import Request
from platewright.contract.takes import Cost
from platewright.contract.vendors import Vendor
from platewright.contract.wire import WireCheck

__all__ = ["Generator", "ModelInputs", "ModelPicture", "Pixels"]

Pixels = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class ModelPicture:
    """A picture that conditions a send.

    pixels: `(h, w, 3)` float32, encoded as the frames are; of any size, an adapter scales it to what its model takes.
    at: the index in `ModelInputs.frames` that it is to look like (a keyframe, from 0), or None for one without a place
    in time (how a character or a place looks). role: `anchor` painted or approved by hand, `previous` made by an
    earlier send, `reference` all else.
    """

    pixels: Pixels
    at: int | None = None
    role: Literal["anchor", "previous", "reference"] = "reference"


@dataclass(frozen=True, eq=False)
class ModelInputs:
    """What a model is given for one send. Whoever makes it keeps to the capabilities; `check` says whether.

    frames: `(N, H, W, 3)` float32, H, W and N legal by `capabilities().sizes` and `.lengths`; N is 1 for stills.
    masks: `(N, H, W)` float32 from 0 to 1, 1 = regenerate, whatever the vendor's own polarity is; soft where the
    operation likes, an adapter cuts it at a half where `masks.soft` is False.
    prompt, seed: as of this send (several crops of one shot may have their own seed); `seed` is any whole number, an
    adapter brings it into the model's range by `Capabilities.seed`.
    fps: frames a second as (numerator, denominator), for models of moving pictures and for prices by the second.
    pictures: references and keyframes, no more than declared. controls: the backend's further inputs, by name; usually
    `request.controls` as it stands; a name that the backend doesn't have is an error in `prepare`.
    """

    frames: Pixels
    masks: Pixels
    prompt: str = ""
    seed: int = 0
    fps: tuple[int, int] = (24, 1)
    pictures: tuple[ModelPicture, ...] = ()
    controls: Mapping[str, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many frames."""
        return int(self.frames.shape[0])

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of a frame, in pixels."""
        return int(self.frames.shape[2]), int(self.frames.shape[1])

    def check(self, limits: Capabilities) -> None:
        """Raises BackendError `inputs_illegal` where a backend can't be given this: the operation's mistake."""
        frames, masks = self.frames, self.masks
        keys = sum(picture.at is not None for picture in self.pictures)
        rules: tuple[tuple[Callable[[], bool], str], ...] = (
            (lambda: _is(frames, 4) and frames.shape[3:] == (3,), "frames are not (N, H, W, 3) float32"),
            (lambda: _is(masks, 3) and masks.shape == frames.shape[:3], "masks are not (N, H, W) float32"),
            (lambda: limits.lengths.takes(len(frames)), f"it does not take {len(frames)} frames"),
            (lambda: limits.sizes.takes(*self.size), "it does not take frames of that size"),
            (lambda: keys <= limits.keyframes, f"it takes {limits.keyframes} keyframes"),
            (lambda: len(self.pictures) - keys <= limits.references, f"it takes {limits.references} references"),
            (lambda: all(0 <= (one.at or 0) < len(frames) for one in self.pictures), "a keyframe is not among them"),
            (lambda: all(_is(one.pixels, 3) for one in self.pictures), "a picture is not (h, w, 3) float32"),
            (lambda: bool(np.isfinite(frames).all() and np.isfinite(masks).all()), "some numbers have no end"),
        )
        wrong = next((text for holds, text in rules if not holds()), "")
        if wrong:
            raise BackendError(
                f"{limits.name} can't be given that: {wrong}", code="inputs_illegal", hint="Please report this."
            )


class Generator(Vendor, Protocol):
    """A backend: the contract's Vendor (name, reconcile, quote, send, find, poll, fetch, cancel) and what follows.

    Making one opens nothing and asks nobody. One object serves several jobs and threads.

    Of the Vendor's verbs, with this in mind: `quote(request)` is an upper bound without a look at the pixels (every
    frame once, whole, in the largest send); whoever knows the crops and chunks asks `price` for each and adds up.
    `send(intent, body)` uploads what the body holds and then makes the one paid call; uploads may be repeated, the paid
    call never is. `fetch(remote_id, target)` writes one file: the result as the vendor gave it, or a zip of several
    (see backends.body), bounded in size; nothing of it is decoded before `pictures`.
    """

    def capabilities(self) -> Capabilities:
        """What it can do. Pure, the same for the life of the object; nobody is asked."""

    def price(self, request: Request, inputs: ModelInputs) -> Cost:
        """The most that this one send costs; what is reserved as `most` in `Sends.result`. Pure."""

    def prepare(self, request: Request, inputs: ModelInputs) -> bytes:
        """The body of one send: everything that decides its pixels, and nothing else. Pure and deterministic.

        Raises BackendError `inputs_illegal` and RequestError `control_unknown`, `control_invalid`, `prompt_too_long`,
        `prompt_missing`.
        """

    def pictures(self, result: Path, inputs: ModelInputs) -> Pixels:
        """The pictures in a fetched result: `(N, H, W, 3)` float32, N, H and W those of `inputs.frames`.

        The file is hostile: it is decoded in a process of its own, with bounds on memory, time, size and dimensions.
        Raises BackendError `result_unreadable`, `result_wrong_size`, `result_wrong_count`: nothing is ever scaled or
        repeated in silence.
        """

    def missing(self) -> str:
        """What is not here that it needs (a token, a program), as a sentence; empty where all is. Asks nobody."""

    def check(self) -> tuple[WireCheck, ...]:
        """Whether it can be used now: reachable, authorised, models there. Asks, sends nothing, costs nothing.

        Raises nothing; a check that could not run says so.
        """


def _is(value: NDArray[Any], dimensions: int) -> bool:
    return bool(value.dtype == np.float32 and value.ndim == dimensions and min(value.shape) > 0)
