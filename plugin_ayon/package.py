"""What AYON's packaging reads of the addon."""

name = "platewright"
title = "Platewright"
version = "0.1.0"
client_dir = "platewright_ayon"
ayon_required_addons = {"core": ">=1.0.0"}
ayon_compatible_addons: dict[str, str] = {}
