"""A report's findings in the order every form tells them in: what holds up first, then by subject, rule and frame."""

from __future__ import annotations

from platewright.contract.checks import Caught, GateReport

__all__ = ["in_order", "place_of", "verdict"]

_VERDICTS = {
    0: "clean",
    1: "has warnings, which count as errors here",
    2: "can't be published",
    3: "not decided: a check could not run, which counts as a failure",
}


def in_order(report: GateReport) -> list[Caught]:
    """The findings, heaviest first."""
    return sorted(
        report.findings,
        key=lambda one: (
            not (one.found.stops or one.found.unchecked),
            -one.found.weight.rank,
            one.subject,
            one.found.rule,
            one.found.frame if one.found.frame is not None else -1,
        ),
    )


def place_of(one: Caught) -> str:
    """Where it is: `rig_v003 frame 1002, pixels 10,20 to 40,50, node Read4`."""
    place = one.subject
    if one.found.frame is not None:
        place += f" frame {one.found.frame}"
    if one.found.region is not None:
        box = one.found.region
        place += f", pixels {box.x0},{box.y0} to {box.x1},{box.y1}"
    return f"{place}, node {one.node}" if one.node else place


def verdict(report: GateReport) -> str:
    """The outcome in a few words."""
    return _VERDICTS[report.exit_code]
