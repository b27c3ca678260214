"""PW601 to PW613: are the pictures what the pipeline was told they are. Nobody else looks at pixels before publish.

Takes, renders and deliveries alike; a rule that compares with something that was not declared does not apply.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from platewright.contract.checks import SubjectKind
from platewright.contract.frames import FrameRange
from platewright.contract.takes import TakeRecord

from .check import Check, Said
from .facts import CannotTell, Facts, Picture, Unknown, known

__all__ = ["PICTURES"]

LOSSY = frozenset({"b44", "b44a", "dwaa", "dwab", "pxr24"})
PLATEAU = 0.002
"""Share of pixels at exactly 1.0 above which a linear picture was clipped: light never stops there by itself."""
NEGATIVE = 0.001
"""Share of pixels below 0 above which it is worth telling; a few are noise, a matrix or a filter's ringing."""
OUTLIER = 14.0
"""How many times the shot's calmer change (its lower quarter) a frame may differ in brightness from its neighbours; of
normally distributed changes that is 4.5 standard deviations. The quarter, because a flash disturbs three frames."""
_FEWEST = 8
"""Frames below which no change is usual."""


def _whole_range(facts: Facts) -> Iterator[Said]:
    """PW601."""
    pictures = known(facts.pictures)
    there = {one.number for one in pictures.frames if one.problem_code != "frames_missing"}
    wanted = set(facts.declared.frames)
    if not wanted and there:  # nothing was declared: at least there is no hole
        wanted = set(range(min(there), max(there) + 1))
    gone, more = sorted(wanted - there), sorted(there - wanted)
    if gone:
        yield Said(f"frames {_range(gone)} are missing", "frames_missing", gone[0], remedy="Render or fetch them.")
    if more:
        yield Said(
            f"frames {_range(more)} lie outside the declared range",
            "frames_extra",
            more[0],
            remedy="Move them away, or declare them as handles.",
        )
    for name in pictures.strangers[:20]:
        yield Said(f"{name} lies among the frames but is none of them", "frame_unlisted", remedy="Move it away.")


def _readable(facts: Facts) -> Iterator[Said]:
    """PW602."""
    for one in known(facts.pictures).frames:
        if one.problem and one.problem_code != "frames_missing":
            yield Said(one.problem, one.problem_code, one.number, remedy="Copy or render this frame again.")


def _finite(facts: Facts) -> Iterator[Said]:
    """PW603."""
    for one in _looked_at(facts):
        if one.nan or one.infinite:
            what = f"{one.name} holds {one.nan or 0} NaN and {one.infinite or 0} infinite values"
            yield Said(what, "not_finite", one.number, remedy="Find the division by zero upstream and render again.")


def _colour(facts: Facts) -> Iterator[Said]:
    """PW604, where it blocks: absent, or another than declared."""
    declared = facts.declared.colour
    for one in _readable_ones(facts):
        if not one.colour and not _is_untagged_kind(one):
            yield Said(f"{one.name} does not say its colour space", "colour_absent", one.number, remedy=_TAG)
        elif declared and one.colour and one.colour != declared and one.colour != "unknown":
            what = f"{one.name} says {one.colour}, and {declared} was declared"
            yield Said(what, "colour_differs", one.number, remedy=_TAG)
        elif one.colour == "unknown":
            yield Said(f"{one.name} says its colour space is unknown", "colour_unknown", one.number, remedy=_TAG)


def _channels(facts: Facts) -> Iterator[Said]:
    """PW605."""
    ones = _readable_ones(facts)
    wanted = frozenset(facts.declared.channels) or (frozenset(ones[0].channels) if ones else frozenset())
    for one in ones:
        gone, more = sorted(wanted - set(one.channels)), sorted(set(one.channels) - wanted)
        if gone or more:
            lacks = f"lacks {', '.join(gone)}" if gone else ""
            has = f"has {', '.join(more)} beside what was declared" if more else ""
            what = f"{one.name} {' and '.join(part for part in (lacks, has) if part)}"
            yield Said(what, "channels_differ", one.number, remedy="Check the layers of what wrote it.")


