"""Random values of the contract's dataclasses, made from their annotations: no field can be forgotten."""

from __future__ import annotations

import dataclasses
import types
import typing
from enum import Enum
from typing import Any, Union, get_args, get_origin

from hypothesis import strategies as st

from platewright.contract.colour_config import ColourConfig
from platewright.contract.frames import FrameRange
from platewright.contract.jobs import PlateShape
from platewright.contract.request import Base, Request
from platewright.contract.windows import Box

__all__ = ["boxes", "colour_configs", "elements", "frame_ranges", "of"]

WHOLE = st.integers(-(2**31), 2**31)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False, min_value=-1e300, max_value=1e300)
TEXTS = st.text(max_size=20)
HASHES = st.one_of(st.just(""), st.from_regex(r"[0-9a-f]{64}", fullmatch=True))


def elements() -> st.SearchStrategy[str]:
    """Names that an element may have."""
    return st.from_regex(r"[A-Za-uw-z][A-Za-uw-z0-9-]{0,20}", fullmatch=True)


def boxes(largest: int = 100) -> st.SearchStrategy[Box]:
    """Boxes with corners in any order, so empty and turned ones too."""
    corner = st.integers(-largest, largest)
    return st.builds(Box, corner, corner, corner, corner)


def frame_ranges() -> st.SearchStrategy[FrameRange]:
    """Ranges of a few frames, with steps, gaps and negative numbers."""
    stepped = st.builds(
        lambda first, count, step: range(first, first + count * step, step),
        st.integers(-1000, 100_000), st.integers(1, 30), st.integers(1, 7),
    )  # fmt: skip
    loose = st.lists(st.integers(-1000, 1000), min_size=1, max_size=12)
    return st.one_of(stepped, loose, st.tuples(stepped, stepped).map(lambda two: [*two[0], *two[1]])).map(FrameRange.of)


def colour_configs() -> st.SearchStrategy[ColourConfig]:
    """Built-in configurations, and files with and without their hash."""
    plain = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
    variables = st.dictionaries(st.from_regex(r"[A-Z_]{1,8}", fullmatch=True), plain, max_size=3)
    files = st.builds(ColourConfig, plain.map(lambda name: f"/{name}"), HASHES, variables)
    return st.one_of(files, plain.map(lambda name: ColourConfig(f"ocio://{name}")))


def of(kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type as it is annotated in the contract."""
    origin = get_origin(kind)
    if kind is Request:
        return _of_fields(kind, element=elements())
    if kind is ColourConfig:
        return colour_configs()
    if kind is Base:
        overlaps = st.one_of(st.none(), st.integers(0, 1000))
        return _of_fields(Base, version=st.integers(0, 2**31), overlap=overlaps, record=HASHES)
    if kind is PlateShape:
        return st.builds(PlateShape, st.integers(1, 65_536), st.integers(1, 65_536), st.floats(0.01, 100))
    if kind is FrameRange:
        return frame_ranges()
    if kind is Box:
        return boxes(10_000)
    if origin in (Union, types.UnionType):
        return st.one_of([of(member) for member in get_args(kind)])
    if origin is typing.Literal:
        return st.sampled_from(get_args(kind))
    if origin is tuple:
        inner = get_args(kind)
        return st.lists(of(inner[0]), max_size=3).map(tuple) if inner[-1] is ... else st.tuples(*map(of, inner))
    if origin is dict:
        return st.dictionaries(TEXTS, of(get_args(kind)[1]), max_size=3)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(kind)
    if dataclasses.is_dataclass(kind):
        return _of_fields(kind)
    return {bool: st.booleans(), int: WHOLE, float: NUMBERS, str: TEXTS, type(None): st.none()}[kind]


def _of_fields(kind: Any, **given: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(kind)
    names = [field.name for field in dataclasses.fields(kind) if field.init]
    return st.builds(kind, **{name: given[name] if name in given else of(hints[name]) for name in names})
