"""Every hosted vendor keeps the suite's promises, over a fake that does as its documentation says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from platewright.backends import bfl, bria, firefly, luma, router, runway
from platewright.backends.body import unpack
from platewright.backends.home import Home
from platewright.backends.prices import prices_of
from platewright.backends.protocol import Generator
from platewright.contract.errors import BackendError, RequestError, SendRefused, SendUnknown
from platewright.contract.prices import Price
from platewright.contract.takes import Cost
from platewright.logs.redaction import redacted
from tests.fakes.bfl import FakeBfl
from tests.fakes.bria import FakeBria
from tests.fakes.firefly import FakeFirefly
from tests.fakes.frames import LIGHT
from tests.fakes.hosted import HostedFake
from tests.fakes.luma import FakeLuma
from tests.fakes.router import FakeRouter
from tests.fakes.runway import FakeRunway
from tests.suites.backends import Case, intent_for, legal_inputs, legal_size, send, wait
from tests.suites.hosted import HostedPromises, Setting

STILLS = (
    "bria-fill", "bria-erase", "bfl-fill", "bfl-expand", "firefly-fill", "firefly-expand", "router-bfl-fill",
    "router-bfl-expand", "router-bria-fill", "router-bria-erase",
)  # fmt: skip
CLIPS = ("runway-aleph", "runway-ruby", "luma-ray", "luma-ray-hdr")
PRICES = "".join(
    f'[{name}]\n{unit} = "{price} USD"\n'
    for unit, price, names in (("image", "0.10", STILLS), ("second", "4.50", CLIPS))
    for name in names
)


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
        return Setting(name, "bria_token", lambda base: named(bria.generators(home, base), name), FakeBria, "/v2/image")


class TestBlackForestLabs(HostedPromises):
    @pytest.fixture(params=["bfl-fill", "bfl-expand"])
    def setting(self, request: pytest.FixtureRequest, home: Home) -> Setting:
        name = request.param
        return Setting(name, "bfl_token", lambda base: named(bfl.generators(home, base), name), FakeBfl, "/v1/flux")


class TestRunway(HostedPromises):
    @pytest.fixture(params=["runway-aleph", "runway-ruby"])
    def setting(self, request: pytest.FixtureRequest, home: Home) -> Setting:
        name = request.param
        opened = lambda base: named(runway.generators(home, base), name)  # noqa: E731
        return Setting(name, "runway_token", opened, FakeRunway, "/v1/video_to_")


class TestLuma(HostedPromises):
    @pytest.fixture
    def setting(self, home: Home) -> Setting:
        return Setting("luma-ray", "luma_token", lambda base: luma.generators(home, base)[0], FakeLuma, "/gen")


class TestFirefly(HostedPromises):
    @pytest.fixture(params=["firefly-fill", "firefly-expand"])
    def setting(self, request: pytest.FixtureRequest, home: Home) -> Setting:
        name = request.param
        opened = lambda base: named(firefly.generators(home, base), name)  # noqa: E731
        client = {"firefly_client_id": FakeFirefly.client}
        return Setting(name, "firefly_client_secret", opened, FakeFirefly, "/v3/images", client)


class TestComfyRouter(HostedPromises):
    @pytest.fixture(params=["router-bfl-fill", "router-bria-erase"])
    def setting(self, request: pytest.FixtureRequest, home: Home) -> Setting:
        name = request.param
        opened = lambda base: named(router.generators(home, base), name)  # noqa: E731
        return Setting(name, "comfy_router_key", opened, FakeRouter, "/v2/models")


@pytest.fixture
def tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every vendor's account."""
    for name in ("RUNWAY_TOKEN", "LUMA_TOKEN", "COMFY_ROUTER_KEY", "FIREFLY_CLIENT_SECRET"):
        monkeypatch.setenv(f"PLATEWRIGHT_SECRET_{name}", FakeRunway.token)
    monkeypatch.setenv("PLATEWRIGHT_SECRET_FIREFLY_CLIENT_ID", FakeFirefly.client)


