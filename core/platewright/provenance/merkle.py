"""The hash tree over a take's frames: one value that stands for all of them.

It is the tree of RFC 6962, section 2.1, over the frames' SHA-256 digests, so that one frame can later be shown
to belong to a take without handing over the whole list. It knows digests only, no files.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from platewright.contract.errors import ManifestError

__all__ = ["digests", "merkle_root"]

_HEX = re.compile(r"[0-9a-f]{64}")
_LEAF = b"\x00"
_NODE = b"\x01"


def digests(hexes: Sequence[str]) -> list[bytes]:
    """The digests as bytes; raises ManifestError for anything but 64 lower-case hex digits."""
    for text in hexes:
        if not _HEX.fullmatch(text):
            raise ManifestError(
                f"'{text[:80]}' is not a SHA-256 hash",
                code="hash_malformed",
                hint="The record was damaged or edited; take it from the backup.",
            )
    return [bytes.fromhex(text) for text in hexes]


def merkle_root(hexes: Sequence[str]) -> str:
    """The RFC 6962 tree hash over SHA-256 hashes given as lower-case hex, in frame order; also lower-case hex.

    A leaf is SHA-256(0x00, digest), a node SHA-256(0x01, left, right); the left part of a list is the largest
    power of two smaller than its length. An empty list gives SHA-256 of nothing. Raises ManifestError.

    Done bottom up, pair by pair, with the odd one carried upwards: the same tree, without recursion.
    """
    level = [hashlib.sha256(_LEAF + digest).digest() for digest in digests(hexes)]
    if not level:
        return hashlib.sha256(b"").hexdigest()
    while len(level) > 1:
        paired = [
            hashlib.sha256(_NODE + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        level = paired + level[len(level) - len(level) % 2 :]
    return level[0].hex()
