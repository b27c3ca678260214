"""Colour configurations by their content: pinned when a request is made, checked and opened when it is worked on.

A configuration is a file, and the tables (LUTs) that it names, and the environment variables that it reads: all three
decide about pixels. OpenColorIO keeps tables by their path for as long as a process lives, and its own cache id does
not change with their content; so a table that was changed under a living process has to be noticed here.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import PyOpenColorIO

from platewright.contract.colour_config import BUILTIN_BEGINNING, ColourConfig
from platewright.contract.errors import ColourError

__all__ = ["BUILTIN_CONFIG", "opened", "pinned"]

_ocio: Any = PyOpenColorIO
BUILTIN_CONFIG = "ocio://cg-config-v4.0.0_aces-v2.0_ocio-v2.5"
_FOREIGN = (_ocio.Exception, _ocio.ExceptionMissingFile)  # the second is no kind of the first
_VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*)\}?|%([A-Za-z_][A-Za-z0-9_]*)%")
_MOST_OPEN = 8

_lock = threading.Lock()
_open: dict[tuple[Any, ...], Any] = {}
_seen: dict[str, str] = {}
_hashed: dict[str, tuple[tuple[int, ...], bytes]] = {}


def pinned(source: str = "", environment: Mapping[str, str] | None = None) -> ColourConfig:
    """A configuration as it is now. source: a file or `ocio://…`; empty for `$OCIO`, else the built-in ACES one.

    Raises ColourError `colour_config_unusable`.
    """
    values = os.environ if environment is None else environment
    name = source.strip() or values.get("OCIO", "").strip() or BUILTIN_CONFIG
    if name.startswith(BUILTIN_BEGINNING):
        # `ocio://default` means another one in another release of the library; its full name never does.
        return ColourConfig(str(_ocio.ResolveConfigPath(name)))
    path = os.path.abspath(os.path.expanduser(name))
    loaded = _loaded(path)
    names = sorted(_variables(loaded))
    known = {name: values[name] for name in names if name in values}
    return ColourConfig(path, _digest(path, _with(loaded, known)), known)


def opened(config: ColourConfig) -> Any:
    """The library's configuration, if it is still the one that was pinned; opened once for each content.

    Raises ColourError `colour_config_missing`, `colour_config_changed`, `colour_config_unusable`.
    """
    if not config.is_builtin and not config.sha256:
        config = pinned(config.source, {**os.environ, **config.variables})
    key = (config.source, config.sha256, *sorted(config.variables.items()))
    with _lock:
        if config.is_builtin:
            if key not in _open:
                _keep(key, _loaded(config.source))
            return _open[key]
        if not os.path.isfile(config.source):
            raise ColourError(
                f"the colour configuration {config.source} is not here",
                code="colour_config_missing",
                hint="Bring the file back, or mount the disk it is on where this work is done.",
            )
        fresh = _with(_loaded(config.source), config.variables)
        if _digest(config.source, fresh) != config.sha256:
            raise ColourError(
                f"the colour configuration {config.source} or one of its tables was changed since this was asked for",
                code="colour_config_changed",
                hint="Bring the files back as they were, or ask again with the configuration as it is now.",
            )
        if _seen.get(config.source, config.sha256) != config.sha256:
            _ocio.ClearAllCaches()
            _open.clear()
        _seen[config.source] = config.sha256
        if key not in _open:
            _keep(key, fresh)
        return _open[key]


def _keep(key: tuple[Any, ...], config: Any) -> None:
    while len(_open) >= _MOST_OPEN:
        del _open[next(iter(_open))]
    _open[key] = config


def _loaded(name: str) -> Any:
    try:
        return _ocio.Config.CreateFromFile(name)
    except _FOREIGN as error:
        raise ColourError(
            f"the OCIO configuration {name} can't be used: {' '.join(str(error).split())[:200]}",
            code="colour_config_unusable",
            hint="Correct $OCIO, or unset it to use the built-in ACES configuration.",
        ) from error


def _variables(config: Any) -> set[str]:
    """The names of all variables that a configuration's text speaks of or declares."""
    found = {one or other for one, other in _VARIABLE.findall(config.serialize())}
    found |= {str(name) for name in config.getEnvironmentVarNames()}
    return {name for name in found if not name.startswith("OCIO")}  # a description may speak of the library's own


def _with(config: Any, variables: Mapping[str, str]) -> Any:
    """The configuration with just these variables, whatever the environment of this process says."""
    defaults = {str(name): str(config.getEnvironmentVarDefault(name)) for name in config.getEnvironmentVarNames()}
    own = config.__deepcopy__({})
    own.setEnvironmentMode(_ocio.ENV_ENVIRONMENT_LOAD_PREDEFINED)
    own.clearEnvironmentVars()
    for name, value in {**defaults, **variables}.items():
        own.addEnvironmentVar(name, value)
    return own


def _digest(path: str, config: Any) -> str:
    """SHA-256 over the file and every table it names that is there, in the order of their names."""
    sums = hashlib.sha256(_hash_of(path))
    if not zipfile.is_zipfile(path):  # an archive (.ocioz) holds its tables itself
        context = config.getCurrentContext()
        for name in sorted(set(_tables(config))):
            try:
                table = str(context.resolveFileLocation(name))
            except _FOREIGN:
                continue  # a space that nobody uses may lack its table; who uses it is told by the library
            sums.update(name.encode() + b"\0" + _hash_of(table))
    return sums.hexdigest()


def _hash_of(path: str) -> bytes:
    """SHA-256 of a file; read again only when its size, time or place on the disk has changed."""
    try:
        with open(path, "rb") as file:
            found = os.fstat(file.fileno())
            known = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
            before = _hashed.get(path)
            if before is None or before[0] != known:
                before = _hashed[path] = (known, hashlib.file_digest(file, "sha256").digest())
            return before[1]
    except OSError as error:
        raise ColourError(
            f"{Path(path).name}, which belongs to the colour configuration, can't be read: {error.strerror}",
            code="colour_config_unusable",
            hint="Check the file and its permissions.",
        ) from error


def _tables(config: Any) -> Iterator[str]:
    """The names of the files that any space, look, view or named transform of a configuration uses."""
    for space in config.getColorSpaces(_ocio.SEARCH_REFERENCE_SPACE_ALL, _ocio.COLORSPACE_ALL):
        for way in (_ocio.COLORSPACE_DIR_TO_REFERENCE, _ocio.COLORSPACE_DIR_FROM_REFERENCE):
            yield from _files(space.getTransform(way))
    for look in config.getLooks():
        yield from _files(look.getTransform())
        yield from _files(look.getInverseTransform())
    for view in config.getViewTransforms():
        for way in (_ocio.VIEWTRANSFORM_DIR_TO_REFERENCE, _ocio.VIEWTRANSFORM_DIR_FROM_REFERENCE):
            yield from _files(view.getTransform(way))
    for named in config.getNamedTransforms(_ocio.NAMEDTRANSFORM_ALL):
        for way in (_ocio.TRANSFORM_DIR_FORWARD, _ocio.TRANSFORM_DIR_INVERSE):
            yield from _files(named.getTransform(way))


def _files(transform: Any) -> Iterator[str]:
    if isinstance(transform, _ocio.GroupTransform):
        for member in transform:
            yield from _files(member)
    elif isinstance(transform, _ocio.FileTransform):
        yield str(transform.getSrc())
