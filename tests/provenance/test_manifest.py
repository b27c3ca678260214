"""One signed, detached manifest for a take: it holds, it catches every change, and it tells no secrets."""

from __future__ import annotations

import io
import json
import multiprocessing
import random
import socket
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import c2pa
import encypher_c2pa
import pytest

from platewright.contract.errors import ManifestError, SigningError
from platewright.contract.mapper import canonical
from platewright.contract.request import Reference, ReplaceSky
from platewright.contract.takes import SourceShares, TakeRecord
from platewright.provenance import c2pa_store
from platewright.provenance import manifest as manifest_module
from platewright.provenance.definition import (
    GENERATION,
    MATTE,
    PLATE,
    REFERENCES,
    SEQUENCE,
    TAKE_MEDIA_TYPE,
    media_type_of,
)
from platewright.provenance.identity import Identity, IdentitySettings, load_identity, trust_anchors
from platewright.provenance.manifest import sign_take
from platewright.provenance.merkle import merkle_root
from platewright.provenance.parent import ParentManifest, find_plate_manifest
from platewright.provenance.reading import ManifestReport, read_manifest
from tests.provenance.authority_for_time import time_stamp_authority
from tests.provenance.takes import TRAINED, make_record, with_frame, write_take
from tests.provenance.third_validator import valid_detached

SKY = Reference("sky", "/mnt/secret_show/skies/dusk.exr", source_type="digitalCapture", licence="/home/a/licence.pdf")
SKY_TAKE = make_record((SourceShares(given=0.6, plate=0.4),) * 3, ReplaceSky(), (SKY,), element="sky")
TRAINED_TAKE = make_record((SourceShares(synthesis=1.0),) * 2, card=TRAINED)


def signed(record: TakeRecord, identity: Identity, **options: Any) -> tuple[bytes, bytes]:
    data = canonical(record)
    return data, sign_take(record, data, identity, **options).manifest


def told(data: bytes, manifest: bytes, root: str = "") -> dict[str, Any]:
    """The active manifest as the library itself tells it, faithfully."""
    settings = {"trust": {"user_anchors": root}} if root else {}
    with (
        c2pa.Context.from_dict(settings) as context,
        c2pa.Reader(TAKE_MEDIA_TYPE, io.BytesIO(data), manifest_data=manifest, context=context) as reader,
    ):
        found: dict[str, Any] = json.loads(reader.crjson())["manifests"][0]
    return found


@pytest.mark.parametrize("record", [make_record(), SKY_TAKE, TRAINED_TAKE], ids=["regenerate", "sky", "trained"])
def test_take_is_trusted_by_its_own_root_and_valid_without(record: TakeRecord, identity: Identity) -> None:
    data, manifest = signed(record, identity)
    assert read_manifest(data, manifest, identity.root_pem).state == "Trusted"
    report = read_manifest(data, manifest)
    assert report.state == "Valid" and report.failures == ("signingCredential.untrusted",)


def test_every_flipped_bit_of_the_record_is_caught(identity: Identity) -> None:
    data, manifest = signed(make_record(), identity)
    for place in random.Random(3).sample(range(len(data)), 20):
        changed = bytearray(data)
        changed[place] ^= 1
        report = read_manifest(bytes(changed), manifest, identity.root_pem)
        assert report.state == "Invalid" and report.failures == ("assertion.dataHash.mismatch",)


def test_longer_shorter_and_empty_records_are_caught(identity: Identity) -> None:
    data, manifest = signed(make_record(), identity)
    for changed in (data + b"\n", data[:-1], b"{}"):
        assert read_manifest(changed, manifest, identity.root_pem).state == "Invalid"


def statements(report: ManifestReport) -> object:
    return report.actions, report.inputs, report.assertions, report.signer, report.title


