"""Accounts: what each show, shot and user has spent and set aside, and whether a budget allows more.

A job weighs in the accounts of its show, its shot and its user: what is held for it while it is open, what it
spent, and what a backend may have charged without anybody being able to tell, which counts as spent. The weight is
kept on the job's row and brought to a new value in one go, so that doing it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from platewright.contract.errors import BudgetExceeded, RequestError
from platewright.contract.money import EACH, Budget, BudgetState, add, amount_of, cost, negative
from platewright.contract.takes import Cost

from .book import update
from .database import Transaction
from .rows import JobRow

__all__ = ["Scopes", "applying", "check_budgets", "states_of", "weigh"]


@dataclass(frozen=True, slots=True)
class Scopes:
    """Whose accounts a job weighs in."""

    show: str
    shot: str
    user: str

    @classmethod
    def of(cls, row: JobRow) -> Scopes:
        """Those of a job."""
        return cls(row.show, row.shot, row.who)

    def names(self) -> list[tuple[str, str]]:
        """`(scope, name)` of each account; a shot's name is `SHOW/SHOT`."""
        found = [("show", self.show)] if self.show else []
        found += [("shot", f"{self.show}/{self.shot}")] if self.shot else []
        return found + ([("user", self.user)] if self.user else [])


def weigh(work: Transaction, row: JobRow, *, held: Cost, spent: Cost, uncertain: Cost) -> None:
    """Bring what a job weighs to new values, on its row and in its accounts. All in the job's currency."""
    before_held, before_spent = Decimal(row.held), Decimal(row.spent) + Decimal(row.uncertain)
    more_held = amount_of(held) - before_held
    more_spent = amount_of(spent) + amount_of(uncertain) - before_spent
    update(work, row.id, held=held.amount, spent=spent.amount, uncertain=uncertain.amount)
    if more_held == 0 and more_spent == 0:
        return
    for scope, name in Scopes.of(row).names():
        now_held, now_spent = _account(work, scope, name, row.currency)
        work.run(
            "INSERT INTO accounts (scope, name, currency, held, spent) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (scope, name, currency) DO UPDATE SET held = excluded.held, spent = excluded.spent",
            scope, name, row.currency,
            cost(now_held + more_held, row.currency).amount, cost(now_spent + more_spent, row.currency).amount,
        )  # fmt: skip


def check_budgets(work: Transaction, budgets: Iterable[Budget], scopes: Scopes, wanted: Cost) -> list[BudgetState]:
    """The budgets that apply, as they would stand with `wanted` set aside too.

    Raises BudgetExceeded where one would be passed, RequestError `budget_currency` where it can't be compared.
    """
    found = []
    for budget in applying(budgets, scopes):
        if amount_of(wanted) and wanted.currency != budget.limit.currency:
            raise RequestError(
                f"the budget of {budget.scope} {budget.name} is in {budget.limit.currency}, the price in"
                f" {wanted.currency}",
                code="budget_currency",
                hint="Give the budget in the backend's currency; Platewright converts nothing.",
            )
        state = _state(work, budget, wanted)
        if amount_of(wanted) and amount_of(state.left) < 0:
            left = add(state.left, wanted)
            raise BudgetExceeded(
                f"it would cost up to {wanted.amount} {wanted.currency}, and {budget.scope} {budget.name} has"
                f" {left.amount} {left.currency} left of {budget.limit.amount}",
                hint="Ask whoever keeps the budget to raise it, or ask for less.",
            )
        found.append(state)
    return found


def applying(budgets: Iterable[Budget], scopes: Scopes) -> list[Budget]:
    """The budgets that some accounts are under: their own, else those of each such show, shot or user."""
    budgets = list(budgets)
    found = []
    for scope, name in scopes.names():
        own = [budget for budget in budgets if (budget.scope, budget.name) == (scope, name)]
        each = [replace(budget, name=name) for budget in budgets if (budget.scope, budget.name) == (scope, EACH)]
        found += own or each
    return found


def states_of(work: Transaction, budgets: Sequence[Budget]) -> tuple[BudgetState, ...]:
    """Every budget as it stands."""
    return tuple(_state(work, budget, Cost("0", budget.limit.currency)) for budget in budgets)


def _state(work: Transaction, budget: Budget, wanted: Cost) -> BudgetState:
    currency = budget.limit.currency
    held, spent = _account(work, budget.scope, budget.name, currency)
    more = amount_of(wanted)
    used = held + spent + more
    left = add(budget.limit, negative(cost(used, currency)))
    warning = used >= amount_of(budget.limit) * amount_of(Cost(budget.warn_at)) and used > 0
    return BudgetState(budget, cost(spent, currency), cost(held + more, currency), left, warning)


def _account(work: Transaction, scope: str, name: str, currency: str) -> tuple[Decimal, Decimal]:
    rows = work.run(
        "SELECT held, spent FROM accounts WHERE scope = ? AND name = ? AND currency = ?", scope, name, currency
    )
    return (Decimal(rows[0][0]), Decimal(rows[0][1])) if rows else (Decimal(0), Decimal(0))
