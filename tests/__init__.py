"""A package of its own, because pyblish-base installs one called `tests`, which would win over a plain folder."""
