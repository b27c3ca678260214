"""JSON both ways for the contract's values, strictly.

`to_json` gives plain JSON values, `from_json` builds the value back and refuses whatever does not fit: an unknown
or missing field, a wrong type, a number that is not finite, nesting without end. A union is tried member by
member and must fit exactly one, so a discriminating field with a Literal type decides. `canonical` gives the
bytes that are hashed and signed: sorted keys, no spaces, UTF-8.

Frame ranges are their text and boxes are lists of four numbers, because that is how people read them.
"""

from __future__ import annotations

import dataclasses
import json
import math
import typing
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeVar

from .errors import ManifestError
from .frames import FrameRange
from .json_reading import Misfit, reader_of
from .windows import Box

__all__ = ["MOST_BYTES", "canonical", "from_bytes", "from_json", "to_json"]

T = TypeVar("T")

MOST_BYTES = 64 * 1024 * 1024
_PLAIN = frozenset({str, bool, int, type(None)})


def to_json(value: object) -> Any:
    """A contract value as plain JSON values. Raises ManifestError for a type or a number JSON can't hold."""
    kind: Any = type(value)
    if kind in _PLAIN:
        return value
    names = _names(kind)
    if names is not None:
        fields = {name: getattr(value, name) for name in names}
        # Most fields are plain, and a list of jobs has tens of thousands: a call for each would take most of the time.
        return {name: item if type(item) in _PLAIN else to_json(item) for name, item in fields.items()}
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ManifestError("a number that is not finite can't be recorded", code="number_not_finite")
        return value
    if isinstance(value, FrameRange):
        return str(value)
    if isinstance(value, Box):
        return [value.x0, value.y0, value.x1, value.y1]
    if isinstance(value, Mapping):
        if not all(isinstance(key, str) for key in value):
            raise ManifestError("a table's names must be text", code="type_unsupported")
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_json(item) for item in value]
    raise ManifestError(f"{type(value).__name__} can't be written as JSON", code="type_unsupported")


def canonical(value: object) -> bytes:
    """The bytes of a value that are hashed and signed: the same value always gives the same bytes."""
    plain = to_json(value)
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def from_bytes(cls: type[T], data: bytes, what: str = "record") -> T:
    """Read JSON text as a value of `cls`. Raises ManifestError for anything that is not exactly one."""
    if len(data) > MOST_BYTES:
        raise ManifestError(f"the {what} is too large ({len(data)} bytes)", code="record_too_large")
    try:
        plain = json.loads(data.decode("utf-8"), object_pairs_hook=_without_doubles, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ManifestError(f"the {what} is not valid JSON: {error}"[:300], code="record_malformed") from error
    return from_json(cls, plain)


def from_json(cls: type[T], data: Any) -> T:
    """Build a value of `cls` from plain JSON values. Raises ManifestError, which names the place that is wrong."""
    try:
        return typing.cast(T, reader_of(cls)(data))
    except Misfit as misfit:
        said = [f"{(cls.__name__ + place)[:200]}: {text}" for place, text in misfit.problems]
        raise ManifestError("; ".join(said)[:400], code="record_malformed") from misfit.__cause__
    except RecursionError as error:
        raise ManifestError("the record is nested too deeply", code="record_malformed") from error


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return table


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a JSON number")


@cache
def _names(cls: type) -> tuple[str, ...] | None:
    """The names of a dataclass's fields; None for what is no dataclass, or is written in a way of its own."""
    if not dataclasses.is_dataclass(cls) or issubclass(cls, (FrameRange, Box)):
        return None
    return tuple(field.name for field in dataclasses.fields(cls))
