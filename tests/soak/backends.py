"""The backends of the soak, for the engine that works and for the person who retries."""

from __future__ import annotations

from dataclasses import replace

from platewright.contract.vendors import Deadlines
from platewright.jobs.backend import Backend
from platewright.jobs.desk_settings import DeskSettings
from tests.fakes.vendor import HANG_S
from tests.jobs.desks import GREY
from tests.jobs.paid import KINDS, paid_backend

__all__ = ["with_fakes"]

MOST_DEATHS = 3


def with_fakes(settings: DeskSettings, port: int) -> DeskSettings:
    """A desk's settings with the soak's backends, and a vendor's patience in seconds instead of minutes.

    port: the fake vendor's.
    """
    limits = Deadlines(sending_s=HANG_S / 2, queued_s=60, running_s=60, collecting_s=30)
    paid = {f"fake-{kind}": replace(paid_backend(port, kind), deadlines=limits) for kind in KINDS}
    backends = {"grey": GREY, "idle": Backend("idle"), "crash": Backend("crash"), **paid}
    return replace(settings, backends=backends, quiet_s=3 * HANG_S, most_deaths=MOST_DEATHS)
