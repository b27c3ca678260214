"""Every generator that is not our own, behind one protocol."""
