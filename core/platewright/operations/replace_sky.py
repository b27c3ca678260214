"""`replace_sky`: put another sky behind the foreground.

Read → matte and old-sky-free foreground → camera's turn → new sky in that direction, hazed and softened → light →
comp → finish, one frame at a time; nothing is held but the first frame's light and the last frame's label.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from platewright.contract.errors import MatteError, PlateError, RequestError
from platewright.contract.findings import Finding
from platewright.contract.progress import Reporter, Step
from platewright.contract.request import ReplaceSky, Request
from platewright.contract.windows import EMPTY, Box
from platewright.imaging.mattes import cut, support
from platewright.synthesis.draft import FROM_PLATE, GIVEN, SYNTHESISED
from platewright.synthesis.sky_camera import USUAL_FIELD_OF_VIEW, Lens
from platewright.synthesis.sky_comp import composited
from platewright.synthesis.sky_dome import heights
from platewright.synthesis.sky_given import part_by
from platewright.synthesis.sky_label import LABEL_WIDTH
from platewright.synthesis.sky_light import hazed, softened
from platewright.synthesis.sky_matte import estimate
from platewright.synthesis.sky_motion import SkyMotion, Turn
from platewright.synthesis.sky_plate import finite_light, tracked_luma

from .finishing import Finisher, Made
from .new_sky import Sky, open_sky
from .outcome import Outcome, PatchWriter
from .shot import Shot, ShotFrame, open_shot
from .sky_findings import TAKEN_FOR_A_SPHERE, absent, track_lost, uncertain
from .sky_lens import learned_lens, moved_label
from .sky_look import Look, Parted, azimuths, horizon_of, take_look

__all__ = ["run"]

_cv2: Any = cv2
Float = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
Matrix = npt.NDArray[np.float64]

UNCERTAIN = 0.8
"""Confidence of a matte below which a person should look at it."""
OF_A_FILL = frozenset(
    {
        "seam_visible", "flicker", "colour_drift", "grain_missing", "values_clipped", "fill_uncertain",
        "pixels_synthesised",
    }
)  # fmt: skip
"""What is said of a region that should look like the plate around it; another sky should not.

