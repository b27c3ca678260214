"""Grain measured on the plate around a region, textured or not.

Why blocks: every picture has places where only grain is left once its shading is taken away, and texture only adds
to the variance there. The law is the lower edge of all blocks (see `law`), the spectrum comes from the blocks at it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .between import least_aliased, unsoftened
from .blocks import Surface, block_autocovariance, surface
from .gathered import ENOUGH, Gathered, gather
from .law import fit_law, law_at, lower_edge, search_law
from .model import GrainModel
from .spectrum import correlation_of_blocks, kernel_of, whole_lags

__all__ = ["measure"]

Floats = npt.NDArray[np.float64]
Picture = npt.NDArray[np.float32]

_SIZES = ((16, 4), (12, 4), (24, 6))
"""(side, largest lag) of the blocks: the usual ones, smaller ones for textured plates, larger ones for coarse grain."""

_LOWER_HALF = (0.0, 0.7978845608)
_NEARLY_ALL = (2.0, 0.0552478626)

_SPECTRUM = 160
"""Blocks that tell the spectrum at most; where texture takes part in them, those where it does least."""
_COARSE = 0.72
"""Correlation of neighbours over which the usual blocks are too small for the grain."""
_PLENTY = 100
_DOUBT = 3.0
"""A correlation is drawn towards 0 as it comes near to this many standard errors."""
_MOST_TEXTURE = 0.2
"""Share of the quiet blocks' variance that is put down to texture at most: the rest of such a claim is a guess."""
_MORE = 1.1
"""Variance, times as much, from which on fewer blocks say more than chance makes them."""
_FAINT = 0.25 / 255.0
"""Standard deviation in tone space under which no one sees grain: a quarter of an 8-bit step."""


@dataclass(frozen=True, eq=False)
class _Found:
    """One measurement: laws `(3, 3)`, autocorrelations `(3, lags)`, correlation `(3, 3)`, quiet blocks.

    highest: `(3,)`, the highest level among the quiet blocks. faint: too weak to be seen. negative: as in Gathered.
    between: of the quiet blocks on the mean, and of those among them that told the spectrum.
    """

    geometry: Surface
    laws: Floats
    lags: Floats
    correlation: Floats
    quiet: int
    highest: Floats
    faint: bool
    negative: bool
    between: tuple[float, float]


def measure(
    rgb: Picture, usable: npt.NDArray[np.bool_], *, against: Picture | None = None, apart: Picture | None = None
) -> GrainModel:
    """The grain of a picture.

    rgb: `(H, W, 3) float32`, scene-linear, about half a megapixel is plenty. usable: `(H, W) bool`, False where the
    matte is or anything else that is not plain plate; NaN and infinities are left out by themselves, clipped values
    too. against: `(H, W, 3) float32`, a frame of the same picture with other grain, pixel on pixel (a locked-off
    shot); then only what differs counts, and texture hardly matters. apart: `(H, W) float32`, how far between its
    pixels that frame was looked up, see between.sampled_apart; None where it was not.
    Takes about 10 ms. A plate without grain gives a model near 0 that is reliable; a plate with next to no usable
    blocks gives one that is not.
    """
    rgb = np.ascontiguousarray(rgb, np.float32)
    usable = np.ascontiguousarray(usable, np.bool_)
    picture, source, cut = rgb, rgb, _LOWER_HALF
    if against is not None:
        with np.errstate(invalid="ignore"):
            source = (rgb - against) * np.float32(np.sqrt(0.5))
            picture = (rgb + against) * np.float32(0.5)
        cut = _NEARLY_ALL
    low, high = _clip_levels(rgb, usable)
    best: _Found | None = None
    for size, radius in _SIZES:
        if best is not None and not _worth_another(best, size):
            continue
        geometry = surface(size, radius)
        blocks = gather(picture, source, usable, geometry, low, high, apart)
        found = _measure_blocks(source, blocks, geometry, cut) if len(blocks.corners) >= ENOUGH // 2 else None
        if found is not None and blocks.texture.any():
            plain = replace(blocks, texture=np.zeros_like(blocks.texture))
            found = _calmer(found, _measure_blocks(source, plain, geometry, cut), blocks.level)
        if found is not None and (best is None or size > best.geometry.size or found.quiet > best.quiet):
            best = found
    if best is None:
        return GrainModel()
    model = _model(best, high)
    return model if apart is None else unsoftened(model, *best.between)


def _calmer(some: _Found, all_blocks: _Found, level: Floats) -> _Found:
    """The measurement of some blocks, or that of all where those are too few or say that there is clearly more grain:
    what is not grain only ever adds, so they were chosen by what is no texture, such as water that moves."""
    more = np.median(_expected(some.laws, level) / _expected(all_blocks.laws, level)) > _MORE
    return all_blocks if more or some.quiet < ENOUGH else some


def _worth_another(best: _Found, size: int) -> bool:
    """Whether blocks of `size` promise a better measurement than the best so far."""
    if best.faint:
        return False
    coarse = bool(np.median(best.lags[:, 1]) > _COARSE)
    return coarse if size > best.geometry.size else best.quiet < _PLENTY and not coarse


