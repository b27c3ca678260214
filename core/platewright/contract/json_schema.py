"""Values as JSON Schema, so that what is published of them says exactly what the mapper takes and gives.

Made from the same annotations that the mapper reads; what the mapper refuses beyond a schema's reach (an element's
name, a frame range's text) is put in words a schema has.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from enum import Enum
from typing import Any, Union, get_args, get_origin

from .colour_config import ColourConfig
from .frames import FrameRange
from .request import ELEMENT_NAME, Base, Request
from .windows import Box

__all__ = ["OPENAPI", "reference", "schemas"]

Schema = dict[str, Any]

OPENAPI = "#/components/schemas/"
"""Where an OpenAPI document has its schemas."""

_FRAMES: Schema = {
    "type": "string",
    "pattern": r"^-?[0-9]{1,9}(-[0-9]{1,9}(x[0-9]{1,6})?)?(,-?[0-9]{1,9}(-[0-9]{1,9}(x[0-9]{1,6})?)?)*$",
    "description": "A frame range: 1001-1016, 1001-1100x2, 1001,1005-1009.",
}
_BOX: Schema = {
    "type": "array",
    "items": {"type": "integer", "minimum": -(2**31), "maximum": 2**31},
    "minItems": 4,
    "maxItems": 4,
    "description": "A half open box of pixels: x0, y0, x1, y1.",
}


def reference(cls: type, at: str = OPENAPI) -> Schema:
    """A reference to a class's schema in the document. at: where the document has its schemas."""
    return {"$ref": f"{at}{cls.__name__}"}


def schemas(classes: typing.Iterable[type], at: str = OPENAPI) -> dict[str, Schema]:
    """The schemas of dataclasses and of all that they hold, by name. at: where the document has its schemas."""
    found: dict[str, Schema] = {}
    waiting = list(classes)
    while waiting:
        cls = waiting.pop()
        if cls.__name__ not in found:
            found[cls.__name__] = _dataclass(cls, waiting, at)
    return dict(sorted(found.items()))


def _dataclass(cls: Any, waiting: list[type], at: str) -> Schema:
    hints = typing.get_type_hints(cls)
    fields = [field for field in dataclasses.fields(cls) if field.init]
    needed = [
        field.name
        for field in fields
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    properties = {field.name: _of(hints[field.name], waiting, at) for field in fields}
    if cls is Request:
        properties["element"] = {"type": "string", "pattern": f"^{ELEMENT_NAME.pattern}$"}
    if cls is ColourConfig:
        properties["source"] = {"type": "string", "pattern": "^(/|ocio://)"}
        properties["sha256"] = {"type": "string", "pattern": "^([0-9a-f]{64})?$"}
    if cls is Base:
        properties["version"] = {"type": "integer", "minimum": 0}
        properties["record"] = {"type": "string", "pattern": "^([0-9a-f]{64})?$"}
        properties["overlap"] = {"anyOf": [{"type": "integer", "minimum": 0, "maximum": 1000}, {"type": "null"}]}
    said: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if needed:
        said["required"] = needed
    if cls.__doc__:
        said["description"] = cls.__doc__.strip().split("\n\n")[0]
    return said


def _of(kind: Any, waiting: list[type], at: str) -> Schema:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return {"anyOf": [_of(member, waiting, at) for member in get_args(kind)]}
    if origin is typing.Literal:
        return {"enum": list(get_args(kind))}
    if origin is tuple:
        return _tuple(get_args(kind), waiting, at)
    if origin is dict:
        return {"type": "object", "additionalProperties": _of(get_args(kind)[1], waiting, at)}
    if kind is FrameRange:
        return _FRAMES
    if kind is Box:
        return _BOX
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [member.value for member in kind]}
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        waiting.append(kind)
        return reference(kind, at)
    return dict(_PLAIN[kind])


_PLAIN: dict[Any, Schema] = {
    bool: {"type": "boolean"},
    int: {"type": "integer", "exclusiveMinimum": -(2**63), "exclusiveMaximum": 2**63},
    float: {"type": "number", "exclusiveMinimum": -1e308, "exclusiveMaximum": 1e308},
    str: {"type": "string"},
    type(None): {"type": "null"},
}


def _tuple(kinds: tuple[Any, ...], waiting: list[type], at: str) -> Schema:
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return {"type": "array", "items": _of(kinds[0], waiting, at)}
    items = [_of(kind, waiting, at) for kind in kinds]
    return {"type": "array", "prefixItems": items, "minItems": len(items), "maxItems": len(items)}