Its grain is the plate's at its own brightness; all that is left of the plate to compare it with is textured ground.
"""
LEAST_ALPHA = 1 / 512
"""A share of sky that no eye and hardly a half float can tell from none."""


def run(
    request: Request, out: PatchWriter, report: Reporter, open_new: Callable[[Shot], Sky] = open_sky
) -> Outcome:  # fmt: skip
    """Make the patches of a sky replacement. open_new: finds or makes the new sky.

    Raises PlateError, MatteError, ColourError, RequestError, StorageError, Cancelled.
    """
    operation = _checked(request)
    shot = open_shot(request)
    scene = _Scene(shot, operation, open_new(shot), report)
    total = len(shot.frames)
    begun = perf_counter()
    with (
        shot.stream() as frames,
        Finisher(shot, out, display_window=shot.display_window, grain_strength=float(operation.grain)) as finisher,
    ):
        for index, frame in enumerate(frames):
            report.step(Step("replacing the sky", index, total, frame.number))
            finisher.add(scene.replace(frame))
        report.step(Step("replacing the sky", total, total))
        told = [*scene.findings, *([TAKEN_FOR_A_SPHERE] if scene.sky.was_guessed else [])]
        outcome = finisher.outcome(
            references=scene.sky.files, findings=tuple(told), timings={"frames": perf_counter() - begun}
        )
    return replace(outcome, findings=tuple(finding for finding in outcome.findings if finding.code not in OF_A_FILL))


def _checked(request: Request) -> ReplaceSky:
    operation = request.operation
    if not isinstance(operation, ReplaceSky):
        raise RequestError(f"this is not a sky replacement but '{operation.kind}'", code="operation_wrong")
    if not (0 <= operation.relight <= 1 and 0 <= operation.haze <= 1):
        raise RequestError("relight and haze must be 0 to 1", code="setting_out_of_range")
    if operation.field_of_view is not None and not 1 <= operation.field_of_view < 180:
        raise RequestError("the field of view must be 1 to 179 degrees", code="setting_out_of_range")
    return operation


@dataclass
class _Scene:
    shot: Shot
    operation: ReplaceSky
    sky: Sky
    report: Reporter
    findings: list[Finding] = field(default_factory=list)
    _lens: Lens | None = None
    _motion: SkyMotion | None = None
    _look: Look | None = None
    _turn: Turn | None = None
    _label: Float | None = None
    _sure: float = 1.0

    def replace(self, frame: ShotFrame) -> Made:
        """One frame with its new sky."""
        rgb, sound = finite_light(frame.linear)
        before = self._turn
        if before is None:  # the first frame: its sky says where to look for corners
            parted = self._part(frame, rgb, sound, None)
            self._take_lens(frame)
            turn = self._follow(frame, rgb)
        else:
            turn = self._follow(frame, rgb)
            parted = self._part(frame, rgb, sound, self._moved_label(frame, before, turn))
        lens = self._lens
        assert lens is not None
        look = self._look or self._take_look(frame, parted, lens)
        back = look.back @ np.linalg.inv(turn.matrix)
        box = support(parted.alpha, (frame.box.x0, frame.box.y0))
        if box.is_empty:  # a frame without sky: one pixel, so that all that follows has something to look at
            box = Box.of_size(1, 1, frame.box.x0, frame.box.y0)
        fresh = self._new_sky(frame, look, lens, back, box)
        gains = look.light.gains(azimuths(back, lens, frame.box))
        top, left = box.y0 - frame.box.y0, box.x0 - frame.box.x0
        comp, changed = composited(rgb, sound, parted.alpha, parted.foreground, gains, fresh, top, left)
        return self._made(frame, parted, comp, changed, fresh, box, before, turn)

    # ------------------------------------------------------------------ the steps
    def _take_lens(self, frame: ShotFrame) -> None:
        """The lens that was given, or what the shot tells of it; a usual one where the camera hardly turns."""
        view = self.operation.field_of_view
        lens = Lens.of(self.shot.display_window, view or USUAL_FIELD_OF_VIEW, self.shot.pixel_aspect)
        learned = None if view else learned_lens(self.shot, lens, self._label, frame.box, self.report)
        self._lens = learned or lens
        self._motion = SkyMotion(self._lens, frame.box, lens_is_known=bool(view or learned))

    def _part(self, frame: ShotFrame, rgb: Float, sound: Flags, prior: Float | None) -> Parted:
        """By the artist's matte where there is one, else by an estimated one that follows the frame before."""
        parted = self._given(frame, rgb) if self.shot.mattes is not None else self._estimated(frame, rgb, prior)
        broken = int(np.count_nonzero((parted.alpha > 0) & ~sound))
        if broken:
            raise PlateError(
                f"frame {frame.number} has {broken} pixels in the sky that are NaN or infinite",
                code="plate_not_finite",
                hint="A host's blend would keep them. Repair those pixels first, or give a matte that leaves them out.",
                frame=frame.number,
            )
        return parted

    def _given(self, frame: ShotFrame, rgb: Float) -> Parted:
        alpha = cut(frame.matte, frame.matte_box, frame.box)
        if not (alpha > 0).any():
            raise MatteError(
                f"the sky matte of frame {frame.number} is empty",
                code="matte_empty",
                hint="Check the matte's channel (--matte-channel), its range, and whether it is inverted.",
                frame=frame.number,
            )
        self._label = _small(alpha)
        parts = part_by(rgb, alpha)
        return Parted(rgb, alpha, parts.foreground, parts.sky, 1.0)

    def _estimated(self, frame: ShotFrame, rgb: Float, prior: Float | None) -> Parted:
        horizon = self.operation.horizon
        row = None if horizon is None else horizon + self.shot.display_window.y0 - frame.box.y0
        try:
            matte = estimate(rgb, prior=prior, horizon=row if self._look is None else None)
        except MatteError as error:
            if self._look is None:
                raise MatteError(error.message, code=error.code, hint=error.hint, frame=frame.number) from error
            self.findings.append(absent(frame.number))
            self._label = None
            return Parted(rgb, np.zeros(rgb.shape[:2], np.float32), rgb, rgb, 1.0)
        followed = 1.0 if prior is None else self._sure
        self._sure = min(matte.confidence, followed)  # nothing is surer than what it follows
        if self._sure < UNCERTAIN <= followed:
            self.findings.append(uncertain(frame.number, self._sure))
        self._label = matte.coarse  # not the alpha: a window taken for a gap must not make the wall sky
        alpha = np.where(matte.alpha < LEAST_ALPHA, 0, matte.alpha).astype(np.float32)
        return Parted(rgb, alpha, matte.foreground, matte.sky, self._sure)

    def _follow(self, frame: ShotFrame, rgb: Float) -> Turn:
        """The camera's turn; the label of the frame before says what is far."""
        assert self._motion is not None
        turn = self._motion.add(tracked_luma(rgb), self._label)
        if not turn.found:
            self.findings.append(track_lost(frame.number))
        self._turn = turn
        return turn

    def _moved_label(self, frame: ShotFrame, before: Turn, turn: Turn) -> Float | None:
        return None if self._label is None else moved_label(self._label, before, turn, frame.box)

    def _take_look(self, frame: ShotFrame, parted: Parted, lens: Lens) -> Look:
        given = self.operation.horizon
        horizon = frame.box.y0 + horizon_of(parted.alpha) if given is None else given + self.shot.display_window.y0
        self.sky.meet(frame, parted)
        dome = self.sky.dome(frame.number, lens, self.shot.display_window, horizon)
        self._look = take_look(parted, dome, lens, horizon, frame.box, self.operation)
        return self._look

    def _new_sky(self, frame: ShotFrame, look: Look, lens: Lens, back: Matrix, box: Box) -> Float:
        """(H, W, 3) over the sky's box: seen through the turned camera, hazed at the horizon, as soft as the plate."""
        dome = self.sky.dome(frame.number, lens, self.shot.display_window, look.horizon)
        sky = dome.view(back, box)
        gain = look.light.gains(np.zeros(1, np.float32))[0]
        sky = hazed(sky, look.air * gain, heights(back, box), self.operation.haze)
        return softened(sky, look.softness)

    def _made(
        self, frame: ShotFrame, parted: Parted, comp: Float, changed: Flags, fresh: Float, box: Box,
        before: Turn | None, turn: Turn,
    ) -> Made:  # fmt: skip
        region = support(changed, (frame.box.x0, frame.box.y0))
        if region.is_empty:
            region = Box.of_size(1, 1, frame.box.x0, frame.box.y0)
        place = region.slices_in(frame.box)
        sky = parted.alpha[place]
        touched = changed[place]
        new = np.zeros((*sky.shape, 3), np.float32)
        new[(box & region).slices_in(region)] = fresh[(box & region).slices_in(box)]
        kind = np.where(sky > 0.5, GIVEN if self.sky.is_given else SYNTHESISED, FROM_PLATE).astype(np.uint8)
        confidence = np.float32(parted.confidence if turn.found else min(parted.confidence, 0.3))
        matrix = None if before is None else before.matrix @ np.linalg.inv(turn.matrix)
        new = np.where((sky > 0)[..., None], new, 0).astype(np.float32)
        # What the matte marks is plain plate here, and the smoothest: the grain is read there, not from the ground.
        bare = replace(frame, matte=frame.matte[:0, :0], matte_box=EMPTY)
        return Made(
            frame=bare, box=region, rgb=comp[place], alpha=touched.astype(np.float32), kind=kind,
            source=np.zeros(sky.shape, np.int32), lacking=1 - (1 - sky) ** 2,
            confidence=np.full(sky.shape, confidence, np.float32), sources=(), matrix=matrix,
            data={"sky.A": sky, "newsky.red": new[..., 0], "newsky.green": new[..., 1], "newsky.blue": new[..., 2]},
            measures={
                "sky_matte_confidence": round(parted.confidence, 4),
                "sky_share": round(float(parted.alpha.mean()), 4),
                "sky_mixed_share": round(float(((parted.alpha > 0.02) & (parted.alpha < 0.98)).mean()), 4),
                "sky_track_error": round(turn.error, 4) if turn.found else None,
            },
        )  # fmt: skip


def _small(alpha: Float) -> Float:
    scale = min(0.5, LABEL_WIDTH / max(alpha.shape))
    return np.asarray(_cv2.resize(alpha, None, fx=scale, fy=scale, interpolation=_cv2.INTER_AREA), np.float32)
