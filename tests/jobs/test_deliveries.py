"""Handing over: manifests and source types inside movies and pictures, whole or not at all; stripping is told."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import c2pa
import encypher_c2pa
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from PIL import Image

from platewright.contract.checks import CheckAsk, ElementUse, GateReport
from platewright.contract.deliveries import DeliverAsk, Delivered
from platewright.contract.disclosure import disclose
from platewright.contract.errors import ManifestError, PlatewrightError, StorageError
from platewright.contract.mapper import canonical
from platewright.contract.progress import Silent
from platewright.jobs.check import check, confirm, sign_gate
from platewright.jobs.checking.clock import Clock
from platewright.jobs.comps import comp_at
from platewright.jobs.delivering import deliver
from platewright.jobs.run import run
from platewright.jobs.signed_things import DeliveryPlace, SignedVerification, signed_at, verify_signed
from platewright.jobs.takes import TakeStore, load
from platewright.jobs.verify import State
from platewright.provenance import delivery
from platewright.provenance.c2pa_store import embed_store
from platewright.provenance.definition import profile
from platewright.provenance.delivery import read_delivery
from platewright.provenance.identity import IdentitySettings, load_identity, trust_anchors
from platewright.provenance.vocabulary import source_type_uri
from platewright.provenance.xmp.files import state_in
from tests.jobs.delivered_files import FORMS, MEDIA_TYPES, Comped, pixels_of, write_media
from tests.jobs.painted_take import Paint
from tests.jobs.small_shot import small_shot
from tests.provenance.third_validator import valid_embedded


class Handed(Comped):
    """A signed comp of a trained model's take, and every form of file exported from it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(small_shot(folder / "shot"), folder / "work", folder / "home")
        trained = Paint(frame=0, trained=True)
        run(self.shot.request("rig"), self.folder / "elements", self.settings, Silent(), operate=trained)
        self.takes = [TakeStore(self.folder / "elements").place("rig", 2)]
        for number in self.shot.frames:
            self.write(number)
        self.sign()
        self.out = self.folder / "out"
        for form in FORMS:
            write_media(self.folder / f"a.{form}")
            self.deliver(form)

    @property
    def trust(self) -> str:
        return trust_anchors(self.settings)

    def delivered(self, form: str) -> Path:
        return self.out / f"a.{form}"

    def deliver(self, form: str, **changes: Any) -> Delivered:
        told = {
            "file": str(self.folder / f"a.{form}"),
            "source": self.render,
            "to": str(self.delivered(form)),
            **changes,
        }
        return deliver(DeliverAsk(**told), load_identity(self.settings), trust=self.trust)

    def verified(self, form: str, **changes: Any) -> SignedVerification:
        return verify_signed(DeliveryPlace(self.delivered(form)), Silent(), trust=self.trust, **changes)

    def checked(self, path: Path | str, fed: bool = True, **changes: Any) -> GateReport:
        elements = tuple(ElementUse(str(take.record)) for take in self.takes) if fed else ()
        return check(CheckAsk((str(path),), elements=elements, **changes), Silent(), self.trust)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Handed:
    return Handed(tmp_path_factory.mktemp("handed"))


@pytest.fixture
def handed(made: Handed) -> Any:
    """What a test does to the files is undone afterwards."""
    kept = made.folder.with_name("kept")
    shutil.copytree(made.folder, kept)
    takes = list(made.takes)
    yield made
    made.takes = takes
    shutil.rmtree(made.folder)
    kept.rename(made.folder)


def found(report: GateReport, name: str) -> set[tuple[str, str]]:
    return {(one.found.rule, one.code) for one in report.findings if one.subject == name}


def in_the_xmp(data: bytes) -> bytes:
    """A word changed where no picture is, and not in the manifest either."""
    return data.replace(b'Iptc4xmpExt:DigitalSourceType="http', b'Iptc4xmpExt:DigitalSourceType="HTTP', 1)


def runs(report: GateReport, name: str) -> dict[str, str]:
    return {run.rule: run.outcome for run in report.runs if run.subject == name}


