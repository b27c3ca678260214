"""Filling a hole with what the rest of the picture looks like: multi-scale patch match with voting.

What no frame saw has to be invented; this invents it from patches of the picture itself. One picture in, one out:
it knows nothing about sequences, plates, grain or a matte's soft edge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import cv2
import numpy as np
import numpy.typing as npt

from ..contract.errors import SynthesisError
from .calm import Calming
from .doubt import invented
from .fading import faded
from .guidance import Guidance, guidance
from .healing import heal
from .joins import soften_joins
from .kriging import kriged
from .kriging import warm as warm_kriging
from .membrane import warm as warm_membrane
from .patch_field import PatchField
from .pyramid import Level, has_sources, pyramid
from .slices import at_once

__all__ = ["Synthesis", "synthesise", "warm"]

_Floats = npt.NDArray[np.float32]
_Mask = npt.NDArray[np.bool_]

_SURROUND = 64  # pixels around the hole's box that are looked at, at least
_MOST_WORK = 3_000_000  # targets times rounds on one level: large holes get fewer rounds where they are fine
_COPY_ABOVE = 0.3  # share of the votes from which on the last vote copies a pixel instead of taking the mean
_GOOD_MATCH = 0.1  # tone, RMS: at this difference of patches the confidence has fallen to 1 / e
_RESAMPLED = 2 / 3  # what is left of grain's strength on the mean, by linear sampling anywhere between pixels
_ROUNDS, _FEWER, _FEWEST_ROUNDS = 20, 0.8, 3  # of search and vote on the coarsest level, times 0.8 on each finer one
_MOST_FINEST_ROUNDS = 8  # a hole so thin that it has one level is led by its rim
_MOST_TRIES, _MOST_TRIED = 5, 100_000  # how often the coarse levels are begun, and pixels of the hole over all of them
_ANOTHER = 0x9E3779B1  # from try to try: seeds far from those of anyone who counts on by one
_PULL_FALLS = (
    0.5  # what the smooth estimate has of the first vote: all on the coarsest level, so much less on finer ones
)
_TOLERANCE, _COARSE_TOLERANCE = 1.0, 0.2  # of the votes: coarse levels decide what is there, the finest takes a mean


@dataclass(frozen=True, slots=True)
class Synthesis:
    """What was made up.

    picture: (H, W, 3) float32 in the tone of the input; known pixels bit for bit, the others finite.
    offsets: (H, W, 2) int32, for each filled pixel the (dx, dy) to the pixel it was mainly taken from; 0 elsewhere.
    confidence: (H, W) float32 in 0..1, from how well the patches fit; 1 where known.
    copied: (H, W) float32 in 0..1, how much of each pixel was copied with its grain; the rest is smooth. 1 where known.
    calm, astray: the share of the hole that is smooth because all around is, and the root mean square in tone that it
    is likely to miss by there.
    """

    picture: _Floats
    offsets: npt.NDArray[np.int32]
    confidence: _Floats
    copied: _Floats
    calm: float = 0.0
    astray: float = 0.0

    def error(self, known: _Mask) -> float:
        """The root mean square in tone of structure that what was made up is likely to miss by."""
        if known.all():
            return 0.0
        textured = invented(self.picture, known, ~known)
        return float(np.sqrt((1 - self.calm) * textured**2 + self.calm * min(self.astray, textured) ** 2))


def synthesise(
    picture: _Floats,
    known: _Mask,
    *,
    seed: int,
    sources: _Mask | None = None,
    guide: _Floats | None = None,
    patch: int = 7,
    report: Callable[[float], None] | None = None,
) -> Synthesis:
    """Fill what is not known from patches of what is.

    picture: (H, W, 3) float32 in tone space (see `imaging.tone`); where not known it may hold anything.
    known: (H, W) bool. A known pixel that isn't finite is kept as it is, but neither looked at nor copied.
    seed: any whole number, of which 32 bits count. The same seed and input give the same bits, however many threads.
    sources: (H, W) bool, which of the known pixels may be copied; None: all.
    guide: (H, W, 3) float32, a weak estimate of the hole to begin with, NaN where there is none; None: a membrane.
    patch: side of the patches in pixels, odd.
    report: gets the share that is done, 0..1; may raise to stop the work.
    Raises SynthesisError: `nothing_to_copy` when no pixel may be copied, `sizes_differ` for arrays that don't fit.
    Sources: Barnes et al. 2009 (search), Wexler et al. 2007 (voting), Newson et al. 2014 (texture), Perez et al.
    2003 (seam), Darabi et al. 2012 (light), Criminisi et al. 2004 (lines), He & Sun 2012 (repetitions), Huang et al.
    2014 (planes), Burt & Adelson 1983 (joins).
    """
    _check_sizes(picture, known, sources, guide)
    usable = known & np.isfinite(picture).all(-1)
    allowed = usable if sources is None else usable & sources
    result = _untouched(picture, known)
    if known.all():
        return result
    if not allowed.any():
        raise SynthesisError(
            "There is nothing in the picture that the hole could be filled from.",
            code="nothing_to_copy",
            hint="Leave some of the plate outside the matte, or allow more of it to be copied from.",
        )
    box = _region(known, allowed, patch)
    crop = np.where(usable[box][..., None], picture[box], 0).astype(np.float32)
    level = Level(crop, usable[box], allowed[box])
    side = next((side for side in range(patch, 2, -2) if has_sources(level, side)), 0)
    made = (
        _grow(level, side, seed & 0xFFFFFFFF, None if guide is None else guide[box], report) if side else _smooth(level)
    )
    hole = ~known[box]
    for whole, part in zip(
        (result.picture, result.offsets, result.confidence, result.copied),
        (made.picture, made.offsets, made.confidence, made.copied),
        strict=True,
    ):
        whole[box][hole] = part[hole]
    return replace(result, calm=made.calm, astray=made.astray)


def warm() -> None:
    """Compile every kernel of the exemplar fill, so that the first real call does not wait for it."""
    warm_membrane()
    warm_kriging()
    rows, columns = np.mgrid[0:48, 0:48].astype(np.float32)
    picture = np.dstack([np.sin(rows), np.cos(columns), np.sin(rows + columns)])
    known = np.ones((48, 48), np.bool_)
    known[16:32, 16:32] = False
    synthesise(picture, known, seed=1)


def _check_sizes(picture: _Floats, known: _Mask, sources: _Mask | None, guide: _Floats | None) -> None:
    """Refuse arrays that do not lie over each other."""
    fits = picture.ndim == 3 and picture.shape[2] == 3 and picture.shape[:2] == known.shape
    fits = fits and (sources is None or sources.shape == known.shape)
    fits = fits and (guide is None or guide.shape == picture.shape)
    if not fits:
        raise SynthesisError(
            "The picture and its masks are not of the same size.",
            code="sizes_differ",
            hint="Cut the picture, the mask of what is known and the guide to the same box.",
        )


def _untouched(picture: _Floats, known: _Mask) -> Synthesis:
    """The result before anything is filled."""
    offsets = np.zeros((*known.shape, 2), np.int32)
    return Synthesis(np.array(picture, np.float32), offsets, known.astype(np.float32), np.ones(known.shape, np.float32))


def _region(known: _Mask, allowed: _Mask, patch: int) -> tuple[slice, slice]:
    """The part to work on: the hole's box and as much again around it; all when there is nothing to copy in that."""
    rows, columns = np.nonzero(~known.all(1))[0], np.nonzero(~known.all(0))[0]
    top, bottom, left, right = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    margin = max(_SURROUND, bottom - top, right - left)
    box = (
        slice(max(0, top - margin), min(known.shape[0], bottom + margin)),
        slice(max(0, left - margin), min(known.shape[1], right + margin)),
    )
    level = Level(np.zeros((0, 0, 3), np.float32), known[box], allowed[box])
    return box if has_sources(level, patch) else (slice(0, known.shape[0]), slice(0, known.shape[1]))


