"""The tree hash of a take's frames."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platewright.contract.errors import ManifestError
from platewright.provenance.merkle import merkle_root


def by_definition(digests: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word by word."""
    if not digests:
        return hashlib.sha256(b"").digest()
    if len(digests) == 1:
        return hashlib.sha256(b"\x00" + digests[0]).digest()
    split = 1
    while split * 2 < len(digests):
        split *= 2
    left, right = by_definition(digests[:split]), by_definition(digests[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@given(st.lists(st.binary(min_size=32, max_size=32), max_size=70))
def test_root_is_that_of_the_rfc_for_every_number_of_frames(digests: list[bytes]) -> None:
    assert merkle_root([digest.hex() for digest in digests]) == by_definition(digests).hex()


def test_root_changes_when_two_frames_change_places() -> None:
    first, second, third = (f"{number:064x}" for number in range(3))
    assert merkle_root([first, second, third]) != merkle_root([first, third, second])


@pytest.mark.parametrize("text", ["", "ab", "AB" * 32, "zz" * 32, "00" * 33, "00" * 32 + "\n"])
def test_what_is_no_sha256_is_refused(text: str) -> None:
    with pytest.raises(ManifestError) as refusal:
        merkle_root(["00" * 32, text])
    assert refusal.value.code == "hash_malformed"
