"""The folder of the local authority: made whole on first use, renewed in time, private to its user.

    identity/            mode 0700
        root.pem         the root's certificate, to hand to whoever shall trust this machine's takes
        root-key.pem     its key
        intermediate.pem key and certificate
        signer.pem       key, certificate and the intermediate's certificate: what signs

A key and its certificate share one file, so that replacing the file replaces both at once. Several processes may
do any of this at the same time: the folder appears by one rename, files are replaced by one rename each.
"""

from __future__ import annotations

import datetime
import errno
import os
import shutil
import tempfile
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from platewright.contract.errors import SigningError

from .authority import LEAF_DAYS, Issued, issue_intermediate, issue_leaf, issue_root
from .keys import GROUP_AND_OTHERS, PrivateKey, check_pair, read_chain, read_key

__all__ = ["local_signer"]

_ROOT, _ROOT_KEY, _INTERMEDIATE, _SIGNER = "root.pem", "root-key.pem", "intermediate.pem", "signer.pem"
_TAKEN = {errno.ENOTEMPTY, errno.EEXIST, errno.EACCES}

# Without a time-stamp a signature can be checked only while its certificate is valid, so the signer is replaced
# long before its end: every take can be checked for over a year after it was signed.
_RENEW_BELOW = datetime.timedelta(days=LEAF_DAYS // 2)
_AUTHORITY_NEEDS = datetime.timedelta(days=LEAF_DAYS)


def local_signer(
    folder: Path, trusted: Path, now: datetime.datetime | None = None
) -> tuple[list[x509.Certificate], PrivateKey]:
    """The signer's chain, root last, and its key; makes or renews what is missing or near its end.

    folder: of the authority. trusted: where an old root is kept when a new one has to be made.
    Raises SigningError: `identity_unwritable`, `identity_damaged`, `key_exposed`.
    """
    at = now or datetime.datetime.now(datetime.timezone.utc)
    try:
        missing = not folder.is_dir() or not any(folder.iterdir())
    except OSError as error:
        raise _unwritable(folder, f"it can't be opened ({error.strerror or error})") from error
    if missing:
        _make(folder, at)
    chain, key = _read(folder)
    if chain[0].not_valid_after_utc - at < _RENEW_BELOW:
        try:
            _renew(folder, trusted, at)
        except OSError:
            if chain[0].not_valid_after_utc <= at:
                raise _unwritable(folder, "its certificate has expired and can't be replaced") from None
        else:
            chain, key = _read(folder)
    return chain, key


def _read(folder: Path) -> tuple[list[x509.Certificate], PrivateKey]:
    try:
        chain = [*read_chain(folder / _SIGNER), *read_chain(folder / _ROOT)]
        key = read_key(folder / _SIGNER, "", "", GROUP_AND_OTHERS)
        check_pair(chain[0], key)
    except SigningError as error:
        if error.code == "key_exposed":
            raise
        raise SigningError(
            f"the local signing identity is damaged: {error.message}",
            code="identity_damaged",
            hint=f"Move {folder} away; a new one is made. Keep its root.pem in the folder trusted/ beside it.",
        ) from error
    return chain, key


def _make(folder: Path, now: datetime.datetime) -> None:
    """A whole new authority; where another process was faster, its authority stays and ours is dropped."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = Path(tempfile.mkdtemp(prefix=".identity-", dir=folder.parent))
    except OSError as error:
        raise _unwritable(folder, error.strerror or "it failed") from error
    try:
        root = issue_root(now)
        intermediate = issue_intermediate(root, now)
        _write(draft / _ROOT, root.certificate_pem)
        _write(draft / _ROOT_KEY, root.key_pem)
        _write_issued(draft, intermediate, issue_leaf(intermediate, now))
        os.rename(draft, folder)
    except OSError as error:
        if error.errno not in _TAKEN or not (folder / _SIGNER).exists():
            raise _unwritable(folder, error.strerror or "it failed") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _renew(folder: Path, trusted: Path, now: datetime.datetime) -> None:
    """A new signer; above it a new intermediate or a whole new authority where those would end before it."""
    root_certificate = read_chain(folder / _ROOT)[0]
    if root_certificate.not_valid_after_utc - now < _AUTHORITY_NEEDS:
        _retire(folder, trusted, root_certificate)
        _make(folder, now)
        return
    intermediate = _issued(folder / _INTERMEDIATE, folder / _INTERMEDIATE)
    if intermediate.certificate.not_valid_after_utc - now < _AUTHORITY_NEEDS:
        intermediate = issue_intermediate(_issued(folder / _ROOT, folder / _ROOT_KEY), now)
    _write_issued(folder, intermediate, issue_leaf(intermediate, now))


def _retire(folder: Path, trusted: Path, root: x509.Certificate) -> None:
    """Keep the old root among the trusted ones, so that older takes stay trusted, and move its folder away."""
    name = root.fingerprint(hashes.SHA256()).hex()[:16]
    trusted.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copyfile(folder / _ROOT, trusted / f"retired-{name}.pem")
    try:
        os.rename(folder, folder.with_name(f"{folder.name}-retired-{name}"))
    except FileNotFoundError:
        return  # another process was faster


def _issued(certificate: Path, key: Path) -> Issued:
    private = read_key(key, "", "", GROUP_AND_OTHERS)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise SigningError(f"{key.name} is not a key that Platewright made", code="identity_damaged")
    return Issued(read_chain(certificate)[0], private)


def _write_issued(folder: Path, intermediate: Issued, leaf: Issued) -> None:
    _write(folder / _INTERMEDIATE, intermediate.key_pem + intermediate.certificate_pem)
    _write(folder / _SIGNER, leaf.key_pem + leaf.certificate_pem + intermediate.certificate_pem)


def _write(path: Path, data: bytes) -> None:
    """Beside and renamed; mkstemp makes files of mode 0600."""
    handle, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise


def _unwritable(folder: Path, reason: str) -> SigningError:
    return SigningError(
        f"no signing identity can be made in {folder}: {reason}",
        code="identity_unwritable",
        hint="Make that folder writable, or set PLATEWRIGHT_HOME to another one.",
    )
