"""What is signed over a take or a comp asks first who signed that: the revoked are refused, the unknown are told."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from platewright.contract.checks import CheckAsk, ElementUse
from platewright.contract.deliveries import CompAsk, DeliverAsk
from platewright.contract.errors import ManifestError
from platewright.contract.progress import Silent
from platewright.engine import delivery_routes
from platewright.engine.checking import trust_at
from platewright.jobs.check import check
from platewright.jobs.comps import comp_at, sign_render
from platewright.jobs.delivering import deliver
from platewright.jobs.signed_things import signed_at, verify_signed
from platewright.provenance.identity import IdentitySettings, load_identity, trust_anchors
from tests.jobs.delivered_files import Comped, write_media
from tests.jobs.small_shot import small_shot


@pytest.fixture(scope="module")
def comped(tmp_path_factory: pytest.TempPathFactory) -> Comped:
    """A comp that was signed by the studio that made its take; each test looks at it from another studio."""
    folder = tmp_path_factory.mktemp("relied")
    made = Comped(small_shot(folder / "shot"), folder / "show" / "work", folder / "home")
    made.sign()
    write_media(made.folder / "a.png")
    return made


@pytest.fixture
def other(tmp_path: Path) -> IdentitySettings:
    settings = IdentitySettings(home=tmp_path / "other")
    load_identity(settings)
    return settings


def revoke(comped: Comped, folder: Path) -> None:
    folder.mkdir(parents=True)
    (leaf, *_) = x509.load_pem_x509_certificates(load_identity(comped.settings).chain_pem.encode())
    (folder / "left.pem").write_bytes(leaf.public_bytes(Encoding.PEM))


def delivery(comped: Comped, source: str, to: Path) -> DeliverAsk:
    return DeliverAsk(str(comped.folder / "a.png"), source, str(to))


def sources(comped: Comped) -> tuple[str, str]:
    return comped.render, str(comped.takes[0].record)


def test_a_comp_is_not_signed_over_a_take_by_somebody_who_was_revoked(comped: Comped, other: IdentitySettings) -> None:
    revoke(comped, other.home / "revoked")
    place = comp_at(Path(comped.render))
    assert place is not None
    before = place.record.read_bytes(), place.manifest.read_bytes()
    with pytest.raises(ManifestError) as refusal:
        sign_render(comped.ask(replace=True), load_identity(other), Silent(), trust=trust_anchors(other))
    assert refusal.value.code == "signer_revoked" and refusal.value.hint
    assert "rig_v001" in refusal.value.message
    assert (place.record.read_bytes(), place.manifest.read_bytes()) == before


def test_nothing_is_handed_over_that_somebody_signed_who_was_revoked(
    comped: Comped, other: IdentitySettings, tmp_path: Path
) -> None:
    revoke(comped, other.home / "revoked")
    for source in sources(comped):
        with pytest.raises(ManifestError) as refusal:
            deliver(delivery(comped, source, tmp_path / "a.png"), load_identity(other), trust=trust_anchors(other))
        assert refusal.value.code == "signer_revoked"
    assert not (tmp_path / "a.png").exists()


def test_a_signer_nobody_vouches_for_is_told_as_verify_tells_it(
    comped: Comped, other: IdentitySettings, tmp_path: Path
) -> None:
    for number, source in enumerate(sources(comped)):
        made = deliver(
            delivery(comped, source, tmp_path / f"{number}.png"), load_identity(other), trust=trust_anchors(other)
        )
        assert [one.code for one in made.findings] == ["signer_untrusted"]
    signed = sign_render(comped.ask(replace=True), load_identity(comped.settings), Silent(), trust=trust_anchors(other))
    assert [one.code for one in signed.findings] == ["signer_untrusted"]
    assert "rig_v001" in signed.findings[0].message
    assert comped.sign(replace=True).findings == ()


def test_a_file_that_a_revoked_signer_marked_before_is_not_carried_on(
    comped: Comped, other: IdentitySettings, tmp_path: Path
) -> None:
    marked, again = tmp_path / "a.png", tmp_path / "again.png"
    deliver(
        delivery(comped, comped.render, marked), load_identity(comped.settings), trust=trust_anchors(comped.settings)
    )
    own = Comped(comped.shot, tmp_path / "own", other.home)
    own.sign()
    asked = DeliverAsk(str(marked), own.render, str(again))
    told = deliver(asked, load_identity(other), trust=trust_anchors(other))
    assert [one.code for one in told.findings] == ["signer_untrusted"] and "a.png" in told.findings[0].message
    again.unlink()
    revoke(comped, other.home / "revoked")
    with pytest.raises(ManifestError) as refusal:
        deliver(asked, load_identity(other), trust=trust_anchors(other))
    assert refusal.value.code == "signer_revoked" and not again.exists()


def test_the_lists_of_the_show_count_as_they_do_in_a_check(
    comped: Comped, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As the engine does it, by the settings of the show that the files lie in."""
    monkeypatch.setenv("PLATEWRIGHT_HOME", str(tmp_path / "home"))
    show = comped.folder.parent
    (show / "platewright.toml").write_text("")
    asked = CompAsk(comped.render, (ElementUse(str(comped.takes[0].record)),), replace=True)
    handed = replace(delivery(comped, comped.render, tmp_path / "a.png"), replace=True)
    assert [one.code for one in delivery_routes.deliver(handed).findings] == ["signer_untrusted"]
    revoke(comped, show / "rights" / "revoked")
    report = check(CheckAsk((str(comped.takes[0].record),)), Silent(), trust_at(str(comped.takes[0].record)))
    assert "signer_revoked" in {one.code for one in report.findings}
    for work in (lambda: delivery_routes.sign(asked), lambda: delivery_routes.deliver(handed)):
        with pytest.raises(ManifestError) as refusal:
            work()
        assert refusal.value.code == "signer_revoked"


