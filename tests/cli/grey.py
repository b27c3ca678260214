"""Stands in the table of operations: the tests' own operation, so that a take takes no time to make."""

from __future__ import annotations

from tests.jobs.small_shot import fill_with_grey as run

__all__ = ["run"]
