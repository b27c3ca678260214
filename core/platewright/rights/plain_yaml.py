"""YAML read as plain data and nothing else: texts, numbers, true and false, null, lists, tables.

Records come from anywhere, so the notation is cut down before anything is built: no tags, no anchors and aliases (with
which a few lines become gigabytes), no name twice, no second document, a bound on bytes, depth and values. A date is a
text, and so is `no`, which is also Norway. The parser's events are read one by one; no object is ever constructed.

The parser is PyYAML's in C where it was built with one, which is ten times as fast, else its own; tabs, about which the
two think differently, are refused. A test holds that no text means one thing to the one and another to the other.
"""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml import events as said

from platewright.contract.errors import ManifestError

__all__ = ["MOST_BYTES", "read_yaml", "write_yaml"]

MOST_BYTES = 256 * 1024
_MOST_VALUES = 20_000
_DEEPEST = 12
_WHOLE = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,17}(?:[eE][-+]?[0-9]{1,2})?")
_PARSER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


def read_yaml(data: bytes, what: str = "record") -> Any:
    """The one document in the bytes. Raises ManifestError `record_too_large`, `record_malformed`."""
    if len(data) > MOST_BYTES:
        raise ManifestError(
            f"the {what} is too large ({len(data)} bytes)",
            code="record_too_large",
            hint=f"A record can have {MOST_BYTES} bytes; evidence goes in as a file beside it.",
        )
    try:
        return _Reader(data.decode("utf-8")).document()
    except (yaml.YAMLError, UnicodeError, ValueError, RecursionError) as error:
        why = " ".join(str(error).split())[:300]
        raise ManifestError(
            f"the {what} is not plain YAML: {why}", code="record_malformed", hint="Correct it at the place named."
        ) from error


def write_yaml(value: Any) -> bytes:
    """Plain JSON values as YAML that `read_yaml` gives back the same."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)
    return text.encode("utf-8")


class _Dumper(yaml.SafeDumper):  # type: ignore[misc]  # it ships no types
    """Never writes an alias, which the reader refuses, and quotes every text that could be read as something else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None if _scalar_of(text) == text else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


class _Reader:
    """One document, event by event."""

    def __init__(self, text: str) -> None:
        if "\t" in text:
            raise ValueError("it holds a tab; indent with spaces")
        self._events = yaml.parse(text, Loader=_PARSER)
        self._values = 0

    def document(self) -> Any:
        self._expect(said.StreamStartEvent)
        first = next(self._events)
        if isinstance(first, said.StreamEndEvent):
            raise ValueError("it is empty")
        value = self._value(next(self._events), 0)
        self._expect(said.DocumentEndEvent)
        if not isinstance(next(self._events), said.StreamEndEvent):
            raise ValueError("it holds more than one document")
        return value

    def _expect(self, kind: type) -> None:
        if not isinstance(next(self._events), kind):
            raise ValueError("it ends too early")

    def _value(self, event: Any, depth: int) -> Any:
        self._values += 1
        if self._values > _MOST_VALUES:
            raise ValueError(f"it holds more than {_MOST_VALUES} values")
        if depth > _DEEPEST:
            raise ValueError("it is nested too deeply")
        _refuse_magic(event)
        if isinstance(event, said.ScalarEvent):
            return event.value if event.style else _scalar_of(event.value)
        if isinstance(event, said.SequenceStartEvent):
            return self._list(depth)
        if isinstance(event, said.MappingStartEvent):
            return self._table(depth)
        raise ValueError("it ends too early")

    def _list(self, depth: int) -> list[Any]:
        found = []
        while not isinstance(event := next(self._events), said.SequenceEndEvent):
            found.append(self._value(event, depth + 1))
        return found

    def _table(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), said.MappingEndEvent):
            _refuse_magic(event)
            if not isinstance(event, said.ScalarEvent):
                raise ValueError(f"{_place(event)}a name must be a text")
            if event.value in found or (event.value == "<<" and not event.style):
                raise ValueError(f"{_place(event)}the name '{event.value[:80]}' stands twice, or merges")
            found[event.value] = self._value(next(self._events), depth + 1)
        return found


def _refuse_magic(event: Any) -> None:
    if isinstance(event, said.AliasEvent) or getattr(event, "anchor", None) is not None:
        raise ValueError(f"{_place(event)}anchors and aliases are not used here")
    if getattr(event, "tag", None) is not None:
        raise ValueError(f"{_place(event)}tags are not used here")


def _scalar_of(text: str) -> Any:
    """What a scalar without quotes is."""
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        return float(text)
    return text


def _place(event: Any) -> str:
    mark = getattr(event, "start_mark", None)
    return f"line {mark.line + 1}: " if mark is not None else ""
