"""Signed statements: they hold for exactly their bytes, by exactly their signer, and trust is asked apart."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from platewright.contract.errors import SigningError
from platewright.provenance.identity import Identity, IdentitySettings, load_identity, trust_anchors
from platewright.provenance.keys import PrivateKey
from platewright.provenance.statement import Attestation, attest, sign_statement

DATA = b'{"decision":"approve"}'


def self_signed(identity: Identity, key: PrivateKey) -> Identity:
    """The identity with another key, and a certificate that it made for itself."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Somebody")])
    now = datetime.datetime.now(datetime.UTC)
    hashing = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + datetime.timedelta(days=9))
        .sign(key, hashing)
        .public_bytes(Encoding.PEM)
        .decode()
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return replace(identity, key_pem=pem, chain_pem=certificate, root_pem=certificate)


def test_a_statement_holds_and_its_signer_is_trusted_where_the_root_is(
    identity: Identity, settings: IdentitySettings
) -> None:
    signature, chain = sign_statement(DATA, identity)
    roots = trust_anchors(settings)
    assert attest(DATA, signature, chain, roots) == Attestation(True, "Platewright local authority", True)
    assert attest(DATA, signature, chain, "") == Attestation(True, "Platewright local authority", False)


def test_another_machines_statement_holds_but_is_not_trusted(
    identity: Identity, settings: IdentitySettings, home: IdentitySettings
) -> None:
    signature, chain = sign_statement(DATA, load_identity(home))
    assert attest(DATA, signature, chain, trust_anchors(settings)).holds
    assert not attest(DATA, signature, chain, trust_anchors(settings)).trusted


def test_a_signature_under_a_chain_that_was_put_together_is_not_trusted(
    identity: Identity, settings: IdentitySettings
) -> None:
    stranger = self_signed(identity, ec.generate_private_key(ec.SECP256R1()))
    signature, chain = sign_statement(DATA, stranger)
    assert not attest(DATA, signature, chain + identity.chain_pem, trust_anchors(settings)).trusted
    assert not attest(DATA, signature, identity.chain_pem, trust_anchors(settings)).holds


@pytest.mark.parametrize(
    "make",
    [
        lambda: ec.generate_private_key(ec.SECP384R1()),
        lambda: ec.generate_private_key(ec.SECP521R1()),
        lambda: rsa.generate_private_key(65537, 2048),
        ed25519.Ed25519PrivateKey.generate,
    ],
    ids=["p384", "p521", "rsa", "ed25519"],
)
def test_every_kind_of_key_that_signs_takes_signs_statements(
    identity: Identity, make: Callable[[], PrivateKey]
) -> None:
    one = self_signed(identity, make())
    signature, chain = sign_statement(DATA, one)
    assert attest(DATA, signature, chain, one.root_pem) == Attestation(True, "Somebody", True)
    assert not attest(DATA + b" ", signature, chain, one.root_pem).holds


def test_a_key_in_a_token_signs_by_its_own_function(identity: Identity) -> None:
    asked: list[bytes] = []

    def token(data: bytes) -> bytes:
        asked.append(data)
        return b"x" * 64

    signature, _ = sign_statement(DATA, replace(identity, key_pem=None, sign=token))
    assert base64.b64decode(signature) == b"x" * 64
    assert asked[0].endswith(DATA) and asked[0] != DATA, "a statement's signature is never one of something else"
    with pytest.raises(SigningError):
        sign_statement(DATA, replace(identity, key_pem=None))


@given(data=st.binary(max_size=60), signature=st.text(max_size=100), chain=st.text(max_size=100))
def test_rubbish_is_no_statement(data: bytes, signature: str, chain: str) -> None:
    assert attest(data, signature, chain, chain) == Attestation(False)


@given(position=st.integers(0, 63), bit=st.integers(0, 7))
def test_a_signature_with_one_bit_turned_does_not_hold(identity: Identity, position: int, bit: int) -> None:
    signature, chain = sign_statement(DATA, identity)
    raw = bytearray(base64.b64decode(signature))
    raw[position] ^= 1 << bit
    assert not attest(DATA, base64.b64encode(bytes(raw)).decode(), chain, identity.root_pem).holds
