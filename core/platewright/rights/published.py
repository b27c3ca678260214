"""The records as they are published: a JSON Schema for each kind, and a blank one to fill in.

The schemas are made from the very classes that check the records; `docs/schemas` holds them for other programs.
"""

from __future__ import annotations

import dataclasses
import typing
from typing import Any, get_args, get_origin

from platewright.contract.json_schema import schemas

from .profiles import Profile
from .records import KINDS, Record

__all__ = ["blank", "published"]

_AT = "#/$defs/"


def published() -> dict[str, dict[str, Any]]:
    """Each kind of record, and profiles, as JSON Schema (2020-12), by the name of its file without `.json`."""
    return {kind: _document(cls) for kind, cls in {**KINDS, "profiles": Profile}.items()}


def blank(cls: type[Record]) -> dict[str, Any]:
    """A record of a kind with every field at its default, and what must be filled in as a question mark."""
    return dict(_blank(cls))


def _document(cls: type) -> dict[str, Any]:
    found = schemas([cls], _AT)
    own = found.pop(cls.__name__)
    name = next(one.default for one in dataclasses.fields(cls) if one.name == "schema")
    own["properties"]["schema"] = {"const": name}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": name}
    return {**head, **own, "$defs": found} if found else {**head, **own}


def _blank(cls: Any) -> typing.Iterator[tuple[str, Any]]:
    hints = typing.get_type_hints(cls)
    own = sorted(dataclasses.fields(cls), key=lambda one: one.name != "schema")
    for one in own:
        if one.name == "prev_hash":
            continue
        yield one.name, _value(hints[one.name], one.default)


def _value(hint: Any, default: Any) -> Any:
    if dataclasses.is_dataclass(hint):
        return dict(_blank(hint))
    if get_origin(hint) is typing.Literal:
        return default if default is not dataclasses.MISSING else " | ".join(map(str, get_args(hint)))
    if get_origin(hint) is tuple:
        return []
    if get_origin(hint) is dict:
        return {}
    return "?" if default is dataclasses.MISSING else default
