"""A package by its own name: pyblish-base installs another `tests`, which would win over a folder without this file."""
