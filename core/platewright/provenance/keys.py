"""Certificates and private keys out of PEM files, with every way they can be unusable told apart.

It decides nothing about who signs; it reads, checks and names what is wrong.
"""

from __future__ import annotations

import datetime
import os
import stat
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from platewright.contract.errors import SigningError

__all__ = [
    "GROUP_AND_OTHERS",
    "OTHERS",
    "PrivateKey",
    "algorithm_of",
    "check_pair",
    "check_validity",
    "read_chain",
    "read_key",
    "read_pem",
]

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey

GROUP_AND_OTHERS = 0o077
OTHERS = 0o007
_LARGEST_PEM = 1024 * 1024


def read_pem(path: Path) -> str:
    """The PEM text of certificates. Raises SigningError `certificate_unreadable`."""
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST_PEM + 1)
        if len(data) > _LARGEST_PEM:
            raise SigningError(f"{path.name} is too large for certificates", code="certificate_unreadable")
        return data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise SigningError(
            f"the certificate file {path.name} can't be read: {reason}",
            code="certificate_unreadable",
            hint="Name a PEM file that this user may read.",
        ) from error


def read_chain(path: Path) -> list[x509.Certificate]:
    """The certificates in a PEM file, in its order; at least one. Raises SigningError `certificate_unreadable`."""
    try:
        return x509.load_pem_x509_certificates(read_pem(path).encode())
    except ValueError as error:
        raise SigningError(
            f"{path.name} holds no readable certificate",
            code="certificate_unreadable",
            hint="It must be PEM text: the signer's certificate first, then the intermediates.",
        ) from error


def read_key(path: Path, passphrase: str, pin_variable: str, forbidden: int) -> PrivateKey:
    """The private key in a PEM file whose mode has none of the `forbidden` bits.

    Raises SigningError: `key_exposed`, `key_unreadable`, `key_locked`.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        with path.open("rb") as file:
            data = file.read(_LARGEST_PEM)
    except OSError as error:
        raise SigningError(
            f"the signing key {path.name} can't be read: {error.strerror}",
            code="key_unreadable",
            hint="Check the path, and that this user may read the file.",
        ) from error
    if os.name != "nt" and mode & forbidden:
        raise SigningError(
            f"the signing key {path.name} can be read by other users",
            code="key_exposed",
            hint=f"Take that right away: chmod 600 {path}",
        )
    return _parsed(data, path, passphrase, pin_variable)


def _parsed(data: bytes, path: Path, passphrase: str, pin_variable: str) -> PrivateKey:
    locked = b"ENCRYPTED" in data
    try:
        key = load_pem_private_key(data, passphrase.encode() if locked and passphrase else None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        if locked:
            raise SigningError(
                f"the signing key {path.name} is locked",
                code="key_locked",
                hint=f"Put its passphrase into the environment variable {pin_variable}.",
            ) from error
        raise SigningError(
            f"{path.name} holds no readable private key", code="key_unreadable", hint="It must be a PEM private key."
        ) from error
    if not isinstance(key, PrivateKey):
        raise SigningError(f"{path.name} holds a kind of key that can't sign manifests", code="key_unreadable")
    return key


def check_pair(leaf: x509.Certificate, key: PrivateKey) -> None:
    """Raises SigningError `key_mismatch` when the key is not the certificate's."""
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*form) != leaf.public_key().public_bytes(*form):
        raise SigningError(
            "the private key does not belong to the certificate",
            code="key_mismatch",
            hint="Put the signer's own certificate first in the chain file, and name the key that goes with it.",
        )


def check_validity(leaf: x509.Certificate, now: datetime.datetime) -> None:
    """Raises SigningError `certificate_expired` or `certificate_not_yet_valid`; `now` has a time zone."""
    if now > leaf.not_valid_after_utc:
        raise SigningError(
            f"the signing certificate expired on {leaf.not_valid_after_utc:%Y-%m-%d}",
            code="certificate_expired",
            hint="Ask for a new certificate, or unset PLATEWRIGHT_SIGN_CHAIN to sign with the local authority.",
        )
    if now < leaf.not_valid_before_utc:
        raise SigningError(
            f"the signing certificate is valid only from {leaf.not_valid_before_utc:%Y-%m-%d %H:%M} UTC",
            code="certificate_not_yet_valid",
            hint=f"Check this machine's clock, which says {now:%Y-%m-%d %H:%M} UTC.",
        )


def algorithm_of(leaf: x509.Certificate) -> str:
    """C2PA's name for the algorithm that goes with the certificate's key: `es256`, `ps256`, `ed25519`…

    Raises SigningError `certificate_unreadable` for a key that C2PA does not allow.
    """
    key = leaf.public_key()
    name = ""
    if isinstance(key, ec.EllipticCurvePublicKey):
        name = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}.get(key.curve.name, "")
    elif isinstance(key, rsa.RSAPublicKey):
        name = "ps256" if key.key_size >= 2048 else ""
    elif isinstance(key, ed25519.Ed25519PublicKey):
        name = "ed25519"
    if not name:
        raise SigningError(
            "the certificate's kind of key can't sign manifests",
            code="certificate_unreadable",
            hint="Use ECDSA on P-256, P-384 or P-521, Ed25519, or RSA with at least 2048 bits.",
        )
    return name
