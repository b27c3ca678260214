"""The gate before publish, for pyblish and AYON: thin plug-ins over the engine's check, which fail closed."""
