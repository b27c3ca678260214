"""From the autocorrelation of grain to the kernel that makes it from white noise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .blocks import Surface

__all__ = ["correlation_of_blocks", "kernel_of", "whole_lags"]

Floats = npt.NDArray[np.float64]

_CALM = 3e-5
"""Weight of the wish that far lags be near 0: enough to hold what the surface's removal made unknowable."""

_LOST, _DIMMED = 0.002, 0.02
"""Share of a kernel's energy that may be cut off at its rim, and of its sum, which is what the lowest frequencies have:
a wide rim of little energy holds much of that."""


def correlation_of_blocks(products: Floats, geometry: Surface) -> Floats:
    """True autocorrelation `(lags,)`, 1 at lag 0, from the mean sums of residual products `(lags,)`.

    Undoes what taking the surface away did, by least squares with `Surface.response`; far lags are held small.
    """
    if not products[0] > 0:
        return np.asarray(np.arange(len(products)) == 0, np.float64)
    weighted = geometry.response.T / geometry.pairs
    normal = weighted @ geometry.response
    normal /= normal[0, 0]
    aim = weighted @ (products / products[0]) / (weighted[0] @ geometry.response[:, 0])
    reach = (geometry.lags**2).sum(1).astype(np.float64)
    found = np.linalg.solve(normal + _CALM * np.diag(reach), aim)
    return np.asarray(np.clip(found / max(found[0], 1e-9), -1.0, 1.0))


def whole_lags(half: Floats, geometry: Surface) -> Floats:
    """`(2 radius + 1, 2 radius + 1)` with lag 0 in the middle, from one of each pair of opposite lags."""
    radius = geometry.radius
    out = np.zeros((2 * radius + 1, 2 * radius + 1))
    rows, columns = geometry.lags[:, 0], geometry.lags[:, 1]
    out[radius + rows, radius + columns] = half
    out[radius - rows, radius - columns] = half
    return out


def kernel_of(autocorrelations: Floats) -> npt.NDArray[np.float32]:
    """Kernels `(n, k, k) float32` of energy 1 whose autocorrelations are the given `(n, size, size)`, lag 0 centred.

    The kernel's spectrum is the root of the power spectrum, with phase 0 (so it is even); what a noisy measurement
    left below 0 there counts as 0. The rim is cut where all kernels are near 0.
    """
    size = autocorrelations.shape[-1]
    radius = size // 2
    spread = 8 * (radius + 1)
    padded = np.zeros((len(autocorrelations), spread, spread))
    padded[:, :size, :size] = autocorrelations
    power = np.fft.fft2(np.roll(padded, (-radius, -radius), (1, 2))).real
    roots = np.fft.ifft2(np.sqrt(np.maximum(power, 0.0))).real
    kernels = np.roll(roots, (radius, radius), (1, 2))[:, :size, :size]
    kernels /= np.sqrt((kernels**2).sum((1, 2), keepdims=True))
    keep = radius
    while keep > 0:
        rim = slice(radius - keep + 1, radius + keep)
        less = kernels[:, rim, rim]
        dimmed = np.abs(less.sum((1, 2)) - kernels.sum((1, 2))) > _DIMMED * np.abs(kernels).sum((1, 2))
        if (dimmed | ((less**2).sum((1, 2)) < 1.0 - _LOST)).any():
            break
        keep -= 1
    cut = kernels[:, radius - keep : radius + keep + 1, radius - keep : radius + keep + 1]
    return np.asarray(cut / np.sqrt((cut**2).sum((1, 2), keepdims=True)), np.float32)
