"""The one schema of all settings: sections, keys, defaults, and the environment variable that may set each.

A setting that is a secret does not exist: see `secrets`.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import typing
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from platewright.contract.mapper import canonical
from platewright.contract.money import EACH, Budget, BudgetScope
from platewright.contract.takes import Cost
from platewright.contract.vendors import Deadlines
from platewright.provenance.settings import IdentitySettings

__all__ = [
    "MONEY",
    "BackendsPart",
    "BudgetsPart",
    "ColourPart",
    "EnginePart",
    "IdentityPart",
    "JobsPart",
    "Key",
    "LogPart",
    "RightsPart",
    "Settings",
    "keys",
    "money_of",
]

MONEY = "500 USD"
"""What a setting that is an amount of money looks like."""
_MONEY = re.compile(r"(?P<amount>\d{1,18}(?:\.\d{1,12})?) ?(?P<currency>[A-Z]{3})", re.ASCII)
_OF_JOBS = ("identity", "colour", "budgets", "rights")
_PHASES = ("sending_s", "queued_s", "running_s", "collecting_s")


def _key(
    default: Any, variable: str, meaning: str, least: float | None = None, most: float | None = None, like: str = ""
) -> Any:
    said = {"variable": variable, "meaning": meaning, "least": least, "most": most, "like": like}
    return field(default=default, metadata=said)


def _limit(variable: str, whose: str) -> Any:
    return _key("", variable, f"most that {whose} may spend, unless budgets.json names it; empty: no limit", like=MONEY)


def _phase(variable: str, meaning: str) -> Any:
    return _key(0.0, variable, f"{meaning}, in seconds; 0: as long as the backend says", 0, 1e8)


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
    revoked: str = _key("", "PLATEWRIGHT_REVOKED", "file or folder with lists of revoked certificates, PEM")


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
    sending_s: float = _phase("PLATEWRIGHT_JOBS_SENDING_S", "how long a backend may take to answer what is sent")
    queued_s: float = _phase("PLATEWRIGHT_JOBS_QUEUED_S", "how long a job may wait in a backend's own queue")
    running_s: float = _phase("PLATEWRIGHT_JOBS_RUNNING_S", "how long a job may be worked on")
    collecting_s: float = _phase("PLATEWRIGHT_JOBS_COLLECTING_S", "how long a result may take to be fetched")
    overlap: int = _key(
        2, "PLATEWRIGHT_OVERLAP", "frames on each side of changed ones that are made again with them", 0, 1000
    )


@dataclass(frozen=True, slots=True)
class BudgetsPart:
    """What may be spent; budgets.json in the home has those of single shows, shots and people."""

    show: str = _limit("PLATEWRIGHT_BUDGET_SHOW", "each show")
    shot: str = _limit("PLATEWRIGHT_BUDGET_SHOT", "each shot")
    user: str = _limit("PLATEWRIGHT_BUDGET_USER", "each person")
    warn_at: float = _key(
        0.8, "PLATEWRIGHT_BUDGET_WARN_AT", "share of those limits from which quotes and jobs warn", 0, 1
    )


@dataclass(frozen=True, slots=True)
class BackendsPart:
    """Generators beside the built-in one; their tokens are secrets, and stand nowhere here."""

    comfyui: str = _key(
        "", "PLATEWRIGHT_COMFYUI_URL", "addresses of ComfyUI servers, with a space between; http://127.0.0.1:8188"
    )
    workflows: str = _key(
        "", "PLATEWRIGHT_WORKFLOWS", "folder of your own ComfyUI workflows; empty: `workflows` in the home"
    )
    commands: str = _key(
        "", "PLATEWRIGHT_COMMANDS", "TOML file of programs that make pictures; empty: commands.toml in the home"
    )
    models: str = _key("", "PLATEWRIGHT_MODELS", "TOML file of diffusers models; empty: models.toml in the home")
    environments: str = _key(
        "", "PLATEWRIGHT_ENVIRONMENTS", "folder for backends' own environments; empty: `environments` in the home"
    )


@dataclass(frozen=True, slots=True)
class RightsPart:
    """Consents, licences, model cards, and the rules that a show works under."""

    folder: str = _key("", "PLATEWRIGHT_RIGHTS", "folder of the records; empty: `rights` beside the show's settings")
    profiles: str = _key("", "PLATEWRIGHT_PROFILES", "policy profiles that hold besides the house's, with commas")
    territories: str = _key("", "PLATEWRIGHT_TERRITORIES", "where the show will be shown, with commas; empty: anywhere")
    gate: Literal["show", "always"] = _key(
        "show", "PLATEWRIGHT_GATE", "whether rules that need records also stop jobs where no show keeps any"
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
    budgets: BudgetsPart = field(default_factory=BudgetsPart)
    backends: BackendsPart = field(default_factory=BackendsPart)
    rights: RightsPart = field(default_factory=RightsPart)
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
            revoked_places=tuple(one for one in (_path(part.revoked),) if one is not None),
        )

    def limits(self) -> tuple[Budget, ...]:
        """The budgets of every show, shot and person that has none of its own."""
        part = self.budgets
        warn_at = format(Decimal(repr(part.warn_at)), "f")
        scopes: tuple[BudgetScope, ...] = ("show", "shot", "user")
        texts = [(scope, getattr(part, scope)) for scope in scopes]
        return tuple(Budget(scope, EACH, money_of(text), warn_at) for scope, text in texts if text)

    def phases(self) -> Deadlines:
        """How long each phase of a job may take; 0: as its backend says."""
        return Deadlines(**{name: getattr(self.jobs, name) for name in _PHASES})


def money_of(text: str) -> Cost:
    """`500 USD` as an amount. Raises ValueError."""
    found = _MONEY.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return Cost(found["amount"], found["currency"])


def _path(text: str) -> Path | None:
    return Path(text).expanduser() if text else None


@dataclass(frozen=True, slots=True)
class Key:
    """One setting: `section.name`, its type, default, environment variable, what it means, and its bounds.

    like: an example of what a text has to look like where it isn't any text.
    """

    section: str
    name: str
    kind: Any
    default: Any
    variable: str
    meaning: str
    least: float | None
    most: float | None
    like: str = ""

    @property
    def is_of_jobs(self) -> bool:
        """Whether it holds for each job as the job's own show says; else for a whole engine, from its start on."""
        return self.section in _OF_JOBS or (self.section == "jobs" and self.name in (*_PHASES, "overlap"))

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
