"""What a manifest says, read back from its bytes: who signed, when, what was done, and whether it holds.

Everything here comes from outside and is treated so: sizes are bounded, shapes are checked, and texts are made
fit to be shown. It never follows a name and never asks the network.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from .c2pa_store import StoreReading, read_store
from .definition import COMP, DELIVERY, SEQUENCE, TAKE_MEDIA_TYPE
from .names import shown
from .revocation import REVOKED
from .vocabulary import source_type_word

__all__ = ["Act", "CarriedSigner", "Input", "ManifestReport", "read_manifest", "report_of", "source_types_in"]

_MOST_ITEMS = 1000
_TRUSTED, _UNTRUSTED = "signingCredential.trusted", "signingCredential.untrusted"
_EXPIRED = "signingCredential.expired"


@dataclass(frozen=True, slots=True)
class Act:
    """One action: its name, the last word of its digital source type or empty, what it says, and by what."""

    name: str
    source_type: str
    description: str
    agent: str


@dataclass(frozen=True, slots=True)
class Input:
    """One ingredient: title, relationship (`parentOf`, `componentOf`, `inputTo`), and whether it has a manifest."""

    title: str
    relationship: str
    has_manifest: bool


@dataclass(frozen=True, slots=True)
class CarriedSigner:
    """Who signed what a comp or a delivery was built upon. title: of that, `rig_v003`. trusted: by the roots of today.

    The library judges the active manifest by the lists and roots of today, and what is inside mostly by what was so
    when it was put in; somebody may have been revoked since.
    """

    title: str
    signer: str
    revoked: bool
    trusted: bool


@dataclass(frozen=True, slots=True)
class ManifestReport:
    """A manifest as it was read.

    state: `Trusted` (it holds, and a configured root stands behind the signer), `Valid` (it holds, but nobody
        here vouches for the signer) or `Invalid`.
    signer, issuer: organisation or name, as the certificates say; only with `Trusted` are they more than a claim.
    time: of the time-stamp (RFC 3339), or empty: the moment of signing is then not proven.
    valid_until: end of the signer's certificate, RFC 3339.
    failures: C2PA's failure codes. notes: its informational codes.
    assertions: label to content, faithfully, of the active manifest.
    manifests: how many are in the store, the plate's and its ancestors' included.
    records: SHA-256 of the records of the takes that are in a comp or a delivery.
    carried: who signed the takes in a comp; in a delivery, the comp and its takes.
    """

    state: str
    signer: str
    issuer: str
    time: str
    valid_until: str
    generator: str
    title: str
    failures: tuple[str, ...]
    notes: tuple[str, ...]
    actions: tuple[Act, ...]
    inputs: tuple[Input, ...]
    manifests: int
    assertions: Mapping[str, Any] = field(repr=False)
    records: tuple[str, ...] = ()
    carried: tuple[CarriedSigner, ...] = ()

    @property
    def holds(self) -> bool:
        """True when nothing in the manifest or its file was changed since it was signed."""
        return self.state in {"Valid", "Trusted"}

    @property
    def expired(self) -> bool:
        """True when the only thing wrong is that the certificate has expired since, with no time-stamp."""
        return _EXPIRED in self.failures and set(self.failures) <= {_EXPIRED, "signingCredential.untrusted"}

    @property
    def revoked(self) -> bool:
        """True when the signer's certificate is on a list of revoked ones."""
        return REVOKED in self.failures

    def assertion(self, label: str) -> Mapping[str, Any]:
        """An assertion's content, or an empty table where there is none or it is no table."""
        found = self.assertions.get(label)
        return found if isinstance(found, Mapping) else {}


def read_manifest(
    record_bytes: bytes, manifest_bytes: bytes, trust: str = "", media_type: str = TAKE_MEDIA_TYPE
) -> ManifestReport:
    """Read and check a detached manifest against the bytes of its record. trust: roots as PEM text, or empty.

    A manifest that does not fit gives a report with the state `Invalid`; one that can't be read at all raises
    ManifestError (`manifest_malformed`, `manifest_too_large`).
    """
    return report_of(read_store(record_bytes, manifest_bytes, media_type, trust))


