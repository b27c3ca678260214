"""The layers: defaults, the studio's file, the show's, the user's, the environment; a later one wins.

Files are TOML. A key that the schema doesn't have is an error and not a shrug, because a misspelt budget is worse
than none. Every value remembers where it came from.
"""

from __future__ import annotations

import dataclasses
import os
import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import tomllib

from platewright.contract.errors import RequestError, StorageError

from .schema import Key, Settings, keys, money_of

__all__ = [
    "LAYERS",
    "Layered",
    "Source",
    "layered",
    "records_folder",
    "rights_folder",
    "load_settings",
    "read_file",
    "settings_files",
    "show_of",
    "value_of_text",
]

Layer = Literal["default", "studio", "show", "user", "environment"]
LAYERS: tuple[Layer, ...] = ("default", "studio", "show", "user", "environment")
SHOW_FILE = "platewright.toml"
_LARGEST = 1 << 20
_PASSWORD = re.compile(r"://[^/\s:@]+:[^/\s@]+@")
_SECRET_WORDS = ("secret", "token", "password", "passphrase", "api_key", "apikey")


@dataclass(frozen=True, slots=True)
class Source:
    """A value a layer gives. where: the file or the variable."""

    layer: Layer
    where: str
    value: Any


@dataclass(frozen=True, slots=True)
class Layered:
    """The settings and, for each `section.name`, the sources that speak of it, the winning one last."""

    settings: Settings
    sources: Mapping[str, tuple[Source, ...]]


def settings_files(
    show: Path | None = None, environment: Mapping[str, str] | None = None
) -> tuple[tuple[Layer, Path], ...]:
    """Where the files of the layers are, whether or not they exist.

    show: a folder of the show; the nearest `platewright.toml` in it or above is the show's, unless a variable says.
    """
    values = os.environ if environment is None else environment
    studio = values.get("PLATEWRIGHT_STUDIO_SETTINGS") or "/etc/platewright/settings.toml"
    found: list[tuple[Layer, Path]] = [("studio", Path(studio).expanduser())]
    if said := values.get("PLATEWRIGHT_SHOW_SETTINGS"):
        found.append(("show", Path(said).expanduser()))
    elif show is not None and (file := _show_file(show)) is not None:
        found.append(("show", file))
    return (*found, ("user", _user_file(values)))


def show_of(*folders: Path) -> Path | None:
    """The first of the folders that has a show's file in it or above; None where none has."""
    return next((folder for folder in folders if _show_file(folder) is not None), None)


def rights_folder(settings: Settings, show: Path | None) -> Path | None:
    """The folder of a show's records of rights, whether or not it is there; None where no show is known.

    show: a folder of the show. A path in the settings counts from where the show's own file lies.
    """
    file = _show_file(show) if show is not None else None
    home = file.parent if file is not None else None
    if settings.rights.folder:
        given = Path(settings.rights.folder).expanduser()
        return given if given.is_absolute() or home is None else home / given
    return home / "rights" if home is not None else None


def records_folder(where: Path | None) -> Path:
    """The folder of the records of the show that a folder belongs to. Raises RequestError `rights_folder_unknown`."""
    folder = rights_folder(load_settings(where), where)
    if folder is None:
        raise RequestError(
            "nobody says where this show keeps its records",
            code="rights_folder_unknown",
            hint="Put a platewright.toml into the show's folder: `rights` beside it is meant.",
        )
    return folder


def _show_file(folder: Path) -> Path | None:
    nearest = next((one for one in (folder, *folder.parents) if (one / SHOW_FILE).is_file()), None)
    return nearest / SHOW_FILE if nearest is not None else None