def _grow(
    finest: Level, patch: int, seed: int, guide: _Floats | None, report: Callable[[float], None] | None
) -> Synthesis:
    """Fill from the coarsest level to the finest.

    What is there is decided on the coarse levels, where search and vote settle on the nearest answer that fits, seldom
    the best one. So these are begun several times, each at random in another way, and the one that fits best goes on.
    Not where a hole has an open side: with no rim over there to meet, what fits best is what repeats, and it grows on.
    """
    levels = pyramid(finest, patch)
    begin = guidance(levels, guide)

    def done(coarse: PatchField | None, number: int, seed: int) -> tuple[PatchField, _Floats]:
        field = PatchField(levels[number], patch, coarse, begin.estimates[number])
        field.start_from(coarse, seed, begin.shifts.get(number))
        return field, _converge(field, number, len(levels), seed)

    def attempt(turn: int) -> PatchField | None:
        field = None
        for number in range(len(levels) - 1, 0, -1):
            field, _ = done(field, number, (seed + turn * _ANOTHER) & 0xFFFFFFFF)
            if report and turn == 0:
                report(0.25**number)
        return field

    tries = 1 if finest.open_ended.any() else max(1, min(_MOST_TRIES, _MOST_TRIED // int((~finest.known).sum())))
    begun = at_once(*(partial(attempt, turn) for turn in range(tries))) if len(levels) > 1 else []
    best = min(begun, key=lambda field: float(np.sqrt(field.error()).mean()), default=None)
    field, held = done(best, 0, seed)
    if report:
        report(1.0)
    return _finish(finest, field, held, begin, best)


def _converge(field: PatchField, number: int, levels: int, seed: int) -> _Floats:
    """Search and vote in turns on level `number` of so many, 0 the finest; the last vote there may copy.

    Returns what the copied pixels have of each pixel, as PatchField.settle; nothing on other levels.
    """
    held = np.zeros(0, np.float32)
    size = max(field.usable.shape)
    reach = size if number >= levels - 2 else max(32, size // 8)
    rounds = max(_FEWEST_ROUNDS, int(_ROUNDS * _FEWER ** (levels - 1 - number)))
    if number == 0:
        rounds = min(rounds, _MOST_FINEST_ROUNDS)
    if levels > 1:
        rounds = max(1, min(rounds, _MOST_WORK // len(field.ty)))
    for turn in range(rounds):
        field.search(reach, (seed * 31 + number) * 64 + turn)
        field.weigh_votes(_COARSE_TOLERANCE if number else _TOLERANCE)
        if number == 0 and turn == rounds - 1:
            held = field.settle(_COPY_ABOVE)
        else:
            done = turn / max(1, rounds - 1)
            field.vote(_pull(levels - 1 - number, done) if number else 0.0, 1 - done)
    return held


def _pull(finer: int, done: float) -> float:
    """What the smooth estimate has of a vote, `finer` levels above the coarsest with so much of its rounds `done`.

    Patches that only have to fit each other settle as readily on a wrong colour as on the right one. So they begin
    near what the rim says, on the mean the safest guess there is, and each round are freer of it: the last vote of a
    level is theirs alone, or repetitions would slip out of step.
    """
    return _PULL_FALLS**finer * (1 - done)


def _finish(level: Level, field: PatchField, held: _Floats, begin: Guidance, half: PatchField | None) -> Synthesis:
    """Lay what is copied in perspective over what patches made, heal seam and joins and say where everything came from.

    held: (N,) float32, of each of the hole's pixels, what was copied and not averaged. half: what was made at half the
    size, if that was asked.
    """
    hole = ~level.known
    filled = np.ascontiguousarray(field.tones[..., :3])
    rim = (cv2.dilate(hole.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0) & level.known
    rows, columns = (places.astype(np.int32) for places in np.nonzero(rim))
    said, any_said = field.votes_at(rows, columns)
    offsets = np.zeros((*hole.shape, 2), np.int32)
    offsets[field.rows, field.columns] = field.offsets[:, ::-1]
    confidence = np.ones(hole.shape, np.float32)
    error = field.error()[field.index[field.rows, field.columns]]
    confidence[field.rows, field.columns] = np.exp(-np.sqrt(error) / _GOOD_MATCH)
    copied = np.ones(hole.shape, np.float32)
    copied[field.rows, field.columns] = held
    if begin.slant is not None:
        cloned = begin.slant.copied(level.picture, level.known)
        there = np.asarray(np.isfinite(cloned).all(-1))
        at_rim = there[rows, columns]
        said[at_rim], any_said[at_rim] = cloned[rows, columns][at_rim], True
        there &= hole
        filled[there], copied[there] = cloned[there], _RESAMPLED
        offsets[there] = begin.slant.offsets()[there]
    difference = (level.picture[rows, columns] - said)[any_said]
    seam = rows[any_said], columns[any_said]
    if level.is_directed:
        return Synthesis(heal(filled, hole, seam, difference), offsets, confidence, copied)
    calming, (joined, sharp) = at_once(
        lambda: Calming.of(level.picture, level.known, begin.meant),
        lambda: soften_joins(heal(filled, hole, seam, difference), hole, offsets),
    )
    if half is not None:
        joined = faded(joined, level.known, _missed(half, hole.shape), calming.held * (1 - begin.meant))
    calmed = calming.over(joined)
    astray = calming.guess.error if calming.guess is not None else 0.0
    return Synthesis(calmed.picture, offsets, confidence, calmed.copied * copied * sharp, calming.calm, astray)


def _missed(half: PatchField, shape: tuple[int, ...]) -> _Floats:
    """(H, W) float32 at the full size: by how much the patches over each pixel miss at half of it, RMS in tone."""
    missed = np.zeros(half.usable.shape, np.float32)
    missed[half.rows, half.columns] = np.sqrt(half.error()[half.index[half.rows, half.columns]])
    return np.asarray(cv2.resize(missed, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)[: shape[0], : shape[1]])


def _smooth(level: Level) -> Synthesis:
    """The fill where no patch is whole: smooth, and each pixel said to come from the nearest one."""
    hole = ~level.known
    _, labels = cv2.distanceTransformWithLabels(
        (~level.sources).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    place = np.zeros((int(labels.max()) + 1, 2), np.int32)
    rows, columns = np.nonzero(level.sources)
    place[labels[rows, columns], 0], place[labels[rows, columns], 1] = columns, rows
    here = np.dstack(np.meshgrid(np.arange(hole.shape[1]), np.arange(hole.shape[0])))
    offsets = ((place[labels] - here) * hole[..., None]).astype(np.int32)
    known = level.known.astype(np.float32)
    guess = kriged(level.picture, level.known)
    return Synthesis(guess.picture, offsets, known, known, 1.0, guess.error)
