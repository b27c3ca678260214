"""A vendor's HTTP, as all are called: nothing is retried, every reply has an end, a token goes to its own place alone.

A paid call is one request on the wire. Its errors say whether it was accepted (see troubles); what may be asked again,
and when, is the jobs room's to decide.
"""

from __future__ import annotations

import json
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import Any

import urllib3
from urllib3.exceptions import HTTPError

from platewright import __version__
from platewright.contract.errors import BackendError, SendUnknown
from platewright.logs.redaction import redacted

from .addresses import Place, place_of
from .troubles import LONGEST_SAID, of_connection, of_status

__all__ = ["Api", "Fields", "Reply"]

Fields = Mapping[str, str | tuple[str, bytes, str]]
"""A form: name to text, or to (file name, bytes, type)."""
MOST_REPLY = 8 * 1024 * 1024
MOST_RESULT = 8 * 1024 * 1024 * 1024
_CHUNK = 256 * 1024
_MOST_REDIRECTS = 3


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that is a success. json: its body as plain JSON values, None where it is empty."""

    status: int
    headers: Mapping[str, str]
    json: Any

    def text(self, *path: str | int) -> str:
        """A text in the reply, by its place; empty where it is not one."""
        found: Any = self.json
        for step in path:
            if isinstance(step, str) and isinstance(found, dict):
                found = found.get(step)
            elif isinstance(step, int) and isinstance(found, list) and -len(found) <= step < len(found):
                found = found[step]
            else:
                return ""
        return found if isinstance(found, str) else ""


@dataclass(frozen=True)
class Api:
    """One vendor's address and how it is spoken to.

    name: the backend's, for sentences. base: `https://host/prefix`, without a slash at its end. auth: the headers that
    carry the token, asked at each call and sent to `base` alone. hosts: where results may lie (see addresses).
    connect_s, reply_s: seconds for a connection, and until an answer is there in full. says: what the body of an error
    says to people, without what is nobody's business (paths, traces). means: what an answer that is no success means
    where this vendor means something else than the table in `troubles`: status, headers in small letters, its words,
    whether it was the paid call; None for what the table says.
    """

    name: str
    base: str
    auth: Callable[[], Mapping[str, str]] = dict
    hosts: tuple[str, ...] = ()
    connect_s: float = 10.0
    reply_s: float = 45.0
    says: Callable[[bytes], str] = field(default_factory=lambda: _words)
    means: Callable[[int, Mapping[str, str], str, bool], BackendError | None] = lambda *_: None
    _pools: dict[Place | None, Any] = field(default_factory=dict, repr=False, compare=False)

    def get(self, path: str) -> Reply:
        """Ask. path: below the base, or a full address from a reply. Raises BackendError."""
        return self._call("GET", path, None, {}, paid=False)

    def ask(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        """Ask for something that costs nothing and may be asked again: a cancel, a place to upload to."""
        return self._call(method, path, _as_json(body), {**_JSON, **(headers or {})}, paid=False)

    def pay(self, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Reply:
        """The paid call: once. Raises SendRefused, BackendError with `retry` where it never left, else SendUnknown."""
        return self._call("POST", path, _as_json(body), {**_JSON, **(headers or {})}, paid=True)

    def form(self, path: str, fields: Fields, *, paid: bool = False, most: int = MOST_REPLY) -> Reply:
        """Send a form with files. most: bytes of its answer."""
        data, kind = urllib3.encode_multipart_formdata(dict(fields))
        headers = {"Content-Type": kind, "Accept": "application/json"}
        return self._call("POST", path, data, headers, paid=paid, most=most)

    def sign_in(self, path: str, fields: Mapping[str, str]) -> Reply:
        """Exchange credentials for a token: a form of texts, as OAuth has it (RFC 6749, section 4.4)."""
        data = urllib.parse.urlencode(fields).encode()
        return self._call("POST", path, data, {"Content-Type": "application/x-www-form-urlencoded"}, paid=False)

    def upload(self, path: str, data: bytes, kind: str) -> Reply:
        """Send bytes as they are, to be named in a later call."""
        return self._call("POST", path, data, {"Content-Type": kind, "Accept": "application/json"}, paid=False)

    def put(self, url: str, data: bytes, kind: str) -> None:
        """Upload to an address that a reply named. Raises BackendError."""
        place = place_of(url, self.base, self.hosts)
        response = self._open("PUT", place, data, {"Content-Type": kind}, paid=False)
        self._finished(response, paid=False)

    def download(self, url: str, target: Path, most: int = MOST_RESULT) -> None:
        """Write what lies at an address from a reply to a file; whole, or an error.

        Raises BackendError: `address_refused`, `result_expired`, `result_too_large`, with `retry` for what broke off.
        """
        place = place_of(self._full(url), self.base, self.hosts)
        for _ in range(_MOST_REDIRECTS + 1):
            response = self._open("GET", place, None, {}, paid=False)
            if response.status in (301, 302, 303, 307, 308):
                to = urllib.parse.urljoin(_url(place), response.headers.get("Location", ""))
                response.close()
                place = place_of(to, self.base, self.hosts)
                continue
            if response.status != 200:
                raise self._not_there(response)
            self._write(response, target, most)
            return
        raise BackendError(f"{self.name} sends us from address to address", code="address_refused")

    def is_there(self, url: str) -> bool:
        """Whether something lies at an address; nothing of it is read. Raises BackendError."""
        place = place_of(self._full(url), self.base, self.hosts)
        response = self._open("GET", place, None, {}, paid=False)
        status, headers = response.status, dict(response.headers.items())
        response.close()
        if status in (200, 206, 404):
            return bool(status != 404)
        raise of_status(self.name, status, headers, "", paid=False)

    def _write(self, response: Any, target: Path, most: int) -> None:
        said = response.headers.get("Content-Length", "")
        size = int(said) if said.isdecimal() and len(said) < 19 else None
        if size is not None and size > most:
            response.close()
            raise self._too_large(most)
        written = 0
        with open(target, "wb") as file:
            for chunk in self._chunks(response, 0.0, paid=False):
                written += len(chunk)
                if written > most:
                    response.close()
                    raise self._too_large(most)
                file.write(chunk)
        if size is not None and written != size or not written:
            raise BackendError(f"{self.name} sent half a result", code="result_truncated", retry=True)

    def _call(
        self, method: str, path: str, data: bytes | None, headers: Mapping[str, str], *, paid: bool,
        most: int = MOST_REPLY,
    ) -> Reply:  # fmt: skip
        place = place_of(self._full(path), self.base, self.hosts)
        return self._finished(self._open(method, place, data, headers, paid=paid), paid=paid, most=most)

    def _full(self, path: str) -> str:
        return f"{self.base}{path}" if path.startswith("/") else path

    def _open(self, method: str, place: Place, data: bytes | None, headers: Mapping[str, str], *, paid: bool) -> Any:
        """A response whose body has not been read."""
        said = {"User-Agent": f"Platewright/{__version__}", "Accept-Encoding": "identity", **headers}
        if place.own:
            said |= self.auth()
        else:
            said["Host"] = place.host if place.port == 443 else f"{place.host}:{place.port}"
        limits = urllib3.Timeout(connect=self.connect_s, read=self.reply_s)
        try:
            return self._pool(place).urlopen(
                method, place.target, body=data, headers=said, retries=False, redirect=False, timeout=limits,
                preload_content=False, decode_content=False, assert_same_host=False,
            )  # fmt: skip
        except (HTTPError, HTTPException, OSError) as error:
            raise of_connection(self.name, error, paid=paid) from error

    def _pool(self, place: Place) -> Any:
        """Connections to a place: to the very machine that was looked at, but with the name's own certificate."""
        key = Place(place.scheme, place.host, place.port, "", place.address, place.own)
        proxy = "" if _is_near(place.host) else urllib.request.getproxies().get(place.scheme, "")
        if key not in self._pools:
            if proxy:
                manager = urllib3.ProxyManager(proxy)
                self._pools[key] = manager.connection_from_host(place.host, place.port, place.scheme)
            elif place.scheme == "http":
                self._pools[key] = urllib3.HTTPConnectionPool(place.address or place.host, place.port)
            else:
                self._pools[key] = urllib3.HTTPSConnectionPool(
                    place.address or place.host, place.port, server_hostname=place.host, assert_hostname=place.host
                )
        return self._pools[key]

    def _finished(self, response: Any, *, paid: bool, most: int = MOST_REPLY) -> Reply:
        """The whole answer, read and looked at."""
        data = bytearray()
        for chunk in self._chunks(response, time.monotonic() + self.reply_s, paid=paid):
            data += chunk
            if len(data) > most:
                response.close()
                raise self._unreadable(paid, "its answer has no end")
        headers = dict(response.headers.items())
        if not 200 <= response.status < 300:
            said, small = self.says(bytes(data)), {name.lower(): value for name, value in headers.items()}
            meant = self.means(response.status, small, redacted(said)[:LONGEST_SAID], paid)
            raise meant or of_status(self.name, response.status, headers, said, paid=paid)
        try:
            return Reply(response.status, headers, json.loads(data) if data.strip() else None)
        except (ValueError, RecursionError) as error:
            raise self._unreadable(paid, "its answer is not JSON") from error

    def _chunks(self, response: Any, until: float, *, paid: bool) -> Iterator[bytes]:
        """The body in pieces. until: monotonic seconds, 0 for no end. Raises what `of_connection` says."""
        try:
            while chunk := response.read1(_CHUNK):  # what is there: `read` would wait for all of it, drop by drop
                yield chunk
                if until and time.monotonic() > until:
                    raise urllib3.exceptions.ReadTimeoutError(response, "", "the answer drips")
            response.release_conn()
        except (HTTPError, HTTPException, OSError) as error:
            response.close()
            raise of_connection(self.name, error, paid=paid) from error

    def _unreadable(self, paid: bool, why: str) -> BackendError:
        if paid:
            return SendUnknown(f"nobody can tell whether {self.name} accepted what was sent: {why}")
        return BackendError(f"{self.name} can't be understood: {why}", code="backend_garbled", retry=True)

    def _not_there(self, response: Any) -> BackendError:
        status, headers = response.status, dict(response.headers.items())
        response.close()
        if status in (403, 404, 410):
            return BackendError(
                f"the result at {self.name} is gone",
                code="result_expired",
                hint="Retry the job soon: a fresh address is asked for. If it is gone there too, hand the job in anew.",
                retry=True,
            )
        return of_status(self.name, status, headers, "", paid=False)

    def _too_large(self, most: int) -> BackendError:
        return BackendError(f"the result of {self.name} is larger than {most} bytes", code="result_too_large")


_JSON = {"Content-Type": "application/json", "Accept": "application/json"}


def _as_json(body: Any) -> bytes | None:
    return None if body is None else json.dumps(body, allow_nan=False).encode()


def _url(place: Place) -> str:
    return f"{place.scheme}://{place.host}:{place.port}{place.target}"


def _is_near(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "::1") or bool(urllib.request.proxy_bypass(host))


def _words(data: bytes) -> str:
    """What an error's body says to people, as far as that can be found: the first text under a usual name."""
    try:
        found = json.loads(data[:64_000])
    except (ValueError, RecursionError):
        return ""
    for _ in range(4):
        if isinstance(found, dict):
            usual = (
                "message", "detail", "error_description", "error", "msg", "errors", "description", "reason", "title",
                "error_code",
            )  # fmt: skip
            found = next((found[name] for name in usual if found.get(name)), None)
        elif isinstance(found, list):
            found = found[0] if found else None
    return "".join(sign for sign in found if sign.isprintable())[:LONGEST_SAID] if isinstance(found, str) else ""