def _windows(facts: Facts) -> Iterator[Said]:
    """PW606."""
    plate = facts.declared.plate
    if isinstance(plate, Unknown):
        raise CannotTell(plate.reason)
    ones = _readable_ones(facts)
    wanted = plate or (ones[0] if ones else None)
    if wanted is None:
        return
    for one in ones:
        if one.display_window != wanted.display_window and not facts.declared.extends:
            what = f"{one.name} has another display window than {'the plate' if plate else wanted.name}"
            yield Said(what, "display_window_differs", one.number, one.display_window, "Check the format.")
        if abs(one.pixel_aspect - wanted.pixel_aspect) > 1e-6:
            what = f"{one.name} has the pixel aspect {one.pixel_aspect:g} instead of {wanted.pixel_aspect:g}"
            yield Said(what, "pixel_aspect_differs", one.number, remedy="Check the format.")
        if facts.kind == "render" and plate and not one.data_window.contains(plate.data_window & one.display_window):
            what = f"{one.name} has a smaller data window than the plate"
            yield Said(what, "data_window_differs", one.number, one.data_window, "Check what crops it.")
    if isinstance(facts.record, TakeRecord):
        windows = {frame.number: frame.patch_window for frame in facts.record.frames}
        for one in ones:
            if one.number in windows and windows[one.number] != one.data_window:
                what = f"{one.name} has another data window than recorded"
                yield Said(what, "data_window_differs", one.number, one.data_window, "Take it from the backup.")


def _untouched(facts: Facts) -> Iterator[Said]:
    """PW607: outside the matte the picture is the plate, bit for bit."""
    assert facts.untouched is not None
    for finding in known(facts.untouched):
        if finding.code == "check_could_not_run":
            raise CannotTell(finding.message)
        yield Said(finding.message, finding.code, finding.frame, finding.region, finding.remedy)


def _storage(facts: Facts) -> Iterator[Said]:
    """PW608: floats, in one kind, without loss."""
    ones = _readable_ones(facts)
    first = set(ones[0].kinds) if ones else set()
    for one in ones:
        if one.compression.partition(":")[0] in LOSSY:
            what = f"{one.name} is stored with {one.compression}, which loses bits"
            yield Said(what, "compression_lossy", one.number, remedy="Write it as zip, zips or piz.")
        elif set(one.kinds) != first:
            what = f"{one.name} is stored in other kinds of numbers than the frames before it"
            yield Said(what, "storage_differs", one.number, remedy="Write all frames alike.")


def _linear(facts: Facts) -> Iterator[Said]:
    """PW609: the tells of display-referred pixels in a scene-linear file."""
    for one in _looked_at(facts):
        if one.at_one is not None and one.at_one > PLATEAU:
            what = f"{one.at_one:.1%} of {one.name} is exactly 1.0, as a clipped display picture is"
            yield Said(what, "clipped_at_one", one.number, remedy="Check that nothing went through a display view.")
        if one.negative is not None and one.negative > NEGATIVE:
            what = f"{one.negative:.1%} of {one.name} is below 0"
            yield Said(what, "negative_values", one.number, remedy="Check the conversion it came through.")