def _clip_levels(rgb: Picture, usable: npt.NDArray[np.bool_]) -> tuple[Picture, Picture]:
    """Values `(3,)` at and below, at and above which the plate is clipped; infinities where it is not.

    Clipped is an extreme value that many pixels share exactly, which grain does not do.
    """
    low, high = np.full(3, -np.inf, np.float32), np.full(3, np.inf, np.float32)
    for c in range(3):
        values = rgb[::4, ::4, c][usable[::4, ::4]]
        values = values[np.isfinite(values)]
        if len(values) == 0:
            continue
        many = max(12, len(values) // 2000)
        bottom, top = values.min(), values.max()
        if np.count_nonzero(values == bottom) >= many:
            low[c] = bottom
        if np.count_nonzero(values == top) >= many:
            high[c] = top
    return low, high


def _measure_blocks(source: Picture, blocks: Gathered, geometry: Surface, cut: tuple[float, float]) -> _Found:
    """The law and the spectrum, each from the other in turn: two rounds settle both.

    cut: how far above the middle of the undisturbed blocks, in standard deviations, a block may be to be used, and
    by how many of them the mean of what is below such a cut lies under the middle (the inverse Mills ratio).
    """
    lags = np.repeat((0.3 ** np.hypot(*geometry.lags.T))[None], 3, 0)
    scatter = np.full(3, np.sqrt(2 * 1.5) / geometry.size)
    correlation = np.eye(3)
    kept = lags @ geometry.response[0]
    variance, growth = blocks.energy / kept, 0.0
    laws = _searched(blocks, variance, scatter)
    if blocks.texture.any():
        expected = _expected(laws, blocks.level)
        least, growth = least_aliased((variance / expected).mean(1), (blocks.texture / expected).mean(1), blocks.share)
        blocks, variance = blocks.some(least), variance[least]
        laws = _searched(blocks, variance, scatter)
    curved = laws[:, 0] > 0
    quiet, chosen = np.zeros(len(blocks.corners), np.bool_), np.zeros(0, np.int64)
    for _ in range(2):
        expected = _expected(laws, blocks.level)
        ratios = (variance / expected).mean(1)
        deviation = float(np.sqrt((scatter**2).sum())) / 3
        quiet = ratios <= lower_edge(ratios, deviation) * (1 + cut[0] * deviation)
        bias = 1 - cut[1] * scatter**2 / (3 * deviation)
        for c in range(3):
            values = variance[quiet, c] / bias[c]
            laws[c] = fit_law(blocks.level[quiet, c], values, expected[quiet, c], curved=bool(curved[c]))
        chosen = _for_spectrum(blocks, quiet, laws, growth)
        products, errors, correlation = _products(source, blocks, chosen, laws, geometry, growth)
        for c in range(3):
            shift = _selection(products[c], geometry)
            scatter[c] = np.sqrt(shift[0]) if shift[0] > 0 else scatter[c]
            whole = products[c] + shift * products[c, 0] * cut[1] / (3 * deviation)
            lags[c] = _doubted(correlation_of_blocks(whole, geometry), errors[c], geometry)
        variance *= kept / (lags @ geometry.response[0])
        laws *= (kept / (lags @ geometry.response[0]))[:, None]
        kept = lags @ geometry.response[0]
    # Not block by block: what scatters more than grain alone is taken for texture.
    texture = growth * (blocks.texture[quiet] / _expected(laws, blocks.level[quiet])).mean(0)
    laws *= 1 - np.minimum(texture, _MOST_TEXTURE)[:, None]
    highest = np.maximum(blocks.level[quiet].max(0), 1e-6)
    faint = _is_faint(laws, blocks.level)
    count = int(quiet.sum()) // blocks.share
    between = float(blocks.between[quiet].mean()), float(blocks.between[chosen].mean())
    return _Found(geometry, laws, lags, correlation, count, highest, faint, blocks.negative, between)


def _searched(blocks: Gathered, variance: Floats, scatter: Floats) -> Floats:
    """A law `(3, 3)` of each channel to begin with."""
    return np.stack([search_law(blocks.level[:, c], variance[:, c], scatter[c]) for c in range(3)])


def _expected(laws: Floats, level: Floats) -> Floats:
    """Variance `(n, 3)` by the channels' laws at levels `(n, 3)`."""
    return np.stack([law_at(laws[c], level[:, c]) for c in range(3)], 1)


def _for_spectrum(blocks: Gathered, quiet: npt.NDArray[np.bool_], laws: Floats, growth: float) -> npt.NDArray[np.int64]:
    """Those of the quiet blocks, by number, that tell the spectrum: where texture takes part, the plainest."""
    chosen = np.flatnonzero(quiet)
    if growth > 0:  # the spectrum tells of it first
        share = (blocks.texture[chosen] / _expected(laws, blocks.level[chosen])).mean(1)
        return np.sort(chosen[np.argsort(share, kind="stable")[:_SPECTRUM]])
    return chosen[np.linspace(0, len(chosen) - 1, min(len(chosen), _SPECTRUM)).astype(np.int64)]


def _products(
    source: Picture, blocks: Gathered, chosen: npt.NDArray[np.int64], laws: Floats, geometry: Surface, growth: float
) -> tuple[Floats, Floats, Floats]:
    """Of chosen blocks, in units of the law: mean sums of residual products `(3, lags)`, standard errors of the
    correlations `(3, lags)`, and the correlation of the channels `(3, 3)`.

    What texture adds to them is finer than grain, about white, and is taken off.
    """
    texture = growth * (blocks.texture[chosen] / _expected(laws, blocks.level[chosen])).mean(0)
    scale = _expected(laws, blocks.level[chosen]) ** -0.5
    products = np.zeros((len(chosen), 3, len(geometry.lags)))
    crossed = np.zeros((len(chosen), 3))
    block_autocovariance(source, blocks.corners[chosen], scale, geometry.basis, geometry.lags, products, crossed)
    mean, cross = products.mean(0), crossed.mean(0)
    errors = products.std(0) / geometry.pairs / np.sqrt(len(chosen))
    errors *= geometry.pairs[0] / np.maximum(mean[:, :1], 1e-30)
    correlation = np.eye(3)
    for a in range(3):
        b = (a + 1) % 3
        both = np.sqrt(mean[a, 0] * mean[b, 0])
        correlation[a, b] = correlation[b, a] = np.clip(cross[a] / both, -1, 1) if both > 0 else 0.0
    mean -= np.minimum(texture, _MOST_TEXTURE)[:, None] * geometry.response[:, 0]
    return mean, errors, correlation


def _doubted(lags: Floats, errors: Floats, geometry: Surface) -> Floats:
    """Correlations `(lags,)` with those drawn to what the next pixels foretell that are no farther from it than chance
    makes them; lag 0 stays 1.

    Foretold is what a blur leaves of white noise, a Gaussian of the distance: many far lags, each too small to be
    told from 0, hold much of the lowest frequencies together.
    """
    certain = _certain(lags, errors)
    down, across = (max(0.0, float(certain[(geometry.lags == lag).all(1)][0])) for lag in ((1, 0), (0, 1)))
    squares = geometry.lags**2
    foretold = down ** squares[:, 0] * across ** squares[:, 1]
    found = foretold + _certain(lags - foretold, errors)
    found[0] = 1.0
    return np.asarray(found)


def _certain(values: Floats, errors: Floats) -> Floats:
    """Values with those drawn to 0 that are no larger than chance makes them."""
    return np.asarray(values * np.clip(1 - (_DOUBT * errors / np.maximum(np.abs(values), 1e-12)) ** 2, 0.0, 1.0))


def _selection(products: Floats, geometry: Surface) -> Floats:
    """Covariance of a block's relative energy with its relative product at each lag, `(lags,)`; at lag 0 it is the
    variance of the energy.

    For Gaussian grain it is 2 * pairs * (c * c)(d), with c the residual's autocovariance and * a convolution.
    Choosing blocks by energy shifts their products by the regression on it.
    """
    if not products[0] > 0:
        return np.zeros_like(products)
    radius = geometry.radius
    whole = whole_lags(products / geometry.pairs / (products[0] / geometry.pairs[0]), geometry)
    spread = 4 * radius + 1
    spectrum = np.fft.rfft2(whole, (spread, spread))
    both = np.fft.irfft2(spectrum**2, (spread, spread))[radius : 3 * radius + 1, radius : 3 * radius + 1]
    at = both[radius + geometry.lags[:, 0], radius + geometry.lags[:, 1]]
    return np.asarray(np.maximum(2 * geometry.pairs * at / geometry.pairs[0] ** 2, 0.0))


def _is_faint(laws: Floats, level: Floats) -> bool:
    """Whether the grain is too weak to be seen at the picture's middle levels."""
    at = np.median(level, 0)
    step = 64.0 / ((1.0 + 64.0 * at) * np.log(257.0))
    deviations = np.array([np.sqrt(law_at(laws[c], at[c : c + 1])[0]) for c in range(3)]) * step
    return bool((deviations < _FAINT).all())


def _model(found: _Found, high: Picture) -> GrainModel:
    """The measurement as a GrainModel."""
    triples = [(float(a), float(b), float(c)) for a, b, c in found.laws.T]
    top, ceiling = found.highest, high
    return GrainModel(
        curvature=triples[0],
        slope=triples[1],
        floor=triples[2],
        kernel=kernel_of(np.stack([whole_lags(row, found.geometry) for row in found.lags])),
        correlation=found.correlation.astype(np.float32),
        highest=(float(top[0]), float(top[1]), float(top[2])),
        lowest_value=-float("inf") if found.negative else 0.0,
        ceiling=(float(ceiling[0]), float(ceiling[1]), float(ceiling[2])),
        patches=found.quiet,
        reliable=found.faint or found.quiet >= ENOUGH,
    )
