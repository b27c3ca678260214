"""The addon's version, which AYON compares with its server's."""

__version__ = "0.1.0"
__all__ = ["__version__"]
