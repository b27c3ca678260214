"""The worker that runs diffusers models, in a process and an environment of its own: standard library alone.

The engine imports of it what needs no more (plan, models, spool); nothing here imports the rest of Platewright. What
crosses is files in a spool folder.
"""