def source_types_in(manifests: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """The digital source types (last words) that any action in the manifests states."""
    return frozenset(
        word
        for manifest in manifests
        for action in _acts(_table(manifest.get("assertions")))
        if (word := source_type_word(str(action.get("digitalSourceType", ""))))
    )


def report_of(reading: StoreReading) -> ManifestReport:
    """What a store says, in our words."""
    active = reading.active
    claim, signature = _table(active.get("claim.v2")), _table(active.get("signature"))
    certificate = _table(signature.get("certificateInfo"))
    assertions = _table(active.get("assertions"))
    codes = _table(reading.results.get("activeManifest"))
    generator = _table(claim.get("claim_generator_info"))
    return ManifestReport(
        state=reading.state,
        signer=_name(certificate.get("subject")),
        issuer=_name(certificate.get("issuer")),
        time=shown(_table(signature.get("timeStampInfo")).get("timestamp", "")),
        valid_until=shown(_table(certificate.get("validity")).get("notAfter", "")),
        generator=shown(f"{generator.get('name', '')} {generator.get('version', '')}".strip()),
        title=shown(claim.get("dc:title", "")),
        failures=_codes(codes.get("failure")),
        notes=_codes(codes.get("informational")),
        actions=tuple(_act(item) for item in _acts(assertions)),
        inputs=tuple(_input(data) for label, data in assertions.items() if label.startswith("c2pa.ingredient")),
        manifests=len(reading.manifests),
        assertions=assertions,
        records=tuple(dict.fromkeys(_records(reading.manifests))),
        carried=tuple(_carried(reading)),
    )


def _records(manifests: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The records of takes that a store's manifests name: a comp's elements, or the one take that was handed over."""
    all_ = [_table(one.get("assertions")) for one in manifests]
    comps = [_table(one.get(COMP)) for one in all_ if COMP in one]
    for comp in comps:
        yield from (str(item["record"])[:64] for item in _items(comp.get("elements")) if "record" in item)
    if not comps:
        yield from (str(_table(one.get(DELIVERY)).get("record", ""))[:64] for one in all_ if DELIVERY in one)


def _carried(reading: StoreReading) -> Iterator[CarriedSigner]:
    """The signers of takes and comps inside a store, each once. What a take was made from is the take's own affair."""
    by_label = {str(one.get("label", "")): one for one in reading.manifests}
    told = set[str]()
    for owner in reading.manifests:
        for part in _parts(owner):
            address = str(_table(part.get("activeManifest")).get("url", ""))  # self#jumbf=/c2pa/<label>
            label = address.rpartition("/")[2]
            inside = by_label.get(label, {})
            if label in told or SEQUENCE not in _table(inside.get("assertions")):
                continue
            told.add(label)
            certificate = _table(_table(inside.get("signature")).get("certificateInfo"))
            title, signer = shown(part.get("dc:title", "")), _name(certificate.get("subject"))
            yield CarriedSigner(title, signer, label in reading.revoked, _is_trusted(part, inside))


def _parts(owner: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """The ingredients of a comp or a delivery; none of a take."""
    assertions = _table(owner.get("assertions"))
    if COMP not in assertions and DELIVERY not in assertions:
        return ()
    return [_table(data) for label, data in assertions.items() if label.startswith("c2pa.ingredient")]


def _is_trusted(part: Mapping[str, Any], inside: Mapping[str, Any]) -> bool:
    """By what differs today from what was so when it was put in, and else by that."""
    now = _table(inside.get("validationResults"))
    if _UNTRUSTED in _codes(now.get("failure")):
        return False
    then = _table(_table(part.get("validationResults")).get("activeManifest"))
    return _TRUSTED in {*_codes(now.get("success")), *_codes(then.get("success"))}


def _table(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _items(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)][:_MOST_ITEMS] if isinstance(value, list) else []


def _name(value: Any) -> str:
    parts = _table(value)
    return shown(parts.get("O") or parts.get("CN") or "")


def _codes(value: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(shown(item.get("code", "")) for item in _items(value)))


def _acts(assertions: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [
        action
        for label, data in assertions.items()
        if label.startswith("c2pa.actions")
        for action in _items(_table(data).get("actions"))
    ]


def _act(action: Mapping[str, Any]) -> Act:
    agent = action.get("softwareAgent")
    named = " ".join(str(_table(agent).get(key, "")) for key in ("name", "version"))
    return Act(
        name=shown(action.get("action", "")),
        source_type=source_type_word(str(action.get("digitalSourceType", ""))),
        description=shown(action.get("description", "")),
        agent=shown(agent if isinstance(agent, str) else named.strip()),
    )


def _input(data: Any) -> Input:
    table = _table(data)
    return Input(
        title=shown(table.get("dc:title", "")),
        relationship=shown(table.get("relationship", "")),
        has_manifest="activeManifest" in table,
    )
