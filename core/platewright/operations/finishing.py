"""The last steps of a frame, the same for every operation: regrain, write, measure, fingerprint, record.

They run in one thread of their own, in frame order, while the generator works on the next frame. An error of
theirs comes up at the next frame or at the end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from time import perf_counter

import numpy as np
import numpy.typing as npt

from platewright import __version__
from platewright.contract.errors import InternalError
from platewright.contract.findings import Finding
from platewright.contract.takes import FileHash, FrameRecord, ModelCard, SourceShares
from platewright.contract.windows import Box
from platewright.imaging import grain
from platewright.imaging.loans import cleared
from platewright.imaging.writing import carried, write_patch
from platewright.provenance.fingerprint import codes
from platewright.quality.meter import TakeMeter
from platewright.synthesis.doubt import surely
from platewright.synthesis.draft import FROM_FRAMES, Filled
from platewright.synthesis.kept_grain import LookUp
from platewright.synthesis.motion import Chain

from .covering import blended, changes_outside, covered
from .keeping import KeptPatch
from .laid_over import Neighbour
from .outcome import Outcome, PatchWriter
from .plate_grain import PlateGrain
from .proxy import proxy_of
from .shot import Shot, ShotFrame
from .source_map import shares_of, source_map

__all__ = ["BUILTIN_CARD", "Finisher", "Made"]

Float = npt.NDArray[np.float32]

BUILTIN_CARD = ModelCard(name="Platewright built-in generator", version=__version__, provider="Platewright")
MOST_WAITING = 2


@dataclass(frozen=True, eq=False)
class Made:
    """A frame as the generator leaves it.

    rgb: `(H, W, 3) float32` over `box`, scene-linear; the plate's own where `alpha (H, W)` is 0. kind, source,
    lacking, confidence: as in synthesis.draft.Filled. matrix: `(3, 3)` from this frame's plate pixels to the
    frame before, or None. beside: other frames, along the motion, to tell grain from texture, the nearest first.
    data: further channels of the patch. measures: what the operation itself measured. errs: confidence tells of
    expected errors, as in synthesis.doubt, and not of likely mistakes. looked_up: as in Filled.
    """

    frame: ShotFrame
    box: Box
    rgb: Float
    alpha: Float
    kind: npt.NDArray[np.uint8]
    source: npt.NDArray[np.int32]
    lacking: Float
    confidence: Float
    sources: tuple[int, ...]
    matrix: npt.NDArray[np.float64] | None
    beside: Sequence[Neighbour] = ()
    data: Mapping[str, Float] = field(default_factory=dict)
    measures: Mapping[str, float | None] = field(default_factory=dict)
    errs: bool = False
    looked_up: LookUp | None = None

    @cached_property
    def shares(self) -> SourceShares:
        """How much of what changed came from where."""
        return shares_of(self.kind, self.alpha)

    @cached_property
    def sureness(self) -> float:
        """How sure of the frame as a whole, 0 to 1."""
        confidence = self.confidence[self.alpha > 0]
        return surely(confidence) if self.errs else float(confidence.mean())

    @classmethod
    def of(
        cls, frame: ShotFrame, filled: Filled, alpha: Float, chain: Chain, previous: int | None,
        near: Sequence[ShotFrame],
    ) -> Made:  # fmt: skip
        """A frame as the repair filled it. previous: the frame made before, for the flicker. near: frames beside it,
        the nearest first."""
        matrix = None if previous is None else chain.between(frame.number, previous)
        motions = [(other, chain.between(frame.number, other.number)) for other in near]
        return cls(
            frame, filled.box, filled.rgb, alpha, filled.kind, filled.source, filled.lacking, filled.confidence,
            filled.sources, matrix, [(other, motion) for other, motion in motions if motion is not None],
            errs=True, looked_up=filled.looked_up,
        )  # fmt: skip


class Finisher:
    """Finishes the frames of one take, in order; then gives the Outcome."""

    def __init__(self, shot: Shot, out: PatchWriter, *, display_window: Box, grain_strength: float) -> None:
        self._shot = shot
        self._out = out
        self._display = display_window
        self._grain_strength = grain_strength
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="finish")
        self._waiting: deque[Future[FrameRecord | None]] = deque()
        self._records: list[FrameRecord] = []
        self._grain = PlateGrain()
        self._meter = TakeMeter()
        self._spent: dict[str, float] = {}
        self._at_joins: dict[int, dict[str, float | None]] = {}

    def __enter__(self) -> Finisher:
        return self

    def __exit__(self, *exc: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def add(self, made: Made) -> None:
        """Queue a frame. Raises what an earlier frame's steps raised."""
        self._take(MOST_WAITING - 1)
        self._waiting.append(self._pool.submit(self._finish, made))

    def pass_by(self, frame: ShotFrame, patch: KeptPatch, matrix: npt.NDArray[np.float64] | None) -> None:
        """Look at a kept frame on the way, so that the step to it or from it is measured. matrix: as in Made."""
        self._take(MOST_WAITING - 1)
        self._waiting.append(self._pool.submit(self._pass_by, frame, patch, matrix))

    def _take(self, most: int) -> None:
        """Take finished frames over until at most so many wait."""
        while len(self._waiting) > most:
            record = self._waiting.popleft().result()
            if record is not None:
                self._records.append(record)

    def outcome(
        self, *, references: tuple[tuple[FileHash, ...], ...] = (), findings: tuple[Finding, ...] = (),
        timings: Mapping[str, float] | None = None,
    ) -> Outcome:  # fmt: skip
        """Wait for the last frame and put everything together."""
        self._take(0)
        summary = self._meter.summary()
        spent = {name: round(seconds, 3) for name, seconds in {**(timings or {}), **self._spent}.items()}
        return Outcome(
            frames=tuple(self._records),
            encoding=self._shot.encoding,
            colour_space=self._shot.linear_id or self._shot.linear,
            colour_config=self._shot.colour.config_id(),
            display_window=self._display,
            pixel_aspect=self._shot.pixel_aspect,
            model_card=BUILTIN_CARD,
            references=references,
            findings=(*findings, *summary.findings),
            measures=summary.measures,
            timings=spent,
            at_joins=self._at_joins,
        )

    # ------------------------------------------------------------------ one frame, in the thread
    def _finish(self, made: Made) -> FrameRecord:
        begun = perf_counter()
        made = self._regrained(made)
        begun = self._clock("grain", begun)
        file, patch_box = self._write(made)
        begun = self._clock("write", begun)
        measures = self._measure(made)
        begun = self._clock("measure", begun)
        frame = made.frame
        proxy = proxy_of(frame.linear, frame.box, made.rgb, made.alpha, made.box, self._display)
        fingerprint = codes(proxy)
        self._clock("fingerprint", begun)
        changed = int(np.count_nonzero(made.alpha))
        over_plate = made.box & frame.box
        touched = int(np.count_nonzero(made.alpha[over_plate.slices_in(made.box)])) if not over_plate.is_empty else 0
        return FrameRecord(
            number=frame.number,
            file=file,
            plate=frame.plate,
            matte=frame.matte_file,
            patch_window=patch_box,
            changed=made.box if changed else Box(0, 0, 0, 0),
            changed_pixels=changed,
            untouched_pixels=frame.box.area - touched,
            fingerprint=fingerprint,
            shares=made.shares,
            sources=made.sources,
            confidence=round(made.sureness, 4) if changed else 1.0,
            measures={**measures, **made.measures},
        )

    def _clock(self, stage: str, begun: float) -> float:
        now = perf_counter()
        self._spent[stage] = self._spent.get(stage, 0.0) + now - begun
        return now

    def _regrained(self, made: Made) -> Made:
        """Give averaged and synthesised pixels the grain they lack."""
        if self._grain_strength <= 0 or not (made.lacking > 0).any():
            return made
        new = made.matrix is None  # the first frame, or one after a cut, which may be another stock
        model = self._grain.of(made.frame, made.box, made.beside, new)
        lacking = np.where(made.alpha > 0, made.lacking, np.float32(0))
        if made.looked_up is not None:
            # What look-ups left was counted by a film-like grain; the plate's own is known by now.
            lacking = made.looked_up.lacking(lacking, made.kind == FROM_FRAMES, model.kernel)
        lacking *= np.float32(self._grain_strength**2)  # a share of variance
        rgb = grain.regrain(
            made.rgb, model, lacking,
            seed=self._shot.request.seed, frame=made.frame.number, origin=(made.box.x0, made.box.y0),
        )  # fmt: skip
        return replace(made, rgb=rgb)

    def _write(self, made: Made) -> tuple[FileHash, Box]:
        """The patch with one pixel of plate around it, A = 0 there, so that no host's edge rule can smear it."""
        box = made.box.grown(1)
        alpha = np.pad(made.alpha, 1)
        rgb = covered(np.pad(made.rgb, ((1, 1), (1, 1), (0, 0))), alpha, box, made.frame.linear, made.frame.box)
        sources = source_map(made.kind, made.source, made.confidence, made.alpha, made.frame.number)
        data = {name: np.pad(values, 1) for name, values in {**sources, **made.data}.items()}
        _prove_untouched(rgb, alpha, box, made.frame)
        file = write_patch(
            self._out.path(made.frame.number), rgb, alpha, box, self._display, data=data, half=self._shot.half,
            pixel_aspect=self._shot.pixel_aspect,
            header={**carried(made.frame.header, self._shot.linear_id), **self._out.stamp},
        )  # fmt: skip
        return file, box

    def _measure(self, made: Made) -> dict[str, float | None]:
        if not (made.alpha > 0).any():
            return {}
        crop = _crop(made.frame, made.rgb, made.alpha, made.box)
        if crop is None:
            return {}
        return self._meter.measure(
            made.frame.number, *crop, made.matrix, shares=made.shares, confidence=made.sureness,
        )  # fmt: skip

    def _pass_by(self, frame: ShotFrame, patch: KeptPatch, matrix: npt.NDArray[np.float64] | None) -> None:
        """A kept frame's step from the frame before, where that was made; what else it measures is known."""
        crop = _crop(frame, patch.rgb, patch.alpha, patch.box) if (patch.alpha > 0).any() else None
        if crop is None:
            self._meter.skip()
            return
        found = self._meter.look_at(*crop, matrix)
        if matrix is not None:
            self._at_joins[frame.number] = found


def _crop(frame: ShotFrame, rgb: Float, alpha: Float, box: Box) -> tuple[Box, Float, Float, Float] | None:
    """`(box, plate, comp, alpha)` of the region with plate around it, as the meter takes it; None where it has none."""
    around = box.grown(24) & frame.box
    if around.is_empty:
        return None
    rows, columns = around.slices_in(frame.box)
    plate = np.ascontiguousarray(frame.linear[rows, columns], np.float32)
    held = cleared(plate.shape[:2], np.float32)
    shared = box & around
    held[shared.slices_in(around)] = alpha[shared.slices_in(box)]
    return around, plate, blended(plate, rgb, alpha, box.y0 - around.y0, box.x0 - around.x0), held


def _prove_untouched(rgb: Float, alpha: Float, box: Box, frame: ShotFrame) -> None:
    """Compare a host's blend of the patch with the plate, bit for bit, wherever the blend matte is 0.

    Raises InternalError: then the take is not made.
    """
    changes = changes_outside(rgb, alpha, box, frame.linear, frame.box)
    if changes:
        raise InternalError(
            f"a blend of the patch of frame {frame.number} would change {changes} pixels outside the matte",
            code="untouched_pixels_change",
            frame=frame.number,
        )
