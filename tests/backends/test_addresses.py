"""Addresses from replies: where they may lead, and that nothing of ours goes along."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from platewright.backends.addresses import place_of
from platewright.backends.api import Api
from platewright.contract.errors import BackendError
from tests.fakes.hosted import Answer, Asked, HostedFake

OWN = "https://api.vendor.example/v1"


def resolving(monkeypatch: pytest.MonkeyPatch, *numbers: str) -> None:
    """Every name stands for these machines."""

    def look_up(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port)) for number in numbers]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.parametrize(
    "number",
    [
        "127.0.0.1", "10.1.2.3", "192.168.0.9", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",
        "::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b:1::1",
        "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a00:1::1",
    ],
)  # fmt: skip
def test_a_name_that_stands_for_a_machine_of_this_network_is_refused(
    monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    resolving(monkeypatch, "93.184.216.34", number)
    with pytest.raises(BackendError) as caught:
        place_of("https://results.vendor.example/a.png", OWN)
    assert caught.value.code == "address_refused"


@pytest.mark.parametrize(
    "url",
    [
        "http://results.vendor.example/a.png", "file:///etc/passwd", "ftp://vendor.example/a", "//vendor.example/a", "",
        "https://", "https://user:word@vendor.example/a", "https://vendor.example:99999/a", "https://a b/c",
        "https://vendor.example/a\r\nX: y", "gopher://127.0.0.1/", "https://[::1/a", "https://" + "a" * 9000,
    ],
)  # fmt: skip
def test_what_is_no_plain_https_address_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    resolving(monkeypatch, "93.184.216.34")
    with pytest.raises(BackendError) as caught:
        place_of(url, OWN)
    assert caught.value.code == "address_refused"


def test_a_public_machine_is_looked_up_once_and_connected_to_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "93.184.216.34")
    place = place_of("https://Results.Vendor.example/a.png?sig=1", OWN)
    assert (place.address, place.host, place.target, place.own) == (
        "93.184.216.34", "results.vendor.example", "/a.png?sig=1", False,
    )  # fmt: skip


def test_only_the_named_places_hold_results_where_a_vendor_names_them(monkeypatch: pytest.MonkeyPatch) -> None:
    resolving(monkeypatch, "93.184.216.34")
    assert place_of("https://x.cdn.example/a", OWN, (".cdn.example",)).host == "x.cdn.example"
    for url in ("https://cdn.example.evil.example/a", "https://evilcdn.example/a"):
        with pytest.raises(BackendError):
            place_of(url, OWN, (".cdn.example",))


def test_the_configured_place_may_be_anywhere_but_only_that_very_one() -> None:
    assert place_of("http://127.0.0.1:8188/view", "http://127.0.0.1:8188").own
    for other in ("http://127.0.0.1:8189/view", "https://127.0.0.1:8188/view", "http://localhost:8188/view"):
        with pytest.raises(BackendError):
            place_of(other, "http://127.0.0.1:8188")


class Redirecting(HostedFake):
    """Sends whoever asks to another place."""

    to = ""

    def answer(self, asked: Asked) -> Answer:
        return Answer(302, data=b"", headers={"Location": self.to})


@pytest.mark.parametrize("to", ["http://169.254.169.254/latest/", "https://127.0.0.1/x", "file:///etc/passwd", "/on"])
def test_a_redirect_is_looked_at_like_any_address(tmp_path: Path, to: str) -> None:
    server = Redirecting()
    server.to = to
    with server.serving():
        with pytest.raises(BackendError) as caught:
            Api("the vendor", server.base, lambda: {"X-Key": "k"}).download("/result", tmp_path / "result")
        assert caught.value.code == "address_refused" and len(server.log) <= 4


def test_a_paid_call_is_never_redirected(tmp_path: Path) -> None:
    server = Redirecting()
    server.to = "/elsewhere"
    with server.serving():
        with pytest.raises(BackendError) as caught:
            Api("the vendor", server.base).pay("/jobs", {})
        assert caught.value.code == "send_unknown" and len(server.log) == 1


def test_a_token_stays_with_the_vendor(tmp_path: Path) -> None:
    class Results(HostedFake):
        def answer(self, asked: Asked) -> Answer:
            return Answer(200, data=b"pixels", kind="image/png")

    vendor = Results()
    with vendor.serving():
        api = Api("the vendor", vendor.base, lambda: {"X-Key": "the-key"})
        api.download("/a", tmp_path / "a")
        assert vendor.log[-1].headers["x-key"] == "the-key"
        # As another place: the same server, known to nobody as the vendor's.
        other = Api("the vendor", "http://127.0.0.1:1", lambda: {"X-Key": "the-key"})
        with pytest.raises(BackendError):
            other.download(f"{vendor.base}/a", tmp_path / "b")
    assert len(vendor.log) == 1
