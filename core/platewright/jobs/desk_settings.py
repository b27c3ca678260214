"""The settings of a desk: where its jobs are kept, who signs, which backends and budgets there are."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from platewright.contract.errors import ManifestError, RequestError
from platewright.contract.jobs import Submission
from platewright.contract.mapper import from_json
from platewright.contract.money import Budget, amount_of
from platewright.contract.vendors import Deadlines
from platewright.provenance.settings import IdentitySettings
from platewright.rights.case import Generator

from .backend import BUILTIN, Backend
from .base_take import OVERLAP
from .limits import Limits
from .storage import storage_errors

__all__ = ["NO_DEADLINES", "DeskSettings", "RightsSettings", "ShowSettings", "read_budgets"]

NO_DEADLINES = Deadlines(0, 0, 0, 0)
"""Each backend's own hold."""


@dataclass(frozen=True, slots=True)
class RightsSettings:
    """Under which rules a show's jobs are. folder: with its records, None for a show without one.

    profiles: that hold besides the house's and the show's own. territories: where the show will be shown. always: the
    rules stop a job also where no show keeps records; else what needs records is only told there.
    """

    folder: Path | None = None
    profiles: tuple[str, ...] = ()
    territories: tuple[str, ...] = ()
    always: bool = False


@dataclass(frozen=True, slots=True)
class ShowSettings:
    """What each show can say for its own jobs: see DeskSettings."""

    identity: IdentitySettings
    budgets: tuple[Budget, ...]
    phases: Deadlines
    overlap: int
    ocio: str
    rights: RightsSettings


@dataclass(frozen=True)
class DeskSettings:
    """How a desk is set up.

    database: a path for SQLite, or `postgresql://user:password@host:port/name`; empty: `jobs.sqlite` in the home.
    identity: who signs takes and approvals; its home is the desk's. backends: by name; `builtin` is always there.
    lease_s: seconds until a silent worker's job goes on elsewhere. most_deaths: workers that may die over one job.
    quiet_s: seconds after a send until a vendor's answer that it has no such job is believed; to be longer than
    any send can be on its way. phases: deadlines that hold for every backend here, where they are not 0. overlap:
    frames beside changed ones, on each side, that are made again too. ocio: the colour configuration of requests that
    bring none; empty: the process's own. rights: the rules that jobs are under. of_show:
    what the show that some folders belong to says otherwise (its takes' folder first, then its plate's).
    """

    database: str = ""
    identity: IdentitySettings = field(default_factory=IdentitySettings)
    backends: Mapping[str, Backend] = field(default_factory=dict)
    budgets: tuple[Budget, ...] = ()
    lease_s: float = 30.0
    most_deaths: int = 5
    quiet_s: float = 90.0
    phases: Deadlines = NO_DEADLINES
    overlap: int = OVERLAP
    ocio: str = ""
    rights: RightsSettings = RightsSettings()
    of_show: Callable[[tuple[Path, ...]], ShowSettings] | None = None

    @classmethod
    def from_environment(cls) -> DeskSettings:
        """As `PLATEWRIGHT_HOME`, `PLATEWRIGHT_DATABASE` and the home's `budgets.json` say."""
        identity = IdentitySettings.from_environment()
        budgets = identity.home / "budgets.json"
        return cls(
            database=os.environ.get("PLATEWRIGHT_DATABASE", ""),
            identity=identity,
            budgets=read_budgets(budgets) if budgets.is_file() else (),
        )

    @property
    def where(self) -> str:
        """The database, with its default filled in."""
        return self.database or str(self.identity.home / "jobs.sqlite")

    @property
    def limits(self) -> Limits:
        """What workers keep to."""
        known = [self.backend(name) for name in {*self.backends, BUILTIN.name}]  # loads every adapter, once
        return Limits(
            self.lease_s,
            self.most_deaths,
            {backend.name: backend.at_once for backend in known if backend.at_once},
            frozenset(backend.name for backend in known),
            frozenset(backend.name for backend in known if backend.vendor is not None),
        )

    def at(self, root: str) -> DeskSettings:
        """As they hold for the takes below a root. Raises RequestError, StorageError."""
        return self._of((Path(root),))

    def of(self, submission: Submission) -> DeskSettings:
        """As they hold for a job. Raises RequestError `setting_invalid`, `setting_unknown`, StorageError."""
        return self._of((Path(submission.root), Path(submission.request.plate.pattern).parent))

    def _of(self, folders: tuple[Path, ...]) -> DeskSettings:
        if self.of_show is None:
            return self
        show = self.of_show(folders)
        return replace(self, **{one.name: getattr(show, one.name) for one in fields(ShowSettings)})

    def deadlines(self, backend: str) -> Deadlines:
        """How long each phase of a backend's jobs may take: as set here, else as it declares. Raises RequestError."""
        declared = self.backend(backend).deadlines
        names = [one.name for one in fields(Deadlines)]
        return Deadlines(**{name: getattr(self.phases, name) or getattr(declared, name) for name in names})

    def backend(self, name: str) -> Backend:
        """A backend by its name. Raises RequestError."""
        found = self.backends.get(name) or (BUILTIN if name == BUILTIN.name else None)
        if found is None:
            raise RequestError(
                f"there is no backend '{name[:80]}' here",
                code="backend_unknown",
                hint="Use one of " + ", ".join(sorted({*self.backends, BUILTIN.name})) + ".",
            )
        return found

    def generator(self, name: str) -> Generator:
        """A backend as the gate of rights sees it; one that is no longer here is taken for the worst."""
        known = name in self.backends or name == BUILTIN.name
        return self.backend(name).generator if known else Generator(name)


def read_budgets(path: Path) -> tuple[Budget, ...]:
    """The budgets in a JSON file, a list of `{"scope", "name", "limit": {"amount", "currency"}, "warn_at"}`.

    Raises StorageError, RequestError for anything else: a budget that can't be read must not be no budget.
    """
    import json

    with storage_errors(path, "read"):
        text = path.read_bytes()
    try:
        plain = json.loads(text)
        budgets = tuple(from_json(Budget, item) for item in plain) if isinstance(plain, list) else None
    except (ValueError, ManifestError) as error:
        raise _unreadable(path, str(error)) from error
    if budgets is None:
        raise _unreadable(path, "it is not a list")
    for budget in budgets:
        amount_of(budget.limit)
    return budgets


def _unreadable(path: Path, why: str) -> RequestError:
    return RequestError(
        f"the budgets in {path} can't be read: {why[:200]}",
        code="budgets_unreadable",
        hint='Write a list such as [{"scope": "show", "name": "APOLLO", "limit": {"amount": "500",'
        ' "currency": "USD"}}].',
    )
