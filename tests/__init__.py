"""The tests; a package of its own, because pyblish-base installs one of the same name, which would be found first."""
