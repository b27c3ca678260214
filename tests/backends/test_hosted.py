"""Every hosted vendor keeps the suite's promises, over a fake that does as its documentation says."""

from __future__ import annotations

from pathlib import Path

import pytest

from platewright.backends import bfl, bria, luma, runway
from platewright.backends.home import Home
from platewright.backends.prices import prices_of
from platewright.backends.protocol import Generator
from platewright.contract.errors import RequestError
from platewright.contract.prices import Price
from platewright.contract.takes import Cost
from tests.fakes.bfl import FakeBfl
from tests.fakes.bria import FakeBria
from tests.fakes.luma import FakeLuma
from tests.fakes.runway import FakeRunway
from tests.suites.backends import Case, legal_inputs, legal_size, send, wait
from tests.suites.hosted import HostedPromises, Setting

PRICES = """
[bria-fill]
image = "0.04 USD"
[bria-erase]
image = "0.04 USD"
[bfl-fill]
image = "0.05 USD"
[runway-aleph]
second = "0.90 USD"
[luma-ray]
second = "4.50 USD"
"""


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("home")
    (folder / "prices.toml").write_text(PRICES)
    return Home(prices=folder / "prices.toml")


def named(found: tuple[Generator, ...], name: str) -> Generator:
    return next(one for one in found if one.name == name)


class TestBria(HostedPromises):
    @pytest.fixture(params=["bria-fill", "bria-erase"])
    def setting(self, request: pytest.FixtureRequest, home: Home) -> Setting:
        name = request.param
        return Setting(name, "bria_token", lambda base: named(bria.generators(home, base), name), FakeBria)


class TestBlackForestLabs(HostedPromises):
    @pytest.fixture
    def setting(self, home: Home) -> Setting:
        return Setting("bfl-fill", "bfl_token", lambda base: named(bfl.generators(home, base), "bfl-fill"), FakeBfl)


class TestRunway(HostedPromises):
    @pytest.fixture
    def setting(self, home: Home) -> Setting:
        return Setting("runway-aleph", "runway_token", lambda base: runway.generators(home, base)[0], FakeRunway)


class TestLuma(HostedPromises):
    @pytest.fixture
    def setting(self, home: Home) -> Setting:
        return Setting("luma-ray", "luma_token", lambda base: luma.generators(home, base)[0], FakeLuma)


def test_a_large_clip_is_uploaded_first_and_paid_for_once(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLATEWRIGHT_SECRET_RUNWAY_TOKEN", FakeRunway.token)
    monkeypatch.setattr(runway, "_MOST_INLINE", 1000)
    limits = runway.generators(home)[0].capabilities()
    fake = FakeRunway(legal_size(limits))
    with fake.serving():
        case = Case(runway.generators(home, fake.base)[0], legal_inputs(limits))
        send(case)
    assert len(fake.clips) == 1 and len(fake.jobs) == 1
    asked = [one.json for one in fake.log if one.path == "/v1/video_to_video"]
    assert [one["videoUri"] for one in asked] == ["runway://clip"]


def test_what_a_task_says_it_cost_is_what_counts(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLATEWRIGHT_SECRET_RUNWAY_TOKEN", FakeRunway.token)
    limits = runway.generators(home)[0].capabilities()
    fake = FakeRunway(legal_size(limits))
    with fake.serving():
        case = Case(runway.generators(home, fake.base)[0], legal_inputs(limits))
        status = wait(case.generator, send(case)[0])
    assert status.state == "done" and status.charged == Cost("0.4", "USD")


def test_a_region_is_an_address_and_a_promise(home: Home) -> None:
    found = named(bfl.generators(home), "bfl-fill-eu")
    assert found.capabilities().terms.residency == ("eu",)
    assert found._api.base == "https://api.eu.bfl.ai"  # type: ignore[attr-defined]


def test_a_vendor_without_a_price_can_not_be_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLATEWRIGHT_SECRET_BRIA_TOKEN", "t0ken-of-bria")
    assert "prices.toml" in bria.generators(Home(prices=tmp_path / "none.toml"))[0].missing()


def test_a_price_that_is_written_down_wins(tmp_path: Path) -> None:
    (tmp_path / "prices.toml").write_text('[x]\nimage = "0.04 EUR"\nsecond = "1 EUR"\n')
    known = (Price("image", Cost("9", "USD")),)
    home = Home(prices=tmp_path / "prices.toml")
    assert prices_of(home, "x", known) == (Price("image", Cost("0.04", "EUR")), Price("second", Cost("1", "EUR")))
    assert prices_of(home, "y", known) == known


@pytest.mark.parametrize("text", ["[x", "[x]\nimage = 4", '[x]\nimage = "four dollars"', 'x = "1 USD"'])
def test_prices_that_can_not_be_read_are_no_price_of_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "prices.toml").write_text(text)
    with pytest.raises(RequestError) as caught:
        prices_of(Home(prices=tmp_path / "prices.toml"), "x")
    assert caught.value.code == "prices_invalid"
