"""Prices are exact: a quote is never less than it costs, by no more than a picodollar, and never nothing by mistake."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platewright.contract.errors import RequestError
from platewright.contract.prices import Price, PriceUnit, Work, price_lines, seconds_of
from platewright.contract.takes import Cost

UNITS: tuple[PriceUnit, ...] = ("image", "second", "megapixel", "credit", "gpu_second")
LAST_PLACE = Fraction(1, 10**12)


def amounts(most: int, places: int = 6, least: int = 0) -> st.SearchStrategy[str]:
    decimals = st.decimals(min_value=least, max_value=most, places=places, allow_nan=False, allow_infinity=False)
    return decimals.map(lambda value: format(value, "f"))


prices = st.builds(
    Price,
    unit=st.sampled_from(UNITS),
    each=st.builds(Cost, amounts(1000), st.just("USD")),
    step=st.one_of(st.just("0"), amounts(60, 3).filter(lambda text: Decimal(text) > 0)),
    least=amounts(100, 3),
)
works = st.builds(
    Work,
    images=st.integers(0, 10_000),
    pixels=st.integers(0, 200_000_000),
    seconds=amounts(100_000),
    credits=amounts(100_000),
    gpu_seconds=amounts(100_000),
)


def exact(price: Price, work: Work) -> Fraction:
    """What it costs, as a fraction: the definition, written down a second time."""

    def billed(units: Fraction) -> Fraction:
        units = max(units, Fraction(price.least))
        step = Fraction(price.step)
        return ceil(units / step) * step if step else units

    count = {
        "image": work.images,
        "second": work.seconds,
        "credit": work.credits,
        "gpu_second": work.gpu_seconds,
    }
    if price.unit == "megapixel":
        return (work.images or 0) * billed(Fraction(work.pixels or 0, 10**6)) * Fraction(price.each.amount)
    return billed(Fraction(count[price.unit] or 0)) * Fraction(price.each.amount)


@given(prices, works)
def test_a_quote_is_what_it_costs_rounded_up_at_the_last_place(price: Price, work: Work) -> None:
    ((line,), currency) = price_lines([price], work)
    assert currency == "USD"
    assert 0 <= Fraction(line.amount) - exact(price, work) < LAST_PLACE
    assert line.unit_price == price.each.amount


@given(prices, works, st.sampled_from(("images", "pixels", "seconds", "credits", "gpu_seconds")), st.integers(1, 99))
def test_more_work_never_costs_less(price: Price, work: Work, what: str, more: int) -> None:
    count = getattr(work, what)
    larger = replace(work, **{what: count + more if isinstance(count, int) else str(Decimal(count) + more)})
    assert Fraction(price_lines([price], larger)[0][0].amount) >= Fraction(price_lines([price], work)[0][0].amount)


@given(st.lists(prices, max_size=5), works)
def test_several_prices_are_a_line_each_in_their_order(several: list[Price], work: Work) -> None:
    lines, currency = price_lines(several, work)
    assert currency == "USD"
    assert [line.amount for line in lines] == [price_lines([one], work)[0][0].amount for one in several]


def test_the_five_ways_that_backends_charge() -> None:
    usd, eur = "USD", "EUR"
    work = Work(images=48, pixels=1920 * 1080, seconds=seconds_of(48, 24), credits="150", gpu_seconds="37.5")
    found = {
        price.unit: price_lines([price], work)[0][0].amount
        for price in (
            Price("image", Cost("0.04", usd)),
            Price("second", Cost("0.15", usd), step="1", least="5"),
            Price("megapixel", Cost("0.03", usd), step="1"),
            Price("credit", Cost("0.01", usd)),
            Price("gpu_second", Cost("0.0011", eur)),
        )
    }
    assert found == {"image": "1.92", "second": "0.75", "megapixel": "4.32", "credit": "1.5", "gpu_second": "0.04125"}


def test_frames_of_odd_rates_have_lengths_that_are_never_too_short() -> None:
    assert seconds_of(24, 24) == "1"
    assert seconds_of(24, 24000, 1001) == "1.001"
    assert Fraction(seconds_of(1, 30000, 1001)) >= Fraction(1001, 30000)
    for frames, rate in ((-1, 24), (1, 0)):
        with pytest.raises(RequestError):
            seconds_of(frames, rate)


@pytest.mark.parametrize("unit", UNITS)
def test_what_nobody_has_counted_is_no_nothing(unit: PriceUnit) -> None:
    with pytest.raises(RequestError) as caught:
        price_lines([Price(unit, Cost("1", "USD"))], Work())
    assert caught.value.code == "price_uncounted"


def test_what_is_no_price_is_refused() -> None:
    work = Work(images=1, seconds="-1")
    for price in (
        Price("image", Cost("-1", "USD")),
        Price("image", Cost("1e3", "USD")),
        Price("image", Cost("1", "usd")),
        Price("image", Cost("1", "USD"), step="-1"),
        Price("image", Cost("1", "USD"), least="many"),
        Price("second", Cost("1", "USD")),
    ):
        with pytest.raises(RequestError):
            price_lines([price], work)
    with pytest.raises(RequestError) as caught:
        price_lines([Price("image", Cost("1", "USD")), Price("image", Cost("1", "EUR"))], work)
    assert caught.value.code == "currency_mixed"
    assert price_lines([], work) == ((), "USD")
