"""What the panel keeps between sessions: the controls that are remembered, and named presets, in one file per user.

Written beside and renamed, so that a crash leaves the old one whole; what can't be read counts as empty, because a
panel that doesn't open helps nobody. The file is data: every value is checked by its own field.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from platewright.contract.endpoint import state_folder
from platewright.contract.errors import RequestError, StorageError

from .field import Value
from .fields import FIELDS, OPERATIONS

__all__ = ["OF_THE_SHOT", "KeptValues", "Preset"]

_SCHEMA = "org.platewright.panel/1"
_LARGEST = 1 << 20
_MOST_PRESETS = 200
_LONGEST_NAME = 80
_KINDS = tuple(choice.value for choice in OPERATIONS)
OF_THE_SHOT = ("host.root", "rights.show", "rights.shot", "submission.who")
"""Where takes go, for whom, and who asks: kept between sessions, and in no preset."""
_REMEMBERED = tuple(one for one in FIELDS if one.remembered)


@dataclass(frozen=True)
class Preset:
    """Saved controls. inputs: of the backend that is among them, None in a preset that is older than they are."""

    values: Mapping[str, Value] = field(default_factory=dict)
    inputs: Mapping[str, str] | None = None


class KeptValues:
    """The file. `operation` and `values` are the last used; presets belong to an operation."""

    def __init__(self, file: Path | None = None) -> None:
        self.file = file if file is not None else state_folder() / "panel.json"
        self._data = _read(self.file)

    @property
    def operation(self) -> str:
        """The operation that was used last."""
        found = self._data.get("operation")
        return found if found in _KINDS else _KINDS[0]

    def values(self, operation: str) -> dict[str, Value]:
        """The remembered values of an operation; only those that were kept."""
        kept = self._data.get("values")
        return _checked(kept.get(operation) if isinstance(kept, dict) else None)

    @property
    def inputs(self) -> dict[str, dict[str, str]]:
        """What was typed into backends' own inputs, by backend and input; a field checks each when it is read."""
        found = self._data.get("inputs")
        tables = found.items() if isinstance(found, dict) else ()
        return {backend: _texts(texts) for backend, texts in tables if isinstance(texts, dict)}

    def remember(
        self, operation: str, values: Mapping[str, Value], inputs: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        """Keep these for the next session. A disk that is full or closed is no reason to disturb anybody."""
        self._data = _read(self.file)  # another panel may have written since
        self._data["operation"] = operation
        kept = self._data.setdefault("values", {})
        kept[operation] = {one.name: values[one.name] for one in _REMEMBERED if one.name in values}
        if inputs is not None:
            self._data["inputs"] = {**self.inputs, **{backend: dict(texts) for backend, texts in inputs.items()}}
        try:
            self._write()
        except StorageError:
            return

    def presets(self, operation: str) -> tuple[str, ...]:
        """The names of an operation's presets, as people sort them."""
        return tuple(sorted(self._presets(operation), key=str.casefold))

    def preset(self, operation: str, name: str) -> Preset:
        """A preset; an empty one where it is not there."""
        found = self._presets(operation).get(name)
        inputs = found.get("inputs") if isinstance(found, dict) else None
        values = {name: value for name, value in _checked(found).items() if name not in OF_THE_SHOT}
        return Preset(values, _texts(inputs) if isinstance(inputs, dict) else None)

    def save(
        self, operation: str, name: str, values: Mapping[str, Value], inputs: Mapping[str, str] | None = None
    ) -> str:
        """Save a preset, in place of one of that name. inputs: the chosen backend's own, as texts.

        Returns its name as it is kept. Raises RequestError, StorageError.
        """
        clean = " ".join(name.split())[:_LONGEST_NAME]
        if not clean:
            raise RequestError("a preset needs a name", code="preset_unnamed", hint="Type one.")
        self._data = _read(self.file)
        presets = self._presets(operation)
        if clean not in presets and len(presets) >= _MOST_PRESETS:
            raise RequestError(
                f"there are {_MOST_PRESETS} presets already", code="presets_full", hint="Delete one that you don't use."
            )
        every = self._data.setdefault("presets", {})
        every[operation] = {
            **presets,
            clean: {
                **{one.name: values[one.name] for one in _REMEMBERED if one.name in values.keys() - OF_THE_SHOT},
                "inputs": dict(inputs or {}),
            },
        }
        self._write()
        return clean

    def delete(self, operation: str, name: str) -> None:
        """Take a preset away; nothing happens where there is none. Raises StorageError."""
        self._data = _read(self.file)
        presets = dict(self._presets(operation))
        if presets.pop(name, None) is not None:
            self._data["presets"] = {**self._data.get("presets", {}), operation: presets}
            self._write()

    def _presets(self, operation: str) -> dict[str, Any]:
        every = self._data.get("presets")
        found = every.get(operation) if isinstance(every, dict) else None
        return found if isinstance(found, dict) else {}

    def _write(self) -> None:
        beside = self.file.with_name(f"{self.file.name}.{os.getpid()}.new")
        text = json.dumps({**self._data, "schema": _SCHEMA}, indent=1, sort_keys=True, ensure_ascii=False)
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            beside.write_text(text, encoding="utf-8")
            os.replace(beside, self.file)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise StorageError(
                f"{self.file} can't be written: {error.strerror or error}",
                code="panel_file_unwritable",
                hint="Free some space, or check the folder's permissions.",
            ) from error


def _read(file: Path) -> dict[str, Any]:
    try:
        with open(file, "rb") as stream:
            found = json.loads(stream.read(_LARGEST + 1)[:_LARGEST].decode("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict) or found.get("schema") != _SCHEMA:
        return {}
    tables = ("values", "presets", "inputs")
    return {
        name: value
        for name, value in found.items()
        if (name == "operation" and isinstance(value, str)) or (name in tables and isinstance(value, dict))
    }


def _texts(found: dict[str, Any]) -> dict[str, str]:
    return {name: text for name, text in found.items() if isinstance(text, str)}


def _checked(values: object) -> dict[str, Value]:
    if not isinstance(values, dict):
        return {}
    return {one.name: one.checked(values[one.name]) for one in _REMEMBERED if one.name in values}
