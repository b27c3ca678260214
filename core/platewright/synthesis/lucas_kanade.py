"""Damped rounds of Lucas and Kanade: how a target's surround lies in a source, as one kernel.

Inverse compositional (Baker & Matthews 2004), Levenberg-Marquardt, Geman-McClure weights. One kernel and not a loop
of array calls: several sources are fitted beside each other, and what holds the interpreter's lock would make them wait
for one another.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from .landing import residuals

__all__ = ["fit"]

ROUNDS = 14
LEAST_SHARE = 0.35
WIDEST_KNEE = 0.06
"""Tone-space distance beyond which a point has nothing to say: it shows something else."""
FEWEST = 60
FARTHEST = 24.0
"""Pixels that a fit may move away from the tracked prediction."""
SETTLED = 0.01
"""Motion of the surround's corners in pixels under which the fit is finished."""
ROUGHLY = 0.2
"""Motion of a round, in pixels, under which the cubic look-up takes over from the linear one."""
THINNED, ENOUGH = 4, 1000
"""Of so many points one is looked at until then, where at least so many are left."""


@numba.njit(cache=True, nogil=True)
def _spread(residual, count):  # type: ignore[no-untyped-def]
    """Median of the absolute residuals, from a histogram of 1024 bins up to 0.5."""
    bins = np.zeros(1024, np.int64)
    for i in range(count):
        bins[min(1023, int(abs(residual[i]) * 2048.0))] += 1
    half, total = count // 2, 0
    for b in range(1024):
        total += bins[b]
        if total > half:
            return (b + 0.5) / 2048.0
    return 0.5


@numba.njit(cache=True, nogil=True, fastmath={"reassoc"})
def _product(a, b):  # type: ignore[no-untyped-def]
    """Sum of products; in an order of the compiler's choosing, which is the same for any number of threads."""
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


@numba.njit(cache=True, nogil=True)
def _agreeing(residual, count, knee):  # type: ignore[no-untyped-def]
    """Share of the points that landed whose residual is within the knee."""
    agree = 0
    for k in range(count):
        agree += abs(residual[k]) < knee
    return agree / count


@numba.njit(cache=True, nogil=True)
def _equations(steepest, residual, where, count, knee, system, right):  # type: ignore[no-untyped-def]
    """Sum the weighted normal equations of the unknowns."""
    unknowns, points = steepest.shape
    weights, pulls, weighted = np.zeros(points), np.zeros(points), np.empty(points)
    for k in range(count):
        r = residual[k]
        q = 1.0 / (1.0 + (r / knee) * (r / knee))
        weights[where[k]] = q * q
        pulls[where[k]] = q * q * r
    for a in range(unknowns):
        line = steepest[a]
        right[a] = _product(line, pulls)
        for i in range(points):
            weighted[i] = line[i] * weights[i]
        for b in range(a, unknowns):
            system[a, b] = _product(weighted, steepest[b])
            system[b, a] = system[a, b]


@numba.njit(cache=True, nogil=True)
def _cost(residual, count, bias, knee, points):  # type: ignore[no-untyped-def]
    """Mean Geman-McClure cost; takes the bias out of the residuals. A point that left the picture costs all of 1."""
    total = float(points - count)
    for k in range(count):
        residual[k] -= bias
        x = residual[k] / knee
        total += x * x / (1.0 + x * x)
    return total / points


@numba.njit(cache=True, nogil=True)
def _solved(system, right, damping, step):  # type: ignore[no-untyped-def]
    """Write into `step` what solves the damped normal equations; False where they are singular."""
    n = len(right)
    rows = system.copy()
    for k in range(n):
        rows[k, k] += damping * system[k, k] + 1e-12
        step[k] = right[k]
    for k in range(n):
        best = k
        for i in range(k + 1, n):
            if abs(rows[i, k]) > abs(rows[best, k]):
                best = i
        if not abs(rows[best, k]) > 0.0:
            return False
        if best != k:
            for j in range(k, n):
                rows[k, j], rows[best, j] = rows[best, j], rows[k, j]
            step[k], step[best] = step[best], step[k]
        for i in range(k + 1, n):
            share = rows[i, k] / rows[k, k]
            for j in range(k + 1, n):
                rows[i, j] -= share * rows[k, j]
            step[i] -= share * step[k]
    for k in range(n - 1, -1, -1):
        for j in range(k + 1, n):
            step[k] -= rows[k, j] * step[j]
        step[k] /= rows[k, k]
        if not math.isfinite(step[k]):
            return False
    return True


