"""The client: how a host finds, starts and talks to the engine. Standard library only, Python 3.10 to 3.13."""
