"""The law of variance against level, found among blocks of which most may hold texture.

Blocks of grain alone scatter around the law like a mean of squares; texture only ever adds. So the law is the
lower edge of the cloud, and a block's place there says whether it may be used. Knows nothing of pixels.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["fit_law", "law_at", "lower_edge", "search_law"]

Floats = npt.NDArray[np.float64]

_HALF_NORMAL = 0.7978845608
"""Mean distance from the middle of the lower half of a normal distribution, in standard deviations."""

_FEWEST = 12
_TINY = 1e-14
_CROSSINGS = (-6.0, -5.0, -4.0, -3.0, -2.0, -1.0, 0.0, 1.0, 3.0)
"""Powers of 4, in units of the brightest level, at which a law may cross over from constant to growing."""
_CURVED_COUNTS = 0.8
"""A curved law has to convince so many more blocks, for it errs most where nothing was measured."""
_SHY = 0.004
"""Weight of the belief that black has no grain, as a share of the blocks."""


def law_at(law: Floats, level: Floats) -> Floats:
    """`curvature * L^2 + slope * L + floor` for a law `(3,)`, never under a tiny positive number."""
    return np.asarray(np.maximum((law[0] * level + law[1]) * level + law[2], _TINY))


def lower_edge(ratios: Floats, deviation: float) -> Floats:
    """The ratio at which the middle of the undisturbed blocks lies, along the last axis.

    ratios: `(..., n)`, of each block's variance to some law; deviation: the relative standard deviation that blocks of
    grain alone have. If T is the middle of a normal distribution, the mean of what is below T lies _HALF_NORMAL
    deviations lower. The first T from below for which that holds is taken: texture above it has no say. In the lower
    tail a mean of squares is near enough to a normal distribution.
    """
    ordered = np.sort(ratios)
    count = np.arange(1, ordered.shape[-1] + 1)
    gap = 1.0 - np.cumsum(ordered, axis=-1) / count / np.maximum(ordered, 1e-30)
    fits = (gap >= _HALF_NORMAL * deviation) & (count >= _FEWEST)
    fits[..., -1] = True
    return np.asarray(np.take_along_axis(ordered, fits.argmax(axis=-1)[..., None], -1)[..., 0])


def search_law(level: Floats, variance: Floats, deviation: float) -> Floats:
    """The law `(3,)` that the largest number of blocks agree on, by trying shapes.

    level, variance: `(n,)`, of blocks, in linear units. Shapes: `L + f` and `L^2 + f^2` for a range of f up to far
    above the levels, which is constant grain. Consensus and not least squares, for most blocks may hold texture.
    """
    top = float(np.quantile(level, 0.98)) + 1e-6
    f = (top * 4.0 ** np.array(_CROSSINGS))[:, None]
    shapes = np.stack([(level + f) / (top + f), (level * level + f * f) / (top * top + f * f)], 1)
    ratios = variance / np.maximum(shapes, 1e-5)
    middle = lower_edge(ratios, deviation)
    near = (ratios > middle[..., None] * (1 - 2 * deviation)) & (ratios < middle[..., None] * (1 + deviation))
    agree = np.count_nonzero(near, axis=-1) * np.array([1.0, _CURVED_COUNTS])
    crossing, power = np.unravel_index(np.argmax(agree), agree.shape)
    at, found = float(f[crossing, 0]), float(middle[crossing, power])
    if power == 0:
        whole = found / (top + at)
        return np.array([0.0, whole, whole * at])
    whole = found / (top * top + at * at)
    return np.array([whole, 0.0, whole * at * at])


def fit_law(level: Floats, variance: Floats, expected: Floats, *, curved: bool) -> Floats:
    """The law `(3,)` of undisturbed blocks by least squares of relative errors, no coefficient negative.

    expected: `(n,)`, the variance by the law so far, which weights. curved: whether L^2 may take part. Exact: with
    three coefficients all sets of them that are not 0 can be tried. Where the levels lie too close together to tell
    slope from floor, slope it is: black has next to no grain on any stock or sensor.
    """
    if not np.any(variance > 0):
        return np.zeros(3)
    matrix = np.stack([level * level, level, np.ones_like(level)], 1) / expected[:, None]
    matrix /= (scale := np.maximum(np.abs(matrix).max(0), 1e-30))
    aim = variance / expected
    gram, right = matrix.T @ matrix, matrix.T @ aim
    gram[2, 2] += (1 + _SHY * len(level)) * (1 / (np.median(expected) * scale[2])) ** 2
    best = (0.0, np.zeros(3))
    for chosen in range(1, 8):
        if chosen & 1 and not curved:
            continue
        terms = [i for i in range(3) if chosen >> i & 1]
        answer = np.linalg.lstsq(gram[np.ix_(terms, terms)], right[terms], rcond=1e-12)[0]
        gain = float(answer @ right[terms])
        if (answer >= 0).all() and gain > best[0] * (1 + 1e-9):
            law = np.zeros(3)
            law[terms] = answer
            best = (gain, law / scale)
    return best[1]