@numba.njit(cache=True, nogil=True)
def _mean_square(residual, where, tone, count):  # type: ignore[no-untyped-def]
    """Of the residuals, none counting as more than the widest knee, without what a parabola of the tone explains: so
    another exposure shows, which the looks are rid of."""
    system, right, curve = np.zeros((3, 3)), np.zeros(3), np.zeros(3)
    for i in range(count):
        r, t = residual[i], tone[where[i]] - 0.5
        if abs(r) < WIDEST_KNEE:
            squared = t * t
            system[0, 0] += 1.0
            system[0, 1] += t
            system[0, 2] += squared
            system[1, 2] += squared * t
            system[2, 2] += squared * squared
            right[0] += r
            right[1] += r * t
            right[2] += r * squared
    system[1, 0], system[1, 1], system[2, 0], system[2, 1] = system[0, 1], system[0, 2], system[0, 2], system[1, 2]
    if not _solved(system, right, 1e-6, curve):
        curve[:] = 0.0
    total = 0.0
    for i in range(count):
        t = tone[where[i]] - 0.5
        left = residual[i] - curve[0] - (curve[1] + curve[2] * t) * t
        total += min(left * left, WIDEST_KNEE * WIDEST_KNEE)
    return total / count


@numba.njit(cache=True, nogil=True)
def _composed(a, b, out):  # type: ignore[no-untyped-def]
    for i in range(3):
        for j in range(3):
            out[i, j] = a[i, 0] * b[0, j] + a[i, 1] * b[1, j] + a[i, 2] * b[2, j]


@numba.njit(cache=True, nogil=True)
def _undone(m, out):  # type: ignore[no-untyped-def]
    """Write the inverse of a motion into `out`; returns its determinant, and leaves `out` alone near 0."""
    a = m[1, 1] * m[2, 2] - m[1, 2] * m[2, 1]
    b = m[1, 2] * m[2, 0] - m[1, 0] * m[2, 2]
    c = m[1, 0] * m[2, 1] - m[1, 1] * m[2, 0]
    size = m[0, 0] * a + m[0, 1] * b + m[0, 2] * c
    if not abs(size) >= 1e-3:
        return 0.0
    out[0, 0], out[1, 0], out[2, 0] = a / size, b / size, c / size
    out[0, 1] = (m[0, 2] * m[2, 1] - m[0, 1] * m[2, 2]) / size
    out[1, 1] = (m[0, 0] * m[2, 2] - m[0, 2] * m[2, 0]) / size
    out[2, 1] = (m[0, 1] * m[2, 0] - m[0, 0] * m[2, 1]) / size
    out[0, 2] = (m[0, 1] * m[1, 2] - m[0, 2] * m[1, 1]) / size
    out[1, 2] = (m[0, 2] * m[1, 0] - m[0, 0] * m[1, 2]) / size
    out[2, 2] = (m[0, 0] * m[1, 1] - m[0, 1] * m[1, 0]) / size
    return size


@numba.njit(cache=True, nogil=True)
def _apart(a, b, normal):  # type: ignore[no-untyped-def]
    """Largest distance in pixels between two motions at the corners of the surround."""
    farthest = 0.0
    for sx in (-1.0, 1.0):
        for sy in (-1.0, 1.0):
            x, y = normal[0, 0] * sx + normal[0, 2], normal[1, 1] * sy + normal[1, 2]
            wa = a[2, 0] * x + a[2, 1] * y + a[2, 2]
            wb = b[2, 0] * x + b[2, 1] * y + b[2, 2]
            u = (a[0, 0] * x + a[0, 1] * y + a[0, 2]) / wa - (b[0, 0] * x + b[0, 1] * y + b[0, 2]) / wb
            v = (a[1, 0] * x + a[1, 1] * y + a[1, 2]) / wa - (b[1, 0] * x + b[1, 1] * y + b[1, 2]) / wb
            apart = math.sqrt(u * u + v * v)
            farthest = apart if not apart <= farthest else farthest
    return farthest


