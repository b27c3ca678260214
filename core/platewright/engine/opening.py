"""The engine's own desk and workers, from the settings as they hold."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from platewright.backends.home import Home
from platewright.jobs.desk_settings import DeskSettings, RightsSettings, ShowSettings, read_budgets
from platewright.jobs.generators import Generators
from platewright.settings.layers import load_settings, rights_folder, show_of
from platewright.settings.schema import Settings

if TYPE_CHECKING:
    from platewright.jobs.desk import LocalDesk

__all__ = ["WORKER", "desk_settings", "opened_desk", "rights_settings"]

WORKER = (sys.executable, "-m", "platewright.engine.worker_process")


def desk_settings(settings: Settings) -> DeskSettings:
    """What a desk takes of the settings. Raises RequestError, StorageError for budgets that can't be read."""
    own = _of_show(settings, None)
    return DeskSettings(
        database=settings.jobs.database,
        identity=own.identity,
        backends=Generators(Home.of(settings)),
        budgets=own.budgets,
        lease_s=settings.jobs.lease_s,
        phases=own.phases,
        overlap=own.overlap,
        rights=own.rights,
        of_show=lambda folders: _at(show_of(*folders)),
    )


def _at(show: Path | None) -> ShowSettings:
    return _of_show(load_settings(show), show)


def _of_show(settings: Settings, show: Path | None) -> ShowSettings:
    identity = settings.signing()
    budgets = identity.home / "budgets.json"
    named = read_budgets(budgets) if budgets.is_file() else ()
    return ShowSettings(
        identity,
        (*named, *settings.limits()),
        settings.phases(),
        settings.jobs.overlap,
        settings.colour.ocio,
        rights_settings(settings, show),
    )


def rights_settings(settings: Settings, show: Path | None) -> RightsSettings:
    """The rules that jobs are under. show: a folder of the show, None for none."""
    part = settings.rights
    return RightsSettings(
        rights_folder(settings, show), _words(part.profiles), _words(part.territories), part.gate == "always"
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


@contextmanager
def opened_desk(settings: Settings) -> Iterator[LocalDesk]:
    """The desk for as long as the block runs. Raises StorageError, RequestError."""
    from platewright.jobs.desk import open_desk  # who only asks for settings needs no desk

    given = desk_settings(settings)
    if "://" not in given.where:
        given.identity.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with closing(open_desk(given)) as desk:
        yield desk
