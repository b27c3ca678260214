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
import types
import typing
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin

from .errors import ManifestError, PlatewrightError
from .frames import FrameRange
from .windows import Box

__all__ = ["MOST_BYTES", "canonical", "from_bytes", "from_json", "to_json"]

T = TypeVar("T")

MOST_BYTES = 64 * 1024 * 1024
_LARGEST_WHOLE = 2**63
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
        return typing.cast(T, _read(cls, data, cls.__name__))
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


@cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


@cache
def _fields(cls: type) -> dict[str, tuple[Any, bool]]:
    """A dataclass's fields in their order: name to annotation, and whether it must be given."""
    hints, none = _hints(cls), dataclasses.MISSING
    return {
        field.name: (hints[field.name], field.default is none and field.default_factory is none)
        for field in dataclasses.fields(cls)
        if field.init
    }


def _wrong(place: str, expected: str) -> ManifestError:
    return ManifestError(f"{place[:200]}: expected {expected}", code="record_malformed")


def _read(kind: Any, data: Any, place: str) -> Any:
    """`data` as a value of the annotation `kind`; `place` is the path shown in an error."""
    if kind is type(data) and kind in (str, bool):
        return data  # What most fields are, and there are many.
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _read_union(get_args(kind), data, place)
    if origin is typing.Literal:
        if type(data) not in {type(choice) for choice in get_args(kind)} or data not in get_args(kind):
            raise _wrong(place, f"one of {get_args(kind)}")
        return data
    if origin is tuple:
        return _read_tuple(get_args(kind), data, place)
    if origin is dict:
        return _read_table(get_args(kind)[1], data, place)
    return _read_plain(kind, data, place)


def _read_plain(kind: Any, data: Any, place: str) -> Any:
    if kind is type(None):
        if data is not None:
            raise _wrong(place, "null")
        return None
    if kind in (bool, str):
        if type(data) is not kind:
            raise _wrong(place, "true or false" if kind is bool else "text")
        return data
    if kind is int:
        if type(data) is not int or abs(data) >= _LARGEST_WHOLE:
            raise _wrong(place, "a whole number")
        return data
    if kind is float:
        if type(data) not in (int, float) or abs(data) >= 1e308 or not math.isfinite(data):
            raise _wrong(place, "a number")
        return float(data)
    if kind is FrameRange:
        if type(data) is not str or len(data) > 1_000_000:
            raise _wrong(place, "a frame range as text")
        return _checked(FrameRange.parse, data, place)
    if kind is Box:
        if type(data) is not list or len(data) != 4 or any(type(n) is not int or abs(n) > 2**31 for n in data):
            raise _wrong(place, "a box of four whole numbers")
        return Box(*data)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _checked(kind, data, place)
    if dataclasses.is_dataclass(kind):
        return _read_dataclass(kind, data, place)
    raise ManifestError(f"{place}: {kind} is not a type of the contract", code="type_unsupported")


def _checked(build: Any, data: Any, place: str) -> Any:
    """Build a value whose own rules may refuse the data; the refusal gets the place."""
    try:
        return build(data)
    except (PlatewrightError, ValueError) as error:
        raise ManifestError(f"{place[:200]}: {error}"[:400], code="record_malformed") from error


@cache
def _kinds_by_word(kinds: tuple[Any, ...]) -> dict[str, Any]:
    """The members of a union by their `kind`, where each is told apart by one; else empty."""
    found: dict[str, Any] = {}
    for kind in kinds:
        hint = _hints(kind).get("kind") if dataclasses.is_dataclass(kind) and isinstance(kind, type) else None
        words = get_args(hint) if get_origin(hint) is typing.Literal else ()
        if not words or set(words) & set(found):
            return {}
        found |= dict.fromkeys(words, kind)
    return found


def _read_union(kinds: tuple[Any, ...], data: Any, place: str) -> Any:
    if data is None and type(None) in kinds:
        return None
    if type(data) is dict and type(data.get("kind")) is str:
        # The word decides at once; without it (it may have a default) every member is tried.
        decided = _kinds_by_word(kinds).get(data["kind"])
        if decided is not None:
            return _read(decided, data, place)
    fits, problems = [], []
    for kind in kinds:
        try:
            fits.append(_read(kind, data, place))
        except ManifestError as error:
            problems.append(error.message)
    if len(fits) == 1:
        return fits[0]
    if len(fits) > 1:
        # An int fits `int | float` twice; the first member wins, and equal values are one value.
        if all(fit == fits[0] for fit in fits):
            return fits[0]
        raise ManifestError(f"{place[:200]}: fits several types", code="record_malformed")
    raise ManifestError("; ".join(problems)[:400], code="record_malformed")


def _read_tuple(kinds: tuple[Any, ...], data: Any, place: str) -> tuple[Any, ...]:
    if type(data) is not list:
        raise _wrong(place, "a list")
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_read(kinds[0], item, f"{place}[{i}]") for i, item in enumerate(data))
    if len(data) != len(kinds):
        raise _wrong(place, f"a list of {len(kinds)}")
    return tuple(_read(kind, item, f"{place}[{i}]") for i, (kind, item) in enumerate(zip(kinds, data, strict=True)))


def _read_table(kind: Any, data: Any, place: str) -> dict[str, Any]:
    if type(data) is not dict:
        raise _wrong(place, "an object")
    return {key: _read(kind, item, f"{place}.{key}") for key, item in data.items()}


def _read_dataclass(cls: Any, data: Any, place: str) -> Any:
    if type(data) is not dict:
        raise _wrong(place, "an object")
    known = _fields(cls)
    unknown = sorted(data.keys() - known.keys())
    if unknown:
        raise ManifestError(f"{place[:200]}: unknown field '{unknown[0][:80]}'", code="record_malformed")
    values = {}
    for name, (kind, required) in known.items():
        if name in data:
            values[name] = _read(kind, data[name], f"{place}.{name}")
        elif required:
            raise ManifestError(f"{place[:200]}: the field '{name}' is missing", code="record_malformed")
    return _checked(lambda fields: cls(**fields), values, place)
