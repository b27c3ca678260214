"""The panel as a pane of Nuke: Nuke makes it, also when it restores a saved layout, with no arguments."""

from __future__ import annotations

from typing import Any

from platewright.client.session import Session
from platewright.panel.panel_model import PanelModel
from platewright.panel.panel_widget import PanelWidget

from .panel_host import NukeHost

__all__ = ["PANE", "PlatewrightPanel", "register"]

PANE = "org.platewright.panel"
# Evaluated by Nuke, perhaps long after menu.py has gone: it names all that it needs.
_WIDGET = "__import__('platewright_nuke.panel', fromlist=['PlatewrightPanel']).PlatewrightPanel"


class PlatewrightPanel(PanelWidget):
    """A session of its own; closing the pane ends that and no job."""

    def __init__(self, session: Session | None = None) -> None:
        host = NukeHost()
        session = session if session is not None else Session(host.name)
        super().__init__(PanelModel(session, host))
        self.destroyed.connect(lambda *ignored: session.close(wait_s=0.0))


def register() -> Any:
    """Offer the pane in Nuke's menus, and for the layouts it restores."""
    import nukescripts.panels

    return nukescripts.panels.registerWidgetAsPanel(_WIDGET, "Platewright", PANE)
