"""What a vendor's answer, or its silence, means: one table from statuses to the error tree, for every vendor alike.

For what costs money the question is never "did it fail" but "was it accepted". Only an answer that surely says no, or
a connection that was surely never made, is anything else than unknown.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from urllib3 import exceptions

from platewright.contract.errors import BackendError, SendRefused, SendUnknown
from platewright.logs.redaction import redacted

__all__ = ["LONGEST_SAID", "of_connection", "of_status", "retry_after"]

LONGEST_SAID = 300
_BUSY = frozenset({429, 503})
# Status to code and hint; the vendor's own words go between.
_NO: Mapping[int, tuple[str, str]] = {
    400: ("send_refused", "Look at what the vendor says; the request, or this version of Platewright, doesn't fit."),
    401: ("backend_unauthorised", "Set its token: see `platewright backends show`."),
    402: ("backend_no_credit", "Top up the account at the vendor."),
    403: ("backend_forbidden", "The account, or its policy, doesn't allow this. Ask whoever keeps the account."),
    404: ("backend_not_found", "The vendor may have withdrawn the model; look for a newer Platewright."),
    405: ("send_refused", "Look for a newer Platewright."),
    406: ("send_refused", "Look for a newer Platewright."),
    409: ("send_refused", "Hand it in anew."),
    410: ("backend_not_found", "The vendor may have withdrawn the model; look for a newer Platewright."),
    411: ("send_refused", "Look for a newer Platewright."),
    413: ("send_too_large", "Use a smaller matte, or fewer frames."),
    415: ("send_refused", "Look for a newer Platewright."),
    422: ("send_refused", "Change the prompt or the pictures."),
    426: ("send_refused", "Look for a newer Platewright."),
    451: ("moderated", "Change the prompt or the pictures."),
}
# Nothing of the request has left this machine.
_NEVER_LEFT = (
    exceptions.NewConnectionError,
    exceptions.NameResolutionError,
    exceptions.ConnectTimeoutError,
    exceptions.LocationValueError,
)


def of_status(vendor: str, status: int, headers: Mapping[str, str], said: str, *, paid: bool) -> BackendError:
    """The error for an answer that is no success. said: the vendor's own words, for people; masked here."""
    words = f": {redacted(said)[:LONGEST_SAID]}" if said else ""
    if status in _BUSY and (status == 429 or "retry-after" in {name.lower() for name in headers}):
        return BackendError(
            f"{vendor} has too much to do{words}",
            code="backend_busy",
            hint="It is tried again by itself.",
            retry=True,
            after_s=retry_after(headers),
        )
    if status in _NO:
        code, hint = _NO[status]
        kind = SendRefused if paid else BackendError
        return kind(f"{vendor} says no ({status}){words}", code=code, hint=hint)
    if paid:
        return SendUnknown(f"{vendor} answered {status}, and nobody can tell whether it accepted what was sent{words}")
    return BackendError(
        f"{vendor} answered {status}{words}",
        code="backend_failed",
        hint="Look at the vendor's own status page.",
        retry=status >= 500 or status in (408, 425),
    )


def of_connection(vendor: str, error: Exception, *, paid: bool) -> BackendError:
    """The error for an answer that never came, or broke off."""
    reason = error.reason if isinstance(error, exceptions.MaxRetryError) and error.reason else error
    if isinstance(reason, exceptions.ProxyError) and reason.original_error is not None:
        reason = reason.original_error
    if isinstance(reason, _NEVER_LEFT):
        return BackendError(
            f"{vendor} can't be reached", code="backend_unreachable", hint="Look at the network.", retry=True
        )
    if isinstance(reason, exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(reason):
        return BackendError(
            f"{vendor} has no certificate that this machine trusts",
            code="backend_untrusted",
            hint="Somebody may be in between; a studio's own authority has to be known to this machine.",
        )
    if paid:
        return SendUnknown(f"{vendor} did not answer in full: {type(reason).__name__}")
    return BackendError(
        f"{vendor} did not answer in full: {type(reason).__name__}",
        code="backend_silent",
        hint="Look whether the network and the vendor's own status page are well.",
        retry=True,
    )


def retry_after(headers: Mapping[str, str]) -> float:
    """The seconds that an answer asks to wait, from either kind of Retry-After; 0 where it doesn't say."""
    text = {name.lower(): value for name, value in headers.items()}.get("retry-after", "").strip()
    if text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return 0.0
