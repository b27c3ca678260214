"""The engine's own desk and workers, from the settings as they hold."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager

from platewright.jobs.desk import LocalDesk, open_desk
from platewright.jobs.desk_settings import DeskSettings, read_budgets
from platewright.settings.layers import load_settings
from platewright.settings.schema import Settings

__all__ = ["WORKER", "desk_settings", "opened_desk"]

WORKER = (sys.executable, "-m", "platewright.engine.worker_process")


def desk_settings(settings: Settings) -> DeskSettings:
    """What a desk takes of the settings. Raises RequestError, StorageError for budgets that can't be read."""
    identity = settings.signing()
    budgets = identity.home / "budgets.json"
    return DeskSettings(
        database=settings.jobs.database,
        identity=identity,
        budgets=read_budgets(budgets) if budgets.is_file() else (),
        lease_s=settings.jobs.lease_s,
        overlap=settings.jobs.overlap,
        identity_of=lambda root: load_settings(root).signing(),
    )


@contextmanager
def opened_desk(settings: Settings) -> Iterator[LocalDesk]:
    """The desk for as long as the block runs. Raises StorageError, RequestError."""
    given = desk_settings(settings)
    if "://" not in given.where:
        given.identity.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    with closing(open_desk(given)) as desk:
        yield desk
