"""Who may speak to the engine: nobody without the token, no page of another site, nobody who sends without end."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from platewright.contract.endpoint import PROTOCOL
from platewright.engine.guard import MOST_BODY_BYTES
from tests.engine.conftest import Served


def routes(served: Served) -> list[tuple[str, str]]:
    document = served.call("GET", "/openapi.json").json
    return [(method.upper(), path) for path, methods in document["paths"].items() for method in methods]


def test_every_route_and_the_document_itself_need_the_token(served: Served) -> None:
    found = [*routes(served), ("GET", "/openapi.json"), ("GET", "/"), ("GET", "/docs"), ("OPTIONS", "/v1/jobs")]
    assert len(found) > 20
    for method, path in found:
        for token in ("", "wrong", served.endpoint.token + "x", served.endpoint.token[:-1]):
            said = served.call(method, path.replace("{version}", "1"), token=token, authorization=f"Bearer {token}")
            assert (said.status, said.code) == (401, "token_refused"), (method, path)
            assert said.headers["www-authenticate"] == "Bearer"
    assert not served.desk.faults.seen or set(served.desk.faults.seen) == {"events"}, "nothing reached the desk"


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "localhost", "127.0.0.1:1", "[::1]:{port}", "x@127.0.0.1:{port}", ""]
)
def test_another_host_name_is_refused_as_dns_rebinding_would_bring_it(served: Served, host: str) -> None:
    said = served.call("GET", "/v1/health", host=host.format(port=served.endpoint.port) or " ")
    assert said.status in (400, 403)
    assert served.call("GET", "/v1/health", host=f"localhost:{served.endpoint.port}").status == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:{port}", "http://127.0.0.1:1"])
def test_a_page_of_another_site_is_refused_and_never_allowed_by_a_header(served: Served, origin: str) -> None:
    said = served.call("GET", "/v1/health", origin=origin.format(port=served.endpoint.port))
    assert (said.status, said.code) == (403, "origin_refused")
    assert not [name for name in said.headers if name.startswith("access-control")]
    assert served.call("GET", "/v1/health", sec_fetch_site="cross-site").code == "origin_refused"
    assert served.call("GET", "/v1/health", origin=f"http://127.0.0.1:{served.endpoint.port}").status == 200


def test_a_preflight_allows_nothing(served: Served) -> None:
    said = served.call("OPTIONS", "/v1/jobs", origin="http://evil.example", access_control_request_method="POST")
    assert said.status == 403
    assert not [name for name in said.headers if name.startswith("access-control")]


def test_a_body_that_is_no_json_is_refused_so_that_a_form_of_a_page_never_gets_in(
    served: Served, body: Callable[..., Any]
) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonp", ""):
        said = served.call("POST", "/v1/jobs", body(), content_type=kind)
        assert (said.status, said.code) == (415, "body_not_json")


def test_a_body_that_says_it_is_too_large_is_refused_unread(served: Served) -> None:
    said = served.call("POST", "/v1/jobs", data=b"{}", content_length=str(MOST_BODY_BYTES + 1))
    assert (said.status, said.code) == (413, "body_too_large")


def test_a_body_without_an_end_is_cut_off(served: Served) -> None:
    head = (
        f"POST /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1:{served.endpoint.port}\r\n"
        f"Authorization: Bearer {served.endpoint.token}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    with socket.create_connection(("127.0.0.1", served.endpoint.port), timeout=60) as raw:
        raw.sendall(head.encode())
        sent, answer = 0, b""
        try:
            while sent < 2 * MOST_BODY_BYTES:
                raw.sendall(chunk)
                sent += 0x10000
            answer = raw.recv(100)
        except OSError:
            pass
    assert sent < 2 * MOST_BODY_BYTES or b"413" in answer


@pytest.mark.parametrize(
    ("said", "hint"),
    [(str(PROTOCOL + 1), "Update Platewright"), ("0", "Update the plug-in"), ("1.5", "plug-in"), ("x" * 50, "plug-in")],
)
def test_a_host_of_another_version_gets_a_sentence_and_the_way_out(served: Served, said: str, hint: str) -> None:
    answer = served.call("GET", "/v1/jobs", platewright_protocol=said)
    assert (answer.status, answer.code) == (426, "engine_version")
    assert hint in answer.json["error"]["hint"]
    assert served.call("GET", "/v1/health", platewright_protocol=said).status == 200, "anybody may ask how it is"
    assert served.call("GET", "/v1/jobs", platewright_protocol=str(PROTOCOL)).status == 200


def test_a_failure_of_ours_tells_nothing_of_the_inside(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError("secret-inside")

    monkeypatch.setattr(served.desk, "job", broken)
    said = served.call("GET", "/v1/jobs/job-1")
    assert (said.status, said.code) == (500, "internal")
    assert b"secret-inside" not in said.body


def test_routes_and_methods_that_are_not_there_are_told_in_the_same_words(served: Served) -> None:
    assert (served.call("GET", "/v1/nowhere").status, served.call("GET", "/v1/nowhere").code) == (404, "route_unknown")
    assert served.call("DELETE", "/v1/jobs").code == "method_not_allowed"
    assert served.call("GET", "/docs").status == 404
