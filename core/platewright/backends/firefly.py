"""Adobe Firefly: fill and expand by its services of version 3, asynchronous, with pictures uploaded beforehand.

Its token is lent for a day against an identifier and a secret (OAuth, client credentials), and kept in memory alone.
One that was withdrawn meanwhile is fetched anew: a call that was turned away for it has surely not been accepted.

https://developer.adobe.com/firefly-services/docs/firefly-api; the addresses in its answers may name machines that only
Adobe reaches, so a job is asked for by its id, at the documented path.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from typing import Any

from platewright.contract.capabilities import Capabilities, Carried, Masks, Sizes, Terms
from platewright.contract.errors import BackendError, SendRefused
from platewright.contract.jobs import Failure
from platewright.contract.takes import ModelCard
from platewright.contract.vendors import Deadlines, RemoteStatus
from platewright.logs.redaction import mask
from platewright.settings.secrets import secret

from .api import Api, Reply
from .home import Home
from .hosted import Hosted
from .outward import outward_files
from .prices import prices_of
from .protocol import ModelInputs

__all__ = ["Firefly", "generators"]

READ = "2026-11-21"
_SIGN_IN = "https://ims-na1.adobelogin.com"
_SCOPE = "openid,AdobeID,session,additional_info,read_organizations,firefly_api,ff_apis"
_FILL_SIZES = (
    (1024, 1024), (1344, 768), (1152, 896), (896, 1152), (2048, 2048), (2304, 1792), (1792, 2304), (2688, 1536),
)  # fmt: skip
_MOST_GROWN = 3999
_EARLY_S = 300.0
_STATES = {"pending": "queued", "running": "running", "cancel_pending": "running"}
_TERMS = Terms(
    retention="unknown; addresses of results hold for an hour", read=READ,
    source="https://developer.adobe.com/firefly-services/docs/firefly-api",
)  # fmt: skip


def generators(home: Home, base: str = "") -> tuple[Firefly, ...]:
    """Fill, in the few sizes that it makes, and expand."""
    return tuple(_generator(home, kind, base) for kind in ("fill", "expand"))


def _generator(home: Home, kind: str, base: str) -> Firefly:
    fills, name = kind == "fill", f"firefly-{kind}"
    limits = Capabilities(
        name, f"Adobe Firefly {kind.capitalize()}",
        ModelCard(f"Firefly {kind}", "v3", "Adobe", True, "unknown (others say: licensed)", "Adobe's terms"),
        ("regenerate", "extend", "replace_sky") if fills else ("extend",), prompt_most=1024,
        sizes=Sizes(fixed=_FILL_SIZES, best=1024) if fills else Sizes(multiple=8, least=256, most=3992, best=2048),
        masks=Masks(soft=False, keeps_outside="no"), sent=Carried(8), returned=Carried(8),
        determinism="similar", seed_most=2**31 - 1, prices=prices_of(home, name), cancel="yes", expires_s=3600,
        at_once=4, deadlines=Deadlines(sending_s=180, collecting_s=1800), terms=_TERMS,
        experimental="its seeds' range, and the size of what it gives back, were not confirmed",
    )  # fmt: skip
    return Firefly(limits, base)


class Firefly(Hosted):
    """One of its services. A remote id is the job's."""

    base = "https://firefly-api.adobe.io"
    token = "firefly_client_secret"
    hosts = (".amazonaws.com", ".windows.net", ".adobe.io", ".adobe.com")

    def __init__(self, limits: Capabilities, base: str = "") -> None:
        super().__init__(limits, base)
        self._accounts = Api("Adobe's sign-in", base.rstrip("/") or _SIGN_IN, means=_turned_away)
        self._lent = _Lent()

    def _headers(self, token: str) -> dict[str, str]:
        """What every call carries. token: the client's secret, exchanged here for one that is lent."""
        client = secret("firefly_client_id")
        if client is None:
            raise SendRefused(self.missing(), code="backend_unauthorised", hint="Set it where the worker runs.")
        lent = self._lent.taken() or self._signed_in(client.reveal(), token)
        return {"Authorization": f"Bearer {lent}", "x-api-key": client.reveal()}

    def _signed_in(self, client: str, token: str) -> str:
        """A token, lent anew. Raises BackendError: nothing was sent to Firefly by then."""
        with self._lent.lock:
            lent = self._lent.taken()
            if not lent:
                words = {"grant_type": "client_credentials", "client_id": client, "client_secret": token}
                reply = self._accounts.sign_in("/ims/token/v3", {**words, "scope": _SCOPE})
                lent = reply.text("access_token")
                lasts = reply.json.get("expires_in") if isinstance(reply.json, dict) else None
                if not re.fullmatch(r"[\x21-\x7e]{8,10000}", lent) or not isinstance(lasts, (int, float)):
                    raise BackendError("Adobe's sign-in gave no token", code="backend_garbled", retry=True)
                self._lent.keep(lent, float(lasts))
            return lent

    def _secrets(self) -> tuple[str, ...]:
        return ("firefly_client_id", self.token)

    def _meant(self, status: int, headers: Mapping[str, str], said: str, paid: bool) -> BackendError | None:
        if status == 401 and self._lent.forget():
            return BackendError(
                "Adobe no longer takes the token that it lent", code="backend_unauthorised", retry=True,
                hint="It is exchanged for a new one by itself.",
            )  # fmt: skip
        if status == 403 and headers.get("x-access-error") == "quota_exhausted":
            kind = SendRefused if paid else BackendError
            return kind("Adobe says that the quota is used up", code="backend_no_credit", hint="Ask for more at Adobe.")
        return None

    def _files(self, words: dict[str, Any], inputs: ModelInputs) -> dict[str, bytes]:
        if words["backend"] == "firefly-fill":
            return super()._files(words, inputs)
        return outward_files(words, inputs, self._limits.title, _MOST_GROWN)

    def _request(self, words: dict[str, Any], files: dict[str, bytes]) -> tuple[str, dict[str, Any]]:
        said: dict[str, Any] = {
            "image": {"source": {"uploadId": self._uploaded(files["frame_0000.png"])}},
            "numVariations": 1,
            "seeds": [words["seed"]],
            "size": {"width": words["width"], "height": words["height"]},
        }
        if words["prompt"]:
            said["prompt"] = words["prompt"]
        if "grow" in words:
            return "/v3/images/expand-async", {**said, "placement": {"inset": words["grow"]}}
        mask = {"source": {"uploadId": self._uploaded(files["mask_0000.png"])}}
        return "/v3/images/fill-async", {**said, "mask": mask}

    def _uploaded(self, data: bytes) -> str:
        """Put a picture where a call can name it; its id."""
        found = self._api.upload("/v2/storage/image", data, "image/png").text("images", 0, "id")
        if not re.fullmatch(r"[\w-]{1,100}", found):
            raise BackendError("Adobe did not say where it put a picture", code="backend_garbled", retry=True)
        return found

    def _accepted(self, reply: Reply) -> str:
        remote = reply.text("jobId")
        return remote if re.fullmatch(r"[\w:.-]{1,200}", remote) else ""

    def _asked(self, remote_id: str) -> str:
        return f"/v3/status/{remote_id}"

    def _standing(self, reply: Reply) -> tuple[RemoteStatus, str]:
        status = reply.text("status")
        if status == "succeeded":
            return RemoteStatus("done"), reply.text("result", "outputs", 0, "image", "url")
        if status in _STATES:
            return RemoteStatus("queued" if _STATES[status] == "queued" else "running"), ""
        if status in ("canceled", "cancelled"):
            return RemoteStatus("cancelled"), ""
        code = reply.text("error_code")[:80]
        said = f"Adobe: {reply.text('message')[:200] or code or 'it failed'}"
        moderated = any(word in f"{code} {said}".lower() for word in ("unsafe", "policy", "moderat"))
        hint = "Change the prompt or the pictures." if moderated else "Retry it later."
        failure = Failure("moderated" if moderated else "backend_failed", said, hint)
        return RemoteStatus("failed", failure=failure, moderated=moderated), ""

    def cancel(self, remote_id: str) -> None:
        """Ask it to stop; one that is over says no, which is fine."""
        try:
            self._api.ask("PUT", f"/v3/cancel/{remote_id}")
        except BackendError as error:
            if error.code not in ("backend_not_found", "send_refused"):
                raise


def _turned_away(status: int, headers: Mapping[str, str], said: str, paid: bool) -> BackendError | None:
    """What a sign-in's no means: that these are no credentials."""
    if status not in (400, 401):
        return None
    return BackendError(
        f"Adobe's sign-in does not know these credentials: {said}",
        code="backend_unauthorised",
        hint="Look at firefly_client_id and firefly_client_secret, and at the project in Adobe's console.",
    )


class _Lent:
    """A token that is lent for a while; in memory alone, and masked in every log."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._token, self._until, self._uses = "", 0.0, 0

    def taken(self) -> str:
        """The token for one more call; empty where there is none that still holds."""
        if time.monotonic() >= self._until:
            return ""
        self._uses += 1
        return self._token

    def keep(self, token: str, seconds: float) -> None:
        """Keep a token until a little before its end."""
        mask(token)
        self._token, self._until, self._uses = token, time.monotonic() + max(60.0, seconds - _EARLY_S), 0

    def forget(self) -> bool:
        """Forget the token; whether it was in use before, so that a new one may be taken where this one is not."""
        was_used, self._token, self._until = self._uses > 0, "", 0.0
        return was_used