@pytest.mark.usefixtures("tokens")
@pytest.mark.parametrize("name", ["router-bfl-expand", "router-bria-fill"])
def test_each_of_the_routers_models_is_asked_as_its_schema_says(home: Home, name: str, tmp_path: Path) -> None:
    limits = named(router.generators(home), name).capabilities()
    fake = FakeRouter(legal_size(limits))
    with fake.serving():
        case = Case(named(router.generators(home, fake.base), name), legal_inputs(limits))
        remote, _ = send(case)
        assert wait(case.generator, remote).state == "done"
        case.generator.fetch(remote, tmp_path / "result")
        assert case.generator.pictures(tmp_path / "result", case.inputs).shape == case.inputs.frames.shape
        assert "charged: no" in case.generator.check()[-1].message


@pytest.mark.usefixtures("tokens")
def test_the_routers_key_brings_back_the_request_and_no_second_one(home: Home) -> None:
    limits = router.generators(home)[0].capabilities()
    fake = FakeRouter(legal_size(limits), "lost after")
    with fake.serving():
        case = Case(router.generators(home, fake.base)[0], legal_inputs(limits))
        body = case.generator.prepare(case.request, case.inputs)
        intent = intent_for(case, body)
        with pytest.raises(SendUnknown):
            case.generator.send(intent, body)
        remote = case.generator.send(intent, body)
        assert wait(case.generator, remote).state == "done" and len(fake.jobs) == 1
        fake.keys[intent.key] = ("another body", remote)
        with pytest.raises(SendUnknown) as caught:
            case.generator.send(intent, body)
        assert "can't say again" in caught.value.message


def light_of(home: Home, generator: Generator, fake: HostedFake, tmp_path: Path) -> np.ndarray:
    """The colour of a frame's lower half, as a model of light returned it."""
    case = Case(generator, legal_inputs(generator.capabilities()))
    remote, _ = send(case)
    assert wait(case.generator, remote).state == "done"
    case.generator.fetch(remote, tmp_path / "result")
    pixels = case.generator.pictures(tmp_path / "result", case.inputs)
    assert pixels.shape == case.inputs.frames.shape and pixels.dtype == np.float32
    assert not pixels[:, 0].any() and (pixels[:, -1] == pixels[0, -1, 0]).all()
    return np.asarray(pixels[0, -1, 0])


@pytest.mark.usefixtures("tokens")
def test_light_of_the_widest_primaries_comes_back_on_ours_without_a_bound(home: Home, tmp_path: Path) -> None:
    """Luma's frames are ACES2065-1: what is red there is redder than Rec.709 has a number for."""
    limits = named(luma.generators(home), "luma-ray-hdr").capabilities()
    fake = FakeLuma(legal_size(limits))
    with fake.serving():
        found = light_of(home, named(luma.generators(home, fake.base), "luma-ray-hdr"), fake, tmp_path)
    # AMPAS: AP0 to Rec.709, Bradford.
    ap0 = np.array([[2.52169, -1.13413, -0.38756], [-0.27648, 1.37272, -0.09624], [-0.01538, -0.15298, 1.16835]])
    assert np.allclose(found, ap0 @ LIGHT, atol=0.02) and found.max() > 9 and found.min() < 0
    asked = [one.json["video"] for one in fake.log if one.method == "POST"]
    assert asked[0]["hdr"] is True and asked[0]["exr_export"] is True


@pytest.mark.usefixtures("tokens")
def test_rubys_light_is_brought_from_rec2020(home: Home, tmp_path: Path) -> None:
    limits = named(runway.generators(home), "runway-ruby").capabilities()
    fake = FakeRunway(legal_size(limits))
    with fake.serving():
        found = light_of(home, named(runway.generators(home, fake.base), "runway-ruby"), fake, tmp_path)
    # ITU-R BT.2087: BT.2020 to BT.709.
    wide = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])
    assert np.allclose(found, wide @ LIGHT, atol=0.02)


