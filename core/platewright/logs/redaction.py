"""No secret in a log: known ones are masked by value, unknown ones by the shapes that secrets have."""

from __future__ import annotations

import re
import threading

__all__ = ["MASK", "mask", "redacted"]

MASK = "•••"
_SHORTEST = 4
_lock = threading.Lock()
_known: set[str] = set()

# Each has bounded repeats only: a line may hold any text, and must not be able to keep the engine busy.
_PEM = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY-----.*?(-----END [A-Z0-9 ]{0,30}PRIVATE KEY-----|$)", re.DOTALL
)
_BEARER = re.compile(r"\b(bearer|basic)\s{1,4}[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)
_NAMED = re.compile(
    r"""(?P<name>(?:token|secret|passwd|password|passphrase|api[_-]?key|authorization|signature|credential
                   |(?<![A-Za-z])pin)[\w-]{0,40})
        (?P<between>["']?\s{0,4}[=:]\s{0,4}["']?)(?P<value>[^\s"'&;,]+)""",
    re.IGNORECASE | re.VERBOSE,
)
_IN_URL = re.compile(r"://[^/\s:@]{0,200}:[^/\s@]{1,400}@")


def mask(text: str) -> None:
    """Mask this text in every line from now on."""
    if len(text) >= _SHORTEST:
        with _lock:
            _known.add(text)


def redacted(text: str) -> str:
    """The text with everything masked that is a secret or has the shape of one."""
    with _lock:
        known = sorted(_known, key=len, reverse=True)
    for one in known:
        text = text.replace(one, MASK)
    text = _PEM.sub(MASK, text)
    text = _IN_URL.sub(f"://{MASK}@", text)
    text = _BEARER.sub(rf"\1 {MASK}", text)
    return _NAMED.sub(lambda found: f"{found['name']}{found['between']}{MASK}", text)
