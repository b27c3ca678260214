"""What a kernel can't say in Python: halves by one instruction, and arrays that nobody counts."""

from __future__ import annotations

import platform
from typing import Any

import numba
from llvmlite import binding, ir  # type: ignore[import-untyped]
from numba import types
from numba.core import imputils
from numba.extending import intrinsic

__all__ = ["CONVERTS", "float_of", "half_of", "uncounted"]

_settings: Any = numba.config
_results: Any = imputils
_types: Any = types


def _converts() -> bool:
    """Whether the processor that kernels are compiled for turns halves into floats, and back, by itself."""
    if _settings.CPU_NAME or _settings.CPU_FEATURES is not None:
        return False  # for another one than this, which need not have it
    if platform.machine().lower() in ("arm64", "aarch64"):
        return True
    return bool(binding.get_host_cpu_features().get("f16c", False))


CONVERTS = _converts()
"""Whether `float_of` and `half_of` may be compiled; a table or moving bits serves elsewhere."""


@intrinsic
def _float_of(typing_context: Any, code: Any) -> Any:
    """The float32 of a half's code (uint16), infinities and NaN included. Only where the processor CONVERTS."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.fpext(builder.bitcast(arguments[0], ir.HalfType()), ir.FloatType())

    return types.float32(types.uint16), codegen


@intrinsic
def _half_of(typing_context: Any, value: Any) -> Any:
    """The code (uint16) of the half nearest to a float32, even of two; larger ones become infinite. A NaN stays one,
    made quiet. Only where the processor CONVERTS."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(builder.fptrunc(arguments[0], ir.HalfType()), ir.IntType(16))

    return types.uint16(types.float32), codegen


@intrinsic
def _uncounted(typing_context: Any, held: Any) -> Any:
    """The same array, or tuple of arrays; neither it nor its rows are counted as in use.

    A kernel that names a row of an array counts that row's memory as in use, and lets it go again behind it: two atomic
    additions, which take as long as dozens of pixels. Only for what a kernel was given as an argument, which its caller
    holds until it returns: what it made itself may be let go as soon as it is named for the last time. Never to be
    returned or kept.
    """

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _results.impl_ret_borrowed(context, builder, held, _without_owner(context, builder, held, arguments[0]))

    return held(held), codegen


float_of: Any = _float_of  # called by kernels only, so the compiler's own context stays out of sight
half_of: Any = _half_of
uncounted: Any = _uncounted


def _without_owner(context: Any, builder: Any, kind: Any, value: Any) -> Any:
    if isinstance(kind, _types.BaseTuple):
        parts = [
            _without_owner(context, builder, part, builder.extract_value(value, place))
            for place, part in enumerate(kind.types)
        ]
        return context.make_tuple(builder, kind, parts)
    if not isinstance(kind, _types.Array):
        return value
    array = context.make_array(kind)(context, builder, value)
    array.meminfo, array.parent = array.meminfo.type(None), array.parent.type(None)
    return array._getvalue()
