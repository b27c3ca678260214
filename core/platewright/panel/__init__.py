"""The artist's panel, one for every Qt host and for the desktop; what is not a widget needs nothing but Python."""