def _steady(facts: Facts) -> Iterator[Said]:
    """PW610: a frame whose brightness leaves that of both its neighbours by far more than the shot's usual change."""
    ones = [one for one in _looked_at(facts) if one.mean is not None]
    means = [one.mean or 0.0 for one in ones]
    if len(means) < _FEWEST:
        return
    away = [abs(means[i] - (means[i - 1] + means[i + 1]) / 2) for i in range(1, len(means) - 1)]
    usual = max(sorted(away)[(len(away) - 1) // 4], 0.002 * abs(median(means)), 1e-6)
    worst = {i: value for i, value in enumerate(away, start=1) if value > OUTLIER * usual}
    for place, value in worst.items():
        if value >= max(away[max(0, place - 2) : place + 1]):  # its neighbours seem to jump too; the peak is the one
            one = ones[place]
            what = f"{one.name} is {value / usual:.0f} times farther from its neighbours than frames of this shot are"
            yield Said(what, "frame_outlier", one.number, remedy="Look at it beside its neighbours.")


def _overwrites(facts: Facts) -> Iterator[Said]:
    """PW611."""
    for name in known(facts.declared.destination_taken)[:20]:
        what = f"{name} stands in {facts.declared.destination} already"
        yield Said(what, "version_taken", remedy="Publish it as the next version.")


def _time_kept(facts: Facts) -> Iterator[Said]:
    """PW612: a frame rate and time code that the plate has."""
    plate = facts.declared.plate
    if plate is None or isinstance(plate, Unknown):
        raise CannotTell(plate.reason if plate is not None else "the plate was not looked at")
    for one in _readable_ones(facts):
        if plate.rate and one.rate != plate.rate:
            lost = f"{one.name} has lost the frame rate {plate.rate}"
            what = f"{one.name} runs at {one.rate} instead of {plate.rate}" if one.rate else lost
            yield Said(what, "rate_lost", one.number, remedy="Let the writer keep the plate's metadata.")
        if plate.timecode and not one.timecode:
            what = f"{one.name} has lost its time code"
            yield Said(what, "timecode_lost", one.number, remedy="Let the writer keep the plate's metadata.")


def _one_colour_tag(facts: Facts) -> Iterator[Said]:
    """PW613."""
    for one in _readable_ones(facts):
        if one.colour and one.chromaticities:
            what = f"{one.name} has both a colorInteropID and chromaticities"
            yield Said(what, "colour_said_twice", one.number, remedy="Write only the colorInteropID.")


_TAG = "Write it again with its colorInteropID; never guess it."


def _looked_at(facts: Facts) -> list[Picture]:
    """The frames whose numbers are known. Raises CannotTell where a readable frame's are not."""
    ones = _readable_ones(facts)
    if any(one.nan is None for one in ones):
        raise CannotTell("the pixels were not looked at")
    return ones


def _readable_ones(facts: Facts) -> list[Picture]:
    ones = [one for one in known(facts.pictures).frames if not one.problem]
    if not ones:
        raise CannotTell("no frame could be read")
    return ones


def _is_untagged_kind(one: Picture) -> bool:
    """Formats that can't be believed about colour say nothing; their side-car or the caller does."""
    return not one.name.lower().endswith((".exr", ".sxr", ".mxr"))


def _range(numbers: list[int]) -> str:
    return str(FrameRange.of(numbers))


def _has_plate(facts: Facts) -> bool:
    return facts.declared.plate is not None


def _is_linear(facts: Facts) -> bool:
    return facts.kind != "delivery"


def _was_compared(facts: Facts) -> bool:
    return facts.untouched is not None


def _has_destination(facts: Facts) -> bool:
    return bool(facts.declared.destination)


_FILES: frozenset[SubjectKind] = frozenset({"take", "render", "delivery"})
_LINEAR: frozenset[SubjectKind] = frozenset({"take", "render"})

PICTURES: tuple[Check, ...] = (
    Check("PW601", _whole_range, _LINEAR, pixels=True),
    Check("PW602", _readable, _FILES, pixels=True),
    Check("PW603", _finite, _LINEAR, pixels=True),
    Check("PW604", _colour, _LINEAR, _is_linear, pixels=True),
    Check("PW605", _channels, _LINEAR, pixels=True),
    Check("PW606", _windows, _LINEAR, pixels=True),
    Check("PW607", _untouched, _LINEAR, _was_compared, pixels=True),
    Check("PW608", _storage, _LINEAR, pixels=True),
    Check("PW609", _linear, _LINEAR, pixels=True),
    Check("PW610", _steady, _LINEAR, pixels=True),
    Check("PW611", _overwrites, _FILES, _has_destination),
    Check("PW612", _time_kept, _LINEAR, _has_plate, pixels=True),
    Check("PW613", _one_colour_tag, _LINEAR, pixels=True),
)
