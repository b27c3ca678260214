"""The local authority: the certificates of a studio, or of one machine, that has none from outside.

Root, intermediate and leaf are P-256 with SHA-256 signatures and the extensions that C2PA validators ask for.
Manifests signed under it are `Trusted` only where its root is configured, which is what it is for: to show within
a studio that nothing was changed since. This module makes certificates; it knows no folders.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

__all__ = [
    "INTERMEDIATE_DAYS",
    "LEAF_DAYS",
    "ROOT_DAYS",
    "Issued",
    "issue_intermediate",
    "issue_leaf",
    "issue_leaf_for",
    "issue_root",
]

ROOT_DAYS = 3650
INTERMEDIATE_DAYS = 1825
LEAF_DAYS = 825
_CLOCK_PLAY = datetime.timedelta(hours=1)
_NO_COUNTRY = "ZZ"
_ORGANISATION = "Platewright local authority"


@dataclass(frozen=True)
class Issued:
    """A certificate with its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def certificate_pem(self) -> bytes:
        """The certificate as PEM text."""
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        """The private key as unencrypted PKCS#8 PEM text."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def issue_root(now: datetime.datetime) -> Issued:
    """A new root, valid for ten years from an hour before `now` (with a time zone)."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("root")
    return Issued(_certificate(name, key.public_key(), name, key, now, ROOT_DAYS, authority_depth=None), key)


def issue_intermediate(root: Issued, now: datetime.datetime) -> Issued:
    """A new intermediate under the root, valid for five years and never longer than the root."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(
        _name("intermediate"),
        key.public_key(),
        root.certificate.subject,
        root.key,
        now,
        INTERMEDIATE_DAYS,
        authority_depth=0,
        limit=root.certificate.not_valid_after_utc,
    )
    return Issued(certificate, key)


def issue_leaf(intermediate: Issued, now: datetime.datetime) -> Issued:
    """A new signing certificate with a new key, valid for 825 days and never longer than the intermediate."""
    key = ec.generate_private_key(ec.SECP256R1())
    return Issued(issue_leaf_for(key.public_key(), intermediate, now), key)


def issue_leaf_for(
    public_key: ec.EllipticCurvePublicKey, intermediate: Issued, now: datetime.datetime
) -> x509.Certificate:
    """A signing certificate for a key that lives elsewhere, on a token for instance."""
    return _certificate(
        _name("signer"),
        public_key,
        intermediate.certificate.subject,
        intermediate.key,
        now,
        LEAF_DAYS,
        limit=intermediate.certificate.not_valid_after_utc,
    )


def _name(role: str) -> x509.Name:
    """No host's and no person's name: whoever has the manifest can read it."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, _NO_COUNTRY),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _ORGANISATION),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Platewright {role}"),
        ]
    )


_NO_AUTHORITY = -1


def _certificate(
    subject: x509.Name,
    public_key: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    now: datetime.datetime,
    days: int,
    authority_depth: int | None = _NO_AUTHORITY,
    limit: datetime.datetime | None = None,
) -> x509.Certificate:
    """One certificate; `authority_depth` is its path length (None: unlimited), or -1 for a signer."""
    is_authority = authority_depth != _NO_AUTHORITY
    start = now.replace(microsecond=0) - _CLOCK_PLAY
    end = start + datetime.timedelta(days=days)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(min(end, limit) if limit else end)
        .add_extension(x509.BasicConstraints(is_authority, authority_depth if is_authority else None), critical=True)
        .add_extension(_key_usage(is_authority), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not is_authority:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _key_usage(is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )
