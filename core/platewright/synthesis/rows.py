"""Kernels over rows of pixels, written so that the compiler turns them into vector instructions.

Each is a plain loop over one line of memory without branches or calls: half codes to floats by moving bits, light to
tone space by a series instead of a call for each value, and a cubic look-up of a whole run of pixels at once.
They are inlined nowhere, so that each stays a loop of its own, and divide as numpy does: a test for zero in the loop
would keep it from being vectors.
"""

from __future__ import annotations

import math

import numba
import numpy as np

from platewright.imaging.intrinsics import CONVERTS, float_of

__all__ = ["cubic", "cubic_run", "least", "light_of", "most", "spread_weights", "tones", "unpack"]

_SCALE = np.float32(1.0 / math.log2(257.0))
# Series of log2((1 + s) / (1 - s)) = 2 / ln 2 (s + s^3 / 3 + …): with |s| < 0.172 the next term is under 1e-7.
_C1, _C3, _C5, _C7 = (np.float32(2.0 / math.log(2.0) / k) for k in (1, 3, 5, 7))
_U, _I = np.uint32, np.int32
_ROOT_TWO = 0x3FB504F3
"""Bits of the square root of two: numbers are split into a power of two and a factor within sqrt(1/2)..sqrt(2)."""


@numba.njit(cache=True, nogil=True)
def unpack(codes, table, count, bits, floats):  # type: ignore[no-untyped-def]
    """The first `count` values of a row as float32 in `floats`, whose memory `bits (uint32)` is a view of.

    Half codes (`table` is not None) become the float of the same value, NaN and infinities included; floats are copied.
    """
    if table is None:
        for t in range(count):
            floats[t] = codes[t]
        return
    if CONVERTS:
        for t in range(count):
            floats[t] = float_of(codes[t])
        return
    for t in range(count):  # each step kept to 32 bits: of 64, a vector holds half as many
        code = _U(codes[t])
        bias = _U(0x70000000) if _U(code & _U(0x7C00)) == _U(0x7C00) else _U(0x38000000)
        size = _U(_U(_U(code & _U(0x7FFF)) << _U(13)) + bias)
        bits[t] = _U(size | _U(_U(code & _U(0x8000)) << _U(16)))
    for t in range(count):
        half = _I(codes[t])
        small = np.float32(_I(half & _I(0x3FF))) * np.float32(2.0**-24)
        small = -small if half >= _I(0x8000) else small
        floats[t] = small if _I(half & _I(0x7C00)) == _I(0) else floats[t]


@numba.njit(cache=True, nogil=True)
def light_of(values, out):  # type: ignore[no-untyped-def]
    """Luminance of scene-linear pixels that stand one after the other in `values`: `out (n,)`. Rec. 709 weights, in any
    primaries: it tells structure."""
    for t in range(len(out)):
        red, green, blue = values[3 * t], values[3 * t + 1], values[3 * t + 2]
        out[t] = np.float32(0.2126) * red + np.float32(0.7152) * green + np.float32(0.0722) * blue


@numba.njit(cache=True, nogil=True, error_model="numpy")
def tones(light, count, bits, scratch, out):  # type: ignore[no-untyped-def]
    """Tone space of scene-linear values, `out[:count]`; what is not finite, or below 0, counts as black.

    scratch: float32 of the same length, `bits (int32)` a view of its memory. Exact to about 1e-7.
    """
    for t in range(count):
        value = light[t]
        value = value if value > np.float32(0.0) else np.float32(0.0)
        value = value if value < np.float32(1e30) else np.float32(0.0)
        scratch[t] = np.float32(1.0) + np.float32(64.0) * value
    for t in range(count):
        out[t] = np.float32(np.int32((bits[t] - _ROOT_TWO + 0x800000) >> 23))
    for t in range(count):
        bits[t] = ((bits[t] - _ROOT_TWO) & 0x7FFFFF) + _ROOT_TWO - 0x800000
    for t in range(count):
        s = (scratch[t] - np.float32(1.0)) / (scratch[t] + np.float32(1.0))
        q = s * s
        out[t] = _SCALE * (out[t] + s * (_C1 + q * (_C3 + q * (_C5 + q * _C7))))


