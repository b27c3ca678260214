"""What hosted vendors have in common: a token, a paid call, a status to ask for, a result to fetch before it expires.

A vendor's module declares its models and writes down its language: what one send says, what the replies mean. Money,
retries, limits and addresses are not its business.
"""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from platewright.contract.capabilities import Capabilities
from platewright.contract.errors import BackendError, SendRefused, SendUnknown
from platewright.contract.request import Request
from platewright.contract.vendors import Intent, RemoteStatus
from platewright.contract.wire import WireCheck
from platewright.settings.secrets import secret

from .api import Api, Reply
from .body import pack, unpack
from .coding import inputs_as_png
from .declared import Declared, words_of
from .protocol import ModelInputs

__all__ = ["Account", "Hosted", "check_body"]


class Account(Declared):
    """A vendor that we have an account with: an address, a token, prices. base: where it answers; another for tests.

    token: the name of its secret. hosts: where its results may lie. reply_s: seconds until an answer is there in full.
    """

    base = ""
    token = ""
    hosts: tuple[str, ...] = ()
    bits = 8
    reply_s = 45.0

    def __init__(self, limits: Capabilities, base: str = "") -> None:
        super().__init__(limits)
        address = (base or self.base).rstrip("/")
        self._api = Api(limits.title, address, self._auth, self.hosts, reply_s=self.reply_s, means=self._meant)

    @abstractmethod
    def _headers(self, token: str) -> dict[str, str]:
        """The headers that carry the token."""

    def _meant(self, status: int, headers: Mapping[str, str], said: str, paid: bool) -> BackendError | None:
        """See Api.means."""
        return None

    def prepare(self, request: Request, inputs: ModelInputs) -> bytes:
        """The words and pictures of one send."""
        words = words_of(self._limits, request, inputs)
        return pack(words, self._files(words, inputs))

    def _files(self, words: dict[str, Any], inputs: ModelInputs) -> dict[str, bytes]:
        """The pictures of a send; words may be added to."""
        files = inputs_as_png(inputs, self.bits, soft=self._limits.masks.soft)
        if not self._limits.masks.taken:
            files = {name: data for name, data in files.items() if not name.startswith("mask_")}
        return files

    def missing(self) -> str:
        """The token, or a price."""
        unset = next((name for name in self._secrets() if secret(name) is None), "")
        if unset:
            return f"its token is not set: $PLATEWRIGHT_SECRET_{unset.upper()}, or the keyring's {unset}"
        if not self._limits.prices:
            return f"its price is not known here; write it into prices.toml in the home, for [{self.name}]"
        return ""

    def check(self) -> tuple[WireCheck, ...]:
        """The token and the price, and whether the vendor can be reached; its models have no free question."""
        checks = super().check()
        try:
            self._api.is_there("/")
            reached = WireCheck("reachable", "passed", f"{self._api.base} answers")
        except BackendError as error:
            if error.code in ("backend_unreachable", "backend_untrusted", "backend_silent", "backend_unauthorised"):
                reached = WireCheck("reachable", "failed", error.message)
            else:
                reached = WireCheck("reachable", "passed", f"{self._api.base} answers")
        return (*checks, reached)

    def _secrets(self) -> tuple[str, ...]:
        return (self.token,)

    def _auth(self) -> Mapping[str, str]:
        token = secret(self.token)
        if token is None:
            raise SendRefused(self.missing(), code="backend_unauthorised", hint="Set it where the worker runs.")
        return self._headers(token.reveal())


class Hosted(Account):
    """A hosted model with jobs: sent once, asked for, fetched by a fresh address."""

    @abstractmethod
    def _request(self, words: dict[str, Any], files: dict[str, bytes]) -> tuple[str, dict[str, Any]]:
        """Path and body of the paid call. Uploads that it needs may be made here: they cost nothing."""

    def _pay(self, intent: Intent, path: str, said: dict[str, Any]) -> Reply:
        """The paid call itself; with a key, where a vendor takes one."""
        return self._api.pay(path, said)

    @abstractmethod
    def _accepted(self, reply: Reply) -> str:
        """The remote id in the answer; empty where there is none."""

    @abstractmethod
    def _asked(self, remote_id: str) -> str:
        """Where to ask how a job stands."""

    @abstractmethod
    def _standing(self, reply: Reply) -> tuple[RemoteStatus, str]:
        """How it stands, and the result's address once it is done."""

    def send(self, intent: Intent, body: bytes) -> str:
        """Make the paid call, once. Raises SendRefused, SendUnknown, BackendError."""
        check_body(intent, body)
        path, said = self._request(*unpack(body))
        remote = self._accepted(self._pay(intent, path, said))
        if not remote:
            raise SendUnknown(f"{self._limits.title} did not say which job it made of what was sent")
        return remote

    def find(self, intent: Intent) -> str:
        """Hosted vendors without keys can't be asked: only a person can tell."""
        raise SendUnknown(f"{self._limits.title} can't be asked what became of what was sent")

    def poll(self, remote_id: str) -> RemoteStatus:
        """How it stands. Raises BackendError."""
        try:
            return self._standing(self._api.get(self._asked(remote_id)))[0]
        except BackendError as error:
            if error.code == "backend_not_found":
                return RemoteStatus("missing")
            raise

    def fetch(self, remote_id: str, target: Path) -> None:
        """Fetch the result by a fresh address. Raises BackendError."""
        status, address = self._standing(self._api.get(self._asked(remote_id)))
        if status.state != "done" or not address:
            raise BackendError(f"{self._limits.title} no longer has the result", code="result_expired", retry=True)
        self._api.download(address, target)

    def cancel(self, remote_id: str) -> None:
        """Most can't be stopped; what comes is seen by polling."""


def check_body(intent: Intent, body: bytes) -> None:
    """Raises BackendError `body_changed` where this is not what was decided on."""
    if hashlib.sha256(body).hexdigest() != intent.body_sha256:
        raise BackendError("the body is not the one that was meant", code="body_changed")
