"""Models of grain put together, and held against each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .model import GrainModel, triple
from .spectrum import kernel_of

__all__ = ["merge", "score"]

_LEVELS = (0.01, 0.03, 0.09, 0.18, 0.4, 1.0)
"""Scene-linear levels at which two laws are compared, as far as they were measured there."""

_UNSEEN = 0.25 / 255.0


def merge(models: Sequence[GrainModel]) -> GrainModel:
    """One model of several measurements of the same shot, each weighted by the patches it rests on.

    Reliable ones only, where there are any. Laws are averaged as variances, spectra as autocorrelations.
    """
    chosen = [m for m in models if m.reliable] or [m for m in models if m.patches > 0]
    if not chosen:
        return GrainModel()
    if len(chosen) == 1:
        return chosen[0]
    weights = np.array([max(m.patches, 1) for m in chosen], np.float64)
    weights /= weights.sum()
    radius = max(m.kernel.shape[1] for m in chosen) - 1
    shapes = np.array([m.autocorrelation(max(1, radius)) for m in chosen])
    laws = np.einsum("m,mkc->kc", weights, np.array([(m.curvature, m.slope, m.floor) for m in chosen]))
    highest = np.max([m.highest for m in chosen], 0)
    ceiling = np.min([m.ceiling for m in chosen], 0)
    return GrainModel(
        curvature=triple(laws[0]),
        slope=triple(laws[1]),
        floor=triple(laws[2]),
        kernel=kernel_of(np.einsum("m,mcyx->cyx", weights, shapes)),
        correlation=np.einsum("m,mab->ab", weights, np.array([m.correlation for m in chosen])).astype(np.float32),
        highest=triple(highest),
        lowest_value=min(m.lowest_value for m in chosen),
        ceiling=triple(ceiling),
        patches=sum(m.patches for m in chosen),
        reliable=any(m.reliable for m in chosen),
    )


def score(plate: GrainModel, fill: GrainModel) -> float:
    """How alike two grains are, 0 to 1: 1 = the same variance against level and the same spectrum.

    The smaller variance over the larger, as the geometric mean over levels and channels, times the Bhattacharyya
    coefficient of the normalised power spectra. Grain too weak to be seen (a quarter of an 8-bit step in tone
    space) counts as none; none against none is 1.
    """
    reach = max(float(_LEVELS[0]), min(max(plate.highest), max(fill.highest)))
    at = np.repeat(np.array([[level] for level in _LEVELS if level <= reach * 1.001]), 3, 1)
    unseen = ((1 + 64 * at) * np.log(257.0) / 64 * _UNSEEN) ** 2
    a = np.maximum(plate.variance(at), unseen)
    b = np.maximum(fill.variance(at), unseen)
    strength = float(np.exp(-np.abs(np.log(a / b)).mean()))
    if (a <= unseen).all() and (b <= unseen).all():
        return 1.0
    return strength * _likeness(plate, fill)


def _likeness(plate: GrainModel, fill: GrainModel) -> float:
    """Mean over the channels of the overlap of the two power spectra, 0 to 1."""
    spread = 32
    a = np.abs(np.fft.fft2(plate.kernel.astype(np.float64), (spread, spread)))
    b = np.abs(np.fft.fft2(fill.kernel.astype(np.float64), (spread, spread)))
    overlap = (a * b).sum((1, 2)) / np.sqrt((a * a).sum((1, 2)) * (b * b).sum((1, 2)))
    return float(overlap.mean())
