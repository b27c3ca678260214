"""The worker that runs diffusers models, in a process and an environment of its own; standard library and that alone.

Nothing here is imported by the engine but `plan`, which needs nothing, and nothing here imports the rest of Platewright:
what crosses is files in a spool folder (see spool).
"""
