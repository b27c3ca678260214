"""The one schema of all settings: sections, keys, defaults, and the environment variable that may set each.

A setting that is a secret does not exist: see `secrets`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import typing
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from platewright.contract.mapper import canonical
from platewright.provenance.settings import IdentitySettings

__all__ = ["ColourPart", "EnginePart", "IdentityPart", "JobsPart", "Key", "LogPart", "Settings", "keys"]


def _key(default: Any, variable: str, meaning: str, least: float | None = None, most: float | None = None) -> Any:
    said = {"variable": variable, "meaning": meaning, "least": least, "most": most}
    return field(default=default, metadata=said)


@dataclass(frozen=True, slots=True)
class IdentityPart:
    """Where the signing identity comes from."""

    home: str = _key("", "PLATEWRIGHT_HOME", "folder of this user's identity and trusted roots; empty: the system's")
    chain: str = _key("", "PLATEWRIGHT_SIGN_CHAIN", "PEM file with the signer's certificate and its intermediates")
    key: str = _key("", "PLATEWRIGHT_SIGN_KEY", "PEM file with the signer's private key")
    pkcs11_module: str = _key("", "PLATEWRIGHT_PKCS11_MODULE", "library of the token that holds the key")
    pkcs11_token: str = _key("", "PLATEWRIGHT_PKCS11_TOKEN", "the token's label")
    pkcs11_label: str = _key("", "PLATEWRIGHT_PKCS11_LABEL", "the key's label in the token")
    tsa_url: str = _key("", "PLATEWRIGHT_TSA_URL", "address of an RFC 3161 time-stamp authority; empty: stay offline")
    trust: str = _key("", "PLATEWRIGHT_TRUST", "PEM file with further roots to trust when verifying")


@dataclass(frozen=True, slots=True)
class ColourPart:
    """Colour."""

    ocio: str = _key("", "OCIO", "the OpenColorIO configuration; empty: the built-in ACES one")


@dataclass(frozen=True, slots=True)
class EnginePart:
    """The engine."""

    idle_s: float = _key(
        600.0, "PLATEWRIGHT_ENGINE_IDLE_S", "seconds without work after which it ends; 0: never", 0, 1e9
    )
    workers: int = _key(1, "PLATEWRIGHT_ENGINE_WORKERS", "processes that work on jobs", 0, 64)
    pictures_mb: int = _key(1024, "PLATEWRIGHT_ENGINE_PICTURES_MB", "most disk for thumbnails, in MB", 0, 10_000_000)


@dataclass(frozen=True, slots=True)
class JobsPart:
    """Jobs."""

    database: str = _key(
        "", "PLATEWRIGHT_DATABASE", "where jobs are kept: a path, or postgresql://…; empty: a file in the home"
    )
    lease_s: float = _key(
        30.0, "PLATEWRIGHT_JOBS_LEASE_S", "seconds until a silent worker's job goes on elsewhere", 1, 3600
    )
    overlap: int = _key(
        2, "PLATEWRIGHT_OVERLAP", "frames on each side of changed ones that are made again with them", 0, 1000
    )


@dataclass(frozen=True, slots=True)
class LogPart:
    """Logs."""

    level: Literal["debug", "info", "warning", "error"] = _key("info", "PLATEWRIGHT_LOG_LEVEL", "what is worth a line")
    megabytes: int = _key(10, "PLATEWRIGHT_LOG_MB", "size at which a log file is set aside, in MB", 1, 10_000)
    files: int = _key(5, "PLATEWRIGHT_LOG_FILES", "how many that were set aside are kept", 0, 1000)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings as they hold now."""

    identity: IdentityPart = field(default_factory=IdentityPart)
    colour: ColourPart = field(default_factory=ColourPart)
    engine: EnginePart = field(default_factory=EnginePart)
    jobs: JobsPart = field(default_factory=JobsPart)
    log: LogPart = field(default_factory=LogPart)

    def signing_id(self) -> str:
        """A short hash of who signs: two processes with the same one sign alike."""
        return hashlib.sha256(canonical(self.identity)).hexdigest()[:16]

    def signing(self) -> IdentitySettings:
        """The identity's settings as provenance takes them."""
        part = self.identity
        given: dict[str, Any] = {"home": Path(part.home).expanduser()} if part.home else {}
        return IdentitySettings(
            **given,
            chain_file=_path(part.chain),
            key_file=_path(part.key),
            pkcs11_module=part.pkcs11_module,
            pkcs11_token=part.pkcs11_token,
            pkcs11_label=part.pkcs11_label,
            tsa_url=part.tsa_url,
            trust_file=_path(part.trust),
        )


def _path(text: str) -> Path | None:
    return Path(text).expanduser() if text else None


@dataclass(frozen=True, slots=True)
class Key:
    """One setting: `section.name`, its type, default, environment variable, what it means, and its bounds."""

    section: str
    name: str
    kind: Any
    default: Any
    variable: str
    meaning: str
    least: float | None
    most: float | None

    @property
    def path(self) -> str:
        """The dotted name, as `config explain` takes it."""
        return f"{self.section}.{self.name}"


def keys() -> Iterator[Key]:
    """Every setting, in the schema's order."""
    parts = typing.get_type_hints(Settings)
    for section in dataclasses.fields(Settings):
        hints = typing.get_type_hints(parts[section.name])
        for one in dataclasses.fields(parts[section.name]):
            yield Key(section.name, one.name, hints[one.name], one.default, **one.metadata)
