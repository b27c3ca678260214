"""The one place that knows c2pa-python: a definition in, manifest bytes out, and back.

Everything is offline except the time-stamp request, which only an identity with a time-stamp address makes.
Native handles do not survive a fork, so none outlives a call but the settings for reading, kept for one process.
Foreign errors leave here as ours.
"""

from __future__ import annotations

import io
import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, cast

import c2pa

from platewright.contract.errors import ManifestError, SigningError

from .identity import Identity
from .revocation import REVOKED, anchors_in, names_revoked

__all__ = [
    "MOST_MANIFEST_BYTES",
    "Ingredient",
    "StoreReading",
    "TimeStampMissing",
    "embed_store",
    "read_embedded",
    "read_store",
    "sign_store",
]

T = TypeVar("T")

MOST_MANIFEST_BYTES = 16 * 1024 * 1024
_SIGNING_SECONDS = 30.0
_FAILED = "the manifest could not be signed: "
_USES = "1.3.6.1.5.5.7.3.4\n1.3.6.1.5.5.7.3.36\n1.3.6.1.4.1.62558.2.1"  # e-mail, document and C2PA claim signing
_CREATED = ["c2pa.actions", "c2pa.ingredient", "c2pa.hash.data"]


class TimeStampMissing(SigningError):
    """The time-stamp authority gave no answer; signing without it is possible."""

    default_code = "time_stamp_missing"


@dataclass(frozen=True, slots=True)
class Ingredient:
    """An input of the signed file.

    description: as the library takes it, with its `label`. manifest: its own manifest store, or empty.
    asset: the bytes its manifest is about; of a picture without a manifest nothing is read. file: instead, a file with
    its manifest inside.
    """

    description: Mapping[str, Any]
    manifest: bytes = b""
    asset: bytes = b""
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class StoreReading:
    """What the library says of a store: `Valid`, `Trusted` or `Invalid`; its results; the active manifest.

    revoked: labels of the manifests in it whose signer's certificate is on a list of revoked ones.
    """

    state: str
    results: Mapping[str, Any]
    active: Mapping[str, Any] = field(default_factory=dict)
    manifests: Sequence[Mapping[str, Any]] = ()
    revoked: frozenset[str] = frozenset()


def sign_store(
    definition: Mapping[str, Any], ingredients: Sequence[Ingredient], asset: bytes, media_type: str, identity: Identity
) -> bytes:
    """A detached manifest store over all bytes of `asset`, which must be of a type the library has no handler for.

    Raises SigningError `signing_failed`; for an identity with a time-stamp address it is a TimeStampMissing, and
    signing again without the address shows whether the time-stamp alone was at fault.
    """
    out = cast(BinaryIO, _NullSink())
    manifest = _in_time(
        identity, lambda: _signed(definition, ingredients, io.BytesIO(asset), out, media_type, identity, embed=False)
    )
    if not manifest:
        raise _refused("the library gave no manifest")
    return manifest


def embed_store(
    definition: Mapping[str, Any],
    ingredients: Sequence[Ingredient],
    asset: BinaryIO,
    out: BinaryIO,
    media_type: str,
    identity: Identity,
) -> None:
    """Copy a movie or picture to `out` (open for reading and writing, empty) with a manifest inside that binds it.

    Raises as `sign_store` does; what `out` holds is then worth nothing.
    """
    asset.seek(0)
    _in_time(identity, lambda: _signed(definition, ingredients, asset, out, media_type, identity, embed=True))


def _in_time(identity: Identity, work: Callable[[], T]) -> T:
    """What `work` gives, within the time that a time-stamp authority has to answer. Raises as `sign_store`."""
    if not identity.tsa_url:
        return work()
    outcome: list[T | BaseException] = []

    def waiting() -> None:
        try:
            outcome.append(work())
        except BaseException as error:
            outcome.append(error)

    # The library waits for a silent authority as long as that likes; a thread lets us stop waiting.
    thread = threading.Thread(target=waiting, name="time-stamp", daemon=True)
    thread.start()
    thread.join(_SIGNING_SECONDS)
    if not outcome:
        raise TimeStampMissing("the time-stamp authority did not answer in time", retry=True)
    result = outcome[0]
    if isinstance(result, SigningError):
        # The library does not tell the two apart; signing again without the time-stamp does.
        reason = result.message.removeprefix(_FAILED)
        raise TimeStampMissing(f"the time-stamp authority can't be used ({reason})", retry=True) from result
    if isinstance(result, BaseException):
        raise result
    return result