@pytest.mark.parametrize("form", FORMS)
def test_a_delivery_says_what_it_is_inside_and_keeps_its_pictures(made: Handed, form: str) -> None:
    whole = made.verified(form)
    assert (whole.state, whole.findings) == (State.PASSED, ())
    assert whole.source_type == "compositeWithTrainedAlgorithmicMedia"
    report = read_delivery(made.delivered(form), made.trust)
    assert [(one.relationship, one.title, one.has_manifest) for one in report.inputs] == [
        ("parentOf", "sh010_comp_v012", True)
    ]
    assert [(act.name, act.source_type) for act in report.actions] == [
        ("c2pa.opened", ""),
        ("c2pa.transcoded", "compositeWithTrainedAlgorithmicMedia"),
    ]
    assert report.assertion("c2pa.ai-disclosure")["modelName"] == "paint"
    assert len(report.records) == 1 and report.manifests == 3, "the file, the comp, the take"
    before, after = pixels_of(made.folder / f"a.{form}"), pixels_of(made.delivered(form))
    assert len(before) == len(after) > 0
    assert all((one == other).all() for one, other in zip(before, after, strict=True))


@pytest.mark.parametrize("form", FORMS)
def test_an_independent_validator_agrees_and_catches_tampering(made: Handed, form: str) -> None:
    data = made.delivered(form).read_bytes()
    pem = load_identity(made.settings).root_pem

    def judged(asset: bytes) -> str:
        read = encypher_c2pa.verify(asset, MEDIA_TYPES[form], trust_pem=pem, telemetry=False, online=False)
        return str(read["validation_state"])

    assert judged(data) == "Trusted"
    assert judged(in_the_xmp(data)) == "Invalid"


def test_third_validator_agrees(made: Handed, tmp_path: Path) -> None:
    whole = [made.delivered(form).read_bytes() for form in ("png", "jpg")]
    judged = valid_embedded(tmp_path, [*whole, *(in_the_xmp(data) for data in whole)])
    assert judged == [True, True, False, False]


def strip(handed: Handed, form: str) -> None:
    """As a remux or an upload does: the manifest and the XMP are gone, the pictures are the same."""
    shutil.copy(handed.folder / f"a.{form}", handed.delivered(form))


def only_the_manifest(handed: Handed, form: str) -> None:
    with (handed.folder / f"a.{form}").open("rb") as file, handed.delivered(form).open("w+b") as out:
        state_in(file, out, source_type_uri("compositeWithTrainedAlgorithmicMedia"))


def change(handed: Handed, form: str) -> None:
    handed.delivered(form).write_bytes(in_the_xmp(handed.delivered(form).read_bytes()))


def in_a_carried_manifest(handed: Handed, form: str) -> None:
    """The first that stands in the store is not the file's own, but one of those that it carries along."""
    data = handed.delivered(form).read_bytes()
    at = data.index(b"cv.iptc.org")
    handed.delivered(form).write_bytes(data[:at] + b"CV" + data[at + 2 :])


def cut_off(handed: Handed, form: str) -> None:
    data = handed.delivered(form).read_bytes()
    handed.delivered(form).write_bytes(data[: len(data) - 200])


TAMPERED: dict[str, tuple[Callable[[Handed, str], None], set[tuple[str, str]]]] = {
    "everything is stripped": (strip, {("PW001", "manifest_missing"), ("PW006", "marks_stripped"),
                                       ("PW007", "source_type_missing")}),
    "the manifest is stripped": (only_the_manifest, {("PW001", "manifest_missing"), ("PW006", "marks_stripped")}),
    "a carried manifest is changed": (in_a_carried_manifest, {("PW003", "manifest_mismatch")}),
    "a byte is changed": (change, {("PW003", "manifest_mismatch")}),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_with_a_delivery_breaks_the_right_rules(handed: Handed, name: str, form: str) -> None:
    tamper, expected = TAMPERED[name]
    tamper(handed, form)
    report = handed.checked(handed.delivered(form))
    assert report.exit_code == 2
    assert found(report, f"a.{form}") >= expected
    assert handed.verified(form).state is State.FAILED


@pytest.mark.parametrize("form", FORMS)
def test_a_delivery_that_is_cut_off_never_passes(handed: Handed, form: str) -> None:
    cut_off(handed, form)
    report = handed.checked(handed.delivered(form))
    assert report.exit_code == 2
    assert {rule for rule, _ in found(report, f"a.{form}")} & {"PW001", "PW003"}
    if form in ("mp4", "mov"):
        assert ("PW602", "file_malformed") in found(report, f"a.{form}")


@pytest.mark.parametrize("form", FORMS)
def test_bytes_changed_at_random_are_told_and_raise_nothing(handed: Handed, form: str) -> None:
    """What the standard leaves out of a movie's hash (its free space) may change; all else may not."""
    whole, chance = handed.delivered(form).read_bytes(), random.Random(5)
    for _ in range(40):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] ^= chance.randint(1, 255)
        cut = chance.randrange(len(data)) if chance.random() < 0.2 else len(data)
        handed.delivered(form).write_bytes(bytes(data[:cut]))
        told = handed.verified(form)
        assert told.state is State.PASSED or told.findings


