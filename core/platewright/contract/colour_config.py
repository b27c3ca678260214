"""The colour configuration that a request is made with: which one, and how to know that it is still that one.

A process that lives long, and works for several shows, must not take its own for everybody's. So the request names it.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field

from .errors import ColourError

__all__ = ["BUILTIN_BEGINNING", "ColourConfig"]

BUILTIN_BEGINNING = "ocio://"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_LONGEST = 4096
_MOST_VARIABLES = 200


@dataclass(frozen=True, slots=True)
class ColourConfig:
    """An OpenColorIO configuration by name and content.

    source: the name of a built-in one (`ocio://…`), or the full path of a configuration file.
    sha256: of the file and of every table (LUT) it names, lower-case hex; empty for a built-in one, and where nobody
        has looked yet (a host without the library): whoever takes the request on fills it in.
    variables: the environment variables that it reads, with the values they had.
    """

    source: str
    sha256: str = ""
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        plain = 0 < len(self.source) <= _LONGEST and "\0" not in self.source
        if not plain or not (self.is_builtin or os.path.isabs(self.source)):
            raise _unusable(f"'{self.source[:200]}' is neither a built-in configuration nor a full path")
        if self.sha256 and not (_DIGEST.fullmatch(self.sha256) and not self.is_builtin):
            raise _unusable("the hash of the colour configuration is not one")
        if len(self.variables) > _MOST_VARIABLES or not all(map(_NAME.fullmatch, self.variables)):
            raise _unusable("the colour configuration's variables can't be those of an environment")
        if any(len(value) > _LONGEST or "\0" in value for value in self.variables.values()):
            raise _unusable("a value of the colour configuration's variables is no plain text")

    @property
    def is_builtin(self) -> bool:
        """Whether it comes with the library, under a name that means the same everywhere."""
        return self.source.startswith(BUILTIN_BEGINNING)


def _unusable(message: str) -> ColourError:
    return ColourError(
        message, code="colour_config_unusable", hint="Name a file by its full path, or ocio://… as OpenColorIO has it."
    )