def test_no_changed_byte_of_a_manifest_changes_what_it_says(identity: Identity) -> None:
    data, manifest = signed(make_record(), identity)
    whole = statements(read_manifest(data, manifest, identity.root_pem))
    choice = random.Random(7)
    outcomes = set()
    for _ in range(250):
        changed = bytearray(manifest)
        changed[choice.randrange(len(changed))] ^= 1 << choice.randrange(8)
        try:
            report = read_manifest(data, bytes(changed), identity.root_pem)
        except ManifestError as error:
            outcomes.add(error.code)
            continue
        outcomes.add(report.state)
        if report.holds:  # padding may change; nothing that is said may
            assert statements(report) == whole
    assert {"Invalid", "manifest_malformed"} <= outcomes


@pytest.mark.parametrize("garbage", [b"", b"\0", b"garbage", b"\0\0\0\x18jumb" + bytes(100), b"{}" * 5000, bytes(1000)])
def test_garbage_is_no_manifest(garbage: bytes) -> None:
    with pytest.raises(ManifestError) as refusal:
        read_manifest(b"record", garbage)
    assert refusal.value.code == "manifest_malformed" and refusal.value.hint


def test_cut_off_manifest_is_no_manifest(identity: Identity) -> None:
    data, manifest = signed(make_record(), identity)
    for length in (1, 30, 200, 2000, len(manifest) - 1):
        with pytest.raises(ManifestError):
            report = read_manifest(data, manifest[:length], identity.root_pem)
            assert not report.holds
            raise ManifestError("it was read, and does not hold")


def test_enormous_manifest_is_not_even_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(c2pa_store, "MOST_MANIFEST_BYTES", 10)
    with pytest.raises(ManifestError) as refusal:
        read_manifest(b"record", b"x" * 11)
    assert refusal.value.code == "manifest_too_large"


def test_manifest_of_another_take_does_not_fit(identity: Identity) -> None:
    data, _ = signed(make_record(), identity)
    _, other = signed(make_record(first=2001), identity)
    assert read_manifest(data, other, identity.root_pem).state == "Invalid"


# What the profile asks for.


@pytest.mark.parametrize("record", [make_record(), SKY_TAKE, TRAINED_TAKE], ids=["regenerate", "sky", "trained"])
def test_everything_is_stated_as_the_signers_own(record: TakeRecord, identity: Identity) -> None:
    active = told(*signed(record, identity))
    claim = active["claim.v2"]
    assert claim["gathered_assertions"] == []
    stated = {item["url"].rsplit("/", 1)[1] for item in claim["created_assertions"]}
    assert stated == set(active["assertions"])
    assert claim["claim_generator_info"]["specVersion"] == "2.4.0"
    assert active["assertions"]["c2pa.actions.v2"]["allActionsIncluded"] is True


def test_no_thumbnail_and_so_a_small_manifest(identity: Identity) -> None:
    data, manifest = signed(make_record((SourceShares(frames=0.5, synthesis=0.5),) * 240), identity)
    assert not any("thumbnail" in label for label in told(data, manifest)["assertions"])
    assert len(manifest) < 10_000


def test_training_and_mining_are_not_allowed(identity: Identity) -> None:
    entries = told(*signed(make_record(), identity))["assertions"]["cawg.training-mining"]["entries"]
    assert len(entries) == 4 and {entry["use"] for entry in entries.values()} == {"notAllowed"}


def test_sequence_plate_and_matte_are_bound_by_tree_hashes(identity: Identity) -> None:
    record = make_record()
    stated = read_manifest(*signed(record, identity, ledger_head="cd" * 32), identity.root_pem).assertions
    assert stated[SEQUENCE] == {
        "alg": "sha256",
        "count": 4,
        "first": 1001,
        "last": 1004,
        "pattern": "rig_removal_v003.%d.exr",
        "merkle_root": record.merkle_root,
        "index": "rig_removal_v003.take.json",
        "ledger_head": "cd" * 32,
    }
    for label, name, files in (
        (PLATE, "plate.####.exr", [frame.plate for frame in record.frames]),
        (MATTE, "matte.####.exr", [frame.matte for frame in record.frames if frame.matte]),
    ):
        root = merkle_root([file.sha256 for file in files])
        assert stated[label] == {"name": name, "alg": "sha256", "count": 4, "merkle_root": root}