@numba.njit(cache=True, nogil=True)
def fit(  # type: ignore[no-untyped-def]
    xs, ys, lift, tone, steepest, normal, reached, luma, ox, oy, reach, blocked, bx0, by0, predicted, parallax
):
    """`(matrix, parallax, median error, mean square of the errors, share agreeing, held)`; what was predicted where
    nothing holds.

    xs, ys, lift, tone, steepest: a Surround's. normal: `(3, 3)`, from its own coordinates of -1 to 1 to the plate's.
    reached: the largest lift. luma: the source's, with its data window's corner at `ox`, `oy`; reach: `(x0, y0, x1,
    y1)` of it that is ready. blocked: where the source shows no background, from `bx0`, `by0` on. predicted: `(3, 3)`,
    parallax: `(3,)`, target to source; the parallax is fitted where `steepest` has twelve rows.
    """
    whole = (xs, ys, lift, tone, steepest)
    unknowns, points = steepest.shape
    residual, where = np.empty(points), np.empty(points, np.int64)
    us, vs = np.empty(points), np.empty(points)
    system, right, step = np.zeros((unknowns, unknowns)), np.zeros(unknowns), np.zeros(unknowns)
    inverse, warp, undone, half, tried = np.eye(3), np.eye(3), np.eye(3), np.eye(3), np.eye(3)
    inverse[0, 0], inverse[1, 1] = 1 / normal[0, 0], 1 / normal[1, 1]
    inverse[0, 2], inverse[1, 2] = -normal[0, 2] / normal[0, 0], -normal[1, 2] / normal[1, 1]
    matrix, deep, aside = predicted.copy(), parallax.copy(), parallax.copy()
    bias, knee, rounds, count, held = 0.0, WIDEST_KNEE, 0, 0, True
    for sharp in (False, True):
        if sharp:
            xs, ys, lift, tone, steepest = whole
        elif points >= THINNED * ENOUGH:
            xs, ys, lift, tone = (
                xs[::THINNED].copy(),
                ys[::THINNED].copy(),
                lift[::THINNED].copy(),
                tone[::THINNED].copy(),
            )
            steepest = steepest[:, ::THINNED].copy()
        points = len(xs)
        count = residuals(
            xs, ys, lift, tone, luma, ox, oy, reach, blocked, bx0, by0, matrix, deep, sharp, us, vs, residual, where
        )
        if count < FEWEST:
            return predicted, parallax, 1.0, 1.0, 0.0, False
        if not sharp:  # The brightness offset starts at the middle of the residuals: outliers are many here.
            bias = np.median(residual[:count])
        spread = _spread(residual[:count] - bias, count)
        knee = min(max(3 * spread, 0.012), WIDEST_KNEE)
        cost, damping, settled = _cost(residual, count, bias, knee, points), 1e-4, False
        _equations(steepest, residual, where, count, knee, system, right)
        held = True
        while not settled and rounds < (ROUNDS if sharp else ROUNDS - 4):
            rounds += 1
            if not _solved(system, right, damping, step):
                return predicted, parallax, 1.0, 1.0, 0.0, False
            warp[0, 0], warp[0, 1], warp[0, 2] = 1 + step[0], step[1], step[2]
            warp[1, 0], warp[1, 1], warp[1, 2] = step[3], 1 + step[4], step[5]
            warp[2, 0], warp[2, 1] = step[6], step[7]
            if _undone(warp, undone) == 0.0:
                return predicted, parallax, 1.0, 1.0, 0.0, False
            _composed(matrix, normal, tried)
            _composed(tried, undone, half)
            _composed(half, inverse, tried)
            if unknowns == 9:
                tried /= tried[2, 2]
            else:
                across = normal[0, 0] * step[9] + normal[0, 2] * step[11]
                down = normal[1, 1] * step[10] + normal[1, 2] * step[11]
                for i in range(3):
                    along = tried[i, 0] * across + tried[i, 1] * down + tried[i, 2] * step[11]
                    aside[i] = deep[i] - along / reached
            count = residuals(
                xs, ys, lift, tone, luma, ox, oy, reach, blocked, bx0, by0, tried, aside, sharp, us, vs, residual, where
            )
            new = _cost(residual, count, bias + step[8], knee, points) if count >= FEWEST else 2.0
            settled = np.abs(step[:8]).max() * normal[0, 0] < (SETTLED if sharp else ROUGHLY)
            held = new <= cost
            if held:
                matrix[:], deep[:] = tried, aside
                bias, cost, damping = bias + step[8], new, damping / 6
                if not settled:
                    _equations(steepest, residual, where, count, knee, system, right)
            else:
                damping *= 10
    if not held:  # The residuals are those of a step that was not taken.
        count = residuals(
            xs, ys, lift, tone, luma, ox, oy, reach, blocked, bx0, by0, matrix, deep, True, us, vs, residual, where
        )
        residual[:count] -= bias
    share = _agreeing(residual, count, knee)
    error, square = _spread(residual, count), _mean_square(residual, where, tone, count)
    # A fit that few points agree with, or that ran far from the tracked prediction, found something else.
    return matrix, deep, error, square, share, share > LEAST_SHARE and _apart(matrix, predicted, normal) < FARTHEST
