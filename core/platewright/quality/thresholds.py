"""Which numbers are findings: one table, each limit with its reason, and what an artist can do about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from platewright.contract.findings import Finding, Severity
from platewright.contract.frames import FrameRange
from platewright.contract.windows import Box

__all__ = ["TABLE", "Figures", "FrameFigures", "Threshold", "findings_of"]

Figures = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class FrameFigures:
    """The figures of one frame, as the meter names them; region: its box; seam_box: where its seam is worst."""

    number: int
    figures: Figures
    region: Box | None = None
    seam_box: Box | None = None


@dataclass(frozen=True, slots=True)
class Threshold:
    """One rule: `excess(figures)` over 1 makes a finding, and the frame with the largest is named.

    sentence: what is said of the worst frame; it may use the figures by name. reason: why the limit is where it is.
    """

    code: str
    severity: Severity
    excess: Callable[[Figures], float | None]
    sentence: str
    remedy: str
    reason: str


def _over(name: str, limit: float) -> Callable[[Figures], float | None]:
    def excess(figures: Figures) -> float | None:
        value = figures.get(name)
        return None if value is None else value / limit

    return excess


def _seam(figures: Figures) -> float | None:
    ratio, jump, plate = figures.get("seam"), figures.get("seam_steps"), figures.get("seam_plate_steps")
    if ratio is None or jump is None or plate is None:
        return None
    return min(ratio / 1.8, (jump - plate) / 0.75)


def _flicker(figures: Figures) -> float | None:
    inside, outside = figures.get("flicker"), figures.get("flicker_plate")
    if inside is None or outside is None:
        return None
    return inside / (1.5 * outside + 1.0)


def _grain(figures: Figures) -> float | None:
    plate, match = figures.get("grain_plate_steps"), figures.get("grain_match")
    if plate is None or match is None or plate < 0.5:
        return None
    return 0.5 / max(match, 1e-6)


def _unsure(figures: Figures) -> float | None:
    confidence = figures.get("confidence")
    return None if confidence is None else 0.4 / max(confidence, 1e-6)


TABLE: tuple[Threshold, ...] = (
    Threshold(
        "seam_visible", Severity.WARNING, _seam,
        "look at {frame}: the seam is {seam:.1f} times the plate's own gradient",
        "Grow or feather the matte a little so that its edge lies on plain plate, or paint the rim.",
        "A perfect fill measures 1.0 with a scatter of 0.2; from 1.8 the outline reads as a line, if it also stands "
        "0.75 of an 8-bit step above the plate's own jumps.",
    ),
    Threshold(
        "flicker", Severity.WARNING, _flicker,
        "look at {frame}: the region changes by {flicker:.1f} steps of 8 bits from the frame before, the plate "
        "beside it by {flicker_plate:.1f}",
        "Give an anchor frame or a clean plate, or split the range where the camera's motion changes.",
        "The plate's own change is its grain and what moves; half as much again, and a step for the motion's "
        "errors, is what an eye follows.",
    ),
    Threshold(
        "flicker",
        Severity.WARNING,
        _over("light_jump", 0.1),
        "look at {frame}: the region's light jumps by {light_jump:.2f} stops against the plate's",
        "Give an anchor frame on each side, or make the range in two pieces.",
        "A fill that follows the plate stays within 0.03 stops from frame to frame; a tenth is a blink.",
    ),
    Threshold(
        "grain_missing", Severity.WARNING, _grain,
        "look at {frame}: the region has {grain_match:.0%} of the plate's grain",
        "Switch the regrain on, or add the plate's grain in the comp.",
        "Half the variance is 0.7 of the strength, which shows in motion; grain under half an 8-bit step does not.",
    ),
    Threshold(
        "colour_drift", Severity.WARNING, _over("colour_drift", 0.12),
        "by {frame} the region's light has drifted {colour_drift:.2f} stops from the plate's",
        "Give an anchor near that frame, or make the range in two pieces.",
        "A twelfth of a stop is about what two neighbouring patches show in a still; sums over a range wander by a "
        "third of that without drift.",
    ),
    Threshold(
        "values_clipped", Severity.WARNING, _over("invented_share", 0.002),
        "look at {frame}: {invented_share:.1%} of the region is brighter than the plate ever is, negative, or not a "
        "number",
        "Check highlights and black in the region; a grade downstream will amplify them.",
        "A few pixels are ringing at an edge; two in a thousand make a patch that a grade or a glow brings out.",
    ),
    Threshold(
        "fill_uncertain", Severity.WARNING, _unsure,
        "look at {frame}: the fill is unsure of itself here ({confidence:.0%})",
        "Compare with the plate's neighbours; a clean plate or an anchor frame settles it.",
        "0.4 is an expected error of ten 8-bit steps (28 dB): the sources disagree by more than their grain, with each "
        "other or with the plate around the hole, or detail was invented where none was seen.",
    ),
    Threshold(
        "pixels_synthesised", Severity.NOTE, _over("share_synthesis", 0.25),
        "look at {frame}: {share_synthesis:.0%} of the region was seen in no frame and is invented",
        "A longer range or handles may show what is behind; else check that the invention holds up.",
        "What is invented can't be right by measure; up to a quarter it is mostly rim and occlusion.",
    ),
)  # fmt: skip


def findings_of(frames: Sequence[FrameFigures]) -> tuple[Finding, ...]:
    """One finding for each rule that any frame breaks, about the frame that breaks it most; the others are named."""
    found = []
    for rule in TABLE:
        broken = [
            (excess, frame) for frame in frames if (excess := rule.excess(frame.figures)) is not None and excess > 1
        ]
        if not broken:
            continue
        worst = max(broken, key=lambda pair: pair[0])[1]
        others = [frame.number for _, frame in broken if frame is not worst]
        figures = {name: value for name, value in worst.figures.items() if value is not None}
        message = rule.sentence.format(frame=worst.number, **figures)
        if others:
            message += f"; also at {FrameRange.of(others)}"
        region = worst.seam_box if rule.code == "seam_visible" and worst.seam_box else worst.region
        found.append(Finding(rule.code, rule.severity, message, worst.number, region, rule.remedy))
    return tuple(found)
