"""Who signs: the studio's own certificate where one is set, else a local authority made on first use.

This module puts an identity together; where its parts lie is known to `settings`, `keys`, `local_identity` and
`token`. It knows no manifests.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from platewright.contract.errors import SigningError

from .keys import OTHERS, PrivateKey, algorithm_of, check_pair, check_validity, read_chain, read_key, read_pem
from .local_identity import local_signer
from .revocation import is_revoked, revocations
from .settings import IdentitySettings
from .token import token_signer

__all__ = ["Identity", "IdentitySettings", "load_identity", "trust_anchors"]


@dataclass(frozen=True)
class Identity:
    """A signer, ready to sign; its text form never shows the key.

    chain_pem: the signer's certificate, then the intermediates, without the root.
    root_pem: the root, or the chain's last certificate where no root came with it.
    organisation: the signer's organisation, else its common name.
    alg: C2PA's name of the signature algorithm (`es256`, …).
    fingerprint: SHA-256 of the signer's certificate, lower-case hex.
    valid_until: end of the certificate's validity, UTC.
    local: True for the authority that Platewright made itself.
    tsa_url: address of the time-stamp authority, or empty.
    key_pem: PKCS#8 PEM, or None when `sign` does it: data in, signature out.
    """

    chain_pem: str
    root_pem: str
    organisation: str
    alg: str
    fingerprint: str
    valid_until: datetime.datetime
    local: bool
    tsa_url: str = ""
    key_pem: bytes | None = field(default=None, repr=False)
    sign: Callable[[bytes], bytes] | None = field(default=None, repr=False)


def load_identity(settings: IdentitySettings) -> Identity:
    """The identity that the settings name; where they name none, the local authority's, made or renewed.

    Raises SigningError: `key_unreadable`, `key_exposed`, `key_locked`, `key_mismatch`, `certificate_unreadable`,
    `certificate_expired`, `certificate_revoked`, `certificate_not_yet_valid`, `revocations_unreadable`,
    `token_failed`, `identity_unwritable`, `identity_damaged`.
    """
    now = datetime.datetime.now(datetime.timezone.utc)
    if not (settings.chain_file or settings.key_file or settings.pkcs11_module):
        chain, key = local_signer(settings.authority, settings.trusted, now)
        return _identity(chain, settings, now, key=key, local=True)
    chain = _studio_chain(settings)
    if settings.pkcs11_module:
        return _identity(chain, settings, now, sign=token_signer(settings, chain[0]))
    return _identity(chain, settings, now, key=_studio_key(settings))


def trust_anchors(settings: IdentitySettings) -> str:
    """The roots to trust when reading, and behind them the lists of what is revoked, as one PEM text; may be empty.

    They are the local authority's, those in `trusted/`, `trust_file`, and the last of the studio's chain. No
    identity is made for it. Raises SigningError `certificate_unreadable`, `revocations_unreadable`.
    """
    files = [settings.authority / "root.pem"] if (settings.authority / "root.pem").is_file() else []
    if settings.trusted.is_dir():
        files += sorted(settings.trusted.glob("*.pem"))
    if settings.trust_file:
        files.append(settings.trust_file)
    texts = [read_pem(path) for path in files]
    if settings.chain_file:
        texts.append(_pem(read_chain(settings.chain_file)[-1:]))
    return "\n".join(filter(None, (*texts, revocations(settings.revoked))))


def _studio_chain(settings: IdentitySettings) -> list[x509.Certificate]:
    if settings.chain_file is None:
        raise SigningError(
            "a signing key is set, but no certificate chain",
            code="certificate_unreadable",
            hint="Set PLATEWRIGHT_SIGN_CHAIN to the PEM file with the signer's certificate and its intermediates.",
        )
    return read_chain(settings.chain_file)


def _studio_key(settings: IdentitySettings) -> PrivateKey:
    if settings.key_file is None:
        raise SigningError(
            "a certificate chain is set, but no signing key",
            code="key_unreadable",
            hint="Set PLATEWRIGHT_SIGN_KEY to the key's PEM file, or PLATEWRIGHT_PKCS11_MODULE to a token's library.",
        )
    return read_key(settings.key_file, settings.pin(), settings.pin_variable, OTHERS)


def _identity(
    chain: list[x509.Certificate],
    settings: IdentitySettings,
    now: datetime.datetime,
    key: PrivateKey | None = None,
    sign: Callable[[bytes], bytes] | None = None,
    local: bool = False,
) -> Identity:
    leaf = chain[0]
    check_validity(leaf, now)
    lists = revocations(settings.revoked)
    if lists and any(is_revoked(one, lists) for one in chain):
        raise SigningError(
            "the certificate to sign with is on the list of revoked ones",
            code="certificate_revoked",
            hint="Set another one; for the local authority, move its folder `identity` away and a new one is made.",
        )
    if key is not None:
        check_pair(leaf, key)
    return Identity(
        chain_pem=_pem([leaf, *(item for item in chain[1:] if item.subject != item.issuer)]),
        root_pem=_pem(chain[-1:]),
        organisation=_organisation(leaf),
        alg=algorithm_of(leaf),
        fingerprint=leaf.fingerprint(hashes.SHA256()).hex(),
        valid_until=leaf.not_valid_after_utc,
        local=local,
        tsa_url=settings.tsa_url,
        key_pem=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) if key is not None else None,
        sign=sign,
    )


def _pem(chain: list[x509.Certificate]) -> str:
    return "".join(item.public_bytes(Encoding.PEM).decode() for item in chain)


def _organisation(leaf: x509.Certificate) -> str:
    for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME):
        for part in leaf.subject.get_attributes_for_oid(oid):
            return str(part.value)
    return ""
