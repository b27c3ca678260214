"""Setting a value in the user's file, without disturbing what else a person wrote there.

The line of the key is replaced or added; the file is then read again, and kept only if nothing but that key changed.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platewright.contract.errors import RequestError, StorageError

from .layers import read_file, settings_files, value_of_text
from .schema import Key, keys

__all__ = ["edited", "set_value"]


def set_value(path: str, text: str, environment: Mapping[str, str] | None = None) -> Path:
    """Write `section.name` into the user's file and return that file.

    Raises RequestError `setting_unknown`, `setting_invalid`, `setting_not_editable`, StorageError.
    """
    known = {key.path: key for key in keys()}
    if path not in known:
        raise RequestError(
            f"there is no setting '{path[:80]}'",
            code="setting_unknown",
            hint="`platewright config show` lists the settings there are.",
        )
    key = known[path]
    value = value_of_text(key, text, path)
    file = dict(settings_files(None, environment))["user"]
    before = read_file(file, known)
    try:
        old = file.read_text(encoding="utf-8") if file.exists() else ""
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        try:
            beside.write_text(edited(old, key, value), encoding="utf-8")
            if _differs(beside, known, {**before, path: value}):
                raise RequestError(
                    f"{file} is written in a way that can't be edited from here",
                    code="setting_not_editable",
                    hint=f"Open it and set {key.name} below [{key.section}].",
                )
            os.replace(beside, file)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"can't write {file}: {(error.strerror or '').lower()}",
            code="settings_unwritable",
            hint="Check the folder and the disk.",
        ) from error
    return file


def edited(text: str, key: Key, value: Any) -> str:
    """TOML text with the key's line replaced, or added below its section's heading."""
    line = f"{key.name} = {json.dumps(value, ensure_ascii=False)}"
    lines = text.splitlines()
    heading = re.compile(rf"\s*\[\s*{re.escape(key.section)}\s*\]\s*(#.*)?")
    begin = next((i for i, found in enumerate(lines) if heading.fullmatch(found)), None)
    if begin is None:
        lines += ([""] if lines else []) + [f"[{key.section}]", line]
        return "\n".join(lines) + "\n"
    end = next((i for i in range(begin + 1, len(lines)) if lines[i].lstrip().startswith("[")), len(lines))
    own = re.compile(rf"\s*{re.escape(key.name)}\s*=")
    place = next((i for i in range(begin + 1, end) if own.match(lines[i])), None)
    if place is None:
        lines.insert(begin + 1, line)
    else:
        lines[place] = line
    return "\n".join(lines) + "\n"


def _differs(file: Path, known: Mapping[str, Key], wanted: Mapping[str, Any]) -> bool:
    try:
        return read_file(file, known) != wanted
    except RequestError:
        return True