@pytest.mark.usefixtures("tokens")
def test_an_answer_of_lumas_without_its_frames_is_no_result(home: Home, tmp_path: Path) -> None:
    generator = named(luma.generators(home), "luma-ray-hdr")
    chosen = generator._chosen  # type: ignore[attr-defined]
    assert chosen([("video", "https://x/clip.mp4")]) == "" and chosen([("video", "https://[x")]) == ""
    assert chosen([("video", "https://x/clip.mp4"), ("file", "https://x/a.zip?s=1")]) == "https://x/a.zip?s=1"


@pytest.fixture
def adobe(home: Home, tokens: None) -> Iterator[tuple[Case, FakeFirefly]]:
    limits = named(firefly.generators(home), "firefly-expand").capabilities()
    fake = FakeFirefly(legal_size(limits))
    with fake.serving():
        yield Case(named(firefly.generators(home, fake.base), "firefly-expand"), legal_inputs(limits)), fake


def test_a_token_is_lent_once_for_many_calls_and_masked(adobe: tuple[Case, FakeFirefly]) -> None:
    case, fake = adobe
    remote, _ = send(case)
    assert wait(case.generator, remote).state == "done" and fake.lent == 1
    assert redacted(f"a log with {fake.access}") == "a log with •••"


def test_a_token_that_was_withdrawn_is_exchanged_and_nothing_is_sent_twice(adobe: tuple[Case, FakeFirefly]) -> None:
    case, fake = adobe
    first, _ = send(case)
    fake.withdraw()
    with pytest.raises(BackendError) as caught:
        send(case, "key-2")
    assert caught.value.retry and not isinstance(caught.value, (SendRefused, SendUnknown)) and len(fake.jobs) == 1
    send(case, "key-2")
    assert len(fake.jobs) == 2 and fake.lent == 3
    fake.withdraw()
    with pytest.raises(BackendError) as caught:
        case.generator.poll(first)
    assert caught.value.retry and wait(case.generator, first).state == "done"


def test_an_account_that_is_not_let_in_is_told_so_and_not_asked_again(adobe: tuple[Case, FakeFirefly]) -> None:
    case, fake = adobe
    fake.entitled = False
    with pytest.raises(BackendError) as caught:
        send(case)
    assert caught.value.code == "backend_unauthorised" and not caught.value.retry and not fake.jobs


def test_credentials_that_are_wrong_are_not_quoted(
    adobe: tuple[Case, FakeFirefly], monkeypatch: pytest.MonkeyPatch
) -> None:
    case, fake = adobe
    monkeypatch.setenv("PLATEWRIGHT_SECRET_FIREFLY_CLIENT_SECRET", "canary-of-adobe")
    with pytest.raises(BackendError) as caught:
        send(case)
    assert caught.value.code == "backend_unauthorised" and not caught.value.retry and not fake.jobs
    assert "failed" in [one.state for one in case.generator.check()]
    assert "canary" not in f"{caught.value} {caught.value.hint}" and FakeFirefly.client not in str(caught.value)
    monkeypatch.delenv("PLATEWRIGHT_SECRET_FIREFLY_CLIENT_ID")
    assert "FIREFLY_CLIENT_ID" in case.generator.missing()
    with pytest.raises(SendRefused):
        send(case)


def test_a_picture_is_grown_from_the_largest_piece_that_is_there(home: Home) -> None:
    generator = named(bfl.generators(home), "bfl-expand")
    inputs = legal_inputs(generator.capabilities())
    mask = np.zeros_like(inputs.masks)
    mask[:, :, :48], mask[:, :20] = 1, 1
    case = Case(generator, replace(inputs, masks=mask))
    words, files = unpack(generator.prepare(case.request, case.inputs))
    assert words["grow"] == {"left": 48, "top": 24, "right": 0, "bottom": 0} and list(files) == ["frame_0000.png"]
    with pytest.raises(BackendError) as caught:
        generator.prepare(case.request, replace(inputs, masks=np.ones_like(mask)))
    assert caught.value.code == "inputs_illegal"


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
