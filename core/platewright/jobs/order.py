"""Whose turn it is: shots take turns, within a shot the more urgent and then the older job goes first.

Pure: the same waiting jobs and the same past turns give the same order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = ["Waiting", "fair_order"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job that waits. group: what takes turns (its shot). seq: grows with the order they were handed in."""

    id: str
    group: str
    priority: int
    seq: int
    backend: str = ""
    needs: frozenset[str] = frozenset()


def fair_order(waiting: Iterable[Waiting], served: Mapping[str, int]) -> list[Waiting]:
    """The jobs in the order they will be served.

    served: group to a number that grows with every turn of any group; a group that never had one comes first. In
    each round every group gives its next job, and the group whose last turn is longest ago gives first.
    """
    by_group: dict[str, list[Waiting]] = defaultdict(list)
    for job in waiting:
        by_group[job.group].append(job)
    ranked = []
    for group, jobs in by_group.items():
        jobs.sort(key=lambda job: (-job.priority, job.seq))
        oldest = min(job.seq for job in jobs)
        ranked += [((round_, served.get(group, 0), oldest), job) for round_, job in enumerate(jobs)]
    ranked.sort(key=lambda pair: pair[0])
    return [job for _, job in ranked]
