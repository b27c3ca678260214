"""The addon: tells AYON where the publish plug-ins lie. All they do stands in `platewright.publish`.

It needs the package platewright in AYON's Python (its light rooms: contract, client, publish) and nothing else.
"""

from __future__ import annotations

from ayon_core.addon import AYONAddon, IPluginPaths

from .version import __version__

__all__ = ["PlatewrightAddon"]


class PlatewrightAddon(AYONAddon, IPluginPaths):
    """Registers the gate before publish in every host."""

    name = "platewright"
    version = __version__

    def get_plugin_paths(self) -> dict[str, list[str]]:
        """Nothing but publish plug-ins, which are asked for by host."""
        return {}

    def get_publish_plugin_paths(self, host_name: str) -> list[str]:
        """The folder of the plug-ins; the same for every host."""
        from platewright.publish.roster import plugin_folder

        return [plugin_folder()]
