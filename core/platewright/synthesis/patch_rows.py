"""The one inner loop of the exemplar fill in vector instructions: how two rows of a patch differ.

The compiler will not do this by itself, since it may not reorder a sum of floats; here the order is written down,
four channels side by side, so that every processor gives the same bits.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ["row_difference"]

_CHANNELS = 4


@intrinsic
def _row_difference(typing_context: Any, picture: Any, weights: Any, target: Any, source: Any, count: Any) -> Any:
    """Weighted sum of squared differences of `count` pixels of four channels.

    picture: (N, M, 4) float32, contiguous. weights: (N, M) float32, contiguous. target, source: flat indices of the
    first pixel of either row, whole numbers. Returns float32: per channel from left to right, then
    (first + second) + (third + fourth). Nothing checks the bounds.
    """
    signature = types.float32(picture, weights, types.intp, types.intp, types.intp)
    return signature, _generate


def _generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Write the loop in LLVM's own language."""
    picture, weights, target, source, count = arguments
    lanes = ir.VectorType(ir.FloatType(), _CHANNELS)
    number = target.type
    pixels = builder.bitcast(context.make_array(signature.args[0])(context, builder, picture).data, lanes.as_pointer())
    weight = context.make_array(signature.args[1])(context, builder, weights).data
    nothing = ir.Constant(lanes, [0.0] * _CHANNELS)
    total = cgutils.alloca_once_value(builder, nothing)  # type: ignore[no-untyped-call]
    undefined, every = ir.Constant(lanes, ir.Undefined), ir.Constant(ir.VectorType(ir.IntType(32), _CHANNELS), [0] * 4)
    with cgutils.for_range(builder, count, intp=number) as loop:
        here = builder.add(target, loop.index)
        a = builder.load(builder.gep(pixels, [here]), align=4)
        b = builder.load(builder.gep(pixels, [builder.add(source, loop.index)]), align=4)
        one = builder.load(builder.gep(weight, [here]))
        spread = builder.shuffle_vector(
            builder.insert_element(undefined, one, ir.Constant(ir.IntType(32), 0)), undefined, every
        )
        difference = builder.fsub(a, b)
        square = builder.fmul(spread, builder.fmul(difference, difference))
        builder.store(builder.fadd(builder.load(total), square), total)
    parts = [builder.extract_element(builder.load(total), ir.Constant(ir.IntType(32), k)) for k in range(_CHANNELS)]
    return builder.fadd(builder.fadd(parts[0], parts[1]), builder.fadd(parts[2], parts[3]))


row_difference: Any = _row_difference  # called by kernels only, so the compiler's own context stays out of sight