def _user_file(values: Mapping[str, str]) -> Path:
    if said := values.get("PLATEWRIGHT_USER_SETTINGS"):
        return Path(said).expanduser()
    if home := values.get("PLATEWRIGHT_HOME"):
        return Path(home).expanduser() / "settings.toml"
    base = values.get("XDG_CONFIG_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".config") / "platewright" / "settings.toml"


def load_settings(show: Path | None = None, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings as they hold. Raises RequestError `setting_unknown`, `setting_invalid`, StorageError."""
    return layered(show, environment).settings


def layered(show: Path | None = None, environment: Mapping[str, str] | None = None) -> Layered:
    """The settings with where each came from. Raises as `load_settings`."""
    values = os.environ if environment is None else environment
    known = {key.path: key for key in keys()}
    sources = {path: [Source("default", "", key.default)] for path, key in known.items()}
    for layer, file in settings_files(show, values):
        for path, value in read_file(file, known).items():
            sources[path].append(Source(layer, str(file), value))
    for path, key in known.items():
        text = values.get(key.variable, "")
        if text:
            sources[path].append(
                Source("environment", f"${key.variable}", value_of_text(key, text, f"${key.variable}"))
            )
    return Layered(_built(sources), {path: tuple(found) for path, found in sources.items()})


def read_file(file: Path, known: Mapping[str, Key]) -> dict[str, Any]:
    """The values of a settings file by `section.name`; nothing where there is no file."""
    try:
        with open(file, "rb") as opened:
            data = opened.read(_LARGEST + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StorageError(
            f"the settings file {file} can't be read: {(error.strerror or '').lower()}",
            code="settings_unreadable",
            hint="Check the file and its permissions.",
        ) from error
    try:
        tables = tomllib.loads(data.decode("utf-8")) if len(data) <= _LARGEST else None
    except (ValueError, RecursionError) as error:
        raise _invalid(f"{file}: {str(error)[:200]}", "Correct it; the notation is TOML.") from error
    if tables is None:
        raise _invalid(f"{file} is too large for settings", "It holds something else.")
    return _flat(tables, known, file)


def _flat(tables: Mapping[str, Any], known: Mapping[str, Key], file: Path) -> dict[str, Any]:
    found = {}
    for section, table in tables.items():
        if not isinstance(table, dict):
            raise _unknown(section, known, file)
        for name, value in table.items():
            path = f"{section}.{name}"
            if path not in known:
                raise _unknown(path, known, file)
            found[path] = _checked(known[path], value, str(file))
            if isinstance(value, str) and _PASSWORD.search(value):
                raise _invalid(
                    f"{file}: {path} holds a password",
                    f"Secrets never stand in a file: take it out and set ${known[path].variable} instead.",
                )
    return found


def value_of_text(key: Key, text: str, where: str) -> Any:
    """A setting's value from its text, as in a variable or on a command line. Raises RequestError `setting_invalid`."""
    if key.kind is bool:
        words = {
            "1": True,
            "true": True,
            "on": True,
            "yes": True,
            "0": False,
            "false": False,
            "off": False,
            "no": False,
        }
        return _checked(key, words.get(text.strip().lower(), text), where)
    for kind in (int, float):
        if key.kind is kind:
            try:
                return _checked(key, kind(text.strip()), where)
            except ValueError:
                return _checked(key, text, where)
    return _checked(key, text, where)


def _checked(key: Key, value: Any, where: str) -> Any:
    """The value, if the schema allows it."""
    if get_origin(key.kind) is Literal:
        if value in get_args(key.kind):
            return value
        raise _invalid(f"{where}: {key.path} must be one of {', '.join(get_args(key.kind))}", f"It is {key.meaning}.")
    if key.kind is float and type(value) is int:
        value = float(value)
    if type(value) is not key.kind:
        raise _invalid(f"{where}: {key.path} must be {_WORDS[key.kind]}", f"It is {key.meaning}.")
    if (key.least is not None and not value >= key.least) or (key.most is not None and not value <= key.most):
        raise _invalid(f"{where}: {key.path} must lie between {key.least:g} and {key.most:g}", f"It is {key.meaning}.")
    if key.like and value and not _is_money(value):
        raise _invalid(f"{where}: {key.path} must look like {key.like}", f"It is {key.meaning}.")
    if isinstance(value, str) and ("\0" in value or len(value) > 4096):
        raise _invalid(f"{where}: {key.path} is no plain text", f"It is {key.meaning}.")
    return value


def _is_money(text: str) -> bool:
    try:
        money_of(text)
    except ValueError:
        return False
    return True


_WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def _built(sources: Mapping[str, list[Source]]) -> Settings:
    parts: dict[str, Any] = {}
    hints = typing.get_type_hints(Settings)
    for section in dataclasses.fields(Settings):
        names = [path.partition(".")[2] for path in sources if path.startswith(f"{section.name}.")]
        parts[section.name] = hints[section.name](
            **{name: sources[f"{section.name}.{name}"][-1].value for name in names}
        )
    return Settings(**parts)


def _invalid(message: str, hint: str) -> RequestError:
    return RequestError(message, code="setting_invalid", hint=hint)


def _unknown(path: str, known: Mapping[str, Key], where: Path) -> RequestError:
    name = path.lower().rpartition(".")[2]
    if any(word in name for word in _SECRET_WORDS) or name == "pin":
        hint = "Secrets never stand in a file: put them into the system's keyring or an environment variable."
    else:
        close = get_close_matches(path, [*known], 1, 0.5)
        hint = f"Did you mean {close[0]}?" if close else "`platewright config show` lists the settings there are."
    return RequestError(f"{where}: there is no setting '{path[:80]}'", code="setting_unknown", hint=hint)