def test_a_library_that_tells_no_manifests_is_an_error_of_ours(made: Handed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(c2pa.Reader, "crjson", lambda reader: "{}")
    with pytest.raises(ManifestError) as refusal:
        read_delivery(made.delivered("tif"), made.trust)
    assert refusal.value.code == "manifest_malformed"


def test_an_honest_comp_and_its_deliveries_are_clean_and_open_the_gate(made: Handed, tmp_path: Path) -> None:
    for path, name in [(made.render, "sh010_comp_v012.####.exr"), *((made.delivered(f), f"a.{f}") for f in FORMS)]:
        report = made.checked(path, fed=False)
        assert found(report, name) <= {("PW504", "platform_asks")}, name
        held = {rule: ended for rule, ended in runs(report, name).items() if rule <= "PW007"}
        assert held == dict.fromkeys([f"PW00{number}" for number in range(1, 8)], "passed")
        assert report.exit_code == 0
        signed = sign_gate(report, load_identity(made.settings))
        confirm(signed, made.trust)
    sealed = {Path(one.path).name for one in made.checked(made.render, fed=False).files}
    assert {"sh010_comp_v012.comp.json", "sh010_comp_v012.comp.json.c2pa"} <= sealed


def test_a_final_comp_without_a_manifest_is_held_up_and_a_draft_is_not(handed: Handed) -> None:
    place = comp_at(Path(handed.render))
    assert place is not None
    for path in (place.record, place.manifest):
        path.unlink()
    name = "sh010_comp_v012.####.exr"
    assert ("PW001", "manifest_missing") in found(handed.checked(handed.render, final=True), name)
    assert "PW001" not in runs(handed.checked(handed.render), name)


def test_a_take_that_the_manifest_does_not_know_is_told(handed: Handed) -> None:
    """The comp was rendered with the second version; the first, which feeds it by name, is not in its manifest."""
    handed.takes = [TakeStore(handed.folder / "elements").place("rig", 1)]
    for path, name in ((handed.render, "sh010_comp_v012.####.exr"), (handed.delivered("mov"), "a.mov")):
        assert ("PW004", "element_not_signed") in found(handed.checked(path), name)


def test_a_disclosure_has_to_know_the_takes_that_a_delivery_says_are_in_it(made: Handed, tmp_path: Path) -> None:
    told = tmp_path / "right.json"
    told.write_bytes(canonical(disclose([load(made.takes[0])])))
    wrong = tmp_path / "wrong.json"
    wrong.write_bytes(canonical(disclose([load(TakeStore(made.folder / "elements").place("rig", 1))])))
    for path, name in ((made.render, "sh010_comp_v012.####.exr"), (made.delivered("jpg"), "a.jpg")):
        for report, ended in ((told, "passed"), (wrong, "failed"), (tmp_path / "none.json", "failed")):
            judged = made.checked(path, fed=False, final=True, disclosure=str(report))
            assert runs(judged, name)["PW501"] == ended, (name, report)


def test_a_delivery_of_nothing_generated_is_asked_for_nothing(made: Handed, tmp_path: Path) -> None:
    for form in FORMS:
        path = write_media(tmp_path / f"plain.{form}")
        report = made.checked(path, fed=False)
        assert (report.exit_code, found(report, path.name)) == (0, set()), form


def test_a_cameras_own_manifest_is_asked_for_nothing_of_ours(made: Handed, tmp_path: Path) -> None:
    path, created = tmp_path / "camera.jpg", source_type_uri("digitalCapture")
    actions = {"allActionsIncluded": True, "actions": [{"action": "c2pa.created", "digitalSourceType": created}]}
    definition = profile("camera", "image/jpeg", {"c2pa.actions.v2": actions})
    with write_media(tmp_path / "a.jpg").open("rb") as file, path.open("w+b") as out:
        embed_store(definition, [], file, out, "image/jpeg", load_identity(made.settings))
    report = made.checked(path, fed=False, final=True)
    assert (report.exit_code, found(report, "camera.jpg")) == (0, set())
    assert verify_signed(DeliveryPlace(path), Silent(), trust=made.trust).state is State.PASSED


def test_a_xmp_that_says_something_else_is_told(handed: Handed, tmp_path: Path) -> None:
    """Another program wrote its own source type, and signed it: the manifest holds, and contradicts itself."""
    original = delivery.state_in
    try:
        delivery.state_in = lambda file, out, address: original(file, out, source_type_uri("digitalCapture"))
        handed.deliver("png", replace=True)
    finally:
        delivery.state_in = original
    assert ("PW007", "xmp_source_type_differs") in found(handed.checked(handed.delivered("png")), "a.png")


def test_what_was_signed_before_is_kept_as_what_was_opened(handed: Handed) -> None:
    again = handed.folder / "again.png"
    handed.deliver("png", file=str(handed.delivered("png")), to=str(again))
    report = read_delivery(again, handed.trust)
    assert sorted((one.relationship, one.title, one.has_manifest) for one in report.inputs) == [
        ("componentOf", "sh010_comp_v012", True),
        ("parentOf", "a.png", True),
    ]
    assert report.state == "Trusted"
    found_again = verify_signed(DeliveryPlace(again), Silent(), trust=handed.trust)
    assert found_again.state is State.PASSED


def test_a_mark_that_does_not_hold_is_not_carried_on(handed: Handed) -> None:
    change(handed, "png")
    with pytest.raises(PlatewrightError) as refusal:
        handed.deliver("png", file=str(handed.delivered("png")), to=str(handed.folder / "again.png"))
    assert refusal.value.code == "source_invalid"


def test_a_take_can_be_handed_over_without_a_comp(made: Handed, tmp_path: Path) -> None:
    to = str(tmp_path / "preview.mp4")
    assert made.deliver("mp4", source=str(made.takes[0].record), to=to).source_type == (
        "compositeWithTrainedAlgorithmicMedia"
    )
    report = read_delivery(Path(to), made.trust)
    assert [one.title for one in report.inputs] == ["rig_v002"] and len(report.records) == 1


@pytest.mark.parametrize(
    "make, code",
    [
        (lambda folder: (folder / "a.exr").write_bytes(b"v/1\x01" * 9), "delivery_form_unknown"),
        (lambda folder: (folder / "a.mov").write_bytes(b"\0\0\0\x14ftypqt  \0\0\0\0qt  "), "file_malformed"),
        (lambda folder: (folder / "a.mp4").write_bytes(b"no movie at all, none"), "format_unsupported"),
        (lambda folder: (folder / "a.jpg").write_bytes((folder / "a.jpg").read_bytes()[:700]), None),
        (lambda folder: (folder / "a.png").write_bytes((folder / "a.png").read_bytes()[:700]), None),
        (lambda folder: (folder / "a.tif").write_bytes((folder / "a.tif").read_bytes()[:700]), None),
        (lambda folder: (folder / "a.mov").write_bytes((folder / "a.mov").read_bytes()[:-60]), "file_malformed"),
    ],
    ids=["an EXR", "a movie of nothing", "no movie", "half a JPEG", "half a PNG", "half a TIFF", "half a movie"],
)
def test_what_can_t_be_handed_over_is_refused_and_nothing_is_left(
    handed: Handed, make: Callable[[Path], object], code: str | None
) -> None:
    before = {path.name: path.stat().st_mtime_ns for path in handed.folder.iterdir()}
    make(handed.folder)
    changed = {path.name for path in handed.folder.iterdir() if path.stat().st_mtime_ns != before.get(path.name)}
    (name,) = changed & {f"a.{form}" for form in (*FORMS, "exr")}
    to = handed.out / f"new{Path(name).suffix}"
    with pytest.raises(PlatewrightError) as refusal:
        handed.deliver(name[2:], to=str(to))
    assert code is None or refusal.value.code == code
    assert not to.exists() and not [path for path in handed.out.iterdir() if path.name.startswith(".")]


def test_a_movie_that_is_not_there_is_told_by_its_own_name(handed: Handed, tmp_path: Path) -> None:
    (handed.folder / "a.mov").unlink()
    with pytest.raises(StorageError, match=r"a\.mov.*no such file") as refusal:
        handed.deliver("mov", to=str(tmp_path / "new.mov"))
    assert refusal.value.code == "not_found"
    assert "new.mov" not in str(refusal.value)


def test_nothing_is_replaced_unless_told_so(handed: Handed) -> None:
    with pytest.raises(PlatewrightError) as refusal:
        handed.deliver("mov")
    assert refusal.value.code == "in_the_way"
    assert handed.deliver("mov", replace=True).size == handed.delivered("mov").stat().st_size


def test_a_comp_that_was_changed_is_handed_over_by_nobody(handed: Handed) -> None:
    place = comp_at(Path(handed.render))
    assert place is not None
    place.record.write_bytes(place.record.read_bytes().replace(b"1001", b"1009", 1))
    with pytest.raises(PlatewrightError) as refusal:
        handed.deliver("mov", replace=True)
    assert refusal.value.code == "source_invalid"


def test_a_foreign_signer_is_told_and_refused_where_trust_is_asked_for(handed: Handed, tmp_path: Path) -> None:
    stranger = load_identity(IdentitySettings(home=tmp_path / "stranger"))
    asked = DeliverAsk(str(handed.folder / "a.mov"), handed.render, str(handed.delivered("mov")), True)
    deliver(asked, stranger, trust=handed.trust)
    assert handed.verified("mov").state is State.PASSED
    assert handed.verified("mov", trusted_only=True).state is State.FAILED
    report = handed.checked(handed.delivered("mov"), trusted_only=True)
    assert ("PW003", "signer_untrusted") in found(report, "a.mov")


def test_an_authority_that_gives_no_time_costs_only_the_time_stamp(handed: Handed) -> None:
    identity = replace(load_identity(handed.settings), tsa_url="http://127.0.0.1:9/tsa")
    asked = DeliverAsk(str(handed.folder / "a.png"), handed.render, str(handed.delivered("png")), True)
    done = deliver(asked, identity, trust=handed.trust)
    assert [one.code for one in done.findings] == ["time_stamp_missing"]
    assert handed.verified("png").state is State.PASSED


def test_a_clock_that_was_put_back_is_told_of_a_comp(made: Handed) -> None:
    back = Clock(datetime.now(timezone.utc) - timedelta(days=2))  # noqa: UP017
    report = check(CheckAsk((made.render,)), Silent(), made.trust, back)
    assert ("PW002", "time_rolled_back") in found(report, "sh010_comp_v012.####.exr")


def test_the_manifest_of_another_delivery_does_not_hold_for_this_one(handed: Handed) -> None:
    """The other's manifest store put in the place of its own, box for box."""
    other, again = handed.folder / "other.png", handed.folder / "again.png"
    Image.open(handed.folder / "a.png").rotate(180).save(other)
    handed.deliver("png", file=str(other), to=str(again))

    def store(data: bytes) -> tuple[int, int]:
        at = data.index(b"caBX") - 4
        return at, at + 12 + int.from_bytes(data[at : at + 4], "big")

    mine, theirs = handed.delivered("png").read_bytes(), again.read_bytes()
    here, there = slice(*store(mine)), slice(*store(theirs))
    handed.delivered("png").write_bytes(mine[: here.start] + theirs[there] + mine[here.stop :])
    report = handed.checked(handed.delivered("png"))
    assert report.exit_code == 2 and ("PW003", "manifest_mismatch") in found(report, "a.png")


def test_a_signer_whose_certificate_has_expired_since_is_told(handed: Handed, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the library tells it of a certificate that ran out with no time-stamp beside it."""
    told = replace(
        read_delivery(handed.delivered("mov"), handed.trust), state="Invalid", failures=("signingCredential.expired",)
    )
    monkeypatch.setattr(delivery, "read_delivery", lambda path, trust: told)
    report = handed.checked(handed.delivered("mov"))
    assert ("PW003", "certificate_expired") in found(report, "a.mov")


def test_a_signer_who_was_revoked_since_is_told_of_comps_and_deliveries(made: Handed) -> None:
    (leaf, *_) = x509.load_pem_x509_certificates(load_identity(made.settings).chain_pem.encode())
    folder = made.settings.home / "revoked"
    folder.mkdir()
    (folder / "left.pem").write_bytes(leaf.public_bytes(Encoding.PEM))
    try:
        for path, name in ((made.render, "sh010_comp_v012.####.exr"), (made.delivered("mp4"), "a.mp4")):
            assert ("PW003", "signer_revoked") in found(made.checked(path, fed=False), name)
    finally:
        shutil.rmtree(folder)


def test_what_is_signed_is_found_by_its_path(made: Handed) -> None:
    assert signed_at(made.delivered("mov")) == (DeliveryPlace(made.delivered("mov")),)
    with pytest.raises(PlatewrightError):
        signed_at(made.folder / "nothing.mov")
