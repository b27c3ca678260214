"""Where the signing identity comes from, as settings; environment variables are one way to set them.

A passphrase or PIN is never among them: only the name of the environment variable that holds it, so that no
command line, log or record can show it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["IdentitySettings"]


def _default_home() -> Path:
    if home := os.environ.get("PLATEWRIGHT_HOME"):
        return Path(home).expanduser()
    if os.name == "nt" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "platewright"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "platewright"


@dataclass(frozen=True, slots=True)
class IdentitySettings:
    """Where the signing identity comes from.

    home: the folder that holds `identity/`, the local authority's, `trusted/`, further roots as `*.pem`, and
        `revoked/`, lists of revoked certificates.
    chain_file, key_file: the studio's certificates, the signer's first, and its private key, both PEM.
    pkcs11_module, pkcs11_token, pkcs11_label: the token's library, the token's label and the key's label; the
        certificates still come from `chain_file`.
    pin_variable: name of the environment variable with the key's passphrase or the token's PIN.
    tsa_url: address of an RFC 3161 time-stamp authority; empty, the default, stays offline.
    trust_file: further roots to trust when reading, PEM. revoked_places: files and folders with lists of revoked
        certificates, beside `revoked/` in the home.
    """

    home: Path = field(default_factory=_default_home)
    chain_file: Path | None = None
    key_file: Path | None = None
    pkcs11_module: str = ""
    pkcs11_token: str = ""
    pkcs11_label: str = ""
    pin_variable: str = "PLATEWRIGHT_PIN"
    tsa_url: str = ""
    trust_file: Path | None = None
    revoked_places: tuple[Path, ...] = ()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> IdentitySettings:
        """The settings as the `PLATEWRIGHT_…` variables say; what is not set has its default.

        PLATEWRIGHT_HOME, _SIGN_CHAIN, _SIGN_KEY, _PKCS11_MODULE, _PKCS11_TOKEN, _PKCS11_LABEL, _TSA_URL, _TRUST,
        _REVOKED.
        """
        values = os.environ if environment is None else environment

        def path(name: str) -> Path | None:
            return Path(values[name]).expanduser() if values.get(name) else None

        return cls(
            home=path("PLATEWRIGHT_HOME") or _default_home(),
            chain_file=path("PLATEWRIGHT_SIGN_CHAIN"),
            key_file=path("PLATEWRIGHT_SIGN_KEY"),
            pkcs11_module=values.get("PLATEWRIGHT_PKCS11_MODULE", ""),
            pkcs11_token=values.get("PLATEWRIGHT_PKCS11_TOKEN", ""),
            pkcs11_label=values.get("PLATEWRIGHT_PKCS11_LABEL", ""),
            tsa_url=values.get("PLATEWRIGHT_TSA_URL", ""),
            trust_file=path("PLATEWRIGHT_TRUST"),
            revoked_places=tuple(one for one in (path("PLATEWRIGHT_REVOKED"),) if one is not None),
        )

    @property
    def authority(self) -> Path:
        """The folder of the local authority."""
        return self.home / "identity"

    @property
    def trusted(self) -> Path:
        """The folder for further roots, those of other machines or of the studio."""
        return self.home / "trusted"

    @property
    def revoked(self) -> tuple[Path, ...]:
        """Where lists of revoked certificates may lie."""
        return (self.home / "revoked", *self.revoked_places)

    def pin(self) -> str:
        """The passphrase or PIN, or an empty text."""
        return os.environ.get(self.pin_variable, "")