def read_store(asset: bytes | BinaryIO, manifest: bytes, media_type: str, anchors: str) -> StoreReading:
    """Read and check a detached store against its asset.

    anchors: trusted roots and lists of revoked certificates as PEM text, or empty.
    Raises ManifestError: `manifest_too_large`, `manifest_malformed`.
    """
    if len(manifest) > MOST_MANIFEST_BYTES:
        raise ManifestError(f"the manifest is too large ({len(manifest)} bytes)", code="manifest_too_large")
    stream = io.BytesIO(asset) if isinstance(asset, bytes) else asset
    return _read(stream, manifest, media_type, anchors)


def read_embedded(asset: BinaryIO, media_type: str, anchors: str) -> StoreReading:
    """Read and check the store inside a movie or picture. anchors: trusted roots as PEM text, or empty.

    Raises ManifestError: `manifest_missing` where there is none, `manifest_malformed`.
    """
    asset.seek(0)
    return _read(asset, None, media_type, anchors)


def _read(stream: BinaryIO, manifest: bytes | None, media_type: str, anchors: str) -> StoreReading:
    try:
        context = _reading(anchors, os.getpid())
        with c2pa.Reader(media_type, stream, manifest_data=manifest, context=context) as reader:
            state = reader.get_validation_state()
            results = reader.get_validation_results()
            active = reader.get_active_manifest() or {}
            told = json.loads(reader.crjson())  # json() corrupts lists of numbers, so statements come from crjson
        return _by_lists(_told(state, results, str(active.get("label", "")), told), anchors)
    except c2pa.C2paError.ManifestNotFound as error:
        raise ManifestError(
            "there is no manifest in it", code="manifest_missing", hint="Hand the signed file over, or sign it."
        ) from error
    except (c2pa.C2paError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise ManifestError(
            f"the manifest can't be read: {str(error)[:200]}",
            code="manifest_malformed",
            hint="It was damaged or is not a C2PA manifest; take the file from the backup.",
        ) from error


def _told(state: Any, results: Any, label: str, told: Any) -> StoreReading:
    manifests = [item for item in told["manifests"] if isinstance(item, dict)]
    active = [item for item in manifests if label and item.get("label") == label]
    if len(active) != 1 or state not in {"Valid", "Trusted", "Invalid"} or not isinstance(results, dict):
        raise ValueError("it names no single active manifest")
    return StoreReading(state, results, active[0], manifests)


def _by_lists(reading: StoreReading, anchors: str) -> StoreReading:
    """The same with the manifests whose signer is on a list of revoked ones; invalid where the active one's is."""
    revoked = frozenset(str(one.get("label", "")) for one in reading.manifests if _is_listed(one, anchors))
    reading = replace(reading, revoked=revoked)
    if str(reading.active.get("label", "")) not in revoked:
        return reading
    codes = reading.results.get("activeManifest")
    kept = dict(codes) if isinstance(codes, dict) else {}
    failures = kept.get("failure")
    kept["failure"] = [*(failures if isinstance(failures, list) else []), {"code": REVOKED}]
    return replace(reading, state="Invalid", results={**reading.results, "activeManifest": kept})


def _is_listed(manifest: Mapping[str, Any], anchors: str) -> bool:
    signature = manifest.get("signature")
    certificate = signature.get("certificateInfo") if isinstance(signature, dict) else None
    told = certificate if isinstance(certificate, dict) else {}
    issuer = told.get("issuer")
    return names_revoked(str(told.get("serialNumber", "")), issuer if isinstance(issuer, dict) else {}, anchors)


@lru_cache(maxsize=4)
def _reading(anchors: str, process: int) -> Any:
    """The library's settings for reading: those of a whole show's takes are the same. process: whose handle it is."""
    return c2pa.Context.from_dict(_settings(anchors))


def _settings(anchors: str, created: Sequence[str] = ()) -> dict[str, Any]:
    anchors = anchors_in(anchors)
    return {
        "trust": {"user_anchors": anchors, "trust_config": _USES} if anchors else {"trust_config": _USES},
        "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
        "core": {"allowed_network_hosts": []},
        "builder": {
            "thumbnail": {"enabled": False},
            "created_assertion_labels": [*_CREATED, *created],
        },
    }


def _signed(
    definition: Mapping[str, Any],
    ingredients: Sequence[Ingredient],
    asset: BinaryIO,
    out: BinaryIO,
    media_type: str,
    identity: Identity,
    embed: bool,
) -> bytes:
    labels = [str(item["label"]) for item in definition["assertions"]]
    try:
        with (
            c2pa.Context.from_dict(_settings(identity.root_pem, labels)) as context,
            _signer(identity) as signer,
            c2pa.Builder(dict(definition), context=context) as builder,
        ):
            for ingredient in ingredients:
                _add(builder, ingredient, context)
            if not embed:
                builder.set_no_embed()
            return bytes(builder.sign(signer, media_type, asset, out))
    except c2pa.C2paError as error:
        raise _refused(str(error)) from error


def _signer(identity: Identity) -> Any:
    if identity.key_pem is not None:
        return c2pa.Signer.from_info(
            c2pa.C2paSignerInfo(
                alg=identity.alg.encode(),
                sign_cert=identity.chain_pem.encode(),
                private_key=identity.key_pem,
                ta_url=identity.tsa_url.encode() or None,
            )
        )
    if identity.sign is None:
        raise _refused("the identity has no key")
    algorithm = c2pa.C2paSigningAlg[identity.alg.upper()]
    return c2pa.Signer.from_callback(identity.sign, algorithm, identity.chain_pem, identity.tsa_url or None)


def _add(builder: Any, ingredient: Ingredient, context: Any) -> None:
    """Add an ingredient; one with a manifest brings the manifest along and what reading it said."""
    description = dict(ingredient.description)
    media_type = str(description["format"])
    if ingredient.file is not None:
        with ingredient.file.open("rb") as file:
            builder.add_ingredient(description, media_type, file)
        return
    if not ingredient.manifest:
        # An opaque type and one byte: the library would parse a known type, and reads nothing it could keep.
        builder.add_ingredient(description, "application/octet-stream", io.BytesIO(b"\0"))
        return
    resource = f"{description['label']}.c2pa"
    with c2pa.Reader(
        media_type, io.BytesIO(ingredient.asset), manifest_data=ingredient.manifest, context=context
    ) as it:
        description["validation_results"] = it.get_validation_results()
    description["manifest_data"] = {"format": "application/c2pa", "identifier": resource}
    builder.add_resource(resource, io.BytesIO(ingredient.manifest))
    builder.add_ingredient(description, media_type, io.BytesIO(ingredient.asset))


def _refused(reason: str) -> SigningError:
    return SigningError(
        _FAILED + reason[:300],
        code="signing_failed",
        hint="Check the signing certificate and its chain."
        if "certificate" in reason
        else "Report this with the message.",
    )


class _NullSink:
    """Throws away the copy of the asset that the library insists on writing, and counts positions for it."""

    def __init__(self) -> None:
        self.position = 0
        self.size = 0

    def write(self, data: bytes) -> int:
        self.position += len(data)
        self.size = max(self.size, self.position)
        return len(data)

    def read(self, count: int = -1) -> bytes:
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:
        self.position = (offset, self.position + offset, self.size + offset)[whence]
        return self.position

    def tell(self) -> int:
        return self.position

    def flush(self) -> None:
        """Nothing is kept, so there is nothing to flush."""
