"""Plain JSON values read as the contract's types, strictly: a function for each type, made once and kept.

What does not fit is an exception that learns its place on the way out, because a show's records have millions of fields
that are right, and a text for the place of each would take most of the time.
"""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from itertools import repeat
from typing import Any, Union, get_args, get_origin

from .errors import ManifestError, PlatewrightError
from .frames import FrameRange
from .windows import Box

__all__ = ["Misfit", "Reader", "reader_of"]

_LARGEST_WHOLE = 2**63


class Misfit(Exception):
    """What does not fit: `(place, what is wrong)` for each; containers put their own part before the places."""

    def __init__(self, text: str) -> None:
        self.problems = [("", text)]

    def inside(self, part: str) -> Misfit:
        """The same, one level farther out."""
        self.problems = [(part + place, text) for place, text in self.problems]
        return self


Reader = Callable[[Any], Any]


@cache
def _hints(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


@cache
def _fields(cls: type) -> dict[str, tuple[Reader, bool]]:
    """A dataclass's fields in their order: name to how it is read, and whether it must be given."""
    hints, none = _hints(cls), dataclasses.MISSING
    return {
        field.name: (reader_of(hints[field.name]), field.default is none and field.default_factory is none)
        for field in dataclasses.fields(cls)
        if field.init
    }


def reader_of(kind: Any) -> Reader:
    """The function that builds a value of the annotation `kind`, which raises Misfit. Made once for each kind."""
    try:
        return _made(kind)
    except TypeError:
        return _make(kind)  # an annotation that can't be hashed


@cache
def _made(kind: Any) -> Reader:
    return _make(kind)


def _make(kind: Any) -> Reader:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _union_reader(get_args(kind))
    if origin is typing.Literal:
        return _literal_reader(get_args(kind))
    if origin is tuple:
        return _tuple_reader(get_args(kind))
    if origin is dict:
        return _table_reader(get_args(kind)[1])
    if kind in _PLAIN_READERS:
        return _PLAIN_READERS[kind]
    if isinstance(kind, type) and issubclass(kind, Enum):
        return lambda data: _checked(kind, data)
    if dataclasses.is_dataclass(kind):
        return lambda data: _read_dataclass(kind, data)
    raise ManifestError(f"{kind} is not a type of the contract", code="type_unsupported")


def _read_none(data: Any) -> Any:
    if data is not None:
        raise Misfit("expected null")


def _read_bool(data: Any) -> Any:
    if type(data) is not bool:
        raise Misfit("expected true or false")
    return data


def _read_text(data: Any) -> Any:
    if type(data) is not str:
        raise Misfit("expected text")
    return data


def _read_whole(data: Any) -> Any:
    if type(data) is not int or abs(data) >= _LARGEST_WHOLE:
        raise Misfit("expected a whole number")
    return data


def _read_number(data: Any) -> Any:
    if type(data) not in (int, float) or abs(data) >= 1e308 or not math.isfinite(data):
        raise Misfit("expected a number")
    return float(data)


def _read_range(data: Any) -> Any:
    if type(data) is not str or len(data) > 1_000_000:
        raise Misfit("expected a frame range as text")
    return _checked(FrameRange.parse, data)


def _read_box(data: Any) -> Any:
    if type(data) is not list or len(data) != 4 or any(type(n) is not int or abs(n) > 2**31 for n in data):
        raise Misfit("expected a box of four whole numbers")
    return Box(*data)


_PLAIN_READERS: dict[Any, Reader] = {
    type(None): _read_none,
    bool: _read_bool,
    str: _read_text,
    int: _read_whole,
    float: _read_number,
    FrameRange: _read_range,
    Box: _read_box,
}


def _checked(build: Any, data: Any) -> Any:
    """Build a value whose own rules may refuse the data."""
    try:
        return build(data)
    except (PlatewrightError, ValueError) as error:
        raise Misfit(str(error)) from error


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


def _union_reader(kinds: tuple[Any, ...]) -> Reader:
    def read(data: Any) -> Any:
        if data is None and type(None) in kinds:
            return None
        if type(data) is dict and type(data.get("kind")) is str:
            # The word decides at once; without it (it may have a default) every member is tried.
            decided = _kinds_by_word(kinds).get(data["kind"])
            if decided is not None:
                return reader_of(decided)(data)
        return _only_fit(kinds, data)

    return read


def _only_fit(kinds: tuple[Any, ...], data: Any) -> Any:
    fits: list[Any] = []
    problems: list[tuple[str, str]] = []
    for kind in kinds:
        try:
            fits.append(reader_of(kind)(data))
        except Misfit as misfit:
            problems += misfit.problems
    if not fits:
        none = Misfit("")
        none.problems = problems
        raise none
    # An int fits `int | float` twice; the first member wins, and equal values are one value.
    if any(fit != fits[0] for fit in fits[1:]):
        raise Misfit("fits several types")
    return fits[0]


def _literal_reader(choices: tuple[Any, ...]) -> Reader:
    kinds = {type(choice) for choice in choices}

    def read(data: Any) -> Any:
        if type(data) not in kinds or data not in choices:
            raise Misfit(f"expected one of {choices}")
        return data

    return read


def _tuple_reader(kinds: tuple[Any, ...]) -> Reader:
    endless = len(kinds) == 2 and kinds[1] is Ellipsis

    def read(data: Any) -> Any:
        if type(data) is not list:
            raise Misfit("expected a list")
        if not endless and len(data) != len(kinds):
            raise Misfit(f"expected a list of {len(kinds)}")
        readers = repeat(reader_of(kinds[0]), len(data)) if endless else map(reader_of, kinds)
        values: list[Any] = []
        try:
            for one, item in zip(readers, data, strict=True):
                values.append(one(item))
        except Misfit as misfit:
            raise misfit.inside(f"[{len(values)}]") from misfit.__cause__
        return tuple(values)

    return read


def _table_reader(kind: Any) -> Reader:
    one = reader_of(kind)

    def read(data: Any) -> Any:
        if type(data) is not dict:
            raise Misfit("expected an object")
        found = {}
        for key, item in data.items():
            try:
                found[key] = one(item)
            except Misfit as misfit:
                raise misfit.inside(f".{key}") from misfit.__cause__
        return found

    return read


def _read_dataclass(cls: Any, data: Any) -> Any:
    if type(data) is not dict:
        raise Misfit("expected an object")
    known = _fields(cls)
    values: dict[str, Any] = {}
    name = ""
    try:
        for name, (one, required) in known.items():
            if name in data:
                values[name] = one(data[name])
            elif required:
                raise _Absent
    except Misfit as misfit:
        raise misfit.inside("." + name) from misfit.__cause__
    except _Absent:
        _refuse_unknown(known, data)
        raise Misfit(f"the field '{name}' is missing") from None
    if len(values) != len(data):
        _refuse_unknown(known, data)
    try:
        return cls(**values)
    except (PlatewrightError, ValueError) as error:
        raise Misfit(str(error)) from error


class _Absent(Exception):
    """A field that must be there is not."""


def _refuse_unknown(known: Mapping[str, Any], data: dict[str, Any]) -> None:
    unknown = sorted(data.keys() - known.keys())
    if unknown:
        raise Misfit(f"unknown field '{unknown[0][:80]}'")