@pytest.fixture
def over(comped: Comped, other: IdentitySettings, tmp_path: Path) -> Path:
    """A comp that the other studio signed over the first one's take, whose root it trusts."""
    (other.home / "trusted").mkdir(exist_ok=True)
    (other.home / "trusted" / "first.pem").write_text(load_identity(comped.settings).root_pem)
    folder = tmp_path / "comp"
    shutil.copytree(Path(comped.render).parent, folder)
    asked = replace(comped.ask(replace=True), render=str(folder / Path(comped.render).name))
    assert sign_render(asked, load_identity(other), Silent(), trust=trust_anchors(other)).findings == ()
    return folder / Path(comped.render).name


def found_about(path: Path, trust: str) -> list[tuple[str, str]]:
    """What verify says of the comp or the delivery there."""
    (place,) = signed_at(path)
    return [(one.code, one.message) for one in verify_signed(place, Silent(), trust=trust).findings]  # type: ignore[arg-type]


def test_a_comp_and_its_delivery_fall_with_a_take_inside_whose_signer_was_revoked_since(
    comped: Comped, other: IdentitySettings, over: Path, tmp_path: Path
) -> None:
    """The comp's own signer is beyond doubt; only what it carries is not."""
    marked = tmp_path / "a.png"
    made = deliver(delivery(comped, str(over), marked), load_identity(other), trust=trust_anchors(other))
    assert made.findings == () and found_about(over, trust_anchors(other)) == found_about(marked, trust_anchors(other))
    revoke(comped, other.home / "revoked")
    trust = trust_anchors(other)
    for path in (over, marked):
        ((code, message),) = found_about(path, trust)
        assert code == "signer_revoked" and "rig_v001" in message
        report = check(CheckAsk((str(path),)), Silent(), trust)
        assert ("PW003", "signer_revoked") in {(one.found.rule, one.code) for one in report.findings}
        assert report.exit_code == 2
    with pytest.raises(ManifestError) as refusal:
        deliver(delivery(comped, str(over), tmp_path / "again.png"), load_identity(other), trust=trust)
    assert refusal.value.code == "signer_revoked" and "rig_v001 in sh010" in refusal.value.message
    assert not (tmp_path / "again.png").exists()


def test_a_take_inside_by_somebody_unknown_is_told_with_the_comp_and_the_delivery(
    comped: Comped, other: IdentitySettings, over: Path, tmp_path: Path
) -> None:
    (other.home / "trusted" / "first.pem").unlink()
    trust = trust_anchors(other)
    made = deliver(delivery(comped, str(over), tmp_path / "a.png"), load_identity(other), trust=trust)
    assert [one.code for one in made.findings] == ["signer_untrusted"] and "rig_v001" in made.findings[0].message
    for path in (over, tmp_path / "a.png"):
        ((code, message),) = found_about(path, trust)
        assert code == "signer_untrusted" and "rig_v001" in message
    strictly = check(CheckAsk((str(tmp_path / "a.png"),), trusted_only=True), Silent(), trust)
    assert ("PW003", "signer_untrusted") in {(one.found.rule, one.code) for one in strictly.findings}


def test_whom_the_one_who_signed_the_comp_did_not_know_is_no_stranger_to_who_does(
    comped: Comped, other: IdentitySettings, over: Path, tmp_path: Path
) -> None:
    """And the other way round: what the comp's signer says of the take's is not what counts here."""
    (other.home / "trusted" / "first.pem").unlink()
    asked = replace(comped.ask(replace=True), render=str(over))
    signed = sign_render(asked, load_identity(other), Silent(), trust=trust_anchors(other))
    assert [one.code for one in signed.findings] == ["signer_untrusted"]
    both = trust_anchors(other) + load_identity(comped.settings).root_pem
    assert found_about(over, both) == []
    assert [code for code, _ in found_about(over, trust_anchors(other))] == ["signer_untrusted"]
