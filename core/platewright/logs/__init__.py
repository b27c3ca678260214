"""Logs: lines of JSON that programs and people can follow, with one job's id through everything and no secret in it."""
