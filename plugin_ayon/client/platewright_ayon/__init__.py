"""Platewright in AYON: the same plug-in files as in plain pyblish, for every host."""

from .addon import PlatewrightAddon
from .version import __version__

__all__ = ["PlatewrightAddon", "__version__"]
