"""Certificates that count for nothing any more, by local lists that need no network.

A list is a folder or a file of PEM: certificates, each of which is revoked altogether, and X.509 revocation lists of an
authority. What is revoked stays so whatever a signature says of its time, because whoever has such a key can set any
clock. Lists travel within the PEM text of the trusted roots, under a label of their own: who asks for one, for both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from platewright.contract.errors import SigningError

from .keys import read_pem

__all__ = ["REVOKED", "anchors_in", "is_revoked", "names_revoked", "revocations"]

REVOKED = "signingCredential.revoked"
"""C2PA's failure code for it."""

_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
_CERTIFICATES = frozenset({"CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"})
_LABEL, _LIST = "REVOKED CERTIFICATE", "X509 CRL"
_FILES = ("*.pem", "*.crl")


def revocations(places: Iterable[Path]) -> str:
    """The lists in some files and folders, as PEM text to stand behind the trusted roots; what is not there is empty.

    Raises SigningError `revocations_unreadable`: a list that can't be read must not pass for one that is empty.
    """
    files = [file for place in places for file in _files(place)]
    return "\n".join(block for file in files for block in _blocks_of(file))


def anchors_in(trust: str) -> str:
    """The trusted roots alone, of a text that may hold lists too."""
    return "\n".join(found[0] for found in _BLOCK.finditer(trust) if found[1] in _CERTIFICATES)


def is_revoked(certificate: x509.Certificate, trust: str) -> bool:
    """Whether a certificate is on a list within the text."""
    return (certificate.serial_number, _word(certificate.issuer)) in _listed(trust)


def names_revoked(serial: str, issuer: Mapping[str, object], trust: str) -> bool:
    """The same for a certificate of which only its serial number (hex) and its issuer's parts are told."""
    try:
        number = int(serial, 16)
    except ValueError:
        return bool(_listed(trust))  # a signer that can't be told from a revoked one is taken for one
    return (number, str(issuer.get("CN") or issuer.get("O") or "")) in _listed(trust)


def _files(place: Path) -> list[Path]:
    try:
        if place.is_dir():
            return sorted(file for pattern in _FILES for file in place.glob(pattern))
        return [place] if place.exists() else []
    except OSError as error:
        raise _unreadable(place, error.strerror or "it failed") from error


def _blocks_of(file: Path) -> Iterator[str]:
    try:
        text = read_pem(file)
    except SigningError as error:
        raise _unreadable(file, error.message) from error
    blocks = [(found[1], found[0]) for found in _BLOCK.finditer(text)]
    try:
        for label, block in blocks:
            if label == _LIST:
                yield x509.load_pem_x509_crl(block.encode()).public_bytes(Encoding.PEM).decode().strip()
            elif label in _CERTIFICATES:
                plain = x509.load_pem_x509_certificate(block.replace(label, "CERTIFICATE").encode())
                yield plain.public_bytes(Encoding.PEM).decode().strip().replace("CERTIFICATE", _LABEL)
            else:
                raise ValueError(f"it holds a '{label}'")
    except ValueError as error:
        raise _unreadable(file, str(error)[:200]) from error
    if not blocks:
        raise _unreadable(file, "it holds no certificate and no list")


@lru_cache(maxsize=32)
def _listed(trust: str) -> frozenset[tuple[int, str]]:
    """`(serial number, issuer's name)` of every certificate on the lists within a text."""
    found = set()
    for block in _BLOCK.finditer(trust):
        if block[1] == _LABEL:
            one = x509.load_pem_x509_certificate(block[0].replace(_LABEL, "CERTIFICATE").encode())
            found.add((one.serial_number, _word(one.issuer)))
        elif block[1] == _LIST:
            issued = x509.load_pem_x509_crl(block[0].encode())
            found |= {(entry.serial_number, _word(issued.issuer)) for entry in issued}
    return frozenset(found)


def _word(name: x509.Name) -> str:
    """An issuer's common name, else its organisation."""
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for part in name.get_attributes_for_oid(oid):
            return str(part.value)
    return ""


def _unreadable(file: Path, why: str) -> SigningError:
    return SigningError(
        f"the list of revoked certificates {file.name} can't be used: {why}",
        code="revocations_unreadable",
        hint="Put PEM certificates or PEM revocation lists there, or take the file away if it is none.",
    )
