"""What something costs: the one word of money that every host needs, apart from what is done with it (see money)."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Cost"]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a take cost: an amount in a currency (ISO 4217), 0 for the built-in generator."""

    amount: str = "0"
    currency: str = "USD"