@numba.njit(cache=True, nogil=True, inline="always")
def cubic(t):  # type: ignore[no-untyped-def]
    """The four weights of a Catmull-Rom spline (Keys 1981, a = -1/2) at the fraction t."""
    t2 = t * t
    t3 = t2 * t
    return (
        np.float32(0.5) * (-t3 + np.float32(2.0) * t2 - t),
        np.float32(0.5) * (np.float32(3.0) * t3 - np.float32(5.0) * t2 + np.float32(2.0)),
        np.float32(0.5) * (np.float32(-3.0) * t3 + np.float32(4.0) * t2 + t),
        np.float32(0.5) * (t3 - t2),
    )


@numba.njit(cache=True, nogil=True)
def spread_weights(fractions, count, w0, w1, w2, w3):  # type: ignore[no-untyped-def]
    """The cubic weights of `count` pixels, each three times over, as the channels of a row of RGB want them."""
    for t in range(count):
        a0, a1, a2, a3 = cubic(fractions[t])
        for c in range(3):
            w0[3 * t + c] = a0
            w1[3 * t + c] = a1
            w2[3 * t + c] = a2
            w3[3 * t + c] = a3


@numba.njit(cache=True, nogil=True, inline="always")
def least(a, b):  # type: ignore[no-untyped-def]
    """The lesser of two, as one instruction; the second where one is NaN."""
    return a if a < b else b


@numba.njit(cache=True, nogil=True, inline="always")
def most(a, b):  # type: ignore[no-untyped-def]
    """The greater of two, as least."""
    return a if a > b else b


@numba.njit(cache=True, nogil=True)
def cubic_run(p, q, r, s, a0, a1, a2, a3, b0, b1, b2, b3, count, out, odd):  # type: ignore[no-untyped-def]
    """`count` values (three a pixel) between pixels, from four rows of RGB: `out[:count]`.

    p, q, r, s: `(count + 9,) float32`, beginning a pixel to the left. a0 to a3: `(count,)` weights across, b0 to b3
    down. Each result is held within the range of its 4 x 4 pixels, against rings beside highlights. odd: 0 where all
    was finite.
    """
    for t in range(count):
        p0, p1, p2, p3 = p[t], p[t + 3], p[t + 6], p[t + 9]
        q0, q1, q2, q3 = q[t], q[t + 3], q[t + 6], q[t + 9]
        r0, r1, r2, r3 = r[t], r[t + 3], r[t + 6], r[t + 9]
        s0, s1, s2, s3 = s[t], s[t + 3], s[t + 6], s[t + 9]
        x0, x1, x2, x3 = a0[t], a1[t], a2[t], a3[t]
        total = b0[t] * (x0 * p0 + x1 * p1 + x2 * p2 + x3 * p3)
        total += b1[t] * (x0 * q0 + x1 * q1 + x2 * q2 + x3 * q3)
        total += b2[t] * (x0 * r0 + x1 * r1 + x2 * r2 + x3 * r3)
        total += b3[t] * (x0 * s0 + x1 * s1 + x2 * s2 + x3 * s3)
        low = least(
            least(least(least(p0, p1), least(p2, p3)), least(least(q0, q1), least(q2, q3))),
            least(least(least(r0, r1), least(r2, r3)), least(least(s0, s1), least(s2, s3))),
        )
        high = most(
            most(most(most(p0, p1), most(p2, p3)), most(most(q0, q1), most(q2, q3))),
            most(most(most(r0, r1), most(r2, r3)), most(most(s0, s1), most(s2, s3))),
        )
        odd[t] = total - total
        out[t] = least(most(total, low), high)