def test_references_are_ingredients_with_their_hash_bound(identity: Identity) -> None:
    report = read_manifest(*signed(SKY_TAKE, identity), identity.root_pem)
    assert [(item.title, item.relationship) for item in report.inputs] == [
        ("plate.####.exr", "parentOf"), ("dusk.exr", "componentOf")
    ]  # fmt: skip
    assert report.assertion(REFERENCES)["references"] == [
        {
            "ingredient": "reference_1", "role": "sky", "name": "dusk.exr", "licence": "licence.pdf",
            "source_type": "digitalCapture", "alg": "sha256", "count": 1,
            "merkle_root": merkle_root([SKY_TAKE.references[0][0].sha256]),
        }
    ]  # fmt: skip


def test_generation_is_told_with_shares_and_an_exact_seed(identity: Identity) -> None:
    record = make_record((SourceShares(frames=1.0), SourceShares(synthesis=1.0)))
    stated = read_manifest(*signed(with_frame(record, 0, changed_pixels=300), identity), identity.root_pem)
    generation = stated.assertion(GENERATION)
    assert generation["seed"] == str(2**60)
    assert generation["shares"] == {
        "frames": "0.750000",
        "synthesis": "0.250000",
        "given": "0.000000",
        "plate": "0.000000",
    }
    assert generation["model"]["trained"] is False and generation["consents"] == ["consent-17"]


def test_disclosure_of_a_trained_model(identity: Identity) -> None:
    stated = read_manifest(*signed(TRAINED_TAKE, identity), identity.root_pem).assertion("c2pa.ai-disclosure")
    assert stated["modelName"] == "ExampleDiffusion" and stated["modelIdentifier"] == "Example:ExampleDiffusion:2.1"
    assert stated["contentProfile"] == {"humanOversightLevel": "prompt_guided"}


@pytest.mark.parametrize("record", [make_record(), SKY_TAKE, TRAINED_TAKE], ids=["regenerate", "sky", "trained"])
def test_no_path_prompt_show_or_key_gets_into_a_manifest(
    record: TakeRecord, identity: Identity, settings: IdentitySettings
) -> None:
    _, manifest = signed(record, identity)
    assert b"plate.####.exr" in manifest
    secrets = (
        "/mnt",
        "secret_show",
        "sh010",
        "story point",
        "/home",
        "PRIVATE KEY",
        str(settings.home),
        socket.gethostname(),
    )
    for secret in secrets:
        assert secret.encode() not in manifest


def test_lists_of_numbers_come_back_faithfully_where_the_library_has_a_faithful_way(identity: Identity) -> None:
    """The trap our own reading avoids: `json()` turns a list of numbers into base64, `crjson()` does not."""
    definition = {
        "claim_generator_info": [{"name": "test", "version": "1", "specVersion": "2.4.0"}],
        "format": TAKE_MEDIA_TYPE,
        "assertions": [
            {"label": "c2pa.actions.v2", "created": True, "data": {"allActionsIncluded": True, "actions": [
                {"action": "c2pa.opened", "parameters": {"ingredientIds": ["plate"]}}]}},
            {"label": "org.platewright.test", "created": True, "data": {"numbers": [1001, 1002, 1003]}},
        ],
    }  # fmt: skip
    plate = c2pa_store.Ingredient(
        {"title": "plate", "relationship": "parentOf", "label": "plate", "format": "image/x-exr"}
    )
    manifest = c2pa_store.sign_store(definition, [plate], b"asset", TAKE_MEDIA_TYPE, identity)
    report = read_manifest(b"asset", manifest, identity.root_pem)
    assert report.assertion("org.platewright.test") == {"numbers": [1001, 1002, 1003]}


# A picture itself, signed as the standard says.


