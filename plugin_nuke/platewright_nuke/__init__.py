"""Platewright inside Nuke: reads the artist's selection, exports it, and places takes as native nodes."""
