"""Money is exact, in one currency at a time, and anything that is no amount is refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platewright.contract.errors import RequestError
from platewright.contract.money import add, amount_of, at_most, cost, negative, total
from platewright.contract.takes import Cost

AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=6, allow_nan=False, allow_infinity=False)


@given(st.lists(AMOUNTS, max_size=30))
def test_a_sum_is_exact_whatever_the_order(amounts: list[Decimal]) -> None:
    costs = [cost(amount, "EUR") for amount in amounts]
    assert amount_of(total(costs, "EUR")) == sum(amounts, Decimal(0))
    assert total(costs, "EUR") == total(reversed(costs), "EUR")


def test_ten_times_ten_cents_are_one() -> None:
    assert total([Cost("0.10", "EUR")] * 10, "EUR") == Cost("1", "EUR")


def test_amounts_are_written_plainly_and_never_rounded_down() -> None:
    assert cost(Decimal("1E+3"), "USD").amount == "1000"
    assert cost(Decimal("0.50"), "USD").amount == "0.5"
    assert cost(Decimal("-0"), "USD").amount == "0"
    assert amount_of(cost(Decimal(1) / Decimal(3), "USD")) > Decimal(1) / Decimal(3)


@pytest.mark.parametrize("text", ["", "1e3", "NaN", "Infinity", "1,50", " 1", "--1", "1.", "٣", "9" * 19])
def test_a_text_that_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(RequestError) as caught:
        amount_of(Cost(text, "EUR"))
    assert caught.value.code == "amount_invalid"


@pytest.mark.parametrize("currency", ["", "eur", "EURO", "€"])
def test_a_currency_that_cannot_be_is_refused(currency: str) -> None:
    with pytest.raises(RequestError):
        amount_of(Cost("1", currency))


def test_two_currencies_are_never_added_but_nothing_fits_any() -> None:
    with pytest.raises(RequestError) as caught:
        add(Cost("1", "EUR"), Cost("1", "USD"))
    assert caught.value.code == "currency_mixed"
    assert add(Cost("0", "USD"), Cost("2", "EUR")) == Cost("2", "EUR")
    assert at_most(Cost("0", "USD"), Cost("2", "EUR"))
    assert not at_most(Cost("0", "USD"), negative(Cost("2", "EUR")))