@pytest.mark.parametrize("media_type", ["image/x-exr", TAKE_MEDIA_TYPE])
def test_flipped_bit_in_a_detached_exr_is_caught(media_type: str, identity: Identity) -> None:
    exr = b"\x76\x2f\x31\x01" + random.Random(1).randbytes(5000)
    definition = {
        "claim_generator_info": [{"name": "test", "version": "1", "specVersion": "2.4.0"}],
        "format": media_type,
        "assertions": [{"label": "c2pa.actions.v2", "created": True, "data": {"allActionsIncluded": True, "actions": [
            {"action": "c2pa.created",
             "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"}]}}],
    }  # fmt: skip
    manifest = c2pa_store.sign_store(definition, [], exr, media_type, identity)
    assert c2pa_store.read_store(exr, manifest, media_type, identity.root_pem).state == "Trusted"
    changed = bytearray(exr)
    changed[3000] ^= 4
    reading = c2pa_store.read_store(bytes(changed), manifest, media_type, identity.root_pem)
    assert reading.state == "Invalid"
    assert [item["code"] for item in reading.results["activeManifest"]["failure"]] == ["assertion.dataHash.mismatch"]


# A second implementation of the standard.


@pytest.mark.parametrize("record", [make_record(), SKY_TAKE, TRAINED_TAKE], ids=["regenerate", "sky", "trained"])
def test_independent_validator_agrees_and_catches_tampering(record: TakeRecord, identity: Identity) -> None:
    data, manifest = signed(record, identity)

    def judged(asset: bytes, store: bytes) -> tuple[str, list[str]]:
        # Any opaque file goes by this type: with a detached store it hashes plain bytes.
        result = encypher_c2pa.verify(
            asset, "image/jpeg", manifest_store=store, trust_pem=identity.root_pem, telemetry=False, online=False
        )
        return result["validation_state"], [item["code"] for item in result["validation_results"]["failure"]]

    assert judged(data, manifest) == ("Trusted", [])
    changed = bytearray(data)
    changed[100] ^= 1
    state, failures = judged(bytes(changed), manifest)
    assert state == "Invalid" and "assertion.dataHash.mismatch" in failures


# Refused before anything is signed.


def test_bytes_that_are_not_the_records_are_not_signed(identity: Identity) -> None:
    record = make_record()
    with pytest.raises(SigningError) as refusal:
        sign_take(record, canonical(replace(record, version=4)), identity)
    assert refusal.value.code == "record_inconsistent"


def test_record_with_a_wrong_tree_hash_is_not_signed(identity: Identity) -> None:
    with pytest.raises(SigningError) as refusal:
        signed(replace(make_record(), merkle_root="00" * 32), identity)
    assert refusal.value.code == "record_inconsistent"


def test_record_with_a_path_for_a_name_is_not_signed(identity: Identity) -> None:
    record = make_record()
    with pytest.raises(SigningError):
        signed(with_frame(record, 0, file=replace(record.frames[0].file, name="../other.exr")), identity)


def test_record_without_frames_is_not_signed(identity: Identity) -> None:
    with pytest.raises(SigningError) as refusal:
        signed(replace(make_record(), frames=(), merkle_root=merkle_root([])), identity)
    assert refusal.value.code == "take_empty"


def test_record_silent_about_its_references_is_not_signed(identity: Identity) -> None:
    with pytest.raises(SigningError):
        signed(replace(SKY_TAKE, references=()), identity)


def test_reference_with_an_invented_declaration_is_not_signed(identity: Identity) -> None:
    record = make_record((SourceShares(given=1.0),), references=(replace(SKY, source_type="photographicTruth"),))
    with pytest.raises(SigningError) as refusal:
        signed(record, identity)
    assert refusal.value.code == "source_type_unknown"


def test_signing_function_that_fails_is_told(identity: Identity) -> None:
    def broken(_: bytes) -> bytes:
        raise RuntimeError("the token was pulled")

    with pytest.raises(SigningError):
        signed(make_record(), replace(identity, key_pem=None, sign=broken))


# Time-stamps.


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def test_unreachable_time_stamp_authority_costs_the_time_stamp_only(identity: Identity) -> None:
    record = make_record()
    data = canonical(record)
    away = replace(identity, tsa_url=f"http://127.0.0.1:{closed_port()}/tsa")
    result = sign_take(record, data, away)
    assert not result.time_stamped
    assert [finding.code for finding in result.findings] == ["time_stamp_missing"]
    assert read_manifest(data, result.manifest, identity.root_pem).state == "Trusted"


