"""Making one take of frames that were made and frames that were taken over: the record's side of it."""

from __future__ import annotations

from dataclasses import replace

from platewright.contract.errors import RequestError
from platewright.contract.takes import FrameRecord
from platewright.operations.outcome import Outcome
from platewright.quality.joins import join_findings
from platewright.quality.meter import together

from .base_take import BaseTake

__all__ = ["whole"]


def whole(outcome: Outcome, base: BaseTake | None, kept: tuple[FrameRecord, ...]) -> Outcome:
    """The outcome of the whole take, with what stands out where new frames meet old ones.

    Raises RequestError `base_unfit` where the two are not of one kind, which only the finished pictures tell.
    """
    if base is None:
        return outcome
    made, record = {frame.number for frame in outcome.frames}, base.record
    then = (record.encoding, record.colour_space, record.display_window, record.pixel_aspect, record.model_card.trained)
    now = (
        outcome.encoding, outcome.colour_space, outcome.display_window, outcome.pixel_aspect,
        outcome.model_card.trained,
    )  # fmt: skip
    if now != then:
        raise RequestError(
            f"{base.place.stem} can't lend frames to this: it has another colour space, format or generator",
            code="base_unfit",
            hint="Leave the base out: all is made anew.",
        )
    old = [replace(entry, measures={**entry.measures, **outcome.at_joins.get(entry.number, {})}) for entry in kept]
    frames = tuple(sorted((*outcome.frames, *old), key=lambda frame: frame.number))
    said = {finding.code for finding in outcome.findings}
    earlier = [f for f in record.findings if f.frame is not None and f.frame not in made and f.code not in said]
    findings = (*outcome.findings, *earlier, *join_findings(frames), *base.left_behind())
    measures = {**outcome.measures, **together([frame.measures for frame in frames if frame.measures])}
    return replace(outcome, frames=frames, findings=findings, measures=measures)
