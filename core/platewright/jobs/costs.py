"""Costs: what was spent, and what is set aside, added up by show, shot, user, backend or month."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from decimal import Decimal

from platewright.contract.money import CostGroup, CostLine, cost

from .database import Transaction

__all__ = ["as_csv", "cost_lines"]

_COLUMN: dict[CostGroup, str] = {
    "show": "show",
    "shot": "show || '/' || shot",
    "user": "who",
    "backend": "backend",
    "month": "substr(created, 1, 7)",
}


def cost_lines(look: Transaction, by: CostGroup, root: str = "") -> tuple[CostLine, ...]:
    """A line for each group and currency, by name; jobs that cost nothing count as jobs."""
    where, values = ("root = ?", (root,)) if root else ("1 = 1", ())
    rows = look.run(f"SELECT {_COLUMN[by]}, currency, spent, uncertain, held FROM jobs WHERE {where}", *values)
    sums: dict[tuple[str, str], list[Decimal]] = {}
    for group, currency, spent, uncertain, held in rows:
        line = sums.setdefault((str(group).strip("/"), currency), [Decimal(0)] * 4)
        for index, more in enumerate((Decimal(1), Decimal(spent), Decimal(uncertain), Decimal(held))):
            line[index] += more
    return tuple(
        CostLine(
            group=group,
            jobs=int(jobs),
            spent=cost(spent + uncertain, currency),
            reserved=cost(held, currency),
            uncertain=cost(uncertain, currency),
        )
        for (group, currency), (jobs, spent, uncertain, held) in sorted(sums.items())
    )


def as_csv(by: CostGroup, lines: Iterable[CostLine]) -> str:
    """The lines as CSV with a head, amounts as they are; a text that a spreadsheet would run is made plain."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow((by, "jobs", "currency", "spent", "reserved", "uncertain"))
    for line in lines:
        group = "'" + line.group if line.group[:1] in ("=", "+", "-", "@", "\t", "\r") else line.group
        table.writerow(
            (group, line.jobs, line.spent.currency, line.spent.amount, line.reserved.amount, line.uncertain.amount)
        )
    return text.getvalue()
