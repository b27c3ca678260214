"""Platewright: change part of a plate inside the artist's comp, and prove afterwards what was changed.

This file imports nothing, so that a host's Python can import the light rooms (contract, client, panel,
publish) without any of the engine's libraries.
"""

__version__ = "0.1.0"
