"""Statements: a few signed bytes that are no take, such as a person's approval in the ledger.

The same identity signs them that signs manifests. The signature is checked against the certificate that stands
beside it, and the certificate against the roots that this machine trusts; a validity that has ended since does not
make an old approval wrong, because the ledger's chain holds its place in time.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from platewright.contract.errors import SigningError

from .identity import Identity
from .revocation import anchors_in, is_revoked

__all__ = ["Attestation", "attest", "sign_statement"]

_MARK = b"org.platewright.statement/1\n"
"""Stands before what is signed, so that no statement's signature is ever one of something else."""
_HASHES: dict[str, tuple[hashes.HashAlgorithm, int]] = {
    "secp256r1": (hashes.SHA256(), 32),
    "secp384r1": (hashes.SHA384(), 48),
    "secp521r1": (hashes.SHA512(), 66),
}
_PSS = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256.digest_size)


@dataclass(frozen=True, slots=True)
class Attestation:
    """What a statement's signature is worth. holds: it fits the data. signer: the certificate's organisation.

    trusted: the chain leads to one of the roots given, and none of it is revoked. revoked: some of it is.
    """

    holds: bool
    signer: str = ""
    trusted: bool = False
    revoked: bool = False


def sign_statement(data: bytes, identity: Identity) -> tuple[str, str]:
    """`(signature, chain)` of some bytes: base64, and the signer's certificates as PEM. Raises SigningError."""
    marked = _MARK + data
    if identity.sign is not None:
        return base64.b64encode(identity.sign(marked)).decode(), identity.chain_pem
    if identity.key_pem is None:
        raise SigningError("the identity has no key to sign with", code="key_unreadable")
    key = load_pem_private_key(identity.key_pem, None)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        hashing, size = _HASHES[key.curve.name]
        r, s = decode_dss_signature(key.sign(marked, ec.ECDSA(hashing)))
        signature = r.to_bytes(size, "big") + s.to_bytes(size, "big")
    elif isinstance(key, rsa.RSAPrivateKey):
        signature = key.sign(marked, _PSS, hashes.SHA256())
    elif isinstance(key, ed25519.Ed25519PrivateKey):
        signature = key.sign(marked)
    else:
        raise SigningError("the identity's kind of key can't sign statements", code="certificate_unreadable")
    return base64.b64encode(signature).decode(), identity.chain_pem


def attest(data: bytes, signature: str, chain: str, roots: str) -> Attestation:
    """Check a statement's signature and who stands behind it. roots: PEM text, as `trust_anchors` gives it."""
    try:
        certificates = x509.load_pem_x509_certificates(chain.encode())
        leaf = certificates[0]
        _verify(leaf, _MARK + data, base64.b64decode(signature, validate=True))
    except (ValueError, IndexError, KeyError, TypeError, InvalidSignature, binascii.Error):
        return Attestation(False)
    revoked = any(is_revoked(one, roots) for one in certificates)
    return Attestation(True, _signer(leaf), not revoked and _leads_to(certificates, anchors_in(roots)), revoked)


def _verify(leaf: x509.Certificate, data: bytes, signature: bytes) -> None:
    key = leaf.public_key()
    if isinstance(key, ec.EllipticCurvePublicKey):
        half = len(signature) // 2
        numbers = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
        key.verify(encode_dss_signature(*numbers), data, ec.ECDSA(_HASHES[key.curve.name][0]))
    elif isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, data, _PSS, hashes.SHA256())
    elif isinstance(key, ed25519.Ed25519PublicKey):
        key.verify(signature, data)
    else:
        raise ValueError("a kind of key that signs no statements")


def _leads_to(chain: list[x509.Certificate], roots: str) -> bool:
    """Whether each certificate is issued by the next, and the last by a root (or is one itself)."""
    try:
        trusted = x509.load_pem_x509_certificates(roots.encode()) if roots.strip() else []
        for below, above in zip(chain, chain[1:], strict=False):
            below.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature):
        return False
    last = chain[-1]
    return any(last == root or _issued(last, root) for root in trusted)


def _issued(below: x509.Certificate, above: x509.Certificate) -> bool:
    try:
        below.verify_directly_issued_by(above)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _signer(leaf: x509.Certificate) -> str:
    for oid in (x509.NameOID.ORGANIZATION_NAME, x509.NameOID.COMMON_NAME):
        for part in leaf.subject.get_attributes_for_oid(oid):
            return str(part.value)
    return ""
