"""The engine: a server on this machine alone that keeps the jobs of every host, and what belongs to running it."""
