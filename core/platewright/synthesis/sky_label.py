"""The coarse label of the sky: a probability on a small picture, grown from a first guess.

Sky is what looks like the sky around it. So the label grows from a border (`sky_border`): a local colour of the
sky and one of the ground are carried everywhere from what is labelled so far (`sky_fields`), every pixel is
compared with both, the verdicts are smoothed along the picture's edges (Min and others, "Fast global image
smoothing based on weighted least squares", 2014), and the round begins anew. How much the sky may vary is fixed by
the first guess: a label that leaks into the ground must not excuse its own leak.

Several first guesses are grown at half size; the largest outcome that varies least within and whose outline lies on
real edges is taken on. A label of the frame before is one more first guess, preferred when it grows back, and then
speaks for every pixel where the camera's turn has brought it: ground that looks like the sky would else be claimed
by one frame and kept by all that follow. So a shot's label is as good as that of its first frame, and says so.

Knows no full-size pixels, no alpha: `sky_unmix` makes those.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numba
import numpy as np
import numpy.typing as npt

from .sky_border import borders
from .sky_connect import connected_sky, sun_of
from .sky_doubt import claimed, merit, outline_contrast, overlap, unbroken
from .sky_fields import local_mean

__all__ = ["LABEL_WIDTH", "Label", "label_sky"]

LABEL_WIDTH = 480  # pixels: a sky gap of 2 cells is 8 pixels of an HD plate, and a round takes 20 ms
HINT_SURE = np.float32(8.0)  # log odds of what the artist says

_GUESSES = 3
_RIM = 4  # pixels at half size: more than the outline moves from frame to frame beside the camera's own motion
_SEARCH_ROUNDS, _RIPEN_ROUNDS, _REFINE_ROUNDS = 5, 6, 3
_LEVEL = 0.012  # tone: three 8-bit steps, below which no two colours are told apart
_SKY_LIMIT = 3.0  # noise scales from the sky's local colour beyond which a pixel speaks against sky
_PATCH = 3.0  # pixels at half size over which a local colour is taken
_MOST_SKY, _MOST_GROUND = 0.15, 0.3  # tone: what deviates more is of something else and says nothing of variance
_GAIN = 1.5
_STAYS = np.float32(math.log(50))  # odds that what was sky in the frame before still is, where the camera has moved it
_SMOOTHING, _EDGE = 6.0, 0.03 * 255  # reach of the smoothing, and the step of tone that stops it

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Label:
    """sky: (h, w) probability; colour, variance: (h, w, 3) the sky's local colour and variance in tone space.

    envelope: (h, w) where gaps of sky may lie, above the lowest sky around. sun: (h, w) sun or moon, in the sky but
    not of its colour. denied: (h, w) where the artist says that there is none. contrast: tone steps that four fifths
    of the outline exceed. agreement: 0 to 1, how much other ways to find it agree: the search's second outcome,
    what grows when the sky may vary twice as much, and what looks like the sky wherever it lies; less where straight
    edges run through it.
    """

    sky: Floats
    colour: Floats
    variance: Floats
    envelope: Mask
    sun: Mask
    denied: Mask
    contrast: float
    agreement: float


def label_sky(
    tone: Floats, *, prior: Floats | None = None, horizon: float | None = None, hint: Floats | None = None
) -> Label | None:
    """Label a small picture; None where no sky is found.

    tone: (h, w, 3) float32 in the tone space, about LABEL_WIDTH wide. prior: (h, w) the label of the frame before,
    moved to this one. horizon: row below which nothing is sky. hint: (h, w), 1 surely sky, 0 surely not, 0.5 open.
    """
    half = _half(tone)
    given = _given(tone.shape[:2], horizon, hint)
    given_half = _shrink(given, half) if given is not None else None
    prior = None if prior is None else np.clip(prior, 0, 1)
    before = None if prior is None else _shrink(prior, half)
    found = _search(half, given_half, before)
    if found is None:
        return None
    sky, agreement = found
    sky = _grow(half, sky, 1 - sky, _RIPEN_ROUNDS, given_half, before).sky
    start = _enlarge(sky, tone)
    grown = _grow(tone, start, 1 - start, _REFINE_ROUNDS, given, before=prior)
    if float((grown.sky > 0.5).mean()) < 0.002:
        return None
    contrast = outline_contrast(half, _shrink(grown.sky, half) > 0.5)
    if prior is None:  # a label that follows another is no surer than that one, and need not be asked again
        agreement *= _steadiness(half, _shrink(grown.sky, half), given_half) * unbroken(tone, grown.sky)
    agreement *= claimed(tone, grown.sky, grown.colour, grown.variance, _SKY_LIMIT)
    denied = np.zeros(grown.sky.shape, bool) if given is None else given < 0
    return Label(
        grown.sky, grown.colour, grown.variance, grown.envelope, grown.sun, denied, contrast, agreement
    )  # fmt: skip


@dataclass(frozen=True)
class _Grown:
    sky: Floats
    colour: Floats
    variance: Floats
    envelope: Mask
    sun: Mask


def _search(tone: Floats, given: Floats | None, prior: Floats | None) -> tuple[Floats, float] | None:
    """Grow the best few borders; the outcome to take, and how much of it the runner-up shares.

    A prior is a seed too, its rim taken off, so that a leak into the ground has to happen anew in every frame; and
    of two outcomes the one that agrees with it is preferred.
    """
    seeds = [
        ((np.arange(tone.shape[0])[:, None] < border.rows[None] - 1).astype(np.float32),
         _first_ground(border.rows, tone.shape[0]))
        for border in borders(tone, _GUESSES if prior is None else 1)
    ]  # fmt: skip
    if prior is not None:
        seeds.append((_without_rim(prior), _without_rim(1 - prior)))
    outcomes: list[tuple[float, Floats]] = []
    for number, (sky, ground) in enumerate(seeds):
        follows = prior is not None and number == len(seeds) - 1  # the border's must find it by itself
        grown = _grow(tone, sky, ground, _SEARCH_ROUNDS, given, prior if follows else None)
        likeness = 1.0 if prior is None else overlap(grown.sky > 0.5, prior > 0.5) ** 2
        outcomes.append((merit(tone, grown.sky, grown.variance) * likeness, grown.sky))
    if not outcomes:
        return ((given > 0).astype(np.float32), 0.0) if given is not None and bool((given > 0).any()) else None
    outcomes.sort(key=lambda outcome: -outcome[0])
    best = outcomes[0][1]
    if len(outcomes) == 1 or outcomes[0][0] > 2 * outcomes[1][0]:
        return best, 1.0
    return best, overlap(best > 0.5, outcomes[1][1] > 0.5)


def _steadiness(tone: Floats, sky: Floats, given: Floats | None) -> float:
    """Overlap of a label with what grows from it when the sky may vary twice as much.

    An outline on real edges stays where it is; a label that ended somewhere in between runs on.
    """
    return overlap(_grow(tone, sky, 1 - sky, _SEARCH_ROUNDS, given, limit=2 * _SKY_LIMIT).sky > 0.5, sky > 0.5)


def _without_rim(weights: Floats) -> Floats:
    size = 2 * _RIM + 1
    return np.asarray(cv2.erode(weights, np.ones((size, size), np.uint8)), np.float32)


def _first_ground(rows: npt.NDArray[np.int64], height: int) -> Floats:
    """Weights (h, w) of the first ground: nothing above the lowest border around, all of it at the bottom.

    Between a border and the lowest border around lie wires and crowns: sky and ground at once, so no seed.
    """
    reach = len(rows) // 3 | 1
    lowest = cv2.dilate(rows.astype(np.float32)[None], np.ones((1, reach), np.uint8))[0]
    lowest = np.minimum(lowest, 0.85 * height)[None]
    row = np.arange(height, dtype=np.float32)[:, None]
    depth = np.clip((row - lowest) / (height - lowest), 0, 1) ** 2
    return np.where(row >= rows[None], depth, 0).astype(np.float32)


def _grow(
    tone: Floats, sky: Floats, ground: Floats, rounds: int, given: Floats | None, before: Floats | None = None,
    limit: float = _SKY_LIMIT,
) -> _Grown:  # fmt: skip
    height, width = tone.shape[:2]
    guide = (np.clip(tone, 0, 1.25) * np.float32(255 / 1.25)).astype(np.uint8)
    small = _half(tone) if width > LABEL_WIDTH * 3 // 4 else tone
    weights = np.asarray(cv2.erode(sky, np.ones((3, 3), np.uint8)), np.float32)
    if not (weights > 0.5).any():
        weights = sky
    usual: Floats | None = None
    envelope = np.ones((height, width), bool)
    colour = variance_s = tone
    for _ in range(rounds):
        colour_s, variance_s = _model(small, _shrink(weights, small), _MOST_SKY)
        if usual is None:
            usual = _usual_variance(variance_s, _shrink(weights, small))
        variance_s = np.minimum(variance_s, usual) + np.float32(_LEVEL**2)
        other_s, spread_s = _model(small, _shrink(ground, small), _MOST_GROUND)
        spread_s += np.float32(_LEVEL**2)
        wider = (np.log(spread_s) - np.log(variance_s)).sum(axis=-1).astype(np.float32)
        colour, other = _enlarge(colour_s, tone), _enlarge(other_s, tone)
        precision, other_precision = (_enlarge(np.reciprocal(spread), tone) for spread in (variance_s, spread_s))
        odds = _verdicts(tone, colour, precision, other, other_precision, _enlarge(wider, tone), limit)
        if before is not None:
            odds += _STAYS * (2 * before - 1)
        if given is not None:
            odds = np.where(given != 0, given, odds).astype(np.float32)
        smooth = cv2.ximgproc.fastGlobalSmootherFilter(guide, odds, _SMOOTHING, _EDGE)
        sky = (1 / (1 + np.exp(-2 * smooth))).astype(np.float32)
        sky, envelope = connected_sky(sky)
        if given is not None:
            sky = np.where(given > 0, 1, sky).astype(np.float32)
        weights, ground = sky * sky, 1 - sky
    sun = sun_of(sky, tone, colour)
    sky = np.where(sun, 1, sky).astype(np.float32)
    return _Grown(sky, colour, _enlarge(variance_s, tone), envelope, sun)


def _model(tone: Floats, weights: Floats, most: float) -> tuple[Floats, Floats]:
    """Local colour and variance (h, w, 3) of what is weighted; deviations above `most` are of something else."""
    colour = local_mean(tone, weights, _PATCH)
    deviation = np.minimum((tone - colour) ** 2, np.float32(most**2))
    return colour, np.maximum(local_mean(deviation, weights, 2 * _PATCH), 0)


def _usual_variance(variance: Floats, weights: Floats) -> Floats:
    """Half as much again as the median over the first sky: what a sky of this picture varies."""
    inside = weights > 0.5
    if not inside.any():
        return np.full(3, 0.02**2, np.float32)
    return (np.median(variance[inside], axis=0) * 1.5).astype(np.float32)


@numba.njit(cache=True, nogil=True)
def _verdicts(tone, sky, sky_precision, ground, ground_precision, wider, limit):  # type: ignore[no-untyped-def]
    """Log odds (h, w) for sky: half from being nearer to the sky than to the ground, half from being near at all.

    Precisions are inverse variances. wider: (h, w) log of the ground's variance over the sky's, summed over channels.
    """
    height, width = tone.shape[:2]
    odds = np.empty((height, width), np.float32)
    half, four, most = np.float32(0.5), np.float32(4), np.float32(16)
    for y in range(height):
        for x in range(width):
            near = far = np.float32(0)
            for c in range(3):
                to_sky, to_ground = tone[y, x, c] - sky[y, x, c], tone[y, x, c] - ground[y, x, c]
                near += to_sky * to_sky * sky_precision[y, x, c]
                far += to_ground * to_ground * ground_precision[y, x, c]
            near, far = near * np.float32(1 / 3), far * np.float32(1 / 3)
            contest = half * (min(far, most) - min(near, most)) + wider[y, x] * np.float32(1 / 6)
            alone = half * (np.float32(limit * limit) - near)
            both = min(max(contest, -four), four) + min(max(alone, -four), four)
            odds[y, x] = np.float32(_GAIN * 0.5) * both
    return odds


def _given(shape: tuple[int, ...], horizon: float | None, hint: Floats | None) -> Floats | None:
    """Log odds (h, w) of what the artist said; 0 where nothing was said; None where nothing at all."""
    if horizon is None and hint is None:
        return None
    given = np.zeros(shape[:2], np.float32)
    if horizon is not None:
        given[max(0, round(horizon)) :] = -HINT_SURE
    if hint is not None:
        given[hint > 0.9] = HINT_SURE
        given[hint < 0.1] = -HINT_SURE
    return given


def _half(tone: Floats) -> Floats:
    return np.asarray(cv2.resize(tone, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.float32)


def _shrink(plane: Floats, like: Floats) -> Floats:
    if plane.shape[:2] == like.shape[:2]:
        return plane
    return np.asarray(cv2.resize(plane, (like.shape[1], like.shape[0]), interpolation=cv2.INTER_AREA), np.float32)


def _enlarge(field: Floats, like: Floats) -> Floats:
    if field.shape[:2] == like.shape[:2]:
        return field
    return np.asarray(cv2.resize(field, (like.shape[1], like.shape[0]), interpolation=cv2.INTER_LINEAR), np.float32)
