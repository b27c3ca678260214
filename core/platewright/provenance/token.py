"""Signing with a key that never leaves its PKCS#11 token (a hardware module, a smart card, SoftHSM in tests).

python-pkcs11 is an optional extra; it is imported only where a token is set. A session is opened for each
signature, because native handles do not survive a fork and a take is signed once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from platewright.contract.errors import SigningError

from .settings import IdentitySettings

__all__ = ["token_signer"]

_CURVES: dict[str, tuple[str, hashes.HashAlgorithm]] = {
    "secp256r1": ("sha256", hashes.SHA256()),
    "secp384r1": ("sha384", hashes.SHA384()),
    "secp521r1": ("sha512", hashes.SHA512()),
}


def token_signer(settings: IdentitySettings, leaf: x509.Certificate) -> Callable[[bytes], bytes]:
    """A function that signs data with the token's private key: raw r‖s of ECDSA, over the curve's own hash.

    The token, the PIN and the key are tried at once, so that a locked token is told before the work begins.
    Raises SigningError `token_failed`.
    """
    public = leaf.public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name not in _CURVES:
        raise _failed("only ECDSA keys on P-256, P-384 and P-521 are supported on a token")
    hashing = _CURVES[public.curve.name][0]

    def sign(data: bytes) -> bytes:
        with _private_key(settings) as (key, ecdsa):
            signature = key.sign(hashlib.new(hashing, data).digest(), mechanism=ecdsa)
        return bytes(signature)

    probe = b"Platewright asks whether this token's key belongs to the certificate."
    _check_belongs(public, probe, sign(probe))
    return sign


def _check_belongs(public: ec.EllipticCurvePublicKey, data: bytes, signature: bytes) -> None:
    half = len(signature) // 2
    der = encode_dss_signature(int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))
    try:
        public.verify(der, data, ec.ECDSA(_CURVES[public.curve.name][1]))
    except InvalidSignature as error:
        raise SigningError(
            "the token's key does not belong to the certificate",
            code="key_mismatch",
            hint="Check PLATEWRIGHT_PKCS11_LABEL, and that the signer's certificate stands first in the chain file.",
        ) from error


@contextmanager
def _private_key(settings: IdentitySettings) -> Iterator[tuple[Any, Any]]:
    """The private key in an open session of the token, and the mechanism to sign with."""
    try:
        import pkcs11
    except ImportError as error:
        raise SigningError(
            "a PKCS#11 token is set, but the library for it is not installed",
            code="token_failed",
            hint="Install the extra: pip install 'platewright[pkcs11]'.",
        ) from error
    try:
        token = pkcs11.lib(settings.pkcs11_module).get_token(token_label=settings.pkcs11_token)
        with token.open(user_pin=settings.pin()) as session:
            key = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=settings.pkcs11_label)
            yield key, pkcs11.Mechanism.ECDSA
    except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
        raise _failed(f"{type(error).__name__} {error}".strip()) from error


def _failed(reason: str) -> SigningError:
    return SigningError(
        f"the signing token can't be used: {reason}"[:300],
        code="token_failed",
        hint="Check PLATEWRIGHT_PKCS11_MODULE, _TOKEN and _LABEL, and the PIN in its environment variable.",
        retry=True,
    )
