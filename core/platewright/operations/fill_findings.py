"""What the generator itself noticed while it filled: cuts, lost motion, moving texture, shadows beside the region."""

from __future__ import annotations

from platewright.contract.findings import Finding, Severity
from platewright.contract.frames import FrameRange
from platewright.synthesis.repair import Repair

__all__ = ["fill_findings"]


def fill_findings(repair: Repair) -> tuple[Finding, ...]:
    """All of it, by frame."""
    found = [*_motion(repair), *_texture(repair), *_shadows(repair)]
    return tuple(sorted(found, key=lambda finding: finding.frame or 0))


def _motion(repair: Repair) -> list[Finding]:
    found = [
        Finding(
            "cut_in_range",
            Severity.NOTE,
            f"frame {number} begins another set-up: each side of the cut was made by itself",
            frame=number,
            remedy="If it is no cut, give a clean plate or an anchor on each side; else there is nothing to do.",
        )
        for number in repair.cuts
    ]
    found += [
        Finding(
            "motion_lost",
            Severity.WARNING,
            f"frame {number} could not be tracked from the frame before: nothing is carried across",
            frame=number,
            remedy="Give a clean plate or an anchor on each side, or split the range there.",
        )
        for number in repair.lost
    ]
    return found


def _texture(repair: Repair) -> list[Finding]:
    found = []
    if repair.restless:
        found.append(
            Finding(
                "texture_moves",
                Severity.NOTE,
                f"look at {repair.restless[0]}: the texture moves by itself, as water, leaves or smoke do, and comes "
                f"from the frames around which it lies most alike; at {FrameRange.of(repair.restless)}",
                frame=repair.restless[0],
                remedy="Look at the region in motion; an element of the same texture may hold up better.",
            )
        )
    if repair.waved:
        found.append(
            Finding(
                "texture_waves",
                Severity.NOTE,
                f"look at {repair.waved[0]}: waves run over the picture, as of water, heat or wind, and behind the "
                f"matte they go on as around it; at {FrameRange.of(repair.waved)}",
                frame=repair.waved[0],
                remedy="Look at the region in motion; where it is not right, turn moving texture off.",
            )
        )
    return found


def _shadows(repair: Repair) -> list[Finding]:
    if not repair.shady:
        return []
    worst = max(repair.shady, key=lambda number: abs(repair.shady[number]))
    amount = repair.shady[worst]
    what, of = ("darker", "shadow") if amount > 0 else ("brighter", "reflection or glow")
    others = [number for number in repair.shady if number != worst]
    also = f"; also at {FrameRange.of(others)}" if others else ""
    return [
        Finding(
            "shadow_outside",
            Severity.WARNING,
            f"look at {worst}: beside the matte the plate is {what} by {abs(amount) * 255:.0f} steps of 8 bits than "
            f"other frames show it, as by a {of} of what is taken away{also}",
            frame=worst,
            remedy="Draw the matte around it too, or take it out in the comp.",
        )
    ]