@pytest.mark.parametrize("reply", [b"HTTP/1.0 500 no\r\n\r\n", b"HTTP/1.0 200 OK\r\n\r\nno time-stamp", b""])
def test_senseless_answer_of_a_time_stamp_authority_costs_the_time_stamp_only(reply: bytes, identity: Identity) -> None:
    server = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        connection, _ = server.accept()
        with connection:
            connection.settimeout(5)
            connection.recv(65536)
            connection.sendall(reply)

    thread = threading.Thread(target=answer, daemon=True)
    thread.start()
    record = make_record()
    with server:
        result = sign_take(record, canonical(record), replace(identity, tsa_url=address(server)))
        thread.join(120)
    assert not result.time_stamped and result.findings[0].code == "time_stamp_missing"


def address(server: socket.socket) -> str:
    return f"http://127.0.0.1:{server.getsockname()[1]}/tsa"


def test_silent_time_stamp_authority_is_not_waited_for(identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(c2pa_store, "_SIGNING_SECONDS", 0.3)
    record = make_record()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        result = sign_take(record, canonical(record), replace(identity, tsa_url=address(silent)))
        assert time.monotonic() - start < 10
    assert not result.time_stamped and result.findings[0].code == "time_stamp_missing"


def test_time_stamp_is_kept_and_read_back(tmp_path: Path, identity: Identity) -> None:
    with time_stamp_authority(tmp_path) as (url, root):
        record = make_record()
        data = canonical(record)
        result = sign_take(record, data, replace(identity, tsa_url=url))
    assert result.time_stamped and not result.findings
    report = read_manifest(data, result.manifest, identity.root_pem + root.read_text())
    assert report.state == "Trusted"
    assert report.time.startswith("20")


# The plate's own manifest.


def plate_take(folder: Path, identity: Identity) -> tuple[Path, TakeRecord]:
    """A signed take whose frames serve as the plate of the next one."""
    record = make_record((SourceShares(synthesis=1.0),) * 2, card=TRAINED, element="plate_fix")
    write_take(folder, record, identity)
    return folder / record.frames[0].file.name, record


def test_plate_from_a_take_brings_its_manifest_along(tmp_path: Path, identity: Identity) -> None:
    frame, plate = plate_take(tmp_path, identity)
    parent = find_plate_manifest(frame, plate.frames[0].file.sha256)
    assert parent is not None
    data, manifest = signed(make_record((SourceShares(frames=1.0),)), identity, plate_manifest=parent)
    report = read_manifest(data, manifest, identity.root_pem)
    assert report.state == "Trusted" and report.manifests == 2
    assert [item.has_manifest for item in report.inputs] == [True]
    # The plate holds generated pixels, so what comes from its other frames does too.
    assert report.actions[1].source_type == "compositeWithTrainedAlgorithmicMedia"


def test_plate_with_a_sidecar_of_its_own_brings_it_along(tmp_path: Path, identity: Identity) -> None:
    frame = tmp_path / "plate.1001.exr"
    frame.write_bytes(b"\x76\x2f\x31\x01" + bytes(2000))
    definition = {
        "claim_generator_info": [{"name": "ingest", "version": "1", "specVersion": "2.4.0"}],
        "format": "image/x-exr",
        "assertions": [{"label": "c2pa.actions.v2", "created": True, "data": {"allActionsIncluded": True, "actions": [
            {"action": "c2pa.created",
             "digitalSourceType": "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"}]}}],
    }  # fmt: skip
    sidecar = c2pa_store.sign_store(definition, [], frame.read_bytes(), "image/x-exr", identity)
    frame.with_name(frame.name + ".c2pa").write_bytes(sidecar)
    report = read_manifest(
        *signed(make_record((SourceShares(frames=1.0),)), identity, plate_manifest=find_plate_manifest(frame)),
        identity.root_pem,
    )
    assert report.manifests == 2 and report.actions[1].source_type == "compositeCapture"


def test_plate_manifest_that_does_not_fit_is_left_out_and_told(tmp_path: Path, identity: Identity) -> None:
    frame, _ = plate_take(tmp_path, identity)
    parent = find_plate_manifest(frame)
    assert parent is not None
    record = make_record((SourceShares(frames=1.0),))
    data = canonical(record)
    for bad in (replace(parent, asset=parent.asset + b" "), ParentManifest(b"garbage", b"x", TAKE_MEDIA_TYPE)):
        result = sign_take(record, data, identity, plate_manifest=bad)
        assert [finding.code for finding in result.findings] == ["plate_manifest_invalid"]
        report = read_manifest(data, result.manifest, identity.root_pem)
        assert report.state == "Trusted" and report.manifests == 1


def test_plate_manifest_too_large_to_be_read_again_inside_ours_is_left_out(
    tmp_path: Path, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame, _ = plate_take(tmp_path, identity)
    parent = find_plate_manifest(frame)
    monkeypatch.setattr(manifest_module, "MOST_PARENT_BYTES", 1000)
    record = make_record((SourceShares(frames=1.0),))
    result = sign_take(record, canonical(record), identity, plate_manifest=parent)
    assert [finding.code for finding in result.findings] == ["plate_manifest_invalid"]


def test_take_beside_a_plate_counts_only_when_it_lists_that_very_frame(tmp_path: Path, identity: Identity) -> None:
    frame, _ = plate_take(tmp_path, identity)
    assert find_plate_manifest(frame, "00" * 32) is None
    assert find_plate_manifest(tmp_path / "unrelated.1001.exr") is None
    (tmp_path / "broken.take.json").write_text("{")
    assert find_plate_manifest(frame) is not None


@pytest.mark.parametrize(
    ("name", "media_type"),
    [("p.####.exr", "image/x-exr"), ("p.DPX", "image/x-dpx"), ("p.tif", "image/tiff"), ("p.png", "image/png"),
     ("p.jpg", "image/jpeg"), ("folder", "application/octet-stream")],
)  # fmt: skip
def test_media_types_of_plates(name: str, media_type: str) -> None:
    assert media_type_of(name) == media_type


# Processes, threads and time.


def _sign_in_child(queue: Any, identity: Identity) -> None:
    record = make_record()
    data = canonical(record)
    queue.put((data, sign_take(record, data, identity).manifest))


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system can not fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_signing_works_in_a_forked_child_after_the_parent_signed(identity: Identity) -> None:
    signed(make_record(), identity)
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=_sign_in_child, args=(queue, identity))
    child.start()
    data, manifest = queue.get(timeout=60)
    child.join(60)
    assert read_manifest(data, manifest, identity.root_pem).state == "Trusted"


def test_threads_may_sign_at_the_same_time(identity: Identity) -> None:
    states: list[str] = []

    def work(first: int) -> None:
        states.append(read_manifest(*signed(make_record(first=first), identity), identity.root_pem).state)

    threads = [threading.Thread(target=work, args=(first,)) for first in (1, 100, 1000, 5000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert states == ["Trusted"] * 4


def test_signing_a_take_of_a_hundred_frames_costs_far_below_five_milliseconds_a_frame(identity: Identity) -> None:
    record = make_record((SourceShares(frames=0.5, synthesis=0.5),) * 100)
    data = canonical(record)
    times = []
    for _ in range(5):
        start = time.process_time()  # what others do on the machine is none of its cost
        sign_take(record, data, identity)
        times.append(time.process_time() - start)
    assert min(times) / 100 < 0.005


def test_settings_of_the_identity_reach_the_reader(settings: IdentitySettings, identity: Identity) -> None:
    assert read_manifest(*signed(make_record(), identity), trust_anchors(settings)).state == "Trusted"
    assert load_identity(settings).fingerprint == identity.fingerprint


def test_third_validator_agrees_and_catches_tampering(identity: Identity, tmp_path: Path) -> None:
    data, manifest = signed(SKY_TAKE, identity)
    assert valid_detached(tmp_path, manifest, [data, data.replace(b"1001", b"1009", 1)]) == [True, False]
